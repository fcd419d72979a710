"""The release id: a digest of all code, templates, static files and versions that decide how an answer looks.

Every cache key and ETag has it, so an answer of one release is never taken for an answer of another.
"""

import hashlib
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from django.conf import settings

FOLDERS = ("config", "controversies", "templates")
PINS = "pyproject.toml"


@cache
def release_id() -> str:
    """Return the id in hexadecimal. It is computed once in each process, when the server starts (`PageCache`)."""
    digest = hashlib.sha256(sys.version.encode())
    base: Path = settings.BASE_DIR
    for path in (*_files(base), base / PINS):
        content = path.read_bytes()
        digest.update(f"\n{path.relative_to(base).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    for name, installed in _installed_versions(base / PINS):
        digest.update(f"\n{name} {installed}".encode())
    return digest.hexdigest()


def _files(base: Path) -> list[Path]:
    """Return every file of the release; compiled Python is none."""
    return sorted(
        path
        for folder in FOLDERS
        for path in (base / folder).rglob("*")
        if path.parent.name != "__pycache__" and path.is_file()
    )


def _installed_versions(pins: Path) -> Iterator[tuple[str, str]]:
    """Yield each pinned package and its version here, which an operator may have changed; "" if it is missing."""
    lists = tomllib.loads(pins.read_text())
    for pin in (*lists["project"]["dependencies"], *lists["dependency-groups"]["indirect"]):
        name = pin.partition("==")[0]
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, ""
