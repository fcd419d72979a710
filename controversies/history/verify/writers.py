"""The database roles that wrote the record: the site's own writes nearly all of it, so that others stand out."""

from collections.abc import Iterator

from django.db import connection
from django.utils.translation import ngettext

_NAMED = 5  # revisions named for each role

_ROLES = """
    SELECT recorded_by, count(*) FROM controversies_revision
    WHERE recorded_by <> '' GROUP BY recorded_by ORDER BY count(*) DESC, recorded_by
"""
_OF_ROLE = f"""
    SELECT c.slug || ' ' || r.number FROM controversies_revision r
    JOIN controversies_controversy c ON c.id = r.controversy_id
    WHERE r.recorded_by = %s ORDER BY r.recorded_at DESC, c.slug, r.number DESC LIMIT {_NAMED}
"""  # noqa: S608 - made of a constant


def notices() -> Iterator[str]:
    """Yield a sentence for each role but the one that wrote the most: how many revisions, and the newest of them."""
    with connection.cursor() as cursor:
        cursor.execute(_ROLES)
        roles = cursor.fetchall()
        for role, count in roles[1:]:
            cursor.execute(_OF_ROLE, [role])
            newest = ", ".join(row[0] for row in cursor.fetchall())
            yield (
                ngettext(
                    "%(count)s revision was written by the role %(role)s, not by %(usual)s: %(newest)s.",
                    "%(count)s revisions were written by the role %(role)s, not by %(usual)s; the newest: %(newest)s.",
                    count,
                )
                % {"count": count, "role": role, "usual": roles[0][0], "newest": newest}
            )
