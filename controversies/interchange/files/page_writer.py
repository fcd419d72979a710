"""Writes a document as the text of a file, and a backer as that of its own."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from controversies.document.schema import Kind, Part, Spec
from controversies.document.types import (
    Backer,
    Backing,
    Citation,
    Context,
    Document,
    Head,
    Point,
    Position,
    Stance,
    Topic,
)

from . import body, key_paths, marks, names, unknown_fields, vocabulary, yaml_writer
from .actors import founding_sentence
from .catalogue import Catalogue
from .page_file import front_matter
from .yaml_writer import Plain

_ACTOR = vocabulary.ACTOR.keys() - {"founded"}  # which is a sentence of the description, too


def write(
    document: Document,
    *,
    updated: date | None = None,
    revision: str = "",
    known: Catalogue | None = None,
    original: str = "",
) -> str:
    """Write the whole page as text: read without anything else, it is this document again.

    `updated` is the day of its last change, and `revision` names the revision (see `mark()`). Backers and topics that
    are exactly so in `known` are only named, where the reader of the text has that too. `original` is the text that the
    page was imported as: fields in it that pages do not have are kept.
    """
    return PageWriter(document, known or Catalogue()).text(updated, revision, original)


def write_actor(backer: Backer, *, guessed: Iterable[str] = (), original: str = "") -> str:
    """Write a backer as the text of its own file; `guessed` are the facts that nobody has stated.

    `original` is the text that the backer was imported as: fields in it that backers do not have are kept.
    """
    others = list(unknown_fields.fields_as_written(original, _ACTOR))
    for _before, name, lines in others if backer.description else ():
        if name == "founded":
            sentence = founding_sentence(lines.partition(":")[2].strip().strip("\"'"))
            plain = backer.description.removesuffix(sentence)
            backer = replace(backer, description=plain.rstrip("\n"))
    entry = {"id": backer.slug, **_values(backer, order=vocabulary.ACTOR_ORDER)}
    if names_of_guesses := [spec.file for spec in vocabulary.plain_specs(Backer) if spec.name in guessed]:
        entry["guessed"] = names_of_guesses
    if backer.key != key_paths.backer_key(backer.slug):
        entry["key"] = backer.key
    return unknown_fields.insert_fields(_lines(entry), others)


def _lines(entry: Mapping[str, Any]) -> dict[str, str]:
    """The lines of each field."""
    return {name: yaml_writer.dump({name: value}) for name, value in entry.items()}


def mark(number: int, digest: bytes) -> str:
    """The name of a revision in a file made from it: its number and the beginning of its document's digest."""
    return f"{number}-{digest.hex()[:12]}"


def _values(
    part: Part, *, order: tuple[str, ...] | None = None, without: Collection[str] = ()
) -> dict[str, Any]:
    """The plain fields of a part that a file has to give, in the order of files."""
    cls = type(part)
    return {
        spec.file: _file_value(spec, value)
        for spec in vocabulary.plain_specs(cls, order)
        if spec.name not in without and vocabulary.is_written(cls, spec, value := getattr(part, spec.name))
    }


def _file_value(spec: Spec, value: Any) -> Any:
    if spec.kind is Kind.LINES:
        return list(value)
    if spec.kind in (Kind.DAY, Kind.DATE):
        return Plain(value)
    return vocabulary.word(spec, value) if spec.kind is Kind.CHOICE and value else value


