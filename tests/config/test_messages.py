"""Strings that people read can be collected for translation: `makemessages` runs without a warning."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

CODE = ("config", "controversies", "templates")


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs GNU gettext: apt-get install gettext")
def test_strings_are_collected_without_a_warning(tmp_path: Path) -> None:
    for folder in CODE:
        shutil.copytree(
            settings.BASE_DIR / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(settings.BASE_DIR / "pyproject.toml", tmp_path)

    done = subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--locale", "de", "--verbosity", "0"],
        cwd=tmp_path,
        env={
            **os.environ,
            "DATABASE_URL": "postgres://nobody@/none",  # none is asked
            "DEBUG": "true",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONPATH": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    catalogues = [tmp_path / folder / "locale/de/LC_MESSAGES/django.po" for folder in (".", "controversies")]
    messages = "".join(path.read_text() for path in catalogues)
    for text in ("Skip to the content", "Several independent sources", "We can’t filter by “%s”."):
        assert text.lower() in messages.lower()
