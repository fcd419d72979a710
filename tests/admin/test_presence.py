"""Company at the edit page: who is told of whom, of whose save, and when one is forgotten."""

import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from controversies.models import Presence
from tests.admin.editing import change_url, opened
from tests.factories import ControversyFactory, Recorded, UserFactory

pytestmark = pytest.mark.django_db


def editor(first: str) -> Client:
    client = Client()
    client.force_login(UserFactory(role="editor", first_name=first, last_name="Editor", email="a@b.example"))
    return client


def ping(client: Client, made: Recorded, base: int | str = 1) -> Any:
    return client.get(change_url(made.key, f"?ping=1&base={base}")).json()


def others(client: Client, made: Recorded) -> list[str]:
    """Who is there, without the time."""
    return [line.split(",")[0] for line in ping(client, made)["others"]]


def test_who_opens_a_page_is_told_who_has_it_open_and_since_when() -> None:
    made, other = ControversyFactory(), ControversyFactory()
    ada, ben = editor("Ada"), editor("Ben")
    first = ada.get(change_url(made.key))
    assert first.context["other_editors"] == []
    ada.get(change_url(other.key))

    page = ben.get(change_url(made.key))

    [line] = page.context["other_editors"]
    assert line.startswith("Ada Editor has this page open too, since ")
    assert line in page.content.decode()
    assert "a@b.example" not in page.content.decode()
    assert others(ada, made) == ["Ben Editor has this page open too"]
    assert others(ben, made) == ["Ada Editor has this page open too"]
    assert others(ada, other) == []


def test_who_falls_silent_is_forgotten_and_comes_anew() -> None:
    made = ControversyFactory()
    ada, ben = editor("Ada"), editor("Ben")
    ada.get(change_url(made.key))
    long_ago = timezone.now() - datetime.timedelta(minutes=2, seconds=1)
    Presence.objects.update(seen_at=long_ago, opened_at=long_ago)

    assert others(ben, made) == []
    ping(ada, made)
    assert others(ben, made) == ["Ada Editor has this page open too"]
    assert Presence.objects.exclude(opened_at=long_ago).count() == 2


def test_ping_keeps_when_the_page_was_opened() -> None:
    made = ControversyFactory()
    ada = editor("Ada")
    ada.get(change_url(made.key))
    earlier = timezone.now() - datetime.timedelta(seconds=90)
    Presence.objects.update(seen_at=earlier, opened_at=earlier)

    ping(ada, made)

    presence = Presence.objects.get()
    assert presence.opened_at == earlier
    assert presence.seen_at > earlier


def test_who_has_saved_is_gone_and_what_fell_silent_is_swept() -> None:
    made, other = ControversyFactory(), ControversyFactory()
    ada, ben = editor("Ada"), editor("Ben")
    ben.get(change_url(other.key))
    Presence.objects.update(seen_at=timezone.now() - datetime.timedelta(minutes=3))
    sent = opened(ada, change_url(made.key))
    sent["head-question"], sent["reason-summary"] = "Is it?", "Why"

    ada.post(change_url(made.key), {**sent.data(), "_save": "1"})

    assert Presence.objects.count() == 0
    cora = Client()
    cora.force_login(UserFactory(role="contributor"))
    sent = opened(cora, change_url(made.key))
    sent["head-question"], sent["reason-summary"] = "Is it so?", "Why"
    cora.post(change_url(made.key), {**sent.data(), "_save": "1"})
    assert Presence.objects.count() == 0


def test_save_is_told_to_who_has_the_page_open() -> None:
    made = ControversyFactory()
    ada, ben = editor("Ada"), editor("Ben")
    ben.get(change_url(made.key))
    assert ping(ben, made)["moved"] is None
    sent = opened(ada, change_url(made.key))
    sent["head-question"], sent["reason-summary"] = "Is it?", "They asked."
    ada.post(change_url(made.key), {**sent.data(), "_continue": "1"})

    told = ping(ben, made)["moved"]

    assert told["words"].startswith("Ada Editor saved this page at ")
    assert "(“They asked.”)" in told["words"]
    assert told["url"] == reverse("compare", args=[made.slug, 1, 2])
    assert ping(ada, made)["moved"]["words"].startswith("You saved this page in another tab at ")
    assert ping(ada, made, 2)["moved"] is None
    assert others(ben, made) == ["Ada Editor has this page open too"]


@pytest.mark.parametrize("base", ["", "x", "-1", "0", "9" * 12, "7"])
def test_nonsense_for_the_revision_seen_tells_nothing(base: str) -> None:
    made = ControversyFactory()

    assert ping(editor("Ada"), made, base)["moved"] is None


def test_who_may_not_edit_is_told_nothing(client: Client) -> None:
    made = ControversyFactory()
    editor("Ada").get(change_url(made.key))

    assert client.get(change_url(made.key, "?ping=1")).status_code == 302
    public = client.get(reverse("controversy", args=[made.slug])).content.decode()
    assert "Ada Editor" not in public


def test_presence_says_who_is_where() -> None:
    made = ControversyFactory()
    editor("Ada").get(change_url(made.key))

    presence = Presence.objects.get()
    assert str(presence) == f"{presence.user} at {made.key}"
