-- Work that is left to do on pages, drafts too, as far as the desk lists them by it (`models.ListedPage`). It follows from
-- a page's rows, and is written with each revision, after its place in lists (`listing.sql`).

-- Note whether these pages, or all without any, have a position without a source: itself, in a stance, or for a backer.
-- Each look-up is by an index, whatever the planner believes of tables that grew a moment ago.
CREATE OR REPLACE FUNCTION §.controversies_note_needs(pages uuid[]) RETURNS void
§{as_owner} SET enable_seqscan = off AS $$
BEGIN
    PERFORM set_config('§{guard}', 'on', true);
    UPDATE §.controversies_listedpage l SET lacks_source = NOT l.lacks_source
    WHERE (pages IS NULL OR l.controversy_id = ANY (pages)) AND l.lacks_source <> EXISTS (
        SELECT FROM §.controversies_position p
        WHERE p.controversy_id = l.controversy_id
            AND (SELECT true FROM §.controversies_citation c WHERE c.position_id = p.id LIMIT 1) IS NULL
            AND (
                SELECT true FROM §.controversies_backing b CROSS JOIN LATERAL (
                    SELECT FROM §.controversies_citation c WHERE c.backing_id = b.id LIMIT 1
                ) c
                WHERE b.position_id = p.id LIMIT 1
            ) IS NULL
            AND (
                SELECT true FROM §.controversies_stance s CROSS JOIN LATERAL (
                    SELECT FROM §.controversies_citation c WHERE c.stance_id = s.id LIMIT 1
                ) c
                WHERE s.position_id = p.id LIMIT 1
            ) IS NULL
    );
    PERFORM set_config('§{guard}', '', true);
END $$;

CREATE OR REPLACE FUNCTION §.controversies_needs_of_revision() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on revision}
    PERFORM §.controversies_note_needs(ARRAY(SELECT DISTINCT n.controversy_id FROM new_rows n));
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER needs AFTER INSERT ON §.controversies_revision REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_needs_of_revision();

-- Make all of it anew, from the rows; after `controversies_rebuild_listing()`.
CREATE OR REPLACE FUNCTION §.controversies_rebuild_needs() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER §{pinned} AS $$
BEGIN
    PERFORM §.controversies_note_needs(NULL);
END $$;
