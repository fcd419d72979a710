"""record() and act(): what they write, and when they write nothing."""

import datetime
from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from controversies import history
from controversies import models as m
from controversies.document import canonical, compare, parse, rows
from controversies.document.parse import InvalidDocument
from controversies.document.types import Backer
from controversies.history import read
from controversies.history.revisions import revision_digest
from tests.factories import (
    BIG,
    BackerFactory,
    ControversyFactory,
    SourceFactory,
    TopicFactory,
    UserFactory,
    backer_block,
    citation,
    document_factory,
    new_key,
    source_block,
    topic_block,
)

pytestmark = pytest.mark.django_db


def counts() -> dict[str, int]:
    """How many rows of everything there are."""
    models = (m.Revision, m.Block, m.Backer, m.Source, m.Topic, *rows.TABLES)
    return {model.__name__: model._default_manager.count() for model in models}


def faults(error: pytest.ExceptionInfo[InvalidDocument]) -> list[str]:
    return [str(fault) for fault in error.value.faults]


def with_head(document, **fields):
    return replace(document, head=replace(document.head, **fields))


# -- the good path --


def test_record_writes_rows_revision_and_blocks():
    document = document_factory(positions=3, points=2, citations=9)
    author = UserFactory(first_name="Edith", last_name="Editor")
    time = datetime.datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=datetime.UTC)

    revision = history.record(document, author=author, summary=" First.\r\n", base=None, time=time)

    assert (revision.number, revision.author, revision.author_name) == (1, author, "Edith Editor")
    assert (revision.summary, revision.time) == ("First.", time)
    assert bytes(revision.document) == canonical.digest(document)
    assert bytes(revision.digest) == revision_digest(
        parent=None, document=canonical.digest(document), author="Edith Editor", time=time, summary="First."
    )
    assert revision.changes == [["first", 3, 2]]
    assert revision.classes == []
    assert rows.from_rows([document.key]) == {document.key: document}
    assert m.Block.objects.filter(controversy=document.key).count() == len(document.blocks()) + 1
    head = history.head(document.key)
    assert head.document == document
    assert head.entry.digest == bytes(revision.digest)


def test_record_chains_to_its_parent():
    controversy = ControversyFactory()
    first = controversy.head

    controversy.edit(title="Another title", author_name="Paul", summary="Why not")

    entry = controversy.head.entry
    assert entry.number == 2
    assert entry.digest == revision_digest(
        parent=first.entry.digest, document=entry.document, author="Paul", time=entry.time, summary="Why not"
    )


def test_record_stores_only_blocks_that_changed():
    controversy = ControversyFactory(positions=5, points=3)
    document = controversy.document
    position = replace(document.positions[3], claim="Another claim.")

    controversy.save(
        document.with_blocks(positions=(*document.positions[:3], position, *document.positions[4:]))
    )

    stored = m.Block.objects.filter(controversy=controversy.key, since=2)
    assert [str(block.key) for block in stored] == [position.key]


def test_record_of_a_new_order_stores_the_head_and_the_outline():
    controversy = ControversyFactory(positions=4)
    document = controversy.document

    controversy.save(document.with_blocks(positions=tuple(reversed(document.positions))))

    stored = {str(key) for key in m.Block.objects.filter(since=2).values_list("key", flat=True)}
    assert stored >= {controversy.key, str(m.Block.OUTLINE)}
    assert not stored & {position.key for position in document.positions}
    assert [p.key for p in history.at(controversy.key, 1).document.positions] == [
        p.key for p in document.positions
    ]


def test_record_of_a_removed_block_remembers_that_it_went():
    controversy = ControversyFactory(positions=3, points=0)
    document = controversy.document
    gone = document.positions[1]

    controversy.save(document.with_blocks(positions=(document.positions[0], document.positions[2])))

    block = m.Block.objects.get(key=gone.key, since=2)
    assert (block.body, block.digest) == (None, None)
    assert not m.Position.objects.filter(pk=gone.key).exists()
    assert history.at(controversy.key, 1).document == document


def test_record_brings_a_removed_block_back():
    controversy = ControversyFactory(positions=3, citations=9)
    document = controversy.document
    controversy.save(document.with_blocks(positions=document.positions[1:]))

    controversy.save(document)

    assert controversy.document == document
    assert rows.from_rows([controversy.key])[controversy.key] == document
    assert controversy.head.entry.document == history.at(controversy.key, 1).entry.document


