-- Revisions that are put off (history/pending.py): the pages that still show a backer, source or topic as it was before
-- somebody changed it. What readers see of them is what was recorded. Only who records them gets them off the list.

-- Put off the revisions of these pages, if all that this transaction has changed of them is one row that pages share.
-- Return whether it did.
CREATE OR REPLACE FUNCTION §.controversies_put_off(pages uuid[], author integer, author_name text, summary text)
RETURNS boolean
§{as_owner} AS $$
DECLARE
    change record;
BEGIN
    SELECT min(l.source::bigint)::oid AS source, min(l.key::text)::uuid AS key,
        count(DISTINCT (l.source, l.key)) AS rows,
        (array_agg(l.image ORDER BY l.place))[1] AS image
    INTO change
    FROM §.controversies_ledger l
    WHERE l.transaction = §{transaction} AND l.source <> 0;
    IF change.rows <> 1 OR change.image IS NULL
        OR change.source NOT IN (§{shared_tables}) THEN
        RETURN false;
    END IF;
    PERFORM set_config('§{guard}', 'on', true);
    INSERT INTO §.controversies_putoffrevision (
        controversy_id, key, type, image, author_id, author_name, summary, "time"
    )
    SELECT t.controversy_id, change.key, §{shared_table_name change.source}, change.image, author, author_name, summary,
        transaction_timestamp()
    FROM §.controversies_unrecordedchange t
    WHERE t.transaction = §{transaction} AND t.controversy_id = ANY (pages);
    DELETE FROM §.controversies_unrecordedchange t
    WHERE t.transaction = §{transaction} AND t.controversy_id = ANY (pages);
    PERFORM set_config('§{guard}', '', true);
    RETURN true;
END $$;

-- Take these pages off the list and mark them as changed by this transaction, which must record them: COMMIT is refused
-- otherwise. Return what is to be recorded.
CREATE OR REPLACE FUNCTION §.controversies_take_up(pages uuid[]) RETURNS SETOF §.controversies_putoffrevision
§{as_owner} AS $$
BEGIN
    PERFORM set_config('§{guard}', 'on', true);
    INSERT INTO §.controversies_ledger (transaction, source, key, image)
    SELECT DISTINCT ON (p.key) §{transaction}, §{shared_table_oid p.type}, p.key, p.image
    FROM §.controversies_putoffrevision p WHERE p.controversy_id = ANY (pages) ORDER BY p.key;
    INSERT INTO §.controversies_unrecordedchange (transaction, controversy_id)
    SELECT DISTINCT §{transaction}, p.controversy_id
    FROM §.controversies_putoffrevision p WHERE p.controversy_id = ANY (pages) ON CONFLICT DO NOTHING;
    RETURN QUERY DELETE FROM §.controversies_putoffrevision p WHERE p.controversy_id = ANY (pages) RETURNING p.*;
    PERFORM set_config('§{guard}', '', true);
END $$;

CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_putoffrevision
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER keep BEFORE INSERT OR UPDATE OR DELETE ON §.controversies_putoffrevision
    FOR EACH STATEMENT WHEN (§{not_by_guard putoffrevision}) EXECUTE FUNCTION §.controversies_refuse_writing();

-- Refuse another change of a row before every page that shows it is recorded with the last one.
CREATE OR REPLACE FUNCTION §.controversies_refuse_while_pending() RETURNS trigger
§{as_owner} AS $$
DECLARE
    waiting bigint;
BEGIN
    §{only_on backer source topic}
    SELECT count(*) INTO waiting FROM §.controversies_putoffrevision p WHERE p.key = OLD.id;
    IF waiting > 0 THEN
        RAISE EXCEPTION 'The last change of this row is still being recorded on % pages.', waiting
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'controversies_put_off',
                  HINT = 'Nothing was saved. Try again in a minute.';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER while_pending BEFORE UPDATE ON §.controversies_backer
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION §.controversies_refuse_while_pending();
CREATE OR REPLACE TRIGGER while_pending BEFORE UPDATE ON §.controversies_source
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION §.controversies_refuse_while_pending();
CREATE OR REPLACE TRIGGER while_pending BEFORE UPDATE ON §.controversies_topic
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION §.controversies_refuse_while_pending();
