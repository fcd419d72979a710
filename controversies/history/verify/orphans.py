"""References to a page or revision that is not there: traces of a record that was cut off or deleted."""

from collections.abc import Iterator

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from controversies.models import PublicChange

# Each query gives keys of pages, and a number.
_LOST: tuple[tuple[str, Promise], ...] = (
    (
        "SELECT controversy_id::text, max(number) FROM controversies_revision r {without} GROUP BY 1",
        gettext_lazy("The page is missing, but its history to revision %s is there."),
    ),
    (
        "SELECT controversy_id::text, max(since) FROM controversies_block r {without} GROUP BY 1",
        gettext_lazy("The page is missing, but its blocks to revision %s are there."),
    ),
    (
        "SELECT controversy_id::text, max(number) FROM controversies_arrival r {without} GROUP BY 1",
        gettext_lazy("The page is missing, but followers are told of it to revision %s."),
    ),
    (
        "SELECT controversy_id::text, count(*) FROM controversies_searchindex r {without} GROUP BY 1",
        gettext_lazy("The page is missing, but search has its words (%s)."),
    ),
    (
        """
        SELECT r.page::text, count(*) FROM (
            SELECT b.page FROM controversies_searchblock b UNION ALL SELECT w.page FROM controversies_searchword w
        ) r WHERE NOT EXISTS (SELECT FROM controversies_searchindex i WHERE i.id = r.page) GROUP BY 1
        """,
        gettext_lazy("The page is missing, but search has its words (%s)."),
    ),
    (
        "SELECT controversy_id::text, max(since) FROM controversies_redaction r {without} GROUP BY 1",
        gettext_lazy("The page is missing, but words were removed from its revision %s."),
    ),
    (
        """
        SELECT r.controversy_id::text, max(coalesce(r.revision, r.base)) FROM controversies_proposal r
        {without} AND r.controversy_id IS NOT NULL GROUP BY 1
        """,
        gettext_lazy("The page is missing, but a proposal is for its revision %s."),
    ),
    (
        """
        SELECT key::text, max(number) FROM (
            SELECT key, number FROM controversies_gitimportcursor UNION ALL
            SELECT i.key, i.number FROM controversies_importedfile i WHERE i.number > 0
        ) r WHERE NOT EXISTS (SELECT FROM controversies_controversy c WHERE c.id = r.key)
        AND NOT EXISTS (SELECT FROM controversies_backer b WHERE b.id = r.key) GROUP BY 1
        """,
        gettext_lazy("The page is missing, but an import saw it at revision %s."),
    ),
)
_WITHOUT = "WHERE NOT EXISTS (SELECT FROM controversies_controversy c WHERE c.id = r.controversy_id)"

_NEWEST = "(SELECT max(number) FROM controversies_revision n WHERE n.controversy_id = {key})"
_CUT: tuple[tuple[str, Promise], ...] = (
    (
        f"""
        SELECT w.controversy_id::text, max(w.number) FROM controversies_publicchange w
        LEFT JOIN controversies_controversy c ON c.id = w.controversy_id
        LEFT JOIN controversies_revision r
            ON r.controversy_id = w.controversy_id AND r.number = w.number AND r.time = w.time
        WHERE c.publication IS DISTINCT FROM 'published' OR w.subject NOT IN ('{PublicChange.ALL}', c.topic_id)
            OR r.number IS NULL OR w.kind <> ALL (r.classes || ''::varchar)
        GROUP BY 1
        """,  # noqa: S608 - made of constants
        gettext_lazy("Lists of changes show its revision %s where it does not belong."),
    ),
    (
        f"""
        SELECT r.controversy_id::text, max(greatest(r.base, coalesce(r.revision, 0))) FROM controversies_proposal r
        WHERE greatest(r.base, coalesce(r.revision, 0)) > {_NEWEST.format(key="r.controversy_id")} GROUP BY 1
        """,  # noqa: S608 - made of constants
        gettext_lazy("A proposal is for revision %s, which does not exist."),
    ),
    (
        f"""
        SELECT r.key::text, max(r.number) FROM (
            SELECT key, number FROM controversies_gitimportcursor UNION ALL
            SELECT key, number FROM controversies_importedfile
        ) r WHERE r.number > {_NEWEST.format(key="r.key")} GROUP BY 1
        """,  # noqa: S608 - made of constants
        gettext_lazy("An import saw it at revision %s, which does not exist."),
    ),
    (
        """
        SELECT p.controversy_id::text, p.revision FROM controversies_proposal p
        JOIN controversies_revision r ON r.controversy_id = p.controversy_id AND r.number = p.revision
        WHERE p.state = 'accepted' AND NOT EXISTS (
            SELECT FROM controversies_redaction d WHERE d.controversy_id = r.controversy_id AND d.since = r.number
            AND d.part IN ('author', 'reviewer')
        ) AND (r.withheld <> '' OR p.reviewer_name NOT IN (r.reviewer_name, r.author_name))
        """,
        gettext_lazy("Revision %s does not name the person who accepted its proposal."),
    ),
)


def missing_pages() -> Iterator[tuple[str, str]]:
    """Yield the keys of pages that something refers to and that are not there, each with a sentence about it."""
    yield from _references(tuple((sql.format(without=_WITHOUT), message) for sql, message in _LOST))


def missing_revisions() -> Iterator[tuple[str, str]]:
    """Yield the keys of pages with a sentence about each reference to a revision that is not there, or is another."""
    yield from _references(_CUT)


def _references(queries: tuple[tuple[str, Promise], ...]) -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        for sql, message in queries:
            cursor.execute(sql)
            for key, number in cursor.fetchall():
                yield key, str(message) % number
