"""A document taken apart for merging: its parts by id, where each is, and the order of each list."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from typing import Any

from .types import (
    Backing,
    Citation,
    Context,
    Document,
    Head,
    Kind,
    Part,
    Point,
    Position,
    Spec,
    Stance,
    Topic,
)

type Id = tuple[Any, ...]  # the class and key of a part; of a stance, the keys of its position and its point
type Place = tuple[Id, str]  # in whom, and in which of its lists
type Values = tuple[str, ...]

PAGE: Id = ()
# What has its place in the page; what in those; what in any of them.
LEVELS: tuple[tuple[type[Part], ...], ...] = (
    (Head, Context, Point, Position),
    (Stance, Backing),
    (Citation,),
)
_PAIRS: dict[type[Part], tuple[str, str]] = {
    Head: ("reviewed_on", "reviewed_by"),
    Backing: ("since", "until"),
}


def _lists(cls: type[Part]) -> list[str]:
    return [spec.name for spec in cls.SPECS if spec.kind is Kind.ITEMS]


def _fields(cls: type[Part]) -> list[tuple[Spec, ...]]:
    """The fields of a part but for its identity and lists, those together that belong together."""
    pair = _PAIRS.get(cls, ())
    own = [s for s in cls.SPECS if s.kind is not Kind.ITEMS and s.name != cls.IDENTITY]
    groups: list[tuple[Spec, ...]] = [(spec,) for spec in own if spec.name not in pair]
    return [*groups, tuple(spec for spec in own if spec.name in pair)] if pair else groups


FIELDS = {cls: _fields(cls) for level in LEVELS for cls in level}
LISTS = {cls: _lists(cls) for cls in FIELDS}


def values(part: Part | None, specs: Iterable[Spec]) -> tuple[str, ...]:
    """The values of these fields; of no part, their defaults; of a topic, its key."""
    found = [spec.default if part is None else getattr(part, spec.name) for spec in specs]
    return tuple(value.key if isinstance(value, Topic) else value for value in found)


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
        self._add((PAGE, "head"), (document.head,))
        self._add((PAGE, "context"), (document.context,))
        self._add((PAGE, "points"), document.points)
        self._add((PAGE, "positions"), document.positions)

    def _add(self, place: Place, parts: Iterable[Any]) -> None:
        ids = self.lists[place] = []
        for given in parts:
            cls, part = type(given), given
            if cls is Stance:
                made: Id = (Stance, place[0][1], part.point)
                self.on.setdefault((Point, part.point), []).append(made)
            else:
                if part.key in self.names:
                    part = replace(part, key=self.names[part.key])
                made = (cls, part.key)
            ids.append(made)
            self.parts[made], self.places[made] = part, place
            for name in LISTS[cls] if made[1] not in self.whole else ():
                self._add((made, name), getattr(part, name))

    def below(self, item: Id) -> list[Id]:
        """What goes with it when it is removed."""
        inside = [each for name in LISTS[item[0]] for each in self.lists[item, name]]
        return inside + self.on.get(item, [])

    def gates(self, item: Id) -> list[Id]:
        """What it goes with when that is removed."""
        parent = self.places[item][0]
        return [parent, (Point, item[2])] if item[0] is Stance else [parent] if parent else []

    def path(self, item: Id) -> str:
        parent, name = self.places[item]
        own = name if item[0] in (Head, Context) else f"{name}/{item[-1]}"
        return f"{self.path(parent)}/{own}" if parent else own
