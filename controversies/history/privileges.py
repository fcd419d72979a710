"""The privileges of the role that the site runs as, beyond what it needs."""

from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from controversies.sql import pieces

# Redactions come with a page that is loaded from a corpus, too: they may be added, unlike other tables of the guards.
WRITTEN_BY_GUARDS = tuple(name for name in pieces.WRITTEN_BY_GUARDS if name != "redaction")
APPEND_ONLY = (*pieces.APPEND_ONLY, "redaction")
_POWERS = ("pg_write_all_data", "pg_write_server_files", "pg_execute_server_program")

_ROLE = """
    SELECT r.rolname, r.rolsuper, r.rolcreaterole, r.rolbypassrls,
        pg_has_role(r.oid, c.relowner, 'MEMBER'),
        has_database_privilege(r.oid, current_database(), 'TEMP'),
        has_database_privilege(r.oid, current_database(), 'CREATE'),
        has_schema_privilege(r.oid, c.relnamespace, 'CREATE'),
        ARRAY(SELECT p.rolname FROM pg_roles p WHERE p.rolname = ANY (%s) AND pg_has_role(r.oid, p.oid, 'MEMBER'))
    FROM pg_roles r, pg_class c
    WHERE r.rolname = session_user AND c.oid = to_regclass('controversies_revision')
"""
_TABLES = """
    SELECT c.relname, string_agg(kind.name, ', ' ORDER BY kind.name)
    FROM pg_class c
    CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES']) kind (name)
    WHERE c.relkind = 'r' AND starts_with(c.relname, 'controversies_')
        AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('controversies_revision'))
        AND (kind.name IN ('TRUNCATE', 'TRIGGER', 'REFERENCES')
            OR c.relname = ANY (%s) OR kind.name <> 'INSERT' AND c.relname = ANY (%s))
        AND has_table_privilege(session_user, c.oid, kind.name)
    GROUP BY c.relname ORDER BY c.relname
"""


def excess() -> list[str]:
    """Return what the role of this connection may do that the site does not need, and what to do about it.

    Nothing on somebody's own machine, whose server has one role for everything, and nothing before `migrate`.
    """
    return [] if settings.DATABASE_IS_LOCAL else list(_excess())


def _excess() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_ROLE, [list(_POWERS)])
        row = cursor.fetchone()
        if row is None:
            return
        role, is_super, may_make_roles, passes_rls, owns, temporary, creates, creates_here, powers = row
        if is_super:
            yield _("The site runs as the superuser %s: no guard binds it. Give it a role of its own.") % role
            return
        if owns:
            yield (
                _(
                    "The site runs as %s, which can act as the owner of the tables and so can switch the guards off."
                )
                % role
            )
            return
        tables = [[f"controversies_{name}" for name in names] for names in (WRITTEN_BY_GUARDS, APPEND_ONLY)]
        cursor.execute(_TABLES, tables)
        granted = cursor.fetchall()
    if may_make_roles or passes_rls:
        yield _("%s has CREATEROLE or BYPASSRLS. ALTER ROLE takes both away.") % role
    for power in powers:
        yield _("%(role)s is a member of %(power)s. REVOKE it.") % {"role": role, "power": power}
    if temporary:
        yield _("%s may make temporary tables. REVOKE TEMP ON DATABASE … FROM PUBLIC.") % role
    if creates:
        yield _("%s may make schemas. REVOKE CREATE ON DATABASE … FROM it and PUBLIC.") % role
    if creates_here:
        yield (
            _("%s may make tables and functions beside ours. REVOKE CREATE ON SCHEMA … FROM it and PUBLIC.")
            % role
        )
    for table, kinds in granted:
        yield _("%(role)s may %(kinds)s on %(table)s. REVOKE it.") % {
            "role": role,
            "kinds": kinds,
            "table": table,
        }
