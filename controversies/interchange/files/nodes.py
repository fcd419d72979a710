"""The values of a file's YAML with the line of each, and every fault of their shapes.

Text is read as it is written: `1984`, `no` and `2024-07-23` are what they look like, not a number, a falsehood and
a date. Nothing is constructed, so tags and merge keys mean nothing; they are faults.
"""

import re
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from controversies.document.text import is_storable
from controversies.kit import characters

from .. import strict_yaml
from ..strict_yaml import InvalidYaml
from .faults import FaultList, did_you_mean

_CORE = {
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "value", "merge", "seq", "map")
}
_NULL, _INT = "tag:yaml.org,2002:null", "tag:yaml.org,2002:int"
_BREAKS = re.compile(r"\r\n?")
_TAB = re.compile(r"^ *\t", re.MULTILINE)
_LEAST = 100_000  # characters that aliases may always make of a file

MAX_SIZE = strict_yaml.MAX_BYTES


def decode_utf8(data: bytes, faults: FaultList) -> str:
    """A file's bytes as text; a fault where they are not UTF-8."""
    if len(data) > MAX_SIZE:
        faults.add(1, too_large())
        return ""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = _("The file is not in UTF-8 (byte %s). Save it as UTF-8.") % (error.start + 1)
        faults.add(line, message)
        return ""


def too_large() -> str:
    """The message on a file that is larger than any page can be."""
    return _("The file is larger than %s MB. Split the page, or shorten it.") % (MAX_SIZE // 1_000_000)


def normalize(text: str, faults: FaultList) -> str:
    """The text with LF for every line break and without a byte order mark; a fault for each control character."""
    if len(text) > MAX_SIZE:
        faults.add(1, too_large())
        return ""
    text = _BREAKS.sub("\n", text.removeprefix("\ufeff"))
    if not is_storable(text):
        faults.add(1, _("The file is not valid UTF-8 (a lone surrogate). Save it as UTF-8."))
        return ""
    for control in characters.CONTROL.finditer(text):
        message = _("There is a control character (U+%04X) here. Remove it.") % ord(control[0])
        faults.add(text.count("\n", 0, control.start()) + 1, message)
    return "" if faults.items else text


class NodeReader:
    """The YAML of a file, which begins on line `first` of it; faults are added to `faults` as they are met."""

    def __init__(self, text: str, first: int, faults: FaultList) -> None:
        self.faults, self.first = faults, first
        self.root: Node | None = None
        try:
            self.root = strict_yaml.compose(text, most=2 * len(text) + _LEAST)
        except InvalidYaml as error:
            self._unreadable(text, error)
        if self.root is not None:
            self._refuse_tags(self.root, set())

    def _unreadable(self, text: str, error: InvalidYaml) -> None:
        tabs = [text.count("\n", 0, tab.start()) for tab in _TAB.finditer(text)]
        if tabs:
            for line in tabs:
                self.faults.add(self.first + line, _("A tab begins this line. Indent with spaces instead."))
            return
        message = error.problem
        if "mapping values are not allowed" in message:
            message = _(
                "There is a second colon here: put the text in double quotes, or correct the indentation."
            )
        elif "did not find expected" in message or "could not find expected" in message:
            message = (
                _(
                    "This line does not fit the one above (YAML: %s). Line its indentation up with its neighbours', "
                    "and put text that has quotes, colons or brackets in double quotes."
                )
                % message
            )
        self.faults.add(self.first - 1 + (error.line or 1), message)

    def _refuse_tags(self, node: Node, seen: set[int]) -> None:
        if id(node) in seen:
            return
        seen.add(id(node))
        if node.tag not in _CORE:
            shown = node.tag.replace("tag:yaml.org,2002:", "!!")[:60]
            self.add(node, _("The tag %s is not supported. Write the value without it.") % shown)
        if isinstance(node, MappingNode):
            for key, value in node.value:
                self._refuse_tags(key, seen)
                self._refuse_tags(value, seen)
        elif isinstance(node, SequenceNode):
            for item in node.value:
                self._refuse_tags(item, seen)

    def line(self, node: Node) -> int:
        return self.first + node.start_mark.line

    def add(self, node: Node, message: str) -> None:
        self.faults.add(self.line(node), message)

    def object(self, node: Node, names: Mapping[str, str]) -> dict[str, Node]:
        """The named values of an object under the names they go by here; empty if it is none.

        `names` has for each name that a file may use the one it goes by. A value of nothing is left out.
        """
        if not isinstance(node, MappingNode):
            offered = ", ".join(dict.fromkeys(names.values()))
            self.add(node, _("Write named values here, as in “name: value”. Known: %s.") % offered)
            return {}
        values: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.add(key, _("A name must be a word, not a list or an object."))
                continue
            name = names.get(key.value)
            if name is None:
                self.add(key, self._unknown(key.value, names))
            elif name in lines:
                message = _("“%(name)s” is given twice, first on line %(line)s. Keep one.")
                self.add(key, message % {"name": key.value, "line": lines[name]})
            else:
                lines[name] = self.line(key)
                if not is_nothing(value):
                    values[name] = value
        return values

    def _unknown(self, name: str, names: Mapping[str, str]) -> str:
        shown = "".join(char if char.isprintable() else "?" for char in name[:60])
        if name == "<<":
            return _("Merging (“<<”) is not supported. Write the values out.")
        meant = did_you_mean(name, names)
        offered = ", ".join(dict.fromkeys(names.values()))
        return _("Unknown field “%s”.") % shown + meant + " " + _("Known: %s.") % offered

    def free(self, node: Node) -> Iterator[tuple[str, Node]]:
        """The named values of an object whose names are free."""
        if not isinstance(node, MappingNode):
            self.add(node, _("Write named values here, as in “name: value”."))
            return
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.add(key, _("A name must be a word, not a list or an object."))
            elif key.value in seen:
                self.add(key, _("“%s” is given twice. Keep one.") % key.value[:60])
            else:
                seen.add(key.value)
                yield key.value, value

    def items(self, node: Node | None, member_name: str) -> list[Node]:
        """The members of a list; `member_name` is the word for one, for messages."""
        if node is None:
            return []
        if not isinstance(node, SequenceNode):
            self.add(node, _("Write a list here: each %s on a line of its own, after “- ”.") % member_name)
            return []
        return list(node.value)

    def text(self, node: Node, name: str) -> str | None:
        """The text of a scalar, None with a fault for what is none; `name` is its name."""
        if isinstance(node, ScalarNode):
            return str(node.value)
        if isinstance(node, SequenceNode):
            message = _("“%s” must be a single text, not a list. Write it on one line, in double quotes.")
        else:
            message = _("“%s” must be a single text, not an object. Write it on one line, in double quotes.")
        self.add(node, message % name)
        return None


def is_nothing(node: Node) -> bool:
    """Whether this is YAML's null: nothing after the colon, `null` or `~`."""
    return isinstance(node, ScalarNode) and node.tag == _NULL


def is_list(node: Node) -> bool:
    """Whether this is a list."""
    return isinstance(node, SequenceNode)


def is_text(node: Node) -> bool:
    """Whether this is a single value."""
    return isinstance(node, ScalarNode)


def number(node: Node) -> int | None:
    """The number that this is written as, without quotes; None if it is none."""
    if isinstance(node, ScalarNode) and node.tag == _INT and re.fullmatch(r"[0-9]{1,4}", node.value):
        return int(node.value)
    return None