def test_record_without_change_writes_nothing():
    controversy = ControversyFactory(positions=2)
    before = counts()

    assert controversy.save(controversy.document) is None
    assert controversy.save(parse.document(canonical.document_json(controversy.document))) is None
    assert counts() == before


def test_record_brings_documents_made_in_code_into_canonical_form():
    document = document_factory(positions=2, points=3, citations=6)
    turned = [
        replace(position, stances=tuple(sorted(position.stances, key=lambda s: s.point, reverse=True)))
        for position in document.positions
    ]
    odd = replace(
        document,
        positions=tuple(turned),
        backers=(*reversed(document.backers), backer_block()),
        sources=(*reversed(document.sources), source_block()),
    )

    history.record(odd, author_name="Edith", base=None)

    assert history.head(document.key).document == document
    assert rows.from_rows([document.key])[document.key] == document
    assert m.Backer.objects.count() == len(document.backers)


def test_record_marks_imports_and_restorations_first_among_its_classes():
    controversy = ControversyFactory()

    revision = controversy.edit(status="resolved", kind=m.ChangeClass.RESTORE)

    assert revision.classes == ["restore", "status"]


@pytest.mark.parametrize(
    ("first", "last", "username", "shown"),
    [
        ("Ada", "Lovelace", "ada", "Ada Lovelace"),
        ("", "", "ada", "ada"),
        ("", "", "ada@crux.example", "ada"),
        ("ada@crux.example", "", "x", "ada"),
        ("@crux.example", "", "@crux.example", "An editor"),
        ("\u200b", "\u202e", "ada", "ada"),
    ],
)
def test_public_name_is_never_an_address(first, last, username, shown):
    user = UserFactory.build(first_name=first, last_name=last, username=username)

    assert history.public_name(user) == shown


def test_record_wants_an_author():
    with pytest.raises(ValueError, match=r"^A revision needs an author\.$"):
        history.record(document_factory(), base=None)


def test_record_outlives_its_author():
    author = UserFactory(first_name="Edith", last_name="Editor")
    controversy = ControversyFactory(author=author)

    author.delete()

    entry = history.head(controversy.key).entry
    assert (entry.author_name, entry.author) == ("Edith Editor", controversy.head.entry.author)


# -- refusals write nothing --


def test_record_from_an_old_revision_is_stale():
    controversy = ControversyFactory(revisions=3)
    old = history.at(controversy.key, 2)
    before = counts()

    for base in (old, 2, 0, None, 4):
        with pytest.raises(history.Stale) as error:
            history.record(with_head(old.document, title="Mine"), author_name="Cora", base=base)
        assert error.value.head.number == 3
        assert error.value.head.document == controversy.document

    assert counts() == before


def test_record_from_a_reading_of_another_page_is_stale():
    controversy, other = ControversyFactory(), ControversyFactory()

    with pytest.raises(history.Stale):
        history.record(with_head(controversy.document, title="Mine"), author_name="Cora", base=other.head)


def test_record_of_what_there_is_not_is_stale():
    with pytest.raises(history.Stale) as error:
        history.record(document_factory(), author_name="Cora", base=1)

    assert error.value.head is None


def test_record_of_an_invalid_document_writes_nothing():
    controversy = ControversyFactory(positions=2)
    document = controversy.document
    positions = tuple(replace(position, confidence="certain") for position in document.positions)
    before = counts()

    with pytest.raises(InvalidDocument) as error:
        controversy.save(replace(with_head(document, title=""), positions=positions))

    offered = "“certain” is not one of: high, medium, low, disputed, not-rated."
    assert faults(error) == [
        "title: This cannot be left empty.",
        f"positions[0].confidence: {offered}",
        f"positions[1].confidence: {offered}",
    ]
    assert counts() == before
    assert rows.from_rows([controversy.key])[controversy.key] == document


@pytest.mark.parametrize("key", ["", "7", "\x00", "00000000-0000-0000-0000-000000000000"])
@pytest.mark.parametrize("base", [None, 1])
def test_record_of_an_impossible_key_is_refused(key, base):
    with pytest.raises(InvalidDocument, match=r"^key: "):
        history.record(with_head(document_factory(), key=key), author_name="Edith", base=base)


