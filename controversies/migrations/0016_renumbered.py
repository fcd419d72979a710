from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controversies", "0015_removed")]

    operations = [
        migrations.AddField(
            model_name="block",
            name="renumbered",
            field=models.BooleanField(
                help_text="True if nothing but the numbers of sources in its texts differs from the version before.",
                null=True,
                verbose_name="renumbered",
            ),
        ),
    ]
