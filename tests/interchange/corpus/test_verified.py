"""A corpus with its log verifies with the verifier that strangers have, whatever lawful happened; nothing else does."""

import io
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from controversies import history
from controversies import models as m
from controversies.history import replay
from controversies.interchange.corpus import dump, load
from controversies.models import ChangeClass
from controversies.workflow import redaction
from tests.factories import BIG, START, ControversyFactory, SourceFactory
from tests.history.transparency.attacks import refoot
from tests.history.transparency.logs import key, sign
from tests.history.transparency.toy_record import WITNESSES
from tests.history.transparency.verifier import verify_corpus
from tests.strategies import documents, edits
from tests.workflow.redaction.test_erase import order
from tests.workflow.redaction.test_replaced_digests import WORDS, with_words

pytestmark = pytest.mark.django_db(transaction=True)
POLICY = f"log {key()}\nquorum none\n".encode()
POLICY_OF_WITNESSES = f"log {key()}\nwitness w {WITNESSES[0].vkey}\nquorum none\n".encode()


def dumped() -> list[bytes]:
    with replay.snapshot():
        return list(dump.corpus())


def witnessed(time: datetime) -> bytes:
    """The newest checkpoint, signed now and cosigned at this time."""
    note = sign().note
    return f"{note}{WITNESSES[0].line(note.partition(chr(10) * 2)[0] + chr(10), time)}".encode()


def verified(*saved: bytes):
    return verify_corpus(dumped(), POLICY, *saved)


def test_pages_of_all_sorts_verify():
    source = SourceFactory(title="A shared source")
    ControversyFactory(revisions=5)
    ControversyFactory(revisions=3, sources=[source])
    ControversyFactory(revisions=2, **BIG)
    hidden = ControversyFactory(publication="draft", revisions=2)
    hidden.edit(publication="published")
    hidden.edit(publication="withdrawn")
    hidden.edit(publication="published", title="Shown again")
    gone = ControversyFactory(revisions=2)
    gone.edit(publication="withdrawn")
    ControversyFactory(publication="draft")
    first = sign()
    with history.act(author_name="Ada"):
        source.title = "A renamed source"
        source.save()
    sign()

    report = verified(first.note.encode())

    assert report.faults == []
    assert report.facts["log"]["size"] == m.Leaf.objects.count()


@pytest.mark.parametrize("replaces_digests", [False, True])
def test_removed_words_verify_and_are_said(replaces_digests):
    ControversyFactory(revisions=3)
    with_words()
    named = ControversyFactory(revisions=1)
    named.edit(title="Another title", author_name=WORDS)
    named.edit(title="A third title")
    first = sign()
    redaction.apply(order("said", replaces_digests=replaces_digests))
    redaction.apply(order(WORDS, replaces_digests=replaces_digests))
    sign()

    report = verified(first.note.encode())

    assert report.faults == []
    assert report.noted["replacement" if replaces_digests else "removal"] > 2


def test_removal_after_which_all_digests_were_replaced_verifies():
    with_words()
    sign()
    redaction.apply(order("said"))
    redaction.apply(order(WORDS, replaces_digests=True))
    sign()

    assert verified().faults == []


def test_site_that_was_loaded_from_a_corpus_verifies():
    ControversyFactory(revisions=4)
    gone = ControversyFactory(revisions=1)
    gone.edit(publication="withdrawn")
    with_words()
    redaction.apply(order(WORDS))
    lines = dumped()
    call_command("flush", interactive=False, verbosity=0)
    load.load(io.BytesIO(b"".join(lines)))
    sign()

    assert verified().faults == []


def test_import_after_the_first_checkpoint_says_an_earlier_time_openly():
    """And an edit that says an earlier time than the checkpoint does is named: only imports may."""
    page = ControversyFactory(revisions=1)
    note = witnessed(START + timedelta(days=100))

    page.edit(title="An imported title", time=START + timedelta(days=50), kind=ChangeClass.IMPORT)
    report = verify_corpus(dumped(), POLICY_OF_WITNESSES, note)
    assert report.faults == []
    assert report.noted["import"] == 1
    page.edit(title="A backdated title", time=START + timedelta(days=60))
    report = verify_corpus(dumped(), POLICY_OF_WITNESSES, note)
    assert report.counts == {"backdated": 1}


@given(st.data())
def test_every_history_verifies(data):
    with transaction.atomic():
        document = data.draw(documents())
        states = data.draw(st.lists(st.sampled_from(["published", "withdrawn"]), min_size=1, max_size=6))
        states = ["draft"] * data.draw(st.integers(0, 2)) + states
        for number, state in enumerate(states):
            head = replace(document.head, slug="a", publication=state, question=f"Is it {number}?")
            history.record(replace(document, head=head), base=number, author_name="A")
            newest = history.head(document.key).document
            document = data.draw(edits(newest))
            document = replace(document, head=replace(document.head, topic=newest.head.topic))
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as COMMIT does
        sign()

        report = verified()
        transaction.set_rollback(True)

    assert report.faults == []


def test_no_line_of_the_record_can_be_altered():
    """A letter of a text in each line, one after the other; the footer is made to fit again."""
    ControversyFactory(revisions=3)
    with_words()
    redaction.apply(order(WORDS))
    sign()
    lines = dumped()
    assert verify_corpus(lines, POLICY).faults == []
    tried = 0

    for i, line in enumerate(lines[1:-1], 1):
        values = json.loads(line)
        if values.keys() & {"topic", "backer", "source", "page"} and "block" not in values:
            continue
        at = line.index(b'"digest":"') + 10 if "redacted" in values else line.rindex(b'"') - 1
        altered = line[:at] + (b"x" if line[at : at + 1] != b"x" else b"y") + line[at + 1 :]
        report = verify_corpus(
            refoot(b"".join([*lines[:i], altered, *lines[i + 1 :]])).splitlines(keepends=True), POLICY
        )
        assert report.counts, line
        tried += 1

    assert tried > 40


def test_no_line_of_the_record_can_be_taken_out():
    ControversyFactory(revisions=3)
    with_words()
    redaction.apply(order(WORDS))
    sign()
    lines = dumped()

    for i, line in enumerate(lines[1:-1], 1):
        values = json.loads(line)
        if values.keys() & {"topic", "backer", "source"} and "block" not in values:
            continue
        report = verify_corpus(
            refoot(b"".join([*lines[:i], *lines[i + 1 :]])).splitlines(keepends=True), POLICY
        )
        assert report.counts, line
