"""Measures what a corpus costs to load and to dump, and that memory does not grow with it.

    python -m tests.benchmarks.corpus [--sizes N N …] [--pages N] [--no-check]

A corpus of the first size is made, and for each other size two: one with more pages, one with longer histories. Each
is loaded into a new database and dumped again, every time in a process of its own, whose peak memory is the greatest
resident set that the kernel saw (`ru_maxrss`; this process stays small, for its own would count too). Beside it stands
that of a process that only starts and asks the database something. The databases are dropped afterwards.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

MIB = 2**20
COLUMNS = (
    "corpus",
    "pages",
    "revisions",
    "file",
    "a revision",
    "load",
    "memory",
    "dump",
    "memory",
    "same bytes",
    "check",
)
WIDTHS = (17, 7, 11, 11, 13, 8, 15, 8, 15, 12, 8)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.corpus", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 100_000], help="revisions")
    parser.add_argument("--pages", type=int, default=10, help="of the first corpus")
    parser.add_argument("--no-check", action="store_true", help="leave `checkhistory` out")
    parser.add_argument("--step", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        step(*options.step)
        return
    first, *others = options.sizes
    shapes = [("the first", options.pages, first)]
    for size in others:
        shapes.append(("more pages", max(1, options.pages * size // first), size))
        shapes.append(("longer histories", options.pages, size))
    with tempfile.TemporaryDirectory() as folder:
        idle = run(os.environ.get("DATABASE_URL", ""), "nothing")["memory"]
        print(f"A process that only starts: {idle / MIB:.1f} MiB at its peak.\n", flush=True)
        print("".join(f"{name:>{width}}" for name, width in zip(COLUMNS, WIDTHS, strict=True)), flush=True)
        base: dict[str, float] = {}
        for name, pages, size in shapes:
            measured = measure(Path(folder), pages, size, check=not options.no_check)
            base = base or measured
            show(name, pages, size, measured, base)
    print("\nTimes in seconds; memory at its peak in MiB, and as a ratio to the first corpus's.")


def show(name: str, pages: int, size: int, found: dict[str, float], base: dict[str, float]) -> None:
    """One line of the table."""
    values = [
        name,
        f"{pages:,}",
        f"{size:,}",
        f"{found['bytes'] / MIB:.1f} MiB",
        f"{found['bytes'] / size:,.0f} bytes",
    ]
    for each in ("load", "dump"):
        memory = found[f"{each} memory"]
        values += [f"{found[each]:.1f}", f"{memory / MIB:.1f} ({memory / base[f'{each} memory']:.2f})"]
    values += ["yes" if found["same"] else "NO", f"{found['check']:.1f}" if "check" in found else "-"]
    print("".join(f"{value:>{width}}" for value, width in zip(values, WIDTHS, strict=True)), flush=True)


def measure(folder: Path, pages: int, size: int, *, check: bool) -> dict[str, float]:
    """Make a corpus of this size, load it into a new database and dump it again."""
    given, again = folder / "given.jsonl", folder / "again.jsonl"
    url = os.environ["DATABASE_URL"]
    name = f"crux_bench_{os.getpid()}"
    run(url, "create", name)
    theirs = urlsplit(url)._replace(path=f"{urlsplit(url).path.rpartition('/')[0]}/{name}").geturl()
    try:
        run(theirs, "migrate")
        run(theirs, "make", str(given), str(pages), str(size))
        loaded = run(theirs, "load", str(given))
        dumped = run(theirs, "dump", str(again))
        found = {
            "bytes": given.stat().st_size,
            "load": loaded["seconds"],
            "load memory": loaded["memory"],
            "dump": dumped["seconds"],
            "dump memory": dumped["memory"],
            "same": float(same(given, again)),
        }
        if check:
            found["check"] = run(theirs, "check")["seconds"]
    finally:
        run(url, "drop", name)
    return found


def same(one: Path, other: Path) -> bool:
    """Whether two files are equal, read piece by piece."""
    with one.open("rb") as a, other.open("rb") as b:
        while True:
            left, right = a.read(MIB), b.read(MIB)
            if left != right:
                return False
            if not left:
                return True


def run(url: str, *words: str) -> dict[str, float]:
    """Do a step in a process of its own: the seconds that it took and its peak memory in bytes."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DEBUG": "0",
        "HTTPS": "0",
        "ALLOWED_HOSTS": "localhost",
    }
    environment["SECRET_KEY"] = "a key for a benchmark, of no use to anybody else" * 2
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.corpus", "--step", *words],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


# -- in a process of its own --


def step(what: str, *words: str) -> None:
    """Do it, and print the seconds and the peak memory as the last line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django  # noqa: PLC0415 - not in the process that starts the others

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - as above
    from django.db import connection  # noqa: PLC0415 - as above

    start = time.perf_counter()
    if what in ("create", "drop"):
        with connection.creation._nodb_cursor() as cursor:
            name = connection.ops.quote_name(words[0])
            cursor.execute(
                f"CREATE DATABASE {name}" if what == "create" else f"DROP DATABASE {name} WITH (FORCE)"
            )
    elif what == "make":
        from tests.benchmarks.corpora import write  # noqa: PLC0415 - as above

        write(Path(words[0]), pages=int(words[1]), revisions=int(words[2]))
    else:
        command = {
            "load": "loadcorpus",
            "dump": "dumpcorpus",
            "check": "checkhistory",
            "migrate": "migrate",
        }.get(what)
        if command is not None:
            call_command(command, *words, **({"verbosity": 0} if what == "migrate" else {}))
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "memory": memory}))


if __name__ == "__main__":
    main()
