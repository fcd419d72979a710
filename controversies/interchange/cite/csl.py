"""CSL-JSON, which citation processors and reference managers read: https://citationstyles.org."""

import json
from typing import Any

from controversies.models import SourceKind

from .cited_work import CASE, PAGE, STATUTE, CitedWork
from .names import Name

TYPES = {
    SourceKind.ARTICLE: "article-journal",
    SourceKind.PREPRINT: "article",
    SourceKind.REPORT: "report",
    SourceKind.BOOK: "book",
    SourceKind.NEWS: "article-newspaper",
    SourceKind.BLOG: "post-weblog",
    SourceKind.DATASET: "dataset",
    SourceKind.MEDIA: "broadcast",
    SourceKind.OTHER: "document",
    CASE: "legal_case",
    STATUTE: "legislation",
    PAGE: "webpage",
}


def write(items: tuple[CitedWork, ...]) -> str:
    """A list of these items, as JSON; a field a line."""
    entries = (
        ",\n".join(f"    {_json(name)}: {_json(value)}" for name, value in _entry(item).items())
        for item in items
    )
    return "[" + ",".join(f"\n  {{\n{entry}\n  }}" for entry in entries) + "\n]\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _entry(item: CitedWork) -> dict[str, Any]:
    by = [_name(name) for name in item.names]
    if item.others:
        by.append({"literal": "others"})  # CSL has no word for it; pandoc writes the same
    fields: dict[str, Any] = {
        "id": item.key,
        "type": TYPES[item.kind],
        "title": item.title,
        "language": item.language,
        "author": by,
        "authority": item.court,
        "container-title": item.container,
        "publisher": item.publisher,
        "volume": item.volume,
        "issue": item.number,
        "page": item.page,
        "number": item.docket or (f"arXiv:{item.arxiv}" if item.arxiv else ""),
        "version": item.version,
        "issued": _date(item.date),
        "accessed": _date(item.accessed),
        "DOI": item.doi,
        "ISBN": item.isbn,
        "URL": item.url,
        "note": item.note,
    }
    return {name: value for name, value in fields.items() if value}


def _name(name: Name) -> dict[str, str]:
    if name.whole:
        return {"literal": name.whole}
    parts = {"family": name.family, "given": name.given_name, "suffix": name.suffix}
    return {part: text for part, text in parts.items() if text}


def _date(date: str) -> dict[str, list[list[int]]] | None:
    return {"date-parts": [[int(part) for part in date.split("-")]]} if date else None
