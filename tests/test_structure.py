"""Sweeps over the whole code, so that what is added later cannot forget a rule."""

import ast
import re
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
# What each layer may import from, besides itself. What is not named is a face, and may import from all of these.
LAYERS: dict[str, set[str]] = {
    "models": set(),
    "document": {"models", "kit"},
    "sql": {"models", "document"},
    "history": {"models", "document", "kit", "sql"},
    "interchange": {"models", "document", "history", "kit"},
    "search": {"models", "document", "history", "kit", "sql"},
    "kit": set(),
    "workflow": {"models", "document", "history", "kit"},
    "pages": {"models", "document", "history", "kit", "search", "interchange"},
    # A face that shows what readers see, and knows nothing of what people propose, suggest or edit.
    "api": {"models", "document", "history", "kit", "search", "pages", "public"},
}
LONGEST = 700  # lines of a module: beyond this it is split by whoever adds to it
LONGER = {"controversies/migrations/0001_tables.py"}


def modules() -> list[Path]:
    return sorted(path for path in [*CODE.rglob("*.py"), *(ROOT / "config").rglob("*.py")])


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> set[str]:
    """The packages under `controversies` that a module imports from, wherever in it."""
    package = path.relative_to(ROOT).parts[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        full: list[tuple[str, ...]] = []
        if isinstance(node, ast.Import):
            full = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            base = (*base, *(node.module.split(".") if node.module else ()))
            full = [(*base, alias.name) for alias in node.names]
        found |= {each[1] for each in full if each[0] == "controversies" and len(each) > 1}
    return found


def layer(path: Path) -> str:
    return path.relative_to(CODE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", [p for p in modules() if CODE in p.parents], ids=name)
def test_imports_point_one_way(path):
    own = layer(path)
    if own == "migrations":
        assert imports(path) <= {"models", "sql"}
    elif own in LAYERS:
        assert imports(path) <= {own, *LAYERS[own]}


def test_layers_are_there_and_import_something():
    """Else the test above could not fail."""
    paths = [path for path in modules() if CODE in path.parents]
    seen = {own: set().union(*(imports(p) for p in paths if layer(p) == own)) for own in LAYERS}

    assert "models" in seen["document"]
    assert {"models", "document"} <= seen["history"]
    assert {"models", "document", "history"} <= seen["interchange"]


@pytest.mark.parametrize("path", modules(), ids=name)
def test_module_says_what_it_is(path):
    text = path.read_text()
    if "migrations" in path.parts or not text.strip():
        return

    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("path", modules(), ids=name)
def test_module_is_short_enough_to_read(path):
    if name(path) not in LONGER:
        assert len(path.read_text().splitlines()) <= LONGEST


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

    assert len(found) == 15
    for each in found:
        for choice in each:
            assert isinstance(choice._label_, Promise), choice
            assert isinstance(choice.meaning, Promise), choice


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


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_template_has_nothing_that_a_strict_policy_refuses(path):
    text = path.read_text()

    assert not STYLE.search(text)
    assert not HANDLER.search(text)
    assert not [found.group() for found in BLOCK.finditer(text) if "application/" not in found.group()]
    assert "javascript:" not in text


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
