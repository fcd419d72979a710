"""The shipped nginx before the site: what it keeps, for whom, and for how long."""

import datetime
import gzip
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from controversies.models import Suggestion
from controversies.pages import access, purging
from tests.factories import ControversyFactory, UserFactory
from tests.proxying import NGINX, ShippedProxy, run_proxy

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        NGINX is None, reason="no nginx on this machine (on Debian: apt-get install nginx-light)"
    ),
]
WAIT = 20.0  # seconds


@pytest.fixture
def proxy(tmp_path: Path, live_server: LiveServer, settings: Settings) -> Iterator[ShippedProxy]:
    settings.ALLOWED_HOSTS = ["localhost", "one.example", "two.example"]
    with run_proxy(tmp_path / "nginx", f"127.0.0.1:{live_server.thread.port}") as running:
        yield running


def wait_until(condition: Callable[[], bool]) -> float:
    """Return the seconds until a condition holds."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < WAIT
        time.sleep(0.05)
    return time.monotonic() - started


def test_public_pages_are_kept_and_the_rest_is_not(proxy: ShippedProxy) -> None:
    ControversyFactory(slug="one", revisions=2)

    for path in (
        "/",
        "/controversies/one/",
        "/controversies/one.json",
        "/controversies/one/revisions/1/",
        "/controversies/one/compare/1/2/",
        "/controversies/one/history/",
        "/changes.atom",
        "/search/?q=one",
        "/api/v1/controversies?limit=1",
        "/sitemap.xml",
    ):
        answers = [proxy.get(path) for _ in range(2)]
        assert [each.status for each in answers] == [200, 200], path
        assert [each.cache for each in answers] == ["MISS", "HIT"], path
        assert answers[0].body == answers[1].body
        assert answers[0].headers["x-request-id"] != answers[1].headers["x-request-id"]
        assert "set-cookie" not in answers[0].headers
    for path in ("/controversies/one/suggest/", "/healthz", "/checkpoint", "/nowhere/"):
        assert [proxy.get(path).cache for _ in range(2)] == ["MISS", "MISS"], path


def test_feed_that_is_opened_in_a_browser_is_kept_beside_what_readers_get(proxy: ShippedProxy) -> None:
    ControversyFactory(slug="one")
    opened = {"Sec-Fetch-Dest": "document"}

    answers = [proxy.get("/changes.atom", headers) for headers in ({}, opened, {}, opened)]

    assert [each.cache for each in answers] == ["MISS", "MISS", "HIT", "HIT"]
    types = ["application/atom+xml; charset=utf-8", "application/xml; charset=utf-8"]
    assert [each.headers["content-type"] for each in answers] == types * 2
    assert [proxy.get("/", headers).cache for headers in ({}, opened)] == ["MISS", "HIT"]


def test_what_mailings_and_strangers_add_makes_no_other_entry(proxy: ShippedProxy) -> None:
    ControversyFactory(slug="one")
    proxy.get("/search/?as_of=2999-01-01&q=one")

    for query in (
        "?as_of=2999-01-01&q=one&utm_source=mail",
        "?utm_source=mail&utm_medium=x&as_of=2999-01-01&q=one",
        "?as_of=2999-01-01&fbclid=1&gclid=2&utm_id=a&q=one",
    ):
        answer = proxy.get(f"/search/{query}")
        assert (answer.status, answer.cache) == (200, "HIT"), query
    for cookie in ("sessionid=x", "other=1", "csrftoken=" + "a" * 32, "xsessionid=" + "a" * 32):
        assert proxy.get("/search/?as_of=2999-01-01&q=one", {"Cookie": cookie}).cache == "HIT", cookie
    assert proxy.get("/search/?as_of=2999-01-01&q=another").cache == "MISS"


def test_somebody_with_a_session_gets_their_own_and_leaves_nothing(proxy: ShippedProxy) -> None:
    ControversyFactory(slug="one")
    editor = Client()
    editor.force_login(UserFactory(role="editor"))
    cookie = {"Cookie": f"sessionid={editor.cookies['sessionid'].value}"}
    assert proxy.get("/controversies/one/").cache == "MISS"

    for _ in range(2):
        theirs = proxy.get("/controversies/one/", cookie)
        assert theirs.cache == "BYPASS"
        assert theirs.headers["cache-control"] == "private, no-store"
        assert b"/admin/controversies/controversy/" in theirs.body

    mine = proxy.get("/controversies/one/")
    assert mine.cache == "HIT"
    assert b"/admin/controversies/controversy/" not in mine.body
    # Neither a draft nor a first answer to an editor is kept for others.
    ControversyFactory(slug="draft", publication="draft")
    assert proxy.get("/controversies/draft/", cookie).status == 200
    assert proxy.get("/controversies/draft/").status == 404
    # A cookie that looks like a session's but is none gets what everybody gets.
    unknown = proxy.get("/controversies/one/", {"Cookie": "sessionid=" + "a" * 32})
    assert unknown.cache == "BYPASS"
    assert unknown.body == mine.body


def test_hosts_and_schemes_never_share_an_answer(proxy: ShippedProxy) -> None:
    ControversyFactory(slug="one")

    for host, other in (("one.example", "two.example"), ("two.example", "one.example")):
        answer = proxy.get("/controversies/one/", host=host)
        assert answer.cache == "MISS"
        assert host.encode() in answer.body
        assert other.encode() not in answer.body
    forged = proxy.get("/controversies/one/", {"X-Forwarded-Host": "evil.example"}, host="one.example")
    assert forged.cache == "HIT"
    assert b"evil.example" not in forged.body
    assert proxy.get("/controversies/one/", host="evil.example").status == 400
    plain = proxy.get_plain("/controversies/one/?a=b", host="one.example")
    assert (plain.status, plain.headers["location"]) == (308, "https://one.example/controversies/one/?a=b")


def test_one_form_is_kept_for_those_who_take_gzip_and_those_who_do_not(proxy: ShippedProxy) -> None:
    ControversyFactory(slug="one")

    packed = proxy.get("/controversies/one/", {"Accept-Encoding": "gzip, br"})
    plain = proxy.get("/controversies/one/")

    assert (packed.cache, plain.cache) == ("MISS", "HIT")
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2
    again = proxy.get("/controversies/one/", {"If-None-Match": packed.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


def test_form_works_and_is_neither_kept_nor_compressed(proxy: ShippedProxy) -> None:
    page = ControversyFactory(slug="one")
    form = proxy.get("/controversies/one/suggest/", {"Accept-Encoding": "gzip"})
    html = form.body.decode()  # not compressed
    cookie = form.headers["set-cookie"].partition(";")[0]
    fields = dict(re.findall(r'name="(csrfmiddlewaretoken|token)" value="([^"]+)"', html))
    assert set(fields) == {"csrfmiddlewaretoken", "token"}

    time.sleep(3)  # people type
    body = "&".join(
        f"{name}={value}" for name, value in (*fields.items(), ("wrong", "All+of+it."), ("subject", ""))
    )
    sent = proxy.get(
        "/controversies/one/suggest/",
        {
            "Cookie": cookie,
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": "http://localhost",
        },
        method="POST",
        body=body,
    )

    assert sent.status == 302, sent.body.decode()
    assert Suggestion.objects.filter(controversy=page.key).count() == 1


def test_withdrawn_page_is_gone_within_the_bound_without_a_word(
    proxy: ShippedProxy, settings: Settings
) -> None:
    settings.CACHE_SECONDS = 4
    page = ControversyFactory(slug="one")
    assert proxy.get("/controversies/one/").cache == "MISS"

    page.edit(publication="withdrawn")

    assert proxy.get("/controversies/one/").status == 200
    seconds = wait_until(lambda: proxy.get("/controversies/one/").status == 410)
    assert seconds <= settings.CACHE_SECONDS + 1


def test_withdrawn_page_is_gone_at_once_where_the_proxy_is_told(
    proxy: ShippedProxy, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "AGAIN", datetime.timedelta(hours=1))
    settings.PURGE_URL = proxy.purge_url
    page, other = ControversyFactory(slug="one", revisions=2), ControversyFactory(slug="two")
    assert purging.teller.wait(WAIT)
    mine = ("/controversies/one/", "/controversies/one.json", "/controversies/one/revisions/1/")
    lists = ("/", f"/topics/{page.document.head.topic.slug}/", "/changes.atom", "/sitemap.xml")
    for path in (*mine, *lists, "/controversies/two/"):
        proxy.get(path)
        assert proxy.get(path).cache == "HIT", path

    page.edit(publication="withdrawn")
    assert purging.teller.wait(WAIT)

    assert [proxy.get(path).status for path in mine] == [410, 410, 410]
    for path in lists:
        answer = proxy.get(path)
        assert answer.cache == "MISS"
        assert b"/controversies/one" not in answer.body
    assert proxy.get(f"/controversies/{other.slug}/").status == 200
    assert proxy.get(f"/controversies/{other.slug}/").cache == "HIT"  # what is dropped is kept again
    settings.PURGE_URL = ""


def test_page_is_shown_while_the_site_fails_but_for_no_longer_than_it_may(
    proxy: ShippedProxy, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CACHE_SECONDS = 2
    ControversyFactory(slug="one")
    proxy.get("/controversies/one/")

    def fail(*_args: object) -> Any:
        raise RuntimeError("broken for a test")

    monkeypatch.setattr(access, "page", fail)
    monkeypatch.setattr(access, "find", fail)
    time.sleep(2.5)

    answer = proxy.get("/controversies/one/")
    assert (answer.status, answer.cache) == (200, "STALE")
    assert proxy.get("/controversies/one/history/").status == 500


def test_only_this_machine_may_drop_and_nothing_else_is_served_there(proxy: ShippedProxy) -> None:
    text = (proxy.folder / "nginx.conf").read_text()
    ControversyFactory(slug="one")
    proxy.get("/controversies/one/")
    [kept] = (proxy.folder / "cache" / "crux").glob("*/*/*")

    answer = ShippedProxy(proxy.purge, proxy.https, proxy.purge, proxy.folder).get_plain(
        f"/{kept.relative_to(proxy.folder / 'cache' / 'crux')}"
    )

    assert answer.status == 403
    assert "deny all;" in text[text.index(f"listen 127.0.0.1:{proxy.purge}") :]
