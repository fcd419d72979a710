"""Verdicts over time: none on one bad answer, all of them when they are due, and a good answer clears them."""

import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controversies.checks.verdicts import (
    DAY,
    Outcome,
    Standing,
    judge,
    next_check,
    replay,
    strike_name,
)
from controversies.models import SourceVerdict

START = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)
NEW = "https://example.org/new"


def strike(outcome: Outcome, to: str = NEW) -> str:
    return strike_name(outcome, to if outcome is Outcome.ELSEWHERE else "")


def after(*answers: tuple[Outcome, float], standing: Standing | None = None, to: str = NEW) -> Standing:
    """The standing after outcomes at these days; the last of one that was verified before, unless given."""
    standing = standing or Standing(SourceVerdict.VERIFIED, START - 100 * DAY, steps=4)
    for outcome, day in answers:
        standing = judge(
            standing,
            strike(outcome, to),
            START + day * DAY,
            elsewhere=to if outcome is Outcome.ELSEWHERE else "",
        )
    return standing


@pytest.mark.parametrize(
    ("outcome", "days", "verdict"),
    [
        (Outcome.MISSING, [0], "verified"),
        (Outcome.MISSING, [0, 1], "verified"),
        (Outcome.MISSING, [0, 1, 3], "verified"),  # three times, but not over seven days
        (Outcome.MISSING, [0, 7], "verified"),  # over seven days, but not three times
        (Outcome.MISSING, [0, 1, 6.99], "verified"),
        (Outcome.MISSING, [0, 1, 7], "gone"),
        (Outcome.FAILING, [0, 1, 3, 7, 29.9], "verified"),
        (Outcome.FAILING, [0, 1, 3, 30], "verified"),
        (Outcome.FAILING, [0, 1, 3, 7, 30], "gone"),
        (Outcome.DISAGREES, [0], "verified"),
        (Outcome.DISAGREES, [0, 0.01, 0.5, 0.99], "verified"),  # somebody clicked four times
        (Outcome.DISAGREES, [0, 1], "altered"),
        (Outcome.ELSEWHERE, [0], "verified"),
        (Outcome.ELSEWHERE, [0, 1], "moved"),
        (Outcome.REFUSING, [0], "verified"),
        (Outcome.REFUSING, [0, 1], "blocked"),
        (Outcome.REFUSING, [0, 1, 3, 10, 40, 400], "blocked"),  # never dead
        (Outcome.UNJUDGED, [0], "verified"),
        (Outcome.UNJUDGED, [0, 2], "unchecked"),
        (Outcome.UNASKED, [0, 90], "unchecked"),
        (Outcome.AGREES, [0, 1, 7], "verified"),
    ],
)
def test_verdict_is_given_when_an_outcome_was_seen_often_and_long_enough(outcome, days, verdict):
    standing = after(*((outcome, day) for day in days))

    assert standing.verdict == verdict
    if verdict != "verified":
        assert standing.since == START  # since the first answer that it rests on
    assert (standing.moved_to == NEW) == (verdict == "moved")


@pytest.mark.parametrize("outcome", [each for each in Outcome if each not in ("agrees", "elsewhere")])
def test_one_good_answer_clears_all(outcome):
    bad = after(*((outcome, day) for day in (0, 1, 3, 7, 31)))
    assert bad.verdict != "verified"

    good = after((Outcome.AGREES, 32), standing=bad)

    assert good == Standing(SourceVerdict.VERIFIED, START + 32 * DAY, steps=1)


@pytest.mark.parametrize("outcome", [each for each in Outcome if each not in ("agrees", "elsewhere")])
def test_a_blip_leaves_no_trace(outcome):
    before = Standing(SourceVerdict.VERIFIED, START - 100 * DAY, steps=4)

    assert after((outcome, 0), (Outcome.AGREES, 1), standing=before) == Standing(
        SourceVerdict.VERIFIED, before.since, steps=5
    )


