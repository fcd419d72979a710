"""`manage.py rebuildchecks`: derive the verdicts on sources again from what was seen of them."""

from django.core.management.base import BaseCommand

from controversies.checks.rebuilding import rebuild


class Command(BaseCommand):
    help = "Derive the verdicts on sources again from what was seen of them, and correct those that do not follow."

    def handle(self, *args: object, **options: object) -> None:
        count, wrong = rebuild()
        self.stdout.write(f"{count} verdicts, of which {wrong} were corrected.")
