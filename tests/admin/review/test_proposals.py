"""Proposing with the edit page, and deciding: what each role is shown, what becomes of it, what stays hidden."""

import re
from dataclasses import replace
from typing import Any

import feedparser
import pytest
from django.test import Client, override_settings

from controversies import history
from controversies import models as m
from controversies.document.types import Document
from controversies.models import Proposal
from controversies.workflow import notify, proposals
from tests.admin.editing import ADD_URL, Sent, change_url, fields, opened
from tests.factories import ControversyFactory, Recorded, UserFactory, document_factory
from tests.markup import one_line

pytestmark = pytest.mark.django_db
LIST = "/admin/controversies/proposal/"
MAIL = "/admin/controversies/proposal/mail/"


class Desk:
    """A person with a browser."""

    def __init__(self, role: str, **options: Any) -> None:
        self.user = UserFactory(role=role, **options)
        self.client = Client()
        self.client.force_login(self.user)

    def html(self, url: str) -> str:
        response = self.client.get(url)
        assert response.status_code == 200, response.status_code
        return response.content.decode()

    def send(self, url: str, sent: Sent, button: str = "_save") -> Any:
        return self.client.post(url, {**sent.data(), button: "1"})

    def decide(self, proposal: Proposal, button: str, **more: Any) -> Any:
        head = history.read.newest_number(proposal.document["key"])
        data = {"version": proposal.version, "head": head, **more}
        return self.client.post(page_of(proposal), {**data, button: "1"})


@pytest.fixture
def cora() -> Desk:
    return Desk("contributor", first_name="Cora", last_name="Contributor")


@pytest.fixture
def edith() -> Desk:
    return Desk("editor", first_name="Edith", last_name="Editor")


def page_of(proposal: Proposal) -> str:
    return f"/admin/controversies/proposal/{proposal.pk}/change/"


def with_head(document: Document, **fields: Any) -> Document:
    return replace(document, head=replace(document.head, **fields))


def proposed(page: Recorded, author: Desk, **fields: Any) -> Proposal:
    return proposals.propose(
        with_head(page.document, **fields), author=author.user, reason="A ruling came.", base=page.head.number
    )


def only() -> Proposal:
    return Proposal.objects.get()


# -- proposing with the form --


def test_contributor_proposes_with_the_edit_page(cora: Desk) -> None:
    page = ControversyFactory()
    url = change_url(page.key)
    html = cora.html(url)
    assert '<input type="submit" name="_save" class="default" value="Propose">' in html
    assert "Save and continue editing" not in html
    assert "head-reviewed" not in html
    sent = opened(cora.client, url)
    sent["head-status_summary"], sent["reason-summary"] = "A court has ruled.", "The ruling of May."

    response = cora.send(url, sent)

    proposal = only()
    assert response["Location"] == page_of(proposal)
    assert proposals.proposed_document(proposal) == with_head(
        page.document, status_summary="A court has ruled."
    )
    assert (proposal.base, proposal.reason, proposal.author) == (1, "The ruling of May.", cora.user)
    assert history.head(page.key) == page.head
    shown = cora.html(page_of(proposal))
    assert "readers see none of it" in shown
    assert "A court has ruled" in shown


def test_propose_without_a_reason_is_asked_for_one(cora: Desk) -> None:
    page = ControversyFactory(publication="draft")
    url = change_url(page.key)
    sent = opened(cora.client, url)
    sent["head-question"] = "What now?"

    response = cora.send(url, sent)

    assert response.status_code == 200
    assert not Proposal.objects.exists()
    assert "What now?" in response.content.decode()


def test_propose_nothing_says_so(cora: Desk) -> None:
    page = ControversyFactory()
    url = change_url(page.key)
    sent = opened(cora.client, url)
    sent["reason-summary"] = "Why not."

    response = cora.send(url, sent)

    assert "You have not changed anything, so there is nothing to propose." in response.content.decode()
    assert not Proposal.objects.exists()


