"""The command: a stream on standard output, and clear words where there is none."""

import io
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from controversies.document import references, types
from tests.factories import ControversyFactory, new_key

from .repositories import git, imported

pytestmark = pytest.mark.django_db


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Closed(io.BytesIO):
    def write(self, _data):
        raise BrokenPipeError


def export(*slugs, out=None):
    out = out or io.BytesIO()
    text = io.TextIOWrapper(out)  # closes what it wraps when it goes
    call_command("exporthistory", *slugs, stdout=text, stderr=io.StringIO())
    return out.getvalue()


def test_the_fixtures_read_well_in_git(tmp_path):
    call_command("loaddata", "scaling", "training_copyright", verbosity=0)

    repository = imported(tmp_path / "one", [export()])

    log = git(repository, "log", "--reverse", "--format=%as %an: %s", "main").splitlines()
    assert len(log) == 13
    said = (
        "A fourth answer was missing: that gains now come from computation while answering. With its papers."
    )
    assert log[2] == f"2025-04-02 contributor-7: {said}"
    slip = git(repository, "log", "-1", "--format=%H", "--grep=A slip of the keyboard", "main").strip()
    changed = git(repository, "show", "--format=", "--numstat", slip)
    assert changed == "2\t2\tcontroversies/training-on-copyrighted-works.md\n"  # the line, and the day
    blamed = git(repository, "blame", "--line-porcelain", "main", "--", "controversies/scaling.md")
    assert blamed.count("\nauthor fell-walker\n") > 50
    assert blamed.count("\nauthor contributor-7\n") > 10
    again = imported(tmp_path / "two", [export()])
    assert git(again, "rev-parse", "main") == git(repository, "rev-parse", "main")


def test_a_source_in_front_changes_nothing_else_in_the_files(tmp_path):
    """Every mark has another number on the page, and none in the repository."""
    made = ControversyFactory(slug="milk", positions=3, citations=8)
    whole = made.document
    numbered = replace(
        whole,
        context=replace(whole.context, text="As [1] and [2] say."),
        positions=tuple(replace(each, argument="See [1], [3] and [4].") for each in whole.positions),
    )
    made.save(numbered)
    source = types.Source(key=new_key(), slug="first", title="First")
    cited = types.Citation(key=new_key(), source=source.key, relation="supports")
    context = replace(numbered.context, citations=(cited, *numbered.context.citations))
    moved = numbered.with_blocks(context=context, sources=(source, *numbered.sources))
    made.save(references.renumber_marks(moved, references.numbering(numbered), {}))
    assert made.document.context.text == "As [2] and [3] say."

    repository = imported(tmp_path, [export()])

    shown = git(repository, "show", "--format=", "-U0", "main")
    lines = [line for line in shown.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert [line.partition(":")[0] for line in lines] == [
        *("+  - id", "+    title"),
        *("+  context/first", "+  source/first"),  # keys, which follow from no name here
    ]
    assert not any("[@" in line for line in lines)
    assert git(repository, "grep", "-c", "As \\[@", "main").endswith(":1\n")


def test_only_the_pages_named(tmp_path):
    for slug in ("milk", "tea"):
        ControversyFactory(slug=slug)

    repository = imported(tmp_path, [export("tea")])

    assert git(repository, "ls-tree", "--name-only", "main", "controversies/") == "controversies/tea.md\n"


def test_what_readers_do_not_see_is_no_page():
    ControversyFactory(slug="secret", publication="draft")

    with pytest.raises(CommandError, match="no public controversy with the address none, secret"):
        export("secret", "none")


def test_terminal_is_refused_with_what_to_do():
    with pytest.raises(CommandError, match=r"exporthistory \| git -C history.git fast-import"):
        call_command("exporthistory", stdout=Terminal())


def test_reader_that_goes_away_is_told_without_a_traceback():
    ControversyFactory()

    with pytest.raises(CommandError, match="stopped before its end"):
        export(out=Closed())
