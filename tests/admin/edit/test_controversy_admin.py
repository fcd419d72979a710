"""The edit page of a controversy: what it draws, what it saves, and what it refuses."""

import re
import threading
import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connections
from django.test import Client
from django.urls import reverse

from controversies import history
from controversies import models as m
from controversies.admin.edit.controversy_admin import ControversyAdmin
from tests.admin.editing import ADD_URL, Sent, change_url, fields, opened
from tests.factories import BIG, BackerFactory, ControversyFactory, SourceFactory, TopicFactory, UserFactory

LIST_URL = "/admin/controversies/controversy/"
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


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def problems_of(response: Any) -> list[tuple[str, str]]:
    """What the page says must be put right: where, and what."""
    return [(problem.place, problem.message) for problem in response.context["problems"]]


# -- saving --


def test_save_of_what_was_drawn_records_nothing(editor: Client) -> None:
    made = ControversyFactory(positions=2, points=2, backings=6, citations=12)
    url = change_url(made.key)

    response = send(editor, url, opened(editor, url))

    assert response["Location"] == LIST_URL
    assert messages_of(response) == ["Nothing had changed, so nothing was recorded."]
    assert head(made.key).number == 1
    assert not LogEntry.objects.exists()


def test_save_records_one_revision_and_one_entry_of_the_log(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url)
    sent["head-title"] = "Another title"
    sent["reason-summary"] = "The title said too much."

    response = send(editor, url, sent)

    assert response["Location"] == LIST_URL
    reading = head(made.key)
    assert reading.number == 2
    assert reading.entry.summary == "The title said too much."
    assert reading.document == replace(made.document, head=replace(made.document.head, title="Another title"))
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.action_flag) == (made.key, CHANGE)
    assert entry.change_message == "The title said too much."


def test_save_of_every_kind_of_part_makes_that_document(editor: Client) -> None:
    made = ControversyFactory(positions=2, points=2, backings=2, citations=2)
    backer, source = BackerFactory(), SourceFactory()
    url = change_url(made.key)
    sent = opened(editor, url)
    first, second = made.document.positions
    point = made.document.points[0]
    sent["context-text"] = "A new context."
    sent[f"{point.key}-kind"] = "legal"
    sent[f"{first.key}-confidence"] = "high"
    sent[f"{second.key}-stances-{point.key}-text"] = "It says this."
    backing, cited, on_stance = (str(uuid.uuid4()) for _ in range(3))
    sent.append([f"{first.key}-backings", backing])
    sent[f"{backing}-backer"] = str(backer.pk)
    sent[f"{backing}-note"] = "In its annual report."
    sent[f"{backing}-since"] = "2024-07"
    sent[f"{backing}-until"] = "2025"
    for where, key in ((backing, cited), (f"{second.key}-stances-{point.key}", on_stance)):
        sent.append([f"{where}-citations", key])
        sent[f"{key}-source"] = str(source.pk)
        sent[f"{key}-relation"] = "contradicts"
        sent[f"{key}-quote"] = "Word for word"
        sent[f"{key}-locator"] = "p. 3"
    sent["reason-summary"] = "All of it."

    assert send(editor, url, sent).status_code == 302

    document = head(made.key).document
    assert document.context.text == "A new context."
    assert document.points[0].kind == "legal"
    assert document.positions[0].confidence == "high"
    added = document.positions[0].backings[-1]
    assert (added.key, added.backer, added.note) == (backing, str(backer.pk), "In its annual report.")
    assert (added.since, added.until) == ("2024-07", "2025")
    [citation] = added.citations
    assert (citation.source, citation.relation) == (str(source.pk), "contradicts")
    assert (citation.quote, citation.locator) == ("Word for word", "p. 3")
    stance = next(s for s in document.positions[1].stances if s.point == point.key)
    assert stance.text == "It says this."
    assert [c.key for c in stance.citations][-1] == on_stance


def test_address_made_from_a_long_title_ends_with_a_word(editor: Client) -> None:
    sent = opened(editor, ADD_URL)
    sent["head-title"] = f"{'a' * 99} and more?"
    sent["head-topic"] = str(TopicFactory().pk)

    assert send(editor, ADD_URL, sent).status_code == 302
    assert head(sent["key"]).document.head.slug == "a" * 99


