"""Backer, as editors see it."""

from django.contrib import admin

from controversies.models import Backer

from .shared import SharedAdmin


@admin.register(Backer)
class BackerAdmin(SharedAdmin):
    search_fields = ["name", "slug", "aliases"]
