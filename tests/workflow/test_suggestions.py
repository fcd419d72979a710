"""Readers' suggestions below the pages: limits, decisions, e-mail, forgetting, and what the database holds."""

import datetime
import smtplib
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import DataError, IntegrityError, connection, transaction
from django.utils import timezone, translation

from controversies.document.parse import InvalidDocument
from controversies.models import Suggestion
from controversies.workflow import suggestions
from controversies.workflow.suggestions import SuggestionDecided, TooManySuggestions
from tests.factories import ControversyFactory, Recorded, UserFactory, new_key

pytestmark = pytest.mark.django_db
HERE = "192.0.2.7"


def suggested(dispute: Recorded, **given: Any) -> Suggestion:
    """A suggestion about the page's first position, unless `given` says otherwise."""
    options: dict[str, Any] = {
        "key": new_key(),
        "block": dispute.document.positions[0].key,
        "number": dispute.head.number,
        "address": HERE,
        "wrong": "The year is wrong.",
        **given,
    }
    return suggestions.suggest(dispute.document, **options)


def again(suggestion: Suggestion) -> Suggestion:
    return Suggestion.objects.get(pk=suggestion.pk)


def age(suggestion: Suggestion, **ago: float) -> Suggestion:
    """Make it come so long ago."""
    Suggestion.objects.filter(pk=suggestion.pk).update(created=timezone.now() - datetime.timedelta(**ago))
    return again(suggestion)


@pytest.fixture
def dispute() -> Recorded:
    return ControversyFactory(positions=2, points=2)


# -- taking it in --


def test_suggest_keeps_what_was_said_and_of_the_sender_only_a_digest(dispute: Recorded) -> None:
    made = again(
        suggested(
            dispute,
            instead="It was 2023.",
            source="https://example.org/",
            reader="Rea",
            credit=True,
            email="rea@reader.example",
        )
    )

    claim = dispute.document.positions[0].claim
    assert (made.block_name, made.number, made.state) == (f"Position A: {claim}", 1, "open")
    assert (made.wrong, made.instead, made.source) == (
        "The year is wrong.",
        "It was 2023.",
        "https://example.org/",
    )
    assert (made.name, made.credit, made.email) == ("Rea", True, "rea@reader.example")
    assert bytes(made.sender or b"") == suggestions.sender_digests(HERE)["sender"]
    assert HERE.encode() not in bytes(made.sender or b"")


def test_name_of_each_kind_of_block(dispute: Recorded) -> None:
    document = dispute.document
    points = document.points

    assert suggestions.block_name(document, None) == "The page as a whole"
    assert suggestions.block_name(document, document.key) == "Status"
    assert suggestions.block_name(document, document.context.key) == "Context"
    assert suggestions.block_name(document, points[1].key) == f"Contested point 2: {points[1].title}"


def test_part_is_no_backer_or_source() -> None:
    document = ControversyFactory(backings=2, citations=2).document

    assert suggestions.suggestion_block(document, document.backers[0].key) is None
    assert suggestions.suggestion_block(document, document.sources[0].key) is None
    assert suggestions.suggestion_block(document, new_key()) is None
    assert suggestions.suggestion_block(document, None) is document.head


def test_same_key_once_more_is_the_same_suggestion(dispute: Recorded) -> None:
    key = new_key()

    first = suggested(dispute, key=key)
    second = suggested(dispute, key=key, wrong="Something else.")

    assert first == second
    assert second.wrong == "The year is wrong."
    assert Suggestion.objects.count() == 1


def test_sender_is_the_same_for_one_network_and_another_with_another_key(settings: Any) -> None:
    def sender(address: str) -> bytes:
        return suggestions.sender_digests(address)["sender"]

    one = sender("2001:db8:1:2::1")
    assert sender("2001:db8:1:2:ffff::9") == one
    assert sender("2001:db8:1:3::1") != one
    assert sender("::ffff:192.0.2.7") == sender(HERE)
    assert sender("192.0.2.8") != sender(HERE)
    assert sender("\ud800 nonsense") != one
    settings.SECRET_KEY = "another"
    assert sender("2001:db8:1:2::1") != one


