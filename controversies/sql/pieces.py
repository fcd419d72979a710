# ruff: noqa: S608 - made of the names of tables and columns
"""Pieces of SQL that files name as `§{name arguments}`: what several share, and what follows from the declaration.

Tables are named without their prefix, as models are; rows by their alias.
"""

from collections.abc import Callable

from django.db import models

from controversies import models as m
from controversies.document.schema import Kind
from controversies.document.types import BLOCKS, part_classes
from controversies.kit import identifiers
from controversies.models import OWNERS, page_paths

# Tables that only functions of the database write, and those to which the site adds rows and changes none.
WRITTEN_BY_GUARDS = (
    *("unrecordedchange", "ledger", "searchindex", "searchblock", "searchword", "searchterm"),
    *("arrival", "redaction", "digestreplacement", "log", "leaf", "treehash", "pageuse", "publicuse"),
    *("listedname", "listedpage", "publicchange", "pageupkeep", "putoffrevision", "usechange"),
)
APPEND_ONLY = ("revision", "block", "checkpoint")
SEQUENCES = (
    "controversies_arrival_position_seq",
    "controversies_ledger_place_seq",
    "controversies_searchindex_id_seq",
    "controversies_digestreplacement_id_seq",
)
# Functions that the site itself calls and everybody may: those that read or write do so with the caller's rights.
CALLED_BY_THE_SITE = (
    *("page", "reading", "number_at", "search_texts", "search_config", "page_config", "prove_unchanged"),
    *("spellings", "words_of", "text_of"),
    *("begin_blame", "gone_texts", "store_blame"),
    # Indexes call them when anybody adds a backer or source
    *("percent", "address", "doi_key", "source_keys", "backer_words", "source_words"),
)
# Functions that roles may call that may record revisions.
CALLED_BY_RECORDERS = (
    *("redact", "load_leaves", "load_redaction_leaves", "name_log", "follow_log"),
    *("put_off", "take_up"),
)

# By table of what pages share, the rows of pages that refer to it, and by which foreign key.
_SHARED = {
    "topic": (m.Controversy, "topic"),
    "backer": (m.Backing, "backer"),
    "source": (m.Citation, "source"),
}
_MODELS = {model._meta.model_name or "": model for model in OWNERS}
TABLES = (*_MODELS, *_SHARED)  # all that readers see a page made of

PIECES: dict[str, Callable[..., str]] = {}


def piece(function: Callable[..., str]) -> Callable[..., str]:
    """Let files name the piece by the name of the function that makes it."""
    PIECES[function.__name__] = function
    return function


def model_table(model: type[models.Model]) -> str:
    return f"§.{model._meta.db_table}"


def _names(names: tuple[str, ...], prefix: str = "controversies_") -> str:
    return ", ".join(f"'{prefix}{name}'" for name in names)


# -- what functions share --


@piece
def pinned() -> str:
    """Look names up in pg_catalog alone: nothing that others put into a schema stands for what a function uses."""
    return "SET search_path = pg_catalog, pg_temp"


@piece
def as_owner() -> str:
    """Run as the owner of the tables. One plan serves every call: planned for each value, they take twice as long."""
    return f"LANGUAGE plpgsql SECURITY DEFINER {pinned()} SET plan_cache_mode = force_generic_plan"


@piece
def only_on(*tables: str) -> str:
    """Refuse to work as the trigger of another table: else anybody could put the function on one of theirs."""
    others = " AND ".join(f"TG_RELID <> '§.controversies_{table}'::regclass" for table in tables)
    return f"""IF {others} THEN
        RAISE EXCEPTION 'This function guards controversies_{tables[0]} and no other table.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;"""


@piece
def read_committed() -> str:
    """Refuse other isolation levels."""
    return """IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'The record is written in READ COMMITTED transactions only.'
            USING ERRCODE = 'invalid_transaction_state',
                  HINT = 'In others the guards of history do not see what was committed meanwhile.';
    END IF;"""


