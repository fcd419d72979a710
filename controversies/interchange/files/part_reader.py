"""Reading the parts of a document from a file: what the readers of all kinds of parts have in common."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from yaml import Node

from controversies.document.schema import Part
from controversies.document.types import BlockType, Document

from . import key_paths, matching, names, vocabulary
from .citations import CitationReader
from .matching import Features, KeyAssigner, KeyRequest
from .mentions import MentionIndex
from .page_file import PageFile


class PartReader:
    """Reads the values, keys and citations of parts, and notes the line of each.

    `page_key` is the key of the page, `before` the document that the text was made from.
    """

    def __init__(
        self,
        page: PageFile,
        page_key: str,
        before: Document | None,
        mentions: MentionIndex,
        keys: KeyAssigner,
    ) -> None:
        self.page, self.page_key, self.before, self.mentions, self.keys = (
            page,
            page_key,
            before,
            mentions,
            keys,
        )
        self.nodes, self.fields, self.faults, self.lines = page.nodes, page.fields, page.faults, page.lines
        self.citations = CitationReader(self.fields, mentions, keys, self.lines)
        self.old = before.by_key if before else {}

    def mark(self, path: str, node: Node | None) -> None:
        """Note the line of what stands at a path of the document."""
        if node is not None:
            self.lines[path] = self.nodes.line(node)

    def values(self, part: type[Part], facts: Mapping[str, Node], path: str = "") -> dict[str, Any]:
        """The values of a part's plain fields; of those that the file does not give, the defaults."""
        for spec in vocabulary.file_specs(part):
            self.mark(f"{path}.{spec.name}" if path else spec.name, facts.get(spec.file))
        defaults = {spec.name: vocabulary.default(part, spec) for spec in vocabulary.plain_specs(part)}
        return defaults | self.fields.values(part, facts)

    def assign_keys(
        self,
        block_type: BlockType,
        titles: Sequence[str],
        features: Sequence[Features],
        old: Sequence[tuple[str, Features]],
    ) -> list[tuple[str, str, str]]:
        """The name, path and key of each block of a list that has these titles and features.

        `old` are the keys and features of the blocks before.
        """
        kind = block_type.name
        unique_names = key_paths.uniques(names.slug(title) for title in titles)
        requests = [
            KeyRequest(f"{kind}/{name}", name, partial(key_paths.part_key, self.page_key, kind), each)
            for name, each in zip(unique_names, features, strict=True)
        ]
        keys = self.keys.assign(requests, old, matching.like_blocks)
        return [(name, f"{kind}/{name}", key) for name, key in zip(unique_names, keys, strict=True)]

    def cited_before(self, key: str) -> tuple[Any, ...]:
        """The citations that the block of this key had before."""
        return getattr(self.old.get(key), "citations", ())


class BlockListReader:
    """Reads blocks of a kind that has no reader of its own, as a list in the front matter."""

    def __init__(self, reader: PartReader, block_type: BlockType) -> None:
        self.reader, self.block_type = reader, block_type

    def read(self, node: Node | None) -> list[dict[str, Any]]:
        """The data of the blocks, in the order of the file."""
        reader, block_type = self.reader, self.block_type
        part, attribute = block_type.part, block_type.attribute
        blocks: list[tuple[Node, dict[str, Node], dict[str, Any]]] = []
        for i, item in enumerate(reader.nodes.items(node, block_type.name)):
            facts = reader.nodes.object(item, vocabulary.field_names(part))
            reader.mark(f"{attribute}[{i}]", item)
            blocks.append((item, facts, reader.values(part, facts, f"{attribute}[{i}]")))
            if not blocks[-1][2][part.TITLE]:
                message = _("“%(name)s” is missing. Write “%(name)s: …”.")
                reader.nodes.add(item, message % {"name": part.spec(part.TITLE).file})
                blocks[-1][2][part.TITLE] = "?"
        texts = [tuple(str(value) for value in values.values()) for _item, _facts, values in blocks]
        before = block_type.blocks(reader.before) if reader.before else ()
        keys = reader.assign_keys(
            block_type,
            [values[part.TITLE] for _item, _facts, values in blocks],
            [
                (matching.words(values[part.TITLE]), matching.words(*each))
                for (_item, _facts, values), each in zip(blocks, texts, strict=True)
            ],
            [
                (
                    block.key,
                    (
                        matching.words(block.display_name),
                        matching.words(
                            *(str(getattr(block, spec.name)) for spec in vocabulary.plain_specs(part))
                        ),
                    ),
                )
                for block in before
            ],
        )
        for i, ((_item, facts, values), (_name, path, key)) in enumerate(zip(blocks, keys, strict=True)):
            values["key"] = key
            for spec in part.LISTS:
                values[spec.name] = reader.citations.read(
                    facts.get(spec.file), f"{attribute}[{i}]", path, key, reader.cited_before(key)
                )
        return [values for _item, _facts, values in blocks]
