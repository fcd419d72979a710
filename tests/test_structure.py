"""Sweeps over the whole code, so that what is added later cannot forget a rule."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.functional import Promise

from controversies.document import types
from controversies.models import choices

ROOT = Path(settings.BASE_DIR)
CODE = ROOT / "controversies"
# The packages of `controversies`, lowest first, with those that each may import from besides itself. Faces (the last
# four) import what they share from below, and never one another.
LAYERS: dict[str, set[str]] = {
    "apps": set(),
    "kit": set(),
    "models": {"kit"},
    "migrations": {"models", "sql"},
    "document": {"kit", "models"},
    "sql": {"kit", "models", "document"},
    "rights": {"kit", "models"},
    "history": {"kit", "models", "document", "sql", "rights"},
    "search": {"kit", "models", "document", "history", "sql"},
    "checks": {"kit", "models", "document", "history", "sql"},
    "accounts": {"kit", "models"},
    "likeness": {"kit", "models", "document", "sql", "checks"},
    "interchange": {"kit", "models", "document", "history", "checks", "likeness"},
    "workflow": {"kit", "models", "document", "history", "checks", "rights"},
    "pages": {"kit", "models", "document", "history", "checks", "search", "interchange"},
    "following": {"kit", "models", "document", "history", "checks", "accounts", "pages"},
    "admin": {
        *(
            "accounts",
            "rights",
            "kit",
            "models",
            "document",
            "history",
            "checks",
            "search",
            "likeness",
            "interchange",
            "workflow",
            "pages",
        ),
    },
    "public": {
        "kit",
        "models",
        "document",
        "history",
        "checks",
        "search",
        "interchange",
        "workflow",
        "pages",
        "following",
        "accounts",
    },
    # It shows what is public, and knows nothing of proposals, suggestions and edits.
    "api": {"kit", "models", "document", "history", "checks", "search", "pages"},
    "management": {
        *(
            "kit",
            "models",
            "document",
            "history",
            "checks",
            "search",
            "interchange",
            "workflow",
            "config",
            "accounts",
            "following",
        ),
    },
}
FACES = {"admin", "public", "api", "management"}
# Of `config`: the urls, the error pages, a system check, and what operators see.
LAYERS_OF_CONFIG = {
    *("accounts", "api", "checks", "document", "history", "kit", "models", "pages", "public", "workflow")
}
LONGEST = 700  # lines of a module: beyond this it is split by whoever adds to it
LONGER = {
    "controversies/migrations/0001_tables.py",
    "controversies/history/transparency/crux_verify.py",  # strangers download one file, and read all that they trust
}


def modules() -> list[Path]:
    return sorted(path for path in [*CODE.rglob("*.py"), *(ROOT / "config").rglob("*.py")])


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports(path: Path) -> set[str]:
    """The full names of all that a module imports, wherever in it."""
    package = path.relative_to(ROOT).parts[:-1]
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            base = (*base, *(node.module.split(".") if node.module else ()))
            names |= {".".join((*base, alias.name)) for alias in node.names}
    return names


def packages(path: Path) -> set[str]:
    """The packages of `controversies` that a module imports from, and "config"."""
    parts = [each.split(".") for each in imports(path)]
    own = {each[1] for each in parts if each[0] == "controversies" and len(each) > 1}
    return own | {"config" for each in parts if each[0] == "config"}


def layer(path: Path) -> str:
    return path.relative_to(CODE).parts[0].removesuffix(".py")


OURS = [
    path for path in modules() if (CODE in path.parents and path.parent != CODE) or path.stem != "__init__"
]


def test_imports_point_one_way():
    """A package that is no layer yet is named in LAYERS, with what it may import from."""
    assert {layer(path) for path in OURS if CODE in path.parents} == LAYERS.keys()

    wrong = {
        name(path): packages(path) - {layer(path), *LAYERS[layer(path)]}
        for path in OURS
        if CODE in path.parents
    }
    assert {path: imported for path, imported in wrong.items() if imported} == {}


def test_imports_of_config_are_few():
    wrong = {
        name(path): packages(path) - {"config", *LAYERS_OF_CONFIG}
        for path in OURS
        if CODE not in path.parents
    }
    assert {path: imported for path, imported in wrong.items() if imported} == {}


def test_layers_point_down_and_faces_never_at_one_another():
    order = list(LAYERS)

    for own, below in LAYERS.items():
        above = {each for each in below if each in order and order.index(each) > order.index(own)}
        assert above <= {"sql"} if own == "migrations" else not above, own
    assert not any(LAYERS[face] & FACES for face in FACES)


def test_layers_are_there_and_import_something():
    """Else the tests above could not fail."""
    seen = {own: set[str]() for own in LAYERS}
    for path in OURS:
        if CODE in path.parents:
            seen[layer(path)] |= packages(path)

    assert "models" in seen["document"]
    assert {"models", "document", "sql"} <= seen["history"]
    assert {"models", "document", "history"} <= seen["interchange"]
    assert "pages" in seen["admin"] & seen["public"] & seen["api"]
    assert "config" in seen["management"]


def dependencies() -> dict[str, set[str]]:
    """The modules of ours that each imports: of `from a import b`, `a.b` if that is a module, else `a`."""
    known = {module_name(path): path for path in OURS}
    graph = {}
    for own, path in known.items():
        names = {each if each in known else each.rpartition(".")[0] for each in imports(path)}
        graph[own] = (names & known.keys()) - {own}
    return graph


def find_cycle(graph: dict[str, set[str]]) -> list[str]:
    """Modules that import one another in a circle; [] if there are none."""
    done: set[str] = set()

    def visit(node: str, way: list[str]) -> list[str]:
        if node in way:
            return way[way.index(node) :]
        if node in done:
            return []
        for each in sorted(graph[node]):
            if cycle := visit(each, [*way, node]):
                return cycle
        done.add(node)
        return []

    return next(filter(None, (visit(node, []) for node in sorted(graph))), [])


def test_no_modules_import_one_another():
    graph = dependencies()

    assert find_cycle(graph) == []
    assert graph["controversies.history.save"] > {"controversies.kit.retry"}  # else it could not fail


def test_cycle_of_imports_would_be_found():
    graph: dict[str, set[str]] = {"a": {"b"}, "b": {"c", "d"}, "c": set(), "d": {"b"}}

    assert find_cycle(graph) == ["b", "d"]


def test_modules_say_what_they_are():
    texts = {name(path): path.read_text() for path in modules() if "migrations" not in path.parts}

    assert [
        path for path, text in texts.items() if text.strip() and not ast.get_docstring(ast.parse(text))
    ] == []


def test_modules_are_short_enough_to_read():
    lengths = {name(path): len(path.read_text().splitlines()) for path in modules()}

    assert {path for path, length in lengths.items() if length > LONGEST} == LONGER


OUR_MODELS = list(apps.get_app_config("controversies").get_models())


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model.__name__)
def test_model_has_names_and_says_what_it_is(model):
    options = model._meta

    assert isinstance(options.original_attrs["verbose_name"], Promise)
    assert isinstance(options.original_attrs["verbose_name_plural"], Promise)
    assert not (model.__doc__ or "").startswith(f"{model.__name__}(")  # Django's own, for want of one
    assert "__str__" in vars(model)


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model.__name__)
def test_words_of_a_model_can_be_translated(model):
    for field in model._meta.local_fields:
        if field.name in ("pk", "controversy_id", "transaction", "document"):
            continue
        assert isinstance(field.verbose_name, Promise), field.name
        assert not field.help_text or isinstance(field.help_text, Promise), field.name
    for each in model._meta.constraints:
        assert isinstance(each.violation_error_message, Promise), each.name
    for _code, words in model._meta.permissions:
        assert isinstance(words, Promise), words


def test_words_of_choices_can_be_translated():
    found = [
        each
        for each in vars(choices).values()
        if isinstance(each, type) and issubclass(each, models.TextChoices) and each.__members__
    ]

    assert len(found) == 31
    for each in found:
        for choice in each:
            assert isinstance(choice._label_, Promise), choice
            assert choice.meaning == "" or isinstance(choice.meaning, Promise), choice


def test_words_of_document_fields_can_be_translated():
    assert len(types.part_classes()) == 10
    for part in types.part_classes():
        for spec in part.SPECS:
            assert isinstance(spec.label, Promise), f"{part.__name__}.{spec.name}"
    for block_type in (*types.BLOCKS, types.TOPIC):
        assert isinstance(block_type.named, Promise), block_type.name


TEMPLATES = sorted([*(ROOT / "templates").rglob("*.html"), *CODE.rglob("templates/**/*.html")])
HANDLER = re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE)
STYLE = re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE)
BLOCK = re.compile(r"<(script|style)\b(?![^>]*\bsrc=)(?![^>]*csp_nonce)[^>]*>", re.IGNORECASE)


def test_templates_have_nothing_that_a_strict_policy_refuses():
    for path in TEMPLATES:
        text = path.read_text()

        assert not STYLE.search(text), name(path)
        assert not HANDLER.search(text), name(path)
        blocks = [match.group() for match in BLOCK.finditer(text)]
        assert not [block for block in blocks if "application/" not in block], name(path)
        assert "javascript:" not in text, name(path)


def test_patterns_find_what_they_look_for():
    assert STYLE.search('<p class="a" style="color: red">')
    assert HANDLER.search('<a href="#"\n onclick="x()">')
    assert BLOCK.search("<script>alert(1)</script>")
    assert not BLOCK.search("<script {% csp_nonce_attr %}>")
    assert not BLOCK.search('<script src="{% static "a.js" %}" defer></script>')


def test_no_script_sets_what_the_policy_refuses():
    for path in CODE.rglob("static/**/*.js"):
        text = path.read_text()
        assert not re.search(r"\beval\(|new Function\(|setAttribute\(\s*[\"']style", text), name(path)
