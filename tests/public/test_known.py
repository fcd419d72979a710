"""What readers are told of sources now: on today's page, on the source's page, in the feed, and nowhere else."""

import datetime
import re
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from controversies import models as m
from controversies.checks import display
from controversies.checks.digests import quote_digest
from controversies.pages import versions as page_cache
from tests.checks.test_display import DAY, QUOTE, cited_page, quote_check, state
from tests.factories import ControversyFactory, UserFactory, source_block
from tests.markup import one_line

pytestmark = pytest.mark.django_db
FOUND = "Quotation found in the source"


@pytest.fixture(autouse=True)
def _no_page_is_remembered():
    page_cache.forget()


def read(path, user=None):
    page_cache.forget()
    client = Client()
    if user:
        client.force_login(user)
    return one_line(client.get(path).content.decode())


def page_of(controversy):
    return reverse("controversy", args=[controversy.slug])


def retract(source, kind="retraction"):
    m.WorkNotice.objects.create(
        doi=source.doi, kind=kind, date="2026-03", notice_doi="10.5555/notice", origin="Crossref", seen_at=DAY
    )
    display.bump(source)


def test_todays_page_says_that_a_quotation_was_found_and_since_when():
    page, source = cited_page()
    quote_check(source, selector={"exact": QUOTE})
    html = read(page_of(page))

    assert html.count(FOUND) == 1
    assert "(since 12 November 2026)" in html
    assert 'href="https://journal.example/paper#:~:text=Those%20who%20publish' in html
    assert 'href="/about/checks/"' in html


def test_page_without_checks_says_nothing_of_them():
    page, _source = cited_page()
    html = read(page_of(page))

    assert "known" not in re.findall(r'class="([^"]*)"', html)
    assert 'href="/about/checks/"' not in html


@pytest.mark.parametrize("verdict", ["unchecked", "blocked", "verified", "moved", "altered"])
def test_verdicts_have_no_words_on_a_page(verdict):
    page, source = cited_page()
    before = read(page_of(page))
    state(source, verdict)

    assert read(page_of(page)) == before


def test_quotation_that_is_there_no_longer_is_said_to_be_so():
    page, source = cited_page()
    quote_check(source, "absent", last_found_at=DAY)
    html = read(page_of(page))

    assert "Quotation no longer found in the source since 12 November 2026" in html
    assert "One quotation can no longer be found in its source." in html


def test_quotation_in_a_copy_names_its_day_and_nothing_private():
    page, source = cited_page()
    copy = m.SourceCopy.objects.create(source=source, time=DAY, warc_sha256="cd" * 32, text="SECRET WORDS")
    state(source, "gone", held_by="copy")
    quote_check(source, copy=copy, selector={"exact": QUOTE}, nearest="SECRET WORDS")

    for path in (page_of(page), source.get_absolute_url()):
        html = read(path)
        assert "Quotation found in the copy of 12 November 2026" in html
        assert "SECRET" not in html
        assert "cdcd" not in html


def test_retraction_is_loud_with_its_day_and_its_notice():
    page, source = cited_page()
    retract(source)
    html = read(page_of(page))

    loud = '<p class="taken-back"><strong>Retracted</strong> · March 2026 · <a href="https://doi.org/10.5555/notice"'
    assert loud in html
    assert "One of these sources has been taken back since." in html
    assert loud in read(source.get_absolute_url())


def test_correction_is_quiet():
    page, source = cited_page()
    retract(source, "correction")
    html = read(page_of(page))

    assert '<p class="known">Corrected · March 2026 · <a href="https://doi.org/10.5555/notice"' in html
    assert "taken-back" not in html


def test_gone_source_is_said_to_be_gone_beside_each_citation():
    page, source = cited_page()
    state(source, "gone")

    assert "The source is no longer at its address since 12 November 2026" in read(page_of(page))


