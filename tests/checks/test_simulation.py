"""Sixty sources of all kinds through forty days: the verdicts and the tasks that are right, and no other."""

import pytest

from controversies import models as m
from controversies.checks import rebuilding

from .simulation import KINDS, live, outcomes, populate

pytestmark = pytest.mark.django_db


def test_forty_days_bring_the_verdicts_and_tasks_that_are_right(world, clock):
    sim = populate(world, clock, 60, per_page=20)
    assert {each.kind for each in sim.expected.values()} == set(KINDS)

    live(sim, 40)

    result = outcomes(sim)
    assert result.mistakes == []
    assert result.repeated_tasks == 0
    assert result.right_tasks > 15
    assert result.closest >= 10
    assert max(result.requests.values()) < 30

    # Every verdict follows from the checks on record.
    states = list(m.SourceState.objects.all())
    assert all(rebuilding.follows(state, rebuilding.derive(state.pk)) for state in states)
    spoilt = next(state for state in states if state.verdict == "gone")
    m.SourceState.objects.filter(pk=spoilt.pk).update(
        verdict="verified", strikes=0, strike="", since=sim.start
    )
    assert rebuilding.rebuild() == (60, 1)
    mended = m.SourceState.objects.get(pk=spoilt.pk)
    assert (mended.verdict, mended.since, mended.strikes) == ("gone", spoilt.since, spoilt.strikes)
