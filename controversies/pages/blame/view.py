"""The blame of a page, ready to be drawn: block by block, each text in rows of one origin, each value with its own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from controversies.document.present import MemberName, PageNames, reference_field
from controversies.document.types import BLOCK_TYPES, BLOCKS, Block, BlockType, Kind, Part, Spec
from controversies.history.blame import BlameSpan, BlameValue, PageBlame
from controversies.kit.keys import anchor

from .origins import AGES, OriginView, OriginViews
from .passages import PassagePiece, SourceSpan, markdown_passages, plain_passages

_PLAIN_TEXTS = ("quote",)  # kept word for word, so the page draws no Markdown in them
_OTHER_WORDS = 20  # of one statement that are listed, with their authors


@dataclass(frozen=True, slots=True)
class OtherWords:
    """Words of a statement that somebody else wrote, or at another time."""

    text: str
    origin: OriginView


@dataclass(frozen=True, slots=True)
class StatementOriginView:
    """The origin of one or several statements: who wrote most of each, and since when they read so and stand here.

    `others` are further revisions that wrote words of it. `wording` and `here` are None where they say nothing new.
    """

    origin: OriginView
    others: tuple[OriginView, ...] = ()
    wording: OriginView | None = None
    here: OriginView | None = None

    @property
    def authors(self) -> set[str]:
        """Everybody who wrote words of it, or chose which stand."""
        origins = (self.origin, *self.others, *((self.wording,) if self.wording else ()))
        return {each.author for each in origins if each.author}

    @property
    def other_names(self) -> list[str]:
        """The authors of further words, but for the first's own name."""
        return list(dict.fromkeys(each.author for each in self.others if each.author != self.origin.author))


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a text: its number in the text, from 1, its anchor and permanent address, and its origin."""

    number: int
    anchor: str
    address: str
    origin: StatementOriginView
    words: tuple[OtherWords, ...]

    @property
    def was_changed(self) -> bool:
        """Whether it has read otherwise before."""
        return self.origin.wording is not None or bool(self.origin.others)

    @property
    def wordings(self) -> str:
        """The address of its earlier wordings."""
        path, _mark, _anchor = self.address.partition("#")
        return f"{path}?{urlencode({'statement': self.anchor})}"


@dataclass(frozen=True, slots=True)
class DrawnPiece:
    """Words of a passage. `begins` are the statements that begin here; `by_other`: not by the statement's author."""

    html: SafeString
    begins: tuple[Statement, ...]
    by_other: bool


@dataclass(frozen=True, slots=True)
class DrawnPassage:
    """A paragraph or other block of a text, or the part of one that a row has."""

    tag: str
    pieces: tuple[DrawnPiece, ...]
    goes_on: bool  # whether it began in the row before


@dataclass(frozen=True, slots=True)
class BlameRow:
    """Statements in a row that have one origin; several origins where a passage could not be parted."""

    origins: tuple[StatementOriginView, ...]
    passages: tuple[DrawnPassage, ...]
    statements: tuple[Statement, ...]

    @property
    def age(self) -> str:
        """The age of its newest words, as a class of the stylesheet; "" if all are of one time."""
        age = max((-1 if each.origin.age is None else each.origin.age) for each in self.origins)
        return AGES[age][0] if age >= 0 else ""


@dataclass(frozen=True, slots=True)
class BlamedText:
    """A text of a part, in rows. `is_folded`: it is all of the part's own origin, which is told once."""

    label: str
    anchor: str
    css: str
    rows: tuple[BlameRow, ...]
    is_folded: bool


@dataclass(frozen=True, slots=True)
class BlamedValue:
    """A value of a part in words, and who set it. `is_folded` as for a text.

    `has_reason`: the reason is told here; not if a value before it in the block has it too.
    """

    label: str
    anchor: str
    words: str
    origin: OriginView
    has_reason: bool = True
    is_folded: bool = False


@dataclass(frozen=True, slots=True)
class BlamedMember:
    """A member of a list: what it is, who put it there, and its own fields. `has_reason` as for a value."""

    anchor: str
    name: MemberName
    origin: OriginView | None
    has_reason: bool
    fields: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class BlamedList:
    """The members of a list of a part."""

    label: str
    anchor: str
    members: tuple[BlamedMember, ...]


