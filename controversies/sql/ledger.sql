-- The proof at COMMIT that a page is as it was, unless it was recorded. The ledger holds each changed row as it was
-- before (changes.sql), and is empty at the end of every transaction.

-- Return the pages that the running transaction marked and that are not as they were. A page is as it was if each row
-- of it is, none was taken from it, and all that it shows of shared rows is; since its newest revision, if the
-- transaction recorded one.
CREATE OR REPLACE FUNCTION §.controversies_changed_pages(running bigint) RETURNS SETOF uuid
§{as_owner} AS $$
BEGIN
    RETURN QUERY WITH marks AS MATERIALIZED (
        SELECT t.controversy_id AS page, coalesce((
            SELECT max(l.place) FROM §.controversies_ledger l
            WHERE l.transaction = running AND l.key = t.controversy_id
                AND l.source = '§.controversies_revision'::regclass
        ), 0) AS recorded
        FROM §.controversies_unrecordedchange t WHERE t.transaction = running
    ), own (page, source, key) AS MATERIALIZED (
        §{own_rows m}
    ), shown (page, source, key) AS MATERIALIZED (
        SELECT * FROM own
        UNION ALL
        §{shared_rows o}
    ), noted AS MATERIALIZED (
        SELECT l.* FROM §.controversies_ledger l
        WHERE l.transaction = running AND l.source <> '§.controversies_revision'::regclass
    ), touching AS MATERIALIZED (
        SELECT s.page, s.source, s.key, true AS is_shown FROM shown s JOIN noted USING (source, key)
        UNION
        SELECT o.page, n.source, n.key, false FROM own o JOIN noted n ON n.parent = o.key
        WHERE NOT EXISTS (SELECT FROM shown s WHERE (s.page, s.source, s.key) = (o.page, n.source, n.key))
        UNION
        SELECT m.page, '§.controversies_controversy'::regclass::oid, m.page, false FROM marks m
        WHERE NOT EXISTS (SELECT FROM §.controversies_controversy c WHERE c.id = m.page)
    ), compared AS (
        SELECT t.page, t.is_shown, before.parent, before.image, CASE WHEN t.is_shown THEN CASE t.source
            §{image_now t}
        END END AS now
        FROM touching t
        JOIN marks m ON m.page = t.page
        CROSS JOIN LATERAL (
            SELECT n.source, n.parent, n.image FROM noted n
            WHERE n.source = t.source AND n.key = t.key AND n.place > m.recorded ORDER BY n.place LIMIT 1
        ) before
    )
    SELECT DISTINCT c.page FROM compared c
    WHERE CASE WHEN c.is_shown THEN c.image IS DISTINCT FROM c.now ELSE c.image IS NOT NULL AND (
        c.parent = c.page OR EXISTS (SELECT FROM own o WHERE o.page = c.page AND o.key = c.parent)
    ) END;
END $$;

-- Clear the marks of these pages, as far as they are as they were. It believes nobody, and so may be anybody's.
CREATE OR REPLACE FUNCTION §.controversies_prove_unchanged(pages uuid[]) RETURNS void
§{as_owner} AS $$
BEGIN
    PERFORM set_config('§{guard}', 'on', true);
    DELETE FROM §.controversies_unrecordedchange t
    WHERE t.transaction = §{transaction} AND t.controversy_id = ANY (pages)
        AND t.controversy_id NOT IN (SELECT §.controversies_changed_pages(§{transaction}));
    PERFORM set_config('§{guard}', '', true);
END $$;

-- Refuse a COMMIT while a marked page is not as it was; empty ledger and marks.
CREATE OR REPLACE FUNCTION §.controversies_require_revision() RETURNS trigger
§{as_owner} AS $$
DECLARE
    changed uuid;
BEGIN
    §{only_on unrecordedchange ledger}
    IF EXISTS (SELECT FROM §.controversies_unrecordedchange t WHERE t.transaction = NEW.transaction) THEN
        SELECT min(page::text) INTO changed FROM §.controversies_changed_pages(NEW.transaction) page;
        IF changed IS NOT NULL THEN
            RAISE EXCEPTION 'Controversy % was changed without a revision.', changed
                USING ERRCODE = 'integrity_constraint_violation',
                      HINT = 'Nothing was saved. Change it through history.record() or within history.act(), '
                             'which say who changed it and why.';
        END IF;
    END IF;
    -- Every page of this transaction is as its newest revision has it: later changes are compared with that.
    DELETE FROM §.controversies_ledger WHERE transaction = NEW.transaction;
    DELETE FROM §.controversies_unrecordedchange WHERE transaction = NEW.transaction;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS require_revision ON §.controversies_unrecordedchange;
CREATE CONSTRAINT TRIGGER require_revision AFTER INSERT ON §.controversies_unrecordedchange
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION §.controversies_require_revision();

DROP TRIGGER IF EXISTS require_revision ON §.controversies_ledger;
CREATE CONSTRAINT TRIGGER require_revision AFTER INSERT ON §.controversies_ledger
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.source = 0)
    EXECUTE FUNCTION §.controversies_require_revision();
