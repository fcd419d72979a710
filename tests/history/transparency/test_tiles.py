"""Tiles and their addresses, held against c2sp.org/tlog-tiles and aics-tlog, which is not ours."""

import re

import pytest
from aics_tlog import tiles as other
from hypothesis import given
from hypothesis import strategies as st

from controversies.history.transparency import merkle, tiles
from controversies.history.transparency.tiles import ENTRIES, Tile

from . import rfc6962


@pytest.mark.parametrize(
    ("address", "tile"),
    [
        ("0/x001/x234/067", Tile(0, 1234067)),  # the example of the specification
        ("0/000", Tile(0, 0)),
        ("63/999.p/255", Tile(63, 999, 255)),
        ("1/x001/000.p/1", Tile(1, 1000, 1)),
        ("entries/001.p/9", Tile(ENTRIES, 1, 9)),
        ("entries/x123/456", Tile(ENTRIES, 123456)),
    ],
)
def test_address_is_read_and_written(address, tile):
    assert tiles.parse_address(address) == tile
    assert tile.address == address


@pytest.mark.parametrize(
    "address",
    [
        *("", "0", "0/", "/0/000", "0/0", "0/00", "0/0000", "0/001/", "0//001", "0/001 ", "0/001\n", "0/-01"),
        *("00/000", "01/000", "64/000", "-1/000", "a/000", "Entries/000", "data/000"),
        *("0/x000/001", "0/001/002", "0/x001", "0/x001/x002", "0/X001/002", "0/x01/002", "0/x0001/002"),
        *("0/000.p/0", "0/000.p/256", "0/000.p/01", "0/000.p/", "0/000.p", "0/000p/1", "0/000.p/1/"),
        *("0/٠٠١", "٠/001", "0/001.p/٣", "0/x001/x002/x003/x004/x005/x006/x007/008"),
    ],
)
def test_other_addresses_are_refused(address):
    assert tiles.parse_address(address) is None


@given(st.integers(0, 63), st.integers(0, 10**18 - 1), st.integers(1, 256))
def test_addresses_are_the_other_library_s(level, index, width):
    tile = Tile(level, index, width)

    assert "tile/" + tile.address == other.tile_path(level, index, None if width == 256 else width)
    assert tiles.parse_address(tile.address) == tile
    bundle = Tile(ENTRIES, index, width)
    assert "tile/" + bundle.address == other.entry_bundle_path(index, None if width == 256 else width)
    assert tiles.parse_address(bundle.address) == bundle


@given(st.text(st.sampled_from("0123456789x/.pentris"), max_size=24))
def test_address_has_one_form(text):
    tile = tiles.parse_address(text)

    assert tile is None or tile.address == text


def test_tiles_of_the_example_of_the_specification():
    levels = [list(tiles.tiles_of(70_000, level)) for level in range(4)]

    assert levels[0] == [*(Tile(0, n) for n in range(273)), Tile(0, 273, 112)]
    assert levels[1] == [Tile(1, 0), Tile(1, 1, 17)]
    assert levels[2] == [Tile(2, 0, 1)]
    assert levels[3] == []
    assert list(tiles.tiles_of(256, 0)) == [Tile(0, 0)]
    assert list(tiles.tiles_of(256, 1)) == [Tile(1, 0, 1)]


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 700, 65_536 + 300])
def test_tiles_put_together_give_the_root_and_are_the_other_library_s(size):
    entries = [b"entry %d" % n for n in range(size)]
    hashes = [[merkle.leaf_hash(entry) for entry in entries]]
    while len(hashes[-1]) >= 256:
        below = hashes[-1]
        hashes.append([rfc6962.root(below[n : n + 256]) for n in range(0, len(below) // 256 * 256, 256)])
    every = [tile for level in range(len(hashes)) for tile in tiles.tiles_of(size, level)]
    content = {
        tile.address: b"".join(hashes[tile.level][tile.first : tile.first + tile.width]) for tile in every
    }
    bundles = {
        tile.address: tiles.join_entries(entries[tile.first : tile.first + tile.width])
        for tile in tiles.tiles_of(size, ENTRIES)
    }

    assert {f"tile/{address}": data for address, data in (content | bundles).items()} == (
        other.materialise_tiles(entries)
    )
    assert [entry for data in bundles.values() for entry in tiles.split_entries(data)] == entries
    kept = {tile.address: tiles.split_hashes(content[tile.address]) for tile in every}

    def hash_at(level: int, index: int) -> bytes:
        [tile] = [each for each in tiles.tiles_of(size, level) if each.index == index // 256]
        return kept[tile.address][index % 256]

    assert merkle.root(size, tiles.lookup_in(hash_at)) == merkle.root_of(hashes[0])


@given(st.integers(0, 2**40), st.integers(0, 6), st.integers(0, 2**33), st.integers(1, 256))
def test_tile_is_in_a_tree_that_has_all_of_it(size, level, index, width):
    tile = Tile(level, index, width)

    assert tile.is_in(size) == ((index * 256 + width) * 256**level <= size)
    assert Tile(ENTRIES, index, width).is_in(size) == Tile(0, index, width).is_in(size)


def test_what_was_cut_off_is_refused():
    bundle = tiles.join_entries([b"one", b"", b"three"])
    assert tiles.split_entries(bundle) == [b"one", b"", b"three"]
    for end in range(1, len(bundle)):
        if end not in (5, 7):  # where an entry ends
            with pytest.raises(ValueError, match="whole entries"):
                tiles.split_entries(bundle[:end])
    with pytest.raises(ValueError, match="whole hashes"):
        tiles.split_hashes(bytes(33))
    with pytest.raises(OverflowError, match=re.escape("int too big to convert")):
        tiles.join_entries([bytes(65_536)])
