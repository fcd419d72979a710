"""“Follow”: the page for each thing to follow, the form, and the links in e-mails."""

import datetime
import re
from dataclasses import replace
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from controversies.accounts import throttle
from controversies.following import subscriptions
from controversies.models import Backer, CheckWorker, LoginThrottle, Subscription, Topic
from tests.factories import ControversyFactory, Recorded
from tests.following.readers import ReaderClock, follow, link, page_subject, request, work
from tests.markup import one_line

pytestmark = pytest.mark.django_db
ADDRESS = "rosa@reader.example"


@pytest.fixture(autouse=True)
def can_send(settings: Any) -> None:
    settings.FOLLOW_BY_MAIL = True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ReaderClock:
    """Simulated time of which a millisecond passes whenever somebody looks."""
    clock = ReaderClock()

    def now() -> datetime.datetime:
        clock.now += datetime.timedelta(milliseconds=1)
        return clock.now

    monkeypatch.setattr(timezone, "now", now)
    return clock


@pytest.fixture
def page() -> Recorded:
    return ControversyFactory(title="Open weights", slug="open-weights", positions=1, backings=1)


def send(client: Client, path: str = "/follow/", **fields: str) -> Any:
    return client.post(path, {"email": ADDRESS, "pace": "weekly", "subject": "", **fields})


def text(response: Any) -> str:
    return one_line(response.content.decode())


def test_each_thing_to_follow_has_a_page_with_its_feed_and_calendar(client: Client, page: Recorded) -> None:
    topic, backer = Topic.objects.get(pk=page.row.topic_id), Backer.objects.get()
    for path, feed, calendar in (
        ("/follow/", "/changes.atom", "/reviews.ics"),
        (
            "/controversies/open-weights/follow/",
            "/controversies/open-weights.atom",
            "/controversies/open-weights.ics",
        ),
        (f"/topics/{topic.slug}/follow/", f"/topics/{topic.slug}.atom", f"/topics/{topic.slug}.ics"),
        (f"/backers/{backer.slug}/follow/", f"/backers/{backer.slug}.atom", ""),
    ):
        html = text(client.get(path))
        assert f"http://testserver{feed}</p>" in html
        assert not calendar or f"http://testserver{calendar}</p>" in html
        assert calendar or ".ics" not in html
        assert f'action="{path}"' in html
        assert ('name="robots" content="noindex"' in html) == (path != "/follow/")


def test_without_a_mail_server_only_feeds_and_calendars_are_offered(client: Client, settings: Any) -> None:
    settings.FOLLOW_BY_MAIL = False
    html = text(client.get("/follow/"))

    assert "e-mail" not in html.partition("<main")[2].partition("</main>")[0].lower()
    assert "/changes.atom" in html
    assert "/reviews.ics" in html
    assert send(client).status_code == 404
    assert Subscription.objects.count() == 0


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_what_is_not_public_cannot_be_followed(client: Client, state: str) -> None:
    hidden = ControversyFactory(publication=state, positions=1, backings=1)
    topic, backer = hidden.document.head.topic.slug, hidden.document.backers[0].slug
    status = 404 if state == "draft" else 410

    for path, expected in (
        (f"/controversies/{hidden.slug}/follow/", status),
        (f"/topics/{topic}/follow/", 404),
        (f"/backers/{backer}/follow/", 404),
    ):
        assert client.get(path).status_code == expected
        assert send(client, path).status_code == expected
    assert Subscription.objects.count() == 0


def test_request_is_confirmed_by_a_link_with_a_button(client: Client, page: Recorded) -> None:
    response = send(client, "/controversies/open-weights/follow/")
    assert response.headers["Location"] == "/follow/sent/"
    assert "Check your e-mail" in text(client.get("/follow/sent/"))
    [message] = mail.outbox  # no worker runs, so the site sends it itself
    path = link(message)

    html = text(client.get(path))
    assert "Confirm what you follow" in html
    assert ADDRESS not in html
    assert "Open weights" in html
    row = Subscription.objects.get()
    assert row.confirmed_at is None  # opening the link changes nothing: scanners of e-mails do

    answer = client.post(path, {"act": "confirm", "subscription": row.pk})
    assert answer.headers["Location"] == path
    row.refresh_from_db()
    assert [row.pace, row.language, row.asked_at] == ["weekly", "en", None]
    assert row.confirmed_at is not None
    html = text(client.get(path))
    assert "You get e-mails about" in html
    assert ADDRESS not in html


def test_where_a_worker_runs_it_sends_the_request(client: Client, page: Recorded) -> None:
    CheckWorker.objects.create(pk=1, seen_at=timezone.now())
    send(client)
    assert mail.outbox == []
    work()
    assert len(mail.outbox) == 1


