"""Writes a folder of files, and takes away what it wrote before of pages that are there no longer.

A list of what was written (`.crux-export`) tells this folder from another's, and a file that somebody edited since
from one that nobody did: the one is never overwritten or removed. Each file is replaced as a whole.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from ..layout import ACTORS, PAGES
from .file_finder import printable_name

LIST = ".crux-export"
_UNSEEN = {".git", LIST}  # in a folder that counts as empty


class FolderRefused(Exception):
    """A folder that must not be written to; the message has the reason and the remedy."""


@dataclass(slots=True)
class ExportResult:
    """Names of the files that were written, unchanged, removed, or kept because somebody edited them."""

    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def write_folder(
    root: Path, texts: Mapping[str, str], *, force: bool = False, complete: bool = True
) -> ExportResult:
    """Write these files, by their names in the folder; if they are `complete`, remove others that were written before.

    Raises FolderRefused, before anything is written, for a folder with other things in it and for files that somebody
    edited since they were written, unless `force` is given. Others' files stay in any case.
    """
    before = _list(root, force)
    _check(root, texts, before, force)
    data = {name: text.encode() for name, text in sorted(texts.items())}
    obsolete = {name for name in before if name not in data} if complete else set()
    done = ExportResult()
    for folder in (PAGES, ACTORS):
        (root / folder).mkdir(parents=True, exist_ok=True)
    # Until all is written, either state of a file is ours.
    both = {name: sorted({*before.get(name, ()), _digest(text)}) for name, text in data.items()}
    _replace(root / LIST, _list_file(before | both))
    for name, text in data.items():
        if _read(root / name) == text:
            done.unchanged.append(name)
        else:
            _replace(root / name, text)
            done.written.append(name)
    for name in sorted(obsolete):
        content = _read(root / name)
        if content is None:
            continue
        if _digest(content) in before[name]:
            (root / name).unlink()
            done.removed.append(name)
        else:
            done.kept.append(name)
    remaining = {name: digests for name, digests in before.items() if name not in obsolete}
    _replace(root / LIST, _list_file(remaining | {name: [_digest(text)] for name, text in data.items()}))
    return done


def _list(root: Path, force: bool) -> dict[str, list[str]]:
    """Read the list of files written before, with the digests that each may have. Raises FolderRefused."""
    if root.exists() and not root.is_dir():
        raise FolderRefused(_("%s is a file. Name a folder.") % printable_name(str(root)))
    there = {path.name for path in root.iterdir()} if root.exists() else set()
    if LIST in there:
        try:
            files = json.loads((root / LIST).read_text())["files"]
            return {
                str(name): [str(digest) for digest in digests]
                for name, digests in files.items()
                if _is_ours(name)
            }
        except (ValueError, KeyError, TypeError, AttributeError, OSError):
            if not force:
                raise FolderRefused(
                    _("%s cannot be read. Export to a new folder, or write over this one with --force.")
                    % printable_name(str(root / LIST))
                ) from None
            return {}
    if there - _UNSEEN and not force:
        raise FolderRefused(
            _(
                "%s has other files in it. Name a new folder, or add to this one with --force: files of the same "
                "names are replaced then."
            )
            % printable_name(str(root))
        )
    return {}


def _is_ours(name: str) -> bool:
    """Whether this could be a name that an export writes: a list is no leave to remove anything else."""
    folder, slash, file = str(name).partition("/")
    fits = (folder == PAGES and file.endswith(".md")) or (folder == ACTORS and file.endswith(".yml"))
    return bool(slash) and fits and "/" not in file and "\\" not in file and not file.startswith(".")


def _check(root: Path, texts: Mapping[str, str], before: Mapping[str, list[str]], force: bool) -> None:
    for folder in (root / PAGES, root / ACTORS):
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise FolderRefused(
                _("%s is not a plain folder. Remove it, or name another.") % printable_name(str(folder))
            )
    if force:
        return
    edited = []
    for name, text in texts.items():
        content = _read(root / name)
        if content is not None and content != text.encode() and _digest(content) not in before.get(name, ()):
            edited.append(name)
    if edited:
        raise FolderRefused(
            _(
                "Edited since they were exported, so nothing was written: %s. Import them first "
                "(importcontroversies), or write over them with --force."
            )
            % ", ".join(sorted(edited))
        )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() and not path.is_symlink() else None


def _list_file(digests: Mapping[str, list[str]]) -> bytes:
    content = {
        "about": "Written by exportcontroversies: which files are its own.",
        "files": dict(sorted(digests.items())),
    }
    return (json.dumps(content, indent=1) + "\n").encode()


def _replace(path: Path, data: bytes) -> None:
    """Put a file in its place as a whole."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
