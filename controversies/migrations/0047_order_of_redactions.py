"""Removals of words draw their numbers in the order in which they are seen."""

from django.db import migrations

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [("controversies", "0046_earlier_texts")]

    operations = [sql.run(redactions="c8e9adec84e9")]
