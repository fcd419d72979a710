"""Redaction: the one way in which words leave the record, and the database's proof that nothing else happens.

`controversies_redact()` is given a text as it is recorded and as it is to be. It checks by digest that the first is
what is recorded, and that the second is the same with words replaced by a marker: the same structure, keys, choices and
dates. So whoever may call it can take words away, under a name and in a row for good, and can put none in. What it
stores it stores uncompressed (`canonical.PLAIN`), so that the guards see what it is: a block's body may change only to
the text whose digest its newest redaction names or, where there is none, its own digest (a version that was packed
against one that had to go).
"""

import importlib
import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

guards = importlib.import_module("controversies.migrations.0018_guards")
ledger = importlib.import_module("controversies.migrations._ledger")

# What stands where words were: `document.redact` has the same.
MARKER = (
    "\u27e6(name )?removed\u27e7( [0-9a-f]{4})?|https://removed\\.invalid/[0-9a-f]{8}|10\\.0000/removed-[0-9a-f]{8}"
    "|removed-[0-9a-f]{8}"
)
SAFE, only_on = ledger.PINNED, ledger.only_on
# What a redaction never changes: names of members whose values are no text that people wrote.
KEPT = (
    *(
        "block",
        "key",
        "points",
        "positions",
        "point",
        "source",
        "backer",
        "kind",
        "relation",
        "confidence",
        "status",
    ),
    *("polarity", "publication", "reviewed_on", "since", "until", "date"),
)

# A revision whose reason, author or reviewer was removed before it came here, with a corpus.
TEXT_REDACTED = (
    "EXISTS (SELECT FROM §.controversies_redaction d WHERE d.controversy_id = revision.controversy_id"
    " AND d.since = revision.number AND d.part <> 'block')"
)

