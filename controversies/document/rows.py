"""Between rows and documents: `from_rows()` reads, `apply()` writes; both by the declaration in `types`."""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

from django.db.models import Model

from controversies import models as m
from controversies.models.owners import OWNERS

from .types import (
    BLOCK_TYPES,
    BLOCKS,
    BY_NAME,
    Block,
    BlockType,
    Citation,
    Document,
    Kind,
    Part,
    Spec,
    part_classes,
    single_key,
)

type Row = dict[str, Any]
type Rows = dict[type[Model], dict[str, Row]]  # by primary key

_HEAD, *_BESIDE = (block_type for block_type in BLOCKS if not block_type.many)  # all in the row of the head
_LISTED = tuple(block_type for block_type in BLOCKS if block_type.many and not block_type.shared)


# The parts of blocks but citations, in the order of the page, and the blocks that have them.
_INNER: dict[type[Part], type[Part]] = {
    spec.part: block_type.part
    for block_type in _LISTED
    for spec in block_type.part.SHOWN_LISTS
    if spec.part is not None and spec.part is not Citation
}
# In the order in which rows are inserted; deleted in the reverse.
TABLES: tuple[type[Model], ...] = (
    m.Controversy,
    *(block_type.model for block_type in _LISTED),
    *(cls.MODEL for cls in _INNER),
    m.Citation,
)


def _owner(inner: type[Part], outer: type[Part]) -> str:
    """The name of the foreign key by which a row of a part belongs to the row of what holds it."""
    [name] = (name for name in OWNERS[inner.MODEL] if _related_model(inner.MODEL, name) is outer.MODEL)
    return name


def _related_model(model: type[Model], name: str) -> type[Model]:
    return model._meta.get_field(name).related_model  # type: ignore[return-value]  # a foreign key to a model


def _has_order(model: type[Model]) -> bool:
    return any(column.name == "order" for column in model._meta.concrete_fields)


def _attribute(cls: type[Part], spec: Spec) -> str:
    """The name of a column on a row: `backer_id` for a foreign key."""
    return cls.MODEL._meta.get_field(spec.column).attname  # type: ignore[union-attr]  # no relation from elsewhere


# -- from rows --


class _Reader:
    """The columns of a class of parts, and how a part is made of their values.

    Lists, and the key of a block that has no row of its own, come from elsewhere.
    """

    def __init__(self, cls: type[Part], prefix: str = "") -> None:
        self.cls = cls
        self.columns: list[str] = []
        self.names: list[str] = []
        self.converters: list[tuple[int, Callable[[Any], Any]]] = []  # of some columns
        self.inner: list[tuple[str, _Reader, slice]] = []  # parts that are joined
        for spec in cls.VALUES:
            if spec.kind is Kind.PART or (spec.name == "key" and cls in _KEYLESS):
                continue
            if convert := _CONVERTERS.get(spec.kind):
                self.converters.append((len(self.columns), convert))
            self.columns.append(f"{prefix}{_attribute(cls, spec)}")
            self.names.append(spec.name)
        for spec in cls.VALUES:
            if spec.kind is Kind.PART and spec.part is not None:
                reader = _Reader(spec.part, f"{prefix}{spec.column}__")
                start = len(self.columns)
                self.columns += reader.columns
                self.inner.append((spec.name, reader, slice(start, start + len(reader.columns))))
        # The shared block that the part refers to, whose row is read with the part's.
        self.shared: _Reader | None = None
        self.reference = 0  # the place of its key among the part's columns
        for spec in cls.VALUES:
            if spec.refers_to and (target := BY_NAME[spec.refers_to]).shared:
                self.shared = _Reader(target.part, f"{spec.column}__")
                self.reference = self.names.index(spec.name)

    @property
    def joined_columns(self) -> list[str]:
        """The columns of the shared block that the part refers to, but for its key."""
        return self.shared.columns[1:] if self.shared is not None else []

    def part(self, values: Sequence[Any], **others: Any) -> Any:
        """The part of the values of its columns and of what comes from elsewhere."""
        own = list(values)
        for name, reader, place in self.inner:
            others[name] = reader.part(own[place])
        for i, convert in self.converters:
            own[i] = convert(own[i])
        return self.cls(**dict(zip(self.names, own, strict=False)), **others)


