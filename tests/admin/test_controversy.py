"""The edit page of a controversy: what it draws, what it saves, and what it refuses."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.test import Client

from controversies import history
from tests.admin.editing import Sent, change_url, opened
from tests.factories import (
    ControversyFactory,
    UserFactory,
)

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


def send(client: Client, url: str, sent: Sent, **more: str) -> Any:
    return client.post(url, {**sent.data(), "_save": "1", **more})


def head(key: str) -> history.Reading:
    reading = history.head(key)
    assert reading is not None
    return reading


def test_save_of_what_was_drawn_records_nothing(editor: Client) -> None:
    made = ControversyFactory(positions=2, points=2, backings=6, citations=12)
    url = change_url(made.key)

    response = send(editor, url, opened(editor, url))

    assert response.status_code == 302
    assert head(made.key).number == 1
    assert not LogEntry.objects.exists()


def test_save_records_one_revision_and_one_entry_of_the_log(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url)
    sent["head-title"] = "Another title"
    sent["reason-summary"] = "The title said too much."

    response = send(editor, url, sent)

    assert response["Location"] == "/admin/controversies/controversy/"
    reading = head(made.key)
    assert reading.number == 2
    assert reading.entry.summary == "The title said too much."
    assert reading.document == replace(made.document, head=replace(made.document.head, title="Another title"))
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.action_flag) == (made.key, CHANGE)
    assert entry.change_message == "The title said too much."
