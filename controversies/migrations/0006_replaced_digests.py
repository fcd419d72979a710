"""Digests that a removal of words replaces, and the functions that replace them."""

import django.db.models.deletion
from django.db import migrations, models

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [("controversies", "0005_listed_periods")]

    operations = [
        migrations.CreateModel(
            name="DigestReplacement",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
                ("number", models.PositiveIntegerField(verbose_name="revision")),
                ("digest", models.BinaryField(max_length=32, verbose_name="digest before")),
                ("now", models.BinaryField(max_length=32, verbose_name="digest now")),
                ("time", models.DateTimeField(verbose_name="time")),
                (
                    "controversy",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
            ],
            options={
                "verbose_name": "replaced digest",
                "verbose_name_plural": "replaced digests",
                "default_permissions": (),
                "indexes": [models.Index("controversy", "number", name="replacement_by_revision")],
            },
        ),
        sql.run(
            guards="278ca7e1288b",
            digests="8df1e8a3630f",
            arrivals="ec49fe6203a3",
            transparency="689fbb16eeb0",
            redactions="269e39be7bfa",
            replacements="886a339a7d76",
            privileges="d5db2e1027b5",
        ),
    ]
