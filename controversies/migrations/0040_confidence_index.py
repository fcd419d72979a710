"""An index of the revisions that changed a confidence, for the drawing of confidence over time."""

from django.db import migrations

ADD = """
    CREATE INDEX revision_of_confidence ON controversies_revision (controversy_id, number)
        WHERE changes @? 'strict $[*] ? (@[2] == "confidence")';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0039_home"),
    ]

    operations = [migrations.RunSQL(ADD, "DROP INDEX revision_of_confidence")]
