"""Search over what readers may see."""

from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.document import labels
from controversies.document.types import BY_NAME
from controversies.history import as_of
from controversies.history.earlier_texts import backlog
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
from controversies.search.earlier import READ as EARLIER_READ
from controversies.search.earlier import EarlierHit, search_earlier
from controversies.search.ranking import PagePlace
from controversies.search.suggestions import suggest

EARLIER = "earlier"  # value of the parameter `in`
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


@dataclass(frozen=True, slots=True)
class ShownEarlierText:
    """A text of an earlier revision: where it stood, how long, and the comparison that shows what became of it."""

    title: str
    url: str
    revision: int
    place: str
    snippet: str
    period: str
    change_url: str
    next: int


@public_view(reads=("q", "in", "after", "as_of", *FACETS), versions=versions.of_search)
def search(request: HttpRequest) -> HttpResponse:
    """Show the search form, and results in groups; with `in=earlier`, what earlier revisions said."""
    words = clean(request.GET.get("q", ""))
    requested = requested_time(request)
    query = _parse(request.GET)
    if request.GET.get("in", "") == EARLIER:
        if requested is None:
            return _search_earlier(request, words)
        query.faults.append(_("Search as of a day or in earlier revisions, not both at once."))
    elif request.GET.get("in"):
        query.faults.append(_no_value(request.GET["in"], "in"))
    results = SearchResults()
    if words:
        results = _find_titles(words, requested) if requested else find(words, query.only)
    context = {
        "q": words,
        "q_words": _without_quotes(words),
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


def _search_earlier(request: HttpRequest, words: str) -> HttpResponse:
    """Show what public pages said in these words and say no longer."""
    results = search_earlier(words, request.GET.get("after", ""))
    context = {
        "q": words,
        "q_words": _without_quotes(words),
        "is_earlier": True,
        "results": results,
        "texts": [_shown_earlier_text(hit) for hit in results.hits],
        "backlog": backlog(),
        "read": EARLIER_READ,
        "length": LENGTH,
    }
    return rendering.respond(request, "search/search.html", context, None)


def _shown_earlier_text(hit: EarlierHit) -> ShownEarlierText:
    change = reverse("compare", args=[hit.slug, hit.last.number, hit.next.number])
    return ShownEarlierText(
        title=hit.title,
        url=reverse("revision", args=[hit.slug, hit.last.number]) + _fragment(hit.place),
        revision=hit.last.number,
        place=_place_name(hit.place),
        snippet=hit.place.snippet,
        period=_period(hit),
        change_url=f"{change}?part={hit.key}",
        next=hit.next.number,
    )


def _period(hit: EarlierHit) -> str:
    """Say in which revisions, and from which day to which, a text stood on its page."""
    end = labels.day_of_time(hit.next.time)
    if hit.first is None:
        return _("In revision %(last)s and before, until %(end)s.") % {"last": hit.last.number, "end": end}
    names = {
        "first": hit.first.number,
        "last": hit.last.number,
        "start": labels.day_of_time(hit.first.time),
        "end": end,
    }
    is_one = hit.first.number == hit.last.number
    if names["start"] == end:
        text = (
            _("In revision %(last)s, on %(end)s.")
            if is_one
            else _("In revisions %(first)s to %(last)s, on %(end)s.")
        )
    elif is_one:
        text = _("In revision %(last)s, from %(start)s to %(end)s.")
    else:
        text = _("In revisions %(first)s to %(last)s, from %(start)s to %(end)s.")
    return text % names


def _without_quotes(words: str) -> str:
    return words.translate({ord(mark): " " for mark in '"“”„«»'}).strip()


def _no_value(value: str, name: str) -> str:
    return _("“%(value)s” is no value of “%(name)s”.") % {"value": value[:80], "name": name}


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
            query.faults.append(_no_value(query.values[name], name))
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
