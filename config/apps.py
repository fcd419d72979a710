"""The project's own app: its system checks, nothing else."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        import config.checks  # noqa: F401, PLC0415  checks register on import, which needs the apps ready
