"""Each check says what it counts as, so that verdicts can be derived again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controversies", "0014_source_details")]

    operations = [
        migrations.AddField(
            model_name="sourcecheck",
            name="strike",
            field=models.CharField(blank=True, max_length=12, verbose_name="counts as"),
        ),
    ]
