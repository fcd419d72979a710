"""Digests of what was told of a source's checks last."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0009_checks"),
    ]

    operations = [
        migrations.CreateModel(
            name="ToldChecks",
            fields=[
                (
                    "source",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="controversies.source",
                        verbose_name="source",
                    ),
                ),
                ("page_sha256", models.CharField(max_length=64, verbose_name="digest of what pages show")),
                (
                    "corpus_sha256",
                    models.CharField(max_length=64, verbose_name="digest of what the API tells"),
                ),
            ],
            options={
                "verbose_name": "told checks of a source",
                "verbose_name_plural": "told checks of sources",
                "default_permissions": (),
            },
        ),
    ]
