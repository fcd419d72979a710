"""Proposals: what is stored, who may do what with them, and what becomes of them."""

import contextlib
import datetime
import re
import threading
from dataclasses import replace
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from django.utils import timezone

from controversies import history, notify, proposals
from controversies import models as m
from controversies.document import canonical
from controversies.document.parse import InvalidDocument
from controversies.document.types import Document
from controversies.history import verify
from controversies.history.record import revision_digest
from controversies.models import Proposal
from controversies.proposals import Amended, Refused
from tests.factories import ControversyFactory, Recorded, UserFactory, document_factory

pytestmark = pytest.mark.django_db
LATER = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)


def with_head(document: Document, **fields: Any) -> Document:
    return replace(document, head=replace(document.head, **fields))


def proposed(
    page: Recorded, author: Any = None, reason: str = "It is known better now.", **fields: Any
) -> Proposal:
    """A proposal to change these fields of the page's head."""
    return proposals.propose(
        with_head(page.document, **(fields or {"status_summary": "Proposed."})),
        author=author or UserFactory(role="contributor"),
        reason=reason,
        base=page.head.number,
    )


def again(proposal: Proposal) -> Proposal:
    return Proposal.objects.get(pk=proposal.pk)


# -- proposing --


def test_propose_keeps_the_document_and_changes_nothing() -> None:
    page, cora = ControversyFactory(revisions=3), UserFactory(role="contributor", first_name="Cora")
    before = m.Revision.objects.count()

    proposal = again(proposed(page, cora, status_summary="It has been settled."))

    assert (proposal.state, proposal.version, proposal.base) == ("open", 1, 3)
    assert (str(proposal.controversy_id), proposal.author, proposal.author_name) == (
        page.key,
        cora,
        "Cora Example",
    )
    assert proposals.document(proposal) == with_head(page.document, status_summary="It has been settled.")
    assert m.Revision.objects.count() == before
    assert history.head(page.key) == page.head


def test_propose_a_new_page_makes_no_page() -> None:
    document = with_head(document_factory(), publication="draft")

    proposal = proposals.propose(document, author=UserFactory(role="contributor"), reason="Missing.", base=0)

    assert (proposal.controversy_id, proposal.base, proposal.is_new) == (None, 0, True)
    assert proposals.document(again(proposal)) == document
    assert not m.Controversy.objects.exists()


def test_propose_needs_a_reason() -> None:
    page = ControversyFactory()

    with pytest.raises(InvalidDocument) as caught:
        proposed(page, reason="  \n ")

    assert [fault.path for fault in caught.value.faults] == ["summary"]
    assert not Proposal.objects.exists()


def test_propose_nothing_is_refused() -> None:
    page = ControversyFactory()

    with pytest.raises(Refused, match="Nothing is changed"):
        proposals.propose(page.document, author=UserFactory(), reason="Why not.", base=1)


def test_propose_publishing_is_refused() -> None:
    page = ControversyFactory(publication="draft")

    with pytest.raises(InvalidDocument) as caught:
        proposed(page, publication="published")

    assert [fault.path for fault in caught.value.faults] == ["publication"]


def test_propose_an_invalid_document_names_every_fault() -> None:
    page = ControversyFactory()

    with pytest.raises(InvalidDocument) as caught:
        proposed(page, title="", status="undecided")

    assert sorted(fault.path for fault in caught.value.faults) == ["status", "title"]


def test_propose_what_began_with_no_revision_there_is_is_refused() -> None:
    page = ControversyFactory()

    with pytest.raises(history.UnknownRevision):
        proposals.propose(with_head(page.document, title="Other"), author=UserFactory(), reason="x", base=7)


def test_propose_a_new_page_under_a_taken_address_or_key_is_refused() -> None:
    page, author = ControversyFactory(), UserFactory()
    document = with_head(document_factory(), publication="draft", slug=page.slug)

    with pytest.raises(InvalidDocument) as caught:
        proposals.propose(document, author=author, reason="x", base=0)
    with pytest.raises(Refused, match="exists already"):
        proposals.propose(with_head(page.document, publication="draft"), author=author, reason="x", base=0)

    assert [fault.path for fault in caught.value.faults] == ["slug"]


