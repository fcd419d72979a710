"""Crossref's REST API: works by DOI or title, and what became of them (https://api.crossref.org, JSON)."""

from typing import Any
from urllib.parse import quote

from controversies.kit.identifiers import doi_address
from controversies.models import SourceKind

from .dates import date_of_parts, earliest
from .values import Proposals, ValueOrigin, items, join_names, mapping, plain, plain_title, propose, volume_of

_KINDS = {
    **dict.fromkeys(("journal-article", "proceedings-article"), SourceKind.ARTICLE),
    "posted-content": SourceKind.PREPRINT,
    **dict.fromkeys(
        ("book", "monograph", "edited-book", "reference-book", "book-set", "book-series"), SourceKind.BOOK
    ),
    **dict.fromkeys(
        ("book-chapter", "book-section", "book-part", "book-track", "reference-entry"), SourceKind.BOOK
    ),
    **dict.fromkeys(("report", "report-component", "report-series", "standard"), SourceKind.REPORT),
    **dict.fromkeys(("dataset", "database"), SourceKind.DATASET),
}
_BOOKS = ("book", "monograph", "edited-book", "reference-book", "book-set")
_DATES = ("published", "published-print", "published-online", "issued", "posted")
_RESOLVERS = (
    "https://linkinghub.elsevier.com/",
    "http://linkinghub.elsevier.com/",
)  # they lead to a page by script
SSRN = "10.2139/ssrn."


def work_path(doi: str) -> str:
    """Return the path of a work."""
    return f"/works/{quote(doi, safe='')}"


def search_path(title: str) -> str:
    """Return the path of a search for a title."""
    return f"/works?query.bibliographic={quote(title, safe='')}&rows=5"


def read_work(data: object) -> Proposals:
    """Return what Crossref's answer about one work says of it; nothing if it is no such answer."""
    return read_message(mapping(data).get("message"))


def read_works(data: object) -> list[dict[str, Any]]:
    """Return the works of an answer to a search or a filter."""
    return [
        each for each in items(mapping(mapping(data).get("message")).get("items")) if isinstance(each, dict)
    ]


def read_message(message: object) -> Proposals:
    """Return what is said of one work."""
    work = mapping(message)
    doi, kind = plain(work.get("DOI")).lower(), plain(work.get("type"))
    title = plain_title(_first(work.get("title")), _first(work.get("subtitle")))
    if not title or not doi:
        return Proposals()
    return propose(
        ValueOrigin.CROSSREF,
        title=title,
        authors=join_names(_names(work.get("author")) or _names(work.get("editor"))),
        publisher=_published_in(work, doi, kind),
        date=earliest(date_of_parts(work.get(name)) for name in _DATES),
        kind=_kind(kind, plain(work.get("subtype"))),
        url=_address(work, doi),
        doi=doi,
        isbn=plain(_first(work.get("ISBN"))) if kind in _BOOKS else "",
    )


def _kind(kind: str, subtype: str) -> str:
    if kind == "posted-content" and subtype not in ("", "preprint"):
        return ""
    return _KINDS[kind].value if kind in _KINDS else ""


def _first(value: object) -> str:
    return next((each for each in items(value) if isinstance(each, str)), "")


def _names(people: object) -> list[str]:
    names = []
    for person in map(mapping, items(people)):
        parts = [plain(person.get(each)) for each in ("given", "family", "suffix")]
        names.append(
            " ".join(filter(None, parts)) or plain(person.get("name")) or plain(person.get("literal"))
        )
    return names


def _published_in(work: dict[str, Any], doi: str, kind: str) -> str:
    container = plain(_first(work.get("container-title")))
    if container and kind not in _BOOKS:
        return volume_of(container, work.get("volume"), work.get("issue"))
    if doi.startswith(SSRN):
        return f"SSRN {doi.removeprefix(SSRN)}"
    institution = plain(mapping(next(iter(items(work.get("institution"))), None)).get("name"))
    return institution or plain(work.get("publisher"))


def _address(work: dict[str, Any], doi: str) -> str:
    address = plain(mapping(mapping(work.get("resource")).get("primary")).get("URL"))
    return doi_address(doi) if not address or address.startswith(_RESOLVERS) else address
