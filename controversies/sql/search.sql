-- The search index: the words of each page, written by the database whenever a revision is recorded, block by block.

-- Return the text search configuration for a language (BCP 47): that of English without one, which the site is written
-- in; for one that PostgreSQL cannot stem, that which takes words as they are.
CREATE OR REPLACE FUNCTION §.controversies_search_config(language text) RETURNS regconfig
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE §{pinned} AS $$
BEGIN
    RETURN CASE split_part(lower(coalesce(language, '')), '-', 1)
        WHEN '' THEN 'english' WHEN 'en' THEN 'english' WHEN 'ar' THEN 'arabic' WHEN 'ca' THEN 'catalan'
        WHEN 'da' THEN 'danish' WHEN 'de' THEN 'german' WHEN 'el' THEN 'greek' WHEN 'es' THEN 'spanish'
        WHEN 'eu' THEN 'basque' WHEN 'fi' THEN 'finnish' WHEN 'fr' THEN 'french' WHEN 'ga' THEN 'irish'
        WHEN 'hi' THEN 'hindi' WHEN 'hu' THEN 'hungarian' WHEN 'hy' THEN 'armenian' WHEN 'id' THEN 'indonesian'
        WHEN 'it' THEN 'italian' WHEN 'lt' THEN 'lithuanian' WHEN 'ne' THEN 'nepali' WHEN 'nl' THEN 'dutch'
        WHEN 'no' THEN 'norwegian' WHEN 'nb' THEN 'norwegian' WHEN 'pt' THEN 'portuguese' WHEN 'ro' THEN 'romanian'
        WHEN 'ru' THEN 'russian' WHEN 'sr' THEN 'serbian' WHEN 'sv' THEN 'swedish' WHEN 'ta' THEN 'tamil'
        WHEN 'tr' THEN 'turkish' WHEN 'yi' THEN 'yiddish' ELSE 'simple'
    END::regconfig;
END $$;

-- Return the configuration of a page.
CREATE OR REPLACE FUNCTION §.controversies_page_config(controversy uuid) RETURNS regconfig
LANGUAGE plpgsql STABLE §{pinned} AS $$
BEGIN
    RETURN §.controversies_search_config(
        (SELECT c.language FROM §.controversies_controversy c WHERE c.id = controversy)
    );
END $$;

-- Return the texts by which search finds the blocks of a page with these keys, or all, by their weight, and the facets
-- by which it narrows pages. Which fields, with which weight and in which order, `search` of the fields' declaration says.
CREATE OR REPLACE FUNCTION §.controversies_search_texts(controversy uuid, keys uuid[]) RETURNS TABLE (
    key uuid, kind text, a text, b text, c text, d text, facets text[]
) LANGUAGE plpgsql STABLE ROWS 10 §{pinned} SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    outline CONSTANT uuid[] := (
        SELECT o.outline FROM §.controversies_block o
        WHERE o.controversy_id = controversy AND o.key = '§{outline}' ORDER BY o.since DESC LIMIT 1
    );
BEGIN
    RETURN QUERY §{search_texts controversy keys outline};
END $$;

