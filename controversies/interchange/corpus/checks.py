"""Dump and load what is known of public sources, in a file beside the corpus: it is no part of the record.

JSON Lines as the corpus has them. The header `{"format": "crux-checks", "version": 1, "site": …, "sources": n}`; then a
line for each source that something is known of, sorted by its key, with what everybody may know (`SourceChecks`): its
`verdict` and the day `since`, `moved_to`, `notices`, public `snapshots`, and its `quotations` on public pages, each by
the SHA-256 of its words. The footer is the corpus's. What a private copy holds is left out, as is everything of drafts.
"""

import datetime
from collections.abc import Iterator
from itertools import batched
from typing import IO, Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from controversies import models as m
from controversies.checks import display
from controversies.checks.digests import quote_digest
from controversies.checks.display import QuotePassage, QuoteState, ShownNotice, SourceChecks
from controversies.document import canonical
from controversies.models import HeldBy, NoticeKind, QuoteVerdict, SourceVerdict
from controversies.models.fields import is_partial_date, is_web_url

from .format import Tally
from .line_reader import CorpusLine, InvalidCorpus, lines

FORMAT: Final = "crux-checks"
_CHUNK = 500  # sources at a time
_SHORT, _LONG = 200, 100_000  # characters of a member
_DIGITS = 64  # of a SHA-256


def dump_checks() -> Iterator[bytes]:
    """Return every line, each with its line feed; two queries for every 500 sources. Read it within a snapshot."""
    cited = m.Citation.objects.filter(m.on_pages(m.Citation, "publication", m.Publication.PUBLISHED))
    keys = sorted(cited.order_by().values_list("source", flat=True).distinct())
    tally = Tally()
    header = {
        "format": FORMAT,
        "version": 1,
        "site": {"name": settings.SITE_NAME, "url": settings.SITE_URL},
        "sources": len(keys),
    }
    for sort, line in (("", header), *_source_lines(cited, keys)):
        text = canonical.dumps(line)
        tally.add(text, sort)
        yield text + b"\n"
    yield canonical.dumps(tally.footer()) + b"\n"


def _source_lines(cited: QuerySet[m.Citation], keys: list[UUID]) -> Iterator[tuple[str, dict[str, Any]]]:
    for chunk in batched(keys, _CHUNK):
        quotes = cited.filter(source__in=chunk).order_by().values_list("quote", flat=True)
        known = display.read_checks(
            m.Source.objects.filter(pk__in=chunk).order_by("pk"),
            [quote_digest(quote) for quote in quotes if quote],
        )
        for key in chunk:
            line = _to_json(known[str(key)])
            if line != _to_json(SourceChecks()):
                yield "checks", {"source": str(key), **line}


def _to_json(known: SourceChecks) -> dict[str, Any]:
    return {
        "verdict": known.verdict,
        "since": _text(known.since),
        "moved_to": known.moved_to,
        "notices": [
            {"kind": each.kind, "date": each.date, "doi": each.doi, "origin": each.origin}
            for each in known.notices
        ],
        "snapshots": [{"day": _text(day), "url": url} for day, url in known.snapshots],
        "quotations": [
            {
                "sha256": each.digest,
                "verdict": each.verdict,
                "since": _text(each.since),
                "was_found": each.was_found,
                "exact": each.passage.exact,
                "prefix": each.passage.prefix,
                "suffix": each.passage.suffix,
                "page": each.passage.page,
            }
            for each in known.quotes
            if each.copy_day is None
        ],
    }


def _text(day: datetime.date | None) -> str:
    return day.isoformat() if day else ""


# -- loading --


@transaction.atomic
def load_checks(raw: IO[bytes]) -> int:
    """Load such a file beside a record that has its sources, and return of how many sources. Raises InvalidCorpus.

    What this site has seen itself stays. Everything is due to be looked at again.
    """
    loaded: list[tuple[m.Source, SourceChecks]] = []
    for number, known in _read(raw):
        key, checks = known
        source = m.Source.objects.filter(pk=key).first()
        if source is None:
            raise InvalidCorpus(number, _("The source %s is not on record here.") % key)
        loaded.append((source, checks))
    now = timezone.now()
    for source, checks in loaded:
        _write(source, checks, now)
        display.bump(source)
    return len(loaded)


def _read(raw: IO[bytes]) -> Iterator[tuple[int, tuple[str, SourceChecks]]]:
    """Return what each line says, with its number."""
    tally = Tally()
    is_complete = False
    number = 0
    for number, text in lines(raw):
        line = CorpusLine(number, text)
        if is_complete:
            line.fault(_("There is something after the end."))
        if number == 1:
            line.only({"format", "version", "site", "sources"})
            if line.get("format", str) != FORMAT or line.get("version", int) != 1:
                line.fault(_("This is no file of checks in version 1 of its format."))
            tally.add(text)
        elif "end" in line:
            if line.data != tally.footer():
                line.fault(_("The footer does not match the lines before it."))
            is_complete = True
        else:
            tally.add(text, "checks")
            yield number, (line.key("source"), _from_line(line))
    if not is_complete:
        raise InvalidCorpus(number + 1, _("The file is cut off: its footer is missing."))


