"""Publishers remove words at the desk: one where there is one, two where there are two."""

from dataclasses import replace

import pytest
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.test import Client

from controversies import history
from controversies import models as m
from controversies.document.redact import MARKER
from tests.factories import ControversyFactory, Recorded, UserFactory

pytestmark = pytest.mark.django_db

WORDS = "Zoë Qüxly"
ASKED = {"words": WORDS, "ground": "privacy", "reason": "At their request."}


@pytest.fixture(autouse=True)
def _emptied():
    cache.clear()


@pytest.fixture
def recorded() -> Recorded:
    made = ControversyFactory(revisions=1)
    first = made.document.positions[0]
    for n in range(2):
        changed = replace(first, argument=f"Version {n}, says {WORDS}.")
        made.save(made.document.with_blocks(positions=(changed, *made.document.positions[1:])))
    return made


def desk(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(recorded: Recorded) -> str:
    return f"/admin/controversies/controversy/{recorded.key}/redact/"


def nowhere(recorded: Recorded) -> bool:
    return all(
        WORDS not in history.at(recorded.key, n).document.positions[0].argument
        for n in range(1, history.head(recorded.key).number + 1)
    )


def test_preview_lists_every_place_and_removes_nothing(recorded):
    client = desk(UserFactory(role="publisher"))

    answer = client.post(address(recorded), {**ASKED, "_find": "1"})

    assert answer.status_code == 200
    html = answer.content.decode()
    assert "2 places hold the words" in html
    assert f"<mark>{WORDS}</mark>" in html
    assert "Remove the words permanently" in html
    assert "no-store" in answer.headers["Cache-Control"]
    assert m.Redaction.objects.count() == m.RedactionRequest.objects.count() == 0


def test_one_publisher_suffices_where_there_is_no_other_and_the_record_says_so(recorded):
    publisher = UserFactory(role="publisher")
    UserFactory(role="editor")

    answer = desk(publisher).post(address(recorded), {**ASKED, "_remove": "1"})

    assert answer.status_code == 302
    assert nowhere(recorded)
    assert {(r.office, r.second_name) for r in m.Redaction.objects.all()} == {("publisher", "")}
    assert m.RedactionRequest.objects.count() == 0
    newest = m.Revision.objects.get(controversy=recorded.key, number=4)
    assert (newest.author_id, newest.summary) == (publisher.pk, "Words removed.")


def test_second_publisher_confirms_and_the_request_forgets_the_words(recorded):
    asking, second = UserFactory(role="publisher"), UserFactory(role="publisher")

    answer = desk(asking).post(address(recorded), {**ASKED, "_remove": "1"})

    [waiting] = m.RedactionRequest.objects.all()
    here = f"/admin/controversies/redactionrequest/{waiting.pk}/change/"
    assert answer.headers["Location"] == here
    assert not nowhere(recorded)
    assert "1 request is waiting for your decision." in desk(second).get("/admin/").content.decode()
    assert "request waits for you" not in desk(asking).get("/admin/").content.decode()
    assert WORDS in desk(second).get(here).content.decode()
    refused = desk(asking).post(here, {"_confirm": "1"})
    assert "Another publisher has to confirm this removal." in refused.content.decode()
    assert not nowhere(recorded)

    assert desk(second).post(here, {"_confirm": "1"}).status_code == 302

    waiting.refresh_from_db()
    assert (waiting.words, waiting.state) == ("", "done")
    assert nowhere(recorded)
    assert {(r.office, r.by_name, r.second_name) for r in m.Redaction.objects.all()} == {
        ("publishers", asking.get_full_name(), second.get_full_name())
    }
    assert all(WORDS not in f"{e.object_repr}{e.change_message}" for e in LogEntry.objects.all())
    again = desk(second).post(here, {"_confirm": "1"})
    assert "has already decided on this request." in again.content.decode()


def test_second_publisher_refuses_and_nothing_is_removed(recorded):
    asking, second = UserFactory(role="publisher"), UserFactory(role="publisher")
    desk(asking).post(address(recorded), {**ASKED, "_remove": "1"})
    [waiting] = m.RedactionRequest.objects.all()
    here = f"/admin/controversies/redactionrequest/{waiting.pk}/change/"

    assert (
        "Give a reason. The author of the request"
        in desk(second).post(here, {"_refuse": "1"}).content.decode()
    )
    named = desk(second).post(here, {"_refuse": "1", "answer": f"{WORDS} is public."}).content.decode()
    assert "must not contain the words" in named
    desk(second).post(here, {"_refuse": "1", "answer": "It is public."})

    waiting.refresh_from_db()
    assert (waiting.words, waiting.state, waiting.answer) == ("", "refused", "It is public.")
    assert not nowhere(recorded)


def test_one_person_desk_needs_no_second(recorded, settings):
    settings.ONE_PERSON_DESK = True
    UserFactory(role="publisher")

    desk(UserFactory(role="publisher")).post(address(recorded), {**ASKED, "_remove": "1"})

    assert nowhere(recorded)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"words": ""}, "This field is required."),
        ({"words": "…"}, "Enter the words to remove."),
        ({"ground": ""}, "This field is required."),
        ({"ground": "other", "reason": ""}, "Give the reason in words"),
        ({"reason": f"{WORDS} asked."}, "must not contain the words"),
    ],
)
def test_what_cannot_stand_is_told(recorded, asked, message):
    answer = desk(UserFactory(role="publisher")).post(address(recorded), {**ASKED, **asked, "_remove": "1"})

    assert message in answer.content.decode()
    assert not nowhere(recorded)


def test_readers_see_the_tombstone_wherever_the_words_were(recorded, client):
    desk(UserFactory(role="publisher")).post(address(recorded), {**ASKED, "_remove": "1"})
    here = f"/controversies/{recorded.document.head.slug}/"

    old = client.get(f"{here}revisions/2/").content.decode()
    twin = client.get(f"{here}revisions/2.json").json()

    assert 'Version 0, says <span class="removed">removed</span>.' in old
    assert "Words were removed here" in old
    assert "because they were about someone’s private life. " in old
    assert "At their request." in old
    [told] = twin["redactions"]
    assert told.pop("on")
    assert told == {
        "part": "block",
        "block": recorded.document.positions[0].key,
        "fields": ["argument"],
        "ground": "privacy",
        "reason": "At their request.",
        "by": "publisher",
    }
    assert twin["positions"][0]["argument"] == f"Version 0, says {MARKER}."
    assert client.get(f"{here}revisions/1.json").json().get("redactions") is None
    assert "Words were removed here" in client.get(f"{here}compare/1/2/").content.decode()
    today = client.get(here).content.decode()
    assert "Words were removed here" in today
    listed = client.get("/redactions/").content.decode()
    assert "by a publisher, because they were about someone’s private life." in listed
    assert "2 versions" in listed
    [answer] = client.get(f"/api/v1/controversies/{recorded.document.head.slug}/compare/1/2").json()[
        "redactions"
    ]
    assert answer["fields"] == ["argument"]


@pytest.mark.django_db(transaction=True)
def test_followers_of_changes_are_given_the_revisions_again(recorded, client):
    first = client.get("/api/v1/changes").json()
    assert len(first["items"]) == 3

    desk(UserFactory(role="publisher")).post(address(recorded), {**ASKED, "_remove": "1"})

    again = client.get(f"/api/v1/changes?documents=true&cursor={first['cursor']}").json()
    assert [each["revision"]["number"] for each in again["items"]][:2] == [2, 3]
    assert all(WORDS not in str(each) for each in again["items"])
