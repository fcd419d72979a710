"""YAML that means one thing: safe, no key twice, no more than it seems to hold.

Every refusal is one line that says where. Aliases and merge keys (`<<`) are YAML's own and welcome: a history
in which a paragraph stays the same says so by them.
"""

import re
from typing import IO, Any

import yaml
from django.utils.translation import gettext as _
from yaml import CSafeLoader, MappingNode, Node, ScalarNode, SequenceNode
from yaml.constructor import ConstructorError

from controversies.document.text import is_storable

MAX_BYTES = 10_000_000
MAX_EXPANDED = 50_000_000  # characters and values, once every alias is written out
MAX_DEPTH = 50

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Unreadable(ValueError):
    """A file that is not the YAML which it should be; the message is one line, with the place."""


class _Loader(CSafeLoader):
    """Safe loading, with a place in the file for every value that cannot be what it says it is."""

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError) as error:  # 2024-13-45, or a number of 5,000 digits
            raise ConstructorError(None, None, str(error), node.start_mark) from error


def load(stream: IO[bytes] | IO[str] | bytes | str) -> Any:
    """The one value that the YAML holds. Raises Unreadable."""
    loader = None
    try:
        loader = _Loader(_text(stream))
        node = loader.get_single_node()
        if node is None:
            raise Unreadable(_("The file is empty."))
        _measure(node, {}, set(), 0)
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise Unreadable(_at(error.problem_mark or error.context_mark, _problem(error))) from error
    except yaml.reader.ReaderError as error:
        raise Unreadable(
            _("Character %(number)s cannot be part of YAML: %(reason)s.")
            % {"number": error.position + 1, "reason": error.reason}
        ) from error
    except yaml.YAMLError as error:
        raise Unreadable(" ".join(str(error).split())) from error
    finally:
        if loader is not None:
            loader.dispose()


def _text(stream: IO[bytes] | IO[str] | bytes | str) -> str:
    text = stream if isinstance(stream, bytes | str) else stream.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise Unreadable(_("The file is larger than %s MB.") % (MAX_BYTES // 1_000_000))
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Unreadable(_("Byte %s: the file is not in UTF-8.") % (error.start + 1)) from error
    if not is_storable(text):
        raise Unreadable(_("The file holds half a character (a lone surrogate)."))
    return text


def _problem(error: yaml.MarkedYAMLError) -> str:
    """What is wrong, without what the parser was doing then."""
    context = (error.context or "").partition(";")[0]
    telling = "" if context.startswith("while") else context
    return ": ".join(filter(None, (telling, error.problem))) or str(error)


def _at(mark: Any, message: str) -> str:
    if mark is None:
        return message
    return _("line %(line)s: %(message)s") % {"line": mark.line + 1, "message": message}


def _measure(node: Node, sizes: dict[int, int], above: set[int], depth: int) -> int:
    """How much the node holds once its aliases are written out; each node is looked at once.

    Must come before construction, which writes merge keys out. Raises Unreadable for what no reader of the
    file could see: a key given twice, a control character, a value that holds itself, an explosion of aliases.
    """
    name = id(node)
    if name in sizes:
        return sizes[name]
    if name in above:
        raise Unreadable(_at(node.start_mark, _("This value holds itself.")))
    if depth > MAX_DEPTH:
        raise Unreadable(_at(node.start_mark, _("This is nested more than %s levels deep.") % MAX_DEPTH))
    if isinstance(node, ScalarNode):
        if found := _CONTROLS.search(node.value):
            message = _("There is a control character (U+%04X) in this text.") % ord(found[0])
            raise Unreadable(_at(node.start_mark, message))
        size = 1 + len(node.value)
    else:
        above.add(name)
        children: list[Node] = []
        if isinstance(node, MappingNode):
            _refuse_doubles(node)
            children = [each for pair in node.value for each in pair]
        elif isinstance(node, SequenceNode):
            children = node.value
        size = 1
        for child in children:
            size += _measure(child, sizes, above, depth + 1)
            if size > MAX_EXPANDED:
                raise Unreadable(_at(node.start_mark, _("Its aliases make this far larger than it looks.")))
        above.remove(name)
    sizes[name] = size
    return size


def _refuse_doubles(node: MappingNode) -> None:
    seen: set[tuple[str, str]] = set()
    for key, _value in node.value:
        if not isinstance(key, ScalarNode):
            continue
        if (key.tag, key.value) in seen:
            raise Unreadable(_at(key.start_mark, _("“%s” is given twice.") % key.value))
        seen.add((key.tag, key.value))
