"""One instance of the site for production: `.venv/bin/python -m config.instance SOCKET`.

A proxy talks to several instances by their Unix sockets and takes the next one where a socket is missing. So a socket
bears its name only while its instance answers: it is bound under another name, renamed once the site is loaded, and
removed before the instance stops. Whatever the kernel has queued by then is still answered. SIGHUP loads the code again
in new workers; a worker that ends by itself is replaced.
"""

import argparse
import contextlib
import http.client
import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from config.serve import load

SECONDS_TO_ANSWER = 30  # to a request that was begun before the instance was told to stop
SECONDS_TO_DRAIN = 1  # for connections that were made before the socket's name went away
SECONDS_BETWEEN_WORKERS = 10  # both of them answer meanwhile
STARTING = ".starting"


# Granian chooses its class when it is imported, which mypy cannot follow.
class InstanceServer(Granian):  # type: ignore[misc, valid-type]
    """Granian on a Unix socket that has its name only while the site answers."""

    def __init__(self, path: Path, *, workers: int, threads: int) -> None:
        self.path = path
        starting = path.with_name(path.name + STARTING)
        starting.unlink(
            missing_ok=True
        )  # left by an instance that was killed; Granian would refuse to bind it
        super().__init__(
            "config.wsgi:application",
            uds=starting,
            uds_permissions=0o660,
            interface=Interfaces.WSGI,
            websockets=False,
            workers=workers,
            blocking_threads=threads,
            respawn_interval=SECONDS_BETWEEN_WORKERS,
            workers_kill_timeout=SECONDS_TO_ANSWER,
            log_level=LogLevels.warning,
        )
        self.on_startup(threading.Thread(target=self._announce, daemon=True).start)
        self.on_shutdown(self._withdraw)

    def _announce(self) -> None:
        """Give the socket its name once the site answers; from then on, replace workers that end by themselves."""
        while not answers(self.bind_uds):
            time.sleep(0.05)
        os.rename(self.bind_uds, self.path)
        self.respawn_failed_workers = True
        notify_systemd()

    def _withdraw(self) -> None:
        self.path.unlink(missing_ok=True)

    def signal_handler_interrupt(self, *args: object, **kwargs: object) -> None:
        """Take the socket's name away, and stop once those who were there have been served."""
        self._withdraw()
        stop = super().signal_handler_interrupt
        threading.Timer(SECONDS_TO_DRAIN, stop).start()


def answers(path: Path) -> bool:
    """Tell whether a site on this socket answers, whatever it says."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        ask(path, "/livez")
        return True
    return False


def ask(path: Path, address: str) -> tuple[int, str]:
    """Return status and text of a site's answer, asked as the shipped proxy would.

    Raises `OSError` or `http.client.HTTPException` if it does not answer.
    """
    host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".*") or "localhost"
    connection = http.client.HTTPConnection(host)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(SECONDS_TO_ANSWER)
    with contextlib.closing(connection):
        connection.sock.connect(str(path))
        connection.request("GET", address, headers={"X-Forwarded-Proto": "https"})
        response = connection.getresponse()
        return response.status, response.read().decode()


def notify_systemd() -> None:
    """Say that the service is ready, if systemd asked to be told (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notice:
            notice.connect("\0" + address[1:] if address.startswith("@") else address)
            notice.send(b"READY=1")


def arguments(argv: list[str]) -> Any:
    parser = argparse.ArgumentParser(
        "config.instance", description="Serve the site to a proxy, on a Unix socket."
    )
    parser.add_argument("socket", type=Path, help="the socket's path, as /run/crux/site-1.sock")
    parser.add_argument("--workers", type=int, default=1, help="processes (default: 1)")
    parser.add_argument("--threads", type=int, default=4, help="threads of each process (default: 4)")
    parser.add_argument(
        "--ask", metavar="PATH", help="ask the instance that is there for PATH, and end (health checks)"
    )
    return parser.parse_args(argv)


def main(argv: list[str]) -> None:
    options = arguments(argv)
    if options.ask:
        try:
            status, text = ask(options.socket, options.ask)
        except (OSError, http.client.HTTPException) as error:
            sys.exit(f"{options.socket}: {error}")
        print(text)
        sys.exit(status != http.HTTPStatus.OK)
    if not options.socket.parent.is_dir():
        sys.exit(f"{options.socket}: make its folder first, where the proxy may look.")
    server = InstanceServer(options.socket, workers=options.workers, threads=options.threads)
    server.serve(target_loader=load, wrap_loader=False)


if __name__ == "__main__":
    main(sys.argv[1:])
