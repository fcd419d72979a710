"""Release 2 begins here (`config/schema.py`): the code of release 1 works with what follows, up to release 3."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("controversies", "0021_desk_search")]
    operations = []
