"""One process with one database, which answers its own requests and says what each cost; the sweep asks two in turn.

It reads a request a line from standard input, as JSON, and writes an answer a line.
"""

import gc
import json
import logging
import os
import sys
import time
from functools import _lru_cache_wrapper
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402 - they need the set-up above
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.signals import setting_changed  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from controversies.pages import draw, versions  # noqa: E402

from .addresses import next_link, site_sample  # noqa: E402
from .fill import use  # noqa: E402


class Probe:
    """Sends requests to the site over one database, by an anonymous reader and by an operator."""

    def __init__(self, database: str) -> None:
        use(database)
        _as_in_tests()
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")  # whose time is not the backend's own
        self.values = site_sample()
        self.reader, self.operator = Client(), Client()
        self.operator.force_login(get_user_model().objects.get(username="operator"))
        self.memos = [
            memo
            for memo in gc.get_objects()
            if isinstance(memo, _lru_cache_wrapper)
            and memo.__module__.startswith("controversies")
            and memo.cache_parameters()["maxsize"] not in (None, 1)
        ]
        gc.freeze()  # as the site does: a collection before each measurement would take longer than that

    def prepare(self, url: str, follows: int, *, is_of_the_desk: bool) -> str:
        """Follow that many links to the next page, to the last page that is full where there are fewer."""
        for _ in range(follows):
            link = next_link(_body(self._get(url, is_of_the_desk=is_of_the_desk)))
            following = urljoin(url, link) if link else ""
            if not following or next_link(_body(self._get(following, is_of_the_desk=is_of_the_desk))) is None:
                break
            url = following
        return url

    def measure(self, url: str, *, is_of_the_desk: bool) -> dict[str, Any]:
        """Return the milliseconds of CPU of this process and of the database's, the queries and the bytes."""
        self._forget()
        gc.collect()
        queries = 0

        def count(execute: Any, *args: Any) -> Any:
            nonlocal queries
            queries += 1
            return execute(*args)

        backend = _cpu_of_backend()
        start = time.process_time()
        with connection.execute_wrapper(count):
            response = self._get(url, is_of_the_desk=is_of_the_desk)
            body = _body(response)
        web = time.process_time() - start
        return {
            "status": response.status_code,
            "web": web * 1000,
            "database": (_cpu_of_backend() - backend) * 1000,
            "queries": queries,
            "bytes": len(body),
        }

    def _get(self, url: str, *, is_of_the_desk: bool) -> Any:
        return (self.operator if is_of_the_desk else self.reader).get(url)

    def _forget(self) -> None:
        """Forget all that was drawn or read before, in every cache that is bounded."""
        cache.clear()
        versions.forget()
        draw.forget()
        for memo in self.memos:
            memo.cache_clear()


def _as_in_tests() -> None:
    """Serve plain http, with static files where they lie, on a connection that stays."""
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    setting_changed.send(sender=None, setting="STORAGES", value=settings.STORAGES, enter=True)
    connection.settings_dict["CONN_MAX_AGE"] = None
    logging.disable()
    setup_test_environment(debug=False)


def _body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else bytes(response.content)


def _cpu_of_backend() -> float:
    """The seconds of CPU that the connection's server process has used (`schedstat`, to the nanosecond)."""
    connection.ensure_connection()
    process = connection.connection.info.backend_pid
    return int(Path(f"/proc/{process}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


def main() -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # where else e-mails would be printed

    def answer(value: object) -> None:
        print(json.dumps(value), file=answers, flush=True)

    probe = Probe(sys.argv[1])
    answer(probe.values)
    for line in sys.stdin:
        request = json.loads(line)
        answer(getattr(probe, request.pop("act"))(**request))


if __name__ == "__main__":
    main()