def test_answer_tells_nobody_whether_an_address_is_known(client: Client, page: Recorded) -> None:
    follow(address="known@reader.example")
    mail.outbox.clear()
    answers = []
    for address in ("known@reader.example", "unknown@reader.example"):
        response = send(client, email=address)
        answers.append((response.status_code, response.content, response.headers.get("Location")))
        assert [message.to for message in mail.outbox] == [[address]]
        bodies = [re.sub(r"/yours/[^/]+/", "/yours/…/", message.body) for message in mail.outbox]
        answers[-1] += (mail.outbox[0].subject, *bodies)
        mail.outbox.clear()

    assert answers[0] == answers[1]


def test_mailbox_that_had_too_many_gets_the_same_answer(client: Client, page: Recorded) -> None:
    statuses = [send(client, email=ADDRESS).headers.get("Location") for _number in range(8)]

    assert statuses == ["/follow/sent/"] * 8


def test_one_network_is_slowed_down_and_others_are_not(client: Client) -> None:
    statuses = [
        send(client, email=f"reader-{number}@reader.example").status_code
        for number in range(throttle.FOLLOW_NETWORK.free + 2)
    ]
    assert statuses == [302] * throttle.FOLLOW_NETWORK.free + [429] * 2
    refused = send(client)
    assert int(refused["Retry-After"]) > 0
    assert f'value="{ADDRESS}"' in text(refused)

    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert send(elsewhere).status_code == 302


class Flood:
    """Requests for e-mails from hosts of their own, to mailboxes of their own, within a second."""

    def __init__(self) -> None:
        self.number = 0

    def send(self, times: int, network: str, address: str = "reader@{}.example") -> list[int]:
        """Return the statuses. The host's and the mailbox's names have the request's number."""
        statuses = []
        for _time in range(times):
            self.number += 1
            host = Client(REMOTE_ADDR=network.format(f"{self.number:x}"))
            statuses.append(send(host, email=address.format(self.number)).status_code)
        return statuses


@pytest.fixture
def flood(clock: ReaderClock) -> Flood:
    """A site whose worker sends the e-mails."""
    CheckWorker.objects.create(pk=1, seen_at=clock.now)
    return Flood()


def longest_wait() -> float:
    """Return for how many seconds the e-mail that waits longest has to, and forget all that wait."""
    rows = Subscription.objects.filter(ask_at__isnull=False)
    waits = [(row.ask_at - row.asked_at).total_seconds() for row in rows if row.ask_at and row.asked_at]
    rows.delete()
    return max(waits)


def limit(monkeypatch: pytest.MonkeyPatch, name: str, **values: int) -> None:
    monkeypatch.setattr(throttle, name, replace(getattr(throttle, name), **values))


def test_many_networks_of_one_provider_get_their_turns_and_nobody_else_waits(
    flood: Flood, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, "FOLLOW_PROVIDER", free=5)
    assert set(flood.send(6, "2001:db8:{}::1")) == {302}
    assert longest_wait() == 0
    assert set(flood.send(10, "2001:db8:{}::1")) == {302}
    assert longest_wait() == 10 * throttle.FOLLOW_PROVIDER.seconds

    assert flood.send(1, "2001:db9::1") == [302]
    assert longest_wait() == 0


def test_busy_providers_share_what_is_left_to_them(flood: Flood, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, "FOLLOW_PROVIDER", free=0, seconds=1)
    limit(monkeypatch, "FOLLOW_BUSY", free=2, seconds=60)
    flood.send(12, "2001:db8:{}::1")
    flood.send(12, "2001:db9:{}::1")
    assert longest_wait() == pytest.approx(60 * (22 - 3), abs=60)

    assert flood.send(1, "192.0.2.{}") == [302]
    assert longest_wait() == 0


def test_networks_of_one_site_are_refused_in_the_end(flood: Flood, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, "FOLLOW_SITE", free=5)

    assert flood.send(7, "2001:db8:1:{}::1") == [302] * 5 + [429] * 2
    assert flood.send(1, "2001:db8:2:{}::1") == [302]


def test_one_mailbox_gets_few_e_mails_whoever_asks(flood: Flood, clock: ReaderClock) -> None:
    assert set(flood.send(30, "2001:{}::1", "rosa+{}@reader.example")) == {302}
    clock.pass_hours(24)

    assert len(mail.outbox) <= throttle.FOLLOW_MAILBOX.free + 4


def test_one_domain_gets_its_e_mails_in_turns(flood: Flood, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, "FOLLOW_DOMAIN", free=5)
    assert set(flood.send(16, "2001:{}::1", "reader-{}@victim.example")) == {302}
    assert longest_wait() == 10 * throttle.FOLLOW_DOMAIN.seconds

    assert flood.send(1, "2001:{}::1") == [302]
    assert longest_wait() == 0


def test_the_site_sends_so_many_an_hour_and_refuses_none_but_who_would_wait_for_half_a_day(
    flood: Flood, clock: ReaderClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, "FOLLOW_ALL", free=2, seconds=3600)
    assert set(flood.send(15, "2001:{}::1")) == {302}
    assert longest_wait() == throttle.LONGEST_TURN

    host = Client(REMOTE_ADDR="192.0.2.1")
    refused = send(host, email="rosa@honest.example")
    assert refused.status_code == 503
    assert 3500 < int(refused["Retry-After"]) <= 3600
    assert "try again in an hour" in text(refused)
    assert 'value="rosa@honest.example"' in text(refused)
    assert Subscription.objects.count() == 0
    clock.now += datetime.timedelta(hours=1)
    assert send(host, email="rosa@honest.example").status_code == 302


