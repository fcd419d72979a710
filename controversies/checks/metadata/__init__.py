"""Metadata of works, as registries and pages have it: looking it up, comparing titles, asking for retractions.

All values are proposals with their origin: nothing that an editor typed is replaced. Verdicts are made elsewhere.
"""

from .lookups import LookupRefused, LookupResult, delete_old_lookups, lookup_result, start_lookup
from .notices import refresh_notices
from .on_record import sources_on_record
from .page import PageTitle, page_metadata, page_title
from .registries import look_up
from .titles import compare_titles
from .values import Proposals, ProposedValue, ValueOrigin

__all__ = [
    "LookupRefused",
    "LookupResult",
    "PageTitle",
    "Proposals",
    "ProposedValue",
    "ValueOrigin",
    "compare_titles",
    "delete_old_lookups",
    "look_up",
    "lookup_result",
    "page_metadata",
    "page_title",
    "refresh_notices",
    "sources_on_record",
    "start_lookup",
]