def test_add_makes_a_controversy_with_all_its_levels(editor: Client) -> None:
    topic, backer, source = TopicFactory(), BackerFactory(), SourceFactory()
    sent = opened(editor, ADD_URL)
    point, position = sent["points"], sent["positions"]
    backing, citation = str(uuid.uuid4()), str(uuid.uuid4())
    sent["head-title"] = "May robots vote?"
    sent["head-topic"] = str(topic.pk)
    sent[f"{point}-title"] = "What a vote is"
    sent[f"{position}-claim"] = "They may"
    sent[f"{position}-stances-{point}-text"] = "A choice."
    sent.append([f"{position}-backings", backing])
    sent[f"{backing}-backer"] = str(backer.pk)
    sent.append([f"{backing}-citations", citation])
    sent[f"{citation}-source"] = str(source.pk)
    sent[f"{citation}-relation"] = "supports"

    response = send(editor, ADD_URL, sent)

    assert response.status_code == 302
    reading = head(sent["key"])
    document = reading.document
    assert reading.number == 1
    assert (document.head.slug, document.head.publication) == ("may-robots-vote", "draft")
    assert "restore" not in reading.entry.classes
    assert [p.title for p in document.points] == ["What a vote is"]
    assert [p.claim for p in document.positions] == ["They may"]  # the second was left blank
    assert document.positions[0].backings[0].citations[0].source == str(source.pk)
    assert document.positions[0].stances[0].text == "A choice."
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.action_flag) == (sent["key"], ADDITION)


def test_add_sent_twice_makes_one_controversy(editor: Client) -> None:
    topic = TopicFactory()
    sent = opened(editor, ADD_URL)
    sent["head-title"], sent["head-topic"] = "Once", str(topic.pk)

    responses = [send(editor, ADD_URL, sent) for _ in range(2)]

    assert [response.status_code for response in responses] == [302, 302]
    assert m.Controversy.objects.count() == 1
    assert LogEntry.objects.count() == 1


def test_save_sent_twice_records_one_revision(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url)
    sent["head-title"], sent["reason-summary"] = "Another", "Why"

    responses = [send(editor, url, sent) for _ in range(2)]

    assert [response.status_code for response in responses] == [302, 302]
    assert "Revision 2" in messages_of(responses[1])[-1]
    assert head(made.key).number == 2
    assert LogEntry.objects.count() == 1


def test_save_and_continue_comes_back_to_the_page(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url)
    sent["head-title"], sent["reason-summary"] = "Another", "Why"

    response = editor.post(url, {**sent.data(), "_continue": "1"})

    assert response["Location"] == url


def test_order_on_the_page_is_the_order(editor: Client) -> None:
    made = ControversyFactory(positions=3, points=3)
    url = change_url(made.key)
    sent = opened(editor, url)
    order = [p.key for p in reversed(made.document.positions)]
    sent.replace("positions", order)
    sent["reason-summary"] = "Turned round."

    send(editor, url, sent)

    document = head(made.key).document
    assert [p.key for p in document.positions] == order
    assert {p.key: p for p in document.positions} == {p.key: p for p in made.document.positions}
    assert head(made.key).entry.classes == ("wording",)


def test_removed_point_takes_what_positions_say_on_it_along(editor: Client) -> None:
    made = ControversyFactory(positions=2, points=2)
    url = change_url(made.key)
    sent = opened(editor, url)
    gone, kept = (p.key for p in made.document.points)
    sent.replace("points", [kept])
    sent["reason-summary"] = "Settled."

    send(editor, url, sent)

    document = head(made.key).document
    assert [p.key for p in document.points] == [kept]
    assert all(stance.point == kept for p in document.positions for stance in p.stances)
    assert gone not in {stance.point for p in document.positions for stance in p.stances}


def test_removed_position_is_gone(editor: Client) -> None:
    made = ControversyFactory(positions=2)
    url = change_url(made.key)
    sent = opened(editor, url)
    kept = made.document.positions[1]
    sent.replace("positions", [kept.key])
    sent["reason-summary"] = "Nobody holds it."

    send(editor, url, sent)

    assert [p.key for p in head(made.key).document.positions] == [kept.key]


def test_backing_named_by_another_position_moves_there(editor: Client) -> None:
    made = ControversyFactory(positions=2, backings=2)
    url = change_url(made.key)
    sent = opened(editor, url)
    first, second = made.document.positions
    moved = first.backings[0]
    sent.replace(f"{first.key}-backings", [])
    sent.append([f"{second.key}-backings", moved.key])
    sent["reason-summary"] = "It holds the other."

    assert send(editor, url, sent).status_code == 302

    document = head(made.key).document
    assert document.positions[0].backings == ()
    assert document.positions[1].backings == (*second.backings, moved)


def test_two_backings_can_swap_their_backers(editor: Client) -> None:
    made = ControversyFactory(positions=1, backings=2)
    url = change_url(made.key)
    sent = opened(editor, url)
    one, two = made.document.positions[0].backings
    sent[f"{one.key}-backer"], sent[f"{two.key}-backer"] = two.backer, one.backer
    sent["reason-summary"] = "Mixed up."

    assert send(editor, url, sent).status_code == 302

    assert [b.backer for b in head(made.key).document.positions[0].backings] == [two.backer, one.backer]


def test_review_is_of_today_and_by_the_user(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url)
    sent["head-reviewed"], sent["reason-summary"] = "on", "Read it all."

    send(editor, url, sent)

    after = head(made.key)
    assert after.document.head.reviewed_on == after.entry.time.date().isoformat()
    assert after.document.head.reviewed_by == after.entry.author_name


