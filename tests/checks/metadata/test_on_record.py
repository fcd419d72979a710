"""Sources that the site has already: PostgreSQL and Python make the same keys, and an index finds them."""

import random

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from controversies.checks.metadata import sources_on_record
from controversies.kit.identifiers import identify, same_address, source_keys
from controversies.models import Source
from tests.factories import SourceFactory

pytestmark = pytest.mark.django_db

PIECES = (
    *(
        "http://",
        "https://",
        "HTTPS://",
        "www.",
        "WWW.",
        "doi.org",
        "dx.doi.org",
        "arxiv.org",
        "export.arxiv.org",
    ),
    *(
        "nature.com",
        "example.org",
        "Example.ORG.",
        "pubmed.ncbi.nlm.nih.gov",
        "ncbi.nlm.nih.gov/pubmed",
        ":80",
        ":443",
    ),
    *(
        "me:pw@",
        "/",
        "//",
        "/abs/",
        "/pdf/",
        "/doi/",
        "/articles/",
        "10.1234/abc",
        "10.1101/2020.01.01v2",
        ".pdf",
        ".full",
    ),
    *(
        "?",
        "&",
        "utm_source=x",
        "UTM_id=",
        "fbclid",
        "id=10.1371%2Fj.1",
        "doi=10.1000/x",
        "a=1",
        "b=",
        "#",
        "#!x",
        "#:~:text=a",
    ),
    *(
        "%7e",
        "%2F",
        "%c3%bc",
        "%",
        "%zz",
        "%00",
        "%41",
        "é",
        "字",
        "[",
        "]",
        "'",
        "\\",
        "^",
        "|",
        '"',
        "<",
        ">",
        "v2",
        "X",
    ),
    *(
        "2401.00001",
        "math.GT/0309136",
        "hep-th/9901001",
        "12345",
        "full/html",
        "/abstract",
        "+",
        "~",
        "*",
        "(",
        ")",
        ";",
    ),
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
ADDRESSES = st.builds(
    "{}{}{}".format, st.sampled_from(("http://", "https://")), st.sampled_from(PIECES), TEXTS
)
DOIS = st.one_of(st.just(""), st.builds("10.{}/{}".format, st.sampled_from(("1234", "48550", "1101")), TEXTS))
ARXIV_DOIS = st.builds("10.48550/{}.{}".format, st.sampled_from(("arXiv", "ARXIV")), st.sampled_from(PIECES))


def keys_in_sql(doi: str, url: str, isbn: str = "") -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT controversies_source_keys(%s, %s, %s)", [doi, url, isbn])
        return set(cursor.fetchone()[0])


@settings(max_examples=1_000, deadline=None)
@given(doi=st.one_of(DOIS, ARXIV_DOIS), url=ADDRESSES, isbn=st.sampled_from(("", "9780306406157")))
def test_sql_makes_the_keys_that_python_makes(doi, url, isbn):
    host = same_address(url).partition("/")[0]
    if not url.partition("://")[2].partition("/")[0].isascii() or host.startswith("xn--"):
        return  # names of hosts in other scripts: `address_spellings`

    assert keys_in_sql(doi, url, isbn) == source_keys(doi=doi, url=url, isbn=isbn)


def test_sql_spells_each_character_of_an_address_alike():
    for code in range(1, 0x180):
        url = f"https://example.org/a{chr(code)}b?c{chr(code)}d"

        assert keys_in_sql("", url) == source_keys(url=url), hex(code)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("10.1126/SCIENCE.adp1848", {"doi": "10.1126/science.ADP1848"}),
        (
            "https://doi.org/10.1126/science.adp1848",
            {"url": "https://www.science.org/doi/10.1126/science.adp1848"},
        ),
        ("arXiv:2403.07918v2", {"url": "http://arxiv.org/pdf/2403.07918v1.pdf"}),
        ("https://arxiv.org/abs/2403.07918", {"doi": "10.48550/arXiv.2403.07918"}),
        ("PMID: 20301314", {"url": "https://pubmed.ncbi.nlm.nih.gov/20301314/"}),
        ("0-306-40615-2", {"isbn": "9780306406157"}),
        ("http://about.fb.com/news/?utm_source=x#top", {"url": "https://www.about.fb.com/news"}),
        ("https://xn--bcher-kva.example/a", {"url": "https://bücher.example/a/"}),
        ("https://bücher.example/a", {"url": "https://xn--bcher-kva.example/a"}),
    ],
)
def test_source_on_record_is_recognised(text, values):
    source = SourceFactory(**{"url": "", "doi": "", **values})
    SourceFactory(url="https://example.org/other", doi="10.1234/other")

    assert list(sources_on_record(identify(text))) == [source]


@pytest.mark.parametrize(
    "text", ["The Bitter Lesson", "", "10.1126/science.adp184", "https://about.fb.com/News"]
)
def test_other_sources_are_not(text):
    SourceFactory(title="The Bitter Lesson", url="https://about.fb.com/news", doi="10.1126/science.adp1848")

    assert list(sources_on_record(identify(text))) == []


def test_a_look_costs_one_query_and_uses_the_index(django_assert_num_queries):
    numbers = random.Random(7).sample(range(10**6), 3_000)
    Source.objects.bulk_create(
        Source(slug=f"s-{n}", title=f"Source {n}", url=f"https://example.org/{n}/") for n in numbers
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE controversies_source")
    rows = sources_on_record(identify(f"http://www.example.org/{numbers[5]}?gclid=1"))

    with django_assert_num_queries(1):
        assert [row.slug for row in rows] == [f"s-{numbers[5]}"]
    assert "source_by_key" in rows.explain()
