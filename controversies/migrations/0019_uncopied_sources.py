"""Sources of which no copy is kept, because somebody asked for that."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0018_urgent_states"),
    ]

    operations = [
        migrations.CreateModel(
            name="UncopiedSource",
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
                ("since", models.DateTimeField(verbose_name="since")),
            ],
            options={
                "verbose_name": "source without copies",
                "verbose_name_plural": "sources without copies",
                "default_permissions": (),
            },
        ),
    ]
