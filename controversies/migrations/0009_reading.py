"""Reading a revision with all its blocks, as a function: so that PostgreSQL plans it once a connection.

All blocks of the revision, a row each in order, each found by one descent of the primary key, however many versions
it has had. The first row has the revision's own columns too; the others have none. Without a number: the newest.
"""

from django.db import migrations

OUTLINE = "00000000-0000-0000-0000-000000000000"  # models.Block.OUTLINE

FORWARDS = f"""
CREATE FUNCTION controversies_reading(controversy uuid, revision integer) RETURNS TABLE (
    place bigint, key text, since integer, digest bytea, body bytea, basis integer, basis_body bytea,
    controversy_id uuid, number integer, "time" timestamptz, author_id integer, author_name varchar, summary text,
    document bytea, revision_digest bytea, classes varchar[], changes jsonb, added integer, removed integer,
    reviewer_name varchar
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    IF revision IS NULL THEN
        SELECT max(r.number) INTO revision FROM controversies_revision r WHERE r.controversy_id = controversy;
    END IF;
    RETURN QUERY SELECT k.place, k.key::text, b.since, b.digest, b.body, b.basis, b.basis_body, entry.*
    FROM controversies_revision r
    CROSS JOIN LATERAL (
        SELECT o.outline FROM controversies_block o
        WHERE o.controversy_id = r.controversy_id AND o.key = '{OUTLINE}' AND o.since <= r.number
        ORDER BY o.since DESC LIMIT 1
    ) o
    CROSS JOIN LATERAL unnest(o.outline) WITH ORDINALITY AS k (key, place)
    CROSS JOIN LATERAL (
        SELECT b.since, b.digest, b.body, b.basis, CASE WHEN b.basis IS NOT NULL THEN (
            SELECT basis.body FROM controversies_block basis
            WHERE basis.controversy_id = b.controversy_id AND basis.key = b.key AND basis.since = b.basis
        ) END AS basis_body
        FROM controversies_block b
        WHERE b.controversy_id = r.controversy_id AND b.key = k.key AND b.since <= r.number
        ORDER BY b.since DESC LIMIT 1
    ) b
    LEFT JOIN LATERAL (
        SELECT r.controversy_id, r.number, r.time, r.author_id, r.author_name, r.summary, r.document, r.digest,
            r.classes, r.changes, r.added, r.removed, r.reviewer_name
        WHERE k.place = 1
    ) entry ON true
    WHERE r.controversy_id = controversy AND r.number = revision ORDER BY k.place;
END $$;
"""  # noqa: S608 - made of a constant

BACKWARDS = "DROP FUNCTION controversies_reading(uuid, integer);"


class Migration(migrations.Migration):
    dependencies = [("controversies", "0008_suggestions")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
