"""The parameter `as_of`: what it takes, and which links of a page keep it."""

import datetime
import re

import pytest
from django.core.exceptions import BadRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from controversies.kit import times
from controversies.pages.as_of import RequestedTime, address_at, keep_time, requested_time

UTC = datetime.UTC


def requested(query: str) -> RequestedTime | None:
    return requested_time(RequestFactory().get(f"/?{query}"))


# -- what it takes --


@pytest.mark.parametrize(
    ("query", "text", "time", "words"),
    [
        ("as_of=2026-03-08", "2026-03-08", "2026-03-08T23:59:59.999999", "8 March 2026"),
        ("as_of=+2026-03-08+", "2026-03-08", "2026-03-08T23:59:59.999999", "8 March 2026"),
        ("as_of=2026-03-08T12:00:00Z", "2026-03-08T12:00:00Z", "2026-03-08T12:00:00.999999",
         "8 March 2026, 12:00:00 UTC"),
        ("as_of=2026-03-08T00:30:00%2B01:00", "2026-03-07T23:30:00Z", "2026-03-07T23:30:00.999999",
         "7 March 2026, 23:30:00 UTC"),
        ("as_of=2026-03-08T12:00:00.0Z", "2026-03-08T12:00:00.000000Z", "2026-03-08T12:00:00",
         "8 March 2026, 12:00:00 UTC"),
        ("as_of=2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z", "2016-12-31T23:59:59.999999",
         "31 December 2016, 23:59:59 UTC"),
        ("as_of=0001-01-01", "0001-01-01", "0001-01-01T23:59:59.999999", "1 January 0001"),
    ],
)  # fmt: skip
def test_day_or_time_is_read(query, text, time, words):
    then = requested(query)

    assert then is not None
    assert (then.text, then.time, then.words) == (
        text,
        datetime.datetime.fromisoformat(time + "+00:00"),
        words,
    )
    assert then.day == text[:10]
    assert not then.is_future
    assert requested(f"as_of={then.text}") == then


@pytest.mark.parametrize("query", ["", "as_of=", "as_of=+", "asof=2026-03-08"])
def test_without_a_day_there_is_none(query):
    assert requested(query) is None


@pytest.mark.parametrize(
    "value",
    ["yesterday", "2026-02-30", "2026-13-01", "0000-01-01", "2026-03-08T12:00:00", "2026-03-08T12:00", "08.03.2026",
     "12026-03-08", "1772971200", "9" * 100_000, "%1b[0m", "%D9%A2026-03-08"],
)  # fmt: skip
def test_other_value_is_refused_and_says_what_to_write(value):
    with pytest.raises(BadRequest, match="Write a day like 2026-03-08, or a time with its zone") as refused:
        requested(f"as_of={value}")

    assert len(str(refused.value)) < 300
    assert "\x1b" not in str(refused.value)


def test_plus_that_became_a_space_is_explained():
    with pytest.raises(BadRequest, match="%2B"):
        requested("as_of=2026-03-08T12:00:00+01:00")


@pytest.mark.parametrize(
    "query", ["as_of=2026-03-08&as_of=2026-03-09", "as_of=2026-03-08&as_of=", "as_of=&as_of="]
)
def test_doubled_parameter_is_refused(query):
    with pytest.raises(BadRequest, match="more than once"):
        requested(query)


@given(
    st.text()
    | st.from_regex(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{8}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2}))?", fullmatch=True
    )
)
def test_any_text_is_a_time_in_canonical_form_or_refused(text):
    request = RequestFactory().get("/", {"as_of": text})
    try:
        times.first_moment(text.strip() or "2026-03-08")
    except ValueError:
        with pytest.raises(BadRequest, match="Write a day") as refused:
            requested_time(request)
        assert str(refused.value).isprintable()
        return
    then = requested_time(request)
    if then is None:
        assert not text.strip()
        return
    assert requested_time(RequestFactory().get("/", {"as_of": then.text})) == then
    assert re.fullmatch("[-0-9:.TZ]+", then.text)
    assert then.time.utcoffset() == datetime.timedelta()


def test_day_is_of_the_future_from_its_first_moment_on():
    now = datetime.datetime.now(UTC)
    tomorrow, hour_ago = now + datetime.timedelta(days=1), now - datetime.timedelta(hours=1)

    def is_future(text: str) -> bool:
        then = requested(f"as_of={text}")
        assert then is not None
        return then.is_future

    assert not is_future(f"{now:%Y-%m-%d}")  # today has begun
    assert is_future(f"{tomorrow:%Y-%m-%d}")
    assert is_future("9999-12-31")
    assert is_future(f"{tomorrow:%Y-%m-%dT%H:%M:%S}Z")
    assert not is_future(f"{hour_ago:%Y-%m-%dT%H:%M:%S}Z")


