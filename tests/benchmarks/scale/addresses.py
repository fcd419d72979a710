"""The addresses that the sweep measures: every route of the site, filled with values that sites of any size have.

A route that is new is measured as it is, if its parameters have names that are known here; else a test fails. `QUERIES`
adds what people ask of it. Names in braces stand for values (`SiteSample`), so an address has one name at all sizes.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from django.urls import URLResolver, get_resolver

from controversies import models as m

from .templates import REVISIONS
from .words import word

TEMPLATE = 8  # whose pages are measured

# Routes that no address stands for, by a part of their text, with the reason.
LEFT_OUT = {
    "admin/<url>": "answers 404",
    "about/texts/<": "is of a text about the site, whatever pages there are",
    "admin/r/": "leads to a page of the site",
    "admin/jsi18n/": "the same for every site",
    "api/<anything:rest>": "answers 404",
    "admin/logout/": "is sent by POST only",
    "admin/account/password/reset/<": "takes a key from an e-mail",
    "admin/account/email/<": "takes a key from an e-mail",
    "/webauthn/keys/<": "is of one passkey",
    "follow/yours/<": "takes a token from an e-mail",
    "admin/account/invitation/<": "takes a key from an e-mail",
    "/copies/<int:number>/": "shows one file that the worker keeps",
    "/merges/<int:number>/undo/": "undoes one merger",
    "log/<number:log>/": "is the address of a log that another follows",
    "redactionrequest/<path:object_id>": "shows one removal that two people decide on",
    "invitation/<path:object_id>": "shows one invitation",
    "rightschange/<path:object_id>": "shows one line of the log of rights",
    "/<path:object_id>/delete/": "asks whether to delete one row; what pages show is never deleted",
}
# By what a route begins with, the values that its parameters are filled with; each set makes an address.
_PAGE = {
    **{"slug": "{page}", "number": "{number}", "a": "1", "b": "{number}", "form": "bib"},
    **{"chart": "confidence", "suffix": "svg", "part": "{part}"},
}
PARAMETERS: dict[str, list[dict[str, str]]] = {
    "controversies/<slug:slug>/timemap/<number:number>/": [{"slug": "{page}", "number": "1"}],
    "controversies/": [_PAGE],
    "api/v1/controversies/": [_PAGE],
    "topics/": [{"slug": "{topic}", "suffix": "svg"}, {"slug": "{small_topic}", "suffix": "svg"}],
    "api/v1/topics/": [{"slug": "{topic}"}, {"slug": "{small_topic}"}],
    "backers/<listchart:chart>": [{"chart": "holdings", "suffix": "svg"}],
    "backers/": [{"slug": "{hub}", "suffix": "svg"}, {"slug": "{backer}", "suffix": "svg"}],
    "api/v1/backers/": [{"slug": "{hub}"}, {"slug": "{backer}"}],
    "sources/": [{"slug": "{hub_source}", "form": "bib"}, {"slug": "{source}", "form": "bib"}],
    "api/v1/sources/": [{"slug": "{hub_source}"}, {"slug": "{source}"}],
    "sitemap-": [{"number": "1"}],
    "data/<": [{"name": "positions.csv"}],
    "tile/": [{"address": "0/000"}, {"address": "entries/000"}],
    "admin/controversies/controversy/": [
        {"key": "{page_key}", "object_id": "{page_key}", "number": "{number}"},
    ],
    "admin/controversies/proposal/": [{"object_id": "{proposal_key}"}],
    "admin/controversies/suggestion/": [{"object_id": "{suggestion_key}"}],
    "admin/controversies/backer/": [{"object_id": "{hub_key}"}, {"object_id": "{backer_key}"}],
    "admin/controversies/source/": [{"object_id": "{hub_source_key}"}, {"object_id": "{source_key}"}],
    "admin/controversies/topic/": [{"object_id": "{topic_key}"}],
    "admin/auth/user/": [{"object_id": "1", "id": "1"}],
    "admin/site-texts/": [{"name": "operator"}],
    "admin/<app_label>/": [{"app_label": "controversies"}, {"app_label": "auth"}],
}
_LIST_QUERIES = (
    "q={common}",
    "q={rare}",
    "q={none}",
    "q={typo}",
    "as_of=2025-06-01",
    "as_of=2025-06-01&q={common}",
)
# What people ask of a route, after the question mark. `>` follows the link to the next page, `>>` sixty times.
QUERIES: dict[str, tuple[str, ...]] = {
    "": ("as_of=2025-06-01", ">", ">>"),
    "controversies/": (
        "topic={topic}",
        "topic={small_topic}",
        "status=active",
        "as_of=2025-06-01",
        ">",
        ">>",
        *("order=oldest", "order=oldest>>", "order=unreviewed", "order=unreviewed>>"),
        *("topic={topic}&order=oldest", "topic={topic}&order=unreviewed", "status=active&order=unreviewed"),
        "topic={small_topic}&status=active&order=unreviewed",
    ),
    "needs-help/": (
        *(
            "topic={topic}",
            "topic={small_topic}",
            "need=review",
            "need=sources",
            "need=editors",
            "need=cells",
        ),
        *("need=review>>", "need=cells>>", "need=cells&topic={topic}", "need=editors&topic={small_topic}"),
    ),
    "topics/": ("as_of=2025-06-01", ">", ">>"),
    "controversies/<slug:slug>/": ("as_of=2099-01-01",),
    "controversies/<slug:slug>/history/": ("class=typo", ">"),
    "oembed.json": ("url=http://testserver/controversies/{page}/",),
    "topics/<slug:slug>/": ("as_of=2025-06-01", ">", ">>"),
    "search/": (
        *("q={common}", "q={frequent}", "q={rare}", "q={none}", "q={typo}"),
        *(
            'q="large+models"',
            "q=the",
            "q={common}+{frequent}",
            "q={common}+-{frequent}",
            "q={rare}+OR+{none}",
        ),
        *("q={name}", "q={common}>", "q={common}>>", "q={common}&as_of=2025-06-01"),
        *(
            "q={common}&status=active",
            "q={common}&topic={small_topic}",
            "q={common}&confidence=high&year=2024",
        ),
        *(
            "q={common}&contested=1&backer=company",
            "q={rare}+{common}+{none}",
            "q={common}+{none}",
            "q={author}",
        ),
        *(
            "q={common}&in=earlier>",
            "q={rare}&in=earlier",
            'q="large+models"&in=earlier',
            "q={common}+{none}&in=earlier",
        ),
    ),
    "search/suggestions.json": ("q=the", "q={common}", "q={rare}", "q={none}", "q=source", "q=in"),
    "authors/": ("name={author}", "name={rare_author}", "name=Nobody+at+All", "name={author}>", ">", ">>"),
    "backers/": (*_LIST_QUERIES, "kind=company", "q=Institute", "kind=company&q={common}", ">", ">>"),
    "backers/<slug:slug>/": ("as_of=2025-06-01", ">", ">>"),
    "backers/<listchart:chart>.<suffix:suffix>": ("kind=company", "q={common}"),
    "topics/<slug:slug>/map/": (">", ">>"),
    "sources/": (*_LIST_QUERIES, "kind=article", "q={common}>", "kind=article&q={common}", ">", ">>"),
    "sources/<slug:slug>/": ("as_of=2025-06-01", ">", ">>"),
    "changes/": (
        *("topic={topic}", "topic={small_topic}", "kind=typo", "kind=status", "kind=import", "by={author}"),
        *(
            "by={rare_author}",
            "topic={topic}&kind=typo",
            "topic={small_topic}&kind=typo",
            "by={author}&kind=typo",
        ),
        *("since=2025-06-01", "since=2025-06-01>>", "topic={small_topic}&since=2026-01-01"),
        *("topic={small_topic}&by={rare_author}", "kind=typo>>", "topic={topic}>>", ">", ">>"),
    ),
    "changes.atom": ("topic={topic}", "kind=typo", "kind=import"),
    "verify/": ("page={page}&revision={number}",),
    "api/v1/controversies": (
        *("topic={topic}", "topic={small_topic}", "status=active", "backer={hub}", "backer={backer}"),
        *("source={hub_source}", "source={source}", "q={common}", "q={rare}", "q={none}", "as_of=2025-06-01"),
        *("updated_since=2026-10-29T00:00:00Z", "updated_since=2023-01-01T00:00:00Z", "limit=100", ">", ">>"),
        *("topic={topic}&status=active&q={common}", "backer={hub}>>", "as_of=2025-06-01>>"),
    ),
    "api/v1/positions": (
        *("confidence=high", "backer={hub}", "backer={backer}", "topic={topic}", "topic={small_topic}"),
        *("status=active", "topic={small_topic}&confidence=high", "as_of=2025-06-01", "limit=100", ">", ">>"),
    ),
    "api/v1/changes": ("limit=100", "documents=true", ">", ">>"),
    "api/v1/backers": ("kind=company", "q={common}", "q={rare}", "q={none}", "as_of=2025-06-01", ">", ">>"),
    "api/v1/sources": (
        *("kind=article", "q={common}", "q={rare}", "q={none}", "doi=10.1234/none", "verdict=gone"),
        *("as_of=2025-06-01", "as_of=2025-06-01&q={common}", ">", ">>"),
    ),
    "api/v1/sources/<str:slug>/citations": ("as_of=2025-06-01", ">", ">>"),
    "api/v1/topics": ("as_of=2025-06-01", ">", ">>"),
    "api/v1/controversies/<str:slug>/revisions": ("class=typo", "author={author}", ">"),
    "admin/autocomplete/": tuple(
        f"app_label=controversies&model_name={model}&field_name={name}&term={term}"
        for model, name in (("backing", "backer"), ("citation", "source"), ("controversy", "topic"))
        for term in ("", "{common}", "{rare}", "{none}", "a")
    ),
    "admin/controversies/controversy/": (
        *(
            "q={common}",
            "q={frequent}",
            "q={rare}",
            "q={none}",
            "q=evidence+{common}",
            "status__exact=active",
        ),
        *("publication__exact=draft", "topic={topic_key}", "needs=source", "needs=review", "needs=draft"),
        *("needs=reason", "task=any", "task=gone", "o=1", "o=-1", "o=6", "o=-6", "o=-6>>", "q={common}>"),
        *("q={common}&o=-6", "status__exact=active&o=-6", ">", ">>"),
    ),
    "admin/controversies/controversy/<path:object_id>/change/": ("text=1",),
    "admin/controversies/backer/": (
        *(
            "q={common}",
            "q={rare}",
            "q={none}",
            "q=Institute",
            "needs=place",
            "needs=website",
            "kind__exact=company",
        ),
        *("o=1", "o=-1", "o=3", "o=-3", "o=-3>>", "q=Institute&o=-3", ">", ">>"),
    ),
    "admin/controversies/source/": (
        *(
            "q={common}",
            "q={rare}",
            "q={none}",
            "q=journal.example",
            "needs=place",
            "needs=archive",
            "needs=date",
        ),
        *("needs=authors", "needs=link", "task=any", "task=gone", "verdict=gone", "verdict=unchecked"),
        *("kind__exact=article", "o=1", "o=-1", "o=4", "o=-4", "o=-4>>", "q={common}&o=-4", ">", ">>"),
    ),
    "admin/controversies/topic/": ("q={common}", "needs=place", "o=1", "o=2", "o=-2", ">"),
    "admin/controversies/proposal/": ("state=open", "age=week", "o=1", ">", ">>"),
    "admin/controversies/suggestion/": ("state=open", "age=week", "o=1", ">", ">>"),
    "admin/controversies/proposal/queue/": (
        *(
            "kind=proposals",
            "kind=suggestions",
            "topic={topic_key}",
            "page={page_key}",
            "page=new",
            "age=week",
        ),
        *("by=Contributor", ">", ">>"),
    ),
    "admin/controversies/source/board/": ("cause=gone", "topic={topic_key}", "page={page_key}", ">", ">>"),
    "admin/controversies/source/matches/": ("q={common}", "q={rare}", "q={none}"),
    "admin/controversies/backer/matches/": ("q={common}", "q={rare}", "q={none}"),
    "admin/controversies/topic/matches/": ("q={common}", "q={none}"),
    "admin/controversies/backer/merge/": ("ids={hub_key},{backer_key}",),
    "admin/controversies/source/merge/": ("ids={hub_source_key},{source_key}",),
    "admin/controversies/backer/delete-unused/": ("ids={hub_key},{backer_key}",),
    "admin/controversies/source/delete-unused/": ("ids={hub_source_key},{source_key}",),
    "admin/auth/user/": ("q=editor",),
}
FIRST, DEEP = 1, 60  # links to the next page that are followed
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


class UnknownParameter(LookupError):
    """A route has a parameter that no value is given for."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address by its name, in which `{page}` and the like stand for values; `follows` links to the next page."""

    route: str
    path: str
    follows: int = 0

    @property
    def name(self) -> str:
        return f"/{self.path}{' ' + '>' * min(self.follows, 2) if self.follows else ''}"

    @property
    def is_of_the_desk(self) -> bool:
        return self.path.startswith("admin/")

    def url(self, values: dict[str, str]) -> str:
        """Return the address of a site."""
        return "/" + re.sub(r"\{(\w+)\}", lambda match: quote(values[match[1]]), self.path)


