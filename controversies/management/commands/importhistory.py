"""importhistory: pages that were kept as files in git, with all of their history."""

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import Progress

from controversies.document.parse import InvalidDocument
from controversies.history import Stale
from controversies.interchange import guess_book
from controversies.interchange.git.history_walk import CommitStep
from controversies.interchange.git.importer import import_history
from controversies.interchange.git.report import HistoryReport, summary_of
from controversies.interchange.git.repository import NotReadable, open_repository
from controversies.kit.retry import is_transient
from controversies.management import attribution


class Command(BaseCommand):
    help = _(
        "Imports the pages in a git repository (controversies/*.md, with actors/*.yml) with their history: each "
        "commit that changed a page becomes a revision, with its author's name, date and message. All or "
        "nothing; commits that were imported before are skipped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "repository", type=Path, metavar="REPO", help=_("a work tree or a bare repository")
        )
        parser.add_argument(
            "path",
            nargs="?",
            default="",
            metavar="PATH",
            help=_(
                "the folder of controversies/ and actors/ in the repository, or one page (its top folder)"
            ),
        )
        parser.add_argument("--ref", default="HEAD", help=_("the branch, tag or commit to import (HEAD)"))
        parser.add_argument(
            "--dry-run", action="store_true", help=_("show the revisions, and record nothing")
        )
        parser.add_argument(
            "--skip-faulty",
            action="store_true",
            help=_("leave out unreadable parts of old versions, and list them with their authors"),
        )
        attribution.add_argument(parser)
        parser.add_argument(
            "--publish",
            action="store_true",
            help=_("publish pages whose files have no publication state"),
        )

    def handle(self, *args: object, repository: Path, path: str, ref: str, **options: Any) -> None:
        dry_run, skip = bool(options["dry_run"]), bool(options["skip_faulty"])
        try:
            bar = Progress(console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty())
            with open_repository(repository) as git_repository, bar:
                report = import_history(
                    git_repository,
                    git_repository.resolve(ref),
                    path,
                    publish=options["publish"],
                    attribution=options["attribution"] or "",
                    ask=attribution.asking(self, options["attribution"], dry_run=dry_run),
                    skip_faulty=skip,
                    dry_run=dry_run,
                    tell=self.stdout.write if dry_run or options["verbosity"] > 1 else lambda _line: None,
                    progress=partial(_progress, bar),
                )
        except InvalidDocument as error:  # the attribution
            raise CommandError("\n".join(map(str, error.faults))) from error
        except NotReadable as error:
            raise CommandError(str(error)) from error
        except (Stale, OperationalError) as error:
            if isinstance(error, OperationalError) and not is_transient(error):
                raise
            raise CommandError(
                _("Somebody saved one of the pages meanwhile. Nothing was recorded; try again.")
            ) from error
        self._tell(report, path, skip=skip, dry_run=dry_run, verbosity=options["verbosity"])

    def _tell(self, report: HistoryReport, path: str, *, skip: bool, dry_run: bool, verbosity: int) -> None:
        for line in summary_of(report.faults):
            self.stderr.write(line)
        for line in report.refused:
            self.stderr.write(line)
        if report.refused:
            raise CommandError(_("Nothing was recorded."))
        if report.faults and not skip:
            raise CommandError(
                _(
                    "Nothing was recorded. Old commits cannot be corrected: --skip-faulty imports the text of those "
                    "versions, and lists those whose front matter is left out."
                )
            )
        if not report.commits:
            raise CommandError(
                _("There is no controversies/*.md in the history of %s.") % (path or _("this repository"))
            )
        if report.unknown_fields:
            kept = _("Unknown fields, kept but not shown: %s.")
            self.stdout.write(kept % ", ".join(sorted(report.unknown_fields)))
        for line in (
            *report.notes,
            *guess_book.report_lines(report.guesses, report.earlier_guesses, verbosity),
        ):
            self.stdout.write(line)
        counts = {"revisions": report.revisions, "pages": len(report.pages)}
        if dry_run:
            message = _("Revisions to record: %(revisions)s. Pages to change: %(pages)s.")
        else:
            message = _("Recorded revisions: %(revisions)s. Changed pages: %(pages)s.")
        self.stdout.write(message % counts)
        if report.known:
            self.stdout.write(_("On record already: %s commits.") % report.known)
        if report.as_before or report.otherwise:
            self.stdout.write(
                _("Of the revisions written by an export, %(same)s are unchanged and %(other)s are not.")
                % {"same": report.as_before, "other": report.otherwise}
            )
        attribution.warn(self, report.unattributed)


def _progress(bar: Progress, steps: list[CommitStep]) -> Iterator[CommitStep]:
    task = bar.add_task(_("Importing"), total=len(steps))
    for step in steps:
        yield step
        bar.advance(task)
