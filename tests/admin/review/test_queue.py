"""The review queue: one list of what is proposed and suggested, its filters, its parts, its count."""

import datetime
import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from controversies.admin.review import queue
from controversies.models import Proposal, Suggestion, Topic
from controversies.workflow import proposals, suggestions
from tests.factories import ControversyFactory, Recorded, UserFactory, document_factory
from tests.markup import one_line
from tests.workflow.test_suggestions import suggested

pytestmark = pytest.mark.django_db
QUEUE = "/admin/controversies/proposal/queue/"
FIRST = "/admin/"


@pytest.fixture
def cora() -> Any:
    return UserFactory(role="contributor", first_name="Cora", last_name="")


@pytest.fixture
def edith(client: Client) -> Any:
    made = UserFactory(role="editor", first_name="Edith", last_name="")
    client.force_login(made)
    return made


def proposed(page: Recorded, author: Any, *, days: float = 0, **fields: Any) -> Proposal:
    document = replace(page.document, head=replace(page.document.head, **fields))
    made = proposals.propose(document, author=author, reason="A <ruling> came.", base=page.head.number)
    return aged(made, days)


def aged(thing: Any, days: float) -> Any:
    time = timezone.now() - datetime.timedelta(days=days)
    more = {"changed": time} if isinstance(thing, Proposal) else {}
    type(thing).objects.filter(pk=thing.pk).update(created=time, **more)
    return thing


def listed(client: Client, query: str = "") -> list[str]:
    """The keys of what is shown, in order."""
    response = client.get(f"{QUEUE}?{query}")
    assert response.status_code == 200
    html = response.content.decode()
    return re.findall(r"/(?:proposal|suggestion)/([0-9a-f-]{36})/change/", html)


def keys(*things: Any) -> list[str]:
    return [str(each.pk) for each in things]


def test_queue_is_one_list_oldest_first_of_what_waits_for_whoever_asks(
    client: Client, cora: Any, edith: Any
) -> None:
    page = ControversyFactory(title="May robots vote?")
    young = proposed(page, cora, title="One")
    middle = aged(suggested(page, wrong="The <b>year</b> is wrong."), 3)
    old = proposed(page, cora, title="Two", days=8)
    own = proposed(page, edith, title="Three", days=9)
    declined = suggested(page, wrong="Done with.")
    suggestions.decline(declined, editor=edith, answer="It is right.")
    proposals.withdraw(proposed(page, cora, title="Four"), author=cora)

    assert listed(client) == keys(old, middle, young)
    html = client.get(QUEUE).content.decode()
    assert "The &lt;b&gt;year&lt;/b&gt; is wrong." in html
    assert "A &lt;ruling&gt; came." in html
    assert "by <bdi>Cora</bdi>" in html
    assert "3 items are waiting for your decision." in html
    assert "1 proposal of yours is waiting for another editor." in html
    with override_settings(ONE_PERSON_DESK=True):
        assert listed(client) == keys(own, old, middle, young)


def test_queue_is_filtered_by_what_topic_page_author_and_age(client: Client, cora: Any, edith: Any) -> None:
    first, second = ControversyFactory(), ControversyFactory()
    otto = UserFactory(role="contributor", first_name="Otto", last_name="")
    mine, theirs = proposed(first, cora, title="One", days=40), proposed(second, otto, title="Two", days=5)
    said = aged(suggested(first), 2)
    new = document_factory()
    new = replace(new, head=replace(new.head, publication="draft", title="A page that is new"))
    Topic.objects.create(pk=new.head.topic.key, slug="new-topic", title="New topic")
    added = proposals.propose(new, author=cora, reason="Missing.", base=0)

    assert listed(client) == keys(mine, theirs, said, added)
    assert listed(client, "kind=suggestions") == keys(said)
    assert listed(client, "kind=proposals") == keys(mine, theirs, added)
    assert listed(client, f"topic={first.document.head.topic.key}") == keys(mine, said)
    assert listed(client, f"topic={new.head.topic.key}") == keys(added)
    assert listed(client, f"page={second.key}") == keys(theirs)
    assert listed(client, "kind=new") == keys(added)
    assert listed(client, "by=Otto") == keys(theirs)
    assert listed(client, "by=Cora&age=month") == keys(mine)
    assert listed(client, "age=day&kind=suggestions") == keys(said)
    assert listed(client, "by=Otto&kind=new") == []
    assert (
        "Nothing in the queue matches these filters."
        in client.get(f"{QUEUE}?by=Otto&kind=new").content.decode()
    )


