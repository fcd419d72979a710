-- Texts about the site (`models.SiteText`): versions are added, numbered without gaps and in the order of time, and stay
-- as they are, but for words that must be removed.

CREATE OR REPLACE FUNCTION §.controversies_append_site_text() RETURNS trigger
§{as_owner} AS $$
DECLARE
    newest §.controversies_sitetext;
BEGIN
    §{only_on sitetext}
    SELECT * INTO newest FROM §.controversies_sitetext t WHERE t.name = NEW.name ORDER BY t.number DESC LIMIT 1;
    IF NEW.number <> coalesce(newest.number, 0) + 1 OR NEW.time < newest.time THEN
        RAISE EXCEPTION 'Version % of the text “%” does not follow version %.',
            NEW.number, NEW.name, coalesce(newest.number, 0)
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER append BEFORE INSERT ON §.controversies_sitetext
    FOR EACH ROW EXECUTE FUNCTION §.controversies_append_site_text();

CREATE OR REPLACE FUNCTION §.controversies_keep_site_text() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER §{pinned} AS $$
DECLARE
    texts CONSTANT text[] := '{body,summary,author_name,author_id}';
BEGIN
    §{only_on sitetext}
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - texts = to_jsonb(OLD) - texts
        AND §.controversies_only_removes(OLD.body, NEW.body)
        AND §.controversies_only_removes(OLD.summary, NEW.summary)
        AND §.controversies_only_removes(OLD.author_name, NEW.author_name)
        AND (NEW.author_id IS NOT DISTINCT FROM OLD.author_id
            OR NEW.author_id IS NULL AND NEW.author_name <> OLD.author_name)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: what was recorded stays as it was.', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation',
              HINT = 'Add a new version instead; words that must go are removed by manage.py redact.';
END $$;

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON §.controversies_sitetext
    FOR EACH ROW EXECUTE FUNCTION §.controversies_keep_site_text();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_sitetext
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
