"""Stylesheets: each part is used, no class is left over, spaces and sizes come from one scale."""

import re
from pathlib import Path

import pytest

BASE = Path(__file__).parents[2]
CRUX = BASE / "controversies" / "static" / "crux"
PARTS = sorted(CRUX.rglob("*.css"))
SHEETS = {path.parent.name: path for path in PARTS if path.name == "index.css"}
# Classes that Django's admin and Select2 write.
DJANGOS = re.compile(r"(field|column|model|select2)-|change-list$|v[A-Z]")
# Type in the units of paper, and in those of drawings, whose words are measured.
FIXED_TYPE = {"paper.css", "pictures.css"}
# Spaces of which there is one of a kind.
LITERAL = {
    "rows.css": {"72px"},
    "band.css": {"22px"},
    "controversy.css": {"18px"},
    "changes.css": {"22px"},
}


def rules(path: Path) -> str:
    """Return a stylesheet without its comments."""
    return re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)


def declarations(path: Path) -> list[tuple[str, str]]:
    return re.findall(r"([\w-]+):\s*([^;{}]+);", rules(path))


def imported(path: Path) -> list[Path]:
    return [
        (path.parent / address).resolve() for address in re.findall(r'@import url\("([^"]+)"\)', rules(path))
    ]


def test_every_part_is_imported_once_by_a_stylesheet():
    assert sorted(SHEETS) == ["desk", "edit", "embed", "feed", "site"]
    for sheet in SHEETS.values():
        parts = imported(sheet)
        assert len(parts) == len(set(parts))
        assert [part for part in parts if not part.is_file()] == []

    used = {part for sheet in SHEETS.values() for part in imported(sheet)}
    assert set(PARTS) - used == set(SHEETS.values())


def test_a_part_of_the_readers_stylesheet_is_in_the_layer_of_its_folder():
    for address, layer in re.findall(r'url\("([^"]+)"\)(?: layer\((\w+)\))?;', rules(SHEETS["site"])):
        folder = Path(address).parent.name
        assert layer == ("" if address == "print/page.css" else folder), address


def test_a_class_is_one_parts_alone():
    parts: dict[str, set[str]] = {}
    for path in PARTS:
        if path.parent.name not in {"layout", "parts", "pages"}:
            continue
        for selectors in re.findall(r"([^{}]+)\{", rules(path)):
            for selector in re.split(r",(?![^()]*\))", selectors):
                if re.fullmatch(r"\.[\w-]+", selector.strip()):
                    parts.setdefault(selector.strip(), set()).add(
                        "layout" if path.parent.name == "layout" else path.name
                    )

    assert {name: files for name, files in parts.items() if len(files) > 1} == {}


def test_every_class_is_written_somewhere():
    sources = [
        path
        for folder in ("templates", "controversies", "config")
        for path in (BASE / folder).rglob("*")
        if path.suffix in {".html", ".py", ".js"}
    ]
    words = {word for path in sources for word in re.findall(r"[\w-]+", path.read_text())}
    classes = {
        name
        for path in PARTS
        for selector in re.findall(r"([^{}]+)\{", rules(path))
        if not selector.strip().startswith("@")
        for name in re.findall(r"\.([A-Za-z][\w-]*)", selector)
    }

    assert len(classes) > 200
    assert {name for name in classes - words if not DJANGOS.match(name)} == set()


def test_nothing_is_important_but_what_a_library_s_script_sets():
    assert [path.name for path in PARTS if "!important" in rules(path)] == ["tidy.css"]


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.relative_to(CRUX).as_posix())
def test_spaces_and_sizes_come_from_the_scale(path: Path):
    for name, value in declarations(path):
        if re.match("margin|padding|gap|row-gap|column-gap|scroll-", name):
            pixels = set(re.findall(r"(?<![\w.-])-?[\d.]+px", value))
            assert pixels - {"1px", "-1px"} <= LITERAL.get(path.name, set()), (name, value)
        if name in {"font", "font-size"} and path.name not in FIXED_TYPE:
            assert not re.search(r"[\d.]+(px|rem)", value), (name, value)


def test_every_token_is_defined_and_used():
    text = "".join(rules(path) for path in PARTS)
    used = set(re.findall(r"var\((--[\w-]+)", text))
    tokens = {
        name for part in (CRUX / "tokens").iterdir() for name in re.findall(r"(--[\w-]+):", rules(part))
    }

    assert tokens - used == set()
    defined = set(re.findall(r"(--[\w-]+):", text)) | {"--font-family-monospace"}  # Django's
    assert used - defined == set()


def test_desk_and_readers_have_the_same_colours():
    readers = declarations(CRUX / "tokens" / "colours.css")
    desk = declarations(CRUX / "admin" / "desk" / "theme.css")
    half = len(readers) // 2
    light, dark = dict(readers[: half + 1]), dict(readers[half + 1 :])
    first, second = [index for index, (name, _) in enumerate(desk) if name == "color-scheme"]
    themes = dict(desk[first + 1 : second]), dict(desk[second + 1 : 2 * second])

    for palette, theme in zip((light, dark), themes, strict=True):
        assert theme
        assert {name: palette[name] for name in theme if name in palette} == {
            name: value for name, value in theme.items() if name in palette
        }
        assert palette.keys() - theme.keys() <= {"--visited", "color-scheme"}
