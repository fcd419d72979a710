"""The backers, sources and topics on record, to which files refer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.utils.functional import SimpleLazyObject

from controversies.document import rows
from controversies.document.types import Backer, Source, Topic
from controversies.history.former import living_addresses

from . import names


@dataclass(frozen=True)
class Catalogue:
    """Backers, sources and topics that files may name by their addresses, names, aliases and links."""

    backers: tuple[Backer, ...] = ()
    sources: tuple[Source, ...] = ()
    topics: tuple[Topic, ...] = ()
    former: Mapping[tuple[str, str], str] = field(default_factory=dict)  # keys by type and former address

    @cached_property
    def _by_key(self) -> dict[str, Any]:
        every: tuple[Any, ...] = (*self.backers, *self.sources, *self.topics)
        return {each.key: each for each in every}

    @cached_property
    def _backers_by_slug(self) -> Mapping[str, Backer]:
        return {backer.slug: backer for backer in self.backers}

    @cached_property
    def _backers_by_name(self) -> Mapping[str, list[Backer]]:
        by_name: dict[str, list[Backer]] = {}
        for backer in self.backers:
            for name in dict.fromkeys(map(names.alike, (backer.name, *backer.aliases))):
                by_name.setdefault(name, []).append(backer)
        return by_name

    @cached_property
    def _sources(self) -> Mapping[tuple[str, str], Source]:
        return {
            (name, getattr(source, name)): source
            for source in self.sources
            for name in ("slug", "url", "doi")
            if getattr(source, name)
        }

    @cached_property
    def _topics(self) -> Mapping[str, Topic]:
        return {topic.slug: topic for topic in self.topics}

    def by_key(self, key: str) -> Backer | Source | Topic | None:
        """The backer, source or topic with this key."""
        return self._by_key.get(key)

    def backers_called(self, name: str) -> tuple[Backer, ...]:
        """The backer of this address, or else those of this name or alias: none, one, or several."""
        backer = self._backers_by_slug.get(name)
        return (backer,) if backer else tuple(self._backers_by_name.get(names.alike(name), ()))

    def source(self, *, slug: str = "", url: str = "", doi: str = "") -> Source | None:
        """The source of this address, or else of this link or DOI."""
        for name, value in (("slug", slug), ("url", url), ("doi", doi)):
            if value and (source := self._sources.get((name, value))):
                return source
        return None

    def topic(self, slug: str) -> Topic | None:
        """The topic of this address."""
        return self._topics.get(slug)

    def addresses_like(self, slug: str) -> Iterable[str]:
        """Return addresses of sources, among which one that was meant by this may be."""
        return (source.slug for source in self.sources)

    def merged_into(self, type_name: str, slug: str) -> Backer | Source | Topic | None:
        """Return what stands for the backer, source or topic that had this address before it was merged."""
        return self.by_key(self.former.get((type_name, slug), ""))

    def with_backers(self, backers: Mapping[str, Backer]) -> "Catalogue":
        """Return a copy with these backers in place of those with the same keys."""
        return replace(self, backers=tuple(backers.get(backer.key, backer) for backer in self.backers))

    def extended(
        self, backers: Iterable[Backer] = (), sources: Iterable[Source] = (), topics: Iterable[Topic] = ()
    ) -> "Catalogue":
        """Return a copy with the parts that it lacks, by key and address; the catalogue itself if it lacks none."""

        def more(mine: tuple[Any, ...], theirs: Iterable[Any]) -> tuple[Any, ...]:
            fresh = [each for each in theirs if each.key not in self._by_key]
            used = {each.slug for each in mine} if fresh else set()
            return (*mine, *(each for each in fresh if each.slug not in used))

        parts = (more(self.backers, backers), more(self.sources, sources), more(self.topics, topics))
        return (
            self
            if parts == (self.backers, self.sources, self.topics)
            else replace(self, backers=parts[0], sources=parts[1], topics=parts[2])
        )


def catalogue_on_record() -> Catalogue:
    """All backers, sources and topics on record; three queries, up to two more once an unknown name is looked up."""
    backers, sources, topics = (tuple(rows.shared_blocks(cls).values()) for cls in (Backer, Source, Topic))
    former: Any = SimpleLazyObject(living_addresses)
    return Catalogue(backers, sources, topics, former)