def test_old_revision_can_be_brought_back(editor: Client) -> None:
    made = ControversyFactory(revisions=3)
    url = change_url(made.key, "?shown=1")
    sent = opened(editor, url)
    assert (sent["base"], sent["shown"]) == ("3", "1")
    assert "This is revision 1 of the page." in editor.get(url).content.decode()
    sent["reason-summary"] = "It was better."

    send(editor, change_url(made.key), sent)

    after = head(made.key)
    first = history.at(made.key, 1)
    assert first is not None
    assert after.number == 4
    assert after.document == first.document
    assert after.entry.classes[0] == "restore"


# -- reasons --


def test_change_of_a_public_page_without_a_reason_is_asked_for_one(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url)
    sent["head-question"] = "May they?"

    response = send(editor, url, sent)

    assert head(made.key).number == 1
    again = fields(response.content.decode())
    assert again["head-question"] == "May they?"
    assert again["reason-summary"] == "The question changed"
    assert send(editor, url, again).status_code == 302
    assert head(made.key).entry.summary == "The question changed"


def test_change_of_a_draft_needs_no_reason(editor: Client) -> None:
    made = ControversyFactory(publication="draft")
    url = change_url(made.key)
    sent = opened(editor, url)
    sent["head-question"] = "May they?"

    assert send(editor, url, sent).status_code == 302

    assert head(made.key).entry.summary == ""


def test_reason_is_offered_from_what_changed(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url)
    sent[f"{made.document.positions[1].key}-confidence"] = "disputed"

    response = editor.post(f"{url}?reason=1", sent.data())

    assert response.json() == {"reason": "B’s confidence: medium → disputed"}
    assert head(made.key).number == 1


# -- blocks that are shut --


def test_many_blocks_are_shut_and_fetched_one_by_one(editor: Client) -> None:
    made = ControversyFactory(positions=8, points=7)
    url = change_url(made.key)
    position = made.document.positions[7]

    sent = opened(editor, url)
    block = editor.get(f"{url}?block={position.key}&shown=1")

    assert sent.all("positions") == [p.key for p in made.document.positions]
    assert not [name for name, _value in sent if name.endswith("-claim") or name.endswith("-body")]
    assert f'name="{position.key}-claim"' in block.content.decode()
    assert "<html" not in block.content.decode()


def test_shut_blocks_are_carried_over(editor: Client) -> None:
    made = ControversyFactory(positions=8, points=7, backings=16, citations=40)
    url = change_url(made.key)
    sent = opened(editor, url)
    sent["head-title"], sent["reason-summary"] = "Another", "Why"

    send(editor, url, sent)

    after = head(made.key).document
    assert after == replace(made.document, head=replace(made.document.head, title="Another"))


def test_shut_position_loses_its_stance_on_a_removed_point(editor: Client) -> None:
    made = ControversyFactory(positions=8, points=7)
    url = change_url(made.key)
    sent = opened(editor, url)
    gone = made.document.points[0].key
    sent.replace("points", [p.key for p in made.document.points[1:]])
    sent["reason-summary"] = "Settled."

    assert send(editor, url, sent).status_code == 302

    document = head(made.key).document
    assert len(document.positions) == 8
    assert gone not in {s.point for p in document.positions for s in p.stances}


def test_all_blocks_open_when_asked_for(editor: Client) -> None:
    made = ControversyFactory(positions=8, points=7)

    sent = opened(editor, change_url(made.key, "?all=1"))

    assert len([name for name, _value in sent if name.endswith("-claim")]) == 8


# -- somebody else saved meanwhile --


@pytest.mark.django_db(transaction=True)
def test_one_save_sent_eight_times_at_once_is_one_revision() -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    client = client_of("editor")
    sent = opened(client, url)
    sent["head-question"], sent["reason-summary"] = "Is it?", "Why"
    answers: list[int] = []

    def save() -> None:
        try:
            answers.append(send(client, url, sent).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=save) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [302] * 8
    assert head(made.key).number == 2
    assert LogEntry.objects.count() == 1


# -- faults --


