"""Walks through a repository's commits in an order that a page's revisions can have.

A page is followed through history as one *line*, whatever its file was called and wherever it was: under new names,
in other folders, deleted and brought back, on branches and where they were merged. Nothing is read here but commits
and trees, and the files that may have been renamed.

The order is by the authors' dates, as far as it can be: parents come before children whatever their dates are.
"""

import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from .. import layout
from ..layout import ACTORS, PAGES, TOPIC_FOLDERS, Role
from .repository import CommitNode, NotReadable, Repository, TooLarge, glob, literal

_FILE = "100"  # how the modes of plain files begin; not of links, folders and other repositories
_FOLDER = "40000"
_ALIKE = 0.5  # of the lines, as in git itself, for a file to be the other under a new name
_MOST_MOVES = 2_500  # pairs of files that are compared for that at a commit
_MOST_FILES = 100_000  # that one commit may have
_DEEPEST = 100  # folders within folders

type Files = Mapping[str, str]  # blob by path
type Lines = Mapping[str, int]  # line by path


@dataclass(frozen=True, slots=True)
class PageLocation:
    """The place of the files in a repository: a folder, its `controversies/` alone, or one page."""

    folder: tuple[str, ...] = ()
    only: str = ""
    is_pages: bool = False

    @classmethod
    def of(cls, path: str) -> "PageLocation":
        """The place that a path names: a folder, that of the pages, or one page."""
        parts = [part for part in path.split("/") if part not in ("", ".")]
        only = parts.pop() if parts and parts[-1].lower().endswith(layout.PAGE_ENDINGS) else ""
        is_pages = bool(parts) and parts[-1] == PAGES
        if is_pages:
            parts.pop()
        return cls(tuple(parts), only, is_pages)

    def has_page(self, path: str, *, is_flat: bool) -> bool:
        """Whether a file is a page here; those of a `flat` repository are in the folder itself."""
        file = PurePosixPath(path)
        if self.only:
            folder = PurePosixPath(*self.folder)
            return file in (folder / self.only, folder / PAGES / self.only)
        if self.is_pages:
            return file.parent == PurePosixPath(*self.folder, PAGES) and layout.may_be_page(file.name)
        if is_flat:
            return file.parent == PurePosixPath(*self.folder) and layout.may_be_page(file.name)
        return layout.role(file) is Role.PAGE


@dataclass(frozen=True, slots=True)
class CommitFiles:
    """The files of a commit that matter: those that may be pages, backers, and titles of topics."""

    pages: Files = field(default_factory=dict)
    actors: Files = field(default_factory=dict)
    topics: Files = field(default_factory=dict)
    indexes: Files = field(default_factory=dict)


NOTHING = CommitFiles()


