"""Secrets: read from the files that the environment names, or, for signing on somebody's own machine, made once."""

import os
import secrets
import tempfile
from pathlib import Path

# What may come from a file, named by the same variable with _FILE: so containers and service managers pass secrets.
FROM_FILES = ("DATABASE_URL", "SECRET_KEY", "SECRET_KEY_FALLBACKS", "CACHE_URL", "PURGE_URL", "EMAIL_URL")


class UnreadableSecret(Exception):
    """A file that the environment names cannot be read; the text says which in one line."""


def read_files() -> None:
    """Set each variable whose value is in a file, from that file; raises `UnreadableSecret`."""
    for name in FROM_FILES:
        path = os.environ.get(f"{name}_FILE")
        if path:
            try:
                os.environ[name] = Path(path).read_text().strip()
            except (OSError, UnicodeError) as error:
                reason = getattr(error, "strerror", None) or "it is no text"
                raise UnreadableSecret(
                    f"{name}_FILE names {path}, which cannot be read: {reason}."
                ) from error


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
