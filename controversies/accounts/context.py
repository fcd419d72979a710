"""The names that the desk's frame needs, on pages of accounts."""

from django.contrib import admin
from django.http import HttpRequest


def desk_frame(request: HttpRequest) -> dict[str, object]:
    """Return what Django's admin gives to its own pages, for those of accounts."""
    if not request.path.startswith(("/admin/login/", "/admin/account/")):
        return {}
    return {
        "site_title": admin.site.site_title,
        "site_header": admin.site.site_header,
        "site_url": "/",
        "has_permission": request.user.is_authenticated and request.user.is_staff,
        "is_nav_sidebar_enabled": False,
    }
