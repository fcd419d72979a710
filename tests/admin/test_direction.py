"""The admin runs one way: each module imports only from those named before it, and none does so inside a function."""

import ast
from pathlib import Path

from django.conf import settings

ADMIN = Path(settings.BASE_DIR) / "controversies/admin"
# From the request, through the form and the document, to the response.
EDIT = (
    "shown_document",
    "restoration",
    "conflicts",
    "proposal_edit",
    "request",
    "page_form",
    "form_node",
    "fields_form",
    "text_form",
    "convert",
    "quote_checks",
    "script_messages",
    "saved_messages",
    "preview",
    "page",
    "responses",
    "restore",
    "blame",
    "controversy_admin",
)
BOARD = (
    "places",
    "groups",
    "worker_line",
    "items",
    "actions",
    "view",
    "filters",
    "copies_view",
    "source_checks",
)
SHARED = (
    "usage",
    "draft_part",
    "matches",
    "lookup",
    "shared_form",
    "merge_form",
    "merge_preview",
    "merge",
    "delete_unused",
    "shared_admin",
    "backer",
    "source",
    "topic",
)
REVIEW = ("decisions", "queue", "suggestion_notice", "suggestions", "proposals", "redaction", "withdraw")
ORDER = (
    "form_context",
    "fields",
    "part_form",
    "presence",
    "log_row",
    "not_found",
    "conflict",
    "verdicts",
    *(f"lists.{name}" for name in ("change_list", "filters", "columns", "bulk", "page_search")),
    "people",
    "site_texts.views",
    "site_texts.urls",
    *(f"board.{name}" for name in BOARD),
    *(f"shared.{name}" for name in SHARED),
    *(f"review.{name}" for name in REVIEW),
    *(f"edit.{name}" for name in EDIT),
)


def module(path: Path) -> str:
    return ".".join(path.relative_to(ADMIN).with_suffix("").parts)


MODULES = {module(path): path for path in ADMIN.rglob("*.py") if path.name != "__init__.py"}


def imports(path: Path) -> set[str]:
    """The modules of the admin that a module imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("controversies.admin"):
            package = (node.module or "").removeprefix("controversies.admin").removeprefix(".")
            names |= {package} & MODULES.keys() or {
                f"{package}.{alias.name}".removeprefix(".") for alias in node.names
            }
    return names


def test_every_module_has_its_place():
    assert sorted(MODULES) == sorted(ORDER)


def test_modules_import_only_from_earlier_ones():
    later = {name: imports(MODULES[name]) - set(ORDER[:place]) for place, name in enumerate(ORDER)}

    assert {name: modules for name, modules in later.items() if modules} == {}


def test_no_import_hides_in_a_function():
    assert [
        (name, function.name)
        for name in ORDER
        for function in ast.walk(ast.parse(MODULES[name].read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(isinstance(each, ast.Import | ast.ImportFrom) for each in ast.walk(function))
    ] == []


def test_imports_are_seen():
    """Else the tests above could not fail."""
    assert {"edit.request", "edit.page_form"} <= imports(MODULES["edit.responses"])
    assert "presence" in imports(MODULES["edit.page"])
