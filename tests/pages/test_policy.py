"""What views declare, and that nobody gets from a cache what is not for everybody: every address of the URL conf."""

import gzip
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django.fixtures import Settings

from controversies.models import SiteTextName
from controversies.pages import cache as pages_cache
from controversies.pages import compression, versions
from controversies.pages.policy import PublicPolicy, policy_of
from controversies.workflow import site_texts
from tests.caching import PRIVATE, PUBLIC, REMOVED
from tests.factories import ControversyFactory, UserFactory

pytestmark = pytest.mark.django_db

# Addresses whose answers the site does not remember, each with the reason.
NOT_REMEMBERED = {
    "suggest": "a form, with a token of its own for each reader",
    "suggested": "what follows the form",
    "follow": "a form, with a token of its own for each reader",
    "follow_page": "as the site's",
    "follow_topic": "as the site's",
    "follow_backer": "as the site's",
    "follow_sent": "what follows the form",
    "follow_ended": "what follows a link in an e-mail",
    "subscriptions": "what one reader follows",
    "timegate": "a redirect that follows a header of the request",
    "share": "a picture that is kept once for all hosts",
    "picture_file": "a picture that is kept once for all users",
    "revision_picture_file": "a picture that is kept once for all users",
    "backers_picture": "a picture that is kept once for all users",
    "backer_picture": "a picture that is kept once for all users",
    "topic_picture": "a picture that is kept once for all users",
    "log_checkpoint": "the log itself, which must not lag behind",
    "log_tile": "a part of the log, which never changes: any cache keeps it for good",
    "one_log_checkpoint": "as the newest log's",
    "one_log_tile": "as the newest log's",
    "revision_proof": "follows the log",
    "api_unknown": "there is nothing",
    "healthz": "says how the site is now",
    "download": "a file that is kept on the disk, and may have to go at any time",
    "livez": "says how the site is now",
    "readyz": "says how the site is now",
    "metrics": "says how the site is now",
}


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every address: its name, its pattern and its view; without the desk's, which are behind a log-in."""
    for each in (resolver or get_resolver()).url_patterns:
        path = prefix + str(each.pattern)
        if path.startswith("admin/"):
            continue
        if isinstance(each, URLPattern):
            yield each.name or "", path, each.callback
        else:
            yield from routes(each, path)


def test_every_public_address_is_remembered_or_says_why_not() -> None:
    remembered, others = set(), set()
    for name, _path, view in routes():
        policy = policy_of(view)
        (remembered if policy and policy.find_versions else others).add(name)

    assert others == set(NOT_REMEMBERED)
    assert len(remembered) > 50


def test_every_public_view_says_which_parameters_it_reads() -> None:
    """Only the API reads all: it refuses those that it does not know."""
    for name, path, view in routes():
        policy = policy_of(view)
        if policy is not None and policy.reads is None:
            assert path.startswith("api/"), name


@pytest.fixture
def site() -> dict[str, str]:
    """Two pages, and the arguments of every address."""
    page = ControversyFactory(slug="one", revisions=3, citations=2, backings=2)
    document = page.document
    for number in range(2):
        site_texts.save(
            SiteTextName.OPERATOR, f"Text {number}.", "So.", author=UserFactory(role="publisher"), base=number
        )
    return {
        "slug": "one",
        "topic": document.head.topic.slug,
        "backer": document.backers[0].slug,
        "source": document.sources[0].slug,
        "part": f"position-{document.positions[0].key[:8]}",
    }


def addresses(site: dict[str, str]) -> list[tuple[str, str]]:
    """Every remembered address, with arguments that lead to an answer."""
    filled = []
    for name, path, view in routes():
        policy = policy_of(view)
        if policy is None or policy.find_versions is None or name == "oembed_xml":
            continue
        subject = re.match(r"(?:api/v1/)?(topic|backer|source)s?/", path)
        slug = site[subject[1]] if subject else site["slug"]
        values = {"number": "1", "a": "1", "b": "2", "slug": slug, "form": "bib", "part": site["part"]}
        values["name"] = "operator"
        if name == "timemap_part":
            values["number"] = "1"
        query = "?url=http://testserver/controversies/one/" if name == "oembed" else ""
        filled.append((name, "/" + re.sub(r"<\w+:(\w+)>", lambda match, v=values: v[match[1]], path) + query))
    return filled


