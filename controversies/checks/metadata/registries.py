"""Looking a work up: at the registry of its identifier, else on its own page. One GET each, through `checks.fetch`."""

import json
import re
from collections.abc import Callable
from typing import Any

from controversies.kit.identifiers import Identifier, IdentifierKind, canonical_doi, doi_address, identify
from controversies.models import FetchResult, SourceKind, TitleMatch

from ..fetch import FetchAnswer, fetch
from . import arxiv, crossref, datacite, open_library, pubmed
from .page import page_metadata
from .titles import compare_titles
from .values import Proposals, ValueOrigin, propose

CROSSREF = "https://api.crossref.org"
DATACITE = "https://api.datacite.org"
ARXIV = "https://export.arxiv.org"
PUBMED = "https://eutils.ncbi.nlm.nih.gov"
OPEN_LIBRARY = "https://openlibrary.org"

Fetch = Callable[..., FetchAnswer]

# Why there are no proposals, or not all: codes of `lookups.FAILURES`.
NO_ANSWER, BUSY, UNKNOWN, NOT_UNDERSTOOD = "no-answer", "busy", "unknown", "not-understood"
_PAGE_FAILURES = {
    FetchResult.BLOCKED: "blocked",
    FetchResult.ROBOTS: "blocked",
    FetchResult.NOT_FOUND: "gone",
    FetchResult.SOFT_404: "gone",
    FetchResult.NO_HOST: "no-host",
    FetchResult.REFUSED: "refused",
    FetchResult.TOO_LARGE: "too-large",
    FetchResult.UNREADABLE: "unreadable",
}
_FILES = ("application/pdf", "text/plain", "application/json", "application/xml", "text/xml")


