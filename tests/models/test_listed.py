"""What the database keeps for lists, held against a full count after random series of changes."""

import datetime
import random
from collections import Counter
from dataclasses import replace
from itertools import product

import pytest
from django.db import connection, transaction

from controversies import history
from controversies import models as m
from controversies.admin.lists.filters import is_cited
from controversies.document import rows
from controversies.document.types import BY_NAME, TOPIC
from controversies.history import as_of, log
from controversies.history import merge as merging
from controversies.workflow import redaction
from tests.factories import (
    BackerFactory,
    ControversyFactory,
    Recorded,
    TopicFactory,
    UserFactory,
    revise,
    topic_block,
)
from tests.interchange.corpus.test_load import corpus, empty, loaded
from tests.workflow.redaction.test_erase import order


def listed_pages() -> set[tuple[object, ...]]:
    columns = ("controversy", "publication", "topic", "status", "number", "changed", "lacks_source")
    return set(m.ListedPage.objects.values_list(*columns))


def expected_pages() -> set[tuple[object, ...]]:
    expected = set()
    for page in m.Controversy.objects.all():
        newest = page.revisions.order_by("number").last()
        lacks_source = page.positions.filter(~is_cited()).exists()
        expected.add(
            (page.pk, page.publication, page.topic_id, page.status, newest.number, newest.time, lacks_source)
        )
    return expected


def listed_changes() -> list[tuple[object, ...]]:
    columns = ("subject", "kind", "time", "controversy", "number")
    return sorted(m.PublicChange.objects.values_list(*columns))


def expected_changes() -> list[tuple[object, ...]]:
    expected = []
    for page in m.Controversy.objects.public():
        for line in log.page(str(page.pk), every=True, limit=1000).lines:
            if line.is_public:
                first = line.number == 1 or line.follows_public
                kinds = {kind for kind in line.entry.classes if first or kind in ("restore", "import")}
                expected += [
                    (subject, kind, line.entry.time, page.pk, line.number)
                    for subject in (m.PublicChange.ALL, page.topic_id)
                    for kind in ("", *kinds)
                ]
    return sorted(expected)


def listed_upkeep() -> set[tuple[object, ...]]:
    columns = (
        "topic",
        "status",
        "opened",
        "reviewed",
        "has_primary_source",
        "has_one_editor",
        "silent_cells",
    )
    return set(m.PageUpkeep.objects.values_list("controversy", *columns))


def expected_upkeep() -> set[tuple[object, ...]]:
    primary = {"article", "preprint", "report", "legal", "dataset"}
    expected = set()
    for page in m.Controversy.objects.public():
        reading = history.head(str(page.pk))
        assert reading is not None
        document = reading.document
        cited = {each.source for each in document.citations()}
        lines = [line for line in log.page(str(page.pk), every=True, limit=1000).lines if line.is_public]
        names = {
            name for line in lines for name in (line.entry.author_name, line.entry.reviewer_name) if name
        }
        cells = len(document.positions) * len(document.points)
        expected.add(
            (
                page.pk,
                page.topic_id,
                page.status,
                min(line.entry.time for line in lines),
                page.reviewed_on or m.NEVER,
                any(source.kind in primary for source in document.sources if source.key in cited),
                len(names) == 1,
                cells - sum(len(position.stances) for position in document.positions),
            )
        )
    return expected


def use_changes() -> Counter[tuple[object, ...]]:
    """The pages and uses that were added on each day, less those that ended; none that is 0."""
    rows = m.UseChange.objects.values_list("type", "key", "day", "pages", "uses")
    return Counter({(*row[:3], i): row[3 + i] for row in rows for i in range(2) if row[3 + i]})


def public_periods() -> list[m.ListedPeriod]:
    return list(m.ListedPeriod.objects.filter(controversy__publication="published").exclude(type="head"))


def expected_use_changes() -> Counter[tuple[object, ...]]:
    changes: Counter[tuple[object, ...]] = Counter()
    for each in public_periods():
        for time, sign in ((each.begins, 1), (each.ends, -1)):
            for i, number in enumerate((1, each.uses)) if time else ():
                changes[each.type, each.key, time.astimezone(datetime.UTC).date(), i] += sign * number
    return Counter({key: number for key, number in changes.items() if number})


def check_uses_then(pick: random.Random) -> None:
    """Hold the uses at several times against a count of the periods."""
    periods = public_periods()
    times = [time for each in periods for time in (each.begins, each.ends) if time]
    for time in pick.sample(times, min(len(times), 6)):
        moments = (
            time,
            time - datetime.timedelta(microseconds=1),
            time.replace(hour=23, minute=59, second=59),
        )
        for then, (name, model) in product(moments, (("backer", m.Backer), ("source", m.Source))):
            for key in model._default_manager.values_list("pk", flat=True)[:3]:
                held = [
                    each
                    for each in periods
                    if each.key == key and each.begins <= then and (each.ends is None or each.ends > then)
                ]
                shown = as_of.pages_showing(BY_NAME[name], str(key), then, pages=9)
                numbers = (shown.pages, shown.uses) if shown else (0, 0)
                assert numbers == (len(held), sum(each.uses for each in held))


