"""Between rows and documents: `from_rows()` reads, `apply()` writes; nothing else knows both."""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from django.db.models import Model

from controversies import models as m

from .types import (
    Backer,
    Backing,
    Block,
    Citation,
    Context,
    Document,
    Head,
    Point,
    Position,
    Source,
    Stance,
    Topic,
    context_key,
)

type Row = dict[str, Any]
type Rows = dict[type[Model], dict[str, Row]]  # by primary key

# In the order in which rows are inserted; deleted in the reverse.
TABLES: tuple[type[Model], ...] = (
    m.Controversy,
    m.ContestedPoint,
    m.Position,
    m.Backing,
    m.Stance,
    m.Citation,
)

BACKER = ("id", "slug", "name", "kind", "description", "website", "aliases")
TOPIC = ("id", "slug", "title", "description")
SOURCE = ("id", "slug", "title", "authors", "publisher", "date", "kind", "url", "doi", "archive_url")


def backer(row: tuple[Any, ...]) -> Backer:
    """A backer's block from a row's values in the order of `BACKER`."""
    key, *values, aliases = row
    slug, name, kind, description, website = values
    return Backer(
        key=str(key),
        slug=slug,
        name=name,
        kind=kind,
        description=description,
        website=website,
        aliases=tuple(aliases),
    )


def source(row: tuple[Any, ...]) -> Source:
    """A source's block from a row's values in the order of `SOURCE`."""
    return Source(**dict(zip(("key", *SOURCE[1:]), (str(row[0]), *row[1:]), strict=True)))


def backers(keys: Iterable[str], *, lock: bool = False) -> dict[str, Backer]:
    """The blocks of these backers by key; one query. `lock` keeps them as they are until COMMIT."""
    rows = m.Backer.objects.filter(pk__in=list(keys)).order_by("pk")
    if lock:
        rows = rows.select_for_update(no_key=True)
    return {str(row[0]): backer(row) for row in rows.values_list(*BACKER)}


def sources(keys: Iterable[str], *, lock: bool = False) -> dict[str, Source]:
    """The blocks of these sources by key; one query. `lock` keeps them as they are until COMMIT."""
    rows = m.Source.objects.filter(pk__in=list(keys)).order_by("pk")
    if lock:
        rows = rows.select_for_update(no_key=True)
    return {str(row[0]): source(row) for row in rows.values_list(*SOURCE)}


def topic(row: tuple[Any, ...]) -> Topic:
    """A topic from a row's values in the order of `TOPIC`."""
    return Topic(key=str(row[0]), slug=row[1], title=row[2], description=row[3])


def topics(keys: Iterable[str], *, lock: bool = False) -> dict[str, Topic]:
    """These topics by key; one query. `lock` keeps them as they are until COMMIT."""
    rows = m.Topic.objects.filter(pk__in=list(keys)).order_by("pk")
    if lock:
        rows = rows.select_for_update(no_key=True)
    return {str(row[0]): topic(row) for row in rows.values_list(*TOPIC)}


