"""checkhistory: is the record whole?"""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.progress import Progress

from controversies.history import verify
from controversies.models import Revision


class Command(BaseCommand):
    help = _(
        "Re-reads every controversy's record: chain unbroken, digests right, rows as the newest revision says. "
        "Prints one line a fault and exits with 1 if there is any."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="SLUG", help=_("only these controversies"))

    def handle(self, *args: Any, slugs: list[str], **options: Any) -> None:
        found = 0
        with transaction.atomic():
            if not connection.savepoint_ids:  # not within another transaction, as in a test
                with connection.cursor() as cursor:  # one state of the database, though others write
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            every = verify.controversies()
            unknown = sorted(set(slugs) - {slug for _key, slug in every})
            if unknown:
                raise CommandError(_("There is no controversy with the address %s.") % ", ".join(unknown))
            chosen = [(key, slug) for key, slug in every if not slugs or slug in slugs]
            bar = Progress(console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty())
            with bar:  # not its track(): that waits for a thread for ever where an error ends the process
                task = bar.add_task(_("Checking"), total=len(chosen))
                for key, slug in chosen:
                    for fault in verify.faults(key):
                        found += 1
                        self.stdout.write(f"{slug}: {fault}")
                    bar.advance(task)
            every_revision = Revision.objects.filter(controversy_id__in=[key for key, _slug in chosen])
            revisions = every_revision.count()
            withheld = every_revision.exclude(withheld="").count()
        if found:
            raise CommandError(
                ngettext("%s fault in the record.", "%s faults in the record.", found) % found, returncode=1
            )
        self.stdout.write(
            _("%(controversies)s controversies, %(revisions)s revisions: the record is whole.")
            % {"controversies": len(chosen), "revisions": revisions}
        )
        if withheld:
            self.stdout.write(
                ngettext(
                    "%s of them came without its content, as readers could not see it: its digest stands for it.",
                    "%s of them came without their content, as readers could not see it: their digests stand for it.",
                    withheld,
                )
                % withheld
            )
