"""ISBN, day of reading and origin of sources."""

from django.db import migrations, models

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0013_merges"),
    ]

    operations = [
        migrations.AddField(
            model_name="source",
            name="isbn",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Of a book: 10 or 13 digits.",
                max_length=13,
                verbose_name="ISBN",
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="origin",
            field=models.CharField(
                blank=True,
                default="",
                help_text="The work or agency whose report this repeats, if it adds nothing of its own. Sources with the same words here count as one.",
                max_length=500,
                verbose_name="repeats",
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="read_on",
            field=models.DateField(
                blank=True,
                help_text="The day on which an editor last read it: 2024-07-23.",
                null=True,
                verbose_name="read on",
            ),
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.CheckConstraint(
                condition=models.Q(("isbn", ""), ("isbn__regex", "^97[89][0-9]{10}$"), _connector="OR"),
                name="controversies_source_isbn_is_an_isbn",
                violation_error_message="An ISBN has 10 or 13 digits, the last of which checks the others, as in 978-0-262-03384-8.",
            ),
        ),
        sql.run(redactions="9130c5931666", search="d7de560b656a"),
    ]
