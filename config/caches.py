"""The cache backends: this process's memory, and a cache server behind it that may be down."""

import logging
import pickle
from collections.abc import Callable
from threading import RLock
from time import monotonic
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from controversies.kit.segmented import SegmentedStore

logger = logging.getLogger(__name__)

SHARED = "shared"  # the alias of the cache server in `settings.CACHES`
# Keys that begin so name their content: a value never changes, so each process may keep its own copy.
CONTENT = "crux:"
REST = 10.0  # seconds in which a cache server that failed or was slow is not asked
SLOW = 0.5  # seconds
_ATOMS = (bytes, str, int, float, bool, type(None))
_stores: dict[str, SegmentedStore] = {}  # by name: Django makes a backend for each thread
_lock = RLock()


class MemoryCache(BaseCache):
    """The cache of this process, bounded by bytes (`OPTIONS["bytes"]`). Values that cannot change are not copied."""

    def __init__(self, name: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        limit = int(params["OPTIONS"]["bytes"])
        with _lock:
            self.store = _stores.get(name) or _stores.setdefault(name, SegmentedStore(limit))
            self.store.limit = limit

    def add(
        self, key: object, value: object, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        with _lock:
            if self.get(key, self, version) is not self:
                return False
            self.set(key, value, timeout, version)
            return True

    def get(self, key: object, default: object = None, version: int | None = None) -> Any:
        entry = self.store.get(self.make_and_validate_key(key, version))
        if entry is None:
            return default
        value, is_pickled, expires = entry
        if expires is not None and expires <= monotonic():
            return default
        return pickle.loads(value) if is_pickled else value  # noqa: S301 - this process wrote it

    def set(
        self, key: object, value: object, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        is_pickled = not _is_constant(value)
        stored = pickle.dumps(value, pickle.HIGHEST_PROTOCOL) if is_pickled else value
        name = self.make_and_validate_key(key, version)
        self.store.set(name, (stored, is_pickled, self._expiry(timeout)), len(name) + _size(stored))

    def touch(self, key: object, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        with _lock:
            value = self.get(key, self, version)
            if value is self:
                return False
            self.set(key, value, timeout, version)
            return True

    def incr(self, key: object, delta: int = 1, version: int | None = None) -> Any:
        with _lock:
            name = self.make_and_validate_key(key, version)
            value = self.get(key, self, version)
            if value is self:
                raise ValueError(f"Key {key!r} not found")
            _stored, _is_pickled, expires = self.store.get(name)
            self.store.set(name, (value + delta, False, expires), len(name))
            return value + delta

    def delete(self, key: object, version: int | None = None) -> bool:
        return self.store.drop(self.make_and_validate_key(key, version))

    def clear(self) -> None:
        self.store.clear()

    def _expiry(self, timeout: float | None) -> float | None:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return None if seconds is None else monotonic() + seconds


def _is_constant(value: object) -> bool:
    """Whether nobody can change the value."""
    return isinstance(value, _ATOMS) or (isinstance(value, tuple) and all(map(_is_constant, value)))


def _size(value: object) -> int:
    """Return the bytes of a value that cannot change, about."""
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, str):
        return len(value) if value.isascii() else 4 * len(value)
    if isinstance(value, tuple):
        return sum(map(_size, value)) + 64
    return 32


class TieredCache(MemoryCache):
    """A cache server (`CACHES["shared"]`), with this process's memory before it for what never changes.

    Whatever the server does, nobody gets an error or waits for long: an error is a miss, and after an error or a slow
    answer the server is not asked for REST seconds. Its own time limits are in `settings.CACHES`.
    """

    def add(
        self, key: object, value: object, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        return bool(self._ask(False, lambda server: server.add(key, value, timeout, version)))

    def get(self, key: object, default: object = None, version: int | None = None) -> Any:
        is_content = str(key).startswith(CONTENT)
        value = super().get(key, None, version) if is_content else None
        if value is None:
            value = self._ask(None, lambda server: server.get(key, None, version))
            if is_content and value is not None:
                super().set(key, value, version=version)
        return default if value is None else value

    def set(
        self, key: object, value: object, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        if str(key).startswith(CONTENT):
            super().set(key, value, timeout, version)
        self._ask(None, lambda server: server.set(key, value, timeout, version))

    def touch(self, key: object, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._ask(False, lambda server: server.touch(key, timeout, version)))

    def incr(self, key: object, delta: int = 1, version: int | None = None) -> Any:
        value = self._ask(None, lambda server: server.incr(key, delta, version))
        if value is None:
            raise ValueError(f"Key {key!r} not found")
        return value

    def delete(self, key: object, version: int | None = None) -> bool:
        super().delete(key, version)
        return bool(self._ask(False, lambda server: server.delete(key, version)))

    def clear(self) -> None:
        super().clear()
        self._ask(None, lambda server: server.clear())

    def _ask[T](self, default: T, question: Callable[[BaseCache], T]) -> T:
        """Return the server's answer, the default while it is down."""
        started = monotonic()
        if started < _Server.rests_until:
            return default
        try:
            answer = question(caches[SHARED])
        except ValueError:  # of `incr`: no such key, or no number
            return default
        except Exception as error:
            _rest(f"fails: {type(error).__name__}: {error}")
            return default
        if monotonic() - started > SLOW:
            _rest(f"took {monotonic() - started:.1f} seconds")
        return answer


class _Server:
    rests_until = 0.0


def _rest(reason: str) -> None:
    _Server.rests_until = monotonic() + REST
    logger.warning(
        "The cache server of CACHE_URL %s. It is not asked for %d seconds; pages are drawn without it.",
        reason,
        REST,
    )
