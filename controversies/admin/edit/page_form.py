"""The form of a whole page, whether in fields or as text: what saving, proposing and previewing need to know of it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

from django import forms
from django.forms.widgets import Script
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from controversies import history
from controversies.admin.edit.request import EditRequest, blank_document
from controversies.admin.form_context import FormContext, shared_parts
from controversies.admin.part_form import ReasonForm
from controversies.document import parse, references
from controversies.document.types import Document, Head, Part
from controversies.kit.keys import is_key
from controversies.models import Publication

MEDIA = forms.Media(
    css={"all": ["crux/admin/edit.css"]},
    js=[Script("crux/admin/edit.js", type="module")],  # type: ignore[list-item]  # the stubs know names only
)
NUMBERS = "numbers"  # field: the keys of the sources that numbers in the prose mean, if not those of the drawn document
REVIEWED = "head-reviewed"  # field: the box that is ticked for a review
REASON = "reason-summary"


@dataclass(frozen=True)
class FormProblem:
    """An error in a form: its place in words, the message, and the id of its field.

    `url` leads to another page where it can be corrected, with `link` as its text.
    """

    place: str
    message: str
    target: str
    url: str = ""
    link: str = ""


@dataclass(frozen=True)
class FormSource:
    """The document that a form is drawn from, and the page as it is recorded.

    `current` is the newest revision, None for a new page; it differs from `shown` when the form is drawn from an older
    revision or a proposal, or the page has moved on. `restores_publication`: the page is to be as public as `shown`.
    """

    shown: Document
    current: history.Reading | None
    context: FormContext
    is_proposed: bool = False
    restores_publication: bool = False

    @classmethod
    def of(cls, edit: EditRequest) -> "FormSource":
        """The source of the form that a request is about."""
        context = FormContext(edit.user)
        return cls(edit.document, edit.current, context, edit.is_proposed, edit.restores_publication)


class PageForm(ABC):
    """A document in a form. `data` is the submitted form, None to draw the document."""

    template: ClassVar[str]
    is_text: ClassVar[bool] = False
    query: ClassVar[str] = ""  # asks for the page in this kind of form

    def __init__(self, source: FormSource, data: QueryDict | None = None) -> None:
        self.source, self.data = source, data
        self.shown, self.current, self.context = source.shown, source.current, source.context
        self.is_new = source.current is None
        self.is_proposed = source.is_proposed
        self.may_publish = self.context.user.has_perm("controversies.publish_controversy")
        self.restores_publication = source.restores_publication and self.may_publish
        self.reason = ReasonForm(data, "reason", None, self.context)
        self.general: list[str] = []  # messages about no field in particular
        numbers = str(data.get(NUMBERS, "")) if data is not None else ""
        self.numbers = ",".join(filter(is_key, numbers.split(",")))
        # What is new is asked about when it is to be saved, not when it is only looked at.
        self.is_saved = data is not None and not data.keys() & {"_preview", "_turn", "_restore"}

    # -- the page as it is recorded --

    @property
    def publication(self) -> str:
        """The page's publication today."""
        return self.current.document.head.publication if self.current else Publication.DRAFT.value

    @property
    def blame_url(self) -> str:
        """The address that tells who wrote the page, "" for a new one."""
        return reverse("blame", args=[self.current.document.head.slug]) if self.current else ""

    @property
    def is_public(self) -> bool:
        return self.publication == Publication.PUBLISHED

    @property
    def publication_label(self) -> str:
        return str(Publication(self.publication).label)

    @property
    def publications(self) -> list[Publication]:
        """The publications that saving can give the page. Withdrawal is an action of its own."""
        if self.restores_publication:
            return [Publication(self.shown.head.publication)]
        publication = Publication(self.publication)
        if not self.may_publish or publication is Publication.PUBLISHED:
            return [publication]
        return [publication, Publication.PUBLISHED]

    @property
    def has_fixed_address(self) -> bool:
        """Whether readers know the page by its address already."""
        return self.publication != Publication.DRAFT

    @property
    def may_review(self) -> bool:
        """Whether this user may record a review of the whole page against its sources."""
        return not self.is_new and self.context.user.has_perm("controversies.change_controversy")

    @cached_property
    def start(self) -> Document:
        """The document as it is drawn: an older one has today's address and publication, unless that comes back too."""
        if self.current is None or self.is_proposed:
            return self.shown
        now = self.current.document.head
        publication = self.shown.head.publication if self.restores_publication else now.publication
        return replace(self.shown, head=replace(self.shown.head, slug=now.slug, publication=publication))

    @property
    def next_publication_label(self) -> str:
        """The publication that the page gets where the user cannot choose it; "" if it stays."""
        if not self.restores_publication or self.shown.head.publication == self.publication:
            return ""
        return str(Publication(self.shown.head.publication).label)

    @property
    def media(self) -> forms.Media:
        """Scripts and styles, the same for either kind of form, since a draft may come back in the other."""
        return MEDIA

    # -- the page as it was typed --

    @property
    @abstractmethod
    def document(self) -> Document | None:
        """The document that was typed; None if the form cannot be read as one."""

    @property
    def valid_document(self) -> Document:
        """The document of a form that is valid. Raises TypeError if the form cannot be read as one."""
        if self.document is None:
            raise TypeError("This form is no document.")
        return self.document

    @property
    def is_complete(self) -> bool:
        """Whether `document` has all that was typed."""
        return True

    @abstractmethod
    def is_valid(self) -> bool:
        """Whether the submitted form is a document; if not, each fault is placed where it was typed."""

    @abstractmethod
    def place(self, faults: Iterable[parse.Fault]) -> None:
        """Put each fault where it was typed."""

    @abstractmethod
    def problems(self) -> list[FormProblem]:
        """All errors, in the order of the page."""

    @property
    def is_untouched(self) -> bool:
        """Whether this is the form of a new page with nothing filled in."""
        return self.is_new and not self.is_proposed and self.document == blank_document(self.shown.key)

    @property
    def is_unchanged(self) -> bool:
        """Whether the submitted form is what was drawn."""
        return not self.reason.value("summary") and (self.is_untouched or self.document == self.start)

    def unrecorded_names(self) -> list[str]:
        """The topic, backers and sources that no row has yet and saving would record, in words."""
        return [
            f"{part.MODEL._meta.verbose_name} “{part.display_name}”"
            for part in shared_parts(self.valid_document)
            if self.is_unrecorded(part)
        ]

    @abstractmethod
    def is_unrecorded(self, part: Part) -> bool:
        """Whether no row has this topic, backer or source yet."""

    @property
    def source_keys(self) -> list[str]:
        """The keys of the sources that the numbers in view mean, in order."""
        return self.numbers.split(",") if self.numbers else references.numbering(self.shown)

    def renumber(self, document: Document, titles: Mapping[str, str]) -> Document:
        """Return a document, typed with the numbers of sources that were in view, with its own numbers."""
        keys = self.source_keys
        known = set(keys)
        added = [source.key for source in document.sources if source.key not in known]
        return references.renumber_marks(document, [*keys, *added], titles)

    def with_review(self, head: Head) -> Head:
        """Return the head with a review of today by this user."""
        name = history.public_name(self.context.user)
        return replace(head, reviewed_on=timezone.localdate().isoformat(), reviewed_by=name)

    @property
    def needs_reason(self) -> bool:
        """Whether readers will see this change."""
        return self.is_public or self.valid_document.head.publication == Publication.PUBLISHED

    def offer_reason(self, text: str, message: str) -> None:
        """Ask for a reason, with this one filled in."""
        if self.data is not None:
            self.data = self.data.copy()
            self.data[REASON] = text
        self.reason = ReasonForm(self.data, "reason", None, self.context)
        self.reason.add_error("summary", message)

    def reason_problems(self) -> list[FormProblem]:
        """The errors of the reason."""
        bound = self.reason["summary"]
        return [
            FormProblem(str(bound.label), str(message), bound.auto_id)
            for message in self.reason.errors.get("summary", [])
        ]
