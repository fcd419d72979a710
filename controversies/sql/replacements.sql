-- Digests that were replaced because they cover words that had to go (`models.DigestReplacement`).

-- Replace the digests of a page from its first revision concerned on: of the versions from which words were removed, and
-- of every document and revision since. They follow from what stands there now, so that the chain holds by itself.
CREATE OR REPLACE FUNCTION §.controversies_replace_digests(page uuid, first integer) RETURNS void
§{as_owner} SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    revision §.controversies_revision;
    before bytea;
    parent bytea;
BEGIN
    IF EXISTS (
        SELECT FROM §.controversies_revision r
        WHERE r.controversy_id = page AND r.number >= first AND r.withheld::text <> ''
    ) THEN
        RAISE EXCEPTION 'Digests of controversy % cannot be replaced: later revisions came without their content.', page
            USING ERRCODE = 'integrity_constraint_violation',
                  HINT = 'Remove the words without replacing digests.';
    END IF;
    UPDATE §.controversies_block b SET digest = d.now
    FROM (
        SELECT DISTINCT ON (r.key, r.since) r.key, r.since, r.now FROM §.controversies_redaction r
        WHERE r.controversy_id = page AND r.since >= first AND r.part = 'block' ORDER BY r.key, r.since, r.id DESC
    ) d
    WHERE b.controversy_id = page AND b.key = d.key AND b.since = d.since AND b.digest <> d.now;
    SELECT r.digest INTO parent FROM §.controversies_revision r
    WHERE r.controversy_id = page AND r.number = first - 1;
    PERFORM set_config('§{guard}', 'on', true);
    FOR revision IN
        SELECT * FROM §.controversies_revision r
        WHERE r.controversy_id = page AND r.number >= first ORDER BY r.number
    LOOP
        before := revision.digest;
        revision.document := §{document_digest page revision.number};
        revision.digest := §{revision_digest revision revision.document parent};
        INSERT INTO §.controversies_digestreplacement (controversy_id, number, digest, now, time)
        VALUES (page, revision.number, before, revision.digest, statement_timestamp());
        UPDATE §.controversies_revision r SET document = revision.document, digest = revision.digest,
            seal = §.controversies_seal_of_revision(revision)
        WHERE r.controversy_id = page AND r.number = revision.number;
        parent := revision.digest;
    END LOOP;
    UPDATE §.controversies_redaction d SET
        now = §.controversies_digest_now(page, d.since, d.part::text, d.key),
        digest = CASE WHEN d.part = 'block' THEN §.controversies_digest_now(page, d.since, 'block', d.key) ELSE (
            SELECT r.digest FROM §.controversies_revision r WHERE r.controversy_id = page AND r.number = d.since
        ) END
    WHERE d.controversy_id = page AND d.since >= first;
    -- Tell those who keep a copy, and strangers who hold the old digests.
    PERFORM pg_advisory_xact_lock('§.controversies_arrival'::regclass::oid::integer, 0);
    INSERT INTO §.controversies_arrival (controversy_id, number, withdrawn)
    SELECT page, r.number, false FROM §.controversies_revision r
    JOIN §.controversies_controversy c ON c.id = page AND c.publication = 'published'
    WHERE r.controversy_id = page AND r.number >= first AND EXISTS (
        SELECT FROM §.controversies_arrival a
        WHERE a.controversy_id = page AND a.number = r.number AND NOT a.withdrawn
    ) ORDER BY r.number;
    PERFORM §.controversies_append_leaf(page, d.number, 'replacement', jsonb_build_object(
        'page', page, 'number', d.number, 'digest', encode(d.now, 'hex'), 'replaces', encode(d.digest, 'hex')
    ) || CASE WHEN shown.withdrawn THEN '{"withdrawn": true}'::jsonb ELSE '{}'::jsonb END)
    FROM §.controversies_digestreplacement d
    JOIN LATERAL (
        SELECT a.withdrawn FROM §.controversies_arrival a
        WHERE a.controversy_id = page AND a.number = d.number LIMIT 1
    ) shown ON true
    WHERE d.controversy_id = page AND d.time = statement_timestamp() ORDER BY d.number;
    PERFORM set_config('§{guard}', '', true);
END $$;

-- What was replaced is kept: only `controversies_replace_digests()` writes it, and nobody changes it.
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON §.controversies_digestreplacement
    FOR EACH ROW EXECUTE FUNCTION §.controversies_refuse_change();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_digestreplacement
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER keep BEFORE INSERT ON §.controversies_digestreplacement
    FOR EACH STATEMENT WHEN (§{not_by_guard digestreplacement}) EXECUTE FUNCTION §.controversies_refuse_writing();