class RegistryFailure(Exception):
    """A registry did not answer, or not as its documentation says; `code` is one of `lookups.FAILURES`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def look_up(identifier: Identifier, *, address: str = "", fetch: Fetch = fetch) -> Proposals:
    """Return what is proposed for a source of this identifier, each value with its origin.

    `address` is the web address from which the identifier was read, if it was one: it stays the link. Raises NotYet if
    it is not a host's turn.
    """
    try:
        proposals = _READERS[identifier.kind](identifier, address, fetch)
    except RegistryFailure as failure:
        proposals = Proposals(failure=failure.code)
        if address:
            proposals = _of_page(address, fetch)
    if address and identifier.kind in (IdentifierKind.DOI, IdentifierKind.PMID):
        proposals = proposals.leave_out("url")
    if proposals.failure == _PAGE_FAILURES[FetchResult.REFUSED]:
        return proposals.leave_out("url")
    return proposals.or_else(pasted_values(identifier, address))


def pasted_values(identifier: Identifier, address: str = "") -> Proposals:
    """Return what an identifier says by itself, without any registry."""
    number = identifier.value
    match identifier.kind:
        case IdentifierKind.DOI:
            return propose(ValueOrigin.PASTED, url=address or doi_address(number), doi=number)
        case IdentifierKind.ARXIV:
            work = re.sub(r"v[0-9]+$", "", number)
            return propose(
                ValueOrigin.PASTED,
                publisher=f"arXiv:{work}",
                kind=SourceKind.PREPRINT.value,
                url=f"https://arxiv.org/abs/{work}",
                doi=f"10.48550/arxiv.{work}",
            )
        case IdentifierKind.PMID:
            return propose(ValueOrigin.PASTED, url=address or f"https://pubmed.ncbi.nlm.nih.gov/{number}/")
        case IdentifierKind.ISBN if not identifier.fault:
            return propose(ValueOrigin.PASTED, kind=SourceKind.BOOK.value, isbn=number)
        case IdentifierKind.URL:
            return propose(ValueOrigin.PASTED, url=number)
        case IdentifierKind.TITLE:
            return propose(ValueOrigin.PASTED, title=number)
    return Proposals()


# -- by kind of identifier --


def _of_doi(identifier: Identifier, address: str, fetch: Fetch) -> Proposals:
    if registered := _registered(identifier.value, fetch):
        return registered
    page = _of_page(address or doi_address(identifier.value), fetch)
    return page if page.get("title") or address else Proposals(failure=UNKNOWN)


def _registered(doi: str, fetch: Fetch) -> Proposals:
    """Proposals of Crossref, else DataCite; nothing if neither knows it. Raises RegistryFailure if one is silent."""
    silent = 0
    for service, path, read in (
        (CROSSREF, crossref.work_path(doi), crossref.read_work),
        (DATACITE, datacite.work_path(doi), datacite.read_work),
    ):
        try:
            data = fetch_json(service + path, fetch)
        except RegistryFailure:
            silent += 1
            continue
        if data is not None and (proposals := read(data)):
            # A registry that answers for another work than was asked for is not believed.
            return (
                proposals if proposals.get("doi") == canonical_doi(doi) else Proposals(failure=NOT_UNDERSTOOD)
            )
    if silent:
        raise RegistryFailure(NO_ANSWER)
    return Proposals(failure=UNKNOWN)


def _of_arxiv(identifier: Identifier, _address: str, fetch: Fetch) -> Proposals:
    answer = _ask(ARXIV + arxiv.works_path(identifier.value), fetch)
    if answer is None:
        return Proposals(failure=UNKNOWN)
    try:
        return arxiv.read_work(answer.body) or Proposals(failure=UNKNOWN)
    except ValueError as error:
        raise RegistryFailure(NOT_UNDERSTOOD) from error


def _of_pmid(identifier: Identifier, _address: str, fetch: Fetch) -> Proposals:
    answer = _ask(PUBMED + pubmed.work_path(identifier.value), fetch)
    if answer is None:
        return Proposals(failure=UNKNOWN)
    try:
        return pubmed.read_work(answer.body) or Proposals(failure=UNKNOWN)
    except ValueError as error:
        raise RegistryFailure(NOT_UNDERSTOOD) from error


def _of_isbn(identifier: Identifier, _address: str, fetch: Fetch) -> Proposals:
    if identifier.fault:
        return Proposals(failure=identifier.fault)
    data = fetch_json(OPEN_LIBRARY + open_library.book_path(identifier.value), fetch)
    return open_library.read_book(data, identifier.value) or Proposals(failure=UNKNOWN)


def _of_url(identifier: Identifier, _address: str, fetch: Fetch) -> Proposals:
    return _of_page(identifier.value, fetch)


def _of_title(identifier: Identifier, _address: str, fetch: Fetch) -> Proposals:
    """The work of exactly this title, if Crossref knows one."""
    if not identifier.value:
        return Proposals(failure=UNKNOWN)
    data = fetch_json(CROSSREF + crossref.search_path(identifier.value), fetch)
    for work in crossref.read_works(data):
        proposals = crossref.read_message(work)
        if proposals and compare_titles(identifier.value, proposals.get("title")) == TitleMatch.SAME:
            return proposals
    return Proposals(failure=UNKNOWN)


_READERS: dict[IdentifierKind, Callable[[Identifier, str, Fetch], Proposals]] = {
    IdentifierKind.DOI: _of_doi,
    IdentifierKind.ARXIV: _of_arxiv,
    IdentifierKind.PMID: _of_pmid,
    IdentifierKind.ISBN: _of_isbn,
    IdentifierKind.URL: _of_url,
    IdentifierKind.TITLE: _of_title,
}


def _of_page(url: str, fetch: Fetch) -> Proposals:
    """Proposals of a page itself; and of its registry, if it names a DOI or arXiv number of the same title."""
    answer = fetch(url, scheduled=False)
    own_address = propose(ValueOrigin.PASTED, url=url)
    if answer.seen != FetchResult.OK:
        return Proposals(own_address.values, _PAGE_FAILURES.get(answer.seen, NO_ANSWER))
    if answer.media_type in _FILES:
        return Proposals(own_address.values, "unreadable")
    page = page_metadata(answer.body, answer.content_type, answer.url)
    if not page:
        return Proposals(own_address.values, page.failure)
    work = identify(page.get("doi"))
    if work.kind is IdentifierKind.TITLE:
        return page
    try:
        registered = (
            _registered(work.value, fetch) if work.kind is IdentifierKind.DOI else _of_arxiv(work, "", fetch)
        )
    except RegistryFailure:
        return page
    if registered and compare_titles(page.get("title"), registered.get("title")) == TitleMatch.OTHER:
        return page.leave_out("doi")  # the page names the DOI of another work
    return registered.leave_out("url").or_else(page)


# -- answers of registries --


def fetch_json(url: str, fetch: Fetch = fetch) -> Any:
    """Return the JSON at a registry's address; None if it does not know the work. Raises RegistryFailure, NotYet."""
    answer = _ask(url, fetch)
    if answer is None:
        return None
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise RegistryFailure(NOT_UNDERSTOOD) from error


def _ask(url: str, fetch: Fetch) -> FetchAnswer | None:
    answer = fetch(url, scheduled=False)
    if answer.seen == FetchResult.OK:
        return answer
    if answer.seen in (FetchResult.NOT_FOUND, FetchResult.SOFT_404) or answer.status in (400, 422):
        return None
    raise RegistryFailure(BUSY if answer.status == 429 else NO_ANSWER)  # noqa: PLR2004 - Too Many Requests
