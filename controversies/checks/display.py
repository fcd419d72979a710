"""Present checks to readers and programs: what is known now, and a version that changes only with that.

Readers see little: that a quotation was found and since when, that it or its source is there no longer, and notices of
publishers. The API has verdicts, too. `bump()` compares what there is to tell of a source with what was told last, so
that a check which sees the same again changes no ETag. Own copies and tasks of editors are never told.
"""

import datetime
import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import quote as percent_encode

from django.db import connection, transaction
from django.db.models import Exists, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from controversies import models as m
from controversies.document import redact
from controversies.document.types import Document, Source
from controversies.kit.identifiers import doi_address, source_keys
from controversies.models import (
    NoticeKind,
    PageChecks,
    Publication,
    QuoteVerdict,
    SourceVerdict,
    TitleMatch,
)
from controversies.models.fields import is_partial_date, is_web_url

from .digests import quote_digest

type AnySource = Source | m.Source  # of a document, or its row

LOUD: Final = (NoticeKind.RETRACTION, NoticeKind.WITHDRAWAL, NoticeKind.REMOVAL)
CORPUS: Final = uuid.UUID(int=0)  # in the place of a page: the version of what is told of all sources
_WHOLE: Final = 120  # characters of a passage that a link names whole; of longer ones it names both ends
_ENDS: Final = 5  # words of each end

_READ: Final = """
    SELECT w.source::text, s.verdict, s.since, s.moved_to,
        (SELECT jsonb_agg(jsonb_build_array(
            q.quote_sha256, q.verdict, q.since, q.last_found_at IS NOT NULL, q.selector, q.page, c.time, c.snapshot_url
        ) ORDER BY q.quote_sha256)
        FROM controversies_quotecheck q LEFT JOIN controversies_sourcecopy c ON c.id = q.copy_id
        WHERE q.source_id = w.source AND (w.quotes IS NULL OR q.quote_sha256 = ANY (w.quotes))),
        (SELECT jsonb_agg(
            jsonb_build_array(n.kind, n.date, n.notice_doi, n.origin) ORDER BY n.date, n.kind, n.notice_doi
        )
        FROM controversies_worknotice n WHERE n.doi = ANY (w.works)),
        (SELECT jsonb_agg(jsonb_build_array(c.time, c.snapshot_url) ORDER BY c.time DESC)
        FROM controversies_sourcecopy c
        WHERE c.source_id = w.source AND c.snapshot_url <> '' AND c.deleted_at IS NULL),
        (SELECT k.title_match FROM controversies_sourcecheck k
        WHERE k.source_id = w.source AND k.title_match <> '' ORDER BY k.last DESC LIMIT 1)
    FROM jsonb_to_recordset(%s::jsonb) AS w (source uuid, works text[], quotes text[])
    LEFT JOIN controversies_sourcestate s ON s.source_id = w.source
"""
# By key, so that two of these never wait for one another.
_BUMP: Final = """
    WITH pages AS (
        SELECT coalesce(
            c.controversy_id, t.controversy_id, p.controversy_id, sp.controversy_id, bp.controversy_id
        ) AS page
        FROM controversies_citation c
        LEFT JOIN controversies_contestedpoint t ON t.id = c.point_id
        LEFT JOIN controversies_position p ON p.id = c.position_id
        LEFT JOIN controversies_stance s ON s.id = c.stance_id
        LEFT JOIN controversies_position sp ON sp.id = s.position_id
        LEFT JOIN controversies_backing b ON b.id = c.backing_id
        LEFT JOIN controversies_position bp ON bp.id = b.position_id
        WHERE c.source_id = %(source)s AND %(pages)s
        UNION
        SELECT %(corpus)s
    )
    INSERT INTO controversies_pagechecks AS old (controversy_id, version)
    SELECT page, 1 FROM pages ORDER BY page
    ON CONFLICT (controversy_id) DO UPDATE SET version = old.version + 1
"""
_STORE_DIGESTS: Final = """
    INSERT INTO controversies_toldchecks AS old (source_id, page_sha256, corpus_sha256) VALUES (%s, %s, %s)
    ON CONFLICT (source_id) DO UPDATE SET page_sha256 = excluded.page_sha256, corpus_sha256 = excluded.corpus_sha256
"""


