"""Hosts are asked one request at a time, seconds apart, later when they ask for it, and as their robots.txt allows."""

import datetime
import threading

import pytest
from django.db import connection

from controversies.checks.fetch import NotYet, fetch, hosts, robots
from controversies.models import FetchHost
from controversies.models.choices import FetchResult
from tests.checks.world import Reply, Written, endless, html, raw, redirect, typed

pytestmark = pytest.mark.django_db
ARTICLE = html("The work", "<p>Words.</p>")


def wait_of(url: str, *, scheduled: bool = False) -> float:
    """Return the seconds until an address may be asked, as fetching says."""
    from controversies.checks import clock  # noqa: PLC0415 - the test's own

    with pytest.raises(NotYet) as error:
        fetch(url, scheduled=scheduled)
    return (error.value.until - clock.now()).total_seconds()


def test_host_is_asked_again_after_ten_seconds(world, clock):
    world.page("https://a.example/1", ARTICLE)
    world.page("https://b.example/1", ARTICLE)

    fetch("https://a.example/1", scheduled=False)

    assert wait_of("https://a.example/1") == 10
    assert wait_of("http://a.example/other") == 10
    assert fetch("https://b.example/1", scheduled=False).seen == FetchResult.OK
    clock.advance(9.9)
    assert wait_of("https://a.example/1") == pytest.approx(0.1)
    clock.advance(0.1)
    assert fetch("https://a.example/1", scheduled=False).seen == FetchResult.OK
    assert world.asked("a.example") == ["/1", "/1"]


def test_arxiv_is_asked_again_after_three_seconds(world, clock):
    world.page("https://arxiv.org/abs/1", ARTICLE)

    fetch("https://arxiv.org/abs/1", scheduled=False)

    assert wait_of("https://arxiv.org/abs/1") == 3


def test_redirect_waits_for_the_turn_of_the_other_host(world, clock):
    world.page("https://doi.example/1", redirect("https://journal.example/1"))
    world.page("https://journal.example/1", ARTICLE)
    fetch("https://journal.example/1", scheduled=False)
    clock.advance(4)

    assert wait_of("https://doi.example/1") == 6
    assert world.asked("journal.example") == ["/1"]


@pytest.mark.parametrize(
    ("status", "value", "seconds"), [(429, "90", 90), (503, "3600", 3600), (503, "999999", 86_400)]
)
def test_host_says_when_it_wants_to_be_asked_again(world, clock, status, value, seconds):
    world.page("https://a.example/1", html("Later", status=status, retry_after=value))

    answer = fetch("https://a.example/1", scheduled=False)

    assert answer.retry_after == seconds
    assert wait_of("https://a.example/1") == seconds


def test_failing_host_is_asked_ever_later_and_a_good_answer_ends_that(world, clock):
    world.page("https://a.example/1", html("Sorry", status=500))
    waits = []
    for _ in range(10):
        clock.wait_for(fetch, "https://a.example/1", scheduled=False)
        waits.append(wait_of("https://a.example/1"))
    world.page("https://a.example/1", ARTICLE)
    clock.wait_for(fetch, "https://a.example/1", scheduled=False)

    assert waits == [20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]
    assert wait_of("https://a.example/1") == 10


def test_what_one_page_lacks_is_no_failure_of_its_host(world, clock):
    world.page(
        "https://a.example/big",
        raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99999999\r\n\r\n"),
    )
    for path in ("big", "missing"):
        clock.wait_for(fetch, f"https://a.example/{path}", scheduled=False)
        assert wait_of("https://a.example/1") == 10


def test_worker_that_was_killed_holds_its_host_for_a_minute(world, clock):
    world.host("a.example")
    hosts.reserve("a.example")

    assert wait_of("https://a.example/1") == 60
    clock.advance(60)
    assert fetch("https://a.example/1", scheduled=False).seen == FetchResult.NOT_FOUND


def test_times_of_many_hosts_take_one_query(clock, django_assert_num_queries):
    for name in ("a.example", "b.example"):
        hosts.reserve(name)
    hosts.settle("b.example")

    with django_assert_num_queries(1):
        times = hosts.next_times(["a.example", "b.example", "c.example"])

    assert times == {
        "a.example": clock.now() + datetime.timedelta(seconds=60),
        "b.example": clock.now() + datetime.timedelta(seconds=10),
    }


