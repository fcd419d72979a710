"""Verdicts on quotations and sources beside their fields, and the question that they raise when a page is saved.

The page is drawn with recorded verdicts: four queries, however many citations it has. A script asks for those of what
is changed. A mismatch never keeps anybody from saving: the form asks once, and the second press saves.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.contrib.admin import ModelAdmin
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from controversies import models as m
from controversies.admin.board.places import name_citations
from controversies.admin.edit.fields_form import FieldsForm, FormNode
from controversies.admin.edit.page_form import PageForm
from controversies.admin.edit.request import EditRequest
from controversies.admin.edit.text_form import TextForm
from controversies.admin.verdicts import (
    QuoteChip,
    SourceChip,
    chip_of_answer,
    chip_of_check,
    source_chips,
    waiting_chip,
)
from controversies.checks import is_on
from controversies.checks.observations import SourceObservation, observe_sources, quote_checks
from controversies.checks.requests import QuoteAnswerState, request_quote
from controversies.checks.tasks import text_digest
from controversies.document import text as texts
from controversies.document.types import Citation, Document
from controversies.kit.keys import is_key
from controversies.models import Source

ABSENT = "absent"  # field: digests of quotations that the form shows as not found
QUESTIONED = "asked"  # field: digests of those that the editor was asked about
MAX_QUOTE = 20_000  # characters of a quotation that a script may ask about
CHIPS_TEMPLATE = "admin/controversies/controversy/_chips.html"


@dataclass(slots=True)
class CitationChips:
    """The chips beside a citation: of its source, and of its quotation with the digest of its words."""

    sources: list[SourceChip] = field(default_factory=list)
    quote: QuoteChip | None = None
    digest: str = ""

    @property
    def is_waiting(self) -> bool:
        return self.quote is not None and self.quote.is_waiting

    @property
    def absent_digest(self) -> str:
        """The digest of a quotation that was not found, for the form to send along; "" of others."""
        return self.digest if self.quote is not None and self.quote.is_absent else ""


@dataclass(frozen=True, slots=True)
class QuoteQuestion:
    """A changed quotation that was not found in its source: its place in words, and the id of its field."""

    where: str
    target: str
    digest: str


@dataclass(frozen=True, slots=True)
class TextNote:
    """A remark on one line of a page as text, counted from 1."""

    line: int
    place: str
    text: str
    chip: QuoteChip | None = None


# -- beside the fields --


def add_chips(form: PageForm, nodes: Iterable[FormNode] | None = None) -> None:
    """Give each open citation of a form, or of these nodes, what is known of it; four queries at most."""
    if not isinstance(form, FieldsForm) or not is_on():
        return
    cited = [
        node
        for node in (form.nodes() if nodes is None else nodes)
        if node.cls is Citation and node.form is not None
    ]
    sources = form.context.parts[Source]
    values = {node.key: _values(node) for node in cited}
    wanted = {key for key, _quote in values.values() if key in sources and key not in form.context.unrecorded}
    seen = observe_sources(sources[key] for key in wanted)
    looked_at = {key for key, observation in seen.items() if observation.state is not None}
    checks = quote_checks(
        (key, text_digest(quote)) for key, quote in values.values() if quote and key in looked_at
    )
    for node in cited:
        key, quote = values[node.key]
        if key not in seen or node.form is None:
            continue
        digest = text_digest(quote)
        check = checks.get((key, digest)) if quote else None
        node.chips = CitationChips(source_chips(seen[key]), _chip(quote, check, seen[key]), digest)
        describe_field(node)


def describe_field(node: FormNode) -> None:
    """Let screen readers read what is known of a quotation with its field."""
    if node.form is not None and "quote" in node.form.fields:
        bound = node.form["quote"]
        described = f"{bound.auto_id}_helptext checks-{node.key}"
        node.form.fields["quote"].widget.attrs["aria-describedby"] = described


def _values(node: FormNode) -> tuple[str, str]:
    """The key of a citation's source, and its quotation, as they stand in the form."""
    if node.form is None:
        return "", ""
    return str(node.form["source"].value() or ""), texts.prose(str(node.form["quote"].value() or ""))


def _chip(quote: str, check: m.QuoteCheck | None, seen: SourceObservation) -> QuoteChip | None:
    """The chip of a quotation; None of none, and of one whose source was never looked at."""
    state = seen.state
    if not quote or state is None:
        return None
    if check is not None:
        return chip_of_check(quote, check, state.verdict)
    is_due = state.is_urgent or state.due_at <= timezone.now()
    return waiting_chip() if is_due else None


def with_descendants(node: FormNode) -> Iterator[FormNode]:
    """Every node of a block, itself included."""
    yield node
    for child in node.children():
        yield from with_descendants(child)


