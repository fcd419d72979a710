"""Requests, confirmation, leaving: what is kept and for how long, and that nobody's mailbox is flooded."""

import datetime
import gzip
import io
from pathlib import Path
from typing import Any

import pytest
from django.core import mail, serializers
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection

from controversies.following import addresses, subscriptions
from controversies.models import LoginThrottle, Subscription
from tests.factories import ControversyFactory, TopicFactory

from .readers import ADDRESS, ReaderClock, commit, follow, link, page_subject, request, work

pytestmark = pytest.mark.django_db


def test_nothing_is_sent_but_the_request_until_it_is_confirmed(clock: ReaderClock) -> None:
    page = ControversyFactory(title="Open weights")
    request(page_subject(page), pace="weekly")
    clock.pass_hours(1)
    [message] = mail.outbox
    assert message.to == [ADDRESS]
    assert "- Open weights (once a week)" in message.body

    page.edit(title="Open weights, again")
    clock.pass_days(6)
    assert len(mail.outbox) == 1


def test_what_nobody_confirms_is_deleted_after_a_week(clock: ReaderClock) -> None:
    request()
    clock.pass_days(6)
    assert Subscription.objects.count() == 1
    clock.pass_days(1)
    assert Subscription.objects.count() == 0


def test_command_deletes_it_too(clock: ReaderClock) -> None:
    request()
    clock.now += datetime.timedelta(days=8)
    out = io.StringIO()
    call_command("forgetreaders", stdout=out)

    assert "1 subscriptions by e-mail" in out.getvalue()
    assert Subscription.objects.count() == 0


def test_confirming_twice_or_late_changes_nothing(clock: ReaderClock) -> None:
    row = follow()
    subscriptions.confirm(row.token, str(row.pk))
    subscriptions.confirm(row.token, "1" * 50)
    subscriptions.confirm("no-token", str(row.pk))

    again = Subscription.objects.get()
    assert (again.due_at, again.confirmed_at) == (row.due_at, row.confirmed_at)


def test_request_for_what_is_followed_already_changes_the_pace_once_confirmed(clock: ReaderClock) -> None:
    row = follow(pace="daily")
    request(pace="weekly")
    assert Subscription.objects.get().pace == "daily"
    work()
    assert len(mail.outbox) == 1  # the owner is asked, as anybody would be

    subscriptions.confirm(row.token, str(row.pk))
    assert Subscription.objects.get().pace == "weekly"


def test_request_that_is_not_confirmed_leaves_what_was_followed(clock: ReaderClock) -> None:
    follow(pace="daily")
    request(pace="weekly")
    clock.pass_days(8)

    row = Subscription.objects.get()
    assert (row.pace, row.asked_at, row.asked_pace) == ("daily", None, "")


def test_leaving_one_keeps_the_others_and_leaving_all_keeps_nothing(clock: ReaderClock) -> None:
    page = ControversyFactory()
    first, second = follow(), follow(page_subject(page))
    assert first.token == second.token
    subscriptions.leave(first.token, str(first.pk))
    assert list(Subscription.objects.all()) == [second]

    request()  # what waits goes, too
    subscriptions.leave(first.token)
    assert not Subscription.objects.exists()
    assert subscriptions.find(first.token) == []


def test_nobody_elses_subscription_is_ended_or_confirmed_by_its_number(clock: ReaderClock) -> None:
    mine, theirs = follow(), follow(address="tom@reader.example")
    subscriptions.leave(mine.token, str(theirs.pk))
    assert Subscription.objects.count() == 2

    request(address="tom@reader.example", pace="weekly")
    subscriptions.confirm(mine.token, str(theirs.pk))
    assert Subscription.objects.get(pk=theirs.pk).pace == "daily"


@pytest.mark.parametrize(
    "token", ["", "x", "0" * 45, "a" * 12 + "-" + "b" * 32, "\u0660" * 45, "%00", "a" * 5000]
)
def test_odd_tokens_are_nobodys(clock: ReaderClock, token: str) -> None:
    follow()
    assert subscriptions.find(token) == []


def test_token_that_differs_in_one_character_is_nobodys(clock: ReaderClock) -> None:
    row = follow()
    assert subscriptions.find(row.token) == [row]
    for place in range(len(row.token)):
        other = "A" if row.token[place] != "A" else "B"
        assert subscriptions.find(row.token[:place] + other + row.token[place + 1 :]) == []


# -- no mailbox is flooded --


def test_many_requests_for_a_stranger_become_few_e_mails(clock: ReaderClock) -> None:
    pages = [ControversyFactory(title=f"Page {number}", positions=1) for number in range(8)]
    victims = [
        "victim@reader.example",
        "victim+1@reader.example",
        "VICTIM@reader.example",
        "vic.tim@reader.example",
    ]
    for number in range(24):
        request(page_subject(pages[number % 8]), victims[number % 4])
        clock.now += datetime.timedelta(seconds=1)
        work()
    assert len(mail.outbox) == 3

    clock.pass_hours(24)
    assert len(mail.outbox) <= 8
    assert LoginThrottle.objects.filter(attempts__gt=0).count() == 1


