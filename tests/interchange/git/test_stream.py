"""The stream for git: deterministic, checked by git itself, and nothing in it that readers may not see."""

import datetime
import tracemalloc
from dataclasses import replace

import pytest

from controversies import history
from controversies import models as m
from controversies.history import replay
from controversies.interchange.git import stream as streams
from tests.factories import (
    BIG,
    START,
    BackerFactory,
    ControversyFactory,
    UserFactory,
    backer_block,
    document_factory,
)
from tests.interchange.git.repositories import git, imported

pytestmark = pytest.mark.django_db


def write(document, day):
    """A page in a few lines."""
    head = document.head
    said = [f"{position.claim}\n\n{position.argument}" for position in document.positions]
    return "\n".join([head.title, head.question, head.status_summary, str(day), *said, ""])


def write_actor(backer):
    return f"name: {backer.name}\n"


def stream(*keys):
    return streams.fast_import_stream(replay.public(keys or None), write=write, write_actor=write_actor)


def commits(repository):
    return git(repository, "rev-list", "--reverse", "main").split()


def test_commit_is_the_revision(tmp_path):
    made = ControversyFactory(slug="milk", title="Milk", revisions=2, positions=1)

    repository = imported(tmp_path, stream())

    form = "%an|%ae|%ai|%cn|%ce|%ci|%s|%(trailers:key=Page,valueonly)%(trailers:key=Digest,valueonly)"
    first, second = (
        git(repository, "log", "-1", f"--format={form}", commit) for commit in commits(repository)
    )
    who = "Edith Editor|edith-editor@crux.invalid|2026-01-05 09:00:00 +0000"
    digest = history.at(made.key, 1).entry.digest.hex()
    assert first == f"{who}|{who}|First version.|milk\n{digest}\n\n"
    assert second.startswith("Paul Publisher|paul-publisher@crux.invalid|2026-01-06 09:00:00 +0000|")
    assert second.endswith(f"|Change number 2.|milk\n{made.head.entry.digest.hex()}\n\n")
    backer = made.document.backers[0]
    assert git(repository, "ls-tree", "-r", "--name-only", "main").split() == [
        "README.md",
        f"actors/{backer.slug}.yml",
        "controversies/milk.md",
    ]
    day = datetime.date(2026, 1, 6)
    assert git(repository, "show", "main:controversies/milk.md") == write(made.document, day)
    assert git(repository, "show", f"main:actors/{backer.slug}.yml") == write_actor(backer)


def test_commit_has_only_what_the_revision_changed(tmp_path):
    ControversyFactory(slug="milk", revisions=3, **BIG)

    repository = imported(tmp_path, stream())

    changed = git(repository, "log", "--format=", "--name-only", "main~1..main").split()
    assert changed == ["controversies/milk.md"]


def test_two_exports_have_the_same_commits_and_a_later_one_begins_with_the_earlier(tmp_path):
    made = ControversyFactory(revisions=3)
    ControversyFactory(revisions=3, start=START + datetime.timedelta(hours=1))
    before = commits(imported(tmp_path / "a", stream()))
    assert commits(imported(tmp_path / "b", stream())) == before

    made.edit(question="Is there more?", time=START + datetime.timedelta(days=30))

    now = commits(imported(tmp_path / "c", stream()))
    assert len(before) == 6
    assert now[:6] == before
    assert len(now) == 7


def test_later_export_moves_the_branch_of_an_earlier_one_on(tmp_path):
    made = ControversyFactory(revisions=2)
    repository = imported(tmp_path, stream())
    first = commits(repository)
    made.edit(question="Is there more?")

    git(repository, "fast-import", "--quiet", given=b"".join(stream()))

    assert commits(repository)[:2] == first
    assert len(commits(repository)) == 3


def test_nothing_that_readers_may_not_see_goes_out(tmp_path):
    secret = "Never to be seen"
    author = UserFactory(username="ada@secret.example", first_name="", last_name="", email="a@secret.example")
    ControversyFactory(publication="draft", title=secret, backers=[BackerFactory.build(name=secret)])
    ControversyFactory(publication="withdrawn", title=secret)
    made = ControversyFactory(revisions=1, publication="draft", title=secret, author=author)
    made.edit(publication="published", title="To be seen", author=author)
    made.edit(publication="withdrawn", title=secret, author=author)
    made.edit(publication="published", title="To be seen again", author=author)

    everything = b"".join(stream())

    repository = imported(tmp_path, [everything])
    assert secret.encode() not in everything
    assert b"secret.example" not in everything
    assert len(commits(repository)) == 2
    assert git(repository, "log", "--format=%an %ae", "main").split("\n")[0] == "ada ada@crux.invalid"


