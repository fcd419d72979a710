"""How far the history of a page in a git repository has been taken over."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controversies", "0012_withheld")]

    operations = [
        migrations.CreateModel(
            "TakenOver",
            [
                ("key", models.UUIDField(primary_key=True, serialize=False, verbose_name="key")),
                ("commit", models.CharField(max_length=64, verbose_name="commit")),
                ("number", models.PositiveIntegerField(verbose_name="newest revision then")),
            ],
            options={
                "verbose_name": "history taken over",
                "verbose_name_plural": "histories taken over",
                "default_permissions": (),
            },
        )
    ]
