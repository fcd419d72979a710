"""Tables of checks: what machines saw of sources, beside the record."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0008_log_of_a_corpus"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CheckWorker",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1, primary_key=True, serialize=False, verbose_name="number"
                    ),
                ),
                ("seen_at", models.DateTimeField(verbose_name="seen")),
            ],
            options={
                "verbose_name": "worker",
                "verbose_name_plural": "workers",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="FetchHost",
            fields=[
                (
                    "name",
                    models.CharField(max_length=260, primary_key=True, serialize=False, verbose_name="host"),
                ),
                ("next_at", models.DateTimeField(verbose_name="next request allowed")),
                ("failures", models.PositiveSmallIntegerField(default=0, verbose_name="failures in a row")),
                ("robots", models.TextField(blank=True, verbose_name="robots.txt")),
                ("robots_at", models.DateTimeField(blank=True, null=True, verbose_name="robots.txt read")),
            ],
            options={
                "verbose_name": "host",
                "verbose_name_plural": "hosts",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PageChecks",
            fields=[
                (
                    "controversy_id",
                    models.UUIDField(primary_key=True, serialize=False, verbose_name="controversy"),
                ),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
            ],
            options={
                "verbose_name": "shown checks of a page",
                "verbose_name_plural": "shown checks of pages",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SourceCopy",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
                ("time", models.DateTimeField(verbose_name="time")),
                ("media_type", models.CharField(blank=True, max_length=100, verbose_name="type")),
                (
                    "body_sha256",
                    models.CharField(blank=True, max_length=64, verbose_name="SHA-256 of the body"),
                ),
                ("size", models.PositiveBigIntegerField(default=0, verbose_name="bytes")),
                (
                    "warc_sha256",
                    models.CharField(blank=True, max_length=64, verbose_name="SHA-256 of the WARC file"),
                ),
                ("snapshot_url", models.TextField(blank=True, verbose_name="public snapshot")),
                ("text", models.TextField(blank=True, verbose_name="text")),
                ("deleted_at", models.DateTimeField(blank=True, null=True, verbose_name="deleted")),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="copies",
                        to="controversies.source",
                        verbose_name="source",
                    ),
                ),
            ],
            options={
                "verbose_name": "copy of a source",
                "verbose_name_plural": "copies of sources",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SourceCheck",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
                ("address", models.TextField(verbose_name="address")),
                ("first", models.DateTimeField(verbose_name="first seen")),
                ("last", models.DateTimeField(verbose_name="last seen")),
                ("count", models.PositiveIntegerField(default=1, verbose_name="times seen")),
                (
                    "seen",
                    models.CharField(
                        choices=[
                            ("ok", "answered"),
                            ("unchanged", "not modified"),
                            ("unreadable", "answered without readable text"),
                            ("not-found", "not found"),
                            ("soft-404", "answered, but says that nothing is there"),
                            ("blocked", "refused"),
                            ("server-error", "server error"),
                            ("no-host", "host not found"),
                            ("no-answer", "no answer"),
                            ("too-large", "too large"),
                            ("refused", "address not allowed"),
                            ("robots", "excluded by robots.txt"),
                        ],
                        max_length=12,
                        verbose_name="seen",
                    ),
                ),
                (
                    "status",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="HTTP status"),
                ),
                ("hops", models.JSONField(blank=True, default=list, verbose_name="redirects")),
                ("etag", models.CharField(blank=True, max_length=300, verbose_name="ETag")),
                ("last_modified", models.CharField(blank=True, max_length=100, verbose_name="Last-Modified")),
                (
                    "body_sha256",
                    models.CharField(blank=True, max_length=64, verbose_name="SHA-256 of the body"),
                ),
                (
                    "text_sha256",
                    models.CharField(blank=True, max_length=64, verbose_name="SHA-256 of the text"),
                ),
                ("title", models.TextField(blank=True, verbose_name="title seen")),
                (
                    "title_origin",
                    models.CharField(blank=True, max_length=60, verbose_name="origin of the title"),
                ),
                ("authors", models.TextField(blank=True, verbose_name="authors seen")),
                (
                    "title_match",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("same", "the same"),
                            ("part", "one is part of the other"),
                            ("like", "alike"),
                            ("other", "another work’s"),
                        ],
                        max_length=5,
                        verbose_name="title agrees",
                    ),
                ),
                ("engine", models.PositiveSmallIntegerField(verbose_name="version of the engine")),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="checks",
                        to="controversies.source",
                        verbose_name="source",
                    ),
                ),
                (
                    "copy",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.DB_SET_NULL,
                        related_name="+",
                        to="controversies.sourcecopy",
                        verbose_name="copy",
                    ),
                ),
            ],
            options={
                "verbose_name": "check of a source",
                "verbose_name_plural": "checks of sources",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="QuoteCheck",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
                ("quote_sha256", models.CharField(max_length=64, verbose_name="SHA-256 of the quotation")),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("found", "Found"),
                            ("punctuation", "Punctuation differs"),
                            ("doubt", "In doubt"),
                            ("absent", "Not found"),
                            ("unread", "Cannot be read"),
                        ],
                        max_length=11,
                        verbose_name="verdict",
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="since")),
                ("checked_at", models.DateTimeField(verbose_name="checked")),
                ("last_found_at", models.DateTimeField(blank=True, null=True, verbose_name="last found")),
                (
                    "strikes",
                    models.PositiveSmallIntegerField(default=0, verbose_name="times not found since"),
                ),
                (
                    "first_strike_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="first not found"),
                ),
                ("selector", models.JSONField(blank=True, default=dict, verbose_name="selector")),
                ("page", models.PositiveIntegerField(blank=True, null=True, verbose_name="page")),
                (
                    "notes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=list,
                        verbose_name="notes",
                    ),
                ),
                ("nearest", models.TextField(blank=True, verbose_name="nearest passage")),
                ("engine", models.PositiveSmallIntegerField(verbose_name="version of the engine")),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="quote_checks",
                        to="controversies.source",
                        verbose_name="source",
                    ),
                ),
                (
                    "copy",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.DB_SET_NULL,
                        related_name="+",
                        to="controversies.sourcecopy",
                        verbose_name="copy",
                    ),
                ),
            ],
            options={
                "verbose_name": "check of a quotation",
                "verbose_name_plural": "checks of quotations",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SourceLookup",
            fields=[
                (
                    "key",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="key",
                    ),
                ),
                ("text", models.TextField(verbose_name="text")),
                ("created", models.DateTimeField(verbose_name="created")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done")),
                ("proposals", models.JSONField(blank=True, default=dict, verbose_name="proposals")),
                ("failure", models.TextField(blank=True, verbose_name="failure")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "lookup of a source",
                "verbose_name_plural": "lookups of sources",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SourceState",
            fields=[
                (
                    "source",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        primary_key=True,
                        related_name="state",
                        serialize=False,
                        to="controversies.source",
                        verbose_name="source",
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("verified", "Verified"),
                            ("moved", "Moved"),
                            ("altered", "Altered"),
                            ("gone", "Gone"),
                            ("blocked", "Blocked"),
                            ("unchecked", "Unchecked"),
                        ],
                        default="unchecked",
                        max_length=10,
                        verbose_name="verdict",
                    ),
                ),
                ("since", models.DateTimeField(blank=True, null=True, verbose_name="since")),
                (
                    "held_by",
                    models.CharField(
                        choices=[("live", "its address"), ("copy", "a copy"), ("nothing", "nothing")],
                        default="nothing",
                        max_length=7,
                        verbose_name="held by",
                    ),
                ),
                ("held_since", models.DateTimeField(blank=True, null=True, verbose_name="held since")),
                ("strike", models.CharField(blank=True, max_length=12, verbose_name="strike")),
                ("strikes", models.PositiveSmallIntegerField(default=0, verbose_name="strikes")),
                ("first_strike_at", models.DateTimeField(blank=True, null=True, verbose_name="first strike")),
                ("steps", models.PositiveSmallIntegerField(default=0, verbose_name="good answers in a row")),
                ("moved_to", models.TextField(blank=True, verbose_name="moved to")),
                (
                    "accepted_title",
                    models.CharField(
                        blank=True, max_length=64, verbose_name="digest of a title accepted as right"
                    ),
                ),
                ("checked_at", models.DateTimeField(blank=True, null=True, verbose_name="checked")),
                (
                    "notices_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="retractions asked for"),
                ),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("is_urgent", models.BooleanField(default=False, verbose_name="an editor waits")),
                ("engine", models.PositiveSmallIntegerField(default=0, verbose_name="version of the engine")),
            ],
            options={
                "verbose_name": "verdict on a source",
                "verbose_name_plural": "verdicts on sources",
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["due_at"], name="state_by_due"),
                    models.Index(fields=["verdict", "source"], name="state_by_verdict"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("verdict__in", ["verified", "moved", "altered", "gone", "blocked", "unchecked"])
                        ),
                        name="controversies_sourcestate_verdict_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("held_by__in", ["live", "copy", "nothing"])),
                        name="controversies_sourcestate_held_by_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkNotice",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
                ("doi", models.CharField(max_length=200, verbose_name="DOI or arXiv number of the work")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("retraction", "Retracted"),
                            ("withdrawal", "Withdrawn"),
                            ("removal", "Removed"),
                            ("concern", "Expression of concern"),
                            ("correction", "Corrected"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "notice_doi",
                    models.CharField(blank=True, max_length=200, verbose_name="DOI of the notice"),
                ),
                ("date", models.CharField(blank=True, max_length=10, verbose_name="date")),
                ("origin", models.CharField(max_length=60, verbose_name="origin")),
                ("seen_at", models.DateTimeField(verbose_name="first seen")),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["retraction", "withdrawal", "removal", "concern", "correction"])
                        ),
                        name="controversies_worknotice_kind_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.UniqueConstraint(
                        fields=("doi", "kind", "notice_doi"),
                        name="controversies_worknotice_is_recorded_once",
                        violation_error_message="This notice is on record already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CitationTask",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
                ("citation_id", models.UUIDField(verbose_name="citation")),
                ("controversy_id", models.UUIDField(verbose_name="controversy")),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("gone", "The source is gone"),
                            ("altered", "The source was altered"),
                            ("moved", "The source has moved"),
                            ("retracted", "The source was retracted or corrected"),
                            ("quote", "The quotation was not found"),
                            ("title", "The title is another work’s"),
                        ],
                        max_length=12,
                        verbose_name="cause",
                    ),
                ),
                (
                    "subject",
                    models.CharField(blank=True, max_length=64, verbose_name="digest of what it is about"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("done", "Done"),
                            ("dismissed", "Dismissed"),
                            ("lapsed", "Lapsed"),
                        ],
                        default="open",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("opened_at", models.DateTimeField(verbose_name="opened")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                (
                    "revision",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="revision that closed it"
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.DB_SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="closed by",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="tasks",
                        to="controversies.source",
                        verbose_name="source",
                    ),
                ),
            ],
            options={
                "verbose_name": "task",
                "verbose_name_plural": "tasks",
                "default_permissions": (),
                "indexes": [models.Index(fields=["state", "cause", "opened_at"], name="task_by_state")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cause__in", ["gone", "altered", "moved", "retracted", "quote", "title"])
                        ),
                        name="controversies_citationtask_cause_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "done", "dismissed", "lapsed"])),
                        name="controversies_citationtask_state_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("citation_id", "cause"),
                        name="controversies_citationtask_is_open_once",
                        violation_error_message="This task is open already.",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="sourcecopy",
            index=models.Index(fields=["source", "-time"], name="copy_of_source"),
        ),
        migrations.AddIndex(
            model_name="sourcecheck",
            index=models.Index(fields=["source", "-last"], name="check_of_source"),
        ),
        migrations.AddConstraint(
            model_name="sourcecheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "seen__in",
                        [
                            "ok",
                            "unchanged",
                            "unreadable",
                            "not-found",
                            "soft-404",
                            "blocked",
                            "server-error",
                            "no-host",
                            "no-answer",
                            "too-large",
                            "refused",
                            "robots",
                        ],
                    )
                ),
                name="controversies_sourcecheck_seen_is_known",
                violation_error_message="Choose one of the values offered.",
            ),
        ),
        migrations.AddConstraint(
            model_name="quotecheck",
            constraint=models.CheckConstraint(
                condition=models.Q(("verdict__in", ["found", "punctuation", "doubt", "absent", "unread"])),
                name="controversies_quotecheck_verdict_is_known",
                violation_error_message="Choose one of the values offered.",
            ),
        ),
        migrations.AddConstraint(
            model_name="quotecheck",
            constraint=models.UniqueConstraint(
                fields=("source", "quote_sha256"),
                name="controversies_quotecheck_is_one_a_quotation",
                violation_error_message="This quotation has a verdict already.",
            ),
        ),
        migrations.AddIndex(
            model_name="sourcelookup",
            index=models.Index(fields=["created"], name="lookup_by_time"),
        ),
    ]
