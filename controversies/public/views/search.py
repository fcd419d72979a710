"""Search over what readers may see."""

from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.document.types import BY_NAME
from controversies.history import as_of
from controversies.kit.keys import anchor
from controversies.models import BackerKind, Confidence, PublicUse, Status
from controversies.pages import cache, versions
from controversies.pages.access import public_view
from controversies.pages.as_of import RequestedTime, requested_time
from controversies.pages.policy import RELEASE
from controversies.pages.tags import author_url
from controversies.public import rendering
from controversies.search import (
    LENGTH,
    LIMIT,
    READ,
    FacetCounts,
    NameHit,
    PageHit,
    SearchFilter,
    SearchResults,
    clean,
    years,
)
from controversies.search import search as find
from controversies.search.ranking import PagePlace
from controversies.search.suggestions import suggest

FACETS = ("topic", "status", "confidence", "backer", "year", "contested")  # parameters


@dataclass
class FilterQuery:
    """The facets in the URL, with the topic's address. Invalid values are left out, and `faults` says so."""

    values: dict[str, str]
    only: SearchFilter = field(default_factory=SearchFilter)
    topic_title: str = ""
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FacetChoice:
    """A value that a facet can have, with the number of pages that have it; None where it is not known."""

    value: str
    label: str
    number: int | None
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """A place on a page with words of the query: its address, its name, and the text around the words."""

    url: str
    name: str
    snippet: str


@public_view(reads=("q", "as_of", *FACETS), versions=versions.of_corpus)
def search(request: HttpRequest) -> HttpResponse:
    """Show the search form, and results in groups."""
    words = clean(request.GET.get("q", ""))
    requested = requested_time(request)
    query = _parse(request.GET)
    results = SearchResults()
    if words:
        results = _find_titles(words, requested) if requested else find(words, query.only)
    context = {
        "q": words,
        "q_words": words.translate({ord(mark): " " for mark in '"“”„«»'}).strip(),
        "results": results,
        "best": [(each, _name_url(each)) for each in results.best],
        "controversies": [
            (hit, reverse("controversy", args=[hit.slug]), _shown_places(hit))
            for hit in results.controversies
        ],
        "groups": [
            (name, title, [(each, _name_url(each)) for each in results.of_type(name)])
            for name, title in (
                ("topic", _("Topics")),
                ("backer", _("Backers")),
                ("source", _("Sources")),
                ("author", _("Authors of changes")),
            )
        ],
        "filters": _choices(query, results),
        "faults": query.faults,
        "is_narrowed": bool(query.only),
        "limit": LIMIT,
        "length": LENGTH,
        "read": READ,
    }
    return rendering.respond(request, "search/search.html", context, requested)


@public_view(reads=("q",), versions=versions.of_corpus)
def suggestions(request: HttpRequest) -> HttpResponse:
    """Return what a beginning may mean, as OpenSearch Suggestions 1.0: the text, titles, kinds and addresses."""
    words = clean(request.GET.get("q", ""))
    kinds = {
        "controversy": _("Controversy"),
        "topic": _("Topic"),
        "backer": _("Backer"),
        "source": _("Source"),
    }
    origin = cache.origin(request)
    rows = [
        (each.title, kinds[each.type], origin + reverse(each.type, args=[each.slug]))
        for each in suggest(words)
    ]
    return JsonResponse(
        [words, *map(list, zip(*rows, strict=True))] if rows else [words, [], [], []],
        safe=False,
        content_type="application/x-suggestions+json",
    )


@public_view(reads=(), versions=versions.of_release, subject=RELEASE, is_for_all=True)
def description(request: HttpRequest) -> HttpResponse:
    """Describe the search to browsers (OpenSearch 1.1)."""
    xml = render_to_string(
        "search/opensearch.xml", {"site_name": settings.SITE_NAME, "site": settings.SITE_URL}
    )
    return HttpResponse(xml, content_type="application/opensearchdescription+xml; charset=utf-8")


