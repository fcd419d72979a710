"""One look at a source: fetch it, read it, compare it. Nothing is stored here, and no transaction is open meanwhile."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from controversies.document import redact
from controversies.kit.identifiers import same_address
from controversies.models import (
    FetchResult,
    QuoteCheck,
    QuoteVerdict,
    Source,
    SourceCheck,
    SourceCopy,
    SourceState,
    TitleMatch,
)

from . import clock
from .display import address_of
from .fetch import FetchAnswer, NotYet, fetch, missing_sign
from .metadata import compare_titles, page_metadata
from .quotations import match
from .tasks import citations_of, text_digest
from .text import ReadText, read_text
from .verdicts import Outcome, strike_name

COPIES = 3  # newest copies of a source in which a quotation is looked for
_CONTEXT = 32  # characters before and after a quotation that are kept with it
_MISSING = {FetchResult.NOT_FOUND, FetchResult.SOFT_404}
_OUTCOMES = {
    **dict.fromkeys(_MISSING, Outcome.MISSING),
    **dict.fromkeys((FetchResult.SERVER_ERROR, FetchResult.NO_HOST, FetchResult.NO_ANSWER), Outcome.FAILING),
    **dict.fromkeys((FetchResult.UNREADABLE, FetchResult.TOO_LARGE), Outcome.UNJUDGED),
    **dict.fromkeys((FetchResult.REFUSED, FetchResult.ROBOTS), Outcome.UNASKED),
    FetchResult.BLOCKED: Outcome.REFUSING,
}


@dataclass(frozen=True, slots=True)
class CopyText:
    """The text of a copy, and the time when the source said so."""

    key: int
    time: datetime.datetime
    text: str
    is_snapshot: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """A source as it was when its check began, with all that pages quote from it."""

    source: Source
    address: str
    quotes: dict[str, str]  # by digest
    is_cited: bool
    state: SourceState | None
    checks: dict[str, QuoteCheck]  # of quotations, by digest
    latest: SourceCheck | None  # at this address, with text
    latest_copy: CopyText | None  # of the bytes that `latest` saw
    copies: tuple[CopyText, ...]  # the newest first
    began: datetime.datetime
    holds_no_words: bool  # words were removed from it for good: nothing that it says is kept

    @property
    def identity(self) -> tuple[str, ...]:
        """The values that a check depends on: if they change meanwhile, it is worth nothing."""
        return identity_of(self.source)


@dataclass(frozen=True, slots=True)
class QuoteSight:
    """A quotation as one look saw it; `copy` is the copy that has it, if the address does not."""

    verdict: QuoteVerdict
    selector: dict[str, object] = field(default_factory=dict)
    page: int | None = None
    notes: tuple[str, ...] = ()
    nearest: str = ""
    copy: CopyText | None = None


@dataclass(frozen=True, slots=True)
class SourceSight:
    """A source as one look saw it. `strike` names the outcome that counts, "" if it says nothing."""

    answer: FetchAnswer | None
    seen: FetchResult
    strike: str
    text: str = ""
    title: str = ""
    title_origin: str = ""
    authors: str = ""
    title_match: str = ""
    elsewhere: str = ""
    quotes: dict[str, QuoteSight] = field(default_factory=dict)
    snapshot: tuple[str, str] | None = None  # address and text of the recorded copy, if that was read


def identity_of(source: Source) -> tuple[str, ...]:
    """Return the values of a source that its check depends on."""
    return (source.url, source.doi, source.title, source.archive_url)


def read_subject(source_id: UUID | str) -> Subject | None:
    """Return a source with what pages quote from it; None if it is not there."""
    source = Source.objects.filter(pk=source_id).first()
    if source is None:
        return None
    citations = citations_of(source.pk)
    quotes = {each.quote_sha256: each.quote for each in citations if each.quote}
    is_marked = any(redact.MARKED.search(each) for each in (*_texts(source), *quotes.values()))
    address = address_of(source)
    copies = tuple(
        CopyText(copy.pk, copy.time, copy.text, bool(copy.snapshot_url))
        for copy in SourceCopy.objects.filter(source=source.pk, deleted_at=None)
        .exclude(text="")
        .order_by("-time", "-pk")[:COPIES]
    )
    latest = (
        SourceCheck.objects.filter(source=source.pk, address=address, copy__deleted_at=None)
        .exclude(text_sha256="")
        .select_related("copy")
        .order_by("-last", "-pk")
        .first()
    )
    copy = latest.copy if latest is not None else None
    return Subject(
        source,
        address,
        {digest: quote for digest, quote in quotes.items() if not redact.MARKED.search(quote)},
        bool(citations),
        SourceState.objects.filter(source=source.pk).first(),
        {check.quote_sha256: check for check in QuoteCheck.objects.filter(source=source.pk)},
        latest,
        CopyText(copy.pk, copy.time, copy.text, is_snapshot=False)
        if copy is not None and copy.text
        else None,
        copies,
        clock.now(),
        is_marked,
    )


def _texts(source: Source) -> tuple[str, ...]:
    return (source.title, source.authors, source.publisher, source.url, source.doi, source.archive_url)


def look(subject: Subject, *, scheduled: bool) -> SourceSight:
    """Look at a source. Raises NotYet if its host's turn has not come; never for what a server does."""
    if not subject.address:
        return _unread(subject, None, FetchResult.REFUSED, scheduled=scheduled)
    latest = subject.latest if subject.latest_copy is not None else None
    answer = fetch(
        subject.address,
        scheduled=scheduled,
        etag=latest.etag if latest else "",
        last_modified=latest.last_modified if latest else "",
        validated_url=latest.hops[-1][1] if latest and latest.hops else "",
    )
    if answer.seen == FetchResult.UNCHANGED and latest is not None and subject.latest_copy is not None:
        title = compare_titles(subject.source.title, latest.title) if latest.title else ""
        text = ReadText(subject.latest_copy.text)
        return _sight_of(subject, answer, text, latest.title, latest.title_origin, latest.authors, title)
    if answer.seen != FetchResult.OK:
        return _unread(subject, answer, answer.seen, scheduled=scheduled)
    text = read_text(answer.body, answer.content_type, url=answer.url)
    proposals = page_metadata(answer.body, answer.content_type, answer.url)
    title = proposals.get("title") if not redact.MARKED.search(subject.source.title) else ""
    origin = proposals.values["title"].origin.value if title else ""
    authors = proposals.get("authors")
    title_match = compare_titles(subject.source.title, title) if title else ""
    sight = _sight_of(subject, answer, text, title, origin, authors, title_match)
    if any(each.verdict == QuoteVerdict.CONFIRMED for each in sight.quotes.values()):
        return sight
    if missing_sign(answer, address=subject.address, title_agrees=_title_agrees(subject, title, title_match)):
        return _unread(subject, answer, FetchResult.SOFT_404, scheduled=scheduled)
    if proposals.failure == "wall":
        return _unread(subject, answer, FetchResult.BLOCKED, scheduled=scheduled)
    return (
        sight
        if not text.failure
        else _unread(
            subject, answer, FetchResult.UNREADABLE, scheduled=scheduled, title=title, title_match=title_match
        )
    )


