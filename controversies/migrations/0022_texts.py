"""The text that a page or backer was imported as is kept, so that exports give back what came with it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controversies", "0021_guesses")]

    operations = [
        migrations.AddField(
            model_name="imported",
            name="text",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="its text"),
        ),
    ]
