"""Readers' e-mails: since when a mail server defers an address, and the language of a suggestion."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0049_use_changes"),
    ]

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="deferred_at",
            field=models.DateTimeField(
                help_text="The mail server takes nothing for it at present.",
                null=True,
                verbose_name="address deferred since",
            ),
        ),
        migrations.AddField(
            model_name="suggestion",
            name="language",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=20, verbose_name="reader's language"
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                models.F("deferred_at"),
                condition=models.Q(("deferred_at__isnull", False)),
                name="subscription_deferred",
            ),
        ),
    ]
