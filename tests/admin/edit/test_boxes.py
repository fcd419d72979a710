"""What the boxes for sources, backers and topics send: keys, texts, answers, and what is new."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from controversies import history
from controversies import models as m
from controversies.workflow import proposals
from tests.admin.edit.test_controversy_admin import messages_of, problems_of
from tests.admin.edit.test_text_form import send
from tests.admin.editing import ADD_URL, Sent, change_url, fields, opened
from tests.factories import (
    BackerFactory,
    ControversyFactory,
    SourceFactory,
    TopicFactory,
    UserFactory,
    new_key,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor() -> Client:
    client = Client()
    client.force_login(UserFactory(role="publisher"))
    return client


def document(key: str) -> Any:
    reading = history.head(key)
    assert reading is not None
    return reading.document


def cite(sent: Sent, position: str, text: str) -> str:
    """Add a row for a source that is named by this text, as without scripts. Return the name of its field."""
    key = new_key()
    sent.append([f"{position}-citations", key])
    sent[f"{key}-source"], sent[f"{key}-source-text"], sent[f"{key}-relation"] = "", text, "supports"
    return f"{key}-source"


def add_source(sent: Sent, field: str, **values: str) -> str:
    """Add the fields of a new source, and let the row refer to it. Return its key."""
    key = new_key()
    sent.append(["sources", key])
    for name, value in values.items():
        sent[f"{key}-{name}"] = value
    sent[field] = f"{key} {sent[f'{field}-text']}"
    return key


def page_with_one_position(**options: Any) -> Any:
    return ControversyFactory(positions=1, points=0, backings=0, citations=0, **options)


@pytest.mark.parametrize(
    "text",
    [
        "doi:10.1126/SCIENCE.adp1848",
        "https://dx.doi.org/10.1126/science.adp1848",
        "http://example.org/drives/?utm_source=feed",
        "www.example.org/drives",
        "On gene-drives",
        "on-gene-drives",
    ],
)
def test_text_that_only_one_source_fits_is_that_source(editor: Client, text: str) -> None:
    source = SourceFactory(
        slug="on-gene-drives",
        title="On Gene Drives",
        doi="10.1126/science.ADP1848",
        url="https://www.example.org/drives",
    )
    made = page_with_one_position()
    sent = opened(editor, change_url(made.key))
    cite(sent, made.document.positions[0].key, text)
    sent["reason-summary"] = "A source."

    response = send(editor, change_url(made.key), sent)

    assert response.status_code == 302, problems_of(response)
    assert [each.key for each in document(made.key).sources] == [str(source.pk)]


def test_text_that_several_fit_is_a_question_with_what_tells_them_apart(editor: Client) -> None:
    first = SourceFactory(title="Editorial", authors="A. Author", date="2021")
    SourceFactory(title="Editorial", authors="B. Author", date="2022")
    made = page_with_one_position()
    sent = opened(editor, change_url(made.key))
    field = cite(sent, made.document.positions[0].key, "Editorial")
    sent["reason-summary"] = "A source."

    response = send(editor, change_url(made.key), sent)

    html = response.content.decode()
    assert [what for _where, what in problems_of(response)] == ["Several sources fit this. Choose one."]
    assert "A. Author · 2021" in html
    assert "B. Author · 2022" in html
    again = fields(html)
    assert again[f"{field}-text"] == "Editorial"
    again[f"{field}-use"] = str(first.pk)
    assert send(editor, change_url(made.key), again).status_code == 302
    assert [each.key for each in document(made.key).sources] == [str(first.pk)]


def test_unknown_text_comes_back_with_the_fields_of_a_new_source(editor: Client) -> None:
    made = page_with_one_position()
    sent = opened(editor, change_url(made.key))
    cite(sent, made.document.positions[0].key, "arXiv:2405.12345v2")
    sent["reason-summary"] = "A source."

    response = send(editor, change_url(made.key), sent)

    assert [what for _where, what in problems_of(response)] == [
        "This source is not on record yet. Complete the new source below, or name another."
    ]
    again = fields(response.content.decode())
    [key] = again.all("sources")
    assert again[f"{key}-url"] == "https://arxiv.org/abs/2405.12345v2"
    again[f"{key}-kind"] = "preprint"
    response = send(editor, change_url(made.key), again)
    assert [what for _where, what in problems_of(response)] == ["This cannot be left empty."]
    again = fields(response.content.decode())
    again[f"{key}-title"] = "Scaling, Again"
    assert send(editor, change_url(made.key), again).status_code == 302
    [source] = document(made.key).sources
    assert (source.key, source.title, source.slug) == (key, "Scaling, Again", "scaling-again")


def test_nothing_is_recorded_before_the_page_is(editor: Client) -> None:
    made = page_with_one_position()
    sent = opened(editor, change_url(made.key))
    field = cite(sent, made.document.positions[0].key, "New")
    key = add_source(sent, field, title="New", kind="report", date="no date")
    sent["reason-summary"] = "A source."

    for button in ("_preview", "_restore", "_turn", "_save"):
        send(editor, change_url(made.key), sent, button)
        assert not m.Source.objects.filter(pk=key).exists(), button

    sent[f"{key}-date"] = "2024"
    page = send(editor, change_url(made.key), sent, "_preview").content.decode()
    assert "New" in page
    assert not m.Source.objects.filter(pk=key).exists()
    assert send(editor, change_url(made.key), sent).status_code == 302
    assert m.Source.objects.get(pk=key).date == "2024"


def test_second_click_records_nothing_else(editor: Client) -> None:
    made = page_with_one_position()
    sent = opened(editor, change_url(made.key))
    field = cite(sent, made.document.positions[0].key, "New")
    add_source(sent, field, title="New", kind="report")
    sent["reason-summary"] = "A source."

    assert send(editor, change_url(made.key), sent).status_code == 302
    assert send(editor, change_url(made.key), sent).status_code == 302

    assert m.Source.objects.count() == 1
    assert history.head(made.key).number == 2  # type: ignore[union-attr]


def test_addresses_are_made_by_the_server_and_free(editor: Client) -> None:
    SourceFactory(slug="report", title="Something else")
    made = page_with_one_position()
    sent = opened(editor, change_url(made.key))
    position = made.document.positions[0].key
    for url in ("https://a.example/", "https://b.example/"):
        add_source(sent, cite(sent, position, "Report"), title="Report", url=url, kind="report")
    sent["reason-summary"] = "Sources."

    response = send(editor, change_url(made.key), sent)

    assert response.status_code == 302, problems_of(response)
    assert [each.slug for each in document(made.key).sources] == ["report-2", "report-3"]


def test_new_source_like_one_on_record_is_asked_about_once(editor: Client) -> None:
    known = SourceFactory(title="The Promise of Gene Drives", url="https://example.org/promise")
    made = page_with_one_position()
    sent = opened(editor, change_url(made.key))
    field = cite(sent, made.document.positions[0].key, "x")
    key = add_source(sent, field, title="The promise of gene drive", kind="article")
    sent["reason-summary"] = "A source."

    response = send(editor, change_url(made.key), sent)

    assert [what for _where, what in problems_of(response)] == ["Did you mean “The Promise of Gene Drives”?"]
    again = fields(response.content.decode())
    other = Sent([*map(list, again)])
    other[f"{field}-use"] = str(known.pk)
    assert send(editor, change_url(made.key), again).status_code == 302
    assert [each.key for each in document(made.key).sources] == [key]


def test_what_somebody_recorded_meanwhile_is_offered(editor: Client) -> None:
    made = page_with_one_position()
    sent = opened(editor, change_url(made.key))
    field = cite(sent, made.document.positions[0].key, "10.1234/ABC")
    add_source(sent, field, title="Mine", doi="10.1234/ABC", kind="article")
    sent["reason-summary"] = "A source."
    theirs = SourceFactory(title="Theirs", doi="10.1234/abc")

    response = send(editor, change_url(made.key), sent)

    assert ("Did you mean “Theirs”?") in [what for _where, what in problems_of(response)]
    again = fields(response.content.decode())
    again[f"{field}-use"] = str(theirs.pk)
    response = send(editor, change_url(made.key), again)
    assert response.status_code == 302, problems_of(response)
    assert [each.key for each in document(made.key).sources] == [str(theirs.pk)]
    assert m.Source.objects.count() == 1


def test_new_page_with_new_topic_backer_and_source(editor: Client) -> None:
    sent = opened(editor, ADD_URL)
    topic, backer, source, backing, citation = (new_key() for _each in range(5))
    position = sent.all("positions")[0]
    sent["head-title"], sent["head-question"] = "A page", "Why?"
    sent["head-topic"], sent["head-topic-text"], sent["topics"] = f"{topic} Space", "Space", topic
    sent[f"{topic}-title"] = "Space"
    sent[f"{position}-claim"] = "Because."
    sent.append([f"{position}-backings", backing])
    sent[f"{backing}-backer"], sent["backers"] = backer, backer
    sent[f"{backer}-name"], sent[f"{backer}-kind"] = "ESA", "government"
    sent.append([f"{backing}-citations", citation])
    sent[f"{citation}-source"], sent["sources"], sent[f"{source}-title"] = source, source, "On Space"
    sent[f"{citation}-relation"], sent["reason-summary"] = "supports", "First."

    response = send(editor, ADD_URL, sent)

    assert response.status_code == 302, problems_of(response)
    page = m.Controversy.objects.get(title="A page")
    assert page.topic.title == "Space"
    assert [each.name for each in document(str(page.pk)).backers] == ["ESA"]
    assert "New on record: topic “Space”, backer “ESA” and source “On Space”." in messages_of(response)[-1]


def test_proposal_carries_its_new_source_and_can_be_edited() -> None:
    contributor, reviewer = Client(), Client()
    contributor.force_login(UserFactory(role="contributor"))
    reviewer.force_login(UserFactory(role="publisher"))
    made = page_with_one_position()
    sent = opened(contributor, change_url(made.key))
    key = add_source(sent, cite(sent, made.document.positions[0].key, "New"), title="Proposed", kind="report")
    sent["reason-summary"] = "A source."

    assert send(contributor, change_url(made.key), sent).status_code == 302

    proposal = m.Proposal.objects.get()
    assert proposals.proposed_document(proposal).by_key[key].title == "Proposed"
    assert not m.Source.objects.exists()
    url = change_url(made.key, f"?shown=p{proposal.pk}")
    edit = opened(reviewer, url)
    assert edit[f"{key}-title"] == "Proposed"
    edit[f"{key}-title"], edit["reason-summary"] = "Proposed, and corrected", "Corrected."
    response = send(reviewer, url, edit)
    assert response.status_code == 302, problems_of(response)
    assert m.Source.objects.get(pk=key).title == "Proposed, and corrected"


def test_new_source_survives_the_way_to_the_text_and_back(editor: Client) -> None:
    made = page_with_one_position()
    url = change_url(made.key)
    sent = opened(editor, url)
    add_source(
        sent,
        cite(sent, made.document.positions[0].key, "New"),
        title="On the way",
        kind="report",
        date="2024-01",
    )
    sent["reason-summary"] = "A source."

    text = fields(send(editor, url, sent, "_turn").content.decode())
    assert "title: On the way" in text["text"]
    back = fields(send(editor, url, text, "_turn").content.decode())
    response = send(editor, url, back)

    assert response.status_code == 302, problems_of(response)
    [source] = document(made.key).sources
    assert (source.title, source.date, source.kind) == ("On the way", "2024-01", "report")


def test_who_may_not_add_gets_only_what_is_on_record() -> None:
    SourceFactory(title="The Known Report")
    user = UserFactory(is_staff=True)
    user.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_controversy", "change_controversy"])
    )
    client = Client()
    client.force_login(user)
    made = page_with_one_position()
    sent = opened(client, change_url(made.key))
    field = cite(sent, made.document.positions[0].key, "An unknown report")
    sent["reason-summary"] = "Why"

    response = send(client, change_url(made.key), sent)

    assert [what for _where, what in problems_of(response)] == [
        "No source fits this. Choose one that is on record."
    ]
    assert fields(response.content.decode()).all("sources") == []
    assert field


# -- what the box asks --


def ask(client: Client, kind: str, text: str) -> Any:
    return client.get(reverse(f"admin:controversies_{kind}_matches"), {"q": text}).json()


def test_box_is_told_what_is_on_record_and_what_follows_for_a_new_one(editor: Client) -> None:
    source = SourceFactory(title="On Votes", authors="A. Author", date="2024", publisher="Nature")
    made = ControversyFactory(positions=1, points=0, backings=0, citations=0, title="May robots vote?")
    sent = opened(editor, change_url(made.key))
    cite(sent, made.document.positions[0].key, "On Votes")
    sent["reason-summary"] = "Why"
    send(editor, change_url(made.key), sent)

    answer = ask(editor, "source", "on vot")

    assert answer["options"] == [
        {
            "key": str(source.pk),
            "name": "On Votes",
            "detail": "A. Author · 2024 · Nature · on “May robots vote?”",
            "same": False,
        }
    ]
    assert answer["values"] == {"title": "on vot"}
    assert ask(editor, "source", "https://doi.org/10.1234/X")["values"] == {
        "doi": "10.1234/x",
        "kind": "article",
    }
    assert ask(editor, "backer", "Acme Inc.")["values"] == {"name": "Acme Inc.", "kind": "company"}
    assert ask(editor, "topic", "")["options"] == []


def test_box_names_no_page_that_the_user_may_not_see() -> None:
    contributor = Client()
    contributor.force_login(UserFactory(role="contributor"))
    draft = ControversyFactory(
        positions=1, points=0, backings=0, citations=1, publication="draft", title="Secret plans"
    )
    [source] = draft.document.sources
    user = UserFactory(is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=["view_source"]))
    client = Client()
    client.force_login(user)

    answer = ask(client, "source", source.title)

    assert answer["options"][0]["key"] == source.key
    assert "Secret plans" not in str(answer)


def test_box_asks_a_constant_number_of_questions(editor: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        SourceFactory(title=f"On robots, part {number}")
        BackerFactory(name=f"Robots {number}")
        TopicFactory(title=f"Robots {number}")
    for kind in ("source", "backer", "topic"):
        ask(editor, kind, "robots")
        with django_assert_max_num_queries(9):  # four are the session's and the user's
            assert len(ask(editor, kind, "robots")["options"]) == 8


@pytest.mark.parametrize(
    "text", ["\0", "%", "_", "'", "\\", "a" * 5000, "🦜", "https://", "10.1234/", "\u202e"]
)
def test_box_answers_whatever_is_typed(editor: Client, text: str) -> None:
    for kind in ("source", "backer", "topic"):
        response = editor.get(reverse(f"admin:controversies_{kind}_matches"), {"q": text})
        assert response.status_code == 200


# -- the same questions in text, in imports and on the forms of their own --


def test_text_asks_once_about_a_name_that_is_like_one_on_record(editor: Client) -> None:
    BackerFactory(name="Kevin Esvelt", kind="person")
    made = page_with_one_position()
    url = change_url(made.key)
    sent = opened(editor, f"{url}?text=1")
    assert "\r\n  - claim: " in sent["text"]
    line = "    proponents:\r\n      - id: kevin-eswelt\r\n        name: Kevin Eswelt\r\n        type: individual"
    sent["text"] = sent["text"].replace("  - claim: ", f"  - {line.strip()}\r\n    claim: ", 1)
    sent["reason-summary"] = "He holds it."

    assert send(editor, url, sent, "_preview").status_code == 200
    response = send(editor, url, sent)

    assert [what for _where, what in problems_of(response)] == [
        "Did you mean “Kevin Esvelt”? If not, save again."
    ]
    assert send(editor, url, fields(response.content.decode())).status_code == 302
    assert [each.name for each in document(made.key).backers] == ["Kevin Eswelt"]


@pytest.mark.parametrize(
    ("kind", "values", "question"),
    [
        ("backer", {"name": "Huggingface", "kind": "company"}, "Did you mean “Hugging Face”?"),
        ("source", {"title": "Other", "kind": "report", "doi": "https://doi.org/10.1/X"}, None),
        ("source", {"title": "Other", "kind": "report", "doi": "10.1234/ABC"}, "Did you mean “On Drives”?"),
        ("topic", {"title": "Robot"}, "Did you mean “Robots”?"),
    ],
)
def test_form_of_a_new_row_asks_once(editor: Client, kind: str, values: Any, question: str | None) -> None:
    BackerFactory(name="Hugging Face", kind="organisation")
    SourceFactory(title="On Drives", doi="10.1234/abc")
    TopicFactory(title="Robots")
    url = reverse(f"admin:controversies_{kind}_add")
    before = m.Source.objects.count() + m.Backer.objects.count() + m.Topic.objects.count()

    response = editor.post(url, values)

    html = response.content.decode()
    if question is None:
        assert "A DOI begins with 10." in html
        return
    assert question in html
    assert 'name="asked" value="1"' in html
    assert editor.post(url, {**values, "asked": "1"}).status_code == 302
    assert m.Source.objects.count() + m.Backer.objects.count() + m.Topic.objects.count() == before + 1
