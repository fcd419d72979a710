"""Proposals, and who accepted what became a revision. A revision without a reviewer keeps its digest."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("controversies", "0005_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Preference",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="preference",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account",
                    ),
                ),
                ("mail", models.BooleanField(default=True, verbose_name="e-mail about proposals")),
            ],
            options={
                "verbose_name": "preference",
                "verbose_name_plural": "preferences",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="key",
                    ),
                ),
                ("base", models.PositiveIntegerField(verbose_name="began with revision")),
                ("document", models.JSONField(verbose_name="document")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                ("reason", models.TextField(verbose_name="reason")),
                ("author_name", models.CharField(max_length=150, verbose_name="proposed by")),
                ("created", models.DateTimeField(verbose_name="proposed")),
                ("changed", models.DateTimeField(verbose_name="last amended")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("reviewer_name", models.CharField(blank=True, max_length=150, verbose_name="decided by")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                ("decision", models.TextField(blank=True, verbose_name="reason for the decision")),
                ("revision", models.PositiveIntegerField(null=True, verbose_name="became revision")),
            ],
            options={
                "verbose_name": "proposal",
                "verbose_name_plural": "proposals",
                "ordering": ["created", "id"],
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="revision",
            name="reviewer",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="reviewer's account",
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="reviewer_name",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="Who accepted what the author proposed; empty where nobody had to.",
                max_length=150,
                verbose_name="accepted by",
            ),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reviewer", None), models.Q(("reviewer_name", ""), _negated=True), _connector="OR"
                ),
                name="controversies_revision_reviewer_has_a_name",
                violation_error_message="Whoever accepted a change is recorded by name.",
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="author",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="author's account",
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="controversy",
            field=models.ForeignKey(
                help_text="Empty for a new one, until it is accepted.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proposals",
                to="controversies.controversy",
                verbose_name="controversy",
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="reviewer",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="reviewer's account",
            ),
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(
                models.F("created"),
                models.F("id"),
                condition=models.Q(("state", "open")),
                name="proposal_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(models.F("author"), models.F("created"), name="proposal_by_author"),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="controversies_proposal_reason_is_given",
                violation_error_message="This cannot be left empty.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("author_name", ""), _negated=True),
                name="controversies_proposal_author_name_is_given",
                violation_error_message="This cannot be left empty.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("version__gte", 1), models.Q(("revision", None), ("revision__gte", 1), _connector="OR")
                ),
                name="controversies_proposal_version_counts_from_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("base", 0), ("controversy", None)),
                    models.Q(("base__gte", 1), ("controversy__isnull", False)),
                    models.Q(("state", "accepted"), ("base", 0), ("controversy__isnull", False)),
                    _connector="OR",
                ),
                name="controversies_proposal_base_is_of_its_page",
                violation_error_message="A change begins with a revision of its page; a new page with none.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state", "open"),
                        ("decision", ""),
                        ("reviewer", None),
                        ("reviewer_name", ""),
                        ("revision", None),
                        ("decided_at", None),
                    ),
                    models.Q(
                        ("state", "withdrawn"),
                        ("decision", ""),
                        ("reviewer", None),
                        ("reviewer_name", ""),
                        ("revision", None),
                        ("decided_at__isnull", False),
                    ),
                    models.Q(
                        ("state", "declined"),
                        ("decided_at__isnull", False),
                        ("revision", None),
                        models.Q(("reviewer_name", ""), _negated=True),
                        models.Q(("decision", ""), _negated=True),
                    ),
                    models.Q(
                        ("state", "accepted"),
                        ("controversy__isnull", False),
                        ("decided_at__isnull", False),
                        ("revision__isnull", False),
                        models.Q(("reviewer_name", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="controversies_proposal_decision_is_whole",
                violation_error_message="A decision says who made it and when; one against it, also why.",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("changed__gte", models.F("created")),
                    models.Q(("decided_at", None), ("decided_at__gte", models.F("created")), _connector="OR"),
                ),
                name="controversies_proposal_times_are_in_order",
            ),
        ),
    ]
