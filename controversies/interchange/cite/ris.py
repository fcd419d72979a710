"""RIS, which nearly every reference manager reads. Written by rispy."""

import re

import rispy

from controversies.models import SourceKind

from .cited_work import CASE, PAGE, STATUTE, CitedWork
from .names import Name

TYPES = {
    SourceKind.ARTICLE: "JOUR",
    SourceKind.PREPRINT: "UNPB",
    SourceKind.REPORT: "RPRT",
    SourceKind.BOOK: "BOOK",
    SourceKind.NEWS: "NEWS",
    SourceKind.BLOG: "BLOG",
    SourceKind.DATASET: "DATA",
    SourceKind.MEDIA: "ADVS",
    SourceKind.OTHER: "GEN",
    CASE: "CASE",
    STATUTE: "STAT",
    PAGE: "ELEC",
}


class _RisFormat(rispy.RisWriter):  # type: ignore[misc]  # rispy publishes no types
    """The format itself: no number before each reference, lines that end with CR and LF."""

    NEWLINE = "\r\n"

    def set_header(self, count: int) -> str:
        return ""


def write(items: tuple[CitedWork, ...]) -> str:
    """A file of these items."""
    return rispy.dumps([_reference(item) for item in items], implementation=_RisFormat)


def _reference(item: CitedWork) -> dict[str, str | list[str]]:
    names = [_name(name) for name in item.names]
    if item.others:
        names.append("others")
    fields: dict[str, str | list[str]] = {
        "type_of_reference": TYPES[item.kind],
        "id": item.key,
        "title": item.title,
        "authors": names,
        "secondary_title": item.container,
        "publisher": item.court or item.publisher,
        "volume": item.volume,
        "number": item.number,
        "start_page": item.page,
        "note": item.docket or (f"arXiv:{item.arxiv}" if item.arxiv else ""),  # M1, "Number"
        "edition": item.version,
        "language": item.language,
        "year": item.date[:4],
        "date": _date(item.date),
        "access_date": _date(item.accessed),
        "doi": item.doi,
        "issn": item.isbn,  # SN, of books their ISBN
        "urls": [item.url] if item.url else [],
        "notes": [item.note] if item.note else [],
    }
    return {name: value for name, value in fields.items() if value}


def _name(name: Name) -> str:
    """Family name, given name, suffix. RIS takes a comma for what stands between those, so a whole name has none."""
    if name.whole:
        return re.sub(r"\s*,\s*", " – ", name.whole).strip(" –")
    return ", ".join(part for part in (name.family, name.given_name, name.suffix) if part)


def _date(date: str) -> str:
    """A date in the form of RIS, with a slash after each missing part too: "2024/07//"."""
    return "/".join([*date.split("-"), "", ""][:3]) + "/" if date else ""
