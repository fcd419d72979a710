"""`forgetreaders`: removes what tells who sent a suggestion, once it is not needed any more."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from controversies.workflow import suggestions


class Command(BaseCommand):
    help = _(
        "Removes the digests of senders' addresses after a day, and the names and e-mail addresses on readers' "
        "suggestions that nobody decided on in 90 days. To be run daily."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        digests, readers = suggestions.forget_readers()
        self.stdout.write(
            _("Forgotten: digests of senders %(digests)s, names and addresses of readers %(readers)s.")
            % {"digests": digests, "readers": readers}
        )
