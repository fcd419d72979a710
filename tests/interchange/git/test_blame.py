"""Who wrote which line: `git blame` on an export names whom it names on the repository that was taken over."""

import re
from difflib import SequenceMatcher

import pytest

from controversies import models as m
from controversies.history import replay
from controversies.interchange.files import Catalogue, write, write_actor
from controversies.interchange.git.stream import fast_import_stream

from .repositories import git, imported
from .test_importer import PAGE as SHORT
from .test_importer import PATH, is_whole, said, taken
from .test_importer import edited as edited_of

pytestmark = pytest.mark.django_db

ADA, BO, CLEO, DAN = (f"{name} <{name.lower()}@x.example>" for name in ("Ada", "Bo", "Cleo", "Dan"))
PROSE = "\n\n".join(f"Reason {number} is that tea was drunk in cup {number}." for number in range(1, 40))
PAGE = SHORT.replace("Tea is drunk.", f"Tea is drunk.\n\n{PROSE}")
BODY = PAGE.partition("---\n\n")[2]
FRONT = PAGE.partition("---\n\n")[0]


def edited(*changes, of=PAGE):
    return edited_of(*changes, of=of)


def words_by_author(repository, ref, path):
    """Every word of a file with the name of whoever wrote its line, and the number of that line."""
    blamed = git(repository, "blame", "-w", "--line-porcelain", ref, "--", path).splitlines()
    found, author, number = [], "", 0
    for line in blamed:
        if line.startswith("author "):
            author = line.removeprefix("author ")
        elif line.startswith("\t"):
            number += 1
            found += [(word, author, number) for word in re.findall(r"[^\W_]+", line.lower())]
    return found


def agreement(one, other):
    """Of the lines of one file with words that the other has too, the share with the same author."""
    matcher = SequenceMatcher(None, [each[0] for each in one], [each[0] for each in other], autojunk=False)
    lines = {}
    for i, k, length in matcher.get_matching_blocks():
        for step in range(length):
            _word, author, number = one[i + step]
            lines.setdefault(number, []).append(author == other[k + step][1])
    same = sum(sum(each) * 2 > len(each) for each in lines.values())
    return same, len(lines), len({each[2] for each in one})


def measured(made, folder, path=PATH, **options):
    """Lines with the same author, lines compared, and lines with words, of a page of a repository taken over."""
    result = taken(made, publish=True, **options)
    assert result.refused == []
    assert is_whole()
    pieces = fast_import_stream(
        replay.public(None),
        write=lambda document, day: write(document, updated=day, known=Catalogue(backers=document.backers)),
        write_actor=write_actor,
    )
    exported = imported(folder / "exported", pieces)
    slug = m.Controversy.objects.get().slug
    there = words_by_author(made.folder, "HEAD", path)
    return agreement(there, words_by_author(exported, "main", f"controversies/{slug}.md"))


def title_in_heading(made):
    early = edited(("title: Milk first?\n", ""), ("thread: tea\n", ""), ("status: active\n", ""))
    made.commit({PATH: early.replace("---\n\n", "---\n\n# Milk first?\n\n")}, "Begin.", author=ADA)
    made.commit(
        {PATH: early.replace("---\n\n", "---\n\n# Milk first?\n\n").replace("Tea is", "Tea was")}, author=BO
    )
    made.commit({PATH: edited(("Tea is", "Tea was"))}, "Rules.", author=CLEO)


def title_in_the_file_name(made):
    early = edited(("title: Milk first?\n", ""), ("id: milk-first\n", ""), ("status: active\n", ""))
    made.commit({PATH: early}, "Begin.", author=ADA)
    made.commit({PATH: PAGE}, "Rules.", author=BO)
    made.commit({PATH: edited(("Nobody knows", "Everybody knows"))}, author=CLEO)


def no_front_matter(made):
    made.commit({PATH: f"# Milk first?\n\n{BODY}"}, "Begin.", author=ADA)
    made.commit(
        {PATH: f"# Milk first?\n\n{BODY.replace('What is done?', 'What is done, and by whom?')}"}, author=BO
    )
    made.commit(
        {PATH: PAGE.replace("What is done?", "What is done, and by whom?")}, "Front matter.", author=CLEO
    )


def bare_links_and_plain_claims(made):
    early = FRONT.partition("positions:")[0] + (
        "positions:\n  - Milk goes in first\n  - claim: Milk goes in last\n    proponents: some-engineers\n"
        "    sources: https://tea.example/leaf\n    confidence: Medium\n---\n\n"
    )
    made.commit({PATH: early + BODY}, "Begin.", author=ADA)
    made.commit({PATH: PAGE}, "Titles of sources.", author=BO)


def fields_of_other_names(made):
    early = edited(
        (
            "title: Milk first?\nthread: tea\nstatus: active\n",
            "name: Milk first?\ntopic: tea\nstatus: ongoing\n",
        ),
        ("last_updated: 2026-02-03\n", "author: Ada\ntags: [tea, milk]\n"),
        ('claim: "Milk goes in first"', "statement: Milk goes in first"),
    )
    made.commit({PATH: early}, "Begin.", author=ADA)
    made.commit({PATH: edited(("Tea is", "Tea was"))}, "Rules.", author=BO)