@pytest.mark.parametrize(
    "query",
    [
        "kind=x",
        "topic=00000000-0000-0000-0000-000000000000",
        "page=%00'%3B--",
        "by=Nobody",
        "age=-1",
        "after=x",
        "before=20260231T000000.000000_00000000-0000-0000-0000-000000000000",
        "after=20260101T000000.000000_zzzzzzzz-0000-0000-0000-000000000000",
        "after=99991231T235959.999999_00000000-0000-0000-0000-000000000000",
        "before=00010101T000000.000000_00000000-0000-0000-0000-000000000000",
    ],
)
def test_nonsense_in_the_address_shows_the_queue_all_the_same(
    client: Client, cora: Any, edith: Any, query: str
) -> None:
    waits = proposed(ControversyFactory(), cora, title="One")

    assert listed(client, query) == keys(waits)


def test_queue_goes_on_by_key_through_both_kinds_and_back(
    client: Client, cora: Any, edith: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, now = ControversyFactory(), timezone.now()
    made: list[Any] = []
    for number in range(7):
        made.append(proposed(page, cora, title=str(number)) if number % 2 else suggested(page))
    for model in (Proposal, Suggestion):  # all at one time, so that the key decides
        model.objects.update(created=now, **({"changed": now} if model is Proposal else {}))
    expected = sorted(keys(*made))
    monkeypatch.setattr(queue, "SIZE", 3)
    monkeypatch.setattr(queue.queue_page, "__kwdefaults__", {"size": 3})

    def step(query: str, rel: str) -> str:
        found = re.search(
            rf'rel="{rel}" href="\?([^"]+)"', one_line(client.get(f"{QUEUE}?{query}").content.decode())
        )
        return found[1] if found else ""

    second = step("", "next")
    third = step(second, "next")

    assert [listed(client), listed(client, second), listed(client, third)] == [
        expected[:3],
        expected[3:6],
        expected[6:],
    ]
    assert step(third, "next") == ""
    assert listed(client, step(third, "prev")) == expected[3:6]
    assert listed(client, step(second, "prev")) == expected[:3]
    assert step("", "prev") == ""


def test_queue_asks_the_database_as_often_for_many(
    client: Client, cora: Any, edith: Any, django_assert_max_num_queries: Any
) -> None:
    page = ControversyFactory()
    proposed(page, cora, title="One")
    suggested(page)
    client.get(QUEUE)
    with django_assert_max_num_queries(12) as few:
        client.get(QUEUE)
    for number in range(6):
        other = ControversyFactory()
        proposed(other, UserFactory(role="contributor"), title="One")
        suggested(other, address=f"192.0.2.{number}")

    with django_assert_max_num_queries(len(few)):
        client.get(QUEUE)


def test_first_page_counts_what_waits_and_says_how_long(client: Client, cora: Any, edith: Any) -> None:
    page = ControversyFactory()
    assert "Nothing is waiting for your decision." in client.get(FIRST).content.decode()
    proposed(page, cora, title="One", days=3)
    suggested(page)
    proposed(page, edith, title="Two")

    html = client.get(FIRST).content.decode()
    assert "2 items are waiting for your decision. The oldest arrived 3\xa0days ago." in html
    assert f'href="{QUEUE}"' in html
    client.force_login(cora)
    html = client.get(FIRST).content.decode()
    assert QUEUE not in html
    assert "1 of your proposals is waiting for a decision." in html


def test_queue_is_closed_to_who_does_not_decide(client: Client, cora: Any) -> None:
    suggested(ControversyFactory(), wrong="Said to the editors.")
    client.force_login(cora)

    assert client.get(QUEUE).status_code == 403


def test_edit_page_tells_what_waits_for_it(
    client: Client, cora: Any, edith: Any, django_assert_max_num_queries: Any
) -> None:
    page, other = ControversyFactory(), ControversyFactory()
    mine, theirs = proposed(page, edith, title="One"), proposed(page, cora, title="Two")
    said = suggested(page, wrong="The <b>year</b> is wrong.")
    proposed(other, cora, title="Three")
    suggestions.decline(suggested(page), editor=edith, answer="No.")
    url = f"/admin/controversies/controversy/{page.key}/change/"

    def linked(query: str = "") -> list[str]:
        html = client.get(url + query).content.decode()
        start = html.index('<details class="notice waiting"')
        return re.findall(r"/([0-9a-f-]{36})/change/", html[start : html.index("</details>", start)])

    assert linked() == keys(mine, theirs, said)
    assert "The &lt;b&gt;year&lt;/b&gt; is wrong." in client.get(url).content.decode()
    assert linked(f"?suggestion={said.pk}") == keys(mine, theirs)
    assert linked(f"?shown=p{theirs.pk}") == keys(mine, said)
    client.force_login(cora)
    assert linked() == keys(theirs)
    client.force_login(UserFactory(role="contributor"))
    assert "notice waiting" not in client.get(url).content.decode()
    assert "notice waiting" not in client.get("/admin/controversies/controversy/add/").content.decode()
