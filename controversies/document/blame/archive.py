"""Look-ups of what stood on the page earlier: the one thing that attribution needs besides two documents."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple, Protocol

MOST_SIMILAR = 64  # rows that `similar()` returns at most


class FormerText(NamedTuple):
    """A statement, field, part of a block or value that left the page, to be known again when it returns.

    `hash` is a signed 64-bit integer. With `grams`, signed 32-bit integers, it is a statement; without, it is known
    by its hash alone. `key` is the block in which it stood, `since` the revision that no longer has it, `body` its
    origins. Of those with one `hash` and `key` only the newest is kept.
    """

    hash: int
    key: str
    since: int
    grams: tuple[int, ...]
    body: bytes


class Archive(Protocol):
    """Look-ups within one controversy, as it was stored before the revision to be attributed.

    attribute() calls `origins` once, and once more if a sentence was copied from a block that did not change, `equal`
    once, and `similar` once if words are left that nothing else explains. None is called for nothing.
    """

    def origins(self, keys: Collection[str]) -> dict[str, bytes]:
        """The newest stored origins of these blocks, by key."""

    def equal(self, hashes: Collection[int]) -> Iterable[FormerText]:
        """The former texts with one of these hashes, in any order."""

    def similar(self, grams: Collection[int], since: int) -> Iterable[FormerText]:
        """The former texts that left in revision `since` or later and have one of these grams.

        Those that share the most grams come first, of these the newest, then by hash and key; MOST_SIMILAR at most.
        """


class MemoryArchive:
    """An archive in memory, to which the attributions of one history are added in order."""

    def __init__(self) -> None:
        self.newest: dict[str, bytes] = {}
        self.former: dict[int, dict[str, FormerText]] = defaultdict(dict)  # by hash and key
        self._by_gram: dict[int, set[tuple[int, str]]] = defaultdict(set)

    def add(self, origins: dict[str, bytes], former: Iterable[FormerText]) -> None:
        """Store the outcome of one attribution."""
        self.newest.update(origins)
        for text in former:
            self.former[text.hash][text.key] = text
            for gram in text.grams:
                self._by_gram[gram].add((text.hash, text.key))

    def origins(self, keys: Collection[str]) -> dict[str, bytes]:
        """The newest stored origins of these blocks, by key."""
        return {key: self.newest[key] for key in keys if key in self.newest}

    def equal(self, hashes: Collection[int]) -> list[FormerText]:
        """The former texts with one of these hashes."""
        return [text for each in hashes if each in self.former for text in self.former[each].values()]

    def similar(self, grams: Collection[int], since: int) -> list[FormerText]:
        """The former texts since this revision that have one of these grams, as Archive orders them."""
        shared = Counter(place for gram in grams for place in self._by_gram.get(gram, ()))
        texts = [(self.former[key][block], count) for (key, block), count in shared.items()]
        ranked = sorted(
            (-count, -text.since, text.hash, text.key) for text, count in texts if text.since >= since
        )
        return [self.former[key][block] for _count, _since, key, block in ranked[:MOST_SIMILAR]]
