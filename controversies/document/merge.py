"""Two edits of one document made one: a pure function of the document that both began with, and of the two.

Documents are merged field by field, and a list by its members, known by key (stances by their point) wherever
they stand. What only one side changed is taken; what both changed to the same is too. The rest is a conflict,
which a choice resolves. The rules beyond that:

- **Prose** that both changed is merged by paragraphs. Those that both changed, or put in at the same place, are a
  conflict by themselves: the rest of the text is merged all the same. If nothing of it is left apart from that, or
  what can come of it is too long or empty where it must not be, the whole text is the conflict.
- **The order of a list** is a field of its own. So a move and an edit of the moved are both kept; two new orders
  are a conflict unless equal. New members stand after the one that they were put after; of two in one place, theirs
  comes first, or mine if mine has put the others in a new order.
- **Where a member is** (a backing moved to another position) is a field too; so moving and editing are both kept.
- **Removed here, edited there** is a conflict of the whole item, named once, by the outermost that is gone. Edits
  are changed values, new or moved members, and their new order; a new place among its like is none. A stance
  belongs to its position and to its point: removing a point another side says something new on is a conflict.
  Kept, the item comes back under its key with all that was in it. Removed, it takes along what was new in it, and
  what had only been moved there stays where it was.
- **The same source added to the same thing in the same relation** by both is one citation, under their key, if quote
  and place in the source are equal or one side left them empty, which the other fills. Otherwise they are two
  passages of one source, and both are kept.
- **The same backer added to the same position** by both is one backing, under their key, merged field by field.
  If it came there twice in other ways (moved, or the backer changed), that is a conflict.
- **Day of review and reviewer** are one field. **Since and until** are merged one by one unless that is a conflict
  or puts the end before the beginning; then they are one conflict.
- **Status, publication** and all else that has one value: two different new values are a conflict. No order of them
  is assumed.
- **Backers, sources and the topic** as they are shown are not this page's: theirs is taken where both differ from the
  base, without a conflict. (`record()` puts what the rows say in any case.) There are those that are referred to.
- **Marks of sources** in prose (`[3]`) follow their source, whatever number it has in each of the three and in what
  becomes of them (`references`).
- A result that breaks a rule of documents is never given: that is a conflict of the whole page.

Where a conflict is not resolved the document holds mine.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from . import paragraphs, parse, references
from .compare import Comparison, compare
from .conflict import PARAGRAPHS, Clash, Conflict, Questions, Resolution, Take, Three, problem
from .text import is_visible
from .tree import FIELDS, LEVELS, LISTS, OWN_TYPES, PAGE, DocumentTree, Id, Place, Values, values
from .types import BLOCKS, Backing, Citation, Document, Kind, Part, Spec

_ORDERED_BLOCKS = {block_type.attribute: block_type for block_type in BLOCKS if block_type.ordered}


@dataclass(frozen=True, slots=True)
class MergeResult:
    """The one document of two, what is left to resolve in the order of the page, and what came in from theirs."""

    document: Document
    conflicts: tuple[Conflict, ...]
    incoming: Comparison


def merge(
    base: Document, theirs: Document, mine: Document, choices: Mapping[str, Resolution] | None = None
) -> MergeResult:
    """One document with what either changed since `base`, by the rules above; `choices` by path of the conflict.

    Takes three valid documents of one controversy, `theirs` being what is on record.
    """
    if not base.key == theirs.key == mine.key:
        raise ValueError("Only documents of one controversy can be merged.")
    incoming = compare(base, theirs)
    if theirs in (base, mine):
        return MergeResult(mine, (), incoming)
    if mine == base:
        return MergeResult(theirs, (), incoming)
    document, conflicts = _merge_marked(base, theirs, mine, choices or {})
    return MergeResult(document, conflicts, incoming)


def _merge_marked(
    base: Document, theirs: Document, mine: Document, choices: Mapping[str, Resolution]
) -> tuple[Document, tuple[Conflict, ...]]:
    """The merge, with marks of sources by key meanwhile if their numbers differ; conflicts have the numbers of mine."""
    three = (base, theirs, mine)
    same = len({tuple(references.numbering(each)) for each in three}) == 1
    if same or not any(map(references.has_marks, three)):
        document, conflicts = _Merge(*three, choices).result()
        if not same or references.numbering(document) == references.numbering(mine):
            return document, conflicts
    titles = references.titles((theirs, mine, base))

    def with_numbers(values: Any) -> Any:
        """The values of a conflict of prose, which are texts."""
        if not isinstance(values, tuple):
            return values
        return tuple(
            references.text_to_number_marks(each, mine, titles) if isinstance(each, str) else each
            for each in values
        )

    answers = {
        path: replace(choice, texts=tuple(references.text_to_key_marks(each, mine) for each in choice.texts))
        for path, choice in choices.items()
    }

    def without_key_marks(document: Document) -> Document:
        return references.to_number_marks(document, titles)

    was, there, here = map(references.to_key_marks, three)
    document, conflicts = _Merge(was, there, here, answers, without_key_marks).result()
    return without_key_marks(document), tuple(
        replace(
            each,
            base=with_numbers(each.base),
            theirs=with_numbers(each.theirs),
            mine=with_numbers(each.mine),
            shown=with_numbers(each.shown),
        )
        for each in conflicts
    )


class _Merge:
    """`finish` makes of a merged document what is kept of it, which is what must break no rule."""

    def __init__(
        self,
        base: Document,
        theirs: Document,
        mine: Document,
        choices: Mapping[str, Resolution],
        finish: Callable[[Document], Document] = lambda document: document,
    ) -> None:
        self.finish = finish
        self.documents = (base, theirs, mine)
        # Blocks that are the same in all three are not looked into: most are, and nothing came from or went to them.
        self.same = {
            block.key
            for block in theirs.blocks()
            if block == base.by_key.get(block.key) and block == mine.by_key.get(block.key)
        }
        self.base, self.theirs, self.mine = (DocumentTree(each, whole=self.same) for each in self.documents)
        for cls, alike in ((Backing, _is_same_backing), (Citation, _is_same_citation)):
            names = self._twins(cls, alike)  # citations last: they may be in backings that have become one
            if names:
                self.mine = DocumentTree(mine, {**self.mine.names, **names}, whole=self.same)
        self.trees = (self.base, self.theirs, self.mine)
        self.questions = Questions(self.documents, self.trees, choices)
        self.kept: dict[Id, bool] = {}
        self.parts: dict[Id, Any] = {}  # merged, but for their lists
        self.places: dict[Id, Place] = {}

    def result(self) -> tuple[Document, tuple[Conflict, ...]]:
        ids = dict.fromkeys([*self.theirs.parts, *self.mine.parts])
        self.parts = {item: self._part(item) for item in ids if self._is_kept(item)}
        for level in LEVELS:
            wanted = {item: self._possible_places(item) for item in self.parts if item[0] in level}
            self._place(wanted)
            if Backing in level and self._resolve_twice(wanted):
                self._place(wanted)
        document = self._document()
        faults = parse.check(self.finish(document), known=self.documents[1])
        if faults:
            before = len(self.questions.conflicts)
            fault = "\n".join(map(str, faults))
            document = self.questions.ask(
                PAGE, "", Clash.WHOLE, _("The whole page"), self.documents, lambda _side: "", fault=fault
            )
            if len(self.questions.conflicts) == before:
                return document, ()
        return document, self.questions.open()

    def _document(self) -> Document:
        members: dict[Place, list[Id]] = {}
        for item, place in self.places.items():
            members.setdefault(place, []).append(item)

        def built(place: Place) -> tuple[Any, ...]:
            return tuple(map(block, self._order(place, members.get(place, []))))

        def block(item: Id) -> Any:
            part = self.parts[item]
            if item[1] in self.same:
                return part
            if LISTS[item[0]]:
                part = replace(part, **{name: built((item, name)) for name in LISTS[item[0]]})
            sides = (tree.parts[item] for tree in (self.theirs, self.mine) if item in tree.parts)
            return next((side for side in sides if side == part), part)

        blocks: dict[str, Any] = {}
        for block_type in OWN_TYPES:
            own = built((PAGE, block_type.attribute))
            blocks[block_type.attribute] = own if block_type.many else own[0]
        return Document(**blocks).with_blocks(
            **{
                block_type.attribute: tuple(self.questions.shared[block_type.name].values())
                for block_type in BLOCKS
                if block_type.shared
            }
        )

    # -- what there is --

    def _twins(self, cls: type[Part], alike: Callable[[Any, Any], bool]) -> dict[str, str]:
        """The keys of what mine added that theirs added too, with theirs."""
        names: dict[str, str] = {}
        for place, ids in self.theirs.lists.items():
            others = self.mine.lists.get(place, [])
            new = [i for i in ids if i[0] is cls and i not in self.base.parts and i not in self.mine.parts]
            for item in others if new else ():
                if item in self.base.parts or item in self.theirs.parts:
                    continue
                part = self.mine.parts[item]
                twin = next((i for i in new if alike(self.theirs.parts[i], part)), None)
                if twin is not None:
                    new.remove(twin)
                    names[part.key] = twin[1]
        return names

    def _is_kept(self, item: Id) -> bool:
        if item not in self.kept:
            self.kept[item] = self._find_kept(item)
        return self.kept[item]

    def _find_kept(self, item: Id) -> bool:
        if item in self.theirs.parts and item in self.mine.parts:
            return True
        has, lacks = (self.theirs, self.mine) if item in self.theirs.parts else (self.mine, self.theirs)
        removed = [gate for gate in has.gates(item) if gate in self.base.parts and gate not in lacks.parts]
        if removed:
            return all(map(self._is_kept, removed))
        if item not in self.base.parts:
            return True
        if not self._is_edited(item, has, lacks):
            return False
        three = tuple(
            tuple(tree.parts[i] for i in (item, *tree.on.get(item, ())) if i in tree.parts)
            for tree in self.trees
        )
        return bool(
            self.questions.ask(
                item,
                self.base.path(item),
                Clash.REMOVED,
                self.questions.place_name(item),
                three,
                lambda side: self.questions.text(self.trees[side], item),
            )
        )

    def _is_edited(self, item: Id, has: DocumentTree, lacks: DocumentTree) -> bool:
        """Whether something would be lost if what one side changed in this item went with it."""
        part, was = has.parts[item], self.base.parts.get(item)
        if was is None or has.places[item] != self.base.places[item]:
            return True
        if any(values(part, specs) != values(was, specs) for specs in FIELDS[item[0]]):
            return True
        for name in LISTS[item[0]]:
            old, new = self.base.lists[item, name], has.lists[item, name]
            if [i for i in old if i in new] != [i for i in new if i in old]:
                return True
        return any(
            has.places[each] != self.base.places.get(each)
            if each in lacks.parts
            else self._is_edited(each, has, lacks)
            for each in has.below(item)
        )

    # -- what it says --

    def _part(self, item: Id) -> Any:
        """The part with each of its own values merged; its lists are whoever's."""
        was, theirs, mine = (tree.parts.get(item) for tree in self.trees)
        if theirs is None or mine is None:
            return theirs or mine
        if theirs in (was, mine):
            return mine
        new: dict[str, Any] = {}
        for specs in FIELDS[item[0]]:
            three = tuple(values(part, specs) for part in (was, theirs, mine))
            merged = _three_way(specs, *three) or self._ask_paragraphs(item, specs, three)
            if merged is None:
                merged = self._ask_field(item, specs, three)
            new |= {spec.name: value for spec, value in zip(specs, merged, strict=True)}
        if "topic" in new:
            new["topic"] = self.questions.shared["topic"][new["topic"]]
        return replace(mine, **new)

    def _ask_field(self, item: Id, specs: tuple[Spec, ...], three: Three) -> tuple[str, ...]:
        def say(side: int) -> str:
            return "\n".join(
                self.questions.word(spec, value) for spec, value in zip(specs, three[side], strict=True)
            )

        path = f"{self.questions.path(item)}/{specs[0].name}"
        label = self.questions.label(item, " / ".join(str(spec.label) for spec in specs))
        return self.questions.ask(item, path, Clash.FIELD, label, three, say, specs=specs)

    def _ask_paragraphs(self, item: Id, specs: tuple[Spec, ...], three: Three) -> Values | None:
        """The text with the answers on each of its places that both changed; None if it is asked of as a whole."""
        spec = specs[0]
        pieces = paragraphs.pieces(*(each[0] for each in three)) if spec.kind is Kind.PROSE else None
        if pieces is None or len(pieces) == 1:
            return None
        if spec.required and not any(_stays_visible(piece) for piece in pieces):
            return None
        room = spec.limit - sum(map(_longest, pieces))
        if room < 0:
            return None
        texts = []
        for piece in pieces:
            if isinstance(piece, paragraphs.ParagraphConflict):
                texts.append(self._ask_apart(item, spec, piece, room))
            else:
                texts.append(piece)
        return (paragraphs.join(iter(texts)),)

    def _ask_apart(self, item: Id, spec: Spec, piece: paragraphs.ParagraphConflict, room: int) -> str:
        texts = (piece.base, piece.theirs, piece.mine)
        path = f"{self.questions.path(item)}/{spec.name}{PARAGRAPHS}{piece.start}-{piece.end}"
        label = self.questions.label(
            item, _("%(field)s, %(where)s") % {"field": spec.label, "where": _paragraphs(piece)}
        )
        three = tuple((each,) for each in texts)
        part = (replace(spec, required=False, limit=min(spec.limit, _longest(piece) + room)),)
        answer: Values = self.questions.ask(
            item, path, Clash.FIELD, label, three, texts.__getitem__, specs=part
        )
        return answer[0]

    # -- where it is --

    def _possible_places(self, item: Id) -> list[Place]:
        """The places where this may be, the best first."""
        was, theirs, mine = (tree.places.get(item) for tree in self.trees)
        if theirs is None or mine is None:
            return [place for place in (theirs, mine) if place]
        if mine in (was, theirs):
            return [theirs, mine]
        if theirs == was:
            return [mine, theirs]
        three = tuple(
            f"{t.path(t.places[item][0])}/{t.places[item][1]}" if item in t.parts else None
            for t in self.trees
        )

        def say(side: int) -> str:
            place = self.trees[side].places.get(item)
            return self.questions.place_name(place[0]) if place else ""

        answer = self.questions.ask(
            item,
            f"{self.questions.path(item)}/place",
            Clash.PLACE,
            self.questions.label(item, _("place")),
            three,
            say,
        )
        return [theirs, mine] if answer == three[1] else [mine, theirs]

    def _place(self, wanted: dict[Id, list[Place]]) -> None:
        """Put each where it may be; what is in nothing that is left is left out."""
        for item in wanted:
            self.places.pop(item, None)
        for item, places in wanted.items():
            there = [p for p in places if p[0] == PAGE or p[0] in self.places]
            if there and item in self.parts:
                self.places[item] = there[0]

    def _resolve_twice(self, wanted: dict[Id, list[Place]]) -> bool:
        """Find backers that came into one position twice, and take one side's word for it."""
        held: dict[tuple[Place, str], list[Id]] = {}
        for item in dict.fromkeys([*self.theirs.parts, *self.mine.parts]):
            if item[0] is Backing:
                for where in self._possible_holders(item):
                    held.setdefault(where, []).append(item)
        twice = {where: items for where, items in held.items() if len(items) > 1}
        for (place, backer), items in twice.items():
            three = tuple(tuple(tree.parts.get(item) for item in items) for tree in self.trees)

            def say(side: int, items: list[Id] = items) -> str:
                return "\n\n".join(
                    filter(None, (self.questions.text(self.trees[side], item) for item in items))
                )

            path = f"{self.questions.path(place[0])}/backers/{backer}"
            label = self.questions.label(place[0], _("“%s”, twice") % self.questions.shared_name(backer))
            answer = self.questions.ask(place[0], path, Clash.TWICE, label, three, say)
            tree = self.theirs if answer is three[1] else self.mine
            for item in items:
                self.parts.pop(item, None)
                if item in tree.parts:
                    self.parts[item] = tree.parts[item]
                    wanted[item] = [tree.places[item], *wanted.get(item, [])]
        return bool(twice)

    def _possible_holders(self, item: Id) -> set[tuple[Place, str]]:
        """In which positions, and whose, this backing may come to be, however what is open will be answered."""
        undecided, path = self.questions.undecided, self.questions.path(item)
        sides = [tree for tree in (self.theirs, self.mine) if item in tree.parts]
        place, part = self.places.get(item), self.parts.get(item)
        if place is None or part is None:
            removable = {path, *(self.questions.path(tree.places[item][0]) for tree in sides)}
            if not removable & undecided:
                return set()
        places = {place} if place and f"{path}/place" not in undecided else {t.places[item] for t in sides}
        backers = (
            {part.backer}
            if part and f"{path}/backer" not in undecided
            else {t.parts[item].backer for t in sides}
        )
        return {(where, backer) for where in places for backer in backers}

    def _order(self, place: Place, members: list[Id]) -> list[Id]:
        """The members of a list in order."""
        was, theirs, mine = (tree.lists.get(place, []) for tree in self.trees)
        common = set(was) & set(theirs) & set(mine)
        three = tuple(tuple(item[-1] for item in each if item in common) for each in (was, theirs, mine))
        if not _is_ordered(place) or three[2] in three[:2]:
            first, second = theirs, mine
        elif three[1] == three[0]:
            first, second = mine, theirs
        else:
            items = {item[-1]: item for item in common}

            def say(side: int) -> str:
                return "\n".join(self.questions.name(items[key]) for key in three[side])

            path = "/".join(filter(None, (self.questions.path(place[0]), place[1], "order")))
            label = self.questions.label(place[0], _order_label(place))
            answer = self.questions.ask(place[0], path, Clash.ORDER, label, three, say)
            first, second = (theirs, mine) if answer == three[1] else (mine, theirs)
        there = set(members)
        order = [item for item in first if item in there]
        new = set(first) - set(second) - set(was)
        for i, item in enumerate(second):
            if item in there and item not in order:
                before = next((each for each in reversed(second[:i]) if each in order), None)
                at = 0 if before is None else order.index(before) + 1
                while at < len(order) and order[at] in new:
                    at += 1
                order.insert(at, item)
        return order


