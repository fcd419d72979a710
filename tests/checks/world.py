"""The loopback world: one server on this machine that plays any number of hosts, over http and https.

    world.host("journal.example")                           # a host whose every page is 404
    world.page("https://journal.example/a", html("Title"))  # one page
    world.handle("api.crossref.org", "/works", function)    # all paths that begin so: function(Request) -> Reply

Fetching sends `http://journal.example/…` and `https://journal.example/…` here as long as the fixture lasts
(`CHECKS_ALLOWED`). Whatever a server may send, it sends: a reply is a status, headers and a body, or bytes written by
hand. `world.requests` are the requests that came, with the time of the checks' clock.
"""

import datetime
import gzip
import http.client
import socket
import socketserver
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from controversies.checks import clock


@dataclass(frozen=True)
class Request:
    """A request as it came. Header names are in small letters."""

    scheme: str
    host: str
    target: str  # path and query
    headers: Mapping[str, str]
    time: datetime.datetime

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}{self.target}"


@dataclass(frozen=True)
class Reply:
    """A reply: Content-Length is added unless the headers have a length of their own."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def write(self, connection: socket.socket) -> None:
        reason = http.client.responses.get(self.status, "Odd")
        lines = [f"HTTP/1.1 {self.status} {reason}"]
        names = {name.lower() for name in self.headers}
        if not names & {"content-length", "transfer-encoding"}:
            lines.append(f"Content-Length: {len(self.body)}")
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + self.body)


@dataclass(frozen=True)
class Written:
    """A reply written by hand: `write(connection)` does whatever a broken or hostile server does."""

    write: Callable[[socket.socket], None]


type Handler = Callable[[Request], Reply | Written]


# Replies


def html(title: str, body: str = "", *, head: str = "", status: int = 200, **headers: str) -> Reply:
    """Return a page in UTF-8. Headers are written `retry_after="5"`."""
    text = f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    return typed("text/html; charset=utf-8", text.encode(), status=status, **headers)


def typed(content_type: str, body: bytes, *, status: int = 200, **headers: str) -> Reply:
    """Return a body of a type; "" sends none."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return Reply(status, body, {**({"Content-Type": content_type} if content_type else {}), **named})


def redirect(location: str, status: int = 302, **headers: str) -> Reply:
    """Return a redirect."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return Reply(status, b"", {"Location": location, **named})


def with_etag(page: Reply, etag: str = '"v1"') -> Handler:
    """Return a page that answers 304 to whoever has it."""

    def answer(request: Request) -> Reply:
        if request.headers.get("if-none-match") == etag:
            return Reply(304, b"", {"ETag": etag})
        return Reply(page.status, page.body, {**page.headers, "ETag": etag})

    return answer


def gzipped(page: Reply) -> Reply:
    """Return a page compressed, whether the client asked for it or not."""
    return Reply(page.status, gzip.compress(page.body), {**page.headers, "Content-Encoding": "gzip"})


def raw(data: bytes) -> Written:
    """Return bytes as they are, status line and headers included."""
    return Written(lambda connection: connection.sendall(data))


def dripping(data: bytes, seconds: float, head: bytes = b"") -> Written:
    """Return `head` at once, and then `data` byte by byte, with a pause after each."""

    def write(connection: socket.socket) -> None:
        connection.sendall(head)
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(seconds)

    return Written(write)


def endless(piece: bytes, head: bytes = b"") -> Written:
    """Return `head`, and then the same piece for as long as anybody listens."""

    def write(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    return Written(write)


# Certificates


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:60])])


def _certificate(
    host: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    signer: ec.EllipticCurvePrivateKey,
    days: int = 30,
) -> x509.CertificateBuilder | x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(host))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=60))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=host == issuer, path_length=None), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if host == issuer:
        usage = dict.fromkeys(
            (
                *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
                *("key_agreement", "encipher_only", "decipher_only"),
            ),
            False,
        )
        builder = builder.add_extension(
            x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True), critical=True
        )
    else:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return builder.sign(signer, hashes.SHA256())


_AUTHORITY = "Loopback world"
_authority_key = ec.generate_private_key(ec.SECP256R1())
_stranger_key = ec.generate_private_key(ec.SECP256R1())
_server_key = ec.generate_private_key(ec.SECP256R1())


def authority_pem() -> bytes:
    """Return the certificate of the world's authority, for SSL_CERT_FILE."""
    certificate = _certificate(_AUTHORITY, _authority_key, _AUTHORITY, _authority_key)
    return certificate.public_bytes(serialization.Encoding.PEM)


