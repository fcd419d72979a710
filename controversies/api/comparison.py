"""A comparison of two revisions as objects of the API, words included."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from controversies.document import canonical, say
from controversies.document.changes import (
    Action,
    BlockChange,
    Comparison,
    Departure,
    FieldChange,
    ItemChange,
    ListChange,
    Passage,
    PlaceOnPage,
)
from controversies.document.schema import Part
from controversies.document.words import Op, WordRun

from .addresses import address
from .objects import REVISION, PublicRevision, redactions_field
from .schemas import (
    ANY_BLOCK,
    ANY_ITEM,
    BLOCK_NAME,
    COUNT,
    KEY,
    TEXT,
    URL,
    YES,
    Schema,
    array,
    nullable,
    one_of,
    ref,
    with_description,
)
from .shape import Property, Shape, list_of, nested, nested_or_null

# -- texts and values --

RUN = Shape[WordRun](
    "Run",
    "Words that were kept, added or removed together.",
    {"op": (one_of(*Op), lambda run: run.op.value), "text": (TEXT, lambda run: run.text)},
)
VALUE: Schema = {"anyOf": [TEXT, array(TEXT), ref("Topic")]}
FIELD_CHANGE = Shape[FieldChange](
    "FieldChange",
    "One value replaced by another; `words` where both are text to be compared by words, else null. Old and new are as"
    " readers saw them; of what is kept, `words` has the numbers of sources as they are in the new.",
    {
        "name": (TEXT, lambda change: change.name),
        "label": (with_description(TEXT, "The field's name in words."), lambda change: str(change.label)),
        "old": (ref("Value"), lambda change: _json(change.old)),
        "new": (ref("Value"), lambda change: _json(change.new)),
        "words": (
            nullable(array(RUN.reference)),
            lambda change: [RUN.values(run) for run in change.runs()] if change.is_prose else None,
        ),
    },
)


def _json(value: object) -> object:
    if isinstance(value, Part):
        return canonical.to_json(value, full=True)
    return list(value) if isinstance(value, tuple) else value


# -- places --

PLACE = Shape[PlaceOnPage](
    "Place",
    "The place of something in a list or a text of a block, now or before.",
    {
        "key": (with_description(KEY, "Of the block."), lambda place: place.key),
        "kind": (BLOCK_NAME, lambda place: place.kind),
        "label": (
            with_description(TEXT, "A position's letter or a point's number in that revision."),
            lambda place: place.label,
        ),
        "name": (with_description(TEXT, "Of the list or of the text."), lambda place: place.name),
        "within": (
            nullable(with_description(KEY, "Of the stance's point, or of the backing, that holds it.")),
            lambda place: place.within.identity if place.within is not None else None,
        ),
    },
)
DEPARTURE = Shape[Departure](
    "Departure",
    "A member of a list that now stands elsewhere, where its move is given; with `to` null, a stance whose contested"
    " point was removed.",
    {
        "part": (ANY_ITEM, lambda departure: _json(departure.part)),
        "origin": nested(PLACE, lambda departure: departure.origin),
        "to": nested_or_null(PLACE, lambda departure: departure.to),
    },
)
PASSAGE = Shape[Passage](
    "Passage",
    "Sentences that now stand in another text.",
    {
        "text": (with_description(TEXT, "As they read now."), lambda passage: passage.text),
        "origin": nested(PLACE, lambda passage: passage.origin),
        "to": nested(PLACE, lambda passage: passage.to),
    },
)


# -- blocks and members of lists --


def _change_fields[Change: (BlockChange, ItemChange)](part: Schema) -> dict[str, Property[Change]]:
    """The change of a block, or of a member of a list. What only moved is given once."""
    return {
        "action": (one_of(*Action), lambda change: change.action.value),
        "moved": (
            with_description(YES, "Whether it stands elsewhere among its like, besides being changed."),
            lambda change: change.moved,
        ),
        "was": (
            nullable(with_description(COUNT, "Its place among its like before, counted from 0.")),
            lambda change: change.was,
        ),
        "now": (nullable(with_description(COUNT, "Its place now.")), lambda change: change.now),
        "fields": list_of(FIELD_CHANGE, lambda change: change.fields),
        "lists": list_of(LIST_CHANGE, lambda change: change.lists),
        "old": (
            nullable(with_description(part, "As it was, if it was removed or changed.")),
            lambda change: _json(change.old) if change.action in (Action.REMOVED, Action.CHANGED) else None,
        ),
        "new": (
            nullable(with_description(part, "As it is now.")),
            lambda change: _json(change.new) if change.new is not None else None,
        ),
    }


LIST_CHANGE = Shape[ListChange](
    "ListChange",
    "The changes of the members of a list.",
    {
        "name": (TEXT, lambda change: change.name),
        "label": (TEXT, lambda change: str(change.label)),
        "unchanged": (COUNT, lambda change: change.unchanged),
        "items": (
            array(ref("ItemChange")),
            lambda change: [ITEM_CHANGE.values(item) for item in change.items],
        ),
    },
)
ITEM_CHANGE: Shape[ItemChange] = Shape(
    "ItemChange",
    "The change of one member of a list.",
    _change_fields(ANY_ITEM),
    {
        "origin": (
            nullable(with_description(ref("Place"), "Where it came from, if from another list.")),
            lambda change: PLACE.values(change.origin) if change.origin is not None else None,
        ),
    },
)
BLOCK_CHANGE = Shape[BlockChange](
    "BlockChange",
    "The change of one block.",
    {
        "key": (KEY, lambda change: change.key),
        "kind": (BLOCK_NAME, lambda change: change.kind),
        "label": (
            with_description(TEXT, "A position's letter, a point's or source's number."),
            lambda change: change.label,
        ),
    },
    _change_fields(ANY_BLOCK),
    {
        "departures": list_of(DEPARTURE, lambda change: change.departures),
        "origins": list_of(
            PLACE,
            lambda change: change.origins,
            "Where the argument of a new position stood, if it was split off.",
        ),
        "heirs": list_of(
            PLACE,
            lambda change: change.heirs,
            "Where the argument of a removed position now stands, if it was merged.",
        ),
    },
)


@dataclass(frozen=True)
class RevisionComparison:
    """A comparison of a revision, or of nothing, with another one, and the redactions in either."""

    request: HttpRequest
    slug: str
    old: PublicRevision | None
    new: PublicRevision
    comparison: Comparison
    redactions: list[dict[str, object]]

    @property
    def url(self) -> str:
        numbers = [self.old.line.number if self.old else 0, self.new.line.number]
        return address(self.request, reverse("compare", args=[self.slug, *numbers]))


COMPARISON = Shape[RevisionComparison](
    "Comparison",
    "All that differs between two revisions, matched by key, in the order of the page.",
    {
        "from": nested_or_null(REVISION, lambda each: each.old),
        "to": nested(REVISION, lambda each: each.new),
    },
    redactions_field(lambda each: each.redactions),
    {
        "summary": (
            with_description(TEXT, "What changed, in a sentence."),
            lambda each: say.summary(each.comparison),
        ),
        "blocks": list_of(BLOCK_CHANGE, lambda each: each.comparison.blocks),
        "unchanged": (
            with_description(COUNT, "The number of blocks that did not change."),
            lambda each: len(each.comparison.unchanged),
        ),
        "renumbered": (
            array(KEY, "The blocks among them in which numbers of sources differ."),
            lambda each: sorted(each.comparison.renumbered),
        ),
        "passages": list_of(PASSAGE, lambda each: each.comparison.passages),
        "page": (URL, lambda each: each.url),
    },
)
