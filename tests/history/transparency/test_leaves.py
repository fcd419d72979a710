"""Entries of the public log: one for each revision that became public and each withdrawal; none for what was not."""

import hashlib
import json

import pytest
from django.db import IntegrityError, connection, transaction

from controversies import history
from controversies import models as m
from controversies.document import canonical
from controversies.history import arrivals
from tests.factories import ControversyFactory
from tests.history.test_concurrency import Actor, with_head

pytestmark = pytest.mark.django_db(transaction=True)


def sql(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


def entries():
    return [json.loads(bytes(leaf.entry)) for leaf in m.Leaf.objects.order_by("log", "index")]


def places(names):
    """Each entry as the page's name, the number and the kind."""
    return [
        (names[str(leaf.controversy_id)], leaf.number, leaf.kind)
        for leaf in m.Leaf.objects.order_by("log", "index")
    ]


def digest(page, number):
    return bytes(m.Revision.objects.get(controversy=page.key, number=number).digest).hex()


def test_each_public_revision_has_an_entry_in_the_order_of_commits():
    one = ControversyFactory(revisions=2)
    two = ControversyFactory()
    one.edit(title="Once more")

    assert entries() == [
        {"digest": digest(page, number), "number": number, "page": page.key}
        for page, number in [(one, 1), (one, 2), (two, 1), (one, 3)]
    ]
    assert list(m.Leaf.objects.order_by("index").values_list("log", "index")) == [(1, n) for n in range(4)]
    assert m.Log.objects.get().vkey == ""


def test_entry_is_canonical_and_its_hash_that_of_a_leaf():
    ControversyFactory(revisions=3)

    for leaf in m.Leaf.objects.all():
        entry = bytes(leaf.entry)
        assert entry == canonical.dumps(json.loads(entry))
        assert len(entry) == 134
        assert bytes(leaf.hash) == hashlib.sha256(b"\0" + entry).digest()


def test_withdrawn_page_has_one_entry_more_and_its_return_repeats_none():
    page = ControversyFactory(revisions=2)
    for title, publication in [("A", "withdrawn"), ("B", "withdrawn"), ("C", "published")]:
        page.edit(publication=publication, title=title)

    assert places({page.key: "page"}) == [
        ("page", 1, "revision"),
        ("page", 2, "revision"),
        ("page", 3, "withdrawal"),
        ("page", 5, "revision"),
    ]
    assert entries()[2] == {"digest": digest(page, 3), "number": 3, "page": page.key, "withdrawn": True}
    assert len(arrivals.since(limit=99).items) == 6  # where the first two come again


def test_what_was_never_public_has_no_entry():
    page = ControversyFactory(publication="draft", revisions=3)
    page.edit(title="Still a draft")

    assert entries() == []

    page.edit(publication="published")

    assert places({page.key: "page"}) == [("page", 5, "revision")]


def test_what_is_given_up_leaves_no_gap():
    page = ControversyFactory()
    with transaction.atomic():
        history.record(with_head(page.document, title="Never"), author_name="A", base=page.head)
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        assert m.Leaf.objects.count() == 2
        transaction.set_rollback(True)
    page.edit(title="Ever")

    assert list(m.Leaf.objects.order_by("index").values_list("index", "number")) == [(0, 1), (1, 2)]


def test_places_of_two_that_commit_at_once_follow_their_commits():
    slow, quick = ControversyFactory(), ControversyFactory()
    names = {slow.key: "slow", quick.key: "quick"}
    with Actor() as first, Actor() as second:
        first.begin()
        first.do(
            lambda: history.record(with_head(slow.document, title="Slow"), author_name="A", base=slow.head)
        )
        second.do(
            lambda: history.record(with_head(quick.document, title="Quick"), author_name="B", base=quick.head)
        )
        first.commit()

    assert places(names)[2:] == [("quick", 2, "revision"), ("slow", 2, "revision")]


# -- the database's functions --


@pytest.mark.parametrize(
    "entry",
    [
        {"b": 1, "a": "x", "aa": True, "B": False},
        {"checkpoint": 'a.example\n1\n"\\/\u2014\t\b\f\r\x01\x7f\u00e9\U0001f600='},
        {"number": 2147483647},
    ],
)
def test_canonical_json_of_the_database_is_ours(entry):
    [[content]] = sql("SELECT controversies_canonical(%s::jsonb)", json.dumps(entry))

    assert bytes(content) == canonical.dumps(entry)


def append(number, kind="redaction", **entry):
    page = "00000000-0000-0000-0000-000000000001"
    [[index]] = sql(
        "SELECT controversies_append_leaf(%s, %s, %s, %s)",
        page,
        number,
        kind,
        json.dumps(entry or {"n": number}),
    )
    return index


def test_same_entry_of_a_revision_again_is_the_one_that_is_there():
    assert [append(1, "revision", n=1), append(2, "revision", n=2), append(1, "revision", n=1)] == [0, 1, 0]
    with pytest.raises(IntegrityError, match="Entry 0 of the log says otherwise of revision 1"):
        append(1, "revision", n=3)
    assert [append(1), append(1)] == [2, 3]  # words can be removed from a revision twice


def tree(hashes):
    """The hash of a tree of a power of two, by the book."""
    if len(hashes) == 1:
        return hashes[0]
    half = len(hashes) // 2
    return hashlib.sha256(b"\x01" + tree(hashes[:half]) + tree(hashes[half:])).digest()


def fill(count):
    """Append so many entries, in one statement."""
    sql(
        "SELECT controversies_append_leaf(NULL, n::integer, 'redaction', jsonb_build_object('n', n))"
        " FROM generate_series(1, %s) n",
        count,
    )


def test_hashes_of_full_subtrees_are_kept():
    fill(256)
    fill(255)
    assert m.TreeHash.objects.count() == 1
    fill(258)

    leaves = [bytes(each.hash) for each in m.Leaf.objects.order_by("index")]
    assert [
        (each.level, each.index, bytes(each.hash)) for each in m.TreeHash.objects.order_by("level", "index")
    ] == [(1, n, tree(leaves[256 * n : 256 * n + 256])) for n in range(3)]


def name_log(origin="a.example", vkey="a.example+1+x", policy="quorum none\n"):
    [[number]] = sql("SELECT controversies_name_log(%s, %s, %s)", origin, vkey, policy)
    return number


def checkpoint(size, root=b"1" * 32, log=1):
    return m.Checkpoint.objects.create(
        log_id=log,
        size=size,
        root=root,
        time="2000-01-01T00:00Z",
        note=f"note of {size}\n",
        is_witnessed=False,
    )


def test_log_is_named_once_and_its_policy_may_change():
    assert name_log() == 1
    assert name_log(policy="") == 1
    assert list(m.Log.objects.values_list("origin", "vkey", "policy")) == [("a.example", "a.example+1+x", "")]
    assert name_log(vkey="c", policy="") == 1  # it has not signed anything yet
    assert name_log(policy="") == 1
    fill(1)
    checkpoint(1)
    for changed in ({"origin": "b.example"}, {"vkey": "b"}):
        with pytest.raises(IntegrityError, match="Log 1 has a name and a key, which stay"):
            name_log(**changed)


def test_checkpoint_takes_nothing_back():
    fill(3)
    with pytest.raises(IntegrityError, match="Log 1 has no key"):
        checkpoint(1)
    name_log()
    checkpoint(2)
    checkpoint(2)  # with more cosignatures
    for size, root in [(1, b"1" * 32), (2, b"2" * 32)]:
        with pytest.raises(IntegrityError, match="Log 1 was signed with 2 entries"):
            checkpoint(size, root)
    with pytest.raises(IntegrityError, match="fewer than 4 entries"):
        checkpoint(4)
    checkpoint(3)

    assert list(m.Checkpoint.objects.order_by("id").values_list("size", flat=True)) == [2, 2, 3]
    assert m.Checkpoint.objects.filter(time__year__lte=2000).count() == 0


def test_another_log_begins_with_the_last_checkpoint_and_all_entries():
    fill(600)
    follow = "SELECT controversies_follow_log(%s, %s, 'quorum none', %s)"
    with pytest.raises(IntegrityError, match="after one with a signed checkpoint"):
        sql(follow, "b.example", "b", "")
    name_log()
    checkpoint(599)
    with pytest.raises(IntegrityError, match="under a name and a key of its own"):
        sql(follow, "a.example", "b", "note of 599\n")
    assert sql(follow, "b.example", "b", "note of 599\n") == [(2,)]

    old, new = (
        [bytes(leaf.entry) for leaf in m.Leaf.objects.filter(log=n).order_by("index")] for n in (1, 2)
    )
    assert new == [b'{"checkpoint":"note of 599\\n"}', *old]
    leaves = [bytes(each.hash) for each in m.Leaf.objects.filter(log=2).order_by("index")]
    assert [bytes(each.hash) for each in m.TreeHash.objects.filter(log=2).order_by("index")] == [
        tree(leaves[:256]),
        tree(leaves[256:512]),
    ]
    with pytest.raises(IntegrityError, match="is followed by another"):
        checkpoint(600)
    fill(1)
    assert list(m.Leaf.objects.filter(number=1).values_list("log", "index").order_by("log", "index")) == [
        (1, 0),
        (2, 1),
        (2, 601),
    ]


def test_entries_of_another_log_come_before_any_page():
    content = [json.dumps({"n": n}) for n in range(300)]
    load = "SELECT controversies_load_leaves(%s, %s::uuid[], %s::integer[], %s::text[], %s::text[])"
    for first, last in [(0, 200), (200, 300)]:
        some = content[first:last]
        sql(load, first, [None] * len(some), [None] * len(some), ["redaction"] * len(some), some)

    assert entries() == [{"n": n} for n in range(300)]
    assert m.TreeHash.objects.count() == 1
    with pytest.raises(IntegrityError, match="cannot be brought into it"):
        sql(load, 0, [None], [None], ["redaction"], ['{"n":1}'])
    ControversyFactory()
    with pytest.raises(IntegrityError, match="cannot be brought into it"):
        sql(load, 301, [None], [None], ["redaction"], ['{"n":1}'])


@pytest.mark.parametrize("table", ["leaf", "treehash", "log", "checkpoint"])
def test_nothing_is_changed_or_deleted(table):
    fill(256)
    name_log()
    checkpoint(1)
    column = "id" if table == "log" else "log_id"
    for statement in ("UPDATE controversies_{0} SET {1} = {1}", "DELETE FROM controversies_{0}"):
        with pytest.raises(IntegrityError, match=r"is append-only|is written by the database alone"):
            sql(statement.format(table, column))


@pytest.mark.parametrize("table", ["leaf", "treehash", "log"])
def test_nothing_is_added_past_the_functions(table):
    fill(256)
    with pytest.raises(IntegrityError, match=f"controversies_{table} is written by the database alone"):
        sql(f"INSERT INTO controversies_{table} SELECT * FROM controversies_{table}")  # noqa: S608