def test_propose_under_the_same_key_once_more_is_one_proposal() -> None:
    page, author, key = ControversyFactory(), UserFactory(), "5f0c1c1e-7d5e-4b7e-9d0a-3b9f6f1d2a11"
    document = with_head(page.document, title="Twice")

    for title in ("Twice", "Twice", "Thrice"):
        proposals.propose(
            with_head(document, title=title), author=author, reason="A double click.", base=1, key=key
        )

    [proposal] = Proposal.objects.all()
    assert (str(proposal.pk), proposal.version, proposal.document["title"]) == (key, 2, "Thrice")


def test_propose_under_somebody_elses_key_is_refused() -> None:
    page = ControversyFactory()
    other = proposed(page)

    with pytest.raises(Refused, match="somebody else"):
        proposals.propose(
            with_head(page.document, title="Mine"),
            author=UserFactory(),
            reason="x",
            base=1,
            key=str(other.pk),
        )

    assert again(other).document == other.document


# -- amending and withdrawing --


def test_amend_puts_another_document_in_its_place() -> None:
    page = ControversyFactory()
    proposal = proposed(page)

    proposals.amend(
        proposal,
        with_head(page.document, title="Better"),
        author=proposal.author,
        reason="Better still.",
        base=1,
        version=1,
    )

    found = again(proposal)
    assert (found.version, found.reason, found.document["title"]) == (2, "Better still.", "Better")
    assert found.changed > found.created


def test_amend_is_the_authors_only() -> None:
    page = ControversyFactory()
    proposal = proposed(page)

    with pytest.raises(Refused, match="somebody else"):
        proposals.withdraw(proposal, author=UserFactory(role="editor"))
    with pytest.raises(Refused, match="somebody else"):
        proposals.amend(
            proposal,
            with_head(page.document, title="Theirs"),
            author=UserFactory(role="editor"),
            reason="x",
            base=1,
            version=1,
        )

    assert again(proposal).version == 1


def test_amend_of_an_older_version_is_refused() -> None:
    page = ControversyFactory()
    proposal = proposed(page)
    drawn: dict[str, Any] = {"author": proposal.author, "reason": "x", "base": 1, "version": 1}
    proposals.amend(proposal, with_head(page.document, title="First tab"), **drawn)

    with pytest.raises(Amended, match="in another tab"):
        proposals.amend(proposal, with_head(page.document, title="Second tab"), **drawn)

    assert again(proposal).document["title"] == "First tab"


def test_withdraw_ends_it() -> None:
    proposal = proposed(ControversyFactory())

    proposals.withdraw(proposal, author=proposal.author)

    found = again(proposal)
    assert (found.state, found.reviewer_name, found.revision) == ("withdrawn", "", None)
    assert found.decided_at is not None
    with pytest.raises(Refused, match="took this proposal back"):
        proposals.accept(found, reviewer=UserFactory(role="editor"), version=1)


# -- deciding --


def test_accept_records_the_author_and_the_reviewer() -> None:
    page = ControversyFactory(revisions=2)
    cora = UserFactory(role="contributor", first_name="Cora", last_name="Contributor")
    edith = UserFactory(role="editor", first_name="Edith", last_name="Editor")
    proposal = proposed(page, cora, status_summary="Accepted text.", reason="A ruling came.")

    saved = proposals.accept(proposal, reviewer=edith, version=1, head=2)

    assert saved.revision is not None
    revision = m.Revision.objects.get(controversy=page.key, number=3)
    assert (revision.author_id, revision.author_name) == (cora.pk, "Cora Contributor")
    assert (revision.reviewer_id, revision.reviewer_name) == (edith.pk, "Edith Editor")
    assert revision.summary == "A ruling came."
    head = history.head(page.key)
    assert head is not None
    assert head.entry.reviewer_name == "Edith Editor"
    assert head.document == proposals.document(proposal)
    found = again(proposal)
    assert (found.state, found.revision, found.reviewer, found.reviewer_name) == (
        "accepted",
        3,
        edith,
        "Edith Editor",
    )
    assert list(verify.faults(page.key)) == []


