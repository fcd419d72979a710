"""Authors: the names that revisions were recorded under, and the pages that each of them changed.

Readers learn of public revisions of public pages alone; `every` is for those who may see all. Names are in alphabetical
order, pages by title: nobody is ranked.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from controversies.kit.keyset import KeysetPage, make_page
from controversies.models import PublicChange

from .log_lines import fetch

NAMES, PAGES = 100, 10  # on one page of a list


@dataclass(frozen=True, slots=True)
class AuthoredPage:
    """A page that somebody changed: its key, address and title, and when they changed it first and last."""

    key: str
    slug: str
    title: str
    first: datetime.datetime
    last: datetime.datetime


# The revisions of one author, `r`, that are shown.
_SHOWN = """
    controversies_revision r
    WHERE r.author_name = {name} AND (%(every)s OR EXISTS (
        SELECT FROM controversies_publicchange w
        WHERE (w.subject, w.kind) = (%(all)s, '')
            AND (w.time, w.controversy_id, w.number) = (r.time, r.controversy_id, r.number)
    ))
"""

# Each name is one descent of the index by author, however many revisions it has.
_NAMES = f"""
    WITH RECURSIVE names (name) AS (
        (
            SELECT r.author_name FROM controversies_revision r WHERE r.author_name > %(after)s
            ORDER BY r.author_name LIMIT 1
        ) UNION ALL SELECT (
            SELECT r.author_name FROM controversies_revision r WHERE r.author_name > names.name
            ORDER BY r.author_name LIMIT 1
        ) FROM names WHERE names.name IS NOT NULL
    )
    SELECT names.name FROM names
    WHERE names.name IS NOT NULL AND (SELECT true FROM {_SHOWN.format(name="names.name")} LIMIT 1) LIMIT {NAMES + 1}
"""  # noqa: S608 - made of constants

# Of somebody who changed many pages no more are looked at than are shown; of others, those that they changed.
_PAGES = f"""
    SELECT page.id::text, page.slug, page.title, min(r.time), max(r.time)
    FROM (
        SELECT c.id, c.slug, c.title FROM controversies_controversy c
        WHERE (%(every)s OR c.publication = 'published') AND (c.title, c.slug) > (%(title)s, %(slug)s)
            AND EXISTS (SELECT FROM {_SHOWN.format(name="%(author)s")} AND r.controversy_id = c.id)
        ORDER BY c.title, c.slug LIMIT {PAGES + 1}
    ) page
    CROSS JOIN LATERAL (
        SELECT r.time FROM {_SHOWN.format(name="%(author)s")} AND r.controversy_id = page.id
    ) r
    GROUP BY page.id, page.slug, page.title ORDER BY page.title, page.slug
"""  # noqa: S608 - made of constants


def names(*, after: str = "", every: bool = False) -> KeysetPage[str]:
    """Return the names of authors in alphabetical order, those after a name; one query."""
    rows = fetch(_NAMES, {"after": after, "every": every, "all": PublicChange.ALL})
    return make_page([name for (name,) in rows], NAMES, is_first=not after)


def pages(author: str, *, after: tuple[str, str] = ("", ""), every: bool = False) -> KeysetPage[AuthoredPage]:
    """Return the pages that somebody changed, by title, those after a title and address; one query."""
    title, slug = after
    params = {"author": author, "every": every, "title": title, "slug": slug, "all": PublicChange.ALL}
    return make_page([AuthoredPage(*row) for row in fetch(_PAGES, params)], PAGES, is_first=after == ("", ""))


# Of each name, one revision that readers see is looked for.
_AUTHORS_AMONG = f"""
    SELECT n.name FROM unnest(%(names)s::text[]) n (name)
    WHERE (SELECT true FROM {_SHOWN.format(name="n.name")} LIMIT 1)
"""  # noqa: S608 - made of constants


def of_public_revisions(names: Iterable[str]) -> set[str]:
    """Return those of the names under which a public revision was recorded; one query."""
    params = {"names": list(names), "every": False, "all": PublicChange.ALL}
    return {name for (name,) in fetch(_AUTHORS_AMONG, params)}
