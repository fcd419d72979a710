-- Once for each table that readers see a page made of, with its name for §{table}. A change of a row is noted in the
-- ledger as it was before, and the pages that show it are marked as changed. A new revision clears the mark; COMMIT is
-- refused while a marked page is not as it was (ledger.sql).

CREATE OR REPLACE FUNCTION §.controversies_touch_§{table}() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on §{table}}
    §{read_committed}
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO §.controversies_ledger (transaction, source, key, parent, image)
        VALUES (§{transaction}, TG_RELID, OLD.id, §{parent OLD §{table}}, §{image OLD});
        IF NEW.id <> OLD.id THEN
            INSERT INTO §.controversies_ledger (transaction, source, key)
            VALUES (§{transaction}, TG_RELID, NEW.id);
        END IF;
        INSERT INTO §.controversies_unrecordedchange (transaction, controversy_id)
        SELECT DISTINCT §{transaction}, page.key
        FROM (§{owner_columns OLD §{table}} UNION §{owner_columns NEW §{table}}) r
        CROSS JOIN LATERAL (§{pages r §{table}}) page (key)
        WHERE page.key IS NOT NULL ON CONFLICT DO NOTHING;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO §.controversies_ledger (transaction, source, key)
        SELECT §{transaction}, TG_RELID, r.id FROM new_rows r;
        INSERT INTO §.controversies_unrecordedchange (transaction, controversy_id)
        SELECT DISTINCT §{transaction}, page.key
        FROM new_rows r CROSS JOIN LATERAL (§{pages r §{table}}) page (key)
        WHERE page.key IS NOT NULL ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO §.controversies_ledger (transaction, source, key, parent, image)
        SELECT §{transaction}, TG_RELID, r.id, §{parent r §{table}}, §{image r} FROM old_rows r;
        INSERT INTO §.controversies_unrecordedchange (transaction, controversy_id)
        SELECT DISTINCT §{transaction}, page.key
        FROM old_rows r CROSS JOIN LATERAL (§{pages r §{table}}) page (key)
        WHERE page.key IS NOT NULL ON CONFLICT DO NOTHING;
    END IF;
    -- Without any mark, a row of no table has the ledger emptied at COMMIT.
    IF NOT FOUND AND NOT EXISTS (
        SELECT FROM §.controversies_unrecordedchange t WHERE t.transaction = §{transaction}
    ) THEN
        INSERT INTO §.controversies_ledger (transaction, source, key) VALUES (§{transaction}, 0, '§{outline}');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER touch AFTER INSERT ON §.controversies_§{table} REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_touch_§{table}();
CREATE OR REPLACE TRIGGER touch_by_change AFTER UPDATE ON §.controversies_§{table}
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION §.controversies_touch_§{table}();
CREATE OR REPLACE TRIGGER touch_by_deletion AFTER DELETE ON §.controversies_§{table} REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_touch_§{table}();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_§{table}
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
