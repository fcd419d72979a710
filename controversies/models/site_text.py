"""SiteText: what the operator says of the site, with its history. EditorListing: who is named among its editors."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .choices import SiteTextName
from .fields import not_empty, one_of


class SiteText(models.Model):
    """One version of a text about the site: whole, with who wrote it, when and why. Never changed or deleted.

    The newest version is shown on the page “About”, the older ones in its history. An empty body takes the text back:
    then the page shows the words that the site comes with. The database numbers versions without gaps
    (`sql/site_texts.sql`), and lets go of nothing but words that must be removed.
    """

    pk = models.CompositePrimaryKey("name", "number")
    name = models.CharField(_("text"), max_length=12, choices=SiteTextName)
    number = models.PositiveIntegerField(_("number"))
    time = models.DateTimeField(_("time"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        verbose_name=_("author's account"),
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    author_name = models.CharField(_("author"), max_length=150)
    summary = models.TextField(_("reason for the change"))
    body = models.TextField(_("text"), blank=True, help_text=_("Markdown."))

    class Meta:
        verbose_name = _("text about the site")
        verbose_name_plural = _("texts about the site")
        default_permissions = ()
        constraints = [one_of("name", SiteTextName), not_empty("author_name"), not_empty("summary")]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class EditorListing(models.Model):
    """The wish of an editor to be named on the page “About”, under the public name of the account."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        verbose_name=_("user"),
        related_name="editor_listing",
        primary_key=True,
    )

    class Meta:
        verbose_name = _("listed editor")
        verbose_name_plural = _("listed editors")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.user)
