"""Git repositories for tests, made and read by the git program."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "LC_ALL": "C",
    "TZ": "UTC",
}


def git(repository: Path, *arguments: str, given: bytes = b"", **environment: str) -> str:
    """What git prints; an error with what it said if it fails."""
    done = subprocess.run(
        ["git", "-C", str(repository), *arguments],  # noqa: S607 - the git that is there
        input=given,
        capture_output=True,
        check=False,
        env=ENVIRONMENT | environment,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def imported(folder: Path, pieces: Iterable[bytes]) -> Path:
    """A new bare repository with the stream in it, checked by git."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main")
    git(folder, "fast-import", "--quiet", given=b"".join(pieces))
    assert git(folder, "fsck", "--strict", "--no-dangling") == ""
    return folder


class Made:
    """A repository whose commits are made one by one; a minute passes between them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.minute = folder, 0

    def git(self, *arguments: str, **environment: str) -> str:
        return git(self.folder, *arguments, **environment)

    def write(self, files: dict[str, str | bytes | None]) -> None:
        """Write these files; None deletes one."""
        for name, content in files.items():
            path = self.folder / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(
        self,
        files: dict[str, str | bytes | None],
        message: str = "A change.",
        *,
        author: str = "Ada Lovelace <ada@engine.example>",
        date: str = "",
    ) -> str:
        """Commit these files and give the commit's id."""
        self.write(files)
        self.git("add", "--all")
        return self._record("commit", "--quiet", "--allow-empty", "-m", message, author=author, date=date)

    def merge(self, branch: str, *options: str, files: dict[str, str | bytes | None] | None = None) -> str:
        """Merge a branch into the one at hand, with these files as the result, and give the commit's id."""
        if files is not None:
            self._record("merge", "--quiet", "--no-ff", "--no-commit", "-s", "ours", branch)
            return self.commit(files, f"Merge {branch}.")
        return self._record("merge", "--quiet", "--no-ff", "-m", f"Merge {branch}.", *options, branch)

    def _record(
        self, *arguments: str, author: str = "Ada Lovelace <ada@engine.example>", date: str = ""
    ) -> str:
        self.minute += 1
        name, _space, address = author.partition(" <")
        date = date or f"2026-02-03T10:{self.minute:02}:00+01:00"
        self.git(
            *arguments,
            GIT_AUTHOR_NAME=name,
            GIT_AUTHOR_EMAIL=address.rstrip(">"),
            GIT_AUTHOR_DATE=date,
            GIT_COMMITTER_NAME="Robot",
            GIT_COMMITTER_EMAIL="robot@engine.example",
            GIT_COMMITTER_DATE="2026-03-01T00:00:00Z",
        )
        return self.git("rev-parse", "HEAD").strip()