def test_answers_are_the_same_again_for_one_or_two_small_queries(
    client: Client, site: dict[str, str], django_assert_max_num_queries: Any
) -> None:
    for name, path in addresses(site):
        first = client.get(path)
        if first.status_code in (404, 503) and name in ("verify_policy", "blame", "revision_blame"):
            continue
        assert first.status_code == 200, path
        assert first["Cache-Control"] == PUBLIC, path
        assert first["ETag"], path
        assert not first.cookies, path
        assert "Cookie" not in first.get("Vary", ""), path
        with django_assert_max_num_queries(2):
            again = client.get(path)
        assert again.content == first.content, path
        with django_assert_max_num_queries(2):
            unchanged = client.get(path, headers={"if-none-match": first["ETag"]})
        assert (unchanged.status_code, unchanged.content) == (304, b""), path
        assert unchanged["Cache-Control"] == PUBLIC, path
        head = client.head(path)
        assert (head.status_code, head["ETag"]) == (200, first["ETag"]), path


def test_what_is_not_read_makes_no_other_answer(
    client: Client, site: dict[str, str], django_assert_max_num_queries: Any
) -> None:
    for name, path in addresses(site):
        first = client.get(path)
        if first.status_code != 200 or path.startswith("/api/v1"):
            continue
        with django_assert_max_num_queries(2):
            other = client.get(f"{path}?utm_source=a&fbclid=b&gclid=c&%00=%00&x=1")
        assert other.content == first.content, name
        assert other["ETag"] == first["ETag"], name
        client.cookies["sessionid"] = "x"
        with django_assert_max_num_queries(2):
            stranger = client.get(path)
        assert stranger.content == first.content, name
        assert stranger["Cache-Control"] == PUBLIC, name
        client.cookies.clear()


def test_order_of_parameters_makes_no_other_answer(client: Client, django_assert_num_queries: Any) -> None:
    ControversyFactory()
    first = client.get("/?status=active&order=title")

    with django_assert_num_queries(1):
        assert client.get("/?order=title&utm_source=x&status=active").content == first.content


def test_canonical_link_stays_whatever_is_added(client: Client) -> None:
    ControversyFactory(slug="one")

    html = client.get("/controversies/one/?utm_source=mail").text

    assert '<link rel="canonical" href="http://testserver/controversies/one/">' in html
    assert "utm_source" not in html


def test_api_still_refuses_parameters_that_there_are_not(client: Client) -> None:
    assert client.get("/api/v1/controversies?utm_source=x").status_code == 400


# -- sessions --


def test_cookie_without_a_session_costs_one_query_and_gets_what_everybody_gets(
    client: Client, django_assert_num_queries: Any
) -> None:
    ControversyFactory(slug="one")
    first = client.get("/controversies/one/")

    client.cookies["sessionid"] = "a" * 32
    with django_assert_num_queries(2):  # is there such a session, and which revision is the newest
        assert client.get("/controversies/one/").content == first.content
    for key in ("x", "", "A" * 32, "a" * 33, "ä" * 32):
        client.cookies["sessionid"] = key
        with django_assert_num_queries(1):
            assert client.get("/controversies/one/").content == first.content


def test_session_of_nobody_gets_what_everybody_gets_and_is_kept(client: Client) -> None:
    ControversyFactory(slug="one")
    session = client.session
    session["half-way"] = "to a log-in"
    session.save()
    client.cookies["sessionid"] = session.session_key

    response = client.get("/controversies/one/")

    assert response["Cache-Control"] == PUBLIC
    assert not response.cookies
    assert client.session["half-way"] == "to a log-in"


def test_user_with_a_session_gets_private_answers_that_nobody_else_gets(site: dict[str, str]) -> None:
    editor, reader = Client(), Client()
    editor.force_login(UserFactory(role="editor"))
    draft = ControversyFactory(publication="draft", title="A secret draft")
    for name, path in addresses(site):
        theirs = editor.get(path, headers={"accept-encoding": "gzip"})
        policy = next(policy_of(view) for each, _path, view in routes() if each == name)
        if policy is not None and not policy.is_for_all:
            assert theirs["Cache-Control"] == PRIVATE, name
            assert "ETag" not in theirs or name in ("verifier", "witness"), name
            assert "Content-Encoding" not in theirs, name
        mine = reader.get(path)
        assert b"secret" not in mine.content, name
        assert b"/admin/controversies/" not in mine.content or name == "robots", name
    assert editor.get(f"/controversies/{draft.slug}/").status_code == 200
    for _ in range(2):
        assert reader.get(f"/controversies/{draft.slug}/").status_code == 404


