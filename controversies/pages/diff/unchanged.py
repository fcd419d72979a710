"""Blocks that did not change, folded away between those that did."""

from itertools import groupby
from typing import Any

from django.utils.translation import ngettext

from controversies.document import labels, prose
from controversies.document.present import PageNames, main_text
from controversies.document.types import BLOCK_TYPES, Block, BlockType

from .pieces import UnchangedBlocks


def unchanged_blocks(blocks: list[Block], names: PageNames) -> UnchangedBlocks:
    """Return a line on these blocks in a row, and their words for those who want them."""
    phrases: list[str] = []
    texts: list[tuple[str, str, tuple[str, ...]]] = []
    for part, group in groupby(blocks, key=type):
        alike: list[Any] = list(group)
        phrases.append(_sentence(BLOCK_TYPES[part], alike, names))
        texts += [_text(BLOCK_TYPES[part], block, names) for block in alike]
    return UnchangedBlocks(" ".join(phrases), tuple(texts))


def _sentence(block_type: BlockType, blocks: list[Any], names: PageNames) -> str:
    if not block_type.many:
        count = len(_paragraphs(blocks[0]))
        words = ngettext(
            "%(name)s: %(n)d paragraph, unchanged.", "%(name)s: %(n)d paragraphs, unchanged.", count
        )
        return words % {"name": block_type.label, "n": count}
    if block_type.ordered and block_type.numbering is not None:
        name = labels.block_names(block_type.name, [names.numbers.get(block.key, "") for block in blocks])
    else:
        name = labels.number_of(block_type.counted, len(blocks), in_digits=True)
    return ngettext("%(blocks)s: unchanged.", "%(blocks)s: unchanged.", len(blocks)) % {"blocks": name}


def _text(block_type: BlockType, block: Block, names: PageNames) -> tuple[str, str, tuple[str, ...]]:
    """The number, name and paragraphs of a block; one that has a page of its own is only named."""
    number = names.numbers.get(block.key, "")
    if block_type.shared:
        return f"[{number}]" if number else "", block.display_name, ()
    paragraphs = tuple(_paragraphs(block))
    name = block.display_name or ("" if paragraphs else str(block_type.label))
    return number, name, paragraphs


def _paragraphs(block: Block) -> list[str]:
    spec = main_text(block)
    return prose.split(getattr(block, spec.name)) if spec is not None else []
