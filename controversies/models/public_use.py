"""PageUse and PublicUse: which public page shows which topic, backer or source, and how often each is used in public.

The database writes both with each revision, from the rows (`sql/uses.sql`), and nobody else can. They are an index, not
content: no digest knows of them, and `controversies_rebuild_uses()` makes them anew.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from .controversy import Controversy


class PageUse(models.Model):
    """The uses of one topic, backer or source on one public page of today.

    Lists of the pages that show something walk it by the page's title: `shown` are those with a use that lasts,
    `former` those with one that has ended (a backing with “until”). No row without a use.
    """

    pk = models.CompositePrimaryKey("controversy_id", "type", "key")
    controversy = models.ForeignKey(
        Controversy,
        models.DO_NOTHING,
        verbose_name=_("controversy"),
        related_name="+",
        db_index=False,
        db_constraint=False,  # it is on record, and so stays
    )
    type = models.CharField(_("type"), max_length=10)  # of the block: a name in `document.types`
    key = models.UUIDField(_("key"))
    title = models.CharField(_("title of the page"), max_length=200)
    uses = models.IntegerField(_("uses on the page"))
    former = models.IntegerField(_("uses that have ended"))

    class Meta:
        verbose_name = _("use on a page")
        verbose_name_plural = _("uses on pages")
        default_permissions = ()
        indexes = [
            models.Index(
                *("type", "key", "title", "controversy"),
                name="lasting_use",
                condition=Q(uses__gt=F("former")),
            ),
            models.Index(
                *("type", "key", "title", "controversy"), name="former_use", condition=Q(former__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.key} on {self.controversy_id}"


class PublicUse(models.Model):
    """A topic, backer or source that public pages show: what lists sort and filter it by, and the number of its uses.

    There is a row for each of them and for nothing else: `PublicUse.objects.filter(type="source", key=…).exists()`
    tells whether readers may see it, and `pages.public_rows.is_public` is the same as a condition of a query. In SQL:
    `EXISTS (SELECT FROM controversies_publicuse p WHERE p.type = 'source' AND p.key = s.id)`.
    """

    pk = models.CompositePrimaryKey("type", "key")
    type = models.CharField(_("type"), max_length=10)  # of the block: a name in `document.types`
    key = models.UUIDField(_("key"))
    slug = models.CharField(_("address"), max_length=100)
    title = models.CharField(_("title or name"), max_length=500)
    label = models.CharField(_("kind"), max_length=12)  # "" of a topic
    # The verdict in the state of a source, "" of others. A check that ends while the page is being published may be
    # missed: then it is that of the next check.
    verdict = models.CharField(_("verdict"), max_length=10)
    words = models.TextField(_("names in capitals"))  # title, other names, authors, publisher: a line each
    pages = models.IntegerField(_("public pages"))
    uses = models.IntegerField(_("uses on public pages"))
    former = models.IntegerField(_("uses that have ended"))

    class Meta:
        verbose_name = _("public use")
        verbose_name_plural = _("public uses")
        default_permissions = ()
        indexes = [
            models.Index("type", "title", "slug", name="public_use_by_title"),
            models.Index("type", "slug", name="public_use_by_slug"),
            models.Index("type", "uses", "key", name="public_use_by_number"),  # the desk's lists
            models.Index("type", "label", "title", "slug", name="public_use_by_kind_and_title"),
            models.Index("type", "label", "slug", name="public_use_by_kind_and_slug"),
            models.Index("verdict", "slug", name="public_use_by_verdict", condition=Q(type="source")),
            GinIndex(OpClass("words", name="gin_trgm_ops"), name="public_use_by_words"),
            # What search looks whole names up by; the letters of a title may be those of thousands
            GinIndex(
                Func(
                    "words",
                    Value("\n"),
                    function="string_to_array",
                    output_field=ArrayField(models.TextField()),
                ),
                name="public_use_by_whole_name",
                condition=~Q(type="source"),
                fastupdate=False,
            ),
            models.Index(Upper("title"), name="public_use_by_whole_title", condition=Q(type="source")),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.slug}"
