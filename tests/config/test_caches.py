"""The cache backends: memory bounded by bytes, and a cache server that may be down or slow."""

import time
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client
from pytest_django.fixtures import Settings

from config import caches as backends
from tests.factories import ControversyFactory


class FlakyCache(LocMemCache):
    """A cache server that can be told to be down, or slow."""

    failure: Exception | None = None
    pause = 0.0
    calls = 0

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        self._work()
        return super().get(key, default, version)

    def set(self, key: Any, value: Any, timeout: Any = 60, version: int | None = None) -> None:
        self._work()
        super().set(key, value, timeout, version)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        self._work()
        return int(super().incr(key, delta, version))

    def clear(self) -> None:
        self._work()
        super().clear()

    def _work(self) -> None:
        type(self).calls += 1
        time.sleep(self.pause)
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[FlakyCache]]:
    settings.CACHES = {
        "default": {"BACKEND": "config.caches.TieredCache", "OPTIONS": {"bytes": 1_000_000}, "LOCATION": "t"},
        "shared": {"BACKEND": "tests.config.test_caches.FlakyCache", "LOCATION": "flaky"},
    }
    monkeypatch.setattr(backends._Server, "rests_until", 0.0)
    monkeypatch.setattr(FlakyCache, "calls", 0)
    monkeypatch.setattr(FlakyCache, "failure", None)
    monkeypatch.setattr(FlakyCache, "pause", 0.0)
    cache.clear()
    FlakyCache.calls = 0
    yield FlakyCache
    FlakyCache.failure = None
    cache.clear()


# -- memory --


def test_memory_keeps_values_apart_and_as_they_were() -> None:
    value = {"a": [1, 2]}
    cache.set("x", value)
    value["a"].append(3)

    assert cache.get("x") == {"a": [1, 2]}
    assert cache.get("none") is None
    assert cache.get("none", 5) == 5
    assert cache.add("x", 1) is False
    assert cache.add("y", "text") is True
    assert cache.get_many(["x", "y", "z"]) == {"x": {"a": [1, 2]}, "y": "text"}
    assert cache.delete("y") is True
    assert cache.delete("y") is False
    assert "y" not in cache


def test_memory_forgets_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(backends, "monotonic", lambda: now[0])
    cache.set("short", "value", 10)
    cache.set("long", "value", None)
    cache.set("none", "value", 0)
    assert cache.get("none") is None

    now[0] += 9
    assert cache.touch("short", 10)
    now[0] += 9
    assert cache.get("short") == "value"
    now[0] += 2
    assert cache.get("short") is None
    assert not cache.touch("short")
    assert cache.get("long") == "value"


def test_memory_counts() -> None:
    cache.set("n", 1, 60)

    assert [cache.incr("n"), cache.incr("n", 5), cache.decr("n")] == [2, 7, 6]
    with pytest.raises(ValueError, match="not found"):
        cache.incr("nothing")


def test_memory_hands_out_texts_without_a_copy_and_is_the_same_in_every_thread() -> None:
    page, seen = ("x" * 100_000, b"y" * 100_000), []
    cache.set("crux:page", page)

    thread = Thread(target=lambda: seen.append(cache.get("crux:page")))
    thread.start()
    thread.join()

    assert cache.get("crux:page") is page
    assert seen[0] is page


# -- a cache server --


def test_content_is_kept_in_memory_and_on_the_server(server: type[FlakyCache]) -> None:
    cache.set("crux:page", "text")
    server.calls = 0
    assert cache.get("crux:page") == "text"
    assert server.calls == 0
    caches["default"].store.clear()  # another process
    assert cache.get("crux:page") == "text"
    assert cache.get("crux:page") == "text"
    assert server.calls == 1


def test_what_others_may_change_is_asked_of_the_server_each_time(server: type[FlakyCache]) -> None:
    cache.set("count", 1)
    caches["shared"].set("count", 7)

    assert cache.get("count") == 7
    assert cache.incr("count") == 8
    with pytest.raises(ValueError, match="not found"):
        cache.incr("nothing")


def test_server_that_is_down_is_a_miss_and_is_left_alone_for_a_while(
    server: type[FlakyCache], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.failure = ConnectionError("refused")

    for number in range(20):
        assert cache.get(f"key-{number}") is None
        cache.set(f"crux:{number}", "text")
        assert cache.get(f"crux:{number}") == "text"  # from memory
    assert cache.add("x", 1) is False
    with pytest.raises(ValueError, match="not found"):
        cache.incr("x")
    cache.clear()

    assert server.calls == 1
    assert caplog.text.count("The cache server of CACHE_URL fails: ConnectionError: refused") == 1
    server.failure = None
    monkeypatch.setattr(backends._Server, "rests_until", 0.0)
    cache.set("x", 1)
    assert cache.get("x") == 1


def test_slow_server_costs_one_wait(server: type[FlakyCache], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "SLOW", 0.05)
    server.pause = 0.1

    started = time.monotonic()
    for number in range(50):
        cache.get(f"key-{number}")

    assert server.calls == 1
    assert time.monotonic() - started < 2


@pytest.mark.django_db
def test_pages_are_served_though_the_cache_server_is_down(server: type[FlakyCache]) -> None:
    page = ControversyFactory(slug="one")
    server.failure = OSError("no route")

    for path in ("/", "/controversies/one/", "/controversies/one/share.png", "/api/v1/controversies/one"):
        assert [Client().get(path).status_code for _ in range(2)] == [200, 200]
    page.edit(title="Another title")
    assert "Another title" in Client().get("/controversies/one/").text
