"""A document taken apart for merging: its parts by id, where each is, and the order of each list."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from typing import Any

from .types import BLOCKS, Document, Part, Point, Spec, Stance

type Id = tuple[Any, ...]  # the class and key of a part; of a stance, the keys of its position and its point
type Place = tuple[Id, str]  # in whom, and in which of its lists
type Values = tuple[str, ...]

PAGE: Id = ()
OWN_TYPES = tuple(block_type for block_type in BLOCKS if not block_type.shared)


def _levels() -> tuple[tuple[type[Part], ...], ...]:
    """The classes whose parts stand in the page itself, those in parts of these, and so on."""
    depths: dict[type[Part], int] = {}

    def visit(cls: type[Part], depth: int) -> None:
        depths[cls] = max(depth, depths.get(cls, 0))
        for spec in cls.LISTS:
            if spec.part is not None:
                visit(spec.part, depth + 1)

    for block_type in OWN_TYPES:
        visit(block_type.part, 0)
    deepest = max(depths.values())
    return tuple(tuple(cls for cls in depths if depths[cls] == depth) for depth in range(deepest + 1))


def _fields(cls: type[Part]) -> list[tuple[Spec, ...]]:
    """The fields of a part but for its identity and lists, those together that change together."""
    paired = {name for pair in cls.PAIRS for name in pair}
    own = [spec for spec in cls.VALUES if spec.name != cls.IDENTITY]
    groups = [(spec,) for spec in own if spec.name not in paired]
    return [*groups, *(tuple(spec for spec in own if spec.name in pair) for pair in cls.PAIRS)]


LEVELS = _levels()
_SINGLE = {block_type.part for block_type in OWN_TYPES if not block_type.many}
FIELDS = {cls: _fields(cls) for level in LEVELS for cls in level}
LISTS = {cls: [spec.name for spec in cls.LISTS] for cls in FIELDS}


def values(part: Part | None, specs: Iterable[Spec]) -> tuple[str, ...]:
    """The values of these fields; of no part, their defaults; of a topic, its key."""
    own = [spec.default if part is None else getattr(part, spec.name) for spec in specs]
    return tuple(value.identity if isinstance(value, Part) else value for value in own)


class DocumentTree:
    """A document's parts by id in the order of the page, where each is, and the order of each list.

    `names` are keys to read as others; blocks with the keys of `whole` are left in one piece.
    """

    def __init__(
        self, document: Document, names: Mapping[str, str] | None = None, *, whole: Set[str] = frozenset()
    ) -> None:
        self.names = names or {}
        self.whole = whole
        self.parts: dict[Id, Any] = {}
        self.places: dict[Id, Place] = {}
        self.lists: dict[Place, list[Id]] = {}
        self.on: dict[Id, list[Id]] = {}  # the stances on a point
        for block_type in OWN_TYPES:
            self._add((PAGE, block_type.attribute), block_type.blocks(document))

    def _add(self, place: Place, parts: Iterable[Any]) -> None:
        ids = self.lists[place] = []
        for part in parts:
            cls = type(part)
            if cls is Stance:
                item: Id = (Stance, place[0][1], part.point)
                self.on.setdefault((Point, part.point), []).append(item)
            else:
                if part.key in self.names:
                    part = replace(part, key=self.names[part.key])  # noqa: PLW2901 - a copy under the other key
                item = (cls, part.key)
            ids.append(item)
            self.parts[item], self.places[item] = part, place
            for name in LISTS[cls] if item[1] not in self.whole else ():
                self._add((item, name), getattr(part, name))

    def below(self, item: Id) -> list[Id]:
        """The items that go with this one when it is removed."""
        inside = [each for name in LISTS[item[0]] for each in self.lists[item, name]]
        return inside + self.on.get(item, [])

    def gates(self, item: Id) -> list[Id]:
        """The items with which this one goes when they are removed."""
        parent = self.places[item][0]
        return [parent, (Point, item[2])] if item[0] is Stance else [parent] if parent else []

    def path(self, item: Id) -> str:
        parent, name = self.places[item]
        own = name if item[0] in _SINGLE else f"{name}/{item[-1]}"
        return f"{self.path(parent)}/{own}" if parent else own