def test_networks_of_a_sender_are_a_site_and_a_provider() -> None:
    one, neighbour, stranger = (
        suggestions.sender_digests(f"2001:db8:{tail}") for tail in ("1:2::1", "1:3::1", "2:2::1")
    )

    assert one["sender_site"] == neighbour["sender_site"] != stranger["sender_site"]
    assert one["sender_provider"] == stranger["sender_provider"]
    assert len({*one.values(), *stranger.values()}) == 5


# -- limits --


@dataclass
class SimulatedTime:
    """The time, as far as suggestions know it."""

    now: datetime.datetime

    def advance(self, **duration: float) -> None:
        self.now += datetime.timedelta(**duration)


@pytest.fixture
def simulated_time(monkeypatch: pytest.MonkeyPatch) -> SimulatedTime:
    time = SimulatedTime(timezone.now())
    monkeypatch.setattr(timezone, "now", lambda: time.now)
    return time


def flood(dispute: Recorded, addresses: Iterable[str], *, times: int = 1) -> Counter[str]:
    """Send from each address, and return how many were shown at once, held back and told to wait."""
    results: Counter[str] = Counter()
    for address in addresses:
        for _time in range(times):
            try:
                suggestion = suggested(dispute, address=address)
            except TooManySuggestions:
                results["wait"] += 1
            else:
                results["held" if suggestion.held_until else "shown"] += 1
    return results


def test_sender_is_slowed_down_and_others_are_not(dispute: Recorded, simulated_time: SimulatedTime) -> None:
    made = [suggested(dispute) for _number in range(10)]
    with pytest.raises(TooManySuggestions) as error:
        suggested(dispute)

    waits = [each.held_until and (each.held_until - simulated_time.now).total_seconds() / 60 for each in made]
    assert waits == [None, None, None, None, None, 1, 3, 7, 15, 31]
    assert error.value.wait > datetime.timedelta(0)
    assert suggested(dispute, address="192.0.2.8").held_until is None


def test_suggestion_that_is_held_back_shows_when_its_turn_comes(
    dispute: Recorded, simulated_time: SimulatedTime
) -> None:
    flood(dispute, [HERE], times=6)
    assert Suggestion.objects.waiting().count() == 5

    simulated_time.advance(seconds=61)
    assert Suggestion.objects.waiting().count() == 6


def test_sender_who_waits_as_long_as_was_said_is_taken_in(
    dispute: Recorded, simulated_time: SimulatedTime
) -> None:
    waits = []
    while Suggestion.objects.count() < 30:
        try:
            suggested(dispute)
        except TooManySuggestions as error:
            waits.append(error.wait)
            simulated_time.now += error.wait
            suggested(dispute)
    assert max(waits) <= datetime.timedelta(hours=1)


@pytest.mark.parametrize(
    "hostile",
    [
        [f"2001:db8:{site:x}:{net:x}::1" for site in range(3) for net in range(4)],  # twelve /64s
        [f"2001:db8:{site:x}:{net:x}::1" for site in range(25) for net in range(40)],  # 1,000 of one /32
        [f"2a{provider:02x}:{net:x}::1" for provider in range(100) for net in range(10)],  # …of 1,000 /32s
        [f"198.51.{site}.{host}" for site in range(20) for host in range(10)],  # a /16
    ],
    ids=["12", "1000-one-provider", "1000-providers", "ipv4"],
)
def test_honest_reader_gets_through(
    dispute: Recorded, simulated_time: SimulatedTime, hostile: list[str]
) -> None:
    """Others send all they can for three hours; a reader elsewhere sends once an hour, and is shown at once."""
    for _hour in range(3 if len(hostile) < 100 else 1):
        flood(dispute, hostile, times=3 if len(hostile) < 100 else 1)
        simulated_time.advance(minutes=7)
        assert suggested(dispute, address="2003:db8:7:7::1").held_until is None
        assert suggested(dispute, address="203.0.113.5").held_until is None
        simulated_time.advance(minutes=53)


