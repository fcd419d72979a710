"""Topic, as editors see it."""

from django.contrib import admin

from controversies.models import Topic

from .shared import SharedAdmin


@admin.register(Topic)
class TopicAdmin(SharedAdmin):
    search_fields = ["title", "slug"]
