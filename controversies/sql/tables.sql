-- What no model declares: run once, with the tables.

-- A mark of a changed page lives for one transaction, and so does the ledger: neither outlives a crash.
ALTER TABLE §.controversies_unrecordedchange SET UNLOGGED;
CREATE UNLOGGED TABLE §.controversies_ledger (
    place bigint GENERATED ALWAYS AS IDENTITY,
    transaction bigint NOT NULL,
    source oid NOT NULL,  -- the row's table; that of revisions where a page was recorded
    key uuid NOT NULL,
    parent uuid,          -- the row that it was part of
    image bytea           -- of the row before the change; none if there was none
);
CREATE INDEX controversies_ledger_by_transaction ON §.controversies_ledger (transaction);
COMMENT ON TABLE §.controversies_ledger IS
    'Rows as they were before the running transaction changed them. Empty at every COMMIT.';

-- A block is of the revision that it was recorded with.
ALTER TABLE §.controversies_block ADD CONSTRAINT controversies_block_is_of_a_revision
    FOREIGN KEY (controversy_id, since) REFERENCES §.controversies_revision (controversy_id, number)
    DEFERRABLE INITIALLY DEFERRED;

-- Finds what ended a page's publication without going through all that followed.
CREATE INDEX revision_of_publication ON §.controversies_revision (controversy_id, number)
    WHERE changes @? '§{publication_changed}';