@dataclass(frozen=True, slots=True)
class FileChange:
    """The change that a commit made to one line: the files now and at its first parent, "" where there is none.

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
class CommitStep:
    """A commit with the pages that it changed, and its parent ("" if none); `shared`: it changed backers or topics."""

    commit: str
    parent: str
    changes: tuple[FileChange, ...]
    shared: bool


class HistoryWalk:
    """The way to `tip`. `names` are the lines' newest file names, `deleted` those with no file at the tip."""

    def __init__(self, repository: Repository, tip: str, place: PageLocation) -> None:
        self.repository, self.tip, self.place = repository, tip, place
        self._raw: dict[str, str] = {}  # by name as it is shown: as git has it, where that is something else
        self._below = lru_cache(maxsize=50_000)(self._files_below)
        self.tree = lru_cache(maxsize=256)(self._tree)
        shared = [
            glob(place.folder, f"**/{name}/*{ending}")
            for name, endings in (
                (ACTORS, layout.FACT_ENDINGS),
                *((name, (*layout.FACT_ENDINGS, *layout.PAGE_ENDINGS)) for name in TOPIC_FOLDERS),
            )
            for ending in endings
        ]
        every = RenameTracker(self, list(repository.nodes(tip, [glob(place.folder, "**/*.md"), *shared])))
        self.paths = [*(literal(self._as_in_git(path)) for path in sorted(every.paths)), *shared]
        self.nodes = self._in_order(list(repository.nodes(tip, self.paths)) if every.paths else [])
        self.order = {node.id: i for i, node in enumerate(self.nodes)}
        self.lines, self.names = every.pages(self.nodes, self.order)
        last = self.lines[self.nodes[-1].id] if self.nodes else {}
        for name, line in last.items():
            self.names[line] = name
        self.deleted = set(range(len(self.names))) - set(last.values())

    def _in_order(self, nodes: list[CommitNode]) -> list[CommitNode]:
        """The commits in the order of their authors' dates, but none before its parents."""
        dates: dict[str, int] = {}
        for node in nodes:
            when = self.repository.commit(node.id).when
            dates[node.id] = max([when, *(dates[parent] for parent in node.parents)])
        return sorted(nodes, key=lambda node: dates[node.id])  # stable: of the same date, as they were

    def _as_in_git(self, path: str) -> str:
        return "/".join(self._raw.get(name, name) for name in path.split("/"))

    def ancestors(self, commit: str) -> frozenset[str]:
        """The commits of the way that led to this one, and itself if it is one of them."""
        return frozenset(
            node.id for node in self.repository.nodes(commit, self.paths) if node.id in self.order
        )

    def at(self, commit: str) -> dict[int, tuple[str, str]]:
        """Name and blob of each line at a commit of the way."""
        pages = self.tree(commit).pages
        return {line: (name, pages[name]) for name, line in self.lines[commit].items()}

    def steps(self) -> Iterator[CommitStep]:
        """Every commit of the way that changed something, parents first."""
        remaining = Counter(parent for node in self.nodes for parent in node.parents)
        pending: set[str] = set()  # commits of which something else begins
        current: dict[
            int, str | None
        ] = {}  # blob of each line after what has been; None for several edits in one
        for node in self.nodes:
            for parent in node.parents:
                remaining[parent] -= 1
                if not remaining[parent]:
                    pending.discard(parent)
            whole = not pending - set(node.parents)
            if remaining[node.id]:
                pending.add(node.id)
            changes = tuple(self._changes(node, current, whole=whole))
            for change in changes:
                alone = whole or current.get(change.line, "") == change.parent
                current[change.line] = change.blob if alone else None
            parent = node.parents[0] if node.parents else ""
            now, before = self.tree(node.id), self.tree(parent)
            shared = (now.actors, now.topics) != (before.actors, before.topics)
            if changes or shared:
                yield CommitStep(node.id, parent, changes, shared)

    def _changes(
        self, node: CommitNode, current: Mapping[int, str | None], *, whole: bool
    ) -> Iterator[FileChange]:
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
                yield FileChange(line, name, blob, parents[0][1], parents[0][0], whole)

    # -- trees --

    def _tree(self, commit: str) -> CommitFiles:
        """The files of a commit; none before the first."""
        if not commit:
            return NOTHING
        tree = self.repository.commit(commit).tree
        for part in self.place.folder:
            mode, tree = self.repository.tree(tree).get(os.fsencode(part), ("", ""))
            if mode != _FOLDER:
                return NOTHING
        top = "".join(f"{name}/" for name in self.place.folder)
        files = CommitFiles({}, {}, {}, {})
        by_role = {Role.PAGE: files.pages, Role.ACTOR: files.actors, Role.TOPIC: files.topics}
        for name, blob in self._below(tree, 0):
            path = top + name
            file = PurePosixPath(path)
            role = layout.role(file)
            if role is not None:
                by_role[role][path] = blob  # type: ignore[index]  # a dictionary, for others to read
            if file.name.lower() in layout.INDEXES:
                files.indexes[path] = blob  # type: ignore[index]
            if role is not Role.PAGE and layout.may_be_page(file.name):
                files.pages[path] = blob  # type: ignore[index]
        return files

    def _files_below(self, tree: str, depth: int) -> tuple[tuple[str, str], ...]:
        """Path and blob of the files in this tree and those below it that have any of our endings."""
        files: list[tuple[str, str]] = []
        for raw, (mode, blob) in self.repository.tree(tree).items():
            name = _printable_name(raw)
            if (plain := os.fsdecode(raw)) != name:
                self._raw[name] = plain
            if mode == _FOLDER and depth < _DEEPEST and not layout.is_hidden(name):
                files += [(f"{name}/{inner}", each) for inner, each in self._below(blob, depth + 1)]
            elif mode.startswith(_FILE) and name.lower().endswith(
                (*layout.PAGE_ENDINGS, *layout.FACT_ENDINGS)
            ):
                files.append((name, blob))
            if len(files) > _MOST_FILES:
                raise NotReadable(
                    _("There are more than %s files here. Name the folder that has the pages.") % _MOST_FILES
                )
        return tuple(files)


