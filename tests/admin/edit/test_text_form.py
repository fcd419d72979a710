"""The edit page as one text: read by the same rules as the fields, with the same endings, and told by the line."""

import re
import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client
from hypothesis import given

from controversies import history
from controversies import models as m
from controversies.admin.edit.convert import convert_form
from controversies.admin.edit.fields_form import FieldsForm
from controversies.admin.edit.page_form import FormSource
from controversies.admin.edit.text_form import SKELETON, TextForm
from controversies.admin.form_context import FormContext
from controversies.document.types import Document
from controversies.interchange import files
from controversies.models import Proposal
from controversies.workflow import suggestions
from tests import strategies
from tests.admin.editing import ADD_URL, Sent, change_url, fields, opened
from tests.factories import (
    BIG,
    BackerFactory,
    ControversyFactory,
    SourceFactory,
    TopicFactory,
    UserFactory,
    new_key,
)

LIST_URL = "/admin/controversies/controversy/"
TEXT = "?text=1"
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


def send(client: Client, url: str, sent: Sent, button: str = "_save") -> Any:
    return client.post(url, {**sent.data(), button: "1"})


def rewrite(sent: Sent, old: str, new: str) -> None:
    """Put one thing in the place of another in the text, as in a text area: with a browser's line breaks."""
    old, new = (each.replace("\n", "\r\n") for each in (old, new))
    assert old in sent["text"]
    sent["text"] = sent["text"].replace(old, new, 1)


def head(key: str) -> history.Reading:
    reading = history.head(key)
    assert reading is not None
    return reading


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def problems_of(response: Any) -> list[tuple[str, str]]:
    """What the page says must be put right: where, and what."""
    return [(problem.place, problem.message) for problem in response.context["problems"]]


def again(response: Any) -> Sent:
    """What the page would send that came back."""
    assert response.status_code == 200
    return fields(response.content.decode())


def line_of(sent: Sent, start: str) -> int:
    """The number of the first line that begins so, but for spaces."""
    lines = sent["text"].split("\r\n")
    return next(number for number, line in enumerate(lines, 1) if line.strip().startswith(start))


NEW = """\
---
id: may-robots-vote
title: May robots vote?
question: Should they?
thread: {topic}
status: emerging
polarity: binary
positions:
  - claim: They may
    proponents:
      - robot-makers
      - id: the-league
        name: The League
        type: organization
    sources:
      - url: https://example.org/votes
        title: On votes
        relation: context
    confidence: low
  - claim: They may not
    stances:
      - point: What a vote is
        text: A promise.
---

## Context

Some can count.

## Key Tensions

**What a vote is:** A choice, or a promise.

## Status

It begins.
"""


# -- saving --


@pytest.mark.parametrize("size", [{}, {"positions": 9, "points": 4, "backings": 20, "citations": 30}])
def test_save_of_the_text_as_drawn_records_nothing(editor: Client, size: dict[str, int]) -> None:
    made = ControversyFactory(**size)
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    assert "\r\n" in sent["text"]

    response = send(editor, url, sent)

    assert response["Location"] == LIST_URL
    assert messages_of(response) == ["Nothing had changed, so nothing was recorded."]
    assert head(made.key).number == 1
    assert not LogEntry.objects.exists()


def test_text_shows_no_key_that_reading_it_finds_by_itself(editor: Client) -> None:
    made = ControversyFactory(positions=3, points=2, backings=5, citations=7)
    assert not {part.key for part in made.document.blocks()} <= {made.key}

    text = opened(editor, change_url(made.key, TEXT))["text"]

    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", text)


@pytest.mark.parametrize(
    "prose", ["keys:\n  \n---\n\nkeys", "---\nkeys:\n  a: b\n---", "keys:", "a\n\n---\n\nb"]
)
def test_prose_that_looks_like_keys_is_prose(editor: Client, prose: str) -> None:
    made = ControversyFactory(context=prose, attribution=prose, positions=2, citations=3)
    url = change_url(made.key)

    response = send(editor, url, opened(editor, url + TEXT))

    assert messages_of(response) == ["Nothing had changed, so nothing was recorded."]


def test_text_records_one_revision_and_one_entry_of_the_log(editor: Client) -> None:
    made = ControversyFactory(title="As it was")
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    rewrite(sent, "title: As it was", "title: Another title")
    sent["reason-summary"] = "The title said too much."

    response = send(editor, url, sent)

    assert response["Location"] == LIST_URL
    reading = head(made.key)
    assert (reading.number, reading.entry.summary) == (2, "The title said too much.")
    assert reading.document == replace(made.document, head=replace(made.document.head, title="Another title"))
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.action_flag) == (made.key, CHANGE)


