"""The key for signing on somebody's own machine: made once, beside manage.py, readable by its owner only."""

import os
import secrets
import tempfile
from pathlib import Path


def local_key(base: Path) -> str:
    """Return the key in `.secrets/secret_key` under `base`, making it first if there is none."""
    path = base / ".secrets" / "secret_key"
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)  # mode 600
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            os.link(name, path)  # whole or not at all, and never over another process's key
        except FileExistsError:
            pass
        finally:
            os.unlink(name)
    return path.read_text().strip()
