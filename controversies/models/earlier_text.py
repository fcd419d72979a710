"""The passages that pages had and have no longer, for searches of earlier revisions.

An index, not content: the worker derives it from the public revisions (`history.earlier_texts`). It holds stems and
hashes of words, so the database empties it of a page that is withdrawn, or from which words are removed
(`sql/earlier.sql`), and the worker begins anew.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .controversy import Controversy


class EarlierText(models.Model):
    """The passages that a block had in one public revision, and the page no longer had in the next one.

    Passages that are on the page again are taken out. `place_kind` and `place_key` are of the block with which a backer
    or source stood, otherwise of the block itself; `place` counts the blocks of that kind, from 0.
    """

    id = models.BigAutoField(_("number"), primary_key=True)
    controversy = models.ForeignKey(
        Controversy,
        models.DO_NOTHING,
        verbose_name=_("controversy"),
        related_name="+",
        db_index=False,
        db_constraint=False,  # it is there: its revisions refer to it
    )
    key = models.UUIDField(_("block"))
    kind = models.CharField(_("kind of block"), max_length=10)
    place_kind = models.CharField(_("kind of the block where it stood"), max_length=10)
    place_key = models.UUIDField(_("block where it stood"))
    place = models.PositiveIntegerField(_("place among blocks of that kind"))
    last = models.PositiveIntegerField(_("last revision that had it"))
    next = models.PositiveIntegerField(_("first revision without it"))
    time = models.DateTimeField(_("time of the first revision without it"))
    hashes = ArrayField(models.BigIntegerField(), verbose_name=_("hashes of the passages"))

    class Meta:
        verbose_name = _("earlier text")
        verbose_name_plural = _("earlier texts")
        default_permissions = ()
        indexes = [
            models.Index("controversy", "key", "time", "id", name="earlier_text_of_block"),
            GinIndex(fields=["hashes"], name="earlier_text_by_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.controversy_id} {self.key} {self.last}"


class EarlierWord(models.Model):
    """A word of an earlier text. It lists the texts of a word in the order in which they left their pages."""

    pk = models.CompositePrimaryKey("word", "time", "text")
    word = models.TextField(_("word"), db_collation="C")  # as the text search configuration stems it
    time = models.DateTimeField(_("time"))  # EarlierText.time
    text = models.BigIntegerField(_("earlier text"))  # EarlierText.id

    class Meta:
        verbose_name = _("earlier word")
        verbose_name_plural = _("earlier words")
        default_permissions = ()
        indexes = [models.Index("text", name="earlier_word_of_text")]

    def __str__(self) -> str:
        return self.word


class EarlierTextProgress(models.Model):
    """The public revision up to which the earlier texts of a page are derived; 0 if they are to be derived anew."""

    controversy = models.OneToOneField(
        Controversy,
        models.DO_NOTHING,
        primary_key=True,
        verbose_name=_("controversy"),
        related_name="+",
        db_constraint=False,
    )
    number = models.PositiveIntegerField(_("derived up to revision"))
    config = models.CharField(_("text search configuration"), max_length=63)

    class Meta:
        verbose_name = _("progress of a page's earlier texts")
        verbose_name_plural = _("progress of pages' earlier texts")
        default_permissions = ()
        indexes = [models.Index("controversy", name="earlier_texts_to_derive", condition=Q(number=0))]

    def __str__(self) -> str:
        return f"{self.controversy_id} up to {self.number}"


class EarlierTextCursor(models.Model):
    """The arrival (`models.Arrival`) up to which the earlier texts of all pages are derived; one row."""

    id = models.PositiveSmallIntegerField(_("number"), primary_key=True, default=1)
    arrival = models.BigIntegerField(_("newest arrival that is derived"))
    changed = models.DateTimeField(_("time of the last change"))

    class Meta:
        verbose_name = _("progress of earlier texts")
        verbose_name_plural = _("progress of earlier texts")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.arrival)