@dataclass(frozen=True, slots=True)
class ShownNotice:
    """A publisher's notice: `kind` of NoticeKind, a partial date or "", its DOI or "", and the registry that has it."""

    kind: str
    date: str
    doi: str
    origin: str

    @property
    def is_loud(self) -> bool:
        """Whether the work itself was taken back, so that no reader may overlook it."""
        return self.kind in LOUD

    @property
    def label(self) -> str:
        return str(NoticeKind(self.kind).label)

    @property
    def url(self) -> str:
        return doi_address(self.doi) if self.doi.startswith("10.") else ""


@dataclass(frozen=True, slots=True)
class QuotePassage:
    """The place of a quotation in its source: its words there, those around them, a page from 1 on or 0."""

    exact: str = ""
    prefix: str = ""
    suffix: str = ""
    page: int = 0

    def link(self, address: str) -> str:
        """Return the address with a fragment that leads a browser to the passage; "" if none can."""
        if not address or not self.exact or ":~:" in address:
            return ""
        if self.page:
            return "" if "#" in address else f"{address}#page={self.page}"
        words = self.exact.split()
        whole = len(self.exact) <= _WHOLE and "\n" not in self.exact
        if whole or len(words) <= 2 * _ENDS:
            text = _encode(words)
        else:
            text = f"{_encode(words[:_ENDS])},{_encode(words[-_ENDS:])}"
        return f"{address}{'' if '#' in address else '#'}:~:text={text}"


@dataclass(frozen=True, slots=True)
class QuoteState:
    """The state of one quotation: `verdict` of QuoteVerdict since a day; `copy_day` if only a copy has it."""

    digest: str
    verdict: str
    since: datetime.date
    was_found: bool
    passage: QuotePassage
    copy_day: datetime.date | None
    snapshot: str  # address of a public copy in which it was found


@dataclass(frozen=True, slots=True)
class SourceChecks:
    """The checks of a source: `verdict` of SourceVerdict since a day, and whatever may be told to everybody."""

    verdict: str = SourceVerdict.UNCHECKED.value
    since: datetime.date | None = None
    moved_to: str = ""
    quotes: tuple[QuoteState, ...] = ()
    notices: tuple[ShownNotice, ...] = ()
    snapshots: tuple[tuple[datetime.date, str], ...] = ()

    def quote(self, digest: str) -> QuoteState | None:
        """Return what is known of a quotation."""
        return next((each for each in self.quotes if digest and each.digest == digest), None)

    @property
    def is_gone(self) -> bool:
        return self.verdict == SourceVerdict.DEAD

    def for_citation(self, digest: str, address: str) -> "ShownCheck | None":
        """Return what readers see beside a citation with this quotation; None for nothing."""
        state = self.quote(digest)
        check = ShownCheck(notices=self.notices, gone_since=self.since if self.is_gone else None)
        if state is not None and state.verdict == QuoteVerdict.CONFIRMED:
            if state.copy_day is not None:
                passage = state.passage.link(state.snapshot)
                check = ShownCheck(self.notices, check.gone_since, "copy", state.copy_day, passage)
            elif not self.is_gone:
                check = ShownCheck(self.notices, None, "found", state.since, state.passage.link(address))
        elif state is not None and state.verdict == QuoteVerdict.ABSENT and state.was_found:
            check = ShownCheck(self.notices, None, "lost", state.since)
        return check if check != _NOTHING else None


