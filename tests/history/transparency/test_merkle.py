"""The tree held against RFC 6962 as it is written, its published vectors, and aics-tlog, which is not ours."""

import hashlib
from base64 import b64decode

import aics_tlog
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controversies.history.transparency import merkle
from controversies.history.transparency.merkle import Range, Subtree

from . import rfc6962

SIZES = 300  # two tiles and more
LEAVES = [merkle.leaf_hash(b"leaf %d" % n) for n in range(SIZES)]
_KNOWN: dict[Subtree, bytes] = {}


def lookup(subtree: Subtree) -> bytes:
    if subtree not in _KNOWN:
        first = subtree.index << subtree.height
        _KNOWN[subtree] = rfc6962.root(LEAVES[first : first + (1 << subtree.height)])
    return _KNOWN[subtree]


# -- vectors of transparency-dev/merkle (Google's certificate-transparency tests): the tree of these eight leaves --

ENTRIES = "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEFT, SECOND, THIRD = (
    "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=",
    "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=",
    "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
)
INCLUSIONS = [
    (0, 8, LEFT, [SECOND, THIRD, "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ="]),
    (1, 5, SECOND, [LEFT, THIRD, "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms="]),
]
CONSISTENCIES = [
    (1, 8, [SECOND, THIRD, "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ="]),
    (
        6,
        8,
        [
            "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=",
            "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
            "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
        ],
    ),
]
PUBLISHED = [merkle.leaf_hash(bytes.fromhex(entry)) for entry in ENTRIES]


def published(subtree: Subtree) -> bytes:
    first = subtree.index << subtree.height
    return rfc6962.root(PUBLISHED[first : first + (1 << subtree.height)])


def test_hash_of_a_leaf_and_of_a_node_are_the_published_ones():
    assert merkle.leaf_hash(b"L123456").hex() == (
        "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    )
    assert merkle.node_hash(b"N123", b"N456").hex() == (
        "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    )
    assert hashlib.sha256().digest() == merkle.EMPTY_ROOT


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size):
    assert merkle.root(size, published).hex() == ROOTS[size]
    assert merkle.root_of(PUBLISHED[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "leaf", "proof"), INCLUSIONS)
def test_proofs_of_inclusion_are_the_published_ones(index, size, leaf, proof):
    hashes = [b64decode(each) for each in proof]

    assert merkle.inclusion_proof(index, size, published) == hashes
    assert merkle.verify_inclusion(hashes, index, size, b64decode(leaf), bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCIES)
def test_proofs_of_consistency_are_the_published_ones(old, new, proof):
    hashes = [b64decode(each) for each in proof]

    assert merkle.consistency_proof(old, new, published) == hashes
    assert merkle.verify_consistency(hashes, old, new, *(bytes.fromhex(ROOTS[n]) for n in (old, new)))


# -- every size, every index --


def test_root_of_every_size_is_that_of_the_definition():
    for size in range(SIZES + 1):
        root = rfc6962.root(LEAVES[:size])
        assert merkle.root(size, lookup) == root
        assert merkle.root_of(LEAVES[:size]) == root


def test_proof_of_every_leaf_in_every_size_verifies_and_is_the_other_library_s():
    other = aics_tlog.MerkleTree(b"leaf %d" % n for n in range(SIZES))
    for size in range(1, 130):
        root = merkle.root(size, lookup)
        assert root == other.root(size)
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, lookup)
            assert merkle.verify_inclusion(proof, index, size, LEAVES[index], root)
            assert proof == other.inclusion_proof(index, size)
            assert aics_tlog.verify_inclusion(LEAVES[index], index, size, proof, root)