@piece
def transaction() -> str:
    """The number of the running transaction."""
    return "pg_current_xact_id()::text::bigint"


@piece
def outline() -> str:
    """The key under which the order of a page's blocks is stored."""
    return str(m.Block.OUTLINE)


@piece
def publication_changed() -> str:
    """The JSON path that finds a change of publication in a revision's outline of changes."""
    return m.Revision.PUBLICATION_CHANGED


@piece
def guard() -> str:
    """The setting that is on while a function that is no trigger writes a table of the guards."""
    return "controversies.guard"


@piece
def not_by_guard(table: str) -> str:
    """Whether a statement on a table that guards write is somebody else's."""
    return f"""
    NOT pg_catalog.has_table_privilege('§.controversies_{table}'::pg_catalog.regclass, 'TRUNCATE WITH GRANT OPTION')
    OR pg_catalog.pg_trigger_depth() OPERATOR(pg_catalog.=) 0
    AND coalesce(pg_catalog.current_setting('{guard()}', true), '') OPERATOR(pg_catalog.<>) 'on'
"""


@piece
def image(row: str) -> str:
    """The SHA-256 of a row, which tells it from every other. Its JSON depends on no setting, as its text would."""
    return f"sha256(convert_to(to_jsonb({row})::text, 'UTF8'))"


@piece
def pattern(name: str) -> str:
    """A pattern of `kit.identifiers`, which Python and PostgreSQL read alike."""
    return "'" + getattr(identifiers, name).replace("'", "''") + "'"


# -- digests: the JSON of `canonical.combine` and of `history.revisions.revision_digest` --


@piece
def document_digest(page: str, number: str) -> str:
    """The digest of a page's document at a revision, from those of its blocks, in the order of its outline."""
    return f"""(
        SELECT sha256(convert_to('[' || string_agg('["' || k.key || '","' || encode((
            SELECT b.digest FROM §.controversies_block b
            WHERE b.controversy_id = {page} AND b.key = k.key AND b.since <= {number}
            ORDER BY b.since DESC LIMIT 1
        ), 'hex') || '"]', ',') || ']', 'UTF8'))
        FROM unnest((
            SELECT o.outline FROM §.controversies_block o
            WHERE o.controversy_id = {page} AND o.key = '{outline()}' AND o.since <= {number}
            ORDER BY o.since DESC LIMIT 1
        )) k (key)
    )"""


@piece
def revision_digest(row: str, document: str, parent: str) -> str:
    """The digest of a revision, from the digests of its document and of the revision before."""
    return f"""sha256(convert_to(concat(
        '{{"author":', to_json({row}.author_name::text),
        ',"document":"', encode({document}, 'hex'),
        '","parent":', coalesce('"' || encode({parent}, 'hex') || '"', 'null'),
        CASE WHEN {row}.reviewer_name::text <> ''
            THEN ',"reviewer":' || to_json({row}.reviewer_name::text)::text END,
        ',"summary":', to_json({row}.summary),
        ',"time":"', to_char({row}.time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '+00:00"}}'
    ), 'UTF8'))"""


@piece
def redaction_end(row: str) -> str:
    """The first revision after a redaction's own that does not show the text from which it removed words."""
    return f"""CASE WHEN {row}.part = 'block' THEN coalesce((
            SELECT min(b.since) FROM §.controversies_block b
            WHERE b.controversy_id = {row}.controversy_id AND b.key = {row}.key AND b.since > {row}.since
        ), 2147483647) ELSE {row}.since + 1 END"""


# -- privileges --


@piece
def sequences() -> str:
    """The sequences that only guards draw from."""
    return _names(SEQUENCES, "")


@piece
def written_by_guards() -> str:
    """The tables that only guards write."""
    return _names(WRITTEN_BY_GUARDS)


@piece
def append_only() -> str:
    """The tables to which the site only adds."""
    return _names(APPEND_ONLY)


@piece
def called_by_the_site() -> str:
    """The functions that everybody may call."""
    return _names(CALLED_BY_THE_SITE)


