"""A page as of a day or time: its banner, its links, what was not public then, and what caches keep of it."""

import datetime
import json
import random
import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from controversies.models import ChangeClass, Controversy
from tests.caching import REMOVED
from tests.factories import START, ControversyFactory, UserFactory
from tests.history.test_verify import tamper
from tests.markup import one_line

from .test_as_of_history import STEP, Site

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
PAGE = "/controversies/one/"


@pytest.fixture
def made():
    """Four public revisions after a draft, one a day from 5 January 2026 at 9."""
    return ControversyFactory(slug="one", revisions=5, published_at=2, positions=1, backings=1, citations=1)


def read(client, as_of, path=PAGE, **options):
    response = client.get(path, {"as_of": as_of}, **options)
    return response, one_line(response.content.decode())


def without_languages(html):
    """The page without the links to itself in the site's other languages, which keep its address."""
    html = re.sub(r'<link rel="alternate" hreflang=[^>]*>\s*', "", html)
    return re.sub(r'<nav class="languages".*?</nav>', "", html, flags=re.DOTALL)


def without_time(html):
    """The page without the parameter in its links and forms."""
    html = re.sub(r'<input type="hidden" name="as_of" value="[^"]*">', "", html)
    return re.sub(r"(\?|&amp;)as_of=[^\"#]+", "", html)


def without_record(html):
    """The words of the page's own content: what today's page and one as of a day share."""
    start = html.index('<section class="section" id="positions-at-a-glance"')
    return without_link_to_today(without_time(html[start : html.index('id="about-this-page"')]))


def without_link_to_today(html):
    """The page without the links to what is known of its sources now, which only pages of the past have."""
    return re.sub(r' · <a class="quiet elsewhere" data-today href="[^"]*">[^<]*</a>', "", html)


# -- the page --


def test_day_stands_for_its_end_and_a_time_for_the_end_of_its_second(client, made):
    def number(as_of):
        html = read(client, as_of)[1]
        found = re.search(r"Revision (\d) of 5, saved on", html)
        return int(found[1]) if found else None

    assert number("2026-01-05") is None  # a draft then
    assert number("2026-01-06") == 2
    assert number("2026-01-06T08:59:59Z") is None
    assert number("2026-01-06T09:00:00Z") == number("2026-01-06T10:00:00+01:00") == 2
    assert number("2026-01-07T08:59:59.999999Z") == 2
    assert number("2026-01-07T09:00:00.0Z") == 3
    assert number("2026-01-09") == number("2026-11-26") == 5


@pytest.mark.parametrize("seed", range(2))
def test_page_at_every_time_is_the_one_that_was_captured_then(client, seed):
    """Of a random history with renamed backers and sources, moved topics, pages withdrawn and published again."""
    site, captured = Site(random.Random(seed)), []
    for _ in range(16):
        site.act()
        captured.append((site.time, pages_now(client)))
    site.publish_all()
    connection.check_constraints()  # as COMMIT would

    checked = 0
    for time, pages in captured:
        for moment in (time, time + STEP / 2, time + STEP - datetime.timedelta(microseconds=1)):
            for address, expected in pages.items():
                response = client.get(address, {"as_of": moment.isoformat()})
                assert answer(response) == expected, (address, moment)
                checked += expected != "not public"
    assert checked > 100


def pages_now(client):
    """What every page answers: its content, its twin and its document in the API."""
    slugs = Controversy.objects.values_list("slug", flat=True)
    addresses = (
        each.format(slug)
        for slug in slugs
        for each in ("/controversies/{}/", "/controversies/{}.json", "/api/v1/controversies/{}")
    )
    return {address: answer(client.get(address)) for address in addresses}


def answer(response):
    """The content of an answer, without the numbers of revisions that have changed each part until today."""
    if response.status_code in (404, 410):
        return "not public"
    assert response.status_code == 200
    if "html" not in response["Content-Type"]:
        return response.content.decode()
    html = without_record(one_line(response.content.decode()))
    return re.sub(r"(History of [^(<]+)\(\d+\)|/revisions/\d+(?=/pictures/)", r"\1", html)


