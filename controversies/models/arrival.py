"""Arrival: what readers could see, in the order in which they could. Written by the database (`sql/arrivals.sql`)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .controversy import Controversy


class Arrival(models.Model):
    """A public revision, or the end of a page's publication, where it stands in the order of commits.

    A revision's time is taken before its transaction commits, so in the order of times one may yet appear before
    others that were already read. Positions are given at COMMIT, one transaction at a time: whoever has read up to
    one has missed nothing before it. A page published again has its earlier public revisions arrive again.
    """

    position = models.BigAutoField(_("position"), primary_key=True)
    controversy = models.ForeignKey(
        Controversy,
        models.PROTECT,
        verbose_name=_("controversy"),
        related_name="+",
        db_index=False,
        db_constraint=False,  # it is there: the revision that arrives refers to it
    )
    number = models.PositiveIntegerField(_("number"))
    withdrawn = models.BooleanField(_("withdrawn"), help_text=_("The page ceased to be public with it."))

    seal = models.BinaryField(
        _("seal"),
        max_length=8,
        null=True,
        editable=False,
        help_text=_("Covers this arrival and the one before."),
    )

    class Meta:
        verbose_name = _("arrival")
        verbose_name_plural = _("arrivals")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.controversy_id} {self.number}"
