"""Guess: a fact of a backer or topic that an import guessed, and nobody has said."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Guess(models.Model):
    """A field whose value on record was guessed from an address; never public, and no part of the record.

    It holds as long as the value is the one guessed, of which only the digest is kept: a person who changes it, or a
    file that says what is so, settles it. No foreign key: it says nothing of what became of the backer since.
    """

    id = models.BigAutoField(_("number"), primary_key=True)
    key = models.UUIDField(_("key"))
    field = models.CharField(_("field"), max_length=20)
    digest = models.BinaryField(_("digest of the guessed value"), max_length=32)
    is_doubtful = models.BooleanField(_("doubtful"), default=False)

    class Meta:
        verbose_name = _("guess")
        verbose_name_plural = _("guesses")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["key", "field"],
                name="%(app_label)s_%(class)s_is_one_a_field",
                violation_error_message=_("This field is already marked as a guess."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.field}"
