"""Several at once, each with a connection of its own: no lost edit, no fork, no deadlock, nothing half-written."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from controversies import history
from controversies import models as m
from controversies.document import rows, types
from controversies.document.types import Document
from controversies.history import read
from controversies.history.revisions import revision_digest
from tests.factories import (
    BackerFactory,
    ControversyFactory,
    SourceFactory,
    TopicFactory,
    backer_block,
    document_factory,
    new_key,
    topic_block,
)

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 60  # seconds, on a busy machine


def with_head(document: Document, **fields: Any) -> Document:
    return replace(document, head=replace(document.head, **fields))


def backed(document: Document, backer: m.Backer) -> Document:
    """The document with one more position, held by this backer."""
    block = backer_block(backer)
    position = types.Position(
        key=new_key(),
        claim=f"What {block.name} says.",
        backings=(types.Backing(key=new_key(), backer=block.key),),
    )
    known = [each for each in document.backers if each.key != block.key]
    return document.with_blocks(positions=(*document.positions, position), backers=(*known, block))


class Actor:
    """Somebody with a connection of their own, who does one thing after the other when told to."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(1)

    def __enter__(self) -> "Actor":
        return self

    def __exit__(self, *exc: object) -> None:
        self.do(lambda: connection.close())  # noqa: PLW0108 - the thread's own connection, not this one's
        self.pool.shutdown()

    def start(self, action: Callable[[], Any]) -> Any:
        return self.pool.submit(action)

    def do(self, action: Callable[[], Any]) -> Any:
        return self.start(action).result(PATIENCE)

    def begin(self) -> None:
        """Open a transaction that lasts until commit()."""

        def enter() -> Any:
            atomic = transaction.atomic()
            atomic.__enter__()
            return atomic

        self.atomic = self.do(enter)

    def commit(self) -> None:
        self.do(lambda: self.atomic.__exit__(None, None, None))


def wait_until_blocked(waiting: int = 1) -> None:
    """Until so many connections to this database wait for a lock."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= waiting:
                return
        time.sleep(0.02)
    raise AssertionError("Nobody waits.")


def chain_is_whole(key: str) -> int:
    """Check every digest of the page's history, and its rows; gives the newest number."""
    entries = read.entries("r.controversy_id = %s", [key], order="r.number")
    parent = None
    for number, entry in enumerate(entries, 1):
        assert entry.number == number
        assert entry.digest == revision_digest(
            parent=parent,
            document=entry.document,
            author=entry.author_name,
            time=entry.time,
            summary=entry.summary,
        )
        parent = entry.digest
    assert rows.from_rows([key])[key] == history.head(key).document
    return len(entries)


def test_second_of_two_saves_is_stale():
    page = ControversyFactory()
    with Actor() as first, Actor() as second:
        first.begin()
        first.do(
            lambda: history.record(with_head(page.document, title="First"), author_name="A", base=page.head)
        )

        late = second.start(
            lambda: history.record(with_head(page.document, title="Second"), author_name="B", base=page.head)
        )
        wait_until_blocked()
        first.commit()

        with pytest.raises(history.Stale) as error:
            late.result(PATIENCE)
    assert (error.value.head.number, error.value.head.document.head.title) == (2, "First")
    assert chain_is_whole(page.key) == 2


def test_second_save_goes_through_where_the_first_is_given_up():
    page = ControversyFactory()
    with Actor() as first, Actor() as second:
        first.begin()
        first.do(
            lambda: history.record(with_head(page.document, title="First"), author_name="A", base=page.head)
        )
        late = second.start(
            lambda: history.record(with_head(page.document, title="Second"), author_name="B", base=page.head)
        )
        wait_until_blocked()
        first.do(lambda: transaction.set_rollback(True))
        first.commit()

        assert late.result(PATIENCE).number == 2
    assert history.head(page.key).document.head.title == "Second"


def test_second_of_two_makers_of_one_page_is_stale():
    document = document_factory(topic=TopicFactory(), positions=0)
    with Actor() as first, Actor() as second:
        first.begin()
        first.do(lambda: history.record(document, author_name="A", base=None))
        late = second.start(
            lambda: history.record(with_head(document, title="Second"), author_name="B", base=None)
        )
        wait_until_blocked()
        first.commit()

        with pytest.raises(history.Stale) as error:
            late.result(PATIENCE)
    assert error.value.head.document == document


def test_twenty_editors_lose_no_edit():
    page = ControversyFactory(positions=0)
    saves = 3
    barrier = threading.Barrier(20)
    faults: list[BaseException] = []

    def edit(name: str) -> None:
        try:
            barrier.wait(PATIENCE)
            for turn in range(saves):
                while True:
                    head = history.head(page.key)
                    words = f"{head.document.head.status_summary} {name}.{turn}"
                    try:
                        history.record(
                            with_head(head.document, status_summary=words), author_name=name, base=head
                        )
                        break
                    except history.Stale:
                        continue
        except BaseException as error:  # told by the test's own thread
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=edit, args=[f"e{i}"]) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert faults == []
    assert chain_is_whole(page.key) == 1 + 20 * saves
    said = history.head(page.key).document.head.status_summary.split()
    expected = {f"e{i}.{turn}" for i in range(20) for turn in range(saves)}
    assert expected <= set(said)
    assert len([word for word in said if word in expected]) == 60


