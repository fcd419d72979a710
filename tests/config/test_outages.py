"""The database away, back again, and closed to writers: what readers, editors and operators see."""

import contextlib
import re
import select
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, ProgrammingError, connection
from django.urls import reverse

from config.instance import ask
from controversies.history import read
from controversies.kit.outages import Outage, is_read_only, outage_of
from controversies.models import Blame, Presence, Suggestion
from tests.factories import ControversyFactory

from .instances import database_url, instance, wait_for, wait_until_answering


class Switch:
    """A way to the tests' server that can be closed, with all who are on it, and opened again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_open = True
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        database = connection.settings_dict
        return f"postgres://{database['USER']}:{database['PASSWORD']}@/{self.folder}/{database['NAME']}"

    def close(self) -> None:
        self.is_open = False
        for pair in self._pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def open(self) -> None:
        self.is_open = True

    def _accept(self) -> None:
        while True:
            near, _address = self._listener.accept()
            if not self.is_open:
                near.close()
                continue
            pair = near, self._server()
            self._pairs.append(pair)
            threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    @staticmethod
    def _server() -> socket.socket:
        host, port = connection.settings_dict["HOST"], int(connection.settings_dict["PORT"] or 5432)
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        far = socket.socket(socket.AF_UNIX)
        far.connect(f"{host}/.s.PGSQL.{port}")
        return far

    @staticmethod
    def _pass_on(near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        with near, far, contextlib.suppress(OSError):
            while True:
                for ready in select.select([near, far], [], [])[0]:
                    content = ready.recv(65536)
                    if not content:
                        return
                    other[ready].sendall(content)


@pytest.mark.django_db(transaction=True)
def test_database_that_is_down_is_503_with_one_line_a_request_until_it_is_back(tmp_path: Path):
    slug = ControversyFactory().slug
    addresses = [
        "/",
        f"/controversies/{slug}/",
        f"/controversies/{slug}/history/",
        "/search/?q=a",
        "/admin/login/",
    ]
    addresses += ["/api/v1/controversies", "/sources/", "/changes/", "/admin/"]
    switch = Switch(tmp_path)
    path = tmp_path / "site.sock"
    with instance(path, DATABASE_URL=switch.url) as process:
        wait_until_answering(path)
        assert ask(path, f"/controversies/{slug}/")[0] == 200
        switch.close()
        answers = {address: ask(path, address) for address in addresses}
        switch.open()
        wait_for(lambda: ask(path, "/changes/")[0] == 200)
        for address in addresses:
            assert ask(path, address)[0] in {200, 302}, address
        process.terminate()
        log = process.communicate(timeout=60)[0]

    failed = {address for address, (status, _text) in answers.items() if status == 503}
    assert {status for status, _text in answers.values()} <= {200, 302, 503}, log
    assert failed >= set(addresses) - {"/admin/login/", "/admin/"}  # which ask the database nothing
    assert "Our database does not answer." in answers["/changes/"][1]
    assert "The database does not answer." in answers["/api/v1/controversies"][1]
    lines = [
        line for line in log.splitlines() if "ERROR" in line or "Traceback" in line or line.startswith(" ")
    ]
    assert len(lines) == len(failed), log
    for line in lines:
        assert re.search(r" ERROR django\.request Service Unavailable: /\S* .*reason=", line)


@pytest.mark.django_db(transaction=True)
def test_connections_that_the_server_ended_are_made_again(tmp_path: Path):
    """As after a restart: no reader sees it."""
    slug = ControversyFactory().slug
    path = tmp_path / "site.sock"
    with instance(path, DATABASE_URL=f"{database_url()}?application_name=crux_site"):
        wait_until_answering(path)
        for address in ("/", f"/controversies/{slug}/", "/changes/", "/readyz"):
            assert ask(path, address)[0] == 200
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE application_name = 'crux_site' AND datname = current_database()"
                )
                assert cursor.fetchone() != (0,)
            assert ask(path, address)[0] == 200


@pytest.mark.parametrize(
    ("cause", "outage"),
    [
        (psycopg.OperationalError("connection refused"), Outage.UNREACHABLE),
        (psycopg.errors.AdminShutdown(), Outage.UNREACHABLE),
        (psycopg.errors.TooManyConnections(), Outage.UNREACHABLE),
        (psycopg.errors.ReadOnlySqlTransaction(), Outage.READ_ONLY),
        (psycopg.errors.DiskFull(), None),
        (psycopg.errors.DeadlockDetected(), None),
        (psycopg.errors.QueryCanceled(), None),
    ],
)
def test_outages_are_told_from_other_errors(cause: psycopg.Error, outage: Outage | None):
    error = OperationalError()
    error.__cause__ = cause

    assert outage_of(error) == outage


def test_errors_of_the_program_are_no_outages():
    assert outage_of(None) is None
    assert outage_of(ValueError()) is None
    assert outage_of(ProgrammingError()) is None
    assert outage_of(InterfaceError("connection already closed")) == Outage.UNREACHABLE


# -- read only --


@pytest.fixture
def read_only(transactional_db: None) -> Iterator[None]:
    """Set the session read only, as a standby is; the test calls `connection.close()` no more."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = off")


