"""logkey: make the key of the site's public log, or begin another log with a new key."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from controversies.history.transparency import beginning
from controversies.history.transparency.folder import FolderBusy, LogFolder
from controversies.history.transparency.signing import CannotSign


class Command(BaseCommand):
    help = _(
        "Makes the key that signs the site's public log, in LOG_DIR, and prints the public key. It never replaces a "
        "key. If a key is lost, or others may have it, --rotate begins another log with a new key: its first entry is "
        "the old log's last checkpoint, and all old entries follow."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "origin",
            nargs="?",
            default="",
            metavar="NAME",
            help=_("the log's name, which stays (default: the host of SITE_URL, now %s)")
            % (beginning.origin_of_site()),
        )
        parser.add_argument("--rotate", action="store_true", help=_("begin another log with a new key"))

    def handle(self, *args: object, origin: str, rotate: bool, **options: object) -> None:
        folder = LogFolder(settings.LOG_DIR)
        try:
            log = (beginning.rotate if rotate else beginning.begin)(folder, origin)
        except FolderBusy as error:
            raise CommandError(_("Another process is signing with %s.") % folder.path) from error
        except CannotSign as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or folder.path}: {error.strerror}") from error
        names = {"key": folder.key, "vkey": log.vkey, "folder": folder.path, "policy": folder.policy}
        self.stdout.write(_("The log's public key, which anybody may have:\n\n%(vkey)s\n") % names)
        if log.follows:
            self.stdout.write(
                _(
                    "Log %(number)s follows the %(size)s entries that were signed before. Publish the new key where "
                    "people know you, and send it to your witnesses: they trust each key by itself.\n"
                )
                % {"number": log.number, "size": log.follows.head.size}
            )
        self.stdout.write(
            _(
                "The private key is in %(key)s. Keep a copy of it apart from the database's backups.\n\n"
                "Next:\n"
                "1. Sign what is there: manage.py checkpoint\n"
                "2. Let a timer run that every few minutes.\n"
                "3. Ask people whom your readers trust to be witnesses, and name them in %(policy)s."
            )
            % names
        )