def test_accept_merges_with_what_came_in_meanwhile() -> None:
    page = ControversyFactory()
    proposal = proposed(page, status_summary="Proposed.")
    page.edit(question="What came in meanwhile?")

    saved = proposals.accept(proposal, reviewer=UserFactory(role="editor"), version=1, head=2)

    assert saved.revision is not None
    head = history.head(page.key)
    assert head is not None
    assert head.number == 3
    assert (head.document.head.question, head.document.head.status_summary) == (
        "What came in meanwhile?",
        "Proposed.",
    )


def test_accept_with_a_conflict_shows_it_and_writes_nothing() -> None:
    page = ControversyFactory()
    proposal = proposed(page, status_summary="Proposed.")
    page.edit(status_summary="Saved meanwhile.")

    saved = proposals.accept(proposal, reviewer=UserFactory(role="editor"), version=1)

    assert [(each.path, each.shown[1:]) for each in saved.conflicts] == [
        ("head/status_summary", ("Saved meanwhile.", "Proposed."))
    ]
    assert saved.revision is None
    assert history.read.newest_number(page.key) == 2
    assert again(proposal).state == "open"


def test_accept_of_what_was_not_seen_is_refused() -> None:
    page, editor = ControversyFactory(), UserFactory(role="editor")
    proposal = proposed(page)
    proposals.amend(
        proposal, with_head(page.document, title="New"), author=proposal.author, reason="x", base=1, version=1
    )

    with pytest.raises(Amended, match="amended this proposal meanwhile"):
        proposals.accept(proposal, reviewer=editor, version=1)
    page.edit(question="Moved on?")
    with pytest.raises(Amended, match="saved the page meanwhile"):
        proposals.accept(proposal, reviewer=editor, version=2, head=1)

    assert again(proposal).state == "open"


def test_accept_with_changes_records_what_the_reviewer_made_of_it() -> None:
    page = ControversyFactory()
    proposal = proposed(page, status_summary="Almost right.")

    saved = proposals.accept(
        proposal,
        reviewer=UserFactory(role="editor"),
        version=1,
        edited=with_head(page.document, status_summary="Quite right."),
        base=1,
        reason="Put right.",
    )

    assert saved.revision is not None
    head = history.head(page.key)
    assert head is not None
    assert (head.document.head.status_summary, head.entry.summary) == ("Quite right.", "Put right.")
    assert head.entry.author == proposal.author_id
    assert again(proposal).document["status_summary"] == "Almost right."


def test_accept_of_a_new_page_makes_a_draft() -> None:
    document = with_head(document_factory(), publication="draft")
    proposal = proposals.propose(document, author=UserFactory(), reason="Missing.", base=0)

    proposals.accept(proposal, reviewer=UserFactory(role="editor"), version=1, head=0)

    head = history.head(document.key)
    assert head is not None
    assert (head.number, head.document) == (1, document)
    found = again(proposal)
    assert (str(found.controversy_id), found.base, found.revision, found.is_new) == (document.key, 0, 1, True)


def test_accept_and_publish_needs_the_right_to() -> None:
    document = with_head(document_factory(), publication="draft")
    proposal = proposals.propose(document, author=UserFactory(), reason="Missing.", base=0)

    with pytest.raises(Refused, match="publish"):
        proposals.accept(proposal, reviewer=UserFactory(role="editor"), version=1, publish=True)
    proposals.accept(proposal, reviewer=UserFactory(role="publisher"), version=1, publish=True)

    assert m.Controversy.objects.get().publication == "published"


def test_accept_of_what_the_page_says_already_is_refused() -> None:
    page = ControversyFactory()
    proposal = proposed(page, title="The same")
    page.edit(title="The same")

    with pytest.raises(Refused, match="says all of this already"):
        proposals.accept(proposal, reviewer=UserFactory(role="editor"), version=1)

    assert again(proposal).state == "open"


def test_accept_of_an_address_taken_meanwhile_names_the_fault() -> None:
    document = with_head(document_factory(), publication="draft")
    proposal = proposals.propose(document, author=UserFactory(), reason="Missing.", base=0)
    ControversyFactory(document=with_head(document_factory(), slug=document.head.slug))

    with pytest.raises(InvalidDocument, match="Another controversy has this address"):
        proposals.accept(proposal, reviewer=UserFactory(role="editor"), version=1)

    assert again(proposal).state == "open"


