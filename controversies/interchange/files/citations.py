"""Citations of a file, wherever in it, and the sources that they are of."""

import re
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from yaml import Node

from controversies.document.types import Citation, Source
from controversies.models import Relation

from . import key_paths, matching, nodes
from . import vocabulary as words
from .field_reader import FieldReader
from .matching import KeyAssigner, KeyRequest
from .mentions import Mention, MentionIndex, resolve_mention


class _UnresolvedCitations(NamedTuple):
    """The citations of one part, until all that the file says of sources is read."""

    citations: list[dict[str, Any]]
    mentions: list[Mention]
    where: str
    owner: str
    old: tuple[Citation, ...]


class CitationReader:
    """Reads citations; their sources and keys are put in by resolve()."""

    def __init__(
        self, fields: FieldReader, shared: MentionIndex, keys: KeyAssigner, lines: dict[str, int]
    ) -> None:
        self.fields, self.nodes, self.shared, self.keys, self.lines = (
            fields,
            fields.nodes,
            shared,
            keys,
            lines,
        )
        self.waiting: list[_UnresolvedCitations] = []
        self.sources: list[Source] = []

    def read(
        self, node: Node | None, path: str, where: str, owner: str, old: tuple[Citation, ...]
    ) -> list[dict[str, Any]]:
        """The citations of the part with this key and path in the document; `where` is its path among keys.

        `old` are those that the part had.
        """
        made: list[dict[str, Any]] = []
        mentions: list[Mention] = []
        for item in self.nodes.items(node, _("source")):
            facts = self._facts(item)
            if not facts:
                continue
            at = f"{path}.citations[{len(made)}]"
            self.lines[at] = self.nodes.line(item)
            said = {}
            for name in ("relation", "quote", "locator"):
                if name in facts:
                    self.lines[f"{at}.{name}"] = self.nodes.line(facts[name])
            if "relation" in facts:
                said["relation"] = self.fields.choice(facts["relation"], "relation", words.RELATIONS)
            if "quote" in facts:
                said["quote"] = self.fields.prose(facts["quote"], "quote")
            if "locator" in facts:
                said["locator"] = self.fields.line(facts["locator"], "locator")
            said = {name: value for name, value in said.items() if value is not None}
            made.append({"relation": Relation.SUPPORTS.value, "quote": "", "locator": "", **said})
            mentions.append(self.shared.source(item, facts))
        if made:
            self.waiting.append(_UnresolvedCitations(made, mentions, where, owner, old))
        return made

    def _facts(self, item: Node) -> dict[str, Node]:
        if nodes.is_text(item):
            name = self.fields.line(item, "id") or ""
            return {"url" if re.match("https?://", name) else "id": item} if name else {}
        if nodes.is_list(item):
            message = _("A list within a list. Write each source on a line of its own, after “- ”.")
            self.nodes.add(item, message)
            return {}
        return self.nodes.object(item, words.SOURCE)

    def resolve(self) -> None:
        """Put sources and keys into the citations."""
        self.sources = self.shared.source_blocks()
        for i, mention in enumerate(self.shared.sources):
            self.lines[f"sources[{i}]"] = mention.line
            self.lines[mention.key] = mention.line
            for fact, line in mention.lines.items():
                self.lines[f"sources[{i}].{fact}"] = self.lines[f"{mention.key}.{fact}"] = line
        for waiting in self.waiting:
            self._resolve(waiting)

    def _resolve(self, waiting: _UnresolvedCitations) -> None:
        mentions = [resolve_mention(mention) for mention in waiting.mentions]
        found = key_paths.uniques([mention.slug for mention in mentions])
        items = [
            KeyRequest(
                f"{waiting.where}/{name}",
                name,
                lambda name: key_paths.citation_key(waiting.owner, name),
                (mention.key, citation["quote"], citation["relation"], citation["locator"]),
            )
            for name, mention, citation in zip(found, mentions, waiting.citations, strict=True)
        ]
        old = [(citation.key, matching.citation_features(citation)) for citation in waiting.old]
        keys = self.keys.give(items, old, matching.like_citations)
        for citation, mention, key in zip(waiting.citations, mentions, keys, strict=True):
            citation |= {"key": key, "source": mention.key}