def test_banner_says_when_and_what_has_been_revised_since(client, made):
    response, html = read(client, "2026-01-07")

    assert response.status_code == 200
    assert "You are reading this page as of 7 January 2026</p>" in html
    assert "Revision 3 of 5, saved on" in html
    assert "It has been revised 2 times since, most recently on" in html
    assert f'<a class="button" rel="latest-version" href="{PAGE}">Read today’s page</a>' in html
    assert f'<a href="{PAGE}compare/3/5/">Compare 3 with today’s</a>' in html
    assert f'rel="prev" href="{PAGE}revisions/2/"' in html
    assert f'rel="next" href="{PAGE}revisions/4/"' in html
    title = made.document.head.title
    assert f"<title>{title} (as of 7 January 2026) · Crux</title>" in html


def test_day_after_the_newest_revision_says_that_nothing_has_changed(client, made):
    html = read(client, "2026-02-01")[1]

    assert "You are reading this page as of 1 February 2026" in html
    assert "It has not been revised since." in html
    assert "Compare 5 with today’s" not in html
    assert 'rel="next"' not in html


def test_day_that_has_not_come_is_answered_with_todays_page_and_says_so(client, made):
    tomorrow = timezone.now() + DAY
    response, html = read(client, f"{tomorrow:%Y-%m-%d}")

    assert response.status_code == 200
    assert "has not come yet: this is today’s page" in html
    assert "It has not been revised since" not in html
    assert "Revision 5 of 5" in html
    assert "has not come yet" not in read(client, f"{timezone.now():%Y-%m-%d}")[1]


def test_page_is_not_for_search_engines_and_names_todays_as_the_one_to_show(client, made):
    html = read(client, "2026-01-07")[1]

    assert '<meta name="robots" content="noindex">' in html
    assert f'<link rel="canonical" href="http://testserver{PAGE}">' in html
    assert '<meta name="robots" content="noindex">' in read(client, "2026-02-01")[1]
    assert "Disallow: /*?*as_of=" in client.get("/robots.txt").content.decode()


def test_links_stay_in_the_time_and_others_do_not(client, made):
    html = read(client, "2026-01-07")[1]
    document = made.document
    backer, source, topic = document.backers[0].slug, document.sources[0].slug, document.head.topic.slug

    for path in ("/", "/controversies/", "/backers/", "/sources/", "/search/", PAGE, f"{PAGE}history/"):
        assert f'href="{path}?as_of=2026-01-07"' in html, path
    assert f'href="{PAGE}revisions/3/cite/"' in html
    for path in (f"/backers/{backer}/", f"/sources/{source}/", f"/topics/{topic}/"):
        assert f'href="{path}?as_of=2026-01-07"' in html
        assert f'href="{path}"' not in without_link_to_today(html)
    links = set(re.findall(r'<a [^>]*href="([^"]*as_of[^"]*)"', html))
    assert not [link for link in links if re.search(r"\.json|\.atom|/admin/|/revisions/|#[^?]*\?|//", link)]
    assert '<form action="/search/" class="site-search"' not in html
    assert re.search(
        r'<form class="site-search"[^>]*><input type="hidden" name="as_of" value="2026-01-07">', html
    )
    assert f'<a href="{PAGE}revisions/3.json">JSON</a>' in html
    for link in (f'href="{PAGE[:-1]}.atom"', 'href="/changes.atom"', 'href="/changes/"', 'href="/about/"'):
        assert link in html


