"""ListedPage: what lists sort and filter pages by. The database writes it with each revision (`sql/listing.sql`)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .choices import Publication
from .controversy import Controversy
from .topic import Topic


class ListedPage(models.Model):
    """The place of a controversy's page in lists by the time of its last change, whatever its publication.

    An index, not content: it follows from the page's row and its newest revision. Only a trigger writes it, and deletes
    nothing: a page on record stays. (The order by title needs no more than `Controversy` has.)
    """

    controversy = models.OneToOneField(
        Controversy, models.DO_NOTHING, primary_key=True, verbose_name=_("controversy"), related_name="listed"
    )
    publication = models.CharField(_("publication"), max_length=10)
    topic = models.ForeignKey(
        Topic,
        models.DO_NOTHING,
        verbose_name=_("topic"),
        related_name="+",
        db_index=False,
        db_constraint=False,  # it is there: the controversy refers to it
    )
    status = models.CharField(_("status"), max_length=10)
    number = models.PositiveIntegerField(_("number of its newest revision"))
    changed = models.DateTimeField(_("time of its newest revision"))
    lacks_source = models.BooleanField(_("a position has no source"), db_default=False)

    class Meta:
        verbose_name = _("listed page")
        verbose_name_plural = _("listed pages")
        default_permissions = ()
        indexes = [
            models.Index(
                "changed", "controversy", name="page_by_time"
            ),  # for the desk, which lists drafts too
            models.Index("controversy", name="page_without_source", condition=models.Q(lacks_source=True)),
        ] + [
            models.Index(
                fields=[*columns, "changed", "controversy"],
                name=name,
                condition=models.Q(publication=Publication.PUBLISHED),
            )
            for name, columns in (
                ("public_page_by_time", ()),
                ("public_page_of_topic", ("topic",)),
                ("public_page_of_status", ("status",)),
                ("public_page_of_topic_status", ("topic", "status")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.controversy_id} {self.number}"
