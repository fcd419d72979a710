"""Imported: what a file said when it was last imported."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Imported(models.Model):
    """What the file of a controversy or backer said when it was last imported; never public.

    The file's next state is an edit of this one. No foreign key: it says nothing of what became of it since.
    """

    key = models.UUIDField(_("key"), primary_key=True)
    digest = models.BinaryField(_("digest of the file"))
    said = models.JSONField(_("what it said"))
    number = models.PositiveIntegerField(_("newest revision then"), default=0)
    imported_at = models.DateTimeField(_("imported"))

    class Meta:
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.key)