class RenameTracker:
    """Follows every file that may be a page, whatever it is called; `paths` are all that pages ever had."""

    def __init__(self, walk: HistoryWalk, nodes: list[CommitNode]) -> None:
        self.walk, self.repository = walk, walk.repository
        self.lines: dict[str, Lines] = {}  # by commit: the line of each file
        self.names: list[str] = []
        self._follow(nodes)
        every = {path for lines in self._different() for path in lines}
        place = walk.place
        has_folders = any(place.has_page(path, is_flat=False) for path in every)
        self.chosen = {path for path in every if place.has_page(path, is_flat=not has_folders)}
        self.kept = {
            line for lines in self._different() for path, line in lines.items() if path in self.chosen
        }
        self.paths = {
            path for lines in self._different() for path, line in lines.items() if line in self.kept
        }

    def _different(self) -> Iterable[Lines]:
        return {id(lines): lines for lines in self.lines.values()}.values()

    def pages(self, nodes: list[CommitNode], order: Mapping[str, int]) -> tuple[dict[str, Lines], list[str]]:
        """The lines of pages at each of these commits, and their newest names.

        A file that was elsewhere before it was a page is followed; one that is moved away from the pages is none any
        more.
        """
        first: dict[int, int] = {}  # place on the way of the commit that made each line a page
        newest: dict[int, str] = {}
        seen: set[int] = set()
        for node in nodes:
            lines = self.lines[node.id]
            if id(lines) not in seen:
                seen.add(id(lines))
                for path, line in lines.items():
                    if path in self.chosen:
                        first.setdefault(line, order[node.id])
                        newest[line] = path
        began = sorted(first.values())
        appearing = dict.fromkeys(
            line for node in nodes for line in self.lines[node.id].values() if line in first
        )
        number = {line: i for i, line in enumerate(appearing)}
        page_lines: dict[str, Lines] = {}
        known: dict[tuple[int, int], Lines] = {}
        for node in nodes:
            lines, at = self.lines[node.id], order[node.id]
            place = (id(lines), bisect_right(began, at))
            if place not in known:
                known[place] = {
                    path: number[line]
                    for path, line in lines.items()
                    if line in first and (path in self.chosen or at < first[line])
                }
            page_lines[node.id] = known[place]
        return page_lines, [newest[line] for line in appearing]

    def _follow(self, nodes: list[CommitNode]) -> None:
        latest: dict[str, int] = {}  # line of each name that there ever was
        for node in nodes:
            pages = self.walk.tree(node.id).pages
            before: dict[str, int] = {}
            for parent in node.parents:
                before = {**self.lines[parent], **before}
            if len(node.parents) == 1 and pages.keys() == before.keys():
                self.lines[node.id] = self.lines[node.parents[0]]
                continue
            names = {name: line for name, line in before.items() if name in pages}
            new = [name for name in pages if name not in names]
            missing = {name: line for name, line in before.items() if name not in pages}
            moved = self._match_renames(node, new, missing, pages) if new and missing else {}
            for name in new:
                line = moved.get(name)
                if line is None:
                    line = latest.get(name)
                    if line is None or line in names.values() or self.names[line] != name:
                        line = len(self.names)
                        self.names.append(name)
                names[name] = latest[name] = line
                self.names[line] = name
            self.lines[node.id] = names

    def _match_renames(
        self, node: CommitNode, new: list[str], missing: dict[str, int], pages: Files
    ) -> dict[str, int]:
        """Match new names with the lines that lost theirs, the most alike files first."""
        was = {
            name: blob
            for parent in node.parents
            for name, blob in self.walk.tree(parent).pages.items()
            if name in missing
        }
        by_blob: dict[str, list[str]] = {}
        for old, blob in was.items():
            by_blob.setdefault(blob, []).append(old)
        matches: dict[str, int] = {}
        self._accept(
            [(1.0, name, old) for name in new for old in by_blob.get(pages[name], ())], missing, matches
        )
        new = [name for name in new if name not in matches]
        unmatched = [old for old in was if missing[old] not in matches.values()]
        pairs = [(name, old) for name in new for old in unmatched]
        if len(pairs) > _MOST_MOVES:  # folders were moved: then files keep their names
            pairs = [(name, old) for name, old in pairs if _file(name) == _file(old)][:_MOST_MOVES]
        counted = {blob: self._line_counts(blob) for pair in pairs for blob in (pages[pair[0]], was[pair[1]])}
        alike = [(_alike(counted[was[old]], counted[pages[name]]), name, old) for name, old in pairs]
        self._accept([each for each in alike if each[0] >= _ALIKE], missing, matches)
        return matches

    def _accept(
        self, pairs: list[tuple[float, str, str]], missing: dict[str, int], matches: dict[str, int]
    ) -> None:
        """Take the pairs that are most alike; of those that are as much, the ones of the same file name."""
        for _alike, name, old in sorted(
            pairs, key=lambda each: (-each[0], _file(each[1]) != _file(each[2]), each[1], each[2])
        ):
            if name not in matches and missing[old] not in matches.values():
                matches[name] = missing[old]

    def _line_counts(self, blob: str) -> Counter[bytes]:
        try:
            return Counter(line.strip() for line in self.repository.blob(blob).split(b"\n") if line.strip())
        except TooLarge:
            return Counter()


def _file(path: str) -> str:
    return path.rpartition("/")[2].lower()


def _printable_name(name: bytes) -> str:
    """A file's name as it can be shown, whatever is in it."""
    text = name.decode("utf-8", "backslashreplace")
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")


def _alike(one: Counter[bytes], other: Counter[bytes]) -> float:
    """The share of their lines that two files have in common."""
    most = max(one.total(), other.total())
    return (one & other).total() / most if most else 0.0
