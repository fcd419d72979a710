from django.db import migrations

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [("controversies", "0019_uncopied_sources")]

    operations = [
        sql.run(likeness="f8bfd2b31e1b", privileges="ce64b865fde9"),
    ]
