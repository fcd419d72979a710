"""redact: remove words from everything that the site stores."""

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
        "Removes words from every version of every page, and from names, reasons, proposals and suggestions. A marker "
        "takes their place; digests stay, and the database records who removed them and why. You cannot undo this: "
        "start with --dry-run. The words are read from a file or from standard input, so that they do not appear in a "
        "list of commands."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="SLUG", help=_("only these pages (default: all)"))
        parser.add_argument(
            "--text", metavar="FILE", default="-", help=_("the file with the words; - is standard input")
        )
        parser.add_argument(
            "--in", dest="parts", action="append", choices=sorted(PARTS), help=_("only in these places")
        )
        parser.add_argument("--ignore-case", action="store_true", help=_("ignore upper and lower case"))
        parser.add_argument(
            "--whole-field", action="store_true", help=_("remove the whole text wherever the words occur")
        )
        parser.add_argument(
            "--replace-digests",
            action="store_true",
            help=_(
                "also replace every digest that covers the words, so that nobody can confirm a guess of them; each "
                "page's revisions from the first concerned on get new digests, and the public log declares them"
            ),
        )
        parser.add_argument(
            "--ground",
            choices=RedactionGround.values,
            metavar="GROUND",
            help=_("the reason, which readers see: %s") % ", ".join(RedactionGround.values),
        )
        parser.add_argument(
            "--reason",
            default="",
            help=_("the reason in words, which readers see; without the words themselves"),
        )
        parser.add_argument("--by", default="", help=_("your name or office; it is public"))
        parser.add_argument("--second", default="", help=_("the name of a second person who agrees"))
        parser.add_argument("--dry-run", action="store_true", help=_("list every place and change nothing"))
        parser.add_argument(
            "--no-rewrite", action="store_true", help=_("do not rewrite the tables' files now")
        )
        parser.add_argument(
            "--rewrite",
            action="store_true",
            help=_("only rewrite the tables' files, after a removal in the admin"),
        )

    def handle(self, *args: object, **options: Any) -> None:
        if options["rewrite"]:
            self._rewrite()
            return
        order = self._order(options)
        if options["dry_run"]:
            report = redaction.find(order)
            self._print(report, _("Nothing was changed."))
            return
        if not options["ground"]:
            raise CommandError(_("Give a ground: --ground %s.") % "|".join(RedactionGround.values))
        if not order.by_name:
            raise CommandError(_("Give the name of who removes the words: --by NAME."))
        try:
            report = redaction.apply(order)
        except (RedactionRefused, InvalidDocument) as error:
            raise CommandError(str(error)) from error
        self._print(report, _("The words were removed from all of these places."))
        if report and not options["no_rewrite"]:
            self._rewrite()
        if report:
            self.stdout.write(self._to_do(order))

    def _order(self, options: dict[str, Any]) -> RedactionOrder:
        pages = None
        if options["slugs"]:
            keys = dict(Controversy.objects.filter(slug__in=options["slugs"]).values_list("slug", "pk"))
            unknown = sorted(set(options["slugs"]) - set(keys))
            if unknown:
                raise CommandError(_("There is no controversy with the address %s.") % ", ".join(unknown))
            pages = tuple(str(key) for key in keys.values())
        selected = [PARTS[name] for name in options["parts"] or PARTS]
        try:
            words = RemovedWords(
                self._text(options["text"]),
                ignore_case=options["ignore_case"],
                whole_field=options["whole_field"],
            )
        except ValueError as error:
            raise CommandError(_("The input has no words.")) from error
        return RedactionOrder(
            words,
            ground=options["ground"] or RedactionGround.OTHER.value,
            reason=options["reason"].strip(),
            by_name=options["by"].strip(),
            second_name=options["second"].strip(),
            pages=pages,
            kinds=frozenset().union(*selected),
            replaces_digests=options["replace_digests"],
        )

    def _text(self, name: str) -> str:
        if name == "-" and sys.stdin.isatty():
            return getpass.getpass(_("Words to remove (they are not shown): ")).strip()
        try:
            text = (sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()).decode()
        except (OSError, UnicodeError) as error:
            raise CommandError(_("The words cannot be read from %s.") % name) from error
        return text.strip()

    def _print(self, report: redaction.RemovalReport, last: str) -> None:
        if not report:
            self.stdout.write(_("No place holds these words."))
        for finding in report.findings[:_SHOWN]:
            self.stdout.write(f"  {_line(finding)}")
        more = len(report.findings) - _SHOWN
        if more > 0:
            self.stdout.write(ngettext("  … and %s more place", "  … and %s more places", more) % more)
        for kind, count in report.counts.items():
            self.stdout.write(f"{KIND_NAMES[kind]}: {count}")
        for line in report.manual_steps:
            self.stdout.write(line)
        if report:
            self.stdout.write(last)

    def _rewrite(self) -> None:
        try:
            failed = redaction.rewrite_tables()
        except redaction.OpenTransactions as error:
            raise CommandError(
                _(
                    "Not all was rewritten: older transactions are open, and the tables' files keep the rows that they "
                    "may see. Wait for them or end them, and run redact --rewrite again. Their processes: %s."
                )
                % error
            ) from error
        if not failed:
            self.stdout.write(_("The tables' files were rewritten: no old row is left in them."))
            return
        self.stdout.write(
            _(
                "This database role could not run these statements, so old bytes may still be in the tables' files. "
                "Run them as the tables' owner (the last three as a superuser):"
            )
        )
        for statement in failed:
            self.stdout.write(f"  {statement};")

    def _to_do(self, order: RedactionOrder) -> str:
        if order.replaces_digests:
            digests = _(
                "- Digests were replaced: earlier citations, exports and saved corpora name the old ones. The page of "
                "each revision lists the digests that it had."
            )
        else:
            digests = _(
                "- Somebody who knows the rest of a text can test guesses of the missing words against its digest."
            )
        return "\n".join(
            (
                _("You still have to do this yourself:"),
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
                _("- Imported files and their repository still hold the words: correct them, too."),
                _(
                    "- Text that somebody has typed and not sent stays in their browser until they save or leave the "
                    "page."
                ),
                _(
                    "- Clients of /api/v1/changes get the changed revisions again. Ask the owners of other copies to "
                    "correct them."
                ),
                digests,
            )
        )


def _line(finding: Finding) -> str:
    place = finding.place
    number = _(" (revision %s)") % finding.number if finding.number else ""
    name = " ".join(filter(None, (finding.page, finding.name, place.path)))
    context = f"…{place.before}⟦{place.match}⟧{place.after}…" if place.match else ""
    return f"{KIND_NAMES[finding.kind]}: {name}{number} {context}".replace("\n", " ").rstrip()
