"""The database's own guards, held against what the migrations make: none missing, switched off, altered or added."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.migrations import RunSQL
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

APP = "controversies"
_STATEMENT = re.compile(
    r"CREATE (?:OR REPLACE )?FUNCTION\s+(?:§\.)?(?P<function>controversies_\w+)\s*\((?P<head>[^$]*?)"
    r"AS \$\$(?P<body>.*?)\$\$"
    r"|DROP FUNCTION(?: IF EXISTS)?\s+(?:§\.)?(?P<no_function>controversies_\w+)"
    r"|CREATE (?:CONSTRAINT )?TRIGGER (?P<trigger>\w+)\s[^;$]*?\sON (?:§\.)?(?P<table>controversies_\w+)\b"
    r"[^;$]*?EXECUTE FUNCTION (?:§\.)?\w+\(\)"
    r"|DROP TRIGGER(?: IF EXISTS)? (?P<no_trigger>\w+) ON (?:§\.)?(?P<no_table>controversies_\w+)"
    r"|ADD CONSTRAINT (?P<constraint>\w+)|DROP CONSTRAINT (?P<no_constraint>\w+)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Function:
    """A function's source, whether it runs as its owner, and whether its search path is pinned."""

    source: str
    is_definer: bool
    is_pinned: bool


@dataclass(slots=True)
class Guards:
    """Functions by name; triggers by table and name, with the words of the statements that make them."""

    functions: dict[str, Function] = field(default_factory=dict)
    triggers: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    constraints: set[str] = field(default_factory=set)


@cache
def guards_of_migrations() -> Guards:
    """The guards that the migrations make, statement by statement, of those that are SQL."""
    guards = Guards()
    loader = MigrationLoader(None)
    for app, name in loader.graph._generate_plan(loader.graph.leaf_nodes(APP), at_end=True):
        if app != APP:
            continue
        for operation in loader.disk_migrations[app, name].operations:
            if isinstance(operation, RunSQL) and isinstance(operation.sql, str):
                _follow(guards, operation.sql)
    return guards


def _follow(guards: Guards, sql: str) -> None:
    for found in _STATEMENT.finditer(sql):
        if name := found["function"]:
            guards.functions[name] = Function(
                found["body"], "SECURITY DEFINER" in found["head"], "SET search_path" in found["head"]
            )
        elif name := found["no_function"]:
            guards.functions.pop(name, None)
        elif name := found["trigger"]:
            guards.triggers[found["table"], name] = _words(found[0])
        elif name := found["no_trigger"]:
            guards.triggers.pop((found["no_table"], name), None)
        elif name := found["constraint"]:
            guards.constraints.add(name)
        elif name := found["no_constraint"]:
            guards.constraints.discard(name)


def _words(statement: str) -> list[str]:
    """The words of a trigger's statement, however PostgreSQL writes it: sorted, without casts, brackets and schemas."""
    text = statement.lower().replace("or replace ", "").replace("§.", "")
    text = re.sub(r"operator\(pg_catalog\.([^)]+)\)", r" \1 ", text)
    text = re.sub(r"::(?:pg_catalog\.)?\w+|\bpg_catalog\.|[(),\s]+", " ", text)
    return sorted(text.split())


_FUNCTIONS = """
    SELECT p.proname, p.prosrc, p.prosecdef, coalesce(array_to_string(p.proconfig, ' ') LIKE '%search_path=%', false),
        quote_ident(n.nspname) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE starts_with(p.proname, 'controversies_') AND p.pronamespace = (
        SELECT relnamespace FROM pg_class WHERE oid = 'controversies_controversy'::regclass
    ) ORDER BY p.proname
"""
_TRIGGERS = """
    SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled, quote_ident(c.relnamespace::regnamespace::text)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND starts_with(c.relname, 'controversies_') AND c.relnamespace = (
        SELECT relnamespace FROM pg_class WHERE oid = 'controversies_controversy'::regclass
    ) ORDER BY c.relname, t.tgname
"""
_OFF = """
    SELECT c.relname, 'RI' FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE t.tgisinternal AND t.tgenabled = 'D' AND starts_with(c.relname, 'controversies_')
    GROUP BY c.relname ORDER BY c.relname
"""
_RULES = """
    SELECT tablename, rulename FROM pg_rules WHERE starts_with(tablename, 'controversies_') ORDER BY 1, 2
"""
_SETTINGS = """
    SELECT coalesce(r.rolname, d.datname, 'all'), s FROM pg_db_role_setting g
    LEFT JOIN pg_roles r ON r.oid = g.setrole LEFT JOIN pg_database d ON d.oid = g.setdatabase
    CROSS JOIN LATERAL unnest(g.setconfig) s
    WHERE (g.setdatabase = 0 OR d.datname = current_database()) AND s LIKE 'session_replication_role=%'
        AND s <> 'session_replication_role=origin'
"""
_CONSTRAINTS = """
    SELECT c.conname, c.convalidated, c.contype, t.relname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
    WHERE starts_with(t.relname, 'controversies_') AND c.contype IN ('c', 'f', 'u', 'p', 'x')
"""


