"""What files said when they were last imported: what their next import is measured against."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0013_taken_over"),
    ]

    operations = [
        migrations.CreateModel(
            name="Imported",
            fields=[
                ("key", models.UUIDField(primary_key=True, serialize=False, verbose_name="key")),
                ("digest", models.BinaryField(verbose_name="digest of the file")),
                ("said", models.JSONField(verbose_name="what it said")),
                ("number", models.PositiveIntegerField(default=0, verbose_name="newest revision then")),
                ("imported_at", models.DateTimeField(verbose_name="imported")),
            ],
            options={
                "verbose_name": "imported file",
                "verbose_name_plural": "imported files",
                "default_permissions": (),
            },
        ),
    ]
