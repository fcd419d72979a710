"""Since when a host's robots.txt cannot be read."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0011_check_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="fetchhost",
            name="robots_failed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="robots.txt failed since"),
        ),
    ]