_KEYLESS = {block_type.part for block_type in _BESIDE}
_CONVERTERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.KEY: str,
    Kind.DAY: lambda day: str(day) if day else "",
    Kind.LINES: tuple,
}
_READERS = {cls: _Reader(cls) for cls in part_classes()}


def columns(cls: type[Part]) -> tuple[str, ...]:
    """The columns of a class of parts, for `values_list()`."""
    return tuple(_READERS[cls].columns)


def from_row(cls: type[Part], values: Sequence[Any]) -> Any:
    """The part of a row's values in the order of `columns()`."""
    return _READERS[cls].part(values)


def value_of(row: object, spec: Spec) -> Any:
    """A field's value of a row, as documents hold it."""
    value, convert = getattr(row, spec.column), _CONVERTERS.get(spec.kind)
    return value if convert is None else convert(value)


def shared_blocks(
    cls: type[Part], keys: Iterable[str] | None = None, *, lock: bool = False
) -> dict[str, Any]:
    """The backers, sources or topics with these keys, or all, as they are on record, by key; one query.

    `lock` keeps them as they are until COMMIT.
    """
    queryset = cls.MODEL._default_manager.order_by("pk")
    if keys is not None:
        queryset = queryset.filter(pk__in=list(keys))
    if lock:
        queryset = queryset.select_for_update(no_key=True)
    return {str(row[0]): from_row(cls, row) for row in queryset.values_list(*columns(cls))}


def from_rows(keys: Iterable[str]) -> dict[str, Document]:
    """The documents of these controversies as their rows are now, by key; six queries however many."""
    keys = list(keys)
    return _Reading(keys).documents() if keys else {}


