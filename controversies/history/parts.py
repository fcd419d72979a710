"""The history of one part of a page."""

from django.db import connection

_EDITED = "controversy_id = %s AND key = %s AND renumbered IS NOT TRUE"


def around(controversy: str, key: str, low: int, high: int) -> tuple[int | None, int | None]:
    """The newest revision up to `low` that changed this part, and the oldest after `high`; one query.

    Revisions that only gave other numbers to the sources in its texts do not count.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (SELECT max(since) FROM controversies_block WHERE {_EDITED} AND since <= %s),"  # noqa: S608 - made of constants
            f" (SELECT min(since) FROM controversies_block WHERE {_EDITED} AND since > %s)",
            [controversy, key, low, controversy, key, high],
        )
        before, after = cursor.fetchone()
    return before, after
