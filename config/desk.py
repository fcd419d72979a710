"""The admin site: its names, and what its first page lists.

It is not in `controversies.admin`: whoever asks for the site first would import that package, which registers
with the site that is just being made.
"""

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import Model
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# What an editor opens most comes first; what is not named here follows, by name.
ORDER = ("Controversy", "Proposal", "Suggestion", "RedactionRequest", "Backer", "Source", "Topic")


def _name() -> str:
    return _("%(site)s: editors’ desk") % {"site": settings.SITE_NAME}


def _other_pages(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages of the desk that are about no model and that this account may open, as the first page lists them."""
    from controversies.workflow import site_texts  # noqa: PLC0415 - models are there once apps are

    if not site_texts.may_edit(request.user):
        return []
    return [
        {
            "name": _("Texts about the site"),
            "object_name": "SiteText",
            "admin_url": reverse("site_texts"),
            "about": _(
                "Who runs the site, how pages are assessed, how to reach you: what readers see under “About”."
            ),
        }
    ]


class Autocomplete(AutocompleteJsonView):
    """Offers what a ModelAdmin says of a row: enough to tell two of one name apart."""

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        result = super().serialize_result(obj, to_field_name)
        told_apart = getattr(self.model_admin, "told_apart", None)
        return {**result, "text": told_apart(obj)} if told_apart else result


class Site(admin.AdminSite):
    """Django's admin under the site's own name, the controversies first.

    A ModelAdmin may have `about`, a line on what it is for, which the first page shows, `news(request)`, what is new
    there, `waits(request)`, what waits for this very person and so stands first (its name, url, about and words, or
    None), and `told_apart(row)`, what autocompletion offers.
    """

    site_header = site_title = lazy(_name, str)()
    index_title = gettext_lazy("Editors’ desk")
    enable_nav_sidebar = False  # the first page and the breadcrumbs lead everywhere; forms need the width
    index_template = app_index_template = "admin/desk.html"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(
                key=lambda model: (
                    ORDER.index(model["object_name"]) if model["object_name"] in ORDER else len(ORDER)
                )
            )
            for model in app["models"]:
                mine = self._registry[model["model"]]
                model["about"] = getattr(mine, "about", "")
                if news := getattr(mine, "news", None):
                    model["news"] = partial(news, request)  # asked for on the first page only
                model["add_words"] = _("Add a new %s") % model["model"]._meta.verbose_name
            if app["app_label"] == "controversies":
                app["models"] += _other_pages(request)
        return sorted(apps, key=lambda app: app["app_label"] != "controversies")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        from controversies.accounts.demand import factor_demand  # noqa: PLC0415 - models are there once apps are

        waiting = [
            factor_demand(request),
            *(mine.waits(request) for mine in self._registry.values() if hasattr(mine, "waits")),
        ]
        return super().index(request, {"waits": list(filter(None, waiting)), **(extra_context or {})})

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_change_password")

    def autocomplete_view(self, request: HttpRequest) -> Any:
        return Autocomplete.as_view(admin_site=self)(request)
