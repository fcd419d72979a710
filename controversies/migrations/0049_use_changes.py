"""By how much uses changed each day, so that those of an earlier time are summed over days and not over pages."""

from django.db import migrations, models

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0048_fill_search"),
    ]

    operations = [
        migrations.CreateModel(
            name="UseChange",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "type", "key", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("type", models.CharField(max_length=10, verbose_name="type")),
                ("key", models.UUIDField(verbose_name="key")),
                ("day", models.DateField(verbose_name="day")),
                ("pages", models.IntegerField(verbose_name="pages")),
                ("uses", models.IntegerField(verbose_name="uses")),
            ],
            options={
                "verbose_name": "change of uses",
                "verbose_name_plural": "changes of uses",
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="listedperiod",
            index=models.Index(
                models.F("type"),
                models.F("key"),
                models.F("ends"),
                condition=models.Q(("ends__isnull", False)),
                name="period_by_end",
            ),
        ),
        sql.run(use_changes="0c9cb3c6100c", privileges="82b80c01920f"),
        migrations.RunSQL(
            "SELECT controversies_rebuild_use_changes(); ANALYZE controversies_usechange",
            migrations.RunSQL.noop,
        ),
    ]
