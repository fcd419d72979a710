"""Attribution of one revision from the one before it: what changed, field by field, and whose it is now.

The algorithm is frozen: stored origins name it by ALGORITHM, and what is derived again must come out the same. A test
holds the origins of fixed histories. The texts of changed fields go through `matching`.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from operator import setitem
from typing import NamedTuple
from zlib import crc32

from controversies.document.schema import Kind, Part, Spec
from controversies.document.types import BLOCK_TYPES, Block, Document, part_classes
from controversies.document.words import with_source_keys

from .archive import Archive, FormerText
from .matching import FieldText, Matcher, NewStatement, statement_hash
from .origins import (
    PartOrigins,
    StatementOrigin,
    pack,
    pack_number,
    pack_statements,
    pack_table,
    unpack,
    unpack_number,
    unpack_statements,
    unpack_table,
)
from .tokens import hash64, normalise, split_statements

ALGORITHM = 1


class Attribution(NamedTuple):
    """The outcome for one revision, to be stored with it.

    `origins` are the bytes, by key, of each block whose origins are not those stored last for its key: they hold for
    the block's version of this revision and all later ones until the next that are stored. `former` is what left.
    """

    origins: dict[str, bytes]
    former: list[FormerText]


def attribute(
    old: Document | None, new: Document, number: int, archive: Archive, *, restores: bool = False
) -> Attribution:
    """Attribute the words and values of revision `number`, whose document is `new`; `old` is the one before it.

    Without `old`, all is new. `restores`: the revision restores or undoes an earlier one, so that values as they
    were before belong to whoever set them then; otherwise whoever sets a value owns it. Words that return are their
    authors' in either case. Costs what changed, and the look-ups that Archive tells. Raises ValueError if the
    archive's bytes are not of `old`, KeyError if it has none for a block of `old`.
    """
    return _Attributor(old, new, number, archive, restores=restores).attribution()


class _Location(NamedTuple):
    """A part's place: its block, whether other pages show that, too, and the part's own key or where it has none.

    A part with a key of its own is the same wherever it is; another one is what stands at that place of its parent.
    """

    block: str
    shared: bool
    path: str

    def of_member(self, name: str, member: Part) -> "_Location":
        """The place of a member of the list of this name, or of the single part of this name."""
        own = member.identity if member.IDENTITY == "key" else f"{self.path}.{name}.{member.identity}"
        return self._replace(path=own)

    def of_field(self, name: str) -> str:
        return f"{self.path}.{name}"


class _TextSlot(NamedTuple):
    """A text field to be attributed, and where its statements' origins go."""

    field: FieldText
    origins: PartOrigins
    name: str


class _Leaving(NamedTuple):
    """A part that is not where it was; `inside` another one that left."""

    part: Part
    origins: PartOrigins
    location: _Location
    inside: bool


