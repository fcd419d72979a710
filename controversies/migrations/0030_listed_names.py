"""Kept names: every name that what pages share ever had in public. Indexes come after the rows."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0029_mail_notices"),
    ]

    operations = [
        migrations.CreateModel(
            name="ListedName",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "type", "key", "digest", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("type", models.CharField(max_length=10, verbose_name="type")),
                ("key", models.UUIDField(verbose_name="key")),
                ("digest", models.UUIDField(verbose_name="digest of the values")),
                ("slug", models.CharField(max_length=100, verbose_name="address")),
                ("title", models.CharField(max_length=500, verbose_name="title")),
                ("label", models.CharField(max_length=200, verbose_name="kind")),
                (
                    "labels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), verbose_name="choices and numbers"
                    ),
                ),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=500), verbose_name="other names"
                    ),
                ),
                ("names", models.TextField(verbose_name="names in capitals")),
                ("begins", models.DateTimeField(verbose_name="first shown")),
            ],
            options={
                "verbose_name": "listed name",
                "verbose_name_plural": "listed names",
                "default_permissions": (),
            },
        ),
        sql.run(names="766bf0485996"),
        migrations.RunSQL("SELECT controversies_rebuild_names()", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="citation",
            name="source",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="citations",
                to="controversies.source",
                verbose_name="source",
            ),
        ),
        migrations.AddIndex(
            model_name="citation",
            index=models.Index(fields=["source", "id"], name="citation_by_source"),
        ),
        migrations.AddIndex(
            model_name="listedname",
            index=models.Index(
                models.F("type"), models.F("title"), models.F("slug"), models.F("key"), name="name_by_title"
            ),
        ),
        migrations.AddIndex(
            model_name="listedname",
            index=models.Index(models.F("type"), models.F("slug"), models.F("key"), name="name_by_slug"),
        ),
        migrations.AddIndex(
            model_name="listedname",
            index=models.Index(
                models.F("type"),
                models.F("label"),
                models.F("title"),
                models.F("slug"),
                models.F("key"),
                name="name_by_kind_and_title",
            ),
        ),
        migrations.AddIndex(
            model_name="listedname",
            index=models.Index(
                models.F("type"),
                models.F("label"),
                models.F("slug"),
                models.F("key"),
                name="name_by_kind_and_slug",
            ),
        ),
        migrations.AddIndex(
            model_name="listedname",
            index=models.Index(models.F("type"), models.F("begins"), name="name_by_time"),
        ),
        migrations.AddIndex(
            model_name="listedname",
            index=django.contrib.postgres.indexes.GinIndex(fields=["labels"], name="name_by_labels"),
        ),
        migrations.AddIndex(
            model_name="listedname",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("names", name="gin_trgm_ops"), name="name_by_words"
            ),
        ),
    ]
