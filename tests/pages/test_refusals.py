"""What readers and programs get in place of what cannot be had: the status, in the type that they asked for."""

import json
import re
import struct
from importlib.resources import files

import pytest
from django.test import Client
from lxml import etree
from pybtex.database import parse_string

from tests.caching import ASK, REMOVED
from tests.factories import ControversyFactory

pytestmark = pytest.mark.django_db

ADDRESSES = [
    *(".json", "/revisions/1.json", ".atom", "/cite.bib", "/cite.ris", "/cite.json", "/sources.bib"),
    *("/revisions/1/cite.bib", "/revisions/1/sources.json", "/share.png", "/", "/cite/", "/history/"),
]


def content_of(response) -> tuple[str, str]:
    """The kind of an answer, and its words, read as a program of that kind reads it."""
    text, content_type = response.content.decode(), response["Content-Type"]
    match content_type.partition(";")[0]:
        case "application/problem+json":
            problem = json.loads(text)
            assert problem["status"] == response.status_code
            assert problem["type"] == "about:blank"
            return "json", f"{problem['title']} {problem['detail']}"
        case "application/atom+xml":
            feed = etree.fromstring(text.encode())
            names = {child.tag.partition("}")[2]: child.text for child in feed}
            assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
            assert names["id"]
            assert names["updated"]
            assert "entry" not in names
            return "atom", f"{names['title']} {names['subtitle']}"
        case "application/x-bibtex":
            assert not parse_string(text, "bibtex").entries
            assert text.startswith("% ")
            return "bib", text
        case "text/plain":
            return "text", text
    assert "<main" in text
    return "html", re.sub("<[^>]+>", "", text)


def kind_of(address: str) -> str:
    suffix = address.rpartition(".")[2]
    return {"json": "json", "atom": "atom", "bib": "bib", "ris": "text", "png": "text"}.get(suffix, "html")


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_was_withdrawn_is_gone_in_the_type_that_was_asked_for(client, address):
    ControversyFactory(slug="gone", title="A secret title", publication="withdrawn", revisions=2)

    response = client.get(f"/controversies/gone{address}")
    kind, words = content_of(response)

    assert (response.status_code, response["Cache-Control"], kind) == (410, REMOVED, kind_of(address))
    assert "withdrawn" in words or "editors have taken it off" in words
    assert "secret" not in words


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_is_not_there_and_what_is_hidden_are_the_same_in_each_type(client, address):
    ControversyFactory(slug="draft", title="A secret title", publication="draft")

    answers = [client.get(f"/controversies/{slug}{address}") for slug in ("missing", "draft")]

    for response in answers:
        kind, words = content_of(response)
        assert (response.status_code, response["Cache-Control"], kind) == (404, ASK, kind_of(address))
        assert "may not be public" in words
        assert "secret" not in words


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("address", ["", ".json", ".atom", "/cite.bib", "/history/"])
def test_what_would_change_something_is_refused_in_words(method, address):
    ControversyFactory(slug="page")
    client = Client(enforce_csrf_checks=True)

    response = getattr(client, method)(f"/controversies/page{address or '/'}")

    kind, words = content_of(response)
    assert (response.status_code, response["Allow"], kind) == (405, "GET, HEAD", kind_of(address))
    assert "Nothing was changed" in words


def test_a_form_takes_what_is_sent_and_refuses_other_methods_in_words():
    ControversyFactory(slug="page")

    response = Client().delete("/controversies/page/suggest/")

    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, POST")
    assert content_of(response)[0] == "html"


def test_a_form_without_a_token_is_refused_in_the_dress_of_the_site():
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"login": "x", "password": "y"})

    assert response.status_code == 403
    assert '<link rel="stylesheet"' in response.text
    assert "Nothing was saved" in response.text


# -- icons --


def test_icon_is_where_browsers_look_for_it(client):
    """Without being told of it by a page, as when they show a feed or a file."""
    response = client.get("/favicon.ico")

    zero, kind, count = struct.unpack("<HHH", response.content[:6])
    sizes = []
    for place in range(6, 6 + 16 * count, 16):
        width, height, *_rest, size, offset = struct.unpack("<BBBBHHII", response.content[place : place + 16])
        image = response.content[offset : offset + size]
        assert png_size(image) == (width, height)
        sizes.append(width)
    assert (response["Content-Type"], zero, kind, sizes) == ("image/x-icon", 0, 1, [16, 32, 48])


def test_pages_name_their_icons(client):
    html = client.get("/").text

    assert re.search(r'<link rel="icon" type="image/svg\+xml" href="/static/crux/mark[\w.]*\.svg">', html)
    assert re.search(r'<link rel="apple-touch-icon" href="/static/crux/touch-icon[\w.]*\.png">', html)
    image = files("controversies").joinpath("static/crux/touch-icon.png").read_bytes()
    assert png_size(image) == (180, 180)


def png_size(image: bytes) -> tuple[int, int]:
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", image[16:24])
    return width, height


def test_every_button_says_what_it_does():
    """A button without a type sends its form, which is an accident more often than not."""
    templates = [*files("controversies").joinpath("../templates").rglob("*.html")]
    assert len(templates) > 100
    for template in templates:
        for button in re.findall(r"<button\b[^>]*>", template.read_text()):
            assert re.search(r'\btype="(submit|button|reset)"', button), (template.name, button)
