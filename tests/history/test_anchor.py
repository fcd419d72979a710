"""The anchor's file: whole or not at all, the same for the same state, and refused in a line where it is none."""

import json
from pathlib import Path

import pytest
from django.db import connection

from controversies.history.verify import anchor
from tests.factories import ControversyFactory
from tests.history.test_verify import check, tamper

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An anchor of two pages, one of which readers can see."""
    ControversyFactory(slug="seen", revisions=3)
    ControversyFactory(slug="unseen", publication="draft")
    path = tmp_path / "anchor"
    assert check(write_anchor=path) == ("2 controversies, 4 revisions: the record is whole.\n", None)
    return path


def test_anchor_is_small_and_the_same_for_the_same_state(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"

    check(write_anchor=other)

    assert other.read_bytes() == path.read_bytes()
    lines = path.read_bytes().splitlines(keepends=True)
    assert [len(line) <= 280 for line in lines] == [True] * 4
    assert sorted(each.name for each in tmp_path.iterdir()) == ["anchor", "other"]


def test_anchor_says_nothing_of_drafts_but_how_far_they_go(path: Path) -> None:
    header, *pages, end = map(json.loads, path.read_bytes().splitlines())

    assert (header["anchor"], header["version"], header["pages"], header["revisions"]) == ("crux", 2, 2, 4)
    assert header["arrivals"][0] == 3
    assert end["end"] == 3
    assert [page["page"] for page in pages] == sorted(page["page"] for page in pages)
    assert sorted(page.get("slug", "") for page in pages) == ["", "seen"]
    assert "unseen" not in path.read_text()


def test_what_came_since_is_no_fault(path: Path) -> None:
    ControversyFactory(slug="new")
    made = ControversyFactory(slug="seen-too", revisions=2)
    made.edit(publication="withdrawn")

    assert check(anchor=path) == ("4 controversies, 8 revisions: the record is whole.\n", None)


def test_anchor_is_not_written_over_where_there_is_a_fault(path: Path) -> None:
    before = path.read_bytes()
    tamper("UPDATE controversies_revision SET summary = 'x' WHERE number = 2")

    printed, error = check(anchor=path, write_anchor=path)

    assert printed.startswith("seen: Revision 2: its digest does not follow")
    assert error == "1 fault in the record. No anchor was written. (1)"
    assert path.read_bytes() == before


def test_anchor_of_some_pages_is_refused(path: Path) -> None:
    assert check("seen", write_anchor=path)[1] == "An anchor covers all controversies: do not name any. (1)"


def test_some_pages_are_checked_against_an_anchor(path: Path) -> None:
    assert check("seen", anchor=path) == ("1 controversies, 3 revisions: the record is whole.\n", None)


def test_where_no_anchor_can_be_written_that_is_said(path: Path, tmp_path: Path) -> None:
    printed, error = check(write_anchor=tmp_path / "nowhere" / "anchor")

    assert printed == ""
    assert error is not None
    assert error.startswith("The anchor could not be written: ")
    assert "\n" not in error


def test_anchor_of_another_site_is_refused(path: Path) -> None:
    earlier = anchor.read(path)
    page = next(iter(earlier.pages.values()))
    other = anchor.PageAnchor("5d1c3a8e-7f0e-4d47-9f4a-2f6a1b0c9d8e", page.number, page.digest, page.accounts)
    anchor.write(anchor.Anchor(earlier.arrivals, earlier.redactions, {other.key: other}), path)

    assert check(anchor=path) == (
        "",
        "No page of the anchor exists here. It is of another site, or all pages were deleted. (1)",
    )


def test_site_that_is_empty_has_lost_all_that_the_anchor_has(path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table in (
            "arrival",
            "searchindex",
            "searchblock",
            "searchword",
            "searchterm",
            "listedpage",
            "publicchange",
            "block",
            "revision",
            "backing",
            "stance",
            "citation",
            "position",
        ):
            cursor.execute(f"DELETE FROM controversies_{table}")  # noqa: S608 - a constant
        cursor.execute("DELETE FROM controversies_contestedpoint")
        cursor.execute("DELETE FROM controversies_controversy")
        cursor.execute("SET session_replication_role = DEFAULT")

    printed, error = check(anchor=path)

    assert "seen: It is lost: at the anchor it had 3 revisions, and now neither page nor history." in printed
    assert error == "3 faults in the record. (1)"


DAMAGES = {
    "empty": (lambda data: b"", "It is empty."),
    "no JSON": (lambda data: b"\x00\xff\n", "It is no anchor: its first line does not say “anchor”: “crux”."),
    "a corpus": (
        lambda data: b'{"format":"crux-corpus","version":1}\n',
        "It is no anchor: its first line does not say “anchor”: “crux”.",
    ),
    "one long line": (
        lambda data: b"x" * 5000,
        "It is no anchor: its first line does not say “anchor”: “crux”.",
    ),
    "another version": (
        lambda data: data.replace(b'"version":2', b'"version":3'),
        "This program can only read versions 1 and 2 of anchors.",
    ),
    "cut off": (lambda data: data[: data.rindex(b'{"end"')], "It is cut off: its last line is missing."),
    "cut off in a line": (lambda data: data[:-20], "It is cut off: its last line is missing."),
    "a page left out": (
        lambda data: b"".join(line for i, line in enumerate(data.splitlines(keepends=True)) if i != 1),
        "Its last line does not fit those before: it was altered.",
    ),
    "altered": (
        lambda data: data.replace(b'"revision":3', b'"revision":2'),
        "Its last line does not fit those before: it was altered.",
    ),
    "followed by something": (lambda data: data + b"{}\n", "Something follows its last line."),
    "a line that is none": (
        lambda data: data.replace(b'{"accounts"', b'["accounts"', 1),
        "It is damaged: not every line is an object of JSON.",
    ),
    "a line without a digest": (
        lambda data: data.replace(b'"digest"', b'"digests"', 1),
        "Line 2 is damaged.",
    ),
    "a first line without lists": (
        lambda data: data.replace(b'"arrivals":[', b'"arrivals":[[],', 1),
        "Its first line is damaged.",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_file_that_is_no_whole_anchor_is_refused_in_a_line(path: Path, name: str) -> None:
    damage, why = DAMAGES[name]
    path.write_bytes(damage(path.read_bytes()))

    assert check(anchor=path) == ("", f"{path} cannot be used as an anchor. {why} (1)")


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nothing"

    assert check(anchor=path)[1] == f"{path} cannot be used as an anchor. No such file or directory (1)"
