"""What is sent, which redirects are followed, and what is asked again only if it changed."""

import datetime
import os

import pytest

from controversies.checks.fetch import FetchAnswer, fetch
from controversies.checks.fetch.request import fetch_beside, retry_after
from controversies.models.choices import FetchResult
from tests.checks.world import Reply, gzipped, html, raw, redirect, typed, with_etag

pytestmark = pytest.mark.django_db
ARTICLE = html("The work", "<p>Words.</p>")


def ask(clock, url: str, **options: object) -> FetchAnswer:
    return clock.wait_for(fetch, url, **{"scheduled": False, **options})


def test_answer_has_all_that_came(world, clock):
    world.page("https://journal.example/a", html("The work", "<p>Words.</p>", x_note="b", etag='"1"'))

    answer = ask(clock, "https://journal.example/a")

    assert (answer.seen, answer.status, answer.reason) == (FetchResult.OK, 200, "OK")
    assert answer.url == "https://journal.example/a"
    assert answer.hops == ((200, "https://journal.example/a"),)
    assert (answer.headers["x-note"], answer.headers["etag"]) == ("b", '"1"')
    assert (answer.content_type, answer.media_type) == ("text/html; charset=utf-8", "text/html")
    assert b"<p>Words.</p>" in answer.body
    assert not answer.permanent
    assert answer.retry_after is None
    assert answer.time == clock.now()


def test_request_says_who_asks_and_carries_nothing_else(world, clock, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    home = os.environ["SSL_CERT_FILE"].rpartition("/")[0]
    with open(f"{home}/.netrc", "w") as file:
        file.write("machine journal.example login me password secret\n")
    monkeypatch.setenv("HOME", home)
    monkeypatch.setenv("NETRC", f"{home}/.netrc")
    world.page("http://journal.example/a", redirect("/b", set_cookie="id=1; Path=/"))
    world.page("http://journal.example/b", ARTICLE)

    assert ask(clock, "http://journal.example/a").seen == FetchResult.OK

    first, second = world.requests
    assert first.headers == second.headers
    assert first.headers == {
        "host": "journal.example",
        "user-agent": "CruxChecks/1.0 (+https://crux.example/about/checks/)",
        "accept": first.headers["accept"],
        "accept-encoding": "gzip, deflate",
    }


def test_certificate_is_checked_for_the_name_that_was_asked(world, clock):
    world.host("b.example", tls_fault="other")
    world.page("https://b.example/", ARTICLE)
    world.page("https://a.example/", ARTICLE)

    assert ask(clock, "https://a.example/").seen == FetchResult.OK
    assert ask(clock, "https://b.example/").detail == "tls"
    assert ask(clock, "http://b.example/").seen == FetchResult.OK


def test_redirects_are_told_in_order(world, clock):
    world.page("http://a.example/x?y=1", redirect("https://a.example/x?y=1", 301))
    world.page("http://b.example/x", ARTICLE)
    world.page("https://c.example/", redirect("http://b.example/x#part", 308))

    answer = ask(clock, "https://c.example")

    assert answer.hops == ((308, "https://c.example/"), (200, "http://b.example/x"))
    assert answer.permanent
    assert answer.url == "http://b.example/x"


@pytest.mark.parametrize(
    ("first", "second", "permanent"),
    [(301, 301, True), (301, 308, True), (301, 302, False), (302, 301, False), (307, 308, False)],
)
def test_redirects_are_permanent_if_all_are(world, clock, first, second, permanent):
    world.page("https://a.example/1", redirect("/2", first))
    world.page("https://a.example/2", redirect("/3", second))
    world.page("https://a.example/3", ARTICLE)

    assert ask(clock, "https://a.example/1").permanent is permanent


def test_five_redirects_are_followed_and_six_are_not(world, clock):
    for step in range(7):
        world.page(f"https://a.example/{step}", redirect(f"/{step + 1}"))
    world.page("https://a.example/7", ARTICLE)

    assert ask(clock, "https://a.example/2").seen == FetchResult.OK
    assert ask(clock, "https://a.example/1").seen == FetchResult.NO_ANSWER
    assert world.asked("a.example") == [f"/{n}" for n in (2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6)]


def test_redirect_to_an_address_with_odd_characters_is_followed(world, clock):
    world.page("https://a.example/1", Reply(302, b"", {"Location": "/Übung a".encode().decode("latin-1")}))
    world.page("https://a.example/%C3%9Cbung%20a", ARTICLE)

    assert ask(clock, "https://a.example/1").seen == FetchResult.OK


def test_secret_that_a_redirect_adds_is_followed_and_not_kept(world, clock):
    world.page("https://a.example/pdf", redirect("https://store.example/a.pdf?X-Amz-Signature=0123"))
    world.page("https://store.example/a.pdf?X-Amz-Signature=0123", typed("application/pdf", b"%PDF-1.4 x"))

    answer = ask(clock, "https://a.example/pdf")

    assert answer.seen == FetchResult.OK
    assert "0123" not in answer.url + str(answer.hops)


def test_conditions_go_only_to_the_address_that_gave_them(world, clock):
    world.page("https://a.example/1", redirect("/2"))
    world.page("https://a.example/2", with_etag(ARTICLE, '"v1"'))

    direct = ask(clock, "https://a.example/2", etag='"v1"')
    moved = ask(clock, "https://a.example/1", etag='"v1"')
    known = ask(clock, "https://a.example/1", etag='"v1"', validated_url="https://a.example/2")
    changed = ask(clock, "https://a.example/2", etag='"v0"')

    assert (direct.seen, direct.status, direct.body) == (FetchResult.UNCHANGED, 304, b"")
    assert moved.seen == FetchResult.OK
    assert known.seen == FetchResult.UNCHANGED
    assert changed.seen == FetchResult.OK
    assert [request.headers.get("if-none-match") for request in world.requests] == [
        '"v1"',
        *('"v1"', None),  # it was not asked for by this address, and says the whole
        *(None, '"v1"'),
        '"v0"',
    ]


def test_date_of_a_page_is_sent_back_as_it_came(world, clock):
    world.page(
        "https://a.example/",
        lambda request: Reply(304) if "if-modified-since" in request.headers else ARTICLE,
    )

    answer = ask(clock, "https://a.example/", last_modified="Thu, 26 Nov 2026 10:00:00 GMT")

    assert answer.seen == FetchResult.UNCHANGED
    assert world.requests[0].headers["if-modified-since"] == "Thu, 26 Nov 2026 10:00:00 GMT"


def test_validator_that_would_write_headers_is_not_sent(world, clock):
    world.page("https://a.example/", ARTICLE)

    assert ask(clock, "https://a.example/", etag='"a"\r\nX-Evil: 1', last_modified="é").seen == FetchResult.OK
    assert not {"x-evil", "if-none-match", "if-modified-since"} & world.requests[0].headers.keys()


def test_304_that_nobody_asked_for_is_no_answer(world, clock):
    world.page("https://a.example/", Reply(304))

    assert ask(clock, "https://a.example/").seen == FetchResult.NO_ANSWER


def test_body_is_as_it_was_before_compression(world, clock):
    world.page("https://a.example/", gzipped(ARTICLE))

    assert ask(clock, "https://a.example/").body == ARTICLE.body


def test_second_address_of_the_same_visit_needs_no_turn(world, clock):
    world.page("https://a.example/x/1", ARTICLE)
    world.page("https://a.example/x/2", ARTICLE)
    first = fetch("https://a.example/x/1", scheduled=False)

    assert fetch_beside(first, "https://a.example/x/2").seen == FetchResult.OK


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("99999999", 86_400),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("١٢", None),
        ("9" * 400, None),
        ("{in an hour}", 3600),
        ("Thu, 26 Nov 2020 10:00:00 GMT", 0),
        ("Thu, 26 Nov 9999 10:00:00 GMT", 86_400),
        ("Thu, 99 Nov 2026 10:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(clock, value, seconds):
    hour = clock.now().astimezone(datetime.UTC) + datetime.timedelta(hours=1)

    assert retry_after(value.replace("{in an hour}", f"{hour:%a, %d %b %Y %H:%M:%S} GMT")) == seconds


def test_page_that_leads_on_by_itself_is_followed(world, clock):
    tag = '<meta http-equiv="refresh" content="0; url=/b?x=1&amp;y=2">'
    world.page("https://a.example/a", html("Redirecting…", '<a href="/b">Go on</a>', head=tag))
    world.page("https://a.example/b?x=1&y=2", ARTICLE)

    answer = ask(clock, "https://a.example/a")

    assert answer.hops == ((200, "https://a.example/a"), (200, "https://a.example/b?x=1&y=2"))
    assert not answer.permanent
    assert answer.body == ARTICLE.body


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("300; url=/b", 1),  # news that are read again later
        ("0; url=/b", 100),  # a page of its own
        ("0", 1),
        ("0; url=https://a.example/a", 1),
        ("soon; url=/b", 1),
    ],
)
def test_page_that_stays_is_not_left(world, clock, content, words):
    tag = f'<meta http-equiv="refresh" content="{content}">'
    text = " ".join(f"word{number}" for number in range(words))
    world.page("https://a.example/a", html("News", text, head=tag))

    assert ask(clock, "https://a.example/a").url == "https://a.example/a"
    assert world.asked("a.example") == ["/a"]