FORWARDS = f"""
CREATE FUNCTION §.controversies_only_removes(before text, after text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE {SAFE} AS $$
DECLARE
    pieces text[] := regexp_split_to_array(after, '{MARKER}');
    place integer := 1;
    skipped integer;
BEGIN
    IF cardinality(pieces) = 1 THEN
        RETURN before = after;
    END IF;
    IF NOT starts_with(before, pieces[1]) THEN
        RETURN false;
    END IF;
    place := length(pieces[1]) + 1;
    FOR i IN 2..cardinality(pieces) - 1 LOOP
        skipped := position(pieces[i] IN substr(before, place));
        IF skipped = 0 THEN
            RETURN false;
        END IF;
        place := place + skipped - 1 + length(pieces[i]);
    END LOOP;
    RETURN length(before) - length(pieces[cardinality(pieces)]) + 1 >= place
        AND right(before, length(pieces[cardinality(pieces)])) = pieces[cardinality(pieces)];
END $$;

CREATE FUNCTION §.controversies_only_removes_from_block(before text, after text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE {SAFE} AS $$
DECLARE
    -- A member's name, which is kept, or a text, which is not.
    any_text CONSTANT text := '("([^"\\\\]|\\\\.)*":)|"([^"\\\\]|\\\\.)*"';
BEGIN
    RETURN §.controversies_only_removes(before, after)
        AND regexp_replace(before::jsonb::text, any_text, '\\1', 'g')
            = regexp_replace(after::jsonb::text, any_text, '\\1', 'g')
        AND NOT EXISTS (
            SELECT FROM unnest('{{{",".join(KEPT)}}}'::text[]) name
            WHERE jsonb_path_query_array(before::jsonb, ('strict $.**."' || name || '"')::jsonpath, '{{}}', true)
                <> jsonb_path_query_array(after::jsonb, ('strict $.**."' || name || '"')::jsonpath, '{{}}', true)
        );
END $$;

CREATE FUNCTION §.controversies_digest_now(page uuid, number integer, which text, block uuid) RETURNS bytea
LANGUAGE sql STABLE {SAFE} AS $$
    SELECT now FROM §.controversies_redaction
    WHERE controversy_id = page AND since = number AND part = which AND key IS NOT DISTINCT FROM block
    ORDER BY id DESC LIMIT 1
$$;

-- What is asked of a page before any of it is read: a function, so that PostgreSQL plans it once a connection.
CREATE FUNCTION §.controversies_page(address text) RETURNS TABLE (
    key uuid, slug varchar, title varchar, publication varchar, number integer, digest bytea, "time" timestamptz,
    follows_public boolean, is_imported boolean, epoch bigint
) LANGUAGE plpgsql STABLE {SAFE} SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT c.id, c.slug, c.title, c.publication, r.number, r.digest, r.time,
        r.number > 1 AND NOT r.changes @? 'strict $[*] ? (@[2] == "publication")',
        EXISTS (
            SELECT FROM §.controversies_revision f
            WHERE f.controversy_id = c.id AND f.number = 1 AND 'import' = ANY (f.classes::text[])
        ),
        coalesce((SELECT d.id FROM §.controversies_redaction d ORDER BY d.id DESC LIMIT 1), 0)
    FROM §.controversies_controversy c
    CROSS JOIN LATERAL (
        SELECT v.number, v.digest, v.time, v.changes FROM §.controversies_revision v
        WHERE v.controversy_id = c.id ORDER BY v.number DESC LIMIT 1
    ) r
    WHERE c.slug = address;
END $$;

-- What was recorded stays as it was, but for what a redaction names.
CREATE FUNCTION §.controversies_keep_block() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {SAFE} AS $$
BEGIN {only_on("block")}
    IF TG_OP = 'UPDATE' AND NEW IS DISTINCT FROM OLD AND NEW.basis IS NULL AND substr(NEW.body, 1, 1) = '\\x03'
        AND to_jsonb(NEW) - '{{body,basis}}'::text[] = to_jsonb(OLD) - '{{body,basis}}'::text[]
        AND sha256(substr(NEW.body, 2)) = coalesce(
            §.controversies_digest_now(OLD.controversy_id, OLD.since, 'block', OLD.key), OLD.digest)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: what was recorded stays as it was.', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation',
              HINT = 'Record a new revision instead; words that must go are removed by manage.py redact.';
END $$;
DROP TRIGGER append_only ON §.controversies_block;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON §.controversies_block
    FOR EACH ROW EXECUTE FUNCTION §.controversies_keep_block();

CREATE FUNCTION §.controversies_outline_only_removes(before jsonb, after jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE {SAFE} AS $$
    SELECT jsonb_array_length(before) = jsonb_array_length(after) AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(before) WITH ORDINALITY b (entry, place)
        JOIN jsonb_array_elements(after) WITH ORDINALITY a (entry, place) USING (place)
        WHERE b.entry <> a.entry AND NOT (
            b.entry ->> 0 = 'backer' AND b.entry - 1 = a.entry - 1
            AND §.controversies_only_removes(b.entry ->> 1, a.entry ->> 1)
        )
    )
$$;

CREATE FUNCTION §.controversies_keep_revision() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {SAFE} AS $$
DECLARE
    text_columns CONSTANT text[] := '{{summary,author_name,author_id,reviewer_name,reviewer_id,changes}}';
BEGIN {only_on("revision")}
    IF TG_OP = 'UPDATE' AND NEW IS DISTINCT FROM OLD AND to_jsonb(NEW) - text_columns = to_jsonb(OLD) - text_columns
        AND (NEW.summary = OLD.summary OR sha256(convert_to(NEW.summary, 'UTF8'))
            = §.controversies_digest_now(OLD.controversy_id, OLD.number, 'summary', NULL))
        AND (NEW.author_name = OLD.author_name OR sha256(convert_to(NEW.author_name, 'UTF8'))
            = §.controversies_digest_now(OLD.controversy_id, OLD.number, 'author', NULL))
        AND (NEW.reviewer_name = OLD.reviewer_name OR sha256(convert_to(NEW.reviewer_name, 'UTF8'))
            = §.controversies_digest_now(OLD.controversy_id, OLD.number, 'reviewer', NULL))
        AND (NEW.author_id IS NOT DISTINCT FROM OLD.author_id
            OR NEW.author_id IS NULL AND NEW.author_name <> OLD.author_name)
        AND (NEW.reviewer_id IS NOT DISTINCT FROM OLD.reviewer_id
            OR NEW.reviewer_id IS NULL AND NEW.reviewer_name <> OLD.reviewer_name)
        AND (NEW.changes = OLD.changes OR §.controversies_outline_only_removes(OLD.changes, NEW.changes)
            AND EXISTS (SELECT FROM §.controversies_redaction WHERE controversy_id = OLD.controversy_id))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: what was recorded stays as it was.', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation',
              HINT = 'Record a new revision instead; words that must go are removed by manage.py redact.';
END $$;
DROP TRIGGER append_only ON §.controversies_revision;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON §.controversies_revision
    FOR EACH ROW EXECUTE FUNCTION §.controversies_keep_revision();

-- Rows come from §.controversies_redact(), which runs as the tables' owner, or with a page that is not here yet.
CREATE FUNCTION §.controversies_append_redaction() RETURNS trigger LANGUAGE plpgsql {SAFE} AS $$
BEGIN {only_on("redaction")}
    NEW.role := session_user;
    IF NOT EXISTS (SELECT FROM §.controversies_revision WHERE controversy_id = NEW.controversy_id) THEN
        RETURN NEW;
    END IF;
    IF current_user <> (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
        RAISE EXCEPTION 'A redaction is written by §.controversies_redact() only.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.time := statement_timestamp();  -- the same for all that one removal writes
    RETURN NEW;
END $$;
CREATE TRIGGER append BEFORE INSERT ON §.controversies_redaction
    FOR EACH ROW EXECUTE FUNCTION §.controversies_append_redaction();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON §.controversies_redaction
    FOR EACH ROW EXECUTE FUNCTION §.controversies_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_redaction
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();

-- Whoever keeps a copy is told: the public revisions that showed the words arrive again, without them.
CREATE FUNCTION §.controversies_redaction_arrives() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {SAFE} AS $$
BEGIN {only_on("redaction")}
    PERFORM pg_advisory_xact_lock('§.controversies_arrival'::regclass::oid::integer, 0);
    INSERT INTO §.controversies_arrival (controversy_id, number, withdrawn)
    SELECT DISTINCT r.controversy_id, r.number, false
    FROM made
    JOIN §.controversies_controversy c ON c.id = made.controversy_id AND c.publication = 'published'
    JOIN §.controversies_revision r ON r.controversy_id = made.controversy_id AND r.number >= made.since
        AND r.number < CASE WHEN made.part = 'block' THEN coalesce((
            SELECT min(b.since) FROM §.controversies_block b
            WHERE b.controversy_id = made.controversy_id AND b.key = made.key AND b.since > made.since
        ), 2147483647) ELSE made.since + 1 END
    WHERE EXISTS (
        SELECT FROM §.controversies_arrival a
        WHERE a.controversy_id = r.controversy_id AND a.number = r.number AND NOT a.withdrawn
    )
    ORDER BY 1, 2;
    RETURN NULL;
END $$;
CREATE TRIGGER arrive AFTER INSERT ON §.controversies_redaction REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_redaction_arrives();

{guards.check_digests(TEXT_REDACTED)}

CREATE FUNCTION §.controversies_redact(
    page uuid, ground text, reason text, by_name text, second_name text, office text,
    keys uuid[], sinces integer[], befores text[], afters text[],
    numbers integer[], parts text[], texts text[], outlines jsonb
) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER {SAFE} AS $$
DECLARE
    version §.controversies_block;
    revision §.controversies_revision;
    before text;
    written integer;
BEGIN
    IF by_name = '' THEN
        RAISE EXCEPTION 'A redaction says who made it.' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM FROM §.controversies_controversy WHERE id = page FOR NO KEY UPDATE;
    FOR i IN 1..cardinality(keys) LOOP
        SELECT * INTO version FROM §.controversies_block
        WHERE controversy_id = page AND key = keys[i] AND since = sinces[i];
        IF version.digest IS NULL OR sha256(convert_to(befores[i], 'UTF8')) IS DISTINCT FROM coalesce(
            §.controversies_digest_now(page, sinces[i], 'block', keys[i]), version.digest)
        THEN
            RAISE EXCEPTION 'Block % since % does not read so.', keys[i], sinces[i]
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF befores[i] <> afters[i] AND NOT §.controversies_only_removes_from_block(befores[i], afters[i]) THEN
            RAISE EXCEPTION 'Block % since %: this is not the same with words removed.', keys[i], sinces[i]
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
    FOR i IN 1..cardinality(numbers) LOOP
        SELECT * INTO revision FROM §.controversies_revision WHERE controversy_id = page AND number = numbers[i];
        before := CASE parts[i] WHEN 'summary' THEN revision.summary WHEN 'author' THEN revision.author_name
            WHEN 'reviewer' THEN revision.reviewer_name END;
        IF before IS NULL OR before = texts[i] OR NOT §.controversies_only_removes(before, texts[i]) THEN
            RAISE EXCEPTION 'Revision %, %: this is not the same with words removed.', numbers[i], parts[i]
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;

    INSERT INTO §.controversies_redaction (controversy_id, key, since, part, digest, now, time, ground, reason,
        by_name, second_name, office, role)
    SELECT page, made.key, made.since, made.part, made.digest, made.now, statement_timestamp(), ground, reason,
        by_name, second_name, office, session_user
    FROM (
        SELECT b.key, b.since, 'block' AS part, b.digest, sha256(convert_to(given.after, 'UTF8')) AS now
        FROM unnest(keys, sinces, befores, afters) given (key, since, before, after)
        JOIN §.controversies_block b
            ON b.controversy_id = page AND b.key = given.key AND b.since = given.since
        WHERE given.before <> given.after
        UNION ALL
        SELECT NULL, r.number, given.part, r.digest, sha256(convert_to(given.text, 'UTF8'))
        FROM unnest(numbers, parts, texts) given (number, part, text)
        JOIN §.controversies_revision r ON r.controversy_id = page AND r.number = given.number
    ) made ORDER BY made.since, made.part, made.key;
    GET DIAGNOSTICS written = ROW_COUNT;

    UPDATE §.controversies_block b SET body = '\\x03'::bytea || convert_to(given.after, 'UTF8'), basis = NULL
    FROM unnest(keys, sinces, afters) given (key, since, after)
    WHERE b.controversy_id = page AND b.key = given.key AND b.since = given.since
        AND (b.body, b.basis) IS DISTINCT FROM ('\\x03'::bytea || convert_to(given.after, 'UTF8'), NULL::integer);
    IF EXISTS (
        SELECT FROM §.controversies_block d
        JOIN §.controversies_block b ON b.controversy_id = page AND b.key = d.key AND b.since = d.basis
        WHERE d.controversy_id = page AND d.key = ANY (keys) AND substr(b.body, 1, 1) = '\\x03'
    ) THEN
        RAISE EXCEPTION 'A block is packed against one that was removed.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    UPDATE §.controversies_revision r SET
        summary = coalesce(given.summary, r.summary),
        author_name = coalesce(given.author, r.author_name),
        author_id = CASE WHEN given.author IS NULL THEN r.author_id END,
        reviewer_name = coalesce(given.reviewer, r.reviewer_name),
        reviewer_id = CASE WHEN given.reviewer IS NULL THEN r.reviewer_id END
    FROM (
        SELECT number, max(text) FILTER (WHERE part = 'summary') AS summary,
            max(text) FILTER (WHERE part = 'author') AS author,
            max(text) FILTER (WHERE part = 'reviewer') AS reviewer
        FROM unnest(numbers, parts, texts) each (number, part, text) GROUP BY number
    ) given
    WHERE r.controversy_id = page AND r.number = given.number;
    UPDATE §.controversies_revision r SET changes = given.value
    FROM jsonb_each(outlines) given
    WHERE r.controversy_id = page AND r.number = given.key::integer AND r.changes <> given.value;
    RETURN written;
END $$;

-- To be called by whoever may record revisions, and by nobody else.
DO $$
DECLARE
    grantee text;
    each regprocedure;
BEGIN
    FOR each IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = '§'::regnamespace AND proname = ANY
        ('{{controversies_only_removes,controversies_only_removes_from_block,controversies_digest_now,
        controversies_keep_block,controversies_outline_only_removes,controversies_keep_revision,
        controversies_append_redaction,controversies_redaction_arrives,controversies_redact}}')
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', each);
    END LOOP;
    FOR grantee IN
        SELECT DISTINCT quote_ident(pg_get_userbyid(acl.grantee))
        FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) acl
        WHERE c.oid = '§.controversies_revision'::regclass AND acl.privilege_type = 'INSERT'
            AND acl.grantee NOT IN (0, c.relowner)
    LOOP
        FOR each IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = '§'::regnamespace
            AND proname = 'controversies_redact'
        LOOP
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', each, grantee);
        END LOOP;
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON §.controversies_redaction FROM %s', grantee);
    END LOOP;
END $$;
"""  # noqa: S608 - made of constants

