"""Finds the page of each line of a repository's history, and how much of it is on record already."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from django.db.models import Q
from django.utils.translation import gettext as _

from controversies import models as m
from controversies.document.types import Context, Document, Topic, context_key
from controversies.history import Entry, read
from controversies.models import ChangeClass, Publication

from . import commit_message
from .history_walk import HistoryWalk
from .repository import TooLarge

_ID = re.compile(rb"""^id:[ \t]*["']?([a-z0-9-]{1,100})""", re.MULTILINE)


@dataclass
class TrackedPage:
    """One line's page. `start` is an empty document with its key and address.

    `past` are the commits that are on record already, the last of which has the place `until` on the way; `edited`
    says that others have edited the page since, `number` being the newest revision then.
    """

    line: int
    start: Document
    past: frozenset[str] = frozenset()
    until: int = -1
    number: int = 0
    edited: bool = False
    written: list[str] | None = None  # the sources that marks by number meant there, if not in its own order
    last: Document | None = field(default=None, repr=False)  # what its newest readable file said so far
    newest_blob: str = ""  # the blob of that file
    derives: bool = True  # whether what its files lack is derived
    unread_commits: list[str] = field(
        default_factory=list
    )  # commits that could not be read since, and their authors

    @property
    def key(self) -> str:
        return self.start.key

    @property
    def slug(self) -> str:
        return self.start.head.slug

    def as_mine(self, document: Document) -> Document:
        """The document of a file of this line, under the page's address."""
        if document.head.slug == self.slug:
            return document
        return replace(document, head=replace(document.head, slug=self.slug))


class PageRefused(Exception):
    """A page that cannot be imported; the message has the reason and the remedy."""


class PageFinder:
    """Finds pages for lines, by their newest readable version."""

    def __init__(self, walk: HistoryWalk) -> None:
        self.walk = walk
        self.made: dict[str, TrackedPage] = {}  # by key
        self._known: dict[str, frozenset[str]] = {}

    def page(self, line: int, newest: Document, changed: list[tuple[str, str]]) -> TrackedPage:
        """The page that the line is. `changed` are the commits and files of its versions, oldest first.

        Raises PageRefused.
        """
        key, slug = newest.key, newest.head.slug
        known = _on_record(Q(pk=key) | Q(slug=slug)) or _on_record(Q(slug__in=self._addresses(changed)))
        name = self.walk.names[line]
        if known and key not in known:
            key = next(iter(known))
        if key in self.made:
            other = self.walk.names[self.made[key].line]
            raise PageRefused(
                _("%(file)s: %(other)s has the id “%(slug)s” too. Give one of them another id.")
                % {"file": name, "slug": slug, "other": other}
            )
        if key in known and known[key][1] != Publication.DRAFT:
            slug = known[key][0]  # readers know it by that
        start = empty(newest, key, slug)
        page = self.made[key] = TrackedPage(line, start)
        if key in known:
            self._continue(page, name, changed)
        return page

    def _continue(self, page: TrackedPage, name: str, changed: list[tuple[str, str]]) -> None:
        """Find the commits that are on record: those up to which it was taken over, and others that are revisions;
        or else those up to the file that was imported by itself. Raises PageRefused if there is none.
        """
        entries = _Entries(page.key)
        before = m.GitImportCursor.objects.filter(pk=page.key).first()
        if before is not None and self.walk.repository.has(before.commit):
            page.past, page.number = self._past(before.commit), before.number
        for commit, _blob in reversed(changed):
            if commit in page.past:
                continue
            revision_commit = self.walk.repository.commit(commit)
            info = commit_message.read(
                revision_commit.message, author=revision_commit.author, when=revision_commit.when
            )
            if number := entries.number(info):
                page.past |= self._past(commit)
                page.number = max(page.number, number)
        if not page.past:
            rows = m.ImportedFile.objects.filter(key=page.key).values_list("digest", "number")
            imported = {bytes(digest): number for digest, number in rows}
            for commit, blob in reversed(changed) if imported else ():
                if number := imported.get(self._digest(blob), 0):
                    page.past, page.number = self._past(commit), number
                    break
        if page.past:
            page.until = max(self.walk.order[each] for each in page.past)
            page.edited = page.number < entries.newest
            return
        raise PageRefused(
            _(
                "%(file)s: the page “%(slug)s” is on record already, and none of its revisions is from this "
                "repository. "
                "This history cannot be put before the recorded one. Import the file as an edit, with "
                "importcontroversies, or import the history under another id."
            )
            % {"file": name, "slug": page.slug}
        )

    def _addresses(self, changed: list[tuple[str, str]]) -> set[str]:
        """The addresses that the page ever had, as far as an eye that only passes by can tell."""
        addresses = set()
        for blob in {blob for _commit, blob in changed if blob}:
            with suppress(TooLarge):
                if match := _ID.search(self.walk.repository.blob(blob)):
                    addresses.add(match[1].decode("ascii"))
        return addresses

    def _digest(self, blob: str) -> bytes:
        try:
            return hashlib.sha256(self.walk.repository.blob(blob)).digest() if blob else b""
        except TooLarge:
            return b""

    def _past(self, commit: str) -> frozenset[str]:
        if commit not in self._known:
            self._known[commit] = self.walk.ancestors(commit)
        return self._known[commit]


def _on_record(condition: Q) -> dict[str, tuple[str, str]]:
    """Address and publication of these pages by key."""
    rows = m.Controversy.objects.filter(condition).values_list("pk", "slug", "publication")
    return {str(pk): (address, publication) for pk, address, publication in rows}


class _Entries:
    """The revisions of a page, by what a commit would say of them."""

    def __init__(self, key: str) -> None:
        self.newest = 0
        self.by_digest: dict[str, int] = {}
        self.by_words: dict[tuple[str, str], list[Entry]] = {}
        for entry in _entries(key):
            self.newest = entry.number
            self.by_digest[entry.digest.hex()] = entry.number
            self.by_words.setdefault((entry.author_name, entry.summary), []).append(entry)

    def number(self, info: commit_message.CommitInfo) -> int:
        """The revision that this commit is, or made here; 0 if there is none."""
        if info.digest in self.by_digest:
            return self.by_digest[info.digest]
        for entry in reversed(self.by_words.get((info.author, info.summary), [])):
            if entry.time == info.time:
                return entry.number
            if entry.time > info.time and ChangeClass.IMPORT in entry.classes:  # put after the one before
                return entry.number
        return 0


def _entries(key: str) -> Iterator[Entry]:
    last, batch = 0, 200
    while entries := read.entries(
        "r.controversy_id = %s AND r.number > %s", [key, last], order="r.number", limit=batch
    ):
        yield from entries
        last = entries[-1].number


def empty(document: Document, key: str, slug: str) -> Document:
    """A page of which nothing is known but its key and address."""
    nothing = Topic(key=key, slug=key, title=key)  # none that a file could mean
    head = replace(document.head, key=key, slug=slug, topic=nothing, publication=Publication.DRAFT.value)
    return Document(head=head, context=Context(key=context_key(key)))
