"""All tables. Migrations 0001 to 0023 of the versions before the first release are folded into this one.

A database on which 0023_retold was run has all of it, since each of them followed the one before.
"""

import uuid
from typing import Any

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.core.management.base import CommandError
from django.db import migrations, models

import controversies.models.fields
from controversies import sql


def refuse_unfinished(_apps: Any, schema_editor: Any) -> None:
    """Refuse a database on which only some of the folded migrations were run. Raises CommandError."""
    if "controversies_controversy" in schema_editor.connection.introspection.table_names():
        raise CommandError(
            "This database has only some of the migrations that were folded into one: check out the last commit that "
            "has controversies/migrations/0023_retold.py, run “manage.py migrate” there, then update again."
        )


class Migration(migrations.Migration):
    initial = True
    replaces = [("controversies", "0023_retold")]
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.RunPython(refuse_unfinished, migrations.RunPython.noop),
        migrations.CreateModel(
            name="Topic",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="key",
                    ),
                ),
                (
                    "slug",
                    models.SlugField(
                        db_index=False,
                        max_length=100,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9]+(-[a-z0-9]+)*$",
                                "Use small letters, digits and single hyphens only, as in “open-weights”.",
                            )
                        ],
                        verbose_name="address",
                    ),
                ),
                ("title", models.CharField(max_length=200, unique=True, verbose_name="title")),
                (
                    "description",
                    models.TextField(
                        blank=True,
                        help_text="Markdown. Shown on the topic's page.",
                        verbose_name="description",
                    ),
                ),
            ],
            options={
                "verbose_name": "topic",
                "verbose_name_plural": "topics",
                "ordering": ["title"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("slug__regex", "^[a-z0-9]+(-[a-z0-9]+)*$")),
                        name="controversies_topic_slug_is_an_address",
                        violation_error_message="Use small letters, digits and single hyphens only, as in “open-weights”.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True),
                        name="controversies_topic_title_is_given",
                        violation_error_message="This cannot be left empty.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Backer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="key",
                    ),
                ),
                (
                    "slug",
                    models.SlugField(
                        db_index=False,
                        max_length=100,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9]+(-[a-z0-9]+)*$",
                                "Use small letters, digits and single hyphens only, as in “open-weights”.",
                            )
                        ],
                        verbose_name="address",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("company", "Company"),
                            ("research-lab", "Research lab"),
                            ("government", "Government body"),
                            ("organisation", "Organisation"),
                            ("person", "Person"),
                            ("constituency", "Constituency"),
                        ],
                        help_text="A constituency is an unorganised group: nobody speaks for it.",
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "description",
                    models.TextField(
                        blank=True,
                        help_text="Who or what it is, in a sentence or two. Markdown.",
                        verbose_name="description",
                    ),
                ),
                ("website", controversies.models.fields.WebUrlField(verbose_name="website")),
                (
                    "aliases",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200),
                        blank=True,
                        default=list,
                        help_text="Other names, separated by commas.",
                        verbose_name="also called",
                    ),
                ),
            ],
            options={
                "verbose_name": "backer",
                "verbose_name_plural": "backers",
                "ordering": ["name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("slug__regex", "^[a-z0-9]+(-[a-z0-9]+)*$")),
                        name="controversies_backer_slug_is_an_address",
                        violation_error_message="Use small letters, digits and single hyphens only, as in “open-weights”.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="controversies_backer_name_is_given",
                        violation_error_message="This cannot be left empty.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "company",
                                    "research-lab",
                                    "government",
                                    "organisation",
                                    "person",
                                    "constituency",
                                ],
                            )
                        ),
                        name="controversies_backer_kind_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("website", ""), ("website__regex", "^https?://[^\\s]+$"), _connector="OR"
                        ),
                        name="controversies_backer_website_is_http",
                        violation_error_message="Give a web address that starts with http:// or https://.",
                    ),
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        models.F("kind"),
                        name="controversies_backer_is_recorded_once",
                        violation_error_message="There is a backer of this name and kind already: use that one.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="key",
                    ),
                ),
                (
                    "slug",
                    models.SlugField(
                        db_index=False,
                        max_length=100,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9]+(-[a-z0-9]+)*$",
                                "Use small letters, digits and single hyphens only, as in “open-weights”.",
                            )
                        ],
                        verbose_name="address",
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        help_text="The work's own title, word for word; not a description of it.",
                        max_length=500,
                        verbose_name="title",
                    ),
                ),
                (
                    "authors",
                    models.CharField(
                        blank=True,
                        help_text="As the work names them.",
                        max_length=500,
                        verbose_name="authors",
                    ),
                ),
                (
                    "publisher",
                    models.CharField(
                        blank=True,
                        help_text="Journal and volume, site, docket: where a reader would find it.",
                        max_length=300,
                        verbose_name="published in",
                    ),
                ),
                (
                    "date",
                    controversies.models.fields.PartialDateField(
                        help_text="2024, 2024-07 or 2024-07-23.", verbose_name="date"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("article", "Journal article"),
                            ("preprint", "Preprint"),
                            ("report", "Report"),
                            ("book", "Book"),
                            ("news", "News"),
                            ("blog", "Blog post"),
                            ("legal", "Legal document"),
                            ("dataset", "Data set"),
                            ("media", "Audio or video"),
                            ("other", "Other"),
                        ],
                        default="other",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("url", controversies.models.fields.WebUrlField(verbose_name="link")),
                (
                    "doi",
                    models.CharField(
                        blank=True,
                        help_text="Begins with 10., without a link.",
                        max_length=200,
                        verbose_name="DOI",
                    ),
                ),
                ("archive_url", controversies.models.fields.WebUrlField(verbose_name="archived copy")),
            ],
            options={
                "verbose_name": "source",
                "verbose_name_plural": "sources",
                "ordering": ["title"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("slug__regex", "^[a-z0-9]+(-[a-z0-9]+)*$")),
                        name="controversies_source_slug_is_an_address",
                        violation_error_message="Use small letters, digits and single hyphens only, as in “open-weights”.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True),
                        name="controversies_source_title_is_given",
                        violation_error_message="This cannot be left empty.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "article",
                                    "preprint",
                                    "report",
                                    "book",
                                    "news",
                                    "blog",
                                    "legal",
                                    "dataset",
                                    "media",
                                    "other",
                                ],
                            )
                        ),
                        name="controversies_source_kind_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("date", ""),
                            ("date__regex", "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"),
                            _connector="OR",
                        ),
                        name="controversies_source_date_is_a_date",
                        violation_error_message="Write the date as 2024, 2024-07 or 2024-07-23, as far as it is known.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("url", ""), ("url__regex", "^https?://[^\\s]+$"), _connector="OR"
                        ),
                        name="controversies_source_url_is_http",
                        violation_error_message="Give a web address that starts with http:// or https://.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("archive_url", ""), ("archive_url__regex", "^https?://[^\\s]+$"), _connector="OR"
                        ),
                        name="controversies_source_archive_url_is_http",
                        violation_error_message="Give a web address that starts with http:// or https://.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("doi", ""), ("doi__regex", "^10\\.[0-9]{4,9}/[^\\s]+$"), _connector="OR"
                        ),
                        name="controversies_source_doi_is_a_doi",
                        violation_error_message="A DOI begins with 10. and a number, as in 10.1126/science.adp1848.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("url", ""), _negated=True),
                        fields=("url",),
                        name="controversies_source_url_is_recorded_once",
                        violation_error_message="There is a source with this link already: use that one.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("doi", ""), _negated=True),
                        fields=("doi",),
                        name="controversies_source_doi_is_recorded_once",
                        violation_error_message="There is a source with this DOI already: use that one.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Controversy",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="key",
                    ),
                ),
                (
                    "slug",
                    models.SlugField(
                        db_index=False,
                        help_text="The last part of the page's address. It cannot change once readers have seen it.",
                        max_length=100,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9]+(-[a-z0-9]+)*$",
                                "Use small letters, digits and single hyphens only, as in “open-weights”.",
                            )
                        ],
                        verbose_name="address",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                (
                    "question",
                    models.CharField(
                        blank=True,
                        help_text="The question that the positions answer, in one sentence that every side would accept.",
                        max_length=500,
                        verbose_name="question",
                    ),
                ),
                (
                    "context",
                    models.TextField(
                        blank=True,
                        help_text="Markdown. What a reader must know before the positions make sense; takes no side.",
                        verbose_name="context",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("emerging", "Emerging"),
                            ("active", "Active"),
                            ("dormant", "Dormant"),
                            ("resolved", "Resolved"),
                        ],
                        default="emerging",
                        help_text="State of the dispute, not of the page.",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "status_summary",
                    models.TextField(
                        blank=True,
                        help_text="Where the dispute stands; if it is resolved, by what.",
                        verbose_name="status in words",
                    ),
                ),
                (
                    "polarity",
                    models.CharField(
                        choices=[("binary", "Binary"), ("multi-axis", "Multi-axis")],
                        default="multi-axis",
                        max_length=10,
                        verbose_name="polarity",
                    ),
                ),
                (
                    "publication",
                    models.CharField(
                        choices=[("draft", "Draft"), ("published", "Published"), ("withdrawn", "Withdrawn")],
                        default="draft",
                        max_length=10,
                        verbose_name="publication",
                    ),
                ),
                (
                    "attribution",
                    models.TextField(
                        blank=True,
                        help_text="Markdown. Where the text comes from and under which licence, if it is not the editors' own.",
                        verbose_name="attribution",
                    ),
                ),
                (
                    "reviewed_on",
                    models.DateField(
                        blank=True,
                        help_text="When somebody last read the whole page against its sources. Not the day of the last edit.",
                        null=True,
                        verbose_name="reviewed on",
                    ),
                ),
                ("reviewed_by", models.CharField(blank=True, max_length=150, verbose_name="reviewed by")),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="controversies",
                        to="controversies.topic",
                        verbose_name="topic",
                    ),
                ),
            ],
            options={
                "verbose_name": "controversy",
                "verbose_name_plural": "controversies",
                "ordering": ["title"],
                "permissions": [
                    ("propose_controversy", "Can propose changes to controversies"),
                    ("publish_controversy", "Can publish and withdraw controversies"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("slug__regex", "^[a-z0-9]+(-[a-z0-9]+)*$")),
                        name="controversies_controversy_slug_is_an_address",
                        violation_error_message="Use small letters, digits and single hyphens only, as in “open-weights”.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True),
                        name="controversies_controversy_title_is_given",
                        violation_error_message="This cannot be left empty.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["emerging", "active", "dormant", "resolved"])),
                        name="controversies_controversy_status_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("polarity__in", ["binary", "multi-axis"])),
                        name="controversies_controversy_polarity_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("publication__in", ["draft", "published", "withdrawn"])),
                        name="controversies_controversy_publication_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reviewed_by", ""), ("reviewed_on", None)),
                            models.Q(
                                ("reviewed_on__isnull", False), models.Q(("reviewed_by", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="controversies_controversy_review_has_day_and_name",
                        violation_error_message="Give both the day of the review and the reviewer, or neither.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContestedPoint",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="key",
                    ),
                ),
                ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                (
                    "body",
                    models.TextField(
                        blank=True, help_text="Markdown. What exactly is contested.", verbose_name="text"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("empirical", "Empirical"),
                            ("definitional", "Definitional"),
                            ("normative", "Normative"),
                            ("legal", "Legal"),
                            ("predictive", "Predictive"),
                        ],
                        help_text="It tells readers what could settle the point. Leave it open if it has not been assessed.",
                        max_length=12,
                        verbose_name="kind of dispute",
                    ),
                ),
                (
                    "controversy",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="points",
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
            ],
            options={
                "verbose_name": "contested point",
                "verbose_name_plural": "contested points",
                "ordering": ["controversy", "order"],
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("controversy", "order"),
                        name="controversies_contestedpoint_place_is_its_own",
                        violation_error_message="Two of them have the same place in the order.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True),
                        name="controversies_contestedpoint_title_is_given",
                        violation_error_message="This cannot be left empty.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", ""),
                            ("kind__in", ["empirical", "definitional", "normative", "legal", "predictive"]),
                            _connector="OR",
                        ),
                        name="controversies_contestedpoint_kind_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Position",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="key",
                    ),
                ),
                ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                (
                    "claim",
                    models.CharField(
                        help_text="One sentence that those who hold it would sign.",
                        max_length=500,
                        verbose_name="claim",
                    ),
                ),
                (
                    "argument",
                    models.TextField(
                        blank=True,
                        help_text="Markdown. The case as its best advocates make it. Refer to a source as [1], by its number on the page.",
                        verbose_name="argument",
                    ),
                ),
                (
                    "confidence",
                    models.CharField(
                        choices=[
                            ("high", "High"),
                            ("medium", "Medium"),
                            ("low", "Low"),
                            ("disputed", "Disputed"),
                            ("not-rated", "Not rated"),
                        ],
                        default="not-rated",
                        help_text="How strong the cited evidence for the position is. It does not say that the position is right.",
                        max_length=10,
                        verbose_name="confidence",
                    ),
                ),
                (
                    "confidence_reason",
                    models.TextField(
                        blank=True,
                        help_text="Why this confidence and not another, in words.",
                        verbose_name="reason for the confidence",
                    ),
                ),
                (
                    "controversy",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="positions",
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
            ],
            options={
                "verbose_name": "position",
                "verbose_name_plural": "positions",
                "ordering": ["controversy", "order"],
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("controversy", "order"),
                        name="controversies_position_place_is_its_own",
                        violation_error_message="Two of them have the same place in the order.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("claim", ""), _negated=True),
                        name="controversies_position_claim_is_given",
                        violation_error_message="This cannot be left empty.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confidence__in", ["high", "medium", "low", "disputed", "not-rated"])
                        ),
                        name="controversies_position_confidence_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Stance",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="key",
                    ),
                ),
                ("text", models.TextField(verbose_name="stance")),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stances",
                        to="controversies.contestedpoint",
                        verbose_name="contested point",
                    ),
                ),
                (
                    "position",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stances",
                        to="controversies.position",
                        verbose_name="position",
                    ),
                ),
            ],
            options={
                "verbose_name": "stance",
                "verbose_name_plural": "stances",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("position", "point"),
                        name="controversies_stance_is_one_a_point",
                        violation_error_message="This position already has a stance on that point.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True),
                        name="controversies_stance_text_is_given",
                        violation_error_message="This cannot be left empty.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Backing",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="key",
                    ),
                ),
                ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                (
                    "note",
                    models.TextField(
                        blank=True,
                        help_text="How the backer holds it: what it does or says.",
                        verbose_name="note",
                    ),
                ),
                (
                    "since",
                    controversies.models.fields.PartialDateField(
                        help_text="2024, 2024-07 or 2024-07-23.", verbose_name="since"
                    ),
                ),
                (
                    "until",
                    controversies.models.fields.PartialDateField(
                        help_text="Only if it is held no longer.", verbose_name="until"
                    ),
                ),
                (
                    "backer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="backings",
                        to="controversies.backer",
                        verbose_name="backer",
                    ),
                ),
                (
                    "position",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="backings",
                        to="controversies.position",
                        verbose_name="position",
                    ),
                ),
            ],
            options={
                "verbose_name": "backing",
                "verbose_name_plural": "backings",
                "ordering": ["position", "order"],
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("position", "backer"),
                        name="controversies_backing_is_one_a_position",
                        violation_error_message="This backer is already listed for the position.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("since", ""),
                            ("since__regex", "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"),
                            _connector="OR",
                        ),
                        name="controversies_backing_since_is_a_date",
                        violation_error_message="Write the date as 2024, 2024-07 or 2024-07-23, as far as it is known.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until", ""),
                            ("until__regex", "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"),
                            _connector="OR",
                        ),
                        name="controversies_backing_until_is_a_date",
                        violation_error_message="Write the date as 2024, 2024-07 or 2024-07-23, as far as it is known.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until", ""),
                            django.db.models.lookups.LessThanOrEqual(
                                django.db.models.functions.text.Left(
                                    "since", django.db.models.functions.text.Length("until")
                                ),
                                models.F("until"),
                            ),
                            _connector="OR",
                        ),
                        name="controversies_backing_begins_before_it_ends",
                        violation_error_message="“Until” is before “since”.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Citation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="key",
                    ),
                ),
                ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("supports", "Supports"),
                            ("contradicts", "Contradicts"),
                            ("context", "Gives context"),
                        ],
                        default="supports",
                        max_length=11,
                        verbose_name="relation",
                    ),
                ),
                (
                    "quote",
                    models.TextField(
                        blank=True,
                        help_text="The words that bear on it, exactly as the source has them.",
                        verbose_name="quote",
                    ),
                ),
                (
                    "locator",
                    models.CharField(
                        blank=True,
                        help_text="Page, section or heading.",
                        max_length=200,
                        verbose_name="where in the source",
                    ),
                ),
                (
                    "backing",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="citations",
                        to="controversies.backing",
                        verbose_name="backing",
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="citations",
                        to="controversies.contestedpoint",
                        verbose_name="contested point",
                    ),
                ),
                (
                    "controversy",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="citations",
                        to="controversies.controversy",
                        verbose_name="context of",
                    ),
                ),
                (
                    "position",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="citations",
                        to="controversies.position",
                        verbose_name="position",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="citations",
                        to="controversies.source",
                        verbose_name="source",
                    ),
                ),
                (
                    "stance",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="citations",
                        to="controversies.stance",
                        verbose_name="stance",
                    ),
                ),
            ],
            options={
                "verbose_name": "citation",
                "verbose_name_plural": "citations",
                "ordering": ["order"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("relation__in", ["supports", "contradicts", "context"])),
                        name="controversies_citation_relation_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(
                            models.Func(
                                "controversy",
                                "point",
                                "position",
                                "stance",
                                "backing",
                                function="num_nonnulls",
                                output_field=models.IntegerField(),
                            ),
                            1,
                        ),
                        name="controversies_citation_has_one_target",
                        violation_error_message="A citation belongs to exactly one text.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "controversy_id",
                        "number",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("time", models.DateTimeField(verbose_name="time")),
                ("author_name", models.CharField(max_length=150, verbose_name="author")),
                ("summary", models.TextField(blank=True, verbose_name="reason for the change")),
                ("document", models.BinaryField(max_length=32, verbose_name="document's digest")),
                ("digest", models.BinaryField(max_length=32, verbose_name="digest")),
                (
                    "classes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("substantive", "substantive"),
                                ("attribution", "attribution"),
                                ("source", "source"),
                                ("confidence", "confidence"),
                                ("status", "status"),
                                ("wording", "wording"),
                                ("typo", "typo"),
                                ("restore", "restored"),
                                ("import", "imported"),
                            ],
                            max_length=11,
                        ),
                        default=list,
                        verbose_name="kinds of change",
                    ),
                ),
                ("changes", models.JSONField(default=list, verbose_name="what changed")),
                ("added", models.PositiveIntegerField(default=0, verbose_name="characters added")),
                ("removed", models.PositiveIntegerField(default=0, verbose_name="characters removed")),
                (
                    "author",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="author's account",
                    ),
                ),
                (
                    "controversy",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revisions",
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reviewer's account",
                    ),
                ),
                (
                    "reviewer_name",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="The person who accepted the author's proposal; empty without one.",
                        max_length=150,
                        verbose_name="accepted by",
                    ),
                ),
                (
                    "withheld",
                    models.CharField(
                        blank=True,
                        choices=[("draft", "Draft"), ("withdrawn", "Withdrawn")],
                        db_default="",
                        help_text="The page's publication at the time, if the content was not loaded.",
                        max_length=10,
                        verbose_name="withheld",
                    ),
                ),
                (
                    "recorded_by",
                    models.CharField(
                        blank=True,
                        db_default="",
                        editable=False,
                        help_text="The role that wrote it, as the database saw it; empty before this was kept.",
                        max_length=63,
                        verbose_name="database role",
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        editable=False,
                        help_text="When the database wrote it; empty before this was kept.",
                        null=True,
                        verbose_name="written at",
                    ),
                ),
                (
                    "seal",
                    models.BinaryField(
                        help_text="Covers what the digest does not: accounts, role, time of writing and origin.",
                        max_length=8,
                        null=True,
                        verbose_name="seal",
                    ),
                ),
            ],
            options={
                "verbose_name": "revision",
                "verbose_name_plural": "revisions",
                "indexes": [
                    models.Index(models.F("time"), name="revision_by_time"),
                    models.Index(
                        models.F("controversy"),
                        models.F("number"),
                        condition=models.Q(("withheld", ""), _negated=True),
                        name="revision_withheld",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reviewer", None),
                            models.Q(("reviewer_name", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="controversies_revision_reviewer_has_a_name",
                        violation_error_message="The person who accepted a change is recorded by name.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withheld", ""),
                            models.Q(
                                ("added", 0),
                                ("author", None),
                                ("author_name", ""),
                                ("removed", 0),
                                ("reviewer_name", ""),
                                ("summary", ""),
                                ("withheld__in", ["draft", "withdrawn"]),
                            ),
                            _connector="OR",
                        ),
                        name="controversies_revision_withheld_says_nothing",
                        violation_error_message="A withheld revision holds only its number, time and digest.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Block",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "controversy_id",
                        "key",
                        "since",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("key", models.UUIDField(verbose_name="key")),
                ("since", models.PositiveIntegerField(verbose_name="since revision")),
                ("digest", models.BinaryField(max_length=32, null=True, verbose_name="digest")),
                ("body", models.BinaryField(null=True, verbose_name="body")),
                (
                    "outline",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), null=True, verbose_name="keys in order"
                    ),
                ),
                (
                    "controversy",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
                (
                    "basis",
                    models.PositiveIntegerField(null=True, verbose_name="packed against the version since"),
                ),
                (
                    "renumbered",
                    models.BooleanField(
                        help_text="True if only the numbers of sources in its texts differ from the version before.",
                        null=True,
                        verbose_name="renumbered",
                    ),
                ),
            ],
            options={
                "verbose_name": "block",
                "verbose_name_plural": "blocks",
                "indexes": [
                    models.Index(
                        condition=models.Q(("digest__isnull", True), ("outline__isnull", True)),
                        fields=["key"],
                        name="controversies_block_removed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UnrecordedChange",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "transaction",
                        "controversy_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("transaction", models.BigIntegerField()),
                ("controversy_id", models.UUIDField()),
            ],
            options={
                "verbose_name": "unrecorded change",
                "verbose_name_plural": "unrecorded changes",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SearchIndex",
            fields=[
                (
                    "controversy",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
                ("vector", django.contrib.postgres.search.SearchVectorField(verbose_name="words")),
            ],
            options={
                "verbose_name": "search index of a page",
                "verbose_name_plural": "search indexes of pages",
                "default_permissions": (),
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["vector"], name="words_of_pages")
                ],
            },
        ),
        migrations.CreateModel(
            name="Arrival",
            fields=[
                ("position", models.BigAutoField(primary_key=True, serialize=False, verbose_name="position")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                (
                    "withdrawn",
                    models.BooleanField(
                        help_text="The page ceased to be public with it.", verbose_name="withdrawn"
                    ),
                ),
                (
                    "controversy",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
                (
                    "seal",
                    models.BinaryField(
                        help_text="Covers this arrival and the one before.",
                        max_length=8,
                        null=True,
                        verbose_name="seal",
                    ),
                ),
            ],
            options={
                "verbose_name": "arrival",
                "verbose_name_plural": "arrivals",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Redaction",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
                ("key", models.UUIDField(null=True, verbose_name="block")),
                ("since", models.PositiveIntegerField(verbose_name="since revision")),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("block", "Text of the page"),
                            ("summary", "Reason for a change"),
                            ("author", "Author’s name"),
                            ("reviewer", "Reviewer’s name"),
                        ],
                        max_length=8,
                        verbose_name="part",
                    ),
                ),
                ("digest", models.BinaryField(max_length=32, verbose_name="digest before")),
                ("now", models.BinaryField(max_length=32, verbose_name="digest now")),
                ("time", models.DateTimeField(verbose_name="time")),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("law", "Legal order"),
                            ("privacy", "Privacy"),
                            ("defamation", "Defamation"),
                            ("copyright", "Copyright"),
                            ("safety", "Safety"),
                            ("other", "Another reason"),
                        ],
                        max_length=10,
                        verbose_name="ground",
                    ),
                ),
                (
                    "reason",
                    models.CharField(blank=True, db_default="", max_length=500, verbose_name="reason"),
                ),
                ("by_name", models.CharField(blank=True, max_length=150, verbose_name="removed by")),
                (
                    "second_name",
                    models.CharField(blank=True, db_default="", max_length=150, verbose_name="confirmed by"),
                ),
                (
                    "office",
                    models.CharField(
                        choices=[
                            ("operator", "the site’s operator"),
                            ("publisher", "a publisher"),
                            ("publishers", "two publishers"),
                        ],
                        max_length=10,
                        verbose_name="decided by",
                    ),
                ),
                ("role", models.TextField(verbose_name="database role")),
                (
                    "controversy",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
            ],
            options={
                "verbose_name": "redaction",
                "verbose_name_plural": "redactions",
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        models.F("controversy"),
                        models.F("since"),
                        models.F("part"),
                        models.F("key"),
                        name="redaction_by_place",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ground__in", ["law", "privacy", "defamation", "copyright", "safety", "other"])
                        ),
                        name="controversies_redaction_ground_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("part__in", ["block", "summary", "author", "reviewer"])),
                        name="controversies_redaction_part_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("office__in", ["operator", "publisher", "publishers"])),
                        name="controversies_redaction_office_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("part", "block"), ("key__isnull", False)),
                            models.Q(models.Q(("part", "block"), _negated=True), ("key", None)),
                            _connector="OR",
                        ),
                        name="controversies_redaction_key_is_of_a_block",
                        violation_error_message="A block has a key; other parts have none.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="key",
                    ),
                ),
                ("base", models.PositiveIntegerField(verbose_name="began with revision")),
                ("document", models.JSONField(verbose_name="document")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                ("reason", models.TextField(verbose_name="reason")),
                ("author_name", models.CharField(max_length=150, verbose_name="proposed by")),
                ("created", models.DateTimeField(verbose_name="proposed")),
                ("changed", models.DateTimeField(verbose_name="last amended")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("reviewer_name", models.CharField(blank=True, max_length=150, verbose_name="decided by")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                ("decision", models.TextField(blank=True, verbose_name="reason for the decision")),
                ("revision", models.PositiveIntegerField(null=True, verbose_name="became revision")),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="author's account",
                    ),
                ),
                (
                    "controversy",
                    models.ForeignKey(
                        help_text="Empty for a new one, until it is accepted.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reviewer's account",
                    ),
                ),
            ],
            options={
                "verbose_name": "proposal",
                "verbose_name_plural": "proposals",
                "ordering": ["created", "id"],
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        models.F("created"),
                        models.F("id"),
                        condition=models.Q(("state", "open")),
                        name="proposal_queue",
                    ),
                    models.Index(models.F("author"), models.F("created"), name="proposal_by_author"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="controversies_proposal_reason_is_given",
                        violation_error_message="This cannot be left empty.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("author_name", ""), _negated=True),
                        name="controversies_proposal_author_name_is_given",
                        violation_error_message="This cannot be left empty.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("version__gte", 1),
                            models.Q(("revision", None), ("revision__gte", 1), _connector="OR"),
                        ),
                        name="controversies_proposal_version_counts_from_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("base", 0), ("controversy", None)),
                            models.Q(("base__gte", 1), ("controversy__isnull", False)),
                            models.Q(("state", "accepted"), ("base", 0), ("controversy__isnull", False)),
                            _connector="OR",
                        ),
                        name="controversies_proposal_base_is_of_its_page",
                        violation_error_message="A change begins with a revision of its page; a new page with none.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "open"),
                                ("decision", ""),
                                ("reviewer", None),
                                ("reviewer_name", ""),
                                ("revision", None),
                                ("decided_at", None),
                            ),
                            models.Q(
                                ("state", "withdrawn"),
                                ("decision", ""),
                                ("reviewer", None),
                                ("reviewer_name", ""),
                                ("revision", None),
                                ("decided_at__isnull", False),
                            ),
                            models.Q(
                                ("state", "declined"),
                                ("decided_at__isnull", False),
                                ("revision", None),
                                models.Q(("reviewer_name", ""), _negated=True),
                                models.Q(("decision", ""), _negated=True),
                            ),
                            models.Q(
                                ("state", "accepted"),
                                ("controversy__isnull", False),
                                ("decided_at__isnull", False),
                                ("revision__isnull", False),
                                models.Q(("reviewer_name", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="controversies_proposal_decision_is_whole",
                        violation_error_message="A decision says who made it and when; a refusal also says why.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("changed__gte", models.F("created")),
                            models.Q(
                                ("decided_at", None),
                                ("decided_at__gte", models.F("created")),
                                _connector="OR",
                            ),
                        ),
                        name="controversies_proposal_times_are_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Preference",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="preference",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account",
                    ),
                ),
                ("mail", models.BooleanField(default=True, verbose_name="e-mail about proposals")),
            ],
            options={
                "verbose_name": "preference",
                "verbose_name_plural": "preferences",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Suggestion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="key",
                    ),
                ),
                (
                    "block",
                    models.UUIDField(
                        help_text="Empty for the page as a whole.", null=True, verbose_name="part of the page"
                    ),
                ),
                ("block_name", models.CharField(max_length=300, verbose_name="about")),
                ("number", models.PositiveIntegerField(verbose_name="the reader saw revision")),
                ("wrong", models.CharField(max_length=4000, verbose_name="what is wrong")),
                (
                    "instead",
                    models.CharField(
                        blank=True, max_length=4000, verbose_name="what would be right, and why"
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=4000, verbose_name="a source for it")),
                ("name", models.CharField(blank=True, max_length=150, verbose_name="reader's name")),
                ("credit", models.BooleanField(default=False, verbose_name="wants to be named")),
                (
                    "email",
                    models.EmailField(blank=True, max_length=254, verbose_name="reader's e-mail address"),
                ),
                (
                    "sender",
                    models.BinaryField(
                        max_length=32, null=True, verbose_name="digest of the sender's address"
                    ),
                ),
                ("created", models.DateTimeField(verbose_name="received")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("used", "Used"), ("declined", "Declined")],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("editor_name", models.CharField(blank=True, max_length=150, verbose_name="decided by")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                ("answer", models.TextField(blank=True, verbose_name="editors' answer")),
                ("revision", models.PositiveIntegerField(null=True, verbose_name="used in revision")),
                (
                    "controversy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suggestions",
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
                (
                    "editor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="editor's account",
                    ),
                ),
            ],
            options={
                "verbose_name": "reader's suggestion",
                "verbose_name_plural": "readers' suggestions",
                "ordering": ["created", "id"],
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        models.F("created"),
                        models.F("id"),
                        condition=models.Q(("state", "open")),
                        name="suggestion_queue",
                    ),
                    models.Index(models.F("created"), name="suggestion_by_time"),
                    models.Index(
                        models.F("sender"),
                        models.F("created"),
                        condition=models.Q(("sender__isnull", False)),
                        name="suggestion_by_sender",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "used", "declined"])),
                        name="controversies_suggestion_state_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("block_name", ""), _negated=True),
                        name="controversies_suggestion_block_name_is_given",
                        violation_error_message="This cannot be left empty.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("wrong", ""), _negated=True),
                        name="controversies_suggestion_wrong_is_given",
                        violation_error_message="This cannot be left empty.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)),
                        name="controversies_suggestion_revision_counts_from_one",
                        violation_error_message="Revisions are counted from 1.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("credit", False), models.Q(("name", ""), _negated=True), _connector="OR"
                        ),
                        name="controversies_suggestion_credit_has_a_name",
                        violation_error_message="Give the name that we should credit.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "open"), ("email", ""), _connector="OR"),
                        name="controversies_suggestion_decided_without_address",
                        violation_error_message="Once it is decided, the e-mail address is not kept.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "open"),
                                ("answer", ""),
                                ("decided_at", None),
                                ("editor", None),
                                ("editor_name", ""),
                                ("revision", None),
                            ),
                            models.Q(
                                ("state", "used"),
                                ("decided_at__isnull", False),
                                ("revision__gte", 1),
                                models.Q(("editor_name", ""), _negated=True),
                            ),
                            models.Q(
                                ("state", "declined"),
                                ("decided_at__isnull", False),
                                ("revision", None),
                                models.Q(("editor_name", ""), _negated=True),
                                models.Q(("answer", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="controversies_suggestion_decision_is_whole",
                        violation_error_message="A decision says who made it and when; a refusal also why, an acceptance in which revision.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_at", None), ("decided_at__gte", models.F("created")), _connector="OR"
                        ),
                        name="controversies_suggestion_times_are_in_order",
                        violation_error_message="A suggestion is decided after it was received.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "controversy_id",
                        "user_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("opened_at", models.DateTimeField(verbose_name="opened")),
                ("seen_at", models.DateTimeField(verbose_name="last seen")),
                (
                    "controversy",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
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
                "verbose_name": "presence",
                "verbose_name_plural": "presences",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="RedactionRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="key",
                    ),
                ),
                ("words", models.TextField(blank=True, verbose_name="words to remove")),
                ("everywhere", models.BooleanField(default=False, verbose_name="on all pages")),
                ("ignore_case", models.BooleanField(default=False, verbose_name="capitals do not matter")),
                (
                    "whole_field",
                    models.BooleanField(default=False, verbose_name="remove the whole text that holds them"),
                ),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("law", "Legal order"),
                            ("privacy", "Privacy"),
                            ("defamation", "Defamation"),
                            ("copyright", "Copyright"),
                            ("safety", "Safety"),
                            ("other", "Another reason"),
                        ],
                        max_length=10,
                        verbose_name="ground",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("author_name", models.CharField(max_length=150, verbose_name="asked for by")),
                ("created", models.DateTimeField(verbose_name="asked for")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("refused", "Refused")],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("second_name", models.CharField(blank=True, max_length=150, verbose_name="decided by")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                (
                    "answer",
                    models.CharField(blank=True, max_length=500, verbose_name="reason for the decision"),
                ),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account",
                    ),
                ),
                (
                    "controversy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
            ],
            options={
                "verbose_name": "request to remove words",
                "verbose_name_plural": "requests to remove words",
                "ordering": ["created", "id"],
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        models.F("created"),
                        condition=models.Q(("state", "waiting")),
                        name="redaction_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ground__in", ["law", "privacy", "defamation", "copyright", "safety", "other"])
                        ),
                        name="controversies_redactionrequest_ground_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("author_name", ""), _negated=True),
                        name="controversies_redactionrequest_author_name_is_given",
                        violation_error_message="This cannot be left empty.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at", None),
                                ("state", "waiting"),
                                models.Q(("words", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "waiting"), _negated=True),
                                ("decided_at__isnull", False),
                                ("words", ""),
                            ),
                            _connector="OR",
                        ),
                        name="controversies_redactionrequest_keeps_no_words",
                        violation_error_message="Once a request is decided, its words are not kept.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GitImportCursor",
            fields=[
                ("key", models.UUIDField(primary_key=True, serialize=False, verbose_name="key")),
                ("commit", models.CharField(max_length=64, verbose_name="commit")),
                ("number", models.PositiveIntegerField(verbose_name="newest revision at the time")),
            ],
            options={
                "verbose_name": "git import cursor",
                "verbose_name_plural": "git import cursors",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ImportedFile",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
                ("key", models.UUIDField(verbose_name="key")),
                ("file", models.TextField(verbose_name="file name")),
                ("digest", models.BinaryField(verbose_name="digest of the file")),
                ("content", models.JSONField(verbose_name="content")),
                (
                    "number",
                    models.PositiveIntegerField(default=0, verbose_name="newest revision at the time"),
                ),
                ("imported_at", models.DateTimeField(verbose_name="imported")),
                ("text", models.TextField(blank=True, db_default="", default="", verbose_name="text")),
            ],
            options={
                "verbose_name": "imported file",
                "verbose_name_plural": "imported files",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("key", "file"),
                        name="controversies_importedfile_is_remembered_once",
                        violation_error_message="This file is already recorded.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Guess",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
                ("key", models.UUIDField(verbose_name="key")),
                ("field", models.CharField(max_length=20, verbose_name="field")),
                ("digest", models.BinaryField(max_length=32, verbose_name="digest of the guessed value")),
                ("is_doubtful", models.BooleanField(default=False, verbose_name="doubtful")),
            ],
            options={
                "verbose_name": "guess",
                "verbose_name_plural": "guesses",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("key", "field"),
                        name="controversies_guess_is_one_a_field",
                        violation_error_message="This field is already marked as a guess.",
                    )
                ],
            },
        ),
        sql.run(tables="8d3d4bc885cb"),
    ]
