"""Forms of log-in and of the account's own pages."""

from typing import Any

from allauth.account import forms as account_forms
from allauth.core import context as allauth_context
from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.utils.translation import gettext_lazy as _

from . import throttle


class DeskLoginForm(account_forms.LoginForm):
    """A name and a password, under the field names that password managers know from Django's own log-in."""

    error_messages = AdminAuthenticationForm.error_messages

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Username")
        self.fields["login"].widget = forms.TextInput(
            attrs={"autocomplete": "username", "autofocus": True, "maxlength": 150, "autocapitalize": "none"}
        )
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs.pop("placeholder", None)

    def add_prefix(self, field_name: str) -> str:
        return super().add_prefix("username" if field_name == "login" else field_name)

    def clean(self) -> Any:
        """Check name and password; every refusal reads the same."""
        try:
            return super().clean()
        except forms.ValidationError:
            raise forms.ValidationError(
                AdminAuthenticationForm.error_messages["invalid_login"],
                code="invalid_login",
                params={"username": _("username")},
            ) from None


class DeskPasswordResetForm(account_forms.ResetPasswordForm):
    """An address to send a link to; the answer is the same whether there is an account or not."""

    def clean_email(self) -> str:
        throttle.count_mail(allauth_context.request, self.cleaned_data["email"])
        return str(super().clean_email())


class DeskPasswordForm(account_forms.ChangePasswordForm):
    """The present password and a new one. Guesses at the present one are counted as log-ins are."""

    def clean_oldpassword(self) -> str:
        attempt = throttle.count_password(allauth_context.request, self.user.get_username())
        password = str(super().clean_oldpassword())
        attempt.succeed()
        return password


class DeskEmailForm(account_forms.AddEmailForm):
    """A new address, which counts once its owner has followed the link that is sent there."""

    def clean_email(self) -> str:
        throttle.count_mail(allauth_context.request, self.cleaned_data["email"])
        return str(super().clean_email())
