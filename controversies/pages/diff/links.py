"""Links between the changes of one comparison: their numbers are known when all changes are drawn."""

from dataclasses import dataclass

from controversies.document.compare import Comparison, Departure
from controversies.document.present import PageNames, reference_key


@dataclass(slots=True)
class ChangeReference:
    """A link from one change to another; where it leads is known when all changes are."""

    words: str
    number: int = 0  # of the change to which it leads
    anchor: str = ""  # what it leads to, if that is no change of a number
    elsewhere: str = ""  # the anchor in the comparison of the whole page, if only a part of it is shown

    @property
    def target(self) -> str:
        """The anchor to which it leads, "" if that is not on the page."""
        return self.anchor or (f"change-{self.number}" if self.number else "")


class ChangeLinks:
    """All references of a comparison, each to a text or a member of a list, by its id."""

    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}  # of the changes in which texts and members are drawn
        self.anchors: dict[int, str] = {}  # of the notes on members that left a part
        self._references: list[tuple[ChangeReference, int]] = []

    def refer(self, words: str, target: int) -> ChangeReference:
        """Return a reference to the change or note in which the text or member with this id will be drawn."""
        reference = ChangeReference(words)
        self._references.append((reference, target))
        return reference

    def resolve(self) -> None:
        """Let all references lead to their changes and notes."""
        for reference, target in self._references:
            reference.number = self.numbers.get(target, 0)
            reference.anchor = self.anchors.get(target, "")

    def resolve_within(self, numbers: dict[int, int], anchors: set[str]) -> None:
        """The same where only some changes, given with their new numbers, and some notes are on the page."""
        self.resolve()
        for reference, _target in self._references:
            reference.elsewhere = reference.target
            reference.number = numbers.get(reference.number, 0)
            reference.anchor = reference.anchor if reference.anchor in anchors else ""


class Relocations:
    """References between the old and new places of members of lists that stand in another part now, by their ids."""

    def __init__(self, comparison: Comparison, names: PageNames, links: ChangeLinks) -> None:
        self.destinations: dict[int, ChangeReference] = {}  # of members as they were
        self.arrivals: dict[int, ChangeReference] = {}  # of members as they are, to where they were
        for change in comparison.blocks:
            for departure in change.departures:
                self._add(departure, names, links)

    def _add(self, departure: Departure, names: PageNames, links: ChangeLinks) -> None:
        to, part = departure.to, departure.part
        if to is None:
            return
        for member in getattr(to.within or to.block, to.name):
            if id(member) not in self.arrivals and reference_key(member) == reference_key(part):
                self.destinations[id(part)] = links.refer(names.place(to), id(member))
                self.arrivals[id(member)] = links.refer(names.place(departure.origin), id(part))
                return
        self.destinations[id(part)] = ChangeReference(names.place(to))
