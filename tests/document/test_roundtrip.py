"""Documents made by hypothesis, there and back: JSON, stored blocks, digests, rows."""

import copy
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from controversies import history
from controversies.document import canonical, parse, rows
from controversies.document.types import Document
from tests import strategies
from tests.factories import BIG, document_factory


@contextmanager
def rolled_back() -> Iterator[None]:
    """Each example starts from an empty database; what COMMIT would check is checked."""
    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        transaction.set_rollback(True)


def shuffled(data: Any, seed: random.Random) -> Any:
    """The same JSON values with the keys of each object in another order."""
    if isinstance(data, list):
        return [shuffled(item, seed) for item in data]
    if isinstance(data, dict):
        names = list(data)
        seed.shuffle(names)
        return {name: shuffled(data[name], seed) for name in names}
    return data


@given(strategies.documents())
def test_document_made_by_strategy_is_canonical(document):
    assert parse.check(document) == []
    assert document.with_blocks() == document


@given(strategies.documents(), st.booleans())
def test_json_twin_gives_the_document_back(document, full):
    data = canonical.document_json(document, full=full)

    back = parse.document(json.loads(json.dumps(data)))

    assert back == document
    assert canonical.digest(back) == canonical.digest(document)


@given(strategies.documents(), st.randoms(use_true_random=False))
def test_digest_does_not_depend_on_the_order_of_keys(document, seed):
    data = shuffled(canonical.document_json(document), seed)

    assert canonical.digest(parse.document(data)) == canonical.digest(document)


@given(strategies.pairs())
def test_digests_are_equal_just_where_content_is(pair):
    old, new = pair

    assert (canonical.digest(old) == canonical.digest(new)) is (old == new)
    assert old.key == new.key


@given(strategies.pairs())
def test_stored_block_gives_the_block_back(pair):
    old, new = pair
    before = {block.key: canonical.encode(old, block) for block in old.blocks()}

    for block in new.blocks():
        text = canonical.encode(new, block)
        full, is_delta = canonical.pack(text)
        assert not is_delta
        assert canonical.unpack(full) == text
        assert canonical.decode(full) == block
        if block.key in before:
            basis, _ = canonical.pack(before[block.key])
            body, is_delta = canonical.pack(text, before[block.key])
            assert canonical.unpack(body, basis if is_delta else None) == text


@given(strategies.documents())
def test_blocks_assemble_to_the_document(document):
    stored = [canonical.pack(canonical.encode(document, block))[0] for block in document.blocks()]

    assert canonical.assemble(map(canonical.decode, stored)) == document


@pytest.mark.django_db(transaction=True)
@given(strategies.documents())
def test_rows_give_the_document_back(document):
    with rolled_back():
        history.record(document, author_name="Edith", base=None)

        assert rows.from_rows([document.key]) == {document.key: document}
        assert history.head(document.key).document == document


@pytest.mark.django_db(transaction=True)
@given(strategies.pairs())
def test_rows_follow_every_edit(pair):
    old, new = pair
    new = same_shared(old, new)
    old = replace(old, head=replace(old.head, publication="draft"))  # what readers saw keeps its address
    with rolled_back():
        history.record(old, author_name="Edith", base=None)
        base = history.head(old.key)

        revision = history.record(new, author_name="Edith", base=base)

        assert rows.from_rows([old.key]) == {old.key: new}
        head = history.head(old.key)
        assert head.document == new
        assert {key: block.digest for key, block in head.stored.items()} == canonical.digests(new)
        assert head.entry.document == canonical.digest(new)
        assert (revision is None) is (old == new)
        assert history.at(old.key, 1).document == old


def same_shared(old: Document, new: Document) -> Document:
    """The new document as record() will see it: what is on record of shared rows stands."""
    known = old.by_key
    return replace(
        new,
        head=replace(new.head, topic=old.head.topic),
        backers=tuple(known.get(b.key, b) for b in new.backers),
        sources=tuple(known.get(s.key, s) for s in new.sources),
    )


def test_large_document_goes_through_json_and_back():
    document = document_factory(**BIG)

    assert parse.document(copy.deepcopy(canonical.document_json(document))) == document
