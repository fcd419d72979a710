"""Marks of sources typed at the edit page: they mean the numbers on it, and follow their source when those change."""

from dataclasses import replace

import pytest
from django.test import Client

from controversies import history
from controversies.document.types import Document
from tests.admin.editing import Sent, change_url, fields, opened
from tests.factories import ControversyFactory, Recorded, SourceFactory, UserFactory, new_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(UserFactory(role="editor"))
    return client


@pytest.fixture
def made() -> Recorded:
    """A page of two positions with a source each, the first of which its argument refers to."""
    made = ControversyFactory(positions=2, points=0, backings=0, citations=2)
    made.edit(question="Why?")
    first = made.document.positions[0]
    cited = made.head.document.source_numbers[first.citations[0].source] if first.citations else 1
    document = made.head.document
    made.save(
        document.with_blocks(
            positions=(replace(first, argument=f"As [{cited}] says."), *document.positions[1:])
        )
    )
    return made


def now(made: Recorded) -> Document:
    found = history.head(made.key)
    assert found is not None
    return found.document


def with_a_source_before_all(sent: Sent, text: str) -> str:
    source, citation = SourceFactory(), new_key()
    sent.replace("context-citations", [citation, *sent.all("context-citations")])
    sent[f"{citation}-source"], sent[f"{citation}-relation"] = str(source.pk), "supports"
    sent["context-text"], sent["reason-summary"] = text, "A source came."
    return str(source.pk)


def test_marks_mean_the_numbers_on_the_page_and_new_sources_are_the_next(
    editor: Client, made: Recorded
) -> None:
    sent = opened(editor, change_url(made.key))
    there = len(now(made).sources)
    meant = now(made).sources[0].key
    new = with_a_source_before_all(sent, f"New: [{there + 1}]; old: [1].")

    assert editor.post(change_url(made.key), {**sent.data(), "_save": "1"}).status_code == 302

    numbers = now(made).source_numbers
    assert now(made).context.text == f"New: [{numbers[new]}]; old: [{numbers[meant]}]."
    assert numbers[new] == 1
    old = made.document.positions[0].citations[0].source
    assert now(made).positions[0].argument == f"As [{numbers[old]}] says."


def test_marks_survive_the_turn_to_text_and_back(editor: Client, made: Recorded) -> None:
    url = change_url(made.key)
    sent = opened(editor, url)
    meant = now(made).sources[0].key
    new = with_a_source_before_all(sent, "Old: [1].")
    text = fields(editor.post(url, {**sent.data(), "_turn": "1"}).content.decode())
    assert f"Old: [@{now(made).sources[0].slug}]." in text["text"]
    back = fields(editor.post(url, {**text.data(), "_turn": "1"}).content.decode())
    assert back["context-text"] == "Old: [2]."

    assert editor.post(url, {**back.data(), "_save": "1"}).status_code == 302

    numbers = now(made).source_numbers
    assert (numbers[new], now(made).context.text) == (1, f"Old: [{numbers[meant]}].")


def test_marks_are_typed_by_address_in_the_text_too(editor: Client, made: Recorded) -> None:
    url = change_url(made.key)
    text = opened(editor, f"{url}?text=1")
    source = now(made).sources[1]
    text["text"] = text["text"].replace(
        "## Context\r\n\r\n", f"## Context\r\n\r\nSee [@{source.slug}] and [1]. "
    )
    text["reason-summary"] = "Referred to."

    assert editor.post(url, {**text.data(), "_save": "1"}).status_code == 302

    assert now(made).context.text.startswith("See [2] and [1]. ")


def test_a_mark_of_no_source_is_told_with_its_line(editor: Client, made: Recorded) -> None:
    url = change_url(made.key)
    text = opened(editor, f"{url}?text=1")
    text["text"] = text["text"].replace("## Context\r\n\r\n", "## Context\r\n\r\nSee [@nobody]. ")

    html = editor.post(url, {**text.data(), "_save": "1"}).content.decode()

    line = text["text"].split("\r\n").index("## Context") + 3
    assert f"Line {line}" in html
    assert "No source of this page is called “nobody”." in html