def moved_and_renamed(made):
    made.commit({"drafts/milk.md": PAGE, "README.md": "x"}, "Begin.", author=ADA)
    made.commit({"drafts/milk.md": edited(("What is done?", "Who does it?"))}, "Edit.", author=BO)
    moved = edited(("What is done?", "Who does it?"), ("Nobody knows", "Everybody knows"))
    made.commit({"drafts/milk.md": None, "content/controversies/milk.md": moved}, "Move.", author=CLEO)
    made.commit({"content/controversies/milk.md": None, PATH: moved}, "Rename.", author=DAN)


def branches_and_merges(made):
    made.commit({PATH: PAGE}, "Begin.", author=ADA)
    made.git("checkout", "--quiet", "-b", "side")
    made.commit({PATH: edited(("Nobody knows", "Bo knows"))}, author=BO)
    made.commit({PATH: edited(("Nobody knows", "Bo knows"), ("On Brewing", "On Brewing Tea"))}, author=BO)
    made.git("checkout", "--quiet", "main")
    made.commit({PATH: edited(("Tea is drunk.", "Tea was drunk."))}, author=CLEO)
    made.git("checkout", "--quiet", "-b", "other", "HEAD~1")
    made.commit({PATH: edited(("What is done?", "What is not done?"))}, author=DAN)
    made.git("checkout", "--quiet", "main")
    made.merge("side")
    made.merge("other")


def odd_bytes(made):
    made.commit({PATH: b"\xef\xbb\xbf" + PAGE.replace("\n", "\r\n").encode()}, "Begin.", author=ADA)
    latin = edited(("Tea is drunk.", "Tea is drunk in cafés.")).encode("cp1252")
    made.commit({PATH: latin}, "Where.", author=BO)
    tabs = edited(
        ("    confidence: medium", "\tconfidence: medium"), ("Tea is drunk.", "Tea is drunk in cafés.")
    )
    made.commit({PATH: tabs.replace("What is done?", "Who does it?")}, "Tabs.", author=CLEO)
    made.commit(
        {PATH: edited(("Tea is drunk.", "Tea is drunk in cafés."), ("What is done?", "Who does it?"))},
        author=DAN,
    )


def unquoted_colons(made):
    broken = edited(("title: Milk first?", "title: Milk first: or last?"))
    made.commit({PATH: broken}, "Begin.", author=ADA)
    made.commit({PATH: edited(("title: Milk first?", 'title: "Milk first: or last?"'))}, "Quotes.", author=BO)
    made.commit(
        {PATH: edited(("title: Milk first?", 'title: "Milk first: or last?"'), ("Tea is", "Tea was"))},
        author=CLEO,
    )


def reformatted(made):
    made.commit({PATH: PAGE}, "Begin.", author=ADA)
    made.commit({PATH: edited(("Tea is", "Tea was"))}, "Edit.", author=BO)
    indented = re.sub(
        r"(?m)^  (  )?(- )?(?=\w)", lambda found: "  " + found[0], edited(("Tea is", "Tea was"))
    )
    made.commit({PATH: indented}, "Indent.", author=CLEO)


def coauthors(made):
    made.commit({PATH: PAGE}, "Begin.\n\nCo-authored-by: Bo <bo@x.example>", author=ADA)
    made.commit(
        {PATH: edited(("Tea is", "Tea was"))}, "Edit.\n\nCo-Authored-By: Ada <a@x.example>", author=CLEO
    )


REPOSITORIES = (
    title_in_heading,
    title_in_the_file_name,
    no_front_matter,
    bare_links_and_plain_claims,
    fields_of_other_names,
    moved_and_renamed,
    branches_and_merges,
    odd_bytes,
    unquoted_colons,
    reformatted,
    coauthors,
)


@pytest.mark.parametrize("build", REPOSITORIES, ids=lambda build: build.__name__)
def test_export_names_the_authors_that_the_repository_names(made, tmp_path, build):
    build(made)

    same, compared, every = measured(made, tmp_path)

    print(f"{build.__name__}: {same} of {compared} lines by the same author; {every} lines have words")
    assert compared >= 0.95 * every
    assert same >= 0.9 * compared


def test_file_whose_name_is_not_in_utf8_keeps_its_authors(made):
    path = "controversies/caf\udce9.md"
    made.commit({path: PAGE.replace("id: milk-first\n", "")}, "Begin.", author=ADA)
    made.commit({path: edited(("Tea is", "Tea was"), of=PAGE.replace("id: milk-first\n", ""))}, author=BO)

    result = taken(made)

    assert [(name, reason) for name, _time, reason in said(m.Controversy.objects.get().slug)] == [
        ("Ada", "Begin."),
        ("Bo", "A change."),
    ]
    assert result.faults == {}
