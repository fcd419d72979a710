-- Earlier texts (`models.EarlierText`) follow from the record, and the worker derives them like any other index
-- (`history.earlier_texts`). What the database itself sees to is that nothing is kept of words that were removed, nor of a
-- page that is not public any more: what is hidden must not change what is found, or in which order.

-- Forget the earlier texts of a page, whoever derives them at the moment. The worker derives them anew.
CREATE OR REPLACE FUNCTION §.controversies_forget_earlier_texts(page uuid) RETURNS void
§{as_owner} AS $$
BEGIN
    PERFORM pg_advisory_xact_lock('§.controversies_earliertext'::regclass::oid::integer, hashtext(page::text) & 511);
    DELETE FROM §.controversies_earlierword w USING §.controversies_earliertext t
    WHERE t.controversy_id = page AND w.text = t.id;
    DELETE FROM §.controversies_earliertext WHERE controversy_id = page;
    UPDATE §.controversies_earliertextprogress SET number = 0 WHERE controversy_id = page AND number > 0;
END $$;

-- Forget those of pages from whose blocks words were removed: they hold stems and hashes of them.
CREATE OR REPLACE FUNCTION §.controversies_redaction_forgets_earlier_texts() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on redaction}
    PERFORM §.controversies_forget_earlier_texts(page.key)
    FROM (
        SELECT DISTINCT n.controversy_id FROM new_rows n WHERE n.part = 'block' ORDER BY n.controversy_id
    ) page (key);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER forget_earlier_texts AFTER INSERT ON §.controversies_redaction
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_redaction_forgets_earlier_texts();

-- Forget those of a page that is withdrawn. Once it is published again, it arrives again, and the worker derives them.
CREATE OR REPLACE FUNCTION §.controversies_withdrawal_forgets_earlier_texts() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on controversy}
    PERFORM §.controversies_forget_earlier_texts(NEW.id);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER forget_earlier_texts AFTER UPDATE OF publication ON §.controversies_controversy
    FOR EACH ROW WHEN (OLD.publication = 'published' AND NEW.publication <> 'published')
    EXECUTE FUNCTION §.controversies_withdrawal_forgets_earlier_texts();
