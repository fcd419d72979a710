"""A text with very many parts takes time in proportion to its size: whoever may propose a page may send one."""

import time

import pytest

from controversies.interchange import files

HEAD = "---\nid: x\ntitle: T\nthread: t\nstatus: active\n"
MANY = 20_000
LIMIT = (
    30  # seconds; each took one to three, and more than seventy while time grew with the square of the size
)
CASES = {
    "claims that are one": HEAD + "positions:\n" + "- claim: a\n" * MANY + "---\n",
    "proponents that are one": HEAD + "positions:\n- claim: a\n  proponents:\n" + "  - p\n" * MANY + "---\n",
    "sources without a title": HEAD
    + "positions:\n- claim: a\n  sources:\n"
    + "".join(f"  - s{i}\n" for i in range(MANY))
    + "---\n",
    "points that no stance means": HEAD
    + "positions:\n- claim: a\n  stances:\n"
    + "  - point: zz\n    text: a\n" * (MANY // 2)
    + "---\n\n## Key Tensions\n\n"
    + "".join(f"**p{i}:** b\n\n" for i in range(MANY // 4)),
}


@pytest.mark.parametrize("case", CASES)
def test_very_many_parts_are_read_or_refused_in_seconds(case: str) -> None:
    began = time.monotonic()

    try:
        made = len(files.read(CASES[case], name="x.md", known=files.Catalogue()).positions)
    except files.InvalidFile as faulty:
        made = len(faulty.faults)

    assert made >= MANY // 2
    assert time.monotonic() - began < LIMIT
