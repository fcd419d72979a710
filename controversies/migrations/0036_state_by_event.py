"""An index by which the newest events of sources are found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0035_rights"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="sourcestate",
            index=models.Index(
                condition=models.Q(("verdict__in", ["gone", "altered"])),
                fields=["since", "source"],
                name="state_by_event",
            ),
        ),
    ]
