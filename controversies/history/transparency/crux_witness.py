#!/usr/bin/env python3
"""crux_witness: a witness for public logs, in one file.

A witness remembers the newest state of a log that it saw, and signs a newer one only if it contains all of the older.
So a site that keeps a log cannot show different people different histories without a witness noticing. It holds no
copy of the log: one small file per log, and one key.

It speaks the transparency log witness protocol (c2sp.org/tlog-witness) with Ed25519 cosignatures
(c2sp.org/tlog-cosignature). It needs Python 3.9 or newer on Linux or macOS, and the package `cryptography`:

    pip install cryptography
    python3 crux_witness.py init newsroom.example/witness    # makes the key, and prints what to send to the site
    python3 crux_witness.py trust 'crux.example+…+…'         # the site's log key; repeat for each log
    python3 crux_witness.py serve --port 8642                # behind your web server, which ends TLS
    python3 crux_witness.py status                           # what it has signed

Everything is kept in one folder, `witness` (`--state` takes another). Back the key up if you like. NEVER restore the
other files from a backup: a witness that forgets what it signed can be made to sign two histories. If they are lost,
delete the folder, run `init` again, and send the new key to the sites.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import contextlib
import fcntl
import hashlib
import os
import re
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NoReturn, Union

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
except ImportError:
    sys.exit("crux_witness needs the Python package “cryptography”: pip install cryptography")

LOG_SIGNATURE = 1  # c2sp.org/signed-note: Ed25519
COSIGNATURE = 4  # c2sp.org/tlog-cosignature: Ed25519 with a time
LARGEST_BODY = (
    64 * 1024
)  # bytes of a request: 63 hashes and a checkpoint with many signatures take some 10 kB
MOST_PROOF_LINES = 63
MOST_SIGNATURES = 100
LARGEST_SIZE = 2**63 - 1
MOST_CONNECTIONS = 64
PATIENCE = 15  # seconds without a byte before a connection is closed
HASH = 32
BROKEN = (ConnectionError, TimeoutError, socket.timeout)  # of the connection: nobody waits for an answer


class Refusal(Exception):
    """An answer that is not a cosignature: the HTTP status, a sentence, and the content type."""

    def __init__(self, status: int, text: str, content_type: str = "text/plain; charset=utf-8") -> None:
        super().__init__(text)
        self.status, self.text, self.content_type = status, text, content_type


class BadKey(ValueError):
    """A key that cannot be used; the message says why."""


# -- notes and keys (c2sp.org/signed-note) --


def decode_base64(text: str) -> bytes:
    """Decode standard base64, only as it is written when encoded. Raises ValueError."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not base64") from error
    if base64.b64encode(data).decode() != text:
        raise ValueError("not base64 as it is usually written")
    return data


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """Return the four bytes that stand for a key in signature lines."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def is_key_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(each.isspace() or each < " " for each in name)


@dataclass(frozen=True)
class LogKey:
    """A log's public key. Its name is the log's origin, the first line of its checkpoints."""

    name: str
    identifier: bytes
    public: bytes

    @classmethod
    def parse(cls, text: str) -> LogKey:
        """Read a vkey, `name+hex+base64`. Raises BadKey."""
        parts = text.split("+", 2)
        if len(parts) != 3 or not is_key_name(parts[0]):  # noqa: PLR2004
            raise BadKey("It is not written as name+identifier+key.")
        try:
            material = decode_base64(parts[2])
        except ValueError as error:
            raise BadKey(f"Its last part is {error}.") from error
        if material[:1] != bytes([LOG_SIGNATURE]) or len(material) != 1 + HASH:
            raise BadKey("It is not a log's Ed25519 key: only those can be used.")
        identifier = key_id(parts[0], LOG_SIGNATURE, material[1:])
        if identifier.hex() != parts[1]:
            raise BadKey("Its identifier does not belong to its name and key: it was copied wrongly.")
        return cls(parts[0], identifier, material[1:])

    def has_signed(self, signature: bytes, text: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class WitnessKey:
    """The witness's own key and name."""

    name: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def identifier(self) -> bytes:
        return key_id(self.name, COSIGNATURE, self.public)

    @property
    def vkey(self) -> str:
        material = base64.b64encode(bytes([COSIGNATURE]) + self.public).decode()
        return f"{self.name}+{self.identifier.hex()}+{material}"

    @classmethod
    def read(cls, path: Path) -> WitnessKey:
        """Read `PRIVATE+KEY+name+identifier+base64(kind, seed)`. Raises BadKey and OSError."""
        parts = path.read_text(encoding="utf-8").strip().split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:  # noqa: PLR2004
            raise BadKey(f"{path} is not a witness's key.")
        try:
            material = decode_base64(parts[4])
            if material[:1] != bytes([COSIGNATURE]):
                raise ValueError("of another kind")
            key = cls(parts[2], Ed25519PrivateKey.from_private_bytes(material[1:]))
        except ValueError as error:
            raise BadKey(f"{path} is damaged: its key is {error}.") from error
        if key.identifier.hex() != parts[3]:
            raise BadKey(f"{path} is damaged: its identifier does not belong to its name and key.")
        return key

    def text(self) -> str:
        material = base64.b64encode(bytes([COSIGNATURE]) + self.private.private_bytes_raw()).decode()
        return f"PRIVATE+KEY+{self.name}+{self.identifier.hex()}+{material}\n"

    def cosign(self, text: bytes, seconds: int) -> str:
        """Return the signature line over a checkpoint's text (c2sp.org/tlog-cosignature)."""
        signature = self.private.sign(b"cosignature/v1\ntime %d\n" % seconds + text)
        line = base64.b64encode(self.identifier + seconds.to_bytes(8, "big") + signature).decode()
        return f"— {self.name} {line}\n"