def quote_check_view(request: HttpRequest, *, model_admin: ModelAdmin) -> HttpResponse:
    """Answer a form that asks about a quotation, saved or not, with what is shown beside it; asked again, with news."""
    user = request.user
    if not (
        user.has_perm("controversies.change_controversy")
        or user.has_perm("controversies.propose_controversy")
    ):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    key, quote = _read_quote(request.POST)
    chips = CitationChips()
    source = Source.objects.filter(pk=key).first() if key and is_on() else None
    if source is not None:
        chips.sources = source_chips(observe_sources([source])[key])
        if quote:
            answer = request_quote(source.pk, quote)
            chips.digest = text_digest(quote)
            if answer.state == QuoteAnswerState.WAITING:
                chips.quote = waiting_chip()
            elif answer.state == QuoteAnswerState.DONE:
                chips.quote = chip_of_answer(quote, answer)
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, CHIPS_TEMPLATE, {"chips": chips, "key": request.POST.get("key", "")})


def _read_quote(data: QueryDict) -> tuple[str, str]:
    """The source's key and the quotation that a script asks about. Raises BadRequest."""
    key, quote = data.get("source", ""), texts.prose(data.get("quote", ""))
    if len(quote) > MAX_QUOTE or (key and not is_key(key)) or not is_key(data.get("key", "")):
        raise BadRequest("This is no question of ours.")
    return key, quote


# -- beside a page as text --


def text_notes(form: PageForm) -> list[TextNote]:
    """Return what is known of the quotations and sources of a page as text, but for what is well; by line."""
    if not isinstance(form, TextForm) or not is_on() or form.document is None:
        return []
    document = form.document
    seen = observe_sources(document.sources)
    cited = list(form.citation_lines())
    looked_at = {key for key, observation in seen.items() if observation.state is not None}
    checks = quote_checks(
        (each.source, text_digest(each.quote))
        for each, _line in cited
        if each.quote and each.source in looked_at
    )
    places = name_citations(document)
    notes: list[TextNote] = []
    for citation, line in cited:
        place = places[citation.key].where
        known = seen.get(citation.source)
        if known is None:
            continue
        notes += [TextNote(line, place, chip.text) for chip in source_chips(known)]
        check = checks.get((citation.source, text_digest(citation.quote)))
        chip = _chip(citation.quote, check, known)
        if chip is not None and chip.kind != m.QuoteVerdict.CONFIRMED:
            notes.append(TextNote(line, place, chip.text, chip))
    return sorted(notes, key=lambda note: note.line)


# -- on saving --


def questions(edit: EditRequest, form: PageForm) -> list[QuoteQuestion]:
    """Return the changed quotations that are known as not found and that the editor was not asked about yet.

    The form says which it shows so; recorded verdicts are read where it changes quotations, in one query.
    """
    if not is_on():
        return []
    document = form.valid_document
    base = edit.revision(edit.base).document if edit.current is not None else None
    changed = changed_citations(base, document)
    if not changed:
        return []
    digests = {citation.key: text_digest(citation.quote) for citation in changed}
    absent = set(edit.data.getlist(ABSENT))
    checks = quote_checks((citation.source, digests[citation.key]) for citation in changed)
    absent |= {
        digest for (_source, digest), check in checks.items() if check.verdict == m.QuoteVerdict.ABSENT
    }
    absent -= set(str(edit.data.get(QUESTIONED, "")).split(","))
    places = name_citations(document)
    return [
        QuoteQuestion(places[citation.key].where, f"id_{citation.key}-quote", digests[citation.key])
        for citation in changed
        if digests[citation.key] in absent
    ]


def changed_citations(base: Document | None, document: Document) -> list[Citation]:
    """Return the citations with a quotation that the base does not have of this source."""
    known = {(each.source, each.quote) for each in base.citations()} if base is not None else set()
    return [each for each in document.citations() if each.quote and (each.source, each.quote) not in known]


def asked_digests(edit: EditRequest, new: Iterable[QuoteQuestion]) -> str:
    """Return the digests of all quotations that the editor was asked about, for the form to send along."""
    before = filter(None, str(edit.data.get(QUESTIONED, "")).split(","))
    return ",".join(dict.fromkeys([*before, *(each.digest for each in new)]))


def saved_message(base: Document | None, document: Document) -> str:
    """Return what to say of the quotations that a save has changed; "" if none or if checks are off."""
    count = len(changed_citations(base, document)) if is_on() else 0
    if not count:
        return ""
    return _(
        "The quotations that you changed are checked in the background. "
        "Open this page again to see the result; what is not found comes to the sources board."
    )
