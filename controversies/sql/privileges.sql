-- Take back what roles other than the owner may have been granted and must not have, and grant what they need.

DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        WITH held AS (
            SELECT c.relname, c.relkind, a.grantee, a.privilege_type FROM pg_catalog.pg_class c
            CROSS JOIN LATERAL (
                SELECT * FROM pg_catalog.aclexplode(c.relacl)
                UNION ALL
                SELECT e.* FROM pg_catalog.pg_attribute t, pg_catalog.aclexplode(t.attacl) e WHERE t.attrelid = c.oid
            ) a
            WHERE c.relnamespace = '§'::regnamespace AND c.relkind IN ('r', 'S')
                AND starts_with(c.relname::text, 'controversies_') AND a.grantee <> c.relowner
        )
        SELECT format(
            'REVOKE %s ON %s §.%I FROM %s CASCADE', privilege_type,
            CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, relname,
            CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
        )
        FROM held WHERE privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER')
            OR relname = 'controversies_ledger'
            OR relname IN (§{sequences})
            OR privilege_type IN ('INSERT', 'UPDATE', 'DELETE') AND relname IN (§{written_by_guards})
            OR privilege_type IN ('UPDATE', 'DELETE') AND relname IN (§{append_only})
        UNION ALL
        SELECT format(
            'REVOKE ALL ON FUNCTION %s FROM %s CASCADE', p.oid::regprocedure,
            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
        )
        FROM pg_catalog.pg_proc p
        CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        WHERE p.pronamespace = '§'::regnamespace AND starts_with(p.proname::text, 'controversies_')
            AND a.grantee <> p.proowner AND p.proname NOT IN (§{called_by_the_site})
    LOOP
        EXECUTE statement;
    END LOOP;
    -- Roles that may record revisions may remove words, bring a log's entries and name a log.
    FOR statement IN
        SELECT DISTINCT format('GRANT EXECUTE ON FUNCTION %s TO %I', p.oid::regprocedure, pg_get_userbyid(a.grantee))
        FROM pg_catalog.pg_class c
        CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a
        JOIN pg_catalog.pg_proc p ON p.pronamespace = c.relnamespace AND p.proname IN (§{called_by_recorders})
        WHERE c.oid = '§.controversies_revision'::regclass AND a.privilege_type = 'INSERT'
            AND a.grantee NOT IN (0, c.relowner)
    LOOP
        EXECUTE statement;
    END LOOP;
END $$;
