"""A log that signs whatever it is told to, and the witness as a newsroom runs it: a process of its own."""

import base64
import contextlib
import hashlib
import http.client
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from . import rfc6962

PROGRAM = Path(settings.BASE_DIR) / "controversies" / "history" / "transparency" / "crux_witness.py"
EMPTY = hashlib.sha256().digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass
class FakeLog:
    """A log's key; it signs any size and root."""

    origin: str = "log.example/crux"
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def _material(self) -> bytes:
        return b"\x01" + self.private.public_key().public_bytes_raw()

    @property
    def _id(self) -> bytes:
        return hashlib.sha256(self.origin.encode() + b"\n" + self._material).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.origin}+{self._id.hex()}+{b64(self._material)}"

    def checkpoint(self, size: int, root: bytes, *, extension: str = "") -> str:
        text = f"{self.origin}\n{size}\n{b64(root)}\n{extension}"
        return f"{text}\n— {self.origin} {b64(self._id + self.private.sign(text.encode()))}\n"

    def signed(self, leaves: list[bytes], size: int | None = None) -> str:
        leaves = leaves[:size]
        return self.checkpoint(len(leaves), rfc6962.root(leaves))


def leaves(count: int, name: str = "leaf") -> list[bytes]:
    return [rfc6962.leaf(f"{name} {index}".encode()) for index in range(count)]


def request_body(old: int, proof: list[bytes], checkpoint: str) -> bytes:
    return (
        "".join(f"{line}\n" for line in (f"old {old}", *map(b64, proof), "")).encode() + checkpoint.encode()
    )


@dataclass
class Answer:
    status: int
    text: str
    content_type: str


@dataclass
class RunningWitness:
    """A witness's address, key and folder."""

    port: int
    vkey: str
    folder: Path
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(), response.headers["Content-Type"])
        finally:
            connection.close()

    def add(self, old: int, proof: list[bytes], checkpoint: str) -> Answer:
        return self.ask("POST", "/add-checkpoint", request_body(old, proof, checkpoint))

    def cosigned(self, line: str, checkpoint: str) -> int:
        """Verify a cosignature of a checkpoint by the specification, and return its time."""
        name, identifier, material = self.vkey.split("+", 2)
        key = base64.b64decode(material)
        dash, signer, signature = line.removesuffix("\n").split(" ")
        data = base64.b64decode(signature)
        assert (dash, signer, data[:4].hex()) == ("—", name, identifier)
        assert key[0] == 4
        seconds = int.from_bytes(data[4:12], "big")
        text = checkpoint.rpartition("\n\n")[0] + "\n"
        message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
        Ed25519PublicKey.from_public_bytes(key[1:]).verify(data[12:], message)
        return seconds


def run(*arguments: str, folder: Path, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    command = [python, str(PROGRAM), "--state", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[RunningWitness]:
    """Serve the witness in this folder until the block ends."""
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), "--state", str(folder), "serve", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
    )
    try:
        assert process.stderr is not None
        first = process.stderr.readline()
        match = re.search(r"port (\d+)$", first.strip())
        assert match, first
        yield RunningWitness(int(match[1]), run("vkey", folder=folder).stdout.strip(), folder, process)
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


@contextlib.contextmanager
def witness(folder: Path, *logs: str, name: str = "newsroom.example/witness") -> Iterator[RunningWitness]:
    """Make a witness that trusts these logs' keys, and serve it."""
    assert run("init", name, folder=folder).returncode == 0
    for vkey in logs:
        assert run("trust", vkey, folder=folder).returncode == 0
    with serve(folder) as running:
        yield running