def test_propose_twice_by_a_double_click_is_one_proposal(cora: Desk) -> None:
    page = ControversyFactory()
    url = change_url(page.key)
    sent = opened(cora.client, url)
    sent["head-question"], sent["reason-summary"] = "What now?", "It is open."

    first, second = cora.send(url, sent), cora.send(url, sent)

    assert first["Location"] == second["Location"] == page_of(only())


def test_propose_of_a_page_that_moved_on_keeps_its_base(cora: Desk) -> None:
    page = ControversyFactory()
    url = change_url(page.key)
    sent = opened(cora.client, url)
    sent["head-question"], sent["reason-summary"] = "What now?", "It is open."
    page.edit(status_summary="Meanwhile.")

    cora.send(url, sent)

    assert only().base == 1
    assert only().document["question"] == "What now?"


def test_contributor_cannot_publish_or_review_by_hand_made_fields(cora: Desk) -> None:
    page = ControversyFactory(publication="draft")
    url = change_url(page.key)
    sent = opened(cora.client, url)
    sent["head-question"], sent["reason-summary"] = "What now?", "It is open."
    sent["head-publication"], sent["head-reviewed"] = "published", "on"

    cora.send(url, sent)

    assert (only().document["publication"], only().document.get("reviewed_by", "")) == ("draft", "")


def test_contributor_proposes_a_new_page_opens_it_again_and_amends_it(cora: Desk) -> None:
    topic = m.Topic.objects.create(slug="open-weights", title="Open weights")
    sent = opened(cora.client, ADD_URL)
    sent["head-title"], sent["head-topic"], sent["head-question"] = "A new page", str(topic.pk), "Why?"
    for number, key in enumerate(sent.all("positions"), 1):
        sent[f"{key}-claim"] = f"Answer {number}."
    [point] = sent.all("points")
    sent[f"{point}-title"], sent["reason-summary"] = "What it costs", "It is missing."

    response = cora.send(ADD_URL, sent)

    proposal = only()
    assert response["Location"] == page_of(proposal)
    assert (proposal.is_new, proposal.document["slug"], len(proposal.document["positions"])) == (
        True,
        "a-new-page",
        2,
    )
    assert not m.Controversy.objects.exists()
    again = f"{ADD_URL}?shown=p{proposal.pk}"
    assert f'href="{again}"' in cora.html(page_of(proposal))
    sent = opened(cora.client, again)
    assert (sent["head-title"], sent["reason-summary"]) == ("A new page", "It is missing.")
    assert len(sent.all("positions")) == 2
    sent["head-title"] = "A better title"
    assert cora.send(again, sent)["Location"] == page_of(proposal)
    assert (only().document["title"], only().version) == ("A better title", 2)


def test_amend_opens_what_was_proposed_merged_with_today(cora: Desk) -> None:
    page = ControversyFactory()
    proposal = proposed(page, cora, status_summary="Proposed.")
    page.edit(question="What came in?")
    url = change_url(page.key, f"?shown=p{proposal.pk}")

    sent = opened(cora.client, url)
    assert (sent["head-status_summary"], sent["head-question"]) == ("Proposed.", "What came in?")
    assert (sent["base"], sent["shown"]) == ("2", f"p{proposal.pk}:1:2")
    sent["head-status_summary"] = "Amended."
    cora.send(url, sent)

    found = only()
    assert (found.base, found.version, found.document["status_summary"]) == (2, 2, "Amended.")
    assert found.document["question"] == "What came in?"


