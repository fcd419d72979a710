"""A whole history attributed in memory, for what rebuilds, tests and measures."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from controversies.document.types import Document

from .archive import MemoryArchive
from .attribution import Attribution, attribute
from .reading import FieldBlame, block_blame


class ReplayedRevision(NamedTuple):
    """A revision of a replay: its number, document and attribution, and the stored origins then, by key of block."""

    number: int
    document: Document
    attribution: Attribution
    origins: dict[str, bytes]

    def blame(self) -> dict[str, dict[str, FieldBlame]]:
        """The blame of every block by key and path, as `block_blame()` has it."""
        return {block.key: block_blame(block, self.origins[block.key]) for block in self.document.blocks()}


def replay(revisions: Iterable[tuple[int, Document, bool]]) -> Iterator[ReplayedRevision]:
    """Attribute a history's revisions in order, each given as number, document and whether it restores.

    Takes memory for all that ever left the page, and none for the documents.
    """
    archive = MemoryArchive()
    old: Document | None = None
    for number, document, restores in revisions:
        attribution = attribute(old, document, number, archive, restores=restores)
        archive.add(attribution.origins, attribution.former)
        yield ReplayedRevision(
            number, document, attribution, archive.origins([block.key for block in document.blocks()])
        )
        old = document
