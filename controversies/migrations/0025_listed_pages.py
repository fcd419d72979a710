"""Listed pages: what lists sort and filter by, and indexes for lists. The next migration fills them."""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0024_login"),
    ]

    operations = [
        migrations.CreateModel(
            name="ListedPage",
            fields=[
                (
                    "controversy",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
                ("publication", models.CharField(max_length=10, verbose_name="publication")),
                (
                    "topic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="controversies.topic",
                        verbose_name="topic",
                    ),
                ),
                ("status", models.CharField(max_length=10, verbose_name="status")),
                ("number", models.PositiveIntegerField(verbose_name="number of its newest revision")),
                ("changed", models.DateTimeField(verbose_name="time of its newest revision")),
            ],
            options={
                "verbose_name": "listed page",
                "verbose_name_plural": "listed pages",
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="controversy",
            index=models.Index(
                django.db.models.functions.text.Lower("title"),
                models.F("id"),
                condition=models.Q(("publication", "published")),
                name="public_by_title",
            ),
        ),
        migrations.AddIndex(
            model_name="controversy",
            index=models.Index(
                models.F("topic"),
                django.db.models.functions.text.Lower("title"),
                models.F("id"),
                condition=models.Q(("publication", "published")),
                name="public_by_title_topic",
            ),
        ),
        migrations.AddIndex(
            model_name="controversy",
            index=models.Index(
                models.F("topic"),
                models.F("slug"),
                condition=models.Q(("publication", "published")),
                name="public_by_slug_topic",
            ),
        ),
        migrations.AddIndex(
            model_name="controversy",
            index=models.Index(
                models.F("status"),
                django.db.models.functions.text.Lower("title"),
                models.F("id"),
                condition=models.Q(("publication", "published")),
                name="public_by_title_status",
            ),
        ),
        migrations.AddIndex(
            model_name="controversy",
            index=models.Index(
                models.F("status"),
                models.F("slug"),
                condition=models.Q(("publication", "published")),
                name="public_by_slug_status",
            ),
        ),
        migrations.AddIndex(
            model_name="controversy",
            index=models.Index(
                models.F("topic"),
                models.F("status"),
                django.db.models.functions.text.Lower("title"),
                models.F("id"),
                condition=models.Q(("publication", "published")),
                name="public_by_title_topic_status",
            ),
        ),
        migrations.AddIndex(
            model_name="controversy",
            index=models.Index(
                models.F("topic"),
                models.F("status"),
                models.F("slug"),
                condition=models.Q(("publication", "published")),
                name="public_by_slug_topic_status",
            ),
        ),
        migrations.AddIndex(
            model_name="listedpage",
            index=models.Index(
                condition=models.Q(("publication", "published")),
                fields=["changed", "controversy"],
                name="public_page_by_time",
            ),
        ),
        migrations.AddIndex(
            model_name="listedpage",
            index=models.Index(
                condition=models.Q(("publication", "published")),
                fields=["topic", "changed", "controversy"],
                name="public_page_of_topic",
            ),
        ),
        migrations.AddIndex(
            model_name="listedpage",
            index=models.Index(
                condition=models.Q(("publication", "published")),
                fields=["status", "changed", "controversy"],
                name="public_page_of_status",
            ),
        ),
        migrations.AddIndex(
            model_name="listedpage",
            index=models.Index(
                condition=models.Q(("publication", "published")),
                fields=["topic", "status", "changed", "controversy"],
                name="public_page_of_topic_status",
            ),
        ),
    ]
