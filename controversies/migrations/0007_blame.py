"""Blame: who first wrote what stands on each page. It is derived when somebody first asks for it."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0006_replaced_digests"),
    ]

    operations = [
        migrations.CreateModel(
            name="Blame",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "controversy_id",
                        "every",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("controversy_id", models.UUIDField(verbose_name="controversy")),
                ("every", models.BooleanField(verbose_name="with hidden revisions")),
                ("number", models.PositiveIntegerField(verbose_name="derived up to revision")),
                ("algorithm", models.PositiveSmallIntegerField(verbose_name="algorithm")),
            ],
            options={
                "verbose_name": "blame of a page",
                "verbose_name_plural": "blame of pages",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="GoneText",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "controversy_id",
                        "every",
                        "hash",
                        "key",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("controversy_id", models.UUIDField(verbose_name="controversy")),
                ("every", models.BooleanField(verbose_name="with hidden revisions")),
                ("hash", models.BigIntegerField(verbose_name="hash")),
                ("key", models.UUIDField(verbose_name="block")),
                ("since", models.PositiveIntegerField(verbose_name="gone since revision")),
                (
                    "grams",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), verbose_name="hashes of words in a row"
                    ),
                ),
                ("body", models.BinaryField(verbose_name="origins")),
            ],
            options={
                "verbose_name": "text that left a page",
                "verbose_name_plural": "texts that left a page",
                "db_table": "controversies_gone",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Origin",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "controversy_id",
                        "every",
                        "key",
                        "since",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("controversy_id", models.UUIDField(verbose_name="controversy")),
                ("every", models.BooleanField(verbose_name="with hidden revisions")),
                ("key", models.UUIDField(verbose_name="block")),
                ("since", models.PositiveIntegerField(verbose_name="since revision")),
                ("runs", models.BinaryField(verbose_name="origins")),
            ],
            options={
                "verbose_name": "origins of a block",
                "verbose_name_plural": "origins of blocks",
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(models.F("author_name"), models.F("controversy"), name="revision_by_author"),
        ),
        migrations.AddIndex(
            model_name="gonetext",
            index=django.contrib.postgres.indexes.GinIndex(
                fastupdate=False, fields=["grams"], name="gone_by_gram"
            ),
        ),
        sql.run(blame="1549d1708228", privileges="b3b95a104a5c"),
    ]
