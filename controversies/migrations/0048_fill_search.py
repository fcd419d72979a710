"""The search index of pages is filled: by itself, so that pages are read meanwhile, and faster than before. Whole names
are looked up by indexes of their own."""

from typing import Any

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations, models

from controversies import sql


def fill(apps: Any, editor: Any) -> None:
    """Fill the tables of search; their large indexes are made afterwards, as that takes less than to keep them."""
    term = apps.get_model("controversies", "SearchTerm")
    (by_letters,) = term._meta.indexes
    editor.remove_index(term, by_letters)
    editor.execute("ALTER TABLE controversies_searchword DROP CONSTRAINT controversies_searchword_pkey")
    editor.execute("SELECT controversies_rebuild_search()")
    editor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    editor.execute("ALTER TABLE controversies_searchword ADD PRIMARY KEY (word, is_title, page)")
    editor.add_index(term, by_letters)
    editor.execute("ANALYZE controversies_searchblock, controversies_searchword, controversies_searchterm")


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0047_order_of_redactions"),
    ]

    operations = [
        sql.run(search="77b91686344f"),
        migrations.AddIndex(
            model_name="publicuse",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(
                    "words",
                    models.Value("\n"),
                    function="string_to_array",
                    output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField()),
                ),
                condition=models.Q(("type", "source"), _negated=True),
                fastupdate=False,
                name="public_use_by_whole_name",
            ),
        ),
        migrations.AddIndex(
            model_name="publicuse",
            index=models.Index(
                django.db.models.functions.text.Upper("title"),
                condition=models.Q(("type", "source")),
                name="public_use_by_whole_title",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