def test_amend_of_what_was_decided_meanwhile_says_so_and_keeps_the_text(cora: Desk, edith: Desk) -> None:
    page = ControversyFactory()
    proposal = proposed(page, cora, status_summary="Proposed.")
    url = change_url(page.key, f"?shown=p{proposal.pk}")
    sent = opened(cora.client, url)
    sent["head-status_summary"] = "A long text that must not be lost."
    edith.decide(proposal, "_decline", reason="No.")

    html = cora.send(url, sent).content.decode()

    assert "Edith Editor has declined this proposal." in html
    assert "A long text that must not be lost." in html
    assert cora.client.get(url)["Location"] == page_of(proposal)


def test_shut_positions_of_a_proposal_are_fetched_and_carried_over(cora: Desk) -> None:
    page = ControversyFactory(document=document_factory(positions=8))
    position = page.document.positions[7]
    changed = (*page.document.positions[:7], replace(position, claim="Proposed claim."))
    proposal = proposals.propose(
        page.document.with_blocks(positions=changed), author=cora.user, reason="Better.", base=1
    )
    url = change_url(page.key, f"?shown=p{proposal.pk}")
    sent = opened(cora.client, url)
    assert f"{position.key}-claim" not in [name for name, _value in sent]

    block = cora.html(change_url(page.key, f"?block={position.key}&shown={sent['shown']}"))
    assert "Proposed claim." in block
    sent["head-question"] = "What else?"
    cora.send(url, sent)

    assert (only().document["question"], only().document["positions"][7]["claim"]) == (
        "What else?",
        "Proposed claim.",
    )


def test_shut_position_that_an_amendment_took_out_is_left_out_and_told(cora: Desk, edith: Desk) -> None:
    page = ControversyFactory(document=document_factory(positions=8))
    proposal = proposed(page, cora, question="What now?")
    url = change_url(page.key, f"?shown=p{proposal.pk}")
    sent = opened(edith.client, url)
    sent["head-status_summary"] = "As the reviewer has it."
    fewer = with_head(page.document, question="What now?").with_blocks(positions=page.document.positions[:7])
    proposals.amend(proposal, fewer, author=cora.user, reason="Seven do.", base=1, version=1)
    gone = page.document.positions[7].key

    assert edith.client.get(change_url(page.key, f"?block={gone}&shown={sent['shown']}")).status_code == 410
    html = edith.send(url, sent).content.decode()

    assert "Position H was removed from the proposal in the meantime, so it is not here." in html
    assert "As the reviewer has it." in html
    again = fields(html)
    assert gone not in again.all("positions")
    assert len(again.all("positions")) == 7
    assert (
        "Cora Contributor has changed this proposal in the meantime."
        in edith.send(url, again).content.decode()
    )


@pytest.mark.parametrize(
    "shown",
    [
        "p",
        "pnonsense",
        "p00000000-0000-0000-0000-00000000000",
        "p00000000-0000-0000-0000-0000000000zz",
        "p{key}:1",
        "p{key}:x:1",
        "p{key}:1:77",
        "P{key}",
    ],
)
def test_a_proposals_key_that_is_none_is_refused(cora: Desk, shown: str) -> None:
    page = ControversyFactory()
    proposal = proposed(page, cora, title="Other")

    response = cora.client.get(change_url(page.key), {"shown": shown.format(key=proposal.pk)})

    assert response.status_code == 400


def test_a_proposal_of_another_page_is_refused(cora: Desk) -> None:
    page, other = ControversyFactory(), ControversyFactory()
    proposal = proposed(page, cora, title="Other")

    assert cora.client.get(change_url(other.key, f"?shown=p{proposal.pk}")).status_code == 400
    assert cora.client.get(f"{ADD_URL}?shown=p{proposal.pk}").status_code == 400
    unknown = "p5f0c1c1e-7d5e-4b7e-9d0a-3b9f6f1d2a11"
    assert cora.client.get(change_url(page.key, f"?shown={unknown}")).status_code == 404