def test_newcomer_of_a_provider_that_others_flood_gets_through(
    dispute: Recorded, simulated_time: SimulatedTime
) -> None:
    hostile = [f"2001:db8:{site:x}:{net:x}::1" for site in range(10) for net in range(12)]
    results = flood(dispute, hostile, times=3)

    assert results["wait"] > 100
    assert results["shown"] < 120
    assert suggested(dispute, address="2001:db8:ffff:1::1").held_until is None


def test_flood_of_one_provider_is_bounded(dispute: Recorded, simulated_time: SimulatedTime) -> None:
    results = flood(dispute, (f"2001:db8:{site:x}::1" for site in range(700)))

    assert results["shown"] == 500
    assert 10 < results["held"] < 20


def test_when_many_write_the_first_of_each_is_free(
    dispute: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "BUSY", 3)
    flood(dispute, (f"192.{number}.2.1" for number in range(3)))

    assert suggested(dispute, address="198.51.100.1").held_until is None
    assert suggested(dispute, address="198.51.100.1").held_until is not None


def test_limit_is_of_the_last_hour(dispute: Recorded) -> None:
    for _number in range(5):
        age(suggested(dispute), minutes=61)

    assert suggested(dispute).held_until is None


def test_decided_suggestions_count_too(dispute: Recorded) -> None:
    for _number in range(5):
        suggestions.decline(suggested(dispute), editor=UserFactory(), answer="No.")

    assert suggested(dispute).held_until is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("senders", "shown"), [(1, 5), (12, 12)])
def test_limits_hold_for_many_at_once(senders: int, shown: int) -> None:
    dispute = ControversyFactory()
    start, waits, failed = threading.Barrier(12), [], []

    def send(number: int) -> None:
        try:
            start.wait(30)
            suggested(dispute, address=f"192.{number % senders}.2.1")
        except TooManySuggestions as error:
            waits.append(error.wait)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[number]) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failed == []
    assert Suggestion.objects.filter(held_until=None).count() == shown
    assert Suggestion.objects.count() + len(waits) == 12


def test_turn_costs_one_query(dispute: Recorded, django_assert_num_queries: Any) -> None:
    # with the lock, the key, the old ones, the row, savepoints, who gets notices, and on which topics they work
    with django_assert_num_queries(12):
        suggested(dispute)


# -- deciding --


def test_use_names_the_revision_and_forgets_the_reader(dispute: Recorded) -> None:
    suggestion, edith = suggested(dispute, reader="Rea", email="rea@reader.example"), UserFactory()
    revision = dispute.edit(title="Better")

    suggestions.mark_used(suggestion, editor=edith, revision=revision)

    made = again(suggestion)
    assert (made.state, made.revision, made.editor) == ("used", 2, edith)
    assert made.editor_name.endswith("Example")
    assert made.decided_at is not None
    assert (made.email, made.name) == ("", "")


def test_use_keeps_the_name_of_who_asked_to_be_named(dispute: Recorded) -> None:
    suggestion = suggested(dispute, reader="Rea", credit=True)

    suggestions.mark_used(suggestion, editor=UserFactory(), revision=dispute.edit(title="Better"))

    assert again(suggestion).name == "Rea"


def test_use_refuses_another_page(dispute: Recorded) -> None:
    other = ControversyFactory()

    with pytest.raises(ValueError, match="another page"):
        suggestions.mark_used(suggested(dispute), editor=UserFactory(), revision=other.edit(title="Better"))


def test_decline_needs_a_reason(dispute: Recorded) -> None:
    suggestion = suggested(dispute)

    with pytest.raises(InvalidDocument, match="Give a reason"):
        suggestions.decline(suggestion, editor=UserFactory(), answer=" \x00\n ")

    assert again(suggestion).is_open


