-- Listed names: every name that a topic, backer or source ever had on a public page (`models.ListedName`).

-- Name what new periods show, and forget what no period shows any more: those of a page are deleted only to be derived
-- again, after words were removed from it.
CREATE OR REPLACE FUNCTION §.controversies_name_periods() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on listedperiod}
    IF TG_OP = 'INSERT' THEN
        INSERT INTO §.controversies_listedname AS o (type, key, digest, slug, title, label, labels, words, names, begins)
        SELECT §{name_of_period n}, min(n.begins) FROM new_rows n WHERE n.type <> 'head'
            AND NOT EXISTS (  -- without this, a name that many pages show would be locked by each
                SELECT FROM §.controversies_listedname e
                WHERE (e.type, e.key, e.digest) = (n.type, n.key, §{digest_of_name n}) AND e.begins <= n.begins
            )
        GROUP BY n.type, n.key, n.slug, n.title, n.labels, n.words ORDER BY 1, 2, 3
        ON CONFLICT (type, key, digest) DO UPDATE SET begins = EXCLUDED.begins WHERE o.begins > EXCLUDED.begins;
    ELSE
        DELETE FROM §.controversies_listedname o
        USING (SELECT DISTINCT n.type, n.key, §{digest_of_name n} AS digest FROM old_rows n WHERE n.type <> 'head') d
        WHERE (o.type, o.key, o.digest) = (d.type, d.key, d.digest) AND NOT EXISTS (
            SELECT FROM §.controversies_listedperiod p WHERE (p.type, p.key) = (o.type, o.key)
                AND (p.slug, p.title, p.labels, p.words) = (o.slug, o.title, o.labels, o.words)
        );
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER name_new AFTER INSERT ON §.controversies_listedperiod REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_name_periods();
CREATE OR REPLACE TRIGGER name_gone AFTER DELETE ON §.controversies_listedperiod REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_name_periods();

-- Make all of it anew, from the periods.
CREATE OR REPLACE FUNCTION §.controversies_rebuild_names() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER §{pinned} AS $$
BEGIN
    PERFORM set_config('§{guard}', 'on', true);
    DELETE FROM §.controversies_listedname;
    INSERT INTO §.controversies_listedname (type, key, digest, slug, title, label, labels, words, names, begins)
    SELECT §{name_of_period n}, min(n.begins) FROM §.controversies_listedperiod n WHERE n.type <> 'head'
    GROUP BY n.type, n.key, n.slug, n.title, n.labels, n.words;
    PERFORM set_config('§{guard}', '', true);
END $$;

-- Only these functions write them.
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_listedname
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER keep BEFORE INSERT OR UPDATE OR DELETE ON §.controversies_listedname
    FOR EACH STATEMENT WHEN (§{not_by_guard listedname}) EXECUTE FUNCTION §.controversies_refuse_writing();
