"""Rows, search words and place in lists of a page, held against its newest revision, from which they follow."""

from collections.abc import Iterator

from django.db import connection
from django.utils.translation import gettext as _

from controversies import models as m
from controversies.document import canonical, rows
from controversies.history import read
from controversies.models import PutOffRevision
from controversies.sql import pieces

# Whether the page has a number, and whether its blocks and its list of words are as its texts and its blocks say.
_WORDS = """
    WITH index AS (
        SELECT c.id AS controversy, i.id, i.config FROM controversies_controversy c
        LEFT JOIN controversies_searchindex i ON i.controversy_id = c.id WHERE c.id = %s
    ), expected AS (
        SELECT t.key, controversies_words_of(
            controversies_page_config(index.controversy), t.a, t.b, t.c, t.d, t.facets
        ) AS vector
        FROM index CROSS JOIN LATERAL controversies_search_texts(index.controversy, NULL) t
    ), stored AS (
        SELECT b.key, b.vector FROM index JOIN controversies_searchblock b ON b.page = index.id
    ), words AS (
        SELECT v.lexeme, t.is_title, count(*) AS blocks
        FROM stored CROSS JOIN LATERAL unnest(stored.vector) v CROSS JOIN (VALUES (false), (true)) t (is_title)
        WHERE NOT t.is_title OR 'A' = ANY (v.weights) GROUP BY 1, 2
    )
    SELECT index.id IS NOT NULL AND EXISTS (SELECT FROM stored), NOT EXISTS (
        SELECT FROM expected FULL JOIN stored ON stored.key = expected.key
        WHERE expected.vector IS DISTINCT FROM stored.vector
    ) AND NOT EXISTS (
        SELECT FROM words LEFT JOIN LATERAL (
            SELECT w.blocks FROM controversies_searchword w
            WHERE w.word = words.lexeme AND w.is_title = words.is_title AND w.page = index.id LIMIT 1
        ) w ON true WHERE w.blocks IS DISTINCT FROM words.blocks
    ) FROM index
"""
# What no look-up by a page's own words would find: the pages whose list has words that none of their blocks has.
_SURPLUS = """
    SELECT i.controversy_id::text FROM (
        SELECT w.page, count(*) AS number FROM controversies_searchword w GROUP BY w.page
    ) listed
    JOIN controversies_searchindex i ON i.id = listed.page
    LEFT JOIN (
        SELECT page, count(*) AS number FROM (
            SELECT DISTINCT b.page, t.is_title, v.lexeme
            FROM controversies_searchblock b CROSS JOIN LATERAL unnest(b.vector) v
            CROSS JOIN (VALUES (false), (true)) t (is_title)
            WHERE NOT t.is_title OR 'A' = ANY (v.weights)
        ) w GROUP BY page
    ) expected ON expected.page = listed.page
    WHERE listed.number > coalesce(expected.number, 0) ORDER BY 1
"""


def faults(key: str) -> Iterator[str]:
    """Yield the faults of a page's rows or, where these are right, of what follows from them."""
    wrong = list(row_faults(key))
    words = () if pending_keys(key) else word_faults(key)
    yield from wrong or (*words, *listing_faults(key))


def pending_keys(key: str) -> set[str]:
    """Return the keys of the shared rows whose last change the page still has to be recorded with."""
    return {
        str(each) for each in PutOffRevision.objects.filter(controversy_id=key).values_list("key", flat=True)
    }


def row_faults(key: str) -> Iterator[str]:
    """Check that the page's rows are what its newest revision recorded."""
    try:
        newest = read.head(key)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        yield _("The newest revision cannot be read: %s") % error
        return
    now = rows.from_rows([key]).get(key)
    if now is not None and newest is not None and (pending := pending_keys(key)):
        now = now.with_shared(
            {each.key: each for each in newest.document.shared_blocks() if each.key in pending}
        )
    if newest is None:
        yield _("The newest revision cannot be read: %s") % _("a block is missing")
    elif now is None:
        yield _("Its rows are not what revision %s recorded.") % newest.number
    else:
        expected = canonical.digests(newest.document)
        actual = canonical.digests(now)
        if now != newest.document or canonical.combine(actual.items()) != newest.entry.document:
            differing = [name for name in {**expected, **actual} if expected.get(name) != actual.get(name)]
            yield _("Its rows are not what revision %(number)s recorded: %(blocks)s.") % {
                "number": newest.number,
                "blocks": ", ".join(differing) or _("the order of its blocks"),
            }


def word_faults(key: str) -> Iterator[str]:
    """Check that search finds the page by its words and by no others, as the database itself would index it."""
    with connection.cursor() as cursor:
        cursor.execute(_WORDS, [key])
        row = cursor.fetchone()
    if row is None:
        return
    is_there, is_same = row
    if not is_there:
        yield _("Search cannot find it: the words of the page are missing.")
    elif not is_same:
        yield _("Search finds it by other words than the page has.")


def surplus_words() -> Iterator[tuple[str, str]]:
    """Yield the keys of pages that search finds by words which none of their blocks has, each with a sentence."""
    with connection.cursor() as cursor:
        cursor.execute(_SURPLUS)
        for (key,) in cursor.fetchall():
            yield key, _("Search finds it by other words than the page has.")


_IS_LISTED = f"""
    WITH expected AS (
        SELECT {pieces.public_changes().replace("§.", "")} AND c.id = %(key)s
    ), stored AS (
        SELECT w.subject, w.kind, w.time, w.controversy_id, w.number FROM controversies_controversy c
        JOIN controversies_revision r ON r.controversy_id = c.id
        JOIN controversies_publicchange w ON w.subject IN ('{m.PublicChange.ALL}', c.topic_id)
            AND w.kind = ANY (r.classes || ''::varchar)
            AND w.time = r.time AND w.controversy_id = r.controversy_id AND w.number = r.number
        WHERE c.id = %(key)s
    )
    SELECT (l.publication, l.topic_id, l.status, l.number, l.changed)
        IS NOT DISTINCT FROM (c.publication, c.topic_id, c.status, r.number, r.time),
        NOT EXISTS (TABLE expected EXCEPT TABLE stored) AND NOT EXISTS (TABLE stored EXCEPT TABLE expected)
    FROM controversies_controversy c
    LEFT JOIN controversies_listedpage l ON l.controversy_id = c.id
    LEFT JOIN LATERAL (
        SELECT n.number, n.time FROM controversies_revision n WHERE n.controversy_id = c.id
        ORDER BY n.number DESC LIMIT 1
    ) r ON true
    WHERE c.id = %(key)s
"""  # noqa: S608 - made of constants


def listing_faults(key: str) -> Iterator[str]:
    """Check that lists show the page and its changes as its row and its revisions say."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_LISTED, {"key": key})
        row = cursor.fetchone()
    if row is None:
        return
    is_listed, has_changes = row
    if not is_listed:
        yield _("Lists do not show it as its newest revision is.")
    if not has_changes:
        yield _("Lists of changes do not show its public revisions and no others.")
