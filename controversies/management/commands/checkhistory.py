"""checkhistory: verify that the record is complete and unchanged."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.progress import Progress

from controversies.history import privileges, replay, verify
from controversies.history.blame.derive import rebuild
from controversies.history.read import UnreadableRevision
from controversies.history.transparency.folder import LogFolder
from controversies.history.verify import anchor
from controversies.history.verify.public_log import LogCheck


class Command(BaseCommand):
    help = _(
        "Verifies the record of every controversy, and everything that is derived from it. Prints one line for each "
        "fault and exits with 1 if there are any. With an anchor it also finds whatever was cut off, deleted or "
        "rewritten since the anchor was written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="SLUG", help=_("check only these controversies"))
        parser.add_argument(
            "--anchor",
            type=Path,
            metavar="FILE",
            help=_("also find what was cut off, deleted or rewritten since this anchor was written"),
        )
        parser.add_argument(
            "--write-anchor",
            type=Path,
            metavar="FILE",
            help=_("if there is no fault, write an anchor; keep the file apart from the database"),
        )
        parser.add_argument(
            "--log",
            action="store_true",
            help=_(
                "also hold the public log against the record, its signed checkpoints and the last one in LOG_DIR"
            ),
        )
        parser.add_argument(
            "--rebuild-blame",
            action="store_true",
            help=_("first work out again who wrote what, which is otherwise done when somebody asks for it"),
        )

    def handle(
        self,
        *args: object,
        slugs: list[str],
        anchor: Path | None,
        write_anchor: Path | None,
        rebuild_blame: bool,
        log: bool,
        verbosity: int,
        **options: object,
    ) -> None:
        if slugs and write_anchor:
            raise CommandError(_("An anchor covers all controversies: do not name any."))
        if slugs and log:
            raise CommandError(_("The public log covers all controversies: do not name any."))
        earlier = _read(anchor) if anchor else None
        if rebuild_blame:
            self._rebuild_blame(_pages(slugs))
        with replay.snapshot():
            check = _check(slugs, earlier)
            log_check = LogCheck(LogFolder(settings.LOG_DIR)) if log else None
            count = 0
            for name, fault in self._faults(check, log_check):
                count += 1
                self.stdout.write(f"{name}: {fault}")
            if write_anchor and not count:
                _write(check, write_anchor)
        if verbosity:
            for notice in check.notices:
                self.stdout.write(f"{notice.name}: {notice.text}")
            for text in log_check.notices if log_check else ():
                self.stdout.write(text)
            for sentence in privileges.excess():
                self.stderr.write(self.style.WARNING(sentence))
        if count:
            message = ngettext("%s fault in the record.", "%s faults in the record.", count) % count
            if write_anchor:
                message += " " + _("No anchor was written.")
            raise CommandError(message, returncode=1)
        if verbosity:
            self.stdout.write(
                _("%(controversies)s controversies, %(revisions)s revisions: the record is whole.")
                % {"controversies": len(check.pages), "revisions": check.revisions}
            )
            if log_check:
                self.stdout.write(
                    _(
                        "%(entries)s entries of the public log, %(signed)s of them signed: it agrees with the record."
                    )
                    % {"entries": log_check.entries, "signed": log_check.signed}
                )

    def _rebuild_blame(self, pages: list[tuple[str, str]]) -> None:
        """Work out again who wrote what on these pages, while a progress bar is shown."""
        with _progress_bar() as bar:
            task = bar.add_task(_("Working out who wrote what"), total=len(pages))
            for key, slug in pages:
                with suppress(UnreadableRevision):  # the check names what is damaged
                    for number in rebuild(key):
                        bar.update(
                            task,
                            description=_("Working out who wrote what: %(page)s, revision %(number)s")
                            % {"page": slug, "number": number},
                        )
                bar.advance(task)

    def _faults(self, check: verify.Check, log_check: LogCheck | None) -> Iterator[tuple[str, str]]:
        """The names of pages and logs with their faults, while a progress bar is shown."""
        with _progress_bar() as bar:  # not its track(): after an error that waits for a thread for ever
            task = bar.add_task(_("Checking"), total=len(check.pages))
            for key, slug in check.pages:
                for fault in check.page(key):
                    yield slug, fault
                bar.advance(task)
            yield from check.site()
            if log_check:
                task = bar.add_task(_("Checking the public log"), total=log_check.total())
                yield from log_check.faults(lambda done: bar.advance(task, done))


def _progress_bar() -> Progress:
    return Progress(console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty())


def _pages(slugs: list[str]) -> list[tuple[str, str]]:
    """Return the key and slug of the pages that are named, or of all. Raises CommandError."""
    every = verify.controversies()
    unknown = sorted(set(slugs) - {slug for _key, slug in every})
    if unknown:
        raise CommandError(_("There is no controversy with the address %s.") % ", ".join(unknown))
    return [(key, slug) for key, slug in every if not slugs or slug in slugs]


def _check(slugs: list[str], earlier: verify.Anchor | None) -> verify.Check:
    selected = _pages(slugs)
    every = verify.controversies() if slugs else selected
    if earlier and earlier.pages and every and not earlier.pages.keys() & {key for key, _slug in every}:
        raise CommandError(
            _("No page of the anchor exists here. It is of another site, or all pages were deleted.")
        )
    return verify.Check(selected, is_whole=not slugs, earlier=earlier)


def _read(path: Path) -> verify.Anchor:
    try:
        return anchor.read(path)
    except (OSError, verify.BadAnchor) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise CommandError(
            _("%(file)s cannot be used as an anchor. %(reason)s") % {"file": path, "reason": reason}
        ) from error


def _write(check: verify.Check, path: Path) -> None:
    try:
        anchor.write(check.current, path)
    except OSError as error:
        raise CommandError(_("The anchor could not be written: %s") % error) from error