@pytest.mark.parametrize(
    ("summary", "name", "message"),
    [
        ("x" * 1001, "Edith", r"^summary: At most 1000 characters; this has 1001\.$"),
        ("\u200b", "Edith", r"^summary: There is nothing to see in this text\.$"),
        ("", "x" * 151, r"^author: At most 150 characters; this has 151\.$"),
        ("", "\ud800", r"^author: This holds half a character"),
    ],
)
def test_record_refuses_an_odd_summary_or_name(summary, name, message):
    with pytest.raises(InvalidDocument, match=message):
        history.record(document_factory(), author_name=name, summary=summary, base=None)

    assert m.Controversy.objects.count() == 0


def test_record_that_fails_in_the_middle_writes_nothing(monkeypatch):
    controversy = ControversyFactory(positions=2)
    before = counts()

    def fail(*args, **options):
        raise RuntimeError("the power went")

    monkeypatch.setattr(m.Block.objects, "bulk_create", fail)
    with pytest.raises(RuntimeError, match="the power went"):
        history.record(
            with_head(controversy.document, title="Half"), author_name="Edith", base=controversy.head
        )

    assert counts() == before
    assert rows.from_rows([controversy.key])[controversy.key] == controversy.document


@pytest.mark.parametrize("table", ["position", "contestedpoint", "citation", "backing"])
def test_record_never_takes_a_part_of_another_page(table):
    victim = ControversyFactory(positions=1, points=1, citations=1)
    thief = document_factory(positions=1, points=1, citations=1)
    theirs, mine = victim.document, thief.positions[0]
    if table == "position":
        thief = thief.with_blocks(positions=(replace(mine, key=theirs.positions[0].key),))
    elif table == "contestedpoint":
        point = replace(thief.points[0], key=theirs.points[0].key)
        stance = replace(mine.stances[0], point=point.key)
        thief = thief.with_blocks(points=(point,), positions=(replace(mine, stances=(stance,)),))
    elif table == "citation":
        cited = replace(mine.citations[0], key=theirs.positions[0].citations[0].key)
        thief = thief.with_blocks(positions=(replace(mine, citations=(cited,)),))
    else:
        held = replace(mine.backings[0], key=theirs.positions[0].backings[0].key)
        thief = thief.with_blocks(positions=(replace(mine, backings=(held,)),))
    before = counts()

    with pytest.raises(InvalidDocument) as error:
        history.record(thief, author_name="Mallory", base=None)

    assert faults(error) == [f"A key of this page is already used elsewhere ({table})."]
    assert counts() == before
    assert rows.from_rows([victim.key])[victim.key] == theirs


def test_record_never_takes_a_page():
    victim = ControversyFactory()

    with pytest.raises(history.Stale):
        history.record(
            with_head(document_factory(), key=victim.key, slug="mine"), author_name="Mallory", base=None
        )


# -- addresses --


def test_record_refuses_an_address_that_another_page_has():
    ControversyFactory(slug="taken")

    with pytest.raises(InvalidDocument) as error:
        history.record(document_factory(slug="taken"), author_name="Edith", base=None)

    assert faults(error) == ["slug: Another controversy has this address."]


def test_record_changes_the_address_of_a_draft():
    controversy = ControversyFactory(publication="draft")

    controversy.edit(slug="a-better-address")

    assert controversy.row.slug == "a-better-address"


@pytest.mark.parametrize("publication", ["published", "withdrawn"])
def test_record_keeps_the_address_of_what_readers_saw(publication):
    controversy = ControversyFactory(publication=publication)

    with pytest.raises(InvalidDocument) as error:
        controversy.edit(slug="another")

    assert faults(error) == ["slug: The address cannot change once readers have seen the page."]


@pytest.mark.parametrize("publication", ["published", "withdrawn"])
def test_record_makes_no_draft_of_what_readers_saw(publication):
    controversy = ControversyFactory(publication=publication)

    with pytest.raises(InvalidDocument) as error:
        controversy.edit(publication="draft")

    assert faults(error) == [
        "publication: Readers have seen this page: withdraw it instead of making it a draft."
    ]


def test_record_dates_no_revision_before_the_one_that_it_follows(monkeypatch):
    controversy = ControversyFactory()
    earlier = controversy.head.entry.time - datetime.timedelta(days=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: earlier)

    before = controversy.head.entry.time
    controversy.edit(title="Saved while the clock was set back")

    assert controversy.head.entry.time == before + datetime.timedelta(microseconds=1)


