"""Indexes by which the desk finds words of quotations and of notes on backers."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0020_likeness"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="backing",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.search.SearchVector("note", config="english"), name="backing_by_words"
            ),
        ),
        migrations.AddIndex(
            model_name="citation",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.search.SearchVector("quote", "locator", config="english"),
                name="citation_by_words",
            ),
        ),
    ]
