"""A record of every socket that Python opens and every name that it looks up, by the interpreter's own audit.

While anybody watches, no connection leaves this machine: the audit refuses it.
"""

import ipaddress
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_EVENTS = {"socket.__new__", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}
_records: list[list[tuple[str, object]]] = []
_installed: list[bool] = []


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if not _records or event not in _EVENTS:
        return
    subject = arguments[-1] if event == "socket.connect" else arguments[0]
    for record in _records:
        record.append((event, subject))
    is_outside = isinstance(subject, tuple) and not ipaddress.ip_address(subject[0]).is_loopback
    if event == "socket.connect" and is_outside:
        raise ConnectionRefusedError("tests stay on this machine")
    if event == "socket.getaddrinfo" and isinstance(subject, str) and subject.endswith("."):
        raise ConnectionRefusedError("tests ask no name server")  # its form is that of fetching


@contextmanager
def watched() -> Iterator[list[tuple[str, object]]]:
    """Give the list of what was opened and looked up within the block: (event, address or name)."""
    if not _installed:
        sys.addaudithook(_note)  # for good: an interpreter forgets no hook
        _installed.append(True)
    record: list[tuple[str, object]] = []
    _records.append(record)
    try:
        yield record
    finally:
        _records.remove(record)