-- Return the text search vector of a block: of its title alone if it has more different words than a vector holds (1 MB).
-- Apostrophes are one, however they are typed.
CREATE OR REPLACE FUNCTION §.controversies_words_of(
    config regconfig, a text, b text, c text, d text, facets text[]
) RETURNS tsvector
LANGUAGE plpgsql STABLE §{pinned} AS $$
DECLARE
    words CONSTANT tsvector := setweight(to_tsvector(config, translate(a, '’', '''')), 'A') || array_to_tsvector(facets);
BEGIN
    RETURN words || setweight(to_tsvector(config, translate(left(b, 50000), '’', '''')), 'B')
        || setweight(to_tsvector(config, translate(left(c, 100000), '’', '''')), 'C') || to_tsvector(config, translate(left(d, 200000), '’', ''''));
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
    stored_config regconfig;
    new_config CONSTANT regconfig := §.controversies_page_config(controversy);
    own uuid[];
    restructured boolean;  -- whether blocks came or went
    changed uuid[];
    gone text[];  -- words that the page has no longer
BEGIN
    PERFORM set_config('§{guard}', 'on', true);
    SELECT i.id, i.config INTO number_of_page, stored_config
    FROM §.controversies_searchindex i WHERE i.controversy_id = controversy;
    SELECT b.outline, first IS NULL OR b.since >= first INTO own, restructured FROM §.controversies_block b
    WHERE b.controversy_id = controversy AND b.key = '§{outline}' ORDER BY b.since DESC LIMIT 1;
    IF number_of_page IS NULL THEN
        INSERT INTO §.controversies_searchindex (controversy_id, config) VALUES (controversy, new_config::text)
        RETURNING id INTO number_of_page;
    ELSIF stored_config <> new_config THEN
        UPDATE §.controversies_searchindex SET config = new_config::text WHERE id = number_of_page;
    ELSIF first IS NOT NULL THEN
        changed := ARRAY(
            SELECT k.key FROM unnest(own) k (key) WHERE EXISTS (
                SELECT FROM §.controversies_block b
                WHERE b.controversy_id = controversy AND b.key = k.key AND b.since >= first
            )
        );
    END IF;
    WITH now AS MATERIALIZED (
        SELECT t.key, §.controversies_words_of(new_config, t.a, t.b, t.c, t.d, t.facets) AS vector
        FROM §.controversies_search_texts(controversy, changed) t WHERE t.key IS NOT NULL
    ), before AS MATERIALIZED (
        SELECT b.key, b.vector FROM §.controversies_searchblock b
        WHERE b.page = number_of_page AND b.key = ANY (changed)
        UNION ALL
        SELECT b.key, b.vector FROM §.controversies_searchblock b
        WHERE (restructured OR changed IS NULL) AND b.page = number_of_page
            AND (changed IS NULL OR b.key <> ALL (own))
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
    ), dropped AS (
        DELETE FROM §.controversies_searchword w USING listed l WHERE w.ctid = l.place AND l.blocks <= 0
        RETURNING w.word, w.is_title
    ), added AS (
        INSERT INTO §.controversies_searchword AS w (page, blocks, is_title, word)
        SELECT number_of_page, c.change, c.is_title, c.lexeme FROM counted c WHERE c.change > 0
        ON CONFLICT (word, is_title, page) DO UPDATE SET blocks = w.blocks + EXCLUDED.blocks
    ), terms AS (
        INSERT INTO §.controversies_searchterm (word)
        SELECT c.lexeme FROM counted c WHERE c.change > 0 AND NOT c.is_title AND §{is_term c.lexeme}
        ORDER BY c.lexeme ON CONFLICT DO NOTHING
    )
    SELECT array_agg(d.word) FILTER (WHERE NOT d.is_title AND §{is_term d.word}) INTO gone FROM dropped d;
    IF gone IS NOT NULL THEN
        DELETE FROM §.controversies_searchterm t WHERE t.word = ANY (gone) AND NOT EXISTS (
            SELECT FROM §.controversies_searchword w WHERE w.word = t.word
        );
    END IF;
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
-- Pages are read meanwhile; who saves one waits. Words are written in the order of their index. (A migration before the
-- one that makes the table of terms has nothing to do: a later one indexes all pages.)
CREATE OR REPLACE FUNCTION §.controversies_rebuild_search() RETURNS void
§{as_owner} SET work_mem = '256MB' AS $$
BEGIN
    IF to_regclass('§.controversies_searchterm') IS NULL THEN
        RETURN;
    END IF;
    LOCK TABLE §.controversies_searchblock, §.controversies_searchword, §.controversies_searchterm
        IN SHARE ROW EXCLUSIVE MODE;
    PERFORM set_config('§{guard}', 'on', true);
    DELETE FROM §.controversies_searchterm;
    DELETE FROM §.controversies_searchword;
    DELETE FROM §.controversies_searchblock;
    INSERT INTO §.controversies_searchindex AS i (controversy_id, config)
    SELECT r.controversy_id, §.controversies_page_config(r.controversy_id)::text FROM §.controversies_revision r
    WHERE r.number = 1 AND NOT EXISTS (
        SELECT FROM §.controversies_searchindex i WHERE i.controversy_id = r.controversy_id
    ) ORDER BY r.time, r.controversy_id;
    UPDATE §.controversies_searchindex i SET config = §.controversies_page_config(i.controversy_id)::text
    WHERE i.config <> §.controversies_page_config(i.controversy_id)::text;
    INSERT INTO §.controversies_searchblock (page, key, vector)
    SELECT i.id, t.key, §.controversies_words_of(i.config::regconfig, t.a, t.b, t.c, t.d, t.facets)
    FROM §.controversies_searchindex i
    CROSS JOIN LATERAL §.controversies_search_texts(i.controversy_id, NULL) t;
    INSERT INTO §.controversies_searchword (page, blocks, is_title, word)
    SELECT w.page, w.blocks, w.is_title, w.word FROM (
        SELECT b.page, count(*) AS blocks, false AS is_title, v.word COLLATE "C" AS word
        FROM §.controversies_searchblock b CROSS JOIN LATERAL unnest(tsvector_to_array(b.vector)) v (word)
        GROUP BY v.word COLLATE "C", b.page
        UNION ALL
        SELECT b.page, count(*), true, v.word COLLATE "C"
        FROM §.controversies_searchblock b
        CROSS JOIN LATERAL unnest(tsvector_to_array(ts_filter(b.vector, '{a}'))) v (word)
        GROUP BY v.word COLLATE "C", b.page
    ) w ORDER BY w.word, w.is_title, w.page;
    INSERT INTO §.controversies_searchterm (word)
    SELECT w.word FROM (SELECT DISTINCT w.word FROM §.controversies_searchword w OFFSET 0) w
    WHERE §{is_term w.word} ORDER BY w.word;
    PERFORM set_config('§{guard}', '', true);
END $$;

-- Until release 3: the release before calls this for the excerpts of a search, which finds no page by its words any more.
CREATE OR REPLACE FUNCTION §.controversies_text_of(controversy uuid) RETURNS text
LANGUAGE sql IMMUTABLE §{pinned} AS $$ SELECT ''::text $$;
