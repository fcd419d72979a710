-- Changes of uses: how many pages and uses of each topic, backer and source a day added, less those that it ended
-- (`models.UseChange`). They follow from the listed periods of pages that are public today.

-- Follow the periods of public pages. Numbers are written in the order of their keys, so that two of these never wait
-- in a circle.
CREATE OR REPLACE FUNCTION §.controversies_use_changes_of_periods() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on listedperiod}
    IF TG_OP = 'INSERT' THEN
        WITH added AS (SELECT n.* FROM new_rows n §{on_public_page n}) §{write_use_changes added};
    ELSIF TG_OP = 'DELETE' THEN
        WITH ended AS (SELECT o.* FROM old_rows o §{on_public_page o}) §{write_use_changes none ended};
    ELSE
        WITH added AS (SELECT n.* FROM new_rows n §{on_public_page n}),
            ended AS (SELECT o.* FROM old_rows o §{on_public_page o}) §{write_use_changes added ended};
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER use_changes_new AFTER INSERT ON §.controversies_listedperiod
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_use_changes_of_periods();
CREATE OR REPLACE TRIGGER use_changes_ended AFTER UPDATE ON §.controversies_listedperiod
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_use_changes_of_periods();
CREATE OR REPLACE TRIGGER use_changes_gone AFTER DELETE ON §.controversies_listedperiod
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_use_changes_of_periods();

-- Count the periods of a page that is public again, and leave out those of one that is no longer.
CREATE OR REPLACE FUNCTION §.controversies_use_changes_of_page() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on listedpage}
    IF NEW.publication = 'published' THEN
        WITH added AS (
            SELECT p.* FROM §.controversies_listedperiod p WHERE p.controversy_id = NEW.controversy_id
        ) §{write_use_changes added};
    ELSE
        WITH ended AS (
            SELECT p.* FROM §.controversies_listedperiod p WHERE p.controversy_id = NEW.controversy_id
        ) §{write_use_changes none ended};
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER use_changes AFTER UPDATE ON §.controversies_listedpage FOR EACH ROW
    WHEN ((OLD.publication = 'published') <> (NEW.publication = 'published'))
    EXECUTE FUNCTION §.controversies_use_changes_of_page();

-- Make all of it anew, from the periods.
CREATE OR REPLACE FUNCTION §.controversies_rebuild_use_changes() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER §{pinned} AS $$
BEGIN
    PERFORM set_config('§{guard}', 'on', true);
    DELETE FROM §.controversies_usechange;
    WITH added AS (SELECT p.* FROM §.controversies_listedperiod p §{on_public_page p}) §{write_use_changes added};
    PERFORM set_config('§{guard}', '', true);
END $$;

-- Only these functions write it.
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_usechange
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER keep BEFORE INSERT OR UPDATE OR DELETE ON §.controversies_usechange
    FOR EACH STATEMENT WHEN (§{not_by_guard usechange}) EXECUTE FUNCTION §.controversies_refuse_writing();
