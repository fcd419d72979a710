-- By which keys two sources are one work: the rules of `kit/identifiers.py`, whose patterns these are. The keys of all
-- sources are indexed: a migration that runs this file after a change of the rules ends with REINDEX INDEX source_by_key.

-- Return the text with one spelling of percent-encoding: what matches `decoded` plain, what is not `kept` encoded.
CREATE OR REPLACE FUNCTION §.controversies_percent(value text, kept text, decoded text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE §{pinned} AS $$
BEGIN
    IF value !~ '[^A-Za-z0-9._~:/?&=-]' THEN
        RETURN value;
    END IF;
    RETURN coalesce((
        SELECT string_agg(CASE
            WHEN length(t.token) = 1 THEN CASE WHEN t.token ~ kept THEN t.token
                ELSE upper(regexp_replace(encode(convert_to(t.token, 'UTF8'), 'hex'), '(..)', '%\1', 'g')) END
            WHEN t.token = '%00' THEN t.token
            WHEN chr(get_byte(decode(substr(t.token, 2), 'hex'), 0)) ~ decoded
                THEN chr(get_byte(decode(substr(t.token, 2), 'hex'), 0))
            ELSE upper(t.token COLLATE "C") END, '' ORDER BY t.place)
        FROM (SELECT m[1], place FROM regexp_matches(value, '%[0-9A-Fa-f]{2}|.', 'g') WITH ORDINALITY m (m, place))
            t (token, place)
    ), '');
END $$;

-- Return the key by which web addresses are one (`same_address`), but for hosts of other scripts, which stay as written;
-- '' for what is no address.
CREATE OR REPLACE FUNCTION §.controversies_address(url text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE §{pinned} AS $$
DECLARE
    parts text[] := regexp_match(url, §{pattern ADDRESS});
    host text;
    account text;
    ported text[];
    path text;
    query text;
    fragment text;
BEGIN
    IF parts IS NULL THEN
        RETURN '';
    END IF;
    host := regexp_replace(parts[2], '^.*@', '');
    account := substr(parts[2], 1, length(parts[2]) - length(host));
    host := lower(host COLLATE "C");
    ported := regexp_match(lower(parts[1] COLLATE "C") || ' ' || host, §{pattern DEFAULT_PORT});
    IF ported IS NOT NULL THEN
        host := regexp_replace(coalesce(ported[1], ported[2]), '^[^ ]* ', '');
    END IF;
    host := rtrim(host, '.');
    IF host LIKE 'www.%' AND strpos(substr(host, 5), '.') > 0 THEN
        host := substr(host, 5);
    END IF;
    path := coalesce(parts[3], '');
    IF host ~ §{pattern DOI_HOST} THEN
        RETURN 'doi.org/' || §.controversies_doi_key(btrim(path, '/'));
    END IF;
    path := rtrim(§.controversies_percent(path, §{pattern KEPT}, §{pattern DECODED}), '/');
    IF parts[4] IS NOT NULL THEN
        SELECT '?' || string_agg(t.piece, '&' ORDER BY t.place) INTO query
        FROM string_to_table(
            §.controversies_percent(substr(parts[4], 2), §{pattern KEPT}, §{pattern DECODED}), '&'
        ) WITH ORDINALITY t (piece, place)
        WHERE t.piece <> '' AND lower(split_part(t.piece, '=', 1) COLLATE "C") !~ §{pattern TRACKING};
    END IF;
    IF parts[5] LIKE '#!%' THEN
        fragment := §.controversies_percent(parts[5], §{pattern KEPT}, §{pattern DECODED});
    END IF;
    RETURN concat(
        §.controversies_percent(account, §{pattern KEPT}, §{pattern DECODED}), host, path, query, fragment
    );
END $$;

-- Return the form in which DOIs are compared.
CREATE OR REPLACE FUNCTION §.controversies_doi_key(doi text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE §{pinned} AS $$
BEGIN
    RETURN lower(§.controversies_percent(doi, §{pattern PRINTABLE}, §{pattern PRINTABLE}) COLLATE "C");
END $$;

-- Return the keys of a source (`source_keys`), as {doi:10.1234/x,url:a.example/b}.
CREATE OR REPLACE FUNCTION §.controversies_source_keys(doi text, url text, isbn text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE §{pinned} AS $$
DECLARE
    address text := §.controversies_address(url);
    keys text[] := '{}';
    dois text[] := '{}';
    part text;
BEGIN
    IF address <> '' THEN
        keys := keys || ('url:' || address);
        IF address LIKE 'doi.org/10.%' THEN
            dois := dois || substr(address, 9);
        ELSE
            part := coalesce(
                substring(address FROM §{pattern DOI_IN_PATH}), substring(address FROM §{pattern DOI_IN_QUERY})
            );
            IF part IS NOT NULL THEN
                part := regexp_replace(§.controversies_doi_key(part), §{pattern VIEW}, '');
                part := regexp_replace(part, §{pattern FILE}, '');
                dois := dois || regexp_replace(part, §{pattern PREPRINT_VERSION}, '\1');
            ELSE
                part := substring(address FROM §{pattern DOI_OF_NATURE});
                IF part IS NOT NULL THEN
                    dois := dois || ('10.1038/' || regexp_replace(§.controversies_doi_key(part), §{pattern FILE}, ''));
                END IF;
            END IF;
        END IF;
        part := substring(address FROM §{pattern ARXIV_ADDRESS});
        IF part IS NOT NULL THEN
            keys := keys || ('arxiv:' || lower(regexp_replace(part, §{pattern ARXIV_SUBJECT}, '/') COLLATE "C"));
        END IF;
        part := substring(address FROM §{pattern PMID_ADDRESS});
        IF part IS NOT NULL THEN
            keys := keys || ('pmid:' || part);
        END IF;
    END IF;
    dois := dois || §.controversies_doi_key(doi);
    FOREACH part IN ARRAY dois LOOP
        IF part <> '' THEN
            keys := keys || ('doi:' || part);
            part := substring(part FROM §{pattern ARXIV_DOI});
            IF part IS NOT NULL THEN
                keys := keys || ('arxiv:' || lower(regexp_replace(part, §{pattern ARXIV_SUBJECT}, '/') COLLATE "C"));
            END IF;
        END IF;
    END LOOP;
    IF isbn <> '' THEN
        keys := keys || ('isbn:' || isbn);
    END IF;
    RETURN ARRAY(SELECT DISTINCT k FROM unnest(keys) k);
END $$;
