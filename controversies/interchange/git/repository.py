"""Reads a git repository through the git program, whoever made it.

Only `rev-parse`, `rev-list` and `cat-file` are run, which start nothing that a repository's own configuration
names, and that is switched off besides: hooks, monitors, filters, pagers, replaced objects, and fetching what is
missing. Nothing is written, and no work tree is looked at.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from django.utils.translation import gettext as _

MOST = 10_000_000  # bytes of an object that is read

_SAFE = {
    "safe.directory": "*",  # of somebody else: none of what that could start is started
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.attributesFile": os.devnull,
    "core.pager": "cat",
    "core.alternateRefsCommand": "false",
    "protocol.allow": "never",
}
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ALLOW_PROTOCOL": "none",  # nothing is fetched, by whatever git is there and whatever it is told
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_IDENT = re.compile(r"(.*?) ?<[^>]*>? ?(-?\d+)? ?([-+]\d+)?")


class NotReadable(Exception):
    """The repository, or something in it, cannot be read; the message has the reason and the remedy."""


class TooLarge(NotReadable):
    """An object has more than `MOST` bytes."""


class CommitNode(NamedTuple):
    """A commit's place in history; parents are those that changed the paths asked for."""

    id: str
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Commit:
    """The content of a commit: its author's name, date in seconds since 1970, message, and tree."""

    id: str
    tree: str
    author: str
    when: int
    message: str


def literal(path: str) -> str:
    """The pathspec of one path, whatever is in its name."""
    return f":(literal){path}"


def glob(folder: tuple[str, ...], pattern: str) -> str:
    """The pathspec of what is in this folder and fits the pattern, in whatever case."""
    plain = "/".join(re.sub(r"([*?\[\]\\])", r"\\\1", name) for name in folder)
    return f":(glob,icase){plain}{'/' if plain else ''}{pattern}"


