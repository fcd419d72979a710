"""Frames on other sites, and oEmbed: what they show, to whom, and that nothing else of the site can be framed."""

import html as html_module
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote, urlsplit

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.formats import date_format

from controversies.document.redact import RemovedWords
from controversies.kit.metrics import REGISTRY
from controversies.pages.policy import policy_of
from controversies.workflow import redaction
from tests.caching import REMOVED
from tests.factories import BackerFactory, ControversyFactory, SourceFactory, UserFactory

pytestmark = pytest.mark.django_db

SITE = "http://testserver"
HOSTILE = "</textarea></title><script>alert(1)</script>\"'&<img src=x onerror=alert(2)>{{ 7|add:7 }}"
FRAMED = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors *"


def anchors(page) -> tuple[str, str]:
    """The addresses of a page's first position and first point."""
    return f"position-{page.document.positions[0].key[:8]}", f"point-{page.document.points[0].key[:8]}"


def words(response) -> str:
    html = re.sub("</?time[^>]*>", "", response.content.decode())
    return " ".join(html_module.unescape(re.sub(r"<[^>]+>", " ", html[html.index("<body") :])).split())


def day(page) -> str:
    """The day of a page's newest revision, in words."""
    return date_format(page.head.entry.time, "j F Y")


@pytest.fixture
def page():
    made = ControversyFactory(
        slug="open", title="Open or closed", question="Should they be open?", positions=2, points=1,
        backers=[BackerFactory(name="Meta AI", slug="meta")], backings=2, citations=4,
        sources=[SourceFactory(title="The Work", slug="work"), SourceFactory(title="A Report", slug="report")],
        attribution="From [The Ledger](https://ledger.example/a), [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/).",
    )  # fmt: skip
    first, second = made.document.positions
    made.save(made.document.with_blocks(positions=(replace(first, claim="They should be closed"), second)))
    return made


def embeds(page) -> list[str]:
    position, point = anchors(page)
    return [
        f"/controversies/open/{revision}embed/{part}"
        for revision in ("", "revisions/1/")
        for part in ("", f"{position}/", f"{point}/")
    ]


# -- what they show --


def test_a_page_is_shown_in_brief_with_its_revision_its_date_its_licence_and_a_link(client, page):
    response = client.get("/controversies/open/embed/")
    html, shown = response.content.decode(), words(response)

    assert "Should they be open?" in shown
    assert "They should be closed" in shown
    assert page.document.positions[1].claim in shown
    assert f"Revision 2 of {day(page)}, the newest." in shown
    assert 'href="https://creativecommons.org/licenses/by-sa/4.0/"' in html
    assert '<a href="/controversies/open/">Read it on Crux</a>' in html
    assert f'<link rel="canonical" href="{SITE}/controversies/open/">' in html
    assert '<meta name="robots" content="noindex">' in html


def test_a_position_is_shown_with_its_confidence_its_backers_and_its_sources(client, page):
    position, _point = anchors(page)

    response = client.get(f"/controversies/open/embed/{position}/")
    html, shown = response.content.decode(), words(response)

    assert "They should be closed" in shown
    assert "Confidence in the evidence" in shown
    assert "Meta AI" in shown
    assert "The Work" in shown
    assert page.document.positions[1].claim not in shown
    assert f'<a href="/controversies/open/#{position}">Read it on Crux</a>' in html


def test_a_point_is_shown_with_its_text(client, page):
    _position, point = anchors(page)

    shown = words(client.get(f"/controversies/open/embed/{point}/"))

    assert page.document.points[0].title in shown
    assert "They should be closed" not in shown


def test_the_address_decides_whether_the_revision_is_fixed_or_the_newest(client, page):
    position, _point = anchors(page)

    live, fixed = (
        words(client.get(f"/controversies/open/{each}embed/{position}/")) for each in ("", "revisions/1/")
    )
    page.edit(title="Another title")
    later = words(client.get(f"/controversies/open/embed/{position}/"))
    still = client.get(f"/controversies/open/revisions/1/embed/{position}/")

    assert "They should be closed" in live
    assert "They should be closed" not in fixed
    assert f"The page has been revised once since, on {day(page)}." in fixed
    assert "Another title" in later
    assert f"Revision 3 of {day(page)}, the newest." in later
    assert "Another title" not in words(still)
    assert f"revised 2 times since, most recently on {day(page)}." in words(still)
    assert f'href="/controversies/open/revisions/1/#{position}"' in still.content.decode()


