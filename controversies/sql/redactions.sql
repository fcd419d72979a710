-- Redaction: the one way in which words leave the record, and the database's proof that nothing else happens.
-- `controversies_redact()` gets a text as it is recorded and as it is to be. It checks by digest that the first is what
-- is recorded, and that the second is the same with words replaced by a marker: the same structure, keys, choices and
-- dates. So its callers can take words away, under a name and in a row for good, and can put none in. What it stores it
-- stores uncompressed (`canonical.PLAIN`), so that the guards see what it is: a block's body may change only to the text
-- whose digest its newest redaction names or, without one, its own digest (a version packed against one that had to go).
--
-- Digests stay, as a rule. They confirm a right guess of the words to whoever knows all the rest of a block. So a removal
-- may replace them, too: those of the blocks, and of every document and revision from the first that held the words on.
-- Which digest replaced which is kept for good (`models.DigestReplacement`) and declared in the public log.

-- Whether `after` is `before` with some words replaced by the markers of `document.redact`.
CREATE OR REPLACE FUNCTION §.controversies_only_removes(before text, after text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE §{pinned} AS $$
DECLARE
    pieces text[] := regexp_split_to_array(
        after,
        '⟦(name )?removed⟧( [0-9a-f]{4})?|https://removed\.invalid/[0-9a-f]{8}|10\.0000/removed-[0-9a-f]{8}'
            '|removed-[0-9a-f]{8}'
    );
    place integer := 1;
    skipped integer;
BEGIN
    IF cardinality(pieces) = 1 THEN
        RETURN before = after;
    END IF;
    IF NOT starts_with(before, pieces[1]) THEN
        RETURN false;
    END IF;
    place := length(pieces[1]) + 1;
    FOR i IN 2..cardinality(pieces) - 1 LOOP
        skipped := position(pieces[i] IN substr(before, place));
        IF skipped = 0 THEN
            RETURN false;
        END IF;
        place := place + skipped - 1 + length(pieces[i]);
    END LOOP;
    RETURN length(before) - length(pieces[cardinality(pieces)]) + 1 >= place
        AND right(before, length(pieces[cardinality(pieces)])) = pieces[cardinality(pieces)];
END $$;

-- The same of the JSON of a block, where structure, and values that are no text, must stay.
CREATE OR REPLACE FUNCTION §.controversies_only_removes_from_block(before text, after text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE §{pinned} AS $$
DECLARE
    -- A member's name, which is kept, or a text, which is not.
    any_text CONSTANT text := '("([^"\\]|\\.)*":)|"([^"\\]|\\.)*"';
BEGIN
    RETURN §.controversies_only_removes(before, after)
        AND regexp_replace(before::jsonb::text, any_text, '\1', 'g')
            = regexp_replace(after::jsonb::text, any_text, '\1', 'g')
        AND NOT EXISTS (
            SELECT FROM unnest('{§{kept_members}}'::text[]) name
            WHERE jsonb_path_query_array(before::jsonb, ('strict $.**."' || name || '"')::jsonpath, '{}', true)
                <> jsonb_path_query_array(after::jsonb, ('strict $.**."' || name || '"')::jsonpath, '{}', true)
        );
END $$;

-- Whether two outlines of changes (`revision.changes`) differ only by words removed from backers' names.
CREATE OR REPLACE FUNCTION §.controversies_outline_only_removes(before jsonb, after jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE §{pinned} AS $$
    SELECT jsonb_array_length(before) = jsonb_array_length(after) AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(before) WITH ORDINALITY b (entry, place)
        JOIN jsonb_array_elements(after) WITH ORDINALITY a (entry, place) USING (place)
        WHERE b.entry <> a.entry AND NOT (
            b.entry ->> 0 = 'backer' AND b.entry - 1 = a.entry - 1
            AND §.controversies_only_removes(b.entry ->> 1, a.entry ->> 1)
        )
    )
$$;

-- Return the digest of the text that stands where words were removed, by the newest redaction; NULL without one.
CREATE OR REPLACE FUNCTION §.controversies_digest_now(page uuid, number integer, which text, block uuid) RETURNS bytea
LANGUAGE sql STABLE §{pinned} AS $$
    SELECT now FROM §.controversies_redaction
    WHERE controversy_id = page AND since = number AND part = which AND key IS NOT DISTINCT FROM block
    ORDER BY id DESC LIMIT 1
$$;

-- Blocks stay as they were recorded, but for what a redaction names.
CREATE OR REPLACE FUNCTION §.controversies_keep_block() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER §{pinned} AS $$
BEGIN
    §{only_on block}
    IF TG_OP = 'UPDATE' AND NEW IS DISTINCT FROM OLD AND NEW.basis IS NULL AND substr(NEW.body, 1, 1) = '\x03'
        AND to_jsonb(NEW) - '{body,basis}'::text[] = to_jsonb(OLD) - '{body,basis}'::text[]
        AND sha256(substr(NEW.body, 2)) = coalesce(
            §.controversies_digest_now(OLD.controversy_id, OLD.since, 'block', OLD.key), OLD.digest)
        OR TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'digest' = to_jsonb(OLD) - 'digest'
        AND NEW.digest = §.controversies_digest_now(OLD.controversy_id, OLD.since, 'block', OLD.key)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: what was recorded stays as it was.', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation',
              HINT = 'Record a new revision instead; words that must go are removed by manage.py redact.';
END $$;

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON §.controversies_block
    FOR EACH ROW EXECUTE FUNCTION §.controversies_keep_block();

-- Revisions stay as they were recorded, but for texts that a redaction names.
CREATE OR REPLACE FUNCTION §.controversies_keep_revision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER §{pinned} AS $$
DECLARE
    text_columns CONSTANT text[] := '{summary,author_name,author_id,reviewer_name,reviewer_id,changes}';
    digest_columns CONSTANT text[] := '{document,digest,seal}';
BEGIN
    §{only_on revision}
    IF TG_OP = 'UPDATE' AND NEW IS DISTINCT FROM OLD AND to_jsonb(NEW) - text_columns = to_jsonb(OLD) - text_columns
        AND (NEW.summary = OLD.summary OR sha256(convert_to(NEW.summary, 'UTF8'))
            = §.controversies_digest_now(OLD.controversy_id, OLD.number, 'summary', NULL))
        AND (NEW.author_name = OLD.author_name OR sha256(convert_to(NEW.author_name, 'UTF8'))
            = §.controversies_digest_now(OLD.controversy_id, OLD.number, 'author', NULL))
        AND (NEW.reviewer_name = OLD.reviewer_name OR sha256(convert_to(NEW.reviewer_name, 'UTF8'))
            = §.controversies_digest_now(OLD.controversy_id, OLD.number, 'reviewer', NULL))
        AND (NEW.author_id IS NOT DISTINCT FROM OLD.author_id
            OR NEW.author_id IS NULL AND NEW.author_name <> OLD.author_name)
        AND (NEW.reviewer_id IS NOT DISTINCT FROM OLD.reviewer_id
            OR NEW.reviewer_id IS NULL AND NEW.reviewer_name <> OLD.reviewer_name)
        AND (NEW.changes = OLD.changes OR §.controversies_outline_only_removes(OLD.changes, NEW.changes)
            AND EXISTS (SELECT FROM §.controversies_redaction WHERE controversy_id = OLD.controversy_id))
        OR TG_OP = 'UPDATE' AND to_jsonb(NEW) - digest_columns = to_jsonb(OLD) - digest_columns
        AND EXISTS (
            SELECT FROM §.controversies_digestreplacement d
            WHERE d.controversy_id = OLD.controversy_id AND d.number = OLD.number
                AND d.digest = OLD.digest AND d.now = NEW.digest
        )
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: what was recorded stays as it was.', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation',
              HINT = 'Record a new revision instead; words that must go are removed by manage.py redact.';
END $$;

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON §.controversies_revision
    FOR EACH ROW EXECUTE FUNCTION §.controversies_keep_revision();

-- Redactions stay as they were written, but for digests that a later removal from the same page replaced.
CREATE OR REPLACE FUNCTION §.controversies_keep_redaction() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER §{pinned} AS $$
DECLARE
    digest_columns CONSTANT text[] := '{digest,now}';
BEGIN
    §{only_on redaction}
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - digest_columns = to_jsonb(OLD) - digest_columns
        AND NEW.now = §.controversies_digest_now(OLD.controversy_id, OLD.since, OLD.part::text, OLD.key)
        AND NEW.digest = (CASE WHEN OLD.part = 'block' THEN NEW.now ELSE (
            SELECT d.now FROM §.controversies_digestreplacement d
            WHERE d.controversy_id = OLD.controversy_id AND d.number = OLD.since ORDER BY d.id DESC LIMIT 1
        ) END)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: what was recorded stays as it was.', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Record a new revision instead.';
END $$;

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON §.controversies_redaction
    FOR EACH ROW EXECUTE FUNCTION §.controversies_keep_redaction();

-- Redactions are written by `controversies_redact()`, which runs as the tables' owner, or with a page that is not here yet.
CREATE OR REPLACE FUNCTION §.controversies_append_redaction() RETURNS trigger
LANGUAGE plpgsql §{pinned} AS $$
BEGIN
    §{only_on redaction}
    NEW.role := session_user;
    IF NOT EXISTS (SELECT FROM §.controversies_revision WHERE controversy_id = NEW.controversy_id) THEN
        RETURN NEW;
    END IF;
    IF current_user <> (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
        RAISE EXCEPTION 'A redaction is written by §.controversies_redact() only.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.time := statement_timestamp();  -- the same for all that one removal writes
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER append BEFORE INSERT ON §.controversies_redaction
    FOR EACH ROW EXECUTE FUNCTION §.controversies_append_redaction();

-- Tell those who keep a copy: the public revisions that showed the words arrive again, without them.
CREATE OR REPLACE FUNCTION §.controversies_redaction_arrives() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER §{pinned} AS $$
BEGIN
    §{only_on redaction}
    PERFORM pg_advisory_xact_lock('§.controversies_arrival'::regclass::oid::integer, 0);
    INSERT INTO §.controversies_arrival (controversy_id, number, withdrawn)
    SELECT DISTINCT r.controversy_id, r.number, false
    FROM new_rows n
    JOIN §.controversies_controversy c ON c.id = n.controversy_id AND c.publication = 'published'
    JOIN §.controversies_revision r ON r.controversy_id = n.controversy_id AND r.number >= n.since
        AND r.number < §{redaction_end n}
    WHERE EXISTS (
        SELECT FROM §.controversies_arrival a
        WHERE a.controversy_id = r.controversy_id AND a.number = r.number AND NOT a.withdrawn
    )
    ORDER BY 1, 2;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER arrive AFTER INSERT ON §.controversies_redaction REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_redaction_arrives();

-- Remove words from blocks (by key and first revision) and from texts of revisions (by number and part) of a page, and
-- write a redaction of each. Returns how many. `outlines` are the changes of revisions that told the words, by number.
-- `replacing` replaces digests, too.
DROP FUNCTION IF EXISTS §.controversies_redact(
    uuid, text, text, text, text, text, uuid[], integer[], text[], text[], integer[], text[], text[], jsonb
);
CREATE OR REPLACE FUNCTION §.controversies_redact(
    page uuid, ground text, reason text, by_name text, second_name text, office text,
    keys uuid[], sinces integer[], befores text[], afters text[],
    numbers integer[], parts text[], texts text[], outlines jsonb, replacing boolean
) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER §{pinned} AS $$
DECLARE
    version §.controversies_block;
    revision §.controversies_revision;
    before text;
    written integer;
BEGIN
    IF by_name = '' THEN
        RAISE EXCEPTION 'A redaction says who made it.' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM FROM §.controversies_controversy WHERE id = page FOR NO KEY UPDATE;
    -- Before a number is drawn: what is kept of pages is dropped when the highest number has changed.
    PERFORM pg_advisory_xact_lock('§.controversies_arrival'::regclass::oid::integer, 0);
    FOR i IN 1..cardinality(keys) LOOP
        SELECT * INTO version FROM §.controversies_block
        WHERE controversy_id = page AND key = keys[i] AND since = sinces[i];
        IF version.digest IS NULL OR sha256(convert_to(befores[i], 'UTF8')) IS DISTINCT FROM coalesce(
            §.controversies_digest_now(page, sinces[i], 'block', keys[i]), version.digest)
        THEN
            RAISE EXCEPTION 'Block % since % does not read so.', keys[i], sinces[i]
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF befores[i] <> afters[i] AND NOT §.controversies_only_removes_from_block(befores[i], afters[i]) THEN
            RAISE EXCEPTION 'Block % since %: this is not the same with words removed.', keys[i], sinces[i]
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
    FOR i IN 1..cardinality(numbers) LOOP
        SELECT * INTO revision FROM §.controversies_revision WHERE controversy_id = page AND number = numbers[i];
        before := CASE parts[i] WHEN 'summary' THEN revision.summary WHEN 'author' THEN revision.author_name
            WHEN 'reviewer' THEN revision.reviewer_name END;
        IF before IS NULL OR before = texts[i] OR NOT §.controversies_only_removes(before, texts[i]) THEN
            RAISE EXCEPTION 'Revision %, %: this is not the same with words removed.', numbers[i], parts[i]
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;

    INSERT INTO §.controversies_redaction (controversy_id, key, since, part, digest, now, time, ground, reason,
        by_name, second_name, office, role)
    SELECT page, n.key, n.since, n.part, n.digest, n.now, statement_timestamp(), ground, reason,
        by_name, second_name, office, session_user
    FROM (
        SELECT b.key, b.since, 'block' AS part,
            CASE WHEN replacing THEN sha256(convert_to(v.after, 'UTF8')) ELSE b.digest END AS digest, sha256(convert_to(v.after, 'UTF8')) AS now
        FROM unnest(keys, sinces, befores, afters) v (key, since, before, after)
        JOIN §.controversies_block b
            ON b.controversy_id = page AND b.key = v.key AND b.since = v.since
        WHERE v.before <> v.after
        UNION ALL
        SELECT NULL, r.number, v.part, r.digest, sha256(convert_to(v.text, 'UTF8'))
        FROM unnest(numbers, parts, texts) v (number, part, text)
        JOIN §.controversies_revision r ON r.controversy_id = page AND r.number = v.number
    ) n ORDER BY n.since, n.part, n.key;
    GET DIAGNOSTICS written = ROW_COUNT;

    UPDATE §.controversies_block b SET body = '\x03'::bytea || convert_to(v.after, 'UTF8'), basis = NULL
    FROM unnest(keys, sinces, afters) v (key, since, after)
    WHERE b.controversy_id = page AND b.key = v.key AND b.since = v.since
        AND (b.body, b.basis) IS DISTINCT FROM ('\x03'::bytea || convert_to(v.after, 'UTF8'), NULL::integer);
    IF EXISTS (
        SELECT FROM §.controversies_block d
        JOIN §.controversies_block b ON b.controversy_id = page AND b.key = d.key AND b.since = d.basis
        WHERE d.controversy_id = page AND d.key = ANY (keys) AND substr(b.body, 1, 1) = '\x03'
    ) THEN
        RAISE EXCEPTION 'A block is packed against one that was removed.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    UPDATE §.controversies_revision r SET
        summary = coalesce(v.summary, r.summary),
        author_name = coalesce(v.author, r.author_name),
        author_id = CASE WHEN v.author IS NULL THEN r.author_id END,
        reviewer_name = coalesce(v.reviewer, r.reviewer_name),
        reviewer_id = CASE WHEN v.reviewer IS NULL THEN r.reviewer_id END
    FROM (
        SELECT number, max(text) FILTER (WHERE part = 'summary') AS summary,
            max(text) FILTER (WHERE part = 'author') AS author,
            max(text) FILTER (WHERE part = 'reviewer') AS reviewer
        FROM unnest(numbers, parts, texts) each (number, part, text) GROUP BY number
    ) v
    WHERE r.controversy_id = page AND r.number = v.number;
    UPDATE §.controversies_revision r SET changes = v.value
    FROM jsonb_each(outlines) v
    WHERE r.controversy_id = page AND r.number = v.key::integer AND r.changes <> v.value;
    IF replacing AND written > 0 THEN
        PERFORM §.controversies_replace_digests(page, (
            SELECT min(d.since) FROM §.controversies_redaction d
            WHERE d.controversy_id = page AND d.time = statement_timestamp()
        ));
    END IF;
    -- Tell strangers, who would take it for tampering.
    PERFORM §.controversies_append_redaction_leaf(d) FROM (
        SELECT * FROM §.controversies_redaction
        WHERE controversy_id = page AND time = statement_timestamp() ORDER BY id
    ) d;
    RETURN written;
END $$;