@dataclass(frozen=True)
class SeenCheckpoint:
    """A signed state of a log: its text as it was signed, and the signatures as (key name, identifier, bytes)."""

    text: bytes
    origin: str
    size: int
    root: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]


def parse_size(text: str) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text) or int(text) > LARGEST_SIZE:
        raise ValueError("not a number of entries")
    return int(text)


def parse_checkpoint(note: bytes) -> SeenCheckpoint:
    """Read a checkpoint. Raises ValueError, whose message says what is wrong with it."""
    try:
        everything = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError("the checkpoint is not UTF-8") from error
    if any(each < " " and each != "\n" for each in everything):
        raise ValueError("the checkpoint has control characters")
    text, blank, tail = everything.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise ValueError(
            "the checkpoint has no blank line followed by signatures, or does not end in a line feed"
        )
    lines = text.split("\n")
    if len(lines) < 3 or not all(lines):  # noqa: PLR2004
        raise ValueError("the checkpoint does not begin with a name, a size and a hash, a line each")
    try:
        size = parse_size(lines[1])
    except ValueError as error:
        raise ValueError("the checkpoint's second line is not a number of entries") from error
    try:
        root = decode_base64(lines[2])
    except ValueError as error:
        raise ValueError("the checkpoint's third line is not base64") from error
    if len(root) != HASH:
        raise ValueError("the checkpoint's third line is not a hash of 32 bytes")
    signatures = tuple(parse_signature(line) for line in tail[:-1].split("\n"))
    if len(signatures) > MOST_SIGNATURES:
        raise ValueError(f"the checkpoint has more than {MOST_SIGNATURES} signatures")
    return SeenCheckpoint((text + "\n").encode(), lines[0], size, root, signatures)


