"""Presence: who has a controversy's edit page open."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .controversy import Controversy


class Presence(models.Model):
    """A user at the edit page of a controversy. Forgotten soon after their browser falls silent; never public."""

    pk = models.CompositePrimaryKey("controversy_id", "user_id")
    controversy = models.ForeignKey(
        Controversy, models.CASCADE, verbose_name=_("controversy"), related_name="+", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"), related_name="+"
    )
    opened_at = models.DateTimeField(_("opened"))
    seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presences")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user} at {self.controversy_id}"
