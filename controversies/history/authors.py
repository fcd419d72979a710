"""Authors: the names that revisions were recorded under, and the pages that each of them changed.

Readers learn of public revisions of public pages alone; `every` is for those who may see all. Names are in alphabetical
order, pages by title: nobody is ranked.
"""

import datetime
from dataclasses import dataclass

from controversies.kit.keyset import KeysetPage, make_page

from .log_lines import fetch
from .public import WAS_PUBLIC

NAMES, PAGES = 100, 10  # on one page of a list


@dataclass(frozen=True, slots=True)
class AuthoredPage:
    """A page that somebody changed: its key, address and title, and when they changed it first and last."""

    key: str
    slug: str
    title: str
    first: datetime.datetime
    last: datetime.datetime


# A revision that is shown, `r`, of a page, `c`.
_SHOWN = f"""
    FROM controversies_revision r JOIN controversies_controversy c ON c.id = r.controversy_id
    WHERE r.author_name = {{name}} AND (%s OR (c.publication = 'published' AND {WAS_PUBLIC}))
"""

# Each name is one descent of the index by author, however many revisions it has.
_NAMES = f"""
    WITH RECURSIVE names (name) AS (
        (
            SELECT r.author_name FROM controversies_revision r WHERE r.author_name > %s
            ORDER BY r.author_name LIMIT 1
        ) UNION ALL SELECT (
            SELECT r.author_name FROM controversies_revision r WHERE r.author_name > names.name
            ORDER BY r.author_name LIMIT 1
        ) FROM names WHERE names.name IS NOT NULL
    )
    SELECT names.name FROM names
    WHERE names.name IS NOT NULL AND EXISTS (SELECT {_SHOWN.format(name="names.name")}) LIMIT %s
"""  # noqa: S608 - made of constants

_PAGES = f"""
    SELECT c.id::text, c.slug, c.title, min(r.time), max(r.time) {_SHOWN.format(name="%s")}
    AND (c.title, c.slug) > (%s, %s) GROUP BY c.id ORDER BY c.title, c.slug LIMIT {PAGES + 1}
"""


def names(*, after: str = "", every: bool = False) -> KeysetPage[str]:
    """Return the names of authors in alphabetical order, those after a name; one query."""
    rows = fetch(_NAMES, [after, every, NAMES + 1])
    return make_page([name for (name,) in rows], NAMES, is_first=not after)


def pages(author: str, *, after: tuple[str, str] = ("", ""), every: bool = False) -> KeysetPage[AuthoredPage]:
    """Return the pages that somebody changed, by title, those after a title and address; one query."""
    rows = fetch(_PAGES, [author, every, *after])
    return make_page([AuthoredPage(*row) for row in rows], PAGES, is_first=after == ("", ""))
