-- Lists: what they sort and filter pages by (`models.ListedPage`), from the page's row and its newest revision.

CREATE OR REPLACE FUNCTION §.controversies_list_pages() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on revision}
    INSERT INTO §.controversies_listedpage AS l (controversy_id, publication, topic_id, status, number, changed)
    SELECT DISTINCT ON (c.id) c.id, c.publication, c.topic_id, c.status, n.number, n.time
    FROM new_rows n JOIN §.controversies_controversy c ON c.id = n.controversy_id
    ORDER BY c.id, n.number DESC
    ON CONFLICT (controversy_id) DO UPDATE SET publication = EXCLUDED.publication, topic_id = EXCLUDED.topic_id,
        status = EXCLUDED.status, number = EXCLUDED.number, changed = EXCLUDED.changed;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER list_pages AFTER INSERT ON §.controversies_revision REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_list_pages();

CREATE OR REPLACE TRIGGER keep BEFORE INSERT OR UPDATE OR DELETE ON §.controversies_listedpage
    FOR EACH STATEMENT WHEN (§{not_by_guard listedpage}) EXECUTE FUNCTION §.controversies_refuse_writing();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_listedpage
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
