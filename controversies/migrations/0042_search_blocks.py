"""Search finds everything on a page by block, narrows by facets, and knows the words that are spelled alike."""

import django.contrib.postgres.indexes
from django.db import migrations, models

from controversies import sql

REPLACED = """
    DROP FUNCTION IF EXISTS controversies_block_texts(uuid, uuid[]);
    DROP FUNCTION IF EXISTS controversies_words_of(text, text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0041_page_language"),
    ]

    operations = [
        migrations.AddField(
            model_name="searchindex",
            name="config",
            field=models.CharField(
                db_default="english", db_index=True, max_length=63, verbose_name="text search configuration"
            ),
        ),
        migrations.CreateModel(
            name="SearchTerm",
            fields=[
                (
                    "word",
                    models.TextField(
                        db_collation="C", primary_key=True, serialize=False, verbose_name="word"
                    ),
                ),
            ],
            options={
                "verbose_name": "search term",
                "verbose_name_plural": "search terms",
                "default_permissions": (),
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("word", name="gin_trgm_ops"),
                        fastupdate=False,
                        name="search_term_by_letters",
                    )
                ],
            },
        ),
        migrations.RemoveIndex(model_name="backing", name="backing_by_words"),
        migrations.RemoveIndex(model_name="citation", name="citation_by_words"),
        migrations.RunSQL(REPLACED, migrations.RunSQL.noop),
        sql.run(search="edac5b5ed6ad", terms="e9240c6b64b9", privileges="00282cda2abf"),
        # 0048 fills the tables, in a transaction that holds no lock on the tables of pages
    ]