def test_turns_are_the_same_for_addresses_that_are_known(flood: Flood) -> None:
    follow(address="known@reader.example")
    flood.send(1, "192.0.2.1", "known@reader.example")
    counts = LoginThrottle.objects.count()
    LoginThrottle.objects.all().delete()
    flood.send(1, "192.0.2.1", "new@reader.example")

    assert LoginThrottle.objects.count() == counts


@pytest.mark.parametrize(
    "fields",
    [
        {"email": ""},
        {"email": "rosa"},
        {"email": "rosa@reader.example\r\nBcc: spy@reader.example"},
        {"email": "rosa@reader.example\0"},
        {"email": "r" * 100_000 + "@reader.example"},
        {"pace": ""},
        {"pace": "hourly"},
        {"subject": "I am a program"},
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(client: Client, fields: dict[str, str]) -> None:
    response = send(client, **fields)

    assert response.status_code == 400
    assert "We have not saved anything yet" in text(response)
    assert 'name="subject" autocomplete="off"' in text(response) or "I am a program" not in text(response)
    assert Subscription.objects.count() == 0
    assert mail.outbox == []


def test_form_of_another_site_is_refused(page: Recorded) -> None:
    client = Client(enforce_csrf_checks=True)

    assert send(client).status_code == 403
    assert Subscription.objects.count() == 0


def test_one_click_of_a_mail_program_ends_everything(page: Recorded) -> None:
    row = follow(page_subject(page))
    follow()
    client = Client(enforce_csrf_checks=True)  # it has no cookie, and follows no redirect

    response = client.post(f"/follow/yours/{row.token}/", {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert "No more e-mails" in text(response)
    assert Subscription.objects.count() == 0
    again = client.post(f"/follow/yours/{row.token}/", {"List-Unsubscribe": "One-Click"})
    assert again.status_code == 200


def test_one_is_ended_by_its_button_and_the_last_deletes_the_address(client: Client, page: Recorded) -> None:
    first, second = follow(page_subject(page)), follow()
    path = f"/follow/yours/{first.token}/"
    assert client.post(path, {"act": "end", "subscription": first.pk}).headers["Location"] == path
    assert list(Subscription.objects.all()) == [second]
    html = text(client.get(path))
    assert "Open weights" not in html

    assert client.post(path, {"act": "end-all"}).headers["Location"] == "/follow/ended/"
    assert Subscription.objects.count() == 0
    assert "We have deleted your address" in text(client.get("/follow/ended/"))
    gone = client.get(path)
    assert gone.status_code == 404
    assert "This link no longer works" in text(gone)


def test_opening_a_link_changes_nothing(client: Client) -> None:
    row = follow()
    request(pace="weekly")
    before = Subscription.objects.values().get()
    for method in ("get", "head"):
        for query in ("", "?act=end-all", "?List-Unsubscribe=One-Click"):
            getattr(client, method)(f"/follow/yours/{row.token}/{query}")

    assert Subscription.objects.values().get() == before


def test_page_that_was_withdrawn_is_followed_without_its_name(client: Client, page: Recorded) -> None:
    row = follow(page_subject(page))
    page.edit(publication="withdrawn")
    html = text(client.get(f"/follow/yours/{row.token}/"))

    assert "Open weights" not in html
    assert "Something that is no longer public" in html


def test_what_a_reader_follows_is_kept_by_no_cache_and_in_no_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    row = follow()
    response = client.get(f"/follow/yours/{row.token}/")
    client.get("/follow/yours/no-link/")

    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"
    assert row.secret not in caplog.text
    assert "/follow/yours/no-link/" not in "".join(
        str(getattr(each, "fields", "")) for each in caplog.records
    )


def test_address_that_has_moved_leads_on(client: Client, page: Recorded) -> None:
    assert client.get("/topics/nowhere/follow/").status_code == 404
    assert client.get("/backers/nowhere/follow/").status_code == 404


def test_days_that_the_page_promises_are_those_that_are_kept(client: Client) -> None:
    html = text(client.get("/follow/"))

    assert f"within {subscriptions.UNCONFIRMED_DAYS} days, we delete your address" in html
    assert f"refuses our e-mails for {subscriptions.REFUSED_DAYS} days" in html


@pytest.mark.parametrize(
    ("prefix", "words"),
    [("", "Due for review: 8 March 2027"), ("/de", "8. März 2027"), ("/es", "8 de marzo de 2027")],
)
def test_page_that_was_reviewed_says_when_it_is_due_again(client, prefix, words):
    page = ControversyFactory(reviewed_on="2026-03-08", reviewed_by="Rita Reviewer")

    response = client.get(f"{prefix}/controversies/{page.slug}/follow/")

    assert response.status_code == 200
    assert words in " ".join(response.text.split())
