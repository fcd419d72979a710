"""A store in this process's memory, bounded by bytes, that a crawl of many pages does not wash out."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

_PROTECTED = 0.8  # part of the bytes for entries that were asked for again
_KNOWN = 2  # keys of entries that were pushed out, for each entry that is there
_LARGEST = 8  # an entry may take one eighth of the bytes at most
OVERHEAD = 512  # bytes that an entry takes besides its value: key, tuple, two places in dictionaries


class SegmentedStore:
    """A segmented LRU: entries are on probation until they are asked for again, then protected.

    A new entry pushes out others on probation only, so pages that are each asked for once cannot push out those that
    readers come back to. What protection has no room for goes back on probation, as its newest entry. The keys of what
    was pushed out are known for a while: an entry that comes back soon is protected at once. Safe for threads.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit  # bytes
        self.bytes = 0
        self._protected_bytes = 0
        self._probation: OrderedDict[Hashable, tuple[Any, int]] = (
            OrderedDict()
        )  # value and bytes, oldest first
        self._protected: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._pushed_out: OrderedDict[Hashable, None] = OrderedDict()  # keys, oldest first
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
            self._protect(key, entry)
            return entry[0]

    def set(self, key: Hashable, value: object, size: int) -> None:
        """Store a value of this many bytes in place of any other; nothing that is too large for all to fit in."""
        size += OVERHEAD
        with self._lock:
            is_known = key in self._protected or self._pushed_out.pop(key, self) is None
            self._drop(key)
            if size > self.limit // _LARGEST:
                return
            self.bytes += size
            if is_known:
                self._protect(key, (value, size))
            else:
                self._probation[key] = (value, size)
            while self.bytes > self.limit:
                oldest = next(iter(self._probation or self._protected))
                self._drop(oldest)
                self._pushed_out[oldest] = None
            while len(self._pushed_out) > _KNOWN * len(self):
                self._pushed_out.popitem(last=False)

    def drop(self, key: Hashable) -> bool:
        """Remove an entry, and return whether there was one."""
        with self._lock:
            return self._drop(key)

    def clear(self) -> None:
        """Remove every entry."""
        with self._lock:
            self._pushed_out.clear()
            self._probation.clear()
            self._protected.clear()
            self.bytes = self._protected_bytes = 0

    def _protect(self, key: Hashable, entry: tuple[Any, int]) -> None:
        self._protected[key] = entry
        self._protected_bytes += entry[1]
        while self._protected_bytes > self.limit * _PROTECTED:
            demoted, old = self._protected.popitem(last=False)
            self._protected_bytes -= old[1]
            self._probation[demoted] = old

    def _drop(self, key: Hashable) -> bool:
        entry = self._probation.pop(key, None)
        if entry is None:
            entry = self._protected.pop(key, None)
            if entry is None:
                return False
            self._protected_bytes -= entry[1]
        self.bytes -= entry[1]
        return True
