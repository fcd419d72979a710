-- Refuse a revision whose document digest is not that of its blocks, or whose own digest is not that of its parent,
-- document, author, time, reviewer and summary: the JSON of `history.record.revision_digest`. The own digest cannot be
-- checked where one of these texts was redacted before the revision came here, with a corpus.
CREATE OR REPLACE FUNCTION §.controversies_check_digests() RETURNS trigger
§{as_owner} SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    revision CONSTANT §.controversies_revision := NEW;
    whole bytea;
    before bytea;
BEGIN
    §{only_on revision}
    SELECT sha256(convert_to('[' || string_agg('["' || k.key || '","' || encode((
        SELECT b.digest FROM §.controversies_block b
        WHERE b.controversy_id = revision.controversy_id AND b.key = k.key AND b.since <= revision.number
        ORDER BY b.since DESC LIMIT 1
    ), 'hex') || '"]', ',') || ']', 'UTF8')) INTO whole
    FROM unnest((
        SELECT o.outline FROM §.controversies_block o
        WHERE o.controversy_id = revision.controversy_id AND o.key = '§{outline}'
            AND o.since <= revision.number
        ORDER BY o.since DESC LIMIT 1
    )) k (key);  -- an array's elements come in its order
    IF whole IS DISTINCT FROM revision.document THEN
        RAISE EXCEPTION 'The document digest of revision % of controversy % is not that of its blocks.',
            revision.number, revision.controversy_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT r.digest INTO before FROM §.controversies_revision r
    WHERE r.controversy_id = revision.controversy_id AND r.number = revision.number - 1;
    IF NOT EXISTS (
        SELECT FROM §.controversies_redaction d
        WHERE d.controversy_id = revision.controversy_id AND d.since = revision.number AND d.part <> 'block'
    ) AND sha256(convert_to(concat(
        '{"author":', to_json(revision.author_name::text),
        ',"document":"', encode(revision.document, 'hex'),
        '","parent":', coalesce('"' || encode(before, 'hex') || '"', 'null'),
        CASE WHEN revision.reviewer_name::text <> ''
            THEN ',"reviewer":' || to_json(revision.reviewer_name::text)::text END,
        ',"summary":', to_json(revision.summary),
        ',"time":"', to_char(revision.time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '+00:00"}'
    ), 'UTF8')) <> revision.digest THEN
        RAISE EXCEPTION 'The digest of revision % of controversy % is not that of its parent, document, author, '
            'time, reviewer and summary.', revision.number, revision.controversy_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER digests AFTER INSERT ON §.controversies_revision FOR EACH ROW WHEN (NEW.withheld = '')
    EXECUTE FUNCTION §.controversies_check_digests();
