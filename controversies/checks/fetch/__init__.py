"""Requests to other people's servers: bounded, polite, and only to public addresses.

The one package of the project that opens sockets to the outside. It judges one answer (`FetchResult`); verdicts are
for its callers.
"""

from .addresses import AddressRefusal, AddressRefused, parse_address
from .answer import FetchAnswer
from .hosts import NotYet
from .request import fetch, fetch_beside
from .soft404 import missing_sign

__all__ = [
    "AddressRefusal",
    "AddressRefused",
    "FetchAnswer",
    "NotYet",
    "fetch",
    "fetch_beside",
    "missing_sign",
    "parse_address",
]
