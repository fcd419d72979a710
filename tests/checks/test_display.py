"""Words on checks for readers and programs, and the version that changes only with that."""

import datetime
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from controversies import history
from controversies import models as m
from controversies.checks import display
from controversies.checks.digests import quote_digest
from controversies.checks.display import QuotePassage, ShownNotice
from controversies.document.types import Citation
from controversies.pages import versions as remembered
from tests.factories import ControversyFactory, document_factory, new_key, source_block

pytestmark = pytest.mark.django_db
DAY = datetime.datetime(2026, 11, 12, 9, 0, tzinfo=datetime.UTC)
QUOTE = "Those who publish weights cannot take them back."


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    remembered.forget()


def cited_page(**fields: Any) -> tuple[Any, m.Source]:
    """A recorded page whose first position cites one source with QUOTE, and the source's row."""
    source = replace(source_block(), url="https://journal.example/paper", doi="10.5555/paper", **fields)
    document = document_factory(positions=2, citations=0)
    first = replace(
        document.positions[0],
        citations=(Citation(key=new_key(), source=source.key, relation="supports", quote=QUOTE),),
    )
    document = document.with_blocks(positions=(first, document.positions[1]), sources=(source,))
    recorded = ControversyFactory(document=document)
    return recorded, m.Source.objects.get(pk=source.key)


def state(source: m.Source, verdict: str = "verified", **values: Any) -> None:
    """Write the verdict on a source, and have it told."""
    m.SourceState.objects.update_or_create(
        source=source, defaults={"verdict": verdict, "since": DAY, "due_at": DAY, **values}
    )
    display.bump(source)


def quote_check(source: m.Source, verdict: str = "found", **values: Any) -> None:
    """Write the verdict on QUOTE, and have it told."""
    m.QuoteCheck.objects.update_or_create(
        source=source,
        quote_sha256=quote_digest(QUOTE),
        defaults={"verdict": verdict, "since": DAY, "checked_at": DAY, "engine": 1, **values},
    )
    display.bump(source)


def etag(page: Any) -> str:
    remembered.forget()
    return Client().get(f"/controversies/{page.slug}/")["ETag"]


def test_version_rises_once_for_what_is_told_and_not_for_what_is_seen_again():
    page, source = cited_page()
    quote_check(source)
    quote_check(
        source, checked_at=DAY + datetime.timedelta(days=90), notes=["dashes"], nearest="no words of readers"
    )

    assert (display.version(page.key), display.version()) == (1, 1)


def test_verdict_that_only_programs_are_told_leaves_pages_alone():
    page, source = cited_page()
    state(source, "blocked")

    assert (display.version(page.key), display.version()) == (0, 1)


@pytest.mark.parametrize("verdict", ["unchecked", "verified", "moved", "altered", "blocked"])
def test_verdict_without_words_for_readers_changes_no_etag(verdict):
    page, source = cited_page()
    before = etag(page)
    state(source, verdict, moved_to="https://elsewhere.example/")

    assert etag(page) == before


@pytest.mark.parametrize("verdict", ["punctuation", "doubt", "absent", "unread"])
def test_quotation_that_was_never_found_is_not_told_to_readers(verdict):
    page, source = cited_page()
    before = etag(page)
    quote_check(source, verdict)

    assert etag(page) == before
    assert display.shown_checks(page.document) == {}


def test_words_for_readers_change_the_etag_and_no_digest():
    page, source = cited_page()
    before, digest = etag(page), history.head(page.key).entry.digest
    seen = [before]
    quote_check(source)
    seen.append(etag(page))
    quote_check(source, "absent", last_found_at=DAY)
    seen.append(etag(page))
    state(source, "gone")
    seen.append(etag(page))
    m.WorkNotice.objects.create(doi=source.doi, kind="retraction", origin="Crossref", seen_at=DAY)
    display.bump(source)
    seen.append(etag(page))

    assert len(set(seen)) == len(seen)
    assert history.head(page.key).entry.digest == digest
    assert m.Revision.objects.filter(controversy_id=page.key).count() == 1


def test_other_pages_keep_their_etag():
    _page, source = cited_page()
    other = ControversyFactory()
    before = etag(other)
    quote_check(source)

    assert etag(other) == before
    assert display.version(other.key) == 0


def test_every_page_that_cites_the_source_anywhere_gets_a_new_version():
    """For its context, a point, a position, a stance, a backing."""
    source = source_block()
    made = []
    for place in range(5):
        document = document_factory(positions=1, points=1, citations=0)
        use = (Citation(key=new_key(), source=source.key, relation="supports", quote=QUOTE),)
        context, (point,), (position,) = document.context, document.points, document.positions
        context = replace(context, citations=use) if place == 0 else context
        point = replace(point, citations=use) if place == 1 else point
        if place == 2:
            position = replace(position, citations=use)
        if place == 3:
            position = replace(position, stances=(replace(position.stances[0], citations=use),))
        if place == 4:
            position = replace(position, backings=(replace(position.backings[0], citations=use),))
        made.append(
            ControversyFactory(
                document=document.with_blocks(
                    context=context, points=(point,), positions=(position,), sources=(source,)
                )
            )
        )
    quote_check(m.Source.objects.get(pk=source.key))

    assert [display.version(each.key) for each in made] == [1] * 5
    assert all((source.key, quote_digest(QUOTE)) in display.shown_checks(each.document) for each in made)


