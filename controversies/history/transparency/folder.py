"""LOG_DIR: the folder with the log's key, its policy, and the last checkpoint that was signed.

The last checkpoint is kept here, outside the database, because a database that was restored from a backup does not know
what was signed after it. It is written before anybody else sees the signature, and never replaced by one of less.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from controversies.kit import durable


class FolderBusy(RuntimeError):
    """Another process is signing."""


@dataclass(frozen=True, slots=True)
class LogFolder:
    """The names of the files, and how they are replaced."""

    path: Path

    @property
    def key(self) -> Path:
        """The private key of the newest log."""
        return self.path / "key"

    @property
    def next_key(self) -> Path:
        """The private key of the log that is just beginning."""
        return self.path / "key.next"

    @property
    def policy(self) -> Path:
        """The witnesses and the quorum, as c2sp.org/tlog-policy writes them."""
        return self.path / "policy"

    @property
    def last(self) -> Path:
        """The last checkpoint that was signed with the key."""
        return self.path / "last-checkpoint"

    @property
    def contradiction(self) -> Path:
        """A checkpoint, shown by a witness, that the key signed and that the log does not contain."""
        return self.path / "contradiction"

    def make(self) -> None:
        """Make the folder if there is none: its owner's only. Raises OSError."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Let one process at a time sign. Raises FolderBusy and OSError."""
        with (self.path / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise FolderBusy from error
            yield

    def read_last(self) -> str:
        """Return the last checkpoint's note, "" if there is none. Raises OSError and UnicodeDecodeError."""
        return _text(self.last)

    def keep_last(self, note: str) -> None:
        """Keep a checkpoint that was just signed. Raises OSError."""
        _write(self.last, note)

    def keep_contradiction(self, note: str) -> None:
        """Keep a checkpoint that convicts the log. Raises OSError."""
        _write(self.contradiction, note)

    def read_policy(self) -> str:
        """Return the policy's text, "" if there is none. Raises OSError and UnicodeDecodeError."""
        return _text(self.policy)

    def keep_policy(self, text: str) -> None:
        """Write the policy. Raises OSError."""
        _write(self.policy, text)

    def promote_next_key(self) -> None:
        """Put the next key in the place of the old one, whose files are kept under other names. Raises OSError.

        The key comes last: if this is cut off, `key.next` is still there, and it can be done again.
        """
        for path in (self.last, self.key):
            if path.exists():
                durable.rename(path, _unused(path))
        durable.rename(self.next_key, self.key)


def _unused(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.old-{number}") for number in count(1))
    return next(name for name in names if not name.exists())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _write(path: Path, text: str) -> None:
    with durable.replacing(path) as file:
        file.write(text.encode())
