"""Citations for reference managers: a source, a page at one revision, a whole bibliography, in three formats.

What is cited becomes an `CitedWork`, which says the same in each format. All of this is pure: from a document, not
from rows, so that an old revision's bibliography is what it was then.
"""

from collections.abc import Callable
from dataclasses import dataclass

from . import bibtex, csl, ris
from .cited_work import CitedWork, of_document, of_page, of_source
from .names import NameIndex, name_index, possible_names
from .plain_text import plain

__all__ = [
    "FORMATS",
    "CitedWork",
    "Format",
    "NameIndex",
    "name_index",
    "of_document",
    "of_page",
    "of_source",
    "plain",
    "possible_names",
]


@dataclass(frozen=True, slots=True)
class Format:
    """A format of files: `write` makes one of items; `suffix` ends its name and chooses it in addresses."""

    name: str
    suffix: str
    content_type: str
    write: Callable[[tuple[CitedWork, ...]], str]

    @property
    def media_type(self) -> str:
        """The content type without the encoding of its text."""
        return self.content_type.partition(";")[0]


FORMATS = {
    format.suffix: format
    for format in (
        Format("BibTeX", "bib", "application/x-bibtex; charset=utf-8", bibtex.write),
        Format("RIS", "ris", "application/x-research-info-systems; charset=utf-8", ris.write),
        Format("CSL-JSON", "json", "application/vnd.citationstyles.csl+json", csl.write),
    )
}
