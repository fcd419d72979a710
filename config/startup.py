"""Prepare the site before its first request: refuse tables of another release, and load all of its code.

A site that loaded templates and views as they are needed would, while its folder is updated, draw pages half by the old
release and half by the new one.
"""

import gc
import logging
from pathlib import Path

from django.conf import settings
from django.db import Error, connection
from django.template import TemplateSyntaxError, engines
from django.urls import get_resolver

from config.schema import schema_state

SUFFIXES = {".html", ".txt"}

logger = logging.getLogger(__name__)


def prepare() -> None:
    """Load the site; raises `SystemExit`, with the reason, on tables of another release."""
    refuse_foreign_schema()
    connection.close()  # threads that answer requests have their own
    load_templates()
    _ = get_resolver().url_patterns  # imports every view
    freeze()


def freeze() -> None:
    """Exempt what is loaded by now from garbage collection: it stays, and each full collection went through all of it.

    That took a fifth of an edit's time (`python -m tests.benchmarks.edits`).
    """
    gc.collect()
    gc.freeze()


def refuse_foreign_schema() -> None:
    """Exit if this code does not work with the database's tables. A database that is down may come back: go on."""
    try:
        fault = schema_state().fault
    except Error as error:
        logger.error("The database does not answer yet: %s", " ".join(str(error).split()))
        return
    if fault:
        raise SystemExit(f"The site does not start: {fault}.")


def load_templates() -> int:
    """Load every template of the project and its apps into Django's cache of templates, and return their number.

    Packages have some for apps that are not installed here: those that cannot be read are left out, but for our own.
    """
    if settings.DEBUG:  # templates are read at each request
        return 0
    engine = engines["django"]
    loaded = set()
    for folder in map(Path, engine.template_dirs):
        for path in folder.rglob("*"):
            name = path.relative_to(folder).as_posix()
            if path.suffix not in SUFFIXES or name in loaded:
                continue
            try:
                engine.get_template(name)
            except TemplateSyntaxError:
                if folder in map(Path, engine.dirs):
                    raise
            else:
                loaded.add(name)
    return len(loaded)
