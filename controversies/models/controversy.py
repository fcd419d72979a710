"""Controversy and what it is made of: contested points, positions, stances.

These rows are the index of the controversy's document: they are written by `history.record()`, which
brings them into agreement with the document it records. A change of a row that no revision records is
refused by the database at COMMIT (`sql/ledger.sql`).
"""

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower, Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .choices import Confidence, PointKind, Polarity, Publication, Status
from .fields import (
    KeyedModel,
    SlugKeyedModel,
    SlugManager,
    language_shape,
    not_empty,
    one_of,
    slug_field,
    slug_shape,
)
from .topic import Topic


class ControversyManager(SlugManager["Controversy"]):
    """The one place that decides who may see which controversies."""

    def public(self) -> models.QuerySet["Controversy"]:
        """Return the controversies that readers see."""
        return self.filter(publication=Publication.PUBLISHED)

    def visible_to(self, user: AbstractUser | AnonymousUser) -> models.QuerySet["Controversy"]:
        """Return the controversies that the user may see: all with the permission to, else the public ones."""
        if user.has_perm("controversies.view_controversy"):
            return self.all()
        return self.public()


class Controversy(SlugKeyedModel):
    """A question on which informed people disagree."""

    slug = slug_field(
        help_text=_("The last part of the page's address. It cannot change once readers have seen it.")
    )
    title = models.CharField(_("title"), max_length=200)
    question = models.CharField(
        _("question"),
        max_length=500,
        blank=True,
        help_text=_("The question that the positions answer, in one sentence that every side would accept."),
    )
    language = models.CharField(
        _("language"),
        max_length=35,
        blank=True,
        default="",
        db_default="",  # for the release before, which knows nothing of it
        help_text=_("Of the page's text, as a code: de, es, fr, ar, zh-Hans, pt-BR. Empty: English."),
    )
    topic = models.ForeignKey(Topic, models.PROTECT, verbose_name=_("topic"), related_name="controversies")
    context = models.TextField(
        _("context"),
        blank=True,
        help_text=_("Markdown. What a reader must know before the positions make sense; takes no side."),
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=Status,
        default=Status.EMERGING,
        help_text=_("State of the dispute, not of the page."),
    )
    status_summary = models.TextField(
        _("status in words"),
        blank=True,
        help_text=_("Where the dispute stands; if it is resolved, by what."),
    )
    polarity = models.CharField(_("polarity"), max_length=10, choices=Polarity, default=Polarity.MULTI_AXIS)
    publication = models.CharField(
        _("publication"), max_length=10, choices=Publication, default=Publication.DRAFT
    )
    attribution = models.TextField(
        _("attribution"),
        blank=True,
        help_text=_(
            "Markdown. Where the text comes from and under which licence, if it is not the editors' own."
        ),
    )
    reviewed_on = models.DateField(
        _("reviewed on"),
        null=True,
        blank=True,
        help_text=_(
            "When somebody last read the whole page against its sources. Not the day of the last edit."
        ),
    )
    reviewed_by = models.CharField(_("reviewed by"), max_length=150, blank=True)

    objects: ClassVar[ControversyManager] = ControversyManager()

    class Meta:
        verbose_name = _("controversy")
        verbose_name_plural = _("controversies")
        ordering = ["title"]
        permissions = [
            ("propose_controversy", _("Can propose changes to controversies")),
            ("publish_controversy", _("Can publish and withdraw controversies")),
        ]
        constraints = [
            slug_shape(),
            not_empty("title"),
            language_shape("language"),
            one_of("status", Status),
            one_of("polarity", Polarity),
            one_of("publication", Publication),
            models.CheckConstraint(
                condition=models.Q(reviewed_on=None, reviewed_by="")
                | (models.Q(reviewed_on__isnull=False) & ~models.Q(reviewed_by="")),
                name="%(app_label)s_%(class)s_review_has_day_and_name",
                violation_error_message=_("Give both the day of the review and the reviewer, or neither."),
            ),
        ]
        # The desk's list, with its drafts and its choice of a page by some letters of the title; then lists of public
        # pages by title and by address, of a topic, of a status, of both, and of an author.
        indexes = [
            models.Index("title", "id", name="page_by_title"),
            models.Index(
                "title", "id", name="draft_by_title", condition=models.Q(publication=Publication.DRAFT)
            ),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="page_by_letters"),
            GinIndex(OpClass(Upper("question"), name="gin_trgm_ops"), name="page_by_question"),
            GinIndex(OpClass(Upper("slug"), name="gin_trgm_ops"), name="page_by_address"),
            models.Index(
                fields=["title", "slug"],
                name="public_of_author",
                condition=models.Q(publication=Publication.PUBLISHED),
            ),
            *(
                models.Index(
                    *columns,
                    *order,
                    name=f"public_by_{name}{'_'.join(('', *columns))}",
                    condition=models.Q(publication=Publication.PUBLISHED),
                )
                for columns in ((), ("topic",), ("status",), ("topic", "status"))
                for name, order in (("title", (Lower("title"), "id")), ("slug", ("slug",)))
                if columns or name == "title"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("controversy", args=[self.slug])


class OrderedPartManager[M: models.Model](models.Manager[M]):
    """Finds a point or position by its natural key: the controversy's slug and its place."""

    def get_by_natural_key(self, slug: str, order: int) -> M:
        return self.get(controversy__slug=slug, order=order)


class OrderedPart(KeyedModel):
    """A part of a controversy with a place of its own, counted from 1."""

    order = models.PositiveSmallIntegerField(_("order"))

    objects = OrderedPartManager()

    class Meta:
        abstract = True

    def natural_key(self) -> tuple[str, int]:
        return (self.controversy.slug, self.order)  # type: ignore[attr-defined]  # reads the controversy

    natural_key.dependencies = ["controversies.controversy"]  # type: ignore[attr-defined]  # Django's protocol


def _place() -> models.UniqueConstraint:
    return models.UniqueConstraint(
        fields=["controversy", "order"],
        name="%(app_label)s_%(class)s_place_is_its_own",
        deferrable=models.Deferrable.DEFERRED,  # so that two can swap places
        violation_error_message=_("Two of them have the same place in the order."),
    )


class ContestedPoint(OrderedPart):
    """One key tension within a controversy."""

    controversy = models.ForeignKey(
        Controversy, models.PROTECT, verbose_name=_("controversy"), related_name="points", db_index=False
    )
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"), blank=True, help_text=_("Markdown. What exactly is contested."))
    kind = models.CharField(
        _("kind of dispute"),
        max_length=12,
        choices=PointKind,
        blank=True,
        help_text=_(
            "It tells readers what could settle the point. Leave it open if it has not been assessed."
        ),
    )

    class Meta:
        verbose_name = _("contested point")
        verbose_name_plural = _("contested points")
        ordering = ["controversy", "order"]
        constraints = [
            _place(),
            not_empty("title"),
            models.CheckConstraint(
                condition=models.Q(kind="") | models.Q(kind__in=PointKind.values),
                name="%(app_label)s_%(class)s_kind_is_known",
                violation_error_message=_("Choose one of the values offered."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Position(OrderedPart):
    """One answer that somebody really holds; shown as A, B, C… by its order."""

    controversy = models.ForeignKey(
        Controversy, models.PROTECT, verbose_name=_("controversy"), related_name="positions", db_index=False
    )
    claim = models.CharField(
        _("claim"),
        max_length=500,
        help_text=_("One sentence that those who hold it would sign."),
    )
    argument = models.TextField(
        _("argument"),
        blank=True,
        help_text=_(
            "Markdown. The case as its best advocates make it. Refer to a source as [1], by its number on the page."
        ),
    )
    confidence = models.CharField(
        _("confidence"),
        max_length=10,
        choices=Confidence,
        default=Confidence.NOT_RATED,
        help_text=_(
            "How strong the cited evidence for the position is. It does not say that the position is right."
        ),
    )
    confidence_reason = models.TextField(
        _("reason for the confidence"),
        blank=True,
        help_text=_("Why this confidence and not another, in words."),
    )

    class Meta:
        verbose_name = _("position")
        verbose_name_plural = _("positions")
        ordering = ["controversy", "order"]
        indexes = [
            models.Index(
                "controversy",
                name="position_without_reason",
                condition=~models.Q(confidence=Confidence.NOT_RATED) & models.Q(confidence_reason=""),
            )
        ]
        constraints = [_place(), not_empty("claim"), one_of("confidence", Confidence)]

    def __str__(self) -> str:
        return self.claim


class StanceManager(models.Manager["Stance"]):
    """Finds a stance by its natural key: controversy, position's place, point's place."""

    def get_by_natural_key(self, slug: str, position: int, point: int) -> "Stance":
        return self.get(position__controversy__slug=slug, position__order=position, point__order=point)


def stance_key(position: str, point: str) -> str:
    """Return the key of a stance, derived from the keys of its position and its point."""
    return str(uuid.uuid5(uuid.UUID(position), point))


class Stance(KeyedModel):
    """The stance of one position on one contested point: a cell of the positions × points table."""

    position = models.ForeignKey(
        Position, models.CASCADE, verbose_name=_("position"), related_name="stances", db_index=False
    )
    point = models.ForeignKey(
        ContestedPoint, models.CASCADE, verbose_name=_("contested point"), related_name="stances"
    )
    text = models.TextField(_("stance"))

    objects = StanceManager()

    class Meta:
        verbose_name = _("stance")
        verbose_name_plural = _("stances")
        constraints = [
            models.UniqueConstraint(
                fields=["position", "point"],
                name="%(app_label)s_%(class)s_is_one_a_point",
                violation_error_message=_("This position already has a stance on that point."),
            ),
            not_empty("text"),
        ]

    def __str__(self) -> str:
        return self.text

    def natural_key(self) -> tuple[str, int, int]:
        return (*self.position.natural_key(), self.point.order)

    natural_key.dependencies = [  # type: ignore[attr-defined]  # Django's protocol
        "controversies.position",
        "controversies.contestedpoint",
    ]
