-- Names and titles that are alike, found by their trigrams (pg_trgm) in any spelling.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Return the spellings of some names, two lines each: in small letters without accents, and the same without spaces and
-- punctuation, so that “Huggingface” and “Hugging Face” share one.
CREATE OR REPLACE FUNCTION §.controversies_spellings(names text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE §{pinned} AS $$
    SELECT coalesce(string_agg(concat(
        regexp_replace(lower(normalize(name, NFKD)), '[^[:alnum:][:space:]]+', '', 'g'), E'\n',
        regexp_replace(lower(normalize(name, NFKD)), '[^[:alnum:]]+', '', 'g')
    ), E'\n'), '')
    FROM unnest(names) AS name WHERE name <> ''
$$;

CREATE INDEX IF NOT EXISTS controversies_backer_spellings ON §.controversies_backer
    USING gin (§.controversies_spellings((ARRAY[name] || aliases)::text[]) gin_trgm_ops);
CREATE INDEX IF NOT EXISTS controversies_source_spellings ON §.controversies_source
    USING gin (§.controversies_spellings(ARRAY[title, authors]::text[]) gin_trgm_ops);