def test_proof_between_every_two_sizes_verifies_and_is_the_definition_s_and_the_other_library_s():
    other = aics_tlog.MerkleTree(b"leaf %d" % n for n in range(SIZES))
    roots = [merkle.root(size, lookup) for size in range(131)]
    for new in range(131):
        for old in range(new + 1):
            proof = merkle.consistency_proof(old, new, lookup)
            assert proof == rfc6962.consistency(old, LEAVES[:new])
            assert merkle.verify_consistency(proof, old, new, roots[old], roots[new])
            if old:
                assert proof == other.consistency_proof(old, new)
                assert aics_tlog.verify_consistency(old, new, roots[old], roots[new], proof)


@given(st.integers(1, SIZES), st.data())
def test_proof_of_inclusion_that_was_altered_does_not_verify(size, data):
    index = data.draw(st.integers(0, size - 1))
    root, proof = merkle.root(size, lookup), merkle.inclusion_proof(index, size, lookup)
    leaf = LEAVES[index]
    altered = altered_proofs(proof, data)
    for each in altered:
        assert not merkle.verify_inclusion(each, index, size, leaf, root)
    assert not merkle.verify_inclusion(proof, index, size, merkle.node_hash(leaf, leaf), root)
    assert not merkle.verify_inclusion(proof, index, size, leaf, merkle.node_hash(root, root))
    for other in {index - 1, index + 1, size, -1} - {index}:
        assert not merkle.verify_inclusion(proof, other, size, leaf, root)


@given(st.integers(2, SIZES), st.data())
def test_proof_of_consistency_that_was_altered_does_not_verify(new, data):
    old = data.draw(st.integers(1, new - 1))
    roots = merkle.root(old, lookup), merkle.root(new, lookup)
    proof = merkle.consistency_proof(old, new, lookup)
    for each in altered_proofs(proof, data):
        assert not merkle.verify_consistency(each, old, new, *roots)
    assert not merkle.verify_consistency(proof, old, new, *roots[::-1])
    assert not merkle.verify_consistency(proof, new, old, *roots)
    assert not merkle.verify_consistency(proof, old, old, roots[0], roots[0])
    for wrong in ((LEAVES[0][:31] + b"x", roots[1]), (roots[0], LEAVES[1][:31] + b"x")):
        assert not merkle.verify_consistency(proof, old, new, *wrong)


def altered_proofs(proof, data):
    """The proof with a hash lost, added or changed by a bit."""
    extra = hashlib.sha256(b"extra").digest()
    yield [*proof, extra]
    yield [extra, *proof]
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        bit = data.draw(st.integers(0, 255))
        changed = (int.from_bytes(proof[place], "big") ^ 1 << bit).to_bytes(32, "big")
        yield [*proof[:place], changed, *proof[place + 1 :]]
        yield proof[:place] + proof[place + 1 :]
        yield []


def test_nothing_follows_an_empty_tree_but_with_its_own_root():
    root = merkle.root(3, lookup)
    assert merkle.verify_consistency([], 0, 3, merkle.EMPTY_ROOT, root)
    assert not merkle.verify_consistency([], 0, 3, root, root)
    assert not merkle.verify_consistency([root], 0, 3, merkle.EMPTY_ROOT, root)
    assert not merkle.verify_consistency([root], 3, 3, root, root)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_no_proof_of_a_leaf_that_is_not_there(index, size):
    with pytest.raises(ValueError, match=f"A tree of {size} leaves has no leaf {index}"):
        merkle.inclusion_proof(index, size, lookup)


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3)])
def test_no_proof_between_sizes_that_do_not_follow(old, new):
    with pytest.raises(ValueError, match=f"A tree of {new} leaves does not begin with one of {old}"):
        merkle.consistency_proof(old, new, lookup)


def test_proofs_ask_for_few_hashes_however_large_the_tree():
    size = 1_000_000
    assert len(merkle.full_subtrees(Range(0, size))) == size.bit_count()
    for index in (0, 1, 524_287, 524_288, 999_999):
        ranges = merkle.inclusion_ranges(index, size)
        assert len(ranges) <= 20
        assert sum(len(merkle.full_subtrees(each)) for each in ranges) <= 40
