"""The bytes of removed words in the tables' files."""

import time

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import DatabaseError, connection
from psycopg.errors import Diagnostic

from controversies import models as m

# The tables that have held the words, with those that are derived from them.
_TABLES = (
    *(m.Block, m.Revision, m.Controversy, m.ContestedPoint, m.Position, m.Stance, m.Backing, m.Citation),
    *(
        m.Topic,
        m.Backer,
        m.Source,
        m.SearchIndex,
        m.ListedName,
        m.SearchBlock,
        m.SearchWord,
        m.SearchTerm,
        m.ListedPeriod,
        m.PageUse,
        m.PublicUse,
        m.Blame,
        m.Origin,
        m.GoneText,
        m.EarlierText,
        m.EarlierWord,
        m.Proposal,
        m.Suggestion,
        m.ImportedFile,
        m.Merger,
        m.FormerAddress,
        m.RedactionRequest,
        m.SiteText,
        LogEntry,
        *(m.SourceCheck, m.SourceCopy, m.SourceState, m.QuoteCheck, m.SourceLookup, m.CitationTask),
    ),
)

PATIENCE = 60.0  # seconds
# A removed row stays in the files for whoever may still see it. Rewriting takes away what is older than every snapshot
# of this database, its own among them; and a snapshot is as old as the oldest open transaction with a number, whatever
# database of the server that is in. A process without a database (a standby's feedback) holds rows of all of them.
_LIMIT = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
_OPEN = """
    SELECT pg_snapshot_xmin(pg_current_snapshot()) < %(limit)s::xid8, array_agg(pid ORDER BY pid) FILTER (WHERE
        pid <> pg_backend_pid() AND (
            age(backend_xid) > age(%(limit)s::xid8::xid)
            OR age(backend_xmin) > age(%(limit)s::xid8::xid) AND (datname IS NULL OR datname = current_database())
        )
    )
    FROM pg_stat_activity
"""
_FORGET_EMPTIED = (
    "DELETE FROM pg_catalog.pg_statistic USING pg_catalog.pg_class"
    " WHERE pg_class.oid = starelid AND reltuples = 0 AND relnamespace = 'public'::regnamespace"
)


def tables() -> list[str]:
    """The names of the tables to rewrite so that nothing of the words is left in their files."""
    names = [*(model._meta.db_table for model in _TABLES), "django_ox_oxtask"]
    every = connection.introspection.table_names()
    names += [
        name for name in every if name.startswith("controversies_unrecordedchange") and name not in names
    ]
    location = settings.CACHES["default"].get("LOCATION", "")
    names += [name for name in ("django_session", location) if name in every]
    return names


class OpenTransactions(Exception):
    """Transactions that may still see the rows that were removed, so that no rewriting takes them.

    `pids` are the processes that have them; none where this database role may not see whose they are.
    """

    def __init__(self, pids: list[int]) -> None:
        super().__init__(", ".join(map(str, pids)) or "?")
        self.pids = pids


def _wait_for_transactions() -> None:
    """Wait until no transaction is open for which rows removed by now must be kept. Raises OpenTransactions."""
    end = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        cursor.execute(_LIMIT)
        [limit] = cursor.fetchone()
        while True:
            cursor.execute(_OPEN, {"limit": limit})
            is_held, pids = cursor.fetchone()
            if not is_held and not pids:
                return
            if time.monotonic() > end:
                raise OpenTransactions(pids or [])
            time.sleep(0.1)


def rewrite_tables() -> list[str]:
    """Rewrite the files of all tables concerned, without dead rows and statistics; return the statements that failed.

    Locks each table while it is rewritten. For the tables' owner, outside a transaction. Raises OpenTransactions if
    others are open for longer than PATIENCE: before anything is done, or before the statistics are rewritten.
    """
    _wait_for_transactions()
    failed = _run([f'VACUUM (FULL, ANALYZE) "{name}"' for name in tables()])
    # Statistics hold values of each column, and of a table that was emptied they stay as they were.
    failed += _run([_FORGET_EMPTIED])
    _wait_for_transactions()  # what ANALYZE has replaced is as new as the rows that were removed had been
    return failed + _run(["VACUUM (FULL) pg_catalog.pg_statistic", "CHECKPOINT"])


def _run(statements: list[str]) -> list[str]:
    """Run statements, each by itself; return those that failed."""
    failed: list[str] = []
    warnings: list[str] = []

    def note(diagnostic: Diagnostic) -> None:
        warnings.append(diagnostic.message_primary or "")

    with connection.cursor() as cursor:
        connection.connection.add_notice_handler(note)
        try:
            for statement in statements:
                warnings.clear()  # without the right to vacuum a table there is only a warning
                try:
                    cursor.execute(statement)
                except DatabaseError:
                    failed.append(statement)
                else:
                    failed += [statement] if warnings else []
        finally:
            connection.connection.remove_notice_handler(note)
    return failed
