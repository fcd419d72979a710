"""What the admin of backers, sources and topics has in common: they are shared between pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class SharedAdmin(admin.ModelAdmin):
    """Edits a row that many pages show. Nobody deletes one here: pages and their history refer to it."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
