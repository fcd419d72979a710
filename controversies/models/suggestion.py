"""Suggestion: a correction that a reader without an account suggests."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .choices import SuggestionState
from .controversy import Controversy
from .fields import KeyedModel, is_web_url, not_empty, one_of

LONG, SHORT = 4000, 150  # characters that a reader may write

_OPEN, _USED = Q(state=SuggestionState.OPEN), Q(state=SuggestionState.USED)
_DECLINED = Q(state=SuggestionState.DECLINED)


class SuggestionManager(models.Manager["Suggestion"]):
    """Finds the suggestions that wait for an editor, without those that are held back yet."""

    def waiting(self) -> models.QuerySet["Suggestion"]:
        is_due = Q(held_until=None) | Q(held_until__lte=timezone.now())
        return self.filter(is_due, state=SuggestionState.OPEN)


class Suggestion(KeyedModel):
    """A reader's note on an error of a page, until an editor corrects it or says why not.

    Readers never see it. The e-mail address is kept to tell its owner the outcome and is deleted once that is
    decided. `sender`, `sender_site` and `sender_provider` are keyed digests of the networks, from small to large, that
    it came from; they are there to count by, and gone after a day.
    """

    controversy = models.ForeignKey(
        Controversy, models.PROTECT, verbose_name=_("controversy"), related_name="suggestions"
    )
    block = models.UUIDField(_("part of the page"), null=True, help_text=_("Empty for the page as a whole."))
    block_name = models.CharField(_("about"), max_length=300)
    number = models.PositiveIntegerField(_("the reader saw revision"))
    wrong = models.CharField(_("what is wrong"), max_length=LONG)
    instead = models.CharField(_("what would be right, and why"), max_length=LONG, blank=True)
    source = models.CharField(_("a source for it"), max_length=LONG, blank=True)
    name = models.CharField(_("reader's name"), max_length=SHORT, blank=True)
    credit = models.BooleanField(_("wants to be named"), default=False)
    email = models.EmailField(_("reader's e-mail address"), blank=True)
    language = models.CharField(
        _("reader's language"),
        max_length=20,
        blank=True,
        default="",
        db_default="",  # for the release before, which knows nothing of it
    )
    sender = models.BinaryField(_("digest of the sender's address"), max_length=32, null=True)
    sender_site = models.BinaryField(_("digest of the sender's site"), max_length=32, null=True)
    sender_provider = models.BinaryField(_("digest of the sender's provider"), max_length=32, null=True)
    created = models.DateTimeField(_("received"))
    held_until = models.DateTimeField(
        _("held back until"),
        null=True,
        help_text=_("Empty if it was not held back: its networks had sent few."),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=SuggestionState, default=SuggestionState.OPEN, db_index=False
    )
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("editor's account"),
        null=True,
        related_name="+",
        db_index=False,
    )
    editor_name = models.CharField(_("decided by"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    answer = models.TextField(_("editors' answer"), blank=True)
    revision = models.PositiveIntegerField(_("used in revision"), null=True)

    objects: ClassVar[SuggestionManager] = SuggestionManager()

    class Meta:
        verbose_name = _("reader's suggestion")
        verbose_name_plural = _("readers' suggestions")
        ordering = ["created", "id"]
        default_permissions = ()  # who may change pages decides
        indexes = [
            models.Index("created", "id", name="suggestion_queue", condition=_OPEN),
            models.Index("created", "id", name="suggestion_by_time"),  # how many came of late
        ]
        constraints = [
            one_of("state", SuggestionState),
            not_empty("block_name"),
            not_empty("wrong"),
            models.CheckConstraint(
                condition=Q(number__gte=1),
                name="%(app_label)s_%(class)s_revision_counts_from_one",
                violation_error_message=_("Revisions are counted from 1."),
            ),
            models.CheckConstraint(
                condition=Q(credit=False) | ~Q(name=""),
                name="%(app_label)s_%(class)s_credit_has_a_name",
                violation_error_message=_("Give the name that we should credit."),
            ),
            models.CheckConstraint(
                condition=_OPEN | Q(email=""),
                name="%(app_label)s_%(class)s_decided_without_address",
                violation_error_message=_("Once it is decided, the e-mail address is not kept."),
            ),
            models.CheckConstraint(
                condition=(_OPEN & Q(editor=None, editor_name="", decided_at=None, answer="", revision=None))
                | (_USED & Q(decided_at__isnull=False, revision__gte=1) & ~Q(editor_name=""))
                | (
                    _DECLINED
                    & Q(decided_at__isnull=False, revision=None)
                    & ~Q(editor_name="")
                    & ~Q(answer="")
                ),
                name="%(app_label)s_%(class)s_decision_is_whole",
                violation_error_message=_(
                    "A decision says who made it and when; a refusal also why, an acceptance in which revision."
                ),
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None) | Q(decided_at__gte=models.F("created")),
                name="%(app_label)s_%(class)s_times_are_in_order",
                violation_error_message=_("A suggestion is decided after it was received."),
            ),
        ]

    def __str__(self) -> str:
        return self.block_name

    def get_absolute_url(self) -> str:
        return reverse("admin:controversies_suggestion_change", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state == SuggestionState.OPEN

    @property
    def key(self) -> str:
        """The key of the block that it is about; that of the page's head where it is about the page."""
        return str(self.block or self.controversy_id)

    @property
    def source_url(self) -> str:
        """The source, if it is the address of a page and nothing else."""
        return self.source if is_web_url(self.source) else ""