def test_hosts_that_nobody_asked_for_long_are_forgotten(clock):
    hosts.settle("old.example")
    clock.advance(days=179)
    hosts.settle("new.example")
    clock.advance(days=2)

    assert hosts.delete_forgotten() == 1
    assert list(FetchHost.objects.values_list("name", flat=True)) == ["new.example"]


@pytest.mark.django_db(transaction=True)
def test_of_many_threads_one_has_the_turn(clock):
    results: list[bool] = []
    start = threading.Barrier(8)

    def take() -> None:
        try:
            start.wait()
            hosts.reserve("a.example")
            results.append(True)
        except NotYet:
            results.append(False)
        finally:
            connection.close()

    for _ in range(3):
        results.clear()
        threads = [threading.Thread(target=take) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results) == [*[False] * 7, True]
        clock.advance(61)


def test_turns_take_few_queries(world, clock, django_assert_num_queries):
    world.page("https://a.example/1", ARTICLE)
    clock.wait_for(fetch, "https://a.example/1", scheduled=True)
    clock.advance(60)

    with django_assert_num_queries(2):
        fetch("https://a.example/1", scheduled=False)
    clock.advance(60)
    with django_assert_num_queries(3):
        fetch("https://a.example/1", scheduled=True)


# robots.txt


def robots_txt(world, host: str, text: str) -> None:
    world.page(f"https://{host}/robots.txt", typed("text/plain", text.encode()))


def test_scheduled_check_asks_robots_first_and_a_click_does_not(world, clock):
    robots_txt(world, "a.example", "User-agent: *\nDisallow: /private/")
    world.page("https://a.example/private/1", ARTICLE)
    world.page("https://a.example/1", ARTICLE)

    assert wait_of("https://a.example/private/1", scheduled=True) == 10
    clock.advance(10)
    assert fetch("https://a.example/private/1", scheduled=True).seen == FetchResult.ROBOTS
    assert fetch("https://a.example/1", scheduled=True).seen == FetchResult.OK
    clock.advance(10)
    assert fetch("https://a.example/private/1", scheduled=False).seen == FetchResult.OK
    assert world.asked("a.example") == ["/robots.txt", "/1", "/private/1"]


def test_robots_are_asked_once_a_day(world, clock):
    world.page("https://a.example/1", ARTICLE)
    for _ in range(30):
        clock.wait_for(fetch, "https://a.example/1", scheduled=True)
        clock.advance(hours=2)

    assert world.asked("a.example").count("/robots.txt") == 3
    assert world.asked("a.example").count("/1") == 30


def test_robots_name_this_fetcher(world, clock):
    robots_txt(
        world, "a.example", "User-agent: *\nDisallow:\n\nUser-agent: CruxChecks\nDisallow: /\nCrawl-delay: 40"
    )
    robots_txt(
        world, "b.example", "User-agent: *\nDisallow: /\n\nUser-agent: cruxchecks\nCrawl-delay: 40\nAllow: /"
    )
    robots_txt(world, "c.example", "User-agent: CruxChecks\nCrawl-delay: 86400")
    for host in ("a", "b", "c"):
        world.page(f"https://{host}.example/1", ARTICLE)

    assert clock.wait_for(fetch, "https://a.example/1", scheduled=True).seen == FetchResult.ROBOTS
    assert clock.wait_for(fetch, "https://b.example/1", scheduled=True).seen == FetchResult.OK
    assert wait_of("https://b.example/1") == 40
    assert clock.wait_for(fetch, "https://c.example/1", scheduled=True).seen == FetchResult.OK
    assert wait_of("https://c.example/1") == 60


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_robots_that_are_not_given_allow_all(world, clock, status):
    world.page(
        "https://a.example/robots.txt", typed("text/plain", b"User-agent: *\nDisallow: /", status=status)
    )
    world.page("https://a.example/1", ARTICLE)

    assert clock.wait_for(fetch, "https://a.example/1", scheduled=True).seen == FetchResult.OK


@pytest.mark.parametrize("status", [429, 500, 503])
def test_robots_that_fail_allow_nothing_for_a_week(world, clock, status):
    world.page("https://a.example/robots.txt", html("Sorry", status=status))
    world.page("https://a.example/1", ARTICLE)

    assert clock.wait_for(fetch, "https://a.example/1", scheduled=True).seen == FetchResult.ROBOTS
    clock.advance(days=6)
    assert clock.wait_for(fetch, "https://a.example/1", scheduled=True).seen == FetchResult.ROBOTS
    clock.advance(days=1)
    assert clock.wait_for(fetch, "https://a.example/1", scheduled=True).seen == FetchResult.OK


