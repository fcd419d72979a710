"""Finds files to import: named ones, those of folders, and those of zip archives, which are never unpacked to disk."""

import os
import stat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from django.utils.translation import gettext as _

from .. import layout
from ..files import FaultSample, FileFault
from ..files.nodes import MAX_SIZE, too_large
from ..layout import Role

_MOST_FILES = 100_000
_MOST_BYTES = 500_000_000  # of all files of an archive


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file to import, with its name for reports."""

    name: str
    data: bytes
    role: Role

    @property
    def is_page(self) -> bool:
        """Whether it is a page, rather than a backer or a topic."""
        return self.role is Role.PAGE


class _FileList:
    def __init__(self) -> None:
        self.files: list[ImportFile] = []
        self.faults = FaultSample()
        self.skipped: list[str] = []  # told, since nobody would look for them

    def fault(self, name: str, message: str) -> None:
        self.faults.add(FileFault(name, 1, message))

    def add(self, name: str, data: bytes, role: Role) -> None:
        if len(data) > MAX_SIZE:
            self.fault(name, too_large())
        else:
            self.files.append(ImportFile(name, data, role))


def find_files(paths: Iterable[str]) -> tuple[list[ImportFile], FaultSample, list[str]]:
    """Return the files at these paths in order of their names, the faults, and the links that were not followed."""
    file_list = _FileList()
    for path in paths:
        _one(Path(path), file_list)
    files = sorted({file.name: file for file in file_list.files}.values(), key=lambda file: file.name)
    if not files and not file_list.faults:
        file_list.fault(
            printable_name(", ".join(map(str, paths))),
            _("There is nothing to import. Name .md files, or a folder that has controversies/*.md."),
        )
    return files, file_list.faults, file_list.skipped


def printable_name(name: str) -> str:
    """A file's name as it can be printed, whatever it is."""
    safe = name.encode("utf-8", "backslashreplace").decode()
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in safe)


def _one(path: Path, file_list: _FileList) -> None:
    name = printable_name(str(path))
    try:
        if not path.exists():
            file_list.fault(name, _("There is no such file or folder."))
        elif path.is_dir():
            _folder(path, file_list)
        elif path.suffix.lower() == ".zip":
            _archive(path, file_list)
        elif path.suffix.lower() in (".md", ".yml", ".yaml"):
            file_list.add(name, _bytes(path), _role(path))
        else:
            file_list.fault(name, _("This is not a .md, .yml or .zip file."))
    except OSError as error:
        file_list.fault(name, _("This cannot be read: %s.") % (error.strerror or error))


def _role(path: Path) -> Role:
    """The role of a file that was named by itself."""
    if path.suffix.lower() in layout.PAGE_ENDINGS:
        return Role.PAGE
    return layout.role(PurePosixPath(path.absolute())) or Role.ACTOR


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_SIZE + 1)


def _folder(root: Path, file_list: _FileList) -> None:
    every = list(_walk(root, file_list))
    top = PurePosixPath(root.absolute().name)
    chosen = layout.roles([PurePosixPath(top, *path.relative_to(root).parts) for path in every], top)
    for path, role in zip(every, chosen, strict=True):
        if role is not None:
            file_list.add(printable_name(str(path)), _bytes(path), role)


def _walk(root: Path, file_list: _FileList) -> Iterator[Path]:
    """The regular files of a folder, however deep; links are not followed."""
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if not layout.is_hidden(name))
        for name in sorted(files) + names:
            path = Path(folder, name)
            if path.is_symlink():
                file_list.skipped.append(printable_name(str(path)))
            elif name in files and path.is_file():
                yield path


def _archive(path: Path, file_list: _FileList) -> None:
    name = printable_name(str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            _entries(archive, name, file_list)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        file_list.fault(name, _("This zip archive cannot be read: %s.") % error)


def _entries(archive: zipfile.ZipFile, name: str, file_list: _FileList) -> None:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > _MOST_FILES:
        file_list.fault(name, _("This archive has more than %s files.") % _MOST_FILES)
        return
    paths = [PurePosixPath(entry.filename) for entry in entries]
    chosen = layout.roles(paths, PurePosixPath())
    if Role.PAGE not in chosen:  # all of it in one folder, as archives often are
        tops = {path.parts[0] for path in paths}
        if len(tops) == 1:
            chosen = layout.roles(paths, PurePosixPath(tops.pop()))
    remaining = _MOST_BYTES
    for entry, role in zip(entries, chosen, strict=True):
        where = f"{name}/{printable_name(entry.filename)}"
        parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
        if ".." in parts or entry.filename.startswith("/"):
            file_list.fault(
                where, _("This name leads out of the archive. Pack the archive again from inside its folder.")
            )
        elif role is None:
            continue
        elif stat.S_ISLNK(entry.external_attr >> 16):
            file_list.skipped.append(where)
        elif entry.flag_bits & 1:
            file_list.fault(where, _("This is encrypted. Pack the archive again without a password."))
        else:
            with archive.open(entry) as file:  # however large it says it is
                data = file.read(min(MAX_SIZE, remaining) + 1)
            remaining -= len(data)
            if remaining < 0:
                file_list.fault(
                    name, _("Unpacked, this archive is larger than %s MB.") % (_MOST_BYTES // 1_000_000)
                )
                return
            file_list.add(where, data, role)
