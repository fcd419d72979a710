"""The site's answers to allauth's second factors: how their secrets are kept, and what they are called."""

import base64
import hashlib

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext as _


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets are encrypted with SECRET_KEY, so that a copy of the database alone makes no codes."""

    def encrypt(self, text: str) -> str:
        return _ciphers().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _ciphers().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        return settings.SITE_NAME

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()

    def _get_site_name(self) -> str:
        return settings.SITE_NAME

    def _get_user_identifier(self, user: AbstractBaseUser) -> str:
        return user.get_username()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: str) -> str:
        return _("Passkey")


def _ciphers() -> MultiFernet:
    """Return the present key first: secrets that an older one encrypted can still be read."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (
        hashlib.sha256(f"controversies.accounts.second_factor {key}".encode()).digest() for key in keys
    )
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