def test_what_waited_is_asked_for_in_one_e_mail_and_is_not_lost(clock: ReaderClock) -> None:
    pages = [ControversyFactory(title=f"Page {number}", positions=1) for number in range(6)]
    for page in pages:
        request(page_subject(page))
        clock.now += datetime.timedelta(seconds=1)
        work()
    clock.pass_hours(2)

    bodies = "".join(message.body for message in mail.outbox)
    assert all(f"- Page {number} " in bodies for number in range(6))
    assert len(mail.outbox) == 4


def test_requests_that_wait_for_one_address_are_limited(clock: ReaderClock) -> None:
    topic = TopicFactory()
    for _number in range(subscriptions.MOST_REQUESTS + 3):
        request(page_subject(ControversyFactory(positions=1, topic=topic)))

    assert Subscription.objects.count() == subscriptions.MOST_REQUESTS


# -- addresses --


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" rosa@reader.example ", "rosa@reader.example"),
        ("Rosa@READER.Example", "Rosa@reader.example"),
        ("rosa+crux@reader.example", "rosa+crux@reader.example"),
        ("rosa@bücher.example", "rosa@xn--bcher-kva.example"),
        ("rosa@BÜCHER.example", "rosa@xn--bcher-kva.example"),
        ("rosa@faß.example", "rosa@xn--fa-hia.example"),
        ("rosa@\uff52eader.example", "rosa@reader.example"),
        ("rosa@re\u0430der.example", "rosa@xn--reder-5ve.example"),
        ("rosa@reader.example.", "rosa@reader.example"),
        ("o'hara@reader.example", "o'hara@reader.example"),
    ],
)
def test_address_has_one_spelling(text: str, address: str) -> None:
    assert addresses.normalise(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rosa",
        "@",
        "rosa@",
        "@reader.example",
        "rosa@reader",
        "rosa@reader.example\r\nBcc: spy@reader.example",
        "rosa@reader.example\nBcc: spy@reader.example",
        "rosa\r\n@reader.example",
        "rosa@reader.example, tom@reader.example",
        "rosa@reader.example;tom@reader.example",
        "Rosa <rosa@reader.example>",
        '"rosa tom"@reader.example',
        '"rosa\\" tom"@reader.example',
        "rosa@reader..example",
        "rosa@-reader.example",
        "rosa@reader.example\0",
        "r\u00f6sa@reader.example",
        "rosa\u202e@reader.example",
        "rosa@\u202ereader.example",
        "rosa@[127.0.0.1]x",
        "r" * 250 + "@reader.example",
        "rosa@" + "r" * 70 + ".example",
        "r" * 64 + "@" + ("r" * 60 + ".") * 4 + "example",
        "rosa@" + "ü" * 64 + ".example",
        "rosa@" + "r." * 200 + "example",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match=r"Enter an? "):
        addresses.normalise(text)


def test_one_mailbox_has_one_subscription_whatever_its_capitals(clock: ReaderClock) -> None:
    request(None, "Rosa@reader.example")
    request(None, "rosa@reader.example")

    assert Subscription.objects.count() == 1


# -- privacy --


def test_no_table_shows_the_address(clock: ReaderClock) -> None:
    follow()
    request(page_subject(ControversyFactory()))
    work()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname = 'public'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        assert "controversies_subscription" in tables
        for name in tables:
            cursor.execute(f'SELECT t::text FROM "{name}" t')  # noqa: S608 - a name of our own
            text = "\n".join(row for (row,) in cursor.fetchall())
            for word in ("rosa", "reader.example"):
                assert word not in text, name
                assert word.encode().hex() not in text, name


@pytest.mark.django_db(transaction=True)
def test_no_export_has_the_address_or_that_somebody_follows(settings: Any, tmp_path: Path) -> None:
    settings.FOLLOW_BY_MAIL = True
    page = ControversyFactory(revisions=2)
    row = follow(page_subject(page))
    call_command(
        "dumpcorpus", str(tmp_path / "corpus.jsonl.gz"), "--checks", str(tmp_path / "checks.jsonl.gz")
    )
    call_command("exportcontroversies", str(tmp_path / "files"))
    written = b"".join(gzip.decompress(path.read_bytes()) for path in tmp_path.glob("*.gz"))
    written += b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".gz"
    )

    assert page.slug.encode() in written
    for secret in (b"rosa", b"reader.example", row.token.encode(), row.secret.encode(), b"ubscription"):
        assert secret not in written
    assert "rosa" not in serializers.serialize("json", Subscription.objects.all())


def test_metrics_and_the_desk_show_nothing_of_it(
    clock: ReaderClock, admin_client: Any, settings: Any
) -> None:
    settings.METRICS_TOKEN = "a token for metrics"
    row = follow()
    commit()
    for path in ("/admin/", "/admin/controversies/"):
        html = admin_client.get(path).content.decode()
        assert "ubscription" not in html
    text = admin_client.get(
        "/metrics", headers={"authorization": "Bearer a token for metrics"}
    ).content.decode()
    assert row.secret not in text
    assert "rosa" not in text


def test_link_of_an_e_mail_opens_what_is_followed(clock: ReaderClock) -> None:
    request()
    work()

    assert link(mail.outbox[0]) == f"/follow/yours/{Subscription.objects.get().token}/"
