"""Verdicts over time: what the site makes of the answers of a source, one after another. Pure.

One bad answer is no verdict: it counts as a strike, and the source is asked again soon. A good answer clears all.
"""

import datetime
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from controversies.models import SourceVerdict

DAY: Final = datetime.timedelta(days=1)
INTERVALS: Final = (1, 7, 30, 90)  # days after a verdict that stays as it is
AGAINST: Final = (7, 7, 7, 7, 30, 30, 90)  # …of one that says that something is wrong: it may be put right
SUSPECT: Final = (1, 3, 7)  # days after the first strike, then every week
JITTER: Final = 0.1  # at most so much later, in shares of the interval
OVERDUE: Final = 120 * DAY  # longer than any interval: a time so far ahead was written by a wrong clock
_MANY: Final = 30_000  # strikes and steps are counted no further


class Outcome(StrEnum):
    """The outcomes of one check of a source, as far as a verdict depends on them."""

    AGREES = "agrees"  # its text was read, the title is its own, every quotation is there
    ELSEWHERE = "elsewhere"  # the same, at another address that permanent redirects lead to
    DISAGREES = "disagrees"  # its text was read; the title is another work's, or a quotation is not there
    MISSING = "missing"  # 404, 410, or a page that stands for these
    FAILING = "failing"  # server errors, no host, no answer
    REFUSING = "refusing"  # it does not want machines
    UNJUDGED = "unjudged"  # it answered, with nothing that could be read, or too little to judge by
    UNASKED = "unasked"  # not requested: robots.txt, an address that may not be asked, none


# How often, and over how long a time, an outcome must be seen until it becomes this verdict.
_NEEDED: Final[dict[Outcome, tuple[SourceVerdict, int, datetime.timedelta]]] = {
    Outcome.ELSEWHERE: (SourceVerdict.MOVED, 2, DAY),
    Outcome.DISAGREES: (SourceVerdict.ALTERED, 2, DAY),
    Outcome.MISSING: (SourceVerdict.DEAD, 3, 7 * DAY),
    Outcome.FAILING: (SourceVerdict.DEAD, 5, 30 * DAY),
    Outcome.REFUSING: (SourceVerdict.BLOCKED, 2, DAY),
    Outcome.UNJUDGED: (SourceVerdict.UNCHECKED, 2, DAY),
    Outcome.UNASKED: (SourceVerdict.UNCHECKED, 2, DAY),
}
# These say nothing against a source: as its first outcomes they are the verdict at once.
_HARMLESS: Final = {Outcome.REFUSING, Outcome.UNJUDGED, Outcome.UNASKED}


@dataclass(frozen=True, slots=True)
class Standing:
    """The verdict on a source, and the answers that count towards another one.

    `since` is the time of the first answer that the verdict rests on, None before any. `strike` names the outcome of
    the latest answers in a row, "" after a good one; `steps` counts the answers that confirmed the verdict.
    """

    verdict: SourceVerdict = SourceVerdict.UNCHECKED
    since: datetime.datetime | None = None
    strike: str = ""
    strikes: int = 0
    first_strike_at: datetime.datetime | None = None
    steps: int = 0
    moved_to: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether the latest answers say what the verdict says."""
        if not self.strike:
            return True
        outcome = outcome_of(self.strike)
        is_meant = _NEEDED[outcome][0] == self.verdict and self.since is not None
        return is_meant and (
            outcome is not Outcome.ELSEWHERE or self.strike == strike_name(outcome, self.moved_to)
        )


_DETAILED: Final = {Outcome.ELSEWHERE: "to-", Outcome.DISAGREES: "not-"}


def strike_name(outcome: Outcome, detail: str = "") -> str:
    """Return the name under which an outcome is counted.

    `detail` is the address elsewhere, or what disagrees: with another one, the count begins anew.
    """
    if detail and outcome in _DETAILED:
        return _DETAILED[outcome] + hashlib.sha256(detail.encode()).hexdigest()[:8]
    return outcome.value


def outcome_of(strike: str) -> Outcome:
    """Return the outcome that a strike counts."""
    for outcome, prefix in _DETAILED.items():
        if strike.startswith(prefix):
            return outcome
    return Outcome(strike)


def judge(standing: Standing, strike: str, now: datetime.datetime, *, elsewhere: str = "") -> Standing:
    """Return the standing after one more answer, which is counted under the name `strike`.

    `elsewhere` is the address that permanent redirects led to.
    """
    outcome = outcome_of(strike)
    if outcome is Outcome.AGREES:
        return _agreeing(standing, now)
    if outcome is Outcome.ELSEWHERE and standing.verdict not in (SourceVerdict.VERIFIED, SourceVerdict.MOVED):
        standing = _agreeing(standing, now)  # the words are there, wherever that is
    if standing.strike == strike and standing.first_strike_at is not None:
        # A clock that was put back makes the run shorter, never longer.
        first, strikes = min(standing.first_strike_at, now), min(standing.strikes + 1, _MANY)
    else:
        first, strikes = now, 1
    after = replace(standing, strike=strike, strikes=strikes, first_strike_at=first)
    verdict, needed, span = _NEEDED[outcome]
    if after.is_settled:
        return replace(after, steps=min(after.steps + 1, _MANY))
    is_first_word = standing.since is None and outcome in _HARMLESS
    if is_first_word or (strikes >= needed and now - first >= span):
        moved_to = elsewhere if verdict is SourceVerdict.MOVED else ""
        return replace(
            after, verdict=verdict, since=first, steps=1 if is_first_word else 2, moved_to=moved_to
        )
    return after


def _agreeing(standing: Standing, now: datetime.datetime) -> Standing:
    if standing.verdict is SourceVerdict.VERIFIED and standing.since is not None:
        return Standing(SourceVerdict.VERIFIED, standing.since, steps=min(standing.steps + 1, _MANY))
    return Standing(SourceVerdict.VERIFIED, now, steps=1)


def replay(answers: Iterable[tuple[str, str, datetime.datetime]]) -> Standing:
    """Return the standing after answers in the order of their times: (strike, address elsewhere, time)."""
    standing = Standing()
    for strike, elsewhere, time in answers:
        standing = judge(standing, strike, time, elsewhere=elsewhere)
    return standing


def next_check(
    standing: Standing, now: datetime.datetime, key: UUID | str, *, retry_after: int | None = None
) -> datetime.datetime:
    """Return when a source should be checked again: soon while it is under suspicion, ever more seldom after.

    The jitter follows from the source's key, so that what is added on one day is not always due on one day.
    `retry_after` are the seconds that its host asked for.
    """
    if standing.is_settled:
        is_against = standing.verdict in (SourceVerdict.DEAD, SourceVerdict.ALTERED)
        intervals, step = (AGAINST, standing.steps - 1) if is_against else (INTERVALS, standing.steps)
        days = intervals[min(max(step, 1), len(intervals)) - 1]
        due = now + _later(days, key, standing.steps)
    else:
        first = standing.first_strike_at or now
        elapsed = max(now - first, datetime.timedelta(0))
        due = next(
            first + moment
            for days in (*SUSPECT, *range(14, 10**6, 7))
            if (moment := _later(days, key, 0)) > elapsed
        )
    return max(due, now + datetime.timedelta(seconds=retry_after or 0))


def _later(days: int, key: UUID | str, step: int) -> datetime.timedelta:
    """Return so many days, and a little more by the key."""
    digest = hashlib.sha256(f"{key} {days} {step}".encode()).digest()
    share = int.from_bytes(digest[:4]) / 2**32
    return days * DAY * (1 + JITTER * share)
