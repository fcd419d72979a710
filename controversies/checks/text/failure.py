"""Reasons why a source that answered has no text to compare."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Failure(TextChoices):
    """Reasons why no text can be read, each with a sentence for people."""

    SCAN = "scan", _("The PDF file has pictures of its pages, but no text.")
    SCRIPT_ONLY = "script-only", _("The page shows its text only where scripts run.")
    ENCRYPTED = "encrypted", _("The PDF file can only be read with a password.")
    TOO_LARGE = "too-large", _("The file is too large, or takes too long to read.")
    DAMAGED = "damaged", _("The file is damaged.")
    TYPE = "type", _("The file is of a type that cannot be read here.")
