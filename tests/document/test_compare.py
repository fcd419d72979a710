"""Comparisons: complete (what is told makes the new of the old), the fewest moves, sizes, classes, outlines."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controversies.document import compare, types
from controversies.document.compare import Action, ItemChange
from controversies.document.types import Backer, Document, Head, Kind, Part, Source
from tests import strategies
from tests.factories import (
    BIG,
    backer_block,
    citation,
    document_factory,
    new_key,
    source_block,
)


def with_head(document: Document, **fields: Any) -> Document:
    return replace(document, head=replace(document.head, **fields))


def with_position(document: Document, index: int, **fields: Any) -> Document:
    positions = list(document.positions)
    positions[index] = replace(positions[index], **fields)
    return document.with_blocks(positions=tuple(positions))


# -- complete --


def rebuilt_part(old: Part, change: Any, left: dict[Any, set[str]]) -> Part:
    """The part after its change, from the old one, the fields and lists that are told, and what `left` it."""
    fields = {field.name: field.new for field in change.fields}
    told = {each.name: each.items for each in change.lists}
    within = None if isinstance(change, compare.BlockChange) else old.identity
    lists = {
        spec.name: rebuilt_list(
            getattr(old, spec.name), told.get(spec.name, ()), left.get((within, spec.name), set()), left
        )
        for spec in old.SPECS
        if spec.kind is Kind.ITEMS
    }
    for field in change.fields:
        is_described = field.spec is types.TOPIC_DESCRIPTION
        assert field.old == (old.topic.description if is_described else getattr(old, field.name))
    description = fields.pop(types.TOPIC_DESCRIPTION.name, None)
    made = replace(old, **fields, **lists, **{old.IDENTITY: change.new.identity})
    return made if description is None else replace(made, topic=replace(made.topic, description=description))


def rebuilt_list(
    old: tuple[Any, ...], changes: tuple[Any, ...], gone: set[str], left: dict[Any, set[str]]
) -> tuple[Any, ...]:
    """The members after their changes: those kept in their order, the others put where they are now."""
    came = [change for change in changes if isinstance(change, ItemChange) and change.origin is not None]
    told = {
        (change.old or change.new).identity: change
        for change in changes
        if not any(change is c for c in came)
    }
    kept, placed = [], []
    for was, part in enumerate(old):
        if part.identity in gone:
            continue
        change = told.get(part.identity)
        if change is None:
            lists = {name: ids for (within, name), ids in left.items() if within == part.identity}
            stay = {
                name: tuple(each for each in getattr(part, name) if each.identity not in ids)
                for name, ids in lists.items()
            }
            kept.append(replace(part, **stay))
            continue
        assert (change.was, change.old) == (was, part)
        if change.action is Action.REMOVED:
            continue
        here = left
        if isinstance(change, compare.BlockChange):
            here = {}
            for each in change.departures:
                within = each.origin.within.identity if each.origin.within else None
                here.setdefault((within, each.origin.name), set()).add(each.part.identity)
        made = rebuilt_part(part, change, here)
        if change.moved:
            placed.append((change.now, made))
        else:
            kept.append(made)
    placed += [(change.now, change.new) for change in changes if change.action is Action.ADDED]
    placed += [(change.now, rebuilt_part(change.old, change, {})) for change in came]
    for now, part in sorted(placed, key=lambda each: each[0]):
        kept.insert(now, part)
    if kept and kept[0].IDENTITY == "point":
        kept.sort(key=lambda stance: stance.point)
    return tuple(kept)


def rebuilt(old: Document, comparison: compare.Comparison) -> Document:
    by_kind: dict[str, list[Any]] = {}
    for change in comparison.blocks:
        by_kind.setdefault(change.kind, []).append(change)

    def blocks(kind: str, was: tuple[Any, ...]) -> tuple[Any, ...]:
        return rebuilt_list(was, tuple(by_kind.get(kind, ())), set(), {})

    [head] = blocks("head", (old.head,))
    [context] = blocks("context", (old.context,))
    return Document(head=head, context=context).with_blocks(
        points=blocks("point", old.points),
        positions=blocks("position", old.positions),
        backers=blocks("backer", old.backers),
        sources=blocks("source", old.sources),
    )


def without_keys(document: Document) -> Any:
    """What a document says: its parts without the keys that no reader sees."""
    names = {block.key: f"{type(block).__name__} {i}" for i, block in enumerate(document.blocks())}

    def plain(part: Any) -> Any:
        values = {
            spec.name: tuple(map(plain, value)) if spec.kind is Kind.ITEMS else names.get(value, value)
            for spec in part.SPECS
            for value in [getattr(part, spec.name)]
            if spec.name != "key"
        }
        if "stances" in values:
            values["stances"] = tuple(sorted(values["stances"], key=lambda stance: stance["point"]))
        return values

    return [plain(block) for block in document.blocks()]


@given(strategies.pairs())
def test_comparison_explains_the_new_document(pair):
    old, new = pair

    comparison = compare.compare(old, new)

    assert without_keys(rebuilt(old, comparison)) == without_keys(new)
    assert bool(comparison) is (old != new) or _only_order(old, new)


def _only_order(old: Document, new: Document) -> bool:
    """Whether only the order of first mention differs, which follows from what is told elsewhere."""
    return set(old.blocks()) == set(new.blocks())


@given(strategies.pairs())
def test_comparison_tells_every_block_once(pair):
    old, new = pair

    comparison = compare.compare(old, new)

    told = [change.key for change in comparison.blocks] + [block.key for block in comparison.unchanged]
    assert sorted(told) == sorted({*old.by_key, *new.by_key})


@given(strategies.pairs())
def test_comparison_backwards_tells_the_reverse(pair):
    old, new = pair
    reverse = {Action.ADDED: Action.REMOVED, Action.REMOVED: Action.ADDED}

    forth, back = compare.compare(old, new), compare.compare(new, old)

    assert {(c.key, c.action) for c in back.blocks if not c.moved} >= {
        (c.key, reverse[c.action]) for c in forth.blocks if c.action in reverse
    }
    assert {c.key for c in forth.blocks if c.fields} == {c.key for c in back.blocks if c.fields}
    added, removed = compare.size(forth)
    assert compare.size(back) == (removed, added)


@given(strategies.documents())
def test_comparison_of_a_document_with_itself_is_empty(document):
    for other in (document, replace(document)):
        comparison = compare.compare(document, other)
        assert not comparison
        assert comparison.blocks == ()
        assert comparison.unchanged == document.blocks()
        assert compare.outline(comparison) == []
        assert compare.classes(comparison) == []
        assert compare.size(comparison) == (0, 0)


@given(strategies.documents())
def test_comparison_with_nothing_adds_every_block(document):
    comparison = compare.compare(None, document)

    assert [(change.action, change.new) for change in comparison.blocks] == [
        (Action.ADDED, block) for block in document.blocks()
    ]
    assert compare.outline(comparison) == [["first", len(document.positions), len(document.points)]]
    assert compare.classes(comparison) == []


@given(strategies.pairs())
def test_outline_is_plain_and_small(pair):
    comparison = compare.compare(*pair)

    for entry in compare.outline(comparison):
        kind, label, what, *rest = entry
        assert kind in {"head", "context", "point", "position", "backer", "source"}
        assert isinstance(label, str)
        assert isinstance(what, str)
        assert all(isinstance(value, int | str) for value in rest)
        assert len(rest) in {0, 1, 2, 3, 4}


# -- moves --


@given(st.permutations(range(7)))
def test_moves_are_the_fewest(order):
    document = document_factory(positions=7, points=0, citations=0, backings=0)
    moved = document.with_blocks(positions=tuple(document.positions[i] for i in order))

    changes = compare.compare(document, moved).blocks

    longest = max(
        size
        for size in range(8)
        for picked in itertools.combinations(order, size)
        if list(picked) == sorted(picked)
    )
    assert len(changes) == 7 - longest
    assert {change.action for change in changes} <= {Action.MOVED}


def test_move_up_by_one_tells_one_move():
    document = document_factory(positions=4, citations=0)
    a, b, c, d = document.positions

    [change] = compare.compare(document, document.with_blocks(positions=(a, c, b, d))).blocks

    assert (change.action, change.moved) == (Action.MOVED, True)
    assert {change.was, change.now} == {1, 2}


def test_change_and_move_are_told_as_one():
    document = document_factory(positions=4, citations=0, backings=0)
    a, b, c, d = document.positions
    new = replace(d, claim="Something else entirely.")

    [change] = compare.compare(document, document.with_blocks(positions=(new, a, b, c))).blocks

    assert (change.action, change.moved, change.was, change.now, change.label) == (
        Action.CHANGED,
        True,
        3,
        0,
        "A",
    )
    assert [field.name for field in change.fields] == ["claim"]


def test_removal_moves_nothing():
    document = document_factory(positions=5, citations=0, backings=0)

    [change] = compare.compare(document, document.with_blocks(positions=document.positions[1:])).blocks

    assert (change.action, change.label, change.was, change.now) == (Action.REMOVED, "A", 0, None)


# -- outline and classes, by example --


def a_document() -> Document:
    return document_factory(positions=2, points=2, backings=2, citations=2)


EXAMPLES = {
    "title": (
        lambda d: with_head(d, title="Another title altogether"),
        [["head", "", "title"]],
        ["substantive"],
    ),
    "question": (
        lambda d: with_head(d, question="Something else?"),
        [["head", "", "question"]],
        ["substantive"],
    ),
    "status": (
        lambda d: with_head(d, status="resolved", status_summary="Settled."),
        [["head", "", "status", "active", "resolved"], ["head", "", "status_summary"]],
        ["status"],
    ),
    "publication": (
        lambda d: with_head(d, publication="withdrawn"),
        [["head", "", "publication", "published", "withdrawn"]],
        [],
    ),
    "review": (
        lambda d: with_head(d, reviewed_on="2026-01-02", reviewed_by="Edith"),
        [["head", "", "reviewed_on", "", "2026-01-02"], ["head", "", "reviewed_by"]],
        [],
    ),
    "context": (
        lambda d: replace(d, context=replace(d.context, text="Other words here.")),
        [["context", "", "text"]],
        ["substantive"],
    ),
    "context slip": (
        lambda d: replace(d, context=replace(d.context, text=d.context.text.replace("weights", "wieghts"))),
        [["context", "", "text", "typo", 1]],
        ["typo"],
    ),
    "point kind": (
        lambda d: d.with_blocks(points=(d.points[0], replace(d.points[1], kind="legal"))),
        [["point", "2", "kind", "definitional", "legal"]],
        ["substantive"],
    ),
    "claim": (
        lambda d: with_position(d, 1, claim="Something else."),
        [["position", "B", "claim"]],
        ["substantive"],
    ),
    "claim slip": (
        lambda d: with_position(d, 1, claim=d.positions[1].claim.replace("Answer", "Anwser")),
        [["position", "B", "claim", "typo", 1]],
        ["typo"],
    ),
    "claim turned by a letter or two": (
        lambda d: with_position(
            d, 0, claim=d.positions[0].claim.replace("cannot", "can not").replace("who", "so")
        ),
        [["position", "A", "claim"]],
        ["substantive"],
    ),
    "argument": (
        lambda d: with_position(d, 0, argument="In other words entirely."),
        [["position", "A", "argument"]],
        ["substantive"],
    ),
    "confidence": (
        lambda d: with_position(d, 0, confidence="low", confidence_reason="Because."),
        [["position", "A", "confidence", "high", "low"], ["position", "A", "confidence_reason"]],
        ["confidence"],
    ),
    "typo beside another change": (
        lambda d: with_position(
            with_head(d, title=d.head.title.replace("Contro", "Cnotro")), 0, confidence="low"
        ),
        [["head", "", "title", "typo", 1], ["position", "A", "confidence", "high", "low"]],
        ["confidence"],
    ),
    "stance changed": (
        lambda d: with_position(
            d, 0, stances=(replace(d.positions[0].stances[0], text="No."), d.positions[0].stances[1])
        ),
        [["position", "A", "stances", 0, 0, 1]],
        ["substantive"],
    ),
    "stance removed": (
        lambda d: with_position(d, 0, stances=d.positions[0].stances[1:]),
        [["position", "A", "stances", 0, 1, 0]],
        ["substantive"],
    ),
    "backing noted": (
        lambda d: with_position(d, 0, backings=(replace(d.positions[0].backings[0], note="Said so."),)),
        [["position", "A", "backings", 0, 0, 1]],
        ["attribution"],
    ),
    "backing removed": (
        lambda d: with_position(d, 0, backings=()),
        [["position", "A", "backings", 0, 1, 0]],
        ["attribution"],
    ),
    "citation removed": (
        lambda d: with_position(d, 0, citations=()),
        [["position", "A", "citations", 0, 1, 0]],
        ["source"],
    ),
    "citation's relation": (
        lambda d: with_position(
            d, 0, citations=(replace(d.positions[0].citations[0], relation="contradicts"),)
        ),
        [["position", "A", "citations", 0, 0, 1]],
        ["source"],
    ),
    "position removed": (
        lambda d: d.with_blocks(positions=d.positions[:1]),
        [["position", "B", "removed"]],
        ["substantive"],
    ),
    "positions swapped": (
        lambda d: d.with_blocks(positions=tuple(reversed(d.positions))),
        [["position", "A", "moved", "B"]],
        ["wording"],
    ),
    "backer renamed": (
        lambda d: replace(d, backers=(replace(d.backers[0], name="New Name"), d.backers[1])),
        [["backer", "New Name", "name"]],
        ["attribution"],
    ),
    "source corrected": (
        lambda d: replace(d, sources=(replace(d.sources[0], title="New Title"), *d.sources[1:])),
        [["source", "1", "title"]],
        ["source"],
    ),
    "topic’s description": (
        lambda d: with_head(d, topic=replace(d.head.topic, description="Disputes about two things.")),
        [["head", "", "topic_description"]],
        [],
    ),
    "topic": (
        lambda d: with_head(d, topic=replace(d.head.topic, title="Another topic")),
        [["head", "", "topic"]],
        [],
    ),
    "address": (lambda d: with_head(d, slug="elsewhere"), [["head", "", "slug"]], []),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_outline_and_classes(name):
    edit, outline, classes = EXAMPLES[name]
    document = a_document()

    comparison = compare.compare(document, edit(document))

    assert compare.outline(comparison) == outline
    assert [each.value for each in compare.classes(comparison)] == classes


def test_position_added_with_a_new_backer_and_source():
    document = a_document()
    backer, source = backer_block(), source_block()
    new = types.Position(
        key=new_key(),
        claim="A third answer.",
        backings=(types.Backing(key=new_key(), backer=backer.key),),
        citations=(citation(source),),
    )

    comparison = compare.compare(
        document,
        document.with_blocks(
            positions=(*document.positions, new),
            backers=(*document.backers, backer),
            sources=(*document.sources, source),
        ),
    )

    assert [(change.kind, change.action.value) for change in comparison.blocks] == [
        ("position", "added"),
        ("backer", "added"),
        ("source", "added"),
    ]
    assert [change.key for change in comparison.reported_changes] == [new.key]
    assert compare.outline(comparison) == [["position", "C", "added"]]


def test_size_counts_characters_of_text():
    document = a_document()

    assert compare.size(compare.compare(document, with_head(document, title="Controversy"))) == (
        0,
        len(document.head.title) - len("Controversy"),
    )
    assert compare.size(compare.compare(document, with_head(document, status="dormant"))) == (0, 0)


def test_comparison_of_large_documents_looks_only_into_what_differs():
    document = document_factory(**BIG)
    new = with_position(document, 29, argument="Short.")

    comparison = compare.compare(document, new)

    assert [(change.label, [f.name for f in change.fields]) for change in comparison.blocks] == [
        ("AD", ["argument"])
    ]
    assert len(comparison.unchanged) == len(document.blocks()) - 1


@pytest.mark.parametrize(
    ("index", "text"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
)
def test_label(index, text):
    assert types.label(index) == text


def test_block_under_another_key_is_the_same_by_its_title_whatever_its_capitals():
    old = document_factory(points=1, positions=0)
    [point] = old.points
    renamed = replace(point, key=new_key(), title=point.title.swapcase(), body="Other words.")
    other = replace(point, key=new_key(), title="Another", body="Of something else.")

    [change] = compare.compare(old, old.with_blocks(points=(renamed,))).blocks
    gone, came = compare.compare(old, old.with_blocks(points=(other,))).blocks

    assert (change.action, [field.name for field in change.fields]) == (Action.CHANGED, ["title", "body"])
    assert {gone.action, came.action} == {Action.REMOVED, Action.ADDED}


def test_every_kind_of_block_and_field_can_be_compared():
    """A new field or class must be told too: each field of each part, changed alone, is found."""
    document = document_factory(positions=2, points=2, citations=12)
    position = document.positions[0]
    blocks = [
        document.head,
        document.context,
        document.points[0],
        position,
        document.backers[0],
        document.sources[0],
    ]
    for block in blocks:
        for spec in block.SPECS:
            if spec.kind in (Kind.KEY, Kind.ITEMS):
                continue
            new = document.head.topic if spec.kind is Kind.PART else "changed"
            if spec.kind is Kind.PART:
                new = replace(document.head.topic, title="changed")
            changed = replace(block, **{spec.name: new})
            other = _with_block(document, block, changed)
            [change] = compare.compare(document, other).blocks
            assert [field.name for field in change.fields] == [spec.name]


def _with_block(document: Document, old: Any, new: Any) -> Document:
    if isinstance(old, Head):
        return replace(document, head=new)
    if isinstance(old, types.Context):
        return replace(document, context=new)
    names = {types.Point: "points", types.Position: "positions", Backer: "backers", Source: "sources"}
    name = names[type(old)]
    return replace(document, **{name: tuple(new if b is old else b for b in getattr(document, name))})
