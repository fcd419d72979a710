"""exporthistory: what readers could ever see, as a git repository."""

import datetime
import os
import sys
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.document.types import Document
from controversies.history import replay
from controversies.interchange import files
from controversies.interchange.files.catalogue import Catalogue
from controversies.interchange.git.stream import fast_import_stream
from controversies.models import Controversy


class Command(BaseCommand):
    help = _(
        "Writes the history of public controversies as a stream for `git fast-import`: a commit for each public "
        "revision, with its author's name, date and reason. The same history gives the same commits."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="SLUG", help=_("only these controversies"))

    def handle(self, *args: object, slugs: list[str], **options: Any) -> None:
        if self.stdout.isatty():
            raise CommandError(
                _(
                    "This writes a stream for git, not for people. Try:\n"
                    "  git init --bare --initial-branch=main history.git\n"
                    "  manage.py exporthistory | git -C history.git fast-import"
                )
            )
        with replay.snapshot():
            keys = _keys(slugs)
            count = self._write(keys)
        self.stderr.write(
            ngettext("%(count)s commit written.", "%(count)s commits written.", count) % {"count": count}
        )

    def _write(self, keys: list[str] | None) -> int:
        """Write the stream to standard output; the number of commits."""
        out: IO[bytes] = self.stdout.buffer  # type: ignore[assignment]  # bytes, past Django's wrapper
        pieces = fast_import_stream(
            replay.public(keys),
            write=_page,
            write_actor=files.write_actor,
        )
        count = -2  # its beginning and its end
        try:
            for piece in pieces:
                out.write(piece)
                count += 1
            out.flush()
        except BrokenPipeError as error:
            if out is sys.stdout.buffer:  # so that Python does not complain once more at its end
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise CommandError(
                _("The reader of the stream stopped before its end. See git's message.")
            ) from error
        return count


def _page(document: Document, day: datetime.date) -> str:
    """A page's file; who holds its positions is told by the files beside it."""
    return files.write(document, updated=day, known=Catalogue(backers=document.backers))


def _keys(slugs: list[str]) -> list[str] | None:
    """The keys of these public controversies, None for all. Raises CommandError for what readers do not see."""
    keys = dict(Controversy.objects.public().filter(slug__in=slugs).values_list("slug", "id"))
    unknown = sorted(set(slugs) - keys.keys())
    if unknown:
        raise CommandError(_("There is no public controversy with the address %s.") % ", ".join(unknown))
    return [str(key) for key in keys.values()] if slugs else None
