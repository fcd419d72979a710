"""High confidence on thin evidence asks for its reason, and nothing that is on record is kept from being saved."""

from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from controversies import history
from controversies import models as m
from controversies.interchange import files
from controversies.workflow import proposals
from tests.admin.edit.test_restore import do
from tests.admin.editing import change_url, opened
from tests.factories import ControversyFactory, Recorded, UserFactory, document_factory
from tests.markup import one_line

pytestmark = pytest.mark.django_db
QUESTION = "Why is the confidence high all the same?"
SUMMARY = "Evidence cited: one source."


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(UserFactory(role="publisher"))
    return client


def page(confidence: str = "medium", reason: str = "") -> Recorded:
    """A page whose first position cites one source."""
    document = document_factory(positions=2, points=1, citations=1, backings=0, stances=0)
    first = replace(document.positions[0], confidence=confidence, confidence_reason=reason)
    second = replace(document.positions[1], confidence="low")
    return ControversyFactory(document=document.with_blocks(positions=(first, second)))


def form_of(client: Client, recorded: Recorded, **fields: str) -> tuple[str, dict[str, Any]]:
    key = recorded.document.positions[0].key
    sent = opened(client, change_url(recorded.key))
    for name, value in fields.items():
        sent[f"{key}-{name}"] = value
    sent["reason-summary"] = "A reason for the change."
    return change_url(recorded.key), {**sent.data(), "_save": "1"}


def number(recorded: Recorded) -> int:
    return history.read.newest_number(recorded.key)


def test_form_shows_the_evidence_beside_the_reason(editor: Client) -> None:
    assert SUMMARY in editor.get(change_url(page().key)).content.decode()


def test_high_on_one_source_asks_for_a_reason_and_is_saved_with_one(editor: Client) -> None:
    recorded = page()
    url, data = form_of(editor, recorded, confidence="high")
    asked = one_line(editor.post(url, data).content.decode())

    assert f"{SUMMARY} {QUESTION}" in asked
    assert number(recorded) == 1
    url, data = form_of(editor, recorded, confidence="high", confidence_reason="It is a court's ruling.")
    assert editor.post(url, data).status_code == 302
    assert number(recorded) == 2


def test_high_that_is_on_record_is_not_asked_about_until_it_is_touched(editor: Client) -> None:
    recorded = page("high")
    second = recorded.document.positions[1].key
    sent = opened(editor, change_url(recorded.key))
    sent[f"{second}-claim"] = "Another claim of the other position"
    sent["reason-summary"] = "A reason for the change."
    url = change_url(recorded.key)

    assert editor.post(url, {**sent.data(), "_save": "1"}).status_code == 302
    assert number(recorded) == 2
    url, data = form_of(editor, recorded, argument="Another argument.")
    assert QUESTION in editor.post(url, data).content.decode()
    assert number(recorded) == 2


def test_revision_with_high_confidence_can_be_restored(editor: Client) -> None:
    recorded = page("high")
    first = replace(recorded.document.positions[0], confidence="low")
    recorded.save(recorded.document.with_blocks(positions=(first, recorded.document.positions[1])))
    response = do(editor, "revert", recorded, 1)

    assert response.status_code == 302
    assert history.head(recorded.key).document.positions[0].confidence == "high"


def test_contributor_is_asked_too(client: Client) -> None:
    recorded = page()
    client.force_login(UserFactory(role="contributor"))
    url, data = form_of(client, recorded, confidence="high")

    assert QUESTION in client.post(url, data).content.decode()
    assert not m.Proposal.objects.exists()


def test_proposal_without_the_reason_is_not_accepted_as_it_is(editor: Client) -> None:
    recorded = page()
    first = replace(recorded.document.positions[0], confidence="high")
    proposal = proposals.propose(
        recorded.document.with_blocks(positions=(first, recorded.document.positions[1])),
        author=UserFactory(role="contributor"),
        reason="It is certain.",
        base=1,
    )
    url = f"/admin/controversies/proposal/{proposal.pk}/change/"
    refused = one_line(editor.post(url, {"version": 1, "head": 1, "_accept": "1"}).content.decode())

    assert "Its confidence is high, but no reason is given." in refused
    assert "Edit the proposal before you accept it" in refused
    assert number(recorded) == 1
    explained = replace(first, confidence_reason="A court said so.")
    proposals.amend(
        proposal,
        recorded.document.with_blocks(positions=(explained, recorded.document.positions[1])),
        author=proposal.author,
        reason="With its reason.",
        base=1,
        version=1,
    )
    assert editor.post(url, {"version": 2, "head": 1, "_accept": "1"}).status_code == 302
    assert number(recorded) == 2


def test_text_is_saved_with_a_warning(editor: Client) -> None:
    recorded = page()
    url = change_url(recorded.key, "?text")
    sent = opened(editor, url)
    sent["text"] = sent["text"].replace("confidence: medium", "confidence: high")
    sent["reason-summary"] = "A reason for the change."
    response = editor.post(url, {**sent.data(), "_save": "1"}, follow=True)

    assert number(recorded) == 2
    assert (
        f"Position A: {SUMMARY} Its confidence is high, but no reason is given." in response.content.decode()
    )


def test_import_says_the_same_and_imports(tmp_path: Any) -> None:
    document = document_factory(positions=2, points=1, citations=1, backings=0, stances=0)
    first = replace(document.positions[0], confidence="high", confidence_reason="")
    document = document.with_blocks(positions=(first, document.positions[1]))
    (tmp_path / "page.md").write_text(files.write(document))
    errors = StringIO()
    call_command("importcontroversies", str(tmp_path), stdout=StringIO(), stderr=errors)

    assert f"Position A: {SUMMARY} Its confidence is high, but no reason is given." in errors.getvalue()
    assert m.Controversy.objects.filter(slug=document.head.slug).exists()
