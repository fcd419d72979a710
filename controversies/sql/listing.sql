-- Lists: what they sort and filter pages by (`models.ListedPage`), and the changes that they show (`models.PublicChange`).
-- Both follow from the rows and revisions of a page, and are written with each revision.

-- Write the changes of these pages that lists show. An earlier row of them must not be left.
CREATE OR REPLACE FUNCTION §.controversies_list_changes(pages uuid[]) RETURNS void
§{as_owner} AS $$
BEGIN
    PERFORM set_config('§{guard}', 'on', true);
    INSERT INTO §.controversies_publicchange (subject, kind, time, controversy_id, number)
    SELECT §{public_changes} AND c.id = ANY (pages);
    PERFORM set_config('§{guard}', '', true);
END $$;

-- Make all of it anew, from the rows and revisions.
CREATE OR REPLACE FUNCTION §.controversies_rebuild_listing() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER §{pinned} AS $$
BEGIN
    PERFORM set_config('§{guard}', 'on', true);
    DELETE FROM §.controversies_listedpage;
    DELETE FROM §.controversies_publicchange;
    INSERT INTO §.controversies_listedpage (controversy_id, publication, topic_id, status, number, changed)
    SELECT c.id, c.publication, c.topic_id, c.status, r.number, r.time
    FROM §.controversies_controversy c
    CROSS JOIN LATERAL (
        SELECT n.number, n.time FROM §.controversies_revision n
        WHERE n.controversy_id = c.id ORDER BY n.number DESC LIMIT 1
    ) r;
    INSERT INTO §.controversies_publicchange (subject, kind, time, controversy_id, number)
    SELECT §{public_changes} ORDER BY 1, 2, 3;
    PERFORM set_config('§{guard}', '', true);
END $$;

-- List pages by their new revisions. Of a page that is public as before, in the topic that it was in, no other change
-- comes into a list or leaves one.
CREATE OR REPLACE FUNCTION §.controversies_list_pages() RETURNS trigger
§{as_owner} AS $$
DECLARE
    moved CONSTANT uuid[] := ARRAY(
        SELECT c.id FROM (
            SELECT r.controversy_id AS page, count(*) AS revisions FROM new_rows r GROUP BY r.controversy_id
        ) n
        JOIN §.controversies_controversy c ON c.id = n.page
        LEFT JOIN §.controversies_listedpage l ON l.controversy_id = c.id
        WHERE n.revisions > 1 OR (l.publication, l.topic_id) IS DISTINCT FROM (c.publication, c.topic_id)
    );
BEGIN
    §{only_on revision}
    IF moved <> '{}' THEN
        DELETE FROM §.controversies_publicchange w USING §.controversies_revision r, §.controversies_listedpage l
        WHERE r.controversy_id = ANY (moved) AND l.controversy_id = r.controversy_id
            AND w.subject IN ('§{all_topics}', l.topic_id) AND w.kind = ANY (r.classes || ''::varchar)
            AND (w.time, w.controversy_id, w.number) = (r.time, r.controversy_id, r.number);
        PERFORM §.controversies_list_changes(moved);
    END IF;
    INSERT INTO §.controversies_publicchange (subject, kind, time, controversy_id, number)
    SELECT s.subject, k.kind, r.time, r.controversy_id, r.number FROM new_rows r
    JOIN §.controversies_controversy c ON c.id = r.controversy_id
    CROSS JOIN LATERAL (VALUES ('§{all_topics}'::uuid), (c.topic_id)) s (subject)
    CROSS JOIN LATERAL (SELECT DISTINCT unnest(r.classes || ''::varchar)) k (kind)
    WHERE c.publication = 'published' AND c.id <> ALL (moved);
    INSERT INTO §.controversies_listedpage AS l (controversy_id, publication, topic_id, status, number, changed)
    SELECT DISTINCT ON (c.id) c.id, c.publication, c.topic_id, c.status, r.number, r.time
    FROM new_rows r JOIN §.controversies_controversy c ON c.id = r.controversy_id
    ORDER BY c.id, r.number DESC
    ON CONFLICT (controversy_id) DO UPDATE SET publication = EXCLUDED.publication, topic_id = EXCLUDED.topic_id,
        status = EXCLUDED.status, number = EXCLUDED.number, changed = EXCLUDED.changed;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER list_pages AFTER INSERT ON §.controversies_revision REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_list_pages();

-- Only these functions write them.
CREATE OR REPLACE TRIGGER keep BEFORE INSERT OR UPDATE OR DELETE ON §.controversies_listedpage
    FOR EACH STATEMENT WHEN (§{not_by_guard listedpage}) EXECUTE FUNCTION §.controversies_refuse_writing();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_listedpage
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER keep BEFORE INSERT OR UPDATE OR DELETE ON §.controversies_publicchange
    FOR EACH STATEMENT WHEN (§{not_by_guard publicchange}) EXECUTE FUNCTION §.controversies_refuse_writing();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_publicchange
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