def test_what_is_reworded_keeps_its_key_and_what_is_new_gets_one(editor: Client) -> None:
    made = ControversyFactory(positions=2, points=1)
    first, second = made.document.positions
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    rewrite(sent, f'  - claim: "{first.claim}"', f'  - claim: A third\n  - claim: "{first.claim}, mostly"')
    sent["reason-summary"] = "All of it."

    assert send(editor, url, sent).status_code == 302

    document = head(made.key).document
    assert [p.claim for p in document.positions] == ["A third", f"{first.claim}, mostly", second.claim]
    assert [p.key for p in document.positions][1:] == [first.key, second.key]
    assert replace(document.positions[1], claim=first.claim) == first


def test_save_sent_twice_records_one_revision(editor: Client) -> None:
    made = ControversyFactory(title="As it was")
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    rewrite(sent, "title: As it was", "title: Another")
    sent["reason-summary"] = "Why"

    responses = [send(editor, url, sent) for _ in range(2)]

    assert [response.status_code for response in responses] == [302, 302]
    assert "Revision 2" in messages_of(responses[1])[-1]
    assert head(made.key).number == 2
    assert LogEntry.objects.count() == 1


def test_save_and_continue_comes_back_to_the_text(editor: Client) -> None:
    made = ControversyFactory(title="As it was")
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    rewrite(sent, "title: As it was", "title: Another")
    sent["reason-summary"] = "Why"

    assert send(editor, url, sent, "_continue")["Location"] == url + TEXT


def test_change_of_a_public_page_without_a_reason_is_asked_for_one(editor: Client) -> None:
    made = ControversyFactory(question="May they?")
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    rewrite(sent, "question: May they?", "question: Might they?")

    sent = again(send(editor, url, sent))

    assert head(made.key).number == 1
    assert "question: Might they?" in sent["text"]
    assert sent["reason-summary"] == "The question changed"
    assert editor.post(f"{url}?reason=1", sent.data()).json() == {"reason": "The question changed"}
    assert send(editor, url, sent).status_code == 302
    assert head(made.key).entry.summary == "The question changed"


def test_old_revision_can_be_brought_back_as_text(editor: Client) -> None:
    made = ControversyFactory(revisions=3)
    sent = opened(editor, change_url(made.key, f"{TEXT}&shown=1"))
    assert (sent["base"], sent["shown"]) == ("3", "1")
    sent["reason-summary"] = "It was better."

    send(editor, change_url(made.key), sent)

    first = history.at(made.key, 1)
    assert first is not None
    assert head(made.key).document == first.document
    assert head(made.key).entry.classes[0] == "restore"


