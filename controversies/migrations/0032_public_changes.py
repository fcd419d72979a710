"""Public changes: the changes that lists show, by topic and kind; rows of lists are made from the whole record."""

import django.db.models.deletion
from django.db import migrations, models

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0031_purge_state"),
    ]

    operations = [
        migrations.CreateModel(
            name="PublicChange",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject",
                        "kind",
                        "time",
                        "controversy_id",
                        "number",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("subject", models.UUIDField(help_text="Zeros for all topics.", verbose_name="topic")),
                ("kind", models.CharField(blank=True, max_length=11, verbose_name="kind of change")),
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
                ("time", models.DateTimeField(verbose_name="time")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
            ],
            options={
                "verbose_name": "public change",
                "verbose_name_plural": "public changes",
                "default_permissions": (),
            },
        ),
        migrations.RemoveIndex(
            model_name="revision",
            name="revision_by_author",
        ),
        migrations.AddIndex(
            model_name="controversy",
            index=models.Index(
                condition=models.Q(("publication", "published")),
                fields=["title", "slug"],
                name="public_of_author",
            ),
        ),
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(
                models.F("author_name"),
                models.F("time"),
                models.F("controversy"),
                models.F("number"),
                name="revision_of_author",
            ),
        ),
        sql.run(listing="767345e91824", privileges="66f7124ac382"),
        migrations.RunSQL(
            "SELECT controversies_rebuild_listing(); ANALYZE controversies_listedpage, controversies_publicchange",
            migrations.RunSQL.noop,
        ),
    ]
