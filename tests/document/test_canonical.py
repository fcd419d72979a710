"""The canonical form, written out: nobody changes it unawares, since what was recorded would read as tampered."""

import hashlib
import json
import zlib
from dataclasses import replace

import pytest

from controversies.document import canonical, types
from controversies.document.types import Document
from tests.factories import BIG, document_factory


def key(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def fixed() -> Document:
    """A document with every field given, and letters of several scripts."""
    head = types.Head(
        key=key(1),
        slug="open-weights",
        title="Open or closed weights",
        question="Should the weights be open?",
        topic=types.Topic(key=key(2), slug="models", title="Models"),
        status="active",
        status_summary="Argued — daily.",
        polarity="multi-axis",
        publication="published",
        attribution="The Ledger, CC BY-SA 4.0",
        reviewed_on="2026-01-02",
        reviewed_by="Edith Editor",
    )

    def cited(number: int) -> tuple[types.Citation, ...]:
        return (
            types.Citation(
                key=key(number), source=key(90), relation="supports", quote="“Ja.”", locator="p. 7"
            ),
        )

    return Document(
        head=head,
        context=types.Context(key=types.context_key(key(1)), text="One.\n\nTwo: שלום.", citations=cited(10)),
        points=(
            types.Point(key=key(20), title="Risk", body="How much?", kind="empirical", citations=cited(21)),
        ),
        positions=(
            types.Position(
                key=key(30),
                claim="Yes.",
                argument="Because \U0001f9ea.",
                confidence="low",
                confidence_reason="Thin.",
                stances=(types.Stance(point=key(20), text="Little.", citations=cited(31)),),
                backings=(
                    types.Backing(
                        key=key(32),
                        backer=key(80),
                        note="Said so.",
                        since="2023",
                        until="2024-07",
                        citations=cited(33),
                    ),
                ),
                citations=cited(34),
            ),
            types.Position(key=key(40), claim="No."),  # all else as by default
        ),
        backers=(
            types.Backer(
                key=key(80),
                slug="acme",
                name="Acme",
                kind="company",
                description="A firm.",
                website="https://acme.example/",
                aliases=("ACME", "The Acme"),
            ),
        ),
        sources=(
            types.Source(
                key=key(90),
                slug="on-weights",
                title="On weights",
                authors="A. Author",
                publisher="Journal 1",
                date="2024-07-23",
                kind="article",
                url="https://journal.example/1",
                doi="10.1000/1",
                archive_url="https://archive.example/1",
            ),
        ),
    )


GOLDEN = {
    "00000000-0000-4000-8000-000000000001": "15aa86ed0faab8e8a6cc795cf6c45e749bd6fee6c86742dd9d411ce50b2a2d8e",
    "9d636cdc-a21c-5332-9164-44d17a3991f2": "73fc79d3ecbc43168ea09ca4cf5c116f2d59fe5c70cec7a3d00270285f8286bd",
    "00000000-0000-4000-8000-000000000020": "1a4a0c1c791132e9e995ae0c57b63a9af3ed2131178dffcb77220c39a7869be7",
    "00000000-0000-4000-8000-000000000030": "905174316525c262cfb0362c1b675c4eccd9307d93ae488deb78adacad804af0",
    "00000000-0000-4000-8000-000000000040": "d4901bf30dfe93d1019bed91e2a032c065ee319a51845d6879b258b3a72024e3",
    "00000000-0000-4000-8000-000000000080": "da728a189938cca6f19cd53503128a581bbd9b49c6a5bae1981649e698916b47",
    "00000000-0000-4000-8000-000000000090": "3804766a898ba1ad4422b02bc3d0412498648290d0dae28b3efb97b614d6a294",
}
DIGEST = "5eea9d2fc824895afa34a0585ded6b18da7121b48beb530eb07e7b4595baed42"
DICTIONARY = "31cb2e1af14c5f8d97d3abc58c84cbff5f0b7059c85ae9f8140686cee34b127d"


def test_digests_are_golden():
    assert {each: value.hex() for each, value in canonical.digests(fixed()).items()} == GOLDEN
    assert canonical.digest(fixed()).hex() == DIGEST


def test_preset_dictionary_is_golden():
    """Stored blocks can be read with this very dictionary only; a better one gets a number of its own."""
    assert hashlib.sha256(canonical._DICTIONARY_1).hexdigest() == DICTIONARY


def test_encoded_block_is_written_as_the_docstring_says():
    document = fixed()

    assert canonical.encode(document, document.positions[1]).decode() == (
        f'{{"block":"position","claim":"No.","key":"{key(40)}"}}'
    )
    assert canonical.encode(document, document.points[0]).decode() == (
        '{"block":"point","body":"How much?","citations":['
        f'{{"key":"{key(21)}","locator":"p. 7","quote":"“Ja.”","relation":"supports","source":"{key(90)}"}}'
        f'],"key":"{key(20)}","kind":"empirical","title":"Risk"}}'
    )


def test_digest_can_be_reckoned_by_anybody():
    """From the JSON twin alone, by the rules in the module's docstring."""
    document = fixed()
    blocks = [
        [block.key, hashlib.sha256(canonical.encode(document, block)).hexdigest()]
        for block in document.blocks()
    ]
    text = json.dumps(blocks, separators=(",", ":"))

    assert canonical.digest(document) == hashlib.sha256(text.encode()).digest()


def test_order_of_positions_is_part_of_the_digest_and_of_no_block_but_the_head():
    document = fixed()
    turned = document.with_blocks(positions=tuple(reversed(document.positions)))

    before, after = canonical.digests(document), canonical.digests(turned)

    assert {each for each in before if before[each] != after[each]} == {document.key}
    assert canonical.digest(document) != canonical.digest(turned)


@pytest.mark.parametrize("full", [True, False])
def test_document_json_gives_defaults_only_if_full(full):
    data = canonical.document_json(fixed(), full=full)

    assert ("argument" in data["positions"][1]) is full
    assert ("stances" in data["positions"][1]) is full
    assert data["title"] == "Open or closed weights"
    assert [*data][-5:] == ["context", "points", "positions", "backers", "sources"]


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00", b"\x04abc", b"\x01", b"\x01not deflate", b"\xff" * 9, zlib.compress(b"{}")],
)
def test_unpack_refuses_what_pack_did_not_write(body):
    with pytest.raises(ValueError, match="stored block"):
        canonical.unpack(body)


def test_unpack_refuses_half_a_body_and_more_than_one():
    document = fixed()
    body, _ = canonical.pack(canonical.encode(document, document.head))

    for odd in (body[: len(body) // 2], body[:-1], body + b"\x00", body + body):
        with pytest.raises(ValueError, match="stored block"):
            canonical.unpack(odd)


def test_unpack_wants_the_basis_that_was_packed_against_and_no_other():
    document = document_factory()
    position = document.positions[0]
    old = canonical.encode(document, position)
    new = canonical.encode(document, replace(position, argument=position.argument + " More."))
    basis, _ = canonical.pack(old)
    body, is_delta = canonical.pack(new, old)

    assert is_delta
    assert len(body) < 60
    assert canonical.unpack(body, basis) == new
    with pytest.raises(ValueError, match="unknown format"):
        canonical.unpack(body)
    with pytest.raises(ValueError, match="unknown format"):
        canonical.unpack(basis, basis)


def test_stored_block_of_a_large_document_is_far_smaller_than_its_text():
    document = document_factory(**BIG)
    texts = [canonical.encode(document, block) for block in document.blocks()]

    stored = sum(len(canonical.pack(text)[0]) for text in texts)

    assert stored < sum(map(len, texts)) / 2
