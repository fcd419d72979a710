"""SearchIndex: the words of each page. The database writes it with each revision (`sql/search.sql`)."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from .controversy import Controversy


class SearchIndex(models.Model):
    """The text of a controversy's page, as PostgreSQL's full text search wants it.

    An index, not content: it follows from the rows, and is rebuilt whenever a revision is recorded. Only triggers
    write it, and delete nothing: a page on record stays.
    """

    controversy = models.OneToOneField(
        Controversy, models.DO_NOTHING, primary_key=True, verbose_name=_("controversy"), related_name="+"
    )
    vector = SearchVectorField(_("words"))

    class Meta:
        verbose_name = _("search index of a page")
        verbose_name_plural = _("search indexes of pages")
        default_permissions = ()
        indexes = [GinIndex(fields=["vector"], name="words_of_pages")]

    def __str__(self) -> str:
        return str(self.controversy_id)
