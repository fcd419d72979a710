"""The names that the desk's frame needs, on pages of accounts."""

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import second_factor

_TITLES = {
    "account_login": _("Log in"),
    "account_overview": _("Your account"),
    "account_reauthenticate": _("Confirm that it is you"),
    "account_change_password": _("Change your password"),
    "account_reset_password": _("Get a new password"),
    "account_reset_password_done": _("Look at your e-mail"),
    "account_reset_password_from_key": _("Choose a new password"),
    "account_reset_password_from_key_done": _("Your password is changed"),
    "account_email": _("Change your e-mail address"),
    "account_email_verification_sent": _("Look at your e-mail"),
    "account_confirm_email": _("Confirm your e-mail address"),
    "account_invitation": _("Your invitation"),
    "account_sessions": _("Where you are logged in"),
    "mfa_index": _("Second factor"),
    "mfa_authenticate": _("Confirm that it is you"),
    "mfa_reauthenticate": _("Confirm that it is you"),
    "mfa_reauthenticate_webauthn": _("Confirm that it is you"),
    "mfa_activate_totp": _("Set up an authenticator app"),
    "mfa_deactivate_totp": _("Remove the authenticator app"),
    "mfa_view_recovery_codes": _("Recovery codes"),
    "mfa_generate_recovery_codes": _("Make new recovery codes"),
    "mfa_list_webauthn": _("Passkeys"),
    "mfa_add_webauthn": _("Add a passkey"),
    "mfa_edit_webauthn": _("Rename a passkey"),
    "mfa_remove_webauthn": _("Remove a passkey"),
}


def desk_frame(request: HttpRequest) -> dict[str, object]:
    """Return what Django's admin gives to its own pages, for those of accounts."""
    if not request.path.startswith(("/admin/login/", "/admin/account/")):
        return {}
    deadline = second_factor.open_deadline(request.user) if isinstance(request.user, User) else None
    name = request.resolver_match.url_name if request.resolver_match else ""
    return {
        "title": _TITLES.get(name or "", ""),
        "second_factor_deadline": deadline,
        "second_factor_is_due": deadline is not None and deadline <= timezone.now(),
        "site_title": admin.site.site_title,
        "site_header": admin.site.site_header,
        "site_url": "/",
        "has_permission": request.user.is_authenticated and request.user.is_staff,
        "is_nav_sidebar_enabled": False,
    }
