"""CSV that programs read back, and in which no spreadsheet finds a formula, whatever it takes for separators."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controversies.kit.csv_lines import csv_line, safe_text

FORMULA = tuple("=+-@＝＋－＠")
HOSTILE = [
    "=1+1",
    "  =cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r\n=1",
    "a;=1+1",
    "a\n=1",
    'a","=1',
    '";=1;"',
    "＝1",
    "'=1",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_no_cell_is_a_formula_whatever_separates_cells(text, delimiter):
    """A spreadsheet set up for German takes semicolons: for it, texts are cut where they have one."""
    line = csv_line(["first", text, "last"])

    for row in csv.reader(io.StringIO(line, newline=""), delimiter=delimiter):
        for cell in row:
            assert not cell.lstrip().startswith(FORMULA), cell
    assert line.count("\r\n") == 1


@given(st.lists(st.one_of(st.text(max_size=30), st.integers()), min_size=1, max_size=6))
def test_each_line_is_read_back_as_it_was(cells):
    line = csv_line(cells)

    [row] = csv.reader(io.StringIO(line, newline=""), strict=True)

    assert line.endswith("\r\n")
    assert row == [safe_text(cell) if isinstance(cell, str) else str(cell) for cell in cells]
    assert [cell.replace("'", "") for cell in row] == [
        " ".join(str(cell).split()).replace("'", "") for cell in cells
    ]


def test_ordinary_text_stays_as_it_is():
    for text in ("A – B", "a = b", "well-known; also this", "O’Neill", "1-2", "Müller, “quoted”", ""):
        assert safe_text(text) == text
    assert csv_line(["a", 1, 'say "x"']) == '"a",1,"say ""x"""\r\n'
