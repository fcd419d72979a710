"""The Merkle tree of RFC 6962, section 2.1, over SHA-256: hashes, proofs of inclusion and of consistency.

A tree's hashes are looked up by full subtree (`Subtree`): from the leaves alone, from tiles or from a database. Proofs
and roots ask for O(log n) of them. Hashes are 32 bytes, indexes count from 0, ranges of leaves leave out their end.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Subtree:
    """The full subtree of the 2^height leaves from index · 2^height on. A leaf has height 0."""

    height: int
    index: int


@dataclass(frozen=True, slots=True)
class Range:
    """The leaves of one node of a tree, from `start` up to, and without, `end`."""

    start: int
    end: int


type Lookup = Callable[[Subtree], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf: SHA-256 of a zero byte and the entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(first: bytes, second: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256 of a one byte and the hashes of its two children."""
    return hashlib.sha256(b"\x01" + first + second).digest()


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root of a tree from the hashes of all its leaves, in O(log n) memory."""
    stack: list[tuple[int, bytes]] = []  # heights and hashes of full subtrees, each higher than the next
    for leaf in leaf_hashes:
        height, value = 0, leaf
        while stack and stack[-1][0] == height:
            value = node_hash(stack.pop()[1], value)
            height += 1
        stack.append((height, value))
    return _fold([value for _height, value in stack])


def _fold(hashes: list[bytes]) -> bytes:
    """Return the root over full subtrees given from left to right, each higher than the next."""
    if not hashes:
        return EMPTY_ROOT
    value = hashes[-1]
    for sibling in reversed(hashes[:-1]):
        value = node_hash(sibling, value)
    return value


def full_subtrees(leaves: Range) -> list[Subtree]:
    """Return the full subtrees that a node of a tree consists of, from left to right."""
    subtrees, start = [], leaves.start
    while start < leaves.end:
        height = (leaves.end - start).bit_length() - 1
        subtrees.append(Subtree(height, start >> height))
        start += 1 << height
    return subtrees


def range_hash(leaves: Range, lookup: Lookup) -> bytes:
    """Return the hash of a node of a tree; of the range from 0, the root of the tree of so many leaves."""
    return _fold([lookup(subtree) for subtree in full_subtrees(leaves)])


def root(size: int, lookup: Lookup) -> bytes:
    """Return the root of the tree of the first `size` leaves."""
    return range_hash(Range(0, size), lookup)


# -- proofs --


def _left_size(size: int) -> int:
    """The leaves of the left child of a tree: the largest power of two below the tree's size."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return the nodes of the proof that a leaf is in the tree of this size, from the leaf up (RFC 6962, 2.1.1).

    Raises ValueError for a leaf that is not.
    """
    if not 0 <= index < size:
        raise ValueError(f"A tree of {size} leaves has no leaf {index}.")
    ranges, start, end = [], 0, size
    while end - start > 1:
        middle = start + _left_size(end - start)
        if index < middle:
            ranges.append(Range(middle, end))
            end = middle
        else:
            ranges.append(Range(start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Return the nodes of the proof that the tree of `new` leaves begins with that of `old` (RFC 6962, 2.1.2).

    None for an empty old tree, or the same. Raises ValueError for sizes that are no such pair.
    """
    if not 0 <= old <= new:
        raise ValueError(f"A tree of {new} leaves does not begin with one of {old}.")
    if old in (0, new):
        return []
    ranges, start, end, is_whole = [], 0, new, True  # whether the old tree is a node of the new one so far
    while end != old:
        middle = start + _left_size(end - start)
        if old <= middle:
            ranges.append(Range(middle, end))
            end = middle
        else:
            ranges.append(Range(start, middle))
            start, is_whole = middle, False
    return [*([] if is_whole else [Range(start, end)]), *ranges[::-1]]


def inclusion_proof(index: int, size: int, lookup: Lookup) -> list[bytes]:
    """Return the hashes that prove that a leaf is in the tree of this size, from the leaf up. Raises ValueError."""
    return [range_hash(leaves, lookup) for leaves in inclusion_ranges(index, size)]


def consistency_proof(old: int, new: int, lookup: Lookup) -> list[bytes]:
    """Return the hashes that prove that the tree of `new` leaves begins with that of `old`. Raises ValueError."""
    return [range_hash(leaves, lookup) for leaves in consistency_ranges(old, new)]


def verify_inclusion(proof: Iterable[bytes], index: int, size: int, leaf: bytes, root: bytes) -> bool:
    """Return whether the proof leads from the hash of the leaf at this index to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            value = node_hash(sibling, value)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and value == root


def verify_consistency(proof: Iterable[bytes], old: int, new: int, old_root: bytes, new_root: bytes) -> bool:
    """Return whether the proof leads from the old tree's root to the new one's (RFC 9162, 2.1.4.2).

    Everything follows an empty tree, whose proof is empty.
    """
    path = list(proof)
    if not 0 <= old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    from_old = from_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            from_old, from_new = node_hash(sibling, from_old), node_hash(sibling, from_new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            from_new = node_hash(from_new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and from_old == old_root and from_new == new_root
