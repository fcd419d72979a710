"""Reads backers and topics from `actors/` and `topics/` at a commit, and tracks what pages share on record."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache

from controversies.document.types import Backer, Document, Source, Topic
from controversies.interchange.files import (
    ActorFacts,
    Catalogue,
    Completion,
    InvalidFile,
    catalogue_on_record,
    names,
    read_actor,
    read_topic,
)

from .history_walk import CommitFiles, Files
from .repository import Repository, TooLarge

type Shared = Backer | Source | Topic

FACTS: dict[type, tuple[str, ...]] = {
    kind: tuple(spec.name for spec in kind.SPECS if spec.name != "key") for kind in (Backer, Source, Topic)
}


def differing(old: Shared, new: Shared) -> list[str]:
    """The facts that differ between two states of one thing."""
    return [name for name in FACTS[type(new)] if getattr(old, name) != getattr(new, name)]


class SharedRecord:
    """Backers, sources and topics on record, kept up to date with what the import records.

    `made` are the keys of what is new with this import, and `changed` of what it changed.
    """

    def __init__(self) -> None:
        known = catalogue_on_record()
        every: list[Shared] = [*known.backers, *known.sources, *known.topics]
        self.parts = {part.key: part for part in every}
        self.made: set[str] = set()
        self.changed: set[str] = set()
        self._known: Catalogue | None = known

    @property
    def catalogue(self) -> Catalogue:
        if self._known is None:
            every = self.parts.values()
            self._known = Catalogue(
                tuple(part for part in every if isinstance(part, Backer)),
                tuple(part for part in every if isinstance(part, Source)),
                tuple(part for part in every if isinstance(part, Topic)),
            )
        return self._known

    def add(self, document: Document) -> None:
        """Note what recording this document made."""
        shown: list[Shared] = [*document.backers, *document.sources, document.head.topic]
        for part in shown:
            if part.key not in self.parts:
                self.update(part)
                self.made.add(part.key)

    def update(self, part: Shared) -> None:
        """Note that this is how it is now."""
        self.parts[part.key] = part
        self._known = None

    def same(self, backer: Backer) -> Backer:
        """The backer under the key that the record has for it, if it has one: for its key, address, or only name."""
        if backer.key in self.parts:
            return backer
        matches = self.catalogue.backers_called(backer.slug) or [
            each for each in self.catalogue.backers_called(backer.name) if each.kind == backer.kind
        ]
        return replace(backer, key=matches[0].key) if len(matches) == 1 else backer


class BackerFiles:
    """Reads `actors/` of commits. `fault` is called with unreadable files, `note` with things that were derived."""

    def __init__(
        self,
        repository: Repository,
        record: SharedRecord,
        fault: Callable[[str, InvalidFile | TooLarge], None],
        note: Callable[[str, list[str]], None] = lambda _path, _notes: None,
    ) -> None:
        self.repository, self.record, self.fault, self.note = repository, record, fault, note
        self.unknown_fields: set[str] = set()  # names of fields that backers lack
        self.good: dict[str, Backer] = {}  # the newest that could be read, by the file's path
        self.guessed_facts: dict[
            tuple[str, str], frozenset[str]
        ] = {}  # facts that a file only guesses, by path and blob
        self.read = lru_cache(maxsize=4096)(self._read)
        self.topic = lru_cache(maxsize=4096)(self._topic)

    def _read(self, name: str, blob: str) -> Backer | None:
        try:
            completion = Completion(name)
            aside = ActorFacts()
            backer = read_actor(self.repository.blob(blob), name=name, completion=completion, aside=aside)
            self.guessed_facts[name, blob] = frozenset(aside.guessed_facts)
            self.unknown_fields.update(aside.unknown_fields)
        except (InvalidFile, TooLarge) as error:
            self.fault(name, error)
            return None
        self.note(name, completion.notes)
        self.good[name] = backer
        return backer

    def all(self, files: Files) -> list[Backer]:
        """Everybody in these files; where one cannot be read, as it was before."""
        backers = (self.read(name, blob) or self.good.get(name) for name, blob in files.items())
        return [self.record.same(backer) for backer in backers if backer]

    def catalogue_at(self, tree: CommitFiles) -> Catalogue:
        """The backers, sources and topics that pages beside these files may refer to."""
        record = self.record.catalogue
        known = Catalogue(backers=tuple(self.all(tree.actors))).extended(record.backers, record.sources)
        # A file without a title of its topic says the title that follows from its address, whatever it is by now.
        plain = [replace(topic, title=names.title(topic.slug), description="") for topic in record.topics]
        topics = (self.topic(name, blob) for name, blob in tree.topics.items())
        new = [topic for topic in topics if topic and record.topic(topic.slug) is None]
        return replace(known, topics=(*record.topics, *plain, *new))

    def _topic(self, name: str, blob: str) -> Topic | None:
        try:
            return read_topic(self.repository.blob(blob), name=name)
        except (InvalidFile, TooLarge):
            return None  # of a topic without a title, nothing is said

    def changes(self, before: Files, after: Files) -> Iterator[tuple[Backer | None, Backer, frozenset[str]]]:
        """Everybody whose file differs: as they were, if they were there, as they are, and which facts are guesses."""
        old = [self.read(name, blob) for name, blob in before.items() if after.get(name) != blob]
        was = {self.record.same(backer).key: backer for backer in old if backer}
        for name, blob in after.items():
            if before.get(name) != blob and (backer := self.read(name, blob)):
                backer = self.record.same(backer)
                yield was.get(backer.key), backer, self.guessed_facts[name, blob]
