# ruff: noqa: S608 - attacks are SQL
"""Ways to get round the guards of history, as the role that the site runs as would try them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import psycopg

# Statements that no guard may let through; none depends on a name or an operator that could be shadowed.
DEEDS = {
    "change a position": ["UPDATE public.controversies_position SET claim = 'Changed in silence.'"],
    "publish a draft": ["UPDATE public.controversies_controversy SET publication = 'published'"],
    "rename a backer": ["UPDATE public.controversies_backer SET description = 'Changed in silence.'"],
    "take citations away": ["DELETE FROM public.controversies_citation"],
    "wipe the mark": [
        "UPDATE public.controversies_position SET argument = 'Changed in silence.'",
        "DELETE FROM public.controversies_unrecordedchange",
    ],
    "wipe the ledger": [
        "UPDATE public.controversies_position SET argument = 'Changed in silence.'",
        "DELETE FROM public.controversies_ledger",
    ],
    "claim that nothing changed": [
        "UPDATE public.controversies_position SET argument = 'Changed in silence.'",
        "SELECT public.controversies_prove_unchanged('{{{page},{draft}}}')",
    ],
    "forge an arrival": [
        "INSERT INTO public.controversies_arrival (controversy_id, number, withdrawn) VALUES ('{page}', 1, true)"
    ],
    "forge an entry of the log": [
        "INSERT INTO public.controversies_leaf (log_id, index, controversy_id, number, kind, entry, hash)"
        " VALUES (1, 1, '{page}', 2, 'revision', '\\x00', '\\x00')"
    ],
    "append an entry to the log": [
        "SELECT public.controversies_append_leaf('{page}', 2, 'revision', '{{\"number\":2}}')"
    ],
    "bring another log's entries": [
        "SELECT public.controversies_load_leaves(1, '{{{page}}}', '{{2}}', '{{revision}}', '{{{{}}}}')"
    ],
    "forge a hash of the log": [
        "INSERT INTO public.controversies_treehash (log_id, level, index, hash) VALUES (1, 1, 0, '\\x00')"
    ],
    "rewrite the log": ["UPDATE public.controversies_leaf SET hash = '\\x00'"],
    "forget the log": ["DELETE FROM public.controversies_log"],
    "sign more than there is": [
        "INSERT INTO public.controversies_checkpoint (log_id, size, root, time, note, is_witnessed)"
        " VALUES (1, 99, '\\x00', '2027-01-01', '', true)"
    ],
    "alter search words": ["UPDATE public.controversies_searchblock SET vector = ''"],
    "delete search words": ["DELETE FROM public.controversies_searchword"],
    "alter a place in lists": ["UPDATE public.controversies_listedpage SET publication = 'draft'"],
    "hide a change": ["DELETE FROM public.controversies_publicchange"],
    "record a wrong document": [
        "INSERT INTO public.controversies_revision (controversy_id, number, time, author_name, summary, document,"
        " digest, classes, changes, added, removed) VALUES ('{page}', 2, '2027-01-01', 'Edith', '', '\\x00', '\\x00',"
        " '{{}}', '[]', 0, 0)"
    ],
    "withhold a revision": [
        "INSERT INTO public.controversies_revision (controversy_id, number, time, author_name, summary, document,"
        " digest, classes, changes, added, removed, withheld)"
        " VALUES ('{page}', 2, '2027-01-01', '', '', '\\x00', '\\x00', '{{}}', '[]', 0, 0, 'draft')"
    ],
    "add a block": [
        "INSERT INTO public.controversies_block (controversy_id, key, since, digest, body)"
        " VALUES ('{page}', '{page}', 2, '\\x00', '\\x00')"
    ],
    "rewrite a revision": ["UPDATE public.controversies_revision SET summary = 'Rewritten.'"],
    "erase a block": ["DELETE FROM public.controversies_block"],
}


@dataclass(frozen=True)
class Shadow:
    """Something of one's own under a name that the guards use, and a search path that has it first."""

    name: str
    create: str
    path: str


_PATHS = ("evil, public", "evil, pg_catalog, public, pg_temp")
_TEMP = ("public", "pg_temp, pg_catalog, public")  # where it is not named, pg_temp comes first
# What a function or operator of one's own could best answer, by its type.
_LIES = {
    "boolean": ("false", "true"),
    "integer": ("2",),
    "bigint": ("0",),
    "text": ("'read committed'", "'on'"),
}
_TYPES = (
    *("uuid", "bigint", "integer", "text", "bytea", "oid", "regclass", "jsonb", "tsvector", "boolean"),
    *("varchar", "timestamptz", "name", "record", "trigger", "void", "regprocedure", "jsonpath"),
)
# Operands that fit better than those of pg_catalog's own operators.
_CLOSER = [(name, "varchar", other) for name in ("=", "<>") for other in ("varchar", "text")]


