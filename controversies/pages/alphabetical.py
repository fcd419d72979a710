"""Long alphabetical lists of rows with a slug: filters in the URL, pages by key."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from controversies.document.types import BlockType
from controversies.history import as_of
from controversies.history.as_of import SharedFilter
from controversies.kit.keyset import Keyset, KeysetPage, make_page

from . import past_rows
from .as_of import RequestedTime
from .public_rows import listed_uses, rows_of

SIZE = 60
_MAX_LENGTH = 100  # characters of a search


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The query of a list's URL. Invalid values are left out, and `faults` says so.

    `before` and `after` are slugs of rows to go on from, or "".
    """

    q: str
    kind: str
    before: str
    after: str
    faults: tuple[str, ...] = ()

    @property
    def filters(self) -> str:
        """The filters as a query string, for links to other pages of the list."""
        return urlencode({name: value for name, value in (("q", self.q), ("kind", self.kind)) if value})

    @property
    def is_plain(self) -> bool:
        return not (self.q or self.kind or self.before or self.after)


def parse(query: QueryDict, kinds: list[str]) -> ListQuery:
    """Read the query of a list's URL; a kind must be one of these."""
    faults: tuple[str, ...] = ()
    kind = query.get("kind", "")
    if kind and kind not in kinds:
        faults = (_("We can’t filter by “%s”.") % kind[:80],)
        kind = ""
    q = " ".join(query.get("q", "").split())[:_MAX_LENGTH]
    return ListQuery(
        q, kind, query.get("before", "")[:_MAX_LENGTH], query.get("after", "")[:_MAX_LENGTH], faults
    )


def page(block_type: BlockType, query: ListQuery, *, count: str) -> tuple[KeysetPage[Any], ListQuery]:
    """Return the page of the public backers or sources, by title, that the query asks for, and the query.

    The rows have the number of their public uses under the name `count`. If none that readers see has the address to
    go on from, the first page is returned and the query has a fault. Two queries; three with a place to go on from.
    """
    uses = listed_uses(block_type.name, kind=query.kind, text=query.q)
    keyset, place = Keyset(("title", "slug")), None
    if slug := query.after or query.before:
        place = listed_uses(block_type.name).filter(slug=slug).values_list("title", "slug").first()
        if place is None:
            fault = _("We can’t find that place in the list, so this is its first page.")
            query = replace(query, before="", after="", faults=(*query.faults, fault))
    if query.before and not query.after:
        listed = keyset.page(uses, SIZE, before=place)
    else:
        listed = keyset.page(uses, SIZE, after=place)
    return KeysetPage(tuple(rows_of(listed.rows, count)), listed.previous, listed.next), query


def page_then(
    block_type: BlockType, requested: RequestedTime, query: ListQuery, *, count: str
) -> tuple[KeysetPage[Any], ListQuery]:
    """Return the same page of the backers or sources of a time, and the query.

    The rows are not saved, and have the number of their uses under the name `count`. One query; three with a place
    to go on from.
    """
    time, place = requested.time, None
    if slug := query.after or query.before:
        match = as_of.find_slug(block_type.name, slug, time)
        rows = as_of.shared_blocks(block_type, time, filters=SharedFilter(key=match.key)) if match else []
        if rows:
            place = (getattr(rows[0].block, block_type.part.TITLE), rows[0].slug)
        else:
            fault = _("We can’t find that place in the list, so this is its first page.")
            query = replace(query, before="", after="", faults=(*query.faults, fault))
    backwards = bool(query.before) and not query.after
    shared = as_of.shared_blocks(
        block_type,
        time,
        limit=SIZE + 1,
        filters=SharedFilter(kind=query.kind, text=query.q),
        after=place,
        backwards=backwards,
    )
    listed_rows = [past_rows.row_of(each.block, **{count: each.uses}) for each in shared]
    return make_page(listed_rows, SIZE, backwards=backwards, is_first=place is None), query
