import re
from dataclasses import replace
from html import unescape
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controversies.history import authors as record
from tests.factories import BIG, ControversyFactory, UserFactory

pytestmark = pytest.mark.django_db

ODD = [
    "a/b", ".", "..", "a/../b", "a?b=c&d#e", "100% sure", "+ plus +", "Zoë 李 مريم", "\u202eevil", "x" * 150,
    "'; DROP TABLE x --", "<script>alert(1)</script>", "//host", "a.json", "a b", "\\", "ann@example.org",
]  # fmt: skip


def url(name="", **query):
    """The address of an author's page; without a name, that of the list."""
    query = {"name": name, **query} if name else query
    return reverse("authors") + (f"?{urlencode(query)}" if query else "")


def text(response):
    """The words of a page."""
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())
    return re.sub(r" ([,.:;])", r"\1", words)


def argue(made, argument, **options):
    first, *rest = made.document.positions
    made.save(made.document.with_blocks(positions=(replace(first, argument=argument), *rest)), **options)


def test_an_author_has_what_stands_today_by_page(client):
    made = ControversyFactory(title="One", positions=2, authors=["Ann"])
    ControversyFactory(title="Another", positions=1, authors=["Bob"])
    argue(made, "What Bob wrote. More by him.", author_name="Bob")

    ann, bob = text(client.get(url("Ann"))), text(client.get(url("Bob")))

    assert re.search(r"Another .* One Changed it on \d+ November 2026", bob)
    assert "Position A: Answer A: Those who publish" in bob
    assert "Argument; since " in bob
    assert "What Bob wrote. More by him." in bob
    assert "What Bob wrote" not in ann
    assert "Another" not in ann
    assert "Changed it on 5 January 2026" in ann
    html = client.get(url("Bob")).content.decode()
    assert f'href="{reverse("history", args=[made.slug])}?by=Bob"' in html
    anchor = f"position-{made.document.positions[0].key[:8]}"
    assert f'href="{reverse("blame", args=[made.slug])}?author=Bob#{anchor}"' in html
    assert f'href="{reverse("changes")}?by=Bob"' in html


def test_an_author_of_whose_words_nothing_stands_is_said_so(client):
    made = ControversyFactory(positions=1)
    argue(made, "All by Bob.", author_name="Bob")
    argue(made, "Something else altogether, written over it.", author_name="Cora")

    assert "Nothing they wrote here stands today." in text(client.get(url("Bob")))


@pytest.mark.parametrize("name", ODD)
def test_any_name_has_an_address(client, name):
    made = ControversyFactory(positions=1, authors=[name])
    recorded = made.head.entry.author_name

    response = client.get(url(recorded))
    history = client.get(reverse("history", args=[made.slug])).content.decode()

    assert response.status_code == 200
    assert recorded in unescape(response.content.decode())
    assert "<script>alert" not in response.content.decode()
    [address] = re.findall(r'class="by">\s*<a class="name" href="([^"]+)"', history)
    assert client.get(unescape(address)).content == response.content


@pytest.mark.parametrize("name", ["Nobody", "ann", "Ann ", "x" * 151, "⟦name removed⟧"])
def test_unknown_names_are_not_found(client, name):
    ControversyFactory(authors=["Ann"])

    assert client.get(url(name)).status_code == 404


def test_authors_of_what_is_hidden_are_nowhere(client):
    page = ControversyFactory(
        positions=1, revisions=3, published_at=3, authors=["Dora Draft", "Dan Draft", "Paul"]
    )
    page.edit(publication="withdrawn", author_name="Willa Withdrawer")
    page.edit(publication="published", author_name="Paul")
    ControversyFactory(publication="draft", authors=["Drew Draft"])
    ControversyFactory(publication="withdrawn", authors=["Wanda"], revisions=2)

    for name in ("Dora Draft", "Dan Draft", "Willa Withdrawer", "Drew Draft", "Wanda"):
        assert client.get(url(name)).status_code == 404
        assert "No changes match these filters." in text(client.get(reverse("changes"), {"by": name}))
    assert client.get(url("Paul")).status_code == 200
    assert re.findall(r"\?name=([^\"]+)", client.get(url()).content.decode()) == ["Paul"]
    client.force_login(UserFactory(role="editor"))
    assert client.get(url("Dora Draft")).status_code == 200
    assert "Drew Draft" in text(client.get(url()))


def test_the_list_is_in_alphabetical_order_and_rates_nobody(client, monkeypatch):
    monkeypatch.setattr(record, "NAMES", 2)
    made = ControversyFactory(revisions=2, authors=["Bea", "Ann"])
    made.edit(title="Third", author_name="Cora")
    made.edit(title="Fourth", author_name="Ann")

    first = client.get(url()).content.decode()
    second = client.get(url(after="Bea")).content.decode()

    assert re.findall(r"\?name=([^\"]+)", first) == ["Ann", "Bea"]
    assert 'href="/authors/?after=Bea"' in first
    assert re.findall(r"\?name=([^\"]+)", second) == ["Cora"]
    assert "More names" not in second
    assert "First names" in second


def test_pages_go_on_by_title(client, monkeypatch):
    for number in range(record.PAGES + 2):
        ControversyFactory(positions=1, points=0, title=f"Page {number:02}", authors=["Ann"])

    first = client.get(url("Ann"))
    [onward] = re.findall(r'rel="next"\s+href="([^"]+)"', first.content.decode())
    second = client.get(unescape(onward))

    heading = r'<h2 id="page-[^>]*><a [^>]*><bdi>(Page \d+)</bdi>'
    titles = [re.findall(heading, each.content.decode()) for each in (first, second)]
    assert titles[0] + titles[1] == [f"Page {number:02}" for number in range(record.PAGES + 2)]
    assert "More pages" not in text(second)


def test_no_address_of_a_person_is_shown_and_search_engines_stay_away(client):
    user = UserFactory(role="editor", email="ann@mail.example")
    made = ControversyFactory(positions=1, author=user)
    name = made.head.entry.author_name

    html = client.get(url(name)).content.decode()

    assert user.email not in html
    assert '<meta name="robots" content="noindex">' in html
    assert "/authors/" not in client.get("/sitemap.xml").content.decode()


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_queries_are_the_same_however_much_there_is(client):
    ControversyFactory(positions=1, points=1, authors=["Ann"])
    ControversyFactory(revisions=6, authors=["Bea"], **BIG)
    for _number in range(4):
        ControversyFactory(positions=1, points=1, authors=["Bea"])

    assert queries(client, url("Ann")) == queries(client, url("Bea")) <= 8


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_only_get_and_head_are_answered(client, method):
    assert getattr(client, method)(url()).status_code == 405
