"""The places of citations on their page in words, and the address of the edit form opened at one."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.document import labels
from controversies.document.types import BLOCK_TYPES, Backing, Citation, Document, Part, Stance, citations_of


@dataclass(frozen=True, slots=True)
class NamedCitation:
    """A citation's place on its page in words, its source's key and its quotation."""

    where: str
    source: str
    quote: str


def name_citations(document: Document) -> dict[str, NamedCitation]:
    """Return the place of each citation of a page by its key: “Position B, source [3]”."""
    names: dict[str, NamedCitation] = {}
    numbers = document.source_numbers
    for block in document.own_blocks():
        block_type = BLOCK_TYPES[type(block)]
        block_name = labels.block_name(block_type.name, block_type.number(document.places[block.key]))
        for citation, part in _citations_with_parts(block):
            values = {"block": block_name, "number": numbers.get(citation.source, "?")}
            if isinstance(part, Backing):
                backer = document.by_key.get(part.backer)
                values["about"] = backer.display_name if backer is not None else ""
                where = _("%(block)s, for its backer %(about)s, source [%(number)s]") % values
            elif isinstance(part, Stance):
                values["about"] = str(document.places[part.point] + 1)
                where = _("%(block)s, on point %(about)s, source [%(number)s]") % values
            else:
                where = _("%(block)s, source [%(number)s]") % values
            names[citation.key] = NamedCitation(where, citation.source, citation.quote)
    return names


def _citations_with_parts(block: Part) -> Iterator[tuple[Citation, Part]]:
    """Each citation of a block with the part that has it: the block, or one of its backings or stances."""
    for spec in block.LISTS:
        for member in getattr(block, spec.name):
            if isinstance(member, Citation):
                yield member, block
            else:
                yield from ((citation, member) for citation in citations_of(member))


def citation_url(page: str, citation: str) -> str:
    """Return the address of a page's edit form, opened at a citation."""
    url = reverse("admin:controversies_controversy_change", args=[page])
    return f"{url}?open={citation}#block-{citation}"
