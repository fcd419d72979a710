"""The project's own app, which has its system checks, and the admin under the site's own name."""

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.admin import apps as admin


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        import config.checks  # noqa: F401, PLC0415  checks register on import, which needs the apps ready
        from controversies.accounts import signals  # noqa: PLC0415  as above

        signals.connect()
        from controversies.pages import purging  # noqa: PLC0415  models, too

        purging.connect()
        from config import events, sentry  # noqa: PLC0415  models, too

        events.connect()
        if settings.SENTRY_DSN:
            sentry.start(settings.SENTRY_DSN)


class DeskConfig(admin.AdminConfig):
    """Django's admin with our own site as its default."""

    default = False
    default_site = "config.desk.Site"

    def ready(self) -> None:
        super().ready()
        from django.contrib.admin import site  # noqa: PLC0415  needs the apps ready

        # These have pages for the admin. Of the worker's queue, editors have no use and operators have commands; of
        # allauth's tables, each account has pages of its own, and nobody sees another's secrets.
        for label in ("django_ox", "account", "mfa", "usersessions"):
            for model in apps.get_app_config(label).get_models():
                if site.is_registered(model):
                    site.unregister(model)
