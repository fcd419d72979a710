"""Forms of log-in and of the account's own pages."""

import unicodedata
from typing import Any

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from allauth.core import context as allauth_context
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Concat, Trim
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from controversies.kit.accounts import Account
from controversies.kit.characters import without_controls
from controversies.models import Revision

from . import second_factor, throttle


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
        email = str(super().clean_email())
        # Only the address that an account has now: allauth keeps those that an administrator has replaced.
        self.users: list[Account] = [user for user in self.users if user.email.casefold() == email.casefold()]
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Send the link, or tell the address that no account has it: both take as long."""
        if self.users:
            return str(super().save(request, **kwargs))
        get_adapter().send_mail("account/email/unknown_account", self.cleaned_data["email"], {})
        return str(self.cleaned_data["email"])


class _CountedCode(forms.Form):
    """A code of a second factor: guesses are counted, and each code works once."""

    user: Account

    def clean_code(self) -> str:
        attempt = throttle.count_code(allauth_context.request, self.user.get_username())
        with transaction.atomic():
            locked = Authenticator.objects.select_for_update().filter(user=self.user).order_by("pk")
            list(locked)
            code = str(super().clean_code())  # type: ignore[misc]
            factor = self.authenticator  # type: ignore[attr-defined]
            if factor.type == Authenticator.Type.TOTP and not second_factor.spend_code(factor, code):
                raise forms.ValidationError(_("Incorrect code."), code="incorrect_code")
        attempt.succeed()
        return code


class CodeForm(_CountedCode, mfa_forms.AuthenticateForm):
    """The code that completes a log-in."""


class CodeAgainForm(_CountedCode, mfa_forms.ReauthenticateForm):
    """The code by which somebody who is logged in proves to be there still."""


class PasskeyForm(webauthn_forms.AddWebAuthnForm):
    """A passkey, with which alone one can log in: a mere second key is not offered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")
        self.fields["name"].help_text = _("To tell your passkeys apart, as “Phone”.")
        del self.fields["passwordless"]

    def clean(self) -> Any:
        self.cleaned_data: dict[str, Any] = {**self.cleaned_data, "passwordless": True}
        return super().clean()


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


class InvitationForm(forms.ModelForm):
    """The name and password of an account that somebody was invited to."""

    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html,
    )
    password2 = forms.CharField(
        label=_("Password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = User
        fields = ["username", "first_name", "last_name"]
        help_texts = {
            "username": _("Your name for the log-in."),
            "last_name": _("Readers see your first and last name beside your revisions."),
        }

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or self.cleaned_data
        first, second = fields.get("password1", ""), fields.get("password2", "")
        if first != second:
            self.add_error("password2", _("The two passwords are not the same."))
        try:
            validate_password(first, self.instance)
        except forms.ValidationError as error:
            self.add_error("password1", error)
        return fields


class PublicNameForm(forms.Form):
    """The name under which readers see an account's revisions, and whether it is named among the editors."""

    name = forms.CharField(
        label=_("Public name"),
        max_length=150,
        help_text=_(
            "Readers see it beside your revisions from now on. Earlier revisions keep the name that they were "
            "recorded under."
        ),
    )
    is_listed = forms.BooleanField(label=_("Name me among the editors on “About this site”"), required=False)

    def __init__(self, *args: Any, user: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_name(self) -> str:
        """Return the name. It is no address, and nobody else's: readers must not take one person for another."""
        name = " ".join(without_controls(self.cleaned_data["name"]).split())
        if not any(unicodedata.category(char)[0] in "LN" for char in name):
            raise forms.ValidationError(_("Give a name that readers can see."))
        if "@" in name:
            raise forms.ValidationError(_("Give a name, not an e-mail address."))
        if ";" in name:
            raise forms.ValidationError(_("Give one name, without a semicolon."))
        if name.casefold() == self.user.get_username().casefold():
            raise forms.ValidationError(_("This is your log-in name. Choose another one for readers."))
        if self._is_of_others(name):
            raise forms.ValidationError(_("Somebody else writes here under this name. Choose another one."))
        return name

    def _is_of_others(self, name: str) -> bool:
        others = User.objects.exclude(pk=self.user.pk)
        accounts = others.annotate(full_name=Trim(Concat("first_name", Value(" "), "last_name"))).filter(
            Q(full_name__iexact=name) | Q(username__iexact=name)
        )
        of_others = Revision.objects.filter(author_name=name, author__isnull=False).exclude(author=self.user)
        return accounts.exists() or of_others.exists()
