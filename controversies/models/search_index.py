"""The words of pages, as search wants them. The database writes them with each revision (`sql/search.sql`).

An index, not content: it follows from the rows of pages. Only triggers write it.
"""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from .controversy import Controversy


class SearchIndex(models.Model):
    """The number under which the words of a page are kept: pages are numbered in the order in which they were recorded.

    A page that is on record stays, and so does its number.
    """

    id = models.AutoField(_("number"), primary_key=True)
    controversy = models.OneToOneField(
        Controversy, models.DO_NOTHING, verbose_name=_("controversy"), related_name="+"
    )
    # By which its words are stemmed; searches ask which there are
    config = models.CharField(
        _("text search configuration"), max_length=63, db_default="english", db_index=True
    )

    class Meta:
        verbose_name = _("search index of a page")
        verbose_name_plural = _("search indexes of pages")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.controversy_id)


class SearchBlock(models.Model):
    """The text search vector of one block of a page. An edit writes those of the blocks that it changes, no others.

    The backers and sources of a page are blocks of it. Facets stand among the words, and begin with "=", as no word of
    a text does: "=status active", "=topic <key>", "=confidence high", "=backer company", "=year 2024", "=contested",
    "=published".
    """

    pk = models.CompositePrimaryKey("page", "key")
    page = models.IntegerField(_("page"))  # SearchIndex.id
    key = models.UUIDField(_("block"))
    vector = SearchVectorField(_("words"))

    class Meta:
        verbose_name = _("search words of a block")
        verbose_name_plural = _("search words of blocks")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.key)


class SearchWord(models.Model):
    """A word that a page has, in how many of its blocks; those of titles again by themselves.

    It lists the pages of a word in the order of their numbers. So words that stand in different blocks are intersected
    page by page, and whoever wants the first hundred pages reads no more than these. (A GIN index reads all pages of a
    word, and of an edited block writes every word again.)
    """

    pk = models.CompositePrimaryKey("word", "is_title", "page")
    page = models.IntegerField(_("page"))  # SearchIndex.id
    blocks = models.SmallIntegerField(_("blocks"))
    is_title = models.BooleanField(_("in titles"))
    word = models.TextField(_("word"), db_collation="C")  # as the text search configuration stems it

    class Meta:
        verbose_name = _("search word")
        verbose_name_plural = _("search words")
        default_permissions = ()

    def __str__(self) -> str:
        return self.word


class SearchTerm(models.Model):
    """A word of some page, public or not, for searches of words that no page has: it may be spelled like one of these.

    An edit adds the words that are new on its page, and takes away those that no page has any more. (Where two pages
    are recorded at once, a word of one of them may be taken away with the other's.)
    """

    word = models.TextField(_("word"), primary_key=True, db_collation="C")

    class Meta:
        verbose_name = _("search term")
        verbose_name_plural = _("search terms")
        default_permissions = ()
        indexes = [
            GinIndex(OpClass("word", name="gin_trgm_ops"), name="search_term_by_letters", fastupdate=False)
        ]

    def __str__(self) -> str:
        return self.word