def test_renaming_first_then_adding_records_the_new_name():
    backer, page = BackerFactory(name="Old"), ControversyFactory()
    document = backed(page.document, backer)
    with Actor() as renamer, Actor() as editor:
        renamer.begin()
        renamer.do(lambda: m.Backer.objects.filter(pk=backer.pk).update(name="New"))
        late = editor.start(lambda: history.record(document, author_name="E", base=page.head))
        wait_until_blocked()
        renamer.commit()
        late.result(PATIENCE)

    assert backer.pk in {b.pk for b in m.Backer.objects.filter(name="New")}
    assert chain_is_whole(page.key) == 2
    assert "New" in [b.name for b in history.head(page.key).document.backers]


def rename(row: Any, **fields: Any) -> Callable[[], list[str]]:
    def act() -> list[str]:
        with history.act(author_name="R", summary="Renamed") as recorded:
            type(row).objects.filter(pk=row.pk).update(**fields)
        return recorded

    return act


def test_adding_first_then_renaming_records_both():
    backer, page = BackerFactory(name="Old"), ControversyFactory()
    document = backed(page.document, backer)
    with Actor() as editor, Actor() as renamer:
        editor.begin()
        editor.do(lambda: history.record(document, author_name="E", base=page.head))
        late = renamer.start(rename(backer, name="New"))
        wait_until_blocked()
        editor.commit()

        assert late.result(PATIENCE) == [page.key]
    assert chain_is_whole(page.key) == 3
    assert "New" in [b.name for b in history.head(page.key).document.backers]


@pytest.mark.parametrize("fields", [{"name": "New"}, {"slug": "new-address"}])
def test_renaming_what_a_page_shows_while_it_takes_more_of_it_makes_no_deadlock(fields):
    """The renamer holds the backer and wants the page; the editor wants both."""
    backer = BackerFactory(name="Old")
    page = ControversyFactory(backers=[backer], positions=1)
    document = backed(page.document, backer)
    holding, done = threading.Event(), threading.Event()
    with Actor() as renamer, Actor() as editor:

        def slowly() -> list[str]:
            with history.act(author_name="R") as recorded:
                m.Backer.objects.filter(pk=backer.pk).update(**fields)
                holding.set()
                done.wait(PATIENCE)
            return recorded

        renaming = renamer.start(slowly)
        assert holding.wait(PATIENCE)
        late = editor.start(lambda: history.record(document, author_name="E", base=page.head))
        wait_until_blocked()
        done.set()

        assert renaming.result(PATIENCE) == [page.key]
        with pytest.raises(history.Stale):
            late.result(PATIENCE)
    assert chain_is_whole(page.key) == 2
    [shown] = history.head(page.key).document.backers
    assert {name: getattr(shown, name) for name in fields} == fields


def test_many_renamers_and_editors_end_in_agreement():
    backers = [BackerFactory() for _ in range(3)]
    source = SourceFactory()
    pages = [ControversyFactory(backers=backers[:2], sources=[source], positions=2) for _ in range(3)]
    barrier = threading.Barrier(6)
    faults: list[BaseException] = []

    def guarded(action: Callable[[int], Any]) -> Callable[[], None]:
        def run() -> None:
            try:
                barrier.wait(PATIENCE)
                for turn in range(6):
                    action(turn)
            except BaseException as error:  # told by the test's own thread
                faults.append(error)
            finally:
                connection.close()

        return run

    def renamer(row: Any, name: str) -> Callable[[int], Any]:
        return lambda turn: rename(row, **{name: f"{row.pk} {turn}"})()

    def editor(page: Any) -> Callable[[int], Any]:
        def edit(turn: int) -> None:
            while True:
                head = history.head(page.key)
                document = backed(head.document, backers[turn % 3])
                try:
                    history.record(document, author_name="E", base=head)
                except history.Stale:
                    continue
                return

        return edit

    actions = [renamer(row, "name") for row in backers[:2]] + [renamer(source, "title")]
    threads = [
        threading.Thread(target=guarded(action)) for action in [*actions, *(editor(page) for page in pages)]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert faults == []
    for page in pages:
        chain_is_whole(page.key)
        assert len(history.head(page.key).document.positions) == 2 + 6


def test_topic_renamed_while_a_page_moves_there():
    topic, page = TopicFactory(title="Old"), ControversyFactory()
    document = with_head(page.document, topic=topic_block(topic))
    with Actor() as renamer, Actor() as editor:
        renamer.begin()
        renamer.do(rename(topic, title="New"))
        late = editor.start(lambda: history.record(document, author_name="E", base=page.head))
        wait_until_blocked()
        renamer.commit()
        late.result(PATIENCE)

    assert chain_is_whole(page.key) == 2
    assert history.head(page.key).document.head.topic.title == "New"


def test_killed_in_the_middle_of_saving_leaves_nothing(tmp_path):
    page = ControversyFactory(positions=2)
    program = f"""
        import os, sys, time
        import django
        django.setup()
        from dataclasses import replace
        from django.db import transaction
        from controversies import history
        head = history.head("{page.key}")
        with transaction.atomic():
            history.record(
                replace(head.document, head=replace(head.document.head, title="Half")),
                author_name="Killed", base=head,
            )
            assert history.head("{page.key}").number == 2
            print("saved", flush=True)
            time.sleep(600)
    """
    url = settings.DATABASES["default"]
    assert connection.settings_dict["NAME"] == url["NAME"]
    name = connection.settings_dict["NAME"]
    base, _, _old = os.environ["DATABASE_URL"].rpartition("/")
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": f"{base}/{name}", "DJANGO_SETTINGS_MODULE": "config.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "saved\n"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
        process.stdout.close()

    assert process.returncode == -signal.SIGKILL
    assert history.head(page.key) == page.head
    assert m.Block.objects.filter(controversy=page.key, since=2).count() == 0
    assert page.edit(title="Whole").number == 2
    assert chain_is_whole(page.key) == 2
