"""Where imported text comes from: given at the import, asked for, or said to be unknown, wherever it is shown."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from controversies import history
from controversies.history import verify
from tests.factories import ControversyFactory, UserFactory
from tests.interchange.folder.pages import WEIGHTS, head, write
from tests.interchange.git.repositories import Made, git
from tests.interchange.git.test_importer import PAGE, PATH, edited

pytestmark = pytest.mark.django_db
LEDGER = "By [The Ledger](https://ledger.example/), CC BY-SA 4.0."
UNKNOWN = "Origin not recorded"


def run(name: str, *args: Any, **options: Any) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(name, *map(str, args), stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def repository(root: Path) -> Path:
    """A repository with two versions of a page."""
    git(root, "init", "--quiet", "--initial-branch=main")
    made = Made(root)
    made.commit({PATH: PAGE}, "Begin.")
    made.commit({PATH: edited(("Tea is", "Tea was"))}, "Two.")
    return root


def attribution(slug: str = "weights") -> str:
    return head(slug).document.head.attribution


class Terminal(io.StringIO):
    """Somebody who types this."""

    def isatty(self) -> bool:
        return True


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> list[str]:
    """Somebody sits at the terminal and types these; what is left of it is not asked for."""
    left = list(lines)
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda _prompt: left.pop(0))
    return left


# -- files --


def test_attribution_is_recorded_in_pages_without_one_of_their_own(tmp_path):
    write(tmp_path, own=WEIGHTS.replace("id: weights", "id: own\nattribution: By us."))

    _out, err = run("importcontroversies", tmp_path, attribution=LEDGER)

    assert (attribution(), attribution("own")) == (LEDGER, "By us.")
    assert all("Its confidence is high, but no reason is given." in line for line in err.splitlines()), err
    assert list(verify.faults(head("weights").document.key)) == []


def test_without_an_attribution_each_run_says_that_the_origin_is_not_recorded(tmp_path):
    write(tmp_path)

    for _time in range(2):
        _out, err = run("importcontroversies", tmp_path)
        assert "1 page has no attribution: “" in err
        assert "Readers see “Origin not recorded” there. Give --attribution, write “attribution: …”" in err

    assert attribution() == ""


def test_attribution_given_later_is_an_edit_of_the_page(tmp_path):
    write(tmp_path)
    run("importcontroversies", tmp_path)
    before = head("weights")

    out, err = run("importcontroversies", tmp_path, attribution=LEDGER)

    now = head("weights")
    assert (now.number, now.document.head.attribution) == (before.number + 1, LEDGER)
    assert now.entry.summary == "Origin of the text recorded."
    assert "0 new, 1 changed" in out
    assert err == ""
    run("importcontroversies", tmp_path, attribution="Another.")
    assert head("weights").number == now.number


def test_pages_written_on_the_desk_are_not_given_the_attribution_of_an_import(tmp_path):
    page = ControversyFactory(slug="ours", author=UserFactory())
    run("exportcontroversies", tmp_path)
    file = tmp_path / "controversies" / "ours.md"
    file.write_text(file.read_text().replace("\ntitle: ", "\ntitle: Now ", 1))

    _out, err = run("importcontroversies", tmp_path, attribution=LEDGER)

    assert attribution("ours") == page.document.head.attribution == ""
    assert err == ""


def test_somebody_at_a_terminal_is_asked_once(tmp_path, monkeypatch):
    write(tmp_path, other=WEIGHTS.replace("id: weights", "id: other"))
    left = typed(monkeypatch, LEDGER, "asked twice")

    _out, err = run("importcontroversies", tmp_path)

    assert left == ["asked twice"]
    assert "2 pages have no attribution: " in err
    assert "Where does the text come from, and under which licence?" in err
    assert UNKNOWN not in err
    assert (attribution(), attribution("other")) == (LEDGER, LEDGER)


def test_somebody_who_does_not_know_leaves_it_empty(tmp_path, monkeypatch):
    write(tmp_path)
    typed(monkeypatch, "")

    _out, err = run("importcontroversies", tmp_path)

    assert UNKNOWN in err
    assert attribution() == ""


@pytest.mark.parametrize("options", [{"dry_run": True}, {"attribution": ""}])
def test_nobody_is_asked_in_a_dry_run_or_who_said_that_there_is_none(tmp_path, monkeypatch, options):
    write(tmp_path)
    typed(monkeypatch)

    _out, err = run("importcontroversies", tmp_path, **options)

    assert UNKNOWN in err


# -- git --


def test_attribution_is_in_every_revision_taken_from_git(tmp_path):
    made = repository(tmp_path)

    _out, err = run("importhistory", made, attribution=LEDGER)

    key = head("milk-first").document.key
    assert [history.at(key, number).document.head.attribution for number in (1, 2)] == [LEDGER] * 2
    assert err == ""
    assert list(verify.faults(key)) == []


def test_git_history_without_an_attribution_is_said_to_be_of_unknown_origin(tmp_path, monkeypatch):
    made = repository(tmp_path)
    for _time in range(2):
        _out, err = run("importhistory", made)
        assert "1 page has no attribution: “Milk first?”." in err
        assert UNKNOWN in err
    left = typed(monkeypatch, "never asked: nothing is new")

    run("importhistory", made)

    assert len(left) == 1
    assert attribution("milk-first") == ""


def test_git_history_asks_at_a_terminal(tmp_path, monkeypatch):
    typed(monkeypatch, LEDGER)

    run("importhistory", repository(tmp_path))

    assert attribution("milk-first") == LEDGER


# -- what readers are told --


def answers(slug: str, number: int) -> dict[str, str]:
    """Every answer that says where a page's text comes from."""
    base, revision = f"/controversies/{slug}", f"/controversies/{slug}/revisions/{number}"
    return {
        address: Client().get(address).content.decode()
        for address in (
            *(f"{base}/", f"{base}.json", f"{base}/cite/", f"{base}/cite.bib", f"{base}/cite.ris"),
            *(f"{base}/cite.json", f"{revision}/", f"{revision}.json", f"{revision}/cite/"),
            *(f"/api/v1/controversies/{slug}", f"/api/v1/controversies/{slug}/revisions/{number}"),
            "/api/v1/changes?documents=true",
        )
    }


def test_readers_are_told_that_the_origin_is_not_recorded(tmp_path):
    write(tmp_path)
    run("importcontroversies", tmp_path, publish=True)

    for address, answer in answers("weights", 1).items():
        assert "rigin not recorded" in answer or '"origin": "not recorded"' in answer, address
        assert "Written by the editors" not in answer


def test_old_revisions_go_on_saying_it_once_the_origin_is_recorded(tmp_path):
    write(tmp_path)
    run("importcontroversies", tmp_path, publish=True)
    run("importcontroversies", tmp_path, attribution=LEDGER)
    client = Client()

    today = client.get("/controversies/weights/").content.decode()
    old = client.get("/controversies/weights/revisions/1/").content.decode()

    assert UNKNOWN not in today
    assert "The Ledger" in today
    assert UNKNOWN in old
    changes = client.get("/api/v1/changes?documents=true").json()["items"]
    assert [each["document"]["revision"].get("origin") for each in changes] == ["not recorded", None]


def test_pages_written_here_are_said_to_be_the_editors(client):
    page = ControversyFactory(slug="ours")

    for address, answer in answers("ours", page.head.number).items():
        assert "rigin not recorded" not in answer, address
        assert "not recorded" not in json.dumps(answer), address
    assert (
        "Written by the editors of Crux. No licence is recorded."
        in client.get("/controversies/ours/").content.decode()
    )