def test_review_is_ticked_beside_the_text_and_not_written(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    sent["reason-summary"] = "Read it all."
    ticked = Sent([*map(list, sent), ["head-reviewed", "on"]])
    rewrite(sent, "publication:", "reviewed_on: 2026-01-01\nreviewed_by: Somebody Else\npublication:")

    refused = send(editor, url, sent)
    send(editor, url, ticked)

    line = line_of(sent, "reviewed_on")
    assert [where for where, _what in problems_of(refused)] == [f"Line {line}"]
    assert "tick the box below the text" in problems_of(refused)[0][1]
    after = head(made.key)
    assert after.number == 2
    assert after.document.head.reviewed_on == after.entry.time.date().isoformat()
    assert after.document.head.reviewed_by == after.entry.author_name


def test_text_exported_from_an_older_revision_is_not_put_over_what_came_since(editor: Client) -> None:
    made = ControversyFactory(question="May they?", title="As it was")
    first = history.at(made.key, 1)
    assert first is not None
    mark = files.mark(1, first.entry.document)
    text = files.write(made.document, revision=mark).replace("question: May they?", "question: Might they?")
    made.edit(title="Theirs")
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    sent["text"], sent["reason-summary"] = text, "Why"

    refused = send(editor, url, sent)
    [problem] = refused.context["problems"]
    sent = opened(editor, problem.url)
    sent["text"], sent["reason-summary"] = text, "Why"
    response = send(editor, url, sent)

    assert problem.message.startswith("This text was made from revision 1, and the page has changed since.")
    assert problem.url == change_url(made.key, "?text=1&base=1&shown=1")
    assert response.status_code == 302
    document = head(made.key).document
    assert (document.head.title, document.head.question) == ("Theirs", "Might they?")


def test_text_exported_from_the_newest_revision_or_elsewhere_is_taken(editor: Client) -> None:
    made = ControversyFactory(question="May they?", revisions=2)
    newest = head(made.key)
    url = change_url(made.key)
    for mark, question in ((files.mark(2, newest.entry.document), "Now?"), ("1-0123456789ab", "Then?")):
        sent = opened(editor, url + TEXT)
        text = files.write(head(made.key).document, revision=mark)
        sent["text"] = re.sub("question: .*", f"question: {question}", text)
        sent["reason-summary"] = "Why"

        assert send(editor, url, sent).status_code == 302
        assert head(made.key).document.head.question == question


# -- a new page --


def test_whole_new_page_is_made_from_text_with_all_that_it_names(editor: Client) -> None:
    topic = TopicFactory()
    sent = opened(editor, ADD_URL + TEXT)
    assert sent["text"] == SKELETON.replace("\n", "\r\n")
    sent["text"] = NEW.format(topic=topic.slug)

    responses = [send(editor, ADD_URL, sent) for _ in range(2)]

    assert [response["Location"] for response in responses] == [LIST_URL, LIST_URL]
    assert m.Controversy.objects.count() == 1
    reading = head(sent["key"])
    document = reading.document
    assert (reading.number, "restore" in reading.entry.classes) == (1, False)
    assert (document.head.slug, document.head.publication) == ("may-robots-vote", "draft")
    assert document.head.topic.key == str(topic.pk)
    assert [(b.slug, b.name, b.kind) for b in document.backers] == [
        ("robot-makers", "Robot makers", "constituency"),
        ("the-league", "The League", "organisation"),
    ]
    assert [(s.url, s.title) for s in document.sources] == [("https://example.org/votes", "On votes")]
    assert document.positions[1].stances[0].text == "A promise."
    assert m.Backer.objects.filter(slug="the-league").exists()
    added = "New on record: backer “Robot makers”, backer “The League” and source “On votes”."
    assert messages_of(responses[0])[-1] == added
    assert messages_of(responses[1]).count(added) == 1  # of the first still


def test_blank_text_of_a_new_page_says_what_is_missing_by_the_line(editor: Client) -> None:
    sent = opened(editor, ADD_URL + TEXT)

    response = send(editor, ADD_URL, sent)

    told = problems_of(response)
    assert all(re.fullmatch(r"Line \d+", where) for where, _what in told)
    assert any("title" in what for _where, what in told)
    assert not m.Controversy.objects.exists()


def test_address_of_another_page_is_refused_at_its_line(editor: Client) -> None:
    other = ControversyFactory(slug="taken")
    sent = opened(editor, ADD_URL + TEXT)
    sent["text"] = NEW.format(topic=other.document.head.topic.slug).replace(
        "id: may-robots-vote", "id: taken"
    )

    response = send(editor, ADD_URL, sent)

    assert problems_of(response) == [("Line 2", "Another controversy has this address.")]
    assert m.Controversy.objects.count() == 1


def test_text_of_another_page_pasted_as_a_new_one_takes_nothing_from_it(editor: Client) -> None:
    other = ControversyFactory(slug="first", positions=2, points=2, backings=4, citations=4)
    text = opened(editor, change_url(other.key, TEXT))["text"]
    sent = opened(editor, ADD_URL + TEXT)
    sent["text"] = text.replace("id: first", "id: second", 1).replace(
        "publication: published", "publication: draft"
    )

    assert send(editor, ADD_URL, sent).status_code == 302

    assert head(other.key).number == 1
    assert head(other.key).document == other.document
    mine = head(sent["key"]).document
    assert [p.claim for p in mine.positions] == [p.claim for p in other.document.positions]
    assert not {p.key for p in mine.positions} & {p.key for p in other.document.positions}


# -- faults --


def test_fault_is_listed_with_its_line_and_marked_there_and_the_text_stays(editor: Client) -> None:
    made = ControversyFactory(positions=1)
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    rewrite(sent, "status: active", "status: actve")
    line = line_of(sent, "status: actve")

    response = send(editor, url, sent)

    page = response.content.decode()
    assert [where for where, _what in problems_of(response)] == [f"Line {line}"]
    assert f'<a href="#line-{line}">Line {line}</a>' in page
    assert re.search(rf'<li id="line-{line}" class="fault"><span>status: actve</span><b class="note">', page)
    assert page.count('class="fault"') == 1
    assert again(response)["text"] == sent["text"]
    assert head(made.key).number == 1


def test_every_fault_is_told_at_once(editor: Client) -> None:
    made = ControversyFactory(positions=1)
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    rewrite(sent, "status: active", "status: actve")
    rewrite(sent, "polarity: multi-axis", "polarity: many")

    response = send(editor, url, sent, "_preview")

    assert "No preview yet" in response.content.decode()
    sent = again(send(editor, url, sent))
    assert len(problems_of(send(editor, url, sent))) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0\r\n\0",
        "---\r\n",
        "---\r\n---\r\n",
        "---\r\na: &a [x, x]\r\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\r\nc: [*b, *b, *b, *b, *b, *b]\r\n---\r\n",
        "---\r\nid: !!python/object/apply:os.system [ls]\r\n---\r\n",
        "---\r\n" + "[" * 5000 + "\r\n---\r\n",
        "<script>alert(1)</script></textarea>",
        "---\r\nid: '</textarea><script>alert(1)</script>'\r\n---\r\n",
        "\u202e\ufeff---\u2028id: x\x85---",
        "{{ form }}{% load x %}%s%(x)s",
    ],
    ids=["empty", "nul", "open", "nothing", "bomb", "tag", "deep", "markup", "value", "breaks", "braces"],
)
def test_hostile_text_is_refused_and_kept(editor: Client, text: str) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    sent["text"] = text

    response = send(editor, url, sent)

    assert response.status_code == 200
    assert problems_of(response)
    assert "<script>alert" not in response.content.decode()
    assert head(made.key).number == 1


