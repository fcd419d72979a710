"""forgetreaders: delete personal data of readers, and of log-ins, once it is no longer needed."""

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from controversies.accounts import devices, sessions, throttle
from controversies.following import subscriptions
from controversies.workflow import suggestions


class Command(BaseCommand):
    help = _(
        "Deletes the digests of senders' addresses after a day, and the names and e-mail addresses in readers' "
        "suggestions on which nobody has decided within 90 days; counts of log-ins after a day, sessions that have "
        "ended, and known browsers that were not used for 180 days; subscriptions by e-mail that nobody has confirmed "
        "within 7 days. Run it daily."
    )

    def handle(self, *args: object, **options: object) -> None:
        digests, readers = suggestions.forget_readers()
        unconfirmed = subscriptions.forget_addresses(timezone.now())
        throttle.forget_old(timezone.now())
        sessions.forget_ended(timezone.now())
        devices.forget_unused(timezone.now())
        self.stdout.write(
            _(
                "Deleted: %(digests)s digests of senders, names and addresses of %(readers)s readers, "
                "%(unconfirmed)s subscriptions by e-mail."
            )
            % {"digests": digests, "readers": readers, "unconfirmed": unconfirmed}
        )
