"""Statistics keep no earlier words: of a table that is emptied PostgreSQL keeps those that it had, with their words."""

from django.db import migrations

WITHOUT = """
    ALTER TABLE controversies_earlierword ALTER COLUMN word SET STATISTICS 0;
    ALTER TABLE controversies_earliertext ALTER COLUMN hashes SET STATISTICS 0;
"""
WITH = """
    ALTER TABLE controversies_earlierword ALTER COLUMN word SET STATISTICS -1;
    ALTER TABLE controversies_earliertext ALTER COLUMN hashes SET STATISTICS -1;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0050_reader_mails"),
    ]

    operations = [migrations.RunSQL(WITHOUT, WITH)]
