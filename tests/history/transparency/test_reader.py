"""Tiles, roots and proofs from the database, of every size, in few queries and few rows."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from controversies.history.transparency import merkle, reader
from controversies.history.transparency.merkle import Range
from controversies.models import Leaf
from tests.factories import ControversyFactory

from . import rfc6962
from .logs import fill, follow, load, sign, sql

pytestmark = pytest.mark.django_db(transaction=True)


def leaves():
    return [bytes(each) for each in Leaf.objects.order_by("log", "index").values_list("hash", flat=True)]


def test_root_and_proofs_of_the_database_are_those_of_the_leaves():
    fill(600)
    hashes = leaves()
    for size in (0, 1, 2, 255, 256, 257, 511, 512, 513, 600):
        assert reader.root(1, size) == rfc6962.root(hashes[:size])
    root = rfc6962.root(hashes)
    for index in (0, 1, 127, 255, 256, 300, 511, 512, 599):
        proof = reader.inclusion_proof(1, index, 600)
        assert merkle.verify_inclusion(proof, index, 600, hashes[index], root)
    for old in (0, 1, 2, 200, 255, 256, 257, 300, 512, 599, 600):
        proof = reader.consistency_proof(1, old, 600)
        assert proof == rfc6962.consistency(old, hashes)


def test_levels_above_the_second_are_read_as_well():
    load(65_536 + 300)
    hashes = leaves()

    assert reader.size_of(1) == len(hashes)
    assert reader.root(1, len(hashes)) == merkle.root_of(hashes)
    assert reader.tile_hashes(1, 2, 0, 1) == [merkle.root_of(hashes[:65_536])]
    assert reader.tile_hashes(1, 1, 255, 2) == [
        merkle.root_of(hashes[n : n + 256]) for n in (255 * 256, 65_536)
    ]
    for index in (0, 40_000, 65_535, 65_536, 65_835):
        proof = reader.inclusion_proof(1, index, len(hashes))
        assert merkle.verify_inclusion(proof, index, len(hashes), hashes[index], merkle.root_of(hashes))
    size = 65_535  # the most that can be asked for
    with CaptureQueriesContext(
        connection,
    ) as queries:
        lookup = reader.lookup(1, [Range(0, size)])
    assert len(queries) == 1
    assert merkle.root(size, lookup) == merkle.root_of(hashes[:size])


def test_each_read_is_one_query():
    fill(300)
    for read in (
        lambda: reader.root(1, 300),
        lambda: reader.inclusion_proof(1, 7, 300),
        lambda: reader.consistency_proof(1, 100, 300),
        lambda: reader.tile_hashes(1, 0, 0, 256),
        lambda: reader.entries(1, 256, 44),
        reader.newest_checkpoint,
        lambda: reader.size_of(1),
    ):
        with CaptureQueriesContext(connection) as queries:
            read()
        assert len(queries) == 1


def test_hash_that_was_lost_is_never_passed_over():
    fill(300)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM controversies_leaf WHERE index = 270")
        cursor.execute("SET session_replication_role = origin")

    assert len(reader.tile_hashes(1, 0, 0, 256)) == 256
    for read in (
        lambda: reader.tile_hashes(1, 0, 256, 44),
        lambda: reader.entries(1, 256, 44),
        lambda: reader.root(1, 300),
        lambda: reader.inclusion_proof(1, 299, 300),
    ):
        with pytest.raises(reader.BrokenLog):
            read()


def test_newest_checkpoint_is_that_of_the_newest_log():
    assert reader.newest_checkpoint() is None
    fill(3)
    sign(2)
    sign(3)
    assert reader.newest_checkpoint().size == 3
    follow()
    assert reader.newest_checkpoint() is None
    assert reader.newest_checkpoint(1).size == 3
    assert reader.newest_checkpoint(3) is None


def test_proof_of_a_revision_is_against_the_newest_checkpoint_that_covers_it():
    page = ControversyFactory(revisions=2)
    assert reader.proof_of_revision(page.key, 1) is None
    sign()
    page.edit(title="Third")
    covered, later = reader.proof_of_revision(page.key, 2), reader.proof_of_revision(page.key, 3)
    assert later is None
    assert (covered.index, len(covered.hashes)) == (1, 1)
    sign()

    leaf = Leaf.objects.get(number=2)
    again = reader.proof_of_revision(page.key, 2)
    head = reader.newest_checkpoint()
    assert head.size == 3
    assert str(again.checkpoint) == head.note
    assert merkle.verify_inclusion(again.hashes, again.index, 3, bytes(leaf.hash), head.root)
    for number in (0, 4):
        with pytest.raises(LookupError, match="is not in the log"):
            reader.proof_of_revision(page.key, number)


def test_proof_of_a_revision_is_of_the_older_log_until_the_newer_one_is_signed():
    page = ControversyFactory()
    sign()
    old = reader.proof_of_revision(page.key, 1)
    follow()
    assert reader.proof_of_revision(page.key, 1) == old
    sign()
    new = reader.proof_of_revision(page.key, 1)

    assert (old.index, new.index) == (0, 1)
    assert new.checkpoint.text.startswith("b.example\n2\n")


def test_revision_that_was_made_again_is_proved_by_its_last_entry():
    page = ControversyFactory()
    again = json.dumps({"digest": "00", "number": 1, "page": page.key, "replaces": "11"})
    sql("SELECT controversies_append_leaf(%s, 1, 'replacement', %s)", page.key, again)
    sign()

    assert reader.proof_of_revision(page.key, 1).index == 1


def test_look_up_of_a_revision_s_entry_needs_no_scan():
    fill(20_000)
    ControversyFactory()
    sign()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE controversies_leaf")
        cursor.execute(
            "EXPLAIN " + reader._OF_REVISION, {"page": "00000000-0000-0000-0000-000000000001", "number": 1}
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "Seq Scan on controversies_leaf" not in plan
    assert "leaf_is_there_once" in plan
    assert "leaf_of_another_kind" in plan
