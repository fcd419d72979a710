"""A page's revisions are in the order of time, and the one at a time is found by an index."""

from django.db import migrations, models

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [("controversies", "0003_log")]

    operations = [
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(fields=["controversy", "-time", "-number"], name="revision_as_of"),
        ),
        sql.run(record="fe61ec8afb8a", reading="0fc7a2637a35", privileges="151ac82ba25c"),
    ]
