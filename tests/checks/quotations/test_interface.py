"""What the matcher returns: verdict, place, the source's own words, notes, and the nearest passage."""

import hashlib

from controversies.checks.digests import quote_digest
from controversies.checks.quotations import Note, match
from controversies.models.choices import QuoteVerdict

TEXT = "In March they wrote:\n“Open weights are safe,\nprovided that audits continue.” Others doubt it."


def test_passage_is_given_in_the_words_of_the_source():
    result = match('"Open weights are safe, provided that audits continue."', TEXT)

    assert result.verdict == QuoteVerdict.CONFIRMED
    assert result.exact == "Open weights are safe,\nprovided that audits continue"
    assert TEXT[result.start : result.end] == result.exact
    assert result.notes == ()
    assert result.nearest == ""


def test_words_of_the_source_are_offered_where_punctuation_differs():
    result = match("Open weights are safe provided that audits continue.", TEXT)

    assert result.verdict == QuoteVerdict.PUNCTUATION
    assert result.exact == "Open weights are safe,\nprovided that audits continue"
    assert result.notes == (Note.PUNCTUATION,)


def test_nearest_passage_is_shown_where_the_words_are_not_there():
    result = match("Open weights are harmless, provided that audits continue.", TEXT)

    assert result.verdict == QuoteVerdict.ABSENT
    assert "Open weights are safe, provided that audits continue." in result.nearest
    assert (result.start, result.end, result.exact) == (0, 0, "")


def test_nearest_passage_is_empty_where_nothing_is_alike():
    assert match("Quarterly earnings of the fishing fleet rose", TEXT).nearest == ""


def test_digest_is_of_the_words_in_utf8():
    assert quote_digest("Größe") == hashlib.sha256("Größe".encode()).hexdigest()


def test_words_whose_context_is_gone_are_in_doubt():
    words = "Open weights are safe, provided that audits continue."

    assert match(words, TEXT, prefix="In March they wrote: “").verdict == QuoteVerdict.CONFIRMED
    assert (
        match(words, TEXT, prefix="nothing of it", suffix="” Others doubt it.").verdict
        == QuoteVerdict.CONFIRMED
    )
    moved = match(words, TEXT, prefix="a comment says ", suffix=" says a comment")
    assert moved.verdict == QuoteVerdict.DOUBT
    assert moved.notes == (Note.CONTEXT,)