type BlamedField = BlamedText | BlamedValue | BlamedList


@dataclass(frozen=True, slots=True)
class BlamedBlock:
    """A block of the page: its number or letter, name and title, its anchor here and on the page, and its fields.

    Of one that other pages show too, `origin` is who brought it to this page.
    """

    kind: str
    key: str
    anchor: str
    number: str
    name: str
    title: str
    origin: OriginView | None
    fields: tuple[BlamedField, ...]


@dataclass(frozen=True, slots=True)
class BlameSection:
    """The blocks of one type."""

    anchor: str
    label: str
    is_single: bool
    blocks: tuple[BlamedBlock, ...]


@dataclass(frozen=True, slots=True)
class BlameView:
    """The blame of a page. `authors` are all who wrote or set anything that stands, in alphabetical order."""

    sections: tuple[BlameSection, ...]
    authors: tuple[str, ...]
    has_ages: bool


def blame_view(blame: PageBlame, slug: str, *, author: str = "") -> BlameView:
    """Return the blame of a page; with `author`, only of what this person wrote or set."""
    builder = _Builder(blame, slug)
    sections = tuple(builder.sections())
    authors = sorted(builder.origins.authors, key=str.casefold)
    if author:
        sections = tuple(_only_by(author, sections))
    return BlameView(sections, tuple(authors), builder.origins.has_ages)


def blamed_part(blame: PageBlame, slug: str, key: str, path: str) -> tuple[BlamedField, ...]:
    """Return the blame of one field of a block, or of all fields of a list's member or of the block (path "")."""
    block = blame.reading.document.by_key.get(key)
    if block is None:
        return ()
    fields = _Builder(blame, slug).block(BLOCK_TYPES[type(block)], block, 0).fields
    return tuple(_fields_at(fields, f"{key}.{path}" if path else key))


def _fields_at(fields: Iterable[BlamedField], wanted: str) -> Iterator[BlamedField]:
    for each in fields:
        if each.anchor == wanted or each.anchor.startswith(f"{wanted}."):
            yield _with_reasons(each)
        elif isinstance(each, BlamedList) and wanted.startswith(f"{each.anchor}."):
            for member in each.members:
                if wanted == member.anchor:
                    yield _with_reasons(replace(each, members=(member,)))
                elif wanted.startswith(f"{member.anchor}."):
                    yield from _fields_at(member.fields, wanted)


def _with_reasons(field: BlamedField) -> BlamedField:
    """Return a field that is shown without those before it: it tells its own reasons."""
    if isinstance(field, BlamedValue):
        return replace(field, has_reason=True)
    if isinstance(field, BlamedList):
        return replace(field, members=tuple(replace(each, has_reason=True) for each in field.members))
    return field


