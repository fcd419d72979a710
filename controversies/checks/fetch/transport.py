"""One request over one connection, to the one network address that was looked up and judged.

Built on urllib3's connections. Nothing comes from the environment: no proxies, no cookies, no stored log-ins. All of
it, from the look-up to the last byte, ends at the deadline.
"""

import ipaddress
import queue
import re
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from time import monotonic
from typing import TYPE_CHECKING

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import DecodeError, HTTPError
from urllib3.response import BaseHTTPResponse

from controversies.models.choices import FetchResult

from .addresses import AddressRefusal, Target, is_public, loopback_port

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_BODY = 10 * 1024 * 1024  # bytes, after decompression
CONNECT_SECONDS = 10.0
_TRIED = 2  # addresses of a host, of each family
_PIECE = 64 * 1024
_ENCODINGS = {"", "identity", "gzip", "x-gzip", "deflate"}  # all that we ask for, and a few names for them

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

type Resolver = Callable[[str], list[str]]


class TransportError(Exception):
    """A request came to no answer: what was seen, and a short code of why."""

    def __init__(self, seen: FetchResult, detail: str) -> None:
        super().__init__(f"{seen}: {detail}")
        self.seen = seen
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply of one server to one request. `body` is decompressed."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    request_headers: Mapping[str, str]


# The errors of a name that is not there, by POSIX and glibc; all others may pass.
_NO_NAME = {
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY") if hasattr(socket, name)
}


def system_addresses(host: str) -> list[str]:
    """Ask the system for the network addresses of a host, never in its own search domains. Raises OSError."""
    rows = socket.getaddrinfo(f"{host}.", None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in rows))


def _look_up(host: str, resolver: Resolver, deadline: float) -> list[str]:
    """Look a host up once, and return its addresses if all of them are public. Raises TransportError.

    In a thread of its own: the system's look-up knows no time limit.
    """
    try:
        ipaddress.ip_address(host)
        addresses: list[str] | OSError = [host]
    except ValueError:
        answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(resolver(host))
            except OSError as error:
                answers.put(error)

        threading.Thread(target=ask, name="look-up", daemon=True).start()
        try:
            addresses = answers.get(timeout=max(0.001, deadline - monotonic()))
        except queue.Empty as error:
            raise TransportError(FetchResult.NO_ANSWER, "dns") from error
    if isinstance(addresses, OSError):
        missing = isinstance(addresses, socket.gaierror) and addresses.errno in _NO_NAME
        raise TransportError(FetchResult.NO_HOST if missing else FetchResult.NO_ANSWER, "dns")
    if not addresses:
        raise TransportError(FetchResult.NO_HOST, "dns")
    try:
        are_public = all(is_public(ipaddress.ip_address(address)) for address in addresses)
    except ValueError:
        are_public = False
    if not are_public:
        raise TransportError(FetchResult.REFUSED, AddressRefusal.PRIVATE)
    return addresses


class _Bounded:
    """A socket whose every read ends at the deadline of the whole request, however slowly bytes drip in."""

    deadline: float

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0) -> int:
        seconds = self.deadline - monotonic()
        if seconds <= 0:
            raise TimeoutError("deadline")
        self.settimeout(seconds)  # type: ignore[attr-defined]
        return super().recv_into(buffer, nbytes or 0, flags)  # type: ignore[misc]


class _BoundedSocket(_Bounded, socket.socket):
    pass


class _BoundedTLSSocket(_Bounded, ssl.SSLSocket):
    pass


class _PinnedMixin:
    """A connection to addresses that were judged before, whatever the host's name means by now."""

    addresses: list[tuple[str, int]]
    deadline: float

    def _new_conn(self) -> socket.socket:
        last: OSError = OSError("no address")
        for address, port in self.addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            sock = _BoundedSocket(family, socket.SOCK_STREAM)
            sock.deadline = self.deadline
            sock.settimeout(max(0.001, min(CONNECT_SECONDS, self.deadline - monotonic())))
            try:
                sock.connect((address, port))
            except OSError as error:
                sock.close()
                last = error
            else:
                sock.settimeout(max(0.001, self.deadline - monotonic()))  # also of the TLS handshake
                return sock
        raise last


class _PinnedConnection(_PinnedMixin, HTTPConnection):
    pass


