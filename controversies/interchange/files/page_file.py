"""A file taken apart: its front matter as nodes, its body, and which page it is of."""

import re
from pathlib import PurePath

from django.utils.translation import gettext as _
from yaml import MappingNode

from controversies.document.types import BLOCKS, Head
from controversies.models.fields import SLUG, is_partial_date

from . import body, key_paths, nodes, unknown_fields
from . import vocabulary as words
from .completion import PAGE_NAMES, Completion
from .faults import FaultList, FileFault
from .field_reader import FieldReader
from .guesses import GuessedFact
from .nodes import NodeReader
from .titles import first_heading
from .yaml_repair import yaml_repairs

_REVISION = re.compile(r"([1-9][0-9]{0,8})(?:-([0-9a-f]{12}))?")
_BLOCKS = "|".join(block_type.attribute for block_type in BLOCKS if block_type.part is not Head)
_PATH = re.compile(rf"(?:{_BLOCKS})(?:\[\d+\])?(?:\.\w+(?:\[\d+\])?)*")  # in a message
_START = "---"


def has_front_matter(text: str) -> bool:
    """Whether a text begins with lines between two `---`."""
    lines = text.lstrip("\ufeff").splitlines()
    start = next((i for i, line in enumerate(lines) if line.strip()), 0)
    return (
        lines[start : start + 1] != []
        and lines[start].rstrip() == _START
        and any(line.rstrip() in (_START, "...") for line in lines[start + 1 :])
    )


def front_matter(text: str) -> str:
    """The YAML of a text's front matter, "" if it has none."""
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").lstrip("\n").split("\n")
    if not has_front_matter(text):
        return ""
    end = next(i for i, line in enumerate(lines) if i and line.rstrip() in (_START, "..."))
    return "\n".join(lines[1:end])


def splice(front: bytes, body: bytes) -> bytes:
    """The front matter of one text above what stands under that of another."""
    top, bottom = front.splitlines(keepends=True), body.splitlines(keepends=True)
    return b"".join([*top[: _body_starts(top)], *bottom[_body_starts(bottom) :]])


def _body_starts(lines: list[bytes]) -> int:
    """The place of the first line under the front matter."""
    marks = [i for i, line in enumerate(lines) if line.lstrip(b"\xef\xbb\xbf").rstrip() in (b"---", b"...")]
    is_first = bool(marks) and not any(line.strip() for line in lines[: marks[0]])
    return marks[1] + 1 if is_first and len(marks) > 1 else 0


