"""Every form of reviewing and restoring, with every field of it said wrongly: told, and nothing written or lost."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from controversies.models import Preference, Proposal, Revision, Suggestion
from controversies.workflow import proposals
from tests.admin.editing import change_url, opened
from tests.factories import ControversyFactory, Recorded, UserFactory
from tests.workflow.test_suggestions import suggested

pytestmark = pytest.mark.django_db

ODD = {
    "empty": "",
    "huge": "й" * 120_000,
    "nul": "\0",
    "right-to-left": "\u202eright\u2066 to left\u200f",
    "markup": "<script>alert(1)</script>{{ 7|add:7 }}%s%(who)s{0}",
    "number": "99999999999999999999",
    "negative": "-1",
    "digits of another script": "٢",
    "key": "00000000-0000-0000-0000-000000000000",
    "surrogate": "&#xD800;",
}


@pytest.fixture
def publisher(client: Client) -> Any:
    client.force_login(made := UserFactory(role="publisher"))
    return made


@pytest.fixture
def dispute() -> Recorded:
    made = ControversyFactory(positions=2)
    made.edit(question="What now?")
    return made


def proposed(dispute: Recorded) -> Proposal:
    document = replace(dispute.head.document, head=replace(dispute.head.document.head, title="Proposed"))
    author = UserFactory(role="contributor")
    return proposals.propose(document, author=author, reason="Why not.", base=dispute.head.number)


def state() -> Any:
    return (
        list(Revision.objects.order_by("pk").values_list("controversy", "number", "digest")),
        list(Proposal.objects.order_by("id").values_list("id", "state", "version", "document")),
        list(Suggestion.objects.order_by("id").values_list("id", "state", "wrong")),
    )


@pytest.mark.parametrize("odd", ODD)
def test_short_forms_take_no_nonsense(client: Client, publisher: Any, dispute: Recorded, odd: str) -> None:
    proposal, suggestion = proposed(dispute), suggested(dispute)
    at = f"/admin/controversies/controversy/{dispute.key}"
    right = {"base": "2", "reason-summary": "Why not.", "publication": "1"}
    decision = {"version": "1", "head": "2", "reason": "No source says so."}
    forms: list[tuple[str, dict[str, str], list[str]]] = [
        (f"{at}/revisions/1/revert/", right, ["base"]),
        (f"{at}/revisions/2/undo/", right, ["base"]),
        (f"{at}/withdraw/", right, ["base"]),
        (proposal.get_absolute_url(), {**decision, "_accept": "1"}, ["version", "head"]),
        (proposal.get_absolute_url(), {**decision, "_decline": "1"}, ["version"]),
        (proposal.get_absolute_url(), {**decision, "_nonsense": "1"}, ["reason"]),
    ]
    value, before = ODD[odd], state()

    for url, sent, fields in forms:
        for field in fields:
            answer = client.post(url, {**sent, field: value})
            assert answer.status_code in (200, 400), (url, field, answer.status_code)
            assert state() == before, (url, field)

    # A reason may be odd, though not empty or endless; then it is shown as text, and kept.
    for url, sent, field in [
        (proposal.get_absolute_url(), {**decision, "_decline": "1"}, "reason"),
        (suggestion.get_absolute_url(), {}, "answer"),
        (f"{at}/revisions/1/revert/", right, "reason-summary"),
        (f"{at}/withdraw/", {**right, "base": "3"}, "reason-summary"),
    ]:
        answer = client.post(url, {**sent, field: value})
        if odd in ("empty", "nul", "huge"):
            assert answer.status_code == 200
            assert state() == before, (url, field)
            if odd == "huge":
                assert value in answer.content.decode()
        else:
            assert answer.status_code == 302, (url, field)
            assert b"<script>alert" not in client.get(url, follow=True).content
        before = state()


@pytest.mark.parametrize("odd", ODD)
def test_addresses_take_no_nonsense(client: Client, publisher: Any, dispute: Recorded, odd: str) -> None:
    proposal, value, before = proposed(dispute), ODD[odd][:2000], state()
    url = change_url(dispute.key)

    for address, name in [
        *((url, name) for name in ("base", "shown", "block", "suggestion", "ping", "why", "all")),
        (f"{url}?ping=1", "base"),
        *(("/admin/controversies/proposal/queue/", name) for name in ("kind", "topic", "page", "by", "age")),
        *(("/admin/controversies/proposal/", name) for name in ("state", "topic", "page", "by", "age", "p")),
        *(("/admin/controversies/suggestion/", name) for name in ("state", "page", "age", "q")),
    ]:
        query = {name: value, **({"ping": "1"} if "ping=1" in address else {})}
        answer = client.get(address.partition("?")[0], query)
        assert answer.status_code in (200, 302, 400, 410), (address, name, answer.status_code)
        assert b"<script>alert" not in answer.content, (address, name)
    for model in ("proposal", "suggestion", "controversy"):
        answer = client.get(
            f"/admin/controversies/{model}/{'x' if '/' in value else 'x' + value[:50]}/change/", follow=True
        )
        assert answer.status_code in (200, 404), model
    assert state() == before
    assert proposal.is_open


@pytest.mark.parametrize("odd", ODD)
def test_edit_page_takes_no_forged_frame(client: Client, publisher: Any, dispute: Recorded, odd: str) -> None:
    proposal, other = proposed(dispute), proposed(ControversyFactory())
    url, value = change_url(dispute.key), ODD[odd]
    sent = opened(client, url)
    sent["head-question"], sent["reason-summary"] = "A text that is kept?", "Why not."
    before = state()

    for name in ("base", "shown", "proposal", "suggestion", "positions", "resolve:head/question", "numbers"):
        made = {**sent.data(), name: [value], "_preview": "1"}
        answer = client.post(url, made)
        assert answer.status_code in (200, 400), (name, answer.status_code)
        if name in ("base", "shown", "positions"):
            assert client.post(url, {**made, "_preview": [], "_save": "1"}).status_code in (200, 400), name
        assert state() == before, name
    for shown in (f"p{other.pk}", f"p{other.pk}:1:1", f"p{proposal.pk}:9:2", f"p{proposal.pk}:1:1"):
        answer = client.post(url, {**sent.data(), "shown": shown, "_save": "1"})
        assert answer.status_code in (200, 400), shown
        assert state() == before, shown


def test_reason_of_a_contributor_is_no_way_in(client: Client, dispute: Recorded) -> None:
    theirs, cora = proposed(dispute), UserFactory(role="contributor")
    client.force_login(cora)
    sent = opened(client, change_url(dispute.key))
    sent["head-question"], sent["reason-summary"] = "What else?", "Why not."
    before = state()

    # Under somebody else's key, or amending what is somebody else's: refused, and the text is shown again.
    answer = client.post(change_url(dispute.key), {**sent.data(), "proposal": str(theirs.pk), "_save": "1"})
    assert "What else?" in answer.content.decode()
    answer = client.post(change_url(dispute.key), {**sent.data(), "shown": f"p{theirs.pk}:1:2", "_save": "1"})
    assert answer.status_code == 403
    assert state() == before
    assert client.post("/admin/controversies/proposal/mail/", {"mail": "\0" * 9}).status_code == 200
    assert not Preference.objects.filter(user=cora).exists()
