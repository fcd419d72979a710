"""Rows beside the record that hold the words: proposals, suggestions, imported files, requests, the desk's log."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import Model

from controversies import models as m
from controversies.document import redact
from controversies.document.redact import NAME, RemovedWords, TextMatch

from .order import Finding, PlaceKind, RedactionOrder


@dataclass(slots=True)
class DeskRow:
    """A row beside the record, with the values to write into it."""

    row: Model
    values: dict[str, object]
    findings: list[Finding]

    def write(self) -> None:
        type(self.row)._base_manager.filter(pk=self.row.pk).update(**self.values)


type _Cleaner = Callable[[RemovedWords, Any], object]  # a value without the words


def desk_rows(order: RedactionOrder, keys: list[str] | None) -> Iterator[DeskRow]:
    """Read the rows that hold the words: all, or those of the pages with these keys."""
    for model, kind, cleaners, by_page in _COLUMNS:
        if kind not in order.kinds:
            continue
        rows = model._base_manager.order_by("pk")
        if keys is not None:
            rows = rows.filter(**{by_page: keys})
        for row in rows.iterator(chunk_size=200):
            values, findings = _clean(order.words, row, kind, cleaners)
            if values and isinstance(row, m.ImportedFile) and row.text:
                values["text"] = ""  # "content" has it, however its lines were broken
            if values:
                yield DeskRow(row, values, findings)


def _clean(
    words: RemovedWords, row: Model, kind: PlaceKind, cleaners: dict[str, _Cleaner]
) -> tuple[dict[str, object], list[Finding]]:
    """The columns of a row that hold the words, without them, and each place."""
    values: dict[str, object] = {}
    findings: list[Finding] = []
    for name, clean in cleaners.items():
        before = getattr(row, name)
        after = clean(words, before)
        if after == before:
            continue
        values[name] = after
        text = before if isinstance(before, str) else json.dumps(before, ensure_ascii=False)
        label = str(getattr(row._meta.get_field(name), "verbose_name", name))
        matches = redact.text_places(words, text, name, label) or [TextMatch(name, label, 1, "", "", "")]
        findings += [Finding(kind, "", str(row._meta.verbose_name), 0, match) for match in matches]
    return values, findings


def _prose(words: RemovedWords, text: str) -> str:
    return words.replace_in(text)


def _file(words: RemovedWords, text: str) -> str:
    """The text of a file, or "": line breaks, quotes and escapes may hide the words in it."""
    flat = " ".join(text.split())
    return "" if words.are_in(flat) or words.are_in_address(flat) or words.replace_in(flat) != flat else text


def _name(words: RemovedWords, text: str) -> str:
    return NAME if words.are_in(text) else text


def _source(words: RemovedWords, text: str) -> str:
    if words.are_in(text):
        return words.replace_in(text)
    return redact.URL if words.are_in_address(text) else text


def _email(words: RemovedWords, text: str) -> str:
    return "" if text and words.are_in_address(text) else text


def _document(words: RemovedWords, data: dict[str, object]) -> dict[str, object]:
    copy: dict[str, object] = json.loads(json.dumps(data))
    redact.redact_document_json(words, copy)
    return copy


def _json(words: RemovedWords, data: object, key: str = "") -> object:
    """JSON values without the words; `key` is that of the object around them."""
    if isinstance(data, dict):
        key = str(data.get("key") or key)
        return {name: _json(words, value, key) for name, value in data.items()}
    if isinstance(data, list):
        return [_json(words, value, key) for value in data]
    if not isinstance(data, str):
        return data
    if " " not in data and words.are_in_address(data):
        if data.startswith(("http://", "https://")):
            return f"{redact.URL}{key[:8]}"
        if not words.are_in(data):
            return f"{redact.SLUG}{key[:8]}"
    return words.replace_in(data)


def _address(words: RemovedWords, text: str) -> str:
    """A former address, or "": then it leads nowhere any more."""
    return "" if words.are_in_address(text) or words.are_in(text) else text


def _message(words: RemovedWords, text: str) -> str:
    """The message of a log entry, which may be JSON."""
    if text.startswith("["):
        try:
            data = json.loads(text)
        except ValueError:
            return words.replace_in(text)
        clean = _json(words, data)
        return json.dumps(clean) if clean != data else text
    return words.replace_in(text)


# By model: the kind of place, the function that cleans each column, and the lookup by pages.
_COLUMNS: list[tuple[type[Model], PlaceKind, dict[str, _Cleaner], str]] = [
    (
        m.Proposal,
        PlaceKind.PROPOSAL,
        {
            "document": _document,
            "reason": _prose,
            "author_name": _name,
            "reviewer_name": _name,
            "decision": _prose,
        },
        "controversy__in",
    ),
    (
        m.Suggestion,
        PlaceKind.SUGGESTION,
        {
            "wrong": _prose,
            "instead": _prose,
            "answer": _prose,
            "block_name": _prose,
            "source": _source,
            "email": _email,
            "name": _name,
            "editor_name": _name,
        },
        "controversy__in",
    ),
    (m.ImportedFile, PlaceKind.IMPORT, {"content": _json, "file": _prose, "text": _file}, "key__in"),
    (
        m.Merger,
        PlaceKind.SHARED,
        {"author_name": _name, "before": _json, "after": _json},
        "pages__has_any_keys",
    ),
    (m.FormerAddress, PlaceKind.SHARED, {"slug": _address}, "merger__pages__has_any_keys"),
    (
        m.RedactionRequest,
        PlaceKind.LOG,
        {"reason": _prose, "answer": _prose, "author_name": _name, "second_name": _name},
        "controversy__in",
    ),
    # Of no page: an order for some pages leaves them alone, for no text has the name of a page's key.
    (m.SiteText, PlaceKind.SITE, {"summary": _prose, "author_name": _name, "body": _prose}, "name__in"),
    (m.CitationTask, PlaceKind.LOG, {"reason": _prose}, "controversy_id__in"),
    (LogEntry, PlaceKind.LOG, {"object_repr": _prose, "change_message": _message}, "object_id__in"),
]
