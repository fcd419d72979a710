"""Attribution of one revision from the one before it: what changed, field by field, and whose it is now.

The algorithm is frozen: stored origins name it by ALGORITHM, and what is derived again must come out the same. A test
holds the origins of fixed histories. The texts of changed fields go through `matching`.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol
from zlib import crc32

from controversies.document.canonical import dumps, to_json
from controversies.document.schema import Kind, Part, Spec
from controversies.document.types import BLOCK_TYPES, Block, Document, parts_of
from controversies.document.words import with_source_keys

from .archive import Archive, FormerText
from .matching import FieldText, Matcher, NewStatement, statement_hash
from .origins import (
    PartOrigins,
    StatementOrigin,
    pack,
    pack_number,
    pack_statements,
    unpack,
    unpack_number,
    unpack_statements,
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
    """A part's place: the key of its block, whether other pages show that, too, and the path within it."""

    key: str
    shared: bool
    path: str = ""

    def child(self, *names: str) -> "_Location":
        return self._replace(path=f"{self.path}{'.'.join(names)}.")


class _Owners[K](Protocol):
    """The revisions that set values, by name or place."""

    def __setitem__(self, name: K, owner: int, /) -> None: ...


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
        self.former: dict[tuple[int, str], FormerText] = {}
        self.returning: dict[
            int, Callable[[bytes], None]
        ] = {}  # what to do with the origins of what returned
        self.leaving: dict[tuple[type[Part], str], _Leaving] = {}

    def attribution(self) -> Attribution:
        known = self.old.by_key if self.old else {}
        changed = [block for block in self.new.blocks() if not _is_same(known.get(block.key), block)]
        before = [known[block.key] for block in changed if block.key in known]
        removed = [block for key, block in known.items() if key not in self.new.by_key]
        stored = (
            self.archive.origins([block.key for block in (*before, *removed)]) if before or removed else {}
        )
        origins = {block.key: unpack(block, stored[block.key]) for block in (*before, *removed)}
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
        matcher.match_equal()
        if self.old is not None:
            hashes = {statement_hash(new.normal) for new in matcher.unmatched() if not new.field.shared}
            hashes |= self.returning.keys()
            former = sorted(self.archive.equal(hashes)) if hashes else []
            for text in former:
                if not text.grams and text.hash in self.returning:
                    self.returning[text.hash](text.body)
            matcher.match_copies(self._standing)
            matcher.match_former(former)
        matcher.match_words()
        for field, node, name in self.slots:
            if not field.settled:
                node.texts[name] = field.origins
        for text in matcher.former():
            self.former.setdefault((text.hash, text.key), text)

    # -- parts --

    def _collect(
        self, old: Part, new: Part | None, origins: PartOrigins, location: _Location, *, inside: bool = False
    ) -> None:
        """Note the old part if there is no new one, and the members of its lists that left them."""
        if new is old:
            return
        if new is None:
            self.leaving[_identity(old, location)] = _Leaving(old, origins, location, inside)
        for spec in old.LISTS:
            members = {each.identity: each for each in getattr(new, spec.name)} if new is not None else {}
            for member in getattr(old, spec.name):
                self._collect(
                    member,
                    members.get(member.identity),
                    origins.items[spec.name][member.identity],
                    location.child(spec.name, member.identity),
                    inside=new is None,
                )

    def _compare(self, old: Part, new: Part, origins: PartOrigins, location: _Location) -> PartOrigins:
        """The origins of a part that was there before, but for those of texts that changed."""
        if old is new:
            return origins
        node = PartOrigins(origins.since)
        for spec in new.SPECS:
            name, place = spec.name, location.path + spec.name
            before, after = getattr(old, name), getattr(new, name)
            if spec.kind is Kind.ITEMS:
                known = {each.identity: each for each in before}
                node.items[name] = {
                    each.identity: self._compare(
                        known[each.identity],
                        each,
                        origins.items[name][each.identity],
                        location.child(name, each.identity),
                    )
                    if each.identity in known
                    else self._add(each, location.child(name, each.identity))
                    for each in after
                }
            elif spec.kind is Kind.PART:
                if before.identity == after.identity:
                    node.parts[name] = self._compare(before, after, origins.parts[name], location.child(name))
                else:
                    self._leave(_Leaving(before, origins.parts[name], location.child(name), inside=False))
                    node.parts[name] = self._add(after, location.child(name))
            elif spec.kind is Kind.LINES:
                owners = dict(zip(before, origins.lines.get(name, ()), strict=True))
                node.lines[name] = [owners.get(line, self.number) for line in after]
                for i, line in enumerate(after):
                    if line not in owners:
                        self._restore_value(node.lines[name], i, _value_hash(location.key, place, line))
                for line, owner in owners.items():
                    if line not in after:
                        self._forget(_value_hash(location.key, place, line), location.key, pack_number(owner))
            elif spec.is_text:
                self._compare_text(spec, before, after, origins.texts.get(name, []), node, location)
            else:
                node.values[name] = owner = origins.values.get(name, origins.since)
                if before != after:
                    node.values[name] = self.number
                    self._restore_value(node.values, name, _value_hash(location.key, place, after))
                    self._forget(_value_hash(location.key, place, before), location.key, pack_number(owner))
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
        if len(field.old) > 1:
            normal = [each.normal for each in field.old]
            self._forget(_text_hash(location, spec, normal), location.key, pack_statements(origins))
        if len(field.new) > 1:

            def settle(body: bytes) -> None:
                node.texts[spec.name] = unpack_statements(body)
                field.settled = True

            self.returning[_text_hash(location, spec, [each.normal for each in field.new])] = settle

    def _add(self, part: Part, location: _Location, *, inside: bool = False) -> PartOrigins:
        """The origins of a part that is new where it is, but for those of its texts."""
        leaving = self.leaving.pop(_identity(part, location), None)
        if leaving is not None:
            return self._compare(leaving.part, part, leaving.origins, location)
        start = len(self.slots)
        node = PartOrigins(self.number)
        for spec in part.SPECS:
            name, value = spec.name, getattr(part, spec.name)
            if spec.kind is Kind.ITEMS:
                node.items[name] = {
                    each.identity: self._add(each, location.child(name, each.identity), inside=True)
                    for each in value
                }
            elif spec.kind is Kind.PART:
                node.parts[name] = self._add(value, location.child(name), inside=True)
            elif spec.kind is Kind.LINES:
                node.lines[name] = [self.number] * len(value)
            elif spec.is_text and value:
                self.slots.append(_TextSlot(self._field(spec, location, new=value), node, name))
        if self.old is not None and not inside:
            slots = self.slots[start:]

            def settle(body: bytes) -> None:
                _restore_part(node, unpack(part, body), with_values=self.restores)
                for slot in slots:
                    slot.field.settled = True

            self.returning[self._part_hash(part, location, self.new_sources)] = settle
        return node

    def _leave(self, leaving: _Leaving) -> None:
        """Keep the origins of a part that left, and let its statements go to where they are now."""
        part, origins, location, inside = leaving
        if not inside:
            hash_ = self._part_hash(part, location, self.old_sources)
            self._forget(hash_, location.key, pack(part, origins))
        if not location.shared:
            for spec in part.VALUES:
                value = getattr(part, spec.name)
                if spec.is_text and value:
                    self._field(spec, location, old=value).set_old_origins(origins.texts[spec.name])

    def _field(self, spec: Spec, location: _Location, *, old: str = "", new: str = "") -> FieldText:
        place = crc32(f"{location.path}{spec.name}".encode())
        field = FieldText(location.key, place, location.shared)
        old_sources, new_sources = self._sources(spec)
        field.set_texts(old, old_sources, new, new_sources)
        self.fields.append(field)
        return field

    def _sources(self, spec: Spec) -> tuple[list[str], list[str]]:
        """The keys that the marks of a field mean, in the old document and in the new one."""
        return (self.old_sources, self.new_sources) if spec.has_marks else ([], [])

    # -- what returns --

    def _restore_value[K](self, owners: _Owners[K], name: K, hash_: int) -> None:
        """Give a value back to whoever set it, if this revision restores it and it stood here before."""
        if self.restores:

            def settle(body: bytes) -> None:
                owners[name] = unpack_number(body)

            self.returning[hash_] = settle

    def _forget(self, hash_: int, key: str, body: bytes) -> None:
        self.former.setdefault((hash_, key), FormerText(hash_, key, self.number, (), body))

    @staticmethod
    def _part_hash(part: Part, location: _Location, sources: list[str]) -> int:
        text = with_source_keys(dumps(to_json(part)).decode(), sources)
        return hash64("part", location.key, location.path, text)

    # -- parts of the page that did not change --

    def _standing(self, statements: list[NewStatement]) -> dict[str, StatementOrigin]:
        """The origins of the statements that are equal to one in a block that did not change, by normal form."""
        if self.old is None or not statements:
            return {}
        places: dict[str, tuple[Block, str]] = {}
        for block in self.old.own_blocks():
            if self.new.by_key.get(block.key) is not block and self.new.by_key.get(block.key) != block:
                continue
            texts = [
                getattr(part, spec.name) for part in parts_of(block) for spec in part.VALUES if spec.is_text
            ]
            for new in statements:
                text = new.text.strip()
                if new.normal not in places and any(text in each for each in texts):
                    places[new.normal] = block, text
        stored = self.archive.origins({block.key for block, _text in places.values()}) if places else {}
        origins: dict[str, StatementOrigin] = {}
        for block in {block.key: block for block, _text in places.values()}.values():
            for normal, origin in self._statements_of(block, unpack(block, stored[block.key])):
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


def _is_same(old: Block | None, new: Block) -> bool:
    return old is new or old == new


def _location(block: Block) -> _Location:
    return _Location(block.key, BLOCK_TYPES[type(block)].shared)


def _identity(part: Part, location: _Location) -> tuple[type[Part], str]:
    """The identity of a part on the whole page; that of a part without a key of its own is its place."""
    return type(part), part.identity if part.IDENTITY == "key" else f"{location.key}.{location.path}"


def _value_hash(key: str, path: str, value: str) -> int:
    return hash64("value", key, path, value)


def _text_hash(location: _Location, spec: Spec, statements: list[str]) -> int:
    return hash64("text", location.key, location.path + spec.name, *statements)


def _restore_part(node: PartOrigins, former: PartOrigins, *, with_values: bool) -> None:
    """Give a part its former origins; those of what is not text only `with_values`."""
    node.texts = former.texts
    if with_values:
        node.since, node.values, node.lines = former.since, former.values, former.lines
    for name, inner in former.parts.items():
        _restore_part(node.parts[name], inner, with_values=with_values)
    for name, members in former.items.items():
        for identity, inner in members.items():
            _restore_part(node.items[name][identity], inner, with_values=with_values)
