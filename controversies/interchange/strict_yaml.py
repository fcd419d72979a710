"""YAML that means one thing: safe, no key twice, no more than it seems to hold.

Every refusal is one line that says where. Aliases and merge keys (`<<`) are YAML's own and welcome: a history
in which a paragraph stays the same says so by them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import yaml
from django.utils.translation import gettext as _
from yaml import CSafeLoader, MappingNode, Node, ScalarNode, SequenceNode
from yaml.constructor import ConstructorError

from controversies.document.text import is_storable
from controversies.kit import characters

MAX_BYTES = 10_000_000
MAX_EXPANDED = 50_000_000  # characters and values, once every alias is written out
MAX_DEPTH = 50


class InvalidYaml(ValueError):
    """A file that is not the YAML which it should be; the message is one line, with the place.

    `problem` is what is wrong, and `line` where, counted from 1, if that is known.
    """

    def __init__(self, problem: str, line: int | None = None) -> None:
        self.problem, self.line = problem, line
        text = _("line %(line)s: %(message)s") % {"line": line, "message": problem} if line else problem
        super().__init__(text)


class _StrictLoader(CSafeLoader):
    """Safe loading in which an impossible value is a fault with its place in the file."""

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError) as error:  # 2024-13-45, or a number of 5,000 digits
            raise ConstructorError(None, None, str(error), node.start_mark) from error


def load(stream: IO[bytes] | IO[str] | bytes | str) -> Any:
    """The one value that the YAML holds. Raises InvalidYaml."""
    with _loading(_text(stream)) as loader:
        node = loader.get_single_node()
        if node is None:
            raise InvalidYaml(_("The file is empty."))
        _Measure(MAX_EXPANDED).of(node)
        return loader.construct_document(node)


def compose(text: str, *, most: int = MAX_EXPANDED) -> Node | None:
    """The nodes of the one value that the YAML holds, None if it holds none, for who needs to know their lines.

    `most` is the size that it may have once its aliases are written out. Keys given twice and tags are for the
    caller to refuse. Raises InvalidYaml.
    """
    with _loading(_text(text)) as loader:
        node: Node | None = loader.get_single_node()
        if node is not None:
            _Measure(most, refuse_doubles=False).of(node)
        return node


@contextmanager
def _loading(text: str) -> Iterator[Any]:
    """A loader of the text; whatever it raises becomes Unreadable."""
    loader = None
    try:
        loader = _StrictLoader(text)
        yield loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InvalidYaml(_problem(error), mark.line + 1 if mark else None) from error
    except yaml.reader.ReaderError as error:
        raise InvalidYaml(
            _("Character %(number)s cannot be part of YAML: %(reason)s.")
            % {"number": error.position + 1, "reason": error.reason}
        ) from error
    except yaml.YAMLError as error:
        raise InvalidYaml(" ".join(str(error).split())) from error
    finally:
        if loader is not None:
            loader.dispose()


def _text(stream: IO[bytes] | IO[str] | bytes | str) -> str:
    text = stream if isinstance(stream, bytes | str) else stream.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise InvalidYaml(_("The file is larger than %s MB.") % (MAX_BYTES // 1_000_000))
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InvalidYaml(_("Byte %s: the file is not in UTF-8.") % (error.start + 1)) from error
    if not is_storable(text):
        raise InvalidYaml(_("The file is not valid UTF-8 (a lone surrogate)."))
    return text


def _problem(error: yaml.MarkedYAMLError) -> str:
    """Return the parser's problem without its state."""
    context = (error.context or "").partition(";")[0]
    telling = "" if context.startswith("while") else context
    return ": ".join(filter(None, (telling, error.problem))) or str(error)


class _Measure:
    """Measures the size of a node once its aliases are written out; each node is looked at once.

    Must come before construction, which writes merge keys out. Raises InvalidYaml for what no reader of the
    file could see: a key given twice, a control character, a value that holds itself, an explosion of aliases.
    """

    def __init__(self, most: int, *, refuse_doubles: bool = True) -> None:
        self.most, self.refuse_doubles = most, refuse_doubles
        self.sizes: dict[int, int] = {}
        self.above: set[int] = set()

    def of(self, node: Node, depth: int = 0) -> int:
        name = id(node)
        if name in self.sizes:
            return self.sizes[name]
        line = node.start_mark.line + 1
        if name in self.above:
            raise InvalidYaml(_("This value contains itself."), line)
        if depth > MAX_DEPTH:
            raise InvalidYaml(_("This is nested more than %s levels deep.") % MAX_DEPTH, line)
        if isinstance(node, ScalarNode):
            if control := characters.CONTROL.search(node.value):
                message = _("There is a control character (U+%04X) in this text.") % ord(control[0])
                raise InvalidYaml(message, line)
            size = 1 + len(node.value)
        else:
            self.above.add(name)
            children: list[Node] = []
            if isinstance(node, MappingNode):
                if self.refuse_doubles:
                    _refuse_doubles(node)
                children = [each for pair in node.value for each in pair]
            elif isinstance(node, SequenceNode):
                children = node.value
            size = 1
            for child in children:
                size += self.of(child, depth + 1)
                if size > self.most:
                    raise InvalidYaml(
                        _(
                            "Aliases (*name) make this far larger than it looks. Write the values out instead."
                        ),
                        line,
                    )
            self.above.remove(name)
        self.sizes[name] = size
        return size


def _refuse_doubles(node: MappingNode) -> None:
    seen: set[tuple[str, str]] = set()
    for key, _value in node.value:
        if not isinstance(key, ScalarNode):
            continue
        if (key.tag, key.value) in seen:
            raise InvalidYaml(_("“%s” is given twice.") % key.value, key.start_mark.line + 1)
        seen.add((key.tag, key.value))
