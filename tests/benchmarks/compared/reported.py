"""What the code under measurement reports, in the words of the labels."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from controversies.document import compare
from controversies.document.compare import Action, BlockChange, Comparison, ItemChange, ListChange
from controversies.document.types import (
    Backer,
    Backing,
    Citation,
    Context,
    Document,
    Head,
    Point,
    Position,
    Source,
    Stance,
    label,
)

_LISTS = {"citations": "sources", "backings": "backers", "stances": "stances"}
_VERBS = {Action.ADDED: "added", Action.REMOVED: "removed", Action.MOVED: "moved", Action.CHANGED: "changed"}


def changes(old: Document | None, new: Document) -> list[str]:
    """The changes that `compare()` reports."""
    comparison = compare.compare(old, new)
    return list(_Reporter(comparison).changes())


def classes(old: Document | None, new: Document) -> frozenset[str]:
    """The classes that it gives."""
    return frozenset(each.value for each in compare.classes(compare.compare(old, new)))


class _Reporter:
    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.names: dict[str, str] = {}
        for document, sign in ((comparison.old, ""), (comparison.new, "+")):
            if document is None:
                continue
            for i, position in enumerate(document.positions):
                self.names.setdefault(position.key, sign + label(i))
            for i, point in enumerate(document.points, 1):
                self.names.setdefault(point.key, f"{sign}{i}")
            for backer in document.backers:
                self.names.setdefault(backer.key, backer.slug)
            for source in document.sources:
                self.names.setdefault(source.key, source.slug)

    def block(self, block: Any) -> str:
        if isinstance(block, Head):
            return "head"
        if isinstance(block, Context):
            return "context"
        shared = {Backer: "backers/", Source: "sources/"}
        return shared.get(type(block), "") + self.names[block.key]

    def item(self, part: Any) -> str:
        if isinstance(part, Citation):
            return self.names[part.source]
        if isinstance(part, Backing):
            return self.names[part.backer]
        if isinstance(part, Stance):
            return self.names[part.point]
        raise TypeError(part)

    def changes(self) -> Iterator[str]:
        if self.comparison.old is None:
            yield "first"
            return
        for change in self.comparison.reported_changes:
            yield from self._change(change, self.block(change.block))
            if change.action is Action.CHANGED:
                for each in change.departures:
                    if each.into_new:
                        yield f"moved {self.place(each.origin)}/{self.item(each.part)} -> {self.place(each.to)}"

    def place(self, place: Any) -> str:
        """The path of a list."""
        within = ""
        if isinstance(place.within, Stance):
            within = f"/stances/{self.item(place.within)}"
        elif isinstance(place.within, Backing):
            within = f"/backers/{self.item(place.within)}"
        return f"{self.block(place.block)}{within}/{_LISTS[place.name]}"

    def _change(self, change: BlockChange | ItemChange, path: str) -> Iterator[str]:
        if change.action is not Action.CHANGED:
            yield f"{_VERBS[change.action]} {path}"
            return
        if change.moved:
            yield f"moved {path}"
        for field in change.fields:
            yield f"changed {path}/{field.name}"
        for each in change.lists:
            yield from self._list(each, path)

    def _list(self, change: ListChange, path: str) -> Iterator[str]:
        for item in change.items:
            name = f"{path}/{_LISTS[change.name]}/{self.item(item.part)}"
            if item.origin is not None:
                yield f"moved {self.place(item.origin)}/{self.item(item.part)} -> {path}/{_LISTS[change.name]}"
                yield from self._change(replace(item, moved=False), name) if item.fields or item.lists else ()
            else:
                yield from self._change(item, name)


__all__ = ["Point", "Position", "changes", "classes"]
