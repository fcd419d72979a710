"""A bounded part of the hold-out; `python -m tests.benchmarks.quotations` runs all of it."""

from controversies.checks.quotations import match
from controversies.models.choices import QuoteVerdict
from tests.checks.quotations.holdout import COPIES, FALSIFICATIONS, copies, falsifications

EACH = 12  # of every kind
SEED = 20_261


def test_no_falsified_quotation_is_confirmed():
    samples = list(falsifications(EACH, SEED))

    accepted = [
        sample for sample in samples if match(sample.quote, sample.text).verdict == QuoteVerdict.CONFIRMED
    ]
    assert accepted == []
    assert {sample.kind for sample in samples} == set(FALSIFICATIONS)
    assert len(FALSIFICATIONS) >= 30
    assert len(samples) == EACH * len(FALSIFICATIONS)


def test_hardly_any_honest_copy_is_refused():
    samples = list(copies(EACH, SEED))

    refused = [
        sample for sample in samples if match(sample.quote, sample.text).verdict != QuoteVerdict.CONFIRMED
    ]
    assert len(refused) < len(samples) * 0.02, refused
    assert {sample.kind for sample in samples} == set(COPIES)
    assert len(COPIES) >= 20
    assert len(samples) == EACH * len(COPIES)