def test_nobody_decides_twice(dispute: Recorded) -> None:
    suggestion, edith = suggested(dispute), UserFactory(first_name="Edith")
    suggestions.decline(suggestion, editor=edith, answer="It is right.")

    with pytest.raises(SuggestionDecided, match="Edith Example has already decided"):
        suggestions.decline(suggestion, editor=UserFactory(), answer="Again.")
    with pytest.raises(SuggestionDecided):
        suggestions.mark_used(suggestion, editor=UserFactory(), revision=dispute.edit(title="Better"))

    assert again(suggestion).answer == "It is right."


def test_reason_names_the_reader_only_if_asked(dispute: Recorded) -> None:
    silent = suggested(dispute, reader="Rea")
    named = suggested(dispute, reader="Rea", credit=True, block=None)
    status = suggested(dispute, block=dispute.document.key)

    assert suggestions.change_reason(silent) == "Position A corrected after a suggestion by a reader."
    assert suggestions.change_reason(named) == "Page corrected after a suggestion by Rea, a reader."
    assert suggestions.change_reason(status) == "Status corrected after a suggestion by a reader."


# -- e-mail --


def test_reader_is_told_after_commit(dispute: Recorded, django_capture_on_commit_callbacks: Any) -> None:
    suggestion = suggested(dispute, email="rea@reader.example")

    with django_capture_on_commit_callbacks(execute=True):
        suggestions.decline(suggestion, editor=UserFactory(), answer="The year is <right>.")

    [message] = mail.outbox
    assert message.to == ["rea@reader.example"]
    assert message.subject == f"Your suggestion for “{dispute.document.head.title}”"
    assert "Reason: The year is <right>." in message.body
    assert f"/controversies/{dispute.slug}/" in message.body
    assert "The year is wrong." in message.body


def test_reader_is_told_of_the_revision(dispute: Recorded, django_capture_on_commit_callbacks: Any) -> None:
    suggestion = suggested(dispute, email="rea@reader.example")

    with django_capture_on_commit_callbacks(execute=True):
        suggestions.mark_used(suggestion, editor=UserFactory(), revision=dispute.edit(title="Better"))

    assert "in revision 2." in mail.outbox[0].body


@pytest.mark.parametrize(
    ("language", "subject", "about", "thanks"),
    [
        ("de", "Ihr Hinweis zu „", "Position A: ", "Vielen Dank"),
        ("es", "Su sugerencia para «", "Posición A: ", "Gracias"),
    ],
)
def test_reader_is_told_in_the_language_of_the_suggestion(
    dispute: Recorded,
    django_capture_on_commit_callbacks: Any,
    language: str,
    subject: str,
    about: str,
    thanks: str,
) -> None:
    claim = dispute.document.positions[0].claim
    with translation.override(language):
        suggestion = suggested(dispute, email="rea@reader.example")
        whole = suggested(dispute, block=None, email="rea@reader.example")
    assert suggestion.block_name == f"Position A: {claim}"  # the desk's language
    assert whole.block_name == "The page as a whole"
    dispute.save(dispute.document.with_blocks(positions=()))

    with django_capture_on_commit_callbacks(execute=True):
        suggestions.decline(suggestion, editor=UserFactory(), answer="The year is right.")

    [message] = mail.outbox
    assert message.subject.startswith(subject)
    assert f"{about}{claim}" in message.body  # as the reader saw it, though the page has it no longer
    assert thanks in message.body
    assert f"/{language}/controversies/{dispute.slug}/" in message.body
    assert "The year is right." in message.body
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert translation.get_language() == "en"


def test_nobody_is_told_without_an_address_or_after_rollback(
    dispute: Recorded, django_capture_on_commit_callbacks: Any
) -> None:
    silent, undone = suggested(dispute), suggested(dispute, email="rea@reader.example")

    with django_capture_on_commit_callbacks(execute=True):
        suggestions.decline(silent, editor=UserFactory(), answer="No.")
        with transaction.atomic():
            suggestions.decline(undone, editor=UserFactory(), answer="No.")
            transaction.set_rollback(True)

    assert mail.outbox == []
    assert again(undone).email == "rea@reader.example"


