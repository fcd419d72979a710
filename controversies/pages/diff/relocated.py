"""Members of lists that stand in another part now: shown there, and said so where they were."""

from collections.abc import Callable
from typing import Any

from controversies.document.compare import Comparison, Departure, PlaceOnPage
from controversies.document.types import Backing, Citation, Stance

from .pieces import ChangeReference


class Relocations:
    """All departures of a comparison; `name` tells the part that has a place. Links are known when all is drawn."""

    def __init__(self, comparison: Comparison, name: Callable[[PlaceOnPage], str]) -> None:
        self.left: dict[int, tuple[Departure, ChangeReference]] = {}  # by id of the member as it was
        self.arrived: dict[int, ChangeReference] = {}  # by id of the member as it is, to where it was
        self._numbers: dict[int, int] = {}  # changes in which members are drawn, by id of the member
        self._pairs: list[tuple[int, int, ChangeReference, ChangeReference]] = []
        for change in comparison.blocks:
            for departure in change.departures:
                self._add(departure, name)

    def _add(self, departure: Departure, name: Callable[[PlaceOnPage], str]) -> None:
        to, part = departure.to, departure.part
        there = ChangeReference(name(to)) if to is not None else ChangeReference("")
        self.left[id(part)] = (departure, there)
        if to is None:
            return
        here = ChangeReference(name(departure.origin))
        for member in getattr(to.within or to.block, to.name):
            if id(member) not in self.arrived and _meant(member) == _meant(part):
                self.arrived[id(member)] = here
                self._pairs.append((id(part), id(member), here, there))
                return

    @property
    def references(self) -> list[ChangeReference]:
        """Every reference between two places."""
        return [reference for _was, _now, *both in self._pairs for reference in both]

    def draw(self, member: Any, number: int) -> None:
        """Note that a member is drawn in the change of this number."""
        self._numbers[id(member)] = number

    def link(self, left_at: dict[int, str], number: Callable[[int], int]) -> None:
        """Let the references lead to each other.

        `left_at` has the anchors of what is said where members were, by id; `number` the number that a change has
        on the page, 0 for one that is not on it.
        """
        for was, now, here, there in self._pairs:
            there.number = number(self._numbers.get(now, 0))
            here.number = number(self._numbers.get(was, 0))
            if was in left_at:
                here.anchor = left_at[was]


def _meant(member: Any) -> str:
    """The source, backer or point that a member of a list is about."""
    if isinstance(member, Citation):
        return member.source
    if isinstance(member, Backing):
        return member.backer
    return member.point if isinstance(member, Stance) else str(member.identity)
