"""Which commits changed which pages: one line a page, whatever became of its file."""

import pytest

from controversies.interchange.git.history_walk import HistoryWalk, PageLocation
from controversies.interchange.git.repository import open_repository

PAGE = "".join(f"Line {number} of a page.\n" for number in range(10))


def page(mark="", *, of=PAGE):
    return f"{of}{mark}\n"


def short(path):
    """The path without the folder that most pages here are in."""
    return path.removeprefix("site/").removeprefix("controversies/")


def steps(made, path="", tip="HEAD"):
    """What each commit did, in words: its subject, and `line name content` of each change, ~ if beside others."""
    with open_repository(made.folder) as repository:
        walk = HistoryWalk(repository, repository.resolve(tip), PageLocation.of(path))
        said = []
        for step in walk.steps():
            subject = repository.commit(step.commit).message.splitlines()[0]
            changes = [
                f"{'' if change.whole else '~'}{change.line} {short(change.name) or '-'}"
                + (f" {repository.blob(change.blob).decode().split()[-1]}" if change.blob else "")
                for change in step.changes
            ]
            said.append((subject, *changes))
        return said, list(map(short, walk.names)), walk.deleted


def test_commits_in_a_row(made):
    made.commit({"README.md": "x"}, "Begin")
    made.commit({"controversies/a.md": page("a1"), "actors/x.yml": "x"}, "One")
    made.commit({"other": "x", "controversies/b.md": page("b1", of="Other\n" * 9)}, "Two")
    made.commit(
        {"controversies/a.md": page("a2"), "controversies/a.txt": "no", "controversies/in/c.md": "no"},
        "Three",
    )
    made.commit({"actors/x.yml": "y"}, "Four")
    made.commit({"other": "y"}, "Five")

    assert steps(made) == (
        [("One", "0 a.md a1"), ("Two", "1 b.md b1"), ("Three", "0 a.md a2"), ("Four",)],
        ["a.md", "b.md"],
        set(),
    )


def test_renamed_deleted_and_brought_back_files_are_the_same_page(made):
    made.commit({"controversies/a.md": page("1"), "controversies/z.md": "Quite\nanother\n"}, "One")
    made.commit({"controversies/a.md": None, "controversies/b.md": page("1")}, "Renamed")
    made.commit({"controversies/b.md": None, "controversies/c.md": page("2")}, "Renamed and edited")
    made.commit({"controversies/c.md": None}, "Deleted")
    made.commit({"controversies/c.md": page("3")}, "Back")
    made.commit({"controversies/z.md": None}, "Deleted too")

    said, names, deleted = steps(made)

    assert said == [
        ("One", "0 a.md 1", "1 z.md another"),
        ("Renamed and edited", "0 c.md 2"),
        ("Deleted", "0 -"),
        ("Back", "0 c.md 3"),
        ("Deleted too", "1 -"),
    ]
    assert (names, deleted) == (["c.md", "z.md"], {1})


def test_two_files_that_swap_names_stay_two_pages(made):
    made.commit({"controversies/a.md": page("a"), "controversies/b.md": page("b", of="Other\n" * 10)}, "One")
    made.commit({"controversies/a.md": None, "controversies/c.md": page("a")}, "Away")
    made.commit({"controversies/a.md": "A new one\n"}, "New")

    assert steps(made) == (
        [("One", "0 a.md a", "1 b.md b"), ("New", "2 a.md one")],
        ["c.md", "b.md", "a.md"],
        set(),
    )


def test_branches_are_edits_beside_one_another_and_a_merge_is_whole(made):
    made.commit({"controversies/a.md": page("0"), "controversies/b.md": page("b", of="Other\n" * 9)}, "One")
    made.git("checkout", "--quiet", "-b", "side")
    made.commit({"controversies/a.md": page("side")}, "On the side")
    made.git("checkout", "--quiet", "main")
    made.commit({"controversies/a.md": page("main")}, "On main")
    made.commit({"controversies/b.md": page("b2", of="Other\n" * 9)}, "Elsewhere")
    made.merge("side", files={"controversies/a.md": page("both")})
    made.commit({"controversies/a.md": page("after")}, "After")

    said, _names, _deleted = steps(made)

    assert said[0] == ("One", "0 a.md 0", "1 b.md b")
    beside = sorted((subject, change.lstrip("~")) for subject, change in said[1:4])
    assert beside == [("Elsewhere", "1 b.md b2"), ("On main", "0 a.md main"), ("On the side", "0 a.md side")]
    assert said[3][1].startswith("~")  # whichever comes last knows not of the other
    assert said[4:] == [("Merge side.", "0 a.md both"), ("After", "0 a.md after")]


