"""A store in this process's memory, bounded by bytes, that a crawl of many pages does not wash out."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

_PROTECTED = 0.8  # part of the bytes for entries that were asked for again
_LARGEST = 8  # an entry may take one eighth of the bytes at most
OVERHEAD = 512  # bytes that an entry takes besides its value: key, tuple, two places in dictionaries


class SegmentedStore:
    """A segmented LRU: entries are on probation until they are asked for again, then protected.

    A new entry pushes out others on probation only, so pages that are each asked for once cannot push out those that
    readers come back to. What protection has no room for goes back on probation, as its newest entry. Safe for threads.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit  # bytes
        self.bytes = 0
        self._protected_bytes = 0
        self._probation: OrderedDict[Hashable, tuple[Any, int]] = (
            OrderedDict()
        )  # value and bytes, oldest first
        self._protected: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._probation) + len(self._protected)

    def get(self, key: Hashable) -> Any:
        """Return the value, None without one; protect it from now on."""
        with self._lock:
            entry = self._protected.get(key)
            if entry is not None:
                self._protected.move_to_end(key)
                return entry[0]
            entry = self._probation.pop(key, None)
            if entry is None:
                return None
            self._protected[key] = entry
            self._protected_bytes += entry[1]
            while self._protected_bytes > self.limit * _PROTECTED:
                demoted, old = self._protected.popitem(last=False)
                self._protected_bytes -= old[1]
                self._probation[demoted] = old
            return entry[0]

    def set(self, key: Hashable, value: object, size: int) -> None:
        """Store a value of this many bytes in place of any other; nothing that is too large for all to fit in."""
        size += OVERHEAD
        with self._lock:
            was_protected = key in self._protected
            self._drop(key)
            if size > self.limit // _LARGEST:
                return
            if was_protected:
                self._protected[key] = (value, size)
                self._protected_bytes += size
            else:
                self._probation[key] = (value, size)
            self.bytes += size
            while self.bytes > self.limit:
                segment = self._probation or self._protected
                self._drop(next(iter(segment)))

    def drop(self, key: Hashable) -> bool:
        """Remove an entry, and return whether there was one."""
        with self._lock:
            return self._drop(key)

    def clear(self) -> None:
        """Remove every entry."""
        with self._lock:
            self._probation.clear()
            self._protected.clear()
            self.bytes = self._protected_bytes = 0

    def _drop(self, key: Hashable) -> bool:
        entry = self._probation.pop(key, None)
        if entry is None:
            entry = self._protected.pop(key, None)
            if entry is None:
                return False
            self._protected_bytes -= entry[1]
        self.bytes -= entry[1]
        return True
