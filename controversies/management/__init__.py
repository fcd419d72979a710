"""Commands; and what `migrate` does when it is done: Django imports this module for it."""

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models.signals import post_migrate

from controversies import models as m
from controversies.history import periods


def build_missing_periods(*, using: str, **_options: object) -> None:
    """Derive the listed periods of pages that were recorded before there were any."""
    if using == DEFAULT_DB_ALIAS and m.ListedPeriod._meta.db_table in connection.introspection.table_names():
        periods.rebuild(periods.missing())


post_migrate.connect(build_missing_periods, sender=apps.get_app_config("controversies"))