def test_author_takes_a_proposal_back(cora: Desk, edith: Desk) -> None:
    proposal = proposed(ControversyFactory(), cora, title="Other")
    assert 'name="_withdraw"' not in edith.html(page_of(proposal))

    edith.decide(proposal, "_withdraw")
    assert only().state == "open"
    cora.decide(proposal, "_withdraw")

    assert only().state == "withdrawn"
    html = cora.html(page_of(proposal))
    assert "You have withdrawn your proposal." in html
    assert 'name="_withdraw"' not in html


# -- deciding --


def test_reviewer_sees_who_when_why_and_what_and_accepts(cora: Desk, edith: Desk) -> None:
    page = ControversyFactory()
    proposal = proposed(page, cora, status_summary="A court has ruled.")

    html = edith.html(page_of(proposal))
    assert "<bdi>Cora Contributor</bdi>" in html
    assert "A ruling came." in html
    assert "If accepted: " in html
    assert "<ins>" in html
    response = edith.decide(proposal, "_accept")

    assert response["Location"] == page_of(proposal)
    head = history.head(page.key)
    assert head is not None
    assert (head.number, head.entry.author_name, head.entry.reviewer_name) == (
        2,
        "Cora Contributor",
        "Edith Editor",
    )
    public = Client().get(f"/controversies/{page.slug}/history/").content.decode()
    assert "Cora Contributor</bdi></a>" in public
    assert "accepted by <bdi>Edith Editor</bdi>" in public
    compared = Client().get(f"/controversies/{page.slug}/compare/1/2/").content.decode()
    assert "accepted by <bdi>Edith Editor</bdi>" in compared
    assert "Accepted: it is revision 2 of the page." in edith.html(page_of(proposal))


def test_compare_of_the_review_is_the_public_pages(cora: Desk, edith: Desk) -> None:
    page = ControversyFactory()
    proposal = proposed(page, cora, status_summary="A court has ruled.")

    reviewed = edith.html(page_of(proposal))
    edith.decide(proposal, "_accept")
    public = Client().get(f"/controversies/{page.slug}/compare/1/2/").content.decode()

    def change(html: str) -> str:
        start = html.index('<article class="change" id="change-1"')
        return html[start : html.index("</article>", start)]

    assert change(reviewed) == change(public)


def test_reviewer_sees_the_merge_where_the_page_moved_on(cora: Desk, edith: Desk) -> None:
    page = ControversyFactory()
    proposal = proposed(page, cora, status_summary="A court has ruled.")
    page.edit(question="What came in?")

    html = edith.html(page_of(proposal))

    assert "the newest is revision 2" in html
    assert 'id="merged-change-1"' in html
    merged = html[html.index('id="merged-changes-head"') : html.index("What was proposed, compared with")]
    assert "A court has ruled" in merged
    assert "What came in?" not in merged.split("unchanged-text")[0]


def test_reviewer_is_told_of_conflicts_in_words_and_resolves_them_in_the_form(
    cora: Desk, edith: Desk
) -> None:
    page = ControversyFactory()
    proposal = proposed(page, cora, status_summary="Proposed.")
    page.edit(status_summary="Saved meanwhile.")

    html = one_line(edith.html(page_of(proposal)))
    assert "One part was changed both here and on the page" in html
    conflicts = html[html.index("proposal-conflicts") : html.index('id="decide-head"')]
    assert re.findall("(?s)<ins>.*?</span>(.*?)</ins>", conflicts)[-2:] == ["Saved meanwhile", "Proposed"]
    assert "Status in words" in html or "status in words" in html
    assert 'name="_accept"' not in html
    edith.decide(proposal, "_accept")
    assert only().state == "open"

    url = change_url(page.key, f"?shown=p{proposal.pk}")
    form = one_line(edith.html(url))
    clash = form[form.index('class="clash"') : form.index("Accept and save")]
    assert re.findall("<ins>.*?</span>(.*?)</ins>", clash)[:2] == ["Saved meanwhile", "Proposed"]
    assert 'value="Accept and save"' in form
    sent = opened(edith.client, url)
    sent["head-status_summary"] = "Both, in one."
    response = edith.send(url, sent)

    assert response["Location"] == page_of(proposal)
    head = history.head(page.key)
    assert head is not None
    assert (head.number, head.document.head.status_summary) == (3, "Both, in one.")
    assert (head.entry.author_name, head.entry.reviewer_name) == ("Edith Editor", "")
    assert (only().state, only().revision) == ("accepted", 3)
    html = edith.html(page_of(proposal))
    assert "so revision 3 is your own edit" in html
    assert f'<a href="/controversies/{page.slug}/revisions/3/">as revision 3</a>' in html


