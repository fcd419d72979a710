"""Serve the site on this machine, as `quickstart` does: two more processes, gone when this one is.

One answers readers, the other checks sources (`run_worker`), if checks are on.
"""

import contextlib
import errno
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

BASE = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
THREADS = 4
CHECKS_AT_ONCE = 4
SECONDS_TO_STOP = 5


# Granian chooses its class when it is imported, which mypy cannot follow.
class Server(Granian):  # type: ignore[misc, valid-type]
    """Granian, but a closed terminal ends it: by itself it would start its workers anew and live on."""

    def signal_handler_reload(self, *args: object, **kwargs: object) -> None:
        self.signal_handler_interrupt(*args, **kwargs)


def why_not(port: int) -> str:
    """Say why this port cannot be had, or "". Granian itself would share it with another Granian."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"Port {port} is used by another program. Choose another: --port {port + 1}"
            return f"Port {port} cannot be used: {error.strerror}. Choose another: --port 8001"
    return ""


def serve(port: int, words: str, *, with_worker: bool, announced: Callable[[], object]) -> None:
    """Serve until Ctrl-C or SIGTERM; say `words` once somebody who reads them can be answered, and call `announced`."""
    with run_worker() if with_worker else contextlib.nullcontext():
        _serve(port, words, announced)


@contextlib.contextmanager
def run_worker() -> Iterator[None]:
    """Run the worker that checks sources as a child, silent but for its errors. It ends when this process does."""
    parent = os.getpid()
    process = subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "-m", "config.serve", str(parent)],
        cwd=BASE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches this process, which ends it
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()  # what it was doing is done again
            process.wait()


def work_for(parent: int) -> None:
    """Run the worker in this process until its parent is gone."""
    threading.Thread(target=follow, args=[parent], daemon=True).start()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django  # noqa: PLC0415  only the worker is to load it
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    logging.getLogger("controversies.checks").setLevel(logging.ERROR)  # a machine may have no network
    call_command("ox_worker", concurrency=CHECKS_AT_ONCE, verbosity=0)


def _serve(port: int, words: str, announced: Callable[[], object]) -> None:
    server = Server(
        "config.wsgi:application",
        address=HOST,
        port=port,
        interface=Interfaces.WSGI,
        websockets=False,
        workers=1,
        blocking_threads=THREADS,
        backpressure=64,
        log_level=LogLevels.warning,
    )
    server.on_startup(threading.Thread(target=_announce, args=[port, words, announced], daemon=True).start)
    server.serve(target_loader=load, wrap_loader=False)


def load() -> Callable[..., Any]:
    """Load the application in a worker, which never outlives its parent."""
    threading.Thread(target=follow, args=[os.getppid()], daemon=True).start()
    from config.wsgi import application  # noqa: PLC0415  loads Django, which only the worker is to do

    return application


def _announce(port: int, words: str, announced: Callable[[], object]) -> None:
    while True:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                break
        time.sleep(0.05)
    print(words, flush=True)
    announced()


def follow(parent: int) -> None:
    """End this process when its parent has ended."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    work_for(int(sys.argv[1]))
