"""Reads the positions of a file, with their proponents and stances."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from yaml import Node

from controversies.document.types import BLOCK_TYPES, Backing, Position, Stance
from controversies.models import stance_key

from . import key_paths, matching, nodes, vocabulary
from .matching import Features, KeyRequest
from .mentions import Mention
from .part_reader import PartReader
from .point_reader import PointReader


@dataclass(slots=True)
class ProponentDraft:
    """A backer that a position names, with the facts that the file gives there."""

    mention: Mention
    facts: dict[str, Node]
    node: Node


@dataclass(slots=True)
class PositionDraft:
    """A position of the file on its way into the document."""

    claim: str
    facts: dict[str, Node]
    node: Node
    proponents: list[ProponentDraft]
    path: str = ""  # among keys
    key: str = ""


class PositionReader:
    """Reads positions; the points that their stances name are read before them."""

    def __init__(self, reader: PartReader, points: PointReader) -> None:
        self.reader, self.points = reader, points

    def read(self, node: Node | None) -> list[dict[str, Any]]:
        """The data of the positions, in the order of the file."""
        drafts = [self._draft(item) for item in self.reader.nodes.items(node, _("position"))]
        before = self.reader.before.positions if self.reader.before else ()
        keys = self.reader.assign_keys(
            BLOCK_TYPES[Position],
            [draft.claim for draft in drafts],
            [_features(draft.claim, [each.mention.key for each in draft.proponents]) for draft in drafts],
            [
                (position.key, _features(position.claim, [each.backer for each in position.backings]))
                for position in before
            ],
        )
        for draft, (_name, path, key) in zip(drafts, keys, strict=True):
            draft.path, draft.key = path, key
        return [self._data(f"positions[{i}]", draft) for i, draft in enumerate(drafts)]

    def _draft(self, node: Node) -> PositionDraft:
        facts = self.reader.nodes.object(node, vocabulary.POSITION)
        claim = self.reader.fields.line(facts["claim"], "claim") if "claim" in facts else None
        if not claim:
            if "claim" not in facts or claim == "":
                self.reader.nodes.add(node, _("This position has no claim. Write “claim: …”, one sentence."))
            claim = "?"
        items = self.reader.nodes.items(facts.get("proponents"), _("proponent"))
        proponents = [self._proponent(item) for item in items]
        return PositionDraft(claim, facts, node, [each for each in proponents if each])

    def _proponent(self, node: Node) -> ProponentDraft | None:
        facts: dict[str, Node] = {}
        name_node: Node | None = node
        if not nodes.is_text(node):
            if nodes.is_list(node):
                self.reader.nodes.add(
                    node, _("A list within a list. Write each proponent on a line of its own.")
                )
                return None
            facts = self.reader.nodes.object(node, vocabulary.PROPONENT)
            name_node = facts.get("id", facts.get("name"))
        name = self.reader.fields.line(name_node, "id") if name_node is not None else ""
        if not name:
            self.reader.nodes.add(
                node, _("This proponent has no id. Write one, as in “- meta-ai” or “- id: meta-ai”.")
            )
            return None
        return ProponentDraft(self.reader.mentions.backer(node, name, facts), facts, node)

    def _data(self, path: str, draft: PositionDraft) -> dict[str, Any]:
        block = self.reader.old.get(draft.key)
        old = block if isinstance(block, Position) else None
        self.reader.mark(path, draft.node)
        facts = {name: node for name, node in draft.facts.items() if name != "claim"}
        self.reader.mark(f"{path}.claim", draft.facts.get("claim"))
        return {
            **self.reader.values(Position, facts, path),
            "key": draft.key,
            "claim": draft.claim,
            "citations": self.reader.citations.read(
                facts.get("sources"), path, f"{draft.path}/sources", draft.key, old.citations if old else ()
            ),
            "backings": self._backings(path, draft, old),
            "stances": self._stances(path, draft, old),
        }

    def _backings(self, path: str, draft: PositionDraft, old: Position | None) -> list[dict[str, Any]]:
        requests = [
            KeyRequest(
                f"{draft.path}/proponents/{proponent.mention.slug}",
                proponent.mention.slug,
                lambda name: key_paths.backing_key(draft.key, name),
                proponent.mention.key,
            )
            for proponent in draft.proponents
        ]
        before = [(backing.key, backing.backer) for backing in old.backings] if old else []
        cited = {backing.key: backing.citations for backing in old.backings} if old else {}
        keys = self.reader.keys.assign(requests, before, matching.same)
        backings = []
        for i, (key, request, proponent) in enumerate(zip(keys, requests, draft.proponents, strict=True)):
            at = f"{path}.backings[{i}]"
            self.reader.mark(at, proponent.node)
            citations = self.reader.citations.read(
                proponent.facts.get("sources"), at, request.path, key, cited.get(key, ())
            )
            values = self.reader.values(Backing, proponent.facts, at)
            backings.append({**values, "key": key, "backer": proponent.mention.key, "citations": citations})
        return backings

    def _stances(self, path: str, draft: PositionDraft, old: Position | None) -> list[dict[str, Any]]:
        cited = {stance.point: stance.citations for stance in old.stances} if old else {}
        stances: list[dict[str, Any]] = []
        for item in self.reader.nodes.items(draft.facts.get("stances"), _("stance")):
            facts = self.reader.nodes.object(item, vocabulary.STANCE)
            point = self.points.named_by(item, facts.get("point"))
            if point is None:
                continue
            at = f"{path}.stances[{len(stances)}]"
            self.reader.mark(at, item)
            key = stance_key(draft.key, point.key)
            citations = self.reader.citations.read(
                facts.get("sources"), at, f"{draft.path}/stances/{point.name}", key, cited.get(point.key, ())
            )
            values = self.reader.values(Stance, facts, at)
            stances.append({**values, "point": point.key, "citations": citations})
        return stances


def _features(claim: str, backers: list[str]) -> Features:
    return matching.words(claim), frozenset(backers)
