"""Subscription: a subject that a reader without an account follows by e-mail."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .choices import DigestPace, SubjectType
from .fields import one_of

_IS_REQUEST = Q(asked_at__isnull=False)


class Subscription(models.Model):
    """A subject that one e-mail address follows, or is asked to confirm; deleted when its owner leaves.

    The address is encrypted with a key that is made from `SECRET_KEY`, so that a copy of the database does not show
    it. `digest` is a keyed digest of it, by which the rows of one address are gathered. Nothing of this is public.
    Until its owner confirms it, a row sends nothing but the request to do so.
    """

    SITE = uuid.UUID(int=0)  # the key of the whole site

    id = models.BigAutoField(_("number"), primary_key=True)
    type = models.CharField(_("type"), max_length=10, choices=SubjectType)
    key = models.UUIDField(_("key"), help_text=_("Zeros for the whole site."))
    address = models.BinaryField(_("encrypted e-mail address"), max_length=1000)
    digest = models.BinaryField(_("digest of the address"), max_length=32)
    handle = models.CharField(_("first part of the links"), max_length=12)
    secret = models.CharField(_("second part of the links"), max_length=32)
    pace = models.CharField(_("how often"), max_length=10, choices=DigestPace, blank=True)
    language = models.CharField(_("language"), max_length=20, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    arrival = models.BigIntegerField(_("newest arrival that an e-mail has told"), null=True)
    due_at = models.DateTimeField(_("next e-mail"), null=True)
    refused_at = models.DateTimeField(_("address refused since"), null=True)
    deferred_at = models.DateTimeField(
        _("address deferred since"),
        null=True,
        help_text=_("The mail server takes nothing for it at present."),
    )
    asked_at = models.DateTimeField(_("requested"), null=True)
    asked_pace = models.CharField(_("requested pace"), max_length=10, choices=DigestPace, blank=True)
    asked_language = models.CharField(_("language of the request"), max_length=20, blank=True)
    ask_at = models.DateTimeField(
        _("next request to confirm"), null=True, help_text=_("Empty once that was sent.")
    )

    class Meta:
        verbose_name = _("subscription by e-mail")
        verbose_name_plural = _("subscriptions by e-mail")
        default_permissions = ()
        indexes = [
            models.Index("due_at", "digest", name="subscription_due", condition=Q(due_at__isnull=False)),
            models.Index("ask_at", "digest", name="subscription_to_ask", condition=Q(ask_at__isnull=False)),
            models.Index("asked_at", name="subscription_unconfirmed", condition=_IS_REQUEST),
            models.Index("type", "key", name="subscription_by_subject", condition=Q(due_at__isnull=False)),
            models.Index("handle", name="subscription_by_handle"),
            models.Index("refused_at", name="subscription_refused", condition=Q(refused_at__isnull=False)),
            models.Index("deferred_at", name="subscription_deferred", condition=Q(deferred_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["digest", "type", "key"], name="subscription_once_a_subject"),
            one_of("type", SubjectType),
            models.CheckConstraint(
                condition=Q(
                    confirmed_at__isnull=False,
                    arrival__isnull=False,
                    due_at__isnull=False,
                    pace__in=DigestPace.values,
                )
                | Q(
                    confirmed_at=None,
                    arrival=None,
                    due_at=None,
                    pace="",
                    refused_at=None,
                    asked_at__isnull=False,
                ),
                name="%(app_label)s_%(class)s_is_confirmed_or_asked",
                violation_error_message=_("A subscription is confirmed, or waits for that."),
            ),
            models.CheckConstraint(
                condition=(_IS_REQUEST & Q(asked_pace__in=DigestPace.values))
                | Q(asked_at=None, asked_pace="", ask_at=None),
                name="%(app_label)s_%(class)s_request_is_whole",
                violation_error_message=_("A request says how often, and when it was made."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.key}"

    @property
    def token(self) -> str:
        """The part of the links in e-mails that only the owner of the address knows."""
        return f"{self.handle}-{self.secret}"