def test_hostile_text_stays_text(client):
    page = ControversyFactory(slug="evil", positions=1, points=1)
    document = page.document
    position = replace(document.positions[0], claim=HOSTILE, argument=HOSTILE, confidence_reason=HOSTILE)
    head = replace(document.head, title=HOSTILE, question=HOSTILE, attribution=HOSTILE)
    page.save(
        replace(document, head=head).with_blocks(
            positions=(position,), points=(replace(document.points[0], title=HOSTILE, body=HOSTILE),)
        )
    )
    parts = anchors(page)

    for address in ("embed/", *(f"{kind}/{part}/" for kind in ("embed", "cite") for part in parts), "cite/"):
        html = client.get(f"/controversies/evil/{address}").content.decode()
        assert "<script>" not in html
        assert "<img" not in html
        assert "{{ 7|add:7 }}" in html
        # What is copied out of a box is HTML in which the text is text, still.
        for box in re.findall(r"<textarea[^>]*>(&lt;iframe.*?)</textarea>", html, re.DOTALL):
            frame = html_module.unescape(box)
            assert frame.count("<") == 2
            assert "&lt;script&gt;" in frame
    for part in parts:
        answer = client.get(f"/oembed.json?url={SITE}/controversies/evil/%23{part}").json()
        title = re.search(r' title="([^"]*)"', answer["html"])
        assert title
        assert html_module.unescape(title[1]) == answer["title"]
        assert HOSTILE in answer["title"]
        assert answer["html"].count("<") == 2


# -- whom they are shown to --


def test_frames_of_all_sites_show_them_without_scripts_or_cookies(page):
    for address in embeds(page):
        client = Client()
        client.force_login(UserFactory(role="editor"))
        for response in (
            client.get(address),
            client.get(address, headers={"cookie": "sessionid=x"}),
            Client().get(address),
        ):
            html = response.content.decode()
            assert response.status_code == 200, address
            assert response["Content-Security-Policy"] == FRAMED
            assert "X-Frame-Options" not in response
            assert not response.cookies
            assert "Cookie" not in response.get("Vary", "")
            assert "private" not in response["Cache-Control"]
            assert "<script" not in html
            assert " style=" not in html
            assert html.count('<link rel="stylesheet"') == 1
            assert len(html) < 8_000


def test_what_is_not_there_is_said_in_the_frame_too(client, page):
    ControversyFactory(slug="draft", publication="draft")
    ControversyFactory(slug="gone", publication="withdrawn")
    position, _point = anchors(page)
    cases = (
        ("draft/embed/", 404, "No longer shown"),
        ("none/embed/", 404, "No longer shown"),
        ("open/embed/position-00000000/", 404, "No longer shown"),
        ("open/revisions/9/embed/", 404, "No longer shown"),
        ("gone/embed/", 410, "This page was withdrawn"),
        ("gone/revisions/1/embed/", 410, "This page was withdrawn"),
        (f"gone/embed/{position}/", 410, "This page was withdrawn"),
    )
    editor = Client()
    editor.force_login(UserFactory(role="editor"))
    for address, status, title in cases:
        for who in (client, editor):
            response = who.get(f"/controversies/{address}")
            assert (response.status_code, response["Content-Security-Policy"]) == (status, FRAMED), address
            assert "X-Frame-Options" not in response
            assert title in words(response)


