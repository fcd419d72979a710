"""exportcontroversies: pages and backers as files that people read, compare and edit."""

import sys
from itertools import batched
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import Progress

from controversies import history
from controversies.document.types import Backer
from controversies.history import replay
from controversies.interchange import files, folder
from controversies.interchange.folder import original_text
from controversies.interchange.folder.import_log import latest_imports
from controversies.interchange.guess_book import GuessBook
from controversies.models import Controversy

_BATCH = 50  # pages read at once


class Command(BaseCommand):
    help = _(
        "Writes published controversies to DIR/controversies/*.md, and their backers to DIR/actors/*.yml, for "
        "importcontroversies to read. Replaces the files of earlier exports, unless somebody edited them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR")
        parser.add_argument("slugs", nargs="*", metavar="SLUG", help=_("only these controversies"))
        parser.add_argument(
            "--all",
            action="store_true",
            help=_("also drafts, withdrawn pages and all backers; not for the public"),
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help=_("write to a folder with other files, and replace edited ones"),
        )

    def handle(self, *args: object, **options: Any) -> None:
        slugs = options["slugs"]
        with replay.snapshot():
            chosen = Controversy.objects.all() if options["all"] else Controversy.objects.public()
            if slugs:
                chosen = chosen.filter(slug__in=slugs)
            keys = dict(chosen.order_by("slug").values_list("slug", "id"))
            if unknown := sorted(set(slugs) - keys.keys()):
                message = _("There is no %(what)s with the address %(slugs)s.")
                noun = _("controversy") if options["all"] else _("published controversy")
                raise CommandError(message % {"what": noun, "slugs": ", ".join(unknown)})
            texts = self._texts([str(key) for key in keys.values()], every=options["all"] and not slugs)
        try:
            done = folder.write_folder(
                Path(options["folder"]), texts, force=options["force"], complete=not slugs
            )
        except folder.FolderRefused as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            message = _("%(folder)s cannot be written to: %(reason)s.")
            details = {"folder": options["folder"], "reason": error.strerror or error}
            raise CommandError(message % details) from error
        for name in done.kept:
            message = _("%s: the page is no longer exported, but somebody edited the file, so it stays.")
            self.stdout.write(message % name)
        self.stdout.write(
            _("%(written)s files written, %(unchanged)s unchanged, %(removed)s removed.")
            % {
                "written": len(done.written),
                "unchanged": len(done.unchanged),
                "removed": len(done.removed),
            }
        )

    def _texts(self, keys: list[str], *, every: bool) -> dict[str, str]:
        """The text of each file by its name; a query for each batch of pages."""
        texts: dict[str, str] = {}
        backers: dict[str, Backer] = {}
        bar = Progress(console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty())
        with bar:
            task = bar.add_task(_("Writing"), total=len(keys))
            for batch in batched(keys, _BATCH):
                last_imports = latest_imports(batch)
                for key, reading in history.heads(batch).items():
                    document, entry = reading.document, reading.entry
                    backers |= {backer.slug: backer for backer in document.backers}
                    name = f"{folder.PAGES}/{document.head.slug}.md"
                    texts[name] = original_text.page(last_imports.get(key), reading) or files.write(
                        document,
                        original=last_imports[key].text if key in last_imports else "",
                        updated=entry.time.date(),
                        revision=files.mark(entry.number, entry.document),
                        known=files.Catalogue(backers=document.backers),
                    )
                bar.advance(task, len(batch))
        if every:
            backers |= {backer.slug: backer for backer in files.catalogue_on_record().backers}
        guesses, last_imports = GuessBook(), latest_imports(backer.key for backer in backers.values())
        for slug, backer in backers.items():
            guessed, row = guesses.fields(backer), last_imports.get(backer.key)
            texts[f"{folder.ACTORS}/{slug}.yml"] = original_text.actor(
                row, backer, guessed
            ) or files.write_actor(backer, guessed=guessed, original=row.text if row else "")
        return texts