class _Reading:
    """The rows of some controversies, and the parts that they are."""

    def __init__(self, keys: list[str]) -> None:
        self.keys = keys
        self.shared: dict[type[Part], dict[uuid.UUID, Any]] = {
            block_type.part: {} for block_type in BLOCKS if block_type.shared
        }
        # By the id of the row that they belong to, the values of rows and the parts that were made of them.
        self.ids: dict[type[Model], list[Any]] = {m.Controversy: keys}
        self.rows = {block_type.part: self._select(block_type.part, _HEAD.part) for block_type in _LISTED}
        for cls, outer in _INNER.items():
            self.rows[cls] = self._select(cls, outer)
        self.members: dict[type[Part], dict[Any, list[Any]]] = {Citation: self._citations()}
        for cls in (*_INNER, *(block_type.part for block_type in _LISTED)):
            self.members[cls] = self._parts(cls)

    def documents(self) -> dict[str, Document]:
        own = _READERS[_HEAD.part]
        beside = [(block_type, _READERS[block_type.part]) for block_type in _BESIDE]
        names = [*own.columns, *chain.from_iterable(reader.columns for _type, reader in beside)]
        documents: dict[str, Document] = {}
        for row in m.Controversy.objects.filter(pk__in=self.keys).values_list(*names):
            key, start = row[0], len(own.columns)
            blocks: dict[str, Any] = {_HEAD.attribute: own.part(row[:start])}
            for block_type, reader in beside:
                values = row[start : start + len(reader.columns)]
                start += len(reader.columns)
                lists = self._lists(block_type.part, key)
                own_key = single_key(str(key), block_type.name)
                blocks[block_type.attribute] = reader.part(values, key=own_key, **lists)
            for block_type in _LISTED:
                blocks[block_type.attribute] = tuple(self.members[block_type.part].get(key, ()))
            for block_type in BLOCKS:
                if block_type.shared:
                    blocks[block_type.attribute] = tuple(self.shared[block_type.part].values())
            documents[str(key)] = Document(**blocks).with_blocks()
        return documents

    def _select(self, cls: type[Part], outer: type[Part]) -> list[tuple[Any, ...]]:
        """The rows of a class: the id of what they belong to, their own, their values, and those of a joined block.

        Of a part with a key, that is the id and among the values.
        """
        owner, reader = _owner(cls, outer), _READERS[cls]
        queryset = cls.MODEL._default_manager.filter(**{f"{owner}__in": self.ids[outer.MODEL]})
        if _has_order(cls.MODEL):
            queryset = queryset.order_by("order")
        own_id = [] if cls.IDENTITY == "key" else ["id"]
        rows = list(queryset.values_list(f"{owner}_id", *own_id, *reader.columns, *reader.joined_columns))
        self.ids[cls.MODEL] = [row[1] for row in rows]
        return rows

    def _parts(self, cls: type[Part]) -> dict[Any, list[Any]]:
        """The parts of a class by the id of the row that they belong to."""
        reader = _READERS[cls]
        start = 1 if cls.IDENTITY == "key" else 2
        end = start + len(reader.columns)
        members: dict[Any, list[Any]] = defaultdict(list)
        for row in self.rows[cls]:
            if reader.shared is not None:
                self._know(reader.shared, row[start + reader.reference], row[end:])
            members[row[0]].append(reader.part(row[start:end], **self._lists(cls, row[1])))
        return members

    def _lists(self, cls: type[Part], row_id: Any) -> dict[str, tuple[Any, ...]]:
        """The lists of a part, by name."""
        return {spec.name: tuple(self.members[spec.part].get(row_id, ())) for spec in cls.LISTS if spec.part}

    def _know(self, reader: _Reader, key: uuid.UUID, values: tuple[Any, ...]) -> None:
        """Read a shared block once, whoever refers to it."""
        known = self.shared[reader.cls]
        if key not in known:
            known[key] = reader.part((key, *values))

    def _citations(self) -> dict[Any, list[Citation]]:
        """The citations by the id of the row that they belong to; a union, so that each part uses its index."""
        reader = _READERS[Citation]
        owners = OWNERS[m.Citation]
        selected = [*(f"{name}_id" for name in owners), *reader.columns, *reader.joined_columns, "order"]
        first, *rest = (
            m.Citation.objects.filter(**{f"{name}__in": ids}).values_list(*selected)
            for name in owners
            if (ids := self.ids[_related_model(m.Citation, name)])
        )
        start, end = len(owners), len(owners) + len(reader.columns)
        citations: dict[Any, list[Citation]] = defaultdict(list)
        for row in first.union(*rest, all=True).order_by("order"):
            owner = next(filter(None, row[:start]))
            citations[owner].append(reader.part(row[start:end]))
            if reader.shared is not None:
                self._know(reader.shared, row[start + reader.reference], row[end:-1])
        return citations


# -- onto rows --


class _Writer:
    """The columns of a class of parts, and the values for them."""

    def __init__(self, cls: type[Part]) -> None:
        self.has_order = _has_order(cls.MODEL)
        self.is_keyed = cls.IDENTITY == "key"
        self.lists = tuple(
            (spec.name, spec.part, f"{_owner(spec.part, cls)}_id") for spec in cls.SHOWN_LISTS if spec.part
        )
        # What a row lacks that belongs to another: a citation serves one of several things.
        self.nothing = {f"{name}_id": None for name in OWNERS.get(cls.MODEL, ())}
        self.columns: list[tuple[str, str, Callable[[Any], Any] | None]] = [
            (_attribute(cls, spec), spec.name, _TO_COLUMN.get(spec.kind))
            for spec in cls.VALUES
            if spec.name != "key"
        ]

    def row(self, part: Any) -> Row:
        """The values of the part's own columns."""
        row = self.nothing.copy()
        for column, name, convert in self.columns:
            value = getattr(part, name)
            row[column] = value if convert is None else convert(value)
        return row


_TO_COLUMN: dict[Kind, Callable[[Any], Any]] = {
    Kind.DAY: lambda day: day or None,
    Kind.LINES: list,
    Kind.PART: lambda part: part.key,
}
_WRITERS = {cls: _Writer(cls) for cls in part_classes()}


def row_of(part: Part) -> Row:
    """The values of a part's own columns, by attribute of the row; not its key, nor what it belongs to."""
    return _WRITERS[type(part)].row(part)


