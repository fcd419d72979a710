"""Links between the old and new places of members of lists that stand in another part now."""

from collections.abc import Callable

from controversies.document.compare import Comparison, Departure, PlaceOnPage
from controversies.document.present import reference_key

from .pieces import ChangeReference


class Relocations:
    """All departures of a comparison; `name` names the part that has a place. Links are known when all is drawn."""

    def __init__(self, comparison: Comparison, name: Callable[[PlaceOnPage], str]) -> None:
        self.destinations: dict[int, ChangeReference] = {}  # by id of the member as it was, to where it is
        self.arrivals: dict[int, ChangeReference] = {}  # by id of the member as it is, to where it was
        self._numbers: dict[int, int] = {}  # changes in which members are drawn, by id of the member
        self._pairs: list[tuple[int, int, ChangeReference, ChangeReference]] = []
        for change in comparison.blocks:
            for departure in change.departures:
                self._add(departure, name)

    def _add(self, departure: Departure, name: Callable[[PlaceOnPage], str]) -> None:
        to, part = departure.to, departure.part
        if to is None:
            return
        there = self.destinations[id(part)] = ChangeReference(name(to))
        here = ChangeReference(name(departure.origin))
        for member in getattr(to.within or to.block, to.name):
            if id(member) not in self.arrivals and reference_key(member) == reference_key(part):
                self.arrivals[id(member)] = here
                self._pairs.append((id(part), id(member), here, there))
                return

    @property
    def references(self) -> list[ChangeReference]:
        """Every reference between two places."""
        return [reference for _was, _now, *both in self._pairs for reference in both]

    def draw(self, member: object, number: int) -> None:
        """Note that a member is drawn in the change of this number."""
        self._numbers[id(member)] = number

    def there(self, member: object) -> ChangeReference | None:
        """A link to where a member of the older document stands now, if that is in another list."""
        return self.destinations.get(id(member))

    def link(self, anchors: dict[int, str], number: Callable[[int], int]) -> None:
        """Let the references lead to each other.

        `anchors` are of the notes where members were, by id of the member; `number` the number that a change has
        on the page, 0 for one that is not on it.
        """
        for was, now, here, there in self._pairs:
            there.number = number(self._numbers.get(now, 0))
            here.number = number(self._numbers.get(was, 0))
            if was in anchors:
                here.anchor = anchors[was]
