"""Addresses of the texts about the site at the desk, under `/admin/site-texts/`."""

from django.contrib import admin
from django.urls import path

from controversies.admin.site_texts import views

urlpatterns = [
    path("", admin.site.admin_view(views.text_list), name="site_texts"),
    path("<slug:name>/", admin.site.admin_view(views.text_form), name="site_text_edit"),
]