def test_edit_and_accept_names_the_author_of_each_words_everywhere(cora: Desk, edith: Desk) -> None:
    page = ControversyFactory()
    proposal = proposed(page, cora, status_summary="Coraline.")
    url = change_url(page.key, f"?shown=p{proposal.pk}")
    form = edith.html(url)
    assert "two revisions are recorded, and readers can see both" in form
    assert "decline the proposal and edit the page yourself" in form
    assert "Reason for your own changes" in form
    sent = fields(form)
    assert sent["reason-summary"] == ""
    sent["head-status_summary"] = "Edithian."

    edith.send(url, sent)

    html = edith.html(page_of(proposal))
    assert "Revision 2 is what Cora Contributor proposed; revision 3 is your own edit." in html
    assert f'<a href="/controversies/{page.slug}/revisions/2/">as revision 2</a>' in html
    assert f'<a href="/controversies/{page.slug}/revisions/3/">as revision 3</a>' in html
    reader, base = Client(), f"/controversies/{page.slug}"
    expected = [
        ("Coraline", "Cora Contributor", "Edith Editor"),
        ("Edithian", "Edith Editor", ""),
    ]
    for number, (words, author, reviewer) in enumerate(expected, 2):
        told = reader.get(f"/api/v1/controversies/{page.slug}/revisions/{number}").json()
        assert told["revision"]["author"] == author
        assert (told["revision"].get("reviewer") or "") == reviewer
        compared = reader.get(f"{base}/compare/{number - 1}/{number}/").content.decode()
        assert words in compared
    feed = feedparser.parse(reader.get(f"{base}.atom").content)
    assert [entry.author for entry in feed.entries[:2]] == ["Edith Editor", "Cora Contributor"]
    listed = reader.get(f"{base}/history/").content.decode()
    assert listed.count("accepted by <bdi>Edith Editor</bdi>") == 1


def test_undo_says_that_two_revisions_belong_together(cora: Desk, edith: Desk) -> None:
    page = ControversyFactory()
    proposal = proposed(page, cora, status_summary="Proposed.")
    url = change_url(page.key, f"?shown=p{proposal.pk}")
    sent = opened(edith.client, url)
    sent["head-status_summary"] = "Edited."
    edith.send(url, sent)
    hint = (
        "Revision 2 is what Cora Contributor proposed, revision 3 what Edith Editor changed when accepting it. "
        "This undoes only revision {}. To undo both, undo revision 3 first, then revision 2."
    )

    def undo(number: int) -> str:
        return f"/admin/controversies/controversy/{page.key}/revisions/{number}/undo/"

    assert hint.format(3) in edith.html(undo(3))
    html = edith.html(undo(2))
    assert hint.format(2) in html
    assert "One thing was changed again since" in html
    edith.client.post(undo(3), {"base": "3", "reason-summary": "Not better."})
    edith.client.post(undo(2), {"base": "4", "reason-summary": "Not right."})

    head = history.head(page.key)
    assert head is not None
    assert (head.number, head.document) == (5, page.document)
    assert "in accepting it" not in edith.html(undo(4))