def test_faults_are_at_their_fields_and_everything_typed_is_kept(editor: Client) -> None:
    made = ControversyFactory(positions=2, points=2, backings=2, citations=2)
    url = change_url(made.key)
    sent = opened(editor, url)
    first, second = made.document.positions
    backing = second.backings[0]
    sent["head-title"] = "x" * 201
    sent[f"{made.document.points[1].key}-kind"] = "nonsense"
    sent[f"{first.key}-claim"] = " \r\n "
    sent[f"{backing.key}-since"], sent[f"{backing.key}-until"] = "2024-13", "soon"
    sent["reason-summary"] = "Why"

    response = send(editor, url, sent)

    name = next(b.name for b in made.document.backers if b.key == backing.backer)
    date = "Write the date as 2024, 2024-07 or 2024-07-23, as far as it is known."
    assert problems_of(response) == [
        ("Title", "At most 200 characters; this has 201."),
        (
            "Contested point 2 › Kind of dispute",
            "“nonsense” is not one of: empirical, definitional, normative, legal, predictive.",
        ),
        ("Position A › Claim", "This cannot be left empty."),
        (f"Position B › Backer “{name}” › Since", date),
        (f"Position B › Backer “{name}” › Until", date),
    ]
    again = fields(response.content.decode())
    assert again["head-title"] == "x" * 201
    assert again[f"{backing.key}-until"] == "soon"
    assert f'href="#id_{first.key}-claim"' in response.content.decode()
    assert f'id="id_{first.key}-claim_error"' in response.content.decode()
    assert head(made.key).number == 1


def test_faults_that_span_fields_are_at_their_fields(editor: Client) -> None:
    made = ControversyFactory(positions=1, backings=2)
    url = change_url(made.key)
    sent = opened(editor, url)
    one, two = made.document.positions[0].backings
    sent[f"{two.key}-backer"] = one.backer
    sent[f"{one.key}-since"], sent[f"{one.key}-until"] = "2025", "2024"
    sent["reason-summary"] = "Why"

    response = send(editor, url, sent)

    assert [message for _where, message in problems_of(response)] == [
        "“Until” is before “since”.",
        "This backer is already listed for the position.",
    ]


def test_address_of_another_page_is_refused_at_its_field(editor: Client) -> None:
    taken = ControversyFactory().slug
    made = ControversyFactory(publication="draft")
    url = change_url(made.key)
    sent = opened(editor, url)
    sent["head-slug"] = taken

    response = send(editor, url, sent)

    assert problems_of(response) == [("Address", "Another controversy has this address.")]
    assert fields(response.content.decode())["head-slug"] == taken


def test_block_with_a_fault_is_unfolded(editor: Client) -> None:
    made = ControversyFactory(points=2)
    url = change_url(made.key)
    sent = opened(editor, url)
    sent[f"{made.document.points[1].key}-title"] = ""
    sent["reason-summary"] = "Why"

    page = send(editor, url, sent).content.decode()

    blocks = re.findall(r'id="block-(\S+)">\s*<fieldset>.*?<details( open)?', page, re.DOTALL)
    opened_blocks = {key for key, is_open in blocks if is_open}
    assert made.document.points[1].key in opened_blocks
    assert made.document.points[0].key not in opened_blocks


def test_row_that_was_added_and_left_blank_is_no_fault(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url)
    position = made.document.positions[0].key
    for name in ("positions", "points", f"{position}-backings", f"{position}-citations"):
        key = str(uuid.uuid4())
        sent.append([name, key])
        sent[f"{key}-{ {'positions': 'claim', 'points': 'title'}.get(name, 'quote') }"] = ""

    response = send(editor, url, sent)

    assert messages_of(response) == ["Nothing had changed, so nothing was recorded."]


def test_backer_and_source_that_are_not_on_record_are_refused(editor: Client) -> None:
    made = ControversyFactory(positions=1, backings=1, citations=1)
    url = change_url(made.key)
    sent = opened(editor, url)
    [backing] = made.document.positions[0].backings
    [citation] = made.document.citations()
    sent[f"{backing.key}-backer"] = str(uuid.uuid4())
    sent[f"{citation.key}-source"] = str(uuid.uuid4())
    sent["head-topic"] = str(uuid.uuid4())
    sent["reason-summary"] = "Why"

    response = send(editor, url, sent)

    assert sorted(message for _where, message in problems_of(response)) == [
        "This backer is not on record any more. Choose another.",
        "This source is not on record any more. Choose another.",
        "This topic is not on record any more. Choose another.",
    ]
    assert head(made.key).number == 1


# -- bad input --

HOSTILE = [
    "<script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    "\u202eright to left\u202c",
    "مرحبا بالعالم",
    "zero\u200bwidth",
    "{{ form }}{% now 'Y' %}",
    "__key__ __list__",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_kept_as_text(editor: Client, text: str) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url)
    sent["head-title"] = text
    sent[f"{made.document.positions[0].key}-argument"] = text
    sent["reason-summary"] = text

    assert send(editor, url, sent).status_code == 302

    document = head(made.key).document
    assert document.head.title == text
    assert document.positions[0].argument == text
    page = editor.get(url).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert fields(page)["head-title"] == text


def test_nul_bytes_and_line_breaks_of_browsers_are_no_change(editor: Client) -> None:
    made = ControversyFactory(context="One.\n\nTwo.")
    url = change_url(made.key)
    sent = opened(editor, url)
    assert sent["context-text"] == "One.\r\n\r\nTwo."
    sent["context-text"] = " One.\r\n\r\nTwo.\0\r\n"
    sent["reason-summary"] = "\0"

    response = send(editor, url, sent)

    assert messages_of(response) == ["Nothing had changed, so nothing was recorded."]


