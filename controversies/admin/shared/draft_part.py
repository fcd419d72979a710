"""A new topic, backer or source as far as it follows from what somebody typed for it."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db import models

from controversies.document.types import Backer, BlockType, Source
from controversies.interchange.files import names
from controversies.kit.identifiers import IdentifierKind, identify
from controversies.models import BackerKind, SourceKind

SLUG_LENGTH = 80  # characters of an address that is made from a title
_COMPANY = re.compile(r"\b(inc|ltd|llc|corp|corporation|company|gmbh|ag|plc|s\.?a|co)\b\.?", re.IGNORECASE)
_LAB = re.compile(
    r"\b(lab|labs|laboratory|institute|university|college|research|centre|center)\b", re.IGNORECASE
)
_GOVERNMENT = re.compile(
    r"\b(ministry|department|commission|government|agency|parliament|senate|council|court|office|bureau)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(r"[^\W\d_][\w.'’-]*( [^\W\d_][\w.'’-]*){1,3}")


def draft_part(block_type: BlockType, text: str) -> Any:
    """Return a new part of what a text says: a link or an identifier is that of a source, all else is its title."""
    values = source_values(text) if block_type.part is Source else {block_type.part.TITLE: text}
    if block_type.part is Backer:
        values["kind"] = guess_backer_kind(text)
    if block_type.part is Source:
        values.setdefault("title", "")
    return block_type.part(key=str(uuid.uuid4()), slug="", **values)  # type: ignore[call-arg]


def source_values(text: str) -> dict[str, str]:
    """Return the values of a source that follow from a text alone: its identifier, its link and its kind."""
    identifier = identify(text)
    match identifier.kind:
        case IdentifierKind.DOI:
            return {"doi": identifier.value, "kind": SourceKind.ARTICLE.value}
        case IdentifierKind.ARXIV:
            url = f"https://arxiv.org/abs/{identifier.value}"
            return {"url": url, "kind": SourceKind.PREPRINT.value}
        case IdentifierKind.PMID:
            url = f"https://pubmed.ncbi.nlm.nih.gov/{identifier.value}/"
            return {"url": url, "kind": SourceKind.ARTICLE.value}
        case IdentifierKind.ISBN:
            return {"isbn": identifier.value, "kind": SourceKind.BOOK.value}
        case IdentifierKind.URL:
            return {"url": identifier.value}
    return {"title": identifier.value}


def guess_backer_kind(name: str) -> str:
    """Return the kind of backer that a name suggests."""
    for pattern, kind in (
        (_COMPANY, BackerKind.COMPANY),
        (_GOVERNMENT, BackerKind.GOVERNMENT),
        (_LAB, BackerKind.RESEARCH_LAB),
    ):
        if pattern.search(name):
            return kind.value
    words = name.split()
    if names.is_group(names.slug(name)) and not all(word[:1].isupper() for word in words):
        return BackerKind.CONSTITUENCY.value
    is_person = _PERSON.fullmatch(name) and all(word[:1].isupper() for word in words)
    return (BackerKind.PERSON if is_person else BackerKind.ORGANISATION).value


def with_free_slugs(model: type[models.Model], parts: Iterable[Any]) -> list[Any]:
    """Return new parts with addresses made from their titles, or kept if they have one, that no row has; one query."""
    new = list(parts)
    # What has no title yet cannot be recorded; its key stands for an address, so that only the title is missing.
    wishes = [part.slug or names.slug(part.display_name or part.key, SLUG_LENGTH) for part in new]
    beginnings = models.Q()
    for wish in wishes:
        beginnings |= models.Q(slug__startswith=wish)
    used = (
        set(model._default_manager.filter(beginnings).values_list("slug", flat=True)) if beginnings else set()
    )
    named = []
    for part, wish in zip(new, wishes, strict=True):
        slug = names.unique(wish, used)
        used.add(slug)
        named.append(replace(part, slug=slug))
    return named