def test_reviewer_who_changes_nothing_is_told_that_their_reason_is_not_kept(cora: Desk, edith: Desk) -> None:
    page = ControversyFactory()
    proposal = proposed(page, cora, status_summary="Right.")
    url = change_url(page.key, f"?shown=p{proposal.pk}")
    sent = opened(edith.client, url)
    sent["reason-summary"] = "I agree."

    edith.send(url, sent)

    html = edith.html(page_of(proposal))
    assert "Accepted as proposed: it is revision 2 of the page. You changed nothing in it" in html
    assert history.read.newest_number(page.key) == 2


def test_edit_and_accept_of_what_was_amended_meanwhile_asks_again(cora: Desk, edith: Desk) -> None:
    page = ControversyFactory()
    proposal = proposed(page, cora, status_summary="Proposed.")
    url = change_url(page.key, f"?shown=p{proposal.pk}")
    sent = opened(edith.client, url)
    sent["head-status_summary"] = "As the reviewer has it."
    proposals.amend(
        proposal, with_head(page.document, title="Amended"), author=cora.user, reason="x", base=1, version=1
    )

    html = edith.send(url, sent).content.decode()
    assert "Cora Contributor has changed this proposal in the meantime." in html
    assert "As the reviewer has it." in html
    assert only().state == "open"
    sent["shown"] = f"p{proposal.pk}:2:1"
    edith.send(url, sent)

    head = history.head(page.key)
    assert head is not None
    assert head.document.head.status_summary == "As the reviewer has it."


def test_accept_of_what_moved_since_it_was_read_asks_again(cora: Desk, edith: Desk) -> None:
    page = ControversyFactory()
    proposal = proposed(page, cora, status_summary="Proposed.")
    page.edit(question="What came in?")

    response = edith.client.post(page_of(proposal), {"version": 1, "head": 1, "_accept": "1"})

    assert "Somebody has saved the page in the meantime." in response.content.decode()
    assert only().state == "open"


def test_decline_needs_a_reason_which_the_author_reads(cora: Desk, edith: Desk) -> None:
    proposal = proposed(ControversyFactory(), cora, title="Other")

    html = edith.decide(proposal, "_decline", reason=" ").content.decode()
    assert "Give a reason. The author of the proposal will read it." in html
    edith.decide(proposal, "_decline", reason="No source says so.")

    html = cora.html(page_of(proposal))
    assert "No source says so." in html
    assert "Edith Editor" in html
    assert "Declined: No source says so." in cora.html(LIST)


def test_new_page_is_accepted_as_a_draft_or_published_by_who_may(cora: Desk, edith: Desk) -> None:
    paul = Desk("publisher")
    document = with_head(document_factory(), publication="draft")
    proposal = proposals.propose(document, author=cora.user, reason="Missing.", base=0)
    assert "Accept and publish" not in edith.html(page_of(proposal))
    assert "Accept and publish" in paul.html(page_of(proposal))

    edith.decide(proposal, "_publish")
    assert only().state == "open"
    paul.decide(proposal, "_publish")

    assert m.Controversy.objects.get().publication == "published"
    assert only().revision == 1
    assert "accepted by" in Client().get(f"/controversies/{document.head.slug}/history/").content.decode()


def test_new_page_is_edited_and_accepted(cora: Desk, edith: Desk) -> None:
    document = with_head(document_factory(), publication="draft")
    proposal = proposals.propose(document, author=cora.user, reason="Missing.", base=0)
    url = f"{ADD_URL}?shown=p{proposal.pk}"
    sent = opened(edith.client, url)
    sent["head-title"] = "A better title"

    assert edith.send(url, sent)["Location"] == page_of(proposal)

    head, first = history.head(document.key), history.at(document.key, 1)
    assert head is not None
    assert first is not None
    assert first.document == document
    assert (head.number, head.document.head.title, head.document.head.publication) == (
        2,
        "A better title",
        "draft",
    )
    assert len(head.document.positions) == len(document.positions)