@pytest.mark.parametrize("between", [Outcome.FAILING, Outcome.REFUSING, Outcome.UNJUDGED, Outcome.DISAGREES])
def test_another_outcome_begins_the_count_anew(between):
    standing = after((Outcome.MISSING, 0), (Outcome.MISSING, 1), (between, 3), (Outcome.MISSING, 7))

    assert (standing.verdict, standing.strike, standing.strikes) == ("verified", "missing", 1)


def test_outcomes_that_say_nothing_against_a_new_source_are_its_verdict_at_once():
    assert judge(Standing(), Outcome.REFUSING, START).verdict == "blocked"
    assert judge(Standing(), Outcome.UNJUDGED, START) == Standing(
        SourceVerdict.UNCHECKED, START, "unjudged", 1, START, 1
    )
    for outcome in (Outcome.MISSING, Outcome.FAILING, Outcome.DISAGREES):
        standing = judge(Standing(), outcome, START)
        assert (standing.verdict, standing.since) == ("unchecked", None)


def test_what_disagrees_must_be_the_same_twice():
    """A quotation that an editor adds today is not held against a source that lost another one yesterday."""
    first, second = strike_name(Outcome.DISAGREES, "one"), strike_name(Outcome.DISAGREES, "two")
    before = Standing(SourceVerdict.VERIFIED, START - DAY, steps=4)

    assert (
        replay([("agrees", "", START), (first, "", START), (second, "", START + DAY)]).verdict == "verified"
    )
    standing = judge(judge(before, first, START), first, START + DAY)
    assert standing.verdict == "altered"
    assert judge(standing, second, START + 2 * DAY).verdict == "altered"


def test_move_is_to_one_address_and_the_words_are_verified_meanwhile():
    fresh = judge(Standing(), strike(Outcome.ELSEWHERE), START, elsewhere=NEW)
    assert (fresh.verdict, fresh.since, fresh.moved_to) == ("verified", START, "")

    other = judge(fresh, strike(Outcome.ELSEWHERE, NEW + "er"), START + DAY, elsewhere=NEW + "er")
    assert (other.verdict, other.strikes) == ("verified", 1)

    moved = judge(other, strike(Outcome.ELSEWHERE, NEW + "er"), START + 2 * DAY, elsewhere=NEW + "er")
    assert (moved.verdict, moved.moved_to, moved.since) == ("moved", NEW + "er", START + DAY)
    again = judge(moved, strike(Outcome.ELSEWHERE), START + 9 * DAY, elsewhere=NEW)
    assert (again.verdict, again.moved_to) == ("moved", NEW + "er")
    back = judge(moved, Outcome.AGREES, START + 9 * DAY)
    assert (back.verdict, back.moved_to) == ("verified", "")


def test_what_is_gone_and_then_refuses_machines_is_blocked():
    gone = after(*((Outcome.MISSING, day) for day in (0, 1, 3, 7)))
    assert after((Outcome.REFUSING, 14), standing=gone).verdict == "gone"
    assert after((Outcome.REFUSING, 14), (Outcome.REFUSING, 15), standing=gone).verdict == "blocked"


def test_clock_that_goes_back_makes_no_run_longer():
    future = after((Outcome.MISSING, 300), (Outcome.MISSING, 301), (Outcome.MISSING, 0))
    assert future.first_strike_at == START
    assert future.verdict == "verified"
    assert after((Outcome.MISSING, 6), standing=future).verdict == "verified"
    assert after((Outcome.MISSING, 7), standing=future).verdict == "gone"
    assert START < next_check(future, START, "a") < START + 2 * DAY


# -- when to look again --


def days_of_checks(outcome: Outcome, standing: Standing, count: int) -> list[float]:
    now, days = START, []
    for _number in range(count):
        standing = judge(standing, strike(outcome), now, elsewhere=NEW)
        days.append((now - START) / DAY)
        now = next_check(standing, now, "b2f3")
    return days


def test_good_sources_are_looked_at_ever_more_seldom():
    days = days_of_checks(Outcome.AGREES, Standing(), 7)

    gaps = [later - earlier for earlier, later in pairwise(days)]
    for gap, wanted in zip(gaps, (1, 7, 30, 90, 90, 90), strict=True):
        assert wanted <= gap <= wanted * 1.1


