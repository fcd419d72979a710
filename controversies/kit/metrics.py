"""Counters and histograms for Prometheus, which `/metrics` adds up over all processes of a site on one machine.

Each process writes into files of a slot of its own, in a folder that only the site's system user may read. The next
process takes over the slot of one that has ended, so that no counter ever goes back and the files stay few.
Labels are names from the code, never anything that somebody typed.
"""

import fcntl
import hashlib
import logging
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client's own
os.environ.setdefault(
    FOLDER_VARIABLE,
    f"{tempfile.gettempdir()}/crux-metrics-{os.getuid()}-{hashlib.sha256(__file__.encode()).hexdigest()[:12]}",
)

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values  # noqa: E402
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402

logger = logging.getLogger(__name__)
_MAX_SLOTS = 1000


def _folder() -> Path:
    return Path(os.environ[FOLDER_VARIABLE])


def _is_usable(folder: Path) -> bool:
    """Whether the folder for the files is this user's alone and can be written to; make it if need be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.lstat()
    except OSError:
        return False
    is_private = state.st_uid == os.getuid() and not state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(state.st_mode) and is_private and os.access(folder, os.W_OK)


class _Slot:
    """The slot of this process: a number whose lock file no other process holds. Taken at the first use."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._number = "none"
        self._is_needed = False
        self._locks: list[int] = []  # kept open: a lock lasts as long as its file descriptor

    def __call__(self) -> str:
        if (
            not self._is_needed
        ):  # prometheus_client asks while it is being set up, in commands that count nothing
            self._is_needed = True
        elif self._number == "none" or self._process != os.getpid():
            self._process, self._number = os.getpid(), self._take()
        return self._number

    def _take(self) -> str:
        for number in range(_MAX_SLOTS):
            lock = os.open(_folder() / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(lock)
                continue
            self._locks.append(lock)
            return str(number)
        return str(os.getpid())


_is_shared = _is_usable(_folder())
if not _is_shared:
    logger.warning(
        "%s cannot be used for metrics: each process counts for itself. Set %s to a folder of the site's own user.",
        _folder(),
        FOLDER_VARIABLE,
    )
    values.ValueClass = values.MutexValue
else:
    values.ValueClass = values.MultiProcessValue(_Slot())

# The registry is this process's own; what all processes counted is read from the files.
REGISTRY = CollectorRegistry()
REQUESTS = Histogram(
    "crux_request_seconds",
    "Time to answer a request, by route and class of status.",
    ["route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
CACHE_LOOKUPS = Counter(
    "crux_cache_lookups", "Lookups in caches, by kind and result.", ["kind", "result"], registry=REGISTRY
)
SAVES = Counter("crux_saves", "Revisions recorded, by publication.", ["publication"], registry=REGISTRY)
CONFLICTS = Counter(
    "crux_conflicts", "Edits that met a newer revision, by result.", ["result"], registry=REGISTRY
)
REFUSALS = Counter("crux_refusals", "Requests refused, by reason.", ["reason"], registry=REGISTRY)
LOGINS = Counter("crux_logins", "Attempts to log in, by result.", ["result"], registry=REGISTRY)
DATABASE_ERRORS = Counter(
    "crux_database_errors", "Errors of the database, by class.", ["error"], registry=REGISTRY
)
MAILS = Counter("crux_mails", "E-mails to editors, by result.", ["result"], registry=REGISTRY)
FOLLOW_MAILS = Counter("crux_follow_mails", "E-mails to readers, by result.", ["result"], registry=REGISTRY)


def count_cache(kind: str, *, hit: bool) -> None:
    """Count a lookup in a cache. `kind` is a name from the code, as "page"."""
    CACHE_LOOKUPS.labels(kind, "hit" if hit else "miss").inc()


def exposition() -> str:
    """Return what all processes have counted, in Prometheus's text format."""
    if not _is_shared:
        return generate_latest(REGISTRY).decode()
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(_folder()))
    return generate_latest(registry).decode()


def metric_names() -> Iterable[str]:
    """Return the names of all metrics here, as they are in the text format."""
    for family in REGISTRY.collect():
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}[family.type]
        yield from (family.name + suffix for suffix in suffixes)
