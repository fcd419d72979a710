"""The upkeep of public pages, made from the whole record; texts about the site; editors who want to be listed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("controversies", "0038_desk_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EditorListing",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="editor_listing",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "listed editor",
                "verbose_name_plural": "listed editors",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PageUpkeep",
            fields=[
                (
                    "controversy",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="upkeep",
                        serialize=False,
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
                ("status", models.CharField(max_length=10, verbose_name="status")),
                ("opened", models.DateTimeField(verbose_name="time of its first public revision")),
                (
                    "reviewed",
                    models.DateField(
                        help_text="The first day of year 1 for never.", verbose_name="day of its last review"
                    ),
                ),
                ("has_primary_source", models.BooleanField(verbose_name="cites a primary source")),
                ("has_one_editor", models.BooleanField(verbose_name="only one person has worked on it")),
                (
                    "silent_cells",
                    models.PositiveIntegerField(verbose_name="points on which positions have no stance"),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="controversies.topic",
                        verbose_name="topic",
                    ),
                ),
            ],
            options={
                "verbose_name": "upkeep of a page",
                "verbose_name_plural": "upkeep of pages",
                "default_permissions": (),
                "indexes": [
                    models.Index(models.F("opened"), models.F("controversy"), name="upkeep_by_opening"),
                    models.Index(models.F("reviewed"), models.F("controversy"), name="upkeep_by_review"),
                    models.Index(
                        models.F("topic"),
                        models.F("reviewed"),
                        models.F("controversy"),
                        name="upkeep_by_review_topic",
                    ),
                    models.Index(
                        models.F("status"),
                        models.F("reviewed"),
                        models.F("controversy"),
                        name="upkeep_by_review_status",
                    ),
                    models.Index(
                        models.F("topic"),
                        models.F("status"),
                        models.F("reviewed"),
                        models.F("controversy"),
                        name="upkeep_by_review_topic_status",
                    ),
                    models.Index(
                        models.F("reviewed"),
                        models.F("controversy"),
                        condition=models.Q(("has_primary_source", False)),
                        name="upkeep_sources",
                    ),
                    models.Index(
                        models.F("topic"),
                        models.F("reviewed"),
                        models.F("controversy"),
                        condition=models.Q(("has_primary_source", False)),
                        name="upkeep_sources_topic",
                    ),
                    models.Index(
                        models.F("reviewed"),
                        models.F("controversy"),
                        condition=models.Q(("has_one_editor", True)),
                        name="upkeep_editors",
                    ),
                    models.Index(
                        models.F("topic"),
                        models.F("reviewed"),
                        models.F("controversy"),
                        condition=models.Q(("has_one_editor", True)),
                        name="upkeep_editors_topic",
                    ),
                    models.Index(
                        models.F("reviewed"),
                        models.F("controversy"),
                        condition=models.Q(("silent_cells__gt", 0)),
                        name="upkeep_cells",
                    ),
                    models.Index(
                        models.F("topic"),
                        models.F("reviewed"),
                        models.F("controversy"),
                        condition=models.Q(("silent_cells__gt", 0)),
                        name="upkeep_cells_topic",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SiteText",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "name", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        choices=[
                            ("operator", "Who runs this site"),
                            ("contact", "Contact"),
                            ("assessment", "How pages are assessed"),
                            ("corrections", "Corrections"),
                            ("editors", "Editors"),
                        ],
                        max_length=12,
                        verbose_name="text",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("time", models.DateTimeField(verbose_name="time")),
                ("author_name", models.CharField(max_length=150, verbose_name="author")),
                ("summary", models.TextField(verbose_name="reason for the change")),
                ("body", models.TextField(blank=True, help_text="Markdown.", verbose_name="text")),
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
            ],
            options={
                "verbose_name": "text about the site",
                "verbose_name_plural": "texts about the site",
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("name__in", ["operator", "contact", "assessment", "corrections", "editors"])
                        ),
                        name="controversies_sitetext_name_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("author_name", ""), _negated=True),
                        name="controversies_sitetext_author_name_is_given",
                        violation_error_message="This cannot be left empty.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("summary", ""), _negated=True),
                        name="controversies_sitetext_summary_is_given",
                        violation_error_message="This cannot be left empty.",
                    ),
                ],
            },
        ),
        sql.run(upkeep="7aa01f5cafce", site_texts="b31c9a405fab"),
        migrations.RunSQL(
            "SELECT controversies_rebuild_upkeep(); ANALYZE controversies_pageupkeep", migrations.RunSQL.noop
        ),
    ]