def test_merge_that_drops_a_side_says_so(made):
    made.commit({"controversies/a.md": page("0")}, "One")
    made.git("checkout", "--quiet", "-b", "side")
    made.commit({"controversies/a.md": page("side")}, "On the side")
    made.git("checkout", "--quiet", "main")
    made.commit({"controversies/b.md": page("b", of="Other\n" * 9)}, "On main")
    made.merge("side", "-s", "ours")

    said, _names, _deleted = steps(made)

    assert ("Merge side.", "0 a.md 0") in said


def test_page_renamed_on_one_side_and_edited_on_the_other_is_one(made):
    made.commit({"controversies/a.md": page("0")}, "One")
    made.git("checkout", "--quiet", "-b", "side")
    made.commit({"controversies/a.md": page("0").replace("Line 3", "Line three")}, "Edited")
    made.git("checkout", "--quiet", "main")
    made.commit({"controversies/a.md": None, "controversies/b.md": page("0")}, "Renamed")
    made.merge("side")

    said, names, deleted = steps(made)

    assert (names, deleted) == (["b.md"], set())
    assert said[-1] in [("Merge side.", "0 b.md 0"), ("Edited", "0 a.md 0"), ("Edited", "~0 a.md 0")]


def test_same_page_begun_on_two_branches_is_one(made):
    made.commit({"README": "x"}, "Begin")
    made.git("checkout", "--quiet", "-b", "side")
    made.commit({"controversies/a.md": page("side")}, "Side")
    made.git("checkout", "--quiet", "main")
    made.commit({"controversies/a.md": page("main")}, "Main")
    made.merge("side", files={"controversies/a.md": page("both")})

    said, names, _deleted = steps(made)

    assert names == ["a.md"]
    assert said[-1] == ("Merge side.", "0 a.md both")


def test_unrelated_histories_joined(made):
    made.commit({"controversies/a.md": page("a")}, "One")
    made.git("checkout", "--quiet", "--orphan", "other")
    made.git("rm", "-rfq", ".")
    made.commit({"controversies/b.md": "Quite another\n"}, "Two")
    made.git("checkout", "--quiet", "main")
    made.merge("other", "--allow-unrelated-histories")

    said, names, deleted = steps(made)

    assert sorted(each[0] for each in said) == ["One", "Two"]
    assert (sorted(names), deleted) == (["a.md", "b.md"], set())


@pytest.mark.parametrize(
    "path", ["site", "site/controversies", "./site//controversies/a.md", "site/controversies/a.md"], ids=str
)
def test_path_names_the_folder_the_pages_or_one_page(made, path):
    made.commit({"site/controversies/a.md": page("a"), "controversies/no.md": "no"}, "One")
    made.commit({"site/actors/x.yml": "x"}, "Two")

    assert steps(made, path)[0] == [("One", "0 a.md a"), ("Two",)]


def test_one_page_of_several(made):
    made.commit({"controversies/a.md": page("a"), "controversies/b.md": "Quite another\n"}, "One")

    assert steps(made, "controversies/b.md")[0] == [("One", "0 b.md another")]


def test_links_and_what_is_no_file_are_left_alone(made):
    (made.folder / "controversies").mkdir()
    (made.folder / "controversies/a.md").symlink_to("/etc/passwd")
    (made.folder / "actors").symlink_to("/etc")
    made.commit({"controversies/b.md": page("b")}, "One")

    assert steps(made)[0] == [("One", "0 b.md b")]


def test_what_is_about_the_repository_is_no_page_and_endings_may_be_large(made):
    made.commit(
        {"controversies/README.md": "x", "controversies/a.MD": page("a"), "actors/x.yaml": "x"}, "One"
    )
    made.commit({"actors/x.yaml": "y"}, "Two")

    assert steps(made)[0] == [("One", "0 a.MD a"), ("Two",)]


def test_nothing_there_is_nothing(made):
    made.commit({"README": "x"})

    assert steps(made) == ([], [], set())
    assert steps(made, "no/such/folder") == ([], [], set())
