"""RFC 6962, section 2.1, as it is written: recursive and slow, to hold quicker code against."""

import hashlib


def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(count: int) -> int:
    """The largest power of two smaller than the count."""
    return 1 << (count - 1).bit_length() - 1


def root(leaves: list[bytes]) -> bytes:
    """MTH(D[n]) of leaf hashes."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    at = split(len(leaves))
    return node(root(leaves[:at]), root(leaves[at:]))


def consistency(old: int, leaves: list[bytes]) -> list[bytes]:
    """PROOF(m, D[n]); nothing from the empty tree."""

    def subproof(old: int, leaves: list[bytes], is_whole: bool) -> list[bytes]:
        if old == len(leaves):
            return [] if is_whole else [root(leaves)]
        at = split(len(leaves))
        if old <= at:
            return [*subproof(old, leaves[:at], is_whole), root(leaves[at:])]
        return [*subproof(old - at, leaves[at:], False), root(leaves[:at])]

    return subproof(old, leaves, True) if old else []


def inclusion(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]), from the leaf's sibling to the root's child."""
    if len(leaves) == 1:
        return []
    at = split(len(leaves))
    if index < at:
        return [*inclusion(index, leaves[:at]), root(leaves[at:])]
    return [*inclusion(index - at, leaves[at:]), root(leaves[:at])]
