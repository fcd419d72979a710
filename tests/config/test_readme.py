"""The README and its chapters stay true where a machine can tell."""

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

BASE = Path(__file__).parents[2]
README = BASE / "README.md"
CHAPTERS = sorted(
    path
    for folder in ("config", "controversies", "tests")
    for path in (BASE / folder).rglob("README.md")
    if "static" not in path.parts[:-2]
)
PAGES = [README, *CHAPTERS]
name = pytest.mark.parametrize("chapter", PAGES, ids=lambda chapter: chapter.relative_to(BASE).as_posix())


def commands(page: Path) -> list[str]:
    """Return the lines of shell code, without comments."""
    code = re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL)
    return [line.split("  #")[0].strip() for block in code for line in block.splitlines() if line.strip()]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and GitLab make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_readme_fits_its_purpose():
    assert len(README.read_text().splitlines()) < 200


def test_readme_lists_exactly_the_variables_that_the_settings_read():
    settings = (BASE / "config" / "settings.py").read_text()

    read = set(re.findall(r'(?:env\.\w+|flag)\(\s*"([A-Z_]+)"', settings))
    listed = re.findall(r"^\| `([A-Z_]+)` \|", README.read_text(), re.MULTILINE)

    assert len(read) > 5
    assert sorted(listed) == sorted(read)


def test_readme_names_every_part_of_the_code():
    code = BASE / "controversies"
    parts = {f"{path.name}/" for path in code.iterdir() if path.is_dir() and path.name != "__pycache__"}
    parts |= {path.name for path in code.glob("*.py")} - {"__init__.py", "apps.py"}

    listed = re.findall(r"^controversies/(\S+) ", README.read_text(), re.MULTILINE)

    assert sorted(listed) == sorted(parts)


def test_readme_links_to_every_chapter():
    linked = set(re.findall(r"\]\(([\w/.]+\.md)\)", README.read_text()))

    assert {(BASE / address).resolve() for address in linked} == set(CHAPTERS)
    assert len(CHAPTERS) > 8


@name
def test_links_lead_somewhere(chapter: Path):
    links = re.findall(r"\]\(([^)\s]+)\)", chapter.read_text())
    if chapter != README:
        assert any(link.split("#")[0].endswith("README.md") for link in links), (
            "a chapter leads back to the README"
        )
    for link in links:
        if re.match(r"https?:", link):
            continue
        address, _, anchor = link.partition("#")
        target = (chapter.parent / address).resolve() if address else chapter
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target), link


@name
def test_no_file_is_named_that_is_not_there(chapter: Path):
    named = set(
        re.findall(r"\b(?:controversies|config|fixtures|tests|templates)/[\w./]+", chapter.read_text())
    )
    named.discard("templates/controversy/event.html")  # made by those who follow the chapter on documents
    missing = {path for path in named if not (BASE / path.rstrip(".")).exists()}

    assert missing == set()


@name
def test_commands_and_their_options_exist(chapter: Path):
    known = get_commands()
    for line in commands(chapter):
        words = shlex.split(line)
        if "manage.py" not in words:
            continue
        command, *arguments = words[words.index("manage.py") + 1 :]
        assert command in known, line
        if command == "test":
            continue
        parser = load_command_class(known[command], command).create_parser("manage.py", command)
        options = {option for action in parser._actions for option in action.option_strings}
        used = {word.split("=")[0] for word in arguments if word.startswith("--") and word != "--"}
        assert used - options == set(), line


@name
def test_tests_that_are_named_exist(chapter: Path):
    for line in commands(chapter):
        if "manage.py test" in line:
            for word in shlex.split(line):
                assert not word.startswith("tests/") or (BASE / word).exists(), line


@name
def test_lines_are_short_and_sentences_plain(chapter: Path):
    text = chapter.read_text()
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)

    assert [line for line in prose.splitlines() if len(line) > 130 and not line.startswith("|")] == []
    assert not re.search(
        r"\banew\b|\bhitherto\b|\bthat which\b|\bforetold\b|whoever|come by\b", prose, re.IGNORECASE
    )


def test_operators_make_the_roles_that_the_tests_of_roles_make():
    shipped = (BASE / "config" / "deploy" / "roles.sql").read_text()
    tested = (BASE / "tests" / "models" / "two_roles.py").read_text()
    names = {"{owner}": "crux_owner", "{app}": "crux_app", "{database}": "crux"}

    statements = re.findall(r'"((?:CREATE|ALTER DEFAULT) [^"]+)"', tested)
    assert len(statements) > 4
    for statement in statements:
        for placeholder, value in names.items():
            statement = statement.replace(placeholder, value)  # noqa: PLW2901
        if statement.startswith("CREATE ROLE"):
            role = statement.split()[2].removeprefix("crux_")
            statement = statement.replace("{password}", f":'{role}_password'")  # noqa: PLW2901
        assert f"{statement};" in shipped