class _PinnedTLSConnection(_PinnedMixin, HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock.deadline = self.deadline  # type: ignore[union-attr]


def _tls_context() -> ssl.SSLContext:
    """Return the system's trust: certificates and host names are checked."""
    context = ssl.create_default_context()
    context.sslsocket_class = _BoundedTLSSocket
    return context


def _connection(target: Target, resolver: Resolver, deadline: float) -> HTTPConnection:
    connection: _PinnedConnection | _PinnedTLSConnection
    if target.scheme == "https":
        connection = _PinnedTLSConnection(target.host, target.port, ssl_context=_tls_context())
    else:
        connection = _PinnedConnection(target.host, target.port)
    connection.deadline = deadline
    played = loopback_port(target.host, target.port)
    if played == 0:
        raise TransportError(FetchResult.NO_HOST, "dns")
    if played is not None:
        connection.addresses = [("127.0.0.1", played)]
    else:
        addresses = _look_up(target.host, resolver, deadline)
        first = [each for each in addresses if (":" in each) == (":" in addresses[0])]
        others = [each for each in addresses if each not in first]
        tried = [*first[:_TRIED], *others[:_TRIED]]
        connection.addresses = [(address, target.port) for address in tried]
    return connection


def exchange(
    target: Target,
    headers: Mapping[str, str],
    deadline: float,
    *,
    max_body: Callable[[int, Mapping[str, str]], int],
    resolver: Resolver = system_addresses,
) -> Reply:
    """Send one GET and return the reply. Raises TransportError, and nothing else for what a network may do.

    `deadline` is a time of `time.monotonic()`. `max_body(status, headers)` says how many bytes of the body are wanted,
    decompressed: 0 reads none; more than `MAX_BODY` raises TransportError; of fewer the beginning is returned.
    """
    connection = None
    try:
        connection = _connection(target, resolver, deadline)
        connection.request("GET", target.path, headers=headers, preload_content=False)
        response = connection.getresponse()
        replied = {
            name.lower(): _CONTROL.sub("\ufffd", value.strip()) for name, value in response.headers.items()
        }
        limit = max_body(response.status, replied)
        body = _read(response, limit, deadline) if limit else b""
        reason = _CONTROL.sub("?", response.reason or "").encode("ascii", "replace").decode()
        return Reply(response.status, reason, replied, body, dict(headers))
    except DecodeError as error:
        raise TransportError(FetchResult.UNREADABLE, "encoding") from error
    except TimeoutError as error:
        raise TransportError(FetchResult.NO_ANSWER, "timeout") from error
    except ssl.SSLError as error:
        raise TransportError(FetchResult.NO_ANSWER, "tls") from error
    except ConnectionRefusedError as error:
        raise TransportError(FetchResult.NO_ANSWER, "connection") from error
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        raise TransportError(FetchResult.NO_ANSWER, _detail(error)) from error
    finally:
        if connection is not None:
            connection.close()


def _detail(error: Exception) -> str:
    """Return a short code for what broke a connection, of the error or of the one that it wraps."""
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and cause not in chain:
        chain.append(cause)
    if any(isinstance(each, TimeoutError) for each in chain):
        return "timeout"
    if any(isinstance(each, ssl.SSLError) for each in chain):
        return "tls"
    if any(isinstance(each, OSError) and not isinstance(each, HTTPError) for each in chain):
        return "connection"
    return "protocol"


def _read(response: BaseHTTPResponse, limit: int, deadline: float) -> bytes:
    """Read the body up to `limit` bytes. Raises TransportError where the whole is wanted, and too large."""
    encodings = {each.strip().lower() for each in response.headers.get("content-encoding", "").split(",")}
    if not encodings <= _ENCODINGS:
        raise TransportError(FetchResult.UNREADABLE, "encoding")
    is_whole = limit >= MAX_BODY
    length = response.headers.get("content-length", "")
    if is_whole and length.isdecimal() and int(length) > limit:
        raise TransportError(FetchResult.TOO_LARGE, "size")
    pieces: list[bytes] = []
    size = 0
    while piece := response.read1(_PIECE, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            if is_whole:
                raise TransportError(FetchResult.TOO_LARGE, "size")
            break
        if monotonic() > deadline:
            raise TransportError(FetchResult.NO_ANSWER, "timeout")
    return b"".join(pieces)[:limit]
