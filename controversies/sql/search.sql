-- The search index: the words of each page, made by the database whenever a revision is recorded.

-- Return the text of a page by which search finds it, as far as it is looked through: its title apart. Which fields, and
-- in which order, `search` of the fields' declaration says. (A text search vector holds 1 MB at most.)
CREATE OR REPLACE FUNCTION §.controversies_text_of(controversy uuid) RETURNS text
LANGUAGE sql STABLE §{pinned} AS $$
    SELECT left(concat_ws(E'\n', §{page_texts c}), 200000)
    FROM §.controversies_controversy c WHERE c.id = controversy
$$;

-- Index a page by its title and text; by its title alone if it has more different words than a vector holds.
CREATE OR REPLACE FUNCTION §.controversies_index_words(controversy uuid) RETURNS void
§{as_owner} AS $$
DECLARE
    words tsvector;
    title tsvector;
BEGIN
    SELECT §{weighted_words c} INTO title
    FROM §.controversies_controversy c WHERE c.id = controversy;
    BEGIN
        words := title || to_tsvector('pg_catalog.english', §.controversies_text_of(controversy));
    EXCEPTION WHEN program_limit_exceeded THEN
        words := title;
    END;
    PERFORM set_config('§{guard}', 'on', true);
    INSERT INTO §.controversies_searchindex AS w (controversy_id, vector) VALUES (controversy, words)
    ON CONFLICT (controversy_id) DO UPDATE SET vector = EXCLUDED.vector WHERE w.vector <> EXCLUDED.vector;
    PERFORM set_config('§{guard}', '', true);
END $$;

-- Index the pages of new revisions, each once a statement: a long history is loaded by one.
CREATE OR REPLACE FUNCTION §.controversies_index_revision() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on revision}
    PERFORM §.controversies_index_words(page.key)
    FROM (SELECT DISTINCT n.controversy_id FROM new_rows n ORDER BY n.controversy_id) page (key);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER words AFTER INSERT ON §.controversies_revision REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_index_revision();
