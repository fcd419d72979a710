-- The public log: one entry for each revision that became public, each withdrawal and each redaction, in the order of
-- COMMIT. It is the Merkle tree of RFC 6962: a leaf's hash is SHA-256 of a zero byte and the entry, a node's that of a
-- one byte and both hashes below. The hashes of full subtrees of 256, 65,536, … leaves are kept as well, so that every
-- tile (c2sp.org/tlog-tiles), root and proof takes at most 256 rows for each level.

-- Return the canonical JSON of an object of texts, integers and booleans, as `canonical.dumps` writes it.
CREATE OR REPLACE FUNCTION §.controversies_canonical(entry jsonb) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT §{pinned} AS $$
    SELECT convert_to('{' || string_agg(
        to_json(m.key)::text || ':' || m.value::text, ',' ORDER BY m.key COLLATE pg_catalog."C"
    ) || '}', 'UTF8') FROM jsonb_each(entry) m
$$;

-- Return the root of 2^n hashes.
CREATE OR REPLACE FUNCTION §.controversies_fold(hashes bytea[]) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE §{pinned} AS $$
BEGIN
    WHILE cardinality(hashes) > 1 LOOP
        hashes := ARRAY(
            SELECT sha256('\x01'::bytea || hashes[2 * i - 1] || hashes[2 * i])
            FROM generate_series(1, cardinality(hashes) / 2) i ORDER BY i
        );
    END LOOP;
    RETURN hashes[1];
END $$;

-- Store the hashes of full subtrees that are not stored yet.
CREATE OR REPLACE FUNCTION §.controversies_hash_subtrees(of_log smallint) RETURNS void
§{as_owner} AS $$
DECLARE
    upper smallint := 1;
    first bigint;
    below bigint := (
        SELECT l.index + 1 FROM §.controversies_leaf l WHERE l.log_id = of_log ORDER BY l.index DESC LIMIT 1
    );
BEGIN
    WHILE below >= 256 LOOP
        SELECT coalesce(max(t.index) + 1, 0) INTO first FROM §.controversies_treehash t
        WHERE t.log_id = of_log AND t.level = upper;
        EXIT WHEN first >= below / 256;
        IF upper = 1 THEN
            INSERT INTO §.controversies_treehash (log_id, level, index, hash)
            SELECT of_log, upper, n, §.controversies_fold(ARRAY(
                SELECT l.hash FROM §.controversies_leaf l
                WHERE l.log_id = of_log AND l.index BETWEEN n * 256 AND n * 256 + 255 ORDER BY l.index
            )) FROM generate_series(first, below / 256 - 1) n;
        ELSE
            INSERT INTO §.controversies_treehash (log_id, level, index, hash)
            SELECT of_log, upper, n, §.controversies_fold(ARRAY(
                SELECT t.hash FROM §.controversies_treehash t
                WHERE t.log_id = of_log AND t.level = upper - 1 AND t.index BETWEEN n * 256 AND n * 256 + 255
                ORDER BY t.index
            )) FROM generate_series(first, below / 256 - 1) n;
        END IF;
        below := below / 256;
        upper := upper + 1;
    END LOOP;
END $$;

-- Append an entry, given as its bytes, to the newest log, and return its index. It takes the lock of arrivals until the
-- transaction ends, so indexes have no gaps. The same entry of a revision or withdrawal again is the one that is there, as
-- where a corpus brought it; another one is refused.
CREATE OR REPLACE FUNCTION §.controversies_append_entry(page uuid, number integer, kind text, content bytea) RETURNS bigint
§{as_owner} AS $$
#variable_conflict use_variable
DECLARE
    guard text;
    newest smallint;
    known bytea;
    place bigint;