def test_accept_names_an_author_whose_account_is_gone() -> None:
    page, author = ControversyFactory(), UserFactory(first_name="Gone")
    proposal = proposed(page, author)
    author.delete()

    proposals.accept(again(proposal), reviewer=UserFactory(role="editor"), version=1)

    head = history.head(page.key)
    assert head is not None
    assert (head.entry.author, head.entry.author_name) == (None, "Gone Example")


@pytest.mark.parametrize("role", ["", "contributor"])
def test_accept_and_decline_are_closed_to_who_may_not_edit(role: str) -> None:
    proposal, other = proposed(ControversyFactory()), UserFactory(role=role)

    with pytest.raises(Refused):
        proposals.accept(proposal, reviewer=other, version=1)
    with pytest.raises(Refused):
        proposals.decline(proposal, reviewer=other, reason="No.", version=1)


def test_nobody_decides_on_their_own_but_at_a_one_person_desk() -> None:
    page, editor = ControversyFactory(), UserFactory(role="editor")
    proposal = proposed(page, editor)

    with pytest.raises(Refused, match="Somebody else must decide"):
        proposals.accept(proposal, reviewer=editor, version=1)
    with pytest.raises(Refused, match="Somebody else must decide"):
        proposals.decline(proposal, reviewer=editor, reason="No.", version=1)
    with override_settings(ONE_PERSON_DESK=True):
        proposals.accept(proposal, reviewer=editor, version=1)

    assert again(proposal).state == "accepted"


def test_decline_keeps_the_reason_and_needs_one() -> None:
    page, editor = ControversyFactory(), UserFactory(role="editor", first_name="Edith")
    proposal = proposed(page)

    with pytest.raises(InvalidDocument, match="Say why"):
        proposals.decline(proposal, reviewer=editor, reason=" ", version=1)
    proposals.decline(proposal, reviewer=editor, reason="No source says so.", version=1)

    found = again(proposal)
    assert (found.state, found.decision, found.reviewer_name, found.revision) == (
        "declined",
        "No source says so.",
        "Edith Example",
        None,
    )
    assert history.read.newest_number(page.key) == 1
    with pytest.raises(Refused, match="Edith Example declined this proposal"):
        proposals.accept(found, reviewer=UserFactory(role="editor"), version=1)


def test_a_proposal_outlives_a_renamed_backer() -> None:
    page = ControversyFactory()
    proposal = proposed(page)
    held = page.document.backers[0]
    with history.act(author_name="Edith Editor", summary="Renamed."):
        m.Backer.objects.filter(pk=held.key).update(name="A new name")

    saved = proposals.accept(proposal, reviewer=UserFactory(role="editor"), version=1)

    assert saved.revision is not None
    head = history.head(page.key)
    assert head is not None
    assert head.document.by_key[held.key].name == "A new name"  # type: ignore[union-attr]  # it is a backer
    assert head.document.head.status_summary == "Proposed."


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_at_once_make_one_decision() -> None:
    page = ControversyFactory()
    proposal = proposed(page)
    editors = [UserFactory(role="editor") for _each in range(2)]
    gate, results = threading.Barrier(2), []

    def decide(editor: Any, *, yes: bool) -> None:
        try:
            gate.wait(10)
            if yes:
                proposals.accept(proposal, reviewer=editor, version=1, head=1)
            else:
                proposals.decline(proposal, reviewer=editor, reason="No.", version=1)
            results.append("decided")
        except Refused as refused:
            results.append(str(refused))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=[editor], kwargs={"yes": i == 0})
        for i, editor in enumerate(editors)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    found = again(proposal)
    assert sorted(results, key=len)[0] == "decided"
    assert re.fullmatch(r".* (accepted|declined) this proposal\.", sorted(results, key=len)[1])
    assert history.read.newest_number(page.key) == (2 if found.state == "accepted" else 1)
    assert found.state in ("accepted", "declined")


# -- the record --


def test_revision_without_a_reviewer_keeps_the_digest_that_it_had() -> None:
    facts: dict[str, Any] = {
        "parent": None,
        "document": b"\1" * 32,
        "author": "Ada",
        "time": timezone.now(),
        "summary": "x",
    }

    plain = revision_digest(**facts)

    assert plain == revision_digest(**facts, reviewer="")
    assert plain != revision_digest(**facts, reviewer="Edith")


