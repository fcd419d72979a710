"""The README stays true where a machine can tell."""

import re
from pathlib import Path

BASE = Path(__file__).parents[2]


def test_readme_lists_exactly_the_variables_that_the_settings_read():
    settings = (BASE / "config" / "settings.py").read_text()
    readme = (BASE / "README.md").read_text()

    read = set(re.findall(r'(?:env\.\w+|flag)\(\s*"([A-Z_]+)"', settings))
    listed = re.findall(r"^\| `([A-Z_]+)` \|", readme, re.MULTILINE)

    assert len(read) > 5
    assert sorted(listed) == sorted(read)


def test_readme_names_every_part_of_the_code():
    readme = (BASE / "README.md").read_text()
    parts = {path.name for path in (BASE / "controversies").iterdir() if path.is_dir()} - {
        "__pycache__",
        "static",
    }

    assert {part for part in parts if f"controversies/{part}/" not in readme} == set()


def test_readme_names_no_file_that_is_not_there():
    readme = (BASE / "README.md").read_text()
    named = set(re.findall(r"\b(?:controversies|config|fixtures|tests|templates)/[\w./]+", readme))

    assert len(named) > 8
    assert {path for path in named if not (BASE / path.rstrip(".")).exists()} == set()
