"""Output of a corpus: a file that appears as a whole or not at all, or standard output."""

import gzip
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

type Write = Callable[[bytes], Any]


@contextmanager
def file(path: Path) -> Iterator[Write]:
    """Write a file, compressed if its name ends in `.gz`; it gets its name when all is written. Raises OSError.

    Compressed or not, the same content gives the same bytes: no time and no name is in it.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("xb") as raw:
            with ExitStack() as stack:
                out: Any = raw
                if path.suffix == ".gz":
                    out = stack.enter_context(gzip.GzipFile("", "wb", 6, raw, mtime=0))
                yield out.write
            raw.flush()
            os.fsync(raw.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def standard(stream: Any) -> Iterator[Write]:
    """Write standard output, or whatever a command has in its place."""
    plain = getattr(stream, "buffer", None)
    yield plain.write if plain is not None else lambda line: stream.write(line.decode(), ending="")
    stream.flush()