# -- shared rows --


def test_record_makes_shared_rows_that_are_new():
    document = document_factory(positions=2)

    history.record(document, author_name="Edith", base=None)

    assert {str(key) for key in m.Backer.objects.values_list("id", flat=True)} == {
        backer.key for backer in document.backers
    }
    assert m.Source.objects.count() == len(document.sources)
    assert m.Topic.objects.get().title == document.head.topic.title


def test_record_takes_shared_rows_as_they_are_on_record():
    backer = BackerFactory(name="Right Name", aliases=["RN"])
    source, topic = SourceFactory(title="Right Title"), TopicFactory(title="Right topic")
    document = document_factory(
        backers=[replace(backer_block(backer), name="Wrong name", aliases=())],
        sources=[replace(source_block(source), title="Wrong title")],
        topic=replace(topic_block(topic), title="Wrong topic"),
    )

    history.record(document, author_name="Edith", base=None)

    recorded = history.head(document.key).document
    assert recorded.backers == (backer_block(backer),)
    assert recorded.sources == (source_block(source),)
    assert recorded.head.topic == topic_block(topic)
    backer.refresh_from_db()
    assert backer.name == "Right Name"


def test_record_does_not_overwrite_shared_rows_that_the_page_shows():
    controversy = ControversyFactory(positions=1)
    document = controversy.document
    [backer], [source] = document.backers, document.sources

    revision = controversy.save(
        replace(
            with_head(document, topic=replace(document.head.topic, title="Vandalised")),
            backers=(replace(backer, name="Vandalised"),),
            sources=(replace(source, title="Vandalised"),),
        )
    )

    assert revision is None
    assert m.Backer.objects.get().name == backer.name
    assert m.Source.objects.get().title == source.title


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("slug", "taken", "backers[0].slug: On record under another key already: “taken”. Use that one."),
        (
            "name",
            "the TAKEN",
            "backers[0].name: On record under another key already: “the TAKEN”. Use that one.",
        ),
    ],
)
def test_record_refuses_a_second_backer_of_one_name_or_address(field, value, message):
    BackerFactory(slug="taken", name="The Taken", kind="company")
    document = document_factory(positions=1)
    backer = replace(document.backers[0], kind="company", **{field: value})

    with pytest.raises(InvalidDocument) as error:
        history.record(replace(document, backers=(backer,)), author_name="Edith", base=None)

    assert faults(error) == [message]
    assert m.Backer.objects.count() == 1


@pytest.mark.parametrize("field", ["slug", "url", "doi"])
def test_record_refuses_a_second_source_of_one_link_or_address(field):
    taken = SourceFactory(doi="10.1000/1")
    document = document_factory(positions=1)
    value = getattr(taken, field)
    source = replace(document.sources[0], **{field: value})

    with pytest.raises(InvalidDocument) as error:
        history.record(replace(document, sources=(source,)), author_name="Edith", base=None)

    assert faults(error) == [
        f"sources[0].{field}: On record under another key already: “{value}”. Use that one."
    ]


@pytest.mark.parametrize("field", ["slug", "title"])
def test_record_refuses_a_second_topic_of_one_title_or_address(field):
    taken = TopicFactory()
    document = document_factory()
    value = getattr(taken, field)

    with pytest.raises(InvalidDocument) as error:
        history.record(
            with_head(document, topic=replace(document.head.topic, **{field: value})),
            author_name="Edith",
            base=None,
        )

    assert faults(error) == [f"topic.{field}: Another topic has this: “{value}”."]


def test_record_swaps_backers_within_a_position_and_between_two():
    controversy = ControversyFactory(positions=2, backings=4)
    document = controversy.document
    a, b = document.positions
    one, two = a.backings
    three, four = b.backings
    swapped = document.with_blocks(
        positions=(
            replace(a, backings=(replace(one, backer=two.backer), replace(two, backer=one.backer), four)),
            replace(b, backings=(three,)),
        )
    )

    controversy.save(swapped)

    assert rows.from_rows([controversy.key])[controversy.key] == swapped
    assert controversy.document == swapped


