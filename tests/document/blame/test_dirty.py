"""Whatever stands in a field, blame is whole and its work bounded."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controversies.document.blame import MemoryArchive, attribute, block_blame
from controversies.document.blame import matching as matching_module
from controversies.document.blame.tokens import encode_tokens, grams, split_statements, split_tokens
from controversies.document.words import matches
from tests.document.blame.pages import POSITIONS, argument, blames, page
from tests.strategies import ODD

TEXTS = st.lists(
    st.sampled_from(
        [*ODD, "a", "b ", "c, ", "\n", "\n\n", " ", "word. ", "[1] ", "e.g. ", "。", "- ", "3. "]
    ),
    max_size=14,
).map("".join)


@given(TEXTS | st.text())
def test_statements_and_tokens_hold_the_text_whole(text):
    statements = split_statements(text)

    assert "".join(statements) == text
    assert all(statements)
    for statement in statements:
        tokens = split_tokens(statement)
        assert "".join(tokens) == statement
        assert len(encode_tokens(statement, ())) == len(tokens)


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("One. Two! Three?", ["One. ", "Two! ", "Three?"]),
        ("One [1]. Two. [2] [3] Three.", ["One [1]. ", "Two. [2] [3] ", "Three."]),
        ("“One.” Two.", ["“One.” ", "Two."]),
        ("It is 3.5 of 4. Then more.", ["It is 3.5 of 4. ", "Then more."]),
        ("See p. 4 of it, e.g. Smith et al. (2020), by Dr. Who. Next.", None),
        (
            "In Bartz v. Anthropic, parties settled. Next.",
            ["In Bartz v. Anthropic, parties settled. ", "Next."],
        ),
        ("lower case. still two.", ["lower case. ", "still two."]),
        ("Wrapped\nline. Two.", ["Wrapped\nline. ", "Two."]),
        ("Paragraph\n\nAnother", ["Paragraph\n\n", "Another"]),
        ("# Head\n- one\n- two\n1. three", ["# Head\n", "- one\n", "- two\n", "1. ", "three"]),
        ("一句。两句！三句？", ["一句。", "两句！", "三句？"]),
        ("Dots... and more… Yes.", ["Dots... ", "and more… ", "Yes."]),
    ],
)
def test_where_statements_end(text, statements):
    expected = statements or ["See p. 4 of it, e.g. Smith et al. (2020), by Dr. Who. ", "Next."]

    assert split_statements(text) == expected


def test_words_in_common_are_a_gram_in_common():
    words = encode_tokens(" ".join(f"word{n}" for n in range(40)), ())
    for start in range(30):
        part = words[start : start + 3]
        assert set(grams(part)) & set(grams(words))
    assert not set(grams(encode_tokens("of the in to", ()))) & set(
        grams(encode_tokens("out of the way then", ()))
    )


@settings(max_examples=50)
@given(st.lists(TEXTS.map(str.strip).filter(bool), min_size=2, max_size=6))
def test_odd_texts_are_answered_whole_and_restored_exactly(texts):
    documents = [page(text) for text in texts]
    documents = [each for n, each in enumerate(documents) if n == 0 or each != documents[n - 1]]
    steps = blames(*documents)

    for document, blame in zip(documents, steps, strict=True):
        assert "".join(text for text, _revision in argument(blame)) == document.positions[0].argument
    if documents[0] != documents[-1]:
        assert blames(*documents, documents[0])[-1] == steps[0]


def _words(rng: random.Random, count: int, size: int) -> str:
    return " ".join(f"w{rng.randrange(size)}" for _ in range(count))


def _dirty(rng: random.Random) -> list[tuple[str, str, str]]:
    long = _words(rng, 20_000, 3_000)
    sentences = [f"{_words(rng, 12, 2_000)}." for _ in range(1_600)]
    shuffled = rng.sample(sentences, len(sentences))
    return [
        ("one sentence of 20,000 words", long, long.replace(" w7", " v7")),
        ("one word, repeated", "word " * 20_000, "word " * 19_999 + "other"),
        (
            "one sentence, repeated",
            "It is so. " * 10_000,
            "It is so. " * 4_000 + "No. " + "It is so. " * 6_000,
        ),
        ("20,000 words in another order", " ".join(sentences), " ".join(shuffled)),
        (
            "20,000 words for others",
            " ".join(sentences),
            " ".join(f"{_words(rng, 12, 2_000)}." for _ in range(1_600)),
        ),
        ("punctuation", ".,;" * 30_000, ".;," * 30_000),
        ("no spaces", "中文" * 40_000, "文中" * 40_000),
        ("marks that combine", "e\u0301" * 40_000, "e\u0300" * 40_000),
        ("right to left", "שלום עולם. " * 8_000, "שלום עולם, " * 8_000),
        ("code", "if (x) { y[1] = 2; }\n" * 4_000, "if (x) { y[2] = 1; }\n" * 4_000),
        ("two words in turn", "yes no " * 15_000, "no yes " * 15_000),
    ]


DIRTY = _dirty(random.Random(1))


@pytest.mark.parametrize(
    ("old", "new"), [(old, new) for _name, old, new in DIRTY], ids=[name for name, *_ in DIRTY]
)
def test_work_grows_with_the_words_that_changed(old, new, monkeypatch):
    """Work is counted, not timed: tokens that are compared one by one, and statements that are compared by words."""
    work = 0

    def counted(a, b):
        nonlocal work
        work += len(a) + len(b)
        return matches(a, b)

    common = matching_module._common_length

    def counted_length(*arguments):
        nonlocal work
        length = common(*arguments)
        work += length + 1
        return length

    monkeypatch.setattr(matching_module, "matches", counted)
    monkeypatch.setattr(matching_module, "_common_length", counted_length)
    documents = page(old.strip()), page(new.strip())
    archive = MemoryArchive()
    archive.add(*attribute(None, documents[0], 1, archive))
    outcome = attribute(*documents, 2, archive)

    size = len(split_tokens(old)) + len(split_tokens(new))
    assert work <= 12 * size
    answers = block_blame(documents[1].positions[0], outcome.origins[POSITIONS[0]])
    assert "".join(span.text for span in answers["argument"]) == new.strip()