@pytest.mark.parametrize("character", ["x", "я", "界"])
def test_text_of_a_megabyte_is_refused_and_kept(editor: Client, character: str) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url)
    text = character * (1_000_000 // len(character.encode()))
    sent["context-text"], sent["reason-summary"] = text, "Why"

    response = send(editor, url, sent)

    assert problems_of(response) == [("Context › Text", f"At most 100000 characters; this has {len(text)}.")]
    assert fields(response.content.decode())["context-text"] == text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base", "x"),
        ("base", "-1"),
        ("base", "99999999999"),
        ("base", "2"),
        ("base", ""),
        ("shown", "7"),
        ("shown", "²"),
        ("positions", "not-a-key"),
        ("points", "\0"),
        ("positions", "00000000-0000-0000-0000-000000000000"),  # no such block, and no fields of it
    ],
)
def test_nonsense_for_a_key_or_number_is_a_bad_request(editor: Client, name: str, value: str) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url)
    sent[name] = value

    assert send(editor, url, sent).status_code == 400
    assert head(made.key).number == 1


def test_key_listed_twice_is_a_bad_request(editor: Client) -> None:
    made = ControversyFactory(positions=2)
    url = change_url(made.key)
    sent = opened(editor, url)
    sent.append(["positions", made.document.positions[0].key])

    assert send(editor, url, sent).status_code == 400


def test_point_listed_as_a_position_is_a_bad_request(editor: Client) -> None:
    made = ControversyFactory(positions=8, points=7)
    url = change_url(made.key)
    sent = opened(editor, url)
    key = made.document.points[0].key
    sent.replace("points", [p.key for p in made.document.points[1:]])
    sent.append(["positions", key])

    assert send(editor, url, sent).status_code == 400


def test_list_of_a_shut_position_is_a_bad_request(editor: Client) -> None:
    made = ControversyFactory(positions=8)
    url = change_url(made.key)
    sent = opened(editor, url)
    sent.append([f"{made.document.positions[0].key}-backings", str(uuid.uuid4())])

    assert send(editor, url, sent).status_code == 400


NOBODYS = "4a4520dd-66a6-4f05-9fee-9c3a56a91277"  # a key that no page has


@pytest.mark.parametrize("query", ["?shown=x", "?shown=9"])
def test_nonsense_in_the_address_is_a_bad_request(editor: Client, query: str) -> None:
    made = ControversyFactory()

    assert editor.get(change_url(made.key, query)).status_code == 400


@pytest.mark.parametrize("key", ["x", NOBODYS])
def test_block_that_is_not_there_is_gone(editor: Client, key: str) -> None:
    assert editor.get(change_url(ControversyFactory().key, f"?block={key}")).status_code == 410


def test_bad_request_says_why_and_that_what_was_typed_is_kept(editor: Client) -> None:
    made = ControversyFactory()
    sent = opened(editor, change_url(made.key))
    sent["base"] = "77"

    html = send(editor, change_url(made.key), sent).content.decode()

    assert "<bdi>There is no such revision.</bdi>" in html
    assert "This browser still has what you typed" in html
    html = editor.get(change_url(made.key, "?shown=x")).content.decode()
    assert "<bdi>This is not a revision&#x27;s number.</bdi>" in html
    assert "what you typed" not in html


@pytest.mark.parametrize("key", ["x", NOBODYS, "%00"])
def test_unknown_controversy_is_told_on_the_list(editor: Client, key: str) -> None:
    response = editor.get(f"{LIST_URL}{key}/change/", follow=True)

    assert response.redirect_chain == [(LIST_URL, 302)]
    assert "Controversy not found." in response.content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["positions", "points", "backings", "citations"])
def test_key_of_another_page_is_refused(kind: str) -> None:
    editor = client_of("editor")
    other = ControversyFactory(positions=1, points=1, backings=1, citations=1)
    made = ControversyFactory(positions=1, points=1, backings=1)
    url = change_url(made.key)
    sent = opened(editor, url)
    position = made.document.positions[0].key
    name, key, first, value = {
        "positions": ("positions", other.document.positions[0].key, "claim", "Mine now"),
        "points": ("points", other.document.points[0].key, "title", "Mine now"),
        "backings": (
            f"{position}-backings",
            other.document.positions[0].backings[0].key,
            "backer",
            str(BackerFactory().pk),
        ),
        "citations": (
            "context-citations",
            next(other.document.citations()).key,
            "source",
            str(SourceFactory().pk),
        ),
    }[kind]
    sent.append([name, key])
    sent[f"{key}-{first}"] = value
    if kind == "citations":
        sent[f"{key}-relation"] = "supports"
    sent["reason-summary"] = "Why"

    response = send(editor, url, sent)

    assert response.status_code == 200
    [(_where, message)] = problems_of(response)
    assert message.startswith("A key of this page is already used elsewhere")
    assert head(other.key).document == other.document
    assert head(made.key).number == 1


