"""The command: what it says of what it did, and clear words where it did nothing."""

import io

import pytest
from django.core.management import CommandError, call_command

from controversies import models as m
from controversies.history import Stale

from .test_importer import FAULTY, PAGE, PATH, edited, said

pytestmark = pytest.mark.django_db


def run(*arguments, **options):
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("importhistory", *map(str, arguments), stdout=out, stderr=err, **options)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), str(error)
    return out.getvalue(), err.getvalue(), ""


GUESSED = (
    "Guessed from addresses (“?”: doubtful). Confirm or correct these in actors/<id>.yml or topics/<id>.yml, "
    "or in the admin:\n  ada-lovelace: “Ada Lovelace”, person\n  some-engineers: “Some engineers”, "
    "constituency\n  tasters: “Tasters”, constituency\n  tea: the topic “Tea”\n"
)


def test_history_is_taken_over_and_only_once(made):
    made.commit({PATH: PAGE}, "Begin.")
    made.commit({PATH: edited(("Tea is", "Tea was"))}, "Two.")

    options = {"attribution": "By us."}
    assert run(made.folder, **options) == (f"{GUESSED}Recorded revisions: 2. Changed pages: 1.\n", "", "")
    standing = "Guessed by earlier imports, and not confirmed yet: 4. --verbosity 2 lists them.\n"
    known = "Recorded revisions: 0. Changed pages: 0.\nOn record already: 2 commits.\n"
    assert run(made.folder, **options) == (standing + known, "", "")


def test_ref_path_and_dry_run(made):
    first = made.commit({f"site/{PATH}": PAGE}, "Begin.")
    made.commit({f"site/{PATH}": edited(("Tea is", "Tea was"))}, "Two.")

    out, _err, _error = run(made.folder, "site", dry_run=True)
    assert [line.partition(" ")[2] for line in out.splitlines()[:2]] == [
        "milk-first 1: 2026-02-03 Ada Lovelace: Begin.",
        "milk-first 2: 2026-02-03 Ada Lovelace: Two.",
    ]
    assert out.endswith(f"\n{GUESSED}Revisions to record: 2. Pages to change: 1.\n")
    assert not m.Controversy.objects.exists()

    run(made.folder, "site", ref=first, publish=True)
    assert [reason for _name, _time, reason in said()] == ["Begin."]
    assert m.Controversy.objects.get().publication == "published"


def test_faults_are_told_and_can_be_skipped(made):
    made.commit({PATH: PAGE}, "Begin.")
    commit = made.commit({PATH: FAULTY}, "Broken.")

    out, err, error = run(made.folder)
    assert out == ""
    assert err.splitlines()[0].startswith(f"{commit[:10]} {PATH}:14: ")
    assert "--skip-faulty" in error
    assert not m.Controversy.objects.exists()

    out, err, error = run(made.folder, skip_faulty=True)
    kept = "the front matter cannot be read, and stays as it was; the text under it is kept"
    assert out == f"{commit[:10]} {PATH}: {kept}.\n{GUESSED}Recorded revisions: 1. Changed pages: 1.\n"
    assert err.splitlines()[0].startswith(f"{commit[:10]} {PATH}:14: ")
    assert error == ""


def test_page_that_somebody_saves_meanwhile_is_told(made, monkeypatch):
    made.commit({PATH: PAGE}, "Begin.")
    made.commit({PATH: edited(("Tea is", "Tea was"))}, "Two.")

    def saved_by_somebody(*_arguments, **_options):
        raise Stale(None)

    monkeypatch.setattr("controversies.history.record", saved_by_somebody)

    assert run(made.folder) == (
        "",
        "",
        "Somebody saved one of the pages meanwhile. Nothing was recorded; try again.",
    )


def test_refusal_is_told(made):
    made.commit({PATH: PAGE, "controversies/copy.md": PAGE.replace("Tea", "Coffee")})

    _out, err, error = run(made.folder, skip_faulty=True)

    assert "milk-first" in err
    assert error == "Nothing was recorded."


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none"], "There is no folder"),
        ([".", "--ref=none"], "There is no commit “none”"),
        ([".", "elsewhere"], "no controversies/*.md in the history of elsewhere"),
        ([".", "../up"], "outside repository"),
    ],
    ids=["folder", "ref", "path", "above"],
)
def test_what_is_not_there_is_told(made, arguments, words):
    made.commit({PATH: PAGE})
    folder, *rest = arguments

    assert words in run(made.folder / folder, *rest)[2]