class PageFile:
    """A file whose YAML could be read, but for its faults: enough to say which page it is."""

    def __init__(
        self, text: str | bytes, *, name: str, completion: Completion | None = None, keeps: bool = False
    ) -> None:
        """Raises Faulty if there is no front matter to read.

        With a `completion`, what is missing or cannot be so is derived or left out, and noted there; what remains is
        YAML that cannot be read. If it `keeps` fields that pages do not have, these are no faults.
        """
        self.faults = FaultList(name)
        self.numbers: list[str] | None = (
            None  # the sources that marks by number mean, if not in the file's order
        )
        self.notes: list[
            FileFault
        ] = []  # what was made of something in it that may have been meant otherwise
        self.completion = completion
        self.unknown_fields: list[str] = []  # names of fields that pages do not have
        if isinstance(text, bytes):
            if completion:
                text = completion.decode_other(text)
            text = nodes.decode_utf8(text, self.faults) if isinstance(text, bytes) else text
            self.faults.raise_any()
        text = nodes.normalize(completion.printable(text) if completion else text, self.faults)
        self.faults.raise_any()
        self.text = text
        front, first, prose, start = self._split(text)
        self.nodes = NodeReader(front, first, self.faults)
        if completion:
            if self.faults.items:
                self._repair(front, first, completion)
                self.faults.raise_any()
            self.nodes.root, self.unknown_fields = unknown_fields.without_unknown(self.nodes.root, PAGE_NAMES)
            completion.heading, rest = first_heading(prose)
            self.nodes.root = completion.page(self.nodes.root)
            prose = rest if completion.takes_heading else prose
        elif keeps:
            self.nodes.root, self.unknown_fields = unknown_fields.without_unknown(self.nodes.root, words.PAGE)
        if self.nodes.root is None and not self.faults.items:
            self.faults.add(
                first, _("There is nothing between the two lines “---”. Write “id: …” and so on.")
            )
        self.faults.raise_any()
        self.body = body.read(prose, start)
        for section, line in () if completion else self.body.repeated:
            message = _("There is a second “## %s”. Put both under one heading.")
            self.faults.add(line, message % section)
        assert self.nodes.root is not None  # noqa: S101 - for the type checker: else a fault was raised
        self.fields = FieldReader(self.nodes)
        self.top = self.nodes.object(self.nodes.root, words.PAGE)
        self.lines: dict[str, int] = {}
        self.guesses: list[GuessedFact] = []  # what reading the document guessed of what is new
        self.explicit_facts: dict[
            str, frozenset[str]
        ] = {}  # the facts of each backer and topic that are said here, by key
        self.slug = self._slug()
        self.revision = self._revision()

    def line_of(self, path: str, words: str, nth: int = 0) -> int:
        """The line of these words in what stands at a path of the document, where they stand `nth` times before."""
        start = next((self.lines[each] for each in (path, path.rpartition(".")[0]) if each in self.lines), 1)
        for number, line in enumerate(self.text.split("\n")[start - 1 :], start):
            nth -= line.count(words)
            if nth < 0:
                return number
        return start

    def _split(self, text: str) -> tuple[str, int, str, int]:
        """The front matter and the body, each with its first line."""
        lines = text.split("\n")
        if self.completion and not has_front_matter(text):
            self.completion.note(_("no front matter"))
            return "", 1, text, 1
        start = next((i for i, line in enumerate(lines) if line.strip()), 0)
        if lines[start].rstrip() != _START:
            message = _("The file must begin with a line “---”, then “id: …”, “title: …” and so on.")
            self.faults.add(start + 1, message)
            self.faults.raise_any()
        for end in range(start + 1, len(lines)):
            if lines[end].rstrip() in (_START, "..."):
                front, rest = lines[start + 1 : end], lines[end + 1 :]
                return "\n".join(front), start + 2, "\n".join(rest), end + 2
        self.faults.add(start + 1, _("The front matter has no end. Put a line “---” after it."))
        self.faults.raise_any()
        raise AssertionError  # a fault was raised

    def _repair(self, front: str, first: int, completion: Completion) -> None:
        """Read the front matter with its slips put right, if it can be then."""
        for better, touched in yaml_repairs(front):
            faults = FaultList(self.faults.file)
            node_reader = NodeReader(better, first, faults)
            if touched and not faults.items:
                self.nodes, self.faults = node_reader, faults
                lines = ", ".join(str(first + line - 1) for line in touched)
                completion.note(_("quotes and spaces put right on line %s") % lines)
                return

    def _slug(self) -> str:
        node = self.top.get("id")
        if node is None:
            stem = PurePath(self.faults.file).name.partition(".")[0]
            if re.fullmatch(SLUG, stem):
                return stem
            message = _("“id” is missing. Write “id: …”, the page's address, as in “id: open-weights”.")
            self.faults.add(self.nodes.first, message)
            return ""
        return self.fields.line(node, "id") or ""

    def _revision(self) -> tuple[int, str] | None:
        """The revision that the text was made from: its number, and the beginning of its document's digest.

        Exports write both; who writes it by hand may leave the digest out.
        """
        node = self.top.get("revision")
        text = self.fields.line(node, "revision") if node else None
        if text is None or node is None:
            return None
        match = _REVISION.fullmatch(text)
        if match is None:
            message = _(
                "“revision” is the number of the revision that this was made from. Leave the line out if there is none."
            )
            self.nodes.add(node, message)
            return None
        return int(match[1]), match[2] or ""

    @property
    def page_key(self) -> str:
        """The key of the page, where the file gives it."""
        node = self.top.get("keys")
        for key, value in node.value if isinstance(node, MappingNode) else ():
            if key.value == key_paths.PAGE and nodes.is_text(value):
                return str(value.value).lower()
        return ""

    @property
    def last_updated(self) -> str:
        """The day of the page's last change that the file gives, or ""."""
        node = self.top.get("last_updated")
        day = str(node.value)[:10] if node is not None and nodes.is_text(node) else ""
        return day if is_partial_date(day) else ""

    @property
    def says_publication(self) -> bool:
        """Whether the file has a field for the page's publication."""
        return "publication" in self.top

    def fault(self, path: str, message: str) -> None:
        """Add a fault of the document at the line of what it is about."""
        shown = words.file_name(path)
        readable = _PATH.sub(self._place, message)
        self.faults.add(self.line(path), f"{shown}: {readable}" if shown else readable)

    def line(self, path: str) -> int:
        """The line of a part or field of the document that was read, or of what it is in."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path.rpartition("[" if path.endswith("]") else ".")[0]
        return self.nodes.first

    def _place(self, path: re.Match[str]) -> str:
        line = self.lines.get(path[0])
        return _("line %s") % line if line else path[0]
