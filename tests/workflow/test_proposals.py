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

from controversies import history
from controversies import models as m
from controversies.document import canonical, rows, types
from controversies.document.parse import InvalidDocument
from controversies.document.types import Document
from controversies.document.unite import rename_keys
from controversies.history import verify
from controversies.history.revisions import revision_digest
from controversies.models import Preference, Proposal
from controversies.workflow import mailing, notify, proposals
from controversies.workflow.notify import MailChoice
from controversies.workflow.proposals import ProposalOutdated, ProposalRefused
from tests.factories import (
    ControversyFactory,
    Recorded,
    SourceFactory,
    UserFactory,
    document_factory,
    new_key,
)

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
    assert proposals.proposed_document(proposal) == with_head(
        page.document, status_summary="It has been settled."
    )
    assert m.Revision.objects.count() == before
    assert history.head(page.key) == page.head


def test_propose_a_new_page_makes_no_page() -> None:
    document = with_head(document_factory(), publication="draft")

    proposal = proposals.propose(document, author=UserFactory(role="contributor"), reason="Missing.", base=0)

    assert (proposal.controversy_id, proposal.base, proposal.is_new) == (None, 0, True)
    assert proposals.proposed_document(again(proposal)) == document
    assert not m.Controversy.objects.exists()


def test_propose_needs_a_reason() -> None:
    page = ControversyFactory()

    with pytest.raises(InvalidDocument) as caught:
        proposed(page, reason="  \n ")

    assert [fault.path for fault in caught.value.faults] == ["summary"]
    assert not Proposal.objects.exists()


def test_propose_nothing_is_refused() -> None:
    page = ControversyFactory()

    with pytest.raises(ProposalRefused, match="You have not changed anything"):
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
    with pytest.raises(ProposalRefused, match="exists already"):
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

    with pytest.raises(ProposalRefused, match="somebody else"):
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

    with pytest.raises(ProposalRefused, match="somebody else"):
        proposals.withdraw(proposal, author=UserFactory(role="editor"))
    with pytest.raises(ProposalRefused, match="somebody else"):
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

    with pytest.raises(ProposalOutdated, match="in another tab"):
        proposals.amend(proposal, with_head(page.document, title="Second tab"), **drawn)

    assert again(proposal).document["title"] == "First tab"


def test_withdraw_ends_it() -> None:
    proposal = proposed(ControversyFactory())

    proposals.withdraw(proposal, author=proposal.author)

    found = again(proposal)
    assert (found.state, found.reviewer_name, found.revision) == ("withdrawn", "", None)
    assert found.decided_at is not None
    with pytest.raises(ProposalRefused, match="has withdrawn this proposal"):
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
    assert head.document == proposals.proposed_document(proposal)
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

    with pytest.raises(ProposalOutdated, match="has changed this proposal in the meantime"):
        proposals.accept(proposal, reviewer=editor, version=1)
    page.edit(question="Moved on?")
    with pytest.raises(ProposalOutdated, match="saved the page in the meantime"):
        proposals.accept(proposal, reviewer=editor, version=2, head=1)

    assert again(proposal).state == "open"


def accepted_as(
    proposal: Proposal, document: Document, *, base: int, reviewer: Any = None, **options: Any
) -> history.SaveResult:
    """Accept with what a reviewer made of it."""
    return proposals.accept(
        proposal,
        reviewer=reviewer or UserFactory(role="editor", first_name="Edith"),
        version=proposal.version,
        edited=document,
        base=base,
        **options,
    )


def newest(page: Recorded) -> Recorded:
    """The page as it is on record by now."""
    head = history.head(page.key)
    assert head is not None
    return Recorded(head)


def log(page: Recorded, after: int = 1) -> list[tuple[Any, ...]]:
    """The revisions after this one: number, author, reviewer, reason and the status in words."""
    found = []
    for revision in m.Revision.objects.filter(controversy=page.key, number__gt=after).order_by("number"):
        reading = history.at(page.key, revision.number)
        assert reading is not None
        said = reading.document.head.status_summary
        found.append((revision.number, revision.author_name, revision.reviewer_name, revision.summary, said))
    return found


