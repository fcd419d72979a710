"""The database's own guards, held against the files that make them: none missing, switched off, altered or added."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.utils.translation import gettext as _

from controversies import sql

APP = "controversies"
_STATEMENT = re.compile(
    r"CREATE OR REPLACE FUNCTION §\.(?P<function>\w+)\s*\((?P<head>[^$]*?)AS \$\$(?P<body>.*?)\$\$"
    r"|CREATE (?:OR REPLACE |CONSTRAINT )TRIGGER (?P<trigger>\w+)\s[^;$]*?\sON §\.(?P<table>\w+)\b"
    r"[^;$]*?EXECUTE FUNCTION §\.\w+\(\)"
    r"|ADD CONSTRAINT (?P<constraint>\w+)",
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
def guards_of_files() -> Guards:
    """Return the guards that the SQL files make (`controversies.sql`)."""
    guards = Guards()
    for name in ("tables", *sql.FILES):
        for statement in _STATEMENT.finditer(sql.text(name)):
            if function := statement["function"]:
                head = statement["head"]
                guards.functions[function] = Function(
                    statement["body"], "SECURITY DEFINER" in head, "SET search_path" in head
                )
            elif trigger := statement["trigger"]:
                guards.triggers[statement["table"], trigger] = _words(statement[0])
            else:
                guards.constraints.add(statement["constraint"])
    return guards


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
    """Yield what is not as the migrations made it, a sentence each."""
    yield from _function_faults()
    yield from _trigger_faults()
    yield from _constraint_faults()
    for table, name in _rows(_RULES):
        yield _("Table %(table)s has a rule that no migration makes: %(name)s.") % {
            "table": table,
            "name": name,
        }
    for subject, setting in _rows(_SETTINGS):
        yield _("Triggers are switched off for %(who)s by a setting of the database: %(setting)s.") % {
            "who": subject,
            "setting": setting,
        }


def _function_faults() -> Iterator[str]:
    wanted = dict(guards_of_files().functions)
    for name, source, *kind, schema in _rows(_FUNCTIONS):
        function = wanted.pop(name, None)
        if function is None:
            yield _("The database has a function that no migration makes: %s().") % name
        elif Function(source, *kind) != replace(function, source=function.source.replace("§", schema)):
            yield _("The database's function %s() is not what the migrations make.") % name
    for name in wanted:
        yield _("The database's function %s() is missing.") % name


def _trigger_faults() -> Iterator[str]:
    wanted = dict(guards_of_files().triggers)
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
    there = {name: (is_valid, table) for name, is_valid, _kind, table in _rows(_CONSTRAINTS)}
    for name in sorted(_constraint_names() - there.keys()):
        yield _("Constraint %s is missing.") % name
    for name, (is_valid, table) in sorted(there.items()):
        if not is_valid:
            yield _("Constraint %(name)s of table %(table)s is not valid for all rows.") % {
                "name": name,
                "table": table,
            }
    with connection.cursor() as cursor:
        for model in apps.get_app_config(APP).get_models():
            table = model._meta.db_table
            constraints = connection.introspection.get_constraints(cursor, table).values()
            references = {tuple(each["columns"]) for each in constraints if each["foreign_key"]}
            for column in _references(model):
                if (column,) not in references:
                    yield _("Table %(table)s has no foreign key for %(column)s.") % {
                        "table": table,
                        "column": column,
                    }


def _constraint_names() -> set[str]:
    """Return the names of constraints that the models and the SQL files give."""
    names = set(guards_of_files().constraints)
    for model in apps.get_app_config(APP).get_models():
        for constraint in model._meta.constraints:
            is_index = isinstance(constraint, models.UniqueConstraint) and (
                constraint.condition is not None or constraint.expressions
            )
            if not is_index:  # which PostgreSQL keeps as an index only
                names.add(constraint.name)
    return names


def _references(model: type[models.Model]) -> Iterator[str]:
    for each in model._meta.local_fields:
        if isinstance(each, models.ForeignKey) and getattr(each, "db_constraint", True):
            yield each.column


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
