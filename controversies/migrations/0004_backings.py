"""Backers may be swapped within one save; “until 2024” may follow “since July 2024”."""

import django.db.models.constraints
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0003_basis"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="backing",
            name="controversies_backing_is_one_a_position",
        ),
        migrations.RemoveConstraint(
            model_name="backing",
            name="controversies_backing_begins_before_it_ends",
        ),
        migrations.AddConstraint(
            model_name="backing",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                fields=("position", "backer"),
                name="controversies_backing_is_one_a_position",
                violation_error_message="This backer is already listed for the position.",
            ),
        ),
        migrations.AddConstraint(
            model_name="backing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until", ""),
                    django.db.models.lookups.LessThanOrEqual(
                        django.db.models.functions.text.Left(
                            "since", django.db.models.functions.text.Length("until")
                        ),
                        models.F("until"),
                    ),
                    _connector="OR",
                ),
                name="controversies_backing_begins_before_it_ends",
                violation_error_message="“Until” is before “since”.",
            ),
        ),
    ]
