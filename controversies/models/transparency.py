"""Log, Leaf, TreeHash, Checkpoint: the public log of all that became public, and its signed states.

Formats are those of C2SP (tlog-tiles, tlog-checkpoint); `history.transparency` reads them. All but checkpoints are
written by the database (`sql/transparency.sql`), and nothing is ever changed or deleted.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .choices import LeafKind


class Log(models.Model):
    """One log: its name and key. The newest is the one that grows; a new key or a fork begins another.

    Without a key yet, `origin` and `vkey` are "": entries gather, and nothing of the log is public.
    """

    id = models.SmallIntegerField(_("number"), primary_key=True)
    origin = models.TextField(
        _("name"),
        blank=True,
        help_text=_("First line of each checkpoint: the site's address without https://."),
    )
    vkey = models.TextField(_("public key"), blank=True, help_text=_("As c2sp.org/signed-note writes it."))
    policy = models.TextField(
        _("policy"),
        blank=True,
        help_text=_("Trusted witnesses and quorum, as c2sp.org/tlog-policy writes it."),
    )
    started = models.DateTimeField(_("started"))

    class Meta:
        verbose_name = _("log")
        verbose_name_plural = _("logs")
        default_permissions = ()

    def __str__(self) -> str:
        return self.origin or str(self.pk)


class Leaf(models.Model):
    """One entry of a log, in its place. Places have no gaps and follow the order of COMMIT.

    `entry` is canonical JSON of hashes and numbers (see `LeafKind`); `hash` is SHA-256 of a zero byte and the entry.
    There is none for what was never public. The entry of a page that was withdrawn stays.
    """

    pk = models.CompositePrimaryKey("log_id", "index")
    index = models.BigIntegerField(_("index"), help_text=_("Counted from 0."))
    log = models.ForeignKey(
        Log, models.PROTECT, verbose_name=_("log"), related_name="+", db_index=False, db_constraint=False
    )
    number = models.PositiveIntegerField(_("revision"), null=True)
    controversy_id = models.UUIDField(_("controversy"), null=True)
    kind = models.CharField(_("kind"), max_length=11, choices=LeafKind)
    entry = models.BinaryField(_("entry"))
    hash = models.BinaryField(_("hash"), max_length=32)

    class Meta:
        verbose_name = _("log entry")
        verbose_name_plural = _("log entries")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["controversy_id", "number", "log"],
                condition=Q(kind__in=[LeafKind.REVISION, LeafKind.WITHDRAWAL]),
                name="leaf_is_there_once",
                violation_error_message=_("This revision has an entry in the log already."),
            )
        ]
        indexes = [
            models.Index(
                fields=["controversy_id", "number", "log"],
                name="leaf_of_another_kind",
                condition=~Q(kind__in=[LeafKind.REVISION, LeafKind.WITHDRAWAL]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.log_id} {self.index}"


class TreeHash(models.Model):
    """The hash of a full subtree of 256^level leaves: one hash of a tile above the leaves' own.

    With them a tile, a proof and a root take at most 256 rows for each level, however many leaves there are.
    """

    pk = models.CompositePrimaryKey("log_id", "level", "index")
    index = models.BigIntegerField(_("index"))
    log = models.ForeignKey(
        Log, models.PROTECT, verbose_name=_("log"), related_name="+", db_index=False, db_constraint=False
    )
    level = models.SmallIntegerField(_("level"))
    hash = models.BinaryField(_("hash"), max_length=32)

    class Meta:
        verbose_name = _("hash of a tree")
        verbose_name_plural = _("hashes of trees")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.log_id} {self.level} {self.index}"


class Checkpoint(models.Model):
    """A signed state of a log: that its first `size` entries have the hash `root`.

    Several rows may have one size, as cosignatures of witnesses come in: the newest row counts. The database refuses
    a smaller size than before, another root for the same size, and more entries than there are.
    """

    id = models.BigAutoField(_("number"), primary_key=True)
    log = models.ForeignKey(Log, models.PROTECT, verbose_name=_("log"), related_name="+", db_index=False)
    size = models.BigIntegerField(_("entries"))
    root = models.BinaryField(_("root"), max_length=32)
    time = models.DateTimeField(_("time"), help_text=_("When it was stored; the database sets it."))
    note = models.TextField(_("note"), help_text=_("The signed note, with all signatures."))
    is_witnessed = models.BooleanField(
        _("witnessed"), help_text=_("Whether the policy's quorum of witnesses has cosigned it.")
    )

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        default_permissions = ()
        indexes = [models.Index("log", "size", "id", name="checkpoint_by_size")]

    def __str__(self) -> str:
        return f"{self.log_id} {self.size}"
