"""Proposal: a document that somebody offers and somebody else decides on. Preference: who gets which e-mails."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .choices import MailPace, ProposalState
from .controversy import Controversy
from .fields import KeyedModel, not_empty, one_of

_OPEN, _ACCEPTED = Q(state=ProposalState.OPEN), Q(state=ProposalState.ACCEPTED)
_DECLINED, _WITHDRAWN = Q(state=ProposalState.DECLINED), Q(state=ProposalState.WITHDRAWN)
_UNDECIDED = Q(reviewer=None, reviewer_name="", decision="", revision=None)


def _within_scope(user: AbstractUser | AnonymousUser) -> Q:
    """Return the condition that a proposal is about a topic that the user's role reaches; none for all topics."""
    scope = None if user.is_superuser else getattr(user, "scope", None)
    if scope is None:
        return Q()
    keys = [str(topic) for topic in scope.reached]
    return Q(controversy__topic__in=keys) | Q(controversy=None, document__topic__key__in=keys)


class ProposalManager(models.Manager["Proposal"]):
    """The one place that decides who may see which proposals."""

    def visible_to(self, user: AbstractUser | AnonymousUser) -> models.QuerySet["Proposal"]:
        """Return all proposals for users who may decide on them, else the user's own."""
        if not user.is_active:
            return self.none()
        if user.has_perm("controversies.change_controversy"):
            within = _within_scope(user)
            return self.filter(within | Q(author=user.pk)) if within else self.all()
        return self.filter(author=user.pk)

    def waiting_for(self, user: AbstractUser | AnonymousUser) -> models.QuerySet["Proposal"]:
        """Return the proposals that wait for this user's decision."""
        if not user.has_perm("controversies.change_controversy"):
            return self.none()
        waiting = self.filter(_within_scope(user), state=ProposalState.OPEN)
        return waiting if settings.ONE_PERSON_DESK else waiting.exclude(author=user.pk)


# The keys of the blocks in a proposed document, of its topic, backers and sources among them.
MENTIONED_KEYS = models.Func(
    "document", models.Value("$.*[*].key"), function="jsonb_path_query_array", output_field=models.JSONField()
)


class Proposal(KeyedModel):
    """A change of a controversy, or a whole new one, that waits for somebody to decide on it.

    It keeps the whole document and the revision that its author began with (0: there was none), so that it is
    accepted by the same merge as any edit. `version` counts the amendments: a decision names the version that was
    read. Readers see none of it, only the revision that an accepted one becomes.
    """

    controversy = models.ForeignKey(
        Controversy,
        models.PROTECT,
        verbose_name=_("controversy"),
        related_name="proposals",
        null=True,
        help_text=_("Empty for a new one, until it is accepted."),
    )
    base = models.PositiveIntegerField(_("began with revision"))
    document = models.JSONField(_("document"))  # document.canonical.document_json(full=False)
    version = models.PositiveIntegerField(_("version"), default=1)
    reason = models.TextField(_("reason"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("author's account"),
        null=True,
        related_name="+",
        db_index=False,  # `proposal_by_author` serves
    )
    author_name = models.CharField(_("proposed by"), max_length=150)
    created = models.DateTimeField(_("proposed"))
    changed = models.DateTimeField(_("last amended"))
    state = models.CharField(
        _("state"), max_length=10, choices=ProposalState, default=ProposalState.OPEN, db_index=False
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("reviewer's account"),
        null=True,
        related_name="+",
        db_index=False,
    )
    reviewer_name = models.CharField(_("decided by"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    decision = models.TextField(_("reason for the decision"), blank=True)
    revision = models.PositiveIntegerField(_("became revision"), null=True)

    objects: ClassVar[ProposalManager] = ProposalManager()

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ["created", "id"]
        default_permissions = ()  # whose it is, and who may change the page, decide
        indexes = [
            models.Index("created", "id", name="proposal_queue", condition=_OPEN),
            models.Index("created", "id", name="proposal_by_time"),
            models.Index("author", "created", name="proposal_by_author"),
            GinIndex(MENTIONED_KEYS, name="proposal_by_mention", condition=_OPEN),
        ]
        constraints = [
            not_empty("reason"),
            not_empty("author_name"),
            models.CheckConstraint(
                condition=Q(version__gte=1) & (Q(revision=None) | Q(revision__gte=1)),
                name="%(app_label)s_%(class)s_version_counts_from_one",
            ),
            models.CheckConstraint(
                condition=Q(controversy=None, base=0)
                | Q(controversy__isnull=False, base__gte=1)
                | (_ACCEPTED & Q(controversy__isnull=False, base=0)),
                name="%(app_label)s_%(class)s_base_is_of_its_page",
                violation_error_message=_(
                    "A change begins with a revision of its page; a new page with none."
                ),
            ),
            models.CheckConstraint(
                condition=(_OPEN & _UNDECIDED & Q(decided_at=None))
                | (_WITHDRAWN & _UNDECIDED & Q(decided_at__isnull=False))
                | (
                    _DECLINED
                    & Q(decided_at__isnull=False, revision=None)
                    & ~Q(reviewer_name="")
                    & ~Q(decision="")
                )
                | (
                    _ACCEPTED
                    & Q(decided_at__isnull=False, revision__isnull=False, controversy__isnull=False)
                    & ~Q(reviewer_name="")
                ),
                name="%(app_label)s_%(class)s_decision_is_whole",
                violation_error_message=_("A decision says who made it and when; a refusal also says why."),
            ),
            models.CheckConstraint(
                condition=Q(changed__gte=models.F("created"))
                & (Q(decided_at=None) | Q(decided_at__gte=models.F("created"))),
                name="%(app_label)s_%(class)s_times_are_in_order",
            ),
        ]

    def __str__(self) -> str:
        return str(self.document.get("title", "")) if isinstance(self.document, dict) else ""

    def get_absolute_url(self) -> str:
        return reverse("admin:controversies_proposal_change", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state == ProposalState.OPEN

    @property
    def is_new(self) -> bool:
        """Whether it proposes a page that there was not."""
        return not self.base


class Preference(models.Model):
    """The settings of an account; without a row, the defaults hold."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        verbose_name=_("account"),
        primary_key=True,
        related_name="preference",
    )
    mail = models.BooleanField(_("e-mail about proposals"), default=True)
    mail_pace = models.CharField(
        _("how often e-mail comes"),
        max_length=10,
        choices=MailPace,
        default=MailPace.HOURLY,
        db_default=MailPace.HOURLY.value,
        db_index=False,
    )
    mailed_at = models.DateTimeField(_("last e-mail"), null=True)
    mail_failed_at = models.DateTimeField(_("last e-mail that could not be sent"), null=True)

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        default_permissions = ()
        constraints = [one_of("mail_pace", MailPace)]

    def __str__(self) -> str:
        return str(self.user_id)
