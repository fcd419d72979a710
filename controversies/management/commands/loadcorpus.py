"""`loadcorpus`: what `dumpcorpus` wrote, into an empty database."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import Progress

from controversies.document.parse import InvalidDocument
from controversies.interchange.corpus import load
from controversies.interchange.corpus.checks import load_checks
from controversies.interchange.corpus.line_reader import InvalidCorpus


class Command(BaseCommand):
    help = _(
        "Loads a corpus written by `dumpcorpus`, with its whole history, into an empty database. Every block, "
        "document and revision is checked against its digest. If anything is wrong, the message names the line "
        "and nothing is loaded."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "path", metavar="PATH", help=_("the file, compressed by gzip or not; - for standard input")
        )
        parser.add_argument(
            "--checks",
            type=Path,
            metavar="PATH",
            help=_("also load what was known of the sources, from a file that dumpcorpus --checks wrote"),
        )

    def handle(self, *args: object, path: str, checks: Path | None, **options: Any) -> None:
        try:
            with ExitStack() as stack:
                raw: IO[bytes] = (
                    sys.stdin.buffer if path == "-" else stack.enter_context(Path(path).open("rb"))
                )
                counts = self._load(raw)
        except load.NotEmpty as error:
            raise CommandError(
                _(
                    "This database is not empty, so nothing was loaded. Create another (createdb), set DATABASE_URL "
                    "to it, "
                    "run `manage.py migrate`, and load the corpus there."
                )
            ) from error
        except (InvalidCorpus, InvalidDocument) as error:
            raise CommandError(
                _("%(path)s, %(fault)s Nothing was loaded.") % {"path": path, "fault": error}
            ) from error
        except OSError as error:
            raise CommandError(
                _("%(path)s could not be read: %(problem)s. Nothing was loaded.")
                % {"path": path, "problem": error.strerror or error}
            ) from error
        self.stdout.write(_("Loaded: %(pages)s controversies, %(revisions)s revisions.") % counts)
        if counts.get("entries"):
            self.stdout.write(
                _("The public log came along: %(entries)s entries, in the same order.") % counts
            )
        if counts["hidden"]:
            self.stdout.write(
                _(
                    "Of %(hidden)s more revisions, which were not public, the corpus has the number, time and digest."
                )
                % counts
            )

        if checks is not None:
            self._load_checks(checks)

    def _load_checks(self, path: Path) -> None:
        """Load what was known of the sources, once the record is there."""
        try:
            with path.open("rb") as raw:
                sources = load_checks(raw)
        except (InvalidCorpus, OSError) as error:
            problem = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise CommandError(
                _("The corpus is loaded, but of %(path)s nothing was: %(problem)s")
                % {"path": path, "problem": problem}
            ) from error
        self.stdout.write(_("What was known of the sources came along, of %s of them.") % sources)

    def _load(self, raw: IO[bytes]) -> dict[str, int]:
        bar = Progress(console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty())
        with bar:
            task = bar.add_task(_("Loading"), total=None)

            def progress(done: int, whole: int) -> None:
                bar.update(task, completed=done, total=whole)
                if done == whole:  # what is left is the database's work
                    bar.update(task, description=_("Recording"))

            return load.load(raw, progress)