def test_add_with_the_key_of_another_page_is_a_bad_request(editor: Client) -> None:
    other = ControversyFactory(publication="draft", title="Not yours to see")
    sent = opened(editor, ADD_URL)
    sent["key"], sent["head-title"], sent["head-topic"] = other.key, "Mine", str(TopicFactory().pk)

    response = send(editor, ADD_URL, sent)

    assert response.status_code == 400
    assert "Not yours" not in response.content.decode()
    assert head(other.key).document == other.document


# -- rights --


def test_anonymous_visitor_is_sent_to_log_in(client: Client) -> None:
    made = ControversyFactory()

    for url in (change_url(made.key), ADD_URL, change_url(made.key, "?ping=1")):
        assert client.get(url)["Location"].startswith("/admin/login/")


def test_whoever_may_only_look_is_sent_to_the_page() -> None:
    made = ControversyFactory(publication="draft")
    looker = UserFactory(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_controversy"))
    client = Client()
    client.force_login(looker)
    url = change_url(made.key)

    assert client.get(url)["Location"] == f"/controversies/{made.slug}/"
    assert client.post(url, {"head-title": "x"})["Location"] == f"/controversies/{made.slug}/"
    assert client.get(ADD_URL).status_code == 403
    assert head(made.key).number == 1


def test_editor_cannot_publish(editor: Client) -> None:
    made = ControversyFactory(publication="draft")
    url = change_url(made.key)
    sent = opened(editor, url)
    assert not sent.all("head-publication")
    sent["head-publication"], sent["head-question"] = "published", "May they?"

    send(editor, url, sent)

    assert head(made.key).document.head.question == "May they?"
    assert head(made.key).document.head.publication == "draft"


def test_publisher_publishes_with_a_reason(publisher: Client) -> None:
    made = ControversyFactory(publication="draft")
    url = change_url(made.key)
    sent = opened(publisher, url)
    sent["head-publication"] = "published"

    response = send(publisher, url, sent)

    again = fields(response.content.decode())
    assert head(made.key).number == 1
    assert again["head-publication"] == "published"
    assert again["reason-summary"] != ""
    send(publisher, url, again)
    assert head(made.key).document.head.publication == "published"


@pytest.mark.parametrize("value", ["withdrawn", "nonsense"])
def test_publication_takes_only_what_is_offered(publisher: Client, value: str) -> None:
    made = ControversyFactory(publication="draft")
    url = change_url(made.key)
    sent = opened(publisher, url)
    sent["head-publication"], sent["reason-summary"] = value, "Why"

    response = send(publisher, url, sent)

    assert [where for where, _message in problems_of(response)] == ["Publication"]
    assert head(made.key).number == 1


def test_address_of_a_page_that_readers_have_seen_is_fixed(publisher: Client) -> None:
    made = ControversyFactory(publication="withdrawn")
    url = change_url(made.key)
    sent = opened(publisher, url)
    assert not sent.all("head-slug")
    sent["head-slug"], sent["head-question"], sent["reason-summary"] = "elsewhere", "May they?", "Why"

    assert send(publisher, url, sent).status_code == 302

    assert head(made.key).document.head.slug == made.slug


def test_new_backer_is_offered_to_those_who_may_add_one(editor: Client) -> None:
    made = ControversyFactory()
    page = editor.get(change_url(made.key)).content.decode()
    assert '<template data-new="backer">' in page
    user = UserFactory(role="editor")
    user.groups.first().permissions.remove(
        *user.groups.first().permissions.filter(codename__in=["add_backer", "add_source"])
    )
    other = Client()
    other.force_login(user)

    page = other.get(change_url(made.key)).content.decode()

    assert '<template data-new="backer">' not in page
    assert '<template data-new="topic">' in page


def test_nothing_is_deleted_here(publisher: Client) -> None:
    made = ControversyFactory()

    assert publisher.post(f"{LIST_URL}{made.key}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in publisher.get(LIST_URL).content.decode()


def test_other_ways_in_are_closed() -> None:
    desk = ControversyAdmin(m.Controversy, None)  # type: ignore[arg-type]  # no site is needed

    for way in (desk.save_model, desk.delete_model, desk.delete_queryset):
        with pytest.raises(NotImplementedError):
            way(None, None)


# -- withdrawing --


def withdraw_url(key: str) -> str:
    return reverse("admin:controversies_controversy_withdraw", args=[key])


def test_withdrawing_takes_a_reason_and_records_a_revision(publisher: Client) -> None:
    made = ControversyFactory()
    url = withdraw_url(made.key)
    assert url in publisher.get(change_url(made.key)).content.decode()

    refused = publisher.post(url, {"base": "1", "reason-summary": " "})
    response = publisher.post(url, {"base": "1", "reason-summary": "It was libel."})

    assert "Give a short reason for the withdrawal" in refused.content.decode()
    assert response["Location"] == LIST_URL
    after = head(made.key)
    assert (after.number, after.entry.summary) == (2, "It was libel.")
    assert after.document.head.publication == "withdrawn"
    assert LogEntry.objects.count() == 1


def test_withdrawing_what_somebody_changed_meanwhile_asks_again(publisher: Client) -> None:
    made = ControversyFactory(revisions=2)

    response = publisher.post(withdraw_url(made.key), {"base": "1", "reason-summary": "It was libel."})

    assert head(made.key).number == 2
    page = response.content.decode()
    assert "saved this page meanwhile" in page
    assert "It was libel." in page
    assert 'name="base" value="2"' in page


def test_withdrawing_is_for_publishers(editor: Client, publisher: Client) -> None:
    made, draft = ControversyFactory(), ControversyFactory(publication="draft")

    assert editor.post(withdraw_url(made.key), {"base": "1", "reason-summary": "x"}).status_code == 403
    assert withdraw_url(made.key) not in editor.get(change_url(made.key)).content.decode()
    assert publisher.get(withdraw_url(draft.key))["Location"] == change_url(draft.key)
    assert publisher.get(withdraw_url(str(uuid.uuid4())))["Location"] == LIST_URL


def test_withdrawn_page_can_be_published_again(publisher: Client) -> None:
    made = ControversyFactory(publication="withdrawn")
    url = change_url(made.key)
    sent = opened(publisher, url)
    sent["head-publication"], sent["reason-summary"] = "published", "It was not libel."

    assert send(publisher, url, sent).status_code == 302

    assert head(made.key).document.head.publication == "published"


# -- nothing typed is lost --


def test_ping_gives_a_token(editor: Client) -> None:
    made = ControversyFactory()

    token = editor.get(change_url(made.key, "?ping=1")).json()["token"]

    assert re.fullmatch(r"\w{64}", token)


def test_restore_has_nothing_to_draw_once_it_is_on_record() -> None:
    user = UserFactory(role="editor")
    client = Client()
    client.force_login(user)
    made = ControversyFactory()
    url = change_url(made.key)
    untouched = opened(client, url)
    sent = opened(client, url)
    sent["head-question"], sent["reason-summary"] = "Mine?", "Why not."

    def restored(url: str, sent: Any, **more: str) -> int:
        return client.post(url, {**sent.data(), **more, "_restore": "1"}).status_code

    assert restored(url, untouched) == 204
    assert restored(url, sent) == 200
    made.edit(title="Theirs", author=user)  # in another tab
    assert restored(url, untouched) == 204
    assert restored(url, sent, _sent="1") == 200
    client.post(url, {**sent.data(), "_save": "1"})
    assert restored(url, sent, _sent="1") == 204
    later = opened(client, url)
    later["head-question"], later["reason-summary"] = "Theirs?", "Why not."
    other = Client()
    other.force_login(UserFactory(role="editor"))
    other.post(url, {**later.data(), "_save": "1"})
    assert restored(url, sent, _sent="1") == 204  # it was, whatever became of it since

    new = opened(client, ADD_URL)
    assert restored(ADD_URL, new) == 204
    new["head-title"], new["head-topic"] = "Another page", made.document.head.topic.key
    new["head-question"], new["reason-summary"] = "Which?", "Missing."
    assert restored(ADD_URL, new) == 200
    for number, key in enumerate(new.all("positions"), 1):
        new[f"{key}-claim"] = f"Answer {number}."
    assert client.post(ADD_URL, {**new.data(), "_save": "1"}).status_code == 302
    assert restored(ADD_URL, new, _sent="1") == 204


def test_restore_draws_what_was_typed_and_saves_nothing(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url)
    key = str(uuid.uuid4())
    sent["head-title"] = "Half typed"
    sent.append(["positions", key])
    sent[f"{key}-claim"] = "A new one"

    response = editor.post(url, {**sent.data(), "_restore": "1"})

    again = fields(response.content.decode())
    assert (again["head-title"], again[f"{key}-claim"]) == ("Half typed", "A new one")
    assert problems_of(response) == []
    assert head(made.key).number == 1


# -- preview --


def test_preview_is_the_public_page_of_what_is_typed(editor: Client) -> None:
    made = ControversyFactory(publication="draft")
    url = change_url(made.key)
    sent = opened(editor, url)
    position = made.document.positions[0]
    sent["head-title"] = "Not saved"
    sent[f"{position.key}-argument"] = "In **bold** words, <b>not</b> [a link](javascript:alert(1))."

    page = editor.post(url, {**sent.data(), "_preview": "1"}).content.decode()

    assert "Preview, not saved" in page
    assert '<h1 dir="auto">Not saved</h1>' in page
    assert "<strong>bold</strong>" in page
    assert "<b>not</b>" not in page
    assert 'href="javascript' not in page
    assert head(made.key).number == 1


def test_preview_tells_what_it_would_change_of_todays_page(editor: Client) -> None:
    made = ControversyFactory(title="As it is <now>")
    url = change_url(made.key)
    sent = opened(editor, url)
    same = editor.post(url, {**sent.data(), "_preview": "1"}).content.decode()
    sent["head-title"] = "As it will be"

    page = editor.post(url, {**sent.data(), "_preview": "1"}).content.decode()

    assert "No visible changes." in same
    assert "One change" in page
    assert 'id="would-changes-head"' in page
    assert "&lt;now&gt;" in page
    assert "<now>" not in page


def test_preview_of_a_page_that_is_not_recorded_yet(editor: Client) -> None:
    sent = opened(editor, ADD_URL)
    sent["head-title"], sent["head-topic"] = "New here", str(TopicFactory().pk)

    page = editor.post(ADD_URL, {**sent.data(), "_preview": "1"}).content.decode()

    assert '<h1 dir="auto">New here</h1>' in page
    assert not m.Controversy.objects.exists()


def test_preview_with_faults_says_what_they_are(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url)
    sent["head-title"] = ""

    page = editor.post(url, {**sent.data(), "_preview": "1"}).content.decode()

    assert "No preview yet" in page
    assert "<b>Title</b>: This cannot be left empty." in page


# -- lightness --


def small(**more: Any) -> Any:
    return ControversyFactory(positions=4, points=3, backings=10, citations=5, **more)


def test_page_is_drawn_with_as_many_queries_whatever_its_size(
    editor: Client, django_assert_num_queries: Any
) -> None:
    pages = [change_url(small().key), change_url(ControversyFactory(**BIG).key)]
    editor.get(pages[0])  # what is remembered between requests is remembered now

    for url in (*pages, f"{pages[1]}?all=1"):
        # session, user, rights twice, the newest revision, company twice, what waits, verdicts on sources
        with django_assert_num_queries(9):
            response = editor.get(url)
        assert response.status_code == 200
    assert len(editor.get(pages[1]).content) < 100_000


def test_save_takes_as_many_queries_whatever_the_size(editor: Client, django_assert_num_queries: Any) -> None:
    for made in (small(), ControversyFactory(**BIG)):
        url = change_url(made.key)
        sent = opened(editor, url)
        sent["head-status_summary"], sent["reason-summary"] = "One field.", "Why"
        with django_assert_num_queries(27):  # four of blame
            response = send(editor, url, sent)
        assert response.status_code == 302


# -- the list --


@pytest.mark.parametrize(
    ("needs", "found"),
    [
        ("source", "Uncited"),
        ("review", "Unread"),
        ("draft", "Draft"),
        ("reason", "Unexplained"),
    ],
)
def test_list_finds_the_pages_that_need_work(editor: Client, needs: str, found: str) -> None:
    reviewed: dict[str, Any] = {
        "reviewed_on": "2999-01-01",
        "reviewed_by": "Rita",
        "positions": 1,
        "points": 1,
    }
    ControversyFactory(title="In order", **reviewed, citations=1)
    ControversyFactory(title="Uncited", **reviewed, citations=0)
    ControversyFactory(title="Unread", positions=1, points=1, citations=1)
    ControversyFactory(title="Draft", **reviewed, citations=1, publication="draft")
    unexplained = ControversyFactory(title="Unexplained", **reviewed, citations=1)
    [position] = unexplained.document.positions
    unexplained.save(
        replace(unexplained.document, positions=(replace(position, confidence="low", confidence_reason=""),))
    )

    response = editor.get(f"{LIST_URL}?needs={needs}")

    assert [obj.title for obj in response.context["cl"].result_list] == [found]


def test_list_says_who_revised_each_page_last(editor: Client) -> None:
    made = ControversyFactory(revisions=2, positions=2, title="The one")

    response = editor.get(LIST_URL)

    [row] = [each for each in response.context["cl"].result_list if each.title == "The one"]
    assert (row.positions_held, row.revised_by) == (2, "Paul Publisher")
    assert f"by {head(made.key).entry.author_name}" in response.content.decode()


def test_list_takes_as_many_queries_however_long(editor: Client, django_assert_max_num_queries: Any) -> None:
    ControversyFactory()
    with django_assert_max_num_queries(20) as first:
        editor.get(LIST_URL)
    for _ in range(3):
        ControversyFactory()
    with django_assert_max_num_queries(20) as second:
        editor.get(LIST_URL)

    assert len(first) == len(second)


def test_history_is_the_public_one(editor: Client) -> None:
    made = ControversyFactory(publication="draft")

    response = editor.get(f"{LIST_URL}{made.key}/history/")

    assert response["Location"] == f"/controversies/{made.slug}/history/"
    assert editor.get(f"{LIST_URL}{uuid.uuid4()}/history/")["Location"] == LIST_URL
