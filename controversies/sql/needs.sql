-- Work that is left to do on pages, drafts too, as far as the desk lists them by it (`models.ListedPage`). It follows from
-- a page's rows, and is written with each revision, after its place in lists (`listing.sql`).

CREATE OR REPLACE FUNCTION §.controversies_needs_of_revision() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on revision}
    UPDATE §.controversies_listedpage l SET lacks_source = NOT l.lacks_source
    FROM §.controversies_controversy c
    WHERE c.id IN (SELECT r.controversy_id FROM new_rows r) AND l.controversy_id = c.id
        AND l.lacks_source <> §{lacks_source c};
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER needs AFTER INSERT ON §.controversies_revision REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_needs_of_revision();

-- Make all of it anew, from the rows; after `controversies_rebuild_listing()`.
CREATE OR REPLACE FUNCTION §.controversies_rebuild_needs() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER §{pinned} AS $$
BEGIN
    PERFORM set_config('§{guard}', 'on', true);
    UPDATE §.controversies_listedpage l SET lacks_source = NOT l.lacks_source
    FROM §.controversies_controversy c WHERE l.controversy_id = c.id AND l.lacks_source <> §{lacks_source c};
    PERFORM set_config('§{guard}', '', true);
END $$;