def test_pages_of_the_past_and_previews_show_no_verdict_and_lead_to_what_is_known_now():
    page, source = cited_page()
    page.edit(title="Another title")
    quote_check(source, selector={"exact": QUOTE})
    retract(source)
    paths = [
        reverse("revision", args=[page.slug, 1]),
        reverse("revision", args=[page.slug, 2]),
        f"{page_of(page)}?as_of=2026-01-05",
    ]

    for path in paths:
        html = read(path)
        assert FOUND not in html
        assert "Retracted" not in html
        assert f'data-today href="/sources/{source.slug}/">What is known of it now</a>' in html
    assert "Retracted" not in read(reverse("compare", args=[page.slug, 1, 2]))
    assert "What is known of it now" not in read(page_of(page))


def test_page_of_the_past_stays_as_it_was_when_checks_change():
    page, source = cited_page()
    page.edit(title="Another title")
    path = reverse("revision", args=[page.slug, 1])
    before = read(path), Client().get(path)["ETag"]
    retract(source)

    assert (read(path), Client().get(path)["ETag"]) == before


def test_json_twin_is_the_document_and_nothing_else():
    page, source = cited_page()
    path = reverse("controversy_json", args=[page.slug])
    before = Client().get(path)
    retract(source)
    after = Client().get(path)

    assert (after.content, after["ETag"]) == (before.content, before["ETag"])


def test_page_that_cites_a_checked_source_only_now_says_what_is_known_at_once():
    _first, source = cited_page()
    quote_check(source)
    document = replace(_first.document, head=replace(_first.document.head))
    other = ControversyFactory(citations=2, sources=[source_block(source)])
    state(source, "gone")

    assert document.key != other.key
    assert "The source is no longer at its address" in read(page_of(other))


def test_page_served_from_the_cache_takes_one_query_and_one_more_when_drawn(django_assert_num_queries):
    page, source = cited_page()
    quote_check(source)
    client = Client()
    client.get(page_of(page))
    page_cache.forget()

    with django_assert_num_queries(1):
        client.get(page_of(page))


# -- the source's page --


WORDS = {
    "verified": "At its address, with the recorded title and all that is quoted",
    "moved": 'Moved to <a href="https://new.example/" rel="nofollow ugc noopener">https://new.example/</a>',
    "gone": "No longer at its address",
    "blocked": "Its site refuses programs, so we cannot tell",
}


@pytest.mark.parametrize("verdict", WORDS)
def test_source_says_what_is_known_of_it_in_plain_words(verdict):
    _page, source = cited_page()
    state(source, verdict, moved_to="https://new.example/" if verdict == "moved" else "")
    html = read(source.get_absolute_url())

    assert WORDS[verdict] in html
    assert "since 12 November 2026" in html


def test_source_of_the_past_leads_to_what_is_known_now():
    page, source = cited_page()
    state(source, "gone")
    path = source.get_absolute_url()
    html = read(f"{path}?as_of=2026-01-05")

    assert page.slug in html
    assert WORDS["gone"] not in html
    assert f'href="{path}">' in html  # the banner's link to today's


def test_address_that_a_machine_saw_is_linked_only_if_it_can_be_an_address():
    _page, source = cited_page()
    state(source, "moved", moved_to="javascript:alert(1)")

    assert "javascript:" not in read(source.get_absolute_url())


def test_draft_that_quotes_what_a_source_does_not_say_shows_nowhere():
    """A verdict that follows from a draft's quotation alone would tell that there is a draft."""
    page, source = cited_page()
    quote_check(source)
    state(source, "altered")
    secret = "Words that only the draft quotes."
    draft = ControversyFactory(publication="draft", citations=2, sources=[source_block(source)])
    m.QuoteCheck.objects.create(
        source=source,
        quote_sha256=quote_digest(secret),
        verdict="absent",
        since=DAY,
        checked_at=DAY,
        last_found_at=DAY,
        nearest=secret,
        engine=1,
    )
    before = display.version(page.key), display.version()
    display.bump(source)

    assert (display.version(page.key), display.version()) == before
    html = read(source.get_absolute_url())
    assert WORDS["verified"] in html
    assert "no longer" not in html
    assert draft.slug not in html
    assert "altered" not in Client().get(f"/api/v1/sources/{source.slug}").text
    assert Client().get("/api/v1/sources?verdict=altered").json()["items"] == []
    assert len(Client().get("/api/v1/sources?verdict=verified").json()["items"]) == 1
    assert "<entry>" not in Client().get("/sources.atom").text