@dataclass(frozen=True, slots=True)
class ShownCheck:
    """The words on checks beside a citation, as values.

    `quote` is "found", "copy" (found in the copy of `day`), "lost" (found before, not since `day`) or "" for nothing.
    `passage` is the address of the quoted words, "" if none leads there. `gone_since`: the source is at its address no
    longer.
    """

    notices: tuple[ShownNotice, ...] = ()
    gone_since: datetime.date | None = None
    quote: str = ""
    day: datetime.date | None = None
    passage: str = ""

    @property
    def loud(self) -> tuple[ShownNotice, ...]:
        return tuple(each for each in self.notices if each.is_loud)

    @property
    def quiet(self) -> tuple[ShownNotice, ...]:
        return tuple(each for each in self.notices if not each.is_loud)


_NOTHING: Final = ShownCheck()


@dataclass(frozen=True, slots=True)
class SourceEvent:
    """An event in the life of a source: it is “gone” or “altered”, or it was taken back (`notice`)."""

    source: m.Source
    kind: str
    time: datetime.datetime
    notice: ShownNotice | None = None


def newest_events(sources: QuerySet[m.Source], limit: int) -> list[SourceEvent]:
    """Return what has happened to some of these sources, the newest first; four queries, whatever the number.

    Only what is still so: a source that answers again has no event any more.
    """
    states = m.SourceState.objects.filter(
        verdict__in=(SourceVerdict.DEAD, SourceVerdict.ALTERED), since__isnull=False, source__in=sources
    ).select_related("source")
    newest = list(states.order_by("-since", "-source_id")[:limit])
    affected = [each.source for each in newest]
    known = read_checks(affected, absent_quotes(affected))
    events = [
        SourceEvent(each.source, each.verdict, each.since)
        for each in newest
        if each.since is not None and known[_key(each.source)].verdict == each.verdict
    ]
    events += _notice_events(sources, limit)
    return sorted(events, key=lambda each: (each.time, _key(each.source)), reverse=True)[:limit]


def _notice_events(sources: QuerySet[m.Source], limit: int) -> Iterator[SourceEvent]:
    rows = m.WorkNotice.objects.filter(kind__in=LOUD).order_by("-seen_at", "-pk")[:limit]
    by_work: dict[str, list[m.WorkNotice]] = defaultdict(list)
    for row in rows:
        by_work[row.doi].append(row)
    if not by_work:
        return
    condition = Q()
    for number in by_work:
        condition |= Q(doi__iexact=number) | Q(url__icontains=number.removeprefix("arxiv:"))
    for source in sources.filter(condition):
        for row in {row.pk: row for work in works_of(source) for row in by_work.get(work, ())}.values():
            date = row.date if is_partial_date(row.date) else ""
            notice = ShownNotice(row.kind, date, row.notice_doi, row.origin)
            yield SourceEvent(source, row.kind, row.seen_at, notice)


def address_of(source: AnySource) -> str:
    """Return the address at which a source (a document's or a row) is read: its link, else its DOI's; "" without."""
    if source.url and not source.url.startswith(redact.URL):
        return str(source.url)
    has_doi = source.doi and not source.doi.startswith(redact.DOI)
    return doi_address(source.doi) if has_doi else ""


def works_of(source: AnySource) -> list[str]:
    """Return the numbers under which registries may have notices of a source: its DOI and its arXiv number."""
    numbers = set()
    for key in source_keys(doi=source.doi, url=source.url):
        kind, _colon, number = key.partition(":")
        if kind == "doi":
            numbers.add(number)
        elif kind == "arxiv":
            numbers |= {number, key, f"10.48550/arxiv.{number}"}
    return sorted(numbers)


