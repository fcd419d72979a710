"""Conflicts between two edits of a document, and how an editor resolves them: by choosing a side or typing."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from . import canonical, labels, parse, prose, words
from .present import reference_field
from .tree import FIELDS, PAGE, DocumentTree, Id, Values, values
from .types import (
    BLOCK_TYPES,
    BLOCKS,
    BY_NAME,
    SHARED,
    TOPIC,
    BlockType,
    Document,
    Kind,
    Part,
    Spec,
)
from .words import Op, WordRun

PARAGRAPHS = "/paragraphs/"  # in the path of a conflict about some paragraphs of a text

type Three = tuple[Any, ...]  # of base, theirs and mine


class Take(StrEnum):
    """The side that an editor takes at a conflict."""

    THEIRS = "theirs"
    MINE = "mine"
    OWN_TEXT = "typed"


@dataclass(frozen=True, slots=True)
class Resolution:
    """An editor's answer to a conflict. It counts only while `seen` is still the `seen` of the conflict.

    `texts` has one text for each of the conflict's `specs`.
    """

    take: Take
    seen: str
    texts: tuple[str, ...] = ()


class Clash(StrEnum):
    """The kinds of conflict."""

    FIELD = "field"  # one value, or two that belong together, changed by both
    REMOVED = "removed"  # an item, removed by one and edited by the other
    ORDER = "order"
    PLACE = "place"  # moved to one place by one, to another by the other
    TWICE = "twice"  # one backer twice in a position
    WHOLE = "whole"  # the page as a whole: merged, it would break the rules named in `fault`


@dataclass(frozen=True, slots=True)
class Conflict:
    """A value, item or order that both changed.

    `base`, `theirs` and `mine` are, of a FIELD, tuples with a value for each of `specs` (of a topic, its key);
    of other kinds the parts, keys or places concerned, None where there is none. `shown` is the same three as
    text for people. `fault` says what is wrong with a value that was typed.
    """

    path: str
    label: str
    kind: Clash
    base: Any
    theirs: Any
    mine: Any
    shown: tuple[str, str, str]
    seen: str
    specs: tuple[Spec, ...] = ()
    fault: str = ""

    @property
    def side_runs(self) -> tuple[list[WordRun], list[WordRun], list[WordRun]]:
        """Base, theirs and mine in words, the latter two with what differs from the base."""
        base, theirs, mine = (text.strip() for text in self.shown)
        return ([WordRun(Op.KEPT, base)] if base else [], self._runs(base, theirs), self._runs(base, mine))

    def _runs(self, base: str, side: str) -> list[WordRun]:
        if not side:
            return []
        if base and base != side and any(not spec.is_text for spec in self.specs):  # replaced as a whole
            return [WordRun(Op.REMOVED, base), WordRun(Op.KEPT, " "), WordRun(Op.ADDED, side)]
        return prose.with_space_outside(words.runs(base, side))

    @property
    def is_part(self) -> bool:
        """Whether it is about some paragraphs of a text, the others being merged."""
        return PARAGRAPHS in self.path

    @property
    def can_type(self) -> bool:
        """Whether a third value may be typed: not where something is chosen that has a key."""
        return self.kind is Clash.FIELD and all(s.kind not in (Kind.KEY, Kind.PART) for s in self.specs)


class Questions:
    """The conflicts found so far, and the answers to those that were answered."""

    def __init__(
        self,
        documents: tuple[Document, ...],
        trees: tuple[DocumentTree, ...],
        choices: Mapping[str, Resolution],
    ) -> None:
        self.trees = trees  # base, theirs, mine
        self.choices = choices
        self.shared = {each.name: _latest_by_key(documents, each) for each in SHARED}  # by type and key
        self.ranks = {item: i for i, item in enumerate(trees[2].parts)}
        self.conflicts: list[tuple[int, Conflict]] = []
        self.undecided: set[str] = set()  # their paths

    def open(self) -> tuple[Conflict, ...]:
        """Return the conflicts that were not answered, in the order of the page."""
        return tuple(conflict for _rank, conflict in sorted(self.conflicts, key=lambda each: each[0]))

    def ask(
        self,
        item: Id,
        path: str,
        kind: Clash,
        label: str,
        three: Three,
        say: Callable[[int], str],
        *,
        specs: tuple[Spec, ...] = (),
        fault: str = "",
    ) -> Any:
        """Return the answer to this conflict: one of the three, or the typed text; mine if undecided, and noted."""
        seen = hashlib.sha256(canonical.dumps(_json(three[1]))).hexdigest()[:16]
        base, theirs, mine = three
        shown = (say(0), say(1), say(2))
        conflict = Conflict(path, label, kind, base, theirs, mine, shown, seen, specs, fault)
        choice = self.choices.get(path)
        if choice is not None and choice.seen == seen:
            if choice.take is not Take.OWN_TEXT:
                return three[1] if choice.take is Take.THEIRS else three[2]
            if conflict.can_type:
                try:
                    return _parse_texts(specs, choice.texts)
                except parse.InvalidDocument as error:
                    conflict = replace(conflict, fault="\n".join(fault.message for fault in error.faults))
        elif (
            choice is not None
            and choice.take is Take.OWN_TEXT
            and conflict.can_type
            and choice.texts == theirs
        ):
            return three[1]  # it was sent twice: what was typed is on record
        rank = self.ranks.get(item, len(self.ranks)) if item else -1
        self.conflicts.append((rank, conflict))
        self.undecided.add(path)
        return three[2]

    def path(self, item: Id) -> str:
        """The path of an item, the same whichever side is called mine."""
        if item == PAGE:
            return ""
        base = self.trees[0]
        if item in base.parts:
            return base.path(item)
        return min(tree.path(item) for tree in self.trees if item in tree.parts)

    def word(self, spec: Spec, value: str) -> str:
        """A value as people read it."""
        if not value or spec.kind not in (Kind.KEY, Kind.PART):
            return labels.value(spec, value)
        return self.shared_name(value)

    def shared_name(self, key: str) -> str:
        """The name of a backer, source or topic."""
        return next(blocks[key].display_name for blocks in self.shared.values() if key in blocks)

    def text(self, tree: DocumentTree, item: Id) -> str:
        """All that an item says, a line each; nothing if it isn't there."""
        if item not in tree.parts:
            return ""
        part = tree.parts[item]
        words = (
            self.word(spec, value)
            for specs in FIELDS[item[0]]
            for spec, value in zip(specs, values(part, specs), strict=True)
        )
        return "\n".join(filter(None, [*words, *(self.text(tree, each) for each in tree.below(item))]))

    def name(self, item: Id) -> str:
        """Return the name of an item: of a block its own, of a member of a list that of what it refers to."""
        part = self._tree_with(item).parts[item]
        reference = reference_field(part)
        if reference is None:
            return part.display_name
        block_type, key = BY_NAME[reference.refers_to], getattr(part, reference.name)
        return self.shared_name(key) if block_type.shared else self.name((block_type.part, key))

    def place_name(self, item: Id) -> str:
        """Return the place of an item in words, as mine numbers it if mine has it: “Position A › Meta AI”."""
        if item == PAGE:
            return ""
        tree = self._tree_with(item)
        parent, list_name = tree.places[item]
        block_type = BLOCK_TYPES.get(item[0])
        if block_type is None:
            return f"{self.place_name(parent)} › {self.name(item)}"
        if block_type is BLOCKS[0]:  # the page itself
            return ""
        number = block_type.number(tree.lists[parent, list_name].index(item))
        return labels.block_name(block_type.name, number or self.name(item))

    def _tree_with(self, item: Id) -> DocumentTree:
        """The tree of mine if it has the item, else of theirs, else of the base."""
        return next(tree for tree in reversed(self.trees) if item in tree.parts)

    def label(self, item: Id, subject: object) -> str:
        """Return the title of a conflict: the place of an item, and what of it is in question."""
        where = self.place_name(item)
        return _("%(where)s: %(subject)s") % {"where": where, "subject": subject} if where else str(subject)