def _title_agrees(subject: Subject, title: str, title_match: str) -> bool:
    accepted = subject.state.accepted_title if subject.state is not None else ""
    return title_match in (TitleMatch.SAME, TitleMatch.PART, TitleMatch.LIKE) or (
        bool(title) and text_digest(title) == accepted
    )


def _sight_of(
    subject: Subject,
    answer: FetchAnswer,
    text: ReadText,
    title: str,
    origin: str,
    authors: str,
    title_match: str,
) -> SourceSight:
    """Return the sight of a source whose text was read."""
    quotes = {} if text.failure else dict(_quotes_in(subject, text))
    strike, elsewhere = _judge_text(subject, answer, text, title, title_match, quotes)
    return SourceSight(
        answer,
        FetchResult(answer.seen),
        strike,
        text.text,
        title,
        origin,
        authors,
        title_match,
        elsewhere,
        quotes,
    )


def _judge_text(
    subject: Subject,
    answer: FetchAnswer,
    text: ReadText,
    title: str,
    title_match: str,
    quotes: dict[str, QuoteSight],
) -> tuple[str, str]:
    """Return the strike of a source that answered with text, and the address elsewhere."""
    agrees = _title_agrees(subject, title, title_match)
    wrong = sorted(digest for digest, each in quotes.items() if each.verdict == QuoteVerdict.ABSENT)
    if title_match == TitleMatch.OTHER and not agrees:
        wrong.append(text_digest(title))
    if text.failure:
        return Outcome.UNJUDGED.value, ""
    if wrong:
        return strike_name(Outcome.DISAGREES, " ".join(wrong)), ""
    are_there = all(each.verdict == QuoteVerdict.CONFIRMED for each in quotes.values())
    if not are_there or not (quotes or (agrees and title_match != TitleMatch.LIKE)):
        return Outcome.UNJUDGED.value, ""
    is_doi = same_address(subject.address).startswith("doi.org/")
    if answer.permanent and not is_doi and same_address(answer.url) != same_address(subject.address):
        return strike_name(Outcome.ELSEWHERE, answer.url), answer.url
    return Outcome.AGREES.value, ""