def read_checks(sources: Iterable[AnySource], quotes: Iterable[str] | None = None) -> dict[str, SourceChecks]:
    """Return what is known of sources (a document's or rows), by key; one query, none without sources.

    `quotes` are the digests of the quotations that are asked about, all if None. Of any others nothing can be told from
    the result: a source is not “altered” because a draft quotes what it does not say.
    """
    digests = None if quotes is None else sorted(set(quotes))
    wanted = [
        {"source": _key(each), "works": works_of(each), "quotes": digests}
        for each in {_key(each): each for each in sources}.values()
    ]
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_READ, [json.dumps(wanted)])
        return {row[0]: _source_checks(row) for row in cursor.fetchall()}


def shown_checks(*documents: Document) -> dict[tuple[str, str], ShownCheck]:
    """Return what readers see beside the citations of documents, by the source's key and the quotation's digest.

    One query. A citation of which nothing is shown has no entry.
    """
    citations = [citation for document in documents for citation in document.citations()]
    sources = {source.key: source for document in documents for source in document.sources}
    known = read_checks(sources.values(), (quote_digest(each.quote) for each in citations if each.quote))
    shown = {}
    for source, digest in {(each.source, quote_digest(each.quote)) for each in citations}:
        check = known[source].for_citation(digest, address_of(sources[source]))
        if check is not None:
            shown[source, digest] = check
    return shown


def verdict_conditions(verdict: str) -> tuple[Q, ...]:
    """Return the conditions of which a `PublicUse` meets one if its source has a verdict as everybody is told it.

    A source whose state is “altered” is told as “verified” unless its title is another, or words that a public page
    quotes are gone (`read_checks`). Each condition names one verdict of states, so that an index leads to its rows.
    """
    absent = _absent_quotes().filter(source=OuterRef("key"))
    titles = m.SourceCheck.objects.filter(source=OuterRef("key")).exclude(title_match="").order_by("-last")
    newest_title = Subquery(titles.values("title_match")[:1])
    has_other_title = Q(Exact(Coalesce(newest_title, Value("")), TitleMatch.OTHER))
    is_altered = Q(verdict=SourceVerdict.ALTERED)
    if verdict == SourceVerdict.ALTERED:
        return (is_altered & (Q(Exists(absent)) | has_other_title),)
    if verdict == SourceVerdict.VERIFIED:
        return Q(verdict=verdict), is_altered & ~Q(Exists(absent)) & ~has_other_title
    return (Q(verdict=verdict),)


def _absent_quotes() -> QuerySet[m.QuoteCheck]:
    """The checks that miss a quotation in its source, of those that a public page quotes."""
    citations = m.Citation.objects.filter(
        m.on_pages(m.Citation, "publication", Publication.PUBLISHED), source=OuterRef("source")
    ).annotate(digest=Func("quote", template="encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')"))
    return m.QuoteCheck.objects.filter(
        Exists(citations.filter(digest=OuterRef("quote_sha256"))), verdict=QuoteVerdict.ABSENT
    )


def absent_quotes(sources: Iterable[m.Source]) -> set[str]:
    """Return the digests of the public quotations that these sources (rows) lack: those that decide on “altered”.

    One query, two if there may be some, however often the sources are cited; none without sources.
    """
    keys = [each.pk for each in sources]
    if not keys:
        return set()
    missed = m.QuoteCheck.objects.filter(
        verdict=QuoteVerdict.ABSENT, source__in=keys, source__state__verdict=SourceVerdict.ALTERED
    )
    pks = list(missed.order_by().values_list("pk", flat=True))
    if not pks:
        return set()
    return set(_absent_quotes().filter(pk__in=pks).order_by().values_list("quote_sha256", flat=True))


def public_quotes(source: AnySource) -> set[str]:
    """Return the digests of the quotations of a source on public pages: no others are told of; one query."""
    rows = m.Citation.objects.filter(
        m.on_pages(m.Citation, "publication", Publication.PUBLISHED), source_id=_key(source)
    )
    return {quote_digest(quote) for quote in rows.order_by().values_list("quote", flat=True) if quote}


