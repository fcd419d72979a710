"""Refuse settings that contradict each other (`manage.py check`, and at the start of every command).

With `--deploy`, also warn of a database role that may do more than the site needs, and of a public log that nobody
signs.
"""

import datetime
import ssl
import stat
from collections.abc import Sequence
from importlib.util import find_spec
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import DatabaseError
from django.utils import timezone

OVERDUE = datetime.timedelta(days=1)  # of a timer that signs every few minutes
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
    if (
        settings.CACHES.get("shared", {}).get("BACKEND", "").endswith("RedisCache")
        and find_spec("redis") is None
    ):
        problems.append(
            Error(
                "CACHE_URL names a Redis server, and the Python package redis is not installed.",
                hint="Install it, or use dbcache://.",
                id="config.E004",
            )
        )
    if settings.CHECKS_ALLOWED and (strangers or settings.HTTPS):
        problems.append(
            Error(
                "CHECKS_ALLOWED sends checks of sources to this machine, on a site that others reach.",
                hint="It is for tests: leave it empty.",
                id="config.E005",
            )
        )
    return problems


@register(deploy=True)
def checks_go_outside(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Refuse to deploy with the hosts that tests play on this machine; warn if no site's certificate can be checked."""
    problems: list[CheckMessage] = []
    if settings.CHECKS_ALLOWED:
        problems.append(Error("CHECKS_ALLOWED is for tests.", hint="Leave it empty.", id="config.E006"))
    paths = ssl.get_default_verify_paths()
    if settings.CHECKS and paths.cafile is None and paths.capath is None:
        text = "This machine knows no certificate authorities: checks of sources reach no https address."
        hint = "Install them (on Debian: apt-get install ca-certificates), or set CHECKS=0."
        problems.append(Warning(text, hint=hint, id="config.W005"))
    return problems


@register(deploy=True)
def role_is_bound(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Warn where the guards of history do not bind the role that the site runs as, if the database answers."""
    from controversies.history import privileges  # noqa: PLC0415 - its models are there once all apps are

    try:
        return [Warning(sentence, id="config.W001") for sentence in privileges.excess()]
    except DatabaseError:
        return []


@register(deploy=True)
def log_is_signed(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Warn of a public log without a key, without a timer that signs it, or with a key that others can read."""
    from controversies.history.transparency.folder import LogFolder  # noqa: PLC0415 - as above
    from controversies.history.transparency.state import log_state  # noqa: PLC0415

    problems: list[CheckMessage] = []
    key = LogFolder(settings.LOG_DIR).key
    try:
        if stat.S_IMODE(key.stat().st_mode) & 0o077:
            hint = f"Run: chmod 600 {key}. If somebody may have read it: manage.py logkey --rotate"
            problems.append(
                Warning(f"Others can read the public log's key, {key}.", hint=hint, id="config.W002")
            )
    except OSError:
        pass  # it is on another machine, or only the user who signs may look
    try:
        state = log_state()
    except DatabaseError:
        return problems
    age = state.age(timezone.now()) if state else None
    if state is not None and not state.origin:
        text = "The public log has no key: strangers cannot tell whether the record was rewritten."
        problems.append(Warning(text, hint="Run: manage.py logkey", id="config.W003"))
    elif state is not None and state.unsigned and (age is None or age > OVERDUE.total_seconds()):
        text = f"{state.unsigned} entries of the public log are not signed, and nothing was signed for a day."
        hint = "Let a timer run manage.py checkpoint every few minutes."
        problems.append(Warning(text, hint=hint, id="config.W004"))
    return problems
