"""What every test may rely on: plain static files, http, its own database, a browser where there is one."""

import gc
import io
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_django.fixtures
from django.conf import settings
from django.core.cache import cache
from django.core.signals import setting_changed
from django.db import connections
from django.db.backends.postgresql.creation import DatabaseCreation
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings

# Playwright's synchronous API keeps an event loop in the test's thread: Django would refuse the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
# What tests count is not added to the developer's own site.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="crux-metrics-")

# A full collection goes through all that pytest and the site have loaded: as often as usual, they took an eighth of the
# suite's time.
gc.set_threshold(*gc.get_threshold()[:2], 1_000)

# Few examples, so that the suite stays quick; HYPOTHESIS_PROFILE=thorough looks longer.
_MODEST = {
    "deadline": None,  # a busy machine is no fault
    "suppress_health_check": [
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
    ],  # each example undoes its own
    "phases": [Phase.explicit, Phase.generate],  # shrinking takes minutes; the thorough profile does it
    "database": None,  # nothing is left in the project's folder
}
hypothesis_settings.register_profile("quick", max_examples=15, **_MODEST)
hypothesis_settings.register_profile("thorough", **{**_MODEST, "max_examples": 500, "phases": tuple(Phase)})
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_configure(config: pytest.Config) -> None:
    """Test the site as plain http with static files where they lie, whatever the environment says."""
    settings.SECURE_SSL_REDIRECT = False
    settings.SESSION_COOKIE_SECURE = False
    settings.CSRF_COOKIE_SECURE = False
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    # The browser tests' server has a thread a request: connections that it kept would outlive the database.
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 0
    # An empty folder: whitenoise warns when it has none, and a left-over `collectstatic` must not be served.
    settings.STATIC_ROOT = tempfile.mkdtemp(prefix="crux-static-")
    settings.LOG_DIR = Path(settings.STATIC_ROOT) / ".log"  # never the developer's own
    settings.CHECKS_DIR = Path(settings.STATIC_ROOT) / ".checks"
    settings.DOWNLOADS_DIR = Path(settings.STATIC_ROOT) / ".downloads"
    # What is enqueued is kept in memory and not run: no test of the desk asks other sites. Tests of checks call the
    # tasks, or let ImmediateBackend run them.
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
    setting_changed.send(
        sender=None, setting="TASKS", value=settings.TASKS, enter=True
    )  # the site is loaded already
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # many log-ins, none worth guarding


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(settings.STATIC_ROOT, ignore_errors=True)
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, request: pytest.FixtureRequest
) -> None:
    """Name the test database after this process, so that several runs on one server never meet."""
    if request.config.getvalue("reuse_db"):
        return
    for connection in connections.all():
        # A thread that served a browser must not hold a connection when the database is dropped.
        connection.settings_dict["CONN_MAX_AGE"] = 0
        test = connection.settings_dict["TEST"]
        name = test["NAME"] or f"test_{connection.settings_dict['NAME']}"
        test["NAME"] = f"{name}_{os.getpid()}"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's Chromium: nothing is downloaded."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine (on Debian: apt-get install chromium)")
    quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    return {
        **browser_type_launch_args,
        "executable_path": chromium,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-quic", *quiet],
    }


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the answers to other tests, and let the number of revisions stand for arrivals, which COMMIT writes."""
    from controversies.pages import versions  # noqa: PLC0415  needs the apps

    cache.clear()
    versions.forget()
    revisions = (
        "SELECT (SELECT count(*) FROM controversies_revision r JOIN controversies_controversy c"
        " ON c.id = r.controversy_id WHERE c.publication <> 'draft'), ("
    )
    monkeypatch.setattr(versions, "_CORPUS", versions._CORPUS.replace("SELECT (", revisions, 1))


@pytest.fixture(autouse=True)
def _ask_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the public page's middleware ask which revision is the newest at every request, so that queries count."""
    monkeypatch.setattr("controversies.pages.versions.HEAD_TTL", 0.0)


@pytest.fixture
def json_log() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Return a function that reads the log's lines since the last call, as LOG_JSON=1 writes them."""
    from config.logs import logging_config  # noqa: PLC0415  once the site is set up

    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    options = dict(logging_config(as_json=True, access=False)["formatters"]["line"])
    handler.setFormatter(options.pop("()")(**options))
    logging.getLogger().addHandler(handler)

    def read() -> list[dict[str, Any]]:
        lines = stream.getvalue().splitlines()
        stream.seek(0)
        stream.truncate()
        return [json.loads(line) for line in lines]

    yield read
    logging.getLogger().removeHandler(handler)


def _drop(self: DatabaseCreation, test_database_name: str, verbosity: int) -> None:
    """Drop a test's database whoever still holds a connection: a live server's thread may end after its test."""
    with self._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {self.connection.ops.quote_name(test_database_name)} WITH (FORCE)")


DatabaseCreation._destroy_test_db = _drop  # type: ignore[method-assign]  # Django has no option for it

# pytest-django makes a test's database only if a test is marked so: one that has its rows from a module's fixture would
# run on the developer's own.
pytest_django.fixtures._get_databases_for_setup = lambda items: ({"default"}, set())
