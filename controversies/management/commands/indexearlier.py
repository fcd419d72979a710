"""`indexearlier`: what searches in earlier revisions look through."""

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.history import earlier_texts

_STEP = 5.0  # seconds between two lines


class Command(BaseCommand):
    help = _(
        "Indexes what pages said in earlier revisions and say no longer, for the search in earlier revisions. The "
        "worker does so once a minute; this does all that waits now. It can be interrupted, and goes on where it was."
    )

    def handle(self, *args: object, **options: object) -> None:
        while not earlier_texts.catch_up(_STEP):
            number = earlier_texts.backlog().arrivals
            self.stdout.write(
                ngettext("%(n)d change is not indexed yet.", "%(n)d changes are not indexed yet.", number)
                % {"n": number}
            )
        self.stdout.write(_("All earlier revisions are indexed."))
