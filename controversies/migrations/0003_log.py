"""The public log, and the entries of what is public already, in the order in which it became so."""

import django.db.models.deletion
from django.db import migrations, models

from controversies import sql

# Entries of earlier redactions follow those of revisions: when each was made among them is not recorded.
ENTRIES = """
DO $$
DECLARE
    arrived record;
    redacted controversies_redaction;
BEGIN
    FOR arrived IN
        SELECT a.controversy_id AS page, a.number, a.withdrawn, encode(r.digest, 'hex') AS digest
        FROM controversies_arrival a
        JOIN controversies_revision r ON r.controversy_id = a.controversy_id AND r.number = a.number
        ORDER BY a.position
    LOOP
        PERFORM controversies_append_leaf(
            arrived.page, arrived.number, CASE WHEN arrived.withdrawn THEN 'withdrawal' ELSE 'revision' END,
            jsonb_strip_nulls(jsonb_build_object(
                'digest', arrived.digest, 'number', arrived.number, 'page', arrived.page,
                'withdrawn', CASE WHEN arrived.withdrawn THEN true END
            ))
        );
    END LOOP;
    FOR redacted IN SELECT * FROM controversies_redaction ORDER BY id LOOP
        PERFORM controversies_append_redaction_leaf(redacted);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0002_functions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Log",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False, verbose_name="number")),
                (
                    "origin",
                    models.TextField(
                        blank=True,
                        help_text="First line of each checkpoint: the site's address without https://.",
                        verbose_name="name",
                    ),
                ),
                (
                    "vkey",
                    models.TextField(
                        blank=True, help_text="As c2sp.org/signed-note writes it.", verbose_name="public key"
                    ),
                ),
                (
                    "policy",
                    models.TextField(
                        blank=True,
                        help_text="Trusted witnesses and quorum, as c2sp.org/tlog-policy writes it.",
                        verbose_name="policy",
                    ),
                ),
                ("started", models.DateTimeField(verbose_name="started")),
            ],
            options={
                "verbose_name": "log",
                "verbose_name_plural": "logs",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="TreeHash",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "log_id",
                        "level",
                        "index",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("index", models.BigIntegerField(verbose_name="index")),
                ("level", models.SmallIntegerField(verbose_name="level")),
                ("hash", models.BinaryField(max_length=32, verbose_name="hash")),
                (
                    "log",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="controversies.log",
                        verbose_name="log",
                    ),
                ),
            ],
            options={
                "verbose_name": "hash of a tree",
                "verbose_name_plural": "hashes of trees",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "log_id", "index", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("index", models.BigIntegerField(help_text="Counted from 0.", verbose_name="index")),
                ("number", models.PositiveIntegerField(null=True, verbose_name="revision")),
                ("controversy_id", models.UUIDField(null=True, verbose_name="controversy")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("revision", "Revision"),
                            ("withdrawal", "Withdrawal"),
                            ("redaction", "Removal"),
                            ("replacement", "Replacement"),
                            ("checkpoint", "Earlier log"),
                        ],
                        max_length=11,
                        verbose_name="kind",
                    ),
                ),
                ("entry", models.BinaryField(verbose_name="entry")),
                ("hash", models.BinaryField(max_length=32, verbose_name="hash")),
                (
                    "log",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="controversies.log",
                        verbose_name="log",
                    ),
                ),
            ],
            options={
                "verbose_name": "log entry",
                "verbose_name_plural": "log entries",
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("kind__in", ["revision", "withdrawal"]), _negated=True),
                        fields=["controversy_id", "number", "log"],
                        name="leaf_of_another_kind",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind__in", ["revision", "withdrawal"])),
                        fields=("controversy_id", "number", "log"),
                        name="leaf_is_there_once",
                        violation_error_message="This revision has an entry in the log already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
                ("size", models.BigIntegerField(verbose_name="entries")),
                ("root", models.BinaryField(max_length=32, verbose_name="root")),
                (
                    "time",
                    models.DateTimeField(
                        help_text="When it was stored; the database sets it.", verbose_name="time"
                    ),
                ),
                (
                    "note",
                    models.TextField(help_text="The signed note, with all signatures.", verbose_name="note"),
                ),
                (
                    "is_witnessed",
                    models.BooleanField(
                        help_text="Whether the policy's quorum of witnesses has cosigned it.",
                        verbose_name="witnessed",
                    ),
                ),
                (
                    "log",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="controversies.log",
                        verbose_name="log",
                    ),
                ),
            ],
            options={
                "verbose_name": "checkpoint",
                "verbose_name_plural": "checkpoints",
                "default_permissions": (),
                "indexes": [
                    models.Index(models.F("log"), models.F("size"), models.F("id"), name="checkpoint_by_size")
                ],
            },
        ),
        sql.run(transparency="adaba63649d1", arrivals="96a5553c3d91", privileges="4ad8bd3a77ce"),
        migrations.RunSQL(ENTRIES, migrations.RunSQL.noop),
    ]