@piece
def called_by_recorders() -> str:
    """The functions that roles which may record revisions may call."""
    return _names(CALLED_BY_RECORDERS)


# -- on which page a row is --


def page_of(row: str, model: type[models.Model]) -> str:
    """Return the expression for the key of the page that a row of this model is on, from the row's own columns."""
    keys = []
    for name in OWNERS[model]:
        owner, key = related_model(model, name), f"{row}.{name}_id"
        if OWNERS[owner]:
            alias = f"{row}_{name}"
            key = (
                f"(SELECT {page_of(alias, owner)} FROM {model_table(owner)} {alias} WHERE {alias}.id = {key})"
            )
        keys.append(key)
    return _first(keys) if keys else f"{row}.id"


def _first(keys: list[str]) -> str:
    return f"coalesce({', '.join(keys)})" if len(keys) > 1 else keys[0]


def related_model(model: type[models.Model], name: str) -> type[models.Model]:
    owner = model._meta.get_field(name).related_model
    assert isinstance(owner, type)  # noqa: S101 - for the type checker: it is a foreign key
    return owner


def _owners_on(model: type[models.Model], path: list[str]) -> list[type[models.Model]]:
    """Return the models along a path from a row to its page: the row's own first, the page's left out."""
    chain = [model]
    for name in path[:-1]:
        chain.append(related_model(chain[-1], name))
    return chain


@piece
def pages(row: str, table: str) -> str:
    """The query for the pages that show a row of the table."""
    if table in _MODELS:
        return f"SELECT {page_of(row, _MODELS[table])}"
    model, name = _SHARED[table]
    return f"SELECT {page_of('u', model)} FROM {model_table(model)} u WHERE u.{name}_id = {row}.id"


@piece
def parent(row: str, table: str) -> str:
    """The key of what a row of the table is part of."""
    if table in _SHARED:
        return "NULL"
    return _first([f"{row}.{name}_id" for name in OWNERS[_MODELS[table]]] or [f"{row}.id"])


@piece
def owner_columns(row: str, table: str) -> str:
    """The query for the columns of a row by which its pages are found."""
    names = [f"{name}_id" for name in OWNERS[_MODELS[table]]] if table in _MODELS else []
    return "SELECT " + ", ".join(f"{row}.{name} AS {name}" for name in names or ["id"])


@piece
def own_rows(mark: str) -> str:
    """The query for (page, table, key) of all rows of the marked pages."""
    queries = []
    for model in OWNERS:
        for path in [each.split("__") for each in page_paths(model)] or [[]]:
            chain = _owners_on(model, path)
            joins, above = [], f"{mark}.page"
            for number, (owned, name) in reversed(list(enumerate(zip(chain, path or ["id"], strict=True)))):
                column = f"{name}_id" if path else name
                joins.append(f"JOIN {model_table(owned)} o{number} ON o{number}.{column} = {above}")
                above = f"o{number}.id"
            queries.append(
                f"SELECT {mark}.page, '{model_table(model)}'::regclass::oid, o0.id FROM marks {mark} {' '.join(joins)}"
            )
    return "\n        UNION ALL ".join(queries)


@piece
def shared_rows(own: str) -> str:
    """The query for (page, table, key) of the shared rows that rows in `own` refer to."""
    return "\n        UNION ALL ".join(
        f"SELECT {own}.page, '§.controversies_{table}'::regclass::oid, u.{name}_id"
        f" FROM own {own} JOIN {model_table(model)} u ON u.id = {own}.key"
        f" WHERE {own}.source = '{model_table(model)}'::regclass"
        for table, (model, name) in _SHARED.items()
    )


@piece
def shared_table_name(table: str) -> str:
    """The short name of a table of what pages share, by its oid."""
    branches = " ".join(f"WHEN '§.controversies_{name}'::regclass THEN '{name}'" for name in _SHARED)
    return f"CASE {table} {branches} END"


