"""The corpus as it is written: another program reads and checks all of it, and nothing is in it that is not public."""

import gzip
import io
import json
import tracemalloc
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from controversies import history
from controversies.document import canonical
from controversies.history import replay
from controversies.interchange.corpus import dump, format
from controversies.workflow import proposals, suggestions
from tests.factories import (
    BIG,
    BackerFactory,
    ControversyFactory,
    SourceFactory,
    TopicFactory,
    UserFactory,
    backer_block,
    new_key,
)
from tests.history.test_concurrency import Actor
from tests.history.test_verify import tamper
from tests.strategies import documents, edits

from . import reader

pytestmark = pytest.mark.django_db


def corpus() -> bytes:
    return b"".join(dump.corpus())


def assert_same(page, key):
    """That another program has read each public revision as the record has it."""
    for number, (line, blocks) in page.items():
        found = history.at(key, number)
        assert line["digest"] == found.entry.digest.hex()
        assert (blocks is not None) == (found.document.head.publication == "published")
        if blocks is not None:
            assert {name: text.decode() for name, text in blocks.items()} == {
                block.key: canonical.encode(found.document, block).decode()
                for block in found.document.blocks()
            }
            assert line["author"] == found.entry.author_name


def test_another_program_reads_every_revision_and_finds_every_digest_right():
    pages = [ControversyFactory(revisions=6), ControversyFactory(revisions=3, **BIG)]
    whole = pages[0].document
    pages[0].save(whole.with_blocks(positions=whole.positions[1:]))
    pages[0].save(whole.with_blocks(points=whole.points[::-1]))

    found = reader.read(corpus())

    assert list(found["pages"]) == sorted(page.key for page in pages)
    for page in pages:
        assert found["slugs"][page.key] == page.slug
        assert_same(found["pages"][page.key], page.key)
    assert found["header"]["revisions"] == found["end"]["revisions"] == 11
    assert found["end"]["blocks"] < 2 * len(pages[1].document.blocks())  # of an edit, what it changed


@given(st.data())
def test_of_every_history_just_the_public_revisions_are_read(data):
    with transaction.atomic():
        document = data.draw(documents())
        states = data.draw(st.lists(st.sampled_from(["published", "withdrawn"]), min_size=1, max_size=6))
        states = ["draft"] * data.draw(st.integers(0, 2)) + states + ["published"]
        for number, state in enumerate(states):
            head = replace(document.head, slug="a", publication=state, question=f"Is it {number}?")
            history.record(replace(document, head=head), base=number, author_name="A")
            newest = history.head(document.key).document
            document = data.draw(edits(newest))
            document = replace(document, head=replace(document.head, topic=newest.head.topic))

        [(key, page)] = reader.read(corpus())["pages"].items()

        assert [blocks is not None for _line, blocks in page.values()] == [s == "published" for s in states]
        assert_same(page, key)
        transaction.set_rollback(True)


def test_nothing_is_in_it_that_is_not_public():
    secret = "confidential"
    editor = UserFactory(username="hidden-name", email="ada@hidden-name.example", role="editor")
    ControversyFactory(publication="draft", title=f"A {secret} draft", authors=[secret])
    ControversyFactory(publication="withdrawn", title=f"A {secret} page", authors=[secret])
    for factory, field in ((BackerFactory, "name"), (SourceFactory, "title"), (TopicFactory, "title")):
        factory(**{field: f"{secret} {field}"})
    made = ControversyFactory(author=editor)
    plain = made.document
    shown = corpus()
    made.edit(publication="withdrawn", author_name=secret, summary=secret)
    assert reader.read(corpus())["pages"] == {}
    held = BackerFactory(name=f"{secret} backer")
    [position, *others] = made.document.positions
    backing = replace(position.backings[0], backer=str(held.pk))
    changed = replace(position, claim=f"A {secret} claim", backings=(backing,))
    made.save(
        made.document.with_blocks(
            positions=(changed, *others), backers=(*made.document.backers, backer_block(held))
        )
    )
    made.save(plain)
    proposed = replace(plain, head=replace(plain.head, question=f"A {secret} question"))
    proposals.propose(proposed, author=editor, reason=secret, base=made.head.number)
    suggestions.suggest(
        plain,
        key=new_key(),
        block=None,
        number=1,
        address="192.0.2.1",
        wrong=secret,
        email=f"{secret}@a.example",
    )

    text = corpus()

    assert secret.encode() not in text
    assert b"hidden-name" not in text
    page = reader.read(text)["pages"][made.key]
    assert set(page[2][0]) == {"hidden", "time", "publication", "digest"}
    assert page[2][0]["time"] == history.at(made.key, 2).entry.time.isoformat(timespec="seconds")
    assert "earlier" not in page[4][0]  # what came to be as readers had last seen it is not told again
    assert text.count(b"\n") == shown.count(b"\n") + 6  # two hidden, one public, and what that changed


