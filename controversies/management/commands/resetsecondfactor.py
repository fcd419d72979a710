"""`resetsecondfactor`: take away the second factors of an account whose owner has lost them."""

from argparse import ArgumentParser

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from controversies.accounts import second_factor


class Command(BaseCommand):
    """Remove passkeys, app and recovery codes of an account, and end its sessions."""

    help = (
        "Take away the passkeys, authenticator app and recovery codes of an account, and end its sessions. Its owner "
        "then logs in by password. Be sure that it is the owner who asks."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: object, username: str, **options: object) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account “{username}”.")
        count = second_factor.reset(user)
        self.stdout.write(
            f"{username}: {count} removed (passkeys, app, recovery codes); all sessions have ended."
        )
