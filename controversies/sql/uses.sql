-- Public uses: which public page shows which topic, backer or source, and how often each is used on public pages
-- (`models.PageUse`, `models.PublicUse`). They follow from the rows, and are written with the revision of a page.

-- Bring the uses on these pages into agreement with their rows, and what lists have of the topics, backers and sources
-- whose numbers change. Counters are written in the order of their keys, so that two of these never wait in a circle.
CREATE OR REPLACE FUNCTION §.controversies_count_uses(pages uuid[]) RETURNS void
§{as_owner} AS $$
#variable_conflict use_column
DECLARE
    fewer uuid[];  -- what some page shows no longer
BEGIN
    PERFORM set_config('§{guard}', 'on', true);
    WITH fresh AS MATERIALIZED (§{public_uses}
    ), stored AS MATERIALIZED (
        SELECT s.type, s.key, s.controversy_id AS page, s.title, s.uses, s.former
        FROM §.controversies_pageuse s WHERE s.controversy_id = ANY (pages)
    ), differing AS MATERIALIZED (
        SELECT type, key, page, f.title, coalesce(f.uses, 0) AS uses, coalesce(f.former, 0) AS former,
            coalesce(s.uses, 0) AS old_uses, coalesce(s.former, 0) AS old_former
        FROM fresh f FULL JOIN stored s USING (type, key, page)
        WHERE (f.uses, f.former, f.title) IS DISTINCT FROM (s.uses, s.former, s.title)
    ), deleted AS (
        DELETE FROM §.controversies_pageuse u USING differing d
        WHERE (u.controversy_id, u.type, u.key) = (d.page, d.type, d.key) AND d.uses = 0
    ), written AS (
        INSERT INTO §.controversies_pageuse (controversy_id, type, key, title, uses, former)
        SELECT d.page, d.type, d.key, d.title, d.uses, d.former FROM differing d WHERE d.uses > 0
        ON CONFLICT (controversy_id, type, key) DO UPDATE
        SET title = EXCLUDED.title, uses = EXCLUDED.uses, former = EXCLUDED.former
    ), difference AS MATERIALIZED (
        SELECT d.type, d.key, sum((d.uses > 0)::integer - (d.old_uses > 0)::integer)::integer AS pages,
            sum(d.uses - d.old_uses)::integer AS uses, sum(d.former - d.old_former)::integer AS former
        FROM differing d WHERE (d.uses, d.former) <> (d.old_uses, d.old_former) GROUP BY d.type, d.key
    ), counted AS (
        INSERT INTO §.controversies_publicuse AS p (type, key, pages, uses, former, slug, title, label, verdict, words)
        SELECT d.type, d.key, d.pages, d.uses, d.former, l.* FROM difference d CROSS JOIN LATERAL (
            §{list_columns d.type d.key}
        ) l
        ORDER BY d.type, d.key
        ON CONFLICT (type, key) DO UPDATE SET pages = p.pages + EXCLUDED.pages, uses = p.uses + EXCLUDED.uses,
            former = p.former + EXCLUDED.former
    )
    SELECT array_agg(d.key) INTO fewer FROM difference d WHERE d.pages < 0;
    IF fewer IS NOT NULL THEN
        DELETE FROM §.controversies_publicuse p
        WHERE p.type IN (§{shared_types}) AND p.key = ANY (fewer) AND (p.pages = 0 OR NOT EXISTS (
            §{list_columns p.type p.key}  -- merged into another, and deleted
        ));
    END IF;
    PERFORM set_config('§{guard}', '', true);
END $$;

-- Make all of it anew, from the rows.
CREATE OR REPLACE FUNCTION §.controversies_rebuild_uses() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER §{pinned} AS $$
BEGIN
    PERFORM set_config('§{guard}', 'on', true);
    DELETE FROM §.controversies_pageuse;
    DELETE FROM §.controversies_publicuse;
    INSERT INTO §.controversies_pageuse (type, key, controversy_id, title, uses, former)
    SELECT * FROM (§{public_uses all}
    ) u (type, key, page, title, uses, former);
    INSERT INTO §.controversies_publicuse (type, key, pages, uses, former, slug, title, label, verdict, words)
    SELECT d.type, d.key, d.pages, d.uses, d.former, l.* FROM (
        SELECT u.type, u.key, count(*), sum(u.uses), sum(u.former) FROM §.controversies_pageuse u GROUP BY u.type, u.key
    ) d (type, key, pages, uses, former) CROSS JOIN LATERAL (
        §{list_columns d.type d.key}
    ) l;
    PERFORM set_config('§{guard}', '', true);
END $$;

-- Count the uses on pages with a new revision, if their transaction changed a row on which they depend: most edits do
-- not. Follow the rows of topics, backers and sources that it changed, which lists have by their names.
CREATE OR REPLACE FUNCTION §.controversies_uses_of_revision() RETURNS trigger
§{as_owner} AS $$
DECLARE
    changes_uses boolean;
    changes_shared boolean;
BEGIN
    §{only_on revision}
    SELECT
        bool_or(l.source IN (§{listed_rows}) OR l.parent IS DISTINCT FROM CASE l.source
            §{parent_now l}
        END),
        bool_or(l.source IN (§{shared_tables}))
    INTO changes_uses, changes_shared
    FROM §.controversies_ledger l WHERE l.transaction = §{transaction} AND l.source <> TG_RELID;
    IF changes_uses THEN
        PERFORM §.controversies_count_uses(ARRAY(SELECT DISTINCT n.controversy_id FROM new_rows n));
    END IF;
    IF changes_shared THEN
        UPDATE §.controversies_publicuse p SET slug = n.slug, title = n.title, label = n.label, words = n.words
        FROM (
            SELECT DISTINCT CASE l.source §{type_of_table} END AS type, l.key FROM §.controversies_ledger l
            WHERE l.transaction = §{transaction} AND l.source IN (§{shared_tables})
        ) l
        JOIN §.controversies_publicuse o ON (o.type, o.key) = (l.type, l.key)
        CROSS JOIN LATERAL (
            §{list_columns o.type o.key}
        ) n (slug, title, label, verdict, words)
        WHERE (p.type, p.key) = (o.type, o.key)
            AND (p.slug, p.title, p.label, p.words) IS DISTINCT FROM (n.slug, n.title, n.label, n.words);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER uses AFTER INSERT ON §.controversies_revision REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_uses_of_revision();

-- Lists of sources are filtered by the verdict of the newest check.
CREATE OR REPLACE FUNCTION §.controversies_verdict_of_use() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on sourcestate}
    UPDATE §.controversies_publicuse p SET verdict = NEW.verdict
    WHERE p.type = 'source' AND p.key = NEW.source_id AND p.verdict <> NEW.verdict;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER verdict_of_use AFTER INSERT OR UPDATE ON §.controversies_sourcestate
    FOR EACH ROW EXECUTE FUNCTION §.controversies_verdict_of_use();

-- Only these functions write them.
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_pageuse
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_publicuse
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();
CREATE OR REPLACE TRIGGER keep BEFORE INSERT OR UPDATE OR DELETE ON §.controversies_pageuse
    FOR EACH STATEMENT WHEN (§{not_by_guard pageuse}) EXECUTE FUNCTION §.controversies_refuse_writing();
CREATE OR REPLACE TRIGGER keep BEFORE INSERT OR UPDATE OR DELETE ON §.controversies_publicuse
    FOR EACH STATEMENT WHEN (§{not_by_guard publicuse}) EXECUTE FUNCTION §.controversies_refuse_writing();