def test_odd_names_and_reasons_are_safe(tmp_path):
    made = ControversyFactory(revisions=1)
    names = ["A <b> c", "<", ">", "data 5\\n", "\u202eright", "李雷", "'\"\\", "committer x <y> 1 +0000", "…"]
    for number, name in enumerate(names):
        summary = ["", "data 3\n\ndone\n", "from refs/heads/x", "é" * 1000, "\tdone"][number % 5]
        made.edit(question=f"Is it {number}?", author_name=name, summary=summary)

    repository = imported(tmp_path, stream())  # with `git fsck --strict`

    assert len(commits(repository)) == 1 + len(names)
    shown = git(repository, "log", "--reverse", "--format=%an", "main").splitlines()[1:]
    assert shown == [name.replace("<", "‹").replace(">", "›") for name in names]
    assert git(repository, "log", "-1", "--skip=8", "--format=%s", "main").strip().endswith("revision 2")


def test_times_that_git_cannot_hold_are_safe(tmp_path):
    old = datetime.datetime(1851, 5, 1, 12, 0, 0, 5, tzinfo=datetime.UTC)
    history.record(document_factory(slug="milk"), base=None, author_name="A", time=old)

    repository = imported(tmp_path, stream())

    assert git(repository, "log", "--format=%at %(trailers:key=Time,valueonly)", "main").split() == [
        "0",
        "1851-05-01T12:00:00.000005+00:00",
    ]


def test_new_name_and_address_of_a_backer_move_its_file(tmp_path):
    backer = m.Backer.objects.create(slug="old", name="Old", kind="company")
    for slug in ("milk", "tea"):
        document = document_factory(slug=slug, positions=1, backers=[backer_block(backer)])
        history.record(document, base=None, author_name="A", time=START)
    with history.act(author_name="A", time=START + datetime.timedelta(days=1)):
        m.Backer.objects.update(slug="new", name="New")

    repository = imported(tmp_path, stream())

    first, second = commits(repository)[2:]
    changed = git(repository, "show", "--format=", "--name-status", "--no-renames", first).splitlines()
    page = next(line for line in changed if line.startswith("M\tcontroversies/"))
    assert changed == ["A\tactors/new.yml", "D\tactors/old.yml", page]
    assert git(repository, "show", "--format=", "--name-only", second).count("\n") == 1
    assert git(repository, "ls-tree", "--name-only", "main", "actors/") == "actors/new.yml\n"


def test_page_that_got_another_address_moves_its_file(tmp_path):
    document = document_factory(slug="milk")
    history.record(document, base=None, author_name="A", time=START)
    [one] = replay.public()
    other = replace(one, document=replace(document, head=replace(document.head, slug="tea")))

    repository = imported(
        tmp_path, streams.fast_import_stream([one, other], write=write, write_actor=write_actor)
    )

    moved = git(repository, "log", "-1", "-M50%", "--format=", "--name-status", "main")
    assert moved == "R100\tcontroversies/milk.md\tcontroversies/tea.md\n"


def test_stream_that_breaks_off_leaves_nothing(tmp_path):
    ControversyFactory(revisions=3)
    pieces = list(stream())
    git(tmp_path, "init", "--quiet", "--bare")

    with pytest.raises(AssertionError, match="stream ends early"):
        git(tmp_path, "fast-import", "--quiet", given=b"".join(pieces[:-1]))

    assert git(tmp_path, "for-each-ref") == ""


def test_nothing_public_is_an_empty_stream(tmp_path):
    repository = imported(tmp_path, stream())

    assert git(repository, "for-each-ref") == ""


def test_longer_history_needs_no_more_memory():
    short, long = ControversyFactory(revisions=40), ControversyFactory(revisions=240)

    def peak(key):
        tracemalloc.start()
        size = sum(map(len, stream(key)))
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size, most

    peak(short.key)  # what is made once
    small, large = peak(short.key), peak(long.key)

    assert large[0] > 5 * small[0]
    assert large[1] < 1.5 * small[1]
