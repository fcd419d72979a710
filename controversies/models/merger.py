"""Merger: several backers, sources or topics that became one. FormerAddress: where readers found one that is gone."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Merger(models.Model):
    """A merge of backers, sources or topics into one of them, with what it takes to undo it; gone once it is undone.

    `before` holds the JSON of every row as it was, and `after` that of the row that stayed. `pages` holds the number of
    the revision that the merge recorded, by key of the page.
    """

    id = models.BigAutoField(_("number"), primary_key=True)
    type = models.CharField(_("type"), max_length=10)  # of the block: a name in `document.types`
    kept = models.UUIDField(_("key of the one that stayed"), db_index=True)
    time = models.DateTimeField(_("time"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("account"),
        null=True,
        related_name="+",
        db_index=False,
    )
    author_name = models.CharField(_("merged by"), max_length=150)
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))
    pages = models.JSONField(_("pages"))

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.type} {self.kept}"


class FormerAddress(models.Model):
    """The key and the address of a backer, source or topic that was merged into another.

    Readers who ask for the address are sent on. A page that is saved with the key gets the other one. No foreign key:
    the other one may have been merged in turn.
    """

    key = models.UUIDField(_("key"), primary_key=True)
    type = models.CharField(_("type"), max_length=10)
    slug = models.CharField(_("address"), max_length=100)  # "" once its words were removed
    merger = models.ForeignKey(Merger, models.CASCADE, verbose_name=_("merge"), related_name="addresses")

    class Meta:
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")
        default_permissions = ()
        indexes = [models.Index("type", "slug", name="former_by_address")]

    def __str__(self) -> str:
        return f"{self.type} {self.slug}"
