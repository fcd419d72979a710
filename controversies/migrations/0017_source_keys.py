"""Sources are known by keys made of their DOI and address, which are indexed."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [("controversies", "0016_snapshot_requests")]

    operations = [
        sql.run(identifiers="0f4ff3cc8a96", privileges="e2371d1d51bd"),
        migrations.AddIndex(
            model_name="source",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(
                    "doi",
                    "url",
                    "isbn",
                    function="controversies_source_keys",
                    output_field=django.contrib.postgres.fields.ArrayField(models.TextField()),
                ),
                fastupdate=False,
                name="source_by_key",
            ),
        ),
    ]
