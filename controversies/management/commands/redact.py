"""redact: take words out of everything that the site keeps."""

import getpass
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.document.parse import InvalidDocument
from controversies.document.redact import RemovedWords
from controversies.models import Controversy, RedactionGround
from controversies.workflow import redaction
from controversies.workflow.redaction import KIND_NAMES, PARTS, Finding, RedactionOrder, RedactionRefused

_SHOWN = 200  # places that are listed one by one


class Command(BaseCommand):
    help = _(
        "Takes words out of every version of every page, out of names, reasons, proposals and suggestions. A marker "
        "stands where they were; digests stay, and the database keeps who removed them and why. It cannot be undone. "
        "Begin with --dry-run. The words are read from a file or from standard input, so that no list of commands has "
        "them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "slugs", nargs="*", metavar="SLUG", help=_("only these pages; all pages without any")
        )
        parser.add_argument(
            "--text", metavar="FILE", default="-", help=_("the file that has the words; - is standard input")
        )
        parser.add_argument(
            "--in", dest="parts", action="append", choices=sorted(PARTS), help=_("only there")
        )
        parser.add_argument("--ignore-case", action="store_true", help=_("capitals do not matter"))
        parser.add_argument(
            "--whole-field", action="store_true", help=_("remove all of a text that has the words")
        )
        parser.add_argument(
            "--ground",
            choices=RedactionGround.values,
            metavar="GROUND",
            help=_("why: %s; readers see it") % ", ".join(RedactionGround.values),
        )
        parser.add_argument(
            "--reason", default="", help=_("more about why, without the words; readers see it")
        )
        parser.add_argument("--by", default="", help=_("who removes them, as everybody may see"))
        parser.add_argument("--second", default="", help=_("who else has agreed to it"))
        parser.add_argument("--dry-run", action="store_true", help=_("list each place and change nothing"))
        parser.add_argument(
            "--no-rewrite", action="store_true", help=_("leave the old bytes in the tables' files for now")
        )
        parser.add_argument(
            "--rewrite",
            action="store_true",
            help=_("only rewrite the tables' files, after a removal at the desk"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rewrite"]:
            self._rewrite()
            return
        order = self._order(options)
        if options["dry_run"]:
            report = redaction.find(order)
            self._tell(report, _("Nothing was changed."))
            return
        if not options["ground"]:
            raise CommandError(_("Give a ground: --ground %s.") % "|".join(RedactionGround.values))
        if not order.by_name:
            raise CommandError(_("Say who removes the words: --by NAME."))
        try:
            report = redaction.apply(order)
        except (RedactionRefused, InvalidDocument) as error:
            raise CommandError(str(error)) from error
        self._tell(report, _("The words are gone from all of these places."))
        if report and not options["no_rewrite"]:
            self._rewrite()
        if report:
            self.stdout.write(self._to_do())

    def _order(self, options: dict[str, Any]) -> RedactionOrder:
        pages = None
        if options["slugs"]:
            found = dict(Controversy.objects.filter(slug__in=options["slugs"]).values_list("slug", "pk"))
            unknown = sorted(set(options["slugs"]) - set(found))
            if unknown:
                raise CommandError(_("There is no controversy with the address %s.") % ", ".join(unknown))
            pages = tuple(str(key) for key in found.values())
        chosen = [PARTS[name] for name in options["parts"] or PARTS]
        try:
            words = RemovedWords(
                self._text(options["text"]),
                ignore_case=options["ignore_case"],
                whole_field=options["whole_field"],
            )
        except ValueError as error:
            raise CommandError(_("There are no words in what was given.")) from error
        return RedactionOrder(
            words,
            ground=options["ground"] or RedactionGround.OTHER.value,
            reason=options["reason"].strip(),
            by_name=options["by"].strip(),
            second_name=options["second"].strip(),
            pages=pages,
            kinds=frozenset().union(*chosen),
        )

    def _text(self, name: str) -> str:
        if name == "-" and sys.stdin.isatty():
            return getpass.getpass(_("Words to remove (they are not shown): ")).strip()
        try:
            given = (sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()).decode()
        except (OSError, UnicodeError) as error:
            raise CommandError(_("The words cannot be read from %s.") % name) from error
        return given.strip()

    def _tell(self, report: redaction.RemovalReport, last: str) -> None:
        if not report:
            self.stdout.write(_("No place holds these words."))
        for finding in report.findings[:_SHOWN]:
            self.stdout.write(f"  {_line(finding)}")
        more = len(report.findings) - _SHOWN
        if more > 0:
            self.stdout.write(ngettext("  … and %s more place", "  … and %s more places", more) % more)
        for where, count in report.counts.items():
            self.stdout.write(f"{KIND_NAMES[where]}: {count}")
        for line in report.manual_steps:
            self.stdout.write(line)
        if report:
            self.stdout.write(last)

    def _rewrite(self) -> None:
        failed = redaction.rewrite_tables()
        if not failed:
            self.stdout.write(_("The tables' files were rewritten: no old row is left in them."))
            return
        self.stdout.write(
            _(
                "These could not be run by this database role, so old bytes may still be in the tables' files. "
                "Run them as the tables' owner (the last two as a superuser):"
            )
        )
        for statement in failed:
            self.stdout.write(f"  {statement};")

    def _to_do(self) -> str:
        return "\n".join(
            (
                _("What only you can do:"),
                _(
                    "- Backups and dumps hold the words: delete them, or redact each copy when it is restored."
                ),
                _(
                    "- The server's write-ahead log holds them until it is recycled. Archived segments and replicas' "
                    "slots: delete or let them expire. The server's own log may hold statements."
                ),
                _(
                    "- Exports: run exportcontroversies, dumpcorpus and exporthistory again. The git history has other "
                    "commits from here on: export it into a new repository and replace the old one."
                ),
                _(
                    "- Files that were imported, and their repository, still hold the words: correct them, too."
                ),
                _(
                    "- What somebody has typed and not sent stays in their browser until they save or leave it."
                ),
                _(
                    "- Followers of /api/v1/changes get the changed revisions again; other copies you have to ask for."
                ),
                _(
                    "- Whoever knows all the rest of a text can test guesses of the missing words against its digest."
                ),
            )
        )


def _line(finding: Finding) -> str:
    place = finding.place
    number = _(" (revision %s)") % finding.number if finding.number else ""
    where = " ".join(filter(None, (finding.page, finding.name, place.path)))
    around = f"…{place.before}⟦{place.match}⟧{place.after}…" if place.match else ""
    return f"{KIND_NAMES[finding.kind]}: {where}{number} {around}".replace("\n", " ").rstrip()