BACKWARDS = f"""
DROP FUNCTION controversies_page(text);
DROP FUNCTION controversies_redact(
    uuid, text, text, text, text, text, uuid[], integer[], text[], text[], integer[], text[], text[], jsonb
);
DROP TRIGGER arrive ON controversies_redaction;
DROP FUNCTION controversies_redaction_arrives();
DROP TRIGGER no_truncate ON controversies_redaction;
DROP TRIGGER append_only ON controversies_redaction;
DROP TRIGGER append ON controversies_redaction;
DROP FUNCTION controversies_append_redaction();
DROP TRIGGER append_only ON controversies_revision;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON controversies_revision
    FOR EACH ROW EXECUTE FUNCTION controversies_refuse_change();
DROP FUNCTION controversies_keep_revision();
DROP FUNCTION controversies_outline_only_removes(jsonb, jsonb);
DROP TRIGGER append_only ON controversies_block;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON controversies_block
    FOR EACH ROW EXECUTE FUNCTION controversies_refuse_change();
DROP FUNCTION controversies_keep_block();
DROP FUNCTION controversies_digest_now(uuid, integer, text, uuid);
DROP FUNCTION controversies_only_removes_from_block(text, text);
DROP FUNCTION controversies_only_removes(text, text);
{guards.check_digests()}
"""