def _parse(params: QueryDict) -> FilterQuery:
    query = FilterQuery({name: params.get(name, "") for name in FACETS})
    allowed = {
        "status": Status.values,
        "confidence": Confidence.values,
        "backer": BackerKind.values,
        "contested": ["1"],
    }
    for name, values in allowed.items():
        if query.values[name] and query.values[name] not in values:
            query.faults.append(
                _("“%(value)s” is no value of “%(name)s”.") % {"value": query.values[name][:80], "name": name}
            )
            query.values[name] = ""
    year = query.values["year"]
    if year and not (year.isascii() and year.isdecimal() and len(year) == len("2024")):
        query.faults.append(_("“%s” is not a year.") % year[:80])
        query.values["year"] = ""
    key = ""
    if slug := query.values["topic"]:
        topic = PublicUse.objects.filter(type="topic", slug=slug).values_list("key", "title").first()
        if topic is None:
            query.faults.append(_("There is no topic “%s”.") % slug[:80])
            query.values["topic"] = ""
        else:
            key, query.topic_title = str(topic[0]), topic[1]
    query.only = SearchFilter(**query.values | {"topic": key})
    return query


def _choices(query: FilterQuery, results: SearchResults) -> dict[str, list[FacetChoice]]:
    """Return what each facet can be narrowed to."""
    counts = results.facets if results.facets and not results.is_capped else None

    def choice(name: str, value: str, label: object) -> FacetChoice:
        number = counts.numbers.get((name, value), 0) if counts else None
        return FacetChoice(value, str(label), number, query.values[name] == value)

    listed: dict[str, list[FacetChoice]] = {
        "status": [choice("status", each.value, each.label) for each in Status],
        "confidence": [choice("confidence", each.value, each.label) for each in Confidence],
        "backer": [choice("backer", each.value, each.label) for each in BackerKind],
        "year": [choice("year", year, year) for year in years()],
        "contested": [choice("contested", "1", _("Only with contested evidence"))],
    }
    facets = results.facets or FacetCounts({})
    chosen = query.values["topic"]
    topics = [
        FacetChoice(slug, title, number if counts else None, slug == chosen)
        for _key, slug, title, number in facets.topics
    ]
    if chosen and not any(each.is_chosen for each in topics):
        topics.append(FacetChoice(chosen, query.topic_title, None, is_chosen=True))
    if query.values["year"] and not any(each.is_chosen for each in listed["year"]):
        listed["year"].append(choice("year", query.values["year"], query.values["year"]))
    return listed | {"topic": topics}


def _shown_places(hit: PageHit) -> list[ShownPlace]:
    page = reverse("controversy", args=[hit.slug])
    return [
        ShownPlace(page + _fragment(place), _place_name(place), place.snippet)
        for place in hit.places
        if place.snippet
    ]


def _fragment(place: PagePlace) -> str:
    if place.kind == "head":
        return ""
    return "#context" if place.kind == "context" else f"#{anchor(place.kind, place.key)}"


def _place_name(place: PagePlace) -> str:
    if place.kind == "head":
        return ""
    block_type = BY_NAME[place.kind]
    name = (
        str(block_type.named) % block_type.number(place.place)
        if block_type.numbering
        else str(block_type.label)
    )
    if place.shared == "backer":
        return _("A backer of %(part)s") % {"part": name}
    if place.shared == "source":
        return _("A source of %(part)s") % {"part": name}
    return name


def _name_url(hit: NameHit) -> str:
    return author_url(hit.title) if hit.type == "author" else reverse(hit.type, args=[hit.slug])


def _find_titles(words: str, requested: RequestedTime) -> SearchResults:
    """Find the pages, backers and sources that had these words in their title or name at a time; three queries."""
    groups = {
        name: as_of.search_titles(BY_NAME[name], words, requested.time, LIMIT + 1)
        for name in ("head", "backer", "source")
    }
    pages = groups.pop("head")
    return SearchResults(
        controversies=tuple(PageHit(slug, title, status, ()) for slug, title, status in pages[:LIMIT]),
        names=tuple(
            NameHit(type_, slug, title, kind)
            for type_, rows in groups.items()
            for slug, title, kind in rows[:LIMIT]
        ),
        pages=len(pages),
        is_capped=len(pages) > LIMIT,
    )
