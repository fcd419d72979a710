"""Finds files to import: named ones, those of folders, and those of zip archives, which are never unpacked to disk."""

import os
import stat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from django.utils.translation import gettext as _

from ..files import Fault
from ..files.nodes import MAX_SIZE, too_large

PAGES, ACTORS = "controversies", "actors"
_MOST_FILES = 100_000
_MOST_BYTES = 500_000_000  # of all files of an archive
_READMES = {"readme.md", "license.md", "contributing.md", "changelog.md"}


@dataclass(frozen=True, slots=True)
class File:
    """A file to import by the name that it is told by."""

    name: str
    data: bytes
    is_page: bool  # or else a backer's


class _Found:
    def __init__(self) -> None:
        self.files: list[File] = []
        self.faults: list[Fault] = []
        self.skipped: list[str] = []  # told, since nobody would look for them

    def fault(self, name: str, message: str) -> None:
        self.faults.append(Fault(name, 1, message))

    def add(self, name: str, data: bytes, is_page: bool) -> None:
        if len(data) > MAX_SIZE:
            self.fault(name, too_large())
        else:
            self.files.append(File(name, data, is_page))


def gather(given: Iterable[str]) -> tuple[list[File], list[Fault], list[str]]:
    """The files that these paths name, in order of their names, every fault, and links that were not followed.

    In folders and archives these are the `.md` in folders named `controversies` and the `.yml` in those named
    `actors`; where there is no folder of these names, the `.md` of the folder itself.
    """
    found = _Found()
    for path in given:
        _one(Path(path), found)
    files = sorted({file.name: file for file in found.files}.values(), key=lambda file: file.name)
    if not files and not found.faults:
        found.fault(
            shown(", ".join(map(str, given))),
            _("There is nothing to import. Name .md files, or a folder that has controversies/*.md."),
        )
    return files, found.faults, found.skipped


def shown(name: str) -> str:
    """A file's name as it can be printed, whatever it is."""
    safe = name.encode("utf-8", "backslashreplace").decode()
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in safe)


def _one(path: Path, found: _Found) -> None:
    name = shown(str(path))
    try:
        if not path.exists():
            found.fault(name, _("There is no such file or folder."))
        elif path.is_dir():
            _folder(path, found)
        elif path.suffix.lower() == ".zip":
            _archive(path, found)
        elif path.suffix.lower() in (".md", ".yml", ".yaml"):
            found.add(name, _bytes(path), path.suffix.lower() == ".md")
        else:
            found.fault(name, _("This is no .md, .yml or .zip file."))
    except OSError as error:
        found.fault(name, _("This cannot be read: %s.") % (error.strerror or error))


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_SIZE + 1)


def _folder(root: Path, found: _Found) -> None:
    every = list(_walk(root, found))
    chosen = _chosen(
        [PurePosixPath(root.name, *path.relative_to(root).parts) for path in every], top=root.name
    )
    for path, is_page in zip(every, chosen, strict=True):
        if is_page is not None:
            found.add(shown(str(path)), _bytes(path), is_page)


def _walk(root: Path, found: _Found) -> Iterator[Path]:
    """The regular files of a folder, however deep; links are not followed."""
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files) + names:
            path = Path(folder, name)
            if path.is_symlink():
                found.skipped.append(shown(str(path)))
            elif name in files and path.is_file():
                yield path


def _chosen(names: list[PurePosixPath], top: str) -> list[bool | None]:
    """Of each file whether it is a page, a backer (False) or neither (None)."""

    def of(name: PurePosixPath) -> bool | None:
        suffix, folder = name.suffix.lower(), name.parent.name
        if suffix == ".md" and folder == PAGES and name.name.lower() not in _READMES:
            return True
        return False if suffix in (".yml", ".yaml") and folder == ACTORS else None

    made = [of(name) for name in names]
    if not any(made):
        made = [
            True
            if each is None
            and str(name.parent) == (top or ".")
            and name.suffix.lower() == ".md"
            and name.name.lower() not in _READMES
            else each
            for each, name in zip(made, names, strict=True)
        ]
    return made


def _archive(path: Path, found: _Found) -> None:
    name = shown(str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            _entries(archive, name, found)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        found.fault(name, _("This is no zip archive that can be read: %s.") % error)


def _entries(archive: zipfile.ZipFile, name: str, found: _Found) -> None:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > _MOST_FILES:
        found.fault(name, _("This archive has more than %s files.") % _MOST_FILES)
        return
    chosen = _chosen([PurePosixPath(entry.filename) for entry in entries], top="")
    if not any(each is not None for each in chosen):  # all of it in one folder, as archives often are
        tops = {PurePosixPath(entry.filename).parts[0] for entry in entries}
        if len(tops) == 1:
            chosen = _chosen([PurePosixPath(entry.filename) for entry in entries], top=tops.pop())
    left = _MOST_BYTES
    for entry, is_page in zip(entries, chosen, strict=True):
        where = f"{name}/{shown(entry.filename)}"
        parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
        if ".." in parts or entry.filename.startswith("/"):
            found.fault(where, _("This name leads out of the archive. Pack it anew from inside its folder."))
        elif is_page is None:
            continue
        elif stat.S_ISLNK(entry.external_attr >> 16):
            found.skipped.append(where)
        elif entry.flag_bits & 1:
            found.fault(where, _("This is encrypted. Pack it anew without a password."))
        else:
            with archive.open(entry) as file:  # however large it says it is
                data = file.read(min(MAX_SIZE, left) + 1)
            left -= len(data)
            if left < 0:
                found.fault(
                    name, _("Unpacked, this archive is larger than %s MB.") % (_MOST_BYTES // 1_000_000)
                )
                return
            found.add(where, data, is_page)
