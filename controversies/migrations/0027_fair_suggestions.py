"""Suggestions are counted by the networks that they come from, and may be held back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0026_put_off_revisions"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="suggestion",
            name="suggestion_by_sender",
        ),
        migrations.AddField(
            model_name="suggestion",
            name="held_until",
            field=models.DateTimeField(
                help_text="Empty if it was not held back: its networks had sent few.",
                null=True,
                verbose_name="held back until",
            ),
        ),
        migrations.AddField(
            model_name="suggestion",
            name="sender_provider",
            field=models.BinaryField(
                max_length=32, null=True, verbose_name="digest of the sender's provider"
            ),
        ),
        migrations.AddField(
            model_name="suggestion",
            name="sender_site",
            field=models.BinaryField(max_length=32, null=True, verbose_name="digest of the sender's site"),
        ),
    ]
