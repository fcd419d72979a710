"""Which files are found where, and what is never read: links, names that lead out, bombs."""

import io
import os
import stat
import zipfile

import pytest

from controversies.interchange.folder import find_files as find
from controversies.interchange.folder.file_finder import printable_name


def names(*paths):
    found, faults, skipped = find(map(str, paths))
    assert not faults
    return [(file.name.rpartition("/")[2], file.is_page) for file in found], skipped


def told(*paths):
    _found, faults, _skipped = find(map(str, paths))
    return [fault.message for fault in faults]


def zipped(path, **entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name.replace("__", "/"), data)
    return path


@pytest.fixture
def tree(tmp_path):
    for name in ("README.md", "src/controversies/a.md", "src/controversies/README.md", "src/controversies/a.txt",
                 "src/actors/b.yml", "src/actors/c.yaml", "src/docs/d.md", ".git/controversies/e.md"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def test_folders_of_the_right_names_are_found_however_deep(tree):
    assert names(tree) == ([("b.yml", False), ("c.yaml", False), ("a.md", True)], [])


def test_a_folder_without_them_gives_its_own_pages(tree):
    assert names(tree / "src" / "docs") == ([("d.md", True)], [])
    assert names(tree / "src" / "controversies", tree / "src" / "actors" / "b.yml") == (
        [("b.yml", False), ("a.md", True)],
        [],
    )


def test_a_file_named_twice_is_one(tree):
    page = tree / "src" / "controversies" / "a.md"

    assert names(page, page) == ([("a.md", True)], [])


def test_links_in_folders_are_not_followed_and_told(tree):
    outside = tree / "outside.md"
    outside.write_text("secret")
    (tree / "src" / "controversies" / "link.md").symlink_to(outside)
    (tree / "src" / "loop").symlink_to(tree / "src")

    found, skipped = names(tree / "src")

    assert [name for name, _is_page in found] == ["b.yml", "c.yaml", "a.md"]
    assert sorted(os.path.relpath(path, tree) for path in skipped) == [
        "src/controversies/link.md",
        "src/loop",
    ]


def test_what_is_no_file_to_import_is_told(tree):
    assert told(tree / "nothing.md") == ["There is no such file or folder."]
    assert told(tree / "src" / "controversies" / "a.txt") == ["This is not a .md, .yml or .zip file."]
    (tree / "empty").mkdir()
    assert told(tree / "empty") == [
        "There is nothing to import. Name .md files, or a folder that has controversies/*.md."
    ]


def test_an_archive_gives_what_a_folder_would(tmp_path):
    path = zipped(
        tmp_path / "a.zip",
        **{"site__controversies__a.md": "a", "site__actors__b.yml": "b", "site__c.md": "c"},
    )
    plain = zipped(tmp_path / "b.zip", **{"pages__a.md": "a", "pages__README.md": "b"})

    assert names(path) == ([("b.yml", False), ("a.md", True)], [])
    assert names(plain) == ([("a.md", True)], [])


@pytest.mark.parametrize(
    "name", ["../controversies/a.md", "/controversies/a.md", "controversies\\..\\..\\controversies/a.md"]
)
def test_a_name_that_leads_out_of_the_archive_is_refused(tmp_path, name):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "a")

    assert told(path) == [
        "This name leads out of the archive. Pack the archive again from inside its folder."
    ]


def test_links_in_an_archive_are_not_followed(tmp_path):
    path = tmp_path / "a.zip"
    link = zipfile.ZipInfo("controversies/link.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("controversies/a.md", "a")

    found, skipped = names(path)

    assert found == [("a.md", True)]
    assert skipped == [f"{path}/controversies/link.md"]


def test_a_bomb_is_not_unpacked(tmp_path):
    path = zipped(tmp_path / "a.zip", **{"controversies__a.md": b"\0" * 50_000_000})

    assert path.stat().st_size < 100_000
    assert told(path) == ["The file is larger than 10 MB. Split the page, or shorten it."]


def test_an_archive_that_lies_about_sizes_or_is_none_is_told(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\x03\x04 not really")
    good = io.BytesIO()
    with zipfile.ZipFile(good, "w") as archive:
        archive.writestr("controversies/a.md", "a" * 100)
    cut = tmp_path / "b.zip"
    cut.write_bytes(good.getvalue().replace(b"a" * 100, b"b" * 100))

    assert told(path)[0].startswith("This zip archive cannot be read")
    assert told(cut)[0].startswith("This zip archive cannot be read: Bad CRC-32")


def test_names_are_shown_safely():
    assert printable_name("a\u202eb\nc\udcff") == "a\\u202eb\\nc\\udcff"
