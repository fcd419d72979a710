"""A document as a file's text."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from controversies.document.types import Backer, Backing, Citation, Document, Point, Position, Source
from controversies.models import Confidence, Relation, SourceKind

from . import body, key_paths, marks, names, unknown_fields, yaml_writer
from . import vocabulary as words
from .actors import founded_in_words
from .catalogue import Catalogue
from .page_file import front_matter
from .vocabulary import backer_type
from .yaml_writer import Plain

_ACTOR = words.ACTOR.keys() - {"founded"}  # which is a sentence of the description, too


def write(
    document: Document,
    *,
    updated: date | None = None,
    revision: str = "",
    known: Catalogue | None = None,
    came: str = "",
) -> str:
    """The whole page as text: read without anything else, it is this document again.

    `updated` is the day of its last change, and `revision` says which one it is (see `mark()`). Backers and topics
    that are just so in `known` are named only, where who reads the text has that too. `came` is the text that the page
    was imported as: fields in it that pages do not have are kept.
    """
    return PageWriter(document, known or Catalogue()).text(updated, revision, came)


def write_actor(backer: Backer, *, guessed: Iterable[str] = (), came: str = "") -> str:
    """A backer as the text of its own file; `guessed` are the facts that nobody has said.

    `came` is the text that the backer was imported as: fields in it that backers do not have are kept.
    """
    others = list(unknown_fields.fields_as_written(came, _ACTOR))
    for _before, name, said in others if backer.description else ():
        if name == "founded":
            sentence = founded_in_words(said.partition(":")[2].strip().strip("\"'"))
            plain = backer.description.removesuffix(sentence)
            backer = replace(backer, description=plain.rstrip("\n"))
    made: dict[str, Any] = {
        "id": backer.slug,
        "name": backer.name,
        "type": backer_type(backer.kind),
    }
    made |= _non_empty(backer, "website")
    if backer.aliases:
        made["aliases"] = list(backer.aliases)
    made |= _non_empty(backer, "description")
    if unsaid := [called for fact, called in (("name", "name"), ("kind", "type")) if fact in guessed]:
        made["guessed"] = unsaid
    if backer.key != key_paths.backer_key(backer.slug):
        made["key"] = backer.key
    return unknown_fields.insert_fields(_lines(made), others)


def _lines(made: dict[str, Any]) -> dict[str, str]:
    """The lines of each field."""
    return {name: yaml_writer.dump({name: value}) for name, value in made.items()}


def mark(number: int, digest: bytes) -> str:
    """What a file says of the revision that it was made from: its number and the beginning of its document's digest."""
    return f"{number}-{digest.hex()[:12]}"


def _non_empty(part: Any, *fields: str) -> dict[str, Any]:
    """The fields that say something."""
    return {name: value for name in fields if (value := getattr(part, name))}


class PageWriter:
    def __init__(self, document: Document, known: Catalogue) -> None:
        self.document, self.known = marks.name_sources(document), known
        document = self.document
        self.backers = {backer.key: backer for backer in document.backers}
        self.sources = {source.key: source for source in document.sources}
        self.told: set[str] = set()  # keys of backers and sources whose own facts are written already
        titles = [point.title for point in document.points]
        self.is_named = len(set(map(names.alike, titles))) == len(titles) and all(map(names.alike, titles))
        self.in_body = {
            point.key
            for point in document.points
            if self.is_named and body.holds_point(point.title, point.body)
        }

    def text(self, updated: date | None, revision: str, came: str) -> str:
        document = self.document
        head, context = document.head, document.context.text
        status = head.status_summary
        front: dict[str, Any] = {"id": head.slug, "title": head.title, **_non_empty(head, "question")}
        front["thread"] = head.topic.slug
        if head.topic.title != names.title(head.topic.slug) and not self.is_known(head.topic):
            front["thread_title"] = head.topic.title
        if head.topic.description and not self.is_known(head.topic):
            front["thread_description"] = head.topic.description
        front |= {"status": head.status, "polarity": head.polarity, "publication": head.publication}
        if updated:
            front["last_updated"] = Plain(updated.isoformat())
        if revision:
            front["revision"] = revision
        if head.reviewed_on:
            front |= {"reviewed_on": Plain(head.reviewed_on), "reviewed_by": head.reviewed_by}
        front |= _non_empty(head, "attribution")
        front["positions"] = [self.position(position) for position in document.positions]
        if points := list(self.points()):
            front["points"] = points
        if cited := self.citations(document.context.citations):
            front["context_sources"] = cited
        if context and not body.holds_context(context):
            front["context"], context = context, ""
        if status and not body.holds_status(status):
            front["status_summary"], status = status, ""
        if given := dict(self.keys()):
            front["keys"] = given
        prose = body.compose(
            context, [(p.title, p.body) for p in document.points if p.key in self.in_body], status
        )
        others = unknown_fields.fields_as_written(front_matter(came), words.PAGE)
        return f"---\n{unknown_fields.insert_fields(_lines(front), others)}---\n" + (
            f"\n{prose}\n" if prose else ""
        )

    def is_known(self, part: Any) -> bool:
        return self.known.by_key(part.key) == part

    def keys(self) -> Iterable[tuple[str, str]]:
        """The keys that do not follow from names."""
        for path, key, derived in key_paths.key_paths(self.document):
            if key != derived and not (path.startswith(("proponent/", "thread")) and self.known.by_key(key)):
                yield path, key

    def points(self) -> Iterable[dict[str, Any]]:
        """What the body does not say of the points; each of them as soon as the body does not hold all."""
        for point in self.document.points:
            made: dict[str, Any] = {"title": point.title}
            if point.key not in self.in_body:
                made["body"] = point.body
            made |= _non_empty(point, "kind")
            if cited := self.citations(point.citations):
                made["sources"] = cited
            if len(made) > 1 or len(self.in_body) < len(self.document.points):
                yield made

    def position(self, position: Position) -> dict[str, Any]:
        made: dict[str, Any] = {"claim": position.claim}
        if position.backings:
            made["proponents"] = [self.backing(backing) for backing in position.backings]
        if cited := self.citations(position.citations):
            made["sources"] = cited
        if position.confidence != Confidence.NOT_RATED:
            made["confidence"] = position.confidence
        made |= _non_empty(position, "confidence_reason", "argument")
        said = {stance.point: stance for stance in position.stances}
        stances = []
        for number, point in enumerate(self.document.points, 1):
            if stance := said.get(point.key):
                each: dict[str, Any] = {"point": self.point(point, number), "text": stance.text}
                if cited := self.citations(stance.citations):
                    each["sources"] = cited
                stances.append(each)
        if stances:
            made["stances"] = stances
        return made

    def point(self, point: Point, number: int) -> str | int:
        """How a stance names its point: by title, or by its number where titles do not tell them apart."""
        return point.title if self.is_named else number

    def backing(self, backing: Backing) -> str | dict[str, Any]:
        backer = self.backers[backing.backer]
        made: dict[str, Any] = {"id": backer.slug}
        if backer.key not in self.told and not self.is_known(backer):
            self.told.add(backer.key)
            made |= {"name": backer.name, "type": backer_type(backer.kind)}
            made |= _non_empty(backer, "description", "website")
            if backer.aliases:
                made["aliases"] = list(backer.aliases)
        made |= _non_empty(backing, "note")
        made |= {name: Plain(value) for name, value in _non_empty(backing, "since", "until").items()}
        if cited := self.citations(backing.citations):
            made["sources"] = cited
        return made if len(made) > 1 else backer.slug

    def citations(self, citations: tuple[Citation, ...]) -> list[dict[str, Any]]:
        return [self.citation(citation) for citation in citations]

    def citation(self, citation: Citation) -> dict[str, Any]:
        source = self.sources[citation.source]
        made: dict[str, Any] = {"id": source.slug}
        if source.key not in self.told:
            self.told.add(source.key)
            made |= self.source(source)
        if citation.relation != Relation.SUPPORTS:
            made["relation"] = citation.relation
        return made | _non_empty(citation, "quote", "locator")

    def source(self, source: Source) -> dict[str, Any]:
        made = {
            **_non_empty(source, "url"),
            "title": source.title,
            **_non_empty(source, "authors", "publisher"),
        }
        if source.date:
            made["date"] = Plain(source.date)
        if source.kind != SourceKind.OTHER:
            made["type"] = source.kind
        return made | _non_empty(source, "doi", "archive_url")
