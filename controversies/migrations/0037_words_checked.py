from django.db import migrations

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [("controversies", "0036_state_by_event")]
    operations = [sql.run(privileges="65023fcfb589")]
