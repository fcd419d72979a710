"""Second factors: of whom they are required, until when an account may do without, and how one is taken away.

`REQUIRE_SECOND_FACTOR` is "off", "publishers" (those who may publish) or "everybody" (who may use the desk). An
account has a week from the first time that it is required. After that it may only set up a factor: the desk leads it
there, and to the rest of the site it is nobody.
"""

import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.utils import timezone

from controversies.kit.accounts import Account
from controversies.kit.events import log_event
from controversies.models import SecondFactorDeadline

from . import devices, sessions

GRACE = datetime.timedelta(days=7)
_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def is_required(user: Account) -> bool:
    """Whether the account must have a second factor, by the setting and its rights."""
    if settings.REQUIRE_SECOND_FACTOR == "everybody":
        return user.is_staff
    return settings.REQUIRE_SECOND_FACTOR == "publishers" and user.has_perm(
        "controversies.publish_controversy"
    )


def has_factor(user: Account) -> bool:
    return Authenticator.objects.filter(user=user, type__in=_FACTORS).exists()


def open_deadline(user: Account) -> datetime.datetime | None:
    """Return until when the account may work without the factor that it must have and lacks; None if all is well."""
    if not is_required(user) or has_factor(user):
        return None
    deadline, _is_new = SecondFactorDeadline.objects.get_or_create(
        user=user, defaults={"time": timezone.now() + GRACE}
    )
    return deadline.time


def is_shut_out(user: Account) -> bool:
    """Whether the account may do nothing before it has a second factor."""
    deadline = open_deadline(user)
    return deadline is not None and deadline <= timezone.now()


def spend_code(authenticator: Authenticator, code: str) -> bool:
    """Record that a code of an authenticator app was used; return False if it, or a later one, was used before.

    The row is locked by the caller's transaction, so that of two who send one code at once only one gets in.
    """
    secret = decrypt(authenticator.data["secret"])
    for counter in yield_hotp_counters_from_time():
        if format_hotp_value(hotp_value(secret, counter)) == code.replace(" ", ""):
            if counter <= authenticator.data.get("counter", 0):
                return False
            authenticator.data["counter"] = counter
            authenticator.save(update_fields=["data"])
            return True
    return False


def reset(user: Account) -> int:
    """Take away all second factors of an account whose owner has lost them, and end its sessions; return how many.

    Its grace begins anew, so that the owner can log in by password and set up another.
    """
    factors, _each = Authenticator.objects.filter(user=user).delete()
    SecondFactorDeadline.objects.filter(user=user).delete()
    devices.forget_devices(user)
    sessions.end_all(user)
    log_event("second-factor-reset", account=user.pk)
    return factors