def close_to_writers() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    assert is_read_only()


@pytest.mark.usefixtures("read_only")
def test_reading_works_while_nothing_can_be_written(client):
    page = ControversyFactory(revisions=3, positions=2, citations=2)
    Blame.objects.all().delete()  # as in a database of an earlier release: what is derived cannot be kept
    close_to_writers()

    for name, *arguments in (
        ("home",),
        ("controversies",),
        ("controversy", page.slug),
        ("history", page.slug),
        ("blame", page.slug),
        ("revision", page.slug, 1),
        ("compare", page.slug, 1, 3),
        ("changes",),
        ("search",),
        ("sources",),
        ("backers",),
    ):
        assert client.get(reverse(name, args=arguments)).status_code == 200, name


@pytest.mark.usefixtures("read_only")
def test_desk_says_that_nothing_can_be_saved(client, django_user_model: type[User]):
    page = ControversyFactory()
    editor = django_user_model.objects.create_superuser("editor", password="a long password")
    client.force_login(editor)
    edit = reverse("admin:controversies_controversy_change", args=[page.key])
    words = "Nothing can be saved right now"
    assert words not in client.get(edit).content.decode()
    Presence.objects.all().delete()
    close_to_writers()
    client.raise_request_exception = False

    for address in (reverse("admin:index"), edit, reverse("admin:controversies_source_changelist")):
        response = client.get(address)
        assert response.status_code == 200
        assert words in response.content.decode()
    response = client.post(
        reverse("admin:controversies_topic_add"), {"title": "Elections", "slug": "elections"}
    )
    text = response.content.decode()
    assert response.status_code == 503, re.findall(r"errorlist.*?</ul>", text)
    assert response["Retry-After"] == "60"
    assert "Nothing can be changed right now" in text
    assert "This browser still has what you typed" in text
    assert not Presence.objects.exists()
    assert read.head(page.key).number == 1


@pytest.mark.usefixtures("read_only")
def test_nobody_can_log_in_while_nothing_can_be_written_and_the_page_says_so(
    client, django_user_model: type[User]
):
    django_user_model.objects.create_superuser("editor", password="a long password")
    close_to_writers()
    client.raise_request_exception = False

    login = client.get(reverse("admin:login"))
    response = client.post(reverse("admin:login"), {"username": "editor", "password": "a long password"})

    assert "nobody can log in" in login.content.decode()
    assert response.status_code == 503


@pytest.mark.usefixtures("read_only")
def test_suggestion_is_not_lost_while_nothing_can_be_written(client):
    page = ControversyFactory()
    address = reverse("suggest", args=[page.slug])
    assert "cannot be sent for the moment" not in client.get(address).content.decode()
    close_to_writers()

    form = client.get(address)
    assert "Suggestions cannot be sent for the moment" in form.content.decode()
    token = re.search(r'name="token" value="([^"]+)"', form.content.decode())[1]
    response = client.post(address, {"token": token, "wrong": "These words of mine"})

    text = response.content.decode()
    assert response.status_code == 503
    assert "Nothing was sent, because the site can only be read for the moment." in text
    assert "These words of mine" in text
    assert not Suggestion.objects.exists()