def version(controversy_id: str | uuid.UUID = CORPUS) -> int:
    """Return the version of what is shown of a page's checks, or of what is told of all sources; one query."""
    row = PageChecks.objects.filter(controversy_id=controversy_id).values_list("version", flat=True).first()
    return row or 0


def bump(source: AnySource) -> bool:
    """Raise the versions of the pages that cite a source (a row), if what is told of it has changed; return whether.

    Call it in the transaction of a check, after its rows are written. Three queries if nothing has changed, else five;
    and a savepoint's two.
    """
    known = read_checks([source], public_quotes(source))[_key(source)]
    page, corpus = _page_digest(known, address_of(source)), _digest(asdict(known))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT page_sha256, corpus_sha256 FROM controversies_toldchecks WHERE source_id = %s FOR UPDATE",
            [_key(source)],
        )
        before = cursor.fetchone() or _UNTOLD
        if before == (page, corpus):
            return False
        cursor.execute(_STORE_DIGESTS, [_key(source), page, corpus])
        cursor.execute(_BUMP, {"source": _key(source), "pages": before[0] != page, "corpus": CORPUS})
    return True


def _page_digest(known: SourceChecks, address: str) -> str:
    """Return the digest of all that pages may show of a source."""
    quotes = ("", *(each.digest for each in known.quotes))
    shown = {digest: known.for_citation(digest, address) for digest in quotes}
    return _digest({digest: asdict(check) for digest, check in shown.items() if check})


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


_UNTOLD: Final = (_digest({}), _digest(asdict(SourceChecks())))  # of a source that nothing is known of


def _key(source: AnySource) -> str:
    return source.key if isinstance(source, Source) else str(source.pk)


def _source_checks(row: tuple[Any, ...]) -> SourceChecks:
    _source, verdict, since, moved_to, quotes, notices, snapshots, title_match = row
    states = tuple(_quote_state(each) for each in _from_json(quotes))
    is_altered = title_match == TitleMatch.OTHER or any(
        each.verdict == QuoteVerdict.ABSENT for each in states
    )
    if verdict == SourceVerdict.ALTERED and not is_altered:
        verdict, since = SourceVerdict.VERIFIED, None
    return SourceChecks(
        str(verdict or SourceVerdict.UNCHECKED),
        _day(since),
        _web_address(moved_to),
        states,
        tuple(
            ShownNotice(kind, date if is_partial_date(date) else "", doi, origin)
            for kind, date, doi, origin in _from_json(notices)
        ),
        tuple((_day(time), url) for time, url in _from_json(snapshots) if is_web_url(url)),  # type: ignore[misc]
    )


def _quote_state(values: list[Any]) -> QuoteState:
    digest, verdict, since, was_found, selector, page, copied, snapshot = values
    passage = QuotePassage(
        str(selector.get("exact", "")),
        str(selector.get("prefix", "")),
        str(selector.get("suffix", "")),
        page or 0,
    )
    return QuoteState(digest, verdict, _day(since), was_found, passage, _day(copied), _web_address(snapshot))  # type: ignore[arg-type]


def _web_address(address: str | None) -> str:
    """Return the address if it may be linked: a machine saw it, and no form has looked at it."""
    return address if address and is_web_url(address) else ""


def _from_json(value: str | list[Any] | None) -> list[Any]:
    """Return a list of JSON, which the driver may have parsed."""
    return (json.loads(value) if isinstance(value, str) else value) or []


def _day(time: datetime.datetime | str | None) -> datetime.date | None:
    """Return the day in UTC of a time, as the database gives it or as its JSON does."""
    moment = datetime.datetime.fromisoformat(time) if isinstance(time, str) else time
    return moment.astimezone(datetime.UTC).date() if moment else None


def _encode(words: list[str]) -> str:
    """Return words as a text directive has them (https://wicg.github.io/scroll-to-text-fragment/)."""
    return percent_encode(" ".join(words), safe="").replace("-", "%2D")
