"""`makedownloads`: the files with everything public, which the site offers to readers."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.interchange.corpus import dump
from controversies.interchange.downloads import files


class Command(BaseCommand):
    help = _(
        "Makes the files that readers find under “Download everything”: the corpus, and positions, backings, sources "
        "and citations as CSV. The worker makes them once a day, and at once after a page is withdrawn or words are "
        "removed; this makes them now."
    )

    def handle(self, *args: object, **options: object) -> None:
        try:
            manifest = files.make()
        except OSError as error:
            raise CommandError(
                _("%(path)s could not be written: %(problem)s. Earlier files are unchanged.")
                % {"path": settings.DOWNLOADS_DIR, "problem": error.strerror or error}
            ) from error
        except dump.TooLong as error:
            raise CommandError(str(error)) from error
        if manifest is None:
            raise CommandError(_("Another process is making the files right now. Try again when it is done."))
        for each in manifest.files.values():
            self.stdout.write(
                ngettext(
                    "%(name)s: %(n)d row, %(size)d bytes", "%(name)s: %(n)d rows, %(size)d bytes", each.rows
                )
                % {"name": each.name, "n": each.rows, "size": each.size}
            )
