"""Tiles, bundles of entries and their addresses, as c2sp.org/tlog-tiles has them.

A tile of level L holds up to 256 hashes: of leaves at level 0, above it of full subtrees of 256^L leaves. A bundle
holds the entries of a tile of level 0. A partial one has fewer than 256, and its number in its address.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .merkle import HASH_SIZE, Lookup, Subtree, node_hash

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT

type HashAt = Callable[[int, int], bytes]  # the hash of tiles at a level and index

# N is written in groups of three digits, the least that are needed; W from 1 to 255.
_INDEX = r"(?:(?!x000)x[0-9]{3}/(?:x[0-9]{3}/){0,4})?[0-9]{3}"
_WIDTH = r"(?:[1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])"
_ADDRESS = re.compile(
    rf"(?P<level>0|[1-9]|[1-5][0-9]|6[0-3]|entries)/(?P<index>{_INDEX})(?:\.p/(?P<width>{_WIDTH}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile or, at level -1, a bundle of entries: its first `width` hashes or entries."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def is_full(self) -> bool:
        return self.width == TILE_WIDTH

    @property
    def hash_level(self) -> int:
        """The level of the hashes, or 0 for a bundle, whose entries are those of a tile of level 0."""
        return max(self.level, 0)

    @property
    def first(self) -> int:
        """The index, at its level, of the first hash or entry."""
        return self.index * TILE_WIDTH

    def is_in(self, size: int) -> bool:
        """Whether the tree of this size has all of it."""
        return self.first + self.width <= size >> (TILE_HEIGHT * self.hash_level)

    @property
    def address(self) -> str:
        """The end of its address, after `…/tile/`."""
        digits = str(self.index).zfill((len(str(self.index)) + 2) // 3 * 3)
        groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
        path = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        level = "entries" if self.level < 0 else self.level
        return f"{level}/{path}" + ("" if self.is_full else f".p/{self.width}")


ENTRIES = -1  # the level of a bundle


def parse_address(address: str) -> Tile | None:
    """Return the tile with this address after `…/tile/`; None if it is written in any other way."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        return None
    level = ENTRIES if match["level"] == "entries" else int(match["level"])
    return Tile(
        level, int(match["index"].replace("x", "").replace("/", "")), int(match["width"] or TILE_WIDTH)
    )


def tiles_of(size: int, level: int) -> Iterator[Tile]:
    """Yield the tiles of a tree of this size at a level, a partial one last."""
    count = size >> (TILE_HEIGHT * max(level, 0))
    for index in range(count // TILE_WIDTH):
        yield Tile(level, index)
    if count % TILE_WIDTH:
        yield Tile(level, count // TILE_WIDTH, count % TILE_WIDTH)


def place_of(subtree: Subtree) -> tuple[int, int, int]:
    """Return the level of the tile whose hashes a subtree is the root of, the index of the first, and their number."""
    level, height = divmod(subtree.height, TILE_HEIGHT)
    return level, subtree.index << height, 1 << height


def lookup_in(hash_at: HashAt) -> Lookup:
    """Return the lookup of subtrees in tiles, of which `hash_at` gives the hash at a level and index."""

    def lookup(subtree: Subtree) -> bytes:
        level, first, count = place_of(subtree)
        hashes = [hash_at(level, index) for index in range(first, first + count)]
        while len(hashes) > 1:
            hashes = [node_hash(*pair) for pair in zip(hashes[::2], hashes[1::2], strict=True)]
        return hashes[0]

    return lookup


def split_hashes(content: bytes) -> list[bytes]:
    """Return the hashes of a tile. Raises ValueError for one that was cut off."""
    if len(content) % HASH_SIZE:
        raise ValueError("A tile consists of whole hashes.")
    return [content[start : start + HASH_SIZE] for start in range(0, len(content), HASH_SIZE)]


def join_entries(entries: Iterable[bytes]) -> bytes:
    """Return a bundle: each entry after its length in two bytes, big-endian."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def split_entries(content: bytes) -> list[bytes]:
    """Return the entries of a bundle. Raises ValueError for one that was cut off."""
    entries, place = [], 0
    while place < len(content):
        start = place + 2
        place = start + int.from_bytes(content[place:start], "big")
        if start > len(content) or place > len(content):
            raise ValueError("A bundle consists of whole entries.")
        entries.append(content[start:place])
    return entries
