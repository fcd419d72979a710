"""Reads the contested points of a file: their text in the body, and further facts in the front matter."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from yaml import Node

from controversies.document.types import BLOCK_TYPES, Point

from . import matching, names, vocabulary
from .faults import MOST_GUESSES, did_you_mean
from .nodes import number as node_number
from .part_reader import PartReader


@dataclass(slots=True, eq=False)
class PointDraft:
    """A point of the file on its way into the document."""

    title: str
    body: str
    line: int
    node: Node | None = None
    facts: dict[str, Node] = field(default_factory=dict)
    name: str = ""
    path: str = ""  # among keys
    key: str = ""


class PointReader:
    """Reads points, and finds the point that a stance names."""

    def __init__(self, reader: PartReader) -> None:
        self.reader = reader
        self.drafts: list[PointDraft] = []
        self._by_name: dict[str, list[PointDraft]] = {}

    def read(self, node: Node | None) -> list[dict[str, Any]]:
        """The data of the points, in their order."""
        points = self.reader.page.body.points
        self.drafts = [PointDraft(point.title, point.body, point.line) for point in points]
        self._add_front_matter(node)
        self._assign_keys()
        return [self._data(f"points[{i}]", draft) for i, draft in enumerate(self.drafts)]

    def _add_front_matter(self, node: Node | None) -> None:
        nodes, fields = self.reader.nodes, self.reader.fields
        place, in_body = 0, _by_name(self.drafts)
        for item in nodes.items(node, _("point")):
            facts = nodes.object(item, vocabulary.POINT)
            title = fields.line(facts["title"], "title") if "title" in facts else None
            if title is None:
                if "title" not in facts:
                    nodes.add(item, _("This point has no title. Write “title: …”, as the body has it."))
                continue
            if drafts := in_body.get(_point_name(title)):
                draft = drafts.pop(0)
                draft.node, draft.facts = item, facts
                if "body" in facts:
                    message = _("“body” stands here and under “**%s:**”. Keep one.")
                    nodes.add(facts["body"], message % title)
                place = self.drafts.index(draft) + 1
            elif "body" in facts:
                text = fields.prose(facts["body"], "body") or ""
                self.drafts.insert(place, PointDraft(title, text, nodes.line(item), item, facts))
                place += 1
            else:
                is_early = len(self.reader.faults.items) < MOST_GUESSES
                offered = {draft.title for draft in self.drafts if is_early and draft.node is None}
                message = _("There is no “**%s:**” under “## %s”. Write it there, or “body: …” here.")
                message = message % (title, vocabulary.POINTS_HEADING)
                nodes.add(facts["title"], message + did_you_mean(title, offered))

    def _assign_keys(self) -> None:
        before = self.reader.before.points if self.reader.before else ()
        keys = self.reader.assign_keys(
            BLOCK_TYPES[Point],
            [draft.title for draft in self.drafts],
            [(matching.words(draft.title), matching.words(draft.body)) for draft in self.drafts],
            [(point.key, (matching.words(point.title), matching.words(point.body))) for point in before],
        )
        for draft, (name, path, key) in zip(self.drafts, keys, strict=True):
            draft.name, draft.path, draft.key = name, path, key

    def _data(self, path: str, draft: PointDraft) -> dict[str, Any]:
        self.reader.lines[path] = draft.line
        facts = {name: node for name, node in draft.facts.items() if name != "body"}
        citations = self.reader.citations.read(
            facts.get("sources"), path, draft.path, draft.key, self.reader.cited_before(draft.key)
        )
        return {
            **self.reader.values(Point, facts, path),
            "key": draft.key,
            "title": draft.title,
            "body": draft.body,
            "citations": citations,
        }

    def named_by(self, stance: Node, node: Node | None) -> PointDraft | None:
        """The point that a stance names by its title or number."""
        nodes = self.reader.nodes
        if node is None:
            nodes.add(stance, _("This stance names no point. Write “point: …”, the point's title."))
            return None
        number = node_number(node)
        if number is not None and 1 <= number <= len(self.drafts):
            return self.drafts[number - 1]
        title = self.reader.fields.line(node, "point")
        if title is None:
            return None
        if not self._by_name:
            self._by_name = _by_name(self.drafts)
        matches = self._by_name.get(_point_name(title), [])
        if len(matches) > 1:
            message = _(
                "Several points are called “%s”. Write the point's number, counted from 1, without quotes."
            )
            nodes.add(node, message % title)
        elif not matches:
            message = _("No contested point is called “%s”.") % title[:100]
            is_early = len(self.reader.faults.items) < MOST_GUESSES
            offered = [draft.title for draft in self.drafts] if is_early else []
            nodes.add(node, message + did_you_mean(title, offered))
        return matches[0] if matches else None


def _point_name(title: str) -> str:
    """The title of a point without its spelling."""
    return names.alike(title) or title


def _by_name(drafts: Iterable[PointDraft]) -> dict[str, list[PointDraft]]:
    """The points by their titles without their spelling."""
    by_name: dict[str, list[PointDraft]] = {}
    for draft in drafts:
        by_name.setdefault(_point_name(draft.title), []).append(draft)
    return by_name