def rows_of(document: Document, blocks: Iterable[Block] | None = None) -> Rows:
    """The rows of the document, or of some of its blocks, as they must be. Shared rows are not among them."""
    rows: Rows = {table: {} for table in TABLES}
    for block in document.blocks() if blocks is None else blocks:
        block_type = BLOCK_TYPES[type(block)]
        if not block_type.shared:
            _write_block(rows, document, block_type, block)
    return rows


_ON_PAGE = {block_type: f"{_owner(block_type.part, _HEAD.part)}_id" for block_type in _LISTED}


def _write_block(rows: Rows, document: Document, block_type: BlockType, block: Any) -> None:
    if block_type.many:
        row = row_of(block)
        row[_ON_PAGE[block_type]] = document.key
        row["order"] = document.places[block.key] + 1
        rows[block_type.model][block.key] = row
        _write_lists(rows, block, block.key)
        return
    if document.key not in rows[m.Controversy]:  # the row of the head and of what stands beside it
        row = rows[m.Controversy][document.key] = row_of(document.head)
        for each in _BESIDE:
            row.update(row_of(getattr(document, each.attribute)))
    _write_lists(rows, block, document.key)


def _write_lists(rows: Rows, outer: Part, key: str) -> None:
    """Write the rows of the members of a part's lists; `key` is that of the row that they belong to."""
    for name, cls, owner in _WRITERS[type(outer)].lists:
        writer, table = _WRITERS[cls], rows[cls.MODEL]
        for place, item in enumerate(getattr(outer, name), 1):
            row = writer.row(item)
            row[owner] = key
            if writer.has_order:
                row["order"] = place
            item_key = item.key if writer.is_keyed else m.stance_key(key, item.identity)
            table[item_key] = row
            if writer.lists:
                _write_lists(rows, item, item_key)


def apply(before: Document | None, after: Document) -> None:
    """Bring the rows, which agree with `before`, into agreement with `after`; only what differs is written.

    Rows of backers, sources and topics must be there. Raises IntegrityError for a key that another
    controversy's row has.
    """
    _write(*_differing(before, after))


def apply_all(pairs: Iterable[tuple[Document, Document]]) -> None:
    """Do what `apply()` does for several controversies, as they are and as they must become; queries as for one."""
    old: Rows = {table: {} for table in TABLES}
    new: Rows = {table: {} for table in TABLES}
    for before, after in pairs:
        for side, tables in zip((old, new), _differing(before, after), strict=True):
            for table, rows in tables.items():
                side[table].update(rows)
    _write(old, new)


def sync_rows(documents: Iterable[Document]) -> None:
    """Bring the rows of these controversies, whatever they are, into agreement with the documents.

    For rows that were written past documents, whose places may have gaps, or whose stances keys of their own.
    """
    wanted = list(documents)
    new: Rows = {table: {} for table in TABLES}
    for document in wanted:
        for table, rows in rows_of(document).items():
            new[table].update(rows)
    _write(_stored_rows([document.key for document in wanted]), new)


def _stored_rows(keys: list[str]) -> Rows:
    """The rows of these controversies as they are, in the form of `rows_of()`; a query for each table."""
    rows: Rows = {}
    for table in TABLES:
        names = [field.attname for field in table._meta.concrete_fields]
        stored = table._default_manager.filter(m.on_pages(table, "pk__in", keys)).order_by().values(*names)
        plain = ({name: _plain(value) for name, value in row.items()} for row in stored)
        rows[table] = {row.pop("id"): row for row in plain}
    return rows


def _plain(value: object) -> Any:
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def _write(old: Rows, new: Rows) -> None:
    for table in reversed(TABLES):
        removed = [key for key in old[table] if key not in new[table]]
        if removed:
            table._default_manager.filter(pk__in=removed)._raw_delete(
                table._default_manager.db
            )  # children are deleted above
    for table in TABLES:
        new_rows = [table(id=key, **row) for key, row in new[table].items() if key not in old[table]]
        if new_rows:
            table._default_manager.bulk_create(new_rows)
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

    def blocks(document: Document, other: Document) -> list[Block]:
        return [
            block
            for block in document.own_blocks()
            if other.by_key.get(block.key) != block
            or document.places[block.key] != other.places.get(block.key)
        ]

    return rows_of(before, blocks(before, after)), rows_of(after, blocks(after, before))
