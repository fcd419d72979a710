"""The backers, sources and topics on record that one text or document names, looked up without reading all others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import Q
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from controversies import likeness
from controversies import models as m
from controversies.document import rows, text
from controversies.document.types import Backer, Document, Source, Topic
from controversies.history.former import living_addresses
from controversies.kit.keys import is_key

from . import key_paths, mentions, vocabulary
from .catalogue import Catalogue
from .page_file import PageFile

_PROPONENTS = "proponents"
_FIELDS = vocabulary.SOURCE | vocabulary.POSITION
_LONGEST = 2_000  # characters of a value that may name something
_NEIGHBOURS = 20  # addresses on either side of one that is not on record, among which the meant one is sought


@dataclass(frozen=True, slots=True)
class Names:
    """The values of a text by which it may name something: keys, lines of any kind, names of backers, titles."""

    keys: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()
    backers: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()

    def __or__(self, other: "Names") -> "Names":
        return Names(*(getattr(self, each.name) | getattr(other, each.name) for each in fields(self)))

    def __le__(self, other: "Names") -> bool:
        return all(getattr(self, each.name) <= getattr(other, each.name) for each in fields(self))


def names_in(page: PageFile) -> Names:
    """Return what the front matter of an open file names, and more: any of its values may be an address."""
    lines, backers, titles = set(), set(), set()
    for field, node in _values(page.nodes.root, ""):
        line = text.line(node.value[:_LONGEST]) if len(node.value) <= _LONGEST else ""
        lines.add(line)
        if field == _PROPONENTS:
            backers.add(line)
        elif field == "title":
            titles.add(line)
    keys = frozenset(line.lower() for line in lines if is_key(line.lower()))
    return Names(keys, *(frozenset(each - {""}) for each in (lines - keys, backers, titles)))


def _values(node: Node | None, field: str) -> Iterator[tuple[str, ScalarNode]]:
    """Each single value with the field that it is of, or that the list is of which it is a member."""
    if isinstance(node, ScalarNode):
        yield field, node
    elif isinstance(node, SequenceNode):
        yield from chain.from_iterable(_values(item, field) for item in node.value)
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            name = str(key.value) if isinstance(key, ScalarNode) else ""
            is_name = field == _PROPONENTS and vocabulary.PROPONENT.get(name) in ("id", "name")
            yield from _values(value, _PROPONENTS if is_name else _FIELDS.get(name, name))


def names_of(document: Document) -> Names:
    """Return the keys and addresses of what a document shows."""
    shared: list[Any] = [*document.backers, *document.sources, document.head.topic]
    keys = (part.key for part in shared)
    return Names(frozenset(filter(is_key, keys)), frozenset(part.slug for part in shared) - {""})


class PartialCatalogue(Catalogue):
    """The part of the record that some names may mean, and nothing else of it."""

    def addresses_like(self, slug: str) -> Iterable[str]:
        """Return the addresses of its sources, and on record those next to this one in the alphabet; one query."""
        with connection.cursor() as cursor:
            cursor.execute(
                "(SELECT slug FROM controversies_source WHERE slug < %(slug)s ORDER BY slug DESC LIMIT %(most)s)"
                " UNION ALL"
                " (SELECT slug FROM controversies_source WHERE slug > %(slug)s ORDER BY slug LIMIT %(most)s)",
                {"slug": slug, "most": _NEIGHBOURS},
            )
            return [*super().addresses_like(slug), *(each for (each,) in cursor.fetchall())]


def catalogue_naming(sought: Names) -> Catalogue:
    """Return the part of the record that these names may mean; at most eight queries, however large the record."""
    slugs = sought.lines | {mentions.fit(line) for line in sought.lines}
    new = {mentions.new_source_slug(title) for title in sought.titles}
    keys = {
        Backer: sought.keys | {key_paths.backer_key(mentions.fit(name)) for name in sought.backers},
        Source: sought.keys | {key_paths.source_key(slug) for slug in slugs | new},
    }
    backers = _parts(Backer, Q(pk__in=keys[Backer]) | Q(slug__in=slugs))
    if called := sought.backers - {backer.slug for backer in backers}:
        backers += _parts(
            Backer,
            likeness.is_spelled(Backer, called) & ~Q(pk__in=[backer.key for backer in backers]),
        )
    # As the indexes have them, which leave out what is empty.
    identified = (Q(url__in=sought.lines) & ~Q(url="")) | (Q(doi__in=sought.lines) & ~Q(doi=""))
    sources = _parts(Source, Q(pk__in=keys[Source]) | Q(slug__in=slugs | _used_slugs(new)) | identified)
    topics: tuple[Topic, ...] = tuple(
        rows.shared_blocks(Topic).values()
    )  # few: a list that editors choose from
    catalogue = PartialCatalogue(backers, sources, topics)
    known = {part.slug for part in (*backers, *sources, *topics)}
    former = living_addresses(slugs - known) if slugs - known else {}
    if not former:
        return catalogue
    kept = Q(pk__in=set(former.values()))
    return replace(catalogue, former=former).extended(_parts(Backer, kept), _parts(Source, kept))


def _parts(cls: type[Any], condition: Q) -> tuple[Any, ...]:
    chosen = cls.MODEL._default_manager.filter(condition).order_by("pk")
    return tuple(rows.from_row(cls, row) for row in chosen.values_list(*rows.columns(cls)))


def _used_slugs(slugs: set[str]) -> set[str]:
    """The addresses among these that sources have, each with those that have a number behind it."""
    used = set(m.Source.objects.filter(slug__in=slugs).values_list("slug", flat=True)) if slugs else set()
    if used:
        numbered = Q()
        for slug in used:
            numbered |= Q(slug__gt=f"{slug}-", slug__lt=f"{slug}-:", slug__regex=rf"^{slug}-\d+$")
        used |= set(m.Source.objects.filter(numbered).values_list("slug", flat=True))
    return used