class Migration(migrations.Migration):
    dependencies = [
        ("controversies", "0019_seals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Redaction",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
                ("key", models.UUIDField(null=True, verbose_name="block")),
                ("since", models.PositiveIntegerField(verbose_name="since revision")),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("block", "Text of the page"),
                            ("summary", "Reason for a change"),
                            ("author", "Author’s name"),
                            ("reviewer", "Reviewer’s name"),
                        ],
                        max_length=8,
                        verbose_name="part",
                    ),
                ),
                ("digest", models.BinaryField(max_length=32, verbose_name="digest before")),
                ("now", models.BinaryField(max_length=32, verbose_name="digest now")),
                ("time", models.DateTimeField(verbose_name="time")),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("law", "Legal order"),
                            ("privacy", "Privacy"),
                            ("defamation", "Defamation"),
                            ("copyright", "Copyright"),
                            ("safety", "Safety"),
                            ("other", "Another reason"),
                        ],
                        max_length=10,
                        verbose_name="ground",
                    ),
                ),
                (
                    "reason",
                    models.CharField(blank=True, db_default="", max_length=500, verbose_name="reason"),
                ),
                ("by_name", models.CharField(blank=True, max_length=150, verbose_name="removed by")),
                (
                    "second_name",
                    models.CharField(blank=True, db_default="", max_length=150, verbose_name="confirmed by"),
                ),
                (
                    "office",
                    models.CharField(
                        choices=[
                            ("operator", "the site’s operator"),
                            ("publisher", "a publisher"),
                            ("publishers", "two publishers"),
                        ],
                        max_length=10,
                        verbose_name="decided by",
                    ),
                ),
                ("role", models.TextField(verbose_name="database role")),
                (
                    "controversy",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
            ],
            options={
                "verbose_name": "redaction",
                "verbose_name_plural": "redactions",
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        models.F("controversy"),
                        models.F("since"),
                        models.F("part"),
                        models.F("key"),
                        name="redaction_by_place",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ground__in", ["law", "privacy", "defamation", "copyright", "safety", "other"])
                        ),
                        name="controversies_redaction_ground_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("part__in", ["block", "summary", "author", "reviewer"])),
                        name="controversies_redaction_part_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("office__in", ["operator", "publisher", "publishers"])),
                        name="controversies_redaction_office_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("part", "block"), ("key__isnull", False)),
                            models.Q(models.Q(("part", "block"), _negated=True), ("key", None)),
                            _connector="OR",
                        ),
                        name="controversies_redaction_key_is_of_a_block",
                        violation_error_message="A block has a key, and nothing else does.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RedactionRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="key",
                    ),
                ),
                ("words", models.TextField(blank=True, verbose_name="words to remove")),
                ("everywhere", models.BooleanField(default=False, verbose_name="on all pages")),
                ("ignore_case", models.BooleanField(default=False, verbose_name="capitals do not matter")),
                (
                    "whole_field",
                    models.BooleanField(default=False, verbose_name="remove the whole text that holds them"),
                ),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("law", "Legal order"),
                            ("privacy", "Privacy"),
                            ("defamation", "Defamation"),
                            ("copyright", "Copyright"),
                            ("safety", "Safety"),
                            ("other", "Another reason"),
                        ],
                        max_length=10,
                        verbose_name="ground",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("author_name", models.CharField(max_length=150, verbose_name="asked for by")),
                ("created", models.DateTimeField(verbose_name="asked for")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("refused", "Refused")],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("second_name", models.CharField(blank=True, max_length=150, verbose_name="decided by")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                (
                    "answer",
                    models.CharField(blank=True, max_length=500, verbose_name="reason for the decision"),
                ),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account",
                    ),
                ),
                (
                    "controversy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
            ],
            options={
                "verbose_name": "request to remove words",
                "verbose_name_plural": "requests to remove words",
                "ordering": ["created", "id"],
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        models.F("created"),
                        condition=models.Q(("state", "waiting")),
                        name="redaction_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ground__in", ["law", "privacy", "defamation", "copyright", "safety", "other"])
                        ),
                        name="controversies_redactionrequest_ground_is_known",
                        violation_error_message="Choose one of the values offered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("author_name", ""), _negated=True),
                        name="controversies_redactionrequest_author_name_is_given",
                        violation_error_message="This cannot be left empty.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at", None),
                                ("state", "waiting"),
                                models.Q(("words", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "waiting"), _negated=True),
                                ("decided_at__isnull", False),
                                ("words", ""),
                            ),
                            _connector="OR",
                        ),
                        name="controversies_redactionrequest_keeps_no_words",
                        violation_error_message="Once a request is decided, its words are not kept.",
                    ),
                ],
            },
        ),
        guards.run(FORWARDS, BACKWARDS),
    ]
