"""Revision and Block: the record. Append-only by the database's hand (`sql/`).

A revision's document is a list of blocks. A block is stored when it changes: its row says since which
revision it reads so, until a later row of the same key. A block that was removed has a row without a body.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .choices import ChangeClass, Publication
from .controversy import Controversy


class Revision(models.Model):
    """One recorded state of a controversy: who, when, why, and what it followed.

    `digest` covers the digest of the revision before, so that history is a chain. The author's name is kept
    as it was then; the account is a hint that outlives its user. The same holds for whoever accepted what the
    author proposed.

    One that readers could not see came here without its content if the page was loaded from a corpus. `withheld`
    says why they could not; of the rest there is its number, its time and its digest, so that the chain holds.
    """

    # The JSON path in `changes` to a change of publication. (Not strict, it would look into each entry.)
    PUBLICATION_CHANGED = 'strict $[*] ? (@[2] == "publication")'
    TOPIC_CHANGED = 'strict $[*] ? (@[0] == "head" && @[2] == "topic")'  # …or how it is called
    CONFIDENCE_CHANGED = 'strict $[*] ? (@[2] == "confidence")'  # …of a position's confidence

    pk = models.CompositePrimaryKey("controversy_id", "number")
    controversy = models.ForeignKey(
        Controversy, models.PROTECT, verbose_name=_("controversy"), related_name="revisions", db_index=False
    )
    number = models.PositiveIntegerField(_("number"))
    time = models.DateTimeField(_("time"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        verbose_name=_("author's account"),
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    author_name = models.CharField(_("author"), max_length=150)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        verbose_name=_("reviewer's account"),
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    reviewer_name = models.CharField(
        _("accepted by"),
        max_length=150,
        blank=True,
        db_default="",
        help_text=_("The person who accepted the author's proposal; empty without one."),
    )
    summary = models.TextField(_("reason for the change"), blank=True)
    document = models.BinaryField(_("document's digest"), max_length=32)
    digest = models.BinaryField(_("digest"), max_length=32)
    classes = ArrayField(
        models.CharField(max_length=11, choices=ChangeClass), verbose_name=_("kinds of change"), default=list
    )
    changes = models.JSONField(_("what changed"), default=list)  # document.compare.outline()
    added = models.PositiveIntegerField(_("characters added"), default=0)
    removed = models.PositiveIntegerField(_("characters removed"), default=0)
    withheld = models.CharField(
        _("withheld"),
        max_length=10,
        choices=[(each.value, each.label) for each in (Publication.DRAFT, Publication.WITHDRAWN)],
        blank=True,
        db_default="",
        help_text=_("The page's publication at the time, if the content was not loaded."),
    )
    # The database sets these three itself, whatever the writer says. They are the operator's: readers see the time
    # alone, where it is long after the revision's own.
    recorded_by = models.CharField(
        _("database role"),
        max_length=63,
        blank=True,
        db_default="",
        editable=False,
        help_text=_("The role that wrote it, as the database saw it; empty before this was kept."),
    )
    recorded_at = models.DateTimeField(
        _("written at"),
        null=True,
        editable=False,
        help_text=_("When the database wrote it; empty before this was kept."),
    )
    seal = models.BinaryField(
        _("seal"),
        max_length=8,
        null=True,
        editable=False,
        help_text=_("Covers what the digest does not: accounts, role, time of writing and origin."),
    )

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        indexes = [
            models.Index("time", name="revision_by_time"),  # recent changes over all
            models.Index(
                fields=["controversy", "-time", "-number"], name="revision_as_of"
            ),  # a page as of a time
            models.Index(
                "controversy", "number", name="revision_withheld", condition=~models.Q(withheld="")
            ),  # where a page's history has holes; mostly nowhere
            models.Index(
                *("author_name", "time", "controversy", "number"), name="revision_of_author"
            ),  # somebody's changes over all
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reviewer=None) | ~models.Q(reviewer_name=""),
                name="%(app_label)s_%(class)s_reviewer_has_a_name",
                violation_error_message=_("The person who accepted a change is recorded by name."),
            ),
            models.CheckConstraint(
                condition=models.Q(withheld="")
                | models.Q(
                    withheld__in=[Publication.DRAFT, Publication.WITHDRAWN],
                    author=None,
                    author_name="",
                    reviewer_name="",
                    summary="",
                    added=0,
                    removed=0,
                ),
                name="%(app_label)s_%(class)s_withheld_says_nothing",
                violation_error_message=_("A withheld revision holds only its number, time and digest."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.controversy_id} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("revision", args=[self.controversy.slug, self.number])


class Block(models.Model):
    """One block of a controversy's document, since one revision; no body where it was removed then.

    One row a change of structure has `OUTLINE` for its key, and lists the keys of all blocks in order: what
    is needed to read a revision without going through all versions of all blocks.
    """

    OUTLINE = uuid.UUID(int=0)

    pk = models.CompositePrimaryKey("controversy_id", "key", "since")
    controversy = models.ForeignKey(
        Controversy,
        models.PROTECT,
        verbose_name=_("controversy"),
        related_name="+",
        db_index=False,
        db_constraint=False,  # (controversy, since) references a revision instead: `sql/tables.sql`
    )
    key = models.UUIDField(_("key"))
    since = models.PositiveIntegerField(_("since revision"))
    digest = models.BinaryField(_("digest"), max_length=32, null=True)
    body = models.BinaryField(_("body"), null=True)  # document.canonical.pack()
    basis = models.PositiveIntegerField(_("packed against the version since"), null=True)
    outline = ArrayField(models.UUIDField(), verbose_name=_("keys in order"), null=True)
    renumbered = models.BooleanField(
        _("renumbered"),
        null=True,
        help_text=_("True if only the numbers of sources in its texts differ from the version before."),
    )

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        indexes = [
            models.Index(
                fields=["key"],
                name="controversies_block_removed",
                condition=models.Q(digest__isnull=True, outline__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} since {self.since}"


class UnrecordedChange(models.Model):
    """A controversy whose rows this transaction changed and has not recorded yet; never seen by others.

    Written and emptied by the database alone (`sql/`): a new revision empties it, and so does COMMIT
    where every row of the page is again what it was before. COMMIT is refused while anything else is left.
    """

    pk = models.CompositePrimaryKey("transaction", "controversy_id")
    transaction = models.BigIntegerField()
    controversy_id = models.UUIDField()

    class Meta:
        verbose_name = _("unrecorded change")
        verbose_name_plural = _("unrecorded changes")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.controversy_id)