def test_date_field_stands_beside_the_timeline_and_is_filled_in(client, made):
    label = '<label for="as-of">As of</label>'
    field = f'<form class="as-of" action="/controversies/one/">{label} <input type="date" name="as_of"'

    today = one_line(client.get(PAGE).content.decode())
    assert f'{field} id="as-of" required>' in today
    assert f'{field} value="2026-01-07" id="as-of" required>' in read(client, "2026-01-07")[1]
    assert f'{field} value="2026-01-07" id="as-of" required>' in read(client, "2026-01-07T10:00:00Z")[1]
    old = one_line(client.get(f"{PAGE}revisions/3/").content.decode())
    assert f'{field} id="as-of" required>' in old
    assert "?as_of=" not in today + old


def test_empty_field_gives_todays_page(client, made):
    response, html = read(client, "")

    assert response.status_code == 200
    assert "You are reading" not in html
    assert without_languages(html) == without_languages(one_line(client.get(PAGE).content.decode()))


# -- claimed and shown --


def test_import_tells_both_times(client):
    made = ControversyFactory(slug="one", start=datetime.datetime(2020, 3, 1, 9, tzinfo=datetime.UTC))
    tamper(
        "UPDATE controversies_revision SET recorded_at = '2026-04-03 10:00:00+00' WHERE controversy_id = %s",
        made.key,
    )

    html = read(client, "2021-01-01")[1]

    assert "Revision 1 of 1, saved on <time" in html
    assert ">1 March 2020, 09:00</time> UTC" in html
    assert "This date came with the revision from elsewhere. This site has shown it since" in html
    assert ">3 April 2026, 10:00</time> UTC." in html
    before = read(client, "2019-01-01")[1]
    assert "This date came with it from elsewhere. This site has shown it since" in before
    assert ">3 April 2026, 10:00</time> UTC." in before


def test_revision_that_was_made_here_has_one_time(client):
    made = ControversyFactory(slug="one", start=timezone.now() - datetime.timedelta(seconds=30))

    assert "from elsewhere" not in read(client, f"{timezone.now():%Y-%m-%d}")[1]
    tamper("UPDATE controversies_revision SET recorded_at = NULL WHERE controversy_id = %s", made.key)
    cache.clear()
    assert "from elsewhere" not in read(client, f"{timezone.now():%Y-%m-%d}")[1]


# -- not public then --


def test_day_before_the_page_was_public_says_since_when_it_is(client, made):
    for as_of, words in (
        ("2025-12-31", "31 December 2025"),  # not there
        ("2026-01-05", "5 January 2026"),  # a draft
        ("0001-01-01", "1 January 0001"),
        ("2026-01-06T08:59:59Z", "6 January 2026, 08:59:59 UTC"),
    ):
        response, html = read(client, as_of)

        assert response.status_code == 404
        assert f"<h1>This page was not public on {words}</h1>" in html
        assert re.search(
            r'dated <a href="/controversies/one/revisions/2/"><time [^>]*>6 January 2026</time></a>', html
        )
        assert f'<a rel="latest-version" href="{PAGE}">today’s page</a>' in html
        assert '<meta name="robots" content="noindex">' in html
        assert response["Cache-Control"] == REMOVED
        assert "It was taken off" not in html
        assert "draft" not in html.lower()


def test_draft_and_no_page_look_the_same(client, made):
    before, draft = read(client, "2026-01-04")[1], read(client, "2026-01-05")[1]

    assert before.replace("4 January", "5 January").replace("2026-01-04", "2026-01-05") == draft


def test_time_for_which_it_was_off_the_site_says_since_when_it_is_public_again(client):
    made = ControversyFactory(slug="one")
    made.edit(publication="withdrawn", time=START + DAY)
    made.edit(publication="published", time=START + 2 * DAY)

    response, html = read(client, "2026-01-06")

    assert response.status_code == 404
    assert re.search(r"dated <a [^>]*revisions/1/[^>]*><time [^>]*>5 January 2026<", html)
    assert "It was taken off the site for a time, and was public again" in html
    assert re.search(r'<a href="/controversies/one/revisions/3/">from <time [^>]*>7 January 2026<', html)
    assert read(client, "2026-01-05")[0].status_code == read(client, "2026-01-07")[0].status_code == 200


