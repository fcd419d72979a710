"""Deriving what is missing: in batches, by several at once, past what goes wrong, and where nothing can be written."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from controversies import history
from controversies import models as m
from controversies.document.blame.matching import statement_hash
from controversies.document.blame.tokens import encode_tokens
from controversies.document.redact import MARKER, RemovedWords
from controversies.history import verify
from controversies.history.blame import BlameUnderway, blame_of, blames_of, derive, storage
from controversies.history.blame.storage import Place
from controversies.workflow import redaction
from controversies.workflow.redaction.storage import tables
from tests.factories import ControversyFactory, Recorded, new_key, prose
from tests.models.two_roles import TwoRoles, two_roles

from .test_public import hidden_page, told
from .test_reading import argument, forget, readings, revisions, rows, texts, with_argument

PATIENCE = 60  # seconds, on a busy machine


def long_page(length: int = 12) -> Recorded:
    """A page whose argument changes in each revision, in turns between a few texts."""
    page = ControversyFactory()
    for number in range(2, length + 1):
        page.save(with_argument(page.document, f"{prose(number % 5 + 1, number)} By {number % 3}."))
    return page


# -- what is missing --


@pytest.mark.django_db
def test_batches_go_on_where_the_last_one_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    page = long_page()
    stored = rows(page.key)
    forget(page.key)
    monkeypatch.setattr(derive, "BATCH_SECONDS", 0.0)
    monkeypatch.setattr(derive, "PATIENCE", 0.0)

    for number in range(1, 12):
        with pytest.raises(BlameUnderway) as underway:
            blame_of(page.head)
        assert (underway.value.done, underway.value.number) == (number, 12)
        assert m.Blame.objects.get().number == number
    blame_of(page.head)

    assert rows(page.key) == stored


@pytest.mark.django_db
def test_old_revision_needs_what_was_before_it_only() -> None:
    page = long_page()
    forget(page.key)

    blame_of(history.at(page.key, 5))

    assert m.Blame.objects.get().number == 5


@pytest.mark.django_db
def test_blame_of_another_algorithm_is_derived_again() -> None:
    page = long_page(4)
    stored = rows(page.key)
    m.Blame.objects.update(algorithm=0)
    m.Origin.objects.update(runs=b"of another kind")

    page.edit(question="And now?")  # a save leaves it to whoever asks
    assert m.Blame.objects.get().number == 4
    blame_of(history.at(page.key, 4))

    assert rows(page.key) == stored


@pytest.mark.django_db
def test_save_derives_what_is_missing_if_it_is_little() -> None:
    page = long_page(4)
    expected = rows(page.key)
    forget(page.key)

    page.edit(question="And now?")

    assert m.Blame.objects.get().number == 5
    assert {row for row in rows(page.key)["Origin"] if row[2] < 5} == set(expected["Origin"])


@pytest.mark.django_db
def test_save_derives_nothing_of_a_long_history(monkeypatch: pytest.MonkeyPatch) -> None:
    page = long_page(8)
    forget(page.key)
    monkeypatch.setattr(derive, "_CATCH_UP", 5)

    page.edit(question="And now?")

    assert not m.Blame.objects.exists()


@pytest.mark.django_db
def test_several_pages_are_read_in_two_queries(django_assert_num_queries: Any) -> None:
    pages = [ControversyFactory(revisions=n) for n in (1, 3, 2)]
    missing = ControversyFactory()
    forget(missing.key)
    heads = [page.head for page in (*pages, missing)]

    with django_assert_num_queries(2):
        blames = blames_of(heads)

    assert {key: told(blame) for key, blame in blames.items()} == {
        page.key: told(blame_of(page.head)) for page in pages
    }


# -- what goes wrong --


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["origin", "gone", "blame"])
def test_save_is_not_refused_though_nothing_can_be_stored(table: str) -> None:
    page = long_page(3)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE controversies_{table} RENAME TO controversies_lost")
        page.save(with_argument(page.document, "Something else. Nothing of it stays."))
        cursor.execute(f"ALTER TABLE controversies_lost RENAME TO controversies_{table}")

    assert page.head.number == 4
    assert m.Blame.objects.get().number == 3
    assert set(revisions(argument(blame_of(page.head)))) == {4}
    assert list(verify.faults(page.key)) == []


@pytest.mark.django_db
def test_damaged_blame_refuses_no_save_and_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    page = long_page(3)
    expected = told(blame_of(page.head))
    m.Origin.objects.update(runs=b"damaged")

    page.save(with_argument(page.document, "Something else."))

    assert page.head.number == 4
    assert "could not be derived" in caplog.text
    assert told(blame_of(history.at(page.key, 3))) == expected
    assert set(revisions(argument(blame_of(page.head)))) == {4}
    assert "checkhistory" in caplog.text


@pytest.mark.django_db
def test_nothing_is_stored_of_a_save_that_is_undone() -> None:
    page = long_page(3)
    stored = rows(page.key)

    with transaction.atomic():
        page.edit(question="And now?")
        transaction.set_rollback(True)

    assert rows(page.key) == stored


# -- several at once --


@pytest.mark.django_db(transaction=True)
def test_two_readers_at_once_derive_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    page = long_page(20)
    stored, expected = rows(page.key), told(blame_of(page.head))
    forget(page.key)
    monkeypatch.setattr(derive, "BATCH_SECONDS", 0.02)
    monkeypatch.setattr(derive, "PATIENCE", PATIENCE)
    barrier = threading.Barrier(3)

    def read() -> Any:
        try:
            barrier.wait(PATIENCE)
            return told(blame_of(history.head(page.key)))
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        answers = [each.result(PATIENCE) for each in [pool.submit(read) for _ in range(3)]]

    assert answers == [expected] * 3
    assert rows(page.key) == stored


@pytest.mark.django_db(transaction=True)
def test_save_waits_for_nobody_who_derives() -> None:
    page = long_page(5)

    with transaction.atomic():
        assert page.key in storage.lock([Place(page.key, 0, ())], every=False)
        run(lambda: Recorded(history.head(page.key)).edit(question="And now?"))

    assert history.head(page.key).number == 6
    assert m.Blame.objects.get().number == 5
    assert told(blame_of(history.head(page.key)))
    assert m.Blame.objects.get().number == 6
    assert list(verify.faults(page.key)) == []


@pytest.mark.django_db
def test_change_of_many_pages_holds_few_locks() -> None:
    pages = [new_key() for _ in range(1500)]

    with transaction.atomic():
        assert set(storage.lock([Place(page, 0, ()) for page in pages], every=False)) == set(pages)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
            )
            [count] = cursor.fetchone()

    assert 300 < count <= 512


@pytest.mark.django_db(transaction=True)
def test_reader_is_told_to_come_again_while_others_hold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    page = long_page(3)
    forget(page.key)
    monkeypatch.setattr(derive, "PATIENCE", 0.2)

    with transaction.atomic():
        storage.lock([Place(page.key, 0, ())], every=False)
        with pytest.raises(BlameUnderway):
            run(lambda: blame_of(history.head(page.key)))

    assert told(blame_of(page.head))


def run(action: Callable[[], Any]) -> Any:
    """Do it with a connection of its own."""

    def act() -> Any:
        try:
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result(PATIENCE)


@pytest.mark.django_db(transaction=True)
def test_batch_that_is_cut_off_leaves_what_was_stored_before(monkeypatch: pytest.MonkeyPatch) -> None:
    page = long_page(8)
    stored = rows(page.key)
    forget(page.key)
    blame_of(history.at(page.key, 3))
    before = rows(page.key)

    def kill() -> None:
        """Derive in a connection that the server ends in the middle of a batch."""
        with transaction.atomic():
            [blame] = storage.lock([Place(page.key, 0, ())], every=False).values()
            for reading in derive._extend(blame, derive.blamed_revisions(page.key)):
                if reading.number == 6:
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(Exception, match=r"terminat|closed|connection"):
        run(kill)

    assert rows(page.key) == before
    blame_of(page.head)
    assert rows(page.key) == stored


# -- where nothing can be written --


@pytest.mark.django_db(transaction=True)
def test_reading_answers_in_a_transaction_that_only_reads() -> None:
    page = long_page(4)
    expected = {reading.number: told(blame_of(reading)) for reading in readings(page.key)}
    forget(page.key)

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        answers = {reading.number: told(blame_of(reading)) for reading in readings(page.key)}

    assert answers == expected
    assert not m.Blame.objects.exists()


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock(), two_roles() as site:
        yield site


def test_role_of_the_site_stores_what_it_derives(site: TwoRoles, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock(), site.django(site.app):
        page = long_page(4)
        assert m.Blame.objects.get(controversy_id=page.key).number == 4
        expected = told(blame_of(page.head))
        forget(page.key)
        assert told(blame_of(page.head)) == expected
        assert m.Blame.objects.get(controversy_id=page.key).number == 4


def test_role_that_only_reads_is_answered(site: TwoRoles, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        with site.django(site.app):
            page = long_page(4)
            expected = told(blame_of(page.head))
            forget(page.key)
        owner = site.connect(site.owner)
        owner.execute(
            "REVOKE INSERT, UPDATE, DELETE ON controversies_origin, controversies_gone, controversies_blame"
            f" FROM {site.app}"
        )
        with site.django(site.app):
            assert told(blame_of(history.head(page.key))) == expected
            Recorded(history.head(page.key)).edit(question="And now?")
            assert history.head(page.key).number == 5


# -- what is checked, and what is removed --


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tamper", "fault"),
    [
        (
            lambda key: m.Origin.objects.filter(key=key, since=3).update(runs=b"\x00\x01"),
            "Revision 3: who wrote what in block {key} is not what follows from the record.",
        ),
        (
            lambda key: m.Origin.objects.filter(key=key, since=2).delete(),
            "Revision 2: who wrote what in block {key} is not what follows from the record.",
        ),
        (
            lambda key: m.Origin.objects.filter(key=key, since=4).update(since=7),
            "Revision 7: who wrote what in block {key} is not what follows from the record.",
        ),
        (
            lambda key: m.GoneText.objects.filter(key=key, since=2).update(since=1),
            "Revision 1: the origins of what left block {key} are not what follows from the record.",
        ),
        (
            lambda key: m.Blame.objects.update(number=9),
            "Who wrote what is stored up to revision 9, but should be up to 4.",
        ),
    ],
)
def test_check_names_what_is_stored_otherwise_than_it_follows(tamper: Any, fault: str) -> None:
    page = long_page(4)
    key = page.document.positions[0].key
    assert list(verify.faults(page.key)) == []

    tamper(key)

    assert fault.format(key=key) in list(verify.faults(page.key))


@pytest.mark.django_db
def test_check_compares_what_the_desk_sees_too() -> None:
    page = hidden_page()
    blame_of(page.head, every=True)
    assert list(verify.faults(page.key)) == []

    m.Origin.objects.filter(every=True, key=page.key, since=1).update(runs=b"\x00\x01")

    assert list(verify.faults(page.key)) == [
        f"Revision 1: who wrote what in block {page.key} is not what follows from the record."
    ]


@pytest.mark.django_db(transaction=True)
def test_command_works_it_out_again(capsys: pytest.CaptureFixture[str]) -> None:
    page, hidden = long_page(4), hidden_page()
    blame_of(hidden.head, every=True)
    stored = [rows(each.key) for each in (page, hidden)]
    m.Origin.objects.filter(since=2).delete()
    forget(page.key)
    with pytest.raises(CommandError):
        call_command("checkhistory", verbosity=0)

    call_command("checkhistory", "--rebuild-blame", verbosity=0)

    assert [rows(each.key) for each in (page, hidden)] == stored
    call_command("checkhistory", verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_removed_words_leave_no_hash_and_blame_answers_as_before() -> None:
    page = ControversyFactory()
    for number in range(2, 7):
        page.save(
            with_argument(page.document, f"{prose(number)} Zoë Qüxly said so, {number} times. So it is.")
        )
    page.save(with_argument(page.document, "Nothing of it stays."))
    hashes = {statement_hash(f"Zoë Qüxly said so, {number} times.") for number in range(2, 7)}
    [word, *_others] = encode_tokens("Qüxly", [])
    former = m.GoneText.objects.filter(controversy_id=page.key)

    def holds_word() -> bool:
        return any(word.to_bytes(3, "big") in bytes(body) for body in former.values_list("body", flat=True))

    assert hashes <= set(former.values_list("hash", flat=True))
    assert holds_word()

    redaction.apply(redaction.RedactionOrder(RemovedWords("Zoë Qüxly"), ground="privacy", by_name="Olga"))

    assert rows(page.key) == {"Blame": [], "Origin": [], "GoneText": []}
    for reading in readings(page.key):
        position = reading.document.positions[0]
        assert texts(blame_of(reading))[position.key, "argument"] == position.argument
    assert MARKER in history.at(page.key, 3).document.positions[0].argument
    assert former.exists()
    assert not hashes & set(former.values_list("hash", flat=True))
    assert not holds_word()
    assert list(verify.faults(page.key)) == []


def test_tables_are_rewritten_after_a_removal(django_db_blocker: Any, django_db_setup: None) -> None:
    with django_db_blocker.unblock():
        assert {"controversies_blame", "controversies_origin", "controversies_gone"} <= set(tables())