def _from_line(line: CorpusLine) -> SourceChecks:
    line.only({"source", "verdict", "since", "moved_to", "notices", "snapshots", "quotations"})
    moved_to = _words(line, line.data, "moved_to", _LONG)
    if moved_to and not is_web_url(moved_to):
        line.fault(_("“%s” is out of range.") % "moved_to")
    return SourceChecks(
        _choice(line, line.data, "verdict", SourceVerdict.values),
        _day(line, line.data, "since", required=False),
        moved_to,
        tuple(_quotation(line, each) for each in _members(line, "quotations")),
        tuple(_notice(line, each) for each in _members(line, "notices")),
        tuple(_snapshot(line, each) for each in _members(line, "snapshots")),
    )


def _quotation(line: CorpusLine, values: dict[str, Any]) -> QuoteState:
    digest = _words(line, values, "sha256", _DIGITS)
    page = values.get("page")
    if len(digest) != _DIGITS or digest.strip("0123456789abcdef"):
        line.fault(_("“%s” must be a digest: 64 digits and letters from a to f.") % "sha256")
    if type(page) is not int or not 0 <= page <= _LONG or type(values.get("was_found")) is not bool:
        line.fault(_("“%s” is out of range.") % "quotations")
    passage = QuotePassage(
        _words(line, values, "exact", _LONG),
        _words(line, values, "prefix", _LONG),
        _words(line, values, "suffix", _LONG),
        page,
    )
    verdict = _choice(line, values, "verdict", QuoteVerdict.values)
    since = _day(line, values, "since")
    return QuoteState(digest, verdict, since, values["was_found"], passage, None, "")  # type: ignore[arg-type]  # a day


def _notice(line: CorpusLine, values: dict[str, Any]) -> ShownNotice:
    date = _words(line, values, "date", _SHORT)
    if date and not is_partial_date(date):
        line.fault(_("“%s” is out of range.") % "date")
    return ShownNotice(
        _choice(line, values, "kind", NoticeKind.values),
        date,
        _words(line, values, "doi", _SHORT),
        _words(line, values, "origin", 60),
    )


def _snapshot(line: CorpusLine, values: dict[str, Any]) -> tuple[datetime.date, str]:
    url = _words(line, values, "url", _LONG)
    if not is_web_url(url):
        line.fault(_("“%s” is out of range.") % "url")
    return _day(line, values, "day"), url  # type: ignore[return-value]  # it is required


def _members(line: CorpusLine, name: str) -> list[dict[str, Any]]:
    members = line.get(name, list)
    if not all(type(each) is dict for each in members):
        line.fault(_("“%(name)s” must be %(kind)s.") % {"name": name, "kind": _("a list")})
    return list(members)


def _words(line: CorpusLine, values: dict[str, Any], name: str, most: int) -> str:
    value = values.get(name)
    if type(value) is not str or len(value) > most or "\0" in value:
        line.fault(_("“%(name)s” must be %(kind)s.") % {"name": name, "kind": _("text")})
    return value


def _choice(line: CorpusLine, values: dict[str, Any], name: str, words: list[str]) -> str:
    value = _words(line, values, name, _SHORT)
    if value not in words:
        line.fault(_("“%s” is out of range.") % name)
    return value


def _day(
    line: CorpusLine, values: dict[str, Any], name: str, *, required: bool = True
) -> datetime.date | None:
    text = _words(line, values, name, _SHORT)
    if not text and not required:
        return None
    try:
        day = datetime.date.fromisoformat(text)
        if day.isoformat() == text:
            return day
    except ValueError:
        pass
    line.fault(_("“%s” is out of range.") % name)


def _moment(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)


def _write(source: m.Source, known: SourceChecks, now: datetime.datetime) -> None:
    """Write rows for what is known, but not over any that is there."""
    m.SourceState.objects.get_or_create(
        source=source,
        defaults={
            "verdict": known.verdict,
            "since": _moment(known.since) if known.since else None,
            "moved_to": known.moved_to,
            "held_by": HeldBy.NOTHING,
            "due_at": now,
        },
    )
    for quote in known.quotes:
        m.QuoteCheck.objects.get_or_create(
            source=source,
            quote_sha256=quote.digest,
            defaults={
                "verdict": quote.verdict,
                "since": _moment(quote.since),
                "checked_at": _moment(quote.since),
                "last_found_at": _moment(quote.since) if quote.was_found else None,
                "selector": {
                    "exact": quote.passage.exact,
                    "prefix": quote.passage.prefix,
                    "suffix": quote.passage.suffix,
                }
                if quote.passage.exact
                else {},
                "page": quote.passage.page or None,
                "engine": 0,
            },
        )
    works = display.works_of(source)
    for notice in known.notices:
        if works:
            m.WorkNotice.objects.get_or_create(
                doi=works[0],
                kind=notice.kind,
                notice_doi=notice.doi,
                defaults={"date": notice.date, "origin": notice.origin, "seen_at": now},
            )
    for day, url in known.snapshots:
        if not m.SourceCopy.objects.filter(source=source, snapshot_url=url).exists():
            m.SourceCopy.objects.create(source=source, time=_moment(day), snapshot_url=url)
