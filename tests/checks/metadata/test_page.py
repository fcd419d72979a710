"""A page's own metadata."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controversies.checks.metadata import ValueOrigin, page_metadata, page_title
from controversies.checks.metadata.walls import is_wall_title
from controversies.document import parse
from controversies.document.parts import Source

from .pages import PAGES, linked, names, page, properties

URL = "https://a.example/b"


def values(html: str | bytes, content_type: str = "", url: str = URL) -> dict[str, str]:
    """What is proposed, each value of which the Document takes."""
    proposals = page_metadata(html, content_type, url)
    assert {each.origin for each in proposals.values.values()} <= {ValueOrigin.PAGE}
    for name, each in proposals.values.items():
        assert parse.value(Source.spec(name), each.value) == each.value
    return {name: each.value for name, each in proposals.values.items()}


@pytest.mark.parametrize("sample", PAGES, ids=lambda sample: sample.name)
def test_page_says_what_it_shows(sample):
    assert values(sample.body, sample.content_type, sample.url) == sample.wanted
    assert page_metadata(sample.body, sample.content_type, sample.url).failure == sample.failure
    assert page_title(sample.body, sample.content_type, sample.url).title == sample.wanted.get("title", "")


def test_figures_over_all_pages():
    """The table of the report: right, wrong and missing values by field."""
    table = {}
    for sample in PAGES:
        proposed = values(sample.body, sample.content_type, sample.url)
        for name in {*proposed, *sample.wanted}:
            right, wrong, missing = table.get(name, (0, 0, 0))
            if name not in proposed:
                missing += 1
            elif proposed[name] == sample.wanted.get(name):
                right += 1
            else:
                wrong += 1
            table[name] = (right, wrong, missing)
    for name, counts in sorted(table.items()):
        print(f"{name:10} right {counts[0]:3} wrong {counts[1]:3} missing {counts[2]:3}")

    assert len(PAGES) >= 23
    assert {counts[1:] for counts in table.values()} == {(0, 0)}


# -- dates, names, titles --


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2024-07-23", "2024-07-23"),
        ("2024/7/3", "2024-07-03"),
        ("2024-07-23T23:30:00-07:00", "2024-07-23"),
        ("20240723", "2024-07-23"),
        ("20240723T101500Z", "2024-07-23"),
        ("July 23, 2024", "2024-07-23"),
        ("23 July 2024", "2024-07-23"),
        ("23rd of July, 2024", "2024-07-23"),
        ("Tue, 23 Jul 2024 10:15:00 GMT", "2024-07-23"),
        ("Jul 2024", "2024-07"),
        ("2024 Jul 23", "2024-07-23"),
        ("23.07.2024", "2024-07-23"),
        ("7/23/2024", "2024-07-23"),
        ("23/7/2024", "2024-07-23"),
        ("3/4/2024", "2024"),
        ("3. März 2024", "2024-03-03"),
        ("le 14 juillet 2023", "2023-07-14"),
        ("2024", "2024"),
        ("c2009, 1st ed.", "2009"),
        ("2024-13-01", "2024"),
        ("2021-02-30", "2021-02"),
        ("0000-00-00", ""),
        ("1970-01-01T00:00:00Z", ""),
        ("3024-01-01", ""),
        ("yesterday", ""),
    ],
)
def test_date_is_read_as_it_is_written(written, date):
    assert values(page(names(citation_title="T", citation_date=written))).get("date", "") == date


@pytest.mark.parametrize(
    ("dates", "date"),
    [
        (["2024", "2024-10-10"], "2024-10-10"),
        (["2024-12-01", "2024-11-27"], "2024-11-27"),
        (["2025", "2024-11-27"], "2024-11-27"),
        (["2024-10", "2024", "2024-11-05"], "2024-10"),
        (["2024", "2024-10", "2024-10-09"], "2024-10-09"),
    ],
)
def test_of_several_dates_it_is_the_earliest_and_most_precise(dates, date):
    for each in (dates, dates[::-1]):
        assert values(page(names(citation_title="T", citation_date=each)))["date"] == date


def test_day_of_a_change_is_no_day_of_publication():
    html = page(
        names(citation_title="T", last_modified="2024-01-01")
        + properties(article__modified_time="2024-02-02")
    )

    assert "date" not in values(html)


@pytest.mark.parametrize(
    ("authors", "named"),
    [
        (["Doe, Jane"], "Jane Doe"),
        (["Jane Doe", "Jane Doe"], "Jane Doe"),
        (["Doe, Jane; Roe, John"], "Jane Doe, John Roe"),
        (["A B", "C D", "E F", "G H"], "A B, C D, E F, G H"),
        (["A B", "C D", "E F", "G H", "I J"], "A B, C D, E F and others"),
        (["Meta Platforms, Inc."], "Meta Platforms, Inc."),
        (["King, Martin Luther, Jr."], "King, Martin Luther, Jr."),
        ([" "], ""),
    ],
)
def test_authors_are_named_as_the_record_names_them(authors, named):
    assert values(page(names(citation_title="T", citation_author=authors))).get("authors", "") == named


@pytest.mark.parametrize(
    "author",
    ["https://www.facebook.com/jane", "@jane", "jane@site.example", "www.site.example/jane.com/", ""],
)
def test_address_is_no_author(author):
    assert "authors" not in values(page(names(author=author), title="A Title of Its Own"))


def test_author_of_a_byline_is_named_without_it():
    assert (
        values(page(names(author="By Jane Doe and John Roe"), title="T of it"))["authors"]
        == "Jane Doe, John Roe"
    )


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Weights - A Example", "Weights"),  # the host's name
        ("a.example: Weights", "Weights"),
        ("Weights | Section | Site", "Weights | Section"),
        ("Open weights - closed minds", "Open weights - closed minds"),
        ("Site - Weights - Site", "Weights"),
        ("Site", "Site"),
    ],
)
def test_title_is_shown_less_the_sites_name(title, shown):
    head = properties(og__site_name="Site")

    assert (
        page_title(
            page(head, title=title), url="https://www.a.example/" + ("" if title == "Site" else "b")
        ).title
        == shown
    )


def test_titles_of_walls_are_no_titles():
    for title in (
        *(
            "Just a moment...",
            "Just a moment…",
            "Attention Required! | Cloudflare",
            "Access Denied",
            "403 Forbidden",
        ),
        *(
            "Error 404",
            "404",
            "Not Found",
            "Sign in",
            "Log in",
            "Robot Check",
            "Are you a robot?",
            "Please wait...",
        ),
        *("Before you continue to YouTube", "One moment, please...", "DDoS-Guard", "Verifying you are human"),
    ):
        assert is_wall_title(title) or page_title(page("", title=title), url=URL).title == "", title
    for title in (
        "404 Ways to Fail",
        "The Error of Our Ways",
        "Sign in the Sky",
        "Access Denied: A History",
        "1984",
    ):
        assert not is_wall_title(title)
        assert page_title(page("", title=title), url=URL).title == title


def test_origin_says_where_on_the_page_a_title_stands():
    assert page_title(page(names(citation_title="T"))).origin == "citation_title"
    assert page_title(page(linked({"@type": "Article", "headline": "T"}))).origin == "JSON-LD"
    assert page_title(page(properties(og__title="T"))).origin == "og:title"
    assert page_title(page("", title="T")).origin == "title"
    assert page_title(page("", "<h1>T</h1>")).origin == "h1"


# -- hostile pages --


@given(st.binary(max_size=2_000))
def test_any_bytes_are_read(body):
    values(body)
    page_title(body)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    *(
                        "citation_title",
                        "citation_author",
                        "citation_date",
                        "citation_doi",
                        "citation_isbn",
                        "dc.title",
                    ),
                    *(
                        "citation_journal_title",
                        "citation_volume",
                        "author",
                        "date",
                        "og:title",
                        "og:url",
                        "og:type",
                    ),
                ]
            ),
            st.text(max_size=700),
        ),
        max_size=12,
    )
)
def test_any_values_are_such_that_the_document_takes_them(metas):
    escaped = [(name, text.replace("&", "&amp;").replace('"', "&quot;")) for name, text in metas]
    values(page("".join(f'<meta name="{name}" content="{text}">' for name, text in escaped)))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *(
                        "@type",
                        "@id",
                        "@graph",
                        "mainEntity",
                        "headline",
                        "name",
                        "author",
                        "publisher",
                        "datePublished",
                    ),
                    *("isPartOf", "identifier", "sameAs", "url", "value", "isbn"),
                ]
            ),
            inner | st.sampled_from(["Article", "NewsArticle", "ScholarlyArticle", "Book", "x"]),
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(JSON_VALUES)
def test_any_linked_data_is_read(data):
    text = json.dumps(data).replace("</", "<\\/")
    values(page(f'<script type="application/ld+json">{text}</script>', title="A Title"))


@pytest.mark.parametrize(
    "html",
    [
        "<meta name=citation_title content=T>" + '<meta name="citation_author" content="A B">' * 50_000,
        "<div>" * 50_000 + "<title>T</title>",
        page("", title="T" * 1_000_000),
        page('<script type="application/ld+json">' + "[" * 200_000 + "</script>", title="T"),
        page(
            '<script type="application/ld+json">' + '{"@graph":' * 5_000 + "1" + "}" * 5_000 + "</script>",
            title="T",
        ),
        page(
            linked({"@type": "Article", "@id": "a", "isPartOf": {"@id": "a"}, "author": {"@id": "a"}}),
            title="T",
        ),
        page(names(citation_title="<" * 20_000 + "i>" * 20_000)),
        page(names(citation_title="&amp;" * 20_000)),
        page("<title>" * 10_000),
        "\x00" * 100_000,
        "<!DOCTYPE html [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><title>&b;</title>",
    ],
    ids=range(11),
)
def test_hostile_page_is_read_all_the_same(html):
    values(html)


def test_control_and_direction_marks_stay_outside():
    shown = values(page(names(citation_title="A\u202eB\u200b C\x07\u00ad D")))

    assert shown["title"] == "AB C D"


def test_long_title_is_cut_after_a_word():
    title = values(page(names(citation_title="word " * 200)))["title"]

    assert len(title) <= 500
    assert title.endswith("word…")


def test_file_is_no_page():
    assert page_metadata(b"%PDF-1.7 <title>T</title>", "text/html", URL).failure == "unreadable"
    assert page_metadata(b"<title>T</title>", "application/pdf", URL).failure == "unreadable"


def test_encoding_is_the_headers_or_the_pages():
    html = "<html><head><title>Ärger über Größe</title></head></html>"

    assert page_title(html.encode("utf-8")).title == "Ärger über Größe"
    assert page_title(html.encode("latin-1"), "text/html; charset=ISO-8859-1").title == "Ärger über Größe"
    assert page_title(b"<meta charset=windows-1252>" + html.encode("cp1252")).title == "Ärger über Größe"
    assert page_title(html.encode("utf-8"), "text/html; charset=no-such").title == "Ärger über Größe"
    assert (
        page_title(b"\xef\xbb\xbf" + html.encode("utf-8"), "text/html; charset=latin-1").title
        == "Ärger über Größe"
    )
