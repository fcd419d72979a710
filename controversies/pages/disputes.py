"""News of disputes: new pages, disputes that flared up, and evidence that is disputed now."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from controversies.history import log
from controversies.history.log_lines import LogLine
from controversies.models import ChangeClass, Confidence, PageUpkeep, Status

_READ = 20  # newest rows of each sort that are looked through
_DISPUTED = (Status.EMERGING, Status.ACTIVE)


@dataclass(frozen=True, slots=True)
class DisputeNews:
    """An event that brought something into dispute: the page, when, and what happened, in words."""

    time: datetime.datetime
    slug: str
    title: str
    words: str


def newly_disputed(size: int) -> list[DisputeNews]:
    """Return the newest of them, newest first, one a page; three queries, whatever there is."""
    news = sorted(
        (*_new_pages(), *_of_kind(ChangeClass.STATUS), *_of_kind(ChangeClass.CONFIDENCE)),
        key=lambda each: (each.time, each.slug),
        reverse=True,
    )
    by_page: dict[str, DisputeNews] = {}
    for each in news:
        by_page.setdefault(each.slug, each)
    return list(by_page.values())[:size]


def _new_pages() -> Iterator[DisputeNews]:
    rows = PageUpkeep.objects.select_related("controversy").order_by("-opened", "-pk")[:_READ]
    for row in rows:
        if row.status in _DISPUTED:
            yield DisputeNews(row.opened, row.controversy.slug, row.controversy.title, _("New page"))


def _of_kind(kind: ChangeClass) -> Iterator[DisputeNews]:
    for line in log.over_all(kind=kind, limit=_READ).lines:
        for words in _words(line):
            yield DisputeNews(line.entry.time, line.slug, line.title, words)


def _words(line: LogLine) -> Iterator[str]:
    """The news in a change of status or confidence; fewer of an outline that another version wrote."""
    if not line.follows_public:
        return
    for entry in line.entry.changes:
        match entry:
            case ["head", _label, "status", old, Status.ACTIVE] if old != Status.ACTIVE:
                yield _("Now actively contested")
            case ["head", _label, "status", Status.RESOLVED | Status.DORMANT, Status.EMERGING]:
                yield _("The dispute is taking shape again")
            case ["position", label, "confidence", _old, Confidence.DISPUTED]:
                yield _("The evidence for position %(letter)s is now disputed") % {"letter": label}