def test_robots_read_before_hold_while_new_ones_fail(world, clock):
    robots_txt(world, "a.example", "User-agent: *\nDisallow: /private/")
    world.page("https://a.example/1", ARTICLE)
    clock.wait_for(fetch, "https://a.example/1", scheduled=True)
    world.page("https://a.example/robots.txt", html("Sorry", status=500))
    clock.advance(days=2)

    assert clock.wait_for(fetch, "https://a.example/1", scheduled=True).seen == FetchResult.OK
    assert clock.wait_for(fetch, "https://a.example/private/1", scheduled=True).seen == FetchResult.ROBOTS
    robots_txt(world, "a.example", "User-agent: *\nDisallow: /1")
    clock.advance(hours=2)
    assert clock.wait_for(fetch, "https://a.example/1", scheduled=True).seen == FetchResult.ROBOTS


@pytest.mark.parametrize(
    ("play", "seen"), [("no_host", FetchResult.NO_HOST), ("closed_host", FetchResult.NO_ANSWER)]
)
def test_host_that_is_not_there_needs_no_robots(world, clock, play, seen):
    getattr(world, play)("a.example")

    assert fetch("https://a.example/1", scheduled=True).seen == seen


def test_robots_may_be_elsewhere_and_never_inside(world, clock):
    robots_txt(world, "www.a.example", "User-agent: *\nDisallow: /")
    world.page("https://a.example/robots.txt", redirect("https://www.a.example/robots.txt", 301))
    world.page("https://b.example/robots.txt", redirect("http://169.254.169.254/robots.txt", 301))
    world.page("https://c.example/robots.txt", redirect("/robots.txt", 301))
    for host in ("a", "b", "c"):
        world.page(f"https://{host}.example/1", ARTICLE)

    results = [clock.wait_for(fetch, f"https://{host}.example/1", scheduled=True).seen for host in "abc"]

    assert results == [FetchResult.ROBOTS, FetchResult.OK, FetchResult.OK]


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"


@pytest.mark.parametrize(
    "page",
    [
        endless(b"Disallow: /a\n", HEAD + b"User-agent: *\n"),
        raw(HEAD + b"".join(b"User-agent: a%d\n" % n for n in range(30_000)) + b"Disallow: /a\n" * 30_000),
        raw(HEAD + b"User-agent: *\n" + b"Disallow: /" + b"*a" * 200_000 + b"\n"),
        raw(HEAD + b"User-agent: *\n" + b"Disallow: /*a*a*a*a*a*a*a*a*a*a*a*a*b$\n" * 10_000),
        raw(HEAD + b"\x00\xff\xfe" * 100_000),
        raw(HEAD + b"User-agent: *\x00\nDisallow: /x\x00\n"),
        raw(HEAD + b":" * 500_000),
        raw(HEAD + b"\n" * 500_000),
        raw(HEAD + b"User-agent: *\nCrawl-delay: nan\nCrawl-delay: 1e999\nAllow: /"),
        Reply(200, b"<html>no robots</html>", {"Content-Type": "text/html"}),
        Written(lambda connection: None),
    ],
    ids=[
        "endless",
        "agents",
        "stars",
        "rules",
        "binary",
        "nul",
        "colons",
        "lines",
        "delay",
        "page",
        "nothing",
    ],
)
def test_hostile_robots_are_bounded(world, clock, page):
    from time import process_time  # noqa: PLC0415

    world.page("https://a.example/robots.txt", page)
    world.page("https://a.example/" + "a" * 3_000, ARTICLE)
    start = process_time()

    answer = clock.wait_for(fetch, "https://a.example/" + "a" * 3_000, scheduled=True)

    assert answer.seen in {FetchResult.OK, FetchResult.ROBOTS, FetchResult.NO_ANSWER}
    assert process_time() - start < 5
    assert len(FetchHost.objects.get(name="a.example").robots) < 200_000


def test_only_the_rules_for_us_are_kept():
    text = "Sitemap: /s\nUser-agent: Google\nDisallow: /g\n\n"
    text += "User-agent: Other\nUser-agent: *\nDisallow: /a # why\nAllow: /a/b\n"

    assert robots.rules_for_us(text) == "user-agent: *\ndisallow: /a\nallow: /a/b"
    assert (
        robots.rules_for_us(text + "\nUser-agent: CRUXCHECKS\nDisallow: /c")
        == "user-agent: cruxchecks\ndisallow: /c"
    )
    assert robots.rules_for_us("Disallow: /") == ""
    assert robots.rules_for_us("") == ""
