"""Lists, topics, backers, sources and search as of a day: names, links, what was not there, what stays hidden."""

import datetime
import re
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from controversies import history
from controversies import models as m
from controversies.document.redact import RemovedWords
from controversies.document.types import BY_NAME
from controversies.history import as_of, periods
from controversies.workflow import redaction
from tests.factories import (
    START,
    BackerFactory,
    ControversyFactory,
    SourceFactory,
    TopicFactory,
    document_factory,
)
from tests.history.test_verify import check, tamper
from tests.markup import one_line

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
LISTS = ("/", "/controversies/", "/backers/", "/sources/", "/search/?q=controversy")


def at(path: str, as_of: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}as_of={as_of}"


def read(client: Client, path: str, as_of: str) -> str:
    response = client.get(at(path, as_of))
    assert response.status_code == 200, path
    return one_line(response.text)


@pytest.fixture
def shared() -> dict[str, Any]:
    """A topic, a backer and a source that the page “one” shows from 5 January 2026, renamed on the 20th."""
    rows: dict[str, Any] = {
        "topic": TopicFactory(slug="weights", title="Weights"),
        "backer": BackerFactory(slug="acme", name="Acme Inc"),
        "source": SourceFactory(slug="study", title="A study"),
    }
    document = document_factory(
        slug="one",
        title="One question",
        topic=rows["topic"],
        backers=[rows["backer"]],
        sources=[rows["source"]],
        positions=1,
    )
    history.record(document, base=None, author_name="Edith", summary="", time=START)
    with history.act(author_name="Edith", summary="Renamed.", time=START + 15 * DAY):
        m.Topic.objects.update(title="Open weights", slug="open-weights")
        m.Backer.objects.update(name="Acme Ltd", slug="acme-ltd")
        m.Source.objects.update(title="The study", slug="the-study")
    return rows


# -- names of the time --


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("/backers/", "Acme Inc", "Acme Ltd"),
        ("/backers/acme-ltd/", "Acme Inc", "Acme Ltd"),
        ("/sources/", "A study", "The study"),
        ("/sources/the-study/", "A study", "The study"),
        ("/topics/open-weights/", ">Weights<", "Open weights"),
        ("/controversies/", ">Weights<", "Open weights"),
    ],
)
def test_names_are_those_of_the_time(client: Client, shared: Any, path: str, before: str, after: str) -> None:
    earlier, later = read(client, path, "2026-01-10"), read(client, path, "2026-01-25")

    assert before in earlier
    assert after not in earlier
    assert after in later
    assert before not in later


@pytest.mark.parametrize("path", ["/backers/acme/", "/sources/study/", "/topics/weights/"])
def test_address_of_the_time_leads_to_it_then_and_nowhere_today(
    client: Client, shared: Any, path: str
) -> None:
    assert client.get(path).status_code == 404
    assert "One question" in read(client, path, "2026-01-10")


def test_search_finds_titles_and_names_as_they_were(client: Client, shared: Any) -> None:
    assert "Acme Inc" in read(client, "/search/?q=acme", "2026-01-10")
    assert "No title or name had" in read(client, "/search/?q=ltd", "2026-01-10")
    assert "Acme Ltd" in read(client, "/search/?q=ltd", "2026-01-25")
    assert "One question" in read(client, "/search/?q=question", "2026-01-10")
    assert "No title or name had" in read(client, "/search/?q=question", "2026-01-01")


# -- what was not there --


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/backers/acme-ltd/", "Acme Ltd"),
        ("/sources/the-study/", "The study"),
        ("/topics/open-weights/", "Open weights"),
    ],
)
def test_what_was_not_there_says_since_when_it_is(client: Client, shared: Any, path: str, name: str) -> None:
    response = client.get(path, {"as_of": "2026-01-04"})
    html = one_line(response.text)

    assert response.status_code == 404
    assert "No public page showed this on 4 January 2026" in html
    assert name in html
    assert 'It was first shown on <a rel="latest-version" href="?as_of=2026-01-05">' in html
    assert f'<a rel="latest-version" href="{path}">what is there today</a>' in html
    assert '<meta name="robots" content="noindex">' in html
    assert client.get("/backers/nobody/", {"as_of": "2026-01-04"}).status_code == 404


def test_list_of_a_day_before_all_says_which_page_is_the_first(client: Client, shared: Any) -> None:
    html = read(client, "/controversies/", "2020-01-01")

    assert "No page that is public today was public then. The first is of" in html
    assert "One question" not in html