BEGIN
    §{read_committed}
    PERFORM pg_advisory_xact_lock('§.controversies_arrival'::regclass::oid::integer, 0);
    IF pg_trigger_depth() = 0 THEN
        guard := coalesce(current_setting('§{guard}', true), '');
        PERFORM set_config('§{guard}', 'on', true);
    END IF;
    SELECT l.id INTO newest FROM §.controversies_log l ORDER BY l.id DESC LIMIT 1;
    IF newest IS NULL THEN
        newest := 1;
        INSERT INTO §.controversies_log (id, origin, vkey, policy, started)
        VALUES (newest, '', '', '', clock_timestamp());
    END IF;
    IF kind IN ('revision', 'withdrawal') THEN
        SELECT l.index, l.entry INTO place, known FROM §.controversies_leaf l
        WHERE l.controversy_id = page AND l.number = number AND l.log_id = newest
            AND l.kind IN ('revision', 'withdrawal');
        IF known <> content AND NOT EXISTS (  -- it may have had that digest before words were removed
            SELECT FROM §.controversies_leaf l
            WHERE l.controversy_id = page AND l.number = number AND l.log_id = newest AND l.kind = 'replacement'
                AND convert_from(l.entry, 'UTF8')::jsonb - 'replaces' = convert_from(content, 'UTF8')::jsonb
        ) THEN
            RAISE EXCEPTION 'Entry % of the log says otherwise of revision % of controversy %.', place, number, page
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    IF place IS NULL THEN
        INSERT INTO §.controversies_leaf (log_id, index, controversy_id, number, kind, entry, hash)
        SELECT newest, coalesce((
            SELECT l.index + 1 FROM §.controversies_leaf l WHERE l.log_id = newest ORDER BY l.index DESC LIMIT 1
        ), 0), page, number, kind, content, sha256('\x00'::bytea || content)
        RETURNING index INTO place;
        IF place % 256 = 255 THEN
            PERFORM §.controversies_hash_subtrees(newest);
        END IF;
    END IF;
    IF guard IS NOT NULL THEN
        PERFORM set_config('§{guard}', guard, true);
    END IF;
    RETURN place;
END $$;

-- Append an entry to the newest log, and return its index. `kind` is one of `models.LeafKind`, which says what `entry`
-- holds: an object of texts, integers and booleans. Call it for what readers could see only: entries are public and stay
-- for ever.
CREATE OR REPLACE FUNCTION §.controversies_append_leaf(page uuid, number integer, kind text, entry jsonb) RETURNS bigint
LANGUAGE sql SECURITY DEFINER §{pinned} AS $$
    SELECT §.controversies_append_entry(page, number, kind, §.controversies_canonical(entry))
$$;

-- Append the entry of a redaction, and return its index; NULL, without one, if readers never saw the words. Of a text of
-- a revision, whose digest does not follow from it any more, `revision_now` is the digest that does: so nothing else that
-- it says can be altered. To be called once the text is gone.
CREATE OR REPLACE FUNCTION §.controversies_append_redaction_leaf(d §.controversies_redaction) RETURNS bigint
LANGUAGE sql SECURITY DEFINER §{pinned} AS $$
    SELECT §.controversies_append_leaf(d.controversy_id, d.since, 'redaction', jsonb_strip_nulls(jsonb_build_object(
        'erased', CASE WHEN d.digest <> d.now THEN encode(d.digest, 'hex') END, 'ground', d.ground, 'key', d.key,
        'now', encode(d.now, 'hex'), 'number', d.since, 'page', d.controversy_id, 'part', d.part,
        'revision_now', CASE WHEN d.part <> 'block' THEN (
            SELECT encode(§{revision_digest r r.document p.digest}, 'hex') FROM §.controversies_revision r
            LEFT JOIN §.controversies_revision p
                ON p.controversy_id = r.controversy_id AND p.number = r.number - 1
            WHERE r.controversy_id = d.controversy_id AND r.number = d.since
        ) END
    )))
    WHERE EXISTS (
        SELECT FROM §.controversies_arrival a
        WHERE a.controversy_id = d.controversy_id AND NOT a.withdrawn AND a.number >= d.since
            AND a.number < §{redaction_end d}
    )
$$;

-- Bring the entries of another site's log, in its order, before any page is here: entries that come with a corpus.
-- `first` is the index of the first, the number of those that were brought already.
CREATE OR REPLACE FUNCTION §.controversies_load_leaves(
    first bigint, pages uuid[], numbers integer[], kinds text[], entries text[]
) RETURNS void §{as_owner} AS $$
DECLARE
    newest smallint;