class _Builder:
    """Builds the blame of a page from the spans and values that the record has."""

    def __init__(self, blame: PageBlame, slug: str) -> None:
        self.blame = blame
        self.document = blame.reading.document
        self.names = PageNames(self.document)
        self.origins = OriginViews(blame, slug)
        self.permanent = reverse("revision_blame", args=[slug, blame.reading.number])
        self._heading = 2  # the level of the heading above
        self._reasons: set[int] = set()  # revisions whose reasons the block at hand has told

    def sections(self) -> Iterator[BlameSection]:
        for block_type in BLOCKS:
            blocks = tuple(
                self.block(block_type, block, i) for i, block in enumerate(block_type.blocks(self.document))
            )
            if blocks:
                label = str(block_type.label_plural if block_type.many else block_type.label)
                yield BlameSection(block_type.attribute, label, not block_type.many, blocks)

    def block(self, block_type: BlockType, block: Block, index: int) -> BlamedBlock:
        self._heading = 3 if block_type.many else 2
        self._reasons = set()
        origin = self._identity_origin(block, block.key, "") if block_type.shared else None
        self._is_new_reason(origin)
        return BlamedBlock(
            block_type.name,
            block.key,
            anchor(block_type.name, block.key),
            block_type.number(index),
            self.names.block(block),
            block.display_name,
            origin,
            tuple(self._fields(block, block.key, "", origin)),
        )

    def _fields(self, part: Part, key: str, prefix: str, base: OriginView | None) -> Iterator[BlamedField]:
        """Yield the fields of a part that say anything: texts, values, lists. `base` is the part's own origin."""
        for spec in type(part).SPECS:
            value, place = getattr(part, spec.name), f"{key}.{prefix}{spec.name}"
            if not value or spec.kind in (Kind.SLUG, Kind.KEY):  # addresses, and what names tell
                continue
            if spec.kind is Kind.ITEMS:
                members = tuple(
                    self._member(member, key, f"{prefix}{spec.name}.{member.identity}.") for member in value
                )
                yield BlamedList(str(spec.label), place, members)
            elif spec.kind is Kind.PART:
                origin = self._identity_origin(value, key, f"{prefix}{spec.name}.")
                if origin is not None:
                    words, has_reason = value.display_name, self._is_new_reason(origin)
                    yield BlamedValue(str(spec.label), place, words, origin, has_reason)
            else:
                yield from self._field(spec, value, key, prefix + spec.name, base)

    def _member(self, part: Part, key: str, prefix: str) -> BlamedMember:
        origin = self._identity_origin(part, key, prefix)
        has_reason = self._is_new_reason(origin)
        name = self.names.member(part)
        fields = tuple(
            each
            for each in self._fields(part, key, prefix, origin)
            if not (isinstance(each, BlamedValue) and each.is_folded and each.words in name.before)
        )
        return BlamedMember(f"{key}.{prefix[:-1]}", name, origin, has_reason, fields)

    def _identity_origin(self, part: Part, key: str, prefix: str) -> OriginView | None:
        """Return who brought a part to where it is: who set what it refers to, or else its key."""
        reference = reference_field(part)
        name = reference.name if reference is not None else type(part).IDENTITY
        blamed = self.blame.blocks[key].get(prefix + name)
        return self.origins.origin(blamed.revision) if isinstance(blamed, BlameValue) else None

    def _field(
        self, spec: Spec, value: object, key: str, path: str, base: OriginView | None
    ) -> Iterator[BlamedField]:
        blamed = self.blame.blocks[key].get(path)
        place = f"{key}.{path}"
        if isinstance(blamed, BlameValue):
            origin = self.origins.origin(blamed.revision)
            words = self.names.value(spec, value)
            is_folded = origin == base
            has_reason = not is_folded and self._is_new_reason(origin)
            yield BlamedValue(str(spec.label), place, words, origin, has_reason, is_folded)
            return
        spans = [each for each in blamed or () if isinstance(each, BlameSpan)]
        if spans:
            css = "prose" if spec.kind is Kind.PROSE else "line"
            rows = tuple(self._rows(spec, spans, place))
            is_folded = base is not None and all(row.origins == (StatementOriginView(base),) for row in rows)
            yield BlamedText(str(spec.label), place, css, rows, is_folded)
        for i, line in enumerate(blamed or (), 1):
            if isinstance(line, BlameValue):
                origin = self.origins.origin(line.revision)
                is_folded = origin == base
                has_reason = not is_folded and self._is_new_reason(origin)
                yield BlamedValue(str(spec.label), f"{place}.{i}", line.value, origin, has_reason, is_folded)

    def _is_new_reason(self, origin: OriginView | None) -> bool:
        """Whether the block has not told yet why this revision was made; from now on it has."""
        if origin is None or origin.number in self._reasons:
            return False
        self._reasons.add(origin.number)
        return True

    # -- texts --

    def _rows(self, spec: Spec, spans: list[BlameSpan], place: str) -> Iterator[BlameRow]:
        statements, statement_of = self._statements(spans, place)
        source = [SourceSpan(span.text, n) for span, n in zip(spans, statement_of, strict=True)]
        is_markdown = spec.kind is Kind.PROSE and spec.name not in _PLAIN_TEXTS
        passages = markdown_passages(source, under=self._heading) if is_markdown else plain_passages(source)
        begun: set[int] = set()
        rows: list[tuple[tuple[StatementOriginView, ...], list[DrawnPassage], list[Statement]]] = []
        for passage in passages:
            goes_on = False
            for origins, group in groupby(
                passage.pieces, key=lambda piece: _piece_origins(piece, statements, statement_of)
            ):
                pieces = []
                new: list[Statement] = []
                for piece in group:
                    numbers = dict.fromkeys(statement_of[i] for i in piece.spans)
                    begins = tuple(statements[n] for n in numbers if n not in begun)
                    begun.update(numbers)
                    new += begins
                    pieces.append(
                        DrawnPiece(piece.html, begins, _is_by_other(piece, spans, statements, statement_of))
                    )
                drawn = DrawnPassage(passage.tag, tuple(pieces), goes_on)
                goes_on = True
                if rows and rows[-1][0] == origins:
                    rows[-1][1].append(drawn)
                    rows[-1][2].extend(new)
                else:
                    rows.append((origins, [drawn], new))
        for origins, passages_of_row, statements_of_row in rows:
            yield BlameRow(origins, tuple(passages_of_row), tuple(statements_of_row))

    def _statements(self, spans: list[BlameSpan], place: str) -> tuple[list[Statement], list[int]]:
        """Return the statements of a text, and of each span the place of its statement among them."""
        statements: list[Statement] = []
        statement_of: list[int] = []
        for _place, group in groupby(spans, key=lambda span: span.place):
            own = list(group)
            statement_of += [len(statements)] * len(own)
            number = len(statements) + 1
            where = f"{place}.{number}"
            origin = self._statement_origin(own)
            words = tuple(
                OtherWords(span.text.strip(), self.origins.origin(span.revision))
                for span in own
                if span.revision != origin.origin.number and _weight(span)
            )
            statements.append(
                Statement(number, where, f"{self.permanent}#{where}", origin, words[:_OTHER_WORDS])
            )
        return statements, statement_of

    def _statement_origin(self, spans: list[BlameSpan]) -> StatementOriginView:
        sizes: dict[int, int] = {}
        for span in spans:
            sizes[span.revision] = sizes.get(span.revision, 0) + _weight(span)
        main = max(sizes, key=lambda number: (sizes[number], -number))
        others = sorted(number for number, size in sizes.items() if number != main and size)
        wording, here = spans[0].wording, spans[0].here
        return StatementOriginView(
            self.origins.origin(main),
            tuple(map(self.origins.origin, others)),
            self.origins.origin(wording) if wording != main else None,
            self.origins.origin(here) if here not in (main, wording) else None,
        )


