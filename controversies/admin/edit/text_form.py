"""The form of a whole page as one text, as it is exported: Markdown with front matter.

The text is read into a document, and the same rules and responses follow as with fields. Errors name their line.
The text contains what several pages share (a source's title, a backer's name), but that is changed on its own page:
the error of an editor who changes it here links there.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from controversies import history, likeness
from controversies.admin.edit.page_form import REVIEWED, FormProblem, FormSource, PageForm
from controversies.admin.form_context import shared_parts
from controversies.document import canonical, labels, parse, references
from controversies.document.types import BLOCKS, Citation, Document, Part, Spec
from controversies.interchange import files
from controversies.kit.characters import without_controls
from controversies.models import Publication

MAX_LINES = 20_000  # of a text; one that has more is drawn without their numbers
SHUT = (
    100  # lines that are one element until the editor is near them, in a text of more than ten times as many
)
MAX_PARTS = 3_000  # points, positions, stances, backings and citations; the largest of our tests has 845
MAX_PROBLEMS = 200  # errors that are listed; a text with more has something else wrong with it
FIELD = "text"  # a form with this field is the page as text
ASKED_FIELD = "asked"  # field: names of new parts that the editor was asked about

# The text that a new page begins with.
SKELETON = """\
---
id:
title:
question:
thread:
status: emerging
polarity: multi-axis
positions:
  - claim:
    proponents: []
    sources: []
    confidence: not-rated
---

## Context

## Key Tensions

