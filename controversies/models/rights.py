"""Rights: the topics that an account's role reaches, invitations, and the log of who gave whom what."""

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from .merger import FormerAddress


class RoleScope(models.Model):
    """The topics that an account's role reaches; an account without a row has it for all topics.

    Topics by key and not by foreign key: if one is deleted, rights become fewer, never more.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        verbose_name=_("user"),
        related_name="scope",
        primary_key=True,
    )
    topics = ArrayField(models.UUIDField(), verbose_name=_("topics"))

    class Meta:
        verbose_name = _("scope of a role")
        verbose_name_plural = _("scopes of roles")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user}: {len(self.topics)}"

    @cached_property
    def reached(self) -> frozenset[uuid.UUID]:
        """The topics, with those that stand for them since they were merged."""
        return _closure(self.topics, "key", "merger__kept")


def former_topics(topic: uuid.UUID | str) -> frozenset[uuid.UUID]:
    """Return the key of a topic, with those of the topics that were merged into it."""
    return _closure([uuid.UUID(str(topic))], "merger__kept", "key")


def _closure(keys: Iterable[uuid.UUID], start: str, end: str) -> frozenset[uuid.UUID]:
    """The keys with all that mergers lead to from them; one query, and one for each merge after another."""
    every = set(keys)
    following = every
    while following:
        merged = FormerAddress.objects.filter(**{f"{start}__in": following}, type="topic")
        following = set(merged.values_list(end, flat=True)) - every
        every |= following
    return frozenset(every)


class Invitation(models.Model):
    """An invitation to the desk by e-mail, with a role. Its link is kept as a digest, works once, and ends."""

    id = models.UUIDField(_("key"), primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=20)
    topics = ArrayField(models.UUIDField(), verbose_name=_("topics"), null=True)
    digest = models.BinaryField(_("digest of the link"))
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("invited by"),
        related_name="+",
        null=True,
    )
    sent_at = models.DateTimeField(_("sent"))
    expires_at = models.DateTimeField(_("expires"))
    accepted_at = models.DateTimeField(_("accepted"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        default_permissions = ()
        indexes = [models.Index(fields=["-sent_at"], name="invitation_by_time")]

    def __str__(self) -> str:
        return self.email


class RightsChange(models.Model):
    """An entry of the log of rights: who changed what for which account. Never changed or deleted.

    Accounts by number and name, not by foreign key: the entry outlives them.
    """

    id = models.BigAutoField(_("number"), primary_key=True)
    time = models.DateTimeField(_("time"))
    by = models.BigIntegerField(_("by account"), null=True)
    by_name = models.CharField(_("by"), max_length=150)
    account = models.BigIntegerField(_("of account"), null=True)
    account_name = models.CharField(_("account"), max_length=254)
    change = models.CharField(_("change"), max_length=40)
    before = models.CharField(_("before"), max_length=1000)
    after = models.CharField(_("after"), max_length=1000)

    class Meta:
        verbose_name = _("change of rights")
        verbose_name_plural = _("changes of rights")
        default_permissions = ()
        indexes = [models.Index(fields=["account", "-id"], name="rights_by_account")]

    def __str__(self) -> str:
        return f"{self.account_name}: {self.change}"