def test_record_replaces_a_backing_by_a_new_one_of_the_same_backer():
    controversy = ControversyFactory(positions=1, backings=2)
    document = controversy.document
    [position] = document.positions
    one, two = position.backings
    new = replace(one, key=new_key())
    other = backer_block(BackerFactory())
    changed = replace(position, backings=(replace(one, backer=other.key), two, new))

    controversy.save(document.with_blocks(positions=(changed,), backers=(*document.backers, other)))

    assert rows.from_rows([controversy.key])[controversy.key] == controversy.document
    assert [backing.backer for backing in controversy.document.positions[0].backings] == [
        other.key,
        two.backer,
        one.backer,
    ]


# -- act() --


def test_act_records_each_page_that_shows_the_change_once():
    backer, source = BackerFactory(), SourceFactory()
    pages = [ControversyFactory(backers=[backer], sources=[source], positions=1) for _ in range(3)]
    other = ControversyFactory()

    with history.act(author_name="Edith", summary="New name") as recorded:
        backer.name = "New Name"
        backer.save()
        source.title = "New Title"
        source.save()

    assert sorted(recorded) == sorted(page.key for page in pages)
    for page in pages:
        head = history.head(page.key)
        assert (head.number, head.entry.summary, head.entry.author_name) == (2, "New name", "Edith")
        assert head.document.backers[0].name == "New Name"
        assert head.document.sources[0].title == "New Title"
        assert head.entry.classes == ("attribution", "source")
    assert history.head(other.key).number == 1


def test_act_that_touches_no_page_records_nothing():
    backer = BackerFactory()

    with history.act(author_name="Edith") as recorded:
        backer.name = "New Name"
        backer.save()

    assert recorded == []
    assert m.Revision.objects.count() == 0


def test_act_that_changes_something_and_back_records_nothing():
    backer = BackerFactory(name="Old", description="As it was.")
    back, other = ControversyFactory(backers=[backer], positions=1), ControversyFactory(positions=2)

    with history.act(author_name="Edith") as recorded:
        m.Backer.objects.filter(pk=backer.pk).update(name="New")
        m.Backer.objects.filter(pk=backer.pk).update(name="Old")
        m.Position.objects.filter(controversy=other.key).update(order=F("order") + 5)
    with history.act(author_name="Edith") as again:
        m.Backer.objects.filter(pk=backer.pk).update(name="Old")
        m.Topic.objects.update(title=F("title"))

    assert (recorded, again) == ([], [])
    for page in (back, other):
        assert history.head(page.key) == page.head
        assert rows.from_rows([page.key])[page.key] == page.document
    assert not m.UnrecordedChange.objects.exists()


def test_act_records_what_changed_beside_what_was_changed_back():
    kept, changed = BackerFactory(), BackerFactory()
    back = ControversyFactory(backers=[kept], positions=1)
    page = ControversyFactory(backers=[changed], positions=1)

    with history.act(author_name="Edith") as recorded:
        m.Backer.objects.update(kind="person")
        m.Backer.objects.filter(pk=kept.pk).update(kind=kept.kind)

    assert recorded == [page.key]
    assert (history.head(back.key).number, history.head(page.key).number) == (1, 2)


def test_act_whose_body_fails_changes_nothing():
    backer = BackerFactory(name="Old")
    page = ControversyFactory(backers=[backer], positions=1)

    def slip():
        with history.act(author_name="Edith"):
            m.Backer.objects.update(name="New")
            raise RuntimeError("slip")

    with pytest.raises(RuntimeError, match="slip"):
        slip()

    backer.refresh_from_db()
    assert backer.name == "Old"
    assert history.head(page.key).number == 1


def test_act_that_would_leave_an_invalid_page_changes_nothing():
    backer = BackerFactory(name="Old")
    page = ControversyFactory(backers=[backer], positions=1)

    with pytest.raises(InvalidDocument) as error, history.act(author_name="Edith"):
        m.Backer.objects.update(name=" two  spaces ")

    assert faults(error) == ["backers[0].name: This is not in canonical form."]
    backer.refresh_from_db()
    assert backer.name == "Old"
    assert history.head(page.key).number == 1