def from_rows(keys: Iterable[str]) -> dict[str, Document]:
    """The documents of these controversies as their rows are now, by key; six queries however many."""
    keys = list(keys)
    if not keys:
        return {}
    heads = m.Controversy.objects.filter(pk__in=keys).values_list(
        "id",
        "slug",
        "title",
        "question",
        "context",
        "status",
        "status_summary",
        "polarity",
        "publication",
        "attribution",
        "reviewed_on",
        "reviewed_by",
        "topic_id",
        "topic__slug",
        "topic__title",
        "topic__description",
    )
    points = list(
        m.ContestedPoint.objects.filter(controversy_id__in=keys)
        .order_by("order")
        .values_list("id", "controversy_id", "title", "body", "kind")
    )
    positions = list(
        m.Position.objects.filter(controversy_id__in=keys)
        .order_by("order")
        .values_list("id", "controversy_id", "claim", "argument", "confidence", "confidence_reason")
    )
    held = [row[0] for row in positions]
    stances = list(
        m.Stance.objects.filter(position__in=held).values_list("id", "position_id", "point_id", "text")
    )
    backings = list(
        m.Backing.objects.filter(position__in=held)
        .order_by("order")
        .values_list("id", "position_id", "note", "since", "until", *(f"backer__{name}" for name in BACKER))
    )
    cited: dict[Any, list[Citation]] = defaultdict(list)
    all_sources: dict[str, Source] = {}
    for row in _citations(keys, points, held, stances, backings):
        target = next(filter(None, row[:5]))
        found = source(row[9:])
        all_sources[found.key] = found
        cited[target].append(
            Citation(key=str(row[5]), source=found.key, relation=row[6], quote=row[7], locator=row[8])
        )
    all_backers: dict[str, Backer] = {}
    spoken: dict[Any, list[Stance]] = defaultdict(list)
    for key, position, point, text in stances:
        spoken[position].append(Stance(point=str(point), text=text, citations=tuple(cited[key])))
    backed: dict[Any, list[Backing]] = defaultdict(list)
    for key, position, note, since, until, *shared in backings:
        who = backer(tuple(shared))
        all_backers[who.key] = who
        backed[position].append(
            Backing(
                key=str(key), backer=who.key, note=note, since=since, until=until, citations=tuple(cited[key])
            )
        )
    contested: dict[Any, list[Point]] = defaultdict(list)
    for key, parent, title, body, kind in points:
        contested[parent].append(
            Point(key=str(key), title=title, body=body, kind=kind, citations=tuple(cited[key]))
        )
    answers: dict[Any, list[Position]] = defaultdict(list)
    for key, parent, claim, argument, confidence, reason in positions:
        answers[parent].append(
            Position(
                key=str(key),
                claim=claim,
                argument=argument,
                confidence=confidence,
                confidence_reason=reason,
                stances=tuple(spoken[key]),
                backings=tuple(backed[key]),
                citations=tuple(cited[key]),
            )
        )
    documents: dict[str, Document] = {}
    for row in heads:
        name = str(row[0])
        head = Head(
            key=name,
            slug=row[1],
            title=row[2],
            question=row[3],
            topic=topic(row[12:]),
            status=row[5],
            status_summary=row[6],
            polarity=row[7],
            publication=row[8],
            attribution=row[9],
            reviewed_on=row[10].isoformat() if row[10] else "",
            reviewed_by=row[11],
        )
        documents[name] = Document(
            head=head,
            context=Context(key=context_key(name), text=row[4], citations=tuple(cited[row[0]])),
            points=tuple(contested[row[0]]),
            positions=tuple(answers[row[0]]),
            backers=tuple(all_backers.values()),
            sources=tuple(all_sources.values()),
        ).with_blocks()
    return documents


def _citations(
    keys: list[str], points: list[Any], positions: list[Any], stances: list[Any], backings: list[Any]
) -> Iterable[tuple[Any, ...]]:
    """The citations of all these, in order; a union, so that each part uses its index."""
    columns = (
        "controversy_id",
        "point_id",
        "position_id",
        "stance_id",
        "backing_id",
        "id",
        "relation",
        "quote",
        "locator",
        *(f"source__{name}" for name in SOURCE),
        "order",
    )
    targets = {
        "controversy": keys,
        "point": [row[0] for row in points],
        "position": positions,
        "stance": [row[0] for row in stances],
        "backing": [row[0] for row in backings],
    }
    first, *rest = (
        m.Citation.objects.filter(**{f"{name}__in": ids}).values_list(*columns)
        for name, ids in targets.items()
        if ids
    )
    for row in first.union(*rest, all=True).order_by("order"):
        yield row[:-1]


# -- onto rows --


def rows_of(document: Document, blocks: Iterable[Block] | None = None) -> Rows:
    """What the rows of the document, or of some of its blocks, must hold. Shared rows are not among them."""
    rows: Rows = {table: {} for table in TABLES}
    order = {block.key: i for i, block in enumerate(document.points, 1)}
    order |= {block.key: i for i, block in enumerate(document.positions, 1)}
    for block in document.blocks() if blocks is None else blocks:
        write = _WRITERS.get(type(block))
        if write:
            write(rows, document, block, order.get(block.key, 0))
    return rows


def _write_head(rows: Rows, document: Document, head: Head, _order: int) -> None:
    rows[m.Controversy][head.key] = {
        "slug": head.slug,
        "title": head.title,
        "question": head.question,
        "topic_id": head.topic.key,
        "context": document.context.text,
        "status": head.status,
        "status_summary": head.status_summary,
        "polarity": head.polarity,
        "publication": head.publication,
        "attribution": head.attribution,
        "reviewed_on": head.reviewed_on or None,
        "reviewed_by": head.reviewed_by,
    }


def _write_context(rows: Rows, document: Document, context: Context, _order: int) -> None:
    _write_head(rows, document, document.head, 0)
    _write_citations(rows, context.citations, "controversy_id", document.head.key)


def _write_point(rows: Rows, document: Document, point: Point, order: int) -> None:
    rows[m.ContestedPoint][point.key] = {
        "controversy_id": document.key,
        "order": order,
        "title": point.title,
        "body": point.body,
        "kind": point.kind,
    }
    _write_citations(rows, point.citations, "point_id", point.key)


