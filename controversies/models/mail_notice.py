"""Mail notice: something that an account is to get e-mail about, until that is sent."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .choices import MailKind
from .controversy import Controversy
from .fields import one_of
from .proposal import Proposal
from .redaction import RedactionRequest


class MailNotice(models.Model):
    """A notice for one account about one proposal, request, or page with suggestions. It has no words of them."""

    id = models.BigAutoField(_("number"), primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("account"), related_name="+", db_index=False
    )
    kind = models.CharField(_("about"), max_length=10, choices=MailKind, db_index=False)
    proposal = models.ForeignKey(
        Proposal, models.CASCADE, verbose_name=_("proposal"), null=True, related_name="+"
    )
    redaction_request = models.ForeignKey(
        RedactionRequest,
        models.CASCADE,
        verbose_name=_("request to remove words"),
        null=True,
        related_name="+",
    )
    controversy = models.ForeignKey(
        Controversy, models.CASCADE, verbose_name=_("page with suggestions"), null=True, related_name="+"
    )
    accepted = models.PositiveIntegerField(_("revision with the author's words"), null=True)
    edit = models.PositiveIntegerField(_("revision of the reviewer"), null=True)
    created = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("notice by e-mail")
        verbose_name_plural = _("notices by e-mail")
        ordering = ["user", "created", "id"]
        default_permissions = ()
        indexes = [models.Index("user", "created", "id", name="mail_notice_queue")]
        constraints = [
            one_of("kind", MailKind),
            models.UniqueConstraint(fields=["user", "controversy"], name="mail_notice_once_a_page"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.user_id}"