def test_act_within_act_records_the_inner_changes_first():
    backer = BackerFactory()
    page = ControversyFactory(backers=[backer], positions=1)

    with history.act(author_name="Edith", summary="Outer") as outer:
        m.Backer.objects.update(name="One")
        with history.act(author_name="Paul", summary="Inner") as inner:
            m.Backer.objects.update(description="Two")
        m.Backer.objects.update(website="https://three.example/")

    assert (inner, outer) == ([page.key], [page.key])
    found = read.entries("r.controversy_id = %s", [page.key])
    assert [(entry.number, entry.summary) for entry in found] == [
        (3, "Outer"),
        (2, "Inner"),
        (1, "First version."),
    ]
    assert rows.from_rows([page.key])[page.key] == history.head(page.key).document


def test_record_within_act_leaves_nothing_for_act_to_record():
    page = ControversyFactory(positions=1)

    with history.act(author_name="Edith") as recorded:
        page.edit(title="By record()")

    assert recorded == []
    assert history.head(page.key).number == 2


def test_record_after_a_renaming_in_its_transaction_takes_the_new_name():
    backer = BackerFactory(name="Old")
    page = ControversyFactory(backers=[backer], positions=1)

    with transaction.atomic():
        m.Backer.objects.update(name="New")
        history.record(with_head(page.document, title="Both"), author_name="Edith", base=page.head)

    head = history.head(page.key)
    assert (head.document.backers[0].name, head.document.head.title) == ("New", "Both")
    assert rows.from_rows([page.key])[page.key] == head.document


def test_record_after_a_change_of_rows_in_its_transaction_brings_them_into_agreement():
    page = ControversyFactory(positions=2)

    with transaction.atomic():
        m.Position.objects.update(claim="Vandalised.")
        m.Stance.objects.all().delete()
        made = history.record(page.document, author_name="Edith", base=page.head)

    assert made is None
    assert rows.from_rows([page.key])[page.key] == page.document
    assert history.head(page.key) == page.head


def test_rows_written_past_documents_are_settled_so_that_the_next_save_fits():
    """Places with gaps, and a stance whose key is its own: no document tells of them."""
    page = ControversyFactory(positions=2, points=2, stances=3, backings=4, citations=12)
    said = set(m.Stance.objects.values_list("position_id", "point_id"))
    [(position, point)] = {
        (p.pk, q.pk) for p in m.Position.objects.all() for q in m.ContestedPoint.objects.all()
    } - said
    with history.act(author_name="Edith"):
        for model in (m.Position, m.ContestedPoint, m.Backing, m.Citation):
            model.objects.update(order=F("order") + 5)
        stance = m.Stance.objects.create(position_id=position, point_id=point, text="Past documents.")
        source = m.Source.objects.first()
        m.Citation.objects.create(stance=stance, source=source, order=7)

    page.head = history.head(page.key)
    first, *rest = page.document.positions
    backing = replace(
        first.backings[0], citations=(), key=new_key(), backer=backer_block(BackerFactory()).key
    )
    page.save(
        page.document.with_blocks(
            positions=(
                *(replace(p, stances=tuple(replace(s, text="Changed.") for s in p.stances)) for p in rest),
                replace(
                    first,
                    stances=tuple(replace(s, text="Changed.") for s in first.stances),
                    backings=(*first.backings, backing),
                    citations=(*first.citations, citation(page.document.sources[0])),
                ),
                replace(first, key=new_key(), stances=(), backings=(), citations=()),
            ),
            backers=(*page.document.backers, *rows.shared_blocks(Backer, [backing.backer]).values()),
        )
    )

    assert m.Stance.objects.filter(text="Changed.").count() == 4
    assert sorted(m.Position.objects.values_list("order", flat=True)) == [1, 2, 3]
    assert rows.from_rows([page.key])[page.key] == history.head(page.key).document


# -- old pages --


def test_old_revisions_stay_as_they_were():
    backer, source, topic = BackerFactory(), SourceFactory(), TopicFactory()
    page = ControversyFactory(backers=[backer], sources=[source], topic=topic, positions=1, revisions=4)
    before = {
        number: (
            canonical.dumps(canonical.document_json(history.at(page.key, number).document)),
            history.at(page.key, number).entry,
        )
        for number in range(1, 5)
    }

    with history.act(author_name="Edith", summary="Renamed"):
        m.Backer.objects.update(name="New Name", slug="new-name", aliases=["Old"])
        m.Source.objects.update(title="New Title", url="", doi="10.1000/2")
        m.Topic.objects.update(title="New Topic")
    UserFactory()

    for number, (text, entry) in before.items():
        reading = history.at(page.key, number)
        assert canonical.dumps(canonical.document_json(reading.document)) == text
        assert reading.entry == entry
        assert canonical.digest(reading.document) == entry.document
    assert history.head(page.key).document.head.topic.title == "New Topic"


