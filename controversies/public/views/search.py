"""Search over what readers may see."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from controversies.pages.access import public_view
from controversies.search import LENGTH, LIMIT, SearchResults
from controversies.search import search as find


@public_view
def search(request: HttpRequest) -> HttpResponse:
    """Show the search form, and results in groups."""
    words = "".join(char for char in request.GET.get("q", "") if char.isprintable() or char == " ")
    words = words.strip()[:LENGTH]
    results = find(words) if words else SearchResults()
    return render(
        request,
        "search/search.html",
        {"q": words, "results": results, "limit": LIMIT, "length": LENGTH},
    )
