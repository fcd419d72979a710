"""E-mails to readers through a mail server that fails, with workers that are killed or that work beside one another."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone

from controversies.following import addresses, delivery, subscriptions
from controversies.models import Subscription
from tests.factories import ControversyFactory, Recorded

from .mail_server import MailServer
from .readers import ADDRESS, DAY, ReaderClock, commit, follow, link, page_subject, request, work


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    server = MailServer()
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": server.port, "timeout": 5},
        }
    }
    yield server
    server.close()


def changed_page(*readers: str) -> Recorded:
    """A page that these follow, and that has changed since; the e-mails are due at once."""
    page = ControversyFactory(title="Open weights", positions=2)
    for address in readers:
        follow(page_subject(page), address)
    first, *others = page.document.positions
    page.save(page.document.with_blocks(positions=(replace(first, claim="Another claim."), *others)))
    return page


def make_due() -> None:
    Subscription.objects.filter(due_at__isnull=False).update(due_at=timezone.now())


@pytest.mark.django_db
def test_what_the_server_took_was_sent_once(clock: ReaderClock, server: MailServer) -> None:
    changed_page(ADDRESS, "tom@reader.example")
    clock.pass_days(2)

    assert sorted(server.recipients) == [ADDRESS, "tom@reader.example"]
    assert {message["To"] for message in server.messages} == {ADDRESS, "tom@reader.example"}
    assert all(message["Bcc"] is None for message in server.messages)


@pytest.mark.django_db
def test_nothing_is_lost_while_the_server_is_down(
    clock: ReaderClock, server: MailServer, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    changed_page(*(f"reader-{number}@reader.example" for number in range(5)))
    port = settings.MAILERS["default"]["OPTIONS"]["port"]
    settings.MAILERS["default"]["OPTIONS"]["port"] = 1  # nobody listens there
    clock.now += DAY
    work()
    failures = caplog.text.count("could not be sent and is tried again: ConnectionRefusedError")
    assert failures == delivery.MOST_FAILURES  # then it is left alone, not asked for each of 100,000
    assert "reader-" not in caplog.text

    settings.MAILERS["default"]["OPTIONS"]["port"] = port
    clock.pass_hours(1)
    assert sorted(server.recipients) == [f"reader-{number}@reader.example" for number in range(5)]
    clock.pass_days(1)
    assert len(server.recipients) == 5


@pytest.mark.django_db
def test_server_that_hangs_up_may_have_taken_it_and_gets_it_again_with_the_same_id(
    clock: ReaderClock, server: MailServer
) -> None:
    changed_page(ADDRESS)
    server.on_message = lambda: len(server.messages) > 1
    clock.pass_days(1)

    first, second = server.messages
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.django_db
def test_address_that_is_refused_is_deleted_after_a_month(
    clock: ReaderClock, server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    page = changed_page(ADDRESS)
    server.refusal = f"550 <{ADDRESS}>: no such mailbox"
    clock.pass_days(29)
    assert Subscription.objects.count() == 1
    assert ADDRESS not in caplog.text

    clock.pass_days(2)
    assert Subscription.objects.count() == 0
    assert page.head.number == 2


@pytest.mark.django_db
def test_address_that_is_refused_for_a_while_gets_all_later(clock: ReaderClock, server: MailServer) -> None:
    changed_page(ADDRESS)
    server.refusal = "450 busy"
    clock.pass_days(1)
    assert server.messages == []

    server.refusal = ""
    clock.pass_hours(8)
    assert server.recipients == [ADDRESS]
    row = Subscription.objects.get()
    assert (row.refused_at, row.deferred_at) == (None, None)


@pytest.mark.django_db
def test_request_to_confirm_survives_a_failing_server(clock: ReaderClock, server: MailServer) -> None:
    server.refusal = "450 busy"
    request()
    work()
    server.refusal = ""
    clock.pass_hours(1)

    [message] = server.messages
    assert "/follow/yours/" in str(message.get_payload())
    clock.pass_hours(2)
    assert len(server.messages) == 1


@pytest.mark.django_db
def test_addresses_of_other_scripts_and_plus_signs_arrive(clock: ReaderClock, server: MailServer) -> None:
    for address in ("rosa+crux@reader.example", "rosa@bücher.example"):
        request(None, addresses.normalise(address))
        work()

    assert server.recipients == ["rosa+crux@reader.example", "rosa@xn--bcher-kva.example"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_e_mail_once(server: MailServer) -> None:
    changed_page(*(f"reader-{number}@reader.example" for number in range(12)))
    make_due()

    def run() -> None:
        try:
            delivery.deliver()
        finally:
            connection.close()

    workers = [threading.Thread(target=run) for _number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(server.recipients) == sorted(f"reader-{number}@reader.example" for number in range(12))


@pytest.mark.django_db
def test_dead_mailbox_is_written_to_five_times(clock: ReaderClock, server: MailServer) -> None:
    page = changed_page(ADDRESS)
    server.refusal = f"550 5.1.1 <{ADDRESS}>: no such mailbox"
    clock.pass_days(32)

    assert Subscription.objects.count() == 0
    assert server.attempts == 5
    assert page.head.number == 2


@pytest.mark.django_db
def test_mailbox_that_takes_nothing_is_tried_less_and_less_and_given_up_after_three_months(
    clock: ReaderClock, server: MailServer
) -> None:
    changed_page(ADDRESS)
    server.refusal = "452 4.2.2 over quota"
    clock.pass_days(3)
    assert 5 < server.attempts < 15
    assert Subscription.objects.get().refused_at is None

    clock.pass_days(86)
    assert Subscription.objects.count() == 1
    assert server.attempts < 110
    clock.pass_days(4)
    assert Subscription.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("verb", "reply"),
    [
        (b"RCPT", "550 5.7.1 relaying denied"),
        (b"RCPT", "450 4.7.1 too many e-mails"),
        (b"MAIL", "550 5.7.1 who are you"),
        (b"DATA", "554 5.7.1 looks like spam"),
    ],
)
def test_what_the_server_holds_against_the_site_costs_no_reader_their_subscription(
    clock: ReaderClock, server: MailServer, verb: bytes, reply: str
) -> None:
    changed_page(ADDRESS)
    server.on_command = lambda each: reply if each == verb else ""
    clock.pass_hours(20)
    assert Subscription.objects.get().refused_at is None
    assert server.messages == []

    server.on_command = lambda _verb: ""
    clock.pass_days(2)
    assert len(server.messages) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("reply", ["550 5.1.1 nobody", "450 4.2.1 greylisted"])
def test_server_that_takes_nothing_is_left_alone_until_the_next_run(
    clock: ReaderClock, server: MailServer, reply: str
) -> None:
    changed_page(*(f"reader-{number}@reader.example" for number in range(delivery.MOST_REFUSALS + 5)))
    server.refusal = reply
    make_due()
    work()
    assert server.attempts == delivery.MOST_REFUSALS

    server.refusal = ""
    clock.pass_days(4)
    assert len(server.messages) == delivery.MOST_REFUSALS + 5


@pytest.mark.django_db
def test_rate_limit_in_the_middle_of_a_batch_loses_nothing_and_repeats_nothing(
    clock: ReaderClock, server: MailServer
) -> None:
    wanted = [f"reader-{number}@reader.example" for number in range(12)]
    changed_page(*wanted)
    server.on_command = lambda verb: "421 slow down" if verb == b"RCPT" and len(server.messages) >= 4 else ""
    make_due()
    work()
    assert len(server.messages) == 4
    assert server.attempts == 4 + delivery.MOST_FAILURES

    server.on_command = lambda _verb: ""
    clock.pass_hours(1)
    assert sorted(server.recipients) == sorted(wanted)


@pytest.mark.django_db
def test_connection_that_drops_in_the_middle_of_a_batch_is_opened_again_in_the_same_run(
    clock: ReaderClock, server: MailServer
) -> None:
    changed_page(*(f"reader-{number}@reader.example" for number in range(8)))
    server.on_message = lambda: len(server.messages) != 3
    make_due()
    work()
    assert len(server.messages) == 8

    clock.pass_hours(1)
    ids = [message["Message-ID"] for message in server.messages]
    assert len(ids) == 9
    assert ids.count(ids[2]) == 2


@pytest.mark.django_db
def test_run_that_has_no_time_left_leaves_the_rest_to_the_next(
    clock: ReaderClock, server: MailServer
) -> None:
    changed_page(ADDRESS)
    follow(address="tom@reader.example")
    make_due()
    delivery.deliver(0)
    assert server.messages == []

    work()
    assert server.recipients == [ADDRESS]


@pytest.mark.django_db
def test_readers_who_are_told_the_same_share_what_is_looked_up(
    clock: ReaderClock, server: MailServer, django_assert_max_num_queries: Any
) -> None:
    changed_page(*(f"reader-{number}@reader.example" for number in range(20)))
    make_due()
    commit()
    with django_assert_max_num_queries(20 + 6 * 20):  # a savepoint is two
        work()

    assert len(server.messages) == 20


PROGRAM = "import django; django.setup(); from controversies.following import delivery; delivery.deliver()"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_request", [False, True])
@pytest.mark.parametrize("phase", [b"EHLO", b"MAIL", b"RCPT", b"DATA", b"taken"])
def test_worker_that_is_killed_while_it_sends_repeats_one_e_mail_at_most(
    server: MailServer, phase: bytes, *, is_request: bool
) -> None:
    readers = [f"reader-{number}@reader.example" for number in range(3)]
    if is_request:
        for address in readers:
            request(None, address)
    else:
        changed_page(*readers)
        make_due()
    base, _, _old = os.environ["DATABASE_URL"].rpartition("/")
    environment = {
        **os.environ,
        "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
        "SECRET_KEY": django_settings.SECRET_KEY,
    }

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM], cwd=django_settings.BASE_DIR, env=environment
        )

    started: list[subprocess.Popen[bytes]] = []

    def kill_in_phase(verb: bytes) -> str:
        if len(started) == 1 and verb == phase and len(server.messages) == (0 if phase == b"EHLO" else 1):
            os.kill(started[0].pid, signal.SIGKILL)
        return ""

    def kill_at_the_second() -> bool:
        if phase == b"taken" and len(server.messages) == 2:  # it has come whole, and the worker does not know
            os.kill(started[0].pid, signal.SIGKILL)
        return True

    server.on_command, server.on_message = kill_in_phase, kill_at_the_second
    started.append(start())
    assert started[0].wait(120) == -signal.SIGKILL
    started.append(start())
    assert started[1].wait(120) == 0

    repeated = int(phase == b"taken")
    assert len(server.messages) == 3 + repeated
    assert {message["To"] for message in server.messages} == set(readers)
    if not is_request:
        assert len({message["Message-ID"] for message in server.messages}) == 3
    assert Subscription.objects.filter(due_at__lte=timezone.now()).count() == 0
    assert Subscription.objects.filter(ask_at__isnull=False).count() == 0


@pytest.mark.django_db
def test_key_that_was_changed_reads_old_addresses_and_writes_them_anew(
    clock: ReaderClock, settings: Any
) -> None:
    page = changed_page(ADDRESS)
    before = Subscription.objects.get()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key, and a long one"
    clock.pass_days(1)
    assert [message.to for message in mail.outbox] == [[ADDRESS]]

    settings.SECRET_KEY_FALLBACKS = []
    after = Subscription.objects.get()
    assert bytes(after.digest) != bytes(before.digest)
    assert addresses.decrypt(after.address) == ADDRESS
    assert subscriptions.find(before.token) == [after]  # links in old e-mails work
    page.edit(title="Another title")


@pytest.mark.django_db
def test_key_that_is_lost_is_told_of_and_costs_nobody_else_their_e_mail(
    clock: ReaderClock, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    key = settings.SECRET_KEY
    changed_page(ADDRESS)
    settings.SECRET_KEY = "another key, and a long one"
    clock.pass_days(1)
    assert mail.outbox == []
    assert "add the former SECRET_KEY to SECRET_KEY_FALLBACKS" in caplog.text

    settings.SECRET_KEY = key
    clock.pass_hours(1)
    assert [message.to for message in mail.outbox] == [[ADDRESS]]
    settings.SECRET_KEY = "another key, and a long one"
    clock.pass_days(60)
    assert Subscription.objects.count() == 1  # what was sent since has taken back that it was lost


@pytest.mark.django_db
def test_keys_that_are_lost_are_told_of_once_and_others_get_their_e_mail(
    clock: ReaderClock, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    page = changed_page(*(f"reader-{number}@reader.example" for number in range(5)))
    settings.SECRET_KEY = "another key, and a long one"
    follow(page_subject(page), "new@reader.example")
    page.edit(status="dormant")
    make_due()
    work()

    assert [message.to for message in mail.outbox] == [["new@reader.example"]]
    assert caplog.text.count("SECRET_KEY_FALLBACKS") == 1
    assert "The addresses of 5 readers cannot be read" in caplog.text


@pytest.mark.django_db
def test_reader_who_followed_again_while_the_key_was_lost_gets_one_e_mail(
    clock: ReaderClock, settings: Any
) -> None:
    key, page = settings.SECRET_KEY, changed_page(ADDRESS)
    follow(None)
    settings.SECRET_KEY = "another key, and a long one"
    follow(page_subject(page))
    request(None)
    settings.SECRET_KEY_FALLBACKS = [key]
    make_due()
    work()
    clock.pass_days(2)

    assert len([message for message in mail.outbox if "Changes" in message.subject]) == 1
    rows = Subscription.objects.all()
    assert sorted(row.type for row in rows) == ["page", "site"]
    assert all(row.confirmed_at for row in rows)
    assert {bytes(row.digest) for row in rows} == {addresses.digests(ADDRESS)[0]}


@pytest.mark.django_db
def test_reader_who_leaves_while_an_e_mail_is_written_gets_no_more(clock: ReaderClock) -> None:
    page = changed_page(ADDRESS)
    clock.pass_days(1)
    [message] = mail.outbox
    subscriptions.leave(link(message).split("/")[-2])
    page.edit(title="Another title")
    with transaction.atomic():
        clock.pass_days(2)

    assert len(mail.outbox) == 1
