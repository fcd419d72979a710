"""What several pages show: backers, sources and topics, as a page is recorded that refers to them.

Whoever changes a shared row holds its lock and then waits for the pages that show it (`act()`). So whoever
records a page takes the locks of what it newly refers to before the page's own: neither waits for the other
in a circle, and no page is recorded with a name that is being changed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from controversies import models as m
from controversies.document import rows
from controversies.document.parse import Fault, InvalidDocument
from controversies.document.types import Backer, Block, Document, Kind, Position, Source, Topic


@dataclass(slots=True)
class SharedBlocks:
    """SharedBlocks blocks as they are on record, by key."""

    backers: dict[str, Backer] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    topic: Topic | None = None


def lock(document: Document, base: Document | None) -> SharedBlocks:
    """What the document refers to and `base` does not, kept as it is until COMMIT; no query if there is nothing."""
    known = base.by_key if base else {}
    old, new = set(_references(base, document)), set(_references(document, base))
    fresh = {key for _holder, key in new - old}
    backers = [b.key for b in document.backers if b.key in fresh or b.key not in known]
    sources = [s.key for s in document.sources if s.key in fresh or s.key not in known]
    topic = document.head.topic.key
    return SharedBlocks(
        rows.backers(backers, lock=True) if backers else {},
        rows.sources(sources, lock=True) if sources else {},
        rows.topics([topic], lock=True).get(topic) if not base or base.head.topic.key != topic else None,
    )


def _references(document: Document | None, other: Document | None) -> Iterator[tuple[str, str]]:
    """Who refers to which backer or source, in the blocks that are not the other document's own."""
    if document is None:
        return
    known = other.by_key if other else {}
    blocks: tuple[Block, ...] = (document.context, *document.points, *document.positions)
    for block in blocks:
        if known.get(block.key) is block:
            continue
        parts: list[Any] = [block]
        if isinstance(block, Position):
            parts += [*block.backings, *block.stances]
            yield from ((backing.key, backing.backer) for backing in block.backings)
        for part in parts:
            yield from ((citation.key, citation.source) for citation in part.citations)


def resolve(document: Document, base: Document | None, found: SharedBlocks, *, reread: bool) -> Document:
    """The document with its backers, sources and topic as they are on record; those that are on none are made.

    `base` is the newest revision's document, which has them as they are: a change would have been recorded.
    Not so in a transaction that has changed rows itself: then `reread` them. Raises InvalidDocument.
    """
    if reread:
        topic = rows.topics([document.head.topic.key]).get(document.head.topic.key)
        found = SharedBlocks(
            rows.backers([backer.key for backer in document.backers]),
            rows.sources([source.key for source in document.sources]),
            topic,
        )
    elif base is not None:
        found = SharedBlocks(
            {backer.key: backer for backer in base.backers} | found.backers,
            {source.key: source for source in base.sources} | found.sources,
            found.topic or (base.head.topic if base.head.topic.key == document.head.topic.key else None),
        )
    _make(document, found)
    topic = found.topic or document.head.topic
    backers = tuple(found.backers.get(backer.key, backer) for backer in document.backers)
    sources = tuple(found.sources.get(source.key, source) for source in document.sources)
    if (topic, backers, sources) == (document.head.topic, document.backers, document.sources):
        return document
    return replace(document, head=replace(document.head, topic=topic), backers=backers, sources=sources)


def _make(document: Document, found: SharedBlocks) -> None:
    """Insert the rows of what is on no record yet."""
    backers = {i: b for i, b in enumerate(document.backers) if b.key not in found.backers}
    sources = {i: s for i, s in enumerate(document.sources) if s.key not in found.sources}
    topic = document.head.topic
    faults: list[Fault] = []
    if backers:
        faults += _taken("backers", backers, "slug", m.Backer.objects.values_list("slug"))
        named = m.Backer.objects.annotate(lower=Lower("name")).values_list("lower", "kind")
        faults += _taken("backers", backers, "name", named)
    if sources:
        for name in ("slug", "url", "doi"):
            faults += _taken("sources", sources, name, m.Source.objects.values_list(name))
    if found.topic is None:
        for name in ("slug", "title"):
            if m.Topic.objects.filter(**{name: getattr(topic, name)}).exists():
                faults.append(
                    Fault(f"topic.{name}", _("Another topic has this: “%s”.") % getattr(topic, name))
                )
    if faults:
        raise InvalidDocument(faults)
    if backers:
        m.Backer.objects.bulk_create([m.Backer(id=b.key, **_values(b)) for b in backers.values()])
    if sources:
        m.Source.objects.bulk_create([m.Source(id=s.key, **_values(s)) for s in sources.values()])
    if found.topic is None:
        m.Topic.objects.create(id=topic.key, **_values(topic))


def unrecorded_keys(document: Document) -> set[str]:
    """The keys of its backers, sources and topic that are on no record yet."""
    topic = document.head.topic.key
    backers, sources = [b.key for b in document.backers], [s.key for s in document.sources]
    known = rows.backers(backers).keys() | rows.sources(sources).keys() | rows.topics([topic]).keys()
    return {topic, *backers, *sources} - known


def find_twins(document: Document, keys: set[str]) -> dict[str, str]:
    """Of the parts with these keys, those of which a row says that they are the same under another key: that key.

    The same is what can be on record once only: an address, a link, a DOI, a backer's name, a topic's title.
    """
    found: dict[str, str] = {}
    for source in document.sources:
        if source.key in keys:
            same = Q(slug=source.slug)
            same |= Q(url=source.url) if source.url else Q()
            same |= Q(doi=source.doi) if source.doi else Q()
            found |= _twin(source.key, m.Source.objects.filter(same))
    for backer in document.backers:
        if backer.key in keys:
            same = Q(slug=backer.slug) | Q(name__iexact=backer.name, kind=backer.kind)
            found |= _twin(backer.key, m.Backer.objects.filter(same))
    topic = document.head.topic
    if topic.key in keys:
        found |= _twin(topic.key, m.Topic.objects.filter(Q(slug=topic.slug) | Q(title=topic.title)))
    return found


def _twin(key: str, rows_: Any) -> dict[str, str]:
    row = rows_.exclude(pk=key).values_list("pk", flat=True).first()
    return {key: str(row)} if row else {}


def rename_keys(document: Document, keys: Mapping[str, str]) -> Document:
    """The document with these keys of backers, sources and the topic, and all that refers to them, changed."""
    if not keys:
        return document

    def part(old: Any) -> Any:
        changed: dict[str, Any] = {}
        for spec in old.SPECS:
            value = getattr(old, spec.name)
            if spec.kind is Kind.ITEMS:
                changed[spec.name] = tuple(map(part, value))
            elif spec.kind is Kind.PART:
                changed[spec.name] = part(value)
            elif spec.kind is Kind.KEY and value in keys:
                changed[spec.name] = keys[value]
        return replace(old, **changed) if changed else old

    return Document(
        head=part(document.head),
        context=part(document.context),
        points=tuple(map(part, document.points)),
        positions=tuple(map(part, document.positions)),
        backers=tuple(map(part, document.backers)),
        sources=tuple(map(part, document.sources)),
    ).with_blocks()


def update_rows(keys: set[str], document: Document) -> None:
    """Make the rows with these keys, which this transaction inserted, say what the document says of them."""
    for backer in document.backers:
        if backer.key in keys:
            _update(m.Backer, backer.key, _values(backer))
    for source in document.sources:
        if source.key in keys:
            _update(m.Source, source.key, _values(source))
    topic = document.head.topic
    if topic.key in keys:
        _update(m.Topic, topic.key, {"slug": topic.slug, "title": topic.title})


def _update(model: Any, key: str, values: dict[str, Any]) -> None:
    """Update the row if it says something else: an update that changes nothing would mark its pages as changed."""
    rows_ = model.objects.filter(pk=key)
    if not rows_.filter(**values).exists():
        rows_.update(**values)


def _taken(name: str, made: dict[int, Any], attribute: str, rows_: Any) -> Iterable[Fault]:
    """Faults of new shared blocks whose address, name or link another row has."""

    def values(block: Any) -> tuple[str, ...]:
        value = getattr(block, attribute)
        return (value.lower(), block.kind) if attribute == "name" else (value,)

    wanted = [values(block)[0] for block in made.values() if values(block)[0]]
    column = "lower" if attribute == "name" else attribute
    taken = set(rows_.filter(**{f"{column}__in": wanted})) if wanted else set()
    for i, block in made.items():
        if values(block) in taken:
            yield Fault(
                f"{name}[{i}].{attribute}",
                _("On record under another key already: “%s”. Use that one.") % getattr(block, attribute),
            )


def _values(block: Backer | Source | Topic) -> dict[str, Any]:
    values = {spec.name: getattr(block, spec.name) for spec in block.SPECS if spec.name != "key"}
    if isinstance(block, Backer):
        values["aliases"] = list(block.aliases)
    return values
