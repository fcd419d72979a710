"""Indexes for searches of the words of titles and names as of a day: those of pages and of names apart."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0043_subscriptions"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="listedperiod",
            name="period_by_words",
        ),
        migrations.AddIndex(
            model_name="listedname",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.search.SearchVector("title", config="english"),
                name="name_by_word_of_title",
            ),
        ),
        migrations.AddIndex(
            model_name="listedperiod",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.search.SearchVector("title", config="english"),
                condition=models.Q(("type", "head")),
                name="period_of_page_by_words",
            ),
        ),
    ]
