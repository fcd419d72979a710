"""The one app: layered inside (see README, "How the code is laid out")."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ControversiesConfig(AppConfig):
    name = "controversies"
    verbose_name = _("Content")