def test_nobody_is_offered_to_decide_on_their_own(edith: Desk) -> None:
    page = ControversyFactory()
    proposal = proposed(page, edith, title="Mine")

    html = edith.html(page_of(proposal))
    assert 'name="_accept"' not in html
    assert "Another editor must decide on your own proposal." in html
    edith.decide(proposal, "_accept")
    assert only().state == "open"
    with override_settings(ONE_PERSON_DESK=True):
        assert 'name="_accept"' in edith.html(page_of(proposal))
        edith.decide(proposal, "_accept")

    assert only().state == "accepted"


def test_a_proposal_that_todays_rules_forbid_is_told_and_can_be_declined(cora: Desk, edith: Desk) -> None:
    proposal = proposed(ControversyFactory(), cora, title="Other")
    Proposal.objects.update(document={**proposal.document, "status": "undecided"})

    html = edith.html(page_of(proposal))
    assert "This can no longer be accepted as it is:" in html
    assert 'name="_accept"' not in html
    edith.decide(proposal, "_decline", reason="Too old.")

    assert only().state == "declined"


# -- the lists --


def test_list_is_newest_first_and_filtered(cora: Desk, edith: Desk) -> None:
    first, second = ControversyFactory(), ControversyFactory()
    proposed(first, cora, title="One")
    done = proposed(first, cora, title="Two")
    proposed(second, Desk("contributor", first_name="Otto"), title="Three")
    new = with_head(document_factory(), publication="draft", title="A page that is new")
    m.Topic.objects.create(pk=new.head.topic.key, slug="new-topic", title="New topic")
    proposals.propose(new, author=cora.user, reason="Missing.", base=0)
    edith.decide(done, "_decline", reason="No.")

    def listed(query: str = "") -> list[str]:
        response = edith.client.get(LIST + query)
        assert response.status_code == 200
        return [each.title for each in response.context["cl"].result_list]

    titles = [first.document.head.title, second.document.head.title]
    assert listed() == ["A page that is new", titles[1], titles[0], titles[0]]
    assert listed("?state=open") == ["A page that is new", titles[1], titles[0]]
    assert listed("?state=declined") == titles[:1]
    assert listed(f"?page={second.key}") == titles[1:]
    assert listed("?page=new") == ["A page that is new"]
    assert listed(f"?topic={first.document.head.topic.key}") == [titles[0], titles[0]]
    assert listed(f"?topic={new.head.topic.key}") == ["A page that is new"]
    assert listed("?by=Otto+Example") == titles[1:]
    assert listed("?age=week") == []
    Proposal.objects.filter(controversy=first.key).update(
        created="2026-01-01T00:00:00Z", changed="2026-01-01T00:00:00Z"
    )
    assert listed("?age=month&state=open") == titles[:1]


def test_contributor_sees_their_own_only(cora: Desk) -> None:
    page = ControversyFactory()
    mine, other = proposed(page, cora, title="Mine"), proposed(page, Desk("contributor"), title="Theirs")

    response = cora.client.get(LIST)

    assert [each.pk for each in response.context["cl"].result_list] == [mine.pk]
    assert "My proposals" in response.content.decode()
    assert cora.client.get(page_of(other)).status_code == 403
    assert cora.decide(other, "_withdraw").status_code == 403
    assert cora.decide(mine, "_accept").status_code == 403
    assert Proposal.objects.filter(state="open").count() == 2


def test_list_takes_the_same_queries_however_many_wait(
    cora: Desk, edith: Desk, django_assert_max_num_queries: Any
) -> None:
    page = ControversyFactory()
    proposed(page, cora, title="One")
    edith.html(LIST)
    with django_assert_max_num_queries(30) as few:
        edith.html(LIST)
    for number in range(12):
        proposed(ControversyFactory(), cora, title=f"Number {number}")

    with django_assert_max_num_queries(len(few)):
        edith.html(LIST)


# -- readers --


