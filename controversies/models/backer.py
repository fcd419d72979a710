"""Backer and Backing."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Left, Length, Lower
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .choices import BackerKind
from .controversy import Position
from .fields import (
    KeyedModel,
    PartialDateField,
    SlugKeyedModel,
    WebUrlField,
    not_empty,
    one_of,
    partial_date,
    slug_field,
    slug_shape,
    web_url,
)

# What search finds a backer by: the fields whose declaration says `search`.
BACKER_WORDS = models.Func(
    *("name", "description", "aliases"),
    function="controversies_backer_words",
    output_field=SearchVectorField(),
)


class Backer(SlugKeyedModel):
    """A company, lab, government body, organisation, person or unorganised constituency that holds positions."""

    slug = slug_field()
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(
        _("kind"),
        max_length=12,
        choices=BackerKind,
        help_text=_("A constituency is an unorganised group: nobody speaks for it."),
    )
    description = models.TextField(
        _("description"), blank=True, help_text=_("Who or what it is, in a sentence or two. Markdown.")
    )
    website = WebUrlField(_("website"))
    aliases = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("also called"),
        blank=True,
        default=list,
        help_text=_("Other names, separated by commas."),
    )

    class Meta:
        verbose_name = _("backer")
        verbose_name_plural = _("backers")
        ordering = ["name"]
        indexes = [
            GinIndex(BACKER_WORDS, name="backer_by_word", fastupdate=False),
            GinIndex(fields=["aliases"], name="backer_by_alias"),
            # The desk's list, and what is missing.
            models.Index("name", "id", name="backer_by_name"),
            models.Index(
                "name",
                "id",
                name="backer_without_website",
                condition=models.Q(website="") & ~models.Q(kind=BackerKind.CONSTITUENCY),
            ),
            models.Index("name", "id", name="backer_without_description", condition=models.Q(description="")),
        ]
        constraints = [
            slug_shape(),
            not_empty("name"),
            one_of("kind", BackerKind),
            web_url("website"),
            models.UniqueConstraint(
                Lower("name"),
                "kind",
                name="%(app_label)s_%(class)s_is_recorded_once",
                violation_error_message=_("There is a backer of this name and kind already: use that one."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("backer", args=[self.slug])


class BackingManager(models.Manager["Backing"]):
    """Finds a backing by its natural key: controversy, position's place, backer's slug."""

    def get_by_natural_key(self, slug: str, position: int, backer: str) -> "Backing":
        return self.get(position__controversy__slug=slug, position__order=position, backer__slug=backer)


class Backing(KeyedModel):
    """A backer holding a position, since when and until when as far as is known."""

    position = models.ForeignKey(
        Position, models.CASCADE, verbose_name=_("position"), related_name="backings", db_index=False
    )
    backer = models.ForeignKey(Backer, models.PROTECT, verbose_name=_("backer"), related_name="backings")
    order = models.PositiveSmallIntegerField(_("order"))
    note = models.TextField(
        _("note"), blank=True, help_text=_("How the backer holds it: what it does or says.")
    )
    since = PartialDateField(_("since"), help_text=_("2024, 2024-07 or 2024-07-23."))
    until = PartialDateField(_("until"), help_text=_("Only if it is held no longer."))

    objects = BackingManager()

    class Meta:
        verbose_name = _("backing")
        verbose_name_plural = _("backings")
        ordering = ["position", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["position", "backer"],
                name="%(app_label)s_%(class)s_is_one_a_position",
                deferrable=models.Deferrable.DEFERRED,  # so that two can swap backers or positions
                violation_error_message=_("This backer is already listed for the position."),
            ),
            partial_date("since"),
            partial_date("until"),
            models.CheckConstraint(  # as far as both are known: from July 2024 until 2024 is in order
                condition=models.Q(until="")
                | models.Q(LessThanOrEqual(Left("since", Length("until")), models.F("until"))),
                name="%(app_label)s_%(class)s_begins_before_it_ends",
                violation_error_message=_("“Until” is before “since”."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.backer)

    def natural_key(self) -> tuple[str, int, str]:
        return (*self.position.natural_key(), self.backer.slug)

    natural_key.dependencies = [  # type: ignore[attr-defined]  # Django's protocol
        "controversies.position",
        "controversies.backer",
    ]
