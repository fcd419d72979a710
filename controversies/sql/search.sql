-- The search index: the words of each page, written by the database whenever a revision is recorded, block by block.

-- Return the texts by which search finds the blocks of a page with these keys, or all: those of titles, and all others.
-- Which fields, and in which order, `search` of the fields' declaration says.
CREATE OR REPLACE FUNCTION §.controversies_block_texts(controversy uuid, keys uuid[]) RETURNS TABLE (
    key uuid, title text, body text
) LANGUAGE plpgsql STABLE ROWS 10 §{pinned} SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY §{block_texts controversy keys};
END $$;

-- Return the text search vector of a block: of its title alone if it has more different words than a vector holds (1 MB).
CREATE OR REPLACE FUNCTION §.controversies_words_of(title text, body text) RETURNS tsvector
LANGUAGE plpgsql STABLE §{pinned} AS $$
DECLARE
    words CONSTANT tsvector := setweight(to_tsvector('pg_catalog.english', title), 'A');
BEGIN
    RETURN words || to_tsvector('pg_catalog.english', left(body, 200000));
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN words;
END $$;

-- Index the blocks of a page that changed since a revision, all without one: the vector of each, and of the page's list
-- of words what came and what went.
CREATE OR REPLACE FUNCTION §.controversies_index_words(controversy uuid, first integer) RETURNS void
§{as_owner} SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    number_of_page integer;
    own CONSTANT uuid[] := ARRAY(§{own_keys controversy});
    changed uuid[];
BEGIN
    PERFORM set_config('§{guard}', 'on', true);
    SELECT i.id INTO number_of_page FROM §.controversies_searchindex i WHERE i.controversy_id = controversy;
    IF number_of_page IS NULL THEN
        INSERT INTO §.controversies_searchindex (controversy_id) VALUES (controversy) RETURNING id INTO number_of_page;
    ELSIF first IS NOT NULL THEN
        changed := ARRAY(
            SELECT k.key FROM unnest(own) k (key) WHERE EXISTS (
                SELECT FROM §.controversies_block b
                WHERE b.controversy_id = controversy AND b.key = k.key AND b.since >= first
            )
        );
    END IF;
    WITH now AS MATERIALIZED (
        SELECT t.key, §.controversies_words_of(t.title, t.body) AS vector
        FROM §.controversies_block_texts(controversy, changed) t WHERE t.key IS NOT NULL
    ), before AS MATERIALIZED (
        SELECT b.key, b.vector FROM §.controversies_searchblock b
        WHERE b.page = number_of_page AND (changed IS NULL OR b.key = ANY (changed) OR b.key <> ALL (own))
    ), differing AS MATERIALIZED (
        SELECT coalesce(n.key, b.key) AS key, b.vector AS old, n.vector AS new
        FROM before b FULL JOIN now n ON n.key = b.key WHERE b.vector IS DISTINCT FROM n.vector
    ), written AS (
        INSERT INTO §.controversies_searchblock AS b (page, key, vector)
        SELECT number_of_page, d.key, d.new FROM differing d WHERE d.new IS NOT NULL
        ON CONFLICT (page, key) DO UPDATE SET vector = EXCLUDED.vector
    ), removed AS (
        DELETE FROM §.controversies_searchblock b USING differing d
        WHERE b.page = number_of_page AND b.key = d.key AND d.new IS NULL
    ), counted AS MATERIALIZED (
        SELECT w.lexeme, t.is_title, sum(w.change) AS change FROM (
            SELECT v.lexeme, v.weights, 1 AS change FROM differing d CROSS JOIN LATERAL unnest(d.new) v
            UNION ALL
            SELECT v.lexeme, v.weights, -1 FROM differing d CROSS JOIN LATERAL unnest(d.old) v
        ) w
        CROSS JOIN (VALUES (false), (true)) t (is_title)
        WHERE NOT t.is_title OR 'A' = ANY (w.weights)
        GROUP BY w.lexeme, t.is_title HAVING sum(w.change) <> 0
    ), listed AS MATERIALIZED (  -- each by its whole key, whatever the planner thinks of the list
        SELECT w.ctid AS place, w.blocks + c.change AS blocks FROM counted c
        CROSS JOIN LATERAL (
            SELECT w.ctid, w.blocks FROM §.controversies_searchword w
            WHERE w.word = c.lexeme AND w.is_title = c.is_title AND w.page = number_of_page LIMIT 1
        ) w
        WHERE c.change < 0
    ), fewer AS (
        UPDATE §.controversies_searchword w SET blocks = l.blocks FROM listed l
        WHERE w.ctid = l.place AND l.blocks > 0
    ), gone AS (
        DELETE FROM §.controversies_searchword w USING listed l WHERE w.ctid = l.place AND l.blocks <= 0
    )
    INSERT INTO §.controversies_searchword AS w (page, blocks, is_title, word)
    SELECT number_of_page, c.change, c.is_title, c.lexeme FROM counted c WHERE c.change > 0
    ON CONFLICT (word, is_title, page) DO UPDATE SET blocks = w.blocks + EXCLUDED.blocks;
    PERFORM set_config('§{guard}', '', true);
END $$;

-- Index the pages of new revisions, each once a statement: a long history is loaded by one.
CREATE OR REPLACE FUNCTION §.controversies_index_revision() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on revision}
    PERFORM §.controversies_index_words(page.key, page.first)
    FROM (
        SELECT n.controversy_id, min(n.number) FROM new_rows n GROUP BY n.controversy_id ORDER BY n.controversy_id
    ) page (key, first);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER words AFTER INSERT ON §.controversies_revision REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_index_revision();

-- Index all pages that are on record again, from nothing: for a migration, or after rows were written past the triggers.
-- Words are written in the order of their index.
CREATE OR REPLACE FUNCTION §.controversies_rebuild_search() RETURNS void
§{as_owner} AS $$
BEGIN
    PERFORM set_config('§{guard}', 'on', true);
    DELETE FROM §.controversies_searchword;
    DELETE FROM §.controversies_searchblock;
    INSERT INTO §.controversies_searchindex (controversy_id)
    SELECT r.controversy_id FROM §.controversies_revision r
    WHERE r.number = 1 AND NOT EXISTS (
        SELECT FROM §.controversies_searchindex i WHERE i.controversy_id = r.controversy_id
    ) ORDER BY r.time, r.controversy_id;
    INSERT INTO §.controversies_searchblock (page, key, vector)
    SELECT i.id, t.key, §.controversies_words_of(t.title, t.body)
    FROM §.controversies_searchindex i
    CROSS JOIN LATERAL §.controversies_block_texts(i.controversy_id, NULL) t;
    INSERT INTO §.controversies_searchword (page, blocks, is_title, word)
    SELECT b.page, count(*), t.is_title, v.lexeme
    FROM §.controversies_searchblock b
    CROSS JOIN LATERAL unnest(b.vector) v
    CROSS JOIN (VALUES (false), (true)) t (is_title)
    WHERE NOT t.is_title OR 'A' = ANY (v.weights)
    GROUP BY b.page, t.is_title, v.lexeme ORDER BY v.lexeme COLLATE "C", t.is_title, b.page;
    PERFORM set_config('§{guard}', '', true);
END $$;

-- Until release 3: the release before calls this for the excerpts of a search, which finds no page by its words any more.
CREATE OR REPLACE FUNCTION §.controversies_text_of(controversy uuid) RETURNS text
LANGUAGE sql IMMUTABLE §{pinned} AS $$ SELECT ''::text $$;
