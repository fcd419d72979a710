"""ListedPeriod: since when and until when lists showed a page, topic, backer or source so. Follows from the record."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from .controversy import Controversy


class ListedPeriod(models.Model):
    """A time through which readers of one page saw the same of its head, its topic, or a backer or source of it.

    An index of the record by time, so that lists of a past day are read as quickly as today's. It has only what
    lists are filtered and sorted by, and only of what was public; all else is read from the blocks. Written with each
    revision (`history.periods`), which derives it again where words were removed.
    """

    pk = models.CompositePrimaryKey("controversy_id", "key", "since")
    controversy = models.ForeignKey(
        Controversy,
        models.PROTECT,
        verbose_name=_("controversy"),
        related_name="+",
        db_index=False,
        db_constraint=False,  # it is there: the revision that begins the period refers to it
    )
    key = models.UUIDField(_("key"))
    since = models.PositiveIntegerField(_("since revision"))
    begins = models.DateTimeField(_("begins"))
    ends = models.DateTimeField(_("ends"), null=True, help_text=_("Empty if it lasts."))
    type = models.CharField(_("type"), max_length=10)  # of the block: a name in `document.types`
    slug = models.CharField(_("address"), max_length=100)
    title = models.CharField(_("title"), max_length=500)
    labels = ArrayField(models.CharField(max_length=200), verbose_name=_("choices and numbers"), default=list)
    words = ArrayField(models.CharField(max_length=500), verbose_name=_("other names"), default=list)
    uses = models.PositiveIntegerField(_("uses on the page"), default=1)

    class Meta:
        verbose_name = _("listed period")
        verbose_name_plural = _("listed periods")
        default_permissions = ()
        indexes = [
            models.Index("type", "key", "begins", name="period_by_key"),
            models.Index("type", "key", "ends", name="period_by_end", condition=models.Q(ends__isnull=False)),
            models.Index("type", "slug", name="period_by_slug"),
            models.Index("type", "title", "slug", "key", name="period_by_title"),
            models.Index(
                Lower("title"), "key", name="period_of_page_by_title", condition=models.Q(type="head")
            ),
            GinIndex(
                SearchVector("title", config="english"),
                name="period_of_page_by_words",
                condition=models.Q(type="head"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.slug} since {self.since}"