## Status
"""

_BREAKS = re.compile(r"\r\n?|\x85|\u2028|\u2029")
_KEYS = "\nkeys:\n"  # last in the front matter, as it is written
_END = "\n---\n"  # of the front matter


@dataclass(frozen=True)
class TextFault:
    """An error on one line of the text, counted from 1; `url` is where that can be changed instead."""

    number: int
    message: str
    url: str = ""
    link: str = ""


def without_invisible(text: str) -> str:
    """Return a submitted text with one kind of line break and without characters that nobody sees or types."""
    return without_controls(_BREAKS.sub("\n", text)).removeprefix("\ufeff")


class TextForm(PageForm):
    """A document as one text."""

    template = "text_form.html"
    is_text = True
    query = f"?{FIELD}=1"

    def __init__(self, source: FormSource, data: QueryDict | None = None) -> None:
        super().__init__(source, data)
        # The recorded topics, backers and sources that the text and the document drawn may mean, by these names.
        self.catalogue, self._names = files.Catalogue(), files.Names()
        self.faults: list[TextFault] = []
        self.places: dict[str, int] = {}  # the lines of the parts of the document, by path
        self.asked = set(map(str, data.getlist(ASKED_FIELD))) if data is not None else set()
        if data is not None:
            self.text = without_invisible(str(data.get(FIELD, "")))
        elif self.is_new and not self.is_proposed:
            self.text = SKELETON
        else:
            self.text = self.write(self.start)

    def _look_up(self, names: files.Names) -> None:
        """Have in the catalogue what these names may mean, besides what is there."""
        if not names <= self._names:
            self._names |= names
            self.catalogue = files.catalogue_naming(self._names)

    def write(self, document: Document) -> str:
        """Return the document as text, with shared parts as they are recorded.

        Of its keys, the text has only those that reading it beside the document drawn would not find: editors have no
        use for the others, and would have to keep them in step with the names.
        """
        self._look_up(files.names_of(document))
        document = self._with_recorded(document)
        text = files.write(document, known=self.catalogue)
        front, _end, prose = text.partition(_END)
        fields, _keys, keys = front.rpartition(_KEYS)
        if not fields:
            return text
        try:
            bare = fields + _END + prose
            reread = self._read(bare, document)
            if reread == document:
                return bare
            kept = set(_keys_of(reread))
            missing = [line for line in keys.split("\n") if line.split()[-1] not in kept]
            fewer = fields + _KEYS + "\n".join(missing) + _END + prose
            return fewer if self._read(fewer, document) == document else text
        except files.InvalidFile:
            return text

    @cached_property
    def _before(self) -> Document:
        """The document that the text is drawn from, for its keys. That of a new page has no keys but its own."""
        head = self.start.head
        if head.topic.key:
            return self.start
        return replace(self.start, head=replace(head, topic=replace(head.topic, key=self.start.context.key)))

    def _read(self, text: str, document: Document) -> Document:
        """Read the text of a document. Raises InvalidFile."""
        numbers = references.numbering(document)
        return self._with_recorded(
            files.read(text, name="", known=self.catalogue, before=self._before, numbers=numbers)
        )

    def _with_recorded(self, document: Document) -> Document:
        """The document with its shared parts as they are recorded, where they are."""

        def as_recorded(part: Any) -> Any:
            return self.catalogue.by_key(part.key) or part

        shared: dict[str, Any] = {
            block_type.attribute: tuple(map(as_recorded, block_type.blocks(document)))
            for block_type in BLOCKS
            if block_type.shared
        }
        head = replace(document.head, topic=as_recorded(document.head.topic))
        return replace(document, head=head, **shared)

    # -- the document that was typed --

    @property
    def is_untouched(self) -> bool:
        return self.is_new and not self.is_proposed and self.text.strip() in ("", SKELETON.strip())

    @cached_property
    def document(self) -> Document | None:
        """The document in the text, reviewed if that is ticked; None, with `faults`, if it cannot be read."""
        document = self.unreviewed
        if document is None or not (REVIEWED in (self.data or ()) and self.may_review):
            return document
        return replace(document, head=self.with_review(document.head))

    @cached_property
    def unreviewed(self) -> Document | None:
        """The document in the text alone. Fills `faults`."""
        try:
            opened = files.PageFile(self.text, name="")
            if self.data is not None:
                self._look_up(
                    files.names_in(opened) | files.names_of(self.start) | files.names_of(self.shown)
                )
            document = files.document(
                opened, known=self.catalogue, before=self._before, numbers=self.source_keys
            )
        except files.InvalidFile as error:
            self.faults += [TextFault(fault.line, fault.message) for fault in error.faults]
            return None
        self.places = opened.lines
        if (parts := _count(document)) > max(MAX_PARTS, _count(self.shown)):
            message = _(
                "One page holds at most %(most)s points, positions, stances, backers and citations; this has %(parts)s."
            )
            self.general.append(message % {"most": MAX_PARTS, "parts": parts})
            return None
        self.faults += [
            *self._check_revision(document, opened.revision),
            *self._check_head(document),
            *self._check_shared(document),
        ]
        return self._with_recorded(document)

    def is_unrecorded(self, part: Part) -> bool:
        return self.catalogue.by_key(part.identity) is None

    @property
    def is_complete(self) -> bool:
        return not self.faults

    def is_valid(self) -> bool:
        document = self.document
        if document is not None and not self.faults:
            self.place(parse.check(document, known=self.shown))
            if self.is_saved:
                self._ask_about_new_parts(document)
        return document is not None and not self.problems()

    def _ask_about_new_parts(self, document: Document) -> None:
        """Ask about each new topic, backer and source that something on record is like, once."""
        new = {
            part.identity: part
            for part in shared_parts(document)
            if self.is_unrecorded(part) and likeness.letters_of(part.display_name) not in self.asked
        }
        for key, question in likeness.questions(new.values()).items():
            message = _("%(question)s If not, save again.") % {"question": question}
            self.faults.append(TextFault(self._line_naming(new[key]), message))
            self.asked.add(likeness.letters_of(new[key].display_name))

    def _check_head(self, document: Document) -> Iterator[TextFault]:
        """The faults of a head that changes what this text, or this user, cannot change."""
        head, start = document.head, self.start.head
        if self.has_fixed_address and head.slug != start.slug:
            message = _("The address cannot change once readers have seen the page. Write “%s” here.")
            yield TextFault(self._line_of("slug"), message % start.slug)
        if head.publication not in self.publications and head.publication != start.publication:
            yield self._publication_fault(head.publication)
        if (head.reviewed_on, head.reviewed_by) != (start.reviewed_on, start.reviewed_by):
            yield TextFault(
                self._line_of("reviewed_on"),
                _("A review cannot be entered here. Undo this change, and tick the box below the text.")
                if self.may_review
                else _("A review cannot be entered here. Undo this change."),
            )

    def _publication_fault(self, publication: str) -> TextFault:
        """The fault of a publication that saving cannot give the page, or not for this user."""
        number, offered = self._line_of("publication"), ", ".join(self.publications)
        if publication == Publication.WITHDRAWN and self.is_public and self.may_publish:
            url = reverse("admin:controversies_controversy_withdraw", args=[self.start.key])
            message = _("A page is withdrawn on a page of its own. Write “%s” here.")
            return TextFault(number, message % offered, url, _("Withdraw this page…"))
        if publication == Publication.DRAFT:
            message = _("A published page cannot become a draft again. Write one of: %(offered)s.")
        else:
            message = _("You cannot make the page “%(publication)s”. Write one of: %(offered)s.")
        return TextFault(number, message % {"publication": publication, "offered": offered})

    def _check_revision(self, document: Document, mark: tuple[int, str] | None) -> Iterator[TextFault]:
        """The fault of a text that names an older revision than the one which was opened.

        It would undo what was saved since. Opened from that revision, it is merged with that.
        """
        if mark is None or self.is_new or canonical.digest(self.shown).hex().startswith(mark[1]):
            return
        number, digest = mark
        older = history.at(document.key, number)
        if older is None or not older.entry.document.hex().startswith(digest):
            return  # of another site, whose numbers mean nothing here
        message = _(
            "This text was made from revision %s, and the page has changed since. "
            "Open that revision and paste the text there: then both changes are kept."
        )
        url = reverse("admin:controversies_controversy_change", args=[document.key])
        query = f"?{FIELD}=1&base={number}&shown={number}"
        yield TextFault(
            self._line_of("revision"), message % number, f"{url}{query}", _("Edit from revision %s") % number
        )

    def _check_shared(self, document: Document) -> Iterator[TextFault]:
        """The faults of shared parts: new ones that this user may not add, and changes of recorded ones."""
        drawn = {part.key: part for part in shared_parts(self.shown)}
        for part in shared_parts(document):
            recorded: Any = self.catalogue.by_key(part.key)
            if recorded is None:
                if part.key not in drawn and not self.context.may_add(part.MODEL):
                    yield TextFault(self._line_naming(part), self._may_not_add(part))
                continue
            # The part drawn may be older than the record; a value that is not in the text is no change.
            start = drawn.get(part.key)
            changed = [
                spec
                for spec in part.SPECS
                if getattr(part, spec.name) != getattr(recorded, spec.name)
                and getattr(part, spec.name) != (getattr(start, spec.name) if start else spec.default)
            ]
            if changed:
                yield self._shared_fault(part, recorded, changed)

    @staticmethod
    def _may_not_add(part: Part) -> str:
        values = {"name": part.display_name, "kind": part.MODEL._meta.verbose_name}
        return _("There is no %(kind)s “%(name)s”, and you may not add one. Name one that exists.") % values

    def _shared_fault(self, part: Part, recorded: Part, changed: list[Spec]) -> TextFault:
        """The fault of a shared part whose recorded values the text changes."""
        values = {
            "fields": labels.conjunction(str(spec.label) for spec in changed),
            "name": recorded.display_name,
            "values": labels.conjunction(f"“{_as_text(getattr(recorded, spec.name))}”" for spec in changed),
        }
        message = _(
            "%(fields)s: shared by every page that shows “%(name)s”. "
            "Write %(values)s here, and change it on its own page."
        )
        model = part.MODEL._meta.model_name
        url = reverse(f"admin:controversies_{model}_change", args=[recorded.identity])
        texts = [getattr(part, spec.name) for spec in changed]
        line = (
            next(filter(None, (self.places.get(f"{part.identity}.{spec.name}") for spec in changed)), 0)
            or self._line_with(*(value for value in texts if isinstance(value, str)))
            or self._line_naming(part)
        )
        return TextFault(line, message % values, url, _("Change “%s”") % recorded.display_name)

    # -- faults --

    def place(self, faults: Iterable[parse.Fault]) -> None:
        for fault in faults:
            if fault.path == "summary":
                self.reason.add_error("summary", fault.message)
            elif not fault.path:
                self.general.append(fault.message)
            else:
                self.faults.append(TextFault(self._line_of(fault.path), fault.message))

    def problems(self) -> list[FormProblem]:
        faults = sorted(self.faults, key=lambda fault: fault.number)
        problems = [FormProblem("", message, "") for message in self.general]
        problems += [
            FormProblem(
                _("Line %s") % fault.number, fault.message, f"line-{fault.number}", fault.url, fault.link
            )
            for fault in faults[:MAX_PROBLEMS]
        ]
        if (more := len(faults) - MAX_PROBLEMS) > 0:
            problems.append(FormProblem("", _("…and %s more. Begin with the first.") % more, ""))
        return [*problems, *self.reason_problems()]

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    def _line_with(self, *values: str) -> int:
        """The first line that has one of these values, 0 if none does."""
        sought = [value for value in values if value]
        for number, line in enumerate(self._lines, 1):
            if any(value in line for value in sought):
                return number
        return 0

    def _line_naming(self, part: Part) -> int:
        """The line that first names a backer, source or topic."""
        if part.identity in self.places:
            return self.places[part.identity]
        names = (getattr(part, name, "") for name in ("slug", "url", "doi"))
        return self._line_with(*names, part.display_name) or 1

    def _line_of(self, path: str) -> int:
        """The line with what is at this path of the document, or with what that is part of."""
        listed = re.match(r"(backers|sources)\[(\d+)\]", path)
        if listed is not None and self.document is not None:
            parts = getattr(self.document, listed[1])
            return self._line_naming(parts[int(listed[2])]) if int(listed[2]) < len(parts) else 1
        while path and path not in self.places:
            path = re.sub(r"(\.\w+|\[\d+\]|^\w+)$", "", path)
        return self.places.get(path, 1)

    def citation_lines(self) -> Iterator[tuple[Citation, int]]:
        """Each citation of the document, with the line of its quotation or else its own."""
        if self.document is None:
            return
        for block_type in BLOCKS:
            for index, block in enumerate(block_type.blocks(self.document)):
                path = f"{block_type.attribute}[{index}]" if block_type.many else block_type.attribute
                for citation, at in _citation_paths(block, path):
                    yield citation, self._line_of(f"{at}.quote")

    # -- how it is drawn --

    @property
    def numbered_lines(self) -> SafeString:
        """The lines of the text under its box, each as high as there, with its number and its errors."""
        if len(self._lines) > MAX_LINES:
            return SafeString("")
        messages: dict[int, list[str]] = {}
        for fault in sorted(self.faults, key=lambda fault: fault.number)[:MAX_PROBLEMS]:
            messages.setdefault(fault.number, []).append(fault.message)

        def member(number: int, line: str) -> SafeString:
            if number not in messages:
                return format_html('<li id="line-{}"><span>{}</span></li>', number, line)
            return format_html(
                '<li id="line-{}" class="fault"><span>{}</span><b class="note">{}</b></li>',
                *(number, line, " ".join(messages[number])),
            )

        if len(self._lines) <= 10 * SHUT:
            return mark_safe("".join(member(*each) for each in enumerate(self._lines, 1)))  # noqa: S308
        parts = []
        for first in range(1, len(self._lines) + 1, SHUT):
            lines = self._lines[first - 1 : first - 1 + SHUT]
            if messages.keys() & range(first, first + SHUT):
                opened = "".join(member(*each) for each in enumerate(lines, first))
                parts.append(opened.replace("<li", f'<li value="{first}"', 1))
            else:
                parts.append(
                    format_html('<li class="shut" value="{}"><span>{}</span></li>', first, "\n".join(lines))
                )
        return mark_safe("".join(parts))  # noqa: S308 - every part is escaped


def _count(document: Document) -> int:
    """The number of a document's parts, shared ones left out."""
    members = sum(len(position.stances) + len(position.backings) for position in document.positions)
    return len(document.points) + len(document.positions) + members + len(list(document.citations()))


def _citation_paths(part: Part, path: str) -> Iterator[tuple[Citation, str]]:
    """Each citation of a part, and its path in the document."""
    for spec in part.LISTS:
        for index, member in enumerate(getattr(part, spec.name)):
            at = f"{path}.{spec.name}[{index}]"
            if isinstance(member, Citation):
                yield member, at
            else:
                yield from _citation_paths(member, at)


def _keys_of(document: Document) -> Iterator[str]:
    """The keys of a document's blocks, backings and citations."""
    yield from document.by_key
    for position in document.positions:
        yield from (backing.key for backing in position.backings)
    yield from (citation.key for citation in document.citations())


def _as_text(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


__all__ = ["FIELD", "SKELETON", "TextForm"]