def every_address(
    patterns: list[URLPattern | URLResolver], start: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    """Yield each address below these, with its pattern."""
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from every_address(each.url_patterns, start + str(each.pattern))
        else:
            yield start + str(each.pattern), each


def test_no_other_address_can_be_framed(client, page):
    """A frame of another site could make people click on what they do not see."""
    position, _point = anchors(page)
    values = {"slug": "open", "number": "1", "a": "1", "b": "2", "form": "bib", "part": position}
    framed, others = set(), set()
    for address, pattern in every_address(get_resolver().url_patterns):
        if policy_of(pattern.callback) is None:
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: values.get(match[1], "x"), address)
        response = client.get(f"/{path}")
        is_framed = "frame-ancestors *" in response["Content-Security-Policy"]
        assert is_framed == ("X-Frame-Options" not in response), path
        (framed if is_framed else others).add(pattern.name)
    assert framed == {"embed", "embed_part", "revision_embed", "revision_embed_part"}
    assert len(others) > 60
    for path in ("/admin/login/", "/nothing/"):
        assert client.get(path)["X-Frame-Options"] == "DENY"


def test_a_page_that_is_withdrawn_leaves_the_frames(client, page):
    before = [client.get(address).status_code for address in embeds(page)]

    page.edit(publication="withdrawn")

    answers = [client.get(address) for address in embeds(page)]
    assert before == [200] * 6
    assert [each.status_code for each in answers] == [410] * 6
    assert {each["Cache-Control"] for each in answers} == {REMOVED}
    assert client.get(f"/oembed.json?url={SITE}/controversies/open/").status_code == 410


def test_the_same_is_answered_again_without_drawing_it(client, page, django_assert_max_num_queries):
    for address in embeds(page):
        first = client.get(address)
        with django_assert_max_num_queries(1):
            again = client.get(address)
        assert again.content == first.content
        assert again["Content-Security-Policy"] == FRAMED
        assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304


def test_removed_words_leave_the_frames(client, page):
    before = [client.get(address) for address in embeds(page)]
    claim = page.document.positions[0].claim

    redaction.apply(redaction.RedactionOrder(RemovedWords(claim), ground="privacy", by_name="Olga Operator"))

    assert any(claim in words(each) for each in before)
    for address in embeds(page):
        assert claim not in client.get(address).content.decode()
    assert '<span class="removed">removed</span>' in client.get(embeds(page)[0]).content.decode()
    answer = client.get(f"/oembed.json?url={SITE}/controversies/open/%23{anchors(page)[0]}").json()
    assert claim not in json.dumps(answer)


@pytest.mark.parametrize("size", [1, 6])
def test_queries_are_the_same_for_any_page(client, django_assert_max_num_queries, size):
    page = ControversyFactory(slug="open", positions=size, points=size, citations=4 * size, revisions=size)

    for address in embeds(page)[:3]:
        with django_assert_max_num_queries(3):
            client.get(address)


# -- oEmbed --


def ask(client, url, **params):
    return client.get("/oembed.json", {"url": url, **params})


def test_oembed_gives_the_frame_of_a_page(client, page):
    answer = ask(client, f"{SITE}/controversies/open/")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer.json() == {
        "version": "1.0",
        "type": "rich",
        "title": "Open or closed",
        "provider_name": "Crux",
        "provider_url": f"{SITE}/",
        "cache_age": 60,
        "html": f'<iframe src="{SITE}/controversies/open/embed/" title="Open or closed" width="640" height="480" '
        'loading="lazy" style="border: 0; max-width: 100%"></iframe>',
        "width": 640,
        "height": 480,
        "thumbnail_url": f"{SITE}/controversies/open/share.png",
        "thumbnail_width": 1200,
        "thumbnail_height": 630,
    }


def test_oembed_takes_revisions_parts_and_the_addresses_of_frames(client, page):
    position, point = anchors(page)
    base = "/controversies/open"
    cases = {
        f"{base}/revisions/1/": f"{base}/revisions/1/embed/",
        f"{base}/#{position}": f"{base}/embed/{position}/",
        f"{base}/revisions/2/#{point}": f"{base}/revisions/2/embed/{point}/",
        f"{base}/#positions": f"{base}/embed/",
        f"{base}/embed/{position}/": f"{base}/embed/{position}/",
        f"{base}/cite/{point}/": f"{base}/embed/{point}/",
        f"{base}/?utm_source=mail": f"{base}/embed/",
    }
    for url, src in cases.items():
        answer = ask(client, SITE + url).json()
        assert f'src="{SITE}{src}"' in answer["html"], url
        assert client.get(src).status_code == 200
        assert ("thumbnail_url" in answer) == (src == f"{base}/embed/")
    assert ask(client, f"{SITE}{base}/#{position}").json()["title"] == "Position A of “Open or closed”"