def test_readers_see_nothing_of_a_proposal(cora: Desk) -> None:
    page = ControversyFactory()
    word = "Xylophonic"
    addresses = [
        *(f"/controversies/{page.slug}{tail}" for tail in ("/", ".json", "/history/", "/revisions/1/")),
        *("/", "/changes/", "/controversies/", f"/search/?q={word}", "/backers/", "/sources/"),
    ]
    before = {address: Client().get(address).content for address in addresses}

    proposed(page, cora, title=word, status_summary=word)
    new = with_head(document_factory(), publication="draft", title=word, slug="xylophonic")
    proposals.propose(new, author=cora.user, reason=word, base=0)

    for address in addresses:
        response = Client().get(address)
        assert response.content == before[address]
        if "search" not in address:
            assert word.encode() not in response.content
    assert Client().get("/controversies/xylophonic/").status_code == 404
    assert Client().get(page_of(Proposal.objects.all()[0])).status_code == 302


# -- e-mail --


def test_without_an_address_there_is_no_mail_to_choose(cora: Desk) -> None:
    assert "How often" in cora.html(MAIL)

    cora.user.email = ""
    cora.user.save()

    html = cora.html(MAIL)
    assert "We have no e-mail address for you" in html
    assert "How often" not in html


def test_each_chooses_how_often_e_mail_comes(cora: Desk, edith: Desk) -> None:
    assert re.search(r'value="hourly"[^>]* checked', cora.html(MAIL))
    assert "reader suggests" not in cora.html(MAIL)
    assert "reader suggests" in edith.html(MAIL)

    cora.client.post(MAIL, {"mail": "daily"})
    assert notify.mail_choice(cora.user) == notify.MailChoice(is_wanted=True, pace="daily")
    cora.client.post(MAIL, {"mail": "never"})
    assert not notify.mail_choice(cora.user).is_wanted
    assert notify.mail_choice(edith.user) == notify.MailChoice()
    assert re.search(r'value="never"[^>]* checked', cora.html(MAIL))
    for nonsense in ({}, {"mail": "yearly"}):
        response = cora.client.post(MAIL, nonsense)
        assert (response.status_code, "Choose" in response.text) == (200, True)
    cora.client.post(MAIL, {"mail": "at_once"})

    assert notify.mail_choice(cora.user) == notify.MailChoice(is_wanted=True, pace="at_once")
    assert f'href="{MAIL}"' in cora.html(LIST)


def test_edit_and_accept_meets_what_is_saved_meanwhile_in_the_same_place(cora: Desk, edith: Desk) -> None:
    page = ControversyFactory()
    proposal = proposed(page, cora, status_summary="Proposed.")
    url = change_url(page.key, f"?shown=p{proposal.pk}")
    sent = opened(edith.client, url)
    sent["head-status_summary"] = "As the reviewer has it."
    page.edit(status_summary="Saved meanwhile.")

    response = edith.send(url, sent)

    assert response.status_code == 200
    assert only().state == "open"
    again = fields(response.content.decode())
    again["resolve:head/status_summary"] = "mine"
    assert edith.send(url, again)["Location"] == page_of(proposal)
    head = history.head(page.key)
    assert head is not None
    assert (head.number, head.document.head.status_summary) == (3, "As the reviewer has it.")
    assert (head.entry.author_name, head.entry.reviewer_name) == ("Edith Editor", "")


def test_proposal_for_a_draft_is_accepted_after_it_was_published(cora: Desk, edith: Desk) -> None:
    page = ControversyFactory(publication="draft")
    proposal = proposed(page, cora, status_summary="Proposed.")
    page.edit(publication="published")
    url = change_url(page.key, f"?shown=p{proposal.pk}")
    sent = opened(edith.client, url)

    assert edith.send(url, sent)["Location"] == page_of(proposal)

    head = history.head(page.key)
    assert head is not None
    assert (head.document.head.publication, head.document.head.status_summary) == ("published", "Proposed.")