def test_page_never_leads_inside_or_round_for_ever(world, clock):
    for number in range(7):
        tag = f'<meta http-equiv="refresh" content="0;url=/{number + 1}">'
        world.page(f"https://a.example/{number}", html("On", head=tag))
    world.page(
        "https://b.example/", html("On", head='<meta http-equiv=refresh content="0;url=http://127.0.0.1/">')
    )

    assert ask(clock, "https://a.example/0").detail == "redirects"
    assert ask(clock, "https://b.example/").seen == FetchResult.REFUSED


def test_odd_bytes_of_a_server_reach_nobody(world, clock):
    """PostgreSQL takes no NUL, nor do columns that are short take what is long."""
    head = b'HTTP/1.1 200 O\0K\r\nContent-Type: text/html\0\r\nETag: "a\0b"\r\nX: \x1b[0m\x07\r\n\r\n<p>words'
    world.page("https://a.example/", raw(head))
    world.page(
        "https://b.example/", raw(b"HTTP/1.1 302 Found\r\nLocation: /a\0b\r\nContent-Length: 0\r\n\r\n")
    )
    world.page("https://c.example/", redirect("/" + "a" * 60_000))

    answers = [ask(clock, f"https://{host}.example/") for host in "abc"]

    for answer in answers:
        assert "\0" not in repr((answer.hops, dict(answer.headers), answer.reason, answer.url)).replace(
            "\\x00", "\0"
        )
        assert all(len(url) <= 4_000 for _, url in answer.hops)
    assert [answer.seen for answer in answers[1:]] == [FetchResult.NOT_FOUND, FetchResult.REFUSED]
    assert answers[0].headers["etag"] == '"a\ufffdb"'
