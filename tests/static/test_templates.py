"""Templates that people can read."""

from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "templates"
LONGEST = 160


def test_no_line_of_a_template_is_longer_than_people_read():
    files = [path for path in TEMPLATES.rglob("*") if path.is_file()]

    assert len(files) > 80
    assert [
        f"{path.relative_to(TEMPLATES)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > LONGEST
    ] == []