def parse_signature(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not is_key_name(parts[1]):  # noqa: PLR2004
        raise ValueError("a signature of the checkpoint is not written as “— name base64”")
    try:
        data = decode_base64(parts[2])
    except ValueError as error:
        raise ValueError(f"a signature of the checkpoint is {error}") from error
    if len(data) <= 4:  # noqa: PLR2004
        raise ValueError("a signature of the checkpoint is too short")
    return parts[1], data[:4], data[4:]


# -- the tree (RFC 6962, section 2.1) --


def is_extension(old: int, old_root: bytes, new: int, new_root: bytes, proof: list[bytes]) -> bool:
    """Tell whether the proof shows that the tree of `new` entries begins with that of `old` (RFC 9162, 2.1.4.2)."""
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof
    if not proof:
        return False
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    former = latter = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            former, latter = hash_node(sibling, former), hash_node(sibling, latter)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            latter = hash_node(latter, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and former == old_root and latter == new_root


def hash_node(first: bytes, second: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + first + second).digest()


# -- what is kept --


def write_durably(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replace a file, whole or not at all, and return only when the disk has it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Witness:
    """The folder with the key (`key`), the logs' keys (`logs`), and one signed checkpoint for each log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = WitnessKey.read(folder / "key")
        self._keys: tuple[int, dict[str, list[LogKey]]] = (-1, {})
        self._keys_lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    def logs(self) -> dict[str, list[LogKey]]:
        """Return the keys of the logs by origin; the file is read again when it has changed. Raises BadKey."""
        path = self.folder / "logs"
        with self._keys_lock:
            try:
                changed = path.stat().st_mtime_ns
            except FileNotFoundError:
                return {}
            if changed != self._keys[0]:
                logs: dict[str, list[LogKey]] = {}
                for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                    if line.strip() and not line.lstrip().startswith("#"):
                        try:
                            key = LogKey.parse(line.strip())
                        except BadKey as error:
                            raise BadKey(f"{path}, line {number}: {error}") from error
                        logs.setdefault(key.name, []).append(key)
                self._keys = changed, logs
            return self._keys[1]

    def path(self, origin: str) -> Path:
        return self.folder / f"{hashlib.sha256(origin.encode()).hexdigest()}.checkpoint"

    def newest(self, origin: str) -> SeenCheckpoint | None:
        """Return the newest checkpoint of this log that was cosigned. Raises ValueError if the file is damaged."""
        try:
            note = self.path(origin).read_bytes()
        except FileNotFoundError:
            return None
        checkpoint = parse_checkpoint(note)
        if checkpoint.origin != origin:
            raise ValueError(f"{self.path(origin)} is of another log")
        return checkpoint

    def add_checkpoint(self, body: bytes) -> str:
        """Return the cosignature of a checkpoint, once it is stored. Raises Refusal."""
        old, proof, checkpoint = parse_request(body)
        keys = self.logs().get(checkpoint.origin)
        if keys is None:
            raise Refusal(404, "This witness does not know this log.")
        signatures = trusted_signatures(checkpoint, keys)
        if old > checkpoint.size:
            raise Refusal(400, "The old size is greater than the checkpoint's.")
        with self._keys_lock:
            lock = self._locks.setdefault(checkpoint.origin, threading.Lock())
        with lock:  # from the comparison to the disk: the stored size never goes back
            newest = self.newest(checkpoint.origin)
            size = newest.size if newest else 0
            if old != size:
                if newest and (checkpoint.size == size and checkpoint.root != newest.root):
                    self.keep_evidence(checkpoint, signatures)  # whatever old size came with it
                raise Refusal(409, f"{size}\n", "text/x.tlog.size")
            if checkpoint.size == 0 and checkpoint.root != hashlib.sha256().digest():
                raise Refusal(422, "The root of an empty log is the hash of nothing.")
            root = newest.root if newest else hashlib.sha256().digest()
            if not is_extension(old, root, checkpoint.size, checkpoint.root, proof):
                self.keep_evidence(checkpoint, signatures)
                raise Refusal(
                    422, f"This does not prove that the log still contains the {size} entries signed before."
                )
            seconds = max(1, int(time.time()))
            if newest and seconds < self.time_of(newest):
                report("ERROR: the clock is behind the time of the last signature")
                raise Refusal(503, "The clock of this witness is behind its last signature.")
            cosignature = self.key.cosign(checkpoint.text, seconds)
            note = checkpoint.text + b"\n" + (signatures + cosignature).encode()
            write_durably(self.path(checkpoint.origin), note)
        report(f"signed {checkpoint.origin}: {checkpoint.size} entries")
        return cosignature

    def time_of(self, checkpoint: SeenCheckpoint) -> int:
        """Return when this witness signed a stored checkpoint, in seconds since 1970; 0 if another key did."""
        own = [data for name, identifier, data in checkpoint.signatures if identifier == self.key.identifier]
        return int.from_bytes(own[0][:8], "big") if own else 0

    def keep_evidence(self, checkpoint: SeenCheckpoint, signatures: str) -> None:
        """Keep a signed checkpoint that may contradict the newest: shown side by side, the two convict the log."""
        path = self.path(checkpoint.origin).with_suffix(".refused")
        write_durably(path, checkpoint.text + b"\n" + signatures.encode())
        report(f"REFUSED {checkpoint.origin}: nothing proves that {checkpoint.size} entries, root")
        report(
            f"    {base64.b64encode(checkpoint.root).decode()}, contain those signed before. Kept in {path}"
        )


def parse_request(body: bytes) -> tuple[int, list[bytes], SeenCheckpoint]:
    """Read the old size, the proof and the checkpoint. Raises Refusal."""
    head, blank, note = body.partition(b"\n\n")
    try:
        if not blank:
            raise ValueError("there is no blank line before the checkpoint")
        first, *hashes = head.decode("ascii").split("\n")
        if not first.startswith("old "):
            raise ValueError("the first line is not “old” and a number")
        old = parse_size(first[4:])
        if len(hashes) > MOST_PROOF_LINES:
            raise ValueError(f"the proof has more than {MOST_PROOF_LINES} hashes")
        proof = [decode_base64(line) for line in hashes]
        if any(len(each) != HASH for each in proof):
            raise ValueError("a line of the proof is not a hash of 32 bytes")
        return old, proof, parse_checkpoint(note)
    except ValueError as error:  # a UnicodeDecodeError as well
        raise Refusal(400, f"The request cannot be read: {error}.") from error


def trusted_signatures(checkpoint: SeenCheckpoint, keys: list[LogKey]) -> str:
    """Return the lines of the log's own signatures. Raises Refusal if there is none, or one is wrong."""
    lines = ""
    for name, identifier, signature in checkpoint.signatures:
        for key in keys:
            if (key.name, key.identifier) == (name, identifier):
                if not key.has_signed(signature, checkpoint.text):
                    raise Refusal(403, "The log's signature is wrong.")
                lines += f"— {name} {base64.b64encode(identifier + signature).decode()}\n"
    if not lines:
        raise Refusal(403, "The checkpoint has no signature by a key of this log that this witness knows.")
    return lines


# -- HTTP --


def report(text: str) -> None:
    print(time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime()), text, file=sys.stderr, flush=True)


Request = Union[socket.socket, "tuple[bytes, socket.socket]"]


class WitnessServer(ThreadingHTTPServer):
    """One thread for each connection, up to `MOST_CONNECTIONS`; further ones wait."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], witness: Witness) -> None:
        self.witness = witness
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._places = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__(address, WitnessHandler)

    def process_request(self, request: Request, client_address: object) -> None:
        self._places.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Request, client_address: object) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Request, client_address: object) -> None:
        if not isinstance(sys.exc_info()[1], BROKEN):
            super().handle_error(request, client_address)


class WitnessHandler(BaseHTTPRequestHandler):
    """The two addresses of the protocol, and a page for people."""

    server: WitnessServer
    protocol_version = "HTTP/1.1"  # keeps connections open
    server_version = "crux_witness"
    sys_version = ""
    timeout = PATIENCE

    def do_POST(self) -> None:
        try:
            if self.path != "/add-checkpoint":
                self.close_connection = True
                raise Refusal(404, "There is nothing here.")
            self.answer(200, self.server.witness.add_checkpoint(self.read_body()))
        except Refusal as refusal:
            self.answer(refusal.status, refusal.text, refusal.content_type)
        except (OSError, ValueError) as error:
            if isinstance(error, BROKEN):
                raise
            report(f"ERROR: {error}")
            self.answer(500, "This witness has a problem of its own; its operator can read about it.")

    def read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"[0-9]{1,12}", length) or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            raise Refusal(411, "Send the body with its Content-Length.")
        if int(length) > LARGEST_BODY:
            self.close_connection = True
            raise Refusal(413, f"The body is longer than {LARGEST_BODY} bytes.")
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            raise ConnectionError("the body was cut off")
        return body

    def do_GET(self) -> None:
        match = re.fullmatch(r"/([0-9a-f]{64})/checkpoint", self.path)
        try:
            if self.path == "/":
                self.answer(200, describe(self.server.witness))
            elif self.path == "/add-checkpoint":
                self.answer(405, "Send a checkpoint with POST.", allow="POST")
            elif match:
                path = self.server.witness.folder / f"{match[1]}.checkpoint"
                self.answer(200, path.read_text(encoding="utf-8"))
            else:
                self.answer(404, "There is nothing here.")
        except FileNotFoundError:
            self.answer(404, "This witness has not signed a checkpoint of this log.")
        except (BadKey, ValueError) as error:
            report(f"ERROR: {error}")
            self.answer(500, "This witness has a problem of its own; its operator can read about it.")

    do_HEAD = do_GET

    def answer(
        self, status: int, text: str, content_type: str = "text/plain; charset=utf-8", *, allow: str = ""
    ) -> None:
        body = (text if text.endswith("\n") else text + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if allow:
            self.send_header("Allow", allow)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what the standard library refuses by itself, as plain text."""
        self.close_connection = True
        self.command = getattr(self, "command", None) or "GET"
        self.answer(code, message or HTTPStatus(code).phrase)

    def log_message(self, *arguments: object) -> None:
        """Keep quiet: what matters is reported where it happens."""


def describe(witness: Witness) -> str:
    lines = [f"This is the witness {witness.key.name}. Its key:", "", witness.key.vkey, ""]
    for origin in sorted(witness.logs()):
        newest = witness.newest(origin)
        if newest:
            lines.append(
                f"{origin}: signed {newest.size} entries, root {base64.b64encode(newest.root).decode()}"
            )
            lines.append(f"    {witness.path(origin).stem}/checkpoint")
        else:
            lines.append(f"{origin}: nothing signed yet")
    if not witness.logs():
        lines.append("It knows no log yet.")
    return "\n".join(lines) + "\n"


# -- commands --


def init(folder: Path, name: str) -> None:
    """Make the folder and the key, and say what to do next."""
    if not is_key_name(name):
        sys.exit("The name must have no spaces and no +, such as newsroom.example/witness.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "key"
    if path.exists():
        sys.exit(f"{path} is there already. To begin again with a new key, delete the folder {folder}.")
    key = WitnessKey(name, Ed25519PrivateKey.generate())
    write_durably(path, key.text().encode(), 0o600)
    print(
        f"The key is in {path}. Nobody else may read it.\n\nSend this line to the sites that you witness:\n"
    )
    print(
        f"{key.vkey}\n\nThen trust each site's log key: crux_witness.py trust KEY, and: crux_witness.py serve"
    )


def trust(folder: Path, text: str) -> None:
    """Add a log's key to those that are known."""
    try:
        key = LogKey.parse(text.strip())
        known = Witness(folder).logs().get(key.name, [])
    except BadKey as error:
        sys.exit(f"This key cannot be used. {error}")
    if key in known:
        sys.exit(f"The log {key.name} is known with this key already.")
    path = folder / "logs"
    lines = path.read_text(encoding="utf-8") if path.exists() else ""
    lines += "" if lines.endswith("\n") or not lines else "\n"
    write_durably(path, f"{lines}{text.strip()}\n".encode())
    print(f"The log {key.name} is known. A witness that is running notices by itself.")


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Refuse a second witness on the same folder: the two could sign different histories."""
    with (folder / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"Another witness is running with {folder}.")
        yield


def serve(folder: Path, host: str, port: int) -> None:
    """Answer until Ctrl-C or SIGTERM."""
    witness = Witness(folder)
    with only_one(folder):
        for origin in witness.logs():
            witness.newest(origin)  # a damaged file is better noticed now
        try:
            server = WitnessServer((host, port), witness)
        except OSError as error:
            sys.exit(f"{host} port {port} cannot be used: {error.strerror}.")
        signal.signal(signal.SIGTERM, stop)
        report(f"{witness.key.name} listens on {host} port {server.server_address[1]}")
        if not witness.logs():
            report("It knows no log yet: crux_witness.py trust KEY")
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


def stop(*_signal: object) -> NoReturn:
    raise KeyboardInterrupt


def main(arguments: list[str] | None = None) -> None:
    """Run a command."""
    parser = argparse.ArgumentParser(
        prog="crux_witness.py", description="A witness for public logs. See the first lines of this file."
    )
    parser.add_argument("--state", type=Path, default=Path("witness"), help="its folder (default: witness)")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("init", help="make the key")
    command.add_argument("name", help="the witness's name, such as newsroom.example/witness")
    command = commands.add_parser("trust", help="sign for a log")
    command.add_argument("key", help="the log's key, as its site shows it")
    command = commands.add_parser("serve", help="answer requests")
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    command.add_argument("--port", type=int, default=8642, help="port to listen on (default: 8642; 0: any)")
    commands.add_parser("vkey", help="print the witness's public key")
    commands.add_parser("status", help="print what was signed")
    options = parser.parse_args(arguments)
    folder = options.state
    try:
        if options.command == "init":
            init(folder, options.name)
        elif not (folder / "key").exists():
            sys.exit(f"There is no key in {folder}. First: crux_witness.py init NAME")
        elif options.command == "trust":
            trust(folder, options.key)
        elif options.command == "serve":
            serve(folder, options.host, options.port)
        elif options.command == "vkey":
            print(Witness(folder).key.vkey)
        else:
            print(describe(Witness(folder)), end="")
    except OSError as error:
        sys.exit(f"{error.filename or folder}: {error.strerror}.")
    except ValueError as error:
        sys.exit(f"{error}.".replace("..", "."))


if __name__ == "__main__":
    main()