@piece
def shared_table_oid(name: str) -> str:
    """The oid of a table of what pages share, by its short name."""
    branches = " ".join(f"WHEN '{table}' THEN '§.controversies_{table}'::regclass::oid" for table in _SHARED)
    return f"CASE {name} {branches} END"


@piece
def image_now(row: str) -> str:
    """The branches by table that give the image of the row with this key as it is now."""
    return "\n            ".join(
        f"WHEN '§.controversies_{table}'::regclass THEN"
        f" (SELECT {image('r')} FROM §.controversies_{table} r WHERE r.id = {row}.key)"
        for table in TABLES
    )


@piece
def listed_rows() -> str:
    """The regclasses of the rows on which it depends which page shows what of the shared ones."""
    models_ = (m.Controversy, *(model for model, _name in _SHARED.values() if model is not m.Controversy))
    return ", ".join(f"'{model_table(model)}'::regclass" for model in models_)


@piece
def shared_tables() -> str:
    """The regclasses of the tables of what pages share."""
    return ", ".join(f"'§.controversies_{table}'::regclass" for table in _SHARED)


@piece
def shared_types() -> str:
    """The types of what pages share."""
    return _names(tuple(_SHARED), "")


@piece
def type_of_table() -> str:
    """The branches by table that give the type of what pages share."""
    return " ".join(f"WHEN '§.controversies_{table}'::regclass THEN '{table}'" for table in _SHARED)


@piece
def parent_now(row: str) -> str:
    """The branches by table that give what the row with this key, of no listed table, is part of now."""
    listed = (m.Controversy, *(model for model, _name in _SHARED.values()))
    return "\n            ".join(
        f"WHEN '{model_table(model)}'::regclass THEN"
        f" (SELECT {parent('r', name)} FROM {model_table(model)} r WHERE r.id = {row}.key)"
        for name, model in _MODELS.items()
        if model not in listed
    )


@piece
def public_uses(condition: str = "") -> str:
    """The query for (type, key, page, title, uses, former) of public pages, of `pages` or, with `all`, of every one."""
    of_page = "" if condition == "all" else " AND c.id = ANY (pages)"
    public = f"c.publication = 'published'{of_page}"
    citations = "\n            UNION ALL ".join(
        f"SELECT o0.source_id, c.id, c.title FROM {_citation_joins(path.split('__'))} WHERE {public}"
        for path in page_paths(m.Citation)
    )
    return f"""
        SELECT 'topic' AS type, c.topic_id AS key, c.id AS page, c.title, 1 AS uses, 0 AS former
        FROM {model_table(m.Controversy)} c WHERE {public}
        UNION ALL
        SELECT 'backer', b.backer_id, c.id, c.title, count(*)::integer,
            (count(*) FILTER (WHERE b.until::text <> ''))::integer
        FROM {model_table(m.Controversy)} c
        JOIN {model_table(m.Position)} p ON p.controversy_id = c.id
        JOIN {model_table(m.Backing)} b ON b.position_id = p.id
        WHERE {public} GROUP BY b.backer_id, c.id
        UNION ALL
        SELECT 'source', u.key, u.page, u.title, count(*)::integer, 0 FROM (
            {citations}
        ) u (key, page, title) GROUP BY u.key, u.page, u.title"""


def _citation_joins(path: list[str]) -> str:
    """The joins from a page, as `c`, down to its citations by this path, as `o0`."""
    chain = _owners_on(m.Citation, path)
    joins, above = f"{model_table(m.Controversy)} c", "c.id"
    for number, (owned, name) in reversed(list(enumerate(zip(chain, path, strict=True)))):
        joins += f" JOIN {model_table(owned)} o{number} ON o{number}.{name}_id = {above}"
        above = f"o{number}.id"
    return joins


# By table of what pages share: its title, its kind, and the texts by which lists are searched.
_LISTED = {
    "topic": ("r.title", "''", "r.title"),
    "backer": ("r.name", "r.kind", "r.name, array_to_string(r.aliases, E'\\n')"),
    "source": ("r.title", "r.kind", "r.title, r.authors, r.publisher"),
}


