"""TakenOver: how far the history of a page in a git repository has been taken over."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TakenOver(models.Model):
    """The commit up to which a page's history is on record, and the newest revision then; never public.

    No foreign key: it says nothing of what became of the page since.
    """

    key = models.UUIDField(_("key"), primary_key=True)
    commit = models.CharField(_("commit"), max_length=64)
    number = models.PositiveIntegerField(_("newest revision then"))

    class Meta:
        verbose_name = _("history taken over")
        verbose_name_plural = _("histories taken over")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.key} {self.commit}"