def test_accept_with_changes_records_what_was_proposed_and_what_the_reviewer_made_of_it() -> None:
    page, cora = ControversyFactory(), UserFactory(role="contributor", first_name="Cora")
    proposal = proposed(page, cora, status_summary="Almost right.")

    saved = accepted_as(
        proposal, with_head(page.document, status_summary="Quite right."), base=1, reason="Put right."
    )

    assert log(page) == [
        (2, "Cora Example", "Edith Example", "It is known better now.", "Almost right."),
        (3, "Edith Example", "", "Put right.", "Quite right."),
    ]
    assert saved.revision is not None
    assert saved.edit is not None
    assert (saved.revision.number, saved.edit.number) == (2, 3)
    assert (again(proposal).state, again(proposal).revision) == ("accepted", 2)
    assert again(proposal).document["status_summary"] == "Almost right."
    assert list(verify.faults(page.key)) == []
    both = proposals.revisions(again(proposal))
    assert (both.proposed and both.proposed.number, both.edit and both.edit.number) == (2, 3)


def test_next_edit_by_the_reviewer_is_no_part_of_the_acceptance() -> None:
    page, edith = ControversyFactory(), UserFactory(role="editor", first_name="Edith")
    proposal = proposed(page)

    proposals.accept(proposal, reviewer=edith, version=1)
    newest(page).edit(question="Is this told apart?", author=edith)

    both = proposals.revisions(again(proposal))
    assert (both.proposed and both.proposed.number, both.edit) == (2, None)


def test_accept_with_changes_without_a_reason_has_a_plain_one() -> None:
    page = ControversyFactory()
    proposal = proposed(page, UserFactory(role="contributor", first_name="Cora"), status_summary="Almost.")

    accepted_as(proposal, with_head(page.document, status_summary="Quite."), base=1)

    assert log(page)[1][3] == "Edited while accepting the proposal by Cora Example."


def test_accept_after_looking_without_a_change_is_one_revision() -> None:
    page = ControversyFactory()
    proposal = proposed(page, status_summary="Right.")
    page.edit(question="What came in?")
    out = proposals.merge_with_page(proposal)
    page.edit(title="And more came in")

    saved = accepted_as(proposal, out.result, base=2, reason="Not needed.")

    assert [each[1:3] for each in log(page, 3)] == [("Ada Example", "Edith Example")] or len(
        log(page, 3)
    ) == 1
    assert saved.edit is None
    assert proposals.revisions(again(proposal)).edit is None
    assert history.read.newest_number(page.key) == 4


def test_accept_of_what_the_reviewer_took_back_altogether_is_refused() -> None:
    page = ControversyFactory()
    proposal = proposed(page, status_summary="Not this.")

    with pytest.raises(ProposalRefused, match="Decline the proposal"):
        accepted_as(proposal, page.document, base=1)

    assert log(page) == []
    assert again(proposal).state == "open"


def test_accept_with_changes_keeps_what_came_in_out_of_both_names() -> None:
    page, cora = ControversyFactory(), UserFactory(role="contributor", first_name="Cora")
    proposal = proposed(page, cora, status_summary="Proposed.", title="A title proposed")
    page.edit(status_summary="Saved meanwhile.")
    drawn = proposals.merge_with_page(proposal)
    assert [each.path for each in drawn.conflicts] == ["head/status_summary"]

    accepted_as(proposal, with_head(drawn.result, status_summary="Both, in one."), base=2)

    first, second = history.at(page.key, 3), history.at(page.key, 4)
    assert first is not None
    assert second is not None
    assert [(each.document.head.title, each.document.head.status_summary) for each in (first, second)] == [
        ("A title proposed", "Saved meanwhile."),
        ("A title proposed", "Both, in one."),
    ]
    assert (first.entry.author_name, second.entry.author_name) == ("Cora Example", "Edith Example")


def test_accept_of_a_conflict_that_is_resolved_as_proposed_is_the_authors() -> None:
    page, cora = ControversyFactory(), UserFactory(role="contributor", first_name="Cora")
    proposal = proposed(page, cora, status_summary="Proposed.", title="A title proposed")
    page.edit(status_summary="Saved meanwhile.", title="A title saved meanwhile")
    drawn = proposals.merge_with_page(proposal).result

    accepted_as(proposal, with_head(drawn, title="A title saved meanwhile"), base=2)

    assert log(page, 2) == [(3, "Cora Example", "Edith Example", "It is known better now.", "Proposed.")]


