"""Retractions, corrections and withdrawals: Crossref's `updated-by` of a work, and arXiv's withdrawn versions.

`updated-by` includes what Retraction Watch knows; `update-to` stands on the notice and says nothing about the work.
"""

import datetime
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from controversies.kit.identifiers import canonical_doi, source_keys
from controversies.models import FetchResult, NoticeKind, Source, WorkNotice

from ..fetch import NotYet, fetch
from . import arxiv, crossref
from .dates import date_of_parts, parse_date
from .registries import ARXIV, CROSSREF, Fetch, RegistryFailure, fetch_json
from .values import items, mapping, plain

BATCH = 20  # works in one question: Crossref sends what each cites along, and answers are bounded
_KINDS = {
    **dict.fromkeys(("retraction", "partial_retraction"), NoticeKind.RETRACTION),
    "withdrawal": NoticeKind.WITHDRAWAL,
    "removal": NoticeKind.REMOVAL,
    "expression_of_concern": NoticeKind.CONCERN,
    **dict.fromkeys(
        ("correction", "corrigendum", "erratum", "addendum", "clarification", "partial_correction"),
        NoticeKind.CORRECTION,
    ),
}
_ORIGINS = {"retraction-watch": "Retraction Watch"}  # of Crossref; else the publisher told it
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RegistryNotice:
    """A notice about one work. `work` is its key: a DOI in small letters, or "arxiv:2401.00001"."""

    work: str
    kind: NoticeKind
    notice_doi: str = ""
    date: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The outcome of asking for notices: new rows by the key of their source; the sources that could not be asked."""

    new: Mapping[str, list[WorkNotice]]
    unasked: frozenset[str]


def work_keys(source: Source) -> list[str]:
    """Return the keys of a source under which notices are kept: DOIs, and "arxiv:…" for preprints."""
    keys = source_keys(doi=source.doi, url=source.url)
    dois = sorted(key.removeprefix("doi:") for key in keys if key.startswith("doi:10."))
    return [
        *(doi for doi in dois if not doi.startswith("10.48550/")),
        *sorted(k for k in keys if k[:6] == "arxiv:"),
    ]


def notices_of(
    works: Iterable[str], *, fetch: Fetch = fetch
) -> Iterator[tuple[list[str], list[RegistryNotice]]]:
    """Yield works that were asked for, by up to twenty, with the notices about them. Raises NotYet.

    Works of which a registry does not answer are left out: ask for them again.
    """
    wanted = list(dict.fromkeys(works))
    numbers = [work for work in wanted if work.startswith("arxiv:")]
    dois = [work for work in wanted if not work.startswith("arxiv:")]
    listed = [doi for doi in dois if "," not in doi]  # commas part the values of a filter
    batches: list[tuple[Any, list[str]]] = [(_of_crossref, each) for each in _batches(listed)]
    batches += [(_of_crossref, [doi]) for doi in dois if "," in doi]
    batches += [(_of_arxiv, each) for each in _batches(numbers)]
    for ask, batch in batches:
        try:
            yield batch, ask(batch, fetch)
        except RegistryFailure as failure:
            logger.warning("Retractions: no answer about %s works (%s).", len(batch), failure.code)


def refresh_notices(sources: Sequence[Source], now: datetime.datetime, *, fetch: Fetch = fetch) -> Refreshed:
    """Ask registries for notices about the works of these sources, and keep those that are new.

    A source that could not be asked, because a registry did not answer or it is not its turn, is named in `unasked`.
    A notice is new once, whoever asks.
    """
    keys = {str(source.pk): work_keys(source) for source in sources}
    answered: set[str] = set()
    new: dict[str, list[WorkNotice]] = {}
    try:
        for works, notices in notices_of((each for known in keys.values() for each in known), fetch=fetch):
            for row in _keep(notices, now):
                new.setdefault(row.doi, []).append(row)
            answered.update(works)
    except NotYet:
        logger.info("Retractions: the registry’s turn has not come for some works.")
    return Refreshed(
        {
            pk: rows
            for pk, known in keys.items()
            if (rows := [row for work in known for row in new.get(work, [])])
        },
        frozenset(pk for pk, known in keys.items() if not answered.issuperset(known)),
    )


def notices_about(source: Source) -> list[WorkNotice]:
    """Return what is on record about the work of a source, the newest first. One query."""
    return list(WorkNotice.objects.filter(doi__in=work_keys(source)).order_by("-date", "-seen_at", "pk"))


def _keep(notices: list[RegistryNotice], now: datetime.datetime) -> list[WorkNotice]:
    """Store notices; return the rows of those that were not there."""
    if not notices:
        return []
    known = {
        (row.doi, row.kind, row.notice_doi)
        for row in WorkNotice.objects.filter(doi__in={each.work for each in notices})
    }
    rows: dict[tuple[str, str, str], WorkNotice] = {}
    for each in notices:
        identity = (each.work, each.kind.value, each.notice_doi)
        if identity not in known:
            rows.setdefault(
                identity,
                WorkNotice(
                    doi=each.work,
                    kind=each.kind.value,
                    notice_doi=each.notice_doi,
                    date=each.date,
                    origin=each.origin,
                    seen_at=now,
                ),
            )
    kept = []
    for row in rows.values():
        _row, is_new = WorkNotice.objects.get_or_create(
            doi=row.doi,
            kind=row.kind,
            notice_doi=row.notice_doi,
            defaults={"date": row.date, "origin": row.origin, "seen_at": now},
        )
        if is_new:
            kept.append(_row)
    return kept


def _batches(works: list[str]) -> list[list[str]]:
    return [works[i : i + BATCH] for i in range(0, len(works), BATCH)]


# -- Crossref --


def _of_crossref(dois: list[str], fetch: Fetch) -> list[RegistryNotice]:
    if len(dois) == 1:
        data = fetch_json(CROSSREF + crossref.work_path(dois[0]), fetch)
        works = [mapping(mapping(data).get("message"))]
    else:
        names = ",".join(f"doi:{quote(doi, safe='')}" for doi in dois)
        works = crossref.read_works(fetch_json(f"{CROSSREF}/works?filter={names}&rows={len(dois)}", fetch))
    return [notice for work in works for notice in _updates(work) if notice.work in dois]


def _updates(work: Mapping[str, Any]) -> Iterator[RegistryNotice]:
    """The notices that a work is updated by. One that two sources tell of is one."""
    doi = canonical_doi(plain(work.get("DOI")))
    by_kind: dict[tuple[NoticeKind, str], RegistryNotice] = {}
    for update in map(mapping, items(work.get("updated-by"))):
        kind = _KINDS.get(re.sub(r"[\s-]+", "_", plain(update.get("type")).lower()))
        if kind is None or not doi:
            continue
        notice_doi = canonical_doi(plain(update.get("DOI")))
        date = date_of_parts(update.get("updated")) or parse_date(
            plain(mapping(update.get("updated")).get("date-time"))[:10]
        )
        origin = _ORIGINS.get(plain(update.get("source")), "Crossref")
        notice = RegistryNotice(doi, kind, "" if notice_doi == doi else notice_doi[:200], date, origin)
        by_kind.setdefault((kind, notice.notice_doi), notice)
    yield from by_kind.values()


# -- arXiv --


def _of_arxiv(works: list[str], fetch: Fetch) -> list[RegistryNotice]:
    numbers = [work.removeprefix("arxiv:") for work in works]
    answer = fetch(ARXIV + arxiv.works_path(*numbers), scheduled=False)
    if answer.seen != FetchResult.OK:
        raise RegistryFailure("no-answer")
    try:
        entries = arxiv.read_works(answer.body)
    except ValueError as error:
        raise RegistryFailure("not-understood") from error
    return [
        RegistryNotice(f"arxiv:{number}", NoticeKind.WITHDRAWAL, "", arxiv.day_of_version(entry), "arXiv")
        for number, entry in entries.items()
        if number in numbers and arxiv.is_withdrawn(entry)
    ]
