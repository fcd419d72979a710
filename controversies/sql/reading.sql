-- Functions for what is asked often, so that PostgreSQL plans each once a connection.

-- Return all blocks of a revision, a row each in order, each found by one descent of the primary key, however many
-- versions it has had. The first row has the revision's own columns too; the others have none. Without a number: the
-- newest. Nothing for a withheld revision.
CREATE OR REPLACE FUNCTION §.controversies_reading(controversy uuid, revision integer) RETURNS TABLE (
    place bigint, key text, since integer, digest bytea, body bytea, basis integer, basis_body bytea,
    controversy_id uuid, number integer, "time" timestamptz, author_id integer, author_name varchar, summary text,
    document bytea, revision_digest bytea, classes varchar[], changes jsonb, added integer, removed integer,
    reviewer_name varchar
) LANGUAGE plpgsql STABLE §{pinned} SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    IF revision IS NULL THEN
        SELECT max(r.number) INTO revision FROM §.controversies_revision r WHERE r.controversy_id = controversy;
    END IF;
    RETURN QUERY SELECT k.place, k.key::text, b.since, b.digest, b.body, b.basis, b.basis_body, entry.*
    FROM §.controversies_revision r
    CROSS JOIN LATERAL (
        SELECT o.outline FROM §.controversies_block o
        WHERE o.controversy_id = r.controversy_id AND o.key = '§{outline}'
            AND o.since <= r.number
        ORDER BY o.since DESC LIMIT 1
    ) o
    CROSS JOIN LATERAL unnest(o.outline) WITH ORDINALITY AS k (key, place)
    CROSS JOIN LATERAL (
        SELECT b.since, b.digest, b.body, b.basis, CASE WHEN b.basis IS NOT NULL THEN (
            SELECT basis.body FROM §.controversies_block basis
            WHERE basis.controversy_id = b.controversy_id AND basis.key = b.key AND basis.since = b.basis
        ) END AS basis_body
        FROM §.controversies_block b
        WHERE b.controversy_id = r.controversy_id AND b.key = k.key AND b.since <= r.number
        ORDER BY b.since DESC LIMIT 1
    ) b
    LEFT JOIN LATERAL (
        SELECT r.controversy_id, r.number, r.time, r.author_id, r.author_name, r.summary, r.document, r.digest,
            r.classes, r.changes, r.added, r.removed, r.reviewer_name
        WHERE k.place = 1
    ) entry ON true
    WHERE r.controversy_id = controversy AND r.number = revision AND r.withheld::text = '' ORDER BY k.place;
END $$;

-- Return what must be known of a page before any of it is read: its newest revision, whether that follows a public
-- one, whether the page began with an import, and the number of the newest redaction on the site.
CREATE OR REPLACE FUNCTION §.controversies_page(address text) RETURNS TABLE (
    key uuid, slug varchar, title varchar, publication varchar, number integer, digest bytea, "time" timestamptz,
    follows_public boolean, is_imported boolean, epoch bigint
) LANGUAGE plpgsql STABLE §{pinned} SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT c.id, c.slug, c.title, c.publication, r.number, r.digest, r.time,
        r.number > 1 AND NOT r.changes @? '§{publication_changed}',
        EXISTS (
            SELECT FROM §.controversies_revision f
            WHERE f.controversy_id = c.id AND f.number = 1 AND 'import' = ANY (f.classes::text[])
        ),
        coalesce((SELECT d.id FROM §.controversies_redaction d ORDER BY d.id DESC LIMIT 1), 0)
    FROM §.controversies_controversy c
    CROSS JOIN LATERAL (
        SELECT v.number, v.digest, v.time, v.changes FROM §.controversies_revision v
        WHERE v.controversy_id = c.id ORDER BY v.number DESC LIMIT 1
    ) r
    WHERE c.slug = address;
END $$;

-- Return the number of a page's newest revision at a time, 0 without one: one descent of `revision_as_of`, whatever the
-- planner thinks of other indexes. Only in a record that is older than the rule that time never runs back (record.sql)
-- do revisions of an earlier time follow the one at the end of that descent: then the newest of them counts.
CREATE OR REPLACE FUNCTION §.controversies_number_at(controversy uuid, moment timestamptz) RETURNS integer
LANGUAGE plpgsql STABLE §{pinned} SET plan_cache_mode = force_generic_plan SET enable_sort = off
SET enable_incremental_sort = off AS $$
DECLARE
    newest integer;
BEGIN
    SELECT r.number INTO newest FROM §.controversies_revision r
    WHERE r.controversy_id = controversy AND r.time <= moment ORDER BY r.time DESC, r.number DESC LIMIT 1;
    WHILE (
        SELECT r.time <= moment FROM §.controversies_revision r
        WHERE r.controversy_id = controversy AND r.number = newest + 1
    ) LOOP
        newest := newest + 1;
    END LOOP;
    RETURN coalesce(newest, 0);
END $$;
