"""E-mails to accounts: one for all that waits, as often as each chose, and nothing lost. Time is simulated."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from controversies.models import CheckWorker, MailNotice, MailPace, Proposal
from controversies.workflow import mailing, notify, proposals, redaction_requests, suggestions
from controversies.workflow.notify import MailChoice
from tests.factories import ControversyFactory, Recorded, UserFactory, new_key
from tests.workflow.test_proposals import proposed, with_head

pytestmark = pytest.mark.django_db


class MailClock:
    """Simulated time: `pass_minutes` lets the worker look once a minute, as its schedule does, if it runs."""

    def __init__(self, callbacks: Any) -> None:
        self.now = timezone.now()
        self.has_worker = True
        self._callbacks = callbacks

    def pass_minutes(self, minutes: int) -> None:
        for _minute in range(minutes):
            self.now += datetime.timedelta(minutes=1)
            if self.has_worker:
                mailing.send_mails.call()

    def commit(self, act: Callable[[], object]) -> None:
        with self._callbacks(execute=True):
            act()


@pytest.fixture
def clock(django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch) -> MailClock:
    clock = MailClock(django_capture_on_commit_callbacks)
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    clock.pass_minutes(1)
    return clock


@pytest.fixture
def edith() -> Any:
    return UserFactory(role="editor", email="edith@crux.example")


@pytest.fixture
def page(edith: Any) -> Recorded:
    return ControversyFactory(author=edith, revisions=2, title="Open weights")


def propose(clock: MailClock, page: Recorded, count: int = 1) -> list[Proposal]:
    cora = UserFactory(role="contributor", first_name="Cora")
    made: list[Proposal] = []
    for number in range(count):
        clock.commit(lambda number=number: made.append(proposed(page, cora, question=f"Why {number}?")))
    return made


def subjects() -> list[str]:
    return [each.subject for each in mail.outbox]


def test_load_of_proposals_is_one_e_mail_an_hour(clock: MailClock, page: Recorded) -> None:
    propose(clock, page)
    clock.pass_minutes(1)
    assert subjects() == ["Proposal by Cora Example: Open weights"]

    propose(clock, page, 104)
    clock.pass_minutes(58)
    assert len(mail.outbox) == 1

    clock.pass_minutes(60)
    [_first, digest] = mail.outbox
    assert digest.to == ["edith@crux.example"]
    assert digest.subject == "104 notices from Crux"
    assert digest.body.count("proposes a change to “Open weights”") == mailing.SHOWN
    assert "74 more wait at the desk:" in digest.body
    assert not MailNotice.objects.exists()


@pytest.mark.parametrize(
    ("choice", "mails"),
    [
        (MailChoice(pace=MailPace.AT_ONCE), 4),
        (MailChoice(pace=MailPace.HOURLY), 2),
        (MailChoice(pace=MailPace.DAILY), 1),
        (MailChoice(is_wanted=False), 0),
    ],
)
def test_each_gets_them_as_often_as_they_chose(
    clock: MailClock, page: Recorded, edith: Any, choice: MailChoice, mails: int
) -> None:
    notify.choose_mail(edith, choice)
    for _number in range(4):
        propose(clock, page)
        clock.pass_minutes(29)

    assert len(mail.outbox) == mails


def test_daily_e_mail_has_all_of_a_day(clock: MailClock, page: Recorded, edith: Any) -> None:
    notify.choose_mail(edith, MailChoice(pace=MailPace.DAILY))
    propose(clock, page)
    clock.pass_minutes(1)
    propose(clock, page, 3)
    clock.now += datetime.timedelta(hours=24)
    clock.pass_minutes(1)

    assert [len(mail.outbox), subjects()[-1]] == [2, "3 notices from Crux"]


def test_without_a_worker_the_site_sends_at_once_and_at_most_hourly(clock: MailClock, page: Recorded) -> None:
    clock.has_worker = False
    clock.pass_minutes(4)
    propose(clock, page, 3)
    assert len(mail.outbox) == 1
    assert MailNotice.objects.count() == 2

    clock.pass_minutes(60)
    assert len(mail.outbox) == 1
    propose(clock, page)
    assert subjects()[1:] == ["3 notices from Crux"]
    assert not MailNotice.objects.exists()


def test_with_a_worker_the_site_sends_nothing_itself(clock: MailClock, page: Recorded) -> None:
    propose(clock, page)
    assert mail.outbox == []
    assert CheckWorker.objects.get().seen_at == clock.now


def test_what_cannot_be_sent_is_tried_again(
    clock: MailClock, page: Recorded, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(self: EmailBackend, messages: list[Any]) -> int:
        raise OSError(f"550 {messages[0].to[0]}: no such mailbox")

    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", refuse)
        propose(clock, page, 2)
        clock.pass_minutes(25)
    assert caplog.text.count("could not be sent and is tried again: OSError: 550 (address)") == 3
    assert "edith" not in caplog.text
    assert MailNotice.objects.count() == 2

    clock.pass_minutes(10)
    assert subjects() == ["2 notices from Crux"]


def test_what_is_over_is_not_sent(clock: MailClock, page: Recorded) -> None:
    first, second, third = propose(clock, page, 3)
    proposals.withdraw(first, author=first.author)
    proposals.accept(second, reviewer=UserFactory(role="editor", email=""), version=1)
    proposals.amend(
        third,
        with_head(page.document, question="Why not?"),
        author=third.author,
        reason="Better.",
        base=2,
        version=1,
    )
    clock.pass_minutes(1)

    [to_edith] = [each for each in mail.outbox if each.to == ["edith@crux.example"]]
    assert "Reason: Better." in to_edith.body


def test_who_was_told_of_a_proposal_is_told_that_it_is_withdrawn(clock: MailClock, page: Recorded) -> None:
    [proposal] = propose(clock, page)
    clock.pass_minutes(1)
    proposals.withdraw(proposal, author=proposal.author)
    clock.pass_minutes(60)

    assert subjects() == [
        "Proposal by Cora Example: Open weights",
        "Proposal withdrawn by Cora Example: Open weights",
    ]


def suggest(clock: MailClock, page: Recorded, address: str = "192.0.2.7") -> None:
    clock.commit(
        lambda: suggestions.suggest(
            page.document, key=new_key(), block=None, number=2, address=address, wrong="A canary."
        )
    )


def test_suggestions_are_one_notice_a_page_without_their_words(clock: MailClock, page: Recorded) -> None:
    for _number in range(4):
        suggest(clock, page)
    clock.pass_minutes(1)

    [sent] = mail.outbox
    assert sent.subject == "Suggestion from a reader: Open weights"
    assert "4 suggestions by readers wait for “Open weights”." in sent.body
    assert "/admin/controversies/proposal/queue/" in sent.body
    assert "canary" not in sent.body


def test_suggestion_that_is_held_back_is_told_of_when_it_shows(clock: MailClock, page: Recorded) -> None:
    for _number in range(5):
        suggest(clock, page)
    clock.pass_minutes(1)
    for each in suggestions.Suggestion.objects.waiting():
        suggestions.decline(each, editor=UserFactory(), answer="No.")
    for _number in range(4):
        suggest(clock, page)
    notice = MailNotice.objects.get()
    suggestions.Suggestion.objects.filter(state="open").update(
        held_until=clock.now + datetime.timedelta(hours=2)
    )
    clock.pass_minutes(61)
    assert [len(mail.outbox), MailNotice.objects.get()] == [1, notice]

    clock.pass_minutes(60)
    assert len(mail.outbox) == 2
    assert not MailNotice.objects.exists()


def test_removal_to_confirm_is_told_to_other_publishers(clock: MailClock, page: Recorded) -> None:
    paul = UserFactory(role="publisher", email="paul@crux.example")
    UserFactory(role="publisher", email="pia@crux.example")
    request = redaction_requests.new_request(
        suggestions.Controversy.objects.get(pk=page.key), author=paul, words="canary", ground="law"
    )
    clock.commit(lambda: redaction_requests.submit(request))
    clock.pass_minutes(1)

    [sent] = mail.outbox
    assert sent.to == ["pia@crux.example"]
    assert sent.subject == "Removal to confirm: Open weights"
    assert f"/admin/controversies/redactionrequest/{request.pk}/change/" in sent.body
    assert "canary" not in sent.body


def test_accounts_that_are_gone_get_none(clock: MailClock, page: Recorded, edith: Any) -> None:
    propose(clock, page)
    edith.is_active = False
    edith.save()
    clock.pass_minutes(1)

    assert mail.outbox == []
    assert not MailNotice.objects.exists()
