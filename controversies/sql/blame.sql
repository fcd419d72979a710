-- Blame follows from the record (`history.blame`), so the site writes it like any other index, and `checkhistory` derives
-- it again. Functions for what each save asks and writes, so that PostgreSQL plans it once a connection. A save is never
-- refused for it: whatever goes wrong in them, they tell by a row of NULLs or by false, and undo what they did. What the
-- database itself sees to is that nothing is kept of words that were removed.

-- Lock the blame of pages until COMMIT, but for those that others have locked, and return how far each is derived, with
-- the newest origins of the given blocks as they were at a revision. Pages share 512 locks: a change of all pages must not
-- fill the server's table of locks.
CREATE OR REPLACE FUNCTION §.controversies_begin_blame(
    pages uuid[], over_every boolean, block_pages uuid[], block_keys uuid[], numbers integer[]
) RETURNS TABLE (page text, number integer, algorithm smallint, key text, runs bytea)
LANGUAGE plpgsql §{pinned} SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT locked.page::text, b.number, b.algorithm, asked.key::text, o.runs
    FROM (
        SELECT p.page, pg_try_advisory_xact_lock(
            '§.controversies_blame'::regclass::oid::integer, hashtext(p.page::text) & 511) AS is_ours
        FROM unnest(pages) p (page)
    ) locked
    LEFT JOIN §.controversies_blame b ON b.controversy_id = locked.page AND b.every = over_every
    LEFT JOIN unnest(block_pages, block_keys, numbers) asked (page, key, number) ON asked.page = locked.page
    LEFT JOIN LATERAL (
        SELECT o.runs FROM §.controversies_origin o
        WHERE o.controversy_id = asked.page AND o.every = over_every AND o.key = asked.key AND o.since <= asked.number
        ORDER BY o.since DESC LIMIT 1
    ) o ON true
    WHERE locked.is_ours;
EXCEPTION WHEN query_canceled OR OTHERS THEN
    RAISE WARNING 'Blame: %', SQLERRM;
    RETURN QUERY SELECT NULL::text, NULL::integer, NULL::smallint, NULL::text, NULL::bytea;
END $$;

-- Return the texts that left a page and have one of these hashes; with grams, those since a revision that have some of
-- them: first those with most in common, then the newest.
CREATE OR REPLACE FUNCTION §.controversies_gone_texts(
    page uuid, over_every boolean, hashes bigint[], wanted integer[], first integer, most integer
) RETURNS TABLE (hash bigint, key text, since integer, grams integer[], body bytea)
LANGUAGE plpgsql STABLE §{pinned} SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    IF wanted IS NULL THEN
        RETURN QUERY SELECT g.hash, g.key::text, g.since, g.grams, g.body FROM §.controversies_gone g
        WHERE g.controversy_id = page AND g.every = over_every AND g.hash = ANY (hashes);
    ELSE
        RETURN QUERY SELECT g.hash, g.key::text, g.since, g.grams, g.body FROM §.controversies_gone g
        CROSS JOIN LATERAL (
            SELECT count(*) FROM unnest(g.grams) gram WHERE gram = ANY (wanted)
        ) common (count)
        WHERE g.controversy_id = page AND g.every = over_every AND g.since >= first AND g.grams && wanted
        ORDER BY common.count DESC, g.since DESC, g.hash, g.key LIMIT most;
    END IF;
EXCEPTION WHEN query_canceled OR OTHERS THEN
    RAISE WARNING 'Blame: %', SQLERRM;
    RETURN QUERY SELECT NULL::bigint, NULL::text, NULL::integer, NULL::integer[], NULL::bytea;
END $$;

-- Store what was derived of the next revision of each of these pages.
CREATE OR REPLACE FUNCTION §.controversies_store_blame(
    over_every boolean, by_algorithm integer, pages uuid[], numbers integer[],
    origin_pages uuid[], origin_keys uuid[], origin_numbers integer[], runs bytea[],
    gone_pages uuid[], hashes bigint[], gone_keys uuid[], gone_numbers integer[], grams text[], bodies bytea[]
) RETURNS boolean
LANGUAGE plpgsql §{pinned} SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO §.controversies_origin (controversy_id, every, key, since, runs)
    SELECT o.page, over_every, o.key, o.number, o.runs
    FROM unnest(origin_pages, origin_keys, origin_numbers, runs) o (page, key, number, runs);
    IF cardinality(hashes) > 0 THEN
        INSERT INTO §.controversies_gone AS g (controversy_id, every, hash, key, since, grams, body)
        SELECT n.page, over_every, n.hash, n.key, n.number, n.grams::integer[], n.body
        FROM unnest(gone_pages, hashes, gone_keys, gone_numbers, grams, bodies) n (page, hash, key, number, grams, body)
        ON CONFLICT (controversy_id, every, hash, key) DO UPDATE
            SET since = EXCLUDED.since, grams = EXCLUDED.grams, body = EXCLUDED.body;
    END IF;
    INSERT INTO §.controversies_blame AS b (controversy_id, every, number, algorithm)
    SELECT d.page, over_every, d.number, by_algorithm FROM unnest(pages, numbers) d (page, number)
    ON CONFLICT (controversy_id, every) DO UPDATE SET number = EXCLUDED.number, algorithm = EXCLUDED.algorithm;
    RETURN true;
EXCEPTION WHEN query_canceled OR OTHERS THEN
    RAISE WARNING 'Blame: %', SQLERRM;
    RETURN false;
END $$;

-- Forget the blame of a page, whoever derives it at the moment.
CREATE OR REPLACE FUNCTION §.controversies_forget_blame(page uuid) RETURNS void
§{as_owner} AS $$
BEGIN
    PERFORM pg_advisory_xact_lock('§.controversies_blame'::regclass::oid::integer, hashtext(page::text) & 511);
    DELETE FROM §.controversies_gone WHERE controversy_id = page;
    DELETE FROM §.controversies_origin WHERE controversy_id = page;
    DELETE FROM §.controversies_blame WHERE controversy_id = page;
END $$;

-- Forget the blame of pages from whose blocks words were removed: it holds hashes of them, and counts of words.
CREATE OR REPLACE FUNCTION §.controversies_redaction_forgets_blame() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on redaction}
    PERFORM §.controversies_forget_blame(page.key)
    FROM (
        SELECT DISTINCT n.controversy_id FROM new_rows n WHERE n.part = 'block' ORDER BY n.controversy_id
    ) page (key);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER forget_blame AFTER INSERT ON §.controversies_redaction REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_redaction_forgets_blame();