@pytest.mark.parametrize("publication", ["draft", "withdrawn"])
def test_source_of_a_hidden_page_is_told_of_nowhere(publication):
    page = ControversyFactory(publication=publication, citations=2)
    source = m.Source.objects.get(pk=page.document.sources[0].key)
    state(source, "gone")

    assert Client().get(source.get_absolute_url()).status_code == 404
    assert source.slug not in Client().get("/sources.atom").text
    assert Client().get("/api/v1/sources?verdict=gone").json()["items"] == []


def test_editor_sees_checks_on_a_draft():
    page, source = cited_page()
    page.edit(publication="withdrawn")
    quote_check(source)

    assert FOUND in read(page_of(page), UserFactory(role="publisher"))


# -- the feed --


def feed():
    return one_line(Client().get("/sources.atom").content.decode())


def test_feed_has_what_is_gone_altered_and_taken_back_the_newest_first():
    _page, gone = cited_page()
    state(gone, "gone")
    other = replace(source_block(), doi="10.5555/other", title="Another work")
    ControversyFactory(citations=2, sources=[other])
    taken = m.Source.objects.get(pk=other.key)
    m.WorkNotice.objects.create(
        doi=taken.doi, kind="retraction", origin="Crossref", seen_at=DAY + datetime.timedelta(days=1)
    )
    text = feed()

    assert re.findall(r"<entry><title>(.*?)</title>", text) == [
        "Another work: Retracted",
        f"{gone.title}: no longer at its address",
    ]
    assert "<updated>2026-11-13T09:00:00+00:00</updated>" in text


@pytest.mark.parametrize("verdict", ["verified", "moved", "blocked", "unchecked"])
def test_feed_leaves_out_what_does_not_matter(verdict):
    _page, source = cited_page()
    state(source, verdict)
    retract(source, "correction")

    assert "<entry>" not in feed()


def test_feed_keeps_its_etag_until_something_happens():
    _page, source = cited_page()
    state(source, "gone")
    first = Client().get("/sources.atom")["ETag"]
    state(source, "gone", checked_at=DAY + datetime.timedelta(days=7))

    assert Client().get("/sources.atom")["ETag"] == first
    retract(source)
    assert Client().get("/sources.atom")["ETag"] != first


def test_feed_takes_as_many_queries_for_many_sources(django_assert_num_queries):
    for i in range(3):
        source = replace(source_block(), doi=f"10.5555/{i}")
        ControversyFactory(citations=2, sources=[source])
        row = m.Source.objects.get(pk=source.key)
        state(row, "altered" if i else "gone")
        retract(row)

    with django_assert_num_queries(6):
        feed()


# -- robust links --


@pytest.mark.parametrize(
    ("archive", "day"),
    [
        ("https://web.archive.org/web/20240102030405/https://journal.example/paper", "2024-01-02"),
        ("https://web.archive.org/web/20240102id_/https://journal.example/paper", "2024-01-02"),
        ("https://perma.cc/ABCD-1234", ""),
        ("https://archive.example/web/99999999/x", ""),
    ],
)
def test_links_survive_their_page_where_a_copy_is_recorded(archive, day):
    page, _source = cited_page(archive_url=archive)
    html = read(page_of(page))
    date = f' data-versiondate="{day}"' if day else ""

    assert (
        f'href="https://journal.example/paper" rel="nofollow ugc noopener" data-versionurl="{archive}"{date}'
        ">" in html
    )
    assert (
        f'href="{archive}" rel="nofollow ugc noopener" data-originalurl="https://journal.example/paper"{date}>'
        in html
    )


def test_page_on_how_sources_are_checked_says_if_they_are_not(settings):
    assert "not checked on this site" not in read("/about/checks/")
    settings.CHECKS = False
    assert "Sources are not checked on this site at the moment." in read("/about/checks/")


def test_data_for_machines_says_that_a_source_was_taken_back():
    _page, source = cited_page()
    assert "creativeWorkStatus" not in read(source.get_absolute_url())
    retract(source)
    html = read(source.get_absolute_url())

    assert '"creativeWorkStatus":"Retracted"' in html.replace('": ', '":')
    assert '"correction":["https://doi.org/10.5555/notice"]' in html.replace('": ', '":')
