"""The files themselves: made by the worker, kept in `DOWNLOADS_DIR`, and gone once something in them must be.

A set of files is of one state of the database, in a folder of its own; `manifest.json` names the newest set. A page
that is withdrawn, or words that are removed, make a set stale: it is offered no longer, and the worker makes another.
"""

import fcntl
import gzip
import hashlib
import json
import logging
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection
from django.tasks import task
from django.utils import timezone

from controversies.history import pending, replay
from controversies.interchange.corpus import dump
from controversies.kit import durable
from controversies.kit.csv_lines import BOM, csv_line

from .tables import TABLES, Table

logger = logging.getLogger(__name__)

EVERY = timedelta(days=1)
VERSION = 1  # of the files' columns and names; another one makes every set anew
CORPUS = "corpus.jsonl.gz"
NAMES = (CORPUS, *(table.file_name for table in TABLES))
_MANIFEST = "manifest.json"
_SET = re.compile(r"\d{8}T\d{6}\d{6}Z")
_BLOCK = 1 << 20  # bytes

# Arrivals since a set was made are those of a day or so. A number that is higher than all is of another database.
_STATE = """
    SELECT coalesce((SELECT max(position) FROM controversies_arrival), 0),
        coalesce((SELECT max(id) FROM controversies_redaction), 0)
"""
_IS_STALE = """
    SELECT EXISTS (SELECT FROM controversies_arrival WHERE position > %(arrival)s AND withdrawn)
        OR coalesce((SELECT max(position) FROM controversies_arrival), 0) < %(arrival)s
        OR coalesce((SELECT max(id) FROM controversies_redaction), 0) <> %(redaction)s
"""


@dataclass(frozen=True)
class KeptFile:
    """A file of a set: its name, size in bytes, SHA-256, and number of lines without the first of a table."""

    name: str
    size: int
    sha256: str
    rows: int


@dataclass(frozen=True)
class Manifest:
    """A set of files: its folder, the time and the state of the database that it is of, and its files by name."""

    version: int
    folder: str
    time: datetime
    arrival: int
    redaction: int
    site: str
    files: dict[str, KeptFile] = field(default_factory=dict)

    def path(self, name: str) -> Path:
        return _root() / self.folder / name


def newest() -> Manifest | None:
    """Return the newest set of files, None without one; whether it is stale is another question."""
    try:
        data = json.loads((_root() / _MANIFEST).read_bytes())
        files = {name: KeptFile(**values) for name, values in data.pop("files").items()}
        manifest = Manifest(**{**data, "time": datetime.fromisoformat(data["time"])}, files=files)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return manifest if manifest.version == VERSION and _SET.fullmatch(manifest.folder) else None


def is_stale(manifest: Manifest) -> bool:
    """Whether something in the files must not be shown any more; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_STALE, {"arrival": manifest.arrival, "redaction": manifest.redaction})
        [stale] = cursor.fetchone()
    return bool(stale) or manifest.site != settings.SITE_URL


def current_set() -> Manifest | None:
    """Return the set of files that readers may have now; one query, none without a set."""
    manifest = newest()
    return None if manifest is None or is_stale(manifest) else manifest


def make() -> Manifest | None:
    """Make a set of files of the state of the database now and delete older ones; None if another process is at it.

    Raises OSError if they cannot be written; an earlier set is unchanged then.
    """
    root = _root()
    root.mkdir(mode=0o750, parents=True, exist_ok=True)
    with _lock(root) as is_ours:
        if not is_ours:
            return None
        if pending.is_waiting():
            pending.record_all(seconds=float("inf"))  # every page with the names that the corpus gives
        return _make(root)


def make_due(now: datetime | None = None) -> Manifest | None:
    """Make a set of files if there is none, a stale one, or one of yesterday and something has changed since."""
    manifest = newest()
    if manifest is not None:
        if is_stale(manifest):
            shutil.rmtree(_root() / manifest.folder, ignore_errors=True)
        elif (now or timezone.now()) - manifest.time < EVERY or _state()[0] == manifest.arrival:
            return None
    return make()


@task
def make_downloads() -> None:
    """Make the files if they are due: the worker's task, once a minute."""
    try:
        make_due()
    except OSError as error:
        logger.warning("The files to download could not be written: %s", error)


def _make(root: Path) -> Manifest:
    time = timezone.now().astimezone(UTC)
    folder = root / time.strftime("%Y%m%dT%H%M%S%fZ")
    folder.mkdir(mode=0o750)
    try:
        with replay.snapshot():
            arrival, redaction = _state()
            kept = [_write_corpus(folder), *(_write_table(folder, table) for table in TABLES)]
        manifest = Manifest(
            *(VERSION, folder.name, time, arrival, redaction, settings.SITE_URL),
            files={each.name: each for each in kept},
        )
        with durable.replacing(root / _MANIFEST, 0o640) as file:
            file.write(json.dumps(asdict(manifest) | {"time": time.isoformat()}, indent=1).encode())
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    for other in root.iterdir():
        if _SET.fullmatch(other.name) and other != folder:
            shutil.rmtree(other, ignore_errors=True)
    return manifest


def _state() -> tuple[int, int]:
    """Return the numbers of the newest arrival and of the newest removal of words, 0 without any."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        arrival, redaction = cursor.fetchone()
    return int(arrival), int(redaction)


def _write_corpus(folder: Path) -> KeptFile:
    rows = 0
    with durable.replacing(folder / CORPUS, 0o640) as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
        for line in dump.corpus():
            file.write(line)
            rows += 1
    return _keep(folder / CORPUS, rows)


def _write_table(folder: Path, table: Table) -> KeptFile:
    path, rows = folder / table.file_name, 0
    with durable.replacing(path, 0o640) as file:
        file.write((BOM + csv_line(column.name for column in table.columns)).encode())
        for row in table.rows():
            file.write(csv_line(row).encode())
            rows += 1
    return _keep(path, rows)


def _keep(path: Path, rows: int) -> KeptFile:
    with path.open("rb") as file:
        return KeptFile(path.name, path.stat().st_size, _digest(file), rows)


def _digest(file: IO[bytes]) -> str:
    digest: Any = hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    return str(digest.hexdigest())


@contextmanager
def _lock(root: Path) -> Iterator[bool]:
    """Hold the lock of the folder; whether it was free. It ends with the process, whatever becomes of that."""
    with (root / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _root() -> Path:
    return Path(settings.DOWNLOADS_DIR)