class Repository:
    """An open repository. Use `open_repository()`."""

    def __init__(self, git: str, folder: Path, objects: subprocess.Popen[bytes] | None = None) -> None:
        self._git, self._folder, self._objects = git, folder, objects

    def resolve(self, ref: str) -> str:
        """The commit that this ref, tag or abbreviated id names. Raises NotReadable.

        HEAD of a new repository may name a branch that was never made, while the commits went to another: if there
        is but one, that is meant.
        """
        done = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        if done.returncode and ref == "HEAD":
            branches = self._run("for-each-ref", "--format=%(objectname)", "refs/heads")
            if len(branches.stdout.split()) == 1:
                return self.resolve(branches.stdout.decode("ascii").strip())
        if done.returncode:
            raise NotReadable(
                _("There is no commit “%s” in this repository. Name a branch, a tag or a commit.") % ref
            )
        return done.stdout.decode("ascii").strip()

    def has(self, commit: str) -> bool:
        """Whether there is a commit of this id."""
        try:
            return self.resolve(commit) == commit
        except NotReadable:
            return False

    def nodes(self, tip: str, paths: list[str]) -> Iterator[CommitNode]:
        """The commits that led to `tip` and changed one of the paths, and the merges of such, parents first.

        Paths are git's pathspecs, with what is special in them marked as such: see `glob()` and `literal()`.
        """
        command = self._command(
            "rev-list",
            "--topo-order",
            "--reverse",
            "--full-history",
            "--simplify-merges",
            "--parents",
            "--stdin",
        )
        with (
            tempfile.TemporaryFile() as errors,
            tempfile.TemporaryFile() as arguments,
            subprocess.Popen(  # noqa: S603 - our own arguments, without a shell
                command,
                stdin=_write_lines(arguments, [tip, "--", *paths]),
                stdout=subprocess.PIPE,
                stderr=errors,
                env=_environment(self._folder),
            ) as process,
        ):
            for line in process.stdout or ():
                commit, *parents = line.decode("ascii").split()
                yield CommitNode(commit, tuple(parents))
            process.wait()
            errors.seek(0)
            error_output = errors.read()
        if process.returncode:
            raise NotReadable(_error_text(error_output))

    def commit(self, commit: str) -> Commit:
        """The content of this commit."""
        headers, _gap, message = self._read(commit, "commit").partition(b"\n\n")
        fields: dict[str, bytes] = {}
        for line in headers.split(b"\n"):
            name, _space, value = line.partition(b" ")
            fields.setdefault(name.decode("ascii", "replace"), value)
        encoding = fields.get("encoding", b"utf-8").decode("ascii", "replace")
        ident = _decode(fields.get("author", b""), encoding)
        match = _IDENT.match(ident)
        return Commit(
            id=commit,
            tree=fields["tree"].decode("ascii"),
            author=match[1] if match else ident,
            when=int(match[2] or 0) if match else 0,
            message=_decode(message, encoding),
        )

    def tree(self, tree: str) -> dict[bytes, tuple[str, str]]:
        """Mode and id of each entry of a tree by its name."""
        data, entries, at = self._read(tree, "tree"), {}, 0
        size = len(tree) // 2
        while at < len(data):
            space = data.index(b" ", at)
            end = data.index(b"\0", space)
            entries[data[space + 1 : end]] = (
                data[at:space].decode("ascii"),
                data[end + 1 : end + 1 + size].hex(),
            )
            at = end + 1 + size
        return entries

    def blob(self, blob: str) -> bytes:
        """The content of a file. Raises TooLarge."""
        return self._read(blob, "blob")

    # -- the git program --

    def _command(self, *arguments: str) -> list[str]:
        settings = [part for name, value in _SAFE.items() for part in ("-c", f"{name}={value}")]
        return [self._git, "--no-pager", *settings, "-C", str(self._folder), *arguments]

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # noqa: S603 - our own arguments, without a shell
            self._command(*arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env=_environment(self._folder),
        )

    def _start(self) -> None:
        self._objects = subprocess.Popen(  # noqa: S603 - our own arguments, without a shell
            self._command("cat-file", "--batch"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(self._folder),
        )

    def _read(self, name: str, kind: str) -> bytes:
        if self._objects is None:
            self._start()
        objects = self._objects
        if objects is None or objects.stdin is None or objects.stdout is None:
            raise NotReadable("No pipe.")
        try:
            objects.stdin.write(f"{name}\n".encode())
            objects.stdin.flush()
            header = objects.stdout.readline().split()
        except BrokenPipeError:
            header = []
        if len(header) != len(("id", "kind", "size")) or header[1] != kind.encode():
            raise NotReadable(
                _(
                    "Object %s is missing or damaged. Run `git fsck`; a partial clone lacks objects: clone the "
                    "repository "
                    "again without --filter."
                )
                % name
            )
        size = int(header[2])
        data = _read_limited(objects.stdout, size)
        objects.stdout.read(1)
        if data is None:
            raise TooLarge(
                _("This has %(size)s bytes; at most %(most)s are read.") % {"size": size, "most": MOST}
            )
        return data

    def close(self) -> None:
        """End the git program."""
        if self._objects is not None:
            with suppress(BrokenPipeError), self._objects:
                self._objects.kill()


@contextmanager
def open_repository(folder: Path) -> Iterator[Repository]:
    """The repository at this folder, a work tree's or a bare one. Raises NotReadable."""
    git = shutil.which("git")
    if git is None:
        raise NotReadable(
            _("The program git is needed for this. Install it (on Debian: apt-get install git).")
        )
    if not folder.is_dir():
        raise NotReadable(_("There is no folder %s.") % folder)
    repository = Repository(git, folder.resolve())
    try:
        done = repository._run("rev-parse", "--is-shallow-repository")
        if done.returncode:
            raise NotReadable(
                _("%(folder)s is not a git repository, or not its top folder. Git says: %(said)s")
                % {"folder": folder, "said": _error_text(done.stderr)}
            )
        if done.stdout.strip() == b"true":
            raise NotReadable(
                _("%s is a shallow clone: its history is cut off. Run `git fetch --unshallow` in it first.")
                % folder
            )
        yield repository
    finally:
        repository.close()


def _environment(folder: Path) -> dict[str, str]:
    """Return this process's environment without git's variables; git does not search above `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | _ENVIRONMENT | {"GIT_CEILING_DIRECTORIES": str(folder.parent)}


def _write_lines(file: IO[bytes], lines: list[str]) -> IO[bytes]:
    """The file with these lines in it, to be read from its beginning; names that hold a line break are left out."""
    file.writelines(os.fsencode(line) + b"\n" for line in lines if "\n" not in line)
    file.seek(0)
    return file


def _error_text(error: bytes) -> str:
    return error.decode("utf-8", "replace").strip()


def _decode(data: bytes, encoding: str) -> str:
    """Decode text of a commit, whose encoding may not be the one that it declares."""
    for name in (encoding, "utf-8"):
        with suppress(LookupError, UnicodeDecodeError):
            return data.decode(name)
    return data.decode("latin-1")


def _read_limited(stream: IO[bytes], size: int) -> bytes | None:
    """Read this many bytes; None, with them skipped, if there are more than `MOST`."""
    if size <= MOST:
        return stream.read(size)
    while size > 0:
        size -= len(stream.read(min(size, 1 << 20)))
    return None
