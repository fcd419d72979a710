"""Redaction: words taken out of the record because they must be, and the digests that went with them.

RedactionRequest: a redaction that waits to be confirmed.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .choices import RedactedPart, RedactionGround, RedactionOffice, RedactionState
from .controversy import Controversy
from .fields import KeyedModel, not_empty, one_of

REASON = 500  # characters


class Redaction(models.Model):
    """Words taken out of one version of a block, or out of one revision's reason, author or reviewer.

    `digest` is the version's or the revision's own, which stays unless digests were replaced: the chain still holds.
    `now` is the SHA-256 of what stands there instead, so that it can be checked too. A later row of the same place
    replaces an earlier one's `now`. Rows are written by the database function `controversies_redact()` only
    (`sql/redactions.sql`), and not changed, but for digests that a later removal from the page replaces.
    """

    id = models.BigAutoField(_("number"), primary_key=True)
    controversy = models.ForeignKey(
        Controversy,
        models.PROTECT,
        verbose_name=_("controversy"),
        related_name="+",
        db_index=False,  # `redaction_by_place` serves
        db_constraint=False,  # a corpus brings it before its page
    )
    key = models.UUIDField(_("block"), null=True)
    since = models.PositiveIntegerField(_("since revision"))
    part = models.CharField(_("part"), max_length=8, choices=RedactedPart)
    digest = models.BinaryField(_("digest before"), max_length=32)
    now = models.BinaryField(_("digest now"), max_length=32)
    time = models.DateTimeField(_("time"))
    ground = models.CharField(_("ground"), max_length=10, choices=RedactionGround)
    reason = models.CharField(_("reason"), max_length=REASON, blank=True, db_default="")
    by_name = models.CharField(_("removed by"), max_length=150, blank=True)
    second_name = models.CharField(_("confirmed by"), max_length=150, blank=True, db_default="")
    office = models.CharField(_("decided by"), max_length=10, choices=RedactionOffice)
    role = models.TextField(_("database role"))

    class Meta:
        verbose_name = _("redaction")
        verbose_name_plural = _("redactions")
        default_permissions = ()
        indexes = [models.Index("controversy", "since", "part", "key", name="redaction_by_place")]
        constraints = [
            one_of("ground", RedactionGround),
            one_of("part", RedactedPart),
            one_of("office", RedactionOffice),
            models.CheckConstraint(
                condition=(Q(part=RedactedPart.BLOCK) & Q(key__isnull=False))
                | (~Q(part=RedactedPart.BLOCK) & Q(key=None)),
                name="%(app_label)s_%(class)s_key_is_of_a_block",
                violation_error_message=_("A block has a key; other parts have none."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.controversy_id} {self.part} {self.key or ''} since {self.since}"


class DigestReplacement(models.Model):
    """A revision's digest that a removal of words replaced, and the one that came for it.

    The earlier digest confirms a guess of the words to whoever knows all the rest, and stays because it was public.
    Rows are written by the database function `controversies_replace_digests()` only, and never changed.
    """

    id = models.BigAutoField(_("number"), primary_key=True)
    controversy = models.ForeignKey(
        Controversy, models.PROTECT, verbose_name=_("controversy"), related_name="+", db_index=False
    )
    number = models.PositiveIntegerField(_("revision"))
    digest = models.BinaryField(_("digest before"), max_length=32)
    now = models.BinaryField(_("digest now"), max_length=32)
    time = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("replaced digest")
        verbose_name_plural = _("replaced digests")
        default_permissions = ()
        indexes = [models.Index("controversy", "number", name="replacement_by_revision")]

    def __str__(self) -> str:
        return f"{self.controversy_id} {self.number}"


class RedactionRequest(KeyedModel):
    """A redaction that a publisher asked for and that another has to confirm.

    It holds the words only while it waits: once it is decided they are gone. No reader sees it.
    """

    controversy = models.ForeignKey(
        Controversy, models.PROTECT, verbose_name=_("controversy"), related_name="+"
    )
    words = models.TextField(_("words to remove"), blank=True)
    everywhere = models.BooleanField(_("on all pages"), default=False)
    ignore_case = models.BooleanField(_("capitals do not matter"), default=False)
    whole_field = models.BooleanField(_("remove the whole text that holds them"), default=False)
    ground = models.CharField(_("ground"), max_length=10, choices=RedactionGround)
    reason = models.CharField(_("reason"), max_length=REASON, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("account"),
        null=True,
        related_name="+",
        db_index=False,
    )
    author_name = models.CharField(_("asked for by"), max_length=150)
    created = models.DateTimeField(_("asked for"))
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=RedactionState,
        default=RedactionState.WAITING,
        db_index=False,
    )
    second_name = models.CharField(_("decided by"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    answer = models.CharField(_("reason for the decision"), max_length=REASON, blank=True)

    class Meta:
        verbose_name = _("request to remove words")
        verbose_name_plural = _("requests to remove words")
        ordering = ["created", "id"]
        default_permissions = ()
        indexes = [
            models.Index("created", name="redaction_waiting", condition=Q(state=RedactionState.WAITING))
        ]
        constraints = [
            one_of("ground", RedactionGround),
            not_empty("author_name"),
            models.CheckConstraint(
                condition=(Q(state=RedactionState.WAITING, decided_at=None) & ~Q(words=""))
                | (~Q(state=RedactionState.WAITING) & Q(words="", decided_at__isnull=False)),
                name="%(app_label)s_%(class)s_keeps_no_words",
                violation_error_message=_("Once a request is decided, its words are not kept."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_waiting(self) -> bool:
        """Whether it is still to be decided."""
        return self.state == RedactionState.WAITING
