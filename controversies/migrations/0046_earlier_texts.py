"""Searches of earlier revisions: the passages that pages had and have no longer. The worker derives them."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0045_flat_lists"),
    ]

    operations = [
        migrations.CreateModel(
            name="EarlierTextCursor",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1, primary_key=True, serialize=False, verbose_name="number"
                    ),
                ),
                ("arrival", models.BigIntegerField(verbose_name="newest arrival that is derived")),
                ("changed", models.DateTimeField(verbose_name="time of the last change")),
            ],
            options={
                "verbose_name": "progress of earlier texts",
                "verbose_name_plural": "progress of earlier texts",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="EarlierTextProgress",
            fields=[
                (
                    "controversy",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="derived up to revision")),
                ("config", models.CharField(max_length=63, verbose_name="text search configuration")),
            ],
            options={
                "verbose_name": "progress of a page's earlier texts",
                "verbose_name_plural": "progress of pages' earlier texts",
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        models.F("controversy"),
                        condition=models.Q(("number", 0)),
                        name="earlier_texts_to_derive",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EarlierWord",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "word", "time", "text", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("word", models.TextField(db_collation="C", verbose_name="word")),
                ("time", models.DateTimeField(verbose_name="time")),
                ("text", models.BigIntegerField(verbose_name="earlier text")),
            ],
            options={
                "verbose_name": "earlier word",
                "verbose_name_plural": "earlier words",
                "default_permissions": (),
                "indexes": [models.Index(models.F("text"), name="earlier_word_of_text")],
            },
        ),
        migrations.CreateModel(
            name="EarlierText",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
                ("key", models.UUIDField(verbose_name="block")),
                ("kind", models.CharField(max_length=10, verbose_name="kind of block")),
                (
                    "place_kind",
                    models.CharField(max_length=10, verbose_name="kind of the block where it stood"),
                ),
                ("place_key", models.UUIDField(verbose_name="block where it stood")),
                ("place", models.PositiveIntegerField(verbose_name="place among blocks of that kind")),
                ("last", models.PositiveIntegerField(verbose_name="last revision that had it")),
                ("next", models.PositiveIntegerField(verbose_name="first revision without it")),
                ("time", models.DateTimeField(verbose_name="time of the first revision without it")),
                (
                    "hashes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), verbose_name="hashes of the passages"
                    ),
                ),
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
                "verbose_name": "earlier text",
                "verbose_name_plural": "earlier texts",
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        models.F("controversy"),
                        models.F("key"),
                        models.F("time"),
                        models.F("id"),
                        name="earlier_text_of_block",
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["hashes"], name="earlier_text_by_hash"),
                ],
            },
        ),
        sql.run(earlier="f3010455ee77", privileges="00282cda2abf"),
    ]