def test_checkhistory_finds_a_reviewer_who_was_put_in_later() -> None:
    page = ControversyFactory(revisions=2)
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE controversies_revision SET reviewer_name = 'Nobody' WHERE controversy_id = %s AND number = 2",
            [page.key],
        )
        cursor.execute("SET session_replication_role = DEFAULT")

    assert len(list(verify.faults(page.key))) == 1


# -- what the database refuses --


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": "undecided"}, "decision_is_whole"),
        ({"reason": ""}, "reason_is_given"),
        ({"author_name": ""}, "author_name_is_given"),
        ({"version": 0}, "version_counts_from_one"),
        ({"base": 0}, "base_is_of_its_page"),
        ({"controversy": None}, "base_is_of_its_page"),
        ({"state": "accepted"}, "decision_is_whole"),
        ({"state": "withdrawn"}, "decision_is_whole"),
        ({"state": "declined", "decided_at": LATER, "reviewer_name": "E"}, "decision_is_whole"),
        (
            {"state": "declined", "decided_at": LATER, "decision": "No."},
            "decision_is_whole",
        ),
        ({"state": "accepted", "decided_at": LATER, "reviewer_name": "E"}, "decision_is_whole"),
        ({"revision": 3}, "decision_is_whole"),
        (
            {"state": "accepted", "decided_at": LATER, "reviewer_name": "E", "revision": 0},
            "version_counts_from_one",
        ),
        ({"decided_at": LATER}, "decision_is_whole"),
        ({"reviewer_name": "E"}, "decision_is_whole"),
        ({"changed": timezone.now() - datetime.timedelta(days=9)}, "times_are_in_order"),
    ],
)
def test_database_refuses_what_is_half_of_a_proposal(fields: dict[str, Any], constraint: str) -> None:
    proposal = proposed(ControversyFactory())

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(**fields)


def test_database_refuses_a_reviewer_without_a_name() -> None:
    page, editor = ControversyFactory(), UserFactory()

    with pytest.raises(IntegrityError, match="reviewer_has_a_name"), transaction.atomic():
        m.Revision.objects.create(
            controversy_id=page.key,
            number=2,
            time=timezone.now(),
            author_name="A",
            reviewer=editor,
            document=b"1",
            digest=b"1",
        )


# -- e-mail --


def committed(django_capture_on_commit_callbacks: Any, act: Any) -> list[Any]:
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        act()
    return list(mail.outbox)


def test_mail_of_a_proposal_goes_to_who_edited_the_page_lately(
    django_capture_on_commit_callbacks: Any,
) -> None:
    edith = UserFactory(role="editor", email="edith@crux.example")
    UserFactory(role="editor", email="other@crux.example")
    page = ControversyFactory(author=edith, revisions=2)

    [sent] = committed(
        django_capture_on_commit_callbacks,
        lambda: proposed(page, UserFactory(role="contributor", first_name="Cora"), reason="A ruling came."),
    )

    assert sent.to == ["edith@crux.example"]
    assert sent.subject == f"Proposed by Cora Example: {page.document.head.title}"
    assert "Why: A ruling came." in sent.body
    assert f"/admin/controversies/proposal/{Proposal.objects.get().pk}/change/" in sent.body
    assert "/admin/controversies/proposal/mail/" in sent.body
    assert "cora" not in "".join(re.findall(r"\S+@\S+", sent.body))


@pytest.mark.parametrize(
    ("act", "subject", "words"),
    [
        ("amend", "Amended by Cora Example: ", "Cora Example has amended what they propose"),
        ("withdraw", "Taken back by Cora Example: ", "There is nothing to decide on any more."),
    ],
)
def test_mail_of_what_the_author_does_next_goes_to_who_was_told_of_it(
    django_capture_on_commit_callbacks: Any,
    monkeypatch: pytest.MonkeyPatch,
    act: str,
    subject: str,
    words: str,
) -> None:
    edith = UserFactory(role="editor", email="edith@crux.example")
    otto = UserFactory(role="editor", email="otto@crux.example")
    page = ControversyFactory(author=edith, revisions=2)
    page.edit(title="By Otto", author=otto)
    notify.set_mail(otto, wanted=False)
    cora = UserFactory(role="contributor", first_name="Cora", email="cora@crux.example")
    made, other = proposed(page, cora), proposed(page, cora, question="Why else?")

    def do(proposal: Proposal) -> None:
        if act == "withdraw":
            proposals.withdraw(proposal, author=cora)
        else:
            document = with_head(page.document, question="Amended?")
            proposals.amend(proposal, document, author=cora, reason="Better.", base=2, version=1)

    [sent] = committed(django_capture_on_commit_callbacks, lambda: do(made))

    assert sent.to == ["edith@crux.example"]
    assert sent.subject.startswith(subject)
    assert words in sent.body
    assert "cora" not in "".join(re.findall(r"\S+@\S+", sent.body))
    monkeypatch.setattr("django.core.mail.EmailMessage.send", _fail)
    committed(django_capture_on_commit_callbacks, lambda: do(other))
    assert (again(other).state, again(other).version) == (
        ("withdrawn", 1) if act == "withdraw" else ("open", 2)
    )


