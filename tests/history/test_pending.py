"""A change that many pages show is recorded on them in batches: each page whole, nothing lost, nobody kept waiting."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import IntegrityError, OperationalError, close_old_connections, connection, transaction
from django.test import Client
from django.urls import reverse

from config.settings import _SCHEDULES
from controversies import history
from controversies import models as m
from controversies.document import rows, types
from controversies.document.types import BY_NAME
from controversies.history import merge, pending, verify
from controversies.workflow import recording
from tests.factories import BackerFactory, ControversyFactory, UserFactory, document_factory

BACKER = BY_NAME["backer"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(pending, "BATCH", 2)


@pytest.fixture
def backer():
    return BackerFactory(slug="hub", name="The hub")


@pytest.fixture
def pages(backer):
    return [
        ControversyFactory(document=document_factory(positions=1, points=1, backers=[backer]))
        for _ in range(5)
    ]


def rename(backer, name, **options):
    with history.act(
        in_batches=True, **{"author_name": "Rena", "summary": "New name.", **options}
    ) as recorded:
        m.Backer.objects.filter(pk=backer.pk).update(name=name)
    return recorded


def rename_first_batch(backer, name, monkeypatch, **options):
    """Rename as a process does that is killed when the first batch is recorded."""
    with monkeypatch.context() as killed:
        killed.setattr(pending, "record_batch", lambda: 0)
        return rename(backer, name, **options)


def head(page):
    reading = history.head(page.key)
    assert reading is not None
    return reading


def shown(pages):
    return sorted(head(page).document.backers[0].name for page in pages)


@pytest.mark.usefixtures("small_batches")
def test_every_page_is_recorded_once_by_whoever_changed_the_row(backer, pages):
    author = UserFactory()

    recorded = rename(backer, "A new name", author=author, author_name="")

    assert sorted(recorded) == sorted(page.key for page in pages)
    assert shown(pages) == ["A new name"] * 5
    for page in pages:
        entry = head(page).entry
        assert (entry.number, entry.summary, entry.author_name) == (
            2,
            "New name.",
            history.public_name(author),
        )
        assert m.Revision.objects.get(controversy=page.key, number=2).author_id == author.pk
        assert list(verify.faults(page.key)) == []
    assert not pending.is_waiting()


@pytest.mark.usefixtures("small_batches")
def test_pages_whose_turn_has_not_come_are_whole_and_verify(backer, pages, monkeypatch, client):
    rename_first_batch(backer, "A new name", monkeypatch)

    assert shown(pages) == ["A new name"] * 2 + ["The hub"] * 3
    assert pending.count() == pending.count(str(backer.pk)) == 3
    for page in pages:
        assert list(verify.faults(page.key)) == []
        text = client.get(f"/controversies/{page.slug}/").text
        assert ("A new name" in text) != ("The hub" in text)


@pytest.mark.usefixtures("small_batches")
def test_whoever_comes_next_records_what_a_killed_process_left(backer, pages, monkeypatch):
    rename_first_batch(backer, "A new name", monkeypatch)

    with history.act(author_name="Next", summary="Another."):
        m.Topic.objects.filter(pk=head(pages[0]).document.head.topic.key).update(title="Another title")

    assert shown(pages) == ["A new name"] * 5
    authors = {entry.author_name for page in pages for entry in [history.at(page.key, 2).entry]}
    assert authors == {"Rena"}
    assert all(list(verify.faults(page.key)) == [] for page in pages)


@pytest.mark.usefixtures("small_batches")
def test_the_worker_records_what_a_killed_process_left(backer, pages, monkeypatch):
    rename_first_batch(backer, "A new name", monkeypatch)

    recording.record_put_off.func()

    assert shown(pages) == ["A new name"] * 5
    assert recording.record_put_off.module_path in {each["task"] for each in _SCHEDULES.values()}


@pytest.mark.usefixtures("small_batches")
def test_an_edit_of_a_page_that_waits_is_saved_and_the_change_follows_it(backer, pages, monkeypatch):
    rename_first_batch(backer, "A new name", monkeypatch)
    waiting = next(page for page in pages if head(page).document.backers[0].name == "The hub")
    before = head(waiting)

    asked = before.document.with_blocks(head=replace(before.document.head, question="Is it?"))
    history.save(asked, base=before.number, author_name="Edith", summary="A question.")
    edited = head(waiting)
    assert (edited.entry.author_name, edited.document.backers[0].name) == ("Edith", "The hub")

    pending.record_all()

    assert head(waiting).document.head.question == "Is it?"
    assert head(waiting).document.backers[0].name == "A new name"
    assert head(waiting).entry.author_name == "Rena"
    assert list(verify.faults(waiting.key)) == []


@pytest.mark.usefixtures("small_batches")
def test_a_row_cannot_be_changed_again_before_every_page_is_recorded(backer, pages, monkeypatch):
    rename_first_batch(backer, "A new name", monkeypatch)

    with pytest.raises(IntegrityError, match="still being recorded on 3 pages"), transaction.atomic():
        m.Backer.objects.filter(pk=backer.pk).update(name="Yet another")

    rename(backer, "Yet another")
    assert shown(pages) == ["Yet another"] * 5
    assert all(head(page).number == 3 for page in pages)


@pytest.mark.usefixtures("small_batches")
def test_a_page_that_shows_the_row_no_more_is_not_recorded(backer, pages, monkeypatch):
    rename_first_batch(backer, "A new name", monkeypatch)
    waiting = next(page for page in pages if head(page).document.backers[0].name == "The hub")
    position = head(waiting).document.positions[0]
    document = head(waiting).document.with_blocks(positions=(replace(position, backings=()),))
    waiting.save(document)
    number = head(waiting).number

    pending.record_all()

    assert head(waiting).number == number
    assert not pending.is_waiting()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM controversies_putoffrevision",
        "UPDATE controversies_putoffrevision SET summary = 'another'",
        "SELECT controversies_take_up(array(SELECT controversy_id FROM controversies_putoffrevision))",
    ],
)
@pytest.mark.usefixtures("small_batches", "pages")
def test_nobody_takes_a_page_off_the_list_without_recording_it(backer, statement, monkeypatch):
    rename_first_batch(backer, "A new name", monkeypatch)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert pending.count() == 3


@pytest.mark.usefixtures("small_batches")
def test_a_change_of_a_page_itself_cannot_be_put_off(backer, pages):
    keys = [page.key for page in pages]

    def smuggle(*, first):
        with transaction.atomic():
            m.Backer.objects.filter(pk=backer.pk).update(name="A new name")
            if first:
                m.Controversy.objects.filter(pk=keys[0]).update(title="Smuggled in")
            assert pending.put_off(keys, author=None, author_name="Rena", summary="") is not first
            m.Controversy.objects.filter(pk=keys[0]).update(title="Smuggled in")

    for first in (True, False):
        with pytest.raises(IntegrityError, match="without a revision"):
            smuggle(first=first)

    assert shown(pages) == ["The hub"] * 5
    assert not pending.is_waiting()


@pytest.mark.usefixtures("small_batches")
def test_two_who_record_the_same_pages_at_once_record_each_once(backer, pages, monkeypatch):
    rename_first_batch(backer, "A new name", monkeypatch)

    def work(_):
        try:
            return pending.record_all()
        finally:
            close_old_connections()
            connection.close()

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(work, range(3)))

    assert [head(page).number for page in pages] == [2] * 5
    assert not pending.is_waiting()


@pytest.mark.usefixtures("small_batches")
def test_an_editor_of_a_page_waits_for_one_batch_and_not_for_all(backer, pages, monkeypatch):
    """While one batch is being recorded the pages of every other can be locked without waiting."""
    rename_first_batch(backer, "A new name", monkeypatch)
    waiting = sorted(str(key) for key in m.PutOffRevision.objects.values_list("controversy_id", flat=True))

    def try_lock(key):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '50ms'")
                cursor.execute(
                    "SELECT 1 FROM controversies_controversy WHERE id = %s FOR UPDATE NOWAIT", [key]
                )
            return True
        except OperationalError:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other, transaction.atomic():
        pending.record_batch()
        free = [key for key in waiting if other.submit(try_lock, key).result()]

    assert free == waiting[2:]


@pytest.mark.usefixtures("small_batches")
def test_an_act_on_a_page_that_waits_records_both_changes_by_their_own_authors(backer, pages, monkeypatch):
    rename_first_batch(backer, "A new name", monkeypatch)
    waiting = next(page for page in pages if head(page).document.backers[0].name == "The hub")
    monkeypatch.setattr(
        pending, "is_waiting", lambda: False
    )  # the change was put off just after that was asked

    with history.act(author_name="Next", summary="Another."):
        m.Topic.objects.filter(pk=head(waiting).document.head.topic.key).update(title="Another title")

    assert [history.at(waiting.key, n).entry.author_name for n in (2, 3)] == ["Rena", "Next"]
    assert history.at(waiting.key, 2).document.backers[0].name == "A new name"
    assert history.at(waiting.key, 2).document.head.topic.title != "Another title"
    assert head(waiting).document.head.topic.title == "Another title"
    assert list(verify.faults(waiting.key)) == []


@pytest.mark.usefixtures("small_batches", "pages")
def test_within_a_transaction_nobody_records_the_pages_of_others(backer, monkeypatch):
    rename_first_batch(backer, "A new name", monkeypatch)
    other = ControversyFactory()

    with transaction.atomic(), history.act(author_name="Next", summary="Another."):
        m.Topic.objects.filter(pk=head(other).document.head.topic.key).update(title="Another title")

    assert head(other).document.head.topic.title == "Another title"
    assert pending.count() == 3


@pytest.mark.usefixtures("small_batches")
def test_a_row_that_waits_may_be_merged_into_another(backer, pages, monkeypatch):
    rename_first_batch(backer, "A new name", monkeypatch)
    kept = BackerFactory(slug="kept", name="Kept")
    ControversyFactory(document=document_factory(positions=1, points=1, backers=[kept]))
    block = rows.shared_blocks(types.Backer, [str(kept.pk)])[str(kept.pk)]

    merge.merge(BACKER, str(kept.pk), [str(backer.pk)], block, author=UserFactory(), summary="One.")

    assert shown(pages) == ["Kept"] * 5
    assert not pending.is_waiting()
    assert all(list(verify.faults(page.key)) == [] for page in pages)


def test_editors_are_told_that_the_last_change_is_still_recorded(backer, pages, monkeypatch):
    monkeypatch.setattr(pending, "BATCH", 2)
    rename_first_batch(backer, "A new name", monkeypatch)
    monkeypatch.setattr(pending, "record_batch", lambda: 0)
    client = Client()
    client.force_login(UserFactory(role="editor"))
    url = reverse("admin:controversies_backer_change", args=[backer.pk])
    form = client.get(url).context["adminform"].form
    sent = {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}
    sent |= {"name": "Yet another", "reason": "Again.", "aliases": "", "drawn": form.initial["drawn"]}

    response = client.post(url, sent)

    assert response.status_code == 200
    assert "Its last change is still being recorded on the pages that show it." in response.text
    assert 'value="Yet another"' in response.text
    assert pending.count() == 3
    assert m.Backer.objects.get(pk=backer.pk).name == "A new name"
