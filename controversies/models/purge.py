"""PurgeState: how far the shared caches before the site were told of what changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PurgeState(models.Model):
    """The point up to which shared caches were told; one row.

    What came after it is told next (`pages.purging`): nothing is missed.
    """

    id = models.PositiveSmallIntegerField(_("number"), primary_key=True, default=1)
    arrival = models.BigIntegerField(_("newest arrival that was told"))
    redaction = models.BigIntegerField(_("newest removal of words that was told"))
    release = models.BinaryField(_("release"), max_length=32)
    again_at = models.DateTimeField(_("time to tell it again"), null=True)
    again_from = models.BigIntegerField(_("newest arrival that was told twice"))
    was_all = models.BooleanField(_("all was dropped"), help_text=_("Whether all was dropped the last time."))

    class Meta:
        verbose_name = _("state of shared caches")
        verbose_name_plural = _("states of shared caches")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.arrival)
