"""The strings that readers can meet: those of public pages, feeds and e-mails to readers.

Every module and template is read, but for those of `NOT_PUBLIC`: what is new is public until somebody says otherwise.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.template import Template
from django.template.base import Node
from django.template.loader import get_template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

ROOT = Path(__file__).resolve().parent.parent.parent
CODE = ("controversies", "config")
_FUNCTIONS = {  # of django.utils.translation: the places of context, message and plural among the arguments
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}


@dataclass(frozen=True, slots=True)
class Message:
    """One string of the site: `context` tells it from others with the same words, `plural` is "" without one."""

    text: str
    plural: str = ""
    context: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.context, self.text


def all_messages() -> dict[Message, list[str]]:
    """Return every string of code and templates with the paths of the files that have it."""
    messages: dict[Message, list[str]] = {}
    for path in code_files():
        for message, _line in of_code(path):
            messages.setdefault(message, []).append(path.relative_to(ROOT).as_posix())
    for path in template_files():
        for message in of_template(path):
            messages.setdefault(message, []).append(path.relative_to(ROOT).as_posix())
    return messages


def code_files() -> list[Path]:
    return sorted(path for name in CODE for path in (ROOT / name).rglob("*.py"))


def template_files() -> list[Path]:
    return sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())


def of_code(path: Path) -> Iterator[tuple[Message, int]]:
    """Yield the strings that a module has translated, with their lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {
        alias.asname or alias.name: _FUNCTIONS[alias.name]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in _FUNCTIONS
    }
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names):
            continue
        context, text, plural = names[node.func.id]
        literals = [each.value if isinstance(each, ast.Constant) else None for each in node.args]
        if not isinstance(literals[text], str):
            continue
        yield (
            Message(
                literals[text],
                str(literals[plural]) if plural is not None else "",
                str(literals[context]) if context is not None else "",
            ),
            node.lineno,
        )


def of_template(path: Path) -> Iterator[Message]:
    """Yield the strings that a template has translated, as Django looks them up when it draws the template."""
    template: Template = get_template(path.relative_to(ROOT / "templates").as_posix()).template
    for node in template.nodelist.get_nodes_by_type(Node):
        if isinstance(node, BlockTranslateNode):
            text, _names = node.render_token_list(node.singular)
            plural = node.render_token_list(node.plural)[0] if node.plural else ""
            yield Message(text, plural, _literal(node.message_context))
        elif isinstance(node, TranslateNode):
            text = _literal(node.filter_expression)
            if text:
                yield Message(text.replace("%", "%%"), "", _literal(node.message_context))


def _literal(expression: object) -> str:
    """The text of a filter expression that is a literal."""
    value = getattr(expression, "var", "")
    literal = getattr(value, "literal", value)
    return str(literal) if isinstance(literal, str) else ""


# What no reader meets, with the reason: folders (ending in "/"), files, and exceptions from them (PUBLIC).
NOT_PUBLIC = {
    "config/": "what operators and the desk read",
    "controversies/accounts/": "accounts",
    "controversies/admin/": "the desk",
    "controversies/api/": "programs and who writes them: the API speaks English alone",
    "controversies/apps.py": "the desk",
    "controversies/checks/": "the desk",
    "controversies/document/conflict.py": "the desk",
    "controversies/document/merge.py": "the desk",
    "controversies/document/parse.py": "the desk, commands and files",
    "controversies/history/": "the desk and commands",
    "controversies/interchange/": "files and commands",
    "controversies/likeness.py": "the desk",
    "controversies/management/": "commands",
    "controversies/models/": "the desk: names of columns, help, faults",
    "controversies/rights.py": "the desk",
    "controversies/workflow/": "the desk, commands and e-mails to accounts",
    "templates/account/": "accounts",
    "templates/admin/": "the desk",
    "templates/api/": "programs and who writes them: the API speaks English alone",
    "templates/mail/": "e-mails to accounts",
    "templates/mfa/": "accounts",
    "templates/misconfigured.html": "operators",
}
PUBLIC = (
    "config/errors.py",
    "controversies/checks/display.py",
    "controversies/checks/quotations/notes.py",
    "controversies/checks/status.py",
    "controversies/interchange/cite/",
    "controversies/interchange/downloads/",
    "controversies/models/choices.py",
    "controversies/workflow/suggestions.py",
    "templates/mail/digest",
    "templates/mail/subscription",
    "templates/mail/suggestion.txt",
)


def is_public(path: str) -> bool:
    """Whether readers can meet the strings of a file."""
    return path.startswith(PUBLIC) or not path.startswith(tuple(NOT_PUBLIC))


def public_messages() -> dict[Message, list[str]]:
    """Return the strings that readers can meet, with the paths of the files that have them."""
    public = {
        message: [path for path in paths if is_public(path)] for message, paths in all_messages().items()
    }
    return {message: paths for message, paths in public.items() if paths}
