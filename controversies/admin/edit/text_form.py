"""The whole page as one text, to be edited as it is exported: Markdown with front matter.

The text is read into a document, and from there on all is as with the fields: the same rules, and the same endings.
What it says wrongly is told by its line. What several pages share (a source's title, a backer's name) stands in the
text too, but is changed where it is kept: whoever changes it here is sent there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from controversies import history
from controversies.admin.edit.page_form import SHARED, FormProblem, PageForm
from controversies.document import canonical, labels, parse, references, types
from controversies.interchange import files
from controversies.kit.characters import without_controls
from controversies.models import Publication

MOST_LINES = 20_000  # of a text; one that has more is drawn without their numbers
MOST_PARTS = 3_000  # points, positions, stances, backings and citations; the largest of our tests has 845
MOST_TOLD = 200  # faults; a text with more has something else wrong with it
FIELD = "text"  # whatever is sent with this field is the page as text

# What a new page begins with.
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
_END = "\n---\n"  # …which ends with this


@dataclass(frozen=True)
class TextFault:
    """Something wrong on one line of the text, counted from 1; `url` is where that can be changed instead."""

    number: int
    message: str
    url: str = ""
    link: str = ""


def as_sent(text: str) -> str:
    """A text as a browser sent it, with one kind of line break and without what nobody can see or type."""
    return without_controls(_BREAKS.sub("\n", text)).removeprefix("\ufeff")


class TextForm(PageForm):
    """A document as one text."""

    template = "text_form.html"
    is_text = True
    query = f"?{FIELD}=1"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.faults: list[TextFault] = []
        self.places: dict[str, int] = {}  # the lines of what the document has, by path
        if self.data is not None:
            self.text = as_sent(self.data.get(FIELD, ""))
        elif self.is_new and not self.proposed:
            self.text = SKELETON
        else:
            self.text = self.write(self.start)

    @cached_property
    def known(self) -> files.Catalogue:
        """What is on record of what pages share."""
        return files.catalogue_on_record()

    def write(self, document: types.Document) -> str:
        """The document as text, with what is shared as it is on record.

        Of its keys, only those that reading it beside what it was drawn from would not find: an editor has no use
        for the others, and they would have to be kept in step with the names.
        """
        document = self._on_record(document)
        text = files.write(document, known=self.known)
        front, _end, prose = text.partition(_END)
        fields, _keys, keys = front.rpartition(_KEYS)
        if not fields:
            return text
        try:
            bare = fields + _END + prose
            said = self._read(bare, document)
            if said == document:
                return bare
            found = set(_keys_of(said))
            missing = [line for line in keys.split("\n") if line.split()[-1] not in found]
            fewer = fields + _KEYS + "\n".join(missing) + _END + prose
            return fewer if self._read(fewer, document) == document else text
        except files.InvalidFile:
            return text

    @cached_property
    def _before(self) -> types.Document:
        """What the text is drawn from, for the keys. That of a new page has its own and no others, nor a topic."""
        head = self.start.head
        if head.topic.key:
            return self.start
        return replace(self.start, head=replace(head, topic=replace(head.topic, key=self.start.context.key)))

    def _read(self, text: str, document: types.Document) -> types.Document:
        """What the text of a document says, if it says nothing wrong. Raises Faulty."""
        numbers = references.numbering(document)
        return self._on_record(
            files.read(text, name="", known=self.known, before=self._before, numbers=numbers)
        )

    def _on_record(self, document: types.Document) -> types.Document:
        """The document with what pages share as it is on record, where it is."""

        def now(part: Any) -> Any:
            return self.known.by_key(part.key) or part

        return replace(
            document,
            head=replace(document.head, topic=now(document.head.topic)),
            backers=tuple(map(now, document.backers)),
            sources=tuple(map(now, document.sources)),
        )

    # -- what the text says --

    @property
    def is_untouched(self) -> bool:
        return self.is_new and not self.proposed and self.text.strip() in ("", SKELETON.strip())

    @cached_property
    def document(self) -> types.Document | None:
        """What the text says; None, and `faults` says why, if it cannot be read."""
        said = self.said
        if said is None or not ("head-reviewed" in (self.data or ()) and self.may_review):
            return said
        return replace(said, head=self.reviewed(said.head))

    @cached_property
    def said(self) -> types.Document | None:
        """The same without what is ticked beside the text. Fills `faults`."""
        try:
            opened = files.PageFile(self.text, name="")
            said = files.document(opened, known=self.known, before=self._before, numbers=self.numbers_shown)
        except files.InvalidFile as faulty:
            self.faults += [TextFault(fault.line, fault.message) for fault in faulty.faults]
            return None
        self.places = opened.lines
        if (parts := _count(said)) > max(MOST_PARTS, _count(self.shown)):
            message = _(
                "One page holds at most %(most)s points, positions, stances, backers and citations; this has %(parts)s."
            )
            self.general.append(message % {"most": MOST_PARTS, "parts": parts})
            return None
        self.faults += [
            *self._check_revision(said, opened.revision),
            *self._check_head(said),
            *self._check_shared(said),
        ]
        return self._on_record(said)

    def is_added(self, part: Any) -> bool:
        return self.known.by_key(part.key) is None

    @property
    def says_all(self) -> bool:
        return not self.faults

    def is_valid(self) -> bool:
        document = self.document
        if document is not None and not self.faults:
            self.place(parse.check(document, known=self.shown))
        return document is not None and not self.problems()

    def _check_head(self, said: types.Document) -> Iterator[TextFault]:
        """What of the head is not for this text, or not for this user, to say."""
        head, start = said.head, self.start.head
        if self.has_fixed_address and head.slug != start.slug:
            message = _("The address cannot change once readers have seen the page. Write “%s” here.")
            yield TextFault(self._line_of("slug"), message % start.slug)
        if head.publication not in self.publications and head.publication != start.publication:
            yield self._not_for_saving(head.publication)
        if (head.reviewed_on, head.reviewed_by) != (start.reviewed_on, start.reviewed_by):
            yield TextFault(
                self._line_of("reviewed_on"),
                _("A review is not written down here: put this back, and tick the box below the text.")
                if self.may_review
                else _("A review is not written down here: put this back."),
            )

    def _not_for_saving(self, publication: str) -> TextFault:
        """What a page cannot become by being saved, or not by this user."""
        number, offered = self._line_of("publication"), ", ".join(self.publications)
        if publication == Publication.WITHDRAWN and self.is_public and self.may_publish:
            url = reverse("admin:controversies_controversy_withdraw", args=[self.start.key])
            message = _("To withdraw a page is an act of its own. Write “%s” here.")
            return TextFault(number, message % offered, url, _("Withdraw this page…"))
        if publication == Publication.DRAFT:
            message = _("Readers have seen this page: it is no draft any more. Write one of: %s.")
        else:
            message = _("You cannot make the page “%(asked)s”. Write one of: %%s.") % {"asked": publication}
        return TextFault(number, message % offered)

    def _check_revision(self, said: types.Document, mark: tuple[int, str] | None) -> Iterator[TextFault]:
        """Refuse a text that says it was made from an older revision than the one which was opened.

        It would undo what was saved since. Opened from that revision, it is merged with that.
        """
        if mark is None or self.is_new or canonical.digest(self.shown).hex().startswith(mark[1]):
            return
        number, digest = mark
        older = history.at(said.key, number)
        if older is None or not older.entry.document.hex().startswith(digest):
            return  # of another site, whose numbers mean nothing here
        message = _(
            "This text was made from revision %s, and the page has changed since. "
            "Open that one and put it in there: then both are kept."
        )
        url = reverse("admin:controversies_controversy_change", args=[said.key])
        query = f"?{FIELD}=1&base={number}&shown={number}"
        yield TextFault(
            self._line_of("revision"), message % number, f"{url}{query}", _("Edit from revision %s") % number
        )

    def _check_shared(self, said: types.Document) -> Iterator[TextFault]:
        """What is new and this user may not add, and what is changed of what other pages show."""
        drawn: list[Any] = [*self.shown.backers, *self.shown.sources, self.shown.head.topic]
        before = {part.key: part for part in drawn}
        told_of: list[Any] = [said.head.topic, *said.backers, *said.sources]
        for part in told_of:
            known = self.known.by_key(part.key)
            model = SHARED[type(part)]
            if known is None:
                if part.key not in before and not self.desk.may_add(model):
                    yield TextFault(self._line_naming(part), self._may_not_add(part, model))
                continue
            told = [spec for spec in part.SPECS if getattr(part, spec.name) != getattr(known, spec.name)]
            # What was drawn may be older than the record; of what was not, nothing needs to be said here.
            was = before.get(part.key)
            told = [
                spec
                for spec in told
                if getattr(part, spec.name) != (getattr(was, spec.name) if was else spec.default)
            ]
            if told:
                yield self._is_shared(part, known, told, model)

    @staticmethod
    def _may_not_add(part: Any, model: type[Model]) -> str:
        values = {"name": _name(part), "kind": model._meta.verbose_name}
        return _("“%(name)s” is not on record, and you may not add a %(kind)s. Name one that is.") % values

    def _is_shared(self, part: Any, known: Any, told: list[types.Spec], model: type[Model]) -> TextFault:
        values = {
            "fields": labels.conjunction(str(spec.label) for spec in told),
            "name": _name(known),
            "said": labels.conjunction(f"“{_shown(getattr(known, spec.name))}”" for spec in told),
        }
        message = _(
            "%(fields)s of “%(name)s” is shared by all pages that show it: here it stays %(said)s; change it there."
        )
        url = reverse(f"admin:controversies_{model._meta.model_name}_change", args=[known.key])
        said = [getattr(part, spec.name) for spec in told]
        line = (
            next(filter(None, (self.places.get(f"{part.key}.{spec.name}") for spec in told)), 0)
            or self._line_with(*(value for value in said if isinstance(value, str)))
            or self._line_naming(part)
        )
        return TextFault(line, message % values, url, _("Change “%s”") % _name(known))

    # -- faults --

    def place(self, faults: list[parse.Fault]) -> None:
        for fault in faults:
            if fault.path == "summary":
                self.reason.add_error("summary", fault.message)
            elif not fault.path:
                self.general.append(fault.message)
            else:
                self.faults.append(TextFault(self._line_of(fault.path), fault.message))

    def problems(self) -> list[FormProblem]:
        faults = sorted(self.faults, key=lambda each: each.number)
        told = [
            FormProblem(_("Line %s") % each.number, each.message, f"line-{each.number}", each.url, each.link)
            for each in faults[:MOST_TOLD]
        ]
        if len(faults) > MOST_TOLD:
            told.append(
                FormProblem("", _("…and %s more. Begin with the first.") % (len(faults) - MOST_TOLD), "")
            )
        return [*(FormProblem("", message, "") for message in self.general), *told, *self.reason_problems()]

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    def _line_with(self, *values: str) -> int:
        """The first line that holds one of these, 0 if none does."""
        wanted = [value for value in values if value]
        for number, line in enumerate(self._lines, 1):
            if any(value in line for value in wanted):
                return number
        return 0

    def _line_naming(self, part: Any) -> int:
        """The line that first names a backer, source or topic."""
        if part.key in self.places:
            return self.places[part.key]
        found = self._line_with(part.slug, getattr(part, "url", ""), getattr(part, "doi", ""), _name(part))
        return found or 1

    def _line_of(self, path: str) -> int:
        """The line that says what is at this path of the document, or what that is part of."""
        listed = re.match(r"(backers|sources)\[(\d+)\]", path)
        if listed is not None and self.document is not None:
            parts = getattr(self.document, listed[1])
            return self._line_naming(parts[int(listed[2])]) if int(listed[2]) < len(parts) else 1
        while path and path not in self.places:
            path = re.sub(r"(\.\w+|\[\d+\]|^\w+)$", "", path)
        return self.places.get(path, 1)

    # -- how it is drawn --

    @property
    def numbered(self) -> SafeString:
        """The lines of the text under its box, each as high as there, with its number and what is wrong with it."""
        if len(self._lines) > MOST_LINES:
            return SafeString("")
        wrong: dict[int, list[str]] = {}
        for each in sorted(self.faults, key=lambda each: each.number)[:MOST_TOLD]:
            wrong.setdefault(each.number, []).append(each.message)

        def note(number: int) -> SafeString | str:
            found = wrong.get(number)
            return format_html('<b class="note">{}</b>', " ".join(found)) if found else ""

        return format_html_join(
            "",
            '<li id="line-{}"{}><span>{}</span>{}</li>',
            (
                (number, SafeString(' class="fault"') if number in wrong else "", line, note(number))
                for number, line in enumerate(self._lines, 1)
            ),
        )


def _count(document: types.Document) -> int:
    """How many parts it has."""
    held = sum(len(position.stances) + len(position.backings) for position in document.positions)
    return len(document.points) + len(document.positions) + held + len(list(document.citations()))


def _keys_of(document: types.Document) -> Iterator[str]:
    """The keys of all its parts."""
    yield from document.by_key
    for position in document.positions:
        yield from (backing.key for backing in position.backings)
    yield from (citation.key for citation in document.citations())


def _name(part: Any) -> str:
    """What people call a backer, a source or a topic."""
    name: str = getattr(part, "name", "") or part.title
    return name


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


__all__ = ["FIELD", "TextForm"]