def test_accept_of_what_the_page_contradicts_altogether_is_the_reviewers_edit() -> None:
    page, cora = ControversyFactory(), UserFactory(role="contributor", first_name="Cora")
    proposal = proposed(page, cora, status_summary="Proposed.")
    page.edit(status_summary="Saved meanwhile.")

    accepted_as(proposal, with_head(page.head.document, status_summary="Both, in one."), base=2)

    assert log(page, 2) == [
        (3, "Edith Example", "", "Edited while accepting the proposal by Cora Example.", "Both, in one.")
    ]
    found = proposals.revisions(again(proposal))
    assert (found.proposed, found.edit and found.edit.number) == (None, 3)


def test_accept_of_a_new_page_with_changes_and_publication() -> None:
    cora = UserFactory(role="contributor", first_name="Cora")
    document = with_head(document_factory(), publication="draft", slug="as-proposed")
    proposal = proposals.propose(document, author=cora, reason="Missing.", base=0)
    edited = with_head(document, publication="published", slug="as-edited", title="A better title")

    saved = accepted_as(proposal, edited, base=0, reviewer=UserFactory(role="publisher", first_name="Paul"))

    first, second = history.at(document.key, 1), history.at(document.key, 2)
    assert first is not None
    assert second is not None
    assert first.document == with_head(document, publication="published", slug="as-edited")
    assert second.document == edited
    assert (first.entry.author_name, second.entry.author_name) == ("Cora Example", "Paul Example")
    assert saved.edit is not None
    assert again(proposal).revision == 1
    assert list(verify.faults(document.key)) == []


def with_source(document: Document, key: str, **facts: Any) -> Document:
    """The document with a source that is on no record cited in its context."""
    source = types.Source(key=key, **facts)
    cited = types.Citation(key=new_key(), source=source.key, relation="supports")
    context = replace(document.context, citations=(*document.context.citations, cited))
    return replace(document, context=context).with_blocks(sources=(*document.sources, source))


def test_accept_with_a_new_source_that_the_reviewer_puts_right() -> None:
    page, key = ControversyFactory(), new_key()
    facts = {"slug": "new", "url": "https://crux.example/new"}
    document = with_source(page.document, key, title="A tpyo", **facts)
    proposal = proposals.propose(document, author=UserFactory(role="contributor"), reason="x", base=1)
    right = replace(
        document,
        sources=tuple(
            replace(each, title="A typo", date="2026") if each.key == key else each
            for each in document.sources
        ),
    )

    accepted_as(proposal, right, base=1)

    titles = []
    for number in (2, 3):
        reading = history.at(page.key, number)
        assert reading is not None
        titles.append(reading.document.by_key[key].title)  # type: ignore[union-attr]  # a source
    assert titles == ["A tpyo", "A typo"]
    assert m.Source.objects.get(pk=key).date == "2026"
    assert rows.from_rows([page.key])[page.key] == right
    assert list(verify.faults(page.key)) == []


def test_accept_with_a_new_source_that_the_reviewer_names_otherwise() -> None:
    """The same work under another address: it is one source, which the reviewer's edit renames."""
    page, key = ControversyFactory(), new_key()
    facts = {"title": "A study", "url": "https://crux.example/study"}
    document = with_source(page.document, key, slug="studdy", **facts)
    proposal = proposals.propose(document, author=UserFactory(role="contributor"), reason="x", base=1)

    accepted_as(proposal, with_source(page.document, new_key(), slug="study", **facts), base=1)

    assert [(str(each.pk), each.slug) for each in m.Source.objects.filter(url=facts["url"])] == [
        (key, "study")
    ]
    head = newest(page).head
    assert head.number == 3
    assert head.document.by_key[key].slug == "study"  # type: ignore[union-attr]  # a source
    assert list(verify.faults(page.key)) == []


