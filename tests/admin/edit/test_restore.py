"""Bringing a revision back and undoing one: shown first, with a reason, merged with what came since."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from controversies import history
from controversies import models as m
from controversies.document.types import Document
from tests.admin.editing import change_url, fields
from tests.factories import ControversyFactory, Recorded, UserFactory
from tests.markup import one_line

pytestmark = pytest.mark.django_db


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(role=role))
    return client


@pytest.fixture
def editor() -> Client:
    return client_of("editor")


@pytest.fixture
def publisher() -> Client:
    return client_of("publisher")


def url(act: str, made: Recorded, number: int) -> str:
    return reverse(f"admin:controversies_controversy_{act}", args=[made.key, number])


def do(client: Client, act: str, made: Recorded, number: int, **more: str) -> Any:
    seen = head(made).number
    sent = {"base": str(seen), "reason-summary": "It was better so.", **more}
    return client.post(url(act, made, number), sent)


def head(made: Recorded) -> history.Reading:
    found = history.head(made.key)
    assert found is not None
    return found


def now(made: Recorded) -> Document:
    return head(made).document


def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def changes(response: Any) -> list[list[str]]:
    return [entry.path for entry in response.context["diff"].entries if getattr(entry, "number", None)]


def test_revert_shows_what_would_change_and_changes_nothing(editor: Client) -> None:
    made = ControversyFactory(question="What was it?")
    made.edit(question="What is it?")
    made.edit(title="Another title")

    response = editor.get(url("revert", made, 1))

    assert response.status_code == 200
    assert len(changes(response)) == 2
    assert "no-store" in response["Cache-Control"]
    assert head(made).number == 3


def test_revert_records_the_old_page_with_its_reason(editor: Client) -> None:
    made = ControversyFactory()
    first = made.document
    made.edit(question="What is it?")
    made.edit(title="Another title")

    response = do(editor, "revert", made, 1)

    assert response.headers["Location"] == change_url(made.key)
    assert now(made) == first
    entry = head(made).entry
    assert entry.summary == "Revision 1 restored. It was better so."
    assert m.ChangeClass.RESTORE in entry.classes
    assert LogEntry.objects.get().change_message == entry.summary
    assert told(response)[0].startswith("Revision 4 of")


def test_revert_sent_twice_is_one_revision(editor: Client) -> None:
    made = ControversyFactory()
    made.edit(question="What is it?")
    sent = {"base": "2", "reason-summary": "It was better so."}
    for _ in range(2):
        response = editor.post(url("revert", made, 1), sent)

    assert response.status_code == 302
    assert head(made).number == 3
    assert told(response)[-1].startswith("Revision 3 of")


def test_undo_takes_back_one_change_and_keeps_what_came_after(editor: Client) -> None:
    made = ControversyFactory(question="What was it?")
    made.edit(question="What is it?")
    made.edit(title="Another title")
    response = editor.get(url("undo", made, 2))
    assert len(changes(response)) == 1

    response = do(editor, "undo", made, 2)

    assert (now(made).head.question, now(made).head.title) == ("What was it?", "Another title")
    assert head(made).entry.summary == "Revision 2 undone. It was better so."
    assert [message[:13] for message in told(response)] == ["Revision 4 of"]


def test_undo_sent_twice_is_one_revision(editor: Client) -> None:
    made = ControversyFactory()
    made.edit(question="What is it?")
    made.edit(title="Another title")
    for _ in range(2):
        do(editor, "undo", made, 2)

    assert head(made).number == 4


@pytest.mark.parametrize("act", ["revert", "undo"])
def test_reason_is_asked_for(editor: Client, act: str) -> None:
    made = ControversyFactory()
    made.edit(question="What is it?")
    number = 1 if act == "revert" else 2

    response = do(editor, act, made, number, **{"reason-summary": " "})

    assert response.status_code == 200
    assert "Give a short reason: readers see it." in response.content.decode()
    assert head(made).number == 2


def test_undo_of_what_was_changed_again_goes_to_the_edit_page(editor: Client) -> None:
    made = ControversyFactory(question="Was it one?", positions=8)
    made.edit(question="Is it two?")
    made.edit(question="Is it three?", title="Another title")
    assert [each.label for each in editor.get(url("undo", made, 2)).context["plan"].conflicts] == ["Question"]

    response = do(editor, "undo", made, 2)
    assert head(made).number == 3
    page = editor.get(response.headers["Location"])

    sent = fields(page.content.decode())
    assert (sent["base"], sent["shown"]) == ("2", "m2:3:1")
    assert (sent["head-question"], sent["head-title"]) == ("Was it one?", "Another title")
    assert sent["reason-summary"] == "Revision 2 undone. It was better so."
    [question] = page.context["conflict"].questions
    assert [option.label for option in question.options] == [
        "As it is today",
        "As it was in revision 1",
        "Something else:",
    ]
    kept = [pair for pair in sent if not pair[0].startswith("resolve:")]
    sent.clear()
    sent.extend([*kept, ["resolve:head/question", "mine"]])
    saved = editor.post(response.headers["Location"], {**sent.data(), "_save": "1"})

    assert saved.status_code == 302
    assert now(made) == replace(
        made.document, head=replace(made.document.head, question="Was it one?", title="Another title")
    )
    entry = head(made).entry
    assert entry.summary == "Revision 2 undone. It was better so."
    assert m.ChangeClass.RESTORE in entry.classes


def test_revert_of_a_page_that_moved_on_keeps_what_came_in(editor: Client) -> None:
    made = ControversyFactory(question="Was it one?")
    made.edit(question="Is it two?")
    made.edit(title="Another title")

    response = do(editor, "revert", made, 1, base="2")

    assert (now(made).head.question, now(made).head.title) == ("Was it one?", "Another title")
    assert told(response)[1].startswith("Edith Editor saved this page while you were editing: ")


def test_editor_does_not_change_the_publication(editor: Client) -> None:
    made = ControversyFactory()
    made.edit(publication="withdrawn")

    do(editor, "undo", made, 2, publication="1")

    assert now(made).head.publication == "withdrawn"
    assert head(made).number == 2


def test_publisher_undoes_a_withdrawal(publisher: Client) -> None:
    made = ControversyFactory()
    made.edit(publication="withdrawn")
    assert publisher.get(url("undo", made, 2)).context["publication"] == "published"

    do(publisher, "undo", made, 2, publication="1")

    assert now(made).head.publication == "published"


@pytest.mark.parametrize(("role", "publication"), [("editor", "withdrawn"), ("publisher", "published")])
def test_publication_that_was_ticked_is_carried_into_a_conflict(
    publisher: Client, role: str, publication: str
) -> None:
    made = ControversyFactory(question="Was it one?")
    made.edit(question="Is it two?", publication="withdrawn")
    made.edit(question="Is it three?")

    at = do(publisher, "undo", made, 2, publication="1").headers["Location"]
    html = publisher.get(at).content.decode()

    assert "saving makes it published again, as it was then" in html
    sent = fields(html)
    assert sent["shown"] == "m2:3:1p"
    kept = [pair for pair in sent if not pair[0].startswith("resolve:")]
    sent.clear()
    sent.extend([*kept, ["resolve:head/question", "mine"]])
    # The address says it, and says it to publishers only.
    client_of(role).post(at, {**sent.data(), "_save": "1"})
    assert (now(made).head.question, now(made).head.publication) == ("Was it one?", publication)


def test_tick_survives_a_missing_reason(publisher: Client) -> None:
    made = ControversyFactory()
    made.edit(publication="withdrawn")

    html = one_line(
        do(publisher, "undo", made, 2, publication="1", **{"reason-summary": ""}).content.decode()
    )

    assert 'id="publication" checked' in html


def test_who_else_has_the_page_open_is_told(editor: Client, publisher: Client) -> None:
    made = ControversyFactory()
    made.edit(question="Is it two?")
    editor.get(change_url(made.key))

    assert "has this page open too, since" in publisher.get(url("undo", made, 2)).content.decode()
    assert "has this page open too, since" in editor.get(change_url(made.key)).content.decode()


def test_nothing_becomes_a_draft_again(publisher: Client) -> None:
    made = ControversyFactory(publication="draft")
    made.edit(publication="published")

    assert publisher.get(url("revert", made, 1)).context["publication"] is None
    do(publisher, "revert", made, 1, publication="1")

    assert now(made).head.publication == "published"


@pytest.mark.parametrize(("act", "number"), [("revert", 9), ("revert", 0), ("undo", 1), ("undo", 9)])
def test_revision_that_is_not_there_is_not_found(editor: Client, act: str, number: int) -> None:
    made = ControversyFactory()

    assert editor.get(url(act, made, number)).status_code == 404


@pytest.mark.parametrize("base", ["", "x", "-1", "99", "9" * 10])
def test_nonsense_for_the_revision_seen_is_a_bad_request(editor: Client, base: str) -> None:
    made = ControversyFactory()
    made.edit(question="What is it?")

    assert do(editor, "revert", made, 1, base=base).status_code in (400, 404)
    assert head(made).number == 2


@pytest.mark.parametrize(
    "query", ["?shown=m1:2", "?shown=m9:1:1", "?base=9", "?shown=m0:0:0", "?shown=m1:1:1pp"]
)
def test_nonsense_in_the_edit_pages_address_is_a_bad_request(editor: Client, query: str) -> None:
    made = ControversyFactory()

    assert editor.get(change_url(made.key, query)).status_code == 400


def test_links_are_for_those_who_may(editor: Client, client: Client) -> None:
    made = ControversyFactory()
    made.edit(question="What is it?")
    made.edit(question="What will it be?")
    pages = [
        reverse("history", args=[made.slug]),
        reverse("revision", args=[made.slug, 2]),
        reverse("compare", args=[made.slug, 1, 2]),
    ]

    for page in pages:
        seen = editor.get(page).content.decode()
        assert url("undo", made, 2) in seen, page
        assert f"/revisions/{1 if 'compare' in page else 2}/revert/" in seen, page
        assert "/admin/controversies/controversy/" not in client.get(page).content.decode()
        assert "/undo/" not in client_of("contributor").get(page).content.decode()
