# ruff: noqa: S608 - made of constants
"""Seals: what no digest of the record covers is sealed by the database as it writes it, so that a later change shows.

- A revision's seal covers its digest, and by which accounts, role and when it was written, how it came about (import,
  restoration), and whether its content came along.
- An arrival's seal covers the arrival and the seal before it: none can be lost, put in or moved unseen.

Whoever owns the database can make seals anew, as they can digests; an anchor kept elsewhere covers both
(`history.verify.anchor`). Of what is there already, the seals are made now.
"""

import importlib

from django.db import migrations, models

from controversies.models import ChangeClass

guards = importlib.import_module("controversies.migrations.0018_guards")

KINDS = ", ".join(f"'{kind.value}'" for kind in (ChangeClass.IMPORT, ChangeClass.RESTORE))
PINNED, only_on = guards.PINNED, guards.only_on

# In SQL here, `§` stands for the schema that holds the tables.
FORWARDS = f"""
CREATE FUNCTION §.controversies_seal_of_revision(r §.controversies_revision) RETURNS bytea
LANGUAGE sql STABLE {PINNED} AS $$
    SELECT substring(sha256(convert_to(concat(
        r.number, '|', encode(r.digest, 'hex'), '|', r.withheld, '|',
        CASE WHEN r.classes[1] IN ({KINDS}) THEN r.classes[1] END, '|', r.author_id, '|', r.reviewer_id, '|',
        r.recorded_by, '|', (extract(epoch FROM r.recorded_at) * 1000000)::bigint
    ), 'UTF8')) FROM 1 FOR 8)
$$;

CREATE FUNCTION §.controversies_seal_of_arrival(a §.controversies_arrival, before bytea) RETURNS bytea
LANGUAGE sql STABLE {PINNED} AS $$
    SELECT substring(sha256(coalesce(before, '') || convert_to(concat(
        a.position, '|', a.controversy_id, '|', a.number, '|', a.withdrawn::integer
    ), 'UTF8')) FROM 1 FOR 8)
$$;

CREATE FUNCTION §.controversies_seal_revision() RETURNS trigger {guards.DEFINER} AS $$
BEGIN {only_on("revision")}
    NEW.seal := §.controversies_seal_of_revision(NEW);
    RETURN NEW;
END $$;

CREATE FUNCTION §.controversies_seal_arrival() RETURNS trigger {guards.DEFINER} AS $$
BEGIN {only_on("arrival")}
    NEW.seal := §.controversies_seal_of_arrival(NEW, (
        SELECT a.seal FROM §.controversies_arrival a ORDER BY a.position DESC LIMIT 1
    ));
    RETURN NEW;
END $$;

ALTER TABLE §.controversies_revision DISABLE TRIGGER append_only;
UPDATE §.controversies_revision r SET seal = §.controversies_seal_of_revision(r);
ALTER TABLE §.controversies_revision ENABLE TRIGGER append_only;

ALTER TABLE §.controversies_arrival DISABLE TRIGGER append_only;
DO $$
DECLARE
    a §.controversies_arrival;
    last bytea;
BEGIN
    FOR a IN SELECT * FROM §.controversies_arrival ORDER BY position LOOP
        last := §.controversies_seal_of_arrival(a, last);
        UPDATE §.controversies_arrival SET seal = last WHERE position = a.position;
    END LOOP;
END $$;
ALTER TABLE §.controversies_arrival ENABLE TRIGGER append_only;

-- Triggers of one kind fire in the order of their names: after `append`, which notes who writes and when.
CREATE TRIGGER seal BEFORE INSERT ON §.controversies_revision
    FOR EACH ROW EXECUTE FUNCTION §.controversies_seal_revision();
CREATE TRIGGER seal BEFORE INSERT ON §.controversies_arrival
    FOR EACH ROW EXECUTE FUNCTION §.controversies_seal_arrival();

REVOKE EXECUTE ON FUNCTION §.controversies_seal_revision(), §.controversies_seal_arrival(),
    §.controversies_seal_of_revision(§.controversies_revision),
    §.controversies_seal_of_arrival(§.controversies_arrival, bytea) FROM PUBLIC;
"""

BACKWARDS = """
DROP TRIGGER seal ON §.controversies_arrival;
DROP TRIGGER seal ON §.controversies_revision;
DROP FUNCTION §.controversies_seal_arrival();
DROP FUNCTION §.controversies_seal_revision();
DROP FUNCTION §.controversies_seal_of_arrival(§.controversies_arrival, bytea);
DROP FUNCTION §.controversies_seal_of_revision(§.controversies_revision);
"""


class Migration(migrations.Migration):
    dependencies = [("controversies", "0018_guards")]

    operations = [
        migrations.AddField(
            "revision",
            "seal",
            models.BinaryField(
                editable=False,
                help_text="Covers what the digest does not: accounts, role and time of writing, how it came about.",
                max_length=8,
                null=True,
                verbose_name="seal",
            ),
        ),
        migrations.AddField(
            "arrival",
            "seal",
            models.BinaryField(
                editable=False,
                help_text="Covers this arrival and the one before.",
                max_length=8,
                null=True,
                verbose_name="seal",
            ),
        ),
        guards.run(FORWARDS, BACKWARDS),
    ]