@piece
def list_columns(type_: str, key: str) -> str:
    """The query for (slug, title, label, verdict, words) by which lists have the row of this type with this key."""
    return "\n            UNION ALL ".join(
        f"SELECT r.slug, {title}, {label}, {_verdict() if table == 'source' else "''"},"
        f" upper(concat_ws(E'\\n', {words}))"
        f" FROM §.controversies_{table} r WHERE {type_} = '{table}' AND r.id = {key}"
        for table, (title, label, words) in _LISTED.items()
    )


def _verdict() -> str:
    state = f"(SELECT s.verdict::text FROM {model_table(m.SourceState)} s WHERE s.source_id = r.id)"
    return f"coalesce({state}, '{unchecked()}')"


@piece
def digest_of_name(row: str) -> str:
    """The digest of what lists have of a period."""
    return f"md5(jsonb_build_array({row}.slug, {row}.title, {row}.labels, {row}.words)::text)::uuid"


@piece
def name_of_period(row: str) -> str:
    """The values of a listed name, but for its beginning, from a period."""
    return (
        f"{row}.type, {row}.key, {digest_of_name(row)}, {row}.slug, {row}.title, coalesce({row}.labels[1], ''),"
        f" {row}.labels, {row}.words,"
        f" upper(concat_ws(E'\\n', {row}.title, array_to_string({row}.words, E'\\n')))"
    )


_DELTAS = """
        SELECT p.type, p.key, (p.begins AT TIME ZONE 'UTC')::date AS day, {sign} AS pages, {sign} * p.uses AS uses
        FROM {rows} p UNION ALL
        SELECT p.type, p.key, (p.ends AT TIME ZONE 'UTC')::date, -({sign}), -({sign}) * p.uses
        FROM {rows} p WHERE p.ends IS NOT NULL
"""


@piece
def on_public_page(row: str) -> str:
    """The join that keeps the listed periods of pages that are public today."""
    return (
        f"JOIN §.controversies_listedpage l ON l.controversy_id = {row}.controversy_id"
        " AND l.publication = 'published'"
    )


@piece
def write_use_changes(added: str, ended: str = "") -> str:
    """Add listed periods to the changes of uses, and take others away: two relations, `none` for the first."""
    deltas = [
        _DELTAS.format(rows=rows, sign=sign)
        for rows, sign in ((added, 1), (ended, -1))
        if rows not in ("", "none")
    ]
    return f"""
        INSERT INTO §.controversies_usechange AS o (type, key, day, pages, uses)
        SELECT d.type, d.key, d.day, sum(d.pages), sum(d.uses) FROM ({" UNION ALL ".join(deltas)}) d
        WHERE d.type <> 'head' GROUP BY d.type, d.key, d.day HAVING sum(d.pages) <> 0 OR sum(d.uses) <> 0
        ORDER BY d.type, d.key, d.day
        ON CONFLICT (type, key, day) DO UPDATE
        SET pages = o.pages + EXCLUDED.pages, uses = o.uses + EXCLUDED.uses"""


@piece
def unchecked() -> str:
    """The verdict on a source that was not checked."""
    return m.SourceVerdict.UNCHECKED.value


# -- lists of changes --


@piece
def all_topics() -> str:
    """The subject of lists of changes over all topics."""
    return str(m.PublicChange.ALL)


@piece
def public_changes() -> str:
    """The query, without SELECT, for all rows of `PublicChange`; it ends in a condition.

    Readers saw a revision if the next change of the page's publication says so or, without one, the page is public. Of
    a revision that published the page they cannot compare what changed: lists of a kind have it only by how it came.
    """
    changed = publication_changed()
    return f"""s.subject, k.kind, r.time, r.controversy_id, r.number
    FROM §.controversies_controversy c
    JOIN §.controversies_revision r ON r.controversy_id = c.id
    CROSS JOIN LATERAL (VALUES ('{all_topics()}'::uuid), (c.topic_id)) s (subject)
    CROSS JOIN LATERAL (SELECT DISTINCT unnest(r.classes || ''::varchar)) k (kind)
    WHERE c.publication = 'published' AND r.withheld::text = '' AND coalesce((
        SELECT jsonb_path_query_first(t.changes, '{changed}') ->> 3 FROM §.controversies_revision t
        WHERE t.controversy_id = r.controversy_id AND t.number > r.number AND t.changes @? '{changed}'
        ORDER BY t.number LIMIT 1
    ), 'published') = 'published' AND (
        k.kind IN ('', '{m.ChangeClass.RESTORE}', '{m.ChangeClass.IMPORT}')
        OR r.number = 1 OR NOT r.changes @? '{changed}'
    )"""


