"""Backers, sources and topics in the admin: saying where they are shown, and changing them."""

import json
import threading
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controversies import history
from controversies import models as m
from tests.factories import (
    BackerFactory,
    ControversyFactory,
    SourceFactory,
    TopicFactory,
    UserFactory,
    document_factory,
)

pytestmark = pytest.mark.django_db


def client_of(role: str, **options: Any) -> Client:
    client = Client()
    client.force_login(UserFactory(role=role, **options))
    return client


@pytest.fixture
def editor() -> Client:
    return client_of("editor", first_name="Edith", last_name="Editor")


def link(thing: Any, view: str = "change") -> str:
    name = thing._meta.model_name
    args = [thing.pk] if view in ("change", "history", "delete") else []
    return reverse(f"admin:controversies_{name}_{view}", args=args)


def sent(page: Any, **typed: Any) -> dict[str, Any]:
    """What a browser sends for the form of this page, with these fields typed over."""
    form = page.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    values = {name: "" if value is None else value for name, value in values.items()}
    return {
        name: str(value).replace("\n", "\r\n")
        for name, value in ({**values, "_save": "Save"} | typed).items()
    }


def change(client: Client, thing: Any, **typed: Any) -> Any:
    """Open the page of the thing, type, save."""
    return client.post(link(thing), sent(client.get(link(thing)), **typed))


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def errors(response: Any) -> dict[str, list[str]]:
    form = response.context["adminform"].form
    return {name: [str(error) for error in found] for name, found in form.errors.items()}


def numbers(recorded: Any) -> int:
    head = history.head(recorded.key)
    assert head is not None
    return head.number


# -- where it is shown --


def test_backer_page_says_where_it_is_shown(editor: Client) -> None:
    backer = BackerFactory(name="Meta")
    public = ControversyFactory(
        document=document_factory(positions=2, backings=2, backers=[backer], title="A public page")
    )
    ControversyFactory(
        document=document_factory(
            positions=2, backings=1, backers=[backer], title="Bees in a draft", publication="draft"
        )
    )
    ControversyFactory()

    page = editor.get(link(backer))

    usage = page.context["usage"]
    assert (usage.count, usage.public, usage.drafts, usage.hidden, usage.rest) == (2, 1, 1, 0, 0)
    assert [(each.controversy.title, each.mark) for each in usage.listed] == [
        ("A public page", ""),
        ("Bees in a draft", "Draft"),
    ]
    claims = [position.claim for position in public.document.positions]
    assert usage.listed[0].places == [f"Position A: {claims[0]}", f"Position B: {claims[1]}"]
    html = page.content.decode()
    assert f'href="/controversies/{public.slug}/"' in html
    assert "Saving a change records a new revision of each of them" in html
    assert "1 of these is not public." in html


def test_source_page_says_what_cites_it(editor: Client) -> None:
    source = SourceFactory()
    recorded = ControversyFactory(
        document=document_factory(positions=1, points=1, backings=1, citations=5, sources=[source])
    )
    position, point = recorded.document.positions[0], recorded.document.points[0]
    backer = recorded.document.backers[0]

    page = editor.get(link(source))

    assert page.context["usage"].listed[0].places == [
        "Context",
        f"Contested point 1: {point.title}",
        f"Position A: {position.claim}",
        f"Position A, for its backer {backer.name}: {position.claim}",
        f"Position A, on “{point.title}”: {position.claim}",
    ]


def test_topic_page_lists_its_controversies(editor: Client) -> None:
    topic = TopicFactory()
    ControversyFactory(topic=topic, title="One")
    ControversyFactory(topic=topic, title="Two")

    page = editor.get(link(topic))

    assert [(each.controversy.title, each.places) for each in page.context["usage"].listed] == [
        ("One", []),
        ("Two", []),
    ]


def test_page_of_what_is_shown_nowhere_says_so(editor: Client) -> None:
    backer = BackerFactory()

    page = editor.get(link(backer))

    assert "No page shows it yet, so no change of it is recorded." in page.content.decode()
    assert page.context["has_absolute_url"] is False


def test_usage_does_not_name_drafts_to_who_may_not_see_them() -> None:
    backer = BackerFactory()
    ControversyFactory(
        document=document_factory(backers=[backer], publication="draft", title="Secret draft title")
    )
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_backer", "change_backer"]))
    client = Client()
    client.force_login(user)

    page = client.get(link(backer))

    assert page.context["usage"].count == 1
    assert "1 page that you may not see is not listed." in page.content.decode()
    assert "Secret draft title" not in page.content.decode()