@pytest.mark.parametrize(
    ("publication", "status"), [("withdrawn", 410), ("draft", 404)]
)  # absent today is absent at every date
def test_page_that_is_not_public_today_is_absent_at_every_date(client, publication, status):
    ControversyFactory(slug="one", title="Secret", publication=publication, revisions=3)
    plain = client.get(PAGE)

    for as_of in ("2026-01-05", "2026-01-06", "2025-01-01", "2030-01-01"):
        response = client.get(PAGE, {"as_of": as_of})
        assert response.status_code == status
        assert without_languages(response.text) == without_languages(plain.text)


def test_editor_sees_hidden_revisions_and_is_never_cached(client, made):
    client.force_login(UserFactory(role="editor"))

    response, html = read(client, "2026-01-05")

    assert response.status_code == 200
    assert "Revision 1 of 5" in html
    assert "no-store" in response["Cache-Control"]
    assert "ETag" not in response
    assert re.search(r'href="/admin/controversies/controversy/[^"?]*"', html)
    assert not re.search(r'href="/admin/[^"]*as_of', html)


# -- bad input --


@pytest.mark.parametrize(
    "query",
    ["as_of=yesterday", "as_of=2026-02-30", "as_of=2026-13-01", "as_of=2026-01-07T10:00:00", "as_of=" + "9" * 5000,
     "as_of=2026-01-07&as_of=2026-01-08", "as_of=2026-01-07%00", "as_of=%FF%FE", "as_of=%3Cscript%3E",
     "as_of=2026-01-07T10:00:00 01:00", "as_of=2026-01-07T25:00:00Z", "as_of=0000-01-01"],
)  # fmt: skip
@pytest.mark.parametrize(
    "path", [PAGE, "/controversies/one.json", f"{PAGE}history/", f"{PAGE}cite/", f"{PAGE}cite.bib"]
)
def test_other_value_is_400_at_every_address_that_takes_it(client, made, path, query):
    response = client.get(f"{path}?{query}")

    assert response.status_code == 400
    html = response.content.decode()
    assert "<script>" not in html
    if "%00" not in query:
        assert "as_of" in html if "&" in query else "Write a day like 2026-03-08" in html
    assert len(html) < 20_000


def test_leap_second_and_ends_of_time_are_answered(client, made):
    assert read(client, "2026-01-06T23:59:60Z")[0].status_code == 200
    assert read(client, "9999-12-31")[0].status_code == 200
    assert read(client, "9999-12-31T23:59:59-23:59")[0].status_code == 200
    assert read(client, "0001-01-01T00:00:00+23:59")[0].status_code == 404


# -- caches --


def test_etag_is_that_of_the_page_and_the_time(client, made):
    first = client.get(PAGE, {"as_of": "2026-01-07"})
    again = client.get(PAGE, {"as_of": "2026-01-07"}, headers={"if-none-match": first["ETag"]})

    assert again.status_code == 304
    assert again["ETag"] == first["ETag"]
    others = {client.get(PAGE)["ETag"], client.get(f"{PAGE}revisions/3/")["ETag"]}
    others |= {client.get(PAGE, {"as_of": text})["ETag"] for text in ("2026-01-08", "2026-01-07T10:00:00Z")}
    assert len(others | {first["ETag"]}) == 5

    made.edit(title="Another")
    assert (
        client.get(PAGE, {"as_of": "2026-01-07"})["ETag"] != first["ETag"]
    )  # it has been revised once more since


def test_todays_page_is_never_the_one_of_another_day(client, made):
    """The middleware that answers before the rest of the stack knows today's page only."""
    today = one_line(client.get(PAGE).content.decode())

    then = read(client, "2026-01-07")[1]

    assert then != today
    assert one_line(client.get(PAGE).content.decode()) == today
    assert read(client, "2026-01-07")[1] == then