def _unread(
    subject: Subject,
    answer: FetchAnswer | None,
    seen: FetchResult,
    *,
    scheduled: bool,
    title: str = "",
    title_match: str = "",
) -> SourceSight:
    """Return the sight of a source whose address says nothing: its quotations are looked for in copies."""
    quotes = dict(_quotes_in_copies(subject, subject.quotes))
    snapshot = None
    missing = [digest for digest, each in quotes.items() if each.verdict == QuoteVerdict.UNREAD]
    archive = subject.source.archive_url
    if (
        missing
        and archive
        and not redact.MARKED.search(archive)
        and not any(copy.is_snapshot for copy in subject.copies)
    ):
        snapshot = _read_snapshot(archive, scheduled=scheduled)
        if snapshot is not None:
            copy = CopyText(0, subject.began, snapshot[1], is_snapshot=True)
            for digest in missing:
                quotes[digest] = _quote_sight(subject, digest, ReadText(copy.text), copy)
    return SourceSight(
        answer,
        seen,
        _OUTCOMES[seen].value,
        title=title,
        title_match=title_match,
        quotes=quotes,
        snapshot=snapshot,
    )


def _read_snapshot(address: str, *, scheduled: bool) -> tuple[str, str] | None:
    """Return the address and text of the copy that editors recorded, if it can be read now."""
    try:
        answer = fetch(address, scheduled=scheduled)
    except NotYet:
        return None  # at the source's next check
    if answer.seen != FetchResult.OK:
        return None
    text = read_text(answer.body, answer.content_type, url=answer.url)
    return (address, text.text) if not text.failure else None


def _quotes_in(subject: Subject, text: ReadText) -> Iterator[tuple[str, QuoteSight]]:
    """Yield the sight of each quotation in the text at the address; of one that is lost, with a copy that has it."""
    for digest in subject.quotes:
        sight = _quote_sight(subject, digest, text, None)
        if sight.verdict == QuoteVerdict.ABSENT:
            for copy in subject.copies:
                kept = _quote_sight(subject, digest, ReadText(copy.text), copy)
                if kept.verdict == QuoteVerdict.CONFIRMED:
                    sight = QuoteSight(sight.verdict, {}, None, sight.notes, sight.nearest, copy)
                    break
        yield digest, sight


def _quotes_in_copies(subject: Subject, digests: dict[str, str]) -> Iterator[tuple[str, QuoteSight]]:
    """Yield the sight of each quotation in the newest copy that has it."""
    for digest in digests:
        best = QuoteSight(QuoteVerdict.UNREAD)
        for copy in subject.copies:
            sight = _quote_sight(subject, digest, ReadText(copy.text), copy)
            if best.copy is None or sight.verdict == QuoteVerdict.CONFIRMED:
                best = sight
            if sight.verdict == QuoteVerdict.CONFIRMED:
                break
        yield digest, best


def _quote_sight(subject: Subject, digest: str, text: ReadText, copy: CopyText | None) -> QuoteSight:
    check = subject.checks.get(digest)
    known = check.selector if check is not None else {}
    agreement = match(
        subject.quotes[digest],
        text.text,
        prefix=str(known.get("prefix", "")),
        suffix=str(known.get("suffix", "")),
    )
    if subject.holds_no_words:
        return QuoteSight(agreement.verdict, copy=copy)
    selector: dict[str, object] = {}
    page = None
    if agreement.exact:
        start, end = agreement.start, agreement.end
        selector = {
            "exact": agreement.exact,
            "prefix": text.text[max(start - _CONTEXT, 0) : start],
            "suffix": text.text[end : end + _CONTEXT],
            "start": start,
            "end": end,
        }
        page = text.page_at(start)
    notes = tuple(str(note) for note in agreement.notes)
    return QuoteSight(QuoteVerdict(agreement.verdict), selector, page, notes, agreement.nearest, copy)