def check_lists(pick: random.Random) -> None:
    """Hold all that is kept against a full count, and what the ways to a backer's changes find."""
    assert listed_upkeep() == expected_upkeep()
    assert listed_pages() == expected_pages()
    assert listed_changes() == expected_changes()
    assert use_changes() == expected_use_changes()
    check_uses_then(pick)
    for backer in map(str, m.Backer.objects.values_list("pk", flat=True)):
        lines = log.of_backer(backer, log.COMMON + 1, limit=9)
        for pages in (1, 2, log.PAGES_AT_FIRST):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(log, "PAGES_AT_FIRST", pages)
                assert log.of_backer(backer, 1, limit=9) == lines
                assert log.of_backer(backer, 1, limit=2) == lines[:2]
    for author in ("Ada", "Bo", "Edith Editor"):
        by = [line for line in log.over_all(limit=1000).lines if line.entry.author_name == author]
        assert list(log.over_all(author=author, limit=1000).lines) == by
        kinds = log.over_all(author=author, kind="substantive", limit=1000).lines
        assert kinds == tuple(
            line
            for line in log.over_all(kind="substantive", limit=1000).lines
            if line.entry.author_name == author
        )


def change(page: Recorded, pick: random.Random, topics: list[m.Topic]) -> None:
    """Record one change of any kind."""
    head = history.head(page.key)
    assert head is not None
    page.head = head
    publication = page.document.head.publication
    match pick.choice(
        [
            *("text", "text", "backers", "status", "topic", "publication", "shared", "merge", "none"),
            *("review", "stances", "kind", "sources", "accepted"),
        ]
    ):
        case "text":
            page.save(revise(page.document, head.number + 1), author_name=pick.choice(["Ada", "Bo"]))
        case "backers":
            first, *others = page.document.positions
            page.save(
                page.document.with_blocks(positions=(replace(first, backings=first.backings[1:]), *others))
            )
        case "status":
            page.edit(status=pick.choice(m.Status.values))
        case "topic":
            page.edit(topic=topic_block(pick.choice(topics)))
        case "publication":
            page.edit(publication="withdrawn" if publication == m.Publication.PUBLISHED else "published")
        case "shared":
            with history.act(author_name="Edith", summary="For all pages."):
                m.Topic.objects.filter(pk=page.row.topic_id).update(description=f"As at {head.number}.")
        case "merge":
            gone, kept = TopicFactory(), pick.choice(topics)
            page.edit(topic=topic_block(gone))
            keys = [str(kept.pk), str(gone.pk)]
            block = rows.shared_blocks(TOPIC.part, keys)[keys[0]]
            merging.merge(TOPIC, keys[0], keys[1:], block, author=UserFactory(), summary="One topic.")
        case "review":
            page.edit(reviewed_on=f"2026-0{pick.randint(1, 9)}-01", reviewed_by="Rae")
        case "stances":
            first, *others = page.document.positions
            page.save(page.document.with_blocks(positions=(replace(first, stances=()), *others)))
        case "sources":
            first, *others = page.document.positions
            page.save(page.document.with_blocks(positions=(replace(first, citations=()), *others)))
        case "kind":
            with history.act(author_name="Edith", summary="For all pages."):
                m.Source.objects.filter(pk=pick.choice(m.Source.objects.all()).pk).update(
                    kind=pick.choice(["article", "news"])
                )
        case "accepted":
            page.save(
                revise(page.document, head.number + 1),
                author_name="Ada",
                reviewer_name=pick.choice(["Ada", "Bo"]),
            )
        case "none":
            with transaction.atomic():
                page.save(revise(page.document, head.number + 1))
                transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(4))
def test_rows_of_lists_are_those_of_a_full_count(seed: int) -> None:
    pick = random.Random(seed)
    topics, backers = TopicFactory.create_batch(3), BackerFactory.create_batch(3)
    pages = [
        ControversyFactory(
            positions=2,
            points=1,
            citations=2,
            backings=4,
            backers=backers,
            revisions=2,
            topic=pick.choice(topics),
            publication=publication,
        )
        for publication in ("draft", "published", "withdrawn", "published")
    ]

    for _ in range(25):
        change(pick.choice(pages), pick, topics)
    check_lists(pick)

    spoken = pages[1]
    spoken.head = history.head(spoken.key)
    spoken.edit(publication="published")
    check_lists(pick)
    assert listed_changes()
    first, *others = spoken.document.positions
    spoken.save(
        spoken.document.with_blocks(positions=(replace(first, argument="Zoë Qüxly said so."), *others))
    )
    redaction.apply(order("Zoë Qüxly"))
    check_lists(pick)

    text, public = corpus(), {row for row in expected_pages() if row[1] == m.Publication.PUBLISHED}
    empty()
    assert not listed_pages()
    loaded(text)
    check_lists(pick)
    with connection.cursor() as cursor:
        kept = listed_pages(), listed_changes(), listed_upkeep(), use_changes()
        for name in ("listing", "needs", "upkeep", "use_changes"):
            cursor.execute(f"SELECT controversies_rebuild_{name}()")
        assert (listed_pages(), listed_changes(), listed_upkeep(), use_changes()) == kept
    assert {row[0] for row in public} <= {row[0] for row in listed_pages()}
