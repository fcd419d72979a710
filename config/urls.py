"""The site's URLs."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from config.health import healthz, livez, readyz
from config.metrics import metrics
from controversies.public.urls import for_people, for_programs

urlpatterns = [
    path("admin/", include("controversies.accounts.urls")),  # before the desk's own, which they replace
    path("admin/site-texts/", include("controversies.admin.site_texts.urls")),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("api/", include("controversies.api.urls")),
    path("", include(for_programs)),
    *i18n_patterns(path("", include(for_people)), prefix_default_language=False),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
