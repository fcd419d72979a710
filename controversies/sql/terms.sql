-- Only functions of the owner write the words that searches without a match are held against (search.sql), and nobody
-- empties them (guards.sql).
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_searchterm
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER keep BEFORE INSERT OR UPDATE OR DELETE ON §.controversies_searchterm
    FOR EACH STATEMENT WHEN (§{not_by_guard searchterm}) EXECUTE FUNCTION §.controversies_refuse_writing();
