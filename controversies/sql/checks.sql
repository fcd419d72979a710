-- What machines saw of sources stays as it was seen, and goes when words of a source or of a citation must go.

-- Checks are append-only: the same thing seen again moves `last` and `count`, and words may only be emptied. They go with
-- their source, by its foreign key.
CREATE OR REPLACE FUNCTION §.controversies_keep_check() RETURNS trigger
LANGUAGE plpgsql §{pinned} AS $$
DECLARE
    moving CONSTANT text[] := '{last,count,copy_id,address,hops,title,authors,etag}';
BEGIN
    §{only_on sourcecheck}
    IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1 THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - moving = to_jsonb(OLD) - moving
        AND NEW.last >= OLD.last AND NEW.count >= OLD.count
        AND NEW.address IN (OLD.address, '') AND NEW.hops IN (OLD.hops, '[]')
        AND NEW.title IN (OLD.title, '') AND NEW.authors IN (OLD.authors, '') AND NEW.etag IN (OLD.etag, '')
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: what was seen stays as it was.', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Check the source again instead.';
END $$;

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON §.controversies_sourcecheck
    FOR EACH ROW EXECUTE FUNCTION §.controversies_keep_check();

-- Words that must go from a part of a page may stand in what was seen of the sources that the page cites, too: a title, a
-- passage, a copy. All of that is emptied, and the sources are checked again. The worker deletes the files of copies.
CREATE OR REPLACE FUNCTION §.controversies_redaction_empties_checks() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER §{pinned} AS $$
DECLARE
    keys uuid[];
BEGIN
    §{only_on redaction}
    DELETE FROM §.controversies_sourcelookup;  -- all are of today
    UPDATE §.django_ox_oxtask SET errors = '[]' WHERE errors <> '[]';  -- messages of errors may quote anything
    SELECT array_agg(DISTINCT s.id) INTO keys FROM §.controversies_source s
    WHERE EXISTS (
        SELECT FROM new_rows n WHERE n.part = 'block' AND (
            n.key = s.id
            -- An older version of the page may have cited what no page cites today.
            OR NOT EXISTS (SELECT FROM §.controversies_citation c WHERE c.source_id = s.id)
            OR EXISTS (
                SELECT FROM §.controversies_citation c
                WHERE c.source_id = s.id AND n.controversy_id = (§{pages c citation})
            )
        )
    );
    IF keys IS NULL THEN
        RETURN NULL;
    END IF;
    UPDATE §.controversies_sourcecheck SET address = '', hops = '[]', title = '', authors = '', etag = ''
    WHERE source_id = ANY (keys);
    UPDATE §.controversies_quotecheck SET selector = '{}', nearest = '' WHERE source_id = ANY (keys);
    UPDATE §.controversies_sourcecopy
    SET text = '', snapshot_url = '', deleted_at = coalesce(deleted_at, statement_timestamp())
    WHERE source_id = ANY (keys);
    UPDATE §.controversies_sourcestate SET moved_to = '', due_at = least(due_at, statement_timestamp())
    WHERE source_id = ANY (keys);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER empty_checks AFTER INSERT ON §.controversies_redaction REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_redaction_empties_checks();
