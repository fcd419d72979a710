"""An index by which a citation file knows backers by their other names."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0033_search_words"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="backer",
            index=django.contrib.postgres.indexes.GinIndex(fields=["aliases"], name="backer_by_alias"),
        ),
    ]
