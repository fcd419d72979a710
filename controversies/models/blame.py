"""Blame: who first wrote what stands on a page. Derived from the record by `history.blame`, and rebuilt at will.

These tables hold numbers and hashes and no words; but hashes confirm guesses, so a removal of words empties them.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class Blame(models.Model):
    """The revision up to which the blame of a page is derived; without a row, it is not at all.

    A page has one blame that follows from its public revisions alone, for readers. `every` marks another one, over
    hidden revisions too, for the desk: it is derived where somebody asks for it and the page has such revisions.
    """

    pk = models.CompositePrimaryKey("controversy_id", "every")
    controversy_id = models.UUIDField(_("controversy"))
    every = models.BooleanField(_("with hidden revisions"))
    number = models.PositiveIntegerField(_("derived up to revision"))
    algorithm = models.PositiveSmallIntegerField(_("algorithm"))

    class Meta:
        verbose_name = _("blame of a page")
        verbose_name_plural = _("blame of pages")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.controversy_id} up to {self.number}"


class Origin(models.Model):
    """The origins of what one block says, since one revision and until the next that is stored."""

    pk = models.CompositePrimaryKey("controversy_id", "every", "key", "since")
    controversy_id = models.UUIDField(_("controversy"))
    every = models.BooleanField(_("with hidden revisions"))
    key = models.UUIDField(_("block"))
    since = models.PositiveIntegerField(_("since revision"))
    runs = models.BinaryField(_("origins"))  # document.blame.pack()

    class Meta:
        verbose_name = _("origins of a block")
        verbose_name_plural = _("origins of blocks")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.key} since {self.since}"


class GoneText(models.Model):
    """A text or value that left a page, to be known again when it returns (`document.blame.FormerText`).

    Of those with the same hash that left one block, the last.
    """

    pk = models.CompositePrimaryKey("controversy_id", "every", "hash", "key")
    controversy_id = models.UUIDField(_("controversy"))
    every = models.BooleanField(_("with hidden revisions"))
    hash = models.BigIntegerField(_("hash"))
    key = models.UUIDField(_("block"))
    since = models.PositiveIntegerField(_("gone since revision"))
    grams = ArrayField(models.IntegerField(), verbose_name=_("hashes of words in a row"))
    body = models.BinaryField(_("origins"))

    class Meta:
        db_table = "controversies_gone"
        verbose_name = _("text that left a page")
        verbose_name_plural = _("texts that left a page")
        default_permissions = ()
        indexes = [GinIndex(fields=["grams"], name="gone_by_gram", fastupdate=False)]

    def __str__(self) -> str:
        return f"{self.key} since {self.since}"