def test_what_was_changed_while_the_page_was_hidden_is_told_apart_from_what_published_it():
    made = ControversyFactory(revisions=2, published_at=2)
    made.edit(publication="withdrawn")
    made.edit(question="And now?")
    context = replace(made.document.context, text="Meanwhile.")
    made.save(replace(made.document, context=context))
    made.edit(publication="published")

    page = reader.read(corpus())["pages"][made.key]

    first, last = page[2][0], page[6][0]
    assert set(first["changed"]) | set(first["earlier"]) == set(first["order"])
    assert first["changed"] == [b.key for b in made.document.blocks() if b.key in first["changed"]]
    assert last["changed"] == [made.key]
    assert last["earlier"] == [made.document.context.key]
    assert_same(page, made.key)


def test_words_removed_by_law_leave_their_digest():
    made = ControversyFactory(revisions=1)
    made.edit(title="Another title")
    key = made.document.positions[0].key
    tamper("UPDATE controversies_block SET body = NULL WHERE key = %s", key)

    page = reader.read(corpus())["pages"][made.key]

    assert set(json.loads(page[2][1][key])) == {"erased", "digest"}


def test_same_state_gives_the_same_bytes_wherever_they_go(tmp_path):
    ControversyFactory(revisions=4, **BIG)
    out = io.StringIO()

    call_command("dumpcorpus", stdout=out)
    call_command("dumpcorpus", str(tmp_path / "a.jsonl"))
    for name in ("b.jsonl.gz", "c.jsonl.gz"):
        call_command("dumpcorpus", str(tmp_path / name))

    assert out.getvalue().encode() == corpus() == (tmp_path / "a.jsonl").read_bytes()
    assert gzip.decompress((tmp_path / "b.jsonl.gz").read_bytes()) == corpus()
    assert (tmp_path / "b.jsonl.gz").read_bytes() == (tmp_path / "c.jsonl.gz").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "b.jsonl.gz", "c.jsonl.gz"]


@pytest.mark.django_db(transaction=True)
def test_what_others_save_meanwhile_is_not_half_there():
    made = [ControversyFactory(), ControversyFactory()]
    before = corpus()
    with replay.snapshot(), Actor() as somebody:
        found = dump.corpus()
        begun = next(found)
        somebody.do(lambda: [each.edit(title="Another title") for each in made])
        rest = b"".join(found)

    assert begun + rest == before
    assert corpus() != before


def test_empty_database_has_a_corpus_too():
    found = reader.read(corpus())

    assert (found["header"]["newest"], found["header"]["pages"], found["shared"]) == (None, 0, [])


def test_what_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    ControversyFactory()
    path = tmp_path / "corpus.jsonl"
    path.write_text("before")
    monkeypatch.setattr(dump, "LONGEST", 500)

    with pytest.raises(CommandError, match=r"^Line \d+ would have \d+ bytes; at most 500 can be read again"):
        call_command("dumpcorpus", str(path))
    with pytest.raises(CommandError, match="could not be written: Not a directory"):
        call_command("dumpcorpus", str(path / "corpus.jsonl"))

    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_whoever_stops_reading_is_told():
    class Closed(io.StringIO):
        def write(self, _text):
            raise BrokenPipeError

    with pytest.raises(CommandError, match="not complete"):
        call_command("dumpcorpus", stdout=Closed())


def test_queries_do_not_grow_with_revisions_or_what_is_shared():
    def asked():
        with CaptureQueriesContext(connection) as queries:
            corpus()
        return len(queries)

    one = ControversyFactory(revisions=2)
    first = asked()
    for _ in range(12):
        one.edit(question=f"Number {one.head.number}?")
    ControversyFactory(revisions=2, **BIG)

    assert asked() - first == 4  # those of one more page


def test_memory_does_not_grow_with_the_history(monkeypatch):
    monkeypatch.setattr(replay, "BATCH", 10)
    monkeypatch.setattr(replay, "_BLOCKS", 10)
    made = ControversyFactory(revisions=20)

    def peak():
        tracemalloc.start()
        for _line in dump.corpus():
            pass
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak()  # what is made once
    short = peak()
    for _ in range(120):
        made.edit(question=f"Number {made.head.number}?")

    assert peak() < 1.5 * short


def test_footer_counts_every_sort():
    assert set(format.Tally().footer()["end"]) == {"lines", *format.SORTS}
