"""UseChange: by how much the uses of a topic, backer or source changed on a day. Follows from the listed periods."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class UseChange(models.Model):
    """The pages and uses that a day (in UTC) added, less those that it ended, on pages that are public today.

    So the uses at an earlier time are a sum over days, however many pages there were. An index, not content: the
    database writes it with the periods (`sql/use_changes.sql`), `controversies_rebuild_use_changes()` makes it anew.
    """

    pk = models.CompositePrimaryKey("type", "key", "day")
    type = models.CharField(_("type"), max_length=10)  # of the block: a name in `document.types`
    key = models.UUIDField(_("key"))
    day = models.DateField(_("day"))
    pages = models.IntegerField(_("pages"))
    uses = models.IntegerField(_("uses"))

    class Meta:
        verbose_name = _("change of uses")
        verbose_name_plural = _("changes of uses")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.type} {self.key} {self.day}"
