"""The loopback world and a clock that tests move, for all tests of checks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from . import clock as moving
from .sockets import watched
from .world import World, write_authority


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> moving.MovingClock:
    """Return the time of all checks, which stands still until a test moves it."""
    return moving.install(monkeypatch)


@pytest.fixture
def world(settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    """Return the loopback world: hosts that it plays are answered from this machine."""
    played = World()
    settings.CHECKS_ALLOWED = played.allowed
    settings.CHECKS_DIR = tmp_path / "checks"
    settings.CHECKS_CONTACT = "https://crux.example/about/checks/"
    monkeypatch.setenv("SSL_CERT_FILE", str(write_authority(tmp_path)))
    with watched():  # and nothing leaves this machine
        yield played
    played.close()
    assert played.errors == []