def test_suspects_are_looked_at_soon_and_judged_as_soon_as_they_may_be():
    before = Standing(SourceVerdict.VERIFIED, START - DAY, steps=4)
    days = days_of_checks(Outcome.MISSING, before, 5)

    for day, wanted in zip(days[:4], (0, 1, 3, 7), strict=True):
        assert wanted <= day <= wanted * 1.1
    assert after(*((Outcome.MISSING, day) for day in days[:4])).verdict == "gone"
    assert days[4] > days[3] + 6


def test_what_is_wrong_is_looked_at_every_week_for_a_month():
    before = Standing(SourceVerdict.VERIFIED, START - DAY, steps=4)
    days = days_of_checks(Outcome.DISAGREES, before, 10)

    gaps = [later - earlier for earlier, later in pairwise(days)]
    for gap, wanted in zip(gaps, (1, 7, 7, 7, 7, 30, 30, 90, 90), strict=True):
        assert wanted <= gap <= wanted * 1.1


def test_a_host_that_asks_to_wait_is_left_alone_for_so_long():
    standing = judge(Standing(), Outcome.REFUSING, START)

    assert next_check(standing, START, "a", retry_after=10 * 86400) == START + 10 * DAY


def test_jitter_is_the_source_s_own():
    standing = Standing(SourceVerdict.VERIFIED, START, steps=3)
    due = [next_check(standing, START, f"key {number}") for number in range(200)]

    assert due == [next_check(standing, START, f"key {number}") for number in range(200)]
    assert 3 <= len({each.date() for each in due}) <= 4
    assert len(set(due)) == 200


# -- properties --

ANSWERS = st.lists(
    st.tuples(
        st.sampled_from(list(Outcome)),
        st.floats(0.01, 20, allow_nan=False),
        st.sampled_from([NEW, NEW + "er"]),
    ),
    max_size=30,
)


@given(ANSWERS)
def test_no_verdict_against_a_source_without_the_answers_that_it_needs(answers):
    standing, now = Standing(), START
    history: list[tuple[Outcome, datetime.datetime]] = []
    for outcome, gap, to in answers:
        now += gap * DAY
        before = standing
        standing = judge(standing, strike(outcome, to), now, elsewhere=to)
        history.append((outcome, now))
        run = []
        for each in reversed(history):
            if each[0] is not outcome:
                break
            run.append(each)
        span = run[0][1] - run[-1][1]
        if standing.verdict == before.verdict:
            continue
        if standing.verdict == "gone":
            needed = (3, 7 * DAY) if outcome is Outcome.MISSING else (5, 30 * DAY)
            assert outcome in (Outcome.MISSING, Outcome.FAILING)
            assert (len(run) >= needed[0], span >= needed[1]) == (True, True)
        elif standing.verdict in ("altered", "moved"):
            assert len(run) >= 2
            assert span >= DAY
        elif standing.verdict == "verified":
            assert outcome in (Outcome.AGREES, Outcome.ELSEWHERE)
        elif before.since is not None:
            assert len(run) >= 2
        assert standing.since is not None
        assert standing.since >= run[-1][1]
        assert (standing.moved_to != "") == (standing.verdict == "moved")
    if answers:
        due = next_check(standing, now, "k")
        assert now < due <= now + 100 * DAY
    assert standing == replay(
        (strike(outcome, to), to, time)
        for (outcome, _gap, to), (_outcome, time) in zip(answers, history, strict=True)
    )


@given(ANSWERS, st.floats(-400, 400, allow_nan=False))
def test_any_clock_leaves_a_next_check_within_reach(answers, jump):
    standing, now = Standing(), START
    for number, (outcome, gap, to) in enumerate(answers):
        now += (jump if number == len(answers) // 2 else gap) * DAY
        standing = judge(standing, strike(outcome), now, elsewhere=to)
        due = next_check(standing, now, "k")
        assert now < due <= now + 100 * DAY