class PageWriter:
    """Writes one page. Facts of backers and sources stand where they are first mentioned."""

    def __init__(self, document: Document, known: Catalogue) -> None:
        self.document, self.known = marks.name_sources(document), known
        document = self.document
        self.backers = {backer.key: backer for backer in document.backers}
        self.sources = {source.key: source for source in document.sources}
        self.described: set[str] = set()  # keys of backers and sources whose own facts are written already
        titles = [point.title for point in document.points]
        self.has_unique_titles = len(set(map(names.alike, titles))) == len(titles) and all(
            map(names.alike, titles)
        )
        self.in_body = {
            point.key
            for point in document.points
            if self.has_unique_titles and body.holds_point(point.title, point.body)
        }

    def text(self, updated: date | None, revision: str, original: str) -> str:
        """The text of the file."""
        document = self.document
        front = self.head(updated, revision)
        for block_type in vocabulary.LISTED_BLOCKS:
            is_point = block_type.part is Point
            entries = list(self.points() if is_point else map(self.block, block_type.blocks(document)))
            if entries or block_type.part is Position:
                front[block_type.attribute] = entries
        front |= _values(document.context, without=_headed_names(Context))
        front |= self.lists(document.context)
        sections: dict[str, str] = {}
        for block_type, spec in vocabulary.headed_specs():
            [block] = block_type.blocks(document)
            if text := getattr(block, spec.name):
                if body.holds_text(spec.file_heading, text):
                    sections[spec.file_heading] = text
                else:
                    front[spec.file] = text
        if keys := dict(self.keys()):
            front["keys"] = keys
        prose = body.compose(sections, [(p.title, p.body) for p in document.points if p.key in self.in_body])
        others = unknown_fields.fields_as_written(front_matter(original), vocabulary.PAGE)
        lines = unknown_fields.insert_fields(_lines(front), others)
        return f"---\n{lines}---\n" + (f"\n{prose}\n" if prose else "")

    def head(self, updated: date | None, revision: str) -> dict[str, Any]:
        """The front matter about the page itself: day and revision stand behind its publication."""
        head = self.document.head
        values = _values(head, without=_headed_names(Head))
        front: dict[str, Any] = {"id": head.slug}
        for spec in vocabulary.file_specs(Head):
            if spec.kind is Kind.PART:
                front |= {spec.file: head.topic.slug, **self.topic(spec, head.topic)}
            elif spec.file in values:
                front[spec.file] = values[spec.file]
            if spec.name == "publication":
                front |= {"last_updated": Plain(updated.isoformat())} if updated else {}
                front |= {"revision": revision} if revision else {}
        return front

    def topic(self, spec: Spec, topic: Topic) -> dict[str, Any]:
        """The facts of the topic, unless who reads the text has them; no title that follows from the address."""
        if self.is_known(topic):
            return {}
        facts = {name: getattr(topic, inner.name) for name, inner in vocabulary.topic_fields(spec)}
        if topic.title == names.title(topic.slug):
            del facts[f"{spec.file}_title"]
        return {name: value for name, value in facts.items() if value}

    def is_known(self, part: Any) -> bool:
        """Whether the reader of the text has this backer or topic."""
        return self.known.by_key(part.key) == part

    def keys(self) -> Iterable[tuple[str, str]]:
        """The keys that do not follow from names."""
        for path, key, derived in key_paths.key_paths(self.document):
            if key != derived and not (path.startswith(("proponent/", "thread")) and self.known.by_key(key)):
                yield path, key

    def block(self, block: Part) -> dict[str, Any]:
        """All fields of a block or part, in the order of files."""
        values, lists = _values(block), self.lists(block)
        entries = values | lists
        order = [spec.file for spec in vocabulary.file_specs(type(block))]
        return {name: entries[name] for name in order if name in entries}

    def points(self) -> Iterator[dict[str, Any]]:
        """The fields of points that the body does not have; each point as soon as the body does not hold all."""
        for point in self.document.points:
            entry = self.block(point)
            if point.key in self.in_body:
                entry.pop("body", None)
            else:
                entry = {"title": point.title, "body": point.body, **entry}
            if len(entry) > 1 or len(self.in_body) < len(self.document.points):
                yield entry

    def lists(self, part: Part) -> dict[str, Any]:
        """The lists of a block or part that are not empty, by their names in files."""
        lists: dict[str, list[Any]] = {}
        for spec in vocabulary.file_specs(type(part)):
            members = getattr(part, spec.name) if spec.kind is Kind.ITEMS else ()
            if spec.part is Stance:
                members = self.in_order_of_points(members)
            if entries := [self.member(each) for each in members]:
                lists[spec.file] = entries
        return lists

    def in_order_of_points(self, stances: Iterable[Stance]) -> list[Stance]:
        """The stances in the order of their points."""
        by_point = {stance.point: stance for stance in stances}
        return [by_point[point.key] for point in self.document.points if point.key in by_point]

    def member(self, part: Part) -> Any:
        """One member of a list."""
        if isinstance(part, Backing):
            return self.backing(part)
        if isinstance(part, Citation):
            return self.citation(part)
        return (
            {"point": self.point(part), **self.block(part)} if isinstance(part, Stance) else self.block(part)
        )

    def point(self, stance: Stance) -> str | int:
        """The title of a stance's point, or its number where titles do not tell points apart."""
        for number, point in enumerate(self.document.points, 1):
            if point.key == stance.point:
                return point.title if self.has_unique_titles else number
        raise KeyError(stance.point)

    def backing(self, backing: Backing) -> str | dict[str, Any]:
        """A proponent: its id alone, if there is nothing else to say."""
        backer = self.backers[backing.backer]
        entry: dict[str, Any] = {"id": backer.slug}
        if backer.key not in self.described and not self.is_known(backer):
            self.described.add(backer.key)
            entry |= _values(backer)
        entry |= self.block(backing)
        return entry if len(entry) > 1 else backer.slug

    def citation(self, citation: Citation) -> dict[str, Any]:
        """A source as it is cited: with its own facts at the first mention."""
        source = self.sources[citation.source]
        entry: dict[str, Any] = {"id": source.slug}
        if source.key not in self.described:
            self.described.add(source.key)
            entry |= _values(source)
        return entry | _values(citation)


def _headed_names(part: type[Head] | type[Context]) -> list[str]:
    return [spec.name for block_type, spec in vocabulary.headed_specs() if block_type.part is part]
