"""Which commits changed which pages, in an order that a page's revisions can have.

A page is followed through history as one *line*, whatever its file was called: under new names, deleted and brought
back, on branches and where they were merged. Nothing is read here but commits and trees, and the files that may
have been renamed.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from .repository import Node, Repository, TooLarge
from .stream import ACTORS, PAGES

_FILE = "100"  # how the modes of plain files begin; not of links, folders and other repositories
_FOLDER = "40000"
_ABOUT = {"readme.md", "license.md", "contributing.md", "changelog.md"}  # of the repository: no pages
_ALIKE = 0.5  # of the lines, as in git itself, for a file to be the other under a new name
_MOST_MOVES = 400  # pairs of files that are compared for that at a commit

type Files = Mapping[str, str]  # blob by name


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the repository the files are: `controversies/` and `actors/` in a folder, or one page of those."""

    folder: tuple[str, ...] = ()
    only: str = ""

    @classmethod
    def of(cls, path: str) -> "Place":
        """The place that a path names: the folder of both, that of the pages, or one page."""
        parts = [part for part in path.split("/") if part not in ("", ".")]
        only = parts.pop() if parts and parts[-1].endswith(".md") else ""
        if parts and parts[-1] == PAGES:
            parts.pop()
        return cls(tuple(parts), only)

    def path(self, *names: str) -> str:
        """The path of what is at this place, from the repository's top."""
        return "/".join((*self.folder, *names))


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of a commit that matter: pages, and those who hold positions."""

    pages: Files = field(default_factory=dict)
    actors: Files = field(default_factory=dict)


NOTHING = Tree()


@dataclass(frozen=True, slots=True)
class Change:
    """What a commit did to one line: the files now and at its first parent, "" where there is none.

    `whole`: whatever was changed before is known to this commit, so the file is how the page is; else it is an
    edit of the parent's, beside which there are others.
    """

    line: int
    name: str
    blob: str
    parent: str
    parent_name: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A commit with the pages that it changed, its first parent ("" if none), and whether it changed `actors/`."""

    commit: str
    parent: str
    changes: tuple[Change, ...]
    actors: bool


