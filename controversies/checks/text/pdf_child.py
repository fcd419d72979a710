"""A process of its own that reads the text of one PDF file from standard input and writes it as JSON.

It limits its own memory and time before it looks at the file: PDF files can be made to exhaust both. It writes
`{"failure": "", "pages": ["…", …]}`, and ends with whatever the file does to it. Started by pdf.py only, with the most
bytes of memory and seconds of CPU as arguments.
"""

import json
import resource
import sys

MOST_PAGES = 2_000
MOST_CHARACTERS = 10_000_000
_FEWEST_LETTERS = 10  # of a page, on average: fewer, and the pages are pictures


def main() -> None:
    memory, seconds = map(int, sys.argv[1:])
    limit(memory, seconds)
    body = sys.stdin.buffer.read()
    sys.stdout.write(json.dumps(read(body)))


def limit(memory: int, seconds: int) -> None:
    """Bound memory and time, and forbid files, for the rest of this process's life."""
    for name, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(name, (most, most))


def read(body: bytes) -> dict[str, object]:
    """Return the text of the pages, or the reason why there is none."""
    import io  # noqa: PLC0415  after the limits are set

    import pypdf  # noqa: PLC0415
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    try:
        reader = pypdf.PdfReader(io.BytesIO(body))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"failure": "encrypted"}
        pages = read_pages(reader)
    except MemoryError:
        return {"failure": "too-large"}
    except (
        PyPdfError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
        RecursionError,
        OSError,
        ArithmeticError,
        NotImplementedError,
        AssertionError,
    ):
        return {"failure": "damaged"}
    letters = sum(char.isalnum() for page in pages for char in page)
    if letters < _FEWEST_LETTERS * len(pages):
        return {"failure": "scan"}
    return {"failure": "", "pages": pages}


def read_pages(reader: "pypdf.PdfReader") -> list[str]:  # type: ignore[name-defined]  # noqa: F821
    pages: list[str] = []
    remaining = MOST_CHARACTERS
    for page in reader.pages[:MOST_PAGES]:
        text = page.extract_text()[:remaining]
        pages.append(text)
        remaining -= len(text)
        if remaining <= 0:
            break
    return pages


if __name__ == "__main__":
    main()
