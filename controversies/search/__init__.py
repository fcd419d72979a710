"""Full text search, by PostgreSQL, of public controversies and of the topics, backers, sources and authors they show.

Only what a published page shows is searched. The words of each page are indexed by the database with every revision,
block by block (`sql/search.sql`), in the language of the page, so that "models" finds "model". A page matches if it has
all words, in whichever blocks; the words of a phrase stand in one, spelled as they were typed. Where no page has all
words, those that none has are replaced by ones that are spelled like them; where still none has all, pages with the
weightiest are found, and the results say so.

A search costs the same on a site of any size. It walks the list of the pages of its rarest word, newest pages first,
`ranking.WALKED` at most, and looks up the others page by page, until `ranking.RANKED` pages match by their titles and
as many by all their words. These are ranked. A phrase is looked for on the newest `ranking.READ` pages that have all
its words. Of backers and sources the first that the index gives are ranked.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from . import facets, names, spelling
from .facets import FacetCounts, SearchFilter, years
from .names import NameHit
from .query import SearchQuery, read_query
from .ranking import (
    BEGIN,
    END,
    LEAST,
    LISTED,
    READ,
    PageHit,
    RankedPages,
    hits,
    matching_keys,
    rank,
    rank_any,
)

__all__ = [
    "BEGIN", "END", "LENGTH", "LIMIT", "LISTED", "READ", "FacetCounts", "NameHit", "PageHit", "SearchFilter",
    "SearchResults", "clean", "pages", "search", "years",
]  # fmt: skip

LIMIT = names.LIMIT  # of each kind
BEST = 3  # names that are shown before all else
LENGTH = 200  # characters of the query


@dataclass(frozen=True, slots=True)
class SearchResults:
    """The results of a search, best first: of each kind `LIMIT` at most.

    `pages` counts the controversies that match, more than that if it `is_capped`. `corrected` is the query that was
    looked for instead, and "" if the one that was typed has matches. With `has_all` pages have all its words, without
    it the weightiest. `is_exact` is false where no page has a quoted phrase word for word.
    """

    best: tuple[NameHit, ...] = ()
    controversies: tuple[PageHit, ...] = ()
    names: tuple[NameHit, ...] = ()
    pages: int = 0
    is_capped: bool = False
    corrected: str = ""
    has_all: bool = True
    is_exact: bool = True
    facets: FacetCounts | None = None

    def __bool__(self) -> bool:
        return bool(self.best or self.controversies or self.names)

    def of_type(self, type_: str) -> tuple[NameHit, ...]:
        """Return the topics, backers, sources or authors."""
        return tuple(each for each in self.names if each.type == type_)


def search(words: str, only: SearchFilter | None = None) -> SearchResults:
    """Find the public pages, and without a filter the names, that have these words; a constant number of queries."""
    words, only = clean(words), only or SearchFilter()
    if not words:
        return SearchResults()
    identified, citing = names.find_identified(words)
    query, ranked, results = _find(words, only)
    if citing and not only:
        ranked = RankedPages(tuple(dict.fromkeys((*citing, *ranked.numbers))), ranked.is_capped)
    shown = tuple(hits(query, ranked.numbers[:LIMIT]))
    named = [] if only else [*identified, *names.find_names(query)]
    unique = list({(each.type, each.slug): each for each in reversed(named)}.values())[::-1]
    best = [each for each in unique if each.is_same][:BEST]
    others = [each for each in unique if each not in best]
    return replace(
        results,
        best=tuple(best),
        controversies=shown,
        names=tuple(each for type_ in ("topic", "backer", "source", "author") for each in _of(others, type_)),
        pages=len(ranked),
        is_capped=ranked.is_capped,
        facets=facets.count(ranked.numbers),
    )


def _of(hits: Iterable[NameHit], type_: str) -> list[NameHit]:
    return [each for each in hits if each.type == type_][:LIMIT]


def _find(words: str, only: SearchFilter) -> tuple[SearchQuery, RankedPages, SearchResults]:
    """Return the query that is answered, the pages that it finds, and how they match."""
    query = read_query(words, only.words)
    ranked = rank(query)
    if ranked.numbers:
        return query, ranked, SearchResults()
    corrected = ""
    if not query.quoted and (correction := spelling.correct(query)):
        corrected = correction.text
        query = read_query(corrected, only.words)
        ranked = rank(query)
        if ranked.numbers:
            return query, ranked, SearchResults(corrected=corrected)
    if query.quoted:
        return query, ranked, SearchResults(is_exact=False)
    if any(each.phrases for each in query.alternatives):
        loose = query.without_phrases()
        ranked = rank(loose)
        if ranked.numbers:
            return loose, ranked, SearchResults(corrected=corrected)
    ranked = rank_any(query, LEAST * query.total_weight)
    return query, ranked, SearchResults(corrected=corrected, has_all=not ranked.numbers)


def clean(words: str) -> str:
    """Return what somebody typed without what no text has, as long as is looked for."""
    printable = "".join(char if char.isprintable() else " " for char in words)
    return printable[:LENGTH].strip()


def pages(words: str, *, limit: int = LISTED, is_public: bool = False) -> list[str]:
    """Return the keys of the newest pages with these words, `limit` of each alternative; drafts too if not public."""
    return matching_keys(read_query(words.replace("\0", "")), limit=limit, is_public=is_public)