def _is_ordered(place: Place) -> bool:
    """Whether the members of a list have an order that editors choose."""
    if place[0] == PAGE:
        return place[1] in _ORDERED_BLOCKS
    inner = place[0][0].spec(place[1]).part
    return inner is not None and inner.IDENTITY == "key"


def _order_label(place: Place) -> Promise | str:
    """The name of the order of a list, in a question about it."""
    if place[0] == PAGE:
        return _ORDERED_BLOCKS[place[1]].order_label
    label: Promise | str = place[0][0].spec(place[1]).order_label
    return label


def _longest(piece: str | paragraphs.ParagraphConflict) -> int:
    """The greatest number of characters that this can have, an empty line after it included."""
    texts = (piece.theirs, piece.mine) if isinstance(piece, paragraphs.ParagraphConflict) else (piece,)
    return max(map(len, texts)) + len("\n\n")


def _stays_visible(piece: str | paragraphs.ParagraphConflict) -> bool:
    texts = (piece.theirs, piece.mine) if isinstance(piece, paragraphs.ParagraphConflict) else (piece,)
    return all(map(is_visible, texts))


def _paragraphs(piece: paragraphs.ParagraphConflict) -> str:
    """The name of the paragraphs of mine that a conflict is about."""
    length = paragraphs.count(piece.mine)
    if not length:
        return _("after paragraph %s") % piece.first if piece.first else _("at its beginning")
    if length == 1:
        return _("paragraph %s") % (piece.first + 1)
    return _("paragraphs %(first)s to %(last)s") % {"first": piece.first + 1, "last": piece.first + length}


