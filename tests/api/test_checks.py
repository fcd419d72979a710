"""What the API tells of checks, which are of today, and of the evidence, which follows from the document."""

import pytest
from django.core.cache import cache
from django.test import Client

from controversies import models as m
from controversies.checks import display
from tests.checks.test_display import DAY, QUOTE, cited_page, quote_check, state
from tests.factories import ControversyFactory

pytestmark = pytest.mark.django_db
UNKNOWN = {"verdict": "unchecked", "since": None, "moved_to": "", "notices": [], "snapshots": []}


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


def get(path, **params):
    return Client().get(f"/api/v1{path}", params)


def test_source_has_its_checks():
    _page, source = cited_page()
    assert get(f"/sources/{source.slug}").json()["checks"] == UNKNOWN

    m.SourceCopy.objects.create(source=source, time=DAY, warc_sha256="ab" * 32, text="SECRET")
    m.SourceCopy.objects.create(source=source, time=DAY, snapshot_url="https://archive.example/1")
    m.WorkNotice.objects.create(
        doi=source.doi,
        kind="concern",
        date="2026-03",
        notice_doi="10.5555/n",
        origin="Crossref",
        seen_at=DAY,
    )
    state(source, "moved", moved_to="https://new.example/", held_by="copy")
    answer = get(f"/sources/{source.slug}")

    assert answer.json()["checks"] == {
        "verdict": "moved",
        "since": "2026-11-12",
        "moved_to": "https://new.example/",
        "notices": [{"kind": "concern", "date": "2026-03", "doi": "10.5555/n", "origin": "Crossref"}],
        "snapshots": [{"day": "2026-11-12", "url": "https://archive.example/1"}],
    }
    assert "SECRET" not in answer.text
    assert "abab" not in answer.text


@pytest.mark.parametrize(
    "path", ["/sources/{source}/citations", "/controversies/{page}/positions", "/positions"]
)
def test_citation_has_the_checks_of_its_source_and_quotation(path):
    page, source = cited_page()
    quote_check(source, selector={"exact": QUOTE})
    items = get(path.format(source=source.slug, page=page.slug)).json()["items"]
    citations = [each for item in items for each in item.get("citations", [item])]
    [quoted] = [each for each in citations if each["quote"] == QUOTE]

    assert quoted["checks"] == {
        "source": UNKNOWN,
        "quotation": {
            "verdict": "found",
            "since": "2026-11-12",
            "copy": None,
            "passage": "https://journal.example/paper#:~:text=Those%20who%20publish%20weights%20cannot%20take%20them%20back.",
        },
    }
    assert all(each["checks"]["quotation"] is None for each in citations if not each["quote"])


@pytest.mark.parametrize(
    "path", ["/sources", "/sources/{source}", "/sources/{source}/citations", "/positions"]
)
def test_answers_as_of_a_time_have_no_checks(path):
    _page, source = cited_page()
    state(source, "gone")
    text = get(path.format(source=source.slug), as_of="2026-02-01").text

    assert (source.slug in text) or QUOTE in text
    assert '"checks"' not in text


@pytest.mark.parametrize("verdict", m.SourceVerdict.values)
def test_sources_are_asked_for_by_verdict(verdict):
    _page, source = cited_page()
    ControversyFactory(citations=2)  # of sources without a verdict
    if verdict == "altered":
        quote_check(source, "absent")
    state(source, verdict)
    slugs = [each["slug"] for each in get("/sources", verdict=verdict).json()["items"]]
    other = "gone" if verdict != "gone" else "moved"

    assert source.slug in slugs
    assert len(slugs) == (1 if verdict != "unchecked" else 3)
    assert get("/sources", verdict=other).json()["items"] == []
    assert get("/sources", verdict="dead").status_code == 400
    assert get("/sources", verdict=verdict, as_of="2026-02-01").json()["items"] == []


def test_altered_by_its_title_is_altered():
    _page, source = cited_page()
    m.SourceCheck.objects.create(
        source=source, address=source.url, first=DAY, last=DAY, seen="ok", title_match="other", engine=1
    )
    state(source, "altered")

    assert get(f"/sources/{source.slug}").json()["checks"]["verdict"] == "altered"
    assert len(get("/sources", verdict="altered").json()["items"]) == 1
    assert get("/sources", verdict="verified").json()["items"] == []


@pytest.mark.parametrize(
    "path", ["/sources", "/sources/{source}", "/sources/{source}/citations", "/positions"]
)
def test_etag_changes_with_what_is_told_and_not_with_what_is_seen_again(path):
    _page, source = cited_page()
    path = path.format(source=source.slug)
    before = get(path)["ETag"]
    state(source, "blocked")
    after = get(path)["ETag"]
    state(source, "blocked", strikes=3)

    assert before != after == get(path)["ETag"]


def test_document_is_that_of_the_twin_and_knows_nothing_of_checks():
    page, source = cited_page()
    before = get(f"/controversies/{page.slug}")
    state(source, "gone")
    after = get(f"/controversies/{page.slug}")

    assert (after.content, after["ETag"]) == (before.content, before["ETag"])


def test_position_has_its_evidence_at_any_time():
    page, source = cited_page()
    expected = {
        "strength": "single",
        "independent": 1,
        "bears_out_high": False,
        "supporting": [
            {
                "sources": [str(source.pk)],
                "citations": [page.document.positions[0].citations[0].key],
                "traits": [],
                "party": None,
            }
        ],
        "contradicting": [],
    }

    assert get(f"/controversies/{page.slug}/positions").json()["items"][0]["evidence"] == expected
    assert get("/positions", as_of="2026-02-01").json()["items"][0]["evidence"] == expected


def test_changes_are_unaffected():
    _page, source = cited_page()
    before = get("/changes").content
    state(source, "gone")
    display.bump(source)

    assert get("/changes").content == before