def test_oembed_keeps_to_the_size_it_is_given(client, page):
    url = f"{SITE}/controversies/open/"

    small = ask(client, url, maxwidth="320", maxheight="200").json()
    large = ask(client, url, maxwidth="2000", maxheight="2000").json()

    assert (small["width"], small["height"]) == (320, 200)
    assert 'width="320" height="200"' in small["html"]
    assert "thumbnail_url" not in small
    assert (large["width"], large["height"], large["thumbnail_width"]) == (640, 480, 1200)
    for name in ("maxwidth", "maxheight"):
        for text in ("0", "-1", "wide", "1e3", "٣٢٠", "9" * 7, "1.5"):
            answer = ask(client, url, **{name: text})
            assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
            assert f"`{name}` must be a number of pixels" in answer.json()["detail"]


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "/controversies/open/", "http://[::1", "https://elsewhere.example/controversies/open/"),
        *(f"{SITE}/", f"{SITE}/controversies/", f"{SITE}/sources/work/", f"{SITE}/controversies/none/"),
        *(f"{SITE}/controversies/open/history/", f"{SITE}/controversies/open/?as_of=2026-01-05"),
        *(f"{SITE}/controversies/open/revisions/9/", f"{SITE}/controversies/open/#position-00000000"),
        *(f"{SITE}/controversies/draft/", "javascript://testserver/controversies/open/", f"{SITE}/admin/"),
        *(f"{SITE}@evil.example/controversies/open/", f"http://evil.example/{SITE}/controversies/open/"),
    ],
)
def test_oembed_has_nothing_for_any_other_address(client, page, url):
    ControversyFactory(slug="draft", publication="draft")

    answer = ask(client, url)

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["status"] == 404


def test_oembed_says_that_it_has_no_other_format_and_nobody_is_alarmed(client, page, caplog):
    url = f"{SITE}/controversies/open/"

    answers = [ask(client, url, format="xml"), client.get("/oembed.xml", {"url": url})]

    assert [(each.status_code, each["Content-Type"]) for each in answers] == [
        (501, "application/problem+json")
    ] * 2
    assert ask(client, url, format="json").status_code == 200
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    counts = [
        REGISTRY.get_sample_value("crux_request_seconds_count", {"route": "oembed_xml", "status": status})
        for status in ("4xx", "5xx")
    ]
    assert counts[0]
    assert counts[1] is None


def test_pages_lead_to_their_oembed(client, page):
    for address in ("/controversies/open/", "/controversies/open/revisions/1/"):
        html = client.get(address).content.decode()
        [link] = re.findall(
            r'<link rel="alternate" type="application/json\+oembed" title="[^"]+" href="([^"]+)">', html
        )
        answer = client.get(html_module.unescape(link).removeprefix(SITE)).json()
        assert f'src="{SITE}{address}embed/"' in answer["html"]


def test_oembed_answers_for_the_address_of_the_site_whatever_host_it_is_asked_at(client, page, settings):
    settings.SITE_URL = "https://crux.example"

    answer = ask(client, "https://crux.example/controversies/open/")

    assert answer.status_code == 200


def test_the_page_to_cite_has_frames_to_copy(client, page):
    position, _point = anchors(page)
    for address, part in (("cite/", ""), (f"cite/{position}/", f"{position}/")):
        html = client.get(f"/controversies/open/{address}").content.decode()
        frames = [
            html_module.unescape(each)
            for each in re.findall(r"<textarea[^>]*>(&lt;iframe[^<]*)</textarea>", html)
        ]
        sources = [re.search(r'src="([^"]+)"', frame)[1] for frame in frames]
        assert sources == [
            f"{SITE}/controversies/open/embed/{part}",
            f"{SITE}/controversies/open/revisions/2/embed/{part}",
        ]
        assert all(client.get(urlsplit(each).path).status_code == 200 for each in sources)
        assert quote(f"{SITE}/controversies/open/", safe="") in html
        assert json.loads(
            client.get(html_module.unescape(re.search(r'href="(/oembed\.json[^"]+)"', html)[1])).content
        )
