"""Settings: one file, each variable read once from the environment, typed, with a safe default.

Every variable is in the README's table. What contradicts itself is refused by `config/checks.py`.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from config import devdb, logs, secret
from controversies.pages import proxies

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def flag(name: str, *, default: bool) -> bool:
    """Read a yes or no, refusing anything else: django-environ takes any unknown word for a no."""
    text = env.str(name, default="").strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    if text:
        raise ImproperlyConfigured(
            f"{name} must be 1, true, yes or on; or 0, false, no or off; not “{text}”."
        )
    return default


try:
    secret.read_files()
except secret.UnreadableSecret as error:
    raise ImproperlyConfigured(str(error)) from error
# Without DATABASE_URL this is somebody's own machine: PostgreSQL is started beside manage.py, for as long as
# anything uses it, and the key for signing is kept in a file.
if not os.environ.get("DATABASE_URL"):
    # Exported, so that children (autoreload, test workers, application server) use this same server.
    os.environ["DATABASE_URL"] = devdb.url(BASE_DIR)
    os.environ.setdefault("SECRET_KEY", secret.local_key(BASE_DIR))
    os.environ.setdefault("HTTPS", "0")

DEBUG = flag("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or ("insecure-and-for-debugging-only" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "Set SECRET_KEY to a long random text that you keep secret (or DEBUG=1 while developing)."
    )
# Keys that were used before: what they signed stays valid while a new key is introduced.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
SITE_NAME = env.str("SITE_NAME", default="Crux")
# Whether people may decide on what they proposed themselves.
ONE_PERSON_DESK = flag("ONE_PERSON_DESK", default=False)

# The folder of the public log's key, its witnesses and the last checkpoint that was signed. Only commands read it.
LOG_DIR = Path(env.str("LOG_DIR", default="") or BASE_DIR / ".log")

# Checks of sources, by one worker that alone asks other sites (controversies/checks/README.md).
CHECKS = flag("CHECKS", default=True)
CHECKS_DIR = Path(env.str("CHECKS_DIR", default="") or BASE_DIR / ".checks")
CHECKS_ARCHIVE = flag("CHECKS_ARCHIVE", default=False)
# The files with everything public, which the worker makes and readers download.
DOWNLOADS_DIR = Path(env.str("DOWNLOADS_DIR", default="") or BASE_DIR / ".downloads")
DOWNLOADS_BY_PROXY = flag("DOWNLOADS_BY_PROXY", default=False)
# For tests only, never from the environment: {(host, port): port of this machine's loopback that plays it}.
CHECKS_ALLOWED: dict[tuple[str, int], int] = {}

# Who may be served, and how it reaches us
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = flag("HTTPS", default=not DEBUG)
TRUST_PROXY = flag("TRUST_PROXY", default=False)
SECURE_SSL_REDIRECT = HTTPS
WITHOUT_HTTPS = ("healthz", "livez", "readyz", "metrics")  # a load balancer asks from inside, without TLS
SECURE_REDIRECT_EXEMPT = [
    rf"^({'|'.join(WITHOUT_HTTPS)})$",
    "^static/",
]  # a page on what is wrong has its dress
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SILENCED_SYSTEM_CHECKS = [
    # HSTS speaks for this host only: what its neighbours do is for those who run them to promise.
    "security.W005",
    "security.W021",
    # E-mail that only goes to the log is a choice: a small desk needs no other.
    "mail.E001",
]
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}

INSTALLED_APPS = [
    "config",
    "controversies",
    "config.apps.DeskConfig",  # django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_ox",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]
MIDDLEWARE = [
    "config.middleware.RequestMiddleware",  # first: it gives each request its id, and measures the others
    "config.proxy.ProxyCheck",  # before that which redirects to https
    "django.middleware.security.SecurityMiddleware",
    "controversies.pages.language.LocaleMiddleware",
    "controversies.pages.opened_feeds.OpenedFeeds",
    "controversies.pages.cache.PageCache",  # by language, so after the one before
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "controversies.pages.session.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "controversies.accounts.middleware.AccountGuard",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {
                "crux": "controversies.pages.tags",
                "blame": "controversies.pages.blame.tags",
            },
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "controversies.accounts.context.desk_frame",
            ],
        },
    }
]

_url = env.str("DATABASE_URL")
try:
    if not _url.startswith(("postgres://", "postgresql://")):
        raise ValueError("it does not begin with postgres://")
    _database = env.db_url_config(_url)
    if not _database["NAME"]:
        raise ValueError("it names no database")
except ValueError as error:
    raise ImproperlyConfigured(f"DATABASE_URL cannot be used: {error}. {devdb.EXAMPLE}") from error
# One connection a thread of the application server, kept, and looked at before it is used again.
DATABASES = {"default": {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, **_database}}
DATABASES["default"]["OPTIONS"] = {"connect_timeout": 10, **_database.get("OPTIONS", {})}
# The server beside manage.py, which has one role for everything.
DATABASE_IS_LOCAL = bool(_database["HOST"]) and _database["HOST"] == devdb.socket_folder(BASE_DIR / ".pgdata")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# What each process remembers: whole answers, and the pieces that pages are put together from.
CACHE_MEMORY = env.int("CACHE_MEMORY", default=64) * 1024 * 1024
_memory: dict[str, Any] = {"OPTIONS": {"bytes": CACHE_MEMORY * 3 // 4}}
CACHES: dict[str, dict[str, Any]] = {"default": {"BACKEND": "config.caches.MemoryCache", **_memory}}
try:
    _cache_server = env.cache_url("CACHE_URL", default="locmemcache://")
    if not _cache_server["BACKEND"].endswith("LocMemCache"):
        if _cache_server["BACKEND"].endswith("RedisCache"):
            _limits = {"socket_connect_timeout": 0.3, "socket_timeout": 0.3}  # seconds
            _cache_server["OPTIONS"] = {**_limits, **_cache_server.get("OPTIONS", {})}
        CACHES = {"default": {"BACKEND": "config.caches.TieredCache", **_memory}, "shared": _cache_server}
except environ.ImproperlyConfigured as error:
    raise ImproperlyConfigured(
        f"CACHE_URL cannot be used: {error}. It looks like rediscache://host:6379/1, dbcache://table or locmemcache://"
    ) from error

# Shared caches (proxies) before the site: for how long after a change they may show what was before, and those that are
# told of each change (controversies/pages/proxies.py).
CACHE_SECONDS = max(0, env.int("CACHE_SECONDS", default=60))
PURGE_URL = env.str("PURGE_URL", default="")
try:
    proxies.parse(PURGE_URL)
except proxies.InvalidAddress as error:
    raise ImproperlyConfigured(f"PURGE_URL cannot be used. {error}.") from error

# E-mail: printed with the log unless EMAIL_URL names a server.
SITE_URL = env.str("SITE_URL", default="").rstrip("/") or (
    f"{'https' if HTTPS else 'http'}://{(ALLOWED_HOSTS or ['localhost'])[0].removeprefix('.')}"
)
# What sites that the worker asks are told about who asks.
CHECKS_CONTACT = env.str("CHECKS_CONTACT", default="") or f"{SITE_URL}/about/checks/"
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="") or f"crux@{urlsplit(SITE_URL).hostname}"
try:
    _mail = env.email_url("EMAIL_URL", default="consolemail://")
except (environ.ImproperlyConfigured, ValueError) as error:
    raise ImproperlyConfigured(
        f"EMAIL_URL cannot be used: {error}. It looks like smtp+tls://user:password@host:587 or consolemail://"
    ) from error
# Readers can follow by e-mail where a server is named for it (controversies/following).
FOLLOW_BY_MAIL = bool(env.str("EMAIL_URL", default=""))
MAILERS: dict[str, dict[str, Any]] = {"default": {"BACKEND": _mail["EMAIL_BACKEND"]}}
if _mail["EMAIL_BACKEND"].endswith("smtp.EmailBackend"):
    MAILERS["default"]["OPTIONS"] = {
        "host": _mail["EMAIL_HOST"] or "localhost",
        "port": _mail["EMAIL_PORT"] or 25,
        "username": _mail["EMAIL_HOST_USER"] or "",
        "password": _mail["EMAIL_HOST_PASSWORD"] or "",
        "use_tls": bool(_mail.get("EMAIL_USE_TLS")),
        "use_ssl": bool(_mail.get("EMAIL_USE_SSL")),
        "timeout": 10,  # seconds: somebody waits for the page meanwhile
    }
elif _mail["EMAIL_BACKEND"].endswith("filebased.EmailBackend"):
    MAILERS["default"]["OPTIONS"] = {"file_path": "/" + _mail["EMAIL_FILE_PATH"]}

# Work that waits in the database for the worker. What is due is read from rows (`checks.worker`): a task that is lost
# costs a minute.
_WORK = "controversies.checks.worker"
_SCHEDULES: dict[str, dict[str, Any]] = {
    **{
        f"checks {lane + 1}": {"task": f"{_WORK}.tick", "cron": "* * * * *", "kwargs": {"lane": lane}}
        for lane in range(3)
    },
    "tidy": {"task": f"{_WORK}.tidy", "cron": "17 3 * * *"},
    "put off": {"task": "controversies.workflow.recording.record_put_off", "cron": "* * * * *"},
}
_MAILS = {
    "mails": {"task": "controversies.workflow.mailing.send_mails", "cron": "* * * * *"},
    "mails to readers": {"task": "controversies.following.delivery.send_follow_mails", "cron": "* * * * *"},
}
_DOWNLOADS: dict[str, dict[str, Any]] = {
    "downloads": {
        "task": "controversies.interchange.downloads.files.make_downloads",
        "cron": "* * * * *",
    }
}
_EARLIER_TEXTS: dict[str, dict[str, Any]] = {
    "earlier texts": {
        "task": "controversies.history.earlier_texts.derive_earlier_texts",
        "cron": "* * * * *",
    }
}
_PURGES: dict[str, dict[str, Any]] = {
    "purge": {"task": "controversies.pages.purging.tell_shared_caches", "cron": "* * * * *"}
}
TASKS = {
    "default": {
        "BACKEND": "django_ox.backend.OxBackend",
        "QUEUES": ["default"],
        "OPTIONS": {
            "LOCK_TIMEOUT": 60,
            "SCHEDULES": {
                **_MAILS,
                **_DOWNLOADS,
                **_EARLIER_TEXTS,
                **(_SCHEDULES if CHECKS else {}),
                **(_PURGES if PURGE_URL else {}),
            },
        },
    }
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["controversies.accounts.backend.DeskBackend"]
PASSWORD_HASHERS = [
    "controversies.accounts.hashing.BoundedPasswordHasher",  # Django's PBKDF2, in a thread of its own
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
PASSWORD_RESET_TIMEOUT = 60 * 60  # seconds: what is sent by e-mail is read soon or asked for again

# Accounts are made by administrators, and log in by username. allauth's own limits count in each process for itself,
# and lock out whoever's name strangers know: ours are in `controversies.accounts.throttle`.
ACCOUNT_ADAPTER = "controversies.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 1
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_UNIQUE_EMAIL = False  # people may have two accounts; a taken address would tell who has one
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_METHODS = {"password", "mfa"}
ACCOUNT_RATE_LIMITS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = (
    False  # readers' accounts would go round in circles: see DeskLoginView
)
# Of whom a second factor is required: "off", "publishers" or "everybody".
REQUIRE_SECOND_FACTOR = env.str("REQUIRE_SECOND_FACTOR", default="") or "off"
if REQUIRE_SECOND_FACTOR not in ("off", "publishers", "everybody"):
    raise ImproperlyConfigured(
        f"REQUIRE_SECOND_FACTOR must be off, publishers or everybody; not “{REQUIRE_SECOND_FACTOR}”."
    )
MFA_ADAPTER = "controversies.accounts.mfa_adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # accounts come from administrators, not from whoever has an address
MFA_RATE_LIMITS = False  # a passkey cannot be guessed
MFA_TOTP_TOLERANCE = 1  # a clock may be half a minute wrong
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers allow http for this machine only
MFA_FORMS = {
    "authenticate": "controversies.accounts.forms.CodeForm",
    "reauthenticate": "controversies.accounts.forms.CodeAgainForm",
    "add_webauthn": "controversies.accounts.forms.PasskeyForm",
}
SESSION_COOKIE_AGE = (
    3 * 24 * 60 * 60
)  # seconds from the last use; `accounts.sessions` ends them after 14 days anyway
ACCOUNT_FORMS = {
    "login": "controversies.accounts.forms.DeskLoginForm",
    "reset_password": "controversies.accounts.forms.DeskPasswordResetForm",
    "change_password": "controversies.accounts.forms.DeskPasswordForm",
    "add_email": "controversies.accounts.forms.DeskEmailForm",
}
# The admin's edit page with every position of a large controversy open sends some 1,900 fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

LANGUAGE_CODE = "en"
# Each in its own words. To add one: see tests/README.md.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_FINDERS = [
    "config.staticfiles.StylesheetFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        # Hashed names need `collectstatic` first, which nobody wants while writing a stylesheet.
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "config.staticfiles.HashedStorage"
    },
}
FIXTURE_DIRS = [BASE_DIR / "fixtures"]
SERIALIZATION_MODULES = {"yaml": "controversies.interchange.fixture"}

# Who sends it reads all of `/metrics`; everybody reads what is public anyway.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# A server that collects errors (`config/sentry.py`); none by default.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
LOGGING = logs.logging_config(
    as_json=flag("LOG_JSON", default=False), access=flag("LOG_REQUESTS", default=False)
)
