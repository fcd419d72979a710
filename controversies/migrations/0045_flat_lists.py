"""Lists of the desk by what pages lack, its search of pages, and usages that are not read whole."""

import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0044_as_of_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="listedpage",
            name="lacks_source",
            field=models.BooleanField(db_default=False, verbose_name="a position has no source"),
        ),
        migrations.AddIndex(
            model_name="citation",
            index=models.Index(
                condition=models.Q(("quote", ""), _negated=True),
                fields=["source", "id"],
                name="quotation_by_source",
            ),
        ),
        migrations.AddIndex(
            model_name="controversy",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("question"), name="gin_trgm_ops"
                ),
                name="page_by_question",
            ),
        ),
        migrations.AddIndex(
            model_name="controversy",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("slug"), name="gin_trgm_ops"
                ),
                name="page_by_address",
            ),
        ),
        migrations.AddIndex(
            model_name="listedpage",
            index=models.Index(
                models.F("controversy"),
                condition=models.Q(("lacks_source", True)),
                name="page_without_source",
            ),
        ),
        migrations.AddIndex(
            model_name="position",
            index=models.Index(
                models.F("controversy"),
                condition=models.Q(
                    models.Q(("confidence", "not-rated"), _negated=True), ("confidence_reason", "")
                ),
                name="position_without_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(
                    "document",
                    models.Value("$.*[*].key"),
                    function="jsonb_path_query_array",
                    output_field=models.JSONField(),
                ),
                condition=models.Q(("state", "open")),
                name="proposal_by_mention",
            ),
        ),
        sql.run(needs="75c284c071b0", privileges="00282cda2abf"),
        migrations.RunSQL("SELECT controversies_rebuild_needs()", migrations.RunSQL.noop),
    ]
