"""Log-in: attempts that are slowed down, and devices that an account has been used on."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class LoginThrottle(models.Model):
    """Attempts of one kind under one key, and until when the next one is refused; never public.

    The key is a keyed digest: the table shows neither names nor network addresses.
    """

    key = models.BinaryField(_("digest"), primary_key=True)
    attempts = models.PositiveIntegerField(_("attempts in a row"))
    time = models.DateTimeField(_("latest attempt"))
    blocked_until = models.DateTimeField(_("refused until"))

    class Meta:
        verbose_name = _("throttled log-in")
        verbose_name_plural = _("throttled log-ins")
        default_permissions = ()
        indexes = [models.Index(fields=["time"], name="login_throttle_by_time")]

    def __str__(self) -> str:
        return f"{self.attempts} attempts until {self.time}"


class KnownDevice(models.Model):
    """A browser in which somebody has logged in to an account: it keeps a random token, of which this is the digest.

    An attempt from a known device is not slowed down by what strangers tried from elsewhere.
    """

    pk = models.CompositePrimaryKey("user_id", "digest")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"), related_name="+", db_index=False
    )
    digest = models.BinaryField(_("digest of the token"))
    agent = models.CharField(_("browser"), max_length=200)
    first_used_at = models.DateTimeField(_("first log-in"))
    last_used_at = models.DateTimeField(_("latest log-in"))

    class Meta:
        verbose_name = _("known device")
        verbose_name_plural = _("known devices")
        default_permissions = ()

    def __str__(self) -> str:
        return self.agent
