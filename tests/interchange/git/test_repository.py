"""Reading git: what is there, clear words where it is not, and nothing of a hostile repository is run."""

import os
import stat

import pytest

from controversies.interchange.git import repository as repositories
from controversies.interchange.git.repository import (
    CommitNode,
    NotReadable,
    TooLarge,
    glob,
    literal,
    open_repository,
)

from .repositories import git


def read(made, ref="HEAD"):
    with open_repository(made.folder) as repository:
        return repository.commit(repository.resolve(ref))


def test_commit_says_who_when_and_why(made):
    commit = made.commit({"a": "1"}, "Why\n\nBecause.", date="2026-02-03T10:30:00+01:00")

    found = read(made)

    assert (found.id, found.author, found.when) == (commit, "Ada Lovelace", 1770111000)
    assert found.message == "Why\n\nBecause.\n"


@pytest.mark.parametrize(
    ("name", "encoding", "message"),
    [("Zoë", "utf-8", "é"), ("Zoë", "latin-1", "é"), ("Zoë", "nonsense", "é")],
    ids=["utf-8", "latin-1", "unknown"],
)
def test_commit_in_another_encoding_is_read(made, name, encoding, message):
    made.commit({"a": "1"})
    codec = encoding if encoding != "nonsense" else "latin-1"
    tree = made.git("rev-parse", "HEAD^{tree}").strip()
    raw = f"tree {tree}\nauthor {name} <z> 5 +0000\ncommitter z <z> 5 +0000\nencoding {encoding}\n\n{message}"
    commit = git(made.folder, "hash-object", "-t", "commit", "-w", "--stdin", given=raw.encode(codec)).strip()

    found = read(made, commit)

    assert (found.author, found.message) == (name, message)


@pytest.mark.parametrize(
    ("ident", "author", "when"),
    [
        (b"A B <a@b> 7 +0100", "A B", 7),
        (b" <a@b> 7 +0100", "", 7),
        (b"A <a@b", "A", 0),
        (b"A <a@b> -5 +0000", "A", -5),
        (b"A <a@b> x", "A", 0),
        (b"", "", 0),
    ],
    ids=["plain", "nameless", "open", "before-1970", "no-date", "nothing"],
)
def test_odd_identities_are_read(made, ident, author, when):
    made.commit({"a": "1"})
    tree = made.git("rev-parse", "HEAD^{tree}").strip().encode()
    raw = b"tree %b\nauthor %b\ncommitter c <c> 1 +0000\n\nm\n" % (tree, ident)
    commit = git(
        made.folder, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", given=raw
    ).strip()

    found = read(made, commit)

    assert (found.author, found.when) == (author, when)


def test_bare_repository_subfolder_and_nothing(made, tmp_path):
    commit = made.commit({"sub/a": "1"})
    git(tmp_path, "clone", "--quiet", "--bare", str(made.folder), "bare.git")

    with open_repository(tmp_path / "bare.git") as repository:
        assert repository.resolve("main") == commit
    with (
        pytest.raises(NotReadable, match="not a git repository, or not its top folder"),
        open_repository(made.folder / "sub"),
    ):
        pass
    with pytest.raises(NotReadable, match="not a git repository"), open_repository(tmp_path):
        pass
    with pytest.raises(NotReadable, match="There is no folder"), open_repository(tmp_path / "none"):
        pass


@pytest.mark.parametrize("ref", ["none", "--all", "-x", "HEAD^{tree}", "", "a b"], ids=str)
def test_unknown_ref_is_told(made, ref):
    made.commit({"a": "1"})

    with open_repository(made.folder) as repository, pytest.raises(NotReadable, match="There is no commit"):
        repository.resolve(ref)


def test_only_branch_is_meant_where_head_names_one_that_was_never_made(made):
    tip = made.commit({"a": "1"})
    made.git("symbolic-ref", "HEAD", "refs/heads/elsewhere")

    with open_repository(made.folder) as repository:
        assert repository.resolve("HEAD") == tip
        made.git("branch", "another", tip)
        with pytest.raises(NotReadable, match="There is no commit “HEAD”"):
            repository.resolve("HEAD")


def test_shallow_clone_is_refused(made, tmp_path):
    made.commit({"a": "1"})
    made.commit({"a": "2"})
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{made.folder}", "shallow")

    with pytest.raises(NotReadable, match="--unshallow"), open_repository(tmp_path / "shallow"):
        pass


def test_git_missing_is_told(made, monkeypatch):
    monkeypatch.setenv("PATH", str(made.folder))

    with pytest.raises(NotReadable, match="git is needed"), open_repository(made.folder):
        pass


