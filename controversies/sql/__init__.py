"""SQL that the database runs by itself, readable: guards of history, search words, what is asked often.

One file a subject; FILES names them in the order in which they are run. In a file, `§` stands for the schema of our
tables, and `§{name arguments}` for a piece that several share or that follows from the declaration of fields
(`pieces`). A file can be run again on a database that has it: CREATE OR REPLACE, or DROP … IF EXISTS first.

To change a function or trigger, edit its file and add a migration whose last operation runs it, with the digest of its
text: `sql.run(search="1c0ffee1c0ff")`. Until then a test fails, and prints that line. For that:

- A file says what the newest schema has, and every migration that runs it runs it as it is today. So a migration does
  not change its meaning when a file changes: it is always "bring these up to date", and the last one decides.
- On a new database an early migration may run a file that names a column of a later one, but triggers are made only
  on the tables that there are (a migration that adds a block runs all files). Bodies of functions are
  therefore not checked when they are made; conditions of triggers name columns of `0001_tables` only.
- A migration that writes rows stands before those that run files, or writes nothing that a trigger answers.
- A function that goes is dropped by a migration. A file that goes or is renamed is renamed in earlier migrations, too.

`tables.sql` is what no model declares (a table, an index, a constraint): it is run once, by `0001_tables`.
`checkhistory` holds a database against these files (`history.verify.schema`), and so do the tests.
"""

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

from django.db.migrations.operations.base import Operation

from . import pieces, search_pieces

FILES = (
    "guards",
    "changes",
    "ledger",
    "pending",
    "record",
    "digests",
    "seals",
    "transparency",
    "arrivals",
    "identifiers",
    "search",
    "words",
    "terms",
    "listing",
    "likeness",
    "reading",
    "redactions",
    "replacements",
    "blame",
    "earlier",
    "checks",
    "uses",
    "names",
    "use_changes",
    "needs",
    "upkeep",
    "rights",
    "site_texts",
    "privileges",
)
_PIECES = {**pieces.PIECES, **search_pieces.PIECES}
_PIECE = re.compile(r"§\{(\w+)((?: [\w.]+)*)\}")
_CREATED = re.compile(
    r"^CREATE (?:OR REPLACE (?P<function>FUNCTION)|UNLOGGED (?P<table>TABLE)) §\.(?P<name>\w+)", re.MULTILINE
)
_SCHEMA = (
    "SELECT quote_ident(n.nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.oid = 'controversies_controversy'::regclass"
)


@cache
def text(name: str, tables: tuple[str, ...] = pieces.TABLES) -> str:
    """Return the SQL of a file with its pieces in place, and `§` for the schema still.

    `tables` are those of a page that there are: an early migration runs before the table of a later one is made.
    """
    source = (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")
    if name == "changes":
        source = "\n".join(source.replace("§{table}", table) for table in tables)
    return _PIECE.sub(lambda piece: _PIECES[piece[1]](*piece[2].split()), source)


def digest(name: str) -> str:
    """Return the first twelve hexadecimal digits of the SHA-256 of a file's SQL, its pieces in place."""
    return hashlib.sha256(text(name).encode()).hexdigest()[:12]


class RunFiles(Operation):
    """Migration operation that runs SQL files, as they are today; `digests` tell how they were when it was written."""

    reduces_to_sql = True

    def __init__(self, **digests: str) -> None:
        self.digests = digests

    @property
    def names(self) -> tuple[str, ...]:
        """The files, in the order in which they are run."""
        return tuple(self.digests)

    def state_forwards(self, app_label: str, state: object) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        tables = tuple(table for table in pieces.TABLES if (app_label, table) in to_state.models)
        sql = "\n".join(text(name, tables) for name in self.names).replace("§", _schema(schema_editor))
        schema_editor.execute("SET LOCAL check_function_bodies = off", params=None)
        schema_editor.execute(sql, params=None)
        schema_editor.execute("RESET check_function_bodies", params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop the tables and functions of the files, and with them the triggers that call them."""
        schema = _schema(schema_editor)
        for file in self.names:
            for created in _CREATED.finditer(text(file)):
                kind = created["function"] or created["table"]
                schema_editor.execute(
                    f"DROP {kind} IF EXISTS {schema}.{created['name']} CASCADE", params=None
                )

    def describe(self) -> str:
        return f"Run SQL files: {', '.join(self.names)}"


def run(**digests: str) -> RunFiles:
    """Return the migration operation that brings what these files make up to date.

    Each is named with its `digest()`, so that a change of a file, or of a declaration that it is made from, is not
    forgotten in databases that are there already.
    """
    return RunFiles(**digests)


def _schema(schema_editor: Any) -> str:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_SCHEMA)
        return str(cursor.fetchone()[0])
