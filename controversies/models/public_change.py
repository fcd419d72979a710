"""PublicChange: the changes that lists show, by topic and kind. The database writes it (`sql/listing.sql`)."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from .controversy import Controversy


class PublicChange(models.Model):
    """A revision of a page that is public today and was then, in one list of changes.

    There is a row for each list that it is in: of all pages (`ALL`) and of the topic of its page today, each of any
    kind ("") and of each kind of change that readers may compare. So a list is one walk of the primary key, however
    rare what it is filtered by. An index, not content: `controversies_rebuild_listing()` makes it anew.
    """

    ALL = uuid.UUID(int=0)

    pk = models.CompositePrimaryKey("subject", "kind", "time", "controversy_id", "number")
    subject = models.UUIDField(_("topic"), help_text=_("Zeros for all topics."))
    kind = models.CharField(_("kind of change"), max_length=11, blank=True)
    time = models.DateTimeField(_("time"))
    controversy = models.ForeignKey(
        Controversy,
        models.DO_NOTHING,
        verbose_name=_("controversy"),
        related_name="+",
        db_index=False,
        db_constraint=False,  # it is there: the revision refers to it
    )
    number = models.PositiveIntegerField(_("number"))

    class Meta:
        verbose_name = _("public change")
        verbose_name_plural = _("public changes")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.controversy_id} {self.number}"