BEGIN
    §{read_committed}
    PERFORM pg_advisory_xact_lock('§.controversies_arrival'::regclass::oid::integer, 0);
    SELECT l.id INTO newest FROM §.controversies_log l ORDER BY l.id DESC LIMIT 1;
    IF EXISTS (SELECT FROM §.controversies_arrival) OR EXISTS (SELECT FROM §.controversies_checkpoint) OR first <> (
        SELECT coalesce(max(l.index) + 1, 0) FROM §.controversies_leaf l WHERE l.log_id = newest
    ) THEN
        RAISE EXCEPTION 'The log of this site has begun: entries of another site cannot be brought into it.'
            USING ERRCODE = 'integrity_constraint_violation', HINT = 'Load the corpus into a new database.';
    END IF;
    PERFORM set_config('§{guard}', 'on', true);
    IF newest IS NULL THEN
        newest := 1;
        INSERT INTO §.controversies_log (id, origin, vkey, policy, started)
        VALUES (newest, '', '', '', clock_timestamp());
    END IF;
    INSERT INTO §.controversies_leaf (log_id, index, controversy_id, number, kind, entry, hash)
    SELECT newest, first + e.place - 1, e.page, e.number, e.kind, c.content, sha256('\x00'::bytea || c.content)
    FROM unnest(pages, numbers, kinds, entries) WITH ORDINALITY e (page, number, kind, entry, place)
    CROSS JOIN LATERAL (SELECT §.controversies_canonical(e.entry::jsonb)) c (content)
    ORDER BY e.place;
    PERFORM §.controversies_hash_subtrees(newest);
    PERFORM set_config('§{guard}', '', true);
END $$;

-- Append the entries of redactions that came with a corpus without a log, once its revisions have theirs.
CREATE OR REPLACE FUNCTION §.controversies_load_redaction_leaves() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER §{pinned} AS $$
DECLARE
    d §.controversies_redaction;
BEGIN
    IF EXISTS (SELECT FROM §.controversies_leaf l WHERE l.kind = 'redaction') THEN
        RAISE EXCEPTION 'The log has entries of redactions already.' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    FOR d IN SELECT * FROM §.controversies_redaction ORDER BY id LOOP
        PERFORM §.controversies_append_redaction_leaf(d);
    END LOOP;
END $$;

-- Name the newest log, which has signed nothing yet, or change its policy; return its number.
CREATE OR REPLACE FUNCTION §.controversies_name_log(origin text, vkey text, policy text) RETURNS smallint
§{as_owner} AS $$
#variable_conflict use_variable
DECLARE
    newest §.controversies_log;
BEGIN
    §{read_committed}
    PERFORM pg_advisory_xact_lock('§.controversies_arrival'::regclass::oid::integer, 0);
    SELECT * INTO newest FROM §.controversies_log l ORDER BY l.id DESC LIMIT 1;
    IF newest.vkey <> '' AND (newest.origin, newest.vkey) <> (origin, vkey)
        AND EXISTS (SELECT FROM §.controversies_checkpoint c WHERE c.log_id = newest.id) OR '' IN (origin, vkey)
    THEN
        RAISE EXCEPTION 'Log % has a name and a key, which stay.', newest.id
            USING ERRCODE = 'integrity_constraint_violation', HINT = 'With another key another log begins.';
    END IF;
    PERFORM set_config('§{guard}', 'on', true);
    INSERT INTO §.controversies_log AS l (id, origin, vkey, policy, started)
    VALUES (coalesce(newest.id, 1::smallint), origin, vkey, policy, clock_timestamp())
    ON CONFLICT (id)
    DO UPDATE SET origin = excluded.origin, vkey = excluded.vkey, policy = excluded.policy;
    PERFORM set_config('§{guard}', '', true);
    RETURN coalesce(newest.id, 1::smallint);
END $$;

-- Begin another log after the newest, and return its number. Its first entry holds the last signed checkpoint of the
-- one before (which a database that was restored from a backup may not have: `note` comes from where it is kept), whose
-- entries all follow in order: so the old root follows from entries 1, 2, ….
CREATE OR REPLACE FUNCTION §.controversies_follow_log(origin text, vkey text, policy text, note text) RETURNS smallint
§{as_owner} AS $$
#variable_conflict use_variable
DECLARE
    newest §.controversies_log;
