"""Re-reads the record from its first byte: is every chain unbroken, every digest right, every row as recorded?"""

import hashlib
from collections.abc import Iterator

from django.utils.translation import gettext as _

from controversies import models as m
from controversies.document import canonical, rows

from . import read
from .record import revision_digest


def controversies() -> list[tuple[str, str]]:
    """The key and slug of every controversy, by slug."""
    return [
        (str(key), slug) for key, slug in m.Controversy.objects.order_by("slug").values_list("id", "slug")
    ]


def faults(key: str) -> Iterator[str]:
    """What is wrong with the record of this controversy, one line each; nothing if all is well.

    Memory grows with the page, not with its history. Run it within one snapshot (REPEATABLE READ) if others write.
    """
    parent: bytes | None = None
    last = 0
    live: dict[str, bytes] = {}
    standing: dict[str, tuple[int, bytes]] = {}  # the newest version of each block that stands by itself
    outline: list[str] = []
    blocks = _blocks(key)
    pending = next(blocks, None)
    for number, time, author, reviewer, summary, document, digest, withheld in _revisions(key):
        if number != last + 1:
            yield _("Revision %(number)s follows revision %(last)s.") % {"number": number, "last": last}
        last = number
        while pending is not None and pending.since <= number:
            block = pending
            pending = next(blocks, None)
            name = str(block.key)
            if block.key == m.Block.OUTLINE:
                outline = list(map(str, block.outline or ()))
            elif block.digest is None:
                live.pop(name, None)
            else:
                if block.body is not None and block.basis is None:
                    standing[name] = (block.since, bytes(block.body))
                yield from _block_faults(block, standing.get(name))
                live[name] = bytes(block.digest)
        if withheld:  # its content never came here: its digest stands for it in the chain
            parent = bytes(digest)
            continue
        if sorted(outline) != sorted(live):
            yield _("Revision %s: the list of its blocks does not name the blocks that it has.") % number
        elif canonical.combine((name, live[name]) for name in outline) != bytes(document):
            yield _("Revision %s: its document's digest is not that of its blocks.") % number
        expected = revision_digest(
            parent=parent,
            document=bytes(document),
            author=author,
            time=time,
            summary=summary,
            reviewer=reviewer,
        )
        if expected != bytes(digest):
            yield (
                _(
                    "Revision %s: its digest does not follow from the revision before, its author, time and reason."
                )
                % number
            )
        parent = bytes(digest)
    if pending is not None:
        yield _("There are blocks of revision %s, which does not exist.") % pending.since
    if not last:
        yield _("There is no revision of it.")
        return
    yield from _head_faults(key)


def _head_faults(key: str) -> Iterator[str]:
    try:
        newest = read.head(key)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        yield _("The newest revision cannot be read: %s") % error
        return
    now = rows.from_rows([key]).get(key)
    if newest is None:
        yield _("The newest revision cannot be read: %s") % _("a block is missing")
    elif now is None or canonical.digest(now) != newest.entry.document:
        yield _("Its rows are not what revision %s recorded.") % newest.number


def _block_faults(block: m.Block, standing: tuple[int, bytes] | None) -> Iterator[str]:
    if block.body is None:
        return  # removed by law: its digest stays, and the chain holds
    since, body = standing or (None, None)
    try:
        if block.basis is not None and block.basis != since:
            raise ValueError(block.basis)
        text = canonical.unpack(bytes(block.body), None if block.basis is None else body)
        whole = hashlib.sha256(text).digest() == bytes(block.digest or b"")
    except ValueError:
        whole = False
    if not whole:
        yield _("Revision %(since)s: block %(key)s is not what its digest says.") % {
            "since": block.since,
            "key": block.key,
        }


def _revisions(key: str) -> Iterator[tuple]:
    return (
        m.Revision.objects.filter(controversy_id=key)
        .order_by("number")
        .values_list(
            *("number", "time", "author_name", "reviewer_name", "summary", "document", "digest", "withheld")
        )
        .iterator(chunk_size=1000)
    )


def _blocks(key: str) -> Iterator[m.Block]:
    return m.Block.objects.filter(controversy_id=key).order_by("since", "key").iterator(chunk_size=1000)
