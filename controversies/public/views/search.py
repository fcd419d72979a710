"""Search over what readers may see."""

from django.http import HttpRequest, HttpResponse

from controversies.document.types import BY_NAME
from controversies.history import as_of
from controversies.pages import versions
from controversies.pages.access import public_view
from controversies.pages.as_of import RequestedTime, requested_time
from controversies.public import rendering
from controversies.search import LENGTH, LIMIT, READ, SearchHit, SearchResults
from controversies.search import search as find


@public_view(reads=("q", "as_of"), versions=versions.of_corpus)
def search(request: HttpRequest) -> HttpResponse:
    """Show the search form, and results in groups."""
    words = "".join(char for char in request.GET.get("q", "") if char.isprintable() or char == " ")
    words = words.strip()[:LENGTH]
    requested = requested_time(request)
    results = SearchResults()
    if words:
        results = _find_titles(words, requested) if requested else find(words)
    context = {"q": words, "results": results, "limit": LIMIT, "length": LENGTH, "read": READ}
    return rendering.respond(request, "search/search.html", context, requested)


def _find_titles(words: str, requested: RequestedTime) -> SearchResults:
    """Find the pages, backers and sources that had these words in their title or name at a time; three queries."""
    groups = [
        as_of.search_titles(BY_NAME[name], words, requested.time, LIMIT + 1)
        for name in ("head", "backer", "source")
    ]
    pages, backers, sources = (
        tuple(SearchHit(*match, snippet="") for match in group[:LIMIT]) for group in groups
    )
    return SearchResults(pages, backers, sources, any(len(group) > LIMIT for group in groups))