def faults() -> Iterator[str]:
    """What is not as the migrations made it, a line each."""
    yield from _function_faults()
    yield from _trigger_faults()
    yield from _constraint_faults()
    for table, name in _rows(_RULES):
        yield _("Table %(table)s has a rule that no migration makes: %(name)s.") % {
            "table": table,
            "name": name,
        }
    for who, setting in _rows(_SETTINGS):
        yield _("Triggers are switched off for %(who)s by a setting of the database: %(setting)s.") % {
            "who": who,
            "setting": setting,
        }


def _function_faults() -> Iterator[str]:
    wanted = dict(guards_of_migrations().functions)
    for name, source, *kind, schema in _rows(_FUNCTIONS):
        function = wanted.pop(name, None)
        if function is None:
            yield _("The database has a function that no migration makes: %s().") % name
        elif Function(source, *kind) != replace(function, source=function.source.replace("§", schema)):
            yield _("The database's function %s() is not what the migrations make.") % name
    for name in wanted:
        yield _("The database's function %s() is missing.") % name


def _trigger_faults() -> Iterator[str]:
    wanted = dict(guards_of_migrations().triggers)
    for table, name, statement, enabled, schema in _rows(_TRIGGERS):
        words = wanted.pop((table, name), None)
        names = {"name": name, "table": table}
        if words is None:
            yield _("Table %(table)s has a trigger that no migration makes: %(name)s.") % names
        elif words != _words(statement.replace(f"{schema}.", "§.")):
            yield _("Trigger %(name)s of table %(table)s is not what the migrations make.") % names
        elif enabled != "O":
            yield _("Trigger %(name)s of table %(table)s is switched off.") % names
    for table, name in wanted:
        yield _("Trigger %(name)s of table %(table)s is missing.") % {"name": name, "table": table}
    for table, _name in _rows(_OFF):
        yield _("Foreign keys of table %s are switched off.") % table


def _constraint_faults() -> Iterator[str]:
    """Constraints by name, and foreign keys by the columns that need one."""
    found = {name: (is_valid, table) for name, is_valid, _kind, table in _rows(_CONSTRAINTS)}
    for name in sorted(_named() - found.keys()):
        yield _("Constraint %s is missing.") % name
    for name, (is_valid, table) in sorted(found.items()):
        if not is_valid:
            yield _("Constraint %(name)s of table %(table)s is not valid for all rows.") % {
                "name": name,
                "table": table,
            }
    with connection.cursor() as cursor:
        for model in apps.get_app_config(APP).get_models():
            table = model._meta.db_table
            there = connection.introspection.get_constraints(cursor, table).values()
            references = {tuple(each["columns"]) for each in there if each["foreign_key"]}
            for column in _references(model):
                if (column,) not in references:
                    yield _("Table %(table)s has no foreign key for %(column)s.") % {
                        "table": table,
                        "column": column,
                    }


def _named() -> set[str]:
    """The names of constraints that the models and the migrations give."""
    names = set(guards_of_migrations().constraints)
    for model in apps.get_app_config(APP).get_models():
        for constraint in model._meta.constraints:
            is_index = isinstance(constraint, models.UniqueConstraint) and (
                constraint.condition is not None or constraint.expressions
            )
            if not is_index:  # which PostgreSQL keeps as an index only
                names.add(constraint.name)
    return names


def _references(model: Any) -> Iterator[str]:
    for each in model._meta.local_fields:
        if isinstance(each, models.ForeignKey) and getattr(each, "db_constraint", True):
            yield each.column


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
