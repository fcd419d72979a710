"""Rows that readers see: topics, backers, sources, and the backings and citations of public pages."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import BooleanField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Upper

from controversies.document.types import BY_NAME
from controversies.history.log_lines import fetch
from controversies.models import (
    Backer,
    Backing,
    Citation,
    Controversy,
    PageUse,
    PublicUse,
    Source,
    Topic,
    page_of,
    page_paths,
)


def is_public(type_name: str, key: str = "pk") -> Exists:
    """Return the condition that a public page shows the topic, backer or source (a `document.types` name) of this key.

    `key` is the name of the query's column with the key: `Citation.objects.filter(is_public("source", "source"))`.
    """
    return Exists(PublicUse.objects.filter(type=type_name, key=OuterRef(key)))


def public_topics() -> QuerySet[Topic]:
    """Return the topics that readers see: those with a public page."""
    return Topic.objects.filter(is_public("topic"))


def public_backers() -> QuerySet[Backer]:
    """Return the backers that readers see: those that hold or held a position on a public page."""
    return Backer.objects.filter(is_public("backer"))


def public_sources() -> QuerySet[Source]:
    """Return the sources that public pages cite."""
    return Source.objects.filter(is_public("source"))


def public_backings() -> QuerySet[Backing]:
    """Return the backings that readers see."""
    return Backing.objects.filter(position__controversy__in=Controversy.objects.public())


def public_citations() -> QuerySet[Citation]:
    """Return the citations that readers see."""
    return Citation.objects.annotate(page=page_of(Citation)).filter(
        page__in=Controversy.objects.public().values("pk")
    )


def citations_on(pages: Iterable[uuid.UUID], **of: object) -> QuerySet[Citation]:
    """Return the citations on these pages that have these values; one query for their keys.

    They are looked for from the pages, part by part: a source may have many more elsewhere.
    """
    keys = list(pages)
    citations = Citation.objects.filter(**of).order_by().values_list("pk")
    first, *others = [citations.filter(**{f"{path}__in": keys}) for path in page_paths(Citation)]
    return Citation.objects.filter(pk__in=[pk for (pk,) in first.union(*others, all=True).order_by()])


# A topic's first pages are walked by title, however many it has.
_FIRST_PAGES = """
    SELECT t.key::text, c.slug, c.title FROM unnest(%s::uuid[]) t (key)
    CROSS JOIN LATERAL (
        SELECT u.controversy_id, u.title FROM controversies_pageuse u
        WHERE u.type = 'topic' AND u.key = t.key AND u.uses > u.former
        ORDER BY u.title, u.controversy_id LIMIT %s
    ) u
    JOIN controversies_controversy c ON c.id = u.controversy_id
    ORDER BY t.key, u.title, u.controversy_id
"""


def first_pages_of(topics: Iterable[uuid.UUID], size: int) -> dict[str, list[tuple[str, str]]]:
    """Return address and title of the first public pages of these topics, by the topic's key; one query."""
    pages: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, slug, title in fetch(_FIRST_PAGES, [list(topics), size]):
        pages[key].append((slug, title))
    return pages


def listed_uses(type_name: str, *, kind: str = "", text: str = "") -> QuerySet[PublicUse]:
    """Return the public uses that a list of topics, backers or sources has: of a kind, with a text in some name."""
    uses = PublicUse.objects.filter(type=type_name)
    if kind:
        uses = uses.filter(label=kind)
    if text:
        uses = uses.filter(words__contains=Upper(Value(text)))
    return uses


MANY = 2000  # pages: where more show something, those of a list are looked at one by one, in its order


def shows(use: PublicUse) -> Q | Subquery:
    """Return the condition that a public page shows a topic, backer or source."""
    uses = PageUse.objects.filter(type=use.type, key=use.key)
    if use.pages > MANY:
        on_page = uses.filter(controversy=OuterRef("pk"))
        return Subquery(on_page.values(is_shown=Value(value=True))[:1], output_field=BooleanField())
    lasting, former = uses.filter(uses__gt=F("former")), uses.filter(former__gt=0)  # as indexes have them
    return Q(pk__in=lasting.values("controversy").union(former.values("controversy")))


def rows_of(uses: Iterable[PublicUse], count: str) -> list[Any]:
    """Return the topics, backers or sources of these uses, of one type, in order; one query, none without any.

    Each has the number of its uses under the name `count`.
    """
    uses = list(uses)
    if not uses:
        return []
    by_key = BY_NAME[uses[0].type].model._default_manager.in_bulk([each.key for each in uses])
    rows = []
    for each in uses:
        if row := by_key.get(each.key):  # it may have gone since, merged into another
            setattr(row, count, each.uses)
            rows.append(row)
    return rows