def _write_position(rows: Rows, document: Document, position: Position, order: int) -> None:
    rows[m.Position][position.key] = {
        "controversy_id": document.key,
        "order": order,
        "claim": position.claim,
        "argument": position.argument,
        "confidence": position.confidence,
        "confidence_reason": position.confidence_reason,
    }
    _write_citations(rows, position.citations, "position_id", position.key)
    for i, backing in enumerate(position.backings, 1):
        rows[m.Backing][backing.key] = {
            "position_id": position.key,
            "backer_id": backing.backer,
            "order": i,
            "note": backing.note,
            "since": backing.since,
            "until": backing.until,
        }
        _write_citations(rows, backing.citations, "backing_id", backing.key)
    for stance in position.stances:
        key = m.stance_key(position.key, stance.point)
        rows[m.Stance][key] = {"position_id": position.key, "point_id": stance.point, "text": stance.text}
        _write_citations(rows, stance.citations, "stance_id", key)


def _write_citations(rows: Rows, citations: tuple[Citation, ...], target: str, key: str) -> None:
    nothing = dict.fromkeys(f"{name}_id" for name in m.CITABLE)
    for i, citation in enumerate(citations, 1):
        rows[m.Citation][citation.key] = {
            **nothing,
            target: key,
            "source_id": citation.source,
            "order": i,
            "relation": citation.relation,
            "quote": citation.quote,
            "locator": citation.locator,
        }


_WRITERS: dict[type, Callable[..., None]] = {
    Head: _write_head,
    Context: _write_context,
    Point: _write_point,
    Position: _write_position,
}


def apply(before: Document | None, after: Document) -> None:
    """Bring the rows, which agree with `before`, into agreement with `after`; only what differs is written.

    Rows of backers, sources and topics must be there. Raises IntegrityError for a key that another
    controversy's row has.
    """
    _write(*_differing(before, after))


def sync_rows(documents: Iterable[Document]) -> None:
    """Bring the rows of these controversies, whatever they are, into agreement with the documents.

    For rows that were written past documents, whose places may have gaps, or whose stances keys of their own.
    """
    wanted = list(documents)
    new: Rows = {table: {} for table in TABLES}
    for document in wanted:
        for table, rows in rows_of(document).items():
            new[table].update(rows)
    _write(_actual([document.key for document in wanted]), new)


def _actual(keys: list[str]) -> Rows:
    """The rows of these controversies as they are, in the form of `rows_of()`; six queries."""
    rows: Rows = {}
    for table in TABLES:
        names = [field.attname for field in table._meta.concrete_fields]
        found = table._default_manager.filter(m.on_pages(table, "pk__in", keys)).order_by().values(*names)
        plain = ({name: _plain(value) for name, value in row.items()} for row in found)
        rows[table] = {row.pop("id"): row for row in plain}
    return rows


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def _write(old: Rows, new: Rows) -> None:
    for table in reversed(TABLES):
        gone = [key for key in old[table] if key not in new[table]]
        if gone:
            table._default_manager.filter(pk__in=gone)._raw_delete(
                table._default_manager.db
            )  # children are deleted above
    for table in TABLES:
        made = [table(id=key, **row) for key, row in new[table].items() if key not in old[table]]
        if made:
            table._default_manager.bulk_create(made)
        differing = {
            key: row for key, row in new[table].items() if key in old[table] and row != old[table][key]
        }
        if len(differing) == 1:
            [(key, row)] = differing.items()
            was = old[table][key]
            table._default_manager.filter(pk=key).update(
                **{name: value for name, value in row.items() if value != was[name]}
            )
        elif differing:
            fields = sorted(set(chain.from_iterable(differing.values())))
            table._default_manager.bulk_update(
                [table(id=key, **row) for key, row in differing.items()],
                [table._meta.get_field(name).name for name in fields],
                batch_size=200,
            )


def _differing(before: Document | None, after: Document) -> tuple[Rows, Rows]:
    """The rows of all blocks that differ, as they are and as they must become."""
    if before is None:
        return {table: {} for table in TABLES}, rows_of(after)

    def order(document: Document) -> dict[str, int]:
        places = {block.key: i for i, block in enumerate(document.points)}
        return places | {block.key: i for i, block in enumerate(document.positions)}

    old_order, new_order = order(before), order(after)

    def blocks(document: Document, other: Document) -> list[Block]:
        mine: tuple[Block, ...] = (document.head, document.context, *document.points, *document.positions)
        return [
            block
            for block in mine
            if other.by_key.get(block.key) != block or old_order.get(block.key) != new_order.get(block.key)
        ]

    return rows_of(before, blocks(before, after)), rows_of(after, blocks(after, before))
