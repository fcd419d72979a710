"""What a file says of topics, backers and sources, and which of those on record it means."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _
from yaml import Node

from controversies.document import text
from controversies.document.types import Backer, Source, Topic
from controversies.models import SourceKind
from controversies.models.fields import SLUG

from . import guesses, key_paths, names
from . import vocabulary as words
from .catalogue import Catalogue
from .completion import Completion
from .faults import MOST_GUESSES, nearest
from .field_reader import FieldReader
from .guesses import KIND, NAME, TITLE, GuessedFact, Prose

_BACKER_FACTS = ("name", "kind", "description", "website", "aliases")
_SOURCE_FACTS = ("url", "title", "authors", "publisher", "date", "kind", "doi", "archive_url")
_LONGEST = 60  # of a source's address that follows from its title


@dataclass(slots=True)
class Mention:
    """What the file says of one backer or source, wherever in it; `lines` has the line of each fact."""

    line: int
    slug: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    key: str = ""
    number: int = 0  # of a source, in the order of first mention
    guessed: frozenset[str] = frozenset()  # facts of a new backer that only its address says


def fit(name: str, longest: int = 100) -> str:
    """The name as an address, itself if it is one."""
    return name if re.fullmatch(SLUG, name) and len(name) <= longest else names.slug(name, longest)


class MentionIndex:
    """Backers and sources as the file mentions them, resolved once all are read."""

    def __init__(
        self,
        fields: FieldReader,
        known: Catalogue,
        given: Mapping[str, str],
        completion: Completion | None = None,
    ) -> None:
        self.fields, self.known, self.given, self.completion = fields, known, given, completion
        self.backers: dict[str, Mention] = {}  # by slug
        self.sources: list[Mention] = []
        self._by: dict[tuple[str, str], Mention] = {}
        self.new_topic: Topic | None = None  # whose title only its address says
        self.said_of_topic: dict[str, frozenset[str]] = {}

    # -- topic --

    def topic(self, node: Node | None, title: str, *, description: str | None = None) -> Topic | None:
        """The topic that the file's `thread` names; without a description of the file's own, that on record."""
        name = self.fields.line(node, "thread") if node else None
        if not name:
            return None
        found = self.known.by_key(self.given.get(key_paths.THREAD, "")) or self.known.topic(name)
        if not isinstance(found, Topic):
            alike = [topic for topic in self.known.topics if names.alike(topic.title) == names.alike(name)]
            slug = fit(name)
            found = alike[0] if alike else self.known.by_key(key_paths.thread_key(slug))
        if title and isinstance(found, Topic):
            self.said_of_topic[found.key] = frozenset({TITLE})
        if isinstance(found, Topic):
            said = {"title": title or None, "description": description}
            return replace(found, **{name: value for name, value in said.items() if value is not None})
        is_address = slug == name
        made = Topic(
            key=self.given.get(key_paths.THREAD) or key_paths.thread_key(slug),
            slug=slug,
            title=title or (names.title(slug) if is_address else name),
            description=description or "",
        )
        if title or not is_address:
            self.said_of_topic[made.key] = frozenset({TITLE})
        else:
            self.new_topic = made
        return made

    # -- backers --

    def backer(self, node: Node, name: str, facts: dict[str, Node]) -> Mention:
        """The backer of this id, name or alias; what the file says of it here is kept."""
        block = self._known_backer(node, name)
        slug = block.slug if block else fit(name)
        line = self.fields.nodes.line(node)
        mention = self.backers.get(slug)
        if mention is None:
            made = block or self._new_backer(slug, name)
            mention = self.backers[slug] = Mention(line, slug, key=made.key)
            if block is None:
                mention.guessed = frozenset({KIND} if made.name != names.title(slug) else {NAME, KIND})
            mention.facts["block"] = made
        said: dict[str, Any] = {}
        for fact in _BACKER_FACTS:
            if (given := facts.get("type" if fact == "kind" else fact)) is not None:
                said[fact] = self._backer_fact(fact, given)
        self._say(mention, said, facts, {"kind": "type"})
        return mention

    def _backer_fact(self, fact: str, node: Node) -> Any:
        if fact == "kind":
            return self.fields.choice(node, "type", words.BACKER_TYPES)
        if fact == "aliases":
            return self.fields.lines(node, "alias")
        return self.fields.prose(node, fact) if fact == "description" else self.fields.line(node, fact)

    def _known_backer(self, node: Node, name: str) -> Backer | None:
        keyed = self.known.by_key(self.given.get(f"proponent/{name}", ""))
        if isinstance(keyed, Backer):
            return keyed
        found = self.known.called(name)
        if len(found) > 1:
            offered = ", ".join(backer.slug for backer in found)
            message = _("“%(name)s” may be one of several: %(slugs)s. Write the id of the one that is meant.")
            self.fields.nodes.add(node, message % {"name": name, "slugs": offered})
        if found:
            return found[0]
        made = self.known.by_key(key_paths.backer_key(fit(name)))
        return made if isinstance(made, Backer) else None

    def _new_backer(self, slug: str, name: str) -> Backer:
        made = names.backer(slug, self.given.get(f"proponent/{slug}", ""))
        return made if slug == name else replace(made, name=text.line(name)[:200].strip())

    def guess(self, prose: Prose) -> Iterator[GuessedFact]:
        """Guess what nothing is said of, from the page's words."""
        for mention in self.backers.values():
            unsaid = mention.guessed - mention.facts.keys()
            if not unsaid:
                continue
            found = guesses.backer(mention.slug, prose)
            values = {name: found[name][0] for name in unsaid}
            mention.facts["block"] = replace(mention.facts["block"], **values)
            for name in sorted(unsaid):
                yield GuessedFact(mention.key, mention.slug, name, *found[name])
        topic = self.new_topic
        if topic is not None:
            yield GuessedFact(topic.key, topic.slug, TITLE, topic.title, is_doubtful=False)

    @property
    def explicit_facts(self) -> dict[str, frozenset[str]]:
        """The facts that the file itself says of each backer and of its topic, by key."""
        return self.said_of_topic | {
            mention.key: frozenset(mention.facts.keys() - {"block"}) for mention in self.backers.values()
        }

    def backer_block(self, mention: Mention) -> Backer:
        """The backer that these mentions say; with a name, they say all of it."""
        block: Backer = mention.facts["block"]
        said = {fact: mention.facts[fact] for fact in _BACKER_FACTS if fact in mention.facts}
        if "name" in said:
            said = {"description": "", "website": "", "aliases": (), **said}
        return replace(block, **said)

    # -- sources --

    def source(self, node: Node, facts: dict[str, Node]) -> Mention:
        """The source with this id, link, DOI or, without any of these, title; what the file says of it is kept."""
        said: dict[str, Any] = {}
        for fact in _SOURCE_FACTS:
            if (given := facts.get("type" if fact == "kind" else fact)) is not None:
                said[fact] = self._source_fact(fact, given)
        slug = (self.fields.line(facts["id"], "id") or "") if "id" in facts else ""
        ids = [("slug", slug), ("url", said.get("url") or ""), ("doi", said.get("doi") or "")]
        ids = [each for each in ids if each[1]] or [("title", said.get("title") or "")]
        found = {id(m): m for m in (resolve_mention(self._by[each]) for each in ids if each in self._by)}
        if found:
            mention, *others = sorted(found.values(), key=lambda m: m.number)
        else:
            mention, others = Mention(self.fields.nodes.line(node), number=len(self.sources)), []
            self.sources.append(mention)
        for other in others:
            self._join(mention, other)
        for each in ids:
            self._by[each] = mention
        mention.slug = mention.slug or slug
        if "title" in said and "title" not in mention.facts:
            mention.line = self.fields.nodes.line(node)
        self._say(mention, said, facts, {"kind": "type"})
        return mention

    def _source_fact(self, fact: str, node: Node) -> Any:
        if fact == "kind":
            return self.fields.choice(node, "type", words.SOURCE_TYPES)
        if fact == "authors":
            return self.fields.joined(node, "authors")
        return self.fields.line(node, fact)

    def _join(self, mention: Mention, other: Mention) -> None:
        """Make one of two that turn out to be the same source."""
        mention.slug = mention.slug or other.slug
        mention.facts = {**other.facts, **mention.facts}
        mention.lines = {**other.lines, **mention.lines}
        other.facts["joined"] = mention

    def _say(
        self, mention: Mention, said: dict[str, Any], nodes: dict[str, Node], called: Mapping[str, str]
    ) -> None:
        for fact, value in said.items():
            if value is None:  # a fault told already
                continue
            name = called.get(fact, fact)
            line = self.fields.nodes.line(nodes[name])
            if fact in mention.lines and mention.facts[fact] != value:
                message = _("“%(name)s” of “%(id)s” is not what line %(line)s says. Write it once, there.")
                shown = mention.slug or mention.facts.get("title") or mention.facts.get("url")
                self.fields.nodes.add(
                    nodes[name], message % {"name": name, "id": shown, "line": mention.lines[fact]}
                )
                continue
            mention.facts[fact] = value
            mention.lines.setdefault(fact, line)

    def source_blocks(self) -> list[Source]:
        """The sources that the mentions say, in the order of `sources`, which are one each from then on."""
        self.sources = [m for m in self.sources if "joined" not in m.facts]
        self._offered = [m.slug for m in self.sources if "title" in m.facts and m.slug]
        self._offered += [source.slug for source in self.known.sources]
        self._last: dict[str, tuple[str, int]] = {}
        taken = {m.slug for m in self.sources} | {source.slug for source in self.known.sources}
        made: list[Source] = []
        for mention in self.sources:
            block = self._source_block(mention, taken)
            mention.key, mention.slug = block.key, block.slug
            taken.add(block.slug)
            made.append(block)
        return made

    def source_names(self) -> dict[str, str]:
        """The keys of the sources by each address that the file has for them; once they are resolved."""
        given = {
            slug: resolve_mention(mention).key for (kind, slug), mention in self._by.items() if kind == "slug"
        }
        return {mention.slug: mention.key for mention in self.sources} | given

    def _source_block(self, mention: Mention, taken: set[str]) -> Source:
        facts = {fact: mention.facts[fact] for fact in _SOURCE_FACTS if fact in mention.facts}
        block = self._known_source(mention)
        if "title" in facts:
            slug = block.slug if block else fit(mention.slug) if mention.slug else ""
            slug = slug or names.unique(names.slug(facts["title"], _LONGEST), taken, self._last)
            key = block.key if block else self.given.get(f"source/{slug}") or key_paths.source_key(slug)
            return Source(key=key, slug=slug, **{"kind": SourceKind.OTHER.value, **facts})
        if block is not None:
            return replace(block, **facts)
        if self.completion and mention.slug:
            title = names.title(fit(mention.slug))
            self.completion.note(_("title “%s” of a source from its id") % title)
            slug = names.unique(fit(mention.slug), taken - {mention.slug}, self._last)
            facts = {"kind": SourceKind.OTHER.value, "title": title, **facts}
            return Source(key=key_paths.source_key(slug), slug=slug, **facts)
        if not mention.slug or facts:
            message = _("This source has no title. Write “title: …”, the work's own title.")
        else:
            message = _("No source is called “%s” here or on record. Write its title and link beside its id.")
            is_early = len(self.fields.nodes.faults.found) < MOST_GUESSES
            meant = nearest(mention.slug, self._offered) if is_early else ""
            message = message % mention.slug + (" " + _("Did you mean “%s”?") % meant if meant else "")
        self.fields.nodes.faults.add(mention.line, message)
        slug = names.unique("unknown", taken, self._last)  # so that the rest can be looked at
        return Source(key=key_paths.source_key(slug), slug=slug, title="?")

    def _known_source(self, mention: Mention) -> Source | None:
        keyed = self.known.by_key(self.given.get(f"source/{mention.slug}", "")) if mention.slug else None
        if isinstance(keyed, Source):
            return keyed
        facts = mention.facts
        found = self.known.source(slug=mention.slug, url=facts.get("url", ""), doi=facts.get("doi", ""))
        if found is None and mention.slug:
            made = self.known.by_key(key_paths.source_key(mention.slug))
            return made if isinstance(made, Source) else None
        return found


def resolve_mention(mention: Mention) -> Mention:
    """The mention that this was joined to, or itself."""
    while "joined" in mention.facts:
        mention = mention.facts["joined"]
    return mention