def _fail(*_args: Any, **_options: Any) -> int:
    raise OSError("No such server.")


def test_mail_of_a_new_page_goes_to_all_who_may_decide(django_capture_on_commit_callbacks: Any) -> None:
    for role in ("contributor", "editor", "publisher"):
        UserFactory(role=role, email=f"{role}@crux.example")
    UserFactory(role="editor", email="gone@crux.example", is_active=False)
    document = with_head(document_factory(), publication="draft")

    sent = committed(
        django_capture_on_commit_callbacks,
        lambda: proposals.propose(document, author=UserFactory(role="editor"), reason="Missing.", base=0),
    )

    assert sorted(each.to for each in sent) == [["editor@crux.example"], ["publisher@crux.example"]]


def test_mail_of_a_decision_goes_to_the_author(django_capture_on_commit_callbacks: Any) -> None:
    page, cora = ControversyFactory(), UserFactory(role="contributor", email="cora@crux.example")
    edith = UserFactory(role="editor", first_name="Edith")
    first, second = proposed(page, cora, title="One"), proposed(page, cora, question="Two?")

    [yes] = committed(
        django_capture_on_commit_callbacks, lambda: proposals.accept(first, reviewer=edith, version=1)
    )
    [no] = committed(
        django_capture_on_commit_callbacks,
        lambda: proposals.decline(second, reviewer=edith, reason="Not so.", version=1),
    )

    assert yes.to == no.to == ["cora@crux.example"]
    assert "Edith Example accepted what you proposed" in yes.body
    assert "It is revision 2 of the page." in yes.body
    assert "Edith Example did not accept" in no.body
    assert "Why: Not so." in no.body


def test_mail_is_not_sent_to_who_switched_it_off(django_capture_on_commit_callbacks: Any) -> None:
    page, cora = ControversyFactory(), UserFactory(role="contributor")
    proposal = proposed(page, cora)
    assert notify.wants_mail(cora)
    notify.set_mail(cora, wanted=False)

    sent = committed(
        django_capture_on_commit_callbacks,
        lambda: proposals.accept(proposal, reviewer=UserFactory(role="editor"), version=1),
    )

    assert sent == []
    assert not notify.wants_mail(cora)


def test_mail_that_cannot_be_sent_leaves_the_decision(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    page, cora = ControversyFactory(), UserFactory(role="contributor")
    proposal = proposed(page, cora)

    monkeypatch.setattr("django.core.mail.EmailMessage.send", _fail)
    committed(
        django_capture_on_commit_callbacks,
        lambda: proposals.accept(proposal, reviewer=UserFactory(role="editor"), version=1),
    )

    assert again(proposal).state == "accepted"
    assert "could not be sent" in caplog.text


def test_mail_of_a_decision_that_was_rolled_back_is_not_sent(django_capture_on_commit_callbacks: Any) -> None:
    proposal = proposed(ControversyFactory(), UserFactory(role="contributor"))

    def act() -> None:
        with contextlib.suppress(ZeroDivisionError), transaction.atomic():
            proposals.accept(proposal, reviewer=UserFactory(role="editor"), version=1)
            raise ZeroDivisionError

    assert committed(django_capture_on_commit_callbacks, act) == []


def test_stored_form_is_the_canonical_one() -> None:
    page = ControversyFactory()

    proposal = again(proposed(page))

    assert proposal.document == canonical.document_json(proposals.document(proposal), full=False)
