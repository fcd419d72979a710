"""Words are found as a person means them, and what is left of a document without them is valid."""

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controversies.document import canonical, parse, redact
from controversies.document.redact import MARKER, RemovedWords
from controversies.document.types import Document
from tests.factories import document_factory
from tests.strategies import documents

NAME = "Zoë Qüxly"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Zoë Qüxly said", f"{MARKER} said"),
        (unicodedata.normalize("NFD", "by Zoë Qüxly."), f"by {MARKER}."),
        ("by Zoë\u00a0Qüxly's hand", f"by {MARKER}'s hand"),
        ("Zoë\nQüxly", MARKER),
        ("Zoë\\\nQüxly", MARKER),
        ("> said Zoë\n> Qüxly", f"> said {MARKER}"),
        ("*Zoë* Qüxly", f"*{MARKER}"),
        ("Zo\u00adë Qüxly", MARKER),
        ("Zoë Qüxlyite", "Zoë Qüxlyite"),
        ("zoë qüxly", "zoë qüxly"),
        ("Zoë and Qüxly", "Zoë and Qüxly"),
        ("[Zoë Qüxly](https://x.example)", f"[{MARKER}](https://x.example)"),
    ],
)
def test_words_are_found_however_they_are_broken(text, left):
    assert RemovedWords(NAME).replace_in(text) == left


def test_words_of_scripts_without_spaces_are_found_within():
    assert RemovedWords("李四").replace_in("我们李四说") == f"我们{MARKER}说"


def test_capitals_matter_unless_asked():
    assert RemovedWords("AT&T", ignore_case=True).replace_in("at&t and AT\\&T") == f"{MARKER} and {MARKER}"


def test_whole_field_goes_where_asked():
    assert RemovedWords("said", whole_field=True).replace_in("She said so.") == MARKER


@pytest.mark.parametrize(
    "address",
    [
        "https://x.example/zoe-quxly/1",
        "https://x.example/?q=Zo%C3%AB+Q%C3%BCxly",
        "https://zoe_quxly.example/",
        "zoe-quxly",
    ],
)
def test_address_holds_words_however_it_spells_them(address):
    assert RemovedWords(NAME).are_in_address(address)


@pytest.mark.parametrize("address", ["https://x.example/zoe/quxlyite", "zoe-and-quxly", "https://x.example/"])
def test_address_without_the_words_stays(address):
    assert not RemovedWords(NAME).are_in_address(address)


@pytest.mark.parametrize("text", ["", "  ", "…", "---"])
def test_nothing_is_no_words(text):
    with pytest.raises(ValueError, match="no words"):
        RemovedWords(text)


def test_words_are_not_shown_where_they_are_printed():
    assert NAME not in repr(RemovedWords(NAME))


def test_what_is_required_or_unique_is_never_empty_nor_twice():
    document = document_factory(backers=2, backings=2)
    first, second = document.backers
    document = document.with_blocks(
        backers=(replace(first, name=NAME, slug="zoe-quxly"), replace(second, name=NAME, kind="person"))
    )

    clean = redact.redact_document(RemovedWords(NAME), document)

    assert parse.check(clean) == []
    assert [backer.name for backer in clean.backers] == [f"{MARKER} {b.key[:4]}" for b in document.backers]
    assert clean.backers[0].slug == f"removed-{first.key[:8]}"


def test_text_that_would_be_too_long_goes_as_a_whole():
    document = document_factory()
    document = replace(document, head=replace(document.head, title="a b " * 50))

    clean = redact.redact_document(
        RemovedWords("a"), replace(document, head=replace(document.head, title=("a b " * 50).strip()))
    )

    assert clean.head.title == MARKER
    assert parse.check(clean) == []


@given(document=documents(), data=st.data())
def test_document_without_any_of_its_words_is_valid_and_keeps_its_structure(document: Document, data):
    texts = [
        text for block in document.blocks() for text in _texts(canonical.to_json(block)) if _has_words(text)
    ]
    if not texts:
        return
    text = data.draw(st.sampled_from(texts))
    words = RemovedWords(data.draw(st.sampled_from([each for each in text.split() if _has_words(each)])))

    clean = redact.redact_document(words, document)

    assert parse.check(clean) == []
    assert [block.key for block in clean.blocks()] == [block.key for block in document.blocks()]
    assert redact.document_places(words, canonical.document_json(clean)) == [] or MARKER in text
    assert redact.redact_document(words, clean) == clean


def _texts(data):
    for name, value in data.items():
        if name in {"text", "body", "argument", "claim", "title", "question", "note", "quote", "name"}:
            yield value


def _has_words(text):
    return any(char.isalnum() for char in text)
