"""Root at work in somebody's clone leaves nothing there that this somebody cannot use."""

import os
from pathlib import Path

MADE_HERE = (".venv", ".secrets", ".log", "staticfiles", ".pytest_cache", ".hypothesis")


def hand_over(path: Path, base: Path) -> None:
    """Give `path`, if root made it, to the owner of the project in `base`."""
    owner = base.stat()
    if os.geteuid() == 0 and owner.st_uid != 0 and path.lstat().st_uid == 0:
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def hand_over_all(base: Path) -> None:
    """Give away all that commands make in the project. (`.pgdata` has rules of its own, in `config/keeper.py`.)"""
    if os.geteuid() != 0 or base.stat().st_uid == 0:
        return
    for name in MADE_HERE:
        top = base / name
        if top.is_dir() and not top.is_symlink():
            hand_over(top, base)
            for folder, folders, files in os.walk(top):
                for inside in (*folders, *files):
                    hand_over(Path(folder, inside), base)
