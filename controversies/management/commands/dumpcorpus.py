"""`dumpcorpus`: everything public, history included, as JSON Lines."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import Progress

from controversies.history import pending, replay
from controversies.interchange.corpus import dump, output
from controversies.interchange.corpus.checks import dump_checks


class Command(BaseCommand):
    help = _(
        "Writes everything that readers see, with its whole history, as JSON Lines: pages, revisions, topics, "
        "backers and sources. Drafts, withdrawn pages, proposals and accounts are left out. `loadcorpus` reads "
        "it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "path",
            nargs="?",
            default="-",
            metavar="PATH",
            help=_("the file to write, compressed if its name ends in .gz; - or none for standard output"),
        )
        parser.add_argument(
            "--checks",
            type=Path,
            metavar="PATH",
            help=_(
                "also write what is known of the sources now, which is no part of the record, to this file"
            ),
        )

    def handle(self, *args: object, path: str, checks: Path | None, **options: Any) -> None:
        if pending.is_waiting():
            pending.record_all(seconds=float("inf"))  # every page with the names that the corpus gives
        try:
            with output.standard(self.stdout) if path == "-" else output.file(Path(path)) as write:
                self._write(write)
            if checks is not None:
                path = str(checks)
                with output.file(checks) as write, replay.snapshot():
                    for line in dump_checks():
                        write(line)
        except BrokenPipeError as error:
            raise CommandError(
                _("The reader of the output stopped before its end. The corpus is not complete.")
            ) from error
        except OSError as error:
            raise CommandError(
                _("%(path)s could not be written: %(problem)s. An earlier file there is unchanged.")
                % {"path": path, "problem": error.strerror or error}
            ) from error
        except dump.TooLong as error:
            raise CommandError(str(error)) from error

    def _write(self, write: output.Write) -> None:
        bar = Progress(console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty())
        with bar, replay.snapshot():
            task = bar.add_task(_("Dumping"), total=None)
            for line in dump.corpus(lambda done, whole: bar.update(task, completed=done, total=whole)):
                write(line)
