"""The language of the site's own words: the address names it, and nothing else does."""

import re

import pytest
from django.urls import reverse
from django.utils.translation import override

from controversies.pages.language import in_language, language_of
from tests.factories import ControversyFactory

PAGES = ["/", "/about/", "{page}", "{page}history/", "{page}revisions/1/", "/backers/", "/search/?q=x"]


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("/", "en"),
        ("/de/", "de"),
        ("/de", "de"),
        ("/es/x/", "es"),
        ("/en/", "en"),
        ("/des/", "en"),
        ("/fr/", "en"),
        ("", "en"),
    ],
)
def test_the_first_part_of_an_address_names_the_language(path, language):
    assert language_of(path) == language


def test_an_address_is_there_in_each_language():
    assert [in_language(path, "de") for path in ("/", "/de/", "/es/a/?q=1")] == ["/de/", "/de/", "/de/a/?q=1"]
    assert [in_language(path, "en") for path in ("/", "/de", "/es/a/?q=1")] == ["/", "/", "/a/?q=1"]


@pytest.mark.parametrize(
    "path", ["/de//evil.example/", "//evil.example/", "/es/\\evil.example/", "/\\/evil.example/"]
)
def test_page_in_another_language_is_on_this_site(path):
    """A page that is not found has these links, too, and browsers take two slashes for the begin of another site."""
    assert {in_language(path, language) for language in ("en", "de")} == {
        "/evil.example/",
        "/de/evil.example/",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*PAGES, "/changes.atom", "/nowhere/"])
def test_no_header_or_cookie_chooses_a_language(client, path):
    path = path.format(page=f"/controversies/{ControversyFactory().slug}/")

    plain = client.get(path)
    client.cookies["django_language"] = "de"
    german = client.get(path, headers={"accept-language": "de-CH, fr;q=0.5"})

    assert german.content == plain.content
    assert german.get("ETag") == plain.get("ETag")
    assert "Accept-Language" not in german.get("Vary", "")


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_translated_page_stays_in_its_language(client, path):
    path = path.format(page=f"/controversies/{ControversyFactory(positions=2, revisions=3).slug}/")
    html = client.get(f"/de{path}").content.decode()

    assert '<html lang="de" dir="ltr"' in html
    links = set(re.findall(r'(?:href|action)="(/[^"]*)"', html))
    others = {each for each in links if not each.startswith(("/de/", "/es/", "/static/"))}
    switch = path.replace("&", "&amp;")
    programs = ("/admin/", "/api/", "/checkpoint", "/favicon", "/controversies/")
    assert switch in others
    assert all(each == switch or each.startswith(programs) for each in others), others
    assert all(
        re.search(r"\.(json|bib|ris|tlog-proof)$", each)
        for each in others - {switch}
        if each.startswith("/controversies/")
    ), others


@pytest.mark.django_db
def test_caches_hold_each_language_apart(client):
    path = f"/controversies/{ControversyFactory(positions=2).slug}/"

    first, again = ([client.get(f"{each}{path}") for each in ("", "/de", "/es")] for _round in range(2))

    assert [page.content for page in first] == [page.content for page in again]
    assert len({page["ETag"] for page in first}) == 3
    assert all("Vary" not in page or "Language" not in page["Vary"] for page in first)
    assert [
        client.get(f"{each}{path}", headers={"if-none-match": page["ETag"]}).status_code
        for each, page in zip(("", "/de", "/es"), first, strict=True)
    ] == [304] * 3
    assert client.get(f"/de{path}", headers={"if-none-match": first[0]["ETag"]}).status_code == 200


@pytest.mark.django_db
def test_each_language_is_its_own_canonical_page_and_names_the_others(client):
    path = f"/controversies/{ControversyFactory(revisions=2).slug}/"

    for prefix in ("", "/de", "/es"):
        html = client.get(prefix + path).content.decode()
        assert f'<link rel="canonical" href="http://testserver{prefix}{path}">' in html
        assert dict(
            re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="http://testserver([^"]+)">', html)
        ) == {
            "en": path,
            "x-default": path,
            "de": f"/de{path}",
            "es": f"/es{path}",
        }
    old = client.get(f"/de{path}revisions/1/").content.decode()
    assert "hreflang=" not in re.sub(r"<a [^>]*>", "", old)


@pytest.mark.django_db
def test_the_switch_keeps_what_a_page_was_asked(client):
    path = f"/controversies/{ControversyFactory().slug}/"

    html = client.get(f"{path}?utm_source=x&as_of=2026-01-06").content.decode()

    assert f'href="/de{path}?as_of=2026-01-06" hreflang="de" lang="de">Deutsch</a>' in html
    assert '<span aria-current="true" lang="en">English</span>' in html


@pytest.mark.django_db
def test_a_time_stays_in_links_in_each_language(client):
    path = f"/controversies/{ControversyFactory().slug}/"
    for prefix in ("", "/de", "", "/de"):
        html = client.get(f"{prefix}{path}?as_of=2026-01-06").content.decode()
        assert f'href="{prefix}{path}history/?as_of=2026-01-06"' in html


@pytest.mark.django_db
def test_what_is_for_programs_has_one_address(client):
    slug = ControversyFactory().slug

    for path in (
        f"/controversies/{slug}.json",
        "/verify.json",
        "/robots.txt",
        "/sitemap.xml",
        "/admin/login/",
        "/api/",
    ):
        assert client.get(path).status_code == 200, path
        assert client.get(f"/de{path}").status_code == 404, path
    with override("de"):
        assert reverse("controversy_json", args=[slug]) == f"/controversies/{slug}.json"
        assert reverse("controversy", args=[slug]) == f"/de/controversies/{slug}/"
    robots = client.get("/robots.txt").content.decode()
    assert {"Disallow: /search/", "Disallow: /de/search/", "Disallow: /es/controversies/*/suggest/"} <= set(
        robots.splitlines()
    )


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/de/nowhere/", "/es/controversies/no-such-page/", "/en/", "/fr/"])
def test_what_is_not_there_is_told_in_its_language(client, path):
    response = client.get(path)

    assert response.status_code == 404
    assert f'<html lang="{language_of(path)}"' in response.content.decode()


@pytest.mark.django_db
def test_an_address_without_its_last_slash_leads_on(client):
    assert client.get("/de").headers["Location"] == "/de/"
    assert client.get("/de/backers").headers["Location"] == "/de/backers/"


@pytest.mark.django_db
def test_a_frame_is_in_the_language_of_the_address_that_was_shared(client):
    path = f"/controversies/{ControversyFactory().slug}/"

    answer = client.get("/oembed.json", {"url": f"http://testserver/de{path}"})

    assert answer.status_code == 200
    assert f"http://testserver/de{path}" in answer.json()["html"]


@pytest.mark.django_db
@pytest.mark.parametrize("begin", ["/de/", "/es/", "/no/"])
@pytest.mark.parametrize("mark", ["/", "%5C", "%09/", "%0A/", "/%09/", "%5C%5C", ".%2F/"])
def test_no_link_of_a_page_that_is_not_there_leads_to_another_site(client, begin, mark):
    response = client.get(f"{begin}{mark}evil.example/")

    links = re.findall(r'(?:href|action|content|src)="([^"]*evil[^"]*)"', response.text)
    assert response.status_code == 404
    assert [link for link in links if not re.match(r"(http://testserver)?/[^/\\\s]", link)] == []
