"""SecondFactorDeadline: until when an account may work without a second factor that its role requires."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SecondFactorDeadline(models.Model):
    """The end of an account's grace, fixed when a second factor was first required of it; never put off."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"), related_name="+", primary_key=True
    )
    time = models.DateTimeField(_("deadline"))

    class Meta:
        verbose_name = _("deadline for a second factor")
        verbose_name_plural = _("deadlines for second factors")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user}: {self.time}"
