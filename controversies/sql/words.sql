-- Words of backers and sources, which their indexes are made of, and the guards of the words of pages (search.sql).

-- Return the text search vector of a backer or a source. (Joining texts is STABLE to PostgreSQL for types other than text.)
CREATE OR REPLACE FUNCTION §.controversies_backer_words(§{word_parameters backer}) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE §{pinned} AS $$
BEGIN
    RETURN §{word_vector backer};
END $$;

CREATE OR REPLACE FUNCTION §.controversies_source_words(§{word_parameters source}) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE §{pinned} AS $$
BEGIN
    RETURN §{word_vector source};
END $$;

-- Only functions of the owner write the words of pages, and nobody empties them (guards.sql).
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_searchblock
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_searchword
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER keep BEFORE INSERT OR UPDATE OR DELETE ON §.controversies_searchblock
    FOR EACH STATEMENT WHEN (§{not_by_guard searchblock}) EXECUTE FUNCTION §.controversies_refuse_writing();
CREATE OR REPLACE TRIGGER keep BEFORE INSERT OR UPDATE OR DELETE ON §.controversies_searchword
    FOR EACH STATEMENT WHEN (§{not_by_guard searchword}) EXECUTE FUNCTION §.controversies_refuse_writing();
