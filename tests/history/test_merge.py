"""Merging backers, sources and topics, undoing it, and deleting what nothing shows."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from controversies import history
from controversies import models as m
from controversies.document import canonical, rows
from controversies.document.parse import InvalidDocument
from controversies.document.types import BY_NAME, TOPIC, Backing, Document
from controversies.document.unite import join_backings
from controversies.history import former
from controversies.history import merge as merging
from controversies.history.merge import MergeRefused
from controversies.kit import retry
from controversies.models import Merger
from tests.factories import (
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
)

BACKER, SOURCE = BY_NAME["backer"], BY_NAME["source"]


def page(*, backers: Any = 1, sources: Any = 1, **options: Any) -> Any:
    options = {"positions": 2, "points": 1, "backings": 2, "citations": 3, **options}
    return ControversyFactory(document=document_factory(backers=backers, sources=sources, **options))


def head(recorded: Any) -> history.Reading:
    reading = history.head(recorded.key)
    assert reading is not None
    return reading


def block_of(block_type: Any, row: Any) -> Any:
    return rows.shared_blocks(block_type.part, [str(row.pk)])[str(row.pk)]


def merge(block_type: Any, kept: Any, *gone: Any, **values: Any) -> merging.RowMerge:
    block = replace(block_of(block_type, kept), **values)
    keys = [str(each.pk) for each in gone]
    return merging.merge(
        block_type, str(kept.pk), keys, block, author=UserFactory(), summary="One thing recorded twice."
    )


def undo(result: merging.RowMerge) -> tuple[str, ...]:
    return merging.undo_merge(result.merger.pk, author=UserFactory(), summary="They were two after all.")


def check() -> None:
    if connection.in_atomic_block:
        retry.check_deferred_constraints()  # as at COMMIT
    call_command("checkhistory", verbosity=0)


# -- what a merge makes of pages --


@pytest.mark.django_db
def test_every_page_that_showed_either_gets_one_revision_and_shows_what_stays() -> None:
    kept, gone = BackerFactory(name="Hugging Face"), BackerFactory(name="Huggingface")
    only_gone, only_kept = page(backers=[gone]), page(backers=[kept])
    both, other = page(backers=[gone, kept]), page()
    before = {each.key: head(each) for each in (only_gone, only_kept, both)}

    result = merge(BACKER, kept, gone, aliases=("Huggingface",), description="Hosts models.")

    assert set(result.pages) == before.keys()
    assert head(other).number == 1
    for key, was in before.items():
        now = history.head(key)
        assert now is not None
        assert now.number == 2
        assert now.entry.summary == "One thing recorded twice."
        assert {each.key for each in now.document.backers} == {str(kept.pk)}
        assert now.document.backers[0].aliases == ("Huggingface",)
        old = history.at(key, 1)
        assert old is not None
        assert old.document == was.document
        assert old.entry.digest == was.entry.digest
    assert not m.Backer.objects.filter(pk=gone.pk).exists()
    check()


@pytest.mark.django_db
def test_a_merged_sources_citations_and_the_marks_in_prose_follow_it() -> None:
    kept, gone, third = SourceFactory(), SourceFactory(), SourceFactory()
    document = document_factory(positions=1, points=0, citations=0, sources=[])
    [position] = document.positions
    blocks = tuple(map(source_block, (gone, third, kept)))
    document = document.with_blocks(
        positions=(
            replace(
                position,
                argument="As [1] and [3] say; but see [2].",
                citations=tuple(map(citation, blocks)),
            ),
        ),
        sources=blocks,
    )
    recorded = ControversyFactory(document=document)

    merge(SOURCE, kept, gone, url=gone.url)

    [position] = head(recorded).document.positions
    assert position.argument == "As [1] and [1] say; but see [2]."
    assert [each.source for each in position.citations] == [str(kept.pk), str(third.pk), str(kept.pk)]
    assert m.Source.objects.get(pk=kept.pk).url == gone.url
    check()


@pytest.mark.django_db
def test_topics_are_merged() -> None:
    kept, gone = TopicFactory(), TopicFactory()
    moved = ControversyFactory(topic=gone)

    result = merge(TOPIC, kept, gone)

    assert result.pages == (moved.key,)
    assert head(moved).document.head.topic == block_of(TOPIC, kept)
    check()


@pytest.mark.django_db
def test_two_backings_of_one_position_become_one_and_nothing_is_lost() -> None:
    kept, gone = BackerFactory(), BackerFactory()
    document = document_factory(positions=1, backings=2, citations=0, backers=[gone, kept])
    [position] = document.positions
    sources = tuple(source_block() for _ in range(2))
    same = citation(sources[0])
    first, second = position.backings
    first = replace(
        first, note="It said so.", since="2021-05", until="2024", citations=(citation(sources[0]),)
    )
    second = replace(
        second, note="It publishes weights.", since="2023", citations=(same, citation(sources[1], 1))
    )
    recorded = ControversyFactory(
        document=document.with_blocks(
            positions=(replace(position, backings=(first, second)),), sources=sources
        )
    )

    merge(BACKER, kept, gone)

    [backing] = head(recorded).document.positions[0].backings
    assert backing.key == second.key
    assert (backing.note, backing.since, backing.until) == (
        "It publishes weights.\n\nIt said so.",
        "2021-05",
        "",
    )
    assert [each.key for each in backing.citations] == [same.key, second.citations[1].key]
    check()


def test_joined_backings_keep_the_more_exact_of_two_days() -> None:
    def joined(*periods: tuple[str, str]) -> tuple[str, str]:
        one, other = (
            Backing(key=new_key(), backer="b", since=since, until=until) for since, until in periods
        )
        backing = join_backings(one, other)
        return backing.since, backing.until

    assert joined(("2024", "2025"), ("2024-07", "2025-02")) == ("2024-07", "2025-02")
    assert joined(("2024", "2025-01"), ("2022-07", "2026")) == ("2022-07", "2026")
    assert joined(("", "2025"), ("2022", "")) == ("2022", "")


@pytest.mark.django_db
def test_three_are_merged_at_once_and_chains_lead_to_the_last() -> None:
    a, b, c, d = (BackerFactory() for _ in range(4))
    recorded = page(backers=[a, b])

    merge(BACKER, c, a, b)
    merge(BACKER, d, c)

    assert {each.key for each in head(recorded).document.backers} == {str(d.pk)}
    for gone in (a, b, c):
        assert former.find_living("backer", gone.slug) == str(d.pk)
    assert former.living_keys([str(a.pk), str(d.pk)]) == {str(a.pk): str(d.pk)}
    addresses = {("backer", each.slug): str(d.pk) for each in (a, b, c)}
    assert former.living_addresses() == addresses
    assert former.find_living("source", a.slug) is None
    assert former.living_slug("backer", b.slug) == d.slug
    check()


@pytest.mark.django_db
def test_values_that_cannot_be_recorded_are_refused_and_nothing_is_written() -> None:
    kept, gone, third = SourceFactory(), SourceFactory(), SourceFactory()
    recorded = page(sources=[kept, gone])

    for values in ({"url": third.url}, {"title": ""}, {"date": "soon"}):
        with pytest.raises(InvalidDocument):
            merge(SOURCE, kept, gone, **values)

    assert head(recorded).number == 1
    assert m.Source.objects.filter(pk=gone.pk).exists()
    assert not Merger.objects.exists()


@pytest.mark.django_db
def test_a_merge_of_what_the_editor_has_not_seen_is_refused() -> None:
    kept, gone = BackerFactory(), BackerFactory()
    seen = {str(each.pk): block_of(BACKER, each) for each in (kept, gone)}
    m.Backer.objects.filter(pk=gone.pk).update(description="Somebody wrote more.")

    with pytest.raises(MergeRefused, match="changed one of these"):
        merging.merge(
            BACKER,
            str(kept.pk),
            [str(gone.pk)],
            seen[str(kept.pk)],
            author=UserFactory(),
            summary="x",
            expected=seen,
        )


@pytest.mark.django_db
def test_queries_do_not_depend_on_the_number_of_pages() -> None:
    def count(pages: int) -> int:
        kept, gone = BackerFactory(), BackerFactory()
        for _ in range(pages):
            page(backers=[gone, kept], positions=1, points=0, citations=0)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            merge(BACKER, kept, gone)
        return len(captured)

    assert count(3) == count(24)


# -- edits that began before --


def stale_edit(recorded: Any, document: Document, base: int = 1) -> history.SaveResult:
    return history.save(document, base=base, author=UserFactory(), summary="An edit that began before.")


@pytest.mark.django_db
def test_an_edit_that_began_before_a_merge_is_saved_and_brings_nothing_back() -> None:
    kept, gone = BackerFactory(), BackerFactory()
    recorded = page(backers=[gone])
    a, b = recorded.document.positions
    edited = recorded.document.with_blocks(
        positions=(replace(a, argument="Another argument."), replace(b, backings=()))
    )

    merge(BACKER, kept, gone)
    result = stale_edit(recorded, edited)

    assert not result.conflicts
    now = head(recorded).document
    assert now.positions[0].argument == "Another argument."
    assert now.positions[1].backings == ()
    assert {each.key for each in now.backers} == {str(kept.pk)}
    assert not m.Backer.objects.filter(pk=gone.pk).exists()
    check()


@pytest.mark.django_db
def test_an_edit_that_newly_cites_what_was_merged_meanwhile_cites_what_stays() -> None:
    kept, gone = SourceFactory(), SourceFactory()
    recorded = page()
    block = source_block(gone)
    document = recorded.document
    edited = document.with_blocks(
        context=replace(document.context, citations=(*document.context.citations, citation(block))),
        sources=(*document.sources, block),
    )

    merge(SOURCE, kept, gone)
    result = stale_edit(recorded, edited)

    assert result.revision is not None
    now = head(recorded).document
    assert now.context.citations[-1].source == str(kept.pk)
    assert not m.Source.objects.filter(pk=gone.pk).exists()
    check()


@pytest.mark.django_db
def test_an_edit_of_one_of_two_backings_that_were_joined_is_merged_with_the_joined_one() -> None:
    kept, gone = BackerFactory(), BackerFactory()
    recorded = page(backers=[gone, kept], positions=1, citations=0)
    [position] = recorded.document.positions
    edited = tuple(
        replace(each, note="Edited meanwhile.") if each.backer == str(gone.pk) else each
        for each in position.backings
    )

    merge(BACKER, kept, gone)
    result = stale_edit(
        recorded, recorded.document.with_blocks(positions=(replace(position, backings=edited),))
    )

    assert not result.conflicts
    [backing] = head(recorded).document.positions[0].backings
    assert backing.backer == str(kept.pk)
    assert "Edited meanwhile." in backing.note


@pytest.mark.django_db
def test_a_backer_replaced_meanwhile_stays_replaced() -> None:
    kept, gone, third = BackerFactory(), BackerFactory(), BackerFactory()
    recorded = page(backers=[gone], positions=1, backings=1, citations=0)
    [position] = recorded.document.positions
    [backing] = position.backings
    edited = recorded.document.with_blocks(
        positions=(replace(position, backings=(replace(backing, backer=str(third.pk)),)),),
        backers=(backer_block(third),),
    )

    merge(BACKER, kept, gone)
    result = stale_edit(recorded, edited)

    assert not result.conflicts
    assert {each.key for each in head(recorded).document.backers} == {str(third.pk)}


@pytest.mark.django_db
def test_a_revision_of_before_is_restored_with_what_stays_in_its_place() -> None:
    kept, gone = BackerFactory(), BackerFactory()
    recorded = page(backers=[gone], sources=2)
    recorded.edit(title="Another title")
    merge(BACKER, kept, gone)

    result = history.revert(recorded.key, 1, author=UserFactory())

    assert result.revision is not None
    now = head(recorded).document
    assert now.head.title == recorded.head.document.head.title or now.head.title != "Another title"
    assert {each.key for each in now.backers} == {str(kept.pk)}
    assert not m.Backer.objects.filter(pk=gone.pk).exists()
    assert history.undo(recorded.key, 3, author=UserFactory()).revision is None  # the merge's own revision
    check()


@pytest.mark.django_db
def test_an_accepted_proposal_of_before_shows_what_stays() -> None:
    kept, gone = BackerFactory(), BackerFactory()
    recorded = page(backers=[gone])
    proposed = replace(recorded.document, head=replace(recorded.document.head, title="Proposed title"))

    merge(BACKER, kept, gone)
    result = history.save_accepted(
        history.AcceptedProposal(proposed, 1, UserFactory(), "Cora", "A proposal."),
        proposed,
        base=1,
        reviewer=UserFactory(),
        summary="",
    )

    assert not result.conflicts
    now = head(recorded).document
    assert now.head.title == "Proposed title"
    assert {each.key for each in now.backers} == {str(kept.pk)}
    assert not m.Backer.objects.filter(pk=gone.pk).exists()


# -- undoing --


@pytest.mark.django_db
def test_undoing_makes_rows_and_pages_as_they_were() -> None:
    kept, gone = BackerFactory(), BackerFactory()
    pages = [page(backers=[gone, kept], positions=1, citations=2), page(backers=[gone]), page(backers=[kept])]
    before = {each.key: head(each).document for each in pages}
    blocks = {each.pk: block_of(BACKER, each) for each in (kept, gone)}
    result = merge(BACKER, kept, gone, name=f"{gone.name} Inc.", website=gone.website)
    assert merging.undo_refusal(result.merger) == ""

    assert set(undo(result)) == before.keys()

    for key, document in before.items():
        now = history.head(key)
        assert now is not None
        assert (now.number, now.document) == (3, document)
        assert "restore" in now.entry.classes
    assert {each.pk: block_of(BACKER, each) for each in (kept, gone)} == blocks
    assert former.find_living("backer", gone.slug) is None
    with pytest.raises(MergeRefused, match="undone already"):
        undo(result)
    check()


@pytest.mark.django_db
def test_undoing_is_refused_once_something_else_has_changed() -> None:
    kept, gone, third = BackerFactory(), BackerFactory(), BackerFactory()
    recorded = page(backers=[gone])
    result = merge(BACKER, kept, gone)

    recorded.head = head(recorded)
    recorded.edit(title="Changed since")
    with pytest.raises(MergeRefused, match="1 page that the merge changed has been changed since"):
        undo(result)

    other = merge(BACKER, third, kept)
    with pytest.raises(MergeRefused, match="itself merged since"):
        undo(result)
    undo(other)

    with history.act(author_name="Edith", summary="Renamed."):
        m.Backer.objects.filter(pk=kept.pk).update(name="A new name")
    with pytest.raises(MergeRefused, match="“A new name” has been changed since"):
        undo(result)
    check()


@pytest.mark.django_db
def test_undoing_is_refused_where_a_link_is_in_use_again() -> None:
    kept, gone = SourceFactory(), SourceFactory()
    result = merge(SOURCE, kept, gone)
    SourceFactory(url=gone.url)

    with pytest.raises(MergeRefused, match="cannot be undone"):
        undo(result)

    assert not m.Source.objects.filter(pk=gone.pk).exists()
    assert Merger.objects.filter(pk=result.merger.pk).exists()


# -- deleting --


@pytest.mark.django_db
def test_only_what_nothing_shows_is_deleted_and_an_old_revision_makes_it_again() -> None:
    shown, formerly, never = BackerFactory(), BackerFactory(), BackerFactory()
    recorded = page(backers=[formerly])
    draft = page(backers=[shown], publication="draft")
    a, b = recorded.document.positions
    recorded.save(recorded.document.with_blocks(positions=(replace(a, backings=()), replace(b, backings=()))))

    deleted = merging.delete_unused(BACKER, [str(each.pk) for each in (shown, formerly, never)])

    assert {each.key for each in deleted} == {str(formerly.pk), str(never.pk)}
    assert m.Backer.objects.filter(pk=shown.pk).exists()
    assert head(draft).number == 1
    check()
    history.revert(recorded.key, 1, author=UserFactory())
    assert block_of(BACKER, formerly) == backer_block(formerly)
    check()


@pytest.mark.django_db
def test_an_open_proposal_counts_as_showing() -> None:
    source, topic = SourceFactory(), TopicFactory()
    document = document_factory(sources=[source], topic=topic, citations=2)
    proposal = m.Proposal.objects.create(
        base=0,
        document=canonical.document_json(document, full=False),
        reason="A page.",
        author_name="Cora",
        created="2026-11-26T12:00Z",
        changed="2026-11-26T12:00Z",
    )

    assert merging.delete_unused(SOURCE, [str(source.pk)]) == []
    assert merging.delete_unused(TOPIC, [str(topic.pk)]) == []

    m.Proposal.objects.filter(pk=proposal.pk).update(
        state="declined", decided_at="2026-11-26T13:00Z", reviewer_name="Ed", decision="No."
    )
    assert len(merging.delete_unused(SOURCE, [str(source.pk)])) == 1
    assert len(merging.delete_unused(TOPIC, [str(topic.pk)])) == 1


@pytest.mark.django_db
def test_former_addresses_go_with_what_they_led_to() -> None:
    kept, gone = SourceFactory(), SourceFactory()
    merge(SOURCE, kept, gone)

    merging.delete_unused(SOURCE, [str(kept.pk)])

    assert former.find_living("source", gone.slug) is None
    assert not Merger.objects.exists()


# -- several at once, and kill -9 --


def in_thread(action: Any) -> tuple[threading.Thread, list[Any]]:
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(action())
        except Exception as error:
            outcome.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


@pytest.mark.django_db(transaction=True)
def test_two_editors_who_merge_the_same_at_once_merge_once() -> None:
    kept, gone = BackerFactory(), BackerFactory()
    recorded = page(backers=[gone, kept])

    threads = [
        in_thread(lambda: merge(BACKER, kept, gone)),
        in_thread(lambda: merge(BACKER, gone, kept)),
        in_thread(lambda: merge(BACKER, kept, gone)),
    ]
    for thread, _outcome in threads:
        thread.join(60)

    outcomes = [outcome[0] for _thread, outcome in threads]
    assert sum(isinstance(each, merging.RowMerge) for each in outcomes) == 1
    assert all(isinstance(each, merging.RowMerge | MergeRefused | KeyError) for each in outcomes), outcomes
    assert head(recorded).number == 2
    assert len(head(recorded).document.backers) == 1
    check()


@pytest.mark.django_db(transaction=True)
def test_pages_saved_while_a_merge_runs_keep_both() -> None:
    kept, gone = BackerFactory(), BackerFactory()
    pages = [page(backers=[gone]) for _ in range(6)]
    spare = [page() for _ in range(3)]

    def edit(recorded: Any) -> Any:
        a, b = recorded.document.positions
        block = backer_block(gone)
        added = Backing(key=new_key(), backer=block.key)
        backings = (
            a.backings if any(each.backer == block.key for each in a.backings) else (*a.backings, added)
        )
        document = recorded.document.with_blocks(
            positions=(replace(a, argument="Edited at the same time.", backings=backings), b),
            backers=(*(each for each in recorded.document.backers if each.key != block.key), block),
        )
        return stale_edit(recorded, document)

    threads = [in_thread(lambda each=each: edit(each)) for each in (*pages[:3], *spare)]
    threads.append(in_thread(lambda: merge(BACKER, kept, gone)))
    threads += [in_thread(lambda each=each: edit(each)) for each in pages[3:]]
    for thread, _outcome in threads:
        thread.join(120)

    errors = [outcome[0] for _thread, outcome in threads if isinstance(outcome[0], Exception)]
    assert errors == []
    for each in (*pages, *spare):
        document = head(each).document
        assert document.positions[0].argument == "Edited at the same time."
        assert str(gone.pk) not in {backer.key for backer in document.backers}
        assert str(kept.pk) in {backer.key for backer in document.backers}
    assert not m.Backer.objects.filter(pk=gone.pk).exists()
    check()


@pytest.mark.django_db(transaction=True)
def test_a_merge_that_is_killed_in_the_middle_leaves_everything_as_it_was() -> None:
    kept, gone = BackerFactory(), BackerFactory()
    recorded = page(backers=[gone])
    program = textwrap.dedent(f"""
        import os, sys, time
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        import django
        django.setup()
        from django.conf import settings
        from django.db import connection
        connection.settings_dict["NAME"] = {connection.settings_dict["NAME"]!r}
        from django.contrib.auth import get_user_model
        from controversies.document import rows
        from controversies.document.types import BY_NAME
        from controversies.history import merge
        record = sys.modules["controversies.history.record"]
        appended = record.append_revisions
        def slow(*args, **options):
            appended(*args, **options)
            print("recorded", flush=True)
            time.sleep(60)
        record.append_revisions = slow
        block = rows.shared_blocks(BY_NAME["backer"].part, [{str(kept.pk)!r}])[{str(kept.pk)!r}]
        user = get_user_model().objects.create(username="killed")
        merge.merge(BY_NAME["backer"], {str(kept.pk)!r}, [{str(gone.pk)!r}], block, author=user, summary="x")
    """)
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "recorded\n"
        finally:
            os.kill(process.pid, signal.SIGKILL)

    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:  # until the server has noticed
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND state = 'idle in transaction' AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone() == (0,):
                break
        time.sleep(0.2)

    assert head(recorded).number == 1
    assert {each.key for each in head(recorded).document.backers} == {str(gone.pk)}
    assert not Merger.objects.exists()
    assert set(merge(BACKER, kept, gone).pages) == {recorded.key}
    check()