BEGIN
    §{read_committed}
    PERFORM pg_advisory_xact_lock('§.controversies_arrival'::regclass::oid::integer, 0);
    SELECT * INTO newest FROM §.controversies_log l ORDER BY l.id DESC LIMIT 1;
    IF newest.id IS NULL OR '' IN (origin, vkey, note)
        OR EXISTS (SELECT FROM §.controversies_log l WHERE l.origin = origin OR l.vkey = vkey)
    THEN
        RAISE EXCEPTION 'Another log begins under a name and a key of its own, after one with a signed checkpoint.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM set_config('§{guard}', 'on', true);
    INSERT INTO §.controversies_log (id, origin, vkey, policy, started)
    VALUES (newest.id + 1, origin, vkey, policy, clock_timestamp());
    PERFORM §.controversies_append_leaf(NULL, NULL, 'checkpoint', jsonb_build_object('checkpoint', note));
    INSERT INTO §.controversies_leaf (log_id, index, controversy_id, number, kind, entry, hash)
    SELECT newest.id + 1, l.index + 1, l.controversy_id, l.number, l.kind, l.entry, l.hash
    FROM §.controversies_leaf l WHERE l.log_id = newest.id ORDER BY l.index;
    PERFORM §.controversies_hash_subtrees((newest.id + 1)::smallint);
    PERFORM set_config('§{guard}', '', true);
    RETURN newest.id + 1;
END $$;

-- Refuse a checkpoint that takes back an earlier one or has more entries than there are; note when it is stored.
CREATE OR REPLACE FUNCTION §.controversies_append_checkpoint() RETURNS trigger
§{as_owner} AS $$
DECLARE
    before §.controversies_checkpoint;
BEGIN
    §{only_on checkpoint}
    PERFORM pg_advisory_xact_lock('§.controversies_arrival'::regclass::oid::integer, 0);
    NEW.time := clock_timestamp();
    SELECT * INTO before FROM §.controversies_checkpoint c
    WHERE c.log_id = NEW.log_id ORDER BY c.size DESC, c.id DESC LIMIT 1;
    IF NEW.size < before.size OR NEW.size = before.size AND NEW.root <> before.root THEN
        RAISE EXCEPTION 'Log % was signed with % entries: a checkpoint of % would take that back.',
            NEW.log_id, before.size, NEW.size USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.log_id IS DISTINCT FROM (SELECT max(l.id) FROM §.controversies_log l WHERE l.vkey <> '') OR NEW.size > (
        SELECT coalesce(max(l.index) + 1, 0) FROM §.controversies_leaf l WHERE l.log_id = NEW.log_id
    ) THEN
        RAISE EXCEPTION 'Log % has no key, is followed by another or has fewer than % entries.', NEW.log_id, NEW.size
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER append BEFORE INSERT ON §.controversies_checkpoint
    FOR EACH ROW EXECUTE FUNCTION §.controversies_append_checkpoint();

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON §.controversies_leaf
    FOR EACH ROW EXECUTE FUNCTION §.controversies_refuse_change();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON §.controversies_treehash
    FOR EACH ROW EXECUTE FUNCTION §.controversies_refuse_change();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON §.controversies_checkpoint
    FOR EACH ROW EXECUTE FUNCTION §.controversies_refuse_change();

CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_log
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_treehash
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();

CREATE OR REPLACE TRIGGER keep BEFORE INSERT OR UPDATE OR DELETE ON §.controversies_log
    FOR EACH STATEMENT WHEN (§{not_by_guard log}) EXECUTE FUNCTION §.controversies_refuse_writing();
CREATE OR REPLACE TRIGGER keep BEFORE INSERT ON §.controversies_leaf
    FOR EACH STATEMENT WHEN (§{not_by_guard leaf}) EXECUTE FUNCTION §.controversies_refuse_writing();
CREATE OR REPLACE TRIGGER keep BEFORE INSERT ON §.controversies_treehash
    FOR EACH STATEMENT WHEN (§{not_by_guard treehash}) EXECUTE FUNCTION §.controversies_refuse_writing();
