"""What each revision changed, told by today's rules: its kinds of change, outline, characters, and renumbered blocks.

All of it follows from the documents and is in no digest. It runs code of today, so it is to be run again (as a new
migration) when the rules change. Revisions that came without their content are left as they are, and so are those with
a block that was erased or from which words were removed, and those that follow one. Memory is bounded by the largest page. It takes about a second for 1,000 revisions.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from django.db import migrations, transaction

from controversies.document import canonical
from controversies.document.types import Block, Document
from controversies.history.derived import derive
from controversies.models import ChangeClass

_BATCH = 100  # revisions read and written at once
_OUTLINE = "00000000-0000-0000-0000-000000000000"
_TOLD = {
    ChangeClass.IMPORT.value,
    ChangeClass.RESTORE.value,
}  # of how a revision came about; no document tells it

_REVISIONS = """
    SELECT number, withheld, classes, changes, added, removed FROM controversies_revision
    WHERE controversy_id = %s AND number > %s ORDER BY number LIMIT %s
"""
_BLOCKS = """
    SELECT key::text, since, digest IS NULL, body, basis, outline::text[], renumbered FROM controversies_block
    WHERE controversy_id = %s ORDER BY since, key
"""
_REDACTED = (
    "SELECT key::text, since FROM controversies_redaction WHERE controversy_id = %s AND part = 'block'"
)
_WRITE_REVISIONS = """
    UPDATE controversies_revision r
    SET classes = said.classes, changes = said.changes, added = said.added, removed = said.removed
    FROM jsonb_to_recordset(%s::jsonb)
        said (number integer, classes varchar[], changes jsonb, added integer, removed integer)
    WHERE r.controversy_id = %s AND r.number = said.number
"""
_WRITE_BLOCKS = """
    UPDATE controversies_block b SET renumbered = said.renumbered
    FROM jsonb_to_recordset(%s::jsonb) said (key uuid, since integer, renumbered boolean)
    WHERE b.controversy_id = %s AND b.key = said.key AND b.since = said.since
"""


def retell(connection: Any, say: Callable[[str], object] = print) -> int:
    """Derive what every revision changed anew; return how many revisions are told otherwise now."""
    start = time.monotonic()
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(
            "SELECT controversy_id::text, count(*) FROM controversies_revision GROUP BY 1 ORDER BY 1"
        )
        pages = cursor.fetchall()
        count = sum(number for _key, number in pages)
        if not count:
            return 0
        say(f"\n    Telling anew what {count:,} revisions changed: about {max(1, count // 1000):,} s")
        for table in ("revision", "block"):
            cursor.execute(f"ALTER TABLE controversies_{table} DISABLE TRIGGER append_only")
        changed = sum(_Page(connection, key).retell() for key, _number in pages)
        for table in ("revision", "block"):
            cursor.execute(f"ALTER TABLE controversies_{table} ENABLE TRIGGER append_only")
    say(f"    {changed:,} of them are told otherwise now; it took {time.monotonic() - start:.0f} s")
    return changed


class _Page:
    """One page, read revision by revision."""

    def __init__(self, connection: Any, key: str) -> None:
        self.connection, self.key = connection, key
        self.outline: list[str] = []
        self.live: dict[str, Block | None] = {}  # None for one that was erased or redacted
        self.standing: dict[str, tuple[int, bytes]] = {}  # the newest version of each that stands by itself
        self.document: Document | None = None  # of the revision before, if it is known
        self.redacted = set(self._fetch(_REDACTED, [key]))
        self.revisions: list[dict[str, Any]] = []  # to write
        self.blocks: list[dict[str, Any]] = []

    def retell(self) -> int:
        changed, last = 0, 0
        with self.connection.chunked_cursor() as cursor:
            cursor.execute(_BLOCKS, [self.key])
            blocks = iter(cursor)
            pending = next(blocks, None)
            while revisions := self._fetch(_REVISIONS, [self.key, last, _BATCH]):
                for number, withheld, *told in revisions:
                    here = []
                    while pending is not None and pending[1] <= number:
                        here.append(pending)
                        pending = next(blocks, None)
                    self._revision(number, bool(withheld), told, here)
                last = revisions[-1][0]
                changed += len(self.revisions)
                self._write()
        return changed

    def _fetch(self, sql: str, params: list[Any]) -> list[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())

    def _revision(self, number: int, is_withheld: bool, told: list[Any], blocks: list[Any]) -> None:
        for key, since, is_gone, body, basis, outline, _renumbered in blocks:
            if key == _OUTLINE:
                self.outline = outline
            elif is_gone:
                self.live.pop(key, None)
            else:
                self.live[key] = self._block(key, since, body, basis)
        before, self.document = self.document, None if is_withheld else self._assembled()
        if self.document is None or (before is None and number > 1):
            return
        new = derive(before, self.document)
        classes, changes, added, removed = told
        changes = json.loads(changes) if isinstance(changes, str) else changes
        kinds = [name for name in classes[:1] if name in _TOLD]
        row = {
            "classes": [*kinds, *new.classes],
            "changes": new.changes,
            "added": new.added,
            "removed": new.removed,
        }
        if row != {"classes": classes, "changes": changes, "added": added, "removed": removed}:
            self.revisions.append({"number": number, **row})
        for key, since, is_gone, _body, _basis, _outline, renumbered in blocks:
            is_renumbered = key in new.renumbered or None
            if key != _OUTLINE and not is_gone and renumbered != is_renumbered:
                self.blocks.append({"key": key, "since": since, "renumbered": is_renumbered})

    def _block(self, key: str, since: int, body: Any, basis: int | None) -> Block | None:
        if body is None:
            return None
        if canonical.is_basis(bytes(body), basis):
            self.standing[key] = (since, bytes(body))
        stands, text = self.standing.get(key, (None, b""))
        if (key, since) in self.redacted or (basis is not None and basis != stands):
            return None
        return canonical.decode(bytes(body), text if basis is not None else None)

    def _assembled(self) -> Document | None:
        """The document, if all of its blocks are here."""
        found = [self.live.get(key) for key in self.outline]
        known = [block for block in found if block is not None]
        return canonical.assemble(known) if known and len(known) == len(found) else None

    def _write(self) -> None:
        with self.connection.cursor() as cursor:
            for sql, rows in ((_WRITE_REVISIONS, self.revisions), (_WRITE_BLOCKS, self.blocks)):
                if rows:
                    cursor.execute(sql, [json.dumps(rows), self.key])
        self.revisions, self.blocks = [], []


def forwards(_apps: Any, schema_editor: Any) -> None:
    retell(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("controversies", "0022_texts")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