# -- upkeep --


_UPKEEP = ("topic_id", "status", "reviewed", "has_primary_source", "silent_cells")


@piece
def upkeep_columns() -> str:
    """The columns of `PageUpkeep` that follow from the rows of a page."""
    return ", ".join(_UPKEEP)


@piece
def upkeep_of(row: str) -> str:
    """The same columns of a row."""
    return ", ".join(f"{row}.{name}" for name in _UPKEEP)


@piece
def upkeep_values() -> str:
    """The values of these columns for a page, as `c`."""
    kinds = _names(tuple(each.value for each in m.SourceKind.primary()), "")
    cited = " OR ".join(
        f"EXISTS (SELECT FROM {_citations_of(path.split('__'))}"
        f" JOIN {model_table(m.Source)} s ON s.id = o0.source_id WHERE s.kind IN ({kinds}))"
        for path in page_paths(m.Citation)
    )
    counts = [
        f"(SELECT count(*) FROM {model_table(model)} x WHERE x.controversy_id = c.id)"
        for model in (m.Position, m.ContestedPoint)
    ]
    stances = (
        f"(SELECT count(*) FROM {model_table(m.Position)} x JOIN {model_table(m.Stance)} y ON y.position_id = x.id"
        " WHERE x.controversy_id = c.id)"
    )
    return (
        f"c.topic_id, c.status, coalesce(c.reviewed_on, '{m.NEVER.isoformat()}'), ({cited}),"
        f" ({' * '.join(counts)} - {stances})::integer"
    )


def _citations_of(path: list[str]) -> str:
    """The joins by this path from the parts of a page, as `c`, down to its citations, as `o0`."""
    chain = _owners_on(m.Citation, path)
    (top, of_page), *below = reversed(list(zip(chain, path, strict=True)))
    first = len(below)
    rows = f"(SELECT * FROM {model_table(top)} t WHERE t.{of_page}_id = c.id) o{first}"
    for number, (owned, name) in zip(range(first - 1, -1, -1), below, strict=True):
        rows += f" JOIN {model_table(owned)} o{number} ON o{number}.{name}_id = o{number + 1}.id"
    return rows


@piece
def public_past(page: str) -> str:
    """The query for (opened, has_one_editor): when readers first saw a public page, and if one person alone made it."""
    return f"""
        SELECT min(r.time) AS opened, count(DISTINCT n.name) = 1 AS has_one_editor
        FROM §.controversies_revision r
        JOIN §.controversies_publicchange w ON (w.subject, w.kind) = ('{all_topics()}'::uuid, '')
            AND (w.time, w.controversy_id, w.number) = (r.time, r.controversy_id, r.number)
        CROSS JOIN LATERAL (VALUES (r.author_name::text), (r.reviewer_name::text)) n (name)
        WHERE r.controversy_id = {page}.id AND n.name <> ''
    """


# -- what follows from the declaration of fields --


@piece
def kept_members() -> str:
    """The members of a block's JSON that no redaction changes: their values are no text that people wrote."""
    kept = (Kind.KEY, Kind.CHOICE, Kind.ISBN, Kind.LANGUAGE, Kind.DAY, Kind.DATE)
    names = {spec.name for part in part_classes() for spec in part.SPECS if spec.kind in kept}
    return ",".join(sorted({"block", *names, *(each.attribute for each in BLOCKS if each.ordered)}))
