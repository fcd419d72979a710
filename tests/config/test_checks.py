"""Settings that are each fine and wrong together."""

import pytest
from django.db import connection

from config.checks import log_is_signed, role_is_bound, settings_agree
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
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}
    monkeypatch.setattr("config.checks.find_spec", lambda name: None)

    assert faults() == ["config.E004"]


def test_checks_refuse_a_plain_origin_with_https(settings):
    settings.CSRF_TRUSTED_ORIGINS = ["http://crux.example"]

    assert faults() == ["config.E003"]


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