class Walk:
    """The way to `tip`. `names` are the lines' newest file names, `deleted` those with no file at the tip."""

    def __init__(self, repository: Repository, tip: str, place: Place) -> None:
        self.repository, self.tip, self.place = repository, tip, place
        self.paths = [place.path(PAGES, place.only) if place.only else place.path(PAGES), place.path(ACTORS)]
        self.tree = lru_cache(maxsize=256)(self._tree)
        self.nodes = list(repository.nodes(tip, self.paths))
        self.order = {node.id: i for i, node in enumerate(self.nodes)}
        self.lines: dict[str, Mapping[str, int]] = {}  # by commit: the line of each page
        self.names: list[str] = []
        self._follow()
        last = self.lines[self.nodes[-1].id] if self.nodes else {}
        for name, line in last.items():
            self.names[line] = name
        self.deleted = set(range(len(self.names))) - set(last.values())

    def known(self, commit: str) -> frozenset[str]:
        """The commits of the way that led to this one, and itself if it is one of them."""
        return frozenset(
            node.id for node in self.repository.nodes(commit, self.paths) if node.id in self.order
        )

    def at(self, commit: str) -> dict[int, tuple[str, str]]:
        """Name and blob of each line at a commit of the way."""
        pages = self.tree(commit).pages
        return {line: (name, pages[name]) for name, line in self.lines[commit].items()}

    def steps(self) -> Iterator[Step]:
        """Every commit of the way that changed something, parents first."""
        left = Counter(parent for node in self.nodes for parent in node.parents)
        pending: set[str] = set()  # commits of which something else begins
        current: dict[
            int, str | None
        ] = {}  # blob of each line after what has been; None for several edits in one
        for node in self.nodes:
            for parent in node.parents:
                left[parent] -= 1
                if not left[parent]:
                    pending.discard(parent)
            whole = not pending - set(node.parents)
            if left[node.id]:
                pending.add(node.id)
            changes = tuple(self._changes(node, current, whole=whole))
            for change in changes:
                alone = whole or current.get(change.line, "") == change.parent
                current[change.line] = change.blob if alone else None
            parent = node.parents[0] if node.parents else ""
            actors = self.tree(node.id).actors != self.tree(parent).actors
            if changes or actors:
                yield Step(node.id, parent, changes, actors)

    def _changes(self, node: Node, current: Mapping[int, str | None], *, whole: bool) -> Iterator[Change]:
        now = self.at(node.id)
        before = [self.at(parent) for parent in node.parents] or [{}]
        lines = dict.fromkeys([*now, *(line for each in before for line in each)])
        if len(node.parents) > 1 and whole:
            lines |= dict.fromkeys(current)
        for line in lines:
            name, blob = now.get(line, ("", ""))
            parents = [each.get(line, ("", "")) for each in before]
            if len(node.parents) > 1 and whole:
                changed = current.get(line, "") != blob
            else:
                changed = all(blob != was for _name, was in parents)
            if changed:
                yield Change(line, name, blob, parents[0][1], parents[0][0], whole)

    # -- lines --

    def _follow(self) -> None:
        latest: dict[str, int] = {}  # line of each name that there ever was
        for node in self.nodes:
            pages = self.tree(node.id).pages
            before: dict[str, int] = {}
            for parent in node.parents:
                before = {**self.lines[parent], **before}
            if len(node.parents) == 1 and pages.keys() == before.keys():
                self.lines[node.id] = self.lines[node.parents[0]]
                continue
            found = {name: line for name, line in before.items() if name in pages}
            new = [name for name in pages if name not in found]
            gone = {name: line for name, line in before.items() if name not in pages}
            moved = self._moved(node, new, gone, pages) if new and gone else {}
            for name in new:
                line = moved.get(name)
                if line is None:
                    line = latest.get(name)
                    if line is None or line in found.values() or self.names[line] != name:
                        line = len(self.names)
                        self.names.append(name)
                found[name] = latest[name] = line
                self.names[line] = name
            self.lines[node.id] = found

    def _moved(self, node: Node, new: list[str], gone: dict[str, int], pages: Files) -> dict[str, int]:
        """Which new names are which lines' that have lost theirs: the files most alike first."""
        was = {
            name: blob
            for parent in node.parents
            for name, blob in self.tree(parent).pages.items()
            if name in gone
        }
        same = [(1.0, name, old) for name in new for old, blob in was.items() if blob == pages[name]]
        if not same and len(new) * len(was) <= _MOST_MOVES:
            lines = {blob: self._lines(blob) for blob in {*was.values(), *(pages[name] for name in new)}}
            same = [
                (_alike(lines[blob], lines[pages[name]]), name, old)
                for name in new
                for old, blob in was.items()
            ]
        found: dict[str, int] = {}
        for alike, name, old in sorted(same, key=lambda each: (-each[0], each[1], each[2])):
            if alike >= _ALIKE and name not in found and gone[old] not in found.values():
                found[name] = gone[old]
        return found

    def _lines(self, blob: str) -> Counter[bytes]:
        try:
            return Counter(line.strip() for line in self.repository.blob(blob).split(b"\n") if line.strip())
        except TooLarge:
            return Counter()

    # -- trees --

    def _tree(self, commit: str) -> Tree:
        """The files of a commit; none before the first."""
        if not commit:
            return NOTHING
        entries = self.repository.tree(self.repository.commit(commit).tree)
        for part in self.place.folder:
            mode, found = entries.get(os.fsencode(part), ("", ""))
            if mode != _FOLDER:
                return NOTHING
            entries = self.repository.tree(found)
        pages = self._files(entries, PAGES, (".md",))
        if self.place.only:
            pages = {name: blob for name, blob in pages.items() if name == self.place.only}
        return Tree(pages, self._files(entries, ACTORS, (".yml", ".yaml")))

    def _files(
        self, entries: Mapping[bytes, tuple[str, str]], folder: str, endings: tuple[str, ...]
    ) -> Files:
        mode, found = entries.get(folder.encode(), ("", ""))
        if mode != _FOLDER:
            return {}
        return {
            name: blob
            for name, mode, blob in (
                (_shown(name), *each) for name, each in self.repository.tree(found).items()
            )
            if mode.startswith(_FILE) and name.lower().endswith(endings) and name.lower() not in _ABOUT
        }


def _shown(name: bytes) -> str:
    """A file's name as it can be shown, whatever is in it."""
    text = name.decode("utf-8", "backslashreplace")
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")


def _alike(one: Counter[bytes], other: Counter[bytes]) -> float:
    """The share of their lines that two files have in common."""
    most = max(one.total(), other.total())
    return (one & other).total() / most if most else 0.0