def test_draft_withdrawn_page_and_hidden_time_are_in_no_list(client: Client) -> None:
    backer, topic = BackerFactory(name="Hidden holder"), TopicFactory(title="Hidden topic")
    draft = document_factory(title="Hidden draft", backers=[backer], topic=topic, publication="draft")
    history.record(draft, base=None, author_name="E", summary="", time=START)
    gone = ControversyFactory(title="Hidden since", revisions=2)
    gone.edit(publication="withdrawn", time=START + 9 * DAY)
    late = ControversyFactory(title="Hidden at first", revisions=3, published_at=3)
    connection.check_constraints()

    for path in (*LISTS, "/search/?q=hidden"):
        for day in range(1, 20):
            time = f"2026-01-{day:02}"
            html = read(client, path, time)
            assert "Hidden draft" not in html
            assert "Hidden holder" not in html
            assert "Hidden topic" not in html
            assert "Hidden since" not in html, (path, time)
            assert day >= 7 or late.document.head.title not in html, (path, time)
    assert "Hidden at first" in read(client, "/controversies/", "2026-01-08")
    assert client.get(f"/backers/{backer.slug}/", {"as_of": "2026-01-10"}).status_code == 404
    assert "first shown" not in client.get(f"/topics/{topic.slug}/", {"as_of": "2026-01-10"}).text


def test_removed_words_come_back_at_no_time(client: Client, shared: Any) -> None:
    with history.act(author_name="Edith", summary="Again.", time=START + 20 * DAY):
        m.Backer.objects.update(name="Acme")
    order = redaction.RedactionOrder(RemovedWords("Inc"), ground="privacy", by_name="Olga")
    redaction.apply(order)
    connection.check_constraints()

    assert check()[1] is None
    for path in ("/backers/", "/backers/acme-ltd/", "/search/?q=acme", "/api/v1/backers"):
        assert "Acme Inc" not in client.get(at(path, "2026-01-10")).text


# -- the parameter --


@pytest.mark.parametrize("path", LISTS)
def test_page_of_a_day_stays_there_and_is_not_indexed(client: Client, shared: Any, path: str) -> None:
    html = read(client, path, "2026-01-10")

    assert "As of 10 January 2026" in html
    assert '<meta name="robots" content="noindex">' in html
    assert re.search(r'<input type="date" name="as_of" value="2026-01-10"', html)
    for link in re.findall(
        r'<a(?![^>]*latest-version)[^>]* href="(/(?:controversies|backers|sources|topics)/[^"]*)"', html
    ):
        assert "as_of=2026-01-10" in link or "/compare/" in link, link
    [today] = re.findall(r'<a class="button" rel="latest-version" href="([^"]*)"', html)
    assert today == path


@pytest.mark.parametrize("path", [*LISTS, "/api/v1/controversies", "/api/v1/backers"])
def test_what_is_no_time_is_refused_with_what_to_write(client: Client, path: str) -> None:
    response = client.get(at(path, "last+spring"))

    assert response.status_code == 400
    assert "2026-03-08" in response.text


def test_future_day_shows_what_is_there_today(client: Client, shared: Any) -> None:
    html = read(client, "/backers/", "2999-01-01")

    assert "This has not come yet. You see the page as it is now." in html
    assert "Acme Ltd" in html


@pytest.mark.parametrize("path", ["/", "/backers/"])
def test_today_has_a_field_for_an_earlier_day(client: Client, path: str) -> None:
    html = client.get(path).text

    assert '<input type="date" name="as_of"' in html
    assert "noindex" not in html
    assert one_line(client.get(path, {"as_of": ""}).text).count("As of") == 1


def test_imported_dates_are_told_from_dates_here(client: Client) -> None:
    ControversyFactory(slug="old", revisions=2)
    backer = m.Backer.objects.order_by("slug").first()
    assert backer is not None
    told = "it was imported with the dates that it had elsewhere"
    for path in ("/controversies/", f"/backers/{backer.slug}/"):
        assert told in read(client, path, "2026-01-06")
    tamper("UPDATE controversies_revision SET recorded_at = time")
    for path in ("/controversies/", f"/backers/{backer.slug}/"):
        assert told not in read(client, path, "2026-01-06")


