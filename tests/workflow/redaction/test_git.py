"""A history that was exported after a removal is taken over as it is: the marker stays, and so do the names."""

import io
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

from controversies import history
from controversies import models as m
from controversies.document.redact import MARKER, NAME
from controversies.history import verify
from controversies.workflow import redaction

from .test_erase import order, said

pytestmark = pytest.mark.django_db(transaction=True)

GIT = shutil.which("git") or "git"


def test_history_with_removals_goes_through_git(tmp_path: Path) -> None:
    page = said()
    page.edit(title="Another title", summary="Zoë Qüxly asked.", author_name="Zoë Qüxly")
    redaction.apply(order("Zoë Qüxly"))
    out = io.TextIOWrapper(io.BytesIO())
    call_command("exporthistory", stdout=out, stderr=io.StringIO())
    repository = tmp_path / "history.git"
    subprocess.run([GIT, "init", "-q", "--bare", "--initial-branch=main", repository], check=True)
    stream = out.buffer.getvalue()  # type: ignore[attr-defined]  # the bytes behind it
    subprocess.run([GIT, "-C", repository, "fast-import", "--quiet"], input=stream, check=True)
    log = subprocess.run(
        [GIT, "-C", repository, "log", "-p", "--format=%an%n%B"], check=True, capture_output=True
    ).stdout.decode()
    assert "Qüxly" not in log
    assert f"{MARKER} asked." in log
    assert NAME in log
    call_command("flush", interactive=False, verbosity=0)

    call_command("importhistory", str(repository), "--publish", stdout=io.StringIO(), stderr=io.StringIO())

    [key] = m.Controversy.objects.values_list("pk", flat=True)
    assert history.at(str(key), 2).document.positions[0].argument == f"{MARKER} said so."
    named = m.Revision.objects.get(number=3)
    assert (named.author_name, named.summary) == (NAME, f"{MARKER} asked.")
    assert list(verify.faults(str(key))) == []
