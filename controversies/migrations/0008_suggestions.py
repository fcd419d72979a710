"""What readers suggest."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0007_presence"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Suggestion",
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
                (
                    "block",
                    models.UUIDField(
                        help_text="Empty for the page as a whole.", null=True, verbose_name="part of the page"
                    ),
                ),
                ("block_name", models.CharField(max_length=300, verbose_name="about")),
                ("number", models.PositiveIntegerField(verbose_name="the reader saw revision")),
                ("wrong", models.CharField(max_length=4000, verbose_name="what is wrong")),
                (
                    "instead",
                    models.CharField(
                        blank=True, max_length=4000, verbose_name="what would be right, and why"
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=4000, verbose_name="a source for it")),
                ("name", models.CharField(blank=True, max_length=150, verbose_name="reader's name")),
                ("credit", models.BooleanField(default=False, verbose_name="wants to be named")),
                (
                    "email",
                    models.EmailField(blank=True, max_length=254, verbose_name="reader's e-mail address"),
                ),
                (
                    "sender",
                    models.BinaryField(
                        max_length=32, null=True, verbose_name="digest of the sender's address"
                    ),
                ),
                ("created", models.DateTimeField(verbose_name="received")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("used", "Used"), ("declined", "Declined")],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("editor_name", models.CharField(blank=True, max_length=150, verbose_name="decided by")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                ("answer", models.TextField(blank=True, verbose_name="editors' answer")),
                ("revision", models.PositiveIntegerField(null=True, verbose_name="used in revision")),
                (
                    "controversy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suggestions",
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
                (
                    "editor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="editor's account",
                    ),
                ),
            ],
            options={
                "verbose_name": "reader's suggestion",
                "verbose_name_plural": "readers' suggestions",
                "ordering": ["created", "id"],
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        models.F("created"),
                        models.F("id"),
                        condition=models.Q(("state", "open")),
                        name="suggestion_queue",
                    ),
                    models.Index(models.F("created"), name="suggestion_by_time"),
                    models.Index(
                        models.F("sender"),
                        models.F("created"),
                        condition=models.Q(("sender__isnull", False)),
                        name="suggestion_by_sender",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "used", "declined"])),
                        name="controversies_suggestion_state_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("block_name", ""), _negated=True),
                        name="controversies_suggestion_block_name_is_given",
                        violation_error_message="This cannot be left empty.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("wrong", ""), _negated=True),
                        name="controversies_suggestion_wrong_is_given",
                        violation_error_message="This cannot be left empty.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)),
                        name="controversies_suggestion_revision_counts_from_one",
                        violation_error_message="Revisions are counted from 1.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("credit", False), models.Q(("name", ""), _negated=True), _connector="OR"
                        ),
                        name="controversies_suggestion_credit_has_a_name",
                        violation_error_message="Give the name under which you want to be named.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "open"), ("email", ""), _connector="OR"),
                        name="controversies_suggestion_decided_without_address",
                        violation_error_message="Once it is decided, the e-mail address is not kept.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "open"),
                                ("answer", ""),
                                ("decided_at", None),
                                ("editor", None),
                                ("editor_name", ""),
                                ("revision", None),
                            ),
                            models.Q(
                                ("state", "used"),
                                ("decided_at__isnull", False),
                                ("revision__gte", 1),
                                models.Q(("editor_name", ""), _negated=True),
                            ),
                            models.Q(
                                ("state", "declined"),
                                ("decided_at__isnull", False),
                                ("revision", None),
                                models.Q(("editor_name", ""), _negated=True),
                                models.Q(("answer", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="controversies_suggestion_decision_is_whole",
                        violation_error_message="A decision says who made it and when; one against it, also why; one for it, in which revision.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_at", None), ("decided_at__gte", models.F("created")), _connector="OR"
                        ),
                        name="controversies_suggestion_times_are_in_order",
                        violation_error_message="A suggestion is decided after it came.",
                    ),
                ],
            },
        ),
    ]
