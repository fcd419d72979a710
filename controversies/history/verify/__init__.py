"""Re-reads the record from its first byte, and holds all that follows from it against what stands.

`Check` goes through pages one by one, then over what concerns the whole site. Run it within one snapshot of the
database (`replay.snapshot`). Memory grows with the largest page and the number of pages, not with their histories.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from controversies import models as m
from controversies.history import redactions

from . import anchor, arrivals, orphans, present, removals, schema, writers
from .anchor import Anchor, BadAnchor, PageAnchor
from .chain import Chain

__all__ = ["Anchor", "BadAnchor", "Check", "Notice", "PageAnchor", "controversies", "faults"]


def controversies() -> list[tuple[str, str]]:
    """The key and slug of every controversy, by slug."""
    return [
        (str(key), slug) for key, slug in m.Controversy.objects.order_by("slug").values_list("id", "slug")
    ]


def faults(key: str) -> Iterator[str]:
    """What is wrong with the record of this page by itself, one line each; nothing if all is well."""
    yield from Check([(key, "")]).page(key)


@dataclass(frozen=True, slots=True)
class Notice:
    """What is missing from a page's record and is no fault: of which page, and what, by whom, when and why."""

    name: str
    text: str


@dataclass(slots=True)
class Check:
    """A check of some pages or, with `is_whole`, of the whole site; against an anchor if there is one."""

    pages: list[tuple[str, str]]  # keys and slugs
    is_whole: bool = False
    told: Anchor | None = None
    made: Anchor = field(default_factory=Anchor)  # of what was checked
    notices: list[Notice] = field(default_factory=list)
    revisions: int = 0
    _shown: dict[str, arrivals.Shown] = field(default_factory=dict)
    _slugs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._slugs = dict(self.pages)

    def page(self, key: str) -> Iterator[str]:
        """What is wrong with one page."""
        told = self.told.pages.get(key) if self.told else None
        removed = redactions.of_page(key)
        redacted = removals.by_place(removed)
        chain = Chain(key, redacted, noted=told.number if told else 0)
        yield from chain.faults()
        yield from removals.faults(redacted)
        self.revisions += chain.number
        if not chain.number:
            yield _("There is no revision of it.")
        else:
            yield from present.faults(key)
        if told:
            yield from anchor.page_faults(told, chain.number, *chain.noted_digests)
        self._note(key, chain, removed)

    def _note(self, key: str, chain: Chain, removed: list[redactions.Notice]) -> None:
        """Keep what the checks of the whole site need."""
        slug = self._slugs.get(key, "")
        if chain.is_readable:
            again = removals.again(key, removed)
            self._shown[key] = arrivals.Shown(tuple(chain.publications), chain.number, again)
        is_public = bool(chain.publications) and chain.publications[-1][1] == m.Publication.PUBLISHED
        if chain.number and chain.digest:
            self.made.pages[key] = PageAnchor(
                key, chain.number, chain.digest.hex(), chain.accounts.told[1], slug if is_public else ""
            )
        for first, last, state in chain.withheld_ranges():
            self.notices.append(Notice(slug or key, _withheld(first, last, state)))
        for text in removals.notices(removed):
            self.notices.append(Notice(slug or key, text))

    def site(self) -> Iterator[tuple[str, str]]:
        """What is wrong with what goes over pages: the name of the page and the fault; after all pages were checked."""
        slugs = self._slugs
        for key, fault in arrivals.faults(self._shown):
            yield slugs[key], fault
        for key, fault in orphans.cut():
            if key in slugs:
                yield slugs[key], fault
        if self.is_whole:
            yield from self._list_faults()
            yield from orphans.lost()
            for fault in schema.faults():
                yield _("Database"), fault
            self.notices += [Notice(_("Database"), text) for text in writers.notices()]
            if self.told:
                yield from anchor.lost(self.told, slugs)

    def _list_faults(self) -> Iterator[tuple[str, str]]:
        """What is wrong with the lists over all pages by themselves, and against the anchor."""
        told = self.told or Anchor()
        sequence = arrivals.Sequence(told.arrivals[0])
        for key, fault in sequence.faults():
            yield self._slugs.get(key, key), fault
        self.made.arrivals = sequence.running.told
        if sequence.noted_digest != told.arrivals[1]:
            fault = _(
                "What became public is not what it was at the anchor: of %s arrivals, some were cut or rewritten."
            )
            yield _("All pages"), fault % told.arrivals[0]
        self.made.redactions, then = removals.digests(told.redactions[0])
        if then != told.redactions[1]:
            fault = _(
                "What was removed is not what it was at the anchor: of %s redactions, some were cut or rewritten."
            )
            yield _("All pages"), fault % told.redactions[0]


def _withheld(first: int, last: int, state: str) -> str:
    if first == last:
        return _("Revision %(first)s came without its content: the page was %(state)s.") % {
            "first": first,
            "state": m.Publication(state).label.lower(),
        }
    return _("Revisions %(first)s to %(last)s came without their content: the page was %(state)s.") % {
        "first": first,
        "last": last,
        "state": m.Publication(state).label.lower(),
    }