class _Attributor:
    """The state of one attribution."""

    def __init__(
        self, old: Document | None, new: Document, number: int, archive: Archive, *, restores: bool
    ) -> None:
        self.old, self.new, self.number, self.archive, self.restores = old, new, number, archive, restores
        self.old_sources = [source.key for source in old.sources] if old else []
        self.new_sources = [source.key for source in new.sources]
        self.slots: list[_TextSlot] = []
        self.fields: list[FieldText] = []  # those of the slots, and of parts that left
        self.changed_texts: dict[str, FieldText] = {}  # by place
        self.former: dict[tuple[int, str], FormerText] = {}
        self.returning: dict[
            int, Callable[[bytes], None]
        ] = {}  # what to do with the origins of what returned
        self.stored: dict[str, PartOrigins] = {}  # of the old blocks that changed
        self.tables: set[int] = set()  # hashes of parts that may have been here before
        self.leaving: dict[str, _Leaving] = {}  # by the path of their location

    def attribution(self) -> Attribution:
        known = self.old.by_key if self.old else {}
        changed = [block for block in self.new.blocks() if not _is_same(known.get(block.key), block)]
        before = [known[block.key] for block in changed if block.key in known]
        removed = [block for key, block in known.items() if key not in self.new.by_key]
        stored = (
            self.archive.origins([block.key for block in (*before, *removed)]) if before or removed else {}
        )
        origins = self.stored = {block.key: unpack(block, stored[block.key]) for block in (*before, *removed)}
        for block in removed:
            self._collect(block, None, origins[block.key], _location(block))
        for block in before:
            self._collect(block, self.new.by_key[block.key], origins[block.key], _location(block))
        trees = {
            block.key: self._compare(known[block.key], block, origins[block.key], _location(block))
            if block.key in known
            else self._add(block, _location(block))
            for block in changed
        }
        for leaving in self.leaving.values():
            self._leave(leaving)
        self._match()
        packed = {block.key: pack(block, trees[block.key]) for block in changed}
        return Attribution(
            {key: data for key, data in packed.items() if data != stored.get(key)}, list(self.former.values())
        )

    def _match(self) -> None:
        """Find the origins of all texts, and what left."""
        matcher = Matcher(self.fields, self.number, self.archive)
        matcher.match_within()
        for place, field in self.changed_texts.items():
            if field.shared or field.is_ambiguous:
                hash_ = _text_hash(place, [each.normal for each in field.old])
                self._forget(hash_, field.key, pack_statements([each.origin for each in field.old]))
        if self.old is not None:
            hashes = {statement_hash(new.normal) for new in matcher.unmatched() if not new.field.shared}
            hashes |= self.returning.keys() | self.tables
            former = sorted(self.archive.equal(hashes), key=_by_age) if hashes else []
            self._settle(former)
            matcher.match_returns(former)
        matcher.match_moves()
        if self.old is not None:
            matcher.match_copies(self._standing)
            matcher.match_former()
        matcher.match_words()
        for field, node, name in self.slots:
            if not field.settled:
                node.texts[name] = field.origins
        for text in matcher.former():
            self.former.setdefault((text.hash, text.key), text)

    def _settle(self, former: list[FormerText]) -> None:
        """Give the values and texts that stood here before their origins; `former` is in the order of age."""
        bodies = {text.hash: text.body for text in former if not text.grams}
        for text in former:  # of two parts that had the same one, the younger one
            if text.hash in self.tables:
                bodies |= unpack_table(text.body)
        for hash_ in self.returning.keys() & bodies.keys():
            self.returning[hash_](bodies[hash_])

    # -- parts --

    def _collect(
        self, old: Part, new: Part | None, origins: PartOrigins, location: _Location, *, inside: bool = False
    ) -> None:
        """Note the old part if there is no new one, and the members of its lists that left them."""
        if new is old:
            return
        if new is None:
            self.leaving[location.path] = _Leaving(old, origins, location, inside)
        for spec in old.LISTS:
            members = {each.identity: each for each in getattr(new, spec.name)} if new is not None else {}
            for member in getattr(old, spec.name):
                self._collect(
                    member,
                    members.get(member.identity),
                    origins.items[spec.name][member.identity],
                    location.of_member(spec.name, member),
                    inside=new is None,
                )

    def _compare(self, old: Part, new: Part, origins: PartOrigins, location: _Location) -> PartOrigins:
        """The origins of a part that was there before, but for those of texts that changed."""
        if old is new:
            return origins
        node = PartOrigins(origins.since)
        for spec in new.SPECS:
            name, place = spec.name, location.of_field(spec.name)
            before, after = getattr(old, name), getattr(new, name)
            if spec.kind is Kind.ITEMS:
                known = {each.identity: each for each in before}
                node.items[name] = {
                    each.identity: self._compare(
                        known[each.identity],
                        each,
                        origins.items[name][each.identity],
                        location.of_member(name, each),
                    )
                    if each.identity in known
                    else self._add(each, location.of_member(name, each))
                    for each in after
                }
            elif spec.kind is Kind.PART:
                if before.identity == after.identity:
                    node.parts[name] = self._compare(
                        before, after, origins.parts[name], location.of_member(name, after)
                    )
                else:
                    self._leave(
                        _Leaving(before, origins.parts[name], location.of_member(name, before), inside=False)
                    )
                    node.parts[name] = self._add(after, location.of_member(name, after))
            elif spec.kind is Kind.LINES:
                owners = dict(zip(before, origins.lines.get(name, ()), strict=True))
                node.lines[name] = [owners.get(line, self.number) for line in after]
                for i, line in enumerate(after):
                    if line not in owners:
                        self._restore_value(partial(setitem, node.lines[name], i), _value_hash(place, line))
                for line, owner in owners.items():
                    if line not in after:
                        self._forget(_value_hash(place, line), location.block, pack_number(owner))
            elif spec.is_text:
                self._compare_text(spec, before, after, origins.texts.get(name, []), node, location)
            else:
                node.values[name] = owner = origins.values.get(name, origins.since)
                if before != after:
                    node.values[name] = self.number
                    self._restore_value(partial(setitem, node.values, name), _value_hash(place, after))
                    self._forget(_value_hash(place, before), location.block, pack_number(owner))
        return node

    def _compare_text(
        self,
        spec: Spec,
        before: str,
        after: str,
        origins: list[StatementOrigin],
        node: PartOrigins,
        location: _Location,
    ) -> None:
        node.texts[spec.name] = origins
        old_sources, new_sources = self._sources(spec)
        if before == after or (
            "[" in before and with_source_keys(before, old_sources) == with_source_keys(after, new_sources)
        ):
            return
        field = self._field(spec, location, old=before, new=after)
        field.set_old_origins(origins)
        slot = _TextSlot(field, node, spec.name)
        self.slots.append(slot)
        place = location.of_field(spec.name)
        if before:
            self.changed_texts[place] = field
        self._restore_text(slot, place)

    def _add(self, part: Part, location: _Location) -> PartOrigins:
        """The origins of a part that is new where it is, but for those of its texts."""
        leaving = self.leaving.pop(location.path, None)
        if leaving is not None:
            return self._compare(leaving.part, part, leaving.origins, location)
        if self.old is not None:
            self.tables.add(_part_hash(location))
        node = PartOrigins(self.number)
        self._restore_value(node.set_since, _value_hash(location.path, ""))
        for spec in part.SPECS:
            name, value, place = spec.name, getattr(part, spec.name), location.of_field(spec.name)
            if spec.kind is Kind.ITEMS:
                node.items[name] = {
                    each.identity: self._add(each, location.of_member(name, each)) for each in value
                }
            elif spec.kind is Kind.PART:
                node.parts[name] = self._add(value, location.of_member(name, value))
            elif spec.kind is Kind.LINES:
                node.lines[name] = [self.number] * len(value)
                for i, line in enumerate(value):
                    self._restore_value(partial(setitem, node.lines[name], i), _value_hash(place, line))
            elif not spec.is_text:
                node.values[name] = self.number
                self._restore_value(partial(setitem, node.values, name), _value_hash(place, value))
            elif value:
                slot = _TextSlot(self._field(spec, location, new=value), node, name)
                self.slots.append(slot)
                self._restore_text(slot, place)
        return node

    def _leave(self, leaving: _Leaving) -> None:
        """Keep the origins of a part that left, and let its statements go to where they are now."""
        part, origins, location, inside = leaving
        if not inside or part.IDENTITY == "key":  # which can come back without what it was in
            table = dict(self._bodies(part, origins, location))
            self._forget(_part_hash(location), location.block, pack_table(table))
        if not location.shared:
            for spec in part.VALUES:
                value = getattr(part, spec.name)
                if spec.is_text and value:
                    self._field(spec, location, old=value).set_old_origins(origins.texts[spec.name])

    def _field(self, spec: Spec, location: _Location, *, old: str = "", new: str = "") -> FieldText:
        place = crc32(location.of_field(spec.name).encode())
        field = FieldText(location.block, place, location.shared)
        old_sources, new_sources = self._sources(spec)
        field.set_texts(old, old_sources, new, new_sources)
        self.fields.append(field)
        return field

    def _sources(self, spec: Spec) -> tuple[list[str], list[str]]:
        """The keys that the marks of a field mean, in the old document and in the new one."""
        return (self.old_sources, self.new_sources) if spec.has_marks else ([], [])

    # -- what returns --

    def _restore_value(self, set_owner: Callable[[int], None], hash_: int) -> None:
        """Give a value back to whoever set it, if this revision restores it and it stood here before."""
        if self.restores and self.old is not None:
            self.returning[hash_] = lambda body: set_owner(unpack_number(body))

    def _restore_text(self, slot: _TextSlot, place: str) -> None:
        """Give a text back to whoever wrote it, if it stood here before."""

        def settle(body: bytes) -> None:
            slot.origins.texts[slot.name] = unpack_statements(body)
            slot.field.settled = True

        if self.old is not None:
            self.returning[_text_hash(place, [each.normal for each in slot.field.new])] = settle

    def _forget(self, hash_: int, key: str, body: bytes) -> None:
        self.former.setdefault((hash_, key), FormerText(hash_, key, self.number, (), body))

    def _bodies(self, part: Part, origins: PartOrigins, location: _Location) -> Iterator[tuple[int, bytes]]:
        """The stored origins of all values and texts of a part, by the hash with which they return."""
        yield _value_hash(location.path, ""), pack_number(origins.since)
        for spec in part.SPECS:
            name, value, place = spec.name, getattr(part, spec.name), location.of_field(spec.name)
            if spec.kind is Kind.ITEMS:
                for each in value:
                    inner = origins.items[name][each.identity]
                    yield from self._bodies(each, inner, location.of_member(name, each))
            elif spec.kind is Kind.PART:
                yield from self._bodies(value, origins.parts[name], location.of_member(name, value))
            elif spec.kind is Kind.LINES:
                for line, owner in zip(value, origins.lines.get(name, ()), strict=True):
                    yield _value_hash(place, line), pack_number(owner)
            elif not spec.is_text:
                yield _value_hash(place, value), pack_number(origins.values.get(name, origins.since))
            elif value:
                sources = self._sources(spec)[0]
                normal = [normalise(statement, sources) for statement in split_statements(value)]
                yield _text_hash(place, normal), pack_statements(origins.texts[name])

    # -- what stands where it was --

    def _standing(self, statements: list[NewStatement]) -> dict[str, StatementOrigin]:
        """The origins of the statements that are equal to one of the old document, by normal form."""
        blocks: dict[str, Block] = {}
        wanted = [(new.normal, new.text.strip()) for new in statements]
        for block in self.old.own_blocks() if self.old is not None and wanted else ():
            texts = _texts_of(block)
            there = [each for each in wanted if any(each[1] in text for text in texts)]
            if there:
                blocks[block.key] = block
                wanted = [each for each in wanted if each not in there]
        stored = (
            self.archive.origins(blocks.keys() - self.stored.keys())
            if blocks.keys() - self.stored.keys()
            else {}
        )
        origins: dict[str, StatementOrigin] = {}
        for key, block in blocks.items():
            part_origins = self.stored[key] if key in self.stored else unpack(block, stored[key])
            for normal, origin in self._statements_of(block, part_origins):
                origins.setdefault(normal, origin)
        return origins

    def _statements_of(self, part: Part, origins: PartOrigins) -> Iterator[tuple[str, StatementOrigin]]:
        """The statements of a part of the old document in their normal form, with their origins."""
        for spec in part.SPECS:
            value = getattr(part, spec.name)
            if spec.is_text and value:
                sources = self._sources(spec)[0]
                for text, origin in zip(split_statements(value), origins.texts[spec.name], strict=True):
                    yield normalise(text, sources), origin
            elif spec.kind is Kind.ITEMS:
                for member in value:
                    yield from self._statements_of(member, origins.items[spec.name][member.identity])


_TEXTS = {cls: tuple(spec.name for spec in cls.SPECS if spec.is_text) for cls in part_classes()}
_LISTS = {cls: tuple(spec.name for spec in cls.LISTS) for cls in part_classes()}


def _texts_of(part: Part) -> list[str]:
    """The texts of a part and of all in its lists."""
    cls = type(part)
    texts = [getattr(part, name) for name in _TEXTS[cls]]
    for name in _LISTS[cls]:
        for item in getattr(part, name):
            texts += _texts_of(item)
    return texts


def _by_age(text: FormerText) -> tuple[int, str]:
    return text.since, text.key


def _is_same(old: Block | None, new: Block) -> bool:
    return old is new or old == new


def _location(block: Block) -> _Location:
    return _Location(block.key, BLOCK_TYPES[type(block)].shared, block.key)


def _value_hash(place: str, value: str) -> int:
    return hash64("value", place, value)


def _text_hash(place: str, statements: Iterable[str]) -> int:
    return hash64("text", place, *statements)


def _part_hash(location: _Location) -> int:
    return hash64("part", location.path)
