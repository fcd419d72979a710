"""Outages of the database: what an error tells of it, and whether it can be written to."""

from enum import StrEnum

from django.db import InterfaceError, OperationalError, connection

# Connection exceptions, a server that stops, starts or has no connection left (PostgreSQL, appendix A).
_UNREACHABLE_CLASS = "08"
_UNREACHABLE_STATES = {"57P01", "57P02", "57P03", "57P05", "53300"}
_READ_ONLY_STATE = "25006"
_READ_ONLY_PARAMETERS = ("in_hot_standby", "default_transaction_read_only")


class Outage(StrEnum):
    """A reason for which a request cannot be answered as usual."""

    UNREACHABLE = "unreachable"
    READ_ONLY = "read_only"


def outage_of(error: BaseException | None) -> Outage | None:
    """Return the outage that caused this error of the database, None for any other error."""
    state = getattr(error.__cause__ if error else None, "sqlstate", None)
    if state is None:
        # Without a code, the server did not say it: there is no connection to it.
        return Outage.UNREACHABLE if isinstance(error, OperationalError | InterfaceError) else None
    if state == _READ_ONLY_STATE:
        return Outage.READ_ONLY
    is_unreachable = state.startswith(_UNREACHABLE_CLASS) or state in _UNREACHABLE_STATES
    return Outage.UNREACHABLE if is_unreachable else None


def is_read_only() -> bool:
    """Tell whether the database is a standby or set to be read only; without a query: the server reports both.

    False without a connection, and behind a pooler that does not pass on what the server reports.
    """
    if connection.connection is None:
        return False
    status = connection.connection.info.parameter_status
    return any(status(name) == "on" for name in _READ_ONLY_PARAMETERS)
