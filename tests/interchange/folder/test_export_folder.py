"""A folder is written as a whole, and nothing of anybody else's is lost."""

import hashlib
import json
from pathlib import Path

import pytest

from controversies.interchange.folder import FolderRefused, write_folder
from controversies.interchange.folder.export_folder import LIST

A, B, C = "controversies/a.md", "controversies/b.md", "actors/c.yml"


def files(root):
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for path in root.rglob("*")
        if path.is_file() and path.name != LIST
    }


def test_put_writes_what_changed_and_removes_what_is_gone(tmp_path):
    root = tmp_path / "new" / "folder"

    first = write_folder(root, {A: "a", B: "b", C: "c"})
    second = write_folder(root, {A: "a", B: "b2"})

    assert (sorted(first.written), first.removed) == ([C, A, B], [])
    assert (second.written, second.unchanged, second.removed, second.kept) == ([B], [A], [C], [])
    assert files(root) == {A: "a", B: "b2"}


def test_put_of_some_files_removes_none(tmp_path):
    write_folder(tmp_path, {A: "a", B: "b"})

    done = write_folder(tmp_path, {A: "a2"}, complete=False)
    write_folder(tmp_path, {A: "a2"})

    assert (done.written, done.removed) == ([A], [])
    assert files(tmp_path) == {A: "a2"}


def test_a_folder_with_other_files_is_refused_unless_forced(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(FolderRefused, match="has other files in it"):
        write_folder(tmp_path, {A: "a"})
    assert files(tmp_path) == {"notes.txt": "mine"}
    write_folder(tmp_path, {A: "a"}, force=True)
    write_folder(tmp_path, {B: "b"})

    assert files(tmp_path) == {"notes.txt": "mine", B: "b"}


def test_a_new_git_repository_counts_as_empty(tmp_path):
    (tmp_path / ".git").mkdir()

    write_folder(tmp_path, {A: "a"})

    assert files(tmp_path) == {A: "a"}


def test_a_file_that_was_edited_since_is_not_written_over(tmp_path):
    write_folder(tmp_path, {A: "a", B: "b"})
    (tmp_path / A).write_text("edited")

    with pytest.raises(FolderRefused, match=r"^Edited since they were exported, .*: controversies/a\.md\."):
        write_folder(tmp_path, {A: "a2", B: "b2"})
    assert files(tmp_path) == {A: "edited", B: "b"}
    write_folder(tmp_path, {A: "a2", B: "b2"}, force=True)

    assert files(tmp_path) == {A: "a2", B: "b2"}


def test_a_file_that_was_edited_since_is_not_removed(tmp_path):
    write_folder(tmp_path, {A: "a", B: "b"})
    (tmp_path / B).write_text("edited")

    done = write_folder(tmp_path, {A: "a"})

    assert (done.removed, done.kept) == ([], [B])
    assert files(tmp_path) == {A: "a", B: "edited"}


def test_an_export_that_was_cut_short_is_continued(tmp_path, monkeypatch):
    write_folder(tmp_path, {A: "a", B: "b"})
    replace = Path.replace

    def fail(self, target):
        if target.name == "b.md":
            raise OSError("disk full")
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="disk full"):
            write_folder(tmp_path, {A: "a2", B: "b2"})
    assert files(tmp_path) == {A: "a2", B: "b"}

    write_folder(tmp_path, {A: "a3", B: "b3"})

    assert files(tmp_path) == {A: "a3", B: "b3"}


def test_a_list_is_no_leave_to_remove_what_is_not_ours(tmp_path):
    root = tmp_path / "folder"
    write_folder(root, {A: "a"})
    names = ["../x.md", "notes.md", "controversies/../notes.md", "actors/.git"]
    for name in names:
        (root / name).write_text("mine")
    digest = hashlib.sha256(b"mine").hexdigest()
    said = json.loads((root / LIST).read_text())
    said["files"] |= {name: [digest] for name in names}
    (root / LIST).write_text(json.dumps(said))

    done = write_folder(root, {B: "b"})

    assert done.removed == [A]
    assert [(root / name).read_text() for name in names] == ["mine"] * 4


def test_links_are_not_written_through(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "folder"
    root.mkdir()
    (root / "controversies").symlink_to(outside)

    with pytest.raises(FolderRefused, match="is not a plain folder"):
        write_folder(root, {A: "a"}, force=True)

    assert files(outside) == {}
