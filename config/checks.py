"""Refuse settings that contradict each other (`manage.py check`, and at the start of every command).

With `--deploy`, also warn of a database role that may do more than the site needs.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import DatabaseError

LOCAL_HOSTS = {"localhost", ".localhost", "127.0.0.1", "[::1]", "testserver"}


@register
def settings_agree(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Find settings that contradict each other."""
    problems: list[CheckMessage] = []
    strangers = sorted(set(settings.ALLOWED_HOSTS) - LOCAL_HOSTS)
    if settings.DEBUG and strangers:
        problems.append(
            Error(
                f"DEBUG is on while ALLOWED_HOSTS has {', '.join(strangers)}: "
                "error pages would show settings to anyone.",
                hint="Unset DEBUG, or serve this machine only.",
                id="config.E001",
            )
        )
    if settings.TRUST_PROXY and not settings.HTTPS:
        problems.append(
            Error(
                "TRUST_PROXY is on while HTTPS is off: cookies would travel unprotected.",
                hint="Set HTTPS=1, or unset TRUST_PROXY.",
                id="config.E002",
            )
        )
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        if settings.HTTPS and urlsplit(origin).scheme == "http":
            problems.append(
                Error(
                    f"CSRF_TRUSTED_ORIGINS has {origin} while HTTPS is on: its forms travel unprotected.",
                    hint="Write it with https://, or set HTTPS=0.",
                    id="config.E003",
                )
            )
    if settings.CACHES["default"]["BACKEND"].endswith("RedisCache") and find_spec("redis") is None:
        problems.append(
            Error(
                "CACHE_URL names a Redis server, and the Python package redis is not installed.",
                hint="Install it, or use dbcache://.",
                id="config.E004",
            )
        )
    return problems


@register(deploy=True)
def role_is_bound(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Warn where the guards of history do not bind the role that the site runs as, if the database answers."""
    from controversies.history import privileges  # noqa: PLC0415 - its models are there once all apps are

    try:
        return [Warning(sentence, id="config.W001") for sentence in privileges.excess()]
    except DatabaseError:
        return []
