"""What an editor typed of a page, however it was typed: what saving, proposing and previewing need to know of it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.db.models import Model
from django.forms.widgets import Script
from django.http import QueryDict
from django.utils import timezone

from controversies import history
from controversies.admin.edit.part_forms import FormContext, HeadForm, ReasonForm
from controversies.document import parse, references, types
from controversies.kit.keys import is_key
from controversies.models import Backer, Polarity, Publication, Source, Status, Topic

MEDIA = forms.Media(
    css={"all": ["crux/admin/edit.css"]},
    js=[Script("crux/admin/edit.js", type="module")],  # type: ignore[list-item]  # the stubs know names only
)

NUMBERS = (
    "numbers"  # the field that says what numbers of sources the prose is written with, if not those shown
)

SHARED: dict[type[types.Part], type[Model]] = {types.Backer: Backer, types.Source: Source, types.Topic: Topic}


@dataclass(frozen=True)
class FormProblem:
    """Something to put right: where it is in words, what it is, and the id of its field.

    `url` leads to where it can be put right instead, if that is not on this page; `link` says so.
    """

    where: str
    message: str
    target: str
    url: str = ""
    link: str = ""


def blank_document(key: str) -> types.Document:
    """What the page of a controversy that does not exist yet is drawn from."""
    return types.Document(
        head=types.Head(
            key=key,
            slug="",
            title="",
            topic=types.Topic(key="", slug="", title=""),
            status=Status.EMERGING.value,
            polarity=Polarity.MULTI_AXIS.value,
            publication=Publication.DRAFT.value,
        ),
        context=types.Context(key=types.context_key(key)),
    )


class PageForm(ABC):
    """A document as an editor types it. `data` is what was sent, or None to draw the document.

    `current` is the newest revision, `shown` the document that the page is drawn from: the same, unless somebody is
    looking at an older one or the page has moved on meanwhile, or it is `proposed`. `brings_publication` makes the
    page as public as the document shown is, if this user may do that.
    """

    template: ClassVar[str]
    is_text: ClassVar[bool] = False
    query: ClassVar[str] = ""  # asks for the page to be drawn like this

    def __init__(
        self,
        *,
        shown: types.Document,
        current: history.Reading | None,
        desk: FormContext,
        data: QueryDict | None = None,
        proposed: bool = False,
        brings_publication: bool = False,
    ) -> None:
        self.shown, self.current, self.desk, self.data = shown, current, desk, data
        self.is_new = current is None
        self.proposed = proposed
        self.may_publish = desk.user.has_perm("controversies.publish_controversy")
        self.brings_publication = brings_publication and self.may_publish
        self.reason = ReasonForm(data, "reason", None, desk)
        self.general: list[str] = []
        given = str(data.get(NUMBERS, "")) if data is not None else ""
        self.numbers = ",".join(filter(is_key, given.split(",")))

    # -- what is on record --

    @property
    def publication(self) -> str:
        """Whether readers see the page today."""
        return self.current.document.head.publication if self.current else Publication.DRAFT.value

    @property
    def is_public(self) -> bool:
        return self.publication == Publication.PUBLISHED

    @property
    def publication_label(self) -> str:
        return str(Publication(self.publication).label)

    @property
    def publications(self) -> list[Publication]:
        """What the page may be for readers once this is saved. To withdraw it is an act of its own."""
        if self.brings_publication:
            return [Publication(self.shown.head.publication)]
        here = Publication(self.publication)
        if not self.may_publish or here is Publication.PUBLISHED:
            return [here]
        return [here, Publication.PUBLISHED]

    @property
    def has_fixed_address(self) -> bool:
        """Whether readers know the page by its address already."""
        return self.publication != Publication.DRAFT

    @property
    def may_review(self) -> bool:
        """Whether this user may say that they have read the whole page against its sources."""
        return not self.is_new and self.desk.user.has_perm("controversies.change_controversy")

    @cached_property
    def start(self) -> types.Document:
        """The document to draw."""
        return replace(self.shown, head=self.head_shown())

    def head_shown(self) -> types.Head:
        """The head to draw: an older one has today's address and publication, which nobody brings back by the way."""
        if self.current is None or self.proposed:
            return self.shown.head
        now = self.current.document.head
        head = replace(self.shown.head, slug=now.slug)
        return head if self.brings_publication else replace(head, publication=now.publication)

    @property
    def next_publication_label(self) -> str:
        """What the page becomes for readers when this is saved, where that is not for choosing; "" if it stays."""
        if not self.brings_publication or self.shown.head.publication == self.publication:
            return ""
        return str(Publication(self.shown.head.publication).label)

    @property
    def media(self) -> forms.Media:
        """Its scripts and styles. A draft may come back typed the other way, so either has what both need."""
        return HeadForm(None, "head", None, self.desk).media + MEDIA

    # -- what was typed --

    @property
    @abstractmethod
    def document(self) -> Any:
        """What was typed, as a document; None if it cannot be read as one."""

    @property
    def says_all(self) -> bool:
        """Whether `document` has all that was typed."""
        return True

    @abstractmethod
    def is_valid(self) -> bool:
        """Whether what was sent is a document; if not, each fault is where it was typed."""

    @abstractmethod
    def place(self, faults: list[parse.Fault]) -> None:
        """Put each fault where it was typed."""

    @abstractmethod
    def problems(self) -> list[FormProblem]:
        """All that must be put right, in the order of the page."""

    @property
    def is_untouched(self) -> bool:
        """Whether there is nothing in it yet but what a new page is drawn with."""
        return self.is_new and not self.proposed and self.document == blank_document(self.shown.key)

    @property
    def is_unchanged(self) -> bool:
        """Whether what was sent is what had been drawn."""
        return not self.reason.value("summary") and (self.is_untouched or self.document == self.start)

    def added(self) -> list[str]:
        """What this puts on record beside the page, in words: topic, backers and sources that were on none."""
        document = self.document
        parts: list[Any] = [document.head.topic, *document.backers, *document.sources]
        return [
            f"{SHARED[type(part)]._meta.verbose_name} “{getattr(part, 'name', None) or part.title}”"
            for part in parts
            if self.is_added(part)
        ]

    @abstractmethod
    def is_added(self, part: Any) -> bool:
        """Whether this topic, backer or source is on no record yet."""

    @property
    def numbers_shown(self) -> list[str]:
        """The keys of the sources that the numbers in view mean, in order."""
        return self.numbers.split(",") if self.numbers else references.numbering(self.shown)

    def renumbered(self, document: types.Document, titles: Mapping[str, str]) -> types.Document:
        """What was typed with the numbers of sources that were in view, with its own."""
        first = self.numbers_shown
        there = set(first)
        added = [source.key for source in document.sources if source.key not in there]
        return references.renumber_marks(document, [*first, *added], titles)

    def reviewed(self, head: types.Head) -> types.Head:
        """The head as of a review of today, by this user."""
        by = history.public_name(self.desk.user)
        return replace(head, reviewed_on=timezone.localdate().isoformat(), reviewed_by=by)

    @property
    def needs_reason(self) -> bool:
        """Whether readers will see this change."""
        return self.is_public or self.document.head.publication == Publication.PUBLISHED

    def offer_reason(self, text: str, message: str) -> None:
        """Ask for a reason, with this one filled in."""
        if self.data is not None:
            self.data = self.data.copy()
            self.data["reason-summary"] = text
        self.reason = ReasonForm(self.data, "reason", None, self.desk)
        self.reason.add_error("summary", message)

    def reason_problems(self) -> list[FormProblem]:
        """What is wrong with the reason for the change."""
        bound = self.reason["summary"]
        return [
            FormProblem(str(bound.label), str(message), bound.auto_id)
            for message in self.reason.errors.get("summary", [])
        ]


__all__ = ["FormProblem", "PageForm", "blank_document"]
