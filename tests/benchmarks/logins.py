"""Measures how long a reader waits for a page while others guess passwords, without and with the guards of log-in.

    python -m tests.benchmarks.logins [--attempts N]

Two servers of one process with four threads take turns on one database, made for the run and dropped after it: one
with Django's own log-in, hasher and no throttle, one as it is shipped. Each is sent so many wrong log-ins at once,
every one from a network of its own (the worst case: a throttle by network alone would refuse nearly all), while one
reader asks for a page again and again.
"""

import argparse
import contextlib
import http.cookiejar
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from statistics import median
from typing import Any

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
KIND = os.environ.get("CRUX_BENCHMARK_LOGINS", "")
if KIND:
    settings.TRUST_PROXY = True  # without https, which the settings would refuse
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
if KIND == "unguarded":
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    settings.ACCOUNT_ADAPTER = "allauth.account.adapter.DefaultAccountAdapter"
django.setup()
if KIND:
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()

from django.db import connection  # noqa: E402 - needs the set-up above

from tests.benchmarks.cases import databases  # noqa: E402
from tests.factories import ControversyFactory, UserFactory  # noqa: E402
from tests.pages.test_release import database_url  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.logins", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--attempts", type=int, default=40, help="wrong log-ins at once")
    options = parser.parse_args()
    with databases():
        UserFactory(username="editor", role="editor")
        page = f"/controversies/{ControversyFactory(publication='published', positions=4).row.slug}/"
        url = database_url()
        connection.close()
        print(f"{'':12}{'page alone':>12}{'during':>10}{'longest':>10}{'log-ins took':>14}  answers")
        for kind in ("unguarded", "guarded"):
            with server(kind, url) as site:
                measure(kind, site, page, options.attempts)


def measure(kind: str, site: str, page: str, attempts: int) -> None:
    for _each in range(5):
        fetch(site + page)
    alone = [fetch(site + page) for _each in range(20)]
    forms = [LoginForm(site, number) for number in range(attempts)]
    threads = [threading.Thread(target=form.send) for form in forms]
    start, during = time.perf_counter(), []
    for thread in threads:
        thread.start()
    while not during or any(thread.is_alive() for thread in threads):
        during.append(fetch(site + page))
    seconds = time.perf_counter() - start
    answers = ", ".join(
        f"{count} × {status}" for status, count in sorted(Counter(form.status for form in forms).items())
    )
    print(
        f"{kind:12}{median(alone) * 1000:>9.0f} ms{median(during) * 1000:>7.0f} ms{max(during) * 1000:>7.0f} ms"
        f"{seconds:>12.1f} s  {answers}",
        flush=True,
    )


def fetch(url: str) -> float:
    """Return the seconds until the page is there."""
    start = time.perf_counter()
    with urllib.request.urlopen(url, timeout=600) as response:  # noqa: S310 - our own server
        response.read()
    return time.perf_counter() - start


class LoginForm:
    """A form of its own browser and network, ready to be sent."""

    def __init__(self, site: str, number: int) -> None:
        self.url, self.status = f"{site}/admin/login/", 0
        self.network = f"203.0.113.{number % 250}"
        self.browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        html = self.browser.open(self.url, timeout=60).read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)
        assert token
        fields = {"csrfmiddlewaretoken": token[1], "username": "editor", "password": "wrong"}
        self.data = urllib.parse.urlencode(fields).encode()

    def send(self) -> None:
        headers = {"X-Forwarded-For": self.network}
        request = urllib.request.Request(self.url, self.data, headers)  # noqa: S310 - our own server
        try:
            self.status = self.browser.open(request, timeout=600).status
        except urllib.error.HTTPError as error:
            self.status = error.code


@contextlib.contextmanager
def server(kind: str, database: str) -> Iterator[str]:
    """Serve on a free port, behind what is taken for a proxy, so that each log-in can name its network."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {
        "DATABASE_URL": database,
        "SECRET_KEY": "for this run only",
        "CRUX_BENCHMARK_LOGINS": kind,
        "HTTPS": "0",
    }
    process: subprocess.Popen[Any] = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "1"),
            *("--blocking-threads", "4", "--no-log", "tests.benchmarks.logins:application"),
        ],
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    site = f"http://127.0.0.1:{port}"
    try:
        for _each in range(200):
            with contextlib.suppress(OSError):
                fetch(f"{site}/healthz")
                break
            time.sleep(0.1)
        yield site
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    main()