def _server_context(host: str, fault: str) -> ssl.SSLContext:
    """Return the TLS of a host: `fault` is "", expired, stranger (an authority nobody knows) or other (name)."""
    signer = _stranger_key if fault == "stranger" else _authority_key
    named = "other.example" if fault == "other" else host
    certificate = _certificate(named, _server_key, _AUTHORITY, signer, days=-1 if fault == "expired" else 30)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(certificate.public_bytes(serialization.Encoding.PEM))
        file.write(
            _server_key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        file.flush()
        context.load_cert_chain(file.name)
    return context


# The server


class _Connection(socketserver.BaseRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        connection = self.request
        connection.settimeout(60)
        try:
            if self.server.is_tls:
                connection = self.server.world.tls(connection)
            request = self._read(connection)
            if request is not None:
                self.server.world.answer(request).write(connection)
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # whoever asked has gone
        finally:
            connection.close()

    def _read(self, connection: socket.socket) -> Request | None:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65536)
            if not piece:
                return None
            head += piece
        first, *lines = head.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        _method, target, _version = first.split(" ")
        scheme = "https" if self.server.is_tls else "http"
        return Request(scheme, headers.get("host", ""), target, headers, clock.now())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, world: "World", *, is_tls: bool) -> None:
        self.world = world
        self.is_tls = is_tls
        super().__init__(("127.0.0.1", 0), _Connection)

    def handle_error(self, request: object, client_address: object) -> None:
        self.world.errors.append(client_address)
        super().handle_error(request, client_address)


class World:
    """All hosts that tests play. `allowed` is the setting that sends their addresses here."""

    def __init__(self) -> None:
        self.allowed: dict[tuple[str, int], int] = {}
        self.requests: list[Request] = []
        self.errors: list[object] = []
        self._pages: dict[tuple[str, str], Handler] = {}
        self._prefixes: list[tuple[str, str, Handler]] = []
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._faults: dict[str, str] = {}
        self._servers = [_Server(self, is_tls=False), _Server(self, is_tls=True)]
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            for server in self._servers
        ]
        self._closed = socket.create_server(("127.0.0.1", 0))
        self._closed_port = self._closed.getsockname()[1]
        self._closed.close()  # nobody listens there
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def host(self, name: str, *, tls_fault: str = "") -> None:
        """Play a host: each of its pages is 404 until it is said otherwise."""
        http_port, tls_port = (server.server_address[1] for server in self._servers)
        self.allowed[name, 80] = http_port
        self.allowed[name, 443] = tls_port
        self._faults[name] = tls_fault

    def no_host(self, name: str) -> None:
        """Let a host's name be unknown."""
        self.allowed[name, 80] = self.allowed[name, 443] = 0

    def closed_host(self, name: str) -> None:
        """Let a host refuse all connections."""
        self.allowed[name, 80] = self.allowed[name, 443] = self._closed_port

    def page(self, url: str, page: Reply | Written | Handler) -> str:
        """Set what an address answers, its query included, over http and https alike; return the address."""
        parts = urlsplit(url)
        if (parts.hostname, 80) not in self.allowed:
            self.host(parts.hostname or "")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._pages[parts.hostname or "", target] = page if callable(page) else lambda _: page
        return url

    def handle(self, host: str, prefix: str, handler: Handler) -> None:
        """Answer all paths of a host that begin so, and have no page of their own, with a function."""
        if (host, 80) not in self.allowed:
            self.host(host)
        self._prefixes.insert(0, (host, prefix, handler))

    def answer(self, request: Request) -> Reply | Written:
        """Note a request, and return its answer."""
        self.requests.append(request)
        handler = self._pages.get((request.host, request.target))
        if handler is None:
            handlers = [
                each
                for host, prefix, each in self._prefixes
                if host == request.host and request.target.startswith(prefix)
            ]
            handler = handlers[0] if handlers else None
        if handler is None:
            return html("Not found", "There is nothing here.", status=404)
        return handler(request)

    def tls(self, connection: socket.socket) -> ssl.SSLSocket:
        """Greet a client with the certificate of the host that it names."""
        context = self._context("unnamed.example")

        def choose(sock: ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> None:
            sock.context = self._context(name or "unnamed.example")

        context.sni_callback = choose
        return context.wrap_socket(connection, server_side=True)

    def _context(self, name: str) -> ssl.SSLContext:
        if name not in self._contexts:
            self._contexts[name] = _server_context(name, self._faults.get(name, ""))
        return self._contexts[name]

    def asked(self, host: str) -> list[str]:
        """Return paths and queries that a host was asked for, in order."""
        return [request.target for request in self.requests if request.host == host]


def write_authority(folder: Path) -> Path:
    """Write the authority's certificate to a file for SSL_CERT_FILE."""
    path = folder / "world.pem"
    path.write_bytes(authority_pem())
    return path