def test_import_is_listed_at_the_times_that_it_claims(client: Client) -> None:
    """Its past is put in between what others were at the time, under the names that it was recorded with."""
    topic, backer = TopicFactory(title="Shared topic"), BackerFactory(name="Shared holder")
    here = document_factory(title="From here", topic=topic, backers=[backer], positions=1, citations=0)
    history.record(here, base=None, author_name="Edith", summary="", time=START)
    old = document_factory(title="Old 1", topic=topic, backers=[backer], positions=2, backings=2, citations=0)
    head = None
    for year, title in ((2019, "Old 1"), (2020, "Old 2"), (2021, "Old 3")):
        time = datetime.datetime(year, 1, 1, tzinfo=datetime.UTC)
        document = replace(old, head=replace(old.head, title=title))
        history.record(
            document, base=head, author_name="Git", summary="", time=time, kind=m.ChangeClass.IMPORT
        )
        head = history.head(old.key)
    connection.check_constraints()

    titles = {"2018-12-31": [], "2019-06-01": ["Old 1"], "2020-06-01": ["Old 2"], "2026-01-04": ["Old 3"]}
    for day, expected in titles.items():
        listed = read(client, "/controversies/?order=title", day)
        assert re.findall(r"<h3[^>]*><a[^>]*>([^<]*)</a>", listed) == expected, day
        items = client.get(at("/api/v1/backers", day)).json()["items"]
        assert [(each["name"], each["positions"]) for each in items] == [("Shared holder", 2)] * len(expected)
    assert client.get(at("/api/v1/backers", "2026-01-06")).json()["items"][0]["positions"] == 3
    assert check()[1] is None


# -- pages by key, and what they cost --


def follow(client: Client, path: str) -> list[str]:
    """The names on all pages of a list, by its links."""
    names: list[str] = []
    address: str | None = path
    while address:
        html = client.get(address).text
        names += re.findall(
            r'<a class="(?:name|plain-link)" href="/(?:backers|sources|controversies)/([a-z0-9-]+)/', html
        )
        match = re.search(r'<a rel="next"\s+href="([^"]*)"', html)
        address = path.partition("?")[0] + match[1].replace("&amp;", "&") if match else None
    return names


def test_every_page_of_a_list_is_of_the_day(client: Client) -> None:
    backers = [BackerFactory() for _ in range(135)]
    topic = TopicFactory()
    for i in range(45):
        document = document_factory(
            positions=1,
            points=0,
            backings=3,
            citations=0,
            backers=backers[3 * i : 3 * i + 3],
            topic=topic,
        )
        time = START + i * DAY / 10
        history.record(document, base=None, author_name="E", summary="", time=time)
    later = document_factory(title="Later", topic=topic, positions=1)
    history.record(later, base=None, author_name="E", summary="", time=START + 30 * DAY)

    by_name = sorted(row.slug for row in backers)
    assert sorted(follow(client, "/backers/?as_of=2026-01-20")) == by_name
    for order in ("changed", "title"):
        slugs = follow(client, f"/controversies/?order={order}&as_of=2026-01-20")
        assert len(slugs) == len(set(slugs)) == 45
        assert later.head.slug not in slugs
    html = client.get("/backers/?as_of=2026-01-20&before=nobody").text
    assert "We can’t find that place in the list" in html
    last = client.get(
        "/backers/?as_of=2026-01-20&after=" + follow(client, "/backers/?as_of=2026-01-20")[119]
    ).text
    [previous] = re.findall(r'<a rel="prev"\s+href="([^"]*)"', last)
    page = client.get("/backers/" + previous.replace("&amp;", "&")).text
    assert page.count('scope="row"') == 60