# -- which links keep it --

THEN = RequestedTime(datetime.datetime(2026, 3, 8, 23, 59, 59, 999_999, UTC), "2026-03-08", True, False)


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/", "/?as_of=2026-03-08"),
        ("/controversies/", "/controversies/?as_of=2026-03-08"),
        ("/controversies/one/", "/controversies/one/?as_of=2026-03-08"),
        ("/controversies/one/#position-1", "/controversies/one/?as_of=2026-03-08#position-1"),
        ("/controversies/one/history/?block=1", "/controversies/one/history/?block=1&amp;as_of=2026-03-08"),
        ("/controversies/one/cite/", "/controversies/one/cite/?as_of=2026-03-08"),
        ("/controversies/one/blame/#a.b", "/controversies/one/blame/?as_of=2026-03-08#a.b"),
        ("/topics/one/", "/topics/one/?as_of=2026-03-08"),
        ("/backers/", "/backers/?as_of=2026-03-08"),
        ("/backers/one/", "/backers/one/?as_of=2026-03-08"),
        ("/sources/?kind=book&amp;q=%22a%22", "/sources/?kind=book&amp;q=%22a%22&amp;as_of=2026-03-08"),
        ("/sources/one/", "/sources/one/?as_of=2026-03-08"),
        ("/search/?q=one", "/search/?q=one&amp;as_of=2026-03-08"),
        ("?topic=a&amp;after=one", "?topic=a&amp;after=one&amp;as_of=2026-03-08"),
    ],
)  # fmt: skip
def test_link_to_a_page_that_takes_the_time_keeps_it(address, kept):
    assert (
        keep_time(f'<p><a class="x" href="{address}">a</a></p>', THEN)
        == f'<p><a class="x" href="{kept}">a</a></p>'
    )


@pytest.mark.parametrize(
    "address",
    [
        "#position-1", "", "https://example.org/", "https://example.org/controversies/one/", "//example.org/backers/",
        "/controversies/one.json", "/controversies/one/revisions/2/", "/controversies/one/revisions/2.json",
        "/controversies/one.atom", "/changes.atom", "/changes/", "/about/", "/redactions/", "/admin/",
        "/controversies/one/revisions/2/blame/",
        "/admin/controversies/controversy/1/change/", "/api/", "/api/v1/controversies/one",
        "/controversies/one/share.png",
        "/controversies/one/compare/1/2/", "/controversies/one/cite.bib", "/controversies/one/suggest/?block=1",
        "/static/crux/site.css", "/no/such/page/", "mailto:a@example.org", "/controversies/one/?as_of=2020-01-01",
        "javascript:alert(1)", "controversies/one/",
    ],
)  # fmt: skip
def test_other_link_stays_as_it_is(address):
    html = f'<a href="{address}">a</a>'

    assert keep_time(html, THEN) == html


def test_only_links_and_forms_are_touched():
    html = (
        '<link rel="canonical" href="/controversies/one/"><link rel="alternate" href="/controversies/">'
        '<img src="/controversies/"><p>href="/backers/"</p><a rel="latest-version" href="/controversies/one/">Now</a>'
        '<script type="application/ld+json">{"a":"\\u003ca href=\\"/backers/\\">"}</script>'
        '<form method="post" action="/search/"></form>'
    )

    assert keep_time(html, THEN) == html


def test_attribute_with_a_bracket_ends_no_link():
    assert (
        keep_time('<a title="a > b" href="/backers/">a</a>', THEN)
        == '<a title="a > b" href="/backers/?as_of=2026-03-08">a</a>'
    )


def test_form_sends_the_time_along():
    html = '<form action="/search/" role="search"><input name="q"></form><form action="/about/"></form>'

    assert keep_time(html, THEN) == (
        '<form action="/search/" role="search"><input type="hidden" name="as_of" value="2026-03-08">'
        '<input name="q"></form><form action="/about/"></form>'
    )


def test_date_field_is_filled_in_and_needs_no_hidden_one():
    html = '<form action="/backers/"><input type="date" name="as_of" id="as-of"></form>'

    assert keep_time(html, THEN) == html.replace('name="as_of"', 'name="as_of" value="2026-03-08"')


def test_page_of_today_stays_as_it_is():
    html = '<a href="/backers/">a</a><form action="/backers/"><input type="date" name="as_of"></form>'

    assert keep_time(html, None) == html


def test_parameter_stands_before_the_fragment():
    assert address_at("/a/?b=1#c", "2026-03-08") == "/a/?b=1&as_of=2026-03-08#c"
    assert address_at("/a/#c?", "2026-03-08") == "/a/?as_of=2026-03-08#c?"