def test_usage_lists_the_first_fifty(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controversies.admin.shared.usage.MAX_PAGES", 2)
    monkeypatch.setattr("controversies.admin.shared.usage.MAX_PLACES", 1)
    backer = BackerFactory()
    for title in ("A", "B", "C"):
        ControversyFactory(document=document_factory(positions=2, backings=2, backers=[backer], title=title))

    page = editor.get(link(backer))

    usage = page.context["usage"]
    assert [each.controversy.title for each in usage.listed] == ["A", "B"]
    assert (usage.rest, usage.listed[0].more) == (1, 1)
    assert "And 1 more page." in page.content.decode()
    assert "and 1 more place" in page.content.decode()


@pytest.mark.parametrize("model", ["backer", "source", "topic"])
def test_change_page_asks_as_many_queries_however_many_pages(
    model: str, editor: Client, django_assert_num_queries: Any
) -> None:
    thing = {"backer": BackerFactory, "source": SourceFactory, "topic": TopicFactory}[model]()
    given = {"topic": thing} if model == "topic" else {f"{model}s": [thing]}
    ControversyFactory(document=document_factory(positions=2, citations=3, **given))
    editor.get(link(thing))
    with CaptureQueriesContext(connection) as few:
        editor.get(link(thing))
    for _ in range(4):
        ControversyFactory(document=document_factory(positions=6, points=5, citations=15, **given))

    with django_assert_num_queries(len(few)):
        editor.get(link(thing))


# -- saving --


def test_changed_backer_records_one_revision_of_each_page(editor: Client) -> None:
    backer = BackerFactory(name="Facebook")
    shown = [ControversyFactory(backers=[backer]) for _ in range(3)]
    other = ControversyFactory()

    response = change(editor, backer, name="Meta", reason="The company changed its name.")

    assert response.status_code == 302
    assert said(response)[-1] == (
        "A new revision of each of 3 pages was recorded: The company changed its name."
    )
    for each in shown:
        head = history.head(each.key)
        assert head is not None
        assert (head.number, head.entry.author_name, head.entry.summary) == (
            2,
            "Edith Editor",
            "The company changed its name.",
        )
        assert [b.name for b in head.document.backers] == ["Meta"]
    assert numbers(other) == 1
    entry = LogEntry.objects.get()
    assert entry.get_change_message() == (
        "Name: “Facebook” became “Meta”. Reason: The company changed its name."
    )


def test_changed_source_and_topic_are_recorded(editor: Client) -> None:
    source, topic = SourceFactory(), TopicFactory(title="Weights")
    recorded = ControversyFactory(sources=[source], topic=topic)

    change(editor, source, date="2025-01-02", reason="Date corrected.")
    change(editor, topic, title="Open weights", reason="Title made clearer.")

    head = history.head(recorded.key)
    assert head is not None
    assert head.number == 3
    assert head.document.sources[0].date == "2025-01-02"
    assert head.document.head.topic.title == "Open weights"


def test_saving_asks_as_many_queries_however_many_pages(editor: Client) -> None:
    backer = BackerFactory(name="One")
    for _ in range(2):
        ControversyFactory(backers=[backer])
    change(editor, backer, name="Two", reason="Once, so that caches are warm.")
    form = sent(editor.get(link(backer)), name="Three", reason="At two pages.")
    with CaptureQueriesContext(connection) as few:
        editor.post(link(backer), form)
    for _ in range(4):
        ControversyFactory(document=document_factory(positions=4, points=3, backers=[backer]))
    form = sent(editor.get(link(backer)), name="Four", reason="At six pages.")

    with CaptureQueriesContext(connection) as many:
        response = editor.post(link(backer), form)

    assert said(response)[-1] == "A new revision of each of 6 pages was recorded: At six pages."
    assert len(many) == len(few)


def test_topic_description_is_changed_for_a_reason_and_recorded(editor: Client) -> None:
    topic = TopicFactory()
    recorded = ControversyFactory(topic=topic)

    refused = change(editor, topic, description="What may be published.")
    response = change(editor, topic, description="What may be published.", reason="Made clearer.")

    topic.refresh_from_db()
    assert refused.status_code == 200
    assert response.status_code == 302
    assert topic.description == "What may be published."
    assert numbers(recorded) == 2
    head = history.head(recorded.key)
    assert head is not None
    assert head.document.head.topic.description == "What may be published."
    assert head.entry.changes == [["head", "", "topic_description"]]
    assert head.entry.classes == ()


def test_what_no_page_shows_is_changed_without_a_reason(editor: Client) -> None:
    backer = BackerFactory(name="Nobody's yet")

    response = change(editor, backer, name="Somebody")

    backer.refresh_from_db()
    assert response.status_code == 302
    assert backer.name == "Somebody"
    assert m.Revision.objects.count() == 0


def test_change_without_reason_is_refused_with_one_on_offer(editor: Client) -> None:
    backer = BackerFactory(name="Facebook")
    recorded = ControversyFactory(backers=[backer])

    response = change(editor, backer, name="Meta", website="https://meta.example/new")

    form = response.context["adminform"].form
    assert response.status_code == 200
    assert errors(response) == {"reason": ["Give a reason. To use this one, save again."]}
    assert form["reason"].value() == "Backer “Facebook”: name, website corrected."
    assert form["name"].value() == "Meta"
    backer.refresh_from_db()
    assert backer.name == "Facebook"

    response = editor.post(link(backer), sent(response))

    assert response.status_code == 302
    head = history.head(recorded.key)
    assert head is not None
    assert head.entry.summary == "Backer “Facebook”: name, website corrected."


def test_saving_what_nobody_touched_records_nothing_and_says_so(editor: Client) -> None:
    backer = BackerFactory(
        name="Meta", description="Two lines,\nof which this is the second.", aliases=["Facebook, Inc.", "FB"]
    )
    recorded = ControversyFactory(backers=[backer])

    response = change(editor, backer, reason="Why not.")

    assert response.status_code == 302
    assert said(response) == ["“Meta” was like this already, so nothing was recorded."]
    assert numbers(recorded) == 1
    assert LogEntry.objects.count() == 0
    backer.refresh_from_db()
    assert backer.aliases == ["Facebook, Inc.", "FB"]


def test_double_click_makes_one_revision(editor: Client) -> None:
    backer = BackerFactory(name="Facebook")
    recorded = ControversyFactory(backers=[backer])
    form = sent(editor.get(link(backer)), name="Meta", reason="Renamed.")

    first, second = editor.post(link(backer), form), editor.post(link(backer), form)

    assert (first.status_code, second.status_code) == (302, 302)
    assert numbers(recorded) == 2
    assert LogEntry.objects.count() == 1


def test_reason_that_is_too_long_is_refused(editor: Client) -> None:
    backer = BackerFactory()
    recorded = ControversyFactory(backers=[backer])

    response = change(editor, backer, name="Meta", reason="x" * 1001)

    assert errors(response) == {"reason": ["At most 1000 characters; this has 1001."]}
    assert numbers(recorded) == 1


def test_slug_cannot_be_changed(editor: Client) -> None:
    backer = BackerFactory(slug="meta")

    page = editor.get(link(backer))
    change(editor, backer, slug="other", name="Another")

    backer.refresh_from_db()
    assert "slug" not in page.context["adminform"].form.fields
    assert (backer.slug, backer.name) == ("meta", "Another")


def test_view_only_user_cannot_post() -> None:
    backer = BackerFactory(name="Meta")
    contributor = client_of("contributor")

    page = contributor.get(link(backer))
    response = contributor.post(link(backer), {"name": "Mine", "kind": "company", "reason": "Mine."})

    backer.refresh_from_db()
    assert page.status_code == 200
    assert "Reason for the change" not in page.content.decode()
    assert response.status_code == 403
    assert backer.name == "Meta"


def test_form_may_ask_whether_it_would_be_taken(editor: Client) -> None:
    backer = BackerFactory()

    answer = editor.get(link(backer), {"ping": "1"})

    assert answer.headers["Content-Type"] == "application/json"
    assert list(answer.json()) == ["token"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert editor.get(link(backer, "add"), {"ping": "1"}).status_code == 200


def test_form_of_who_may_not_send_it_is_told_so() -> None:
    backer, topic = BackerFactory(), TopicFactory()
    contributor, stranger = client_of("contributor"), Client()

    assert contributor.get(link(backer), {"ping": "1"}).status_code == 403
    assert contributor.get(link(backer, "add"), {"ping": "1"}).status_code == 200
    assert contributor.get(link(topic, "add"), {"ping": "1"}).status_code == 403
    assert stranger.get(link(backer), {"ping": "1"}).status_code == 302


# -- somebody else saved meanwhile --


def test_form_drawn_before_another_save_is_refused(editor: Client) -> None:
    backer = BackerFactory(name="Facebook", description="Old.")
    recorded = ControversyFactory(backers=[backer])
    mine = sent(editor.get(link(backer)), name="Meta", reason="Renamed.")
    change(client_of("publisher"), backer, name="Meta Platforms", description="New.", reason="Full name.")

    response = editor.post(link(backer), mine)

    form = response.context["adminform"].form
    assert response.status_code == 200
    assert errors(response) == {
        "name": ["It now reads: “Meta Platforms”"],
        "__all__": [
            "Somebody else saved this while you had it open, so nothing was saved. Fields that you both "
            "changed have their current value below. Saving again replaces it. Updated below: Description."
        ],
    }
    assert form["name"].value() == "Meta"
    assert form["description"].value() == "New."
    assert numbers(recorded) == 2

    response = editor.post(link(backer), sent(response))

    backer.refresh_from_db()
    assert response.status_code == 302
    assert (backer.name, backer.description) == ("Meta", "New.")
    assert numbers(recorded) == 3


def test_form_whose_other_fields_changed_is_brought_up_to_date_first(editor: Client) -> None:
    backer = BackerFactory(name="Facebook", website="https://old.example/")
    ControversyFactory(backers=[backer])
    mine = sent(editor.get(link(backer)), name="Meta", reason="Renamed.")
    change(client_of("publisher"), backer, website="https://new.example/", reason="Moved.")

    response = editor.post(link(backer), mine)

    backer.refresh_from_db()
    assert list(errors(response)) == ["__all__"]
    assert response.context["adminform"].form["website"].value() == "https://new.example/"
    assert (backer.name, backer.website) == ("Facebook", "https://new.example/")


@pytest.mark.parametrize("drawn", ["", "{", "[]", '{"name": 3}', "null"])
def test_form_that_does_not_say_what_it_was_drawn_from_is_refused(drawn: str, editor: Client) -> None:
    backer = BackerFactory(name="Facebook")

    response = change(editor, backer, name="Meta", drawn=drawn)

    backer.refresh_from_db()
    assert errors(response)["name"] == ["It now reads: “Facebook”"]
    assert backer.name == "Facebook"


@pytest.mark.django_db(transaction=True)
def test_two_saves_at_once_lose_nothing() -> None:
    backer = BackerFactory(name="Facebook")
    recorded = ControversyFactory(backers=[backer])
    clients = [client_of("editor"), client_of("editor")]
    forms = [
        sent(client.get(link(backer)), name=f"Meta {i}", reason=f"Renamed {i}.")
        for i, client in enumerate(clients)
    ]
    found: dict[int, Any] = {}

    def post(i: int) -> None:
        try:
            found[i] = clients[i].post(link(backer), forms[i])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=post, args=[i]) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    [won] = [i for i, response in found.items() if response.status_code == 302]
    [lost] = [i for i, response in found.items() if response.status_code == 200]
    assert errors(found[lost])["name"] == [f"It now reads: “Meta {won}”"]
    assert numbers(recorded) == 2


# -- adding, and what is there already --


def test_address_is_made_from_the_name(editor: Client) -> None:
    BackerFactory(slug="open-source-initiative", name="Another", kind="person")

    editor.post(
        reverse("admin:controversies_backer_add"),
        {"name": "Open_Source  Initiative", "kind": "organisation", "slug": ""},
    )

    assert m.Backer.objects.get(name="Open_Source Initiative").slug == "open-source-initiative-2"


def test_taken_address_says_which_is_free(editor: Client) -> None:
    BackerFactory(slug="meta", name="Meta", kind="person")
    BackerFactory(slug="meta-2", name="Meta 2", kind="person")

    response = editor.post(
        reverse("admin:controversies_backer_add"), {"name": "Meta", "kind": "company", "slug": "meta"}
    )

    assert errors(response) == {"slug": ["“meta” is in use. “meta-3” is free."]}


def test_name_without_letters_for_an_address_asks_for_one(editor: Client) -> None:
    response = editor.post(reverse("admin:controversies_topic_add"), {"title": "開放", "slug": ""})

    assert errors(response) == {"slug": ["No address can be made from the name. Write one here."]}


def test_same_name_and_kind_names_the_one_to_use(editor: Client) -> None:
    meta = BackerFactory(name="Meta", kind="company")

    response = editor.post(
        reverse("admin:controversies_backer_add"), {"name": "META", "kind": "company", "slug": "meta-x"}
    )

    assert errors(response) == {
        "name": [
            "There is already a backer of this name and kind. Use that one: "
            f'<a href="/admin/controversies/backer/{meta.pk}/change/" target="_blank">Meta</a>'
        ]
    }
    assert (
        f'Use that one: <a href="/admin/controversies/backer/{meta.pk}/change/"' in response.content.decode()
    )


def test_same_link_or_doi_names_the_source_to_use(editor: Client) -> None:
    SourceFactory(title="<b>One</b>", url="https://a.example/1", doi="10.1000/1")

    response = editor.post(
        reverse("admin:controversies_source_add"),
        {
            "title": "Two",
            "kind": "other",
            "url": "https://a.example/1",
            "doi": "https://doi.org/10.1000/1",
            "slug": "two",
        },
    )

    assert {name: found[0].partition(" <")[0] for name, found in errors(response).items()} == {
        "url": "There is already a source with this link. Use that one:",
        "doi": "There is already a source with this DOI. Use that one:",
    }
    assert "<b>One</b>" not in response.content.decode()


def test_backer_renamed_to_another_ones_name_is_refused(editor: Client) -> None:
    BackerFactory(name="Meta", kind="company")
    other = BackerFactory(name="Facebook", kind="company")

    response = change(editor, other, name="meta")

    assert list(errors(response)) == ["name"]


@pytest.mark.django_db(transaction=True)
def test_race_for_one_name_ends_in_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one is recorded after the form has looked, and before it saves."""
    editor = client_of("editor")
    look = m.Backer.validate_constraints

    def look_too_early(backer: m.Backer, exclude: Any = None) -> None:
        look(backer, exclude=exclude)
        if not m.Backer.objects.exists():
            thread = threading.Thread(target=somebody_else)
            thread.start()
            thread.join()

    def somebody_else() -> None:
        BackerFactory(name="Meta", kind="company", slug="other")
        connections.close_all()

    monkeypatch.setattr(m.Backer, "validate_constraints", look_too_early)

    response = editor.post(
        reverse("admin:controversies_backer_add"), {"name": "Meta", "kind": "company", "slug": "meta"}
    )

    [error] = errors(response)["name"]
    assert error.startswith("There is already a backer of this name and kind. Use that one:")


def test_contributor_adds_on_the_way_without_a_reason() -> None:
    contributor = client_of("contributor")
    address = f"{reverse('admin:controversies_source_add')}?_popup=1&_to_field=id"

    page = contributor.get(address)
    response = contributor.post(
        address,
        {
            "title": "A work",
            "kind": "report",
            "slug": "a-work",
            "_popup": "1",
            "_to_field": "id",
            "_source_model": "controversies.citation",
        },
    )

    source = m.Source.objects.get()
    answer = json.loads(response.context["popup_response_data"])
    assert "Reason for the change" not in page.content.decode()
    assert (answer["value"], answer["obj"]) == (str(source.pk), "A work")
    nonce = response.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
    assert f'nonce="{nonce}"' in response.content.decode()
    assert m.Revision.objects.count() == 0


# -- bad input --

BAD = [
    ("name", "\u200b\u202e", "This cannot be left empty."),
    ("description", "\u200b\u202e", "There is nothing to see in this text."),
    ("name", "", "This cannot be left empty."),
    ("name", "x" * 201, "At most 200 characters; this has 201."),
    ("kind", "church", "Select a valid choice. church is not one of the available choices."),
    ("website", "javascript:alert(1)", "Give a web address that starts with http:// or https://."),
    ("website", "data:text/html,x", "Give a web address that starts with http:// or https://."),
    ("description", "y" * 1_000_000, "At most 100000 characters; this has 1000000."),
    ("aliases", "z" * 201, "At most 200 characters; this has 201."),
    ("aliases", "\n".join(f"name {i}" for i in range(51)), "At most 50 names."),
]


@pytest.mark.parametrize(("name", "typed", "message"), BAD)
def test_backer_with_a_fault_is_refused_and_keeps_what_was_typed(
    name: str, typed: str, message: str, editor: Client
) -> None:
    backer = BackerFactory(name="Meta")
    recorded = ControversyFactory(backers=[backer])

    response = change(editor, backer, **{"reason": "Why.", name: typed})

    form = response.context["adminform"].form
    assert response.status_code == 200
    assert message in errors(response)[name]
    assert form[name].value().replace("\r\n", "\n") == typed
    assert form["reason"].value() == "Why."
    assert numbers(recorded) == 1


@pytest.mark.parametrize("typed", ["2024-13", "24", "2024-02-30", "yesterday", "2024/07/01"])
def test_source_with_a_bad_date_is_refused(typed: str, editor: Client) -> None:
    source = SourceFactory()

    response = change(editor, source, date=typed)

    assert errors(response) == {
        "date": ["Write the date as 2024, 2024-07 or 2024-07-23, as far as it is known."]
    }


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("title", "A\x00 title\r\n of   two lines ", "A title of two lines"),
        ("title", "עברית \u200f(a)", "עברית \u200f(a)"),
        ("doi", "https://doi.org/10.1126/science.adp1848", "10.1126/science.adp1848"),
        ("doi", "http://dx.doi.org/10.1126/science.adp1848 ", "10.1126/science.adp1848"),
        ("doi", "DOI: 10.1126/science.adp1848", "10.1126/science.adp1848"),
        ("doi", "doi.org/10.1126/science.adp1848", "10.1126/science.adp1848"),
        ("doi", "\u200b10.1126/science\x00.adp1848\u202c", "10.1126/science.adp1848"),
        ("url", " https://a.example/\u200bpaper\u202e ", "https://a.example/paper"),
        ("date", "2024-07\u200e", "2024-07"),
    ],
)
def test_source_is_kept_in_canonical_form(name: str, typed: str, kept: str, editor: Client) -> None:
    source = SourceFactory(date="2020")
    recorded = ControversyFactory(sources=[source])

    response = change(editor, source, **{name: typed, "reason": "Corrected."})

    source.refresh_from_db()
    assert response.status_code == 302
    assert getattr(source, name) == kept
    assert numbers(recorded) == 2


@pytest.mark.parametrize("key", ["nonsense", "00000000-0000-0000-0000-000000000001", "a%00b"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_unknown_key_leads_back_with_a_message(key: str, method: str, editor: Client) -> None:
    response = getattr(editor, method)(f"/admin/controversies/backer/{key}/change/", follow=True)

    assert response.status_code == 200
    assert "doesn’t exist. Perhaps it was deleted?" in response.content.decode()


# -- nobody deletes --


@pytest.mark.parametrize("factory", [BackerFactory, SourceFactory, TopicFactory])
def test_nobody_deletes_as_django_does(factory: Any) -> None:
    thing = factory()
    root = Client()
    root.force_login(UserFactory(is_superuser=True))

    assert root.get(link(thing, "delete")).status_code == 403
    assert root.post(link(thing, "delete"), {"post": "yes"}).status_code == 403
    html = root.get(link(thing, "changelist")).content.decode()
    assert "delete" not in html.replace("delete_unused_selected", "").replace(
        "Delete those that are unused", ""
    )
    assert type(thing).objects.filter(pk=thing.pk).exists()


def test_admin_classes_refuse_to_delete_in_code() -> None:
    for model in (m.Backer, m.Source, m.Topic):
        mine = admin.site.get_model_admin(model)
        with pytest.raises(NotImplementedError):
            mine.delete_model(None, None)  # type: ignore[arg-type]  # it raises before it looks
        with pytest.raises(NotImplementedError):
            mine.delete_queryset(None, None)  # type: ignore[arg-type]  # as above


# -- its own history, and the public page --


def test_history_tells_changes_and_reasons(editor: Client) -> None:
    backer = BackerFactory(name="Facebook")
    ControversyFactory(backers=[backer])
    change(editor, backer, name="Meta", reason="The company changed its name.")

    page = editor.get(link(backer, "history"))

    html = page.content.decode()
    assert "Name: “Facebook” became “Meta”. Reason: The company changed its name." in html


@pytest.mark.parametrize(
    ("publication", "offered"), [("published", True), ("draft", False), ("withdrawn", False)]
)
def test_view_on_site_is_offered_where_readers_see_it(
    publication: str, offered: bool, editor: Client
) -> None:
    backer = BackerFactory(slug="meta")
    ControversyFactory(backers=[backer], publication=publication)

    page = editor.get(link(backer))

    assert page.context["has_absolute_url"] is offered
    assert Client().get("/backers/meta/").status_code == (200 if offered else 404)
    assert ('href="/backers/meta/"' in page.content.decode()) is offered
