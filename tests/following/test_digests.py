"""What readers are told of, when, in which words, and of what they are not."""

import re
from dataclasses import replace
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.core import mail

from controversies.following import changes, digests, subscriptions
from controversies.models import Subscription, Topic
from tests.factories import BackerFactory, ControversyFactory, Recorded, TopicFactory, topic_block

from .readers import (
    ADDRESS,
    DAY,
    ReaderClock,
    backer_subject,
    commit,
    follow,
    page_subject,
    subjects_sent,
    topic_subject,
    work,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def page() -> Recorded:
    return ControversyFactory(title="Open weights", slug="open-weights", positions=2, backings=2, citations=4)


def reword(page: Recorded, words: str = "Everybody may read the weights.", **options: Any) -> None:
    """Change what a position claims: substantive, of one page."""
    first, *others = page.document.positions
    page.save(page.document.with_blocks(positions=(replace(first, claim=words), *others)), **options)


def test_a_day_of_changes_is_one_e_mail(clock: ReaderClock, page: Recorded) -> None:
    follow(page_subject(page))
    clock.pass_hours(2)
    reword(page, summary="The claim was <too> narrow.")
    reword(page, "Anybody may read the weights.", summary="Plainer.")
    assert mail.outbox == []

    clock.pass_days(1)
    [message] = mail.outbox
    assert [message.subject, message.to] == ["Changes: Open weights", [ADDRESS]]
    assert message.body.count("* ") == 2
    assert "Reason: The claim was <too> narrow." in message.body
    assert "/controversies/open-weights/compare/2/3/" in message.body
    assert message.body.index("compare/2/3") < message.body.index("compare/1/2")

    clock.pass_days(8)
    assert len(mail.outbox) == 1


def test_html_says_the_same_with_links_and_escaped(clock: ReaderClock, page: Recorded) -> None:
    follow(page_subject(page))
    reword(page, summary="The claim was <too> narrow.")
    clock.pass_days(1)

    [message] = mail.outbox
    [(html, kind)] = message.alternatives
    assert kind == "text/html"
    assert "The claim was &lt;too&gt; narrow." in html
    assert '/controversies/open-weights/compare/1/2/">Compare 1 with 2</a>' in html
    assert "src=" not in html  # nothing is loaded, so nobody is watched
    assert "<script" not in html


def test_weekly_is_on_mondays_at_six(clock: ReaderClock, page: Recorded) -> None:
    row = follow(page_subject(page), pace="weekly")
    assert row.due_at is not None
    assert row.due_at.isoformat() == "2026-03-09T06:00:00+00:00"
    reword(page)
    clock.pass_hours(24 * 4 + 17)
    assert mail.outbox == []

    clock.pass_hours(1)
    assert subjects_sent() == ["Changes: Open weights"]
    reword(page, "Third.")
    clock.pass_days(6)
    assert len(mail.outbox) == 1
    clock.pass_days(1)
    assert len(mail.outbox) == 2


def test_nothing_is_sent_where_nothing_of_substance_changed(clock: ReaderClock, page: Recorded) -> None:
    follow(page_subject(page))
    other = ControversyFactory(positions=2)
    reword(other)
    page.edit(reviewed_on="2026-03-04", reviewed_by="Edith")
    clock.pass_days(2)

    assert mail.outbox == []


def test_topics_and_the_site_are_followed_whole_with_new_pages(clock: ReaderClock, page: Recorded) -> None:
    topic = Topic.objects.get(pk=page.row.topic_id)
    follow(topic_subject(topic), "tea@reader.example")
    follow(None, "sid@reader.example")
    reword(page)
    ControversyFactory(title="Elsewhere", slug="elsewhere")
    draft = ControversyFactory(title="Was a draft", publication="draft", topic=topic)
    clock.pass_days(1)

    by_reader = {message.to[0]: message for message in mail.outbox}
    assert by_reader["tea@reader.example"].subject == f"Changes: Topic: {topic.title}"
    assert "Elsewhere" not in by_reader["tea@reader.example"].body
    assert by_reader["sid@reader.example"].subject == "Changes: All pages of Crux"
    assert "Elsewhere" in by_reader["sid@reader.example"].body
    assert all("Was a draft" not in message.body for message in mail.outbox)

    mail.outbox.clear()
    draft.edit(publication="published")
    clock.pass_days(1)
    assert {message.to[0]: message.body.count("Was a draft") for message in mail.outbox} == {
        "tea@reader.example": 1,
        "sid@reader.example": 1,
    }


def test_backers_are_told_by_their_positions_and_when_they_leave(clock: ReaderClock) -> None:
    backer, other = BackerFactory(name="Meta"), BackerFactory(name="Mistral")
    ControversyFactory(positions=2, backings=1, backers=[backer])
    page = ControversyFactory(title="Open weights", positions=2, backings=2, backers=[backer, other])
    positions = page.document.positions
    [held] = [each for each in positions if any(b.backer == str(backer.pk) for b in each.backings)]
    [not_held] = [each for each in positions if each.key != held.key]
    follow(backer_subject(backer))

    document = page.document
    page.save(
        document.with_blocks(
            positions=tuple(
                replace(each, claim="Not theirs.") if each.key == not_held.key else each
                for each in document.positions
            )
        )
    )
    clock.pass_days(1)
    assert mail.outbox == []

    document = page.document
    page.save(
        document.with_blocks(
            positions=tuple(
                replace(each, claim="Theirs.") if each.key == held.key else each
                for each in document.positions
            )
        )
    )
    clock.pass_days(1)
    assert subjects_sent() == ["Changes: Backer: Meta"]

    document = page.document
    page.save(
        document.with_blocks(
            positions=tuple(
                replace(each, backings=()) if each.key == held.key else each for each in document.positions
            ),
            backers=tuple(each for each in document.backers if each.key != str(backer.pk)),
        )
    )
    clock.pass_days(1)
    assert len(mail.outbox) == 2
    assert "/compare/3/4/" in mail.outbox[1].body


def test_one_address_gets_one_e_mail_and_each_change_once(clock: ReaderClock, page: Recorded) -> None:
    follow(None)
    follow(topic_subject(Topic.objects.get(pk=page.row.topic_id)))
    follow(page_subject(page))
    reword(page)
    ControversyFactory(title="Elsewhere")
    clock.pass_days(1)

    [message] = mail.outbox
    assert message.subject == "2 changes in what you follow on Crux"
    assert message.body.count("/compare/1/2/") == 1
    assert message.body.index("Open weights\n") < message.body.index("All pages of Crux")


def test_what_was_withdrawn_or_hidden_meanwhile_is_not_told(clock: ReaderClock, page: Recorded) -> None:
    follow(None)
    reword(page, "A canary.", summary="A canary sings.")
    page.edit(publication="withdrawn")
    clock.pass_days(1)
    assert mail.outbox == []

    page.edit(publication="published", summary="Back again.")
    reword(page, "After it.", summary="Afterwards.")
    clock.pass_days(1)
    [message] = mail.outbox
    assert "canary" not in message.body
    assert "Back again." in message.body
    assert "Afterwards." in message.body
    assert "compare/2/3" not in message.body


def test_what_is_hidden_between_reading_and_writing_is_not_told(clock: ReaderClock, page: Recorded) -> None:
    follow(None)
    commit()
    start = subscriptions.newest_arrival()
    reword(page, summary="A canary.")
    commit()
    writer = digests.DigestWriter(changes.ChangeWindow(start, subscriptions.newest_arrival()))
    rows = [Subscription.objects.get()]
    message = writer.compose(rows, ADDRESS)
    assert message is not None
    assert "A canary." in message.body

    page.edit(publication="withdrawn")  # what was drawn for one reader is not sent to the next one
    commit()
    assert writer.compose(rows, ADDRESS) is None


def test_a_page_published_again_is_not_told_from_its_beginning(clock: ReaderClock, page: Recorded) -> None:
    for number in range(3):
        reword(page, f"Version {number}.", summary=f"Old {number}.")
    page.edit(publication="withdrawn")
    follow(None)
    page.edit(publication="published", summary="Back again.")
    clock.pass_days(1)

    [message] = mail.outbox
    assert "Old" not in message.body
    assert message.body.count("Reason:") == 1


def test_many_changes_are_cut_and_said_to_be(clock: ReaderClock, page: Recorded) -> None:
    follow(page_subject(page))
    for number in range(changes.SHOWN + 2):
        reword(page, f"Version {number}.")
    clock.pass_days(1)

    [message] = mail.outbox
    assert message.body.count("/compare/") == changes.SHOWN
    assert "There were more changes." in message.body


def test_digest_is_bounded_however_much_is_followed(
    clock: ReaderClock, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(digests, "MOST", 5)
    pages = [ControversyFactory(title=f"Page {number}", positions=1) for number in range(4)]
    for page in pages:
        follow(page_subject(page))
    for page in pages:
        for number in range(2):
            reword(page, f"Version {number}.")
    clock.now += 2 * DAY
    commit()
    with django_assert_max_num_queries(40):
        work()

    [message] = mail.outbox
    assert message.body.count("/compare/") == 5
    assert "Page 2" in message.body
    assert "Page 3" not in message.body
    assert message.body.count("There were more changes.") == 1
    assert "More of what you follow has changed than an e-mail can hold." in message.body
    assert "http://localhost/changes/" in message.body
    assert "More of what you follow has changed than an e-mail can hold." in message.alternatives[0][0]
    assert Subscription.objects.filter(due_at__lte=clock.now).count() == 0


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_message_is_fit_for_every_mail_server(clock: ReaderClock, settings: Any, language: str) -> None:
    settings.SITE_URL = f"https://{'long.' * 40}example"
    title = "Öffnen <b>& schließen</b> \u202e" + "x" * 150
    page = ControversyFactory(title=title, positions=2)
    follow(page_subject(page), language=language)
    follow(None, language=language)
    for _number in range(3):
        reword(page, "word" * 100 + str(_number), summary="<script>" + "reason" * 150)
    clock.pass_days(1)

    [message] = mail.outbox
    raw = message.message().as_bytes()
    lines = raw.replace(b"\r\n", b"\n").split(b"\n")
    assert max(map(len, lines)) <= 998
    parsed = message_from_bytes(raw, policy=policy.default)
    assert parsed.defects == []
    assert [part.get_content_type() for part in parsed.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    for name in (
        "Subject",
        "From",
        "To",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "List-Unsubscribe",
        "List-ID",
    ):
        assert parsed.get_all(name) is not None, name
        assert len(parsed.get_all(name, [])) == 1
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", str(parsed["Message-ID"]))
    html = message.alternatives[0][0]
    assert "<script" not in html
    assert "<b>" not in html
    assert "<b>&" in message.body  # plain text is as it is


def test_what_is_told_was_committed_and_nothing_is_passed_over(clock: ReaderClock, page: Recorded) -> None:
    """A revision whose time lies before the last digest is told when it arrives."""
    follow(page_subject(page))
    clock.pass_days(1)
    reword(page, time=clock.now - 3 * (clock.now - clock.now.replace(hour=0)))
    clock.pass_days(1)

    assert subjects_sent() == ["Changes: Open weights"]


def test_each_reader_reads_their_own_language(clock: ReaderClock, page: Recorded, settings: Any) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    row = follow(page_subject(page), language="de")
    reword(page)
    clock.pass_days(1)

    assert row.language == "de"
    [message] = mail.outbox
    assert '<html lang="de"' in message.alternatives[0][0]


def test_headers_let_mail_programs_stop_it(clock: ReaderClock, page: Recorded, settings: Any) -> None:
    settings.SITE_URL = "https://crux.example"
    row = follow(page_subject(page))
    reword(page)
    clock.pass_days(1)

    [message] = mail.outbox
    headers = message.message()
    assert headers["List-Unsubscribe"] == f"<https://crux.example/follow/yours/{row.token}/>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["List-ID"] == "<changes.crux.example>"


def test_titles_cannot_write_headers(clock: ReaderClock) -> None:
    page = ControversyFactory(title="Weights Bcc: spy@example.org " + "x" * 150, positions=2)
    follow(page_subject(page))
    reword(page)
    clock.pass_days(1)

    [message] = mail.outbox
    headers = message.message()
    assert headers["Bcc"] is None
    assert "\n" not in message.subject
    assert len(message.subject) <= 200
    assert message.recipients() == [ADDRESS]


def test_quiet_readers_cost_no_queries_of_their_own(
    clock: ReaderClock, page: Recorded, django_assert_max_num_queries: Any
) -> None:
    other = ControversyFactory(positions=2)
    for number in range(40):
        follow(page_subject(page), f"reader-{number}@reader.example")
    follow(page_subject(other))
    reword(other)
    clock.now += 2 * (clock.now - clock.now.replace(hour=0))
    commit()
    with django_assert_max_num_queries(40):
        work()

    assert len(mail.outbox) == 1
    assert Subscription.objects.filter(due_at__lte=clock.now).count() == 0


def test_both_topics_are_told_that_a_page_moved(clock: ReaderClock, page: Recorded) -> None:
    old, new = Topic.objects.get(pk=page.row.topic_id), TopicFactory(title="Liability")
    ControversyFactory(topic=old)
    follow(topic_subject(old), "old@reader.example")
    follow(topic_subject(new), "new@reader.example")
    follow(page_subject(page), "page@reader.example")
    reword(page, "Before.", summary="Told to the old topic.")
    page.edit(topic=topic_block(new), summary="It is about liability.")
    reword(page, "After.", summary="Told to the new topic.")
    clock.pass_days(1)

    bodies = {message.to[0]: message.body for message in mail.outbox}
    assert bodies.keys() == {"old@reader.example", "new@reader.example", "page@reader.example"}
    left, arrived = bodies["old@reader.example"], bodies["new@reader.example"]
    assert "The page left this topic. Its topic is now: Liability" in left
    assert "It is about liability." in left
    assert "Told to the old topic." in left
    assert "Told to the new topic." not in left
    assert f"The page came to this topic. Its topic was: {old.title}" in arrived
    assert "Told to the new topic." in arrived
    assert "Told to the old topic." not in arrived
    html = {message.to[0]: message.alternatives[0][0] for message in mail.outbox}
    assert "The page left this topic. Its topic is now: Liability" in html["old@reader.example"]

    mail.outbox.clear()
    reword(page, "Much later.")
    clock.pass_days(1)
    assert sorted(message.to[0] for message in mail.outbox) == ["new@reader.example", "page@reader.example"]


def test_topic_that_its_last_page_left_is_told_by_its_former_name(clock: ReaderClock, page: Recorded) -> None:
    old, new = Topic.objects.get(pk=page.row.topic_id), TopicFactory()
    follow(topic_subject(old))
    page.edit(topic=topic_block(new))
    clock.pass_days(1)

    [message] = mail.outbox
    assert message.subject == f"Changes: Topic: {old.title}"
    assert f"/topics/{old.slug}/" not in message.body


def test_topic_that_is_renamed_is_left_by_nobody(clock: ReaderClock, page: Recorded) -> None:
    topic = Topic.objects.get(pk=page.row.topic_id)
    follow(topic_subject(topic))
    page.edit(topic=replace(page.document.head.topic, title="Another name"))
    clock.pass_days(1)

    assert mail.outbox == []


def test_move_of_a_page_that_was_hidden_is_not_told(clock: ReaderClock, page: Recorded) -> None:
    old, new = Topic.objects.get(pk=page.row.topic_id), TopicFactory()
    ControversyFactory(topic=old)
    follow(topic_subject(old), "old@reader.example")
    follow(topic_subject(new), "new@reader.example")
    page.edit(publication="withdrawn")
    page.edit(topic=topic_block(new), summary="A canary.")
    page.edit(publication="published", summary="Back again.")
    clock.pass_days(1)

    [message] = mail.outbox
    assert message.to == ["new@reader.example"]
    assert "canary" not in message.body
    assert old.title not in message.body
