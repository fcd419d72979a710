-- Who gave whom which rights: added to, never changed.

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON §.controversies_rightschange
    FOR EACH ROW EXECUTE FUNCTION §.controversies_refuse_change();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_rightschange
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
