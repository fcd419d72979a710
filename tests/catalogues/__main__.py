"""Bring the catalogues up to date: `python -m tests.catalogues`."""

import os
import sys

import django

from .catalogue import LANGUAGES, update

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from .strings import public_messages

    messages = public_messages()
    missing = {language: update(language, messages) for language in LANGUAGES}
    for language, count in missing.items():
        print(f"{language}: {len(messages)} strings, {count} without a translation")
    sys.exit(1 if any(missing.values()) else 0)
