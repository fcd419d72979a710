"""The release id: whatever decides how a page looks is part of every cache key and ETag."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
from django.conf import LazySettings, settings
from django.db import connection

from controversies.pages.release import release_id
from tests.factories import ControversyFactory

# Serve the application over HTTP; ask for each address afresh, and as a reader who has an older answer.
SERVER = """
import json, sys, threading, urllib.error, urllib.request
from wsgiref.simple_server import WSGIRequestHandler, make_server
from config.wsgi import application

WSGIRequestHandler.log_message = lambda *args: None
server = make_server("127.0.0.1", 0, application)
threading.Thread(target=server.serve_forever, daemon=True).start()

def get(path, **headers):
    url = f"http://127.0.0.1:{server.server_port}{path}"
    request = urllib.request.Request(url, headers={"Host": "localhost", **headers})
    try:
        with urllib.request.urlopen(request) as response:
            return [response.status, response.headers["ETag"], response.read().decode("latin-1")]
    except urllib.error.HTTPError as error:
        return [error.code, error.headers["ETag"], ""]

print(json.dumps([[get(path), get(path, **{"If-None-Match": etag})] for path, etag in json.load(sys.stdin)]))
"""


class Answer(NamedTuple):
    """An answer over HTTP."""

    status: int
    etag: str
    text: str


@pytest.fixture
def release(tmp_path: Path) -> Iterator[Path]:
    """A copy of this release, for a test to change."""
    for folder in ("config", "controversies", "templates"):
        shutil.copytree(settings.BASE_DIR / folder, tmp_path / folder)
    shutil.copy(settings.BASE_DIR / "pyproject.toml", tmp_path)
    yield tmp_path
    shutil.rmtree(tmp_path)


def database_url() -> str:
    """Return the address of the test's database."""
    given = connection.get_connection_params()
    login = ":".join(quote(str(given[name])) for name in ("user", "password") if given.get(name))
    host = quote(str(given.get("host") or ""))
    port = f":{given['port']}" if given.get("port") else ""
    slash = "/" if host.startswith("/") else ""  # the folder of a socket
    return f"postgres://{login}@{slash}{host}{port}/{given['dbname']}"


def ask(release: Path, etags: dict[str, str]) -> dict[str, tuple[Answer, Answer]]:
    """Start a server of this release on the test's database, and ask it for each path.

    For each path: a fresh answer, and the one to a reader who has the answer with this ETag.
    """
    done = subprocess.run(
        [sys.executable, "-c", SERVER],
        cwd=release,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "DEBUG": "true",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        input=json.dumps(list(etags.items())),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout.splitlines()[-1])
    return {
        path: (Answer(*fresh), Answer(*again)) for path, (fresh, again) in zip(etags, answers, strict=True)
    }


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def edit_model(release: Path) -> None:
    edit(release / "controversies/models/choices.py", '_("Active")', '_("Fiercely active")')


def edit_history(release: Path) -> None:
    edit(release / "controversies/history/log.py", '"""', '"""Changed. ')


def edit_template(release: Path) -> None:
    edit(release / "templates/base.html", "Skip to the content", "Skip all this")


def edit_style(release: Path) -> None:
    style = next(iter((release / "controversies/static").rglob("*.css")))
    style.write_text(f"{style.read_text()}\nbody {{ color: red }}\n")


def edit_pin(release: Path) -> None:
    edit(release / "pyproject.toml", '"nh3==', '"nh3==9')


PATHS = (
    "config/settings.py",
    "controversies/document/types.py",
    "controversies/sql/guards.sql",
    "controversies/static/crux/site.css",
    "controversies/models/choices.py",
    "controversies/new/package/module.py",
    "templates/partials/footer.html",
    "templates/mail/note.txt",
    "pyproject.toml",
)


@pytest.mark.parametrize("changed", PATHS)
def test_each_file_of_the_release_counts(tmp_path: Path, settings: LazySettings, changed: str) -> None:
    settings.BASE_DIR = tmp_path
    for path in PATHS:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("[project]\ndependencies = []\n[dependency-groups]\nindirect = []\n")
    first = release_id.__wrapped__()
    assert release_id.__wrapped__() == first

    edit(tmp_path / changed, "[project]", "\n[project]")
    second = release_id.__wrapped__()
    (tmp_path / changed).with_suffix(".new").write_text("")
    compiled = tmp_path / "controversies/__pycache__/types.cpython-313.pyc"
    compiled.parent.mkdir()
    compiled.write_text("")

    assert second != first
    assert (release_id.__wrapped__() == second) is (changed == "pyproject.toml")


@pytest.mark.django_db(transaction=True)
def test_any_change_of_the_release_makes_new_answers_of_every_kind(release: Path) -> None:
    made = ControversyFactory(status="active")
    page = f"/controversies/{made.slug}/"
    paths = (
        page,
        f"{page}revisions/1/",
        f"/controversies/{made.slug}.json",
        f"{page}share.png",
        "/changes.atom",
        f"/api/v1/controversies/{made.slug}",
    )
    last = {path: fresh for path, (fresh, _again) in ask(release, dict.fromkeys(paths, '"none"')).items()}

    assert {answer.status for answer in last.values()} == {200}, last
    for path, (fresh, again) in ask(release, {path: last[path].etag for path in paths}).items():
        assert (fresh, again.status) == (last[path], 304)
    for change, words in (
        (edit_model, "Fiercely active"),
        (edit_history, ""),
        (edit_template, "Skip all this"),
        (edit_style, ""),
        (edit_pin, ""),
    ):
        change(release)
        answers = ask(release, {path: last[path].etag for path in paths})
        for path, (fresh, again) in answers.items():
            assert (fresh.status, again.status) == (200, 200)
            assert fresh.etag == again.etag != last[path].etag
        assert words in answers[page][0].text
        assert not words or words not in last[page].text
        last = {path: fresh for path, (fresh, _again) in answers.items()}