def test_everything_is_read_with_one_query(django_assert_num_queries):
    page, source = cited_page()
    other = ControversyFactory(citations=9)
    quote_check(source)

    with django_assert_num_queries(1):
        assert display.shown_checks(page.document, other.document)


def test_bump_of_what_was_told_takes_few_queries(django_assert_max_num_queries):
    _page, source = cited_page()
    quote_check(source)

    with django_assert_max_num_queries(5):  # with the savepoint's two
        assert not display.bump(source)


def test_found_quotation_leads_to_its_passage():
    page, source = cited_page()
    quote_check(source, selector={"exact": QUOTE, "prefix": "", "suffix": ""})
    [check] = display.shown_checks(page.document).values()

    assert (check.quote, check.day) == ("found", DAY.date())
    assert check.passage == (
        "https://journal.example/paper#:~:text=Those%20who%20publish%20weights%20cannot%20take%20them%20back."
    )


def test_quotation_of_a_private_copy_leads_nowhere():
    page, source = cited_page()
    copy = m.SourceCopy.objects.create(source=source, time=DAY, warc_sha256="ab" * 32, text="secret")
    quote_check(source, selector={"exact": QUOTE}, copy=copy)
    [check] = display.shown_checks(page.document).values()

    assert (check.quote, check.day, check.passage) == ("copy", DAY.date(), "")


def test_gone_source_is_told_of_beside_every_citation_with_and_without_quotation():
    page, source = cited_page()
    state(source, "gone")
    [check] = display.shown_checks(page.document).values()

    assert (check.quote, check.gone_since) == ("", DAY.date())


def test_found_at_the_address_is_not_said_of_a_source_that_is_gone():
    """The quotation's own check comes later than its source's verdict."""
    page, source = cited_page()
    quote_check(source)
    state(source, "gone")
    [check] = display.shown_checks(page.document).values()

    assert (check.quote, check.gone_since) == ("", DAY.date())


@pytest.mark.parametrize(
    ("url", "doi", "number"),
    [
        ("https://journal.example/a", "10.5555/ABC", "10.5555/abc"),
        ("https://arxiv.org/abs/2403.07918v2", "", "2403.07918"),
        ("https://arxiv.org/pdf/2403.07918.pdf", "", "10.48550/arxiv.2403.07918"),
        ("", "10.48550/arXiv.2403.07918", "2403.07918"),
        ("https://arxiv.org/abs/hep-th/9901001", "", "hep-th/9901001"),
    ],
)
def test_notices_are_found_by_doi_and_by_number_of_a_preprint(url, doi, number):
    source = replace(source_block(), url=url, doi=doi)
    m.WorkNotice.objects.create(
        doi=number,
        kind="withdrawal",
        date="2025-03",
        notice_doi="10.5555/notice",
        origin="arXiv",
        seen_at=DAY,
    )
    [checks] = display.read_checks([source]).values()

    assert checks.notices == (ShownNotice("withdrawal", "2025-03", "10.5555/notice", "arXiv"),)
    assert checks.notices[0].is_loud


@pytest.mark.parametrize("kind", ["concern", "correction"])
def test_corrections_and_concerns_are_quiet(kind):
    notice = ShownNotice(kind, "", "", "Crossref")

    assert not notice.is_loud
    assert notice.url == ""


@pytest.mark.parametrize(
    ("passage", "address", "link"),
    [
        (
            QuotePassage("a-b, c & d"),
            "https://x.example/",
            "https://x.example/#:~:text=a%2Db%2C%20c%20%26%20d",
        ),
        (QuotePassage("a b"), "https://x.example/#part", "https://x.example/#part:~:text=a%20b"),
        (QuotePassage("one\ntwo"), "https://x.example/", "https://x.example/#:~:text=one%20two"),
        (
            QuotePassage("w1 w2 w3 w4 w5 w6\nw7 w8 w9 w10 w11 w12"),
            "https://x.example/",
            "https://x.example/#:~:text=w1%20w2%20w3%20w4%20w5,w8%20w9%20w10%20w11%20w12",
        ),
        (QuotePassage("words", page=3), "https://x.example/a.pdf", "https://x.example/a.pdf#page=3"),
        (QuotePassage("words", page=3), "https://x.example/a.pdf#page=9", ""),
        (QuotePassage("words"), "https://x.example/#:~:text=other", ""),
        (QuotePassage(""), "https://x.example/", ""),
        (QuotePassage("words"), "", ""),
    ],
)
def test_passage_is_linked_as_browsers_read_it(passage, address, link):
    assert passage.link(address) == link


def test_what_was_told_goes_with_its_source():
    _page, source = cited_page()
    quote_check(source)
    loose = m.Source.objects.create(slug="loose", title="Loose")
    state(loose, "gone")
    loose.delete()

    assert list(m.ToldChecks.objects.values_list("source", flat=True)) == [source.pk]
