"""Revisions that are put off: a change that many pages show is recorded on them in batches."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0025_listed_pages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PutOffRevision",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "controversy_id", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.UUIDField(db_index=True, verbose_name="key of what was changed")),
                ("type", models.CharField(max_length=10, verbose_name="type")),
                ("image", models.BinaryField(verbose_name="digest of the row as it was")),
                ("author_name", models.CharField(max_length=150, verbose_name="author")),
                ("summary", models.TextField(verbose_name="reason")),
                ("time", models.DateTimeField(verbose_name="changed")),
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
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
            ],
            options={
                "verbose_name": "revision that is put off",
                "verbose_name_plural": "revisions that are put off",
                "default_permissions": (),
            },
        ),
        sql.run(pending="e955108efc3c"),
    ]
