"""Source, as editors see it."""

from django.contrib import admin

from controversies.models import Source

from .shared import SharedAdmin


@admin.register(Source)
class SourceAdmin(SharedAdmin):
    search_fields = ["title", "authors", "publisher", "doi", "url", "slug"]
