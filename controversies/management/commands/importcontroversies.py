"""importcontroversies: pages and backers from files that people keep."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.progress import Progress

from controversies.document import evidence_words, say
from controversies.document.parse import InvalidDocument
from controversies.history import Stale
from controversies.interchange import folder, guess_book
from controversies.interchange.folder import FileOutcome, FileResult, ImportReport, terminal_diff
from controversies.management import attribution
from controversies.models import Publication

_SHOWN = 20  # names in one line


class Command(BaseCommand):
    help = _(
        "Imports controversies (.md) and backers (.yml) from files, folders and zip archives: all of them, or "
        "none if any has a fault. Unchanged files change nothing, and edits made on the site stay."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "paths", nargs="+", metavar="PATH", help=_("a .md or .yml file, a folder, a .zip")
        )
        parser.add_argument("--dry-run", action="store_true", help=_("only show what would change"))
        parser.add_argument(
            "--publish",
            action="store_true",
            help=_("publish pages whose files have no publication state"),
        )
        parser.add_argument(
            "--author", default=_("Import"), help=_("the author's name in the history, visible to everybody")
        )
        attribution.add_argument(parser)
        parser.add_argument("--summary", default="", help=_("the reason in the history"))

    def handle(self, *args: object, paths: list[str], **options: Any) -> None:
        files, faults, skipped = folder.find_files(paths)
        chosen = folder.ImportOptions(
            options["author"], options["summary"], options["publish"], options["attribution"] or ""
        )
        bar = Progress(console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty())
        with bar:
            task = bar.add_task(_("Reading"), total=sum(file.is_page for file in files))
            try:
                report = folder.import_files(
                    files,
                    chosen,
                    dry_run=options["dry_run"],
                    progress=lambda name: bar.advance(task),
                    faults=faults,
                    ask=attribution.asking(
                        self, options["attribution"], dry_run=options["dry_run"], before=bar.stop
                    ),
                )
            except folder.ImportRefused as refused:
                bar.stop()
                for fault in refused.faults:
                    self.stderr.write(str(fault))
                count = refused.count
                if count > len(refused.faults):
                    more = count - len(refused.faults)
                    self.stderr.write(ngettext("… and %s more.", "… and %s more.", more) % more)
                if refused.unread:
                    unread = ngettext(
                        "%s file was not read: too many before it have faults.",
                        "%s files were not read: too many before them have faults.",
                        refused.unread,
                    )
                    self.stderr.write(unread % refused.unread)
                message = ngettext("%s fault. Nothing was written.", "%s faults. Nothing was written.", count)
                raise CommandError(message % count) from refused
            except InvalidDocument as error:  # the author's name, the summary or the attribution
                raise CommandError("\n".join(map(str, error.faults))) from error
            except (Stale, IntegrityError) as error:
                message = _(
                    "Somebody else changed the same pages meanwhile. Nothing was written; try again. (%s)"
                )
                raise CommandError(message % str(error).splitlines()[0]) from error
        for name in skipped[:_SHOWN]:
            self.stdout.write(_("%s: a symbolic link, not followed.") % name)
        if len(skipped) > _SHOWN:
            more = len(skipped) - _SHOWN
            message = ngettext("… and %s more link.", "… and %s more links.", more)
            self.stdout.write(message % more)
        self._tell(report, dry_run=options["dry_run"], verbosity=options["verbosity"])

    def _tell(self, report: ImportReport, *, dry_run: bool, verbosity: int) -> None:
        for page in report.pages:
            if page.outcome is not FileOutcome.UNCHANGED or verbosity > 1:
                self.stdout.write(self._page(page))
            if dry_run and page.comparison and page.outcome is FileOutcome.CHANGED:
                for line in terminal_diff(page.comparison):
                    self.stdout.write(f"    {line}")
        for outcome, message in (
            (FileOutcome.NEW, _("New backers: %s.")),
            (FileOutcome.CHANGED, _("Corrected backers: %s.")),
        ):
            names = [backer.name for backer in report.backers if backer.outcome is outcome]
            if names:
                self.stdout.write(message % _some(names))
        if report.topics:
            self.stdout.write(_("Corrected topics: %s.") % _some(report.topics))
        if report.unknown_fields:
            kept = _("Unknown fields, kept but not shown: %s.")
            self.stdout.write(kept % ", ".join(sorted(report.unknown_fields)))
        for line in guess_book.report_lines(report.guesses, report.earlier_guesses, verbosity):
            self.stdout.write(line)
        if report.others:
            message = _("Other pages with a revision of these corrections: %s.")
            self.stdout.write(message % _some(report.others))
        for note in report.notes:
            self.stdout.write(note)
        for page in report.pages:
            if page.comparison is not None:
                known = [page.comparison.old] if page.comparison.old is not None else []
                for warning in evidence_words.reason_warnings(page.comparison.new, *known):
                    self.stderr.write(self.style.WARNING(f"{page.file}: {warning}"))
        attribution.warn(self, report.unattributed)
        self.stdout.write(self._sum(report, dry_run=dry_run))

    def _page(self, page: FileResult) -> str:
        change = _("unchanged")
        if page.comparison is not None:
            change = say.summary(page.comparison)
        if page.outcome is FileOutcome.NEW and page.comparison is not None:
            new = page.comparison.new
            publication = str(Publication(new.head.publication).label).lower()
            change = f"{_('a new page')} ({publication}). {change}"
        return f"{page.file}: “{page.name}”: {change}"

    def _sum(self, report: ImportReport, *, dry_run: bool) -> str:
        counts = [sum(page.outcome is outcome for page in report.pages) for outcome in FileOutcome]
        counts_text = _("%(new)s new, %(changed)s changed, %(unchanged)s unchanged.") % dict(
            zip(("new", "changed", "unchanged"), counts, strict=True)
        )
        return f"{counts_text} {_('This was a dry run: nothing was written.')}" if dry_run else counts_text


def _some(names: list[str]) -> str:
    """The names, but for those beyond the first few."""
    more = len(names) - _SHOWN
    if more <= 1:
        return ", ".join(names)
    return ", ".join(names[:_SHOWN]) + " " + ngettext("and %s more", "and %s more", more) % more
