"""The contributors' chapter against the code: its places are there, its samples are how the code reads."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from controversies.document import parse, parts, schema, types
from controversies.models import source

ROOT = Path(settings.BASE_DIR)
TEXT = (ROOT / "controversies/document/README.md").read_text()
PATHS = sorted(set(re.findall(r"`((?:controversies|templates|tests)/[\w/.]+?)(?:::\w+)?`", TEXT)))
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))
SAMPLES = re.findall(r"^ *```python\n(.*?)^ *```", TEXT, re.MULTILINE | re.DOTALL)


def test_the_chapter_names_places():
    """Else the tests below could not fail."""
    assert len(PATHS) >= 12
    assert len(TESTS) == 3
    assert len(SAMPLES) == 3


@pytest.mark.parametrize("path", PATHS)
def test_a_place_is_there(path):
    if path == "templates/controversy/event.html":  # which the example would make, beside those of the others
        path = "templates/controversy/point.html"
    assert (ROOT / path).exists()


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_a_test_that_it_promises_is_there(path, name):
    assert f"def {name}(" in (ROOT / path).read_text()


@pytest.mark.parametrize("name", ["schema.py", "parts.py", "types.py", "parse.py"])
def test_a_module_beside_it_is_there(name):
    assert f"`{name}`" in TEXT
    assert (ROOT / "controversies/document" / name).exists()


def test_options_are_those_of_a_spec():
    table = TEXT[TEXT.index("| option | says |") : TEXT.index("What is forgotten")]
    named = {
        name
        for cell in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", cell)
    }
    fields = set(schema.Spec.__dataclass_fields__)

    assert named <= fields
    declared = {
        "name",
        "kind",
        "label",
        "choices",
        "part",
        "refers_to",
        "default",
        "help",
    }  # said by the helpers
    assert fields - named == declared


@pytest.mark.parametrize(
    "symbol",
    ["Kind", "Spec", "Part", "BLOCKS", "Document", "BlockType"],
)
def test_a_name_is_one_of_the_declarations(symbol):
    assert f"`{symbol}`" in TEXT
    assert hasattr(schema, symbol) or hasattr(types, symbol)


def test_names_of_tables_are_those_of_the_code():
    assert "`CITABLE`" in TEXT
    assert source.CITABLE
    assert "`_RULES`" in TEXT
    assert parse._RULES
    assert "`Part.UNIQUE`" in TEXT
    assert schema.Part.UNIQUE == ()


@pytest.mark.django_db
def test_samples_declare_what_they_say():
    """The samples of Specs run where they would stand, and make the parts that the chapter promises."""
    field, block = (sample for sample in SAMPLES if "models." not in sample)
    names = dict(vars(parts))
    lines = [line[3:] for line in block.splitlines()]
    code = "\n".join(lines).replace("    MODEL = m.Event\n", "    MODEL = m.Position\n")
    exec(code, names)  # noqa: S102 - the chapter's own sample
    event = names["Event"]

    assert [spec.name for spec in event.SPECS] == ["key", "date", "title", "text", "citations"]
    assert event.spec("title").required
    code = (
        "@part\nclass Sample(Part):\n    MODEL = m.Position\n    key: str = key_field()\n    " + field.strip()
    )
    exec(code, names)  # noqa: S102 - as above
    spec = names["Sample"].spec("burden_of_proof")
    assert (spec.kind, spec.required, spec.default) == (schema.Kind.PROSE, False, "")
    assert spec.search is not None
    assert spec.has_marks
