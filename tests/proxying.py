"""The shipped proxy on this machine's loopback: real nginx, with its own ports, folders and certificate."""

import contextlib
import datetime
import getpass
import http.client
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

SHIPPED = Path(settings.BASE_DIR) / "config" / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class ProxyAnswer(NamedTuple):
    """An answer of the proxy: status, headers by lower-case name, body as it was sent."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def cache(self) -> str:
        """HIT, MISS, BYPASS, STALE …, "" where the cache had no part in it."""
        return self.headers.get("x-cache", "")


@dataclass(frozen=True)
class ShippedProxy:
    """A running proxy: its ports and its folder."""

    http: int
    https: int
    purge: int
    folder: Path

    @property
    def purge_url(self) -> str:
        return f"nginx+http://127.0.0.1:{self.purge}"

    def get(
        self,
        path: str,
        headers: Mapping[str, str] = {},
        *,
        host: str = "localhost",
        method: str = "GET",
        body: str = "",
    ) -> ProxyAnswer:
        """Ask for a path as a browser would that trusts any certificate."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", self.https, context=context, timeout=30)
        return _ask(connection, method, path, {"Host": host, **headers}, body)

    def get_plain(self, path: str, *, host: str = "localhost") -> ProxyAnswer:
        """Ask for a path without TLS."""
        return _ask(
            http.client.HTTPConnection("127.0.0.1", self.http, timeout=30), "GET", path, {"Host": host}, ""
        )


def _ask(
    connection: http.client.HTTPConnection, method: str, path: str, headers: Mapping[str, str], body: str
) -> ProxyAnswer:
    with contextlib.closing(connection):
        connection.request(method, path, body.encode() or None, dict(headers))
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return ProxyAnswer(response.status, named, response.read())


def free_port() -> int:
    """Return a port of the loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def configure(folder: Path, upstream: str, ports: tuple[int, int, int]) -> Path:
    """Write the shipped file with other paths and ports in place of its own. Raises ValueError if one is not there."""
    plain, tls, purge = ports
    (folder / "tls").mkdir(parents=True)
    (folder / "cache").mkdir()
    _write_certificate(folder / "tls")
    text = SHIPPED.read_text()
    for shipped, ours in (
        ("user www-data;", f"user {getpass.getuser()};"),
        ("worker_processes auto;", "worker_processes 1;"),
        ("http {\n", "http {\n" + "".join(f"{name}_temp_path {folder}/{name};\n" for name in _TEMPORARY)),
        ("/var/log/nginx/", f"{folder}/"),
        ("server unix:/run/crux/site-1.sock", f"server {upstream}"),
        ("    server unix:/run/crux/site-2.sock max_fails=0;\n", ""),
        ("/var/cache/nginx/crux", f"{folder}/cache/crux"),
        ("listen 80 default_server;", f"listen 127.0.0.1:{plain} default_server;"),
        ("listen [::]:80 default_server;", ""),
        ("listen 443 ssl default_server;", f"listen 127.0.0.1:{tls} ssl default_server;"),
        ("listen [::]:443 ssl default_server;", ""),
        ("/etc/crux/tls/", f"{folder}/tls/"),
        ("/srv/crux", str(folder)),
        ("listen 8079;", f"listen 127.0.0.1:{purge};"),
    ):
        if shipped not in text:
            raise ValueError(f"The shipped file does not have {shipped!r}.")
        text = text.replace(shipped, ours)
    path = folder / "nginx.conf"
    path.write_text(text)
    return path


def _write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(encoding))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def run_proxy(folder: Path, upstream: str) -> Iterator[ShippedProxy]:
    """Run nginx with the shipped file before a site at `upstream`, as 127.0.0.1:8000."""
    if NGINX is None:
        raise RuntimeError("nginx is not installed.")
    ports = (free_port(), free_port(), free_port())
    path = configure(folder, upstream, ports)
    options = ["-c", str(path), "-g", f"daemon off; pid {folder}/nginx.pid;"]
    subprocess.run([NGINX, "-t", *options], check=True, capture_output=True)
    process = subprocess.Popen([NGINX, *options], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not _is_listening(ports[1]):
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError((folder / "error.log").read_text())
            time.sleep(0.02)
        yield ShippedProxy(*ports, folder)
    finally:
        process.terminate()
        process.wait(10)
