-- Blame follows from the record (`history.blame`), so the site writes it like any other index, and `checkhistory` derives
-- it again. What the database itself sees to is that it keeps nothing of words that were removed.

-- Forget the blame of a page, whoever derives it at the moment.
CREATE OR REPLACE FUNCTION §.controversies_forget_blame(page uuid) RETURNS void
§{as_owner} AS $$
BEGIN
    PERFORM pg_advisory_xact_lock('§.controversies_blame'::regclass::oid::integer, hashtext(page::text));
    DELETE FROM §.controversies_gone WHERE controversy_id = page;
    DELETE FROM §.controversies_origin WHERE controversy_id = page;
    DELETE FROM §.controversies_blame WHERE controversy_id = page;
END $$;

-- Forget the blame of pages from whose blocks words were removed: it holds hashes of them, and counts of words.
CREATE OR REPLACE FUNCTION §.controversies_redaction_forgets_blame() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on redaction}
    PERFORM §.controversies_forget_blame(page.key)
    FROM (
        SELECT DISTINCT n.controversy_id FROM new_rows n WHERE n.part = 'block' ORDER BY n.controversy_id
    ) page (key);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER forget_blame AFTER INSERT ON §.controversies_redaction REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_redaction_forgets_blame();