@pytest.mark.parametrize("few", [0, 500])
def test_pages_of_a_day_are_listed_the_same_whether_few_or_many_showed_it(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few are sorted, many walked in order: those of another backer, of later days and hidden ones are left out."""
    monkeypatch.setattr(as_of, "_FEW", few)
    backer = BackerFactory(slug="acme")
    pages = [
        ControversyFactory(
            title=f"Page {number % 3}",
            slug=f"p-{number}",
            positions=1,
            backings=1,
            backers=backers,
            start=start,
        )
        for number, (backers, start) in enumerate(
            [
                *([([backer], START), ([backer], START), (None, START), ([backer], START + 9 * DAY)] * 2),
                ([backer], START),
            ]
        )
    ]
    pages[1].edit(publication="withdrawn", time=START + DAY)
    pages[5].edit(title="Last", time=START + 2 * DAY)
    time = START + 3 * DAY
    wanted = sorted(
        (pages[number] for number in (0, 4, 5, 8)), key=lambda page: (page.document.head.title, page.key)
    )

    shown: list[str] = []
    after, counts = "", set()
    while True:
        part = as_of.pages_showing(BY_NAME["backer"], str(backer.pk), time, pages=2, after=after)
        assert part is not None
        shown += [reading.document.key for reading in part.readings]
        counts.add((part.pages, part.uses))
        after = part.next
        if not after:
            break

    assert shown == [page.key for page in wanted]
    assert counts == {(4, 4)}
    assert as_of.pages_showing(BY_NAME["backer"], str(backer.pk), time, pages=2, after="p-2") is None
    by_key = as_of.pages_showing(BY_NAME["backer"], str(backer.pk), time, pages=9, order=as_of.KEY)
    assert by_key is not None
    assert [reading.document.key for reading in by_key.readings] == sorted(shown)


def test_list_of_a_day_goes_past_names_that_were_had_at_another_time(client: Client) -> None:
    """However many they are: each backer was renamed twice, and one was named last in the alphabet on that day."""
    backers = [BackerFactory(slug=f"b-{i}", name=f"Zeta {i}") for i in range(70)]
    history.record(
        document_factory(backers=backers, positions=1, backings=70), base=None, author_name="E", time=START
    )
    for day, name in ((5, "Alpha"), (10, "Beta")):
        with history.act(author_name="E", summary="Renamed.", time=START + day * DAY):
            for number, backer in enumerate(backers):
                m.Backer.objects.filter(pk=backer.pk).update(name=f"{name} {number:02}")

    def names(path: str) -> list[str]:
        return re.findall(r"<bdi>((?:Alpha|Beta|Zeta) \d+)</bdi></a>", client.get(path).text)

    assert names("/backers/?as_of=2026-01-06")[:2] == ["Zeta 0", "Zeta 1"]
    assert names("/backers/?as_of=2026-01-12") == [f"Alpha {i:02}" for i in range(60)]
    assert names("/backers/?as_of=2026-01-20&q=alpha") == []
    assert names("/backers/?as_of=2026-01-20&q=eta 0") == [f"Beta {i:02}" for i in range(10)]
    assert len(names("/backers/?as_of=2026-01-06&kind=organisation")) == 60
    assert names("/backers/?as_of=2026-01-06&after=b-69") == [f"Zeta {i}" for i in (7, 8, 9)]


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/", 6),
        ("/controversies/", 5),
        ("/controversies/?order=title&status=active", 5),
        ("/topics/{topic}/", 7),
        ("/backers/", 2),
        ("/backers/{backer}/", 6),
        ("/sources/", 2),
        ("/sources/{source}/", 6),
        ("/search/?q=controversy", 4),
        ("/api/v1/controversies", 3),
        ("/api/v1/positions", 3),
        ("/api/v1/topics", 2),
        ("/api/v1/backers", 2),
        ("/api/v1/backers/{backer}", 4),
        ("/api/v1/sources", 2),
        ("/api/v1/sources/{source}/citations", 5),
    ],
)
def test_a_past_day_takes_as_many_queries_however_much_there_is(
    client: Client, django_assert_num_queries: Any, path: str, queries: int
) -> None:
    topic, backer, source = TopicFactory(), BackerFactory(), SourceFactory()
    names = {"topic": topic.slug, "backer": backer.slug, "source": source.slug}
    for number in (1, 6):
        for _ in range(number):
            ControversyFactory(
                document=document_factory(topic=topic, backers=[backer], sources=[source], positions=number),
                revisions=number,
            )
        with django_assert_num_queries(queries):
            response = client.get(at(path.format(**names), "2026-01-05T10:00:00Z"))
        assert response.status_code == 200


# -- the index --


def stored() -> list[tuple[Any, ...]]:
    return sorted(
        m.ListedPeriod.objects.values_list("controversy", "key", "since", "begins", "ends", "title", "uses")
    )


def test_periods_are_derived_as_they_were_written() -> None:
    page = ControversyFactory(revisions=5, published_at=2)
    page.edit(title="Another title", status="resolved", time=START + 30 * DAY)
    first, *rest = page.document.positions
    page.save(
        page.document.with_blocks(positions=(replace(first, citations=()), *rest)), time=START + 31 * DAY
    )
    page.edit(publication="withdrawn", time=START + 32 * DAY)
    page.edit(publication="published", time=START + 33 * DAY)
    connection.check_constraints()
    written = stored()

    assert len(written) > 10
    m.ListedPeriod.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert stored() == written
    periods.rebuild([page.key])
    assert stored() == written


def test_an_edit_that_lists_do_not_show_writes_no_period() -> None:
    page = ControversyFactory(revisions=1)
    written = stored()
    first, *rest = page.document.positions
    page.save(page.document.with_blocks(positions=(replace(first, argument="Another."), *rest)))

    assert stored() == written


def test_times_that_ran_back_before_leave_one_newest_revision_at_any_time() -> None:
    page = ControversyFactory(revisions=1)
    page.edit(title="Second", time=START + 10 * DAY)
    page.edit(title="Third", time=START + 12 * DAY)
    tamper("UPDATE controversies_revision SET time = %s WHERE number = 3", START + 5 * DAY)
    periods.rebuild([page.key])

    of_page = m.ListedPeriod.objects.filter(key=page.key).order_by("since")
    spans = list(of_page.values_list("title", "begins", "ends"))
    assert [(begins, ends) for _title, begins, ends in spans] == [
        (START, START + 5 * DAY),
        (START + 5 * DAY, START + 5 * DAY),
        (START + 5 * DAY, None),
    ]
