"""The uses of a backer or source by the public pages that show it, some pages at a time, however many there are."""

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F
from django.http import QueryDict
from django.utils.translation import gettext as _

from controversies.document.types import BlockType
from controversies.history import as_of
from controversies.history.as_of import PagesShowing
from controversies.kit.keyset import Keyset
from controversies.models import PageUse, PublicUse

PAGES = 20  # shown at a time
USES = 60  # shown at a time, unless one page alone has more
_BY_TITLE = Keyset(("title", "controversy_id"))
_FORMER = "former."  # begins a place among former uses: no address has a dot


@dataclass(frozen=True, slots=True)
class UsePlace:
    """The place in a URL to go on from: the address of a page, "" for the beginning; among former uses or lasting ones.

    `faults` says that the page of the URL was not there.
    """

    slug: str = ""
    is_former: bool = False
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UseBatch:
    """A part of the uses of a backer or source, and the number of all of them.

    `lasting` and `former` are the keys of the pages whose uses of either kind are shown; empty of another time, when a
    page has both. `next` is the place after them for a URL, "" at the end. `former_uses` is None where only the sum is
    known, `uses`.
    """

    place: UsePlace
    next: str
    pages: int
    uses: int
    former_uses: int | None
    lasting: tuple[uuid.UUID, ...] = ()
    former: tuple[uuid.UUID, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether this is all."""
        return not (self.place.slug or self.next)

    @property
    def lasting_uses(self) -> int:
        return self.uses - (self.former_uses or 0)

    @property
    def keys(self) -> set[uuid.UUID]:
        """The keys of all these pages."""
        return {*self.lasting, *self.former}


def parse(query: QueryDict) -> UsePlace:
    """Read the place to go on from."""
    after = query.get("after", "")[:200]
    return UsePlace(after.removeprefix(_FORMER), after.startswith(_FORMER))


def beginning() -> UsePlace:
    """Return the beginning, as the place that stands in for one that is not there."""
    return UsePlace(faults=(_("We can’t find that place in the list, so this is its first page."),))


def batch(public: PublicUse, place: UsePlace) -> UseBatch:
    """Return the pages of today that show a backer or source after a place, by title: lasting uses, then former ones.

    One query; one more for a place, and one where former uses begin.
    """
    uses = PageUse.objects.filter(type=public.type, key=public.key).select_related("controversy")
    after = None
    if place.slug:
        after = uses.filter(controversy__slug=place.slug).values_list("title", "controversy_id").first()
        if after is None:
            place = beginning()
    entries: list[tuple[PageUse, bool]] = []
    if not place.is_former:
        lasting = _BY_TITLE.select(uses.filter(uses__gt=F("former")), PAGES, after=after)
        entries += [(each, False) for each in lasting]
    if public.former and len(entries) <= PAGES:
        former = uses.filter(former__gt=0)
        former = _BY_TITLE.select(former, PAGES, after=after if place.is_former else None)
        entries += [(each, True) for each in former]
    shown = _that_fit(entries)
    following = ""
    if len(shown) < len(entries):
        last, is_former = shown[-1]
        following = f"{_FORMER if is_former else ''}{last.controversy.slug}"
    keys = {
        part: tuple(use.controversy_id for use, is_former in shown if is_former is part)
        for part in (False, True)
    }
    return UseBatch(place, following, public.pages, public.uses, public.former, keys[False], keys[True])


def batch_then(
    block_type: BlockType, key: str, time: datetime.datetime, place: UsePlace
) -> tuple[PagesShowing | None, UseBatch]:
    """Return some of the pages that showed a backer or source at a time, by title, after a place; None if none did.

    Two queries; twice if the place is not there.
    """
    shown = as_of.pages_showing(block_type, key, time, pages=PAGES, uses=USES, after=place.slug)
    if shown is None and place.slug:
        place = beginning()
        shown = as_of.pages_showing(block_type, key, time, pages=PAGES, uses=USES)
    if shown is None:
        return None, UseBatch(place, "", 0, 0, 0)
    return shown, UseBatch(place, shown.next, shown.pages, shown.uses, None)


def _that_fit(entries: Iterable[tuple[PageUse, bool]]) -> list[tuple[PageUse, bool]]:
    """Return the first of these, as many as are shown at a time."""
    shown: list[tuple[PageUse, bool]] = []
    total = 0
    for use, is_former in entries:
        total += use.former if is_former else use.uses - use.former
        if shown and (len(shown) == PAGES or total > USES):
            break
        shown.append((use, is_former))
    return shown
