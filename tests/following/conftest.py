"""A site that can send e-mail, in simulated time."""

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from .readers import ReaderClock


@pytest.fixture
def clock(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> ReaderClock:
    settings.FOLLOW_BY_MAIL = True
    clock = ReaderClock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock
