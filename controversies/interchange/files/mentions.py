"""Collects the facts that a file gives of topics, backers and sources, and finds those on record that it means."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _
from yaml import Node

from controversies.document import text
from controversies.document.schema import Part, Spec
from controversies.document.types import Backer, Source, Topic
from controversies.models.fields import SLUG

from . import guesses, key_paths, names, vocabulary
from .catalogue import Catalogue
from .completion import Completion
from .faults import MOST_GUESSES, nearest
from .field_reader import FieldReader
from .guesses import KIND, NAME, TITLE, GuessedFact, Prose

_LONGEST = 60  # of a source's address that follows from its title


@dataclass(slots=True)
class Mention:
    """The facts that a file gives of one backer or source, wherever in it; `lines` has the line of each fact."""

    line: int
    slug: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    key: str = ""
    number: int = 0  # of a source, in the order of first mention
    guessed: frozenset[str] = frozenset()  # facts of a new backer that only its address says
    backer: Backer | None = None  # on record, or made of the address
    joined: "Mention | None" = None  # the mention of the same source that this one became part of

    def note_lines(self, lines: dict[str, int], path: str) -> None:
        """Note the line of each fact, by the path of the block in the document and by its key."""
        for place in (path, self.key):
            lines[place] = self.line
            for fact, line in self.lines.items():
                lines[f"{place}.{fact}"] = line


def fit(name: str, longest: int = 100) -> str:
    """The name as an address, itself if it is one."""
    return name if re.fullmatch(SLUG, name) and len(name) <= longest else names.slug(name, longest)


class MentionIndex:
    """The topic, backers and sources that a file mentions, resolved once all are read.

    `keys` are those in the file, by path.
    """

    def __init__(
        self,
        fields: FieldReader,
        known: Catalogue,
        keys: Mapping[str, str],
        completion: Completion | None = None,
    ) -> None:
        self.fields, self.known, self.keys, self.completion = fields, known, keys, completion
        self.backers: dict[str, Mention] = {}  # by slug
        self.sources: list[Mention] = []
        self._by: dict[tuple[str, str], Mention] = {}
        self.notes: list[tuple[int, str]] = []  # lines, and what was read as something else
        self.new_topic: Topic | None = None  # whose title only its address says
        self.explicit_topic_facts: dict[str, frozenset[str]] = {}

    # -- topic --

    def topic(self, node: Node | None, facts: Mapping[str, Any]) -> Topic | None:
        """The topic that the file's `thread` names, with the facts that the file gives of it."""
        name = self.fields.line(node, "thread") if node else None
        if not name:
            return None
        slug = fit(name)
        topic = self._known_topic(name, slug)
        if "title" in facts and topic is not None:
            self.explicit_topic_facts[topic.key] = frozenset({TITLE})
        if topic is not None:
            return replace(topic, **facts)
        is_address = slug == name
        new = Topic(
            key=self.keys.get(key_paths.THREAD) or key_paths.thread_key(slug),
            slug=slug,
            **{"title": names.title(slug) if is_address else name, **facts},
        )
        if "title" in facts or not is_address:
            self.explicit_topic_facts[new.key] = frozenset({TITLE})
        else:
            self.new_topic = new
        return new

    def _known_topic(self, name: str, slug: str) -> Topic | None:
        topic = self.known.by_key(self.keys.get(key_paths.THREAD, "")) or self.known.topic(name)
        if topic is None:
            topic = self._find_merged("topic", name, None)
        if not isinstance(topic, Topic):
            alike = [each for each in self.known.topics if names.alike(each.title) == names.alike(name)]
            topic = alike[0] if alike else self.known.by_key(key_paths.thread_key(slug))
        return topic if isinstance(topic, Topic) else None

    # -- backers --

    def backer(self, node: Node, name: str, facts: dict[str, Node]) -> Mention:
        """The backer of this id, name or alias; the facts that the file gives here are kept."""
        block = self._known_backer(node, name)
        slug = block.slug if block else fit(name)
        line = self.fields.nodes.line(node)
        mention = self.backers.get(slug)
        if mention is None:
            backer = block or self._new_backer(slug, name)
            mention = self.backers[slug] = Mention(line, slug, key=backer.key, backer=backer)
            if block is None:
                mention.guessed = frozenset({KIND} if backer.name != names.title(slug) else {NAME, KIND})
        self._add_facts(mention, Backer, facts)
        return mention

    def _known_backer(self, node: Node, name: str) -> Backer | None:
        keyed = self.known.by_key(self.keys.get(f"proponent/{name}", ""))
        if isinstance(keyed, Backer):
            return keyed
        matches = self.known.backers_called(name)
        if len(matches) > 1:
            offered = ", ".join(backer.slug for backer in matches)
            message = _("“%(name)s” may be one of several: %(slugs)s. Write the id of the one that is meant.")
            self.fields.nodes.add(node, message % {"name": name, "slugs": offered})
        if matches:
            return matches[0]
        line = self.fields.nodes.line(node)
        derived = self.known.by_key(key_paths.backer_key(fit(name))) or self._find_merged(
            "backer", name, line
        )
        return derived if isinstance(derived, Backer) else None

    def _find_merged(self, type_name: str, slug: str, line: int | None) -> Backer | Source | Topic | None:
        """Find what stands for one that was merged, and note it."""
        block = self.known.merged_into(type_name, slug)
        if block is not None:
            message = _("“%(old)s” was merged into “%(new)s”, which is meant now")
            self.notes.append((line or 1, message % {"old": slug, "new": block.slug}))
        return block

    def _new_backer(self, slug: str, name: str) -> Backer:
        backer = names.backer(slug, self.keys.get(f"proponent/{slug}", ""))
        return backer if slug == name else replace(backer, name=text.line(name)[:200].strip())

    def guess(self, prose: Prose) -> Iterator[GuessedFact]:
        """Guess the facts that the file does not give of what is new, from the page's words."""
        for mention in self.backers.values():
            missing = mention.guessed - mention.facts.keys()
            if not missing or mention.backer is None:
                continue
            guess = guesses.backer(mention.slug, prose)
            values: dict[str, Any] = {name: guess[name][0] for name in missing}
            mention.backer = replace(mention.backer, **values)
            for name in sorted(missing):
                yield GuessedFact(mention.key, mention.slug, name, *guess[name])
        topic = self.new_topic
        if topic is not None:
            yield GuessedFact(topic.key, topic.slug, TITLE, topic.title, is_doubtful=False)

    @property
    def explicit_facts(self) -> dict[str, frozenset[str]]:
        """The facts that the file itself gives of each backer and of its topic, by key."""
        return self.explicit_topic_facts | {
            mention.key: frozenset(mention.facts.keys()) for mention in self.backers.values()
        }

    def backer_block(self, mention: Mention) -> Backer:
        """The backer of a mention. With a name, the file gives all of its facts."""
        defaults = {}
        if "name" in mention.facts:
            defaults = {
                spec.name: spec.default for spec in vocabulary.plain_specs(Backer) if not spec.required
            }
        assert mention.backer is not None  # noqa: S101 - for the type checker: every mention of a backer has one
        return replace(mention.backer, **{**defaults, **mention.facts})

    # -- sources --

    def source(self, node: Node, facts: dict[str, Node]) -> Mention:
        """The source with this id, link, DOI or, without any of these, title; the facts given here are kept."""
        values = self.fields.values(Source, facts)
        slug = (self.fields.line(facts["id"], "id") or "") if "id" in facts else ""
        ids = [("slug", slug), ("url", values.get("url") or ""), ("doi", values.get("doi") or "")]
        ids = [each for each in ids if each[1]] or [("title", values.get("title") or "")]
        matches = {id(m): m for m in (resolve_mention(self._by[each]) for each in ids if each in self._by)}
        if matches:
            mention, *others = sorted(matches.values(), key=lambda m: m.number)
        else:
            mention, others = Mention(self.fields.nodes.line(node), number=len(self.sources)), []
            self.sources.append(mention)
        for other in others:
            mention.slug = mention.slug or other.slug
            mention.facts = {**other.facts, **mention.facts}
            mention.lines = {**other.lines, **mention.lines}
            other.joined = mention
        for each in ids:
            self._by[each] = mention
        mention.slug = mention.slug or slug
        if "title" in values and "title" not in mention.facts:
            mention.line = self.fields.nodes.line(node)
        self._add_facts(mention, Source, facts, values)
        return mention

    def _add_facts(
        self,
        mention: Mention,
        part: type[Part],
        facts: Mapping[str, Node],
        values: dict[str, Any] | None = None,
    ) -> None:
        """Add facts to a mention; a fault where one differs from what another line says."""
        specs: dict[str, Spec] = {spec.name: spec for spec in vocabulary.plain_specs(part)}
        for fact, value in (self.fields.values(part, facts) if values is None else values).items():
            name = specs[fact].file
            line = self.fields.nodes.line(facts[name])
            if fact in mention.lines and mention.facts[fact] != value:
                message = _("“%(name)s” of “%(id)s” differs from line %(line)s. Write it once, there.")
                shown = mention.slug or mention.facts.get("title") or mention.facts.get("url")
                self.fields.nodes.add(
                    facts[name], message % {"name": name, "id": shown, "line": mention.lines[fact]}
                )
                continue
            mention.facts[fact] = value
            mention.lines.setdefault(fact, line)

    def source_blocks(self) -> list[Source]:
        """The sources of all mentions, in the order of `sources`, which are one each from then on."""
        self.sources = [m for m in self.sources if m.joined is None]
        self._offered = [m.slug for m in self.sources if "title" in m.facts and m.slug]
        self._last: dict[str, tuple[str, int]] = {}
        used = {m.slug for m in self.sources} | {source.slug for source in self.known.sources}
        blocks: list[Source] = []
        for mention in self.sources:
            block = self._source_block(mention, used)
            mention.key, mention.slug = block.key, block.slug
            used.add(block.slug)
            blocks.append(block)
        return blocks

    def source_names(self) -> dict[str, str]:
        """The keys of the sources by each address that the file has for them; once they are resolved."""
        explicit = {
            slug: resolve_mention(mention).key for (kind, slug), mention in self._by.items() if kind == "slug"
        }
        return {mention.slug: mention.key for mention in self.sources} | explicit

    def _source_block(self, mention: Mention, used: set[str]) -> Source:
        facts = mention.facts
        block = self._known_source(mention)
        if "title" in facts:
            slug = block.slug if block else fit(mention.slug) if mention.slug else ""
            slug = slug or names.unique(new_source_slug(facts["title"]), used, self._last)
            key = block.key if block else self.keys.get(f"source/{slug}") or key_paths.source_key(slug)
            return Source(key=key, slug=slug, **facts)
        if block is not None:
            return replace(block, **facts)
        if self.completion and mention.slug:
            title = names.title(fit(mention.slug))
            self.completion.note(_("title “%s” of a source from its id") % title)
            slug = names.unique(fit(mention.slug), used - {mention.slug}, self._last)
            return Source(key=key_paths.source_key(slug), slug=slug, **{"title": title, **facts})
        if not mention.slug or facts:
            message = _("This source has no title. Write “title: …”, the work's own title.")
        else:
            message = _("No source is called “%s” here or on record. Write its title and link beside its id.")
            is_early = len(self.fields.nodes.faults.items) < MOST_GUESSES
            offered = [*self._offered, *self.known.addresses_like(mention.slug)] if is_early else []
            meant = nearest(mention.slug, offered)
            message = message % mention.slug + (" " + _("Did you mean “%s”?") % meant if meant else "")
        self.fields.nodes.faults.add(mention.line, message)
        slug = names.unique("unknown", used, self._last)  # so that the rest can be checked
        return Source(key=key_paths.source_key(slug), slug=slug, title="?")

    def _known_source(self, mention: Mention) -> Source | None:
        keyed = self.known.by_key(self.keys.get(f"source/{mention.slug}", "")) if mention.slug else None
        if isinstance(keyed, Source):
            return keyed
        facts = mention.facts
        known = self.known.source(slug=mention.slug, url=facts.get("url", ""), doi=facts.get("doi", ""))
        if known is None and mention.slug:
            key = key_paths.source_key(mention.slug)
            derived = self.known.by_key(key) or self._find_merged("source", mention.slug, mention.line)
            return derived if isinstance(derived, Source) else None
        return known


def new_source_slug(title: str) -> str:
    """The address that a source of this title gets, unless another has it."""
    return names.slug(title, _LONGEST)


def resolve_mention(mention: Mention) -> Mention:
    """The mention that this was joined to, or itself."""
    while mention.joined is not None:
        mention = mention.joined
    return mention
