"""Works to cite, before they are written in any format: a source, or a page at one of its revisions."""

import re
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from controversies.document.types import Document, Source
from controversies.models import SourceKind

from .names import Name, NameIndex, name_index, split

PAGE = "page"  # the kind of a page of this site; all others are those of sources
STATUTE, CASE = "statute", "case"  # what a legal document is, as far as formats tell them apart


@dataclass(frozen=True, kw_only=True, slots=True)
class CitedWork:
    """One work, with what reference managers ask for. Text is of one line; what is not known is ""."""

    key: str  # by which papers refer to it: unique in its file, of a-z, 0-9 and "-"
    kind: str  # a SourceKind, CASE or STATUTE for LEGAL, or PAGE
    title: str
    names: tuple[Name, ...] = ()
    others: bool = False  # whether there are authors besides those named
    container: str = ""  # the journal, newspaper or site that it is part of
    publisher: str = ""
    volume: str = ""
    number: str = ""  # of the issue
    page: str = ""  # the first
    docket: str = ""
    court: str = ""  # that decided a case, which has no author then
    date: str = ""  # as far as it is known: "2024", "2024-07", "2024-07-23" or ""
    url: str = ""
    doi: str = ""
    isbn: str = ""
    arxiv: str = ""
    accessed: str = ""  # day, "2026-11-25"
    version: str = ""
    language: str = ""  # a tag of BCP 47
    note: str = ""


# "Science 386(6718)" and "Nature 635"; "99 Texas Law Review 743", as lawyers write it.
_VOLUME_LAST = re.compile(r"(?P<container>\D.*?),? (?P<volume>\d{1,4})(?: ?\((?P<number>[^()]+)\))?")
_VOLUME_FIRST = re.compile(r"(?P<volume>\d{1,4}) (?P<container>\D+?) (?P<page>\d+)")
_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")
_ARXIV = r"(?P<id>\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?)"
_ARXIV_WORDS = re.compile(rf"[\s;,(]*arXiv:\s?{_ARXIV}\)?", re.IGNORECASE)
_ARXIV_URL = re.compile(rf"https?://(?:www\.)?arxiv\.org/(?:abs|pdf)/{_ARXIV}(?:\.pdf)?/?", re.IGNORECASE)
_ARXIV_DOI = re.compile(rf"10\.48550/arxiv\.{_ARXIV}", re.IGNORECASE)
_PARTIES = re.compile(r"\s(?:v|vs)\.?\s|^(?:in re|ex parte)\s|\bcomplaint\b|\bbrief\b", re.IGNORECASE)
_COURT = re.compile(r"\b(?:court|tribunal|gericht|cour|corte)\b|gerichtshof\b", re.IGNORECASE)
_DOCKET = re.compile(r"\b(?:No|Nos|Case|Docket)\b\.? ?\S*\d", re.IGNORECASE)


def of_source(source: Source, on_record: NameIndex | None = None) -> CitedWork:
    """A source; `on_record` are names of which it is known whether they are people's."""
    title, publisher = _line(source.title), _line(source.publisher)
    names, others = split(source.authors, on_record or NameIndex())
    if len(names) == 1 and names[0].whole == "" and _line(source.authors) == publisher:
        names = (Name(whole=publisher),)  # who publishes under its own name is no person
    arxiv, publisher = _arxiv(source, publisher)
    work = CitedWork(
        key=source.slug,
        kind=source.kind,
        title=title,
        names=names,
        others=others,
        publisher=publisher,
        date=source.date,
        url=_line(source.url),
        doi=_line(source.doi),
        isbn=source.isbn,
        arxiv=arxiv,
        accessed=source.read_on,
        note=_("Archived copy: %s") % _line(source.archive_url) if source.archive_url else "",
    )
    return _with_container(work)


def _with_container(item: CitedWork) -> CitedWork:
    """Move the publisher's text to the fields that a work of its kind has for it: journal, volume, docket."""
    text = item.publisher
    if item.kind == SourceKind.ARTICLE and text:
        match = _VOLUME_FIRST.fullmatch(text) or _VOLUME_LAST.fullmatch(text)
        if match and not _YEAR.fullmatch(match["volume"]):
            details: dict[str, Any] = {name: value or "" for name, value in match.groupdict().items()}
            return replace(item, publisher="", **details)
        return replace(item, publisher="", container=text)
    if item.kind in (SourceKind.NEWS, SourceKind.BLOG):
        return replace(item, publisher="", container=text)
    if item.kind == SourceKind.LEGAL:
        if len(item.names) == 1 and _COURT.search(item.names[0].whole):
            return replace(item, kind=CASE, publisher="", docket=text, court=item.names[0].whole, names=())
        if _PARTIES.search(item.title) or _DOCKET.search(text):
            return replace(item, kind=CASE, publisher="", docket=text)
        return replace(item, kind=STATUTE)
    return item


def _arxiv(source: Source, publisher: str) -> tuple[str, str]:
    """Return the arXiv number of a source, and its publisher without that number."""
    match = _ARXIV_WORDS.search(publisher)
    if match:
        rest = (publisher[: match.start()] + publisher[match.end() :]).strip(" ;,")
        return match["id"], rest or "arXiv"
    match = _ARXIV_URL.fullmatch(source.url) or _ARXIV_DOI.fullmatch(source.doi)
    return (match["id"], publisher or "arXiv") if match else ("", publisher)


def of_document(document: Document) -> tuple[CitedWork, ...]:
    """Every source that the document cites, in its order, each with a key of its own."""
    on_record = name_index(document.backers)
    items = [of_source(source, on_record) for source in document.sources]
    used_keys: set[str] = set()
    for i, (source, item) in enumerate(zip(document.sources, items, strict=True)):
        if item.key in used_keys:
            items[i] = replace(item, key=f"{item.key}-{source.key}")
        used_keys.add(items[i].key)
    return tuple(items)


def of_page(
    document: Document,
    *,
    number: int,
    date: str,
    digest: str,
    url: str,
    site: str,
    licence: str,
    accessed: str,
    logged: str = "",
    part: tuple[str, str, str] | None = None,
) -> CitedWork:
    """Return a page as a work: its revision of this number, of this date; `licence` names the owner of the text.

    `part` is the anchor, name and text of the one part of the page that is cited, None for the whole. `logged` says
    where the revision is in the public log, by which the note can be held against the site.
    """
    note = _("Revision %(number)d, with the digest %(digest)s.") % {"number": number, "digest": digest}
    key, title = f"{document.head.slug}-revision-{number}", _line(document.head.title)
    if part is not None:
        anchor, name, text = part
        key, url = f"{key}-{anchor}", f"{url}#{anchor}"
        title = _("%(part)s, “%(text)s”, of “%(page)s”") % {"part": name, "text": _line(text), "page": title}
    return CitedWork(
        key=key,
        kind=PAGE,
        title=title,
        container=_line(site),
        date=date,
        url=url,
        accessed=accessed,
        version=str(number),
        language=document.head.language,
        note=" ".join(filter(None, (note, logged, _line(licence)))),
    )


def _line(text: str) -> str:
    return " ".join(text.split())
