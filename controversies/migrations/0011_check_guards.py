"""What was seen of a source stays as it was seen, and goes with words that must go; failing checks are put off."""

from django.db import migrations, models

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [("controversies", "0010_told_checks")]

    operations = [
        migrations.AddField(
            model_name="sourcestate",
            name="claims",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="times taken without a result"),
        ),
        sql.run(checks="3c71bb4eea37", privileges="b3b95a104a5c"),
    ]
