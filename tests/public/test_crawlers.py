"""What machines are told: which pages there are, and which to leave alone."""

import datetime
import re
from dataclasses import replace
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from django.core.cache import cache

from controversies.public.views import crawlers
from tests.factories import START, BackerFactory, ControversyFactory, TopicFactory, UserFactory

pytestmark = pytest.mark.django_db

SITE = "https://crux.example"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
TIMELESS = [
    "/needs-help/",
    "/backers/",
    "/sources/",
    "/about/",
    "/follow/",
    "/about/record/",
    "/verify/",
    "/verify/formats/",
    "/api/",
    "/data/",
]
FIXED = ["/", "/controversies/", "/changes/", "/topics/", *TIMELESS]


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = SITE


def listed(response, tag="url"):
    """The addresses of a sitemap or of an index, each with when it was last changed."""
    assert response.status_code == 200
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    root = ElementTree.fromstring(response.content)  # noqa: S314 - our own
    assert root.tag == SITEMAP + {"url": "urlset", "sitemap": "sitemapindex"}[tag]
    found = {}
    for each in root:
        assert each.tag == SITEMAP + tag
        address = each.findtext(f"{SITEMAP}loc")
        assert address.startswith(SITE + "/")
        assert address not in found
        found[address.removeprefix(SITE)] = each.findtext(f"{SITEMAP}lastmod")
    return found


