"""The language that a page is written in."""

from django.db import migrations, models

from controversies import sql


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0040_confidence_index"),
    ]

    operations = [
        migrations.AddField(
            model_name="controversy",
            name="language",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Of the page's text, as a code: de, es, fr, ar, zh-Hans, pt-BR. Empty: English.",
                max_length=35,
                verbose_name="language",
            ),
        ),
        migrations.AddConstraint(
            model_name="controversy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("language", ""),
                    (
                        "language__regex",
                        "^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*$",
                    ),
                    _connector="OR",
                ),
                name="controversies_controversy_language_is_a_tag",
                violation_error_message="Write the language as a code: de for German, es for Spanish, zh-Hans for Chinese in simplified characters.",
            ),
        ),
        sql.run(redactions="b0ab2aea1c11"),
    ]
