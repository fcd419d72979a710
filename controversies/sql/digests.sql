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
    whole := §{document_digest revision.controversy_id revision.number};
    IF whole IS DISTINCT FROM revision.document THEN
        RAISE EXCEPTION 'The document digest of revision % of controversy % is not that of its blocks.',
            revision.number, revision.controversy_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT r.digest INTO before FROM §.controversies_revision r
    WHERE r.controversy_id = revision.controversy_id AND r.number = revision.number - 1;
    IF NOT EXISTS (
        SELECT FROM §.controversies_redaction d
        WHERE d.controversy_id = revision.controversy_id AND d.since = revision.number AND d.part <> 'block'
    ) AND §{revision_digest revision revision.document before} <> revision.digest THEN
        RAISE EXCEPTION 'The digest of revision % of controversy % is not that of its parent, document, author, '
            'time, reviewer and summary.', revision.number, revision.controversy_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER digests AFTER INSERT ON §.controversies_revision FOR EACH ROW WHEN (NEW.withheld = '')
    EXECUTE FUNCTION §.controversies_check_digests();