def test_sitemap_lists_every_public_page_and_when_it_was_changed(client):
    topic = TopicFactory.create()
    one = ControversyFactory(positions=1, revisions=3, topic=topic)
    two = ControversyFactory(positions=1, topic=topic)
    page = {made.slug: made.document for made in (one, two)}

    found = listed(client.get("/sitemap.xml"))

    third = (START + datetime.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    first = START.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert found == {
        "/": third,
        "/controversies/": third,
        "/changes/": third,
        "/topics/": third,
        **dict.fromkeys(TIMELESS),
        f"/controversies/{one.slug}/": third,
        f"/controversies/{two.slug}/": first,
        f"/topics/{topic.slug}/": third,
        **{f"/backers/{each.slug}/": None for document in page.values() for each in document.backers},
        **{f"/sources/{each.slug}/": None for document in page.values() for each in document.sources},
    }
    for address in found:
        html = client.get(address, headers={"host": "testserver"}).content.decode()
        assert f'<link rel="canonical" href="http://testserver{address}">' in html
        assert '<meta name="robots"' not in html


def test_sitemap_lists_nothing_that_is_not_public(client):
    topic, who = TopicFactory.create(), BackerFactory.create()
    about = {"positions": 1, "topic": topic, "backers": [who]}
    ControversyFactory(publication="draft", **about)
    ControversyFactory(publication="withdrawn", **about)
    client.force_login(UserFactory(role="editor"))  # who sees them, but not here

    assert list(listed(client.get("/sitemap.xml"))) == FIXED

    shown = ControversyFactory(start=START.replace(year=2020), **about)
    found = listed(client.get("/sitemap.xml"))
    assert found[f"/topics/{topic.slug}/"] == found["/"] == "2020-01-05T09:00:00Z"
    assert [path for path in found if path.startswith("/controversies/")][1:] == [
        f"/controversies/{shown.slug}/"
    ]
    assert f"/backers/{who.slug}/" in found


def test_sitemap_of_too_many_pages_is_an_index_of_parts(client, monkeypatch):
    for _ in range(3):  # twelve pages, and those that are always there
        ControversyFactory(positions=1)
    whole = listed(client.get("/sitemap.xml"))
    monkeypatch.setattr(crawlers, "PART", 4)
    cache.clear()

    parts = listed(client.get("/sitemap.xml"), "sitemap")

    assert list(parts) == [f"/sitemap-{n}.xml" for n in range(len(parts), 2 * len(parts))]
    assert len(parts) in (4, 8)
    pages = [listed(client.get(path)) for path in parts]
    assert sum(map(len, pages)) == len(whole) == len(FIXED) + 12
    assert {path: changed for each in pages for path, changed in each.items()} == whole
    assert list(pages[0])[: len(FIXED)] == FIXED
    for path in ("/sitemap-0.xml", "/sitemap-1.xml", "/sitemap-32.xml"):
        assert client.get(path).status_code == 404


def test_page_stays_in_its_part_of_the_sitemap(client, monkeypatch):
    monkeypatch.setattr(crawlers, "PART", 4)
    for _ in range(3):
        ControversyFactory(positions=1)
    parts = list(listed(client.get("/sitemap.xml"), "sitemap"))
    before = {path: listed(client.get(path)) for path in parts}

    one = ControversyFactory(positions=1)
    other = ControversyFactory(positions=1)
    after = {path: listed(client.get(path)) for path in parts}
    halves = [listed(client.get(f"/sitemap-{2 * len(parts) + n}.xml")) for n in (0, 1)]

    assert all(set(before[path]) <= set(after[path]) for path in parts)
    added = {address for path in parts for address in set(after[path]) - set(before[path])}
    assert {f"/controversies/{one.slug}/", f"/controversies/{other.slug}/"} < added
    assert set(after[parts[0]]) == set(halves[0]) | set(halves[1])


def test_sitemap_is_not_sent_again_to_who_has_it(client):
    page = ControversyFactory(positions=1)
    first = client.get("/sitemap.xml")

    assert client.get("/sitemap.xml", headers={"if-none-match": first["ETag"]}).status_code == 304
    page.edit(title="Another title")
    assert client.get("/sitemap.xml", headers={"if-none-match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize(("pages", "revisions"), [(1, 1), (3, 5)])
def test_sitemap_asks_a_constant_number_of_queries(client, django_assert_num_queries, pages, revisions):
    for _ in range(pages):
        ControversyFactory(positions=pages, revisions=revisions)

    with django_assert_num_queries(4):
        client.get("/sitemap.xml")


def test_robots_leave_the_desk_searches_and_forms_alone_and_read_the_rest(client):
    page = ControversyFactory(positions=1, revisions=2)

    response = client.get("/robots.txt")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    text = response.content.decode()
    # Python's parser knows no asterisks, which RFC 9309 has: the one that there is, is filled in.
    read = RobotFileParser()
    read.parse(re.sub(r"/\*/", f"/{page.slug}/", text).splitlines())
    assert read.site_maps() == [f"{SITE}/sitemap.xml"]
    for path in (
        "/admin/",
        f"/admin/controversies/controversy/{page.key}/change/",
        "/search/",
        "/search/?q=x",
        f"/controversies/{page.slug}/suggest/",
        f"/controversies/{page.slug}/suggest/?block=x",
    ):
        assert not read.can_fetch("Anybot", SITE + path), path
    for path in (
        *FIXED,
        f"/controversies/{page.slug}/",
        f"/controversies/{page.slug}.json",
        f"/controversies/{page.slug}/revisions/1/",
        f"/controversies/{page.slug}/history/",
        "/changes.atom",
        "/sitemap.xml",
    ):
        assert read.can_fetch("Anybot", SITE + path), path


def test_pages_that_are_no_page_to_find_say_so(client):
    """Old revisions, comparisons and filtered lists can be read and kept, but are not to be listed."""
    page = ControversyFactory(positions=1, revisions=2)
    page.save(replace(page.document, head=replace(page.document.head, title="Another title")))

    for path in (
        f"/controversies/{page.slug}/revisions/1/",
        f"/controversies/{page.slug}/compare/1/2/",
        f"/controversies/{page.slug}/history/?kind=wording",
        "/search/?q=x",
        f"/controversies/{page.slug}/suggest/",
    ):
        assert '<meta name="robots" content="noindex">' in client.get(path).content.decode(), path
