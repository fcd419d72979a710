"""Settings that are each fine and wrong together."""

import ssl
from pathlib import Path

import pytest
from django.conf import settings as default_settings
from django.db import connection

from config.checks import checks_go_outside, log_is_signed, role_is_bound, settings_agree
from tests.history.test_verify import without_guards
from tests.history.transparency.signing import fill, run


def faults() -> list[str]:
    return [message.id for message in settings_agree(None)]


@pytest.fixture(autouse=True)
def agreeing(settings):
    settings.DEBUG = False
    settings.HTTPS = True
    settings.TRUST_PROXY = True
    settings.ALLOWED_HOSTS = ["crux.example"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://crux.example"]


def test_checks_find_nothing_in_settings_that_agree():
    assert faults() == []


def test_checks_refuse_debug_for_strangers(settings):
    settings.DEBUG = True

    assert faults() == ["config.E001"]


def test_checks_allow_debug_at_home(settings):
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]

    assert faults() == []


def test_checks_refuse_a_proxy_without_https(settings):
    settings.HTTPS = False

    assert faults() == ["config.E002"]


def test_checks_refuse_redis_without_its_package(settings, monkeypatch):
    settings.CACHES = {
        **settings.CACHES,
        "shared": {"BACKEND": "django.core.cache.backends.redis.RedisCache"},
    }
    monkeypatch.setattr("config.checks.find_spec", lambda name: None)

    assert faults() == ["config.E004"]


def test_checks_refuse_a_plain_origin_with_https(settings):
    settings.CSRF_TRUSTED_ORIGINS = ["http://crux.example"]

    assert faults() == ["config.E003"]


@pytest.mark.parametrize(
    ("https", "hosts", "expected"),
    [
        (True, ["localhost"], ["config.E005"]),
        (False, ["crux.example"], ["config.E005"]),
        (False, ["localhost"], []),
    ],
)
def test_checks_refuse_hosts_that_tests_play(settings, https, hosts, expected):
    settings.CHECKS_ALLOWED = {("journal.example", 443): 8443}
    settings.HTTPS = settings.TRUST_PROXY = https
    settings.ALLOWED_HOSTS = hosts

    assert faults() == expected
    assert [message.id for message in checks_go_outside(None)] == ["config.E006"]


def test_hosts_that_tests_play_come_from_no_environment():
    """No variable may send checks inside; the settings' own value is empty."""
    text = (Path(default_settings.BASE_DIR) / "config" / "settings.py").read_text()

    assert "\nCHECKS_ALLOWED: dict[tuple[str, int], int] = {}\n" in text
    assert text.count("CHECKS_ALLOWED") == 1


def test_checks_warn_of_a_machine_that_trusts_no_certificate(settings, monkeypatch, tmp_path):
    assert checks_go_outside(None) == []
    monkeypatch.setattr("config.checks.ssl.get_default_verify_paths", lambda: no_authorities(tmp_path))

    assert [message.id for message in checks_go_outside(None)] == ["config.W005"]
    settings.CHECKS = False
    assert checks_go_outside(None) == []


def no_authorities(folder: Path) -> ssl.DefaultVerifyPaths:
    """Return the paths of a machine without certificates of authorities."""
    file, path = str(folder / "cert.pem"), str(folder / "certs")
    return ssl.DefaultVerifyPaths(None, None, "SSL_CERT_FILE", file, "SSL_CERT_DIR", path)


@pytest.mark.django_db
def test_checks_warn_where_no_guard_binds_the_role(settings):
    settings.DATABASE_IS_LOCAL = False

    [warning] = role_is_bound(None)

    assert warning.id == "config.W001"
    assert warning.msg.startswith(f"The site runs as the superuser {connection.settings_dict['USER']}: ")


@pytest.mark.django_db
def test_checks_bear_with_the_one_role_of_the_local_server():
    assert role_is_bound(None) == []


def test_checks_say_nothing_of_a_database_that_does_not_answer(settings, monkeypatch, django_db_blocker):
    settings.DATABASE_IS_LOCAL = False
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")

    with django_db_blocker.unblock():
        connection.close()
        assert role_is_bound(None) == []


# -- the public log --


def log_faults() -> list[str]:
    return [message.id for message in log_is_signed(None)]


@pytest.mark.django_db
def test_checks_warn_of_a_log_that_nobody_signs(settings, tmp_path):
    settings.LOG_DIR = tmp_path
    assert log_faults() == []  # nothing is public yet

    fill(3)
    assert log_faults() == ["config.W003"]

    run("logkey", "log.example")
    assert log_faults() == ["config.W004"]

    run("checkpoint")
    fill(1)
    assert log_faults() == []

    with without_guards(), connection.cursor() as cursor:
        cursor.execute("UPDATE controversies_checkpoint SET time = time - interval '25 hours'")
    assert log_faults() == ["config.W004"]

    run("checkpoint")
    (tmp_path / "key").chmod(0o640)
    [warning] = log_is_signed(None)
    assert (warning.id, f"chmod 600 {tmp_path / 'key'}" in warning.hint) == ("config.W002", True)


def test_checks_of_the_log_say_nothing_of_a_database_that_does_not_answer(monkeypatch, django_db_blocker):
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")

    with django_db_blocker.unblock():
        connection.close()
        assert log_faults() == []
