"""Where a block was removed can be found by its key: a backer's feed tells that it was taken off a page."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0014_imported"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="block",
            index=models.Index(
                condition=models.Q(("digest__isnull", True), ("outline__isnull", True)),
                fields=["key"],
                name="controversies_block_removed",
            ),
        ),
    ]
