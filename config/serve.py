"""Serve the site on this machine, as `quickstart` does: one more process, gone when this one is."""

import errno
import os
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

HOST = "127.0.0.1"
THREADS = 4


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


def serve(port: int, words: str) -> None:
    """Serve until Ctrl-C or SIGTERM; say `words` once somebody who reads them can be answered."""
    Server(
        "config.wsgi:application",
        address=HOST,
        port=port,
        interface=Interfaces.WSGI,
        websockets=False,
        workers=1,
        blocking_threads=THREADS,
        backpressure=64,
        log_level=LogLevels.warning,
    ).serve(target_loader=partial(load, port, words), wrap_loader=False)


def load(port: int, words: str) -> Callable[..., Any]:
    """Load the application in the worker; see to it that the worker never outlives its parent."""
    threading.Thread(target=_follow, args=[os.getppid()], daemon=True).start()
    threading.Thread(target=_announce, args=[port, words], daemon=True).start()
    from config.wsgi import application  # noqa: PLC0415  loads Django, which only the worker is to do

    return application


def _announce(port: int, words: str) -> None:
    while True:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                break
        time.sleep(0.05)
    print(words, flush=True)


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
