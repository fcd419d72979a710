"""An index of the sources that editors wait for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controversies", "0017_source_keys")]

    operations = [
        migrations.AddIndex(
            model_name="sourcestate",
            index=models.Index(
                condition=models.Q(("is_urgent", True)), fields=["due_at"], name="urgent_state_by_due"
            ),
        ),
    ]
