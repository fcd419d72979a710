"""Instances of the site as production starts them, and readers who ask one of them after the other."""

import collections
import contextlib
import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import connection

from config.instance import answers

BASE = Path(__file__).parents[2]
PATIENCE = 60  # seconds


def database_url(name: str = "") -> str:
    """Return the address of the tests' database, or of another one on its server."""
    database = connection.settings_dict
    login = database["USER"] + (f":{database['PASSWORD']}" if database["PASSWORD"] else "")
    host, port = database["HOST"], f":{database['PORT']}" if database["PORT"] else ""
    path = name or database["NAME"]
    return (
        f"postgres://{login}@/{host}/{path}"
        if host.startswith("/")
        else f"postgres://{login}@{host}{port}/{path}"
    )


def environment(**variables: str) -> dict[str, str]:
    """Return an environment as production has it: no variable of this run's, and no https, since no proxy is there."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "DATABASE_URL": database_url(), "SECRET_KEY": "k" * 60, "HTTPS": "0", **variables}


@contextlib.contextmanager
def instance(
    path: Path, *, folder: Path = BASE, seconds_between_workers: int = 0, **variables: str
) -> Iterator[subprocess.Popen[str]]:
    """Start an instance on this socket. A reload stops the old worker at once: nobody's start-up is quicker."""
    code = (
        f"from config import instance; instance.SECONDS_BETWEEN_WORKERS = {seconds_between_workers};"
        f" instance.main([{str(path)!r}, '--threads', '4'])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until this holds; fails after a minute."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it does not come to pass"
        time.sleep(0.05)


def wait_until_answering(path: Path) -> None:
    wait_for(lambda: path.exists() and answers(path))


class Readers:
    """Readers at work, each asking for a page over and over, one connection a request, while the context lasts.

    They take the next socket where there is none, as the shipped proxy does, and tell what they got: `answers` counts
    statuses, and names of errors.
    """

    def __init__(self, *paths: Path, address: str = "/about/", number: int = 6) -> None:
        self.paths, self.address = paths, address
        self.answers: collections.Counter[object] = collections.Counter()
        self._end = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._read) for _ in range(number)]

    def __enter__(self) -> "Readers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def wait_for_answers(self, number: int) -> None:
        """Wait until they have got so many more answers."""
        wanted = self.answers.total() + number
        wait_for(lambda: self.answers.total() >= wanted)

    def _read(self) -> None:
        while not self._end.is_set():
            try:
                result: object = self._ask()
            except (OSError, http.client.HTTPException) as error:
                result = type(error).__name__
            with self._lock:
                self.answers[result] += 1

    def _ask(self) -> int:
        for path in self.paths:
            with contextlib.closing(socket.socket(socket.AF_UNIX)) as stream:
                stream.settimeout(PATIENCE)
                try:
                    stream.connect(str(path))
                except (FileNotFoundError, ConnectionRefusedError):
                    continue
                asked = http.client.HTTPConnection("localhost")
                asked.sock = stream
                asked.request("GET", self.address)
                response = asked.getresponse()
                response.read()
                return response.status
        raise ConnectionRefusedError
