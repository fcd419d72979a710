"""Merges of backers, sources and topics, and the addresses that those had which are gone."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0012_robots_failed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Merger",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
                ("type", models.CharField(max_length=10, verbose_name="type")),
                ("kept", models.UUIDField(db_index=True, verbose_name="key of the one that stayed")),
                ("time", models.DateTimeField(verbose_name="time")),
                ("author_name", models.CharField(max_length=150, verbose_name="merged by")),
                ("before", models.JSONField(verbose_name="before")),
                ("after", models.JSONField(verbose_name="after")),
                ("pages", models.JSONField(verbose_name="pages")),
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
            ],
            options={
                "verbose_name": "merge",
                "verbose_name_plural": "merges",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="FormerAddress",
            fields=[
                ("key", models.UUIDField(primary_key=True, serialize=False, verbose_name="key")),
                ("type", models.CharField(max_length=10, verbose_name="type")),
                ("slug", models.CharField(max_length=100, verbose_name="address")),
                (
                    "merger",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="addresses",
                        to="controversies.merger",
                        verbose_name="merge",
                    ),
                ),
            ],
            options={
                "verbose_name": "former address",
                "verbose_name_plural": "former addresses",
                "default_permissions": (),
                "indexes": [models.Index(models.F("type"), models.F("slug"), name="former_by_address")],
            },
        ),
    ]
