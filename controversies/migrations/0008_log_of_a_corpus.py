"""The entries of a public log come with a corpus, and cost less at COMMIT."""

from django.db import migrations

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [("controversies", "0007_blame")]

    operations = [sql.run(transparency="dea020fbb859", arrivals="9a9be3db6d45", privileges="b3b95a104a5c")]
