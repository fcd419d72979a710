"""Asking for the attribution of pages that come from elsewhere: what both commands that import them share."""

import sys
from collections.abc import Callable

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_SHOWN = 5  # titles in one line


def add_argument(parser: CommandParser) -> None:
    parser.add_argument(
        "--attribution",
        default=None,
        metavar="TEXT",
        help=_(
            "where the text comes from and under which licence, as Markdown; for pages whose files have no "
            "attribution"
        ),
    )


def asking(
    command: BaseCommand, attribution: str | None, *, dry_run: bool, before: Callable[[], None] = lambda: None
) -> Callable[[list[str]], str]:
    """Return a function that asks the operator for an attribution of these pages, once; "" if nobody can answer.

    It calls `before` first, which clears the screen of what would be in the way.
    """
    answers: list[str] = []

    def ask(titles: list[str]) -> str:
        if attribution is not None or dry_run or not sys.stdin.isatty():
            return ""
        if not answers:
            before()
            command.stderr.write(_missing(titles))
            command.stderr.write(
                _(
                    "Where does the text come from, and under which licence? Markdown; leave it empty if unknown."
                )
            )
            answers.append(input("> "))
        return answers[0]

    return ask


def warn(command: BaseCommand, titles: list[str]) -> None:
    """Name the pages without an attribution, and how to add one."""
    if titles:
        command.stderr.write(_missing(titles))
        command.stderr.write(
            _(
                "Readers see “Origin not recorded” there. Give --attribution, write “attribution: …” into the files, "
                "or "
                "fill in “Attribution” in the admin."
            )
        )


def _missing(titles: list[str]) -> str:
    shown = [f"“{title}”" for title in titles[:_SHOWN]]
    if len(titles) > _SHOWN:
        more = len(titles) - _SHOWN
        shown.append(ngettext("%s more", "%s more", more) % more)
    message = ngettext(
        "%(count)s page has no attribution: %(pages)s.",
        "%(count)s pages have no attribution: %(pages)s.",
        len(titles),
    )
    return message % {"count": len(titles), "pages": ", ".join(shown)}