@pytest.mark.parametrize("size", [1, 6])
def test_page_as_of_a_day_takes_as_many_queries_however_much_it_shows(
    client, django_assert_num_queries, size
):
    ControversyFactory(slug="one", positions=size, points=size, citations=10 * size, revisions=size + 1)

    # page, number, document, when shown; spans, marks and counts of its history, its confidences through time
    with django_assert_num_queries(8):
        client.get(PAGE, {"as_of": "2026-01-05"})
    with django_assert_num_queries(1):  # which revision is the newest
        client.get(PAGE, {"as_of": "2026-01-05"})


# -- twins, history, citations --


def test_twin_is_the_document_of_that_time(client, made):
    then = client.get("/controversies/one.json", {"as_of": "2026-01-07"})

    assert then.content == client.get(f"{PAGE}revisions/3.json").content
    assert json.loads(then.content)["revision"]["number"] == 3
    assert then["ETag"] != client.get("/controversies/one.json")["ETag"]
    missing = client.get("/controversies/one.json", {"as_of": "2026-01-05"})
    assert missing.status_code == 404


def test_history_is_that_up_to_the_day_or_time(client, made):
    day = client.get(f"{PAGE}history/", {"as_of": "2026-01-07", "kind": "wording"})
    time = client.get(f"{PAGE}history/", {"as_of": "2026-01-07T10:00:00Z"})

    assert (day.status_code, day["Location"]) == (302, f"{PAGE}history/?kind=wording&to=2026-01-07")
    assert (time.status_code, time["Location"]) == (302, f"{PAGE}history/?before=4")
    for answer in (client.get(f"{PAGE}history/?to=2026-01-07"), client.get(time["Location"])):
        assert set(re.findall(r'href="/controversies/one/revisions/(\d)/"', answer.content.decode())) == {
            "2",
            "3",
        }


def test_citation_is_of_the_revision_of_that_time(client, made):
    page = client.get(f"{PAGE}cite/", {"as_of": "2026-01-07"}).content.decode()

    assert f'<a href="{PAGE}?as_of=2026-01-07">Read</a>' in page
    cited = client.get(f"{PAGE}revisions/3/cite/").text
    assert without_languages(without_time(page)) == without_languages(cited)
    for name in ("cite.bib", "cite.ris", "sources.json"):
        then = client.get(f"{PAGE}{name}", {"as_of": "2026-01-07"})
        assert then.content == client.get(f"{PAGE}revisions/3/{name}").content
        assert then["Content-Disposition"] == client.get(f"{PAGE}revisions/3/{name}")["Content-Disposition"]
    assert client.get(f"{PAGE}cite/", {"as_of": "2026-01-05"}).status_code == 404


def test_blame_is_of_the_revision_of_that_time(client, made):
    page = client.get(f"{PAGE}blame/", {"as_of": "2026-01-07"}).content.decode()

    assert f'<a href="{PAGE}?as_of=2026-01-07">Read</a>' in page
    blame = client.get(f"{PAGE}revisions/3/blame/").text
    assert without_languages(without_time(page)) == without_languages(blame)
    assert without_languages(without_time(page)) != without_languages(client.get(f"{PAGE}blame/").text)
    assert client.get(f"{PAGE}blame/", {"as_of": "2026-01-05"}).status_code == 404
    assert client.get(f"{PAGE}blame/", {"as_of": "soon"}).status_code == 400


def test_withdrawn_and_restored_words_do_not_show_in_another_time(client):
    made = ControversyFactory(slug="one", title="First")
    made.edit(title="Hidden words", publication="withdrawn", time=START + DAY)
    made.edit(title="Third", publication="published", time=START + 2 * DAY, kind=ChangeClass.RESTORE)

    for as_of in ("2026-01-05", "2026-01-06", "2026-01-07", "2025-01-01"):
        for path in (PAGE, "/controversies/one.json", f"{PAGE}cite/"):
            assert "Hidden words" not in read(client, as_of, path)[1]
