"""Sources as machines saw them: observations, verdicts, copies, notices and tasks. Beside the record, never in it.

No row here is part of a document, a digest or a revision. What was seen of a source goes when its row does.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from .choices import (
    FetchResult,
    HeldBy,
    NoticeKind,
    QuoteVerdict,
    SourceVerdict,
    TaskCause,
    TaskState,
    TitleMatch,
)
from .fields import one_of
from .source import Source

NO_PERMISSIONS = ()


class SourceCopy(models.Model):
    """A copy of a source that the site keeps, never shown to readers; or the address of a public snapshot.

    Own copies are WARC files under `CHECKS_DIR`, named by the SHA-256 of the file. A deleted file leaves its digest.
    """

    id = models.BigAutoField(_("number"), primary_key=True)
    source = models.ForeignKey(Source, models.DB_CASCADE, verbose_name=_("source"), related_name="copies")
    time = models.DateTimeField(_("time"))
    media_type = models.CharField(_("type"), max_length=100, blank=True)
    body_sha256 = models.CharField(_("SHA-256 of the body"), max_length=64, blank=True)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    warc_sha256 = models.CharField(_("SHA-256 of the WARC file"), max_length=64, blank=True)
    snapshot_url = models.TextField(_("public snapshot"), blank=True)
    text = models.TextField(_("text"), blank=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    class Meta:
        verbose_name = _("copy of a source")
        verbose_name_plural = _("copies of sources")
        default_permissions = NO_PERMISSIONS
        indexes = [models.Index(fields=["source", "-time"], name="copy_of_source")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.time:%Y-%m-%d}"


class SourceCheck(models.Model):
    """An observation of one address of a source. Append-only; the same thing seen again moves `last` and `count`."""

    id = models.BigAutoField(_("number"), primary_key=True)
    source = models.ForeignKey(Source, models.DB_CASCADE, verbose_name=_("source"), related_name="checks")
    address = models.TextField(_("address"))
    first = models.DateTimeField(_("first seen"))
    last = models.DateTimeField(_("last seen"))
    count = models.PositiveIntegerField(_("times seen"), default=1)
    seen = models.CharField(_("seen"), max_length=12, choices=FetchResult)
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    hops = models.JSONField(
        _("redirects"), default=list, blank=True
    )  # [[status, url], …], the first address first
    etag = models.CharField(_("ETag"), max_length=300, blank=True)
    last_modified = models.CharField(_("Last-Modified"), max_length=100, blank=True)
    body_sha256 = models.CharField(_("SHA-256 of the body"), max_length=64, blank=True)
    text_sha256 = models.CharField(_("SHA-256 of the text"), max_length=64, blank=True)
    title = models.TextField(_("title seen"), blank=True)
    title_origin = models.CharField(_("origin of the title"), max_length=60, blank=True)
    authors = models.TextField(_("authors seen"), blank=True)
    title_match = models.CharField(_("title agrees"), max_length=5, choices=TitleMatch, blank=True)
    copy = models.ForeignKey(
        SourceCopy, models.DB_SET_NULL, verbose_name=_("copy"), null=True, blank=True, related_name="+"
    )
    strike = models.CharField(
        _("counts as"), max_length=12, blank=True
    )  # the name of its outcome (`checks.verdicts`); "" if nobody at all could be reached
    engine = models.PositiveSmallIntegerField(_("version of the engine"))

    class Meta:
        verbose_name = _("check of a source")
        verbose_name_plural = _("checks of sources")
        default_permissions = NO_PERMISSIONS
        constraints = [one_of("seen", FetchResult)]
        indexes = [models.Index(fields=["source", "-last"], name="check_of_source")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.seen} {self.last:%Y-%m-%d}"


class SourceState(models.Model):
    """The verdict on a source today. It follows from its checks, but for what an editor decided."""

    source = models.OneToOneField(
        Source, models.DB_CASCADE, verbose_name=_("source"), related_name="state", primary_key=True
    )
    verdict = models.CharField(
        _("verdict"), max_length=10, choices=SourceVerdict, default=SourceVerdict.UNCHECKED
    )
    since = models.DateTimeField(_("since"), null=True, blank=True)
    held_by = models.CharField(_("held by"), max_length=7, choices=HeldBy, default=HeldBy.NOTHING)
    held_since = models.DateTimeField(_("held since"), null=True, blank=True)
    strike = models.CharField(_("strike"), max_length=12, blank=True)  # what the latest answers count towards
    strikes = models.PositiveSmallIntegerField(_("strikes"), default=0)
    first_strike_at = models.DateTimeField(_("first strike"), null=True, blank=True)
    steps = models.PositiveSmallIntegerField(
        _("good answers in a row"), default=0
    )  # decides the next interval
    moved_to = models.TextField(_("moved to"), blank=True)
    accepted_title = models.CharField(_("digest of a title accepted as right"), max_length=64, blank=True)
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    notices_at = models.DateTimeField(_("retractions asked for"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"))
    is_urgent = models.BooleanField(_("an editor waits"), default=False)
    claims = models.PositiveSmallIntegerField(
        _("times taken without a result"), default=0
    )  # a source whose check always fails is put off further each time
    engine = models.PositiveSmallIntegerField(_("version of the engine"), default=0)

    class Meta:
        verbose_name = _("verdict on a source")
        verbose_name_plural = _("verdicts on sources")
        default_permissions = NO_PERMISSIONS
        constraints = [one_of("verdict", SourceVerdict), one_of("held_by", HeldBy)]
        indexes = [
            models.Index(fields=["due_at"], name="state_by_due"),
            models.Index(fields=["due_at"], condition=models.Q(is_urgent=True), name="urgent_state_by_due"),
            models.Index(fields=["verdict", "source"], name="state_by_verdict"),
            models.Index(
                fields=["since", "source"],
                name="state_by_event",
                condition=models.Q(verdict__in=[SourceVerdict.DEAD, SourceVerdict.ALTERED]),
            ),  # the newest events
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.verdict}"


class QuoteCheck(models.Model):
    """Whether a source says the words of one quotation, known by the SHA-256 of its canonical text."""

    id = models.BigAutoField(_("number"), primary_key=True)
    source = models.ForeignKey(
        Source, models.DB_CASCADE, verbose_name=_("source"), related_name="quote_checks"
    )
    quote_sha256 = models.CharField(_("SHA-256 of the quotation"), max_length=64)
    verdict = models.CharField(_("verdict"), max_length=11, choices=QuoteVerdict)
    since = models.DateTimeField(_("since"))
    checked_at = models.DateTimeField(_("checked"))
    last_found_at = models.DateTimeField(_("last found"), null=True, blank=True)
    strikes = models.PositiveSmallIntegerField(_("times not found since"), default=0)
    first_strike_at = models.DateTimeField(_("first not found"), null=True, blank=True)
    selector = models.JSONField(
        _("selector"), default=dict, blank=True
    )  # W3C: exact, prefix, suffix, start, end
    page = models.PositiveIntegerField(_("page"), null=True, blank=True)
    notes = ArrayField(models.CharField(max_length=40), verbose_name=_("notes"), default=list, blank=True)
    nearest = models.TextField(_("nearest passage"), blank=True)
    copy = models.ForeignKey(
        SourceCopy, models.DB_SET_NULL, verbose_name=_("copy"), null=True, blank=True, related_name="+"
    )  # where it was found, if not at the live address
    engine = models.PositiveSmallIntegerField(_("version of the engine"))

    class Meta:
        verbose_name = _("check of a quotation")
        verbose_name_plural = _("checks of quotations")
        default_permissions = NO_PERMISSIONS
        constraints = [
            one_of("verdict", QuoteVerdict),
            models.UniqueConstraint(
                fields=["source", "quote_sha256"],
                name="%(app_label)s_%(class)s_is_one_a_quotation",
                violation_error_message=_("This quotation has a verdict already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.verdict}"


class WorkNotice(models.Model):
    """A retraction, correction or withdrawal that a registry has on record for a work."""

    id = models.BigAutoField(_("number"), primary_key=True)
    doi = models.CharField(_("DOI or arXiv number of the work"), max_length=200)
    kind = models.CharField(_("kind"), max_length=12, choices=NoticeKind)
    notice_doi = models.CharField(_("DOI of the notice"), max_length=200, blank=True)
    date = models.CharField(_("date"), max_length=10, blank=True)
    origin = models.CharField(_("origin"), max_length=60)
    seen_at = models.DateTimeField(_("first seen"))

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        default_permissions = NO_PERMISSIONS
        constraints = [
            one_of("kind", NoticeKind),
            models.UniqueConstraint(
                fields=["doi", "kind", "notice_doi"],
                name="%(app_label)s_%(class)s_is_recorded_once",
                violation_error_message=_("This notice is on record already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.doi} {self.kind}"


class CitationTask(models.Model):
    """A question about one citation for an editor to decide, opened by a check. One is open per citation and cause.

    No foreign keys to the citation and its page: saving a page writes its rows anew, and a task waits for one that an
    undo brings back.
    """

    id = models.BigAutoField(_("number"), primary_key=True)
    citation_id = models.UUIDField(_("citation"))
    source = models.ForeignKey(Source, models.DB_CASCADE, verbose_name=_("source"), related_name="tasks")
    controversy_id = models.UUIDField(_("controversy"))
    cause = models.CharField(_("cause"), max_length=12, choices=TaskCause)
    subject = models.CharField(
        _("digest of what it is about"), max_length=64, blank=True
    )  # dismissed once, not again
    state = models.CharField(_("state"), max_length=9, choices=TaskState, default=TaskState.OPEN)
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DB_SET_NULL,
        verbose_name=_("closed by"),
        null=True,
        blank=True,
        related_name="+",
    )
    reason = models.TextField(_("reason"), blank=True)
    revision = models.PositiveIntegerField(_("revision that closed it"), null=True, blank=True)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        default_permissions = NO_PERMISSIONS
        constraints = [
            one_of("cause", TaskCause),
            one_of("state", TaskState),
            models.UniqueConstraint(
                fields=["citation_id", "cause"],
                condition=models.Q(state="open"),
                name="%(app_label)s_%(class)s_is_open_once",
                violation_error_message=_("This task is open already."),
            ),
        ]
        indexes = [models.Index(fields=["state", "cause", "opened_at"], name="task_by_state")]

    def __str__(self) -> str:
        return f"{self.citation_id} {self.cause}"


class FetchHost(models.Model):
    """A host that the worker fetches from: when it may be asked next, and what its robots.txt says."""

    name = models.CharField(
        _("host"), max_length=260, primary_key=True
    )  # with its port, if that is not the usual one
    next_at = models.DateTimeField(_("next request allowed"))
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    robots = models.TextField(_("robots.txt"), blank=True)  # only the rules for us
    robots_at = models.DateTimeField(_("robots.txt read"), null=True, blank=True)
    robots_failed_at = models.DateTimeField(_("robots.txt failed since"), null=True, blank=True)

    class Meta:
        verbose_name = _("host")
        verbose_name_plural = _("hosts")
        default_permissions = NO_PERMISSIONS

    def __str__(self) -> str:
        return self.name


class UncopiedSource(models.Model):
    """A source of which no copy is kept, because somebody who may ask for that did."""

    source = models.OneToOneField(
        Source, models.DB_CASCADE, verbose_name=_("source"), related_name="+", primary_key=True
    )
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("source without copies")
        verbose_name_plural = _("sources without copies")
        default_permissions = NO_PERMISSIONS

    def __str__(self) -> str:
        return str(self.source_id)


class SnapshotRequest(models.Model):
    """A source of a published page that the Internet Archive is to keep, where that is switched on."""

    source = models.OneToOneField(
        Source, models.DB_CASCADE, verbose_name=_("source"), related_name="+", primary_key=True
    )
    due_at = models.DateTimeField(_("due"), null=True, blank=True)  # never again without
    requested_at = models.DateTimeField(_("requested"), null=True, blank=True)
    looks = models.PositiveSmallIntegerField(_("times looked for since"), default=0)

    class Meta:
        verbose_name = _("request for a snapshot")
        verbose_name_plural = _("requests for snapshots")
        default_permissions = NO_PERMISSIONS
        indexes = [models.Index(fields=["due_at"], name="snapshot_by_due")]

    def __str__(self) -> str:
        return str(self.source_id)


class SourceLookup(models.Model):
    """An editor's text for a new source, with what registries and the page itself say of it. Deleted after a day."""

    key = models.UUIDField(_("key"), primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"), related_name="+"
    )
    text = models.TextField(_("text"))
    created = models.DateTimeField(_("created"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    proposals = models.JSONField(
        _("proposals"), default=dict, blank=True
    )  # {field: {"value": …, "origin": …}}
    failure = models.TextField(_("failure"), blank=True)

    class Meta:
        verbose_name = _("lookup of a source")
        verbose_name_plural = _("lookups of sources")
        default_permissions = NO_PERMISSIONS
        indexes = [models.Index(fields=["created"], name="lookup_by_time")]

    def __str__(self) -> str:
        return str(self.key)


class PageChecks(models.Model):
    """The number of times that what readers are shown of a page's checks has changed; part of its cache key."""

    controversy_id = models.UUIDField(_("controversy"), primary_key=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    class Meta:
        verbose_name = _("shown checks of a page")
        verbose_name_plural = _("shown checks of pages")
        default_permissions = NO_PERMISSIONS

    def __str__(self) -> str:
        return f"{self.controversy_id} {self.version}"


class ToldChecks(models.Model):
    """Digests of what was told of a source's checks last: to readers of pages, and to everybody through the API."""

    source = models.OneToOneField(
        Source, models.DB_CASCADE, verbose_name=_("source"), related_name="+", primary_key=True
    )
    page_sha256 = models.CharField(_("digest of what pages show"), max_length=64)
    corpus_sha256 = models.CharField(_("digest of what the API tells"), max_length=64)

    class Meta:
        verbose_name = _("told checks of a source")
        verbose_name_plural = _("told checks of sources")
        default_permissions = NO_PERMISSIONS

    def __str__(self) -> str:
        return str(self.source_id)


class CheckWorker(models.Model):
    """The last sign of life of the worker; one row."""

    id = models.PositiveSmallIntegerField(_("number"), primary_key=True, default=1)
    seen_at = models.DateTimeField(_("seen"))

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        default_permissions = NO_PERMISSIONS

    def __str__(self) -> str:
        return f"{self.seen_at:%Y-%m-%d %H:%M}"
