"""Settings that are each fine and wrong together."""

import pytest
from django.db import connection

from config.checks import role_is_bound, settings_agree


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
