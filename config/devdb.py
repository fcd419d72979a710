"""PostgreSQL beside manage.py."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

EXAMPLE = "It looks like postgres://user:password@host:5432/crux"


def url(base: Path) -> str:
    raise ImproperlyConfigured(f"Set DATABASE_URL. {EXAMPLE}")
