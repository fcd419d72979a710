"""Reads the citations of a file, wherever in it, and the sources that they refer to."""

import re
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from yaml import Node

from controversies.document.types import Citation, Source

from . import key_paths, matching, nodes, vocabulary
from .field_reader import FieldReader
from .matching import KeyAssigner, KeyRequest
from .mentions import Mention, MentionIndex, resolve_mention


class _UnresolvedCitations(NamedTuple):
    """The citations of one part, until all sources of the file are read."""

    citations: list[dict[str, Any]]
    mentions: list[Mention]
    key_path: str
    owner: str
    old: tuple[Citation, ...]


class CitationReader:
    """Reads citations; resolve() puts in their sources and keys."""

    def __init__(
        self, fields: FieldReader, mentions: MentionIndex, keys: KeyAssigner, lines: dict[str, int]
    ) -> None:
        self.fields, self.nodes, self.mentions, self.keys, self.lines = (
            fields,
            fields.nodes,
            mentions,
            keys,
            lines,
        )
        self.unresolved: list[_UnresolvedCitations] = []
        self.sources: list[Source] = []

    def read(
        self, node: Node | None, path: str, key_path: str, owner: str, old: tuple[Citation, ...]
    ) -> list[dict[str, Any]]:
        """The citations of the part with the key `owner`, at this path in the document and under `keys`.

        `old` are those that the part had.
        """
        citations: list[dict[str, Any]] = []
        mentions: list[Mention] = []
        for item in self.nodes.items(node, _("source")):
            facts = self._facts(item)
            if not facts:
                continue
            at = f"{path}.citations[{len(citations)}]"
            self.lines[at] = self.nodes.line(item)
            citation = {}
            for spec in vocabulary.plain_specs(Citation):
                if spec.file in facts:
                    self.lines[f"{at}.{spec.name}"] = self.nodes.line(facts[spec.file])
                citation[spec.name] = vocabulary.default(Citation, spec)
            citations.append(citation | self.fields.values(Citation, facts))
            mentions.append(self.mentions.source(item, facts))
        if citations:
            self.unresolved.append(_UnresolvedCitations(citations, mentions, key_path, owner, old))
        return citations

    def _facts(self, item: Node) -> dict[str, Node]:
        if nodes.is_text(item):
            name = self.fields.line(item, "id") or ""
            return {"url" if re.match("https?://", name) else "id": item} if name else {}
        if nodes.is_list(item):
            message = _("A list within a list. Write each source on a line of its own, after “- ”.")
            self.nodes.add(item, message)
            return {}
        return self.nodes.object(item, vocabulary.SOURCE)

    def resolve(self) -> None:
        """Put sources and keys into the citations."""
        self.sources = self.mentions.source_blocks()
        for i, mention in enumerate(self.mentions.sources):
            mention.note_lines(self.lines, f"sources[{i}]")
        for citations in self.unresolved:
            self._resolve(citations)

    def _resolve(self, unresolved: _UnresolvedCitations) -> None:
        mentions = [resolve_mention(mention) for mention in unresolved.mentions]
        names = key_paths.uniques(mention.slug for mention in mentions)
        requests = [
            KeyRequest(
                f"{unresolved.key_path}/{name}",
                name,
                lambda name: key_paths.citation_key(unresolved.owner, name),
                (mention.key, citation["quote"], citation["relation"], citation["locator"]),
            )
            for name, mention, citation in zip(names, mentions, unresolved.citations, strict=True)
        ]
        old = [(citation.key, matching.citation_features(citation)) for citation in unresolved.old]
        keys = self.keys.assign(requests, old, matching.like_citations)
        for citation, mention, key in zip(unresolved.citations, mentions, keys, strict=True):
            citation |= {"key": key, "source": mention.key}
