"""The text of PDF files, read by a child process with limits, without the headers and footers of their pages."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from .failure import Failure

_CHILD = Path(__file__).with_name("pdf_child.py")
MEMORY = 1_000_000_000  # bytes of the child
CPU_SECONDS = 20  # of the child
SECONDS = 30.0  # by the clock
_EDGE = 3  # lines at the top and at the bottom of a page among which headers and footers are
_FEWEST_PAGES = 3
_SHARE = 4  # a line on every fourth page is a header
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
_PAGE_NUMBER = re.compile(
    r"[\s–—-]*(?:page|seite|p\.)?\s*(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:/|of|von|de)\s*\d{1,4})?[\s–—.-]*",
    re.IGNORECASE,
)


def read_pages(body: bytes) -> tuple[list[str], str]:
    """Return the text of each page, and the code of the failure if there is none."""
    answer = _ask_child(body)
    if failure := answer.get("failure", Failure.DAMAGED.value):
        return [], str(failure)
    return without_headers([str(page).replace("\x00", "") for page in answer["pages"]]), ""


def _ask_child(body: bytes) -> dict:
    """Run the child process; it is gone when this returns."""
    command = [sys.executable, "-I", str(_CHILD), str(MEMORY), str(CPU_SECONDS)]
    try:
        done = subprocess.run(  # noqa: S603  our own program
            command,
            input=body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
            env={},
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        return {"failure": Failure.TOO_LARGE.value}
    if done.returncode < 0:  # killed by its limits
        return {"failure": Failure.TOO_LARGE.value}
    try:
        return json.loads(done.stdout)
    except ValueError:
        return {"failure": Failure.DAMAGED.value}


def without_headers(pages: list[str]) -> list[str]:
    """Return the pages without the lines that recur at their tops and bottoms, and without their numbers."""
    lines = [[line for line in page.splitlines() if line.strip()] for page in pages]
    counts = Counter(key for page in lines for key in {_key(line) for line in _edges(page)})
    least = max(_FEWEST_PAGES, -(-len(pages) // _SHARE))
    recurring = {key for key, count in counts.items() if count >= least}
    return ["\n".join(_body(page, recurring, len(pages) > 1)) for page in lines]


def _edges(lines: list[str]) -> list[str]:
    return [*lines[:_EDGE], *lines[_EDGE:][-_EDGE:]]


def _key(line: str) -> str:
    return " ".join(_NUMBER.sub("#", line.lower()).split())


def _body(lines: list[str], recurring: set[str], has_numbers: bool) -> list[str]:
    """Return a page's lines without those at its ends that recur, from the outside in."""
    first, last = 0, len(lines)

    def is_outside(line: str) -> bool:
        return _key(line) in recurring or (has_numbers and bool(_PAGE_NUMBER.fullmatch(line)))

    while first < min(_EDGE, last) and is_outside(lines[first]):
        first += 1
    while last > max(first, len(lines) - _EDGE) and is_outside(lines[last - 1]):
        last -= 1
    return lines[first:last]
