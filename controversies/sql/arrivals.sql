-- Arrivals: the order in which revisions became public, written at COMMIT, one transaction at a time (`models.Arrival`).
-- A sequence alone would not do: its numbers are drawn before COMMIT, so that a slow transaction's smaller number
-- appears after greater ones were read. Here they are drawn by a deferred trigger that holds a lock until the
-- transaction has ended. Whether a revision was public is not in its row, but each revision that changed it says what
-- it was before, and the newest is as the page's row is.

-- Return the publication of a page at one of its revisions.
CREATE OR REPLACE FUNCTION §.controversies_publication_at(controversy uuid, revision integer) RETURNS text
LANGUAGE sql STABLE §{pinned} AS $$
    SELECT coalesce((
        SELECT jsonb_path_query_first(t.changes, '§{publication_changed}') ->> 3 FROM §.controversies_revision t
        WHERE t.controversy_id = controversy AND t.number > revision AND t.changes @? '§{publication_changed}'
        ORDER BY t.number LIMIT 1
    ), (SELECT c.publication FROM §.controversies_controversy c WHERE c.id = controversy))
$$;

-- List a public revision, or the end of the page's publication. A page that is published again has its earlier public
-- revisions arrive again. In the public log (transparency.sql) each has one entry only.
CREATE OR REPLACE FUNCTION §.controversies_arrive() RETURNS trigger
§{as_owner} AS $$
DECLARE
    is_public boolean;
    -- A removal of words may have replaced it since, in the same transaction.
    digest CONSTANT bytea := (
        SELECT r.digest FROM §.controversies_revision r
        WHERE r.controversy_id = NEW.controversy_id AND r.number = NEW.number
    );
    before text := jsonb_path_query_first(NEW.changes, '§{publication_changed}') ->> 3;
BEGIN
    §{only_on revision}
    is_public := §.controversies_publication_at(NEW.controversy_id, NEW.number) = 'published';
    IF NOT is_public AND before IS DISTINCT FROM 'published' THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock('§.controversies_arrival'::regclass::oid::integer, 0);
    IF is_public AND before <> 'published' THEN
        INSERT INTO §.controversies_arrival (controversy_id, number, withdrawn)
        SELECT r.controversy_id, r.number, false
        FROM §.controversies_revision r
        JOIN LATERAL (
            SELECT ended.publication FROM (
                SELECT t.number, jsonb_path_query_first(t.changes, '§{publication_changed}') ->> 3 AS publication
                FROM §.controversies_revision t
                WHERE t.controversy_id = NEW.controversy_id AND t.number <= NEW.number
                    AND t.changes @? '§{publication_changed}'
            ) ended
            WHERE ended.number > r.number ORDER BY ended.number LIMIT 1
        ) span ON span.publication = 'published'
        WHERE r.controversy_id = NEW.controversy_id AND r.number < NEW.number ORDER BY r.number;
    END IF;
    INSERT INTO §.controversies_arrival (controversy_id, number, withdrawn)
    VALUES (NEW.controversy_id, NEW.number, NOT is_public);
    PERFORM §.controversies_append_entry(
        NEW.controversy_id, NEW.number, CASE WHEN is_public THEN 'revision' ELSE 'withdrawal' END,
        convert_to(concat(  -- canonical JSON
            '{"digest":"', encode(digest, 'hex'), '","number":', NEW.number, ',"page":"', NEW.controversy_id,
            CASE WHEN is_public THEN '"}' ELSE '","withdrawn":true}' END
        ), 'UTF8')
    );
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS arrive ON §.controversies_revision;
CREATE CONSTRAINT TRIGGER arrive AFTER INSERT ON §.controversies_revision
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION §.controversies_arrive();