# -- reading --


def test_reading_gives_any_revision():
    page = ControversyFactory(revisions=6, positions=3)

    assert [history.at(page.key, number).number for number in range(1, 7)] == [1, 2, 3, 4, 5, 6]
    assert history.at(page.key, 6) == history.head(page.key) == page.head
    assert history.at(page.key, 7) is None
    assert history.at(page.key, 0) is None
    assert history.at(page.key, -1) is None
    assert history.at(page.key, 2**31) is None
    assert history.at(new_key(), 1) is None
    assert history.head(new_key()) is None


def test_reading_pairs_oldest_first():
    page = ControversyFactory(revisions=3)

    assert [reading.number for reading in read.pair(page.key, (3, 1))] == [1, 3]
    assert [reading.number for reading in read.pair(page.key, (2, 2))] == [2]
    assert [reading.number for reading in read.pair(page.key, (1, 9))] == [1]
    assert read.pair(page.key, (1, 2**31)) == []


def test_reading_heads_of_many():
    pages = [ControversyFactory(revisions=number) for number in (1, 2, 3)]

    found = history.heads([*(page.key for page in pages), new_key()])

    assert {key: reading.number for key, reading in found.items()} == {
        page.key: page.head.number for page in pages
    }
    assert history.heads([]) == {}


def test_every_revision_compares_with_the_one_before_as_it_was_told():
    page = ControversyFactory(revisions=8, positions=3)

    for number in range(2, 9):
        old, new = read.pair(page.key, (number - 1, number))
        comparison = compare.compare(old.document, new.document)
        assert compare.outline(comparison) == new.entry.changes
        assert tuple(compare.classes(comparison)) == new.entry.classes
        assert compare.size(comparison) == (new.entry.added, new.entry.removed)


# -- queries --


def queries(action) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        action()
    return len(captured)


def test_record_of_one_field_takes_as_many_queries_on_any_page():
    small, big = ControversyFactory(positions=1, points=1), ControversyFactory(**BIG)

    def edit(page):
        [first, *rest] = page.document.positions
        document = page.document.with_blocks(positions=(replace(first, argument="Another."), *rest))
        return queries(lambda: history.record(document, author_name="Edith", base=page.head))

    # savepoint, lock, newest digest, one UPDATE, blocks, revision, release; three of blame
    assert edit(small) == edit(big) == 10


def test_reading_takes_one_query_on_any_page():
    small, big = ControversyFactory(positions=1, points=1), ControversyFactory(**BIG)

    for page in (small, big):
        assert queries(lambda: history.head(page.key)) == 1  # noqa: B023 - called at once
        assert queries(lambda: history.at(page.key, 1)) == 1  # noqa: B023 - called at once


def test_from_rows_takes_as_many_queries_for_any_pages():
    small, big = ControversyFactory(positions=1, points=1), ControversyFactory(**BIG)

    assert queries(lambda: rows.from_rows([small.key])) == 6
    assert queries(lambda: rows.from_rows([small.key, big.key])) == 6
    assert rows.from_rows([]) == {}


def test_act_takes_as_many_queries_for_any_number_of_pages():
    backer, other = BackerFactory(), BackerFactory()
    ControversyFactory(backers=[backer], positions=1)
    for _ in range(5):
        ControversyFactory(backers=[other], positions=1)

    def rename(row):
        with history.act(author_name="Edith"):
            row.name += " the Second"
            row.save()

    assert queries(lambda: rename(backer)) == queries(lambda: rename(other))


def test_reviewer_without_an_account_is_recorded_by_name_and_covered_by_the_digest():
    document = document_factory()

    revision = history.record(document, base=None, author_name="A", reviewer_name=" Paul  Publisher ")

    assert (revision.reviewer, revision.reviewer_name) == (None, "Paul Publisher")
    assert revision.digest == revision_digest(
        parent=None,
        document=revision.document,
        author="A",
        time=revision.time,
        summary="",
        reviewer="Paul Publisher",
    )