def _latest_by_key(documents: tuple[Document, ...], block_type: BlockType) -> dict[str, Any]:
    """Each shared block by key as it is to be shown: theirs, unless only mine changed it."""
    base, theirs, mine = (
        {block.key: block for block in block_type.blocks(document)}
        if block_type is not TOPIC
        else {document.head.topic.key: document.head.topic}
        for document in documents
    )
    return {
        **base,
        **mine,
        **{key: each for key, each in theirs.items() if key not in mine or each != base.get(key)},
    }


def problem(specs: tuple[Spec, ...], values: Values) -> str | None:
    """Say what is wrong with values that belong together; None if nothing is."""
    if specs[0].name == "since" and all(values) and values[0] > values[1]:
        return _("“Until” is before “since”.")
    if specs[0].name == "reviewed_on" and any(values) and not all(values):
        return _("Give both the day of the review and the reviewer, or neither.")
    return None


def _parse_texts(specs: tuple[Spec, ...], texts: Values) -> Values:
    """Return typed texts in canonical form. Raises InvalidDocument."""
    if len(texts) != len(specs):
        raise parse.InvalidDocument([parse.Fault("", _("This is required."))])
    values = tuple(parse.value(spec, text) for spec, text in zip(specs, texts, strict=True))
    wrong = problem(specs, values)
    if wrong:
        raise parse.InvalidDocument([parse.Fault(specs[1].name, wrong)])
    return values


def _json(value: object) -> Any:
    """Return a side as JSON values."""
    if isinstance(value, tuple):
        return list(map(_json, value))
    if isinstance(value, Document):
        return canonical.digest(value).hex()
    return canonical.to_json(value, full=True) if isinstance(value, Part) else value
