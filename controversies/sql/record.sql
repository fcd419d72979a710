-- Revisions and blocks come in order, whole, and with what the database itself knows of their writer.

-- Number a revision without gaps and in the order of time, note who writes it and when, and clear the page's unrecorded
-- change. A withheld revision (loaded from a corpus without its content) records nothing, and comes only with a page's
-- whole history.
CREATE OR REPLACE FUNCTION §.controversies_append_revision() RETURNS trigger
§{as_owner} AS $$
DECLARE
    before timestamptz;  -- when the revision was made that this one follows
BEGIN
    §{only_on revision}
    §{read_committed}
    -- Writers of blocks hold this lock, so a revision has exactly the blocks that its transaction sees.
    PERFORM FROM §.controversies_controversy c WHERE c.id = NEW.controversy_id FOR NO KEY UPDATE;
    SELECT r.time INTO before FROM §.controversies_revision r
    WHERE r.controversy_id = NEW.controversy_id AND r.number = NEW.number - 1;
    IF NEW.number <> 1 AND before IS NULL OR NEW.number < 1 THEN
        RAISE EXCEPTION 'Revision % of controversy % would follow none.', NEW.number, NEW.controversy_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.recorded_by := session_user;
    NEW.recorded_at := clock_timestamp();
    IF NEW.withheld::text <> '' THEN
        IF EXISTS (SELECT FROM §.controversies_searchindex w WHERE w.controversy_id = NEW.controversy_id)
            OR EXISTS (SELECT FROM §.controversies_arrival a WHERE a.controversy_id = NEW.controversy_id)
        THEN
            RAISE EXCEPTION 'Controversy % is on record: no revision of it can be withheld.', NEW.controversy_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    -- A page that comes with its whole history, in one statement, keeps its times: they are in its digests. Those of a
    -- record that is older than this rule may go back, and those of withheld revisions are known to the second only.
    IF NEW.time < before
        AND EXISTS (SELECT FROM §.controversies_searchindex w WHERE w.controversy_id = NEW.controversy_id)
    THEN
        RAISE EXCEPTION 'Revision % of controversy % would be dated before the one that it follows: % is before %.',
            NEW.number, NEW.controversy_id, NEW.time, before
            USING ERRCODE = 'integrity_constraint_violation',
                  HINT = 'Give it the time of the revision before, or a later one.';
    END IF;
    DELETE FROM §.controversies_unrecordedchange t
    WHERE t.transaction = §{transaction} AND t.controversy_id = NEW.controversy_id;
    IF FOUND THEN  -- later changes are compared with what the page is now
        INSERT INTO §.controversies_ledger (transaction, source, key)
        VALUES (§{transaction}, TG_RELID, NEW.controversy_id);
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER append BEFORE INSERT ON §.controversies_revision
    FOR EACH ROW EXECUTE FUNCTION §.controversies_append_revision();

-- Refuse a block of a revision that is recorded already.
CREATE OR REPLACE FUNCTION §.controversies_append_block() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on block}
    §{read_committed}
    -- Wait for others who record these pages: what they commit is seen below.
    PERFORM FROM §.controversies_controversy c WHERE c.id IN (SELECT a.controversy_id FROM new_rows a)
    ORDER BY c.id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM (SELECT a.controversy_id, min(a.since) AS since FROM new_rows a GROUP BY a.controversy_id) added
        CROSS JOIN LATERAL (
            SELECT r.number FROM §.controversies_revision r
            WHERE r.controversy_id = added.controversy_id ORDER BY r.number DESC LIMIT 1
        ) newest
        WHERE newest.number >= added.since
    ) THEN
        RAISE EXCEPTION 'A block of a revision that is recorded already cannot be added.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER append AFTER INSERT ON §.controversies_block REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_append_block();

-- Refuse a COMMIT that leaves a withheld revision as the newest.
CREATE OR REPLACE FUNCTION §.controversies_require_following() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on revision}
    IF NOT EXISTS (
        SELECT FROM §.controversies_revision r
        WHERE r.controversy_id = NEW.controversy_id AND r.number > NEW.number AND r.withheld::text = ''
    ) THEN
        RAISE EXCEPTION 'Revision % of controversy % is withheld, and nothing follows it.',
            NEW.number, NEW.controversy_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS require_following ON §.controversies_revision;
CREATE CONSTRAINT TRIGGER require_following AFTER INSERT ON §.controversies_revision
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.withheld <> '')
    EXECUTE FUNCTION §.controversies_require_following();
