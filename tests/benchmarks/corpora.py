"""Writes corpora of any size without a database, as any program could that knows the format."""

import datetime
import hashlib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from controversies.document import canonical
from controversies.document.types import Document
from controversies.history.revisions import revision_digest
from controversies.interchange.corpus.format import FORMAT, RIGHTS, VERSION, Tally, moment
from tests.factories import START, document_factory, revise, topic_block

SMALL = {"positions": 4, "points": 3, "backings": 10, "citations": 5, "backers": 10, "sources": 5}


def write(path: Path, *, pages: int, revisions: int) -> None:
    """A corpus of so many pages with so many revisions altogether, each of which changes one block."""
    topic = topic_block()
    most = -(-revisions // pages)
    counts = [min(most, revisions - i * most) for i in range(pages)]
    keys = sorted(str(uuid.uuid4()) for _ in counts)
    documents = [document_factory(key=key, topic=topic, **SMALL) for key in keys]  # type: ignore[arg-type]  # counts
    newest = max(_time(i, count) for i, count in enumerate(counts))
    header = {"format": FORMAT, "version": VERSION, "pages": pages, "revisions": revisions, "rights": RIGHTS}
    site = {"name": settings.SITE_NAME, "url": settings.SITE_URL}
    tally = Tally()
    with path.open("wb") as file:

        def tell(line: bytes, sort: str = "") -> None:
            tally.add(line, sort)
            file.write(line + b"\n")

        tell(canonical.dumps({**header, "site": site, "newest": moment(newest)}))
        tell(canonical.dumps({"topic": canonical.to_json(topic)}), "topics")
        for name in ("backers", "sources"):
            shared = sorted((part for d in documents for part in getattr(d, name)), key=lambda part: part.key)
            for part in shared:
                tell(canonical.dumps({name[:-1]: canonical.to_json(part)}), name)
        for i, (document, count) in enumerate(zip(documents, counts, strict=True)):
            begin = {"page": document.key, "slug": document.head.slug, "revisions": count}
            tell(canonical.dumps(begin), "pages")
            for sort, line in _page(i, document, count):
                tell(line, sort)
        file.write(canonical.dumps(tally.footer()) + b"\n")


def _time(page: int, number: int) -> datetime.datetime:
    return START + datetime.timedelta(minutes=10 * number + page % 10)


def _page(page: int, document: Document, count: int) -> Iterator[tuple[str, bytes]]:
    parent, before = None, None
    texts: dict[str, bytes] = {}
    digests: dict[str, bytes] = {}
    for number in range(1, count + 1):
        if before is not None:
            document = revise(before, number)
        changed = [b for b in document.blocks() if before is None or before.by_key.get(b.key) != b]
        for block in changed:
            texts[block.key] = canonical.encode(document, block)
            digests[block.key] = hashlib.sha256(texts[block.key]).digest()
        whole = canonical.combine((block.key, digests[block.key]) for block in document.blocks())
        told = {
            "author": f"Editor {number % 7}",
            "summary": f"Change number {number}.",
            "time": _time(page, number),
        }
        parent = revision_digest(parent=parent, document=whole, **told)  # type: ignore[arg-type]  # by name
        line: dict[str, Any] = {**told, "time": moment(_time(page, number)), "revision": number}
        line |= {"changed": [block.key for block in changed], "document": whole.hex(), "digest": parent.hex()}
        if before is None:
            line["order"] = [block.key for block in document.blocks()]
        yield "revisions", canonical.dumps(line)
        for block in changed:
            yield "blocks", texts[block.key]
        before = document
