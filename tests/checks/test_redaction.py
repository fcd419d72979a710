"""Words that must go from the record go from what was seen of sources, too, and do not come back."""

import pytest

from controversies import models as m
from controversies.checks.fetch import NotYet
from controversies.checks.worker import check_source, run_lane
from controversies.document.redact import RemovedWords
from controversies.workflow import redaction

from .sites import OTHER_QUOTE, QUOTE, TITLE, article, checked, cited_source, tasks
from .test_check_source import URL, quote_row

pytestmark = pytest.mark.django_db


def remove(words: str) -> None:
    order = redaction.RedactionOrder(
        words=RemovedWords(words), ground="privacy", reason="", by_name="Olga Operator"
    )
    redaction.apply(order)


def everything_kept() -> str:
    """All text that checks keep, in one string."""
    rows = [
        *m.SourceCheck.objects.values(),
        *m.SourceCopy.objects.values(),
        *m.QuoteCheck.objects.values(),
        *m.SourceState.objects.values(),
        *m.SourceLookup.objects.values(),
        *m.CitationTask.objects.values(),
    ]
    return "\n".join(str(value) for row in rows for value in row.values())


def test_words_of_a_quotation_are_emptied_from_what_was_seen(world, clock, settings):
    words = "Those who publish weights cannot take them back"
    world.page(URL, article())
    _page, source = cited_source(URL, QUOTE, OTHER_QUOTE)
    checked(source, clock)
    m.CitationTask.objects.create(
        citation_id=m.Citation.objects.get(quote=QUOTE).pk,
        source=source,
        controversy_id=m.Controversy.objects.get().pk,
        cause="quote",
        state="dismissed",
        reason=f"“{words}” is there.",
        opened_at=clock.time,
    )
    files = list((settings.CHECKS_DIR / "copies").rglob("*.warc.gz"))
    assert words in everything_kept()
    assert len(files) == 1

    remove(words)

    assert words not in everything_kept()
    clock.advance(60)
    run_lane()
    assert not files[0].exists()
    assert m.SourceCheck.objects.first().body_sha256  # digests stay, and say what was checked

    # The next check reads the same words on the web, and keeps none of them.
    clock.advance(60)
    state = checked(source, clock)
    assert words not in everything_kept()
    assert (state.verdict, quote_row(OTHER_QUOTE).verdict) == ("verified", "found")
    assert list((settings.CHECKS_DIR / "copies").rglob("*.warc.gz")) == []


def test_title_that_must_go_does_not_come_back_from_the_web(world, clock):
    world.page(URL, article())
    _page, source = cited_source(URL, QUOTE)
    checked(source, clock)

    remove("Those Who Keep Them")
    assert "Those Who Keep Them" not in everything_kept()
    for days in (1, 1, 3):
        clock.advance(days=days)
        state = checked(source, clock)

    assert "Those Who Keep Them" not in everything_kept()
    assert (state.verdict, tasks()) == ("verified", [])  # a title without its words is nobody else's
    assert "Those Who Keep Them" in TITLE


def test_address_that_must_go_is_not_asked_any_more(world, clock):
    world.page(URL, article())
    _page, source = cited_source(URL, QUOTE)
    checked(source, clock)
    remove("journal.example/2026")
    before = len(world.requests)

    clock.advance(60)
    state = checked(source, clock)

    assert len(world.requests) == before
    assert "journal.example/2026" not in everything_kept()
    assert state.verdict == "unchecked"


def test_lookups_and_errors_of_the_queue_are_emptied(world, clock):
    world.page(URL, article())
    _page, source = cited_source(URL, QUOTE)
    try:
        check_source(source.pk, scheduled=False)
    except NotYet:
        pytest.fail("nobody else asks")
    remove("cannot take them back")

    assert not m.SourceLookup.objects.exists()
