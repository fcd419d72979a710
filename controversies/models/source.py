"""Source and Citation."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from controversies.kit.isbn import ISBN13

from .backer import Backing
from .choices import Relation, SourceKind
from .controversy import ContestedPoint, Controversy, Position, Stance
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

CITABLE = ("controversy", "point", "position", "stance", "backing")  # what a citation can serve
ISBN_MESSAGE = _("An ISBN has 10 or 13 digits, the last of which checks the others, as in 978-0-262-03384-8.")
# By which two sources are one work: `kit.identifiers.source_keys`.
SOURCE_KEYS = models.Func(
    "doi", "url", "isbn", function="controversies_source_keys", output_field=ArrayField(models.TextField())
)
# What search finds a source by: the fields whose declaration says `search`.
SOURCE_WORDS = models.Func(
    *("title", "authors", "publisher", "date", "doi", "isbn", "origin"),
    function="controversies_source_words",
    output_field=SearchVectorField(),
)
DOI = r"^10\.[0-9]{4,9}/[^\s]+$"


class Source(SlugKeyedModel):
    """A published work, under its own title."""

    slug = slug_field()
    title = models.CharField(
        _("title"),
        max_length=500,
        help_text=_("The work's own title, word for word; not a description of it."),
    )
    authors = models.CharField(
        _("authors"), max_length=500, blank=True, help_text=_("As the work names them.")
    )
    publisher = models.CharField(
        _("published in"),
        max_length=300,
        blank=True,
        help_text=_("Journal and volume, site, docket: where a reader would find it."),
    )
    date = PartialDateField(_("date"), help_text=_("2024, 2024-07 or 2024-07-23."))
    kind = models.CharField(_("kind"), max_length=10, choices=SourceKind, default=SourceKind.OTHER)
    url = WebUrlField(_("link"))
    doi = models.CharField(
        _("DOI"), max_length=200, blank=True, help_text=_("Begins with 10., without a link.")
    )
    isbn = models.CharField(
        _("ISBN"), max_length=13, blank=True, default="", help_text=_("Of a book: 10 or 13 digits.")
    )
    archive_url = WebUrlField(_("archived copy"))
    read_on = models.DateField(
        _("read on"),
        null=True,
        blank=True,
        help_text=_("The day on which an editor last read it: 2024-07-23."),
    )
    origin = models.CharField(
        _("repeats"),
        max_length=500,
        blank=True,
        default="",
        help_text=_(
            "The work or agency whose report this repeats, if it adds nothing of its own. Sources with the same "
            "words here count as one."
        ),
    )

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["title"]
        indexes = [
            GinIndex(SOURCE_KEYS, name="source_by_key", fastupdate=False),
            GinIndex(SOURCE_WORDS, name="source_by_word", fastupdate=False),
            models.Index("title", "id", name="source_by_title"),  # the desk's list, and what is missing
        ] + [
            models.Index("title", "id", name=f"source_without_{name}", condition=models.Q(**missing))
            for name, missing in (
                ("archive", {"archive_url": ""}),
                ("date", {"date": ""}),
                ("authors", {"authors": ""}),
                ("link", {"url": "", "doi": ""}),
            )
        ]
        constraints = [
            slug_shape(),
            not_empty("title"),
            one_of("kind", SourceKind),
            partial_date("date"),
            web_url("url"),
            web_url("archive_url"),
            models.CheckConstraint(
                condition=models.Q(doi="") | models.Q(doi__regex=DOI),
                name="%(app_label)s_%(class)s_doi_is_a_doi",
                violation_error_message=_(
                    "A DOI begins with 10. and a number, as in 10.1126/science.adp1848."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(isbn="") | models.Q(isbn__regex=ISBN13),
                name="%(app_label)s_%(class)s_isbn_is_an_isbn",
                violation_error_message=ISBN_MESSAGE,
            ),
            models.UniqueConstraint(
                fields=["url"],
                condition=~models.Q(url=""),
                name="%(app_label)s_%(class)s_url_is_recorded_once",
                violation_error_message=_("There is a source with this link already: use that one."),
            ),
            models.UniqueConstraint(
                fields=["doi"],
                condition=~models.Q(doi=""),
                name="%(app_label)s_%(class)s_doi_is_recorded_once",
                violation_error_message=_("There is a source with this DOI already: use that one."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("source", args=[self.slug])


class Citation(KeyedModel):
    """A source used for exactly one thing: a context, contested point, position, stance or backing."""

    source = models.ForeignKey(
        Source, models.PROTECT, verbose_name=_("source"), related_name="citations", db_index=False
    )
    controversy = models.ForeignKey(
        Controversy,
        models.CASCADE,
        verbose_name=_("context of"),
        null=True,
        blank=True,
        related_name="citations",
    )
    point = models.ForeignKey(
        ContestedPoint,
        models.CASCADE,
        verbose_name=_("contested point"),
        null=True,
        blank=True,
        related_name="citations",
    )
    position = models.ForeignKey(
        Position, models.CASCADE, verbose_name=_("position"), null=True, blank=True, related_name="citations"
    )
    stance = models.ForeignKey(
        Stance, models.CASCADE, verbose_name=_("stance"), null=True, blank=True, related_name="citations"
    )
    backing = models.ForeignKey(
        Backing, models.CASCADE, verbose_name=_("backing"), null=True, blank=True, related_name="citations"
    )
    order = models.PositiveSmallIntegerField(_("order"))
    relation = models.CharField(_("relation"), max_length=11, choices=Relation, default=Relation.SUPPORTS)
    quote = models.TextField(
        _("quote"), blank=True, help_text=_("The words that bear on it, exactly as the source has them.")
    )
    locator = models.CharField(
        _("where in the source"), max_length=200, blank=True, help_text=_("Page, section or heading.")
    )

    class Meta:
        verbose_name = _("citation")
        verbose_name_plural = _("citations")
        ordering = ["order"]
        indexes = [
            models.Index(fields=["source", "id"], name="citation_by_source"),
            models.Index(fields=["source", "id"], name="quotation_by_source", condition=~models.Q(quote="")),
        ]
        constraints = [
            one_of("relation", Relation),
            models.CheckConstraint(
                condition=models.lookups.Exact(
                    models.Func(*CITABLE, function="num_nonnulls", output_field=models.IntegerField()), 1
                ),
                name="%(app_label)s_%(class)s_has_one_target",
                violation_error_message=_("A citation belongs to exactly one text."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.source)