def _piece_origins(
    piece: PassagePiece, statements: list[Statement], statement_of: list[int]
) -> tuple[StatementOriginView, ...]:
    return tuple(dict.fromkeys(statements[statement_of[i]].origin for i in piece.spans))


def _is_by_other(
    piece: PassagePiece, spans: list[BlameSpan], statements: list[Statement], statement_of: list[int]
) -> bool:
    if len(piece.spans) > 1:
        return False
    span = spans[piece.spans[0]]
    return (
        _weight(span) > 0 and span.revision != statements[statement_of[piece.spans[0]]].origin.origin.number
    )


def _weight(span: BlameSpan) -> int:
    """Count the letters and digits: white space and punctuation alone are nobody’s words."""
    return sum(char.isalnum() for char in span.text)


# -- one author's --


def _only_by(author: str, sections: Iterable[BlameSection]) -> Iterator[BlameSection]:
    """Yield what one person wrote or set, and nothing that is empty then."""
    for section in sections:
        blocks = tuple(
            replace(block, fields=fields)
            for block in section.blocks
            if (fields := tuple(_fields_by(author, block.fields)))
        )
        if blocks:
            yield replace(section, blocks=blocks)


def _fields_by(author: str, fields: Iterable[BlamedField]) -> Iterator[BlamedField]:
    for each in fields:
        if isinstance(each, BlamedText):
            rows = tuple(row for row in each.rows if any(author in origin.authors for origin in row.origins))
            if rows:
                yield replace(each, rows=rows)
        elif isinstance(each, BlamedValue):
            if each.origin.author == author:
                yield _with_reasons(each)
        else:
            members = tuple(
                replace(member, fields=own)
                for member in each.members
                if (own := tuple(_fields_by(author, member.fields)))
                or (member.origin is not None and member.origin.author == author)
            )
            if members:
                yield _with_reasons(replace(each, members=members))
