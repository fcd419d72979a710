-- What nobody may do: change or empty what was recorded, or write what the database alone writes.

-- Refuse to change or delete a row.
CREATE OR REPLACE FUNCTION §.controversies_refuse_change() RETURNS trigger
LANGUAGE plpgsql §{pinned} AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: what was recorded stays as it was.', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation',
              HINT = 'Record a new revision instead.';
END $$;

-- Refuse TRUNCATE, but in a test's database, where Django empties tables that way.
CREATE OR REPLACE FUNCTION §.controversies_refuse_truncate() RETURNS trigger
LANGUAGE plpgsql §{pinned} AS $$
BEGIN
    IF NOT starts_with(current_database()::text, 'test_') THEN
        RAISE EXCEPTION '% holds recorded history and cannot be emptied.', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation',
                  HINT = 'Withdraw a controversy instead; to start anew, create another database.';
    END IF;
    RETURN NULL;
END $$;

-- Refuse to write a table that follows from others.
CREATE OR REPLACE FUNCTION §.controversies_refuse_writing() RETURNS trigger
LANGUAGE plpgsql §{pinned} AS $$
BEGIN
    IF TG_TABLE_NAME::text IN ('controversies_unrecordedchange', 'controversies_ledger') THEN
        RAISE EXCEPTION 'An unrecorded change cannot be declared recorded.'
            USING ERRCODE = 'integrity_constraint_violation', HINT = 'Record a revision.';
    END IF;
    RAISE EXCEPTION '% is written by the database alone.', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'It follows from the revisions: record one.';
END $$;

-- Revisions, blocks and redactions are kept by functions of their own (redactions.sql): words that must go can be removed.
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON §.controversies_arrival
    FOR EACH ROW EXECUTE FUNCTION §.controversies_refuse_change();

-- Tables that readers see have the same trigger (changes.sql).
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_revision
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_block
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_arrival
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_redaction
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_searchindex
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_unrecordedchange
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_ledger
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();

-- Only functions of the owner write these, whatever privileges are granted. For the owner's own statements it is a
-- reminder: the owner can switch any trigger off. (Arrivals are append-only already.)
CREATE OR REPLACE TRIGGER keep BEFORE INSERT OR UPDATE OR DELETE ON §.controversies_unrecordedchange
    FOR EACH STATEMENT WHEN (§{not_by_guard unrecordedchange}) EXECUTE FUNCTION §.controversies_refuse_writing();
CREATE OR REPLACE TRIGGER keep BEFORE INSERT OR UPDATE OR DELETE ON §.controversies_ledger
    FOR EACH STATEMENT WHEN (§{not_by_guard ledger}) EXECUTE FUNCTION §.controversies_refuse_writing();
CREATE OR REPLACE TRIGGER keep BEFORE INSERT OR UPDATE OR DELETE ON §.controversies_searchindex
    FOR EACH STATEMENT WHEN (§{not_by_guard searchindex}) EXECUTE FUNCTION §.controversies_refuse_writing();
CREATE OR REPLACE TRIGGER keep BEFORE INSERT ON §.controversies_arrival
    FOR EACH STATEMENT WHEN (§{not_by_guard arrival}) EXECUTE FUNCTION §.controversies_refuse_writing();