def test_accept_with_a_new_source_that_is_on_record_by_now() -> None:
    page, key = ControversyFactory(), new_key()
    facts = {"slug": "study", "title": "A study", "url": "https://crux.example/study"}
    document = with_source(page.document, key, **facts)
    proposal = proposals.propose(document, author=UserFactory(role="contributor"), reason="x", base=1)
    there = str(SourceFactory(**facts).pk)

    accepted_as(proposal, with_head(rename_keys(document, {key: there}), title="Another title"), base=1)

    first = history.at(page.key, 2)
    assert first is not None
    assert there in first.document.by_key
    assert key not in first.document.by_key
    assert newest(page).head.number == 3


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

    with pytest.raises(ProposalRefused, match="publish"):
        proposals.accept(proposal, reviewer=UserFactory(role="editor"), version=1, publish=True)
    proposals.accept(proposal, reviewer=UserFactory(role="publisher"), version=1, publish=True)

    assert m.Controversy.objects.get().publication == "published"


def test_accept_of_what_the_page_says_already_is_refused() -> None:
    page = ControversyFactory()
    proposal = proposed(page, title="The same")
    page.edit(title="The same")

    with pytest.raises(ProposalRefused, match="says all of this already"):
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

    with pytest.raises(ProposalRefused):
        proposals.accept(proposal, reviewer=other, version=1)
    with pytest.raises(ProposalRefused):
        proposals.decline(proposal, reviewer=other, reason="No.", version=1)


def test_nobody_decides_on_their_own_but_at_a_one_person_desk() -> None:
    page, editor = ControversyFactory(), UserFactory(role="editor")
    proposal = proposed(page, editor)

    with pytest.raises(ProposalRefused, match="Somebody else has to decide"):
        proposals.accept(proposal, reviewer=editor, version=1)
    with pytest.raises(ProposalRefused, match="Somebody else has to decide"):
        proposals.decline(proposal, reviewer=editor, reason="No.", version=1)
    with override_settings(ONE_PERSON_DESK=True):
        proposals.accept(proposal, reviewer=editor, version=1)

    assert again(proposal).state == "accepted"


def test_decline_keeps_the_reason_and_needs_one() -> None:
    page, editor = ControversyFactory(), UserFactory(role="editor", first_name="Edith")
    proposal = proposed(page)

    with pytest.raises(InvalidDocument, match="Give a reason"):
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
    with pytest.raises(ProposalRefused, match="Edith Example has declined this proposal"):
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
@pytest.mark.parametrize("edits", [False, True])
def test_two_reviewers_at_once_make_one_decision(*, edits: bool) -> None:
    page = ControversyFactory()
    proposal = proposed(page)
    edited = with_head(page.document, status_summary="As the reviewer has it.")
    editors = [UserFactory(role="editor") for _each in range(2)]
    gate, results = threading.Barrier(2), []

    def decide(editor: Any, *, yes: bool) -> None:
        try:
            gate.wait(10)
            if yes and edits:
                accepted_as(proposal, edited, base=1, reviewer=editor)
            elif yes:
                proposals.accept(proposal, reviewer=editor, version=1, head=1)
            else:
                proposals.decline(proposal, reviewer=editor, reason="No.", version=1)
            results.append("decided")
        except ProposalRefused as refused:
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
    made = (2 if edits else 1) if found.state == "accepted" else 0
    assert history.read.newest_number(page.key) == 1 + made
    assert found.state in ("accepted", "declined")


