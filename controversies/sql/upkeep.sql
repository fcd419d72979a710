-- Upkeep: what public pages lack, and by what else lists sort them that edits seldom change (`models.PageUpkeep`). It
-- follows from the rows and revisions of a page, and is written with a revision that changes it.

-- Make all of it anew, from the rows and revisions.
CREATE OR REPLACE FUNCTION §.controversies_rebuild_upkeep() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER §{pinned} AS $$
BEGIN
    PERFORM set_config('§{guard}', 'on', true);
    DELETE FROM §.controversies_pageupkeep;
    INSERT INTO §.controversies_pageupkeep (controversy_id, §{upkeep_columns}, opened, has_one_editor)
    SELECT c.id, §{upkeep_values}, p.opened, p.has_one_editor
    FROM §.controversies_controversy c CROSS JOIN LATERAL (§{public_past c}) p
    WHERE c.publication = 'published';
    PERFORM set_config('§{guard}', '', true);
END $$;

-- Follow the new revisions of pages. Of a page that was public before, the past is known; of others it is read.
CREATE OR REPLACE FUNCTION §.controversies_upkeep_of_revision() RETURNS trigger
§{as_owner} AS $$
DECLARE
    moved CONSTANT uuid[] := ARRAY(
        SELECT n.page FROM (
            SELECT r.controversy_id AS page, count(*) AS revisions FROM new_rows r GROUP BY r.controversy_id
        ) n
        JOIN §.controversies_controversy c ON c.id = n.page
        LEFT JOIN §.controversies_pageupkeep u ON u.controversy_id = c.id
        WHERE n.revisions > 1 OR (c.publication = 'published') <> (u.controversy_id IS NOT NULL)
    );
BEGIN
    §{only_on revision}
    IF moved <> '{}' THEN
        DELETE FROM §.controversies_pageupkeep u WHERE u.controversy_id = ANY (moved);
        INSERT INTO §.controversies_pageupkeep (controversy_id, §{upkeep_columns}, opened, has_one_editor)
        SELECT c.id, §{upkeep_values}, p.opened, p.has_one_editor
        FROM §.controversies_controversy c CROSS JOIN LATERAL (§{public_past c}) p
        WHERE c.publication = 'published' AND c.id = ANY (moved);
    END IF;
    UPDATE §.controversies_pageupkeep u SET (§{upkeep_columns}, has_one_editor) = ROW (n.*)
    FROM new_rows r
    JOIN §.controversies_revision before ON before.controversy_id = r.controversy_id AND before.number = r.number - 1
    JOIN §.controversies_controversy c ON c.id = r.controversy_id
    JOIN §.controversies_pageupkeep o ON o.controversy_id = c.id
    CROSS JOIN LATERAL (
        SELECT §{upkeep_values}, o.has_one_editor AND r.author_name = before.author_name
            AND r.reviewer_name::text IN ('', r.author_name)
    ) n (§{upkeep_columns}, has_one_editor)
    WHERE u.controversy_id = o.controversy_id AND c.id <> ALL (moved)
        AND (§{upkeep_of o}, o.has_one_editor) IS DISTINCT FROM (n.*);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER upkeep AFTER INSERT ON §.controversies_revision REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_upkeep_of_revision();

-- Only these functions write it.
CREATE OR REPLACE TRIGGER keep BEFORE INSERT OR UPDATE OR DELETE ON §.controversies_pageupkeep
    FOR EACH STATEMENT WHEN (§{not_by_guard pageupkeep}) EXECUTE FUNCTION §.controversies_refuse_writing();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_pageupkeep
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
