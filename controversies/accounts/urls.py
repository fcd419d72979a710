"""Addresses of log-in and of the account's own pages, under `/admin/`; none of allauth's sign-up."""

from allauth.account import views as account
from django.urls import include, path, re_path

from . import views

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("account/", views.overview, name="account_overview"),
    path("account/name/", views.public_name, name="account_public_name"),
    path("account/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/password/reset/", account.password_reset, name="account_reset_password"),
    path("account/password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "account/password/reset/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^account/password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[-:\w]+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("account/second-factor/", include("allauth.mfa.urls")),
    path("account/sessions/", views.session_list, name="account_sessions"),
    path("account/invitation/<str:token>/", views.invitation, name="account_invitation"),
    path("account/email/", account.email, name="account_email"),
    path("account/email/sent/", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^account/email/(?P<key>[-:\w]+)/$", account.confirm_email, name="account_confirm_email"),
]
