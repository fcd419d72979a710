-- Seals cover what no digest of the record does, so that a later change shows. The owner of the database can make
-- seals again, as they can digests; an anchor kept elsewhere covers both (`history.verify.anchor`).

-- Return the seal of a revision: of its digest, by which accounts and role and when it was written, whether it was an
-- import or a restoration, and whether its content came along.
CREATE OR REPLACE FUNCTION §.controversies_seal_of_revision(r §.controversies_revision) RETURNS bytea
LANGUAGE sql STABLE §{pinned} AS $$
    SELECT substring(sha256(convert_to(concat(
        r.number, '|', encode(r.digest, 'hex'), '|', r.withheld, '|',
        CASE WHEN r.classes[1] IN ('import', 'restore') THEN r.classes[1] END, '|',
        r.author_id, '|', r.reviewer_id, '|', r.recorded_by, '|', (extract(epoch FROM r.recorded_at) * 1000000)::bigint
    ), 'UTF8')) FROM 1 FOR 8)
$$;

-- Return the seal of an arrival, which covers the seal before it: none can be lost, put in or moved unseen.
CREATE OR REPLACE FUNCTION §.controversies_seal_of_arrival(a §.controversies_arrival, before bytea) RETURNS bytea
LANGUAGE sql STABLE §{pinned} AS $$
    SELECT substring(sha256(coalesce(before, '') || convert_to(concat(
        a.position, '|', a.controversy_id, '|', a.number, '|', a.withdrawn::integer
    ), 'UTF8')) FROM 1 FOR 8)
$$;

CREATE OR REPLACE FUNCTION §.controversies_seal_revision() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on revision}
    NEW.seal := §.controversies_seal_of_revision(NEW);
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION §.controversies_seal_arrival() RETURNS trigger
§{as_owner} AS $$
BEGIN
    §{only_on arrival}
    NEW.seal := §.controversies_seal_of_arrival(NEW, (
        SELECT a.seal FROM §.controversies_arrival a ORDER BY a.position DESC LIMIT 1
    ));
    RETURN NEW;
END $$;

-- Triggers of one kind fire in the order of their names: after `append`, which notes who writes and when.
CREATE OR REPLACE TRIGGER seal BEFORE INSERT ON §.controversies_revision
    FOR EACH ROW EXECUTE FUNCTION §.controversies_seal_revision();

CREATE OR REPLACE TRIGGER seal BEFORE INSERT ON §.controversies_arrival
    FOR EACH ROW EXECUTE FUNCTION §.controversies_seal_arrival();
