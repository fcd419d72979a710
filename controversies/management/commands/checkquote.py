"""checkquote: compare quotations with the text of their sources."""

import json
import sys
from typing import TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.checks.quotations import match


class BadLine(ValueError):
    """A line of the batch is no question; the text says why."""


class Command(BaseCommand):
    help = _(
        "With --batch, reads JSON lines with id, quote and text from standard input, and writes for each a line with "
        "id and verdict: found, punctuation (the words are there, but punctuation differs), doubt, or absent."
    )
    requires_system_checks = ()  # a batch needs no database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--batch", action="store_true", help=_("compare the quotations on standard input")
        )

    def handle(self, *args: object, batch: bool, **options: object) -> None:
        if not batch:
            raise CommandError(_("Use --batch."))
        self._answer_batch(sys.stdin)

    def _answer_batch(self, lines: TextIO) -> None:
        """Answer each line as it comes, then name those that could not be read."""
        faults = 0
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                key, quote, text = _question(line)
            except BadLine as error:
                faults += 1
                self.stderr.write(_("Line %(number)s: %(problem)s") % {"number": number, "problem": error})
                continue
            answer = {"id": key, "verdict": match(quote, text).verdict.value}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            self.stdout.flush()
        if faults:
            raise CommandError(
                ngettext("%s line could not be read.", "%s lines could not be read.", faults) % faults
            )


def _question(line: str) -> tuple[object, str, str]:
    """Return the id, the quotation and the text of a line. Raises BadLine."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLine(_("This is not JSON: %s") % error) from error
    if not isinstance(value, dict):
        raise BadLine(_("This is not an object with id, quote and text."))
    for name in ("id", "quote", "text"):
        if name not in value:
            raise BadLine(_("“%s” is missing.") % name)
    for name in ("quote", "text"):
        if not isinstance(value[name], str):
            raise BadLine(_("“%s” is not a text.") % name)
    return value["id"], value["quote"], value["text"]
