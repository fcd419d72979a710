"""Pages of a topic, some at a time, and the backers and sources that they share with other pages."""

import uuid
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import F

from controversies.history.log_lines import fetch
from controversies.kit.keyset import Keyset, KeysetPage
from controversies.models import PageUse

SIZE = 30  # pages at a time
_MOST = 400  # backers and sources of one page that are looked at
_BY_TITLE = Keyset(("title", "controversy_id"))


class SharedUse(NamedTuple):
    """A backer or source on a page: the key of the page, and what is shown, with the number of all its public pages."""

    page: uuid.UUID
    type: str
    key: uuid.UUID
    title: str
    slug: str
    pages: int


_SHARED = """
    SELECT asked.page, u.type, u.key, p.title, p.slug, p.pages FROM unnest(%(pages)s::uuid[]) asked (page)
    CROSS JOIN LATERAL (
        SELECT n.type, n.key FROM controversies_pageuse n
        WHERE n.controversy_id = asked.page AND n.type IN ('backer', 'source') LIMIT %(most)s
    ) u
    JOIN controversies_publicuse p ON p.type = u.type AND p.key = u.key
    WHERE p.pages > 1
"""


def pages_of_topic(key: uuid.UUID, *, after: str = "", before: str = "") -> KeysetPage[PageUse] | None:
    """Return the public pages of a topic by title, after or before the one with an address; None if it is not there.

    One query; two with a place to go on from.
    """
    of_topic = PageUse.objects.filter(type="topic", key=key, uses__gt=F("former"))  # as its index has them
    uses = of_topic.select_related("controversy")
    slug = after or before
    if not slug:
        return _BY_TITLE.page(uses, SIZE)
    place = uses.filter(controversy__slug=slug).values_list("title", "controversy_id").first()
    if place is None:
        return None
    return _BY_TITLE.page(uses, SIZE, after=place) if after else _BY_TITLE.page(uses, SIZE, before=place)


def shared_uses(pages: Iterable[PageUse]) -> Sequence[SharedUse]:
    """Return the backers and sources that these pages share with any public page; one query."""
    keys = [page.controversy_id for page in pages]
    return [SharedUse(*row) for row in fetch(_SHARED, {"pages": keys, "most": _MOST})]
