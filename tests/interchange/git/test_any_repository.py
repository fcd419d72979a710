"""Any repository: whatever branches did, the pages end as its files are, and everybody's edit is in their history."""

import random

import pytest

from controversies import history
from controversies import models as m
from controversies.interchange import files

from .test_importer import PAGE, is_whole, taken

pytestmark = pytest.mark.django_db

TEXTS = (
    "Tea is drunk.",
    "What tastes better?",
    "What is done?",
    "Nobody knows.",
    "Milk goes in first",
    "Milk goes in last",
)


def page(name, texts):
    """The file of this name with other texts."""
    made = PAGE.replace("id: milk-first", f"id: {name}")
    for old, new in zip(TEXTS, texts, strict=True):
        made = made.replace(old, new)
    return made


class Site:
    """Edits, deletes, branches and merges pages at random, and knows what each branch says."""

    def __init__(self, made, rng):
        self.made, self.rng = made, rng
        self.branch, self.number = "main", 0
        self.branches = {"main": {}}
        made.commit({"README": "x"}, "Begin.")

    @property
    def pages(self):
        return self.branches[self.branch]

    def files(self, pages):
        """What to write so that these are the pages."""
        gone = {path.stem for path in self.made.folder.glob("controversies/*.md")} - pages.keys()
        return {f"controversies/{name}.md": page(name, texts) for name, texts in pages.items()} | {
            f"controversies/{name}.md": None for name in gone
        }

    def commit(self, pages, what):
        self.number += 1
        self.branches[self.branch] = pages
        author = f"Author {self.number} <a@b.example>"
        self.made.commit(self.files(pages), f"{what} {self.number}.", author=author)

    def edit(self):
        name, place = self.rng.choice("ab"), self.rng.randrange(len(TEXTS))
        texts = list(self.pages.get(name, TEXTS))
        texts[place] = f"Said in {self.number + 1}."
        self.commit(self.pages | {name: texts}, "Edit")

    def delete(self):
        if self.pages:
            name = self.rng.choice(sorted(self.pages))
            self.commit({other: texts for other, texts in self.pages.items() if other != name}, "Delete")

    def fork(self):
        name = f"branch-{len(self.branches)}"
        self.made.git("branch", name)
        self.branches[name] = self.pages

    def switch(self):
        self.branch = self.rng.choice(sorted(self.branches))
        self.made.git("checkout", "--quiet", self.branch)
        self.edit()

    def merge(self, other=""):
        """Merge another branch, taking each text from either side."""
        other = other or self.rng.choice(sorted(self.branches))
        if not self.made.git("rev-list", f"HEAD..{other}").strip():
            return
        theirs, merged = self.branches[other], {}
        for name in sorted(self.pages.keys() | theirs.keys()):
            mine = self.pages.get(name, theirs.get(name))
            merged[name] = [self.rng.choice(two) for two in zip(mine, theirs.get(name, mine), strict=True)]
        self.branches[self.branch] = merged
        self.made.merge(other, files=self.files(merged))


@pytest.mark.parametrize("seed", range(6))
def test_any_repository_is_taken_over_in_one_go_or_in_several(made, seed):
    rng = random.Random(seed)
    site = Site(made, rng)
    for _ in range(20):
        rng.choice([site.edit, site.fork, site.switch, site.switch, site.switch, site.merge, site.delete])()
    for other in sorted(site.branches):
        site.merge(other)
    way = made.git("rev-list", "--first-parent", "--reverse", "HEAD").split()
    stops = sorted(rng.sample(range(len(way)), min(2, len(way)))) if seed % 2 else []

    for commit in [*(way[stop] for stop in stops), "HEAD"]:
        result = taken(made, ref=commit, publish=True)
        assert (result.faults, result.refused) == ({}, [])

    shown = dict(m.Controversy.objects.public().values_list("slug", "pk"))
    assert shown.keys() == site.pages.keys()
    for name, key in shown.items():
        head = history.head(str(key)).document
        assert head == files.read(
            page(name, site.pages[name]), name=name, known=files.catalogue_on_record(), before=head
        )
    edits = {line for line in made.git("log", "--format=%an: %s").splitlines() if ": Edit" in line}
    assert edits <= {f"{r.author_name}: {r.summary}" for r in m.Revision.objects.all()}
    assert is_whole()
    assert taken(made, publish=True).revisions == 0
