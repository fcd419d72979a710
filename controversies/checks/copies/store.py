"""Files of copies under `CHECKS_DIR`: named by the SHA-256 of their bytes, read by the site's user alone."""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from controversies.kit import durable

MIN_FREE = 1024**3  # bytes of the disk that are left to others
_NAME = re.compile(r"([0-9a-f]{64})\.warc\.gz")


class CopyDamaged(Exception):
    """The file of a copy is not there, or not as it was written."""


def _folder() -> Path:
    return Path(settings.CHECKS_DIR) / "copies"


def _path(sha256: str) -> Path:
    return _folder() / sha256[:2] / f"{sha256}.warc.gz"


def write(data: bytes) -> str:
    """Write a file durably and return the SHA-256 of its bytes. Raises OSError, also on a disk that is nearly full."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = _path(sha256)
    for folder in reversed(path.parents[:3]):
        try:
            folder.mkdir(mode=0o700, parents=folder == path.parents[2])
            durable.sync_folder(folder.parent)
        except FileExistsError:
            pass
    if path.exists():
        return sha256
    if shutil.disk_usage(path.parent).free < MIN_FREE + len(data):
        raise OSError(f"{path.parent} has less than {MIN_FREE // 1024**2} MB free")
    with durable.replacing(path, 0o600) as file:
        file.write(data)
    return sha256


def read(sha256: str) -> bytes:
    """Read a file back. Raises CopyDamaged."""
    try:
        data = _path(sha256).read_bytes()
    except OSError as error:
        raise CopyDamaged(f"copy {sha256} cannot be read: {error.strerror}") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise CopyDamaged(f"copy {sha256} is not as it was written")
    return data


def delete(sha256: str) -> bool:
    """Delete a file; return whether it was there. Raises OSError."""
    try:
        _path(sha256).unlink()
    except FileNotFoundError:
        return False
    durable.sync_folder(_path(sha256).parent)
    return True


def all_digests(older_than: float) -> Iterator[str]:
    """Yield the digests of all files that were written more than so many seconds ago; delete unfinished ones."""
    limit = time.time() - older_than
    if not _folder().is_dir():
        return
    for folder in sorted(_folder().iterdir()):
        for entry in sorted(os.scandir(folder), key=lambda each: each.name) if folder.is_dir() else ():
            if entry.stat().st_mtime >= limit:
                continue
            if match := _NAME.fullmatch(entry.name):
                yield match[1]
            else:
                Path(entry.path).unlink(missing_ok=True)  # of a worker that was killed while it wrote
