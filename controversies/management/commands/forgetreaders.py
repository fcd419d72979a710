"""forgetreaders: delete personal data of readers who sent suggestions, once it is no longer needed."""

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from controversies.workflow import suggestions


class Command(BaseCommand):
    help = _(
        "Deletes the digests of senders' addresses after a day, and the names and e-mail addresses in readers' "
        "suggestions on which nobody has decided within 90 days. Run it daily."
    )

    def handle(self, *args: object, **options: object) -> None:
        digests, readers = suggestions.forget_readers()
        self.stdout.write(
            _("Deleted: %(digests)s digests of senders, names and addresses of %(readers)s readers.")
            % {"digests": digests, "readers": readers}
        )
