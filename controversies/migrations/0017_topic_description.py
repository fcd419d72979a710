"""Topics' descriptions are recorded with the pages of the topic, as their titles are.

A page whose topic has a description gets a revision that holds it, so that the record and the rows agree. From then
on, whoever changes a description records a revision of each page of the topic. Pages of topics without one are left
as they are: what is empty is no part of a digest.
"""

import datetime
import hashlib
import importlib
import json
import time
from itertools import batched
from typing import Any

from django.conf import settings
from django.db import migrations

from controversies.document import canonical
from controversies.document import text as texts
from controversies.history.record import AUTHOR_LIMIT, revision_digest

guards = importlib.import_module("controversies.migrations.0002_guards")

REASON = "The description of this page’s topic is part of the page’s record from now on."
LIMIT = 100_000  # characters of a description, as of all prose
BATCH = 100  # pages whose revisions are written at once

_CHANGED = "CREATE TRIGGER touch_by_change AFTER UPDATE ON controversies_topic FOR EACH ROW WHEN ({changed})"
TRIGGER = f"""
DROP TRIGGER touch_by_change ON controversies_topic;
{_CHANGED.format(changed="OLD.* IS DISTINCT FROM NEW.*")} EXECUTE FUNCTION controversies_touch_topic();
"""
TRIGGER_BEFORE = f"""
DROP TRIGGER touch_by_change ON controversies_topic;
{_CHANGED.format(changed=guards.changed("topic"))} EXECUTE FUNCTION controversies_touch_topic();
"""

_PAGES = """
    SELECT c.id FROM controversies_controversy c JOIN controversies_topic t ON t.id = c.topic_id
    WHERE t.description <> '' ORDER BY c.id FOR NO KEY UPDATE OF c
"""
_NEWEST = """
    SELECT page.id, t.description, r.place, r.key, r.digest, r.body, r.basis_body,
        newest.number, newest.time, newest.digest
    FROM unnest(%s::uuid[]) page (id)
    JOIN controversies_controversy c ON c.id = page.id
    JOIN controversies_topic t ON t.id = c.topic_id
    CROSS JOIN LATERAL (
        SELECT number, time, digest FROM controversies_revision
        WHERE controversy_id = page.id ORDER BY number DESC LIMIT 1
    ) newest
    CROSS JOIN LATERAL controversies_reading(page.id, NULL) r
    ORDER BY page.id, r.place
"""


def tidy_descriptions(cursor: Any) -> None:
    """Bring the descriptions of topics into the canonical form of text; no page shows them yet."""
    cursor.execute("SELECT id, description FROM controversies_topic WHERE description <> ''")
    for key, description in cursor.fetchall():
        tidy = texts.prose(description)[:LIMIT].rstrip()
        tidy = tidy if texts.is_visible(tidy) else ""
        if tidy != description:
            cursor.execute("UPDATE controversies_topic SET description = %s WHERE id = %s", [tidy, key])


def author() -> str:
    """The site's name, as the name of an author."""
    name = texts.line(settings.SITE_NAME)[:AUTHOR_LIMIT].strip()
    return name if texts.is_visible(name) else "Crux"


def revision(rows: list[tuple[Any, ...]], now: datetime.datetime) -> tuple[list[Any], list[Any]] | None:
    """The head block and the revision that follow from the rows of a page's newest revision, as values of columns.

    None where the newest revision holds the description, as after going back past this migration and on again.
    """
    key, description, _place, _key, _digest, body, basis, number, newest, parent = rows[0]
    head = json.loads(canonical.unpack(bytes(body), None if basis is None else bytes(basis)))
    if head["topic"].get("description") == description:
        return None
    head["topic"]["description"] = description
    text = canonical.dumps(head)
    digests = {row[3]: bytes(row[4]) for row in rows} | {str(key): hashlib.sha256(text).digest()}
    document = canonical.combine(digests.items())
    when = max(now, newest + datetime.timedelta(microseconds=1))
    digest = revision_digest(
        parent=bytes(parent), document=document, author=author(), time=when, summary=REASON
    )
    block = [key, key, number + 1, digests[str(key)], canonical.pack(text)[0]]
    changes = json.dumps([["head", "", "topic_description"]])
    return block, [
        *(key, number + 1, when, author(), REASON, document, digest, [], changes, len(description), 0),
    ]


def record_descriptions(apps: Any, schema_editor: Any) -> None:
    """Record a revision of each page whose topic has a description."""
    started, done = time.monotonic(), 0
    now = datetime.datetime.now(datetime.UTC)
    with schema_editor.connection.cursor() as cursor:
        tidy_descriptions(cursor)
        cursor.execute(_PAGES)
        for keys in batched([row[0] for row in cursor.fetchall()], BATCH):
            cursor.execute(_NEWEST, [list(keys)])
            pages: dict[Any, list[tuple[Any, ...]]] = {}
            for row in cursor.fetchall():
                pages.setdefault(row[0], []).append(row)
            made = [each for rows in pages.values() if (each := revision(rows, now))]
            cursor.executemany(
                "INSERT INTO controversies_block (controversy_id, key, since, digest, body)"
                " VALUES (%s, %s, %s, %s, %s)",
                [block for block, _revision in made],
            )
            cursor.executemany(
                "INSERT INTO controversies_revision (controversy_id, number, time, author_name, summary, document,"
                " digest, classes, changes, added, removed) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [values for _block, values in made],
            )
            done += len(made)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with events pending cannot be altered
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    if done:
        seconds = time.monotonic() - started
        print(f"\n    {done} pages have a revision with their topic's description ({seconds:.1f} s)", end="")


class Migration(migrations.Migration):
    dependencies = [("controversies", "0016_renumbered")]

    operations = [
        migrations.RunPython(record_descriptions, migrations.RunPython.noop),
        migrations.RunSQL(TRIGGER, TRIGGER_BEFORE),
    ]
