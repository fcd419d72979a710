"""What each file of a page said when it was last imported: what its next import is measured against."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0013_taken_over"),
    ]

    operations = [
        migrations.CreateModel(
            name="Imported",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
                ("key", models.UUIDField(verbose_name="key")),
                ("file", models.TextField(verbose_name="file, by the name that it was imported by")),
                ("digest", models.BinaryField(verbose_name="digest of the file")),
                ("said", models.JSONField(verbose_name="what it said")),
                ("number", models.PositiveIntegerField(default=0, verbose_name="newest revision then")),
                ("imported_at", models.DateTimeField(verbose_name="imported")),
            ],
            options={
                "verbose_name": "imported file",
                "verbose_name_plural": "imported files",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("key", "file"),
                        name="controversies_imported_is_remembered_once",
                        violation_error_message="This file is remembered already.",
                    )
                ],
            },
        ),
    ]
