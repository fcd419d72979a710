"""checkpoint: sign the public log's state, and have witnesses cosign it."""

import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, connections
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.history.transparency.folder import FolderBusy, LogFolder
from controversies.history.transparency.notes import encode_base64
from controversies.history.transparency.signing import CannotSign, SigningResult, sign

SHORT, BUSY = 3, 4  # exit codes


class Command(BaseCommand):
    help = _(
        "Signs the public log if it grew, asks the witnesses of the policy to cosign it, and gives the checkpoint to "
        "readers. Run it every few minutes by a timer. Exits with 0 if all is well, 1 if nothing could be signed, 3 if "
        "fewer witnesses cosigned than the policy asks for, 4 if another process is signing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--watch",
            type=int,
            metavar="SECONDS",
            help=_("do not end, and sign again and again with so many seconds between"),
        )
        parser.add_argument(
            "--timeout",
            type=float,
            default=10,
            metavar="SECONDS",
            help=_("how long to wait for a witness (default: 10)"),
        )
        parser.add_argument(
            "--trust-database",
            action="store_true",
            help=_("if LOG_DIR has lost its last checkpoint, take the database's newest for it"),
        )

    def handle(
        self,
        *args: object,
        watch: int | None,
        timeout: float,
        trust_database: bool,
        verbosity: int,
        **options: object,
    ) -> None:
        if timeout <= 0 or (watch is not None and watch < 1):
            raise CommandError(_("Write a number of seconds that is greater than 0."), returncode=2)
        if watch is None:
            self._sign(timeout, trust_database, verbosity)
            return
        while True:
            try:
                self._sign(timeout, trust_database, verbosity, is_watching=True)
            except (CommandError, Error) as error:
                self.stderr.write(self.style.ERROR(str(error)))
            connections.close_all()  # idle until the next time
            self.stdout.flush()
            time.sleep(watch)

    def _sign(
        self, seconds: float, trust_database: bool, verbosity: int, *, is_watching: bool = False
    ) -> None:
        folder = LogFolder(settings.LOG_DIR)
        try:
            result = sign(folder, seconds=seconds, trust_database=trust_database)
        except FolderBusy as error:
            raise CommandError(
                _("Another process is signing with %s.") % folder.path, returncode=BUSY
            ) from error
        except CannotSign as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            message = _("%(file)s: %(reason)s. Nothing was published.")
            raise CommandError(
                message % {"file": error.filename or folder.path, "reason": error.strerror}
            ) from error
        is_news = bool(result.head is None or result.added or result.reports)
        self._report(result, 0 if is_watching and not is_news and verbosity == 1 else verbosity)

    def _report(self, result: SigningResult, verbosity: int) -> None:
        if result.head is None:
            if verbosity:
                self.stdout.write(_("The log has no entries yet: nothing to sign."))
            return
        if verbosity:
            names = {"size": result.head.size, "root": encode_base64(result.head.root), "added": result.added}
            if result.added:
                message = ngettext(
                    "Signed %(size)s entry (%(added)s new). Root: %(root)s",
                    "Signed %(size)s entries (%(added)s new). Root: %(root)s",
                    result.head.size,
                )
            else:
                message = ngettext(
                    "Nothing new: %(size)s entry is signed. Root: %(root)s",
                    "Nothing new: %(size)s entries are signed. Root: %(root)s",
                    result.head.size,
                )
            self.stdout.write(message % names)
        for report in result.reports:
            names = {"witness": report.witness.name, "problem": report.problem}
            if report.problem:
                self.stderr.write(self.style.WARNING(_("Witness %(witness)s: %(problem)s") % names))
            elif verbosity:
                self.stdout.write(_("Witness %(witness)s: cosigned.") % names)
        if result.is_short:
            message = _(
                "Fewer witnesses cosigned than the policy asks for. Readers get the checkpoint, marked as not "
                "witnessed; the next run asks again."
            )
            raise CommandError(message, returncode=SHORT)
