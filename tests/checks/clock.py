"""A clock that tests move, in place of the one that all checks ask."""

import datetime

import pytest
from django.utils import timezone

from controversies.checks import clock
from controversies.checks.fetch import NotYet


class MovingClock:
    """The time of all checks: it stands still until a test moves it."""

    def __init__(self, start: datetime.datetime) -> None:
        self.time = start

    def now(self) -> datetime.datetime:
        return self.time

    def advance(self, seconds: float = 0.0, **units: float) -> None:
        """Move on by so many seconds; or by `days=`, `hours=`, `minutes=`."""
        self.time += datetime.timedelta(seconds=seconds, **units)

    def move_to(self, time: datetime.datetime) -> None:
        """Move on to a time, never back."""
        self.time = max(self.time, time)

    def wait_for[Result](self, act, *arguments: object, **options: object):
        """Call `act` until the hosts let it, moving on to when they do."""
        while True:
            try:
                return act(*arguments, **options)
            except NotYet as error:
                self.move_to(error.until)


def install(monkeypatch: pytest.MonkeyPatch, start: datetime.datetime | None = None) -> MovingClock:
    """Replace the time of all checks until the test ends."""
    moving = MovingClock(start or timezone.now().replace(microsecond=0))
    monkeypatch.setattr(clock, "now", moving.now)
    return moving