def test_hosts_never_share_an_answer(settings: Settings, site: dict[str, str]) -> None:
    settings.ALLOWED_HOSTS = ["one.example", "two.example"]
    for name, path in addresses(site):
        bodies = [Client().get(path, headers={"host": host}).content for host in settings.ALLOWED_HOSTS]
        assert b"one.example" not in bodies[1], name


# -- never stale --


def test_nothing_shown_is_stale_after_a_change(client: Client, site: dict[str, str]) -> None:
    """Each remembered page is what a site without memory draws, after each kind of change."""
    page = ControversyFactory(slug="two")
    paths = [path for _name, path in addresses(site)]

    def check() -> None:
        shown = {path: client.get(path).content for path in paths}
        cache.clear()
        versions.forget()
        for path in paths:
            assert client.get(path).content == shown[path], path

    check()
    page.edit(title="Another title")
    check()
    page.edit(publication="withdrawn")
    check()
    page.edit(publication="published")
    check()


def test_withdrawn_page_says_so_to_every_cache(client: Client) -> None:
    page = ControversyFactory(slug="one")
    client.get("/controversies/one/")
    page.edit(publication="withdrawn")

    gone = client.get("/controversies/one/")

    assert (gone.status_code, gone["Cache-Control"]) == (410, REMOVED)


def test_no_time_for_shared_caches_makes_them_ask_each_time(client: Client, settings: Settings) -> None:
    settings.CACHE_SECONDS = 0
    ControversyFactory(slug="one")

    for _ in range(2):
        assert client.get("/controversies/one/")["Cache-Control"] == "no-cache"


# -- compression --


def test_page_is_compressed_once_and_served_to_those_who_take_it(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ControversyFactory(slug="one")
    compressed = []
    compress = compression.compress
    monkeypatch.setattr(compression, "compress", lambda *args: compressed.append(args[1]) or compress(*args))

    plain = client.get("/controversies/one/")
    packed = [client.get("/controversies/one/", headers={"accept-encoding": "gzip, br"}) for _ in range(3)]

    assert len(compressed) == 1
    for each in packed:
        assert each["Content-Encoding"] == "gzip"
        assert gzip.decompress(each.content) == plain.content
        assert each["Content-Length"] == str(len(each.content))
        assert each["ETag"] == f"W/{plain['ETag']}"
        assert each["Vary"] == plain["Vary"] == "Accept-Encoding"
    headers = {"accept-encoding": "gzip", "if-none-match": packed[0]["ETag"]}
    assert client.get("/controversies/one/", headers=headers).status_code == 304


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("gzip", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("br,gzip", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0, br", False),
        ("gzip;q=0.5", True),
        ("x-gzip", False),
        ("identity", False),
        ("", False),
    ],
)
def test_client_says_whether_it_takes_gzip(header: str, expected: bool) -> None:
    request: HttpRequest = RequestFactory().get("/", headers={"accept-encoding": header})

    assert compression.accepts(request) is expected


def test_no_answer_with_a_token_or_for_a_user_is_ever_compressed(site: dict[str, str]) -> None:
    """BREACH: a secret is never compressed beside text that somebody else chose."""
    editor = Client()
    editor.force_login(UserFactory(role="editor"))
    gzipped = {"accept-encoding": "gzip"}
    for path in ("/controversies/one/suggest/", "/admin/login/"):
        form = Client().get(path, headers=gzipped, follow=True)
        assert "csrfmiddlewaretoken" in form.text
        assert "Content-Encoding" not in form
    for path in ("/controversies/one/", "/search/?q=reflected", "/admin/"):
        assert "Content-Encoding" not in editor.get(path, headers=gzipped)
    for _name, path in addresses(site):
        response = Client().get(path, headers=gzipped)
        if response.get("Content-Encoding") == "gzip":
            body = gzip.decompress(response.content)
            assert "s-maxage=" in response["Cache-Control"]
            assert b"csrfmiddlewaretoken" not in body
            assert not response.cookies


def test_only_what_is_the_same_for_everybody_is_kept() -> None:
    policy = PublicPolicy(frozenset(), versions.of_release)

    assert policy.surrogate_keys({}) == ("crux", "lists")
    assert PublicPolicy(subject="page").surrogate_keys({"slug": "one"}) == ("crux", "page-one")
    assert pages_cache._find_route("/admin/") is None
    assert pages_cache._find_route("/controversies/one/suggest/") is None
