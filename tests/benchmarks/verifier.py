"""Measures what verifying costs with `crux_verify.py`: seconds, and as a ratio to hashing the same bytes; memory.

    python -m tests.benchmarks.verifier [--entries N] [--revisions N]

A log of so many entries is written as a site serves it, in tiles, and a corpus with that log and so many revisions.
Each is verified in a process of its own, whose peak memory is the greatest resident set that the kernel saw. Beside it
stands the same Python, hashing the same bytes a line or an entry at a time, and starting. No database is needed.
"""

import argparse
import datetime
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.history.transparency.attacks import PROGRAM
from tests.history.transparency.rfc6962 import leaf, node
from tests.history.transparency.toy_record import (
    KEY,
    START,
    WITNESSES,
    b64,
    blocks_of,
    dumps,
    key_of,
    policy,
    sha,
)

MIB = 2**20
HASHING = """
import gzip, hashlib, sys, pathlib
path = pathlib.Path(sys.argv[1])
files = sorted(path.rglob("*")) if path.is_dir() else [path]
for each in files:
    if each.is_file():
        data = each.read_bytes()
        if path.is_dir():
            start = 0
            while start < len(data):
                end = start + 2 + int.from_bytes(data[start:start + 2], "big")
                hashlib.sha256(data[start + 2:end]).digest()
                start = end
        else:
            for line in data.split(b"\\n"):
                hashlib.sha256(line).digest()
"""


class Tree:
    """The root over leaves that come one by one."""

    def __init__(self) -> None:
        self.stack: list[tuple[int, bytes]] = []

    def append(self, entry: bytes) -> None:
        size, value = 1, leaf(entry)
        while self.stack and self.stack[-1][0] == size:
            value = node(self.stack.pop()[1], value)
            size *= 2
        self.stack.append((size, value))

    def root(self) -> bytes:
        value = self.stack[-1][1]
        for _size, left in reversed(self.stack[:-1]):
            value = node(left, value)
        return value


def checkpoint(size: int, root: bytes) -> bytes:
    text = f"{KEY.name}\n{size}\n{b64(root)}\n"
    return f"{text}\n{KEY.line(text)}{''.join(each.line(text, START) for each in WITNESSES[:2])}".encode()


def write_log(folder: Path, count: int) -> None:
    """Write a log of so many entries, of pages with a hundred revisions each."""
    tree, texts = Tree(), []
    bundles = folder / "tile" / "entries"
    for index in range(count):
        page, number = divmod(index, 100)
        text = dumps({"digest": sha(b"%d" % index), "number": number + 1, "page": key_of(str(page))})
        tree.append(text)
        texts.append(text)
        if len(texts) == 256 or index == count - 1:
            digits = str(index // 256)
            digits = digits.zfill(-(-len(digits) // 3) * 3)
            *folders, last = [digits[i : i + 3] for i in range(0, len(digits), 3)]
            path = bundles.joinpath(*("x" + each for each in folders), last)
            if len(texts) < 256:
                path = path.with_name(f"{path.name}.p") / str(len(texts))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(len(each).to_bytes(2, "big") + each for each in texts))
            texts = []
    (folder / "checkpoint").write_bytes(checkpoint(count, tree.root()))


def write_corpus(path: Path, count: int) -> None:
    """Write a corpus of so many revisions, a hundred to a page, each of which changes one block, and its log."""
    lines: list[bytes] = []
    entries: list[bytes] = []
    for slug in sorted((f"page-{i}" for i in range(count // 100)), key=key_of):
        key, parent, digests = key_of(slug), None, {}
        lines.append(dumps({"page": key, "slug": slug, "revisions": 100}))
        for number in range(1, 101):
            blocks = blocks_of(slug, number if number == 1 else 1)
            first = list(blocks)[3]
            blocks[first] = {**blocks[first], "argument": f"Argument no. {number}."}
            new = {each: dumps(block) for each, block in blocks.items() if number == 1 or each == first}
            digests |= {each: sha(text) for each, text in new.items()}
            document = sha(dumps([[each, digests[each]] for each in blocks]))
            when = (START + datetime.timedelta(hours=number)).isoformat(timespec="microseconds")
            said = {"author": "Ada", "document": document, "summary": "", "time": when}
            digest = sha(dumps({**said, "parent": parent}))
            values = {**said, "revision": number, "digest": digest, "changed": list(new)}
            lines.append(dumps({**values, "order": list(blocks)} if number == 1 else values))
            lines += new.values()
            entries.append(dumps({"digest": digest, "number": number, "page": key}))
            parent = digest
    tree = Tree()
    for each in entries:
        tree.append(each)
    note = checkpoint(len(entries), tree.root()).decode()
    digest, written = hashlib.sha256(), 0
    with path.open("wb") as file:
        header = {"format": "crux-corpus", "version": 1, "with": ["log"]}
        log = (b'{"entry":' + each + b"}" for each in entries)
        for line in (dumps(header), dumps({"checkpoint": note}), *log, *lines):
            file.write(line + b"\n")
            digest.update(line + b"\n")
            written += 1
        file.write(dumps({"end": {"lines": written}, "sha256": digest.hexdigest()}) + b"\n")


def run(*command: str) -> tuple[float, float, str]:
    """Seconds of CPU, MiB at the peak and the output of a process; its exit status must be 0."""
    code = (
        "import json, resource, subprocess, sys; done = subprocess.run(sys.argv[1:], capture_output=True, text=True);"
        " usage = resource.getrusage(resource.RUSAGE_CHILDREN); print(json.dumps([usage.ru_utime + usage.ru_stime,"
        " usage.ru_maxrss, done.returncode, done.stdout, done.stderr]))"
    )
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=True)
    seconds, memory, status, output, errors = json.loads(done.stdout)
    assert status == 0, output + errors
    return seconds, memory * 1024 / MIB, output


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.verifier", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--entries", type=int, default=1_000_000, help="of the log")
    parser.add_argument("--revisions", type=int, default=100_000, help="of the corpus")
    options = parser.parse_args()
    python = [sys.executable, "-I"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "policy").write_bytes(policy())
        (folder / "site").mkdir()
        trust = ["--policy", str(folder / "policy")]
        started = time.perf_counter()
        write_log(folder / "site", options.entries)
        write_corpus(folder / "corpus.jsonl", options.revisions // 100 * 100)
        print(f"Written in {time.perf_counter() - started:.0f} s.", flush=True)
        idle, least, _output = run(*python, "-c", "pass")
        print(f"{'':34}{'seconds':>9}{'hashing':>9}{'ratio':>7}{'MiB':>7}{'start':>7}")
        for label, path, command in (
            (f"log of {options.entries:,} entries", folder / "site", ["--site", str(folder / "site")]),
            (
                f"corpus of {options.revisions:,} revisions",
                folder / "corpus.jsonl",
                [str(folder / "corpus.jsonl")],
            ),
        ):
            hashing, _memory, _output = run(*python, "-c", HASHING, str(path))
            seconds, memory, _output = run(*python, str(PROGRAM), *command, *trust)
            ratio = (seconds - idle) / (hashing - idle)
            print(f"{label:34}{seconds:9.2f}{hashing:9.2f}{ratio:7.1f}{memory:7.0f}{least:7.0f}", flush=True)


if __name__ == "__main__":
    main()
