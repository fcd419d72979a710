"""Locks on pages that are recorded, and what the database knows of changes that no revision records yet."""

from collections.abc import Iterable

from django.db import connection

from . import read
from .read import Reading


def lock_page(key: str, base: Reading | int | None) -> tuple[Reading | None, bool]:
    """Keep others from recording this controversy until COMMIT.

    Return its newest revision, and whether this transaction has changed rows of it.

    A base that is the newest revision is not read again: its digest says that it is the same.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.id, EXISTS (
                SELECT FROM controversies_unrecordedchange t
                WHERE t.controversy_id = c.id
                    AND t.transaction = pg_current_xact_id_if_assigned()::text::bigint
            ) FROM controversies_controversy c WHERE c.id = %s FOR NO KEY UPDATE
            """,
            [key],
        )
        row = cursor.fetchone()
        if row is None:
            return None, False
        is_changed = row[1]
        if isinstance(base, Reading):
            cursor.execute(
                "SELECT digest FROM controversies_revision WHERE controversy_id = %s"
                " ORDER BY number DESC LIMIT 1",
                [key],
            )
            newest = cursor.fetchone()
            if newest is not None and bytes(newest[0]) == base.entry.digest:
                return base, is_changed
    return read.head(key), is_changed


def lock_pages(keys: Iterable[str]) -> None:
    """Keep others from recording these controversies until COMMIT, one after the other in the order of their keys."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM controversies_controversy WHERE id = ANY(%s::uuid[])"
            " ORDER BY id FOR NO KEY UPDATE",
            [list(keys)],
        )


def prove_unchanged(keys: list[str]) -> None:
    """Have the database prove that the rows of these pages are as they were; a page that is not stays unrecorded."""
    if keys:
        with connection.cursor() as cursor:
            cursor.execute("SELECT controversies_prove_unchanged(%s::uuid[])", [keys])


def unrecorded() -> list[str]:
    """Return the keys of the controversies whose rows this transaction has changed without a revision so far."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT controversy_id FROM controversies_unrecordedchange
            WHERE transaction = pg_current_xact_id_if_assigned()::text::bigint ORDER BY controversy_id
            """
        )
        return [str(key) for (key,) in cursor.fetchall()]