def every_route(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Yield the routes of the site."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + _GROUP.sub(r"<\1>", str(pattern.pattern)).strip("^$")
        if isinstance(pattern, URLResolver):
            yield from every_route(pattern, route)
        else:
            yield route


def routes() -> Iterator[str]:
    """Yield the routes that are measured."""
    for route in every_route():
        if not any(part in route for part in LEFT_OUT) and not _is_redirect(route):
            yield route


def _is_redirect(route: str) -> bool:
    """Whether it is the address of one row of the admin, which leads to `…/change/`."""
    return route.startswith("admin/") and route.endswith("/<path:object_id>/")


def addresses() -> list[Address]:
    """Return all addresses that are measured. Raises UnknownParameter."""
    found: dict[Address, None] = {}
    for route in routes():
        for path in _paths(route):
            found[Address(route, path)] = None
            for query in QUERIES.get(route, ()):
                text = query.rstrip(">")
                follows = {0: 0, 1: FIRST, 2: DEEP}[len(query) - len(text)]
                found[Address(route, f"{path}?{text}" if text else path, follows)] = None
    return list(found)


def _paths(route: str) -> list[str]:
    if not _PARAMETER.search(route):
        return [route]
    fitting = max((start for start in PARAMETERS if route.startswith(start)), key=len, default=None)
    if fitting is None:
        raise UnknownParameter(route)

    def filled(values: dict[str, str]) -> str:
        try:
            return _PARAMETER.sub(lambda match: values[match[1]], route)
        except KeyError as error:
            raise UnknownParameter(route) from error

    return list(dict.fromkeys(filled(values) for values in PARAMETERS[fitting]))


# -- values --


def _page(template: int) -> m.Controversy:
    """A page that was made of this template, the same at every size."""
    number = template + 2 * len(REVISIONS)
    return m.Controversy.objects.get(slug__endswith=f"-{number:06d}")


def site_sample() -> dict[str, str]:
    """Return the values of the site that a database holds."""
    page = _page(TEMPLATE)
    hub, backer = (m.Backer.objects.get(slug__endswith=f"-{number:06d}") for number in (0, 10))
    shared = m.Source.objects.get(slug__endswith="-000000")
    own = m.Citation.objects.filter(controversy=page).order_by("order")[0].source
    topics = list(m.Topic.objects.order_by("slug"))
    by_size = sorted(topics, key=lambda topic: (topic.controversies.count(), topic.slug))
    authors = Counter(m.Revision.objects.filter(number=1).values_list("author_name", flat=True))
    return {
        "page": page.slug,
        "page_key": str(page.pk),
        "number": str(REVISIONS[TEMPLATE] - 1),
        "part": f"position-{str(page.positions.order_by('order')[0].pk)[:8]}",
        "topic": by_size[-1].slug,
        "topic_key": str(by_size[-1].pk),
        "small_topic": next(topic.slug for topic in by_size if topic.controversies.exists()),
        "hub": hub.slug,
        "hub_key": str(hub.pk),
        "backer": backer.slug,
        "backer_key": str(backer.pk),
        "hub_source": shared.slug,
        "hub_source_key": str(shared.pk),
        "source": own.slug,
        "source_key": str(own.pk),
        "author": f"{word(0).capitalize()} Editor",
        "rare_author": min(authors, key=lambda name: (authors[name], name)),
        "common": word(0),
        "frequent": word(5),
        "rare": page.slug.split("-")[1],
        "none": "xylophagous",
        "typo": f"{word(0)[:-1]}t",
        "name": hub.name.split()[0],
        "proposal_key": str(m.Proposal.objects.order_by("created")[0].pk),
        "suggestion_key": str(m.Suggestion.objects.order_by("created")[0].pk),
    }


def next_link(body: bytes) -> str | None:
    """Return the address of the next page that an answer links to: HTML, Atom, or JSON of the API."""
    if body.startswith(b"{"):
        link = json.loads(body).get("next")
        return str(link) if link else None
    match = re.search(
        r'<(?:a|link) rel="next"\s+(?:type="[^"]*"\s+)?href="([^"]+)"', body.decode(errors="replace")
    )
    return match[1].replace("&amp;", "&") if match else None
