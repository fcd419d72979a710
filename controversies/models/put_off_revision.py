"""PutOffRevision: a page that still has to be recorded with a change of what it shares with many others."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .controversy import Controversy


class PutOffRevision(models.Model):
    """A page whose newest revision shows a backer, source or topic as it was before somebody changed it.

    Written by the database alone (`sql/pending.sql`): noted in the transaction of the change, and gone in the one that
    records the page. Until then the row cannot be changed again.
    """

    pk = models.CompositePrimaryKey("controversy_id", "key")
    controversy = models.ForeignKey(
        Controversy, models.DO_NOTHING, verbose_name=_("controversy"), related_name="+", db_index=False
    )
    key = models.UUIDField(_("key of what was changed"), db_index=True)
    type = models.CharField(_("type"), max_length=10)  # "backer", "source" or "topic"
    image = models.BinaryField(_("digest of the row as it was"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        verbose_name=_("author's account"),
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    author_name = models.CharField(_("author"), max_length=150)
    summary = models.TextField(_("reason"))
    time = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("revision that is put off")
        verbose_name_plural = _("revisions that are put off")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.controversy_id} {self.key}"
