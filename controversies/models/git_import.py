"""GitImportCursor: how far the history of a page in a git repository has been imported."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class GitImportCursor(models.Model):
    """The commit up to which a page's history is on record, and the newest revision at the time; never public.

    No foreign key: it says nothing of what became of the page since.
    """

    key = models.UUIDField(_("key"), primary_key=True)
    commit = models.CharField(_("commit"), max_length=64)
    number = models.PositiveIntegerField(_("newest revision at the time"))

    class Meta:
        verbose_name = _("git import cursor")
        verbose_name_plural = _("git import cursors")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.key} {self.commit}"
