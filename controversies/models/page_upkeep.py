"""PageUpkeep: what public pages lack, and by what else lists sort them that edits seldom change (`sql/upkeep.sql`)."""

import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .controversy import Controversy
from .topic import Topic

REVIEW_EVERY = datetime.timedelta(days=365)
NEVER = datetime.date.min  # stands for the day of a review that there was not, so that it sorts first


class PageUpkeep(models.Model):
    """The upkeep of a public page: when it was opened and last reviewed, and what is missing on it.

    There is a row for each page that is public today and for no other. An index, not content: the database writes it
    with each revision that changes it, and `controversies_rebuild_upkeep()` makes all of it anew.
    """

    controversy = models.OneToOneField(
        Controversy, models.DO_NOTHING, primary_key=True, verbose_name=_("controversy"), related_name="upkeep"
    )
    topic = models.ForeignKey(
        Topic,
        models.DO_NOTHING,
        verbose_name=_("topic"),
        related_name="+",
        db_index=False,
        db_constraint=False,  # it is there: the controversy refers to it
    )
    status = models.CharField(_("status"), max_length=10)
    opened = models.DateTimeField(_("time of its first public revision"))
    reviewed = models.DateField(
        _("day of its last review"), help_text=_("The first day of year 1 for never.")
    )
    has_primary_source = models.BooleanField(_("cites a primary source"))
    has_one_editor = models.BooleanField(_("only one person has worked on it"))
    silent_cells = models.PositiveIntegerField(_("points on which positions have no stance"))

    class Meta:
        verbose_name = _("upkeep of a page")
        verbose_name_plural = _("upkeep of pages")
        default_permissions = ()
        indexes = [
            models.Index("opened", "controversy", name="upkeep_by_opening"),
            *(
                models.Index(
                    *columns,
                    "reviewed",
                    "controversy",
                    name="_".join(("upkeep", name, *columns)),
                    condition=condition,
                )
                for name, condition, filters in (
                    ("by_review", None, ((), ("topic",), ("status",), ("topic", "status"))),
                    ("sources", Q(has_primary_source=False), ((), ("topic",))),
                    ("editors", Q(has_one_editor=True), ((), ("topic",))),
                    ("cells", Q(silent_cells__gt=0), ((), ("topic",))),
                )
                for columns in filters
            ),
        ]

    def __str__(self) -> str:
        return str(self.controversy_id)
