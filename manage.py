#!/usr/bin/env python3
"""The project's command line. `python3 manage.py quickstart` tries it, `python3 manage.py test` tests it.

Needs nothing but Python and pip: see config/bootstrap.py. This file itself must be readable by any Python 3,
since on many machines `python3` is an old one while a newer one lies beside it.
"""

import glob
import os
import shutil
import subprocess
import sys

OLDEST = (3, 12)


def find_python() -> str:
    """Return a Python that is new enough, or "" if there is none."""
    names = ["python3.13", "python3.12", "python3.14", "python3", "python"]
    found = [shutil.which(name) for name in names]
    for pattern in (
        "/usr/bin/python3*",
        "/usr/local/bin/python3*",
        "/opt/homebrew/bin/python3*",
        os.path.expanduser("~/.pyenv/versions/*/bin/python3"),
        os.path.expanduser("~/.local/share/uv/python/*/bin/python3"),
    ):
        found += sorted(
            path for path in glob.glob(pattern) if path.rsplit("python3", 1)[1].strip(".0123456789") == ""
        )
    for python in found:
        if python and is_new_enough(python):
            return python
    return ""


def is_new_enough(python: str) -> bool:
    """Try this Python: a name alone proves nothing. (pyenv has names for versions that are switched off.)"""
    test = "import sys; sys.exit(sys.version_info < {!r})".format(OLDEST)  # noqa: UP032  older than f-strings
    try:
        return subprocess.call([python, "-c", test], stderr=subprocess.DEVNULL) == 0  # noqa: S603  a Python found here
    except OSError:
        return False


def main() -> None:
    """Hand over to a Python that is new enough, and there to the command."""
    if sys.version_info < OLDEST:
        python = find_python()
        if not python:
            sys.exit(
                "Crux needs Python 3.12 or newer, and none was found; this is " + sys.version.split()[0] + "."
            )
        os.execv(python, [python, *sys.argv])  # noqa: S606  no shell is meant
    from config import bootstrap  # noqa: PLC0415  an older Python could not even read it

    bootstrap.run(sys.argv)


if __name__ == "__main__":
    main()