def test_nodes_are_those_of_the_paths(made):
    first = made.commit({"a/x": "1", "b": "1"})
    made.commit({"b": "2"})
    last = made.commit({"a/x": "2"})

    with open_repository(made.folder) as repository:
        assert list(repository.nodes(last, ["a"])) == [CommitNode(first, ()), CommitNode(last, (first,))]
        assert list(repository.nodes(last, ["none"])) == []
        assert list(repository.nodes(last, [literal("a/*")])) == []
        assert list(repository.nodes(last, [glob((), "**/X")])) == [
            CommitNode(first, ()),
            CommitNode(last, (first,)),
        ]


def test_name_of_a_folder_in_a_pattern_means_itself(made):
    made.commit({"[ab]*/x": "1"})
    last = made.commit({"[ab]*/x": "2", "a/x": "1", "abc/x": "1"})
    made.commit({"a/x": "2"})

    with open_repository(made.folder) as repository:
        found = list(repository.nodes(repository.resolve("HEAD"), [glob(("[ab]*",), "**/x")]))
    assert [node.id for node in found][1:] == [last]


def test_tree_and_blob(made):
    made.commit({"a": b"\0\r\n\xff", "d/e": "1"})
    (made.folder / "l").symlink_to("/etc/passwd")
    made.commit({})

    with open_repository(made.folder) as repository:
        tree = repository.tree(repository.commit(repository.resolve("HEAD")).tree)
        assert {name: mode for name, (mode, _id) in tree.items()} == {
            b"a": "100644",
            b"d": "40000",
            b"l": "120000",
        }
        assert repository.blob(tree[b"a"][1]) == b"\0\r\n\xff"


def test_large_object_is_skipped_and_the_next_read(made, monkeypatch):
    monkeypatch.setattr(repositories, "MOST", 2000)
    made.commit({"a": "x" * 5000, "b": "small"})

    with open_repository(made.folder) as repository:
        tree = repository.tree(repository.commit(repository.resolve("HEAD")).tree)
        with pytest.raises(TooLarge, match="5000 bytes"):
            repository.blob(tree[b"a"][1])
        assert repository.blob(tree[b"b"][1]) == b"small"


def test_missing_object_is_told(made):
    made.commit({"a": "1"})
    blob = made.git("rev-parse", "HEAD:a").strip()
    (made.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()

    with open_repository(made.folder) as repository, pytest.raises(NotReadable, match="missing or damaged"):
        repository.blob(blob)


HOSTILE = [  # settings that name a program
    "core.fsmonitor",
    "core.pager",
    "core.sshCommand",
    "core.gitProxy",
    "core.alternateRefsCommand",
    "filter.trap.smudge",
    "filter.trap.clean",
    "filter.trap.process",
    "diff.trap.textconv",
    "diff.trap.command",
    "diff.external",
    "gpg.program",
    "credential.helper",
    "uploadpack.packObjectsHook",
    "alias.cat-file",
    "alias.rev-list",
    "remote.origin.uploadpack",
]


@pytest.mark.parametrize("lazy", [False, True], ids=["this-git", "an-older-git"])
def test_nothing_that_a_repository_names_is_run_and_nobody_steers_git(made, tmp_path, monkeypatch, lazy):
    trap, sprung = tmp_path / "trap", tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\ntouch {sprung}\ncat\n")
    trap.chmod(trap.stat().st_mode | stat.S_IXUSR)
    commit = made.commit({"a": "1", ".gitattributes": "* filter=trap diff=trap\n"})
    for name in HOSTILE:
        made.git("config", name, f"!{trap}" if name.startswith("alias") else str(trap))
    made.git("config", "remote.origin.url", f"ext::{trap}")
    made.git("config", "remote.origin.promisor", "true")
    made.git("config", "remote.origin.partialclonefilter", "blob:none")
    made.git("config", "extensions.partialClone", "origin")
    made.git("config", "core.repositoryFormatVersion", "1")
    made.git("config", "protocol.ext.allow", "always")
    made.git("config", "log.showSignature", "true")
    if lazy:  # which does not know how not to fetch what is missing
        monkeypatch.delitem(repositories._ENVIRONMENT, "GIT_NO_LAZY_FETCH")
    hooks = made.folder / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-index-change", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"):
        (hooks / hook).symlink_to(trap)
    blob = made.git("rev-parse", "HEAD:a").strip()
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_TRACE", str(sprung))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(trap))

    with open_repository(made.folder) as repository:
        assert repository.resolve("HEAD") == commit
        assert [node.id for node in repository.nodes(commit, ["a"])] == [commit]
        assert repository.blob(blob) == b"1"
        with pytest.raises(NotReadable, match="missing or damaged"):
            repository.blob("1" * 40)  # which a promisor would be asked for

    assert not sprung.exists()
    assert os.environ["GIT_DIR"]
