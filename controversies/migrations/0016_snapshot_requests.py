"""Sources of published pages that the Internet Archive is to keep."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0015_strikes"),
    ]

    operations = [
        migrations.CreateModel(
            name="SnapshotRequest",
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
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="due")),
                ("requested_at", models.DateTimeField(blank=True, null=True, verbose_name="requested")),
                ("looks", models.PositiveSmallIntegerField(default=0, verbose_name="times looked for since")),
            ],
            options={
                "verbose_name": "request for a snapshot",
                "verbose_name_plural": "requests for snapshots",
                "default_permissions": (),
                "indexes": [models.Index(fields=["due_at"], name="snapshot_by_due")],
            },
        ),
    ]
