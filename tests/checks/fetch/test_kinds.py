"""Every kind of answer, fetched from the loopback world, is judged as it should be."""

from time import monotonic

import pytest

from controversies.checks.fetch import fetch, request
from controversies.models.choices import FetchResult
from tests.checks.kinds import kinds, slow_kinds

pytestmark = pytest.mark.django_db


def test_every_kind_of_answer_is_judged(world, clock):
    wrong = []
    for kind in kinds(world):
        answer = clock.wait_for(fetch, kind.url, scheduled=False)
        if (answer.seen, answer.detail) != (kind.seen, kind.detail):
            wrong.append((kind.name, answer.seen.value, answer.detail, answer.hops))
        assert bool(answer.body) == (answer.seen == FetchResult.OK), kind.name

    assert wrong == []


def test_who_is_slow_is_left_in_time(world, clock, monkeypatch):
    monkeypatch.setattr(request, "SECONDS", 1.0)
    table = slow_kinds(world)

    results = []
    for kind in table:
        start = monotonic()
        answer = clock.wait_for(fetch, kind.url, scheduled=False)
        results.append((kind.name, answer.seen, answer.detail, monotonic() - start < 3))

    assert results == [(kind.name, kind.seen, kind.detail, True) for kind in table]
