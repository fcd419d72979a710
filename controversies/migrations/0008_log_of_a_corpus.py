"""The entries of a public log come with a corpus."""

from django.db import migrations

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [("controversies", "0007_blame")]

    operations = [sql.run(transparency="6216ddd27539", privileges="b3b95a104a5c")]
