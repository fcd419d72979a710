"""Kept uses: which public page shows which topic, backer or source, and how often. Indexes come after the rows."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0022_release_2"),
    ]

    operations = [
        migrations.CreateModel(
            name="PublicUse",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "type", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("type", models.CharField(max_length=10, verbose_name="type")),
                ("key", models.UUIDField(verbose_name="key")),
                ("slug", models.CharField(max_length=100, verbose_name="address")),
                ("title", models.CharField(max_length=500, verbose_name="title or name")),
                ("label", models.CharField(max_length=12, verbose_name="kind")),
                ("verdict", models.CharField(max_length=10, verbose_name="verdict")),
                ("words", models.TextField(verbose_name="names in capitals")),
                ("pages", models.IntegerField(verbose_name="public pages")),
                ("uses", models.IntegerField(verbose_name="uses on public pages")),
                ("former", models.IntegerField(verbose_name="uses that have ended")),
            ],
            options={
                "verbose_name": "public use",
                "verbose_name_plural": "public uses",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PageUse",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "controversy_id",
                        "type",
                        "key",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("type", models.CharField(max_length=10, verbose_name="type")),
                ("key", models.UUIDField(verbose_name="key")),
                ("title", models.CharField(max_length=200, verbose_name="title of the page")),
                ("uses", models.IntegerField(verbose_name="uses on the page")),
                ("former", models.IntegerField(verbose_name="uses that have ended")),
                (
                    "controversy",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
            ],
            options={
                "verbose_name": "use on a page",
                "verbose_name_plural": "uses on pages",
                "default_permissions": (),
            },
        ),
        sql.run(uses="8b903cd0f9e4", privileges="9fa68d16d241"),
        migrations.RunSQL("SELECT controversies_rebuild_uses()", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="publicuse",
            index=models.Index(
                models.F("type"), models.F("title"), models.F("slug"), name="public_use_by_title"
            ),
        ),
        migrations.AddIndex(
            model_name="publicuse",
            index=models.Index(models.F("type"), models.F("slug"), name="public_use_by_slug"),
        ),
        migrations.AddIndex(
            model_name="publicuse",
            index=models.Index(
                models.F("type"),
                models.F("label"),
                models.F("title"),
                models.F("slug"),
                name="public_use_by_kind_and_title",
            ),
        ),
        migrations.AddIndex(
            model_name="publicuse",
            index=models.Index(
                models.F("type"), models.F("label"), models.F("slug"), name="public_use_by_kind_and_slug"
            ),
        ),
        migrations.AddIndex(
            model_name="publicuse",
            index=models.Index(
                models.F("verdict"),
                models.F("slug"),
                condition=models.Q(("type", "source")),
                name="public_use_by_verdict",
            ),
        ),
        migrations.AddIndex(
            model_name="publicuse",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("words", name="gin_trgm_ops"),
                name="public_use_by_words",
            ),
        ),
        migrations.AddIndex(
            model_name="pageuse",
            index=models.Index(
                models.F("type"),
                models.F("key"),
                models.F("title"),
                models.F("controversy"),
                condition=models.Q(("uses__gt", models.F("former"))),
                name="lasting_use",
            ),
        ),
        migrations.AddIndex(
            model_name="pageuse",
            index=models.Index(
                models.F("type"),
                models.F("key"),
                models.F("title"),
                models.F("controversy"),
                condition=models.Q(("former__gt", 0)),
                name="former_use",
            ),
        ),
    ]
