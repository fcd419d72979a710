"""Words for editors on what machines saw of sources: beside fields of the edit page, on the board, on the source."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.checks.observations import GRAVE, SourceObservation
from controversies.checks.quotations import Note
from controversies.checks.requests import QuoteAnswer
from controversies.checks.tasks import is_title_wrong
from controversies.checks.text import Failure
from controversies.document import prose, words
from controversies.document.words import WordRun
from controversies.kit.identifiers import doi_address
from controversies.models import NoticeKind, QuoteCheck, QuoteVerdict, SourceVerdict, WorkNotice
from controversies.models.fields import is_web_url

WAITING = "waiting"  # kind of chip: the worker is asked

_UNREAD_BECAUSE: dict[str, Promise] = {
    SourceVerdict.BLOCKED: gettext_lazy("The site refuses machines. Please read it yourself."),
    SourceVerdict.DEAD: gettext_lazy("The source is gone, and no copy has its text."),
    SourceVerdict.UNCHECKED: gettext_lazy(
        "No text could be read there, as with a scan or a page made by scripts. Please read it yourself."
    ),
}


@dataclass(frozen=True, slots=True)
class QuoteChip:
    """The verdict on a quotation: its kind (of QuoteVerdict, or WAITING), its words, and what helps to decide.

    `exact` has the source's own words, where they can replace the quotation; `runs` lead from the quotation to the
    nearest passage of the source, or to those words.
    """

    kind: str
    text: str
    reasons: tuple[str, ...] = ()
    exact: str = ""
    runs: tuple[WordRun, ...] = ()

    @property
    def is_waiting(self) -> bool:
        return self.kind == WAITING

    @property
    def is_absent(self) -> bool:
        return self.kind == QuoteVerdict.ABSENT


@dataclass(frozen=True, slots=True)
class SourceChip:
    """A fault of a source: `kind` of TaskCause, the words, and an address that says more."""

    kind: str
    text: str
    url: str = ""


def link_target(address: str) -> str:
    """Return an address that machines saw, if it may be a link; "" for any but a web address."""
    return address if is_web_url(address) else ""


def day(time: datetime.datetime | None) -> str:
    """Return the day of a time, "" for none."""
    return date_format(timezone.localtime(time), "DATE_FORMAT") if time is not None else ""


def waiting_chip() -> QuoteChip:
    """Return the chip of a quotation that is being looked for."""
    return QuoteChip(WAITING, _("Being checked…"))


def quote_chip(
    quote: str,
    verdict: str,
    *,
    exact: str = "",
    nearest: str = "",
    notes: Iterable[str] = (),
    page: int | None = None,
    copied_at: datetime.datetime | None = None,
    source_verdict: str = "",
) -> QuoteChip:
    """Return the chip of a quotation with this verdict; `copied_at` is the time of the copy that has it, if one has."""
    reasons = tuple(filter(None, map(note_text, notes)))
    if verdict == QuoteVerdict.CONFIRMED:
        return QuoteChip(verdict, _found_text(page, copied_at), reasons)
    if verdict == QuoteVerdict.PUNCTUATION:
        text = _("The words are there, but punctuation differs")
        return QuoteChip(verdict, text, reasons, exact=exact, runs=_difference(quote, exact))
    if verdict == QuoteVerdict.DOUBT:
        text = _("In doubt: please compare it with the source")
        return QuoteChip(verdict, text, reasons, runs=_difference(quote, exact or nearest))
    if verdict == QuoteVerdict.UNREAD:
        because = _UNREAD_BECAUSE.get(source_verdict, _UNREAD_BECAUSE[SourceVerdict.UNCHECKED])
        return QuoteChip(verdict, _("The source cannot be read by machines"), reasons or (str(because),))
    text = _("Not found in the source")
    return QuoteChip(QuoteVerdict.ABSENT, text, reasons, runs=_difference(quote, nearest))


def chip_of_check(quote: str, check: QuoteCheck, source_verdict: str) -> QuoteChip:
    """Return the chip of a quotation by its recorded verdict."""
    return quote_chip(
        quote,
        check.verdict,
        exact=str(check.selector.get("exact", "")),
        nearest=check.nearest,
        notes=check.notes,
        page=check.page,
        copied_at=check.copy.time if check.copy is not None else None,
        source_verdict=source_verdict,
    )


def _found_text(page: int | None, copied_at: datetime.datetime | None) -> str:
    if copied_at is not None and page:
        return _("Found on page %(page)s of the copy of %(day)s") % {"page": page, "day": day(copied_at)}
    if copied_at is not None:
        return _("Found in the copy of %s") % day(copied_at)
    return _("Found in the source, on page %s") % page if page else _("Found in the source")


def _difference(quote: str, passage: str) -> tuple[WordRun, ...]:
    """The runs that lead from a quotation to a passage; none without a passage."""
    return tuple(prose.with_space_outside(words.runs(quote, passage))) if passage else ()


def title_runs(recorded: str, seen: str) -> tuple[WordRun, ...]:
    """Return the runs that lead from the title on record to the one seen."""
    return _difference(recorded, seen)


def source_chips(observation: SourceObservation) -> list[SourceChip]:
    """Return what is wrong with a source, gravest first; nothing for one that is well, blocked or unchecked."""
    chips = [notice_chip(notice) for notice in observation.notices]
    state, check = observation.state, observation.check
    if state is not None and state.verdict == SourceVerdict.DEAD:
        text = (
            _("This source has been gone since %s") % day(state.since)
            if state.since
            else _("This source is gone")
        )
        chips.append(SourceChip("gone", text))
    if state is not None and state.verdict == SourceVerdict.MOVED:
        chips.append(
            SourceChip("moved", _("This source has moved to another address"), link_target(state.moved_to))
        )
    if state is not None and check is not None and is_title_wrong(check, state):
        chips.append(SourceChip("title", _("Its page has another title: “%s”") % check.title))
    return chips


def notice_chip(notice: WorkNotice) -> SourceChip:
    """Return the chip of a publisher's notice."""
    label = str(NoticeKind(notice.kind).label)
    text = _("%(notice)s (%(date)s)") % {"notice": label, "date": notice.date} if notice.date else label
    kind = "retracted" if notice.kind in GRAVE else "corrected"
    return SourceChip(kind, text, notice_url(notice))


def notice_url(notice: WorkNotice) -> str:
    """Return the address of a notice, "" if it has no DOI."""
    return doi_address(notice.notice_doi) if notice.notice_doi.startswith("10.") else ""


def note_text(code: str) -> str:
    """Return the sentence for a note of the matcher or a failure to read a text; "" for one of another version."""
    for vocabulary in (Note, Failure):
        if code in vocabulary.values:
            return str(vocabulary(code).label)
    return ""


def chip_of_answer(quote: str, answer: QuoteAnswer) -> QuoteChip:
    """Return the chip of a quotation that need not be saved, by the answer about it."""
    return quote_chip(
        quote,
        answer.verdict,
        exact=answer.exact,
        nearest=answer.nearest,
        notes=answer.notes,
        page=answer.page,
        source_verdict=answer.source_verdict,
    )