def _is_same_backing(one: Backing, other: Backing) -> bool:
    return one.backer == other.backer


def _is_same_citation(one: Citation, other: Citation) -> bool:
    """Whether two additions are one: neither says of the passage what the other denies."""
    return (one.source, one.relation) == (other.source, other.relation) and all(
        a == b or not a or not b for a, b in ((one.quote, other.quote), (one.locator, other.locator))
    )


def _three_way(specs: tuple[Spec, ...], base: Values, theirs: Values, mine: Values) -> Values | None:
    """The values that both lead to, or None for a conflict."""
    if mine in (base, theirs):
        return theirs
    if theirs == base:
        return mine
    if len(specs) == 1 and specs[0].kind is Kind.PROSE:
        merged = paragraphs.merge(base[0], theirs[0], mine[0])
        return None if merged is None or len(merged) > specs[0].limit else (merged,)
    if len(specs) > 1 and specs[0].name == "since":
        each = [
            _three_way((spec,), (a,), (b,), (c,))
            for spec, a, b, c in zip(specs, base, theirs, mine, strict=True)
        ]
        values = tuple(value for merged in each if merged for value in merged)
        return values if None not in each and problem(specs, values) is None else None
    return None


__all__ = ["Clash", "Conflict", "MergeResult", "Resolution", "Take", "merge"]