def test_mail_that_fails_loses_no_decision(
    dispute: Recorded,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def fail(*_args: Any) -> None:
        raise smtplib.SMTPRecipientsRefused({"rea@reader.example": (550, b"<rea@reader.example>: nobody")})

    monkeypatch.setattr(EmailBackend, "send_messages", fail)
    suggestion = suggested(dispute, email="rea@reader.example")

    with django_capture_on_commit_callbacks(execute=True):
        suggestions.decline(suggestion, editor=UserFactory(), answer="No.")

    assert again(suggestion).state == "declined"
    assert f"suggestion {suggestion.pk}" in caplog.text
    assert "rea@reader.example" not in caplog.text


# -- forgetting --


def test_digest_is_forgotten_after_a_day(dispute: Recorded) -> None:
    old, young = suggested(dispute), suggested(dispute)
    old, young = age(old, hours=25), age(young, hours=23)

    assert suggestions.forget_readers() == (1, 0)

    assert again(old).sender is None
    assert again(young).sender is not None


def test_next_suggestion_forgets_old_digests(dispute: Recorded) -> None:
    old = age(suggested(dispute), hours=25)

    suggested(dispute)

    assert again(old).sender is None


def test_forgetreaders_removes_what_tells_who_it_was_after_90_days(dispute: Recorded, capsys: Any) -> None:
    old = suggested(dispute, reader="Rea", email="rea@reader.example")
    named = suggested(dispute, reader="Nan", credit=True, email="nan@reader.example")
    young = suggested(dispute, reader="Yan", email="yan@reader.example")
    for suggestion, days in ((old, 91), (named, 91), (young, 89)):
        age(suggestion, days=days)

    call_command("forgetreaders")
    call_command("forgetreaders")

    assert [(each.name, each.email) for each in map(again, (old, named, young))] == [
        ("", ""),
        ("Nan", ""),
        ("Yan", "yan@reader.example"),
    ]
    assert again(old).wrong == "The year is wrong."
    first, second = capsys.readouterr().out.splitlines()
    assert (
        first == "Deleted: 3 digests of senders, names and addresses of 2 readers, 0 subscriptions by e-mail."
    )
    assert (
        second
        == "Deleted: 0 digests of senders, names and addresses of 0 readers, 0 subscriptions by e-mail."
    )


# -- what the database holds --


@pytest.mark.parametrize(
    ("values", "truth"),
    [
        ({"state": "lost"}, "(state_is_known|decision_is_whole)"),
        ({"wrong": ""}, "wrong_is_given"),
        ({"block_name": ""}, "block_name_is_given"),
        ({"number": 0}, "revision_counts_from_one"),
        ({"credit": True, "name": ""}, "credit_has_a_name"),
        ({"state": "used", "editor_name": "E", "revision": 2}, "decision_is_whole"),
        ({"state": "declined", "editor_name": "E", "decided_at": timezone.now()}, "decision_is_whole"),
        ({"editor_name": "E"}, "decision_is_whole"),
        (
            {
                "state": "used",
                "editor_name": "E",
                "revision": 2,
                "decided_at": timezone.now(),
                "email": "a@b.c",
            },
            "decided_without_address",
        ),
        (
            {
                "state": "used",
                "editor_name": "E",
                "revision": 2,
                "decided_at": datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC),
            },
            "times_are_in_order",
        ),
    ],
)
def test_constraint_refuses(dispute: Recorded, values: dict[str, Any], truth: str) -> None:
    suggestion = suggested(dispute)

    with pytest.raises(IntegrityError, match=f"controversies_suggestion_{truth}"), transaction.atomic():
        Suggestion.objects.filter(pk=suggestion.pk).update(**values)


def test_database_limits_length(dispute: Recorded) -> None:
    with pytest.raises(DataError), transaction.atomic():
        suggested(dispute, wrong="x" * 4001)

    assert again(suggested(dispute, wrong="x" * 4000)).wrong == "x" * 4000