def used_by_guards(connection: psycopg.Connection) -> tuple[set[str], set[str]]:
    """The names of functions and of operators that the guards' source calls."""
    rows = connection.execute(
        "SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'controversies\\_%'"
        " UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
    ).fetchall()
    source = "\n".join(row[0] for row in rows)
    return set(re.findall(r"\b([a-z_][a-z0-9_]*)\s*\(", source)), set(
        re.findall(r"[-=<>|@?~!*+/]{1,3}", source)
    )


def shadows(connection: psycopg.Connection) -> Iterator[Shadow]:
    """A shadow of each table, function, operator and type that the guards use, in pg_temp and in a schema put first."""
    relations = connection.execute(
        "SELECT relname, relkind::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relname LIKE 'controversies\\_%' AND relkind IN ('r', 'S') ORDER BY relname"
    ).fetchall()
    for (relation, kind), (schema, path) in product(
        relations, [("pg_temp", p) for p in _TEMP] + [("evil", p) for p in _PATHS]
    ):
        if kind == "S":
            yield Shadow(relation, f"CREATE SEQUENCE {schema}.{relation}", path)
            continue
        yield Shadow(relation, f"CREATE TABLE {schema}.{relation} (LIKE public.{relation})", path)
        yield Shadow(
            relation, f"CREATE VIEW {schema}.{relation} AS SELECT * FROM public.{relation} WHERE false", path
        )
        if schema == "pg_temp":  # as the issue has it: only the columns that are used
            columns = (
                "controversy_id uuid, transaction bigint, document bytea, number integer, withdrawn boolean"
            )
            yield Shadow(relation, f"CREATE TABLE pg_temp.{relation} ({columns})", path)
    functions, operators = used_by_guards(connection)
    routines = connection.execute(
        """
        SELECT proname, oidvectortypes(proargtypes), format_type(prorettype, NULL) FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND proname = ANY(%s)
            AND NOT proargtypes::oid[] && ARRAY['internal'::regtype, 'cstring'::regtype, 'record'::regtype]::oid[]
            AND prorettype NOT IN ('internal'::regtype, 'cstring'::regtype, 'record'::regtype)
            AND proname NOT IN ('trigger', 'void')
        UNION
        SELECT proname, oidvectortypes(proargtypes), format_type(prorettype, NULL) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'controversies\\_%%' AND NOT proretset
        ORDER BY 1, 2, 3
        """,
        [list(functions)],
    ).fetchall()
    for name, arguments, returned in routines:
        for (schema, path), lie in product(
            [("pg_temp", _TEMP[1]), ("evil", _PATHS[1])], _LIES.get(returned, ("NULL",))
        ):
            if returned == "trigger":
                body = "RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
            elif returned == "void":
                body = "RETURNS void LANGUAGE sql AS ''"
            else:
                body = f"RETURNS {returned} LANGUAGE sql AS 'SELECT {lie.replace(chr(39), chr(39) * 2)}::{returned}'"
            if "any" in returned and "any" not in arguments:
                continue
            yield Shadow(
                f"{name}({arguments})", f'CREATE FUNCTION {schema}."{name}"({arguments}) {body}', path
            )
    signatures = connection.execute(
        """
        SELECT oprname, format_type(oprleft, NULL), format_type(oprright, NULL) FROM pg_operator
        WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprname = ANY(%s) AND oprresult = 'boolean'::regtype
            AND oprleft = ANY(%s::regtype[]) AND oprright = ANY(%s::regtype[]) ORDER BY 1, 2, 3
        """,
        [list(operators), *([[t for t in _TYPES if t not in ("trigger", "void", "record")]] * 2)],
    ).fetchall()
    for (name, left, right), path, lie in product([*signatures, *_CLOSER], _PATHS[1:2], ("false", "true")):
        yield Shadow(
            f"{left} {name} {right}",
            f"CREATE FUNCTION evil.lie({left}, {right}) RETURNS boolean LANGUAGE sql AS 'SELECT {lie}';"
            f" CREATE OPERATOR evil.{name} (LEFTARG = {left}, RIGHTARG = {right}, FUNCTION = evil.lie)",
            path,
        )
    tables = [relation for relation, kind in relations if kind == "r"]
    for name, schema in product([*_TYPES, *tables], ("pg_temp", "evil")):
        for create in (
            f'CREATE TYPE {schema}."{name}" AS (a text)',
            f'CREATE DOMAIN {schema}."{name}" AS pg_catalog.text',
        ):
            yield Shadow(name, create, _PATHS[1] if schema == "evil" else _TEMP[1])
