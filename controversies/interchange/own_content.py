"""Compares documents without the facts that other pages share with them."""

from dataclasses import replace
from typing import Any

from controversies.document.types import BLOCKS, Document, Head, Topic


def own_content(document: Document, *, topic: bool = True, publication: bool = True) -> tuple[Any, ...]:
    """Return what a page says itself: equal for two documents that differ in facts of backers, sources or topic alone.

    Without `topic`, they may be about different topics; without `publication`, one may be a draft.
    """
    head = document.head
    head = replace(
        head,
        topic=Topic(key=head.topic.key if topic else "", slug="", title=""),
        publication=head.publication if publication else "",
    )
    others = (each for each in BLOCKS if not each.shared and each.part is not Head)
    return head, *(getattr(document, block_type.attribute) for block_type in others)
