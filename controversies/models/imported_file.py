"""ImportedFile: the content of a file when it was last imported."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportedFile(models.Model):
    """The content of the file of a controversy, backer or topic when it was last imported; never public.

    The file's next state is an edit of this one. Several files may have been one page's, each with its own state. No
    foreign key: it says nothing of what became of the page since.
    """

    id = models.BigAutoField(_("number"), primary_key=True)
    key = models.UUIDField(_("key"))
    file = models.TextField(_("file name"))
    digest = models.BinaryField(_("digest of the file"))
    content = models.JSONField(_("content"))
    text = models.TextField(_("text"), db_default="", default="", blank=True)
    number = models.PositiveIntegerField(_("newest revision at the time"), default=0)
    imported_at = models.DateTimeField(_("imported"))

    class Meta:
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["key", "file"],
                name="%(app_label)s_%(class)s_is_remembered_once",
                violation_error_message=_("This file is already recorded."),
            ),
        ]

    def __str__(self) -> str:
        return self.file
