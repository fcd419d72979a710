"""Notices by e-mail wait in the database, and each account chooses how often they come."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0028_second_factor"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MailNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(primary_key=True, serialize=False, verbose_name="number"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposal"),
                            ("amended", "Proposal changed"),
                            ("withdrawn", "Proposal withdrawn"),
                            ("decided", "Decision"),
                            ("suggested", "Suggestion"),
                            ("redaction", "Removal"),
                        ],
                        max_length=10,
                        verbose_name="about",
                    ),
                ),
                (
                    "accepted",
                    models.PositiveIntegerField(null=True, verbose_name="revision with the author's words"),
                ),
                ("edit", models.PositiveIntegerField(null=True, verbose_name="revision of the reviewer")),
                ("created", models.DateTimeField(verbose_name="since")),
            ],
            options={
                "verbose_name": "notice by e-mail",
                "verbose_name_plural": "notices by e-mail",
                "ordering": ["user", "created", "id"],
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="preference",
            name="mail_failed_at",
            field=models.DateTimeField(null=True, verbose_name="last e-mail that could not be sent"),
        ),
        migrations.AddField(
            model_name="preference",
            name="mail_pace",
            field=models.CharField(
                choices=[("at_once", "At once"), ("hourly", "Hourly"), ("daily", "Daily")],
                db_default="hourly",
                default="hourly",
                max_length=10,
                verbose_name="how often e-mail comes",
            ),
        ),
        migrations.AddField(
            model_name="preference",
            name="mailed_at",
            field=models.DateTimeField(null=True, verbose_name="last e-mail"),
        ),
        migrations.AddConstraint(
            model_name="preference",
            constraint=models.CheckConstraint(
                condition=models.Q(("mail_pace__in", ["at_once", "hourly", "daily"])),
                name="controversies_preference_mail_pace_is_known",
                violation_error_message="Choose one of the values offered.",
            ),
        ),
        migrations.AddField(
            model_name="mailnotice",
            name="controversy",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="controversies.controversy",
                verbose_name="page with suggestions",
            ),
        ),
        migrations.AddField(
            model_name="mailnotice",
            name="proposal",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="controversies.proposal",
                verbose_name="proposal",
            ),
        ),
        migrations.AddField(
            model_name="mailnotice",
            name="redaction_request",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="controversies.redactionrequest",
                verbose_name="request to remove words",
            ),
        ),
        migrations.AddField(
            model_name="mailnotice",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="account",
            ),
        ),
        migrations.AddIndex(
            model_name="mailnotice",
            index=models.Index(
                models.F("user"), models.F("created"), models.F("id"), name="mail_notice_queue"
            ),
        ),
        migrations.AddConstraint(
            model_name="mailnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["proposed", "amended", "withdrawn", "decided", "suggested", "redaction"])
                ),
                name="controversies_mailnotice_kind_is_known",
                violation_error_message="Choose one of the values offered.",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailnotice",
            constraint=models.UniqueConstraint(
                fields=("user", "controversy"), name="mail_notice_once_a_page"
            ),
        ),
    ]
