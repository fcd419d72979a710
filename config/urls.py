"""The site's URLs."""

from django.contrib import admin
from django.urls import include, path

from config.health import healthz

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("", include("controversies.public.urls")),
]

handler404 = "controversies.public.access.not_found"
