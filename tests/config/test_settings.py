"""Each variable of the environment, read by the real settings file."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

SETTINGS = str(Path(__file__).parents[2] / "config" / "settings.py")
VARIABLES = (
    "DATABASE_URL DEBUG SECRET_KEY SECRET_KEY_FALLBACKS ALLOWED_HOSTS CSRF_TRUSTED_ORIGINS SITE_NAME HTTPS"
    " TRUST_PROXY CACHE_URL SITE_URL EMAIL_URL EMAIL_FROM ONE_PERSON_DESK"
)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch):
    """Return a function that reads the settings file in an environment of just these variables."""

    def settings_with(**variables: str) -> dict[str, Any]:
        for name in VARIABLES.split():
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(f"{name}_FILE", raising=False)
        for name, value in {"DATABASE_URL": "postgres://u:p@h/d", "SECRET_KEY": "k", **variables}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(SETTINGS)

    return settings_with


def test_settings_defaults_are_safe(read):
    settings = read()

    assert settings["DEBUG"] is False
    assert settings["HTTPS"] is settings["SECURE_SSL_REDIRECT"] is True
    assert settings["SESSION_COOKIE_SECURE"] is settings["CSRF_COOKIE_SECURE"] is True
    assert settings["SECURE_HSTS_SECONDS"] == 31_536_000
    assert settings["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert "SECURE_PROXY_SSL_HEADER" not in settings
    assert settings["SITE_NAME"] == "Crux"
    assert settings["DATABASES"]["default"]["CONN_HEALTH_CHECKS"] is True


def test_settings_csp_allows_nothing_unsafe(read):
    policy = read()["SECURE_CSP"]

    words = {word for words in policy.values() for word in words}
    assert not [word for word in words if "unsafe" in word or "*" in word or "http" in word]
    assert policy["object-src"] == policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]


@pytest.mark.parametrize("word", ["1", "true", "YES", "on"])
def test_settings_debug_understands_yes(read, word):
    settings = read(DEBUG=word)

    assert settings["DEBUG"] is True
    assert settings["HTTPS"] is False


@pytest.mark.parametrize("word", ["0", "False", "no", "off", ""])
def test_settings_debug_understands_no(read, word):
    assert read(DEBUG=word)["DEBUG"] is False


@pytest.mark.parametrize("name", ["DEBUG", "HTTPS", "TRUST_PROXY"])
@pytest.mark.parametrize("word", ["maybe", "2", "tru"])
def test_settings_refuse_a_word_that_is_neither(read, name, word):
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} must be 1, true, yes or on; .* not “{word}”"):
        read(**{name: word})


def test_settings_without_a_secret_key_say_what_to_set(read):
    with pytest.raises(ImproperlyConfigured, match=r"^Set SECRET_KEY to a long random text"):
        read(SECRET_KEY="")


def test_settings_read_secrets_from_files(read, tmp_path):
    (tmp_path / "url").write_text("postgres://u:p@h/in_file\n")
    (tmp_path / "key").write_text("key in a file\n")

    settings = read(
        DATABASE_URL="", DATABASE_URL_FILE=str(tmp_path / "url"), SECRET_KEY_FILE=str(tmp_path / "key")
    )

    assert settings["DATABASES"]["default"]["NAME"] == "in_file"
    assert settings["SECRET_KEY"] == "key in a file"


def test_settings_name_a_file_that_cannot_be_read(read, tmp_path):
    with pytest.raises(
        ImproperlyConfigured, match=r"^SECRET_KEY_FILE names .*none, which cannot be read: No such"
    ):
        read(SECRET_KEY_FILE=str(tmp_path / "none"))


def test_settings_keep_keys_that_were_used_before(read):
    assert read()["SECRET_KEY_FALLBACKS"] == []
    assert read(SECRET_KEY_FALLBACKS="old,older")["SECRET_KEY_FALLBACKS"] == ["old", "older"]


def test_settings_when_debugging_need_no_secret_key(read):
    assert read(DEBUG="1", SECRET_KEY="")["SECRET_KEY"]


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://h/d", "sqlite:///x", "postgres://", "postgres://h:port/d", "//"]
)
def test_settings_refuse_a_database_url_that_is_not_postgresql(read, url):
    with pytest.raises(
        ImproperlyConfigured, match=r"^DATABASE_URL cannot be used: .* It looks like postgres://"
    ):
        read(DATABASE_URL=url)


def test_settings_read_a_socket_in_the_database_url(read):
    database = read(DATABASE_URL="postgres://postgres@//run/pg/crux?conn_max_age=0")["DATABASES"]["default"]

    assert (database["HOST"], database["NAME"], database["USER"]) == ("/run/pg", "crux", "postgres")
    assert database["CONN_MAX_AGE"] == 0


def test_settings_lists_are_split_at_commas(read):
    settings = read(ALLOWED_HOSTS="a.example,b.example", CSRF_TRUSTED_ORIGINS="https://a.example")

    assert settings["ALLOWED_HOSTS"] == ["a.example", "b.example"]
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://a.example"]


def test_settings_trust_a_proxy_only_when_told(read):
    assert read(TRUST_PROXY="1")["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


def test_settings_refuse_a_cache_that_is_none(read):
    with pytest.raises(
        ImproperlyConfigured, match=r"^CACHE_URL cannot be used: .* It looks like rediscache://"
    ):
        read(CACHE_URL="nonsense://x")


def test_settings_cache_may_be_shared(read):
    assert read()["CACHES"] == {
        "default": {"BACKEND": "config.caches.MemoryCache", "OPTIONS": {"bytes": 48 * 1024 * 1024}}
    }
    shared = read(CACHE_URL="dbcache://crux_cache", CACHE_MEMORY="4")["CACHES"]
    assert shared["default"] == {
        "BACKEND": "config.caches.TieredCache",
        "OPTIONS": {"bytes": 3 * 1024 * 1024},
    }
    assert shared["shared"] == {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "crux_cache",
    }
    redis = read(CACHE_URL="rediscache://cache.example:6379/1")["CACHES"]["shared"]
    assert redis["OPTIONS"] == {"socket_connect_timeout": 0.3, "socket_timeout": 0.3}


def test_settings_refuse_a_proxy_that_cannot_be_told(read):
    with pytest.raises(
        ImproperlyConfigured, match=r"^PURGE_URL cannot be used\. It must begin with one of"
    ) as error:
        read(PURGE_URL="squid+http://secret-token@proxy.example")
    assert "secret-token" not in str(error.value)
    assert read(PURGE_URL="nginx+http://127.0.0.1:8079")["TASKS"]["default"]["OPTIONS"]["SCHEDULES"]["purge"]


def test_settings_mail_is_printed_unless_a_server_is_named(read):
    settings = read(ALLOWED_HOSTS="crux.example")

    assert settings["MAILERS"] == {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}
    assert settings["SITE_URL"] == "https://crux.example"
    assert settings["DEFAULT_FROM_EMAIL"] == "crux@crux.example"


def test_settings_mail_goes_to_the_server_named(read):
    settings = read(
        EMAIL_URL="smtp+tls://user%40crux:p%23w@mail.example:587",
        EMAIL_FROM="Crux <desk@crux.example>",
        SITE_URL="https://crux.example/",
    )

    assert settings["MAILERS"]["default"] == {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": "mail.example",
            "port": 587,
            "username": "user@crux",
            "password": "p#w",
            "use_tls": True,
            "use_ssl": False,
            "timeout": 10,
        },
    }
    assert settings["DEFAULT_FROM_EMAIL"] == "Crux <desk@crux.example>"
    assert settings["SITE_URL"] == "https://crux.example"


def test_settings_mail_into_a_folder(read):
    options = read(EMAIL_URL="filemail:///var/mail/crux")["MAILERS"]["default"]["OPTIONS"]

    assert options == {"file_path": "/var/mail/crux"}


@pytest.mark.parametrize("url", ["mail.example", "pigeon://mail.example", "smtp://mail.example:many"])
def test_settings_mail_that_cannot_be_used_is_named(read, url):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL cannot be used"):
        read(EMAIL_URL=url)


def test_settings_one_person_desk_is_off_unless_asked_for(read):
    assert read()["ONE_PERSON_DESK"] is False
    assert read(ONE_PERSON_DESK="1")["ONE_PERSON_DESK"] is True


def test_settings_know_of_whom_a_second_factor_is_required(read):
    assert read()["REQUIRE_SECOND_FACTOR"] == "off"
    assert read(REQUIRE_SECOND_FACTOR="publishers")["REQUIRE_SECOND_FACTOR"] == "publishers"
    with pytest.raises(ImproperlyConfigured, match="must be off, publishers or everybody; not “yes”"):
        read(REQUIRE_SECOND_FACTOR="yes")
