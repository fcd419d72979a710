"""“Suggest a correction”: the links, the form, what is refused and kept, and what never shows."""

import re
from html import unescape
from typing import Any

import pytest
from django.core import signing
from django.test import Client

from controversies.models import Suggestion
from controversies.public.views import suggest
from controversies.workflow import suggestions
from tests.factories import ControversyFactory, Recorded, UserFactory, new_key
from tests.markup import one_line

pytestmark = pytest.mark.django_db


@pytest.fixture
def dispute() -> Recorded:
    return ControversyFactory(slug="here", positions=2, points=2, citations=6)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits three seconds in a test."""
    monkeypatch.setattr(suggest, "MIN_AGE", 0)


def at(dispute: Recorded, block: str = "") -> str:
    return f"/controversies/{dispute.slug}/suggest/" + (f"?block={block}" if block else "")


def token(client: Client, address: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', client.get(address).content.decode())
    assert found is not None
    return unescape(found[1])


def send(client: Client, dispute: Recorded, block: str = "", **fields: Any) -> Any:
    """Open the form and send it with these fields."""
    address = at(dispute, block)
    data = {"token": token(client, address), "wrong": "The year is wrong.", **fields}
    return client.post(address, data)


def text(response: Any) -> str:
    return response.content.decode()


# -- the links to it --


def test_every_block_of_a_public_page_leads_to_the_form(client: Client, dispute: Recorded) -> None:
    html = one_line(text(client.get(f"/controversies/{dispute.slug}/")))

    found = re.findall(r'href="(/controversies/here/suggest/[^"]*)" rel="nofollow"', html)
    document = dispute.document
    keys = [*(position.key for position in document.positions), ""]
    assert found == [at(dispute, key) for key in keys]
    assert all(client.get(address).status_code == 200 for address in found)


def test_form_for_the_whole_page_leads_to_those_for_its_parts(client: Client, dispute: Recorded) -> None:
    html = one_line(text(client.get(at(dispute, ""))))

    links = re.findall(r'<li><a href="([^"]*)" rel="nofollow"><bdi>([^<]*)</bdi>', html)
    document = dispute.document
    assert [href for href, _name in links] == [at(dispute, block.key) for block in document.own_blocks()]
    assert links[0][1] == "Status"
    assert all(client.get(href).status_code == 200 for href, _name in links)


def test_page_that_is_not_public_has_no_such_link(client: Client) -> None:
    client.force_login(UserFactory(role="editor"))
    dispute = ControversyFactory(publication="draft", points=1)

    html = text(client.get(f"/controversies/{dispute.slug}/"))

    assert dispute.document.head.title in html
    assert "/suggest/" not in html


# -- the form --


def test_form_shows_the_block_as_the_page_does(client: Client, dispute: Recorded) -> None:
    position = dispute.document.positions[1]

    html = text(client.get(at(dispute, position.key)))

    assert f"Position B: {position.claim}" in html
    assert position.argument.split("\n\n")[0] in html
    assert all(stance.text in html for stance in position.stances)
    assert "What the page says" in html
    inside = html[html.index('id="now"') : html.index("</main>")]
    assert re.findall(r'href="#([^"]*)"', inside) == []  # no link to what is not here
    assert html.index('<a href="#now">') < html.index("<textarea") < html.index('id="now"')  # the form first
    assert "Suggest a correction" not in inside
    assert dispute.document.positions[0].claim not in html


@pytest.mark.parametrize("kind", ["head", "context", "point"])
def test_form_shows_each_kind_of_block(client: Client, dispute: Recorded, kind: str) -> None:
    document = dispute.document
    key, words = {
        "head": (document.key, document.head.status_summary),
        "context": (document.context.key, document.context.text),
        "point": (document.points[0].key, document.points[0].body),
    }[kind]

    html = text(client.get(at(dispute, key)))

    assert words.split("\n\n")[0] in unescape(html)


def test_form_is_for_nobody_to_keep_and_pages_have_no_cookie(client: Client, dispute: Recorded) -> None:
    form = client.get(at(dispute))
    other = Client().get(f"/controversies/{dispute.slug}/")

    assert form["Cache-Control"] == "private, no-store"
    assert list(form.cookies) == ["csrftoken"]
    assert '<meta name="robots" content="noindex">' in text(form)
    assert list(other.cookies) == []
    assert "csrfmiddlewaretoken" not in text(other)


def test_form_that_came_without_its_token_is_still_about_the_same_part(
    client: Client, dispute: Recorded
) -> None:
    key = dispute.document.points[0].key
    [address] = re.findall(r'<form method="post" action="([^"]+)"', text(client.get(at(dispute, key))))
    assert address == at(dispute, key)

    answer = client.post(address, {"wrong": "A word."})

    assert answer.status_code == 400
    assert f'action="{address}"' in text(answer)
    assert unescape(dispute.document.points[0].title) in unescape(text(answer))
    assert at(dispute) in re.findall(r'<form method="post" action="([^"]+)"', text(client.get(at(dispute))))


def test_form_has_neither_scripts_nor_anything_of_others(client: Client, dispute: Recorded) -> None:
    html = text(client.get(at(dispute)))

    assert "<script" not in html
    assert not re.search(r'(src|action)="(https?:)?//', html)
    assert 'method="post"' in html


def test_block_that_is_gone_leaves_the_page_to_suggest_about(client: Client, dispute: Recorded) -> None:
    response = client.get(at(dispute, new_key()))

    assert response.status_code == 200
    assert "no longer on the page" in text(response)
    assert "The page as a whole" in text(response)


@pytest.mark.parametrize("block", ["x", "%27", "1" * 500, "{}", "4A4520DD-66A6-4F05-9FEE-9C3A56A91277"])
def test_block_that_is_no_key_is_not_found(client: Client, dispute: Recorded, block: str) -> None:
    assert client.get(at(dispute, block)).status_code == 404


@pytest.mark.parametrize(("publication", "status"), [("draft", 404), ("withdrawn", 410)])
@pytest.mark.parametrize("role", ["", "publisher"])
@pytest.mark.parametrize("end", ["", "thanks/"])
def test_page_that_is_not_public_has_no_form(
    client: Client, publication: str, status: int, role: str, end: str
) -> None:
    dispute = ControversyFactory(publication=publication)
    if role:
        client.force_login(UserFactory(role=role))

    assert client.get(at(dispute) + end).status_code == status


def test_page_withdrawn_meanwhile_takes_nothing(client: Client, dispute: Recorded) -> None:
    sent = token(client, at(dispute))
    dispute.edit(publication="withdrawn")

    response = client.post(at(dispute), {"token": sent, "wrong": "Wrong."})

    assert response.status_code == 410
    assert Suggestion.objects.count() == 0


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(client: Client, dispute: Recorded, method: str) -> None:
    response = getattr(client, method)(at(dispute))

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, POST"
    assert client.post(f"{at(dispute)}thanks/").status_code == 405


# -- sending it --


def test_what_is_sent_is_kept_and_thanked_for(client: Client, dispute: Recorded) -> None:
    position = dispute.document.positions[0]

    response = send(
        client,
        dispute,
        position.key,
        wrong="  The year\r\nis wrong.\x00 ",
        instead="2023",
        source="https://example.org/",
        name=" Rea  Reader ",
        credit="on",
        email="rea@reader.example",
    )

    made = Suggestion.objects.get()
    assert response.status_code == 302
    assert response["Location"] == "/controversies/here/suggest/thanks/"
    assert "Thank you" in text(client.get(response["Location"]))
    assert (str(made.controversy_id), str(made.block), made.number) == (dispute.key, position.key, 1)
    assert (made.wrong, made.instead, made.source) == ("The year\nis wrong.", "2023", "https://example.org/")
    assert (made.name, made.credit, made.email) == ("Rea Reader", True, "rea@reader.example")


def test_name_and_address_are_optional_and_the_page_may_be_meant(client: Client, dispute: Recorded) -> None:
    assert send(client, dispute).status_code == 302

    made = Suggestion.objects.get()
    assert (made.block, made.block_name) == (None, "The page as a whole")
    assert (made.name, made.credit, made.email) == ("", False, "")


def test_second_click_makes_no_second_suggestion(client: Client, dispute: Recorded) -> None:
    data = {"token": token(client, at(dispute)), "wrong": "Wrong."}

    assert [client.post(at(dispute), data).status_code for _each in range(3)] == [302, 302, 302]

    assert Suggestion.objects.count() == 1


def test_revision_kept_is_the_one_that_was_shown(client: Client, dispute: Recorded) -> None:
    sent = token(client, at(dispute))
    dispute.edit(title="Another title meanwhile")

    client.post(at(dispute), {"token": sent, "wrong": "Wrong."})

    assert Suggestion.objects.get().number == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"wrong": ""}, "Tell us what is wrong."),
        ({"wrong": " \u200b\u202e \x00"}, "Tell us what is wrong."),
        ({"wrong": "x" * 4001}, "at most 4000"),
        ({"source": "x" * 4001}, "at most 4000"),
        ({"name": "x" * 151}, "at most 150"),
        ({"email": "nobody"}, "Enter a valid email address."),
        ({"email": "a\x00@b.example"}, "Null characters"),
        ({"credit": "on"}, "Enter your name"),
        ({"subject": "Buy this"}, "A hidden field was filled in"),
    ],
)
def test_faulty_form_comes_back_with_what_was_typed(
    client: Client, dispute: Recorded, fields: dict[str, str], message: str
) -> None:
    response = send(client, dispute, **{"instead": "Kept <b>as typed</b>", **fields})

    html = text(response)
    assert response.status_code == 400
    assert message in html
    assert ">\nKept &lt;b&gt;as typed&lt;/b&gt;</textarea>" in html
    assert 'role="alert"' in html
    assert 'name="subject" autocomplete="off" tabindex="-1" value=' not in html.replace("Buy this", "")
    assert "Buy this" not in html
    assert Suggestion.objects.count() == 0


def test_form_that_came_back_can_be_sent(client: Client, dispute: Recorded) -> None:
    block = dispute.document.points[0].key
    first = send(client, dispute, block, wrong="")
    sent = re.search(r'name="token" value="([^"]+)"', text(first))
    assert sent is not None

    assert client.post(at(dispute, block), {"token": unescape(sent[1]), "wrong": "Wrong."}).status_code == 302
    assert str(Suggestion.objects.get().block) == block


def test_faults_are_tied_to_their_fields(client: Client, dispute: Recorded) -> None:
    html = text(send(client, dispute, wrong="", email="nobody"))

    for name in ("wrong", "email"):
        box = re.search(rf'<(?:textarea|input)[^>]*id="id_{name}"[^>]*>', html)
        assert box is not None
        assert 'aria-invalid="true"' in box[0]
        described = re.search(r'aria-describedby="([^"]*)"', box[0])
        assert described is not None
        assert all(f'id="{each}"' in html for each in described[1].split())
        assert f'<a href="#id_{name}">' in html


@pytest.mark.parametrize(
    "sent",
    ["", "x", "x" * 5000, signing.dumps([1, 2], salt="other"), None],
    ids=["empty", "short", "long", "of another form", "missing"],
)
def test_form_that_is_not_ours_comes_back(client: Client, dispute: Recorded, sent: str | None) -> None:
    data = {"wrong": "Kept.", **({"token": sent} if sent is not None else {})}

    response = client.post(at(dispute), data)

    assert response.status_code == 400
    assert "incomplete when it reached us" in text(response)
    assert "Kept." in text(response)
    assert Suggestion.objects.count() == 0


def test_form_of_another_page_is_not_taken(client: Client, dispute: Recorded) -> None:
    other = ControversyFactory()

    response = client.post(at(dispute), {"token": token(client, at(other)), "wrong": "Kept."})

    assert response.status_code == 400
    assert Suggestion.objects.count() == 0


def test_form_sent_too_soon_comes_back(
    client: Client, dispute: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggest, "MIN_AGE", 60)

    response = send(client, dispute, wrong="Kept.")

    assert response.status_code == 400
    assert "filled in faster than people type" in text(response)
    assert "Kept." in text(response)
    assert Suggestion.objects.count() == 0


def test_post_without_the_cookie_comes_back_with_what_was_typed(dispute: Recorded) -> None:
    strict = Client(enforce_csrf_checks=True)
    data = {"token": token(strict, at(dispute)), "wrong": "Kept."}

    response = strict.post(at(dispute), data)

    assert response.status_code == 403
    assert "blocked this form’s cookie" in text(response)
    assert ">\nKept.</textarea>" in text(response)
    assert Suggestion.objects.count() == 0


def test_post_with_the_cookie_is_taken(dispute: Recorded) -> None:
    strict = Client(enforce_csrf_checks=True)
    html = text(strict.get(at(dispute)))
    names = ("token", "csrfmiddlewaretoken")
    found = {name: re.search(rf'name="{name}" value="([^"]+)"', html) for name in names}
    data = {name: unescape(match[1]) for name, match in found.items() if match}

    assert strict.post(at(dispute), {**data, "wrong": "Wrong."}).status_code == 302


# -- limits --


def test_too_many_from_one_address_are_slowed_down_and_lose_nothing(
    client: Client, dispute: Recorded
) -> None:
    for _number in range(5):
        assert send(client, dispute).status_code == 302
    while (response := send(client, dispute, wrong="One too many.")).status_code == 302:
        assert Suggestion.objects.count() < 20

    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 3600
    assert "please send it again in" in text(response)
    assert ">\nOne too many.</textarea>" in text(response)
    assert Suggestion.objects.waiting().count() == 5
    assert send(Client(REMOTE_ADDR="198.51.100.1"), dispute).status_code == 302


def sender(address: str) -> bytes:
    return suggestions.sender_digests(address)["sender"]


def test_proxy_tells_addresses_apart_only_where_it_is_trusted(dispute: Recorded, settings: Any) -> None:
    def from_(told: str) -> bytes:
        Suggestion.objects.all().delete()
        send(Client(headers={"X-Forwarded-For": told}), dispute)
        return bytes(Suggestion.objects.get().sender or b"")

    settings.TRUST_PROXY = False
    assert from_("192.0.2.1") == sender("127.0.0.1")
    settings.TRUST_PROXY = True
    assert from_("203.0.113.9, 192.0.2.1") == sender("192.0.2.1")  # what the proxy added counts


# -- what never shows --

HOSTILE = "\"><script>alert(1)</script>'{{ x }}\u202eevil"


def test_what_readers_write_is_on_no_public_page(client: Client, dispute: Recorded) -> None:
    send(
        client,
        dispute,
        dispute.document.positions[0].key,
        wrong="unspeakablewrong",
        instead="unspeakableinstead",
        source="https://unspeakable.example/",
        name="Unspeakable",
        credit="on",
        email="unspeakable@reader.example",
    )
    suggestion = Suggestion.objects.get()
    suggestions.mark_used(suggestion, editor=UserFactory(), revision=dispute.edit(title="Better"))

    paths = [
        *("", "history/", "revisions/1/", "revisions/2/", "compare/1/2/", "suggest/", "suggest/thanks/"),
        f"suggest/?block={dispute.document.positions[0].key}",
    ]
    addresses = [f"/controversies/here/{path}" for path in paths]
    addresses += ["/", "/changes/", "/controversies/", "/controversies/here.json", "/search/?q=unspeakable"]
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address
        html = text(response).replace('value="unspeakable"', "").replace("<bdi>unspeakable</bdi>", "")
        html = html.replace("/search/?q=unspeakable", "")  # in links to the other languages
        assert "unspeakable" not in html.replace("Search: unspeakable", "").lower(), address


def test_hostile_text_stays_text_in_the_form(client: Client, dispute: Recorded) -> None:
    html = text(
        send(client, dispute, wrong=HOSTILE, instead=HOSTILE, source=HOSTILE, name=HOSTILE, email=HOSTILE)
    )

    assert "<script" not in html
    assert html.count("alert(1)&lt;/script&gt;") == 5
    assert html.count('dir="auto"') >= 4


def test_form_asks_as_many_questions_of_the_database_for_a_large_page(
    client: Client, django_assert_num_queries: Any
) -> None:
    small = ControversyFactory(positions=1, points=1)
    large = ControversyFactory(positions=6, points=5, citations=20, backings=12)

    for dispute in (small, large):
        with django_assert_num_queries(2):
            client.get(at(dispute, dispute.document.positions[0].key))


def test_old_revision_leads_to_the_form_of_today(client: Client, dispute: Recorded) -> None:
    first = dispute.document.positions[0].key
    dispute.save(dispute.document.with_blocks(positions=dispute.document.positions[1:]))

    html = text(client.get("/controversies/here/revisions/1/"))

    assert at(dispute, first) in html
    assert "no longer on the page" in text(client.get(at(dispute, first)))
