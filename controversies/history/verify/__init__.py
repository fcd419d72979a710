"""The check of the record: it is read from its first byte, and all that follows from it is compared with the database.

`Check` goes through pages one by one, then over what concerns the whole site. Run it within one snapshot of the
database (`replay.snapshot`). Memory grows with the largest page and the number of pages, not with their histories.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from controversies import models as m
from controversies.history import redactions

from . import (
    anchor,
    arrivals,
    blame,
    orphans,
    period_rows,
    present,
    removals,
    replacements,
    schema,
    writers,
)
from .anchor import Anchor, BadAnchor, PageAnchor
from .chain import Chain
from .chain_rows import WithheldRevision

__all__ = ["Anchor", "BadAnchor", "Check", "CheckNotice", "PageAnchor", "controversies", "faults"]


def controversies() -> list[tuple[str, str]]:
    """Return the key and slug of every controversy, by slug."""
    return [
        (str(key), slug) for key, slug in m.Controversy.objects.order_by("slug").values_list("id", "slug")
    ]


def faults(key: str) -> Iterator[str]:
    """Yield the faults of the record of this page by itself, a sentence each; nothing if all is well."""
    yield from Check([(key, "")]).page(key)


@dataclass(frozen=True, slots=True)
class CheckNotice:
    """A gap in a page's record that is no fault: the page, and what is missing, by whom, when and why."""

    name: str
    text: str


@dataclass(slots=True)
class Check:
    """A check of some pages or, with `is_whole`, of the whole site; against an anchor if there is one."""

    pages: list[tuple[str, str]]  # keys and slugs
    is_whole: bool = False
    earlier: Anchor | None = None
    current: Anchor = field(default_factory=Anchor)  # of what was checked
    notices: list[CheckNotice] = field(default_factory=list)
    revisions: int = 0
    _shown: dict[str, arrivals.PageSpans] = field(default_factory=dict)
    _slugs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._slugs = dict(self.pages)

    def page(self, key: str) -> Iterator[str]:
        """Yield the faults of one page."""
        earlier = self.earlier.pages.get(key) if self.earlier else None
        removed = redactions.of_page(key)
        page_removals = removals.by_place(removed)
        chain = Chain(key, page_removals, watch=earlier.number if earlier else 0)
        wrong = False
        for fault in chain.faults():
            wrong = True
            yield fault
        yield from removals.faults(page_removals)
        replaced = replacements.of_page(key) if removed else replacements.Replacements()
        yield from replaced.faults()
        self.revisions += chain.number
        if not chain.number:
            yield _("There is no revision of it.")
        else:
            for fault in present.faults(key):
                wrong = True
                yield fault
            if not wrong:  # else that follows from it
                yield from period_rows.faults(chain.periods)
            yield from blame.faults(key)
        if earlier:
            anchored = replace(earlier, digest=replaced.follow(earlier.number, earlier.digest))
            accounts = anchored.accounts if anchored.digest != earlier.digest else chain.watched_digests[1]
            yield from anchor.page_faults(anchored, chain.number, chain.watched_digests[0], accounts)
        self._note(key, chain, removed, replaced)

    def _note(
        self, key: str, chain: Chain, removed: list[redactions.Notice], replaced: replacements.Replacements
    ) -> None:
        """Keep what the checks of the whole site need."""
        slug = self._slugs.get(key, "")
        if chain.is_readable:
            again = (*removals.repeated_ranges(key, removed), *replaced.times.values())
            self._shown[key] = arrivals.PageSpans(tuple(chain.publications), chain.number, again)
        is_public = bool(chain.publications) and chain.publications[-1][1] == m.Publication.PUBLISHED
        if chain.number and chain.digest:
            self.current.pages[key] = PageAnchor(
                key, chain.number, chain.digest.hex(), chain.accounts.state[1], slug if is_public else ""
            )
        for first, last in chain.withheld_ranges():
            self.notices.append(CheckNotice(slug or key, _withheld_notice(first, last)))
        for text in (*removals.notices(removed), *replaced.notices()):
            self.notices.append(CheckNotice(slug or key, text))

    def site(self) -> Iterator[tuple[str, str]]:
        """Yield the faults of what goes over pages, each with the name of the page; after all pages were checked."""
        slugs = self._slugs
        for key, fault in arrivals.faults(self._shown):
            yield slugs[key], fault
        for key, fault in orphans.missing_revisions():
            if key in slugs:
                yield slugs[key], fault
        if self.is_whole:
            yield from self._list_faults()
            yield from orphans.missing_pages()
            for key, fault in present.surplus_words():
                yield slugs.get(key, key), fault
            for fault in schema.faults():
                yield _("Database"), fault
            self.notices += [CheckNotice(_("Database"), text) for text in writers.notices()]
            if self.earlier:
                yield from anchor.missing_pages(self.earlier, slugs)

    def _list_faults(self) -> Iterator[tuple[str, str]]:
        """Yield the faults of the lists over all pages, by themselves and against the anchor."""
        earlier = self.earlier or Anchor()
        sequence = arrivals.Sequence(earlier.arrivals[0])
        for key, fault in sequence.faults():
            yield self._slugs.get(key, key), fault
        self.current.arrivals = sequence.running.state
        if sequence.watched_digest != earlier.arrivals[1]:
            fault = _("Of the %s arrivals at the anchor, some were cut or rewritten.")
            yield _("All pages"), fault % earlier.arrivals[0]
        self.current.redactions, then = removals.digests(earlier.redactions[0], earlier.version)
        if then != earlier.redactions[1]:
            fault = _("Of the %s redactions at the anchor, some were cut or rewritten.")
            yield _("All pages"), fault % earlier.redactions[0]


def _withheld_notice(first: WithheldRevision, last: WithheldRevision) -> str:
    """Return the notice about revisions in a row that came without their content."""
    names = {
        "first": first.number,
        "last": last.number,
        "state": m.Publication(first.state).label.lower(),
        "role": first.role or _("an unknown role"),
        "day": first.day or _("an unknown day"),
    }
    if first == last:
        return (
            _(
                "Revision %(first)s came without its content, as the page was %(state)s: loaded by %(role)s, %(day)s."
            )
            % names
        )
    message = _(
        "Revisions %(first)s to %(last)s came without their content, as the page was %(state)s: "
        "loaded by %(role)s, %(day)s."
    )
    return message % names