@pytest.mark.django_db(transaction=True)
def test_acceptances_with_changes_and_saves_at_once_keep_everybodys_words_in_their_own_name() -> None:
    """Two reviewers edit and accept a proposal each, and an editor saves, all at the same moment, again and again."""
    page = ControversyFactory(positions=2)
    cora, edith = UserFactory(role="contributor", first_name="Cora"), UserFactory(role="editor")
    failed: list[BaseException] = []

    def at_once(*acts: Any) -> None:
        gate = threading.Barrier(len(acts))

        def run(act: Any) -> None:
            try:
                gate.wait(10)
                act()
            except BaseException as error:
                failed.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=[act]) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    for turn in range(4):
        page = newest(page)
        start, base = page.document, page.head.number
        one = proposed(page, cora, title=f"Title {turn} proposed")
        two = proposed(page, cora, question=f"Question {turn} proposed?")
        at_once(
            lambda: accepted_as(one, with_head(start, title=f"Title {turn}"), base=base),  # noqa: B023 - joined
            lambda: accepted_as(two, with_head(start, question=f"Question {turn}?"), base=base),  # noqa: B023
            lambda: history.save(
                with_head(start, status_summary=f"Saved {turn}."),  # noqa: B023
                author=edith,
                summary="x",
                base=base,  # noqa: B023
            ),
        )
        assert failed == []
        assert newest(page).head.number == base + 5
        head = newest(page).document.head
        assert (head.title, head.question, head.status_summary) == (
            f"Title {turn}",
            f"Question {turn}?",
            f"Saved {turn}.",
        )
        for proposal in (one, two):
            both = proposals.revisions(again(proposal))
            assert both.proposed is not None
            assert both.edit is not None
            assert (both.proposed.author_name, both.edit.author_name) == ("Cora Example", "Edith Example")
    assert list(verify.faults(page.key)) == []
    assert rows.from_rows([page.key])[page.key] == newest(page).document


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
    Preference.objects.update(mailed_at=None)  # as if an hour had passed since the last e-mail
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
    assert sent.subject == f"Proposal by Cora Example: {page.document.head.title}"
    assert "Reason: A ruling came." in sent.body
    assert f"/admin/controversies/proposal/{Proposal.objects.get().pk}/change/" in sent.body
    assert "/admin/controversies/proposal/mail/" in sent.body
    assert "cora" not in "".join(re.findall(r"\S+@\S+", sent.body))


@pytest.mark.parametrize(
    ("act", "subject", "words"),
    [
        ("amend", "Proposal changed by Cora Example: ", "Cora Example has changed their proposal"),
        ("withdraw", "Proposal withdrawn by Cora Example: ", "You do not have to decide on it any more."),
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
    notify.choose_mail(otto, MailChoice(is_wanted=False))
    cora = UserFactory(role="contributor", first_name="Cora", email="cora@crux.example")
    made, other = proposed(page, cora), proposed(page, cora, question="Why else?")
    mailing.deliver()  # they have heard of both

    def do(proposal: Proposal) -> None:
        if act == "withdraw":
            proposals.withdraw(proposal, author=cora)
        else:
            document = with_head(page.document, question="ProposalOutdated?")
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
    assert "Edith Example has accepted your proposal" in yes.body
    assert "It is revision 2 of the page." in yes.body
    assert "Edith Example has not accepted" in no.body
    assert "Reason: Not so." in no.body


def test_mail_of_an_acceptance_with_changes_says_which_revision_is_whose(
    django_capture_on_commit_callbacks: Any,
) -> None:
    page, cora = ControversyFactory(), UserFactory(role="contributor", email="cora@crux.example")
    first, second = proposed(page, cora, title="One"), proposed(page, cora, question="Two?")

    [edited] = committed(
        django_capture_on_commit_callbacks,
        lambda: accepted_as(first, with_head(page.document, title="1"), base=1, reason="In figures."),
    )
    newest(page).edit(question="Meanwhile?")
    [contradicted] = committed(
        django_capture_on_commit_callbacks,
        lambda: accepted_as(second, with_head(page.document, question="Meanwhile two?"), base=4),
    )

    assert "It is revision 2 of the page." in edited.body
    assert "Edith Example then edited the page. That is revision 3: “In figures.”" in edited.body
    assert f"/controversies/{page.slug}/revisions/2/\n" in edited.body
    assert "so Edith Example wrote revision 5 of the page from both" in contradicted.body
    assert f"/controversies/{page.slug}/revisions/5/\n" in contradicted.body


def test_mail_is_not_sent_to_who_switched_it_off(django_capture_on_commit_callbacks: Any) -> None:
    page, cora = ControversyFactory(), UserFactory(role="contributor")
    proposal = proposed(page, cora)
    assert notify.mail_choice(cora).is_wanted
    notify.choose_mail(cora, MailChoice(is_wanted=False))

    sent = committed(
        django_capture_on_commit_callbacks,
        lambda: proposals.accept(proposal, reviewer=UserFactory(role="editor"), version=1),
    )

    assert sent == []
    assert not notify.mail_choice(cora).is_wanted


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

    assert proposal.document == canonical.document_json(proposals.proposed_document(proposal), full=False)