def test_nul_bytes_and_a_mark_of_byte_order_are_no_change(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    sent["text"] = "\ufeff" + sent["text"].replace("status", "sta\0tus", 1)

    response = send(editor, url, sent)

    assert messages_of(response) == ["Nothing had changed, so nothing was recorded."]


def test_more_than_the_site_takes_is_refused(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    sent["text"] += "x" * 5_000_000

    assert send(editor, url, sent).status_code in (400, 413)
    assert head(made.key).number == 1


def test_text_of_a_megabyte_is_refused_at_its_line_and_kept(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    rewrite(sent, "## Context", "## Context\n\n" + "word " * 200_000)

    response = send(editor, url, sent)

    assert ["At most 100000 characters" in what for _where, what in problems_of(response)] == [True]
    assert again(response)["text"] == sent["text"]


def test_text_of_very_many_lines_and_faults_is_answered_and_kept(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    rewrite(sent, "positions:", "".join(f"odd{i}: 1\n" for i in range(500)) + "positions:")
    rewrite(sent, "## Context", "## Context\n" + "\n" * 20_000)

    response = send(editor, url, sent)

    problems = problems_of(response)
    assert len(problems) == 201
    assert problems[-1] == ("", "…and 300 more. Begin with the first.")
    assert 'class="lines"' not in response.content.decode()
    assert again(response)["text"] == sent["text"]


def test_more_parts_than_a_page_holds_are_refused(editor: Client) -> None:
    sent = opened(editor, ADD_URL + TEXT)
    sent["text"] = NEW.format(topic=TopicFactory().slug).replace(
        "  - claim: They may not\n", "".join(f"  - claim: They may {i}\n" for i in range(3_000))
    )

    response = send(editor, ADD_URL, sent)

    told = "One page holds at most 3000 points, positions, stances, backers and citations; this has 3006."
    assert problems_of(response) == [("", told)]
    assert not m.Controversy.objects.exists()


# -- what pages share --


def test_source_on_record_is_changed_on_its_own_page(editor: Client) -> None:
    made = ControversyFactory(positions=1, citations=1)
    source = made.document.sources[0]
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    rewrite(sent, f"title: {source.title}", "title: As I would call it")
    sent["reason-summary"] = "Why"

    response = send(editor, url, sent)

    [problem] = response.context["problems"]
    assert problem.place == f"Line {line_of(sent, 'title: As I')}"
    assert problem.message == (
        f"Title: shared by every page that shows “{source.title}”. "
        f"Write “{source.title}” here, and change it on its own page."
    )
    assert problem.url == f"/admin/controversies/source/{source.key}/change/"
    assert f'<a href="{problem.url}"' in response.content.decode()
    assert head(made.key).number == 1
    assert m.Source.objects.get(pk=source.key).title == source.title


def test_backer_and_topic_on_record_are_changed_on_their_own_pages(editor: Client) -> None:
    made = ControversyFactory(positions=1, backings=1)
    [backer], topic = made.document.backers, made.document.head.topic
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    rewrite(sent, f"- id: {backer.slug}\n", f"- id: {backer.slug}\n        name: The Renamed\n")
    rewrite(sent, f"thread: {topic.slug}", f"thread: {topic.slug}\nthread_title: Another name")
    sent["reason-summary"] = "Why"

    response = send(editor, url, sent)

    found = {problem.url: problem.place for problem in response.context["problems"]}
    assert found == {
        f"/admin/controversies/backer/{backer.key}/change/": f"Line {line_of(sent, 'name: The Renamed')}",
        f"/admin/controversies/topic/{topic.key}/change/": f"Line {line_of(sent, 'thread_title')}",
    }
    assert head(made.key).number == 1


def test_source_renamed_while_the_text_was_open_is_no_change_of_it(editor: Client) -> None:
    made = ControversyFactory(positions=1, citations=1, question="May they?")
    source = made.document.sources[0]
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    with history.act(author_name="Somebody"):
        m.Source.objects.filter(pk=source.key).update(title="Its new name")
    rewrite(sent, "question: May they?", "question: Might they?")
    sent["reason-summary"] = "Why"

    assert send(editor, url, sent).status_code == 302

    document = head(made.key).document
    assert (document.sources[0].title, document.head.question) == ("Its new name", "Might they?")


def test_backers_and_sources_on_record_are_named_and_cited_without_their_facts(editor: Client) -> None:
    BackerFactory(slug="the-league", name="The League", aliases=["Leaguers"])
    source = SourceFactory(
        slug="on-votes", url="https://example.org/votes", authors="A. Voter", title="On votes"
    )
    made = ControversyFactory(positions=1, backings=0, citations=0)
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    rewrite(
        sent,
        f'  - claim: "{made.document.positions[0].claim}"',
        f'  - claim: "{made.document.positions[0].claim}"\n    proponents: [Leaguers]\n'
        "    sources:\n      - url: https://example.org/votes\n        title: On votes",
    )
    sent["reason-summary"] = "Why"

    preview = send(editor, url, sent, "_preview").content.decode()
    assert send(editor, url, sent).status_code == 302

    assert "A. Voter" in preview
    document = head(made.key).document
    assert [b.name for b in document.backers] == ["The League"]
    assert [(s.key, s.authors) for s in document.sources] == [(str(source.pk), "A. Voter")]


def test_who_may_not_add_backers_cannot_by_naming_one() -> None:
    user = UserFactory(is_staff=True)
    user.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_controversy", "change_controversy"])
    )
    client = Client()
    client.force_login(user)
    made = ControversyFactory(positions=1, backings=1)
    url = change_url(made.key)
    sent = opened(client, url + TEXT)
    rewrite(sent, "    proponents:\n", "    proponents:\n      - somebody-new\n")
    sent["reason-summary"] = "Why"

    response = send(client, url, sent)

    line = line_of(sent, "- somebody-new")
    assert problems_of(response) == [
        (
            f"Line {line}",
            "There is no backer “Somebody New”, and you may not add one. Name one that exists.",
        )
    ]
    assert not m.Backer.objects.filter(slug="somebody-new").exists()


# -- who may what --


def test_address_of_a_page_that_readers_have_seen_is_fixed(publisher: Client) -> None:
    made = ControversyFactory(slug="as-it-is")
    url = change_url(made.key)
    sent = opened(publisher, url + TEXT)
    rewrite(sent, "id: as-it-is", "id: another")
    sent["reason-summary"] = "Why"

    response = send(publisher, url, sent)

    told = "The address cannot change once readers have seen the page. Write “as-it-is” here."
    assert problems_of(response) == [("Line 2", told)]


@pytest.mark.parametrize(
    ("role", "before", "after", "may"),
    [
        ("editor", "draft", "published", False),
        ("editor", "published", "draft", False),
        ("publisher", "draft", "published", True),
        ("publisher", "draft", "withdrawn", False),
        ("publisher", "published", "withdrawn", False),
    ],
)
def test_publication_is_for_publishers_and_withdrawing_an_act_of_its_own(
    role: str, before: str, after: str, may: bool
) -> None:
    client = client_of(role)
    made = ControversyFactory(publication=before)
    url = change_url(made.key)
    sent = opened(client, url + TEXT)
    rewrite(sent, f"publication: {before}", f"publication: {after}")
    sent["reason-summary"] = "Why"

    response = send(client, url, sent)

    assert head(made.key).document.head.publication == (after if may else before)
    if not may:
        [problem] = response.context["problems"]
        assert problem.place == f"Line {line_of(sent, 'publication')}"
        is_withdrawing = (role, before, after) == ("publisher", "published", "withdrawn")
        assert problem.url.endswith(f"/{made.key}/withdraw/") == is_withdrawing


def test_contributor_proposes_from_text_and_an_editor_accepts_it_from_text(editor: Client) -> None:
    contributor = client_of("contributor")
    made = ControversyFactory(positions=1, backings=1, question="May they?")
    url = change_url(made.key)
    sent = opened(contributor, url + TEXT)
    rewrite(sent, "    proponents:\n", "    proponents:\n      - newcomers\n")
    sent["reason-summary"] = "They hold it."

    send(contributor, url, sent)
    proposal = Proposal.objects.get()

    assert head(made.key).number == 1
    assert not m.Backer.objects.filter(slug="newcomers").exists()
    amending = opened(contributor, change_url(made.key, f"{TEXT}&shown=p{proposal.pk}"))
    assert "- id: newcomers" in amending["text"]  # with the name and the kind that were guessed
    taking = opened(editor, change_url(made.key, f"{TEXT}&shown=p{proposal.pk}"))
    rewrite(taking, "question: May they?", "question: Might they?")
    assert send(editor, url, taking).status_code == 302
    document = head(made.key).document
    assert [b.slug for b in document.backers] == ["newcomers", made.document.backers[0].slug]
    assert document.head.question == "Might they?"
    assert m.Backer.objects.filter(slug="newcomers").exists()


def test_contributor_proposes_a_new_page_from_text() -> None:
    contributor = client_of("contributor")
    topic = TopicFactory()
    sent = opened(contributor, ADD_URL + TEXT)
    sent["text"] = NEW.format(topic=topic.slug)
    sent["reason-summary"] = "It is missing."

    response = send(contributor, ADD_URL, sent)

    proposal = Proposal.objects.get()
    assert response["Location"] == proposal.get_absolute_url()
    assert (proposal.is_new, proposal.document["slug"]) == (True, "may-robots-vote")
    assert messages_of(response)[-1].startswith("Recorded once this is accepted: backer “Robot makers”")
    assert not m.Controversy.objects.exists()


def test_topic_that_is_new_is_for_those_who_may_add_one(editor: Client) -> None:
    for client, may in ((client_of("contributor"), False), (editor, True)):
        sent = opened(client, ADD_URL + TEXT)
        sent["text"] = NEW.format(topic="robots")
        sent["reason-summary"] = "Why"

        response = send(client, ADD_URL, sent)

        assert m.Topic.objects.filter(slug="robots").exists() == may
        if not may:
            told = "There is no topic “Robots”, and you may not add one. Name one that exists."
            assert problems_of(response) == [("Line 5", told)]


def test_suggestion_and_company_are_there_as_beside_the_fields(editor: Client) -> None:
    made = ControversyFactory(question="May they?")
    url = change_url(made.key)
    client_of("editor").get(url + TEXT)
    suggestion = suggestions.suggest(
        made.document, key=new_key(), block=None, number=1, address=new_key(), wrong="The question is."
    )
    opening = f"{url}{TEXT}&suggestion={suggestion.pk}"

    page = editor.get(opening).content.decode()
    sent = opened(editor, opening)
    rewrite(sent, "question: May they?", "question: Might they?")
    assert send(editor, url, sent).status_code == 302

    assert "has this page open too" in page
    assert "The question is." in page
    assert editor.get(f"{url}?ping=1&base=1").json()["others"]
    suggestion.refresh_from_db()
    assert (suggestion.state, suggestion.revision) == ("used", 2)


def test_text_that_comes_back_from_a_browser_is_drawn_unless_it_is_on_record(editor: Client) -> None:
    made = ControversyFactory(positions=1, citations=1, question="May they?")
    url = change_url(made.key)
    drawn = opened(editor, url + TEXT)
    for old, new in (
        ("question: May they?", "question: Might they?"),
        ("status: active", "status: actve"),
        (f"title: {made.document.sources[0].title}", "title: As I would call it"),  # is no change of the page
    ):
        sent = Sent([list(pair) for pair in drawn])
        rewrite(sent, old, new)

        assert new in again(send(editor, url, sent, "_restore"))["text"]

    assert send(editor, url, drawn, "_restore").status_code == 204
    assert send(editor, ADD_URL, opened(editor, ADD_URL + TEXT), "_restore").status_code == 204
    assert head(made.key).number == 1


# -- conflicts --


def test_text_is_merged_with_what_came_in_meanwhile(editor: Client) -> None:
    made = ControversyFactory(question="May they?", title="As it was")
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    made.edit(title="Theirs")
    rewrite(sent, "question: May they?", "question: Might they?")
    sent["reason-summary"] = "Why"

    response = send(editor, url, sent)

    assert response.status_code == 302
    document = head(made.key).document
    assert (document.head.title, document.head.question) == ("Theirs", "Might they?")
    assert "Your change and theirs are both kept." in messages_of(response)[-1]


def test_what_both_changed_is_asked_beside_the_text_and_the_answer_saved(editor: Client) -> None:
    made = ControversyFactory(title="As it was")
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    made.edit(title="Theirs")
    rewrite(sent, "title: As it was", "title: Mine")
    sent["reason-summary"] = "Why"

    sent = again(send(editor, url, sent))

    assert head(made.key).number == 2
    assert (sent["base"], "title: Mine" in sent["text"]) == ("1", True)
    assert sent["seen:head/title"]
    turned_over = again(send(editor, url, sent, "_turn"))
    assert (turned_over["head-title"], turned_over["base"]) == ("Mine", "1")
    sent["resolve:head/title"] = "mine"
    assert send(editor, url, sent).status_code == 302
    assert (head(made.key).number, head(made.key).document.head.title) == (3, "Mine")


# -- from fields to text and back --


def test_what_is_typed_in_fields_is_carried_into_the_text_and_back(editor: Client) -> None:
    made = ControversyFactory(positions=8, points=2, backings=6, citations=12)
    url = change_url(made.key)
    sent = opened(editor, url)
    key = str(uuid.uuid4())
    sent["head-title"], sent["reason-summary"] = "Half typed", "Half a reason"
    sent.append(["positions", key])
    sent[f"{key}-claim"] = "A new one"
    sent.append(["head-reviewed", "on"])

    page = send(editor, url, sent, "_turn")
    text = again(page)
    back = again(send(editor, url, text, "_turn"))

    assert "data-unsaved" in page.content.decode()
    assert 'id="id_head-reviewed"' in page.content.decode()
    assert "title: Half typed" in text["text"]
    assert "- claim: A new one" in text["text"]
    assert (text["reason-summary"], text["base"], text["shown"]) == ("Half a reason", "1", "1")
    assert (back["head-title"], back["reason-summary"]) == ("Half typed", "Half a reason")
    assert back[f"{key}-claim"] == "A new one"
    assert head(made.key).number == 1
    assert send(editor, url, back).status_code == 302
    document = head(made.key).document
    assert (document.head.title, document.positions[8].claim) == ("Half typed", "A new one")
    assert document.positions[:8] == made.document.positions
    assert (document.points, document.context) == (made.document.points, made.document.context)


def test_of_many_positions_only_what_the_text_changed_is_open_in_the_fields(editor: Client) -> None:
    made = ControversyFactory(positions=8, points=8, backings=6, citations=12)
    position, point = made.document.positions[4], made.document.points[5]
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    rewrite(sent, f'claim: "{position.claim}"', "claim: Changed in the text")
    rewrite(sent, f"**{point.title}:**", f"**{point.title}:** Also changed.")
    sent["reason-summary"] = "Why"

    form = again(send(editor, url, sent, "_turn"))
    response = send(editor, url, form)

    assert [name for name, _value in form if name.endswith("-claim")] == [f"{position.key}-claim"]
    assert [name for name, _value in form if name.endswith("-body")] == [f"{point.key}-body"]
    assert response.status_code == 302
    document = head(made.key).document
    assert document.positions[4] == replace(position, claim="Changed in the text")
    assert document.points[5].body.startswith("Also changed.")
    assert (
        document.positions[:4] + document.positions[5:]
        == made.document.positions[:4] + made.document.positions[5:]
    )


def test_turning_an_untouched_page_is_no_unsaved_text(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)

    page = send(editor, url, opened(editor, url), "_turn")
    back = send(editor, url, again(page), "_turn")

    assert "data-unsaved" not in page.content.decode()
    assert "data-unsaved" not in back.content.decode()
    assert messages_of(send(editor, url, again(back))) == ["Nothing had changed, so nothing was recorded."]


def test_fields_that_are_not_valid_stay_and_say_so(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url)
    sent["head-title"] = ""

    response = send(editor, url, sent, "_turn")

    assert problems_of(response) == [("Title", "This cannot be left empty.")]
    assert "before this can be edited the other way" in response.content.decode()
    assert again(response)["head-title"] == ""


def test_text_that_is_not_valid_stays_and_says_so(editor: Client) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    rewrite(sent, "status: active", "status: actve")

    response = send(editor, url, sent, "_turn")

    assert [where for where, _what in problems_of(response)] == [f"Line {line_of(sent, 'status: actve')}"]
    assert again(response)["text"] == sent["text"]


def test_blank_new_page_turns_both_ways(editor: Client) -> None:
    sent = opened(editor, ADD_URL)

    text = again(send(editor, ADD_URL, sent, "_turn"))
    back = again(send(editor, ADD_URL, text, "_turn"))

    assert text["text"].replace("\r\n", "\n") == SKELETON
    assert (text["key"], back["key"]) == (sent["key"], sent["key"])
    assert back["head-title"] == ""


def test_what_a_text_names_that_is_new_is_carried_into_the_fields_and_made_when_they_are_saved(
    editor: Client,
) -> None:
    topic = TopicFactory()
    sent = opened(editor, ADD_URL + TEXT)
    sent["text"] = NEW.format(topic=topic.slug)

    form = again(send(editor, ADD_URL, sent, "_turn"))
    assert not m.Backer.objects.exists()
    form["head-title"] = "Retitled"
    text = again(send(editor, ADD_URL, form, "_turn"))
    form = again(send(editor, ADD_URL, text, "_turn"))
    response = send(editor, ADD_URL, form)

    assert response.status_code == 302
    assert "New on record: backer “Robot makers”, backer “The League”" in messages_of(response)[-1]
    assert "name: The League" in text["text"]
    document = head(sent["key"]).document
    assert document.head.title == "Retitled"
    assert [b.name for b in document.backers] == ["Robot makers", "The League"]
    assert [s.title for s in document.sources] == ["On votes"]


@pytest.mark.parametrize("key", ["nonsense", "", "00000000-0000-0000-0000-000000000000"])
def test_new_part_with_a_key_that_is_none_is_a_bad_request(editor: Client, key: str) -> None:
    made = ControversyFactory()
    url = change_url(made.key)
    sent = opened(editor, url)
    sent["backers"] = key

    assert send(editor, url, sent).status_code == 400


def test_what_is_sent_as_new_is_nothing_for_who_may_not_add_it() -> None:
    user = UserFactory(is_staff=True)
    user.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_controversy", "change_controversy"])
    )
    client = Client()
    client.force_login(user)
    made = ControversyFactory(positions=1, backings=1)
    [backing] = made.document.positions[0].backings
    url = change_url(made.key)
    sent = opened(client, url)
    key = new_key()
    sent["backers"], sent[f"{key}-name"], sent[f"{key}-kind"] = key, "New", "company"
    sent[f"{backing.key}-backer"], sent["reason-summary"] = key, "Why"

    response = send(client, url, sent)

    assert [what for _where, what in problems_of(response)] == [
        "This backer is not on record any more. Choose another."
    ]
    assert not m.Backer.objects.filter(pk=key).exists()


def test_what_is_sent_as_new_says_nothing_about_what_is_on_record(editor: Client) -> None:
    made = ControversyFactory(positions=1, backings=1)
    backer = made.document.backers[0]
    url = change_url(made.key)
    sent = opened(editor, url)
    sent["backers"], sent[f"{backer.key}-name"], sent[f"{backer.key}-kind"] = backer.key, "Forged", "company"

    page = send(editor, url, sent, "_preview").content.decode()

    assert "Forged" not in page


def turned_there_and_back(document: Document, user: Any) -> Any:
    """The document of the fields that come back from the text of these."""
    current: Any = history.Reading(entry=None, document=document, stored={})  # type: ignore[arg-type]  # not asked
    form = FieldsForm(FormSource(document, current, FormContext(user)), open_all=True)
    sent = FieldsForm(FormSource(document, current, FormContext(user)), form.as_submitted())
    text = convert_form(sent)
    assert isinstance(text, TextForm), sent.problems()
    assert text.is_valid(), text.problems()
    back = convert_form(text)
    assert isinstance(back, FieldsForm)
    return back


@given(document=strategies.documents())
def test_any_document_comes_back_as_it_was(document: Document) -> None:
    user = m.Revision.author.field.related_model(username="x", is_superuser=True)  # type: ignore[attr-defined]

    back = turned_there_and_back(document, user)

    assert back.is_valid(), back.problems()
    assert back.document == document


# -- marks of sources in prose --


def test_marks_in_the_text_follow_their_source_and_new_sources_are_the_next(editor: Client) -> None:
    made = ControversyFactory(positions=2, points=0, backings=0, citations=2)
    first = made.document.positions[0]
    made.save(
        made.document.with_blocks(
            positions=(replace(first, argument="As [1] and [2] say."), *made.document.positions[1:])
        )
    )
    url = change_url(made.key)
    sent = opened(editor, url + TEXT)
    rewrite(
        sent,
        "context_sources:\n",
        "context_sources:\n  - url: https://example.org/new\n    title: A new one\n",
    )
    rewrite(sent, "## Context\n\n", "## Context\n\nNew: [3]. ")
    sent["reason-summary"] = "Why"

    form = again(send(editor, url, sent, "_turn"))
    text = again(send(editor, url, form, "_turn"))
    response = send(editor, url, text)
    assert response.status_code == 302, problems_of(response)

    document = head(made.key).document
    assert document.positions[0].argument == "As [2] and [3] say."
    assert document.context.text.startswith("New: [1]. ")
    assert form["context-text"].startswith("New: [1]. ")
    assert document.sources[0].title == "A new one"


def test_marks_of_a_new_page_mean_the_sources_of_its_own_text(editor: Client) -> None:
    sent = opened(editor, ADD_URL + TEXT)
    sent["text"] = NEW.format(topic=TopicFactory().slug).replace("Some can count.", "Some can count [1].")

    form = again(send(editor, ADD_URL, sent, "_turn"))
    assert send(editor, ADD_URL, form).status_code == 302

    assert head(sent["key"]).document.context.text == "Some can count [1]."


# -- lightness --


def test_text_is_drawn_with_as_many_queries_whatever_its_size(
    editor: Client, django_assert_num_queries: Any
) -> None:
    urls = [change_url(ControversyFactory().key, TEXT), change_url(ControversyFactory(**BIG).key, TEXT)]
    editor.get(urls[0])  # what is remembered between requests is remembered now

    for url in urls:
        with django_assert_num_queries(12):  # as with the fields, and what is on record of what pages share
            response = editor.get(url)
        assert response.status_code == 200


def test_save_takes_as_many_queries_whatever_the_size(editor: Client, django_assert_num_queries: Any) -> None:
    for made in (ControversyFactory(title="As it was"), ControversyFactory(**BIG, title="As it was")):
        url = change_url(made.key)
        sent = opened(editor, url + TEXT)
        rewrite(sent, "title: As it was", "title: Another")
        sent["reason-summary"] = "Why"
        with django_assert_num_queries(33):  # two of them ask for other and former names
            response = send(editor, url, sent)
        assert response.status_code == 302


def test_without_the_right_to_edit_there_is_no_text() -> None:
    made = ControversyFactory()
    user = UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_controversy"))
    client = Client()
    client.force_login(user)

    assert client.get(change_url(made.key, TEXT))["Location"] == f"/controversies/{made.slug}/"
    assert client.post(change_url(made.key), {"text": "x", "base": "1", "shown": "1"}).status_code == 302
    assert client_of("contributor").get(change_url(made.key, TEXT)).status_code == 200
    assert head(made.key).number == 1
