"""ListedName: every name that a topic, backer or source ever had on a public page. Follows from the listed periods."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.utils.translation import gettext_lazy as _


class ListedName(models.Model):
    """Names and labels by which lists sort and filter a topic, backer or source, once for all periods that have them.

    By these lists of a past day are read name by name, however many pages show each. The database writes it with the
    periods (`sql/names.sql`); those of pages that were withdrawn since are here, too, so a name alone is no proof that
    readers may see it.
    """

    pk = models.CompositePrimaryKey("type", "key", "digest")
    type = models.CharField(_("type"), max_length=10)  # of the block: a name in `document.types`
    key = models.UUIDField(_("key"))
    digest = models.UUIDField(_("digest of the values"))
    slug = models.CharField(_("address"), max_length=100)
    title = models.CharField(_("title"), max_length=500)
    label = models.CharField(_("kind"), max_length=200)  # the first label, "" without one
    labels = ArrayField(models.CharField(max_length=200), verbose_name=_("choices and numbers"))
    words = ArrayField(models.CharField(max_length=500), verbose_name=_("other names"))
    names = models.TextField(_("names in capitals"))  # title and other names, a line each
    begins = models.DateTimeField(_("first shown"))

    class Meta:
        verbose_name = _("listed name")
        verbose_name_plural = _("listed names")
        default_permissions = ()
        indexes = [
            models.Index("type", "title", "slug", "key", name="name_by_title"),
            models.Index("type", "slug", "key", name="name_by_slug"),
            models.Index("type", "label", "title", "slug", "key", name="name_by_kind_and_title"),
            models.Index("type", "label", "slug", "key", name="name_by_kind_and_slug"),
            models.Index("type", "begins", name="name_by_time"),
            GinIndex(fields=["labels"], name="name_by_labels"),
            GinIndex(OpClass("names", name="gin_trgm_ops"), name="name_by_words"),
            GinIndex(SearchVector("title", config="english"), name="name_by_word_of_title"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.slug}"
