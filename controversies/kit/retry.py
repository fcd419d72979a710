"""Transactions that are tried again when PostgreSQL ends one of several that wait for each other."""

from collections.abc import Callable

from django.db import OperationalError, connection, transaction

# SQLSTATE: deadlock detected, serialization failure. Such a transaction left no trace.
_TRANSIENT = {"40P01", "40001"}
TRIES = 5


def is_transient(error: Exception) -> bool:
    """Whether the same transaction may succeed if it is tried again."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", None) in _TRANSIENT


def in_transaction[Result](attempt: Callable[[], Result], *, also: type[Exception] | None = None) -> Result:
    """Run `attempt` in a transaction, up to `TRIES` times while it fails with a transient error.

    `also` is an error that is worth another try as well. Raises the last attempt's error.
    """
    tries = TRIES
    while True:
        tries -= 1
        try:
            with transaction.atomic():
                return attempt()
        except Exception as error:
            is_worth_it = is_transient(error) or (also is not None and isinstance(error, also))
            if not tries or not is_worth_it:
                raise


def check_deferred_constraints() -> None:
    """Raise now what COMMIT would refuse; what follows in the transaction is checked at COMMIT again."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
