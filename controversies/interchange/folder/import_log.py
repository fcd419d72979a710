"""The log of imports: the content of each file at its last import.

A file is known by the name that it is imported by. One of a new name goes on from the file whose text is most like
it: folders are moved, and a page may be in two of them, each made from another state of it.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.utils import timezone

from controversies import models as m
from controversies.document import parse
from controversies.document.canonical import document_json
from controversies.document.types import Document

_MOST = 5  # files of one page or backer that are remembered


_NUMBERS = "numbers"  # beside the document's own fields


def stored_document(document: Document, numbers: Sequence[str] | None) -> dict[str, Any]:
    """Return a document for storage; `numbers` are the sources that its numbers mean, if not in its own order."""
    content = document_json(document, full=False)
    return {**content, _NUMBERS: list(numbers)} if numbers else content


def document_of(row: m.ImportedFile) -> Document:
    """Return the page that a file contained at its last import."""
    return parse.document({name: value for name, value in row.content.items() if name != _NUMBERS})


def numbers_of(row: m.ImportedFile | None) -> list[str] | None:
    """The sources that its marks by number meant, if not in its own order."""
    return row.content.get(_NUMBERS) if row else None


class ImportLog:
    """The last imports of some pages and backers, by key; reading them is one query, writing them three."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.rows: dict[str, list[m.ImportedFile]] = defaultdict(list)
        for row in (
            m.ImportedFile.objects.filter(key__in=list(keys)).defer("text").order_by("-imported_at", "-id")
        ):
            self.rows[str(row.key)].append(row)

    def of_file(self, key: str, file: str) -> m.ImportedFile | None:
        """The last import of this very file."""
        return next((row for row in self.rows.get(key, ()) if row.file == file), None)

    def is_seen(self, key: str, file: str, digest: bytes) -> bool:
        """Whether this text is what was imported last, of this file or, if it is new, of any."""
        own = self.of_file(key, file)
        return any(bytes(row.digest) == digest for row in ([own] if own else self.rows.get(key, ())))

    def last(self, key: str, file: str, unlike: Callable[[m.ImportedFile], int]) -> m.ImportedFile | None:
        """The import that this file goes on from; of several others, the one that it is least `unlike`."""
        rows = self.rows.get(key, [])
        return self.of_file(key, file) or (min(rows, key=unlike) if len(rows) > 1 else next(iter(rows), None))


def stored_text(data: bytes) -> str:
    """A file's bytes as they are kept, so that an export can give them back; "" for what is not in UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return ""


def latest_imports(keys: Iterable[str]) -> dict[str, m.ImportedFile]:
    """The last import of each of these pages and backers; one query."""
    rows = m.ImportedFile.objects.filter(key__in=list(keys)).order_by("key", "-imported_at", "-id")
    return {str(row.key): row for row in rows.distinct("key")}


def save_imports(imports: Iterable[m.ImportedFile]) -> None:
    """Store the content of files with the newest revision of each page, and delete the oldest beyond the limit."""
    rows = list(imports)
    keys = {uuid.UUID(str(row.key)) for row in rows}
    numbers = dict(
        m.Revision.objects.filter(controversy_id__in=keys)
        .order_by("controversy_id", "-number")
        .distinct("controversy_id")
        .values_list("controversy_id", "number")
    )
    now = timezone.now()
    for row in rows:
        row.imported_at, row.number = now, numbers.get(uuid.UUID(str(row.key)), 0)
    m.ImportedFile.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["key", "file"],
        update_fields=["digest", "content", "text", "number", "imported_at"],
        batch_size=100,
    )
    ids_by_key: dict[uuid.UUID, list[int]] = defaultdict(list)
    every = (
        m.ImportedFile.objects.filter(key__in=keys).order_by("-imported_at", "-id").values_list("key", "id")
    )
    for key, row_id in every:
        ids_by_key[key].append(row_id)
    if old := [row_id for ids in ids_by_key.values() for row_id in ids[_MOST:]]:
        m.ImportedFile.objects.filter(pk__in=old).delete()
