"""Bytes that are not of the block are refused, and what is stored is small."""

import pytest

from controversies.document.blame import (
    MemoryArchive,
    PartOrigins,
    StatementOrigin,
    TokenRun,
    attribute,
    block_blame,
    pack,
    token_id,
    token_revision,
    unpack,
)
from controversies.document.blame.origins import (
    pack_number,
    pack_statement,
    pack_statements,
    pack_table,
    unpack_number,
    unpack_statement,
    unpack_statements,
    unpack_table,
)
from tests.document.blame.pages import POSITIONS, page

STATEMENTS = [
    StatementOrigin(token_id(7, 3), 9, 2, (TokenRun(token_id(7, 30), 4), TokenRun(token_id(9, 0), 1))),
    StatementOrigin(token_id(1, 0), 1, 12, (TokenRun(token_id(1, 5), 2),)),
    StatementOrigin(
        token_id(100_000, 999_999), 100_000, 100_000, (TokenRun(token_id(100_000, 16_000_000), 90_000),)
    ),
]


def test_ids_hold_revision_and_ordinal():
    assert token_revision(token_id(12_345, 67)) == 12_345
    assert STATEMENTS[0].first == 7


def test_every_packed_thing_comes_back():
    assert unpack_statements(pack_statements(STATEMENTS)) == STATEMENTS
    assert unpack_number(pack_number(300)) == 300
    table = {-(2**63): b"", 2**63 - 1: b"body"}
    assert unpack_table(pack_table(table)) == table
    statement = STATEMENTS[0], 2**32 - 1, [1, 2, 2**24 - 1, 4, 5]
    assert unpack_statement(pack_statement(*statement)) == statement


def test_a_value_that_is_its_default_keeps_its_owner():
    block = page().positions[1]
    text = [StatementOrigin(token_id(1, 0), 1, 1, (TokenRun(token_id(1, 0), 2),))]
    origins = PartOrigins(3, {"confidence": 5}, {"claim": text, "argument": text})

    assert unpack(block, pack(block, origins)).values["confidence"] == 5


@pytest.mark.parametrize(
    "damage",
    [lambda data: b"", lambda data: b"\x07" + data, lambda data: data[:-3], lambda data: data + b"\0"],
)
def test_damaged_bytes_are_refused(damage):
    document = page("Models are open to all. They stay. " * 20)
    data = attribute(None, document, 1, MemoryArchive()).origins[POSITIONS[0]]

    with pytest.raises(ValueError, match="Stored origins"):
        unpack(document.positions[0], damage(data))


def test_bytes_of_another_text_are_refused():
    one, other = page("Models are open."), page("Models are open to all, and more. Two.")
    data = attribute(None, one, 1, MemoryArchive()).origins[POSITIONS[0]]

    with pytest.raises(ValueError, match="as many tokens"):
        block_blame(other.positions[0], data)


def test_an_edit_of_a_long_text_stores_little():
    old = page(" ".join(f"Sentence {n} is about number {n * 7}." for n in range(60)))
    new = page(old.positions[0].argument.replace("Sentence 30 is", "Sentence 30 was"))
    archive = MemoryArchive()
    archive.add(*attribute(None, old, 1, archive))

    outcome = attribute(old, new, 2, archive)

    assert list(outcome.origins) == [POSITIONS[0]]
    assert sum(map(len, outcome.origins.values())) < 200
    assert sum(len(text.body) + 4 * len(text.grams) for text in outcome.former) < 300


def test_a_text_is_stored_whole_only_where_its_sentences_could_be_mistaken():
    plain, doubled = "One is here. Two is there. Three.", "One is here. Two is there. One is here."
    archive = MemoryArchive()
    for text, rows in ((plain, 1), (doubled, 2)):
        old, new = page(text), page(text.replace("Two is", "Two was"))
        archive.add(*attribute(None, old, 1, archive))
        assert len(attribute(old, new, 2, archive).former) == rows
