"""Every address of the API with what it asks and answers."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from controversies.history.arrivals import CURSOR
from controversies.models import BackerKind, ChangeClass, Confidence, Polarity, SourceKind, Status
from controversies.search import LENGTH

from .endpoint import Answer, Asked, Endpoint, address, api
from .parameters import BY_SLUG, UUID, Choice, Flag, Key, Number, Slug, Text, Time, cursor, limit
from .views import backers, changes, controversies, revisions, sources, topics

PAGES, RECORD, SHARED = _("Controversies"), _("History"), _("Backers, sources, topics")
ABOUT = _("The API itself")
_SLUG = Slug("slug", _("The last part of the page's address."))
_NUMBERS = 999_999_999


def index(request: HttpRequest, asked: Asked) -> Answer:
    """Where everything is."""
    return Answer(
        (),
        lambda: {
            "openapi": address(request, reverse("api_openapi")),
            "documentation": address(request, reverse("api")),
            "addresses": {each.name: api(request, each.path) for each in ENDPOINTS},
        },
    )


INDEX = Endpoint(
    "index",
    "/",
    _("Where everything is"),
    _("The addresses of all of these, with their parameters in braces."),
    ABOUT,
    (),
    "Index",
    index,
)

ENDPOINTS = (
    Endpoint(
        "controversies",
        "/controversies",
        _("All controversies"),
        _("Each in short, as its newest revision has it, in the order of their addresses."),
        PAGES,
        (
            Slug("topic", _("Only those of this topic, by its address.")),
            Choice("status", _("Only those whose dispute is in this state."), Status),
            Choice("polarity", _("Only those of this polarity."), Polarity),
            Slug("backer", _("Only those where this backer holds or held a position, by its address.")),
            Slug("source", _("Only those that cite this source, by its address.")),
            Text("q", _("Only those that say these words: “a phrase”, or, -not."), LENGTH),
            Time("updated_since", _("Only those whose newest revision was made then or later.")),
            limit(),
            BY_SLUG,
        ),
        "Controversies",
        controversies.controversies,
    ),
    Endpoint(
        "controversy",
        "/controversies/{slug}",
        _("One controversy"),
        _("The whole document, as its newest revision has it or as readers saw it at a time."),
        PAGES,
        (
            _SLUG,
            Time("as_of", _("The page as it was then. If readers did not see it then, there is nothing.")),
        ),
        "Document",
        controversies.controversy,
        (404, 410),
    ),
    Endpoint(
        "positions_of",
        "/controversies/{slug}/positions",
        _("Its positions"),
        _("All of them in the page's order, with the names of backers and sources beside the words."),
        PAGES,
        (_SLUG,),
        "Positions",
        controversies.positions_of,
        (404, 410),
    ),
    Endpoint(
        "positions",
        "/positions",
        _("Positions over all pages"),
        _("Page by page, in the order of their addresses."),
        PAGES,
        (
            Choice("confidence", _("Only those evidenced so."), Confidence),
            Slug("backer", _("Only those that this backer holds or held, by its address.")),
            Slug("topic", _("Only those on pages of this topic, by its address.")),
            Choice("status", _("Only those on pages whose dispute is in this state."), Status),
            limit(),
            cursor(controversies.PLACE, 105),
        ),
        "Positions",
        controversies.positions,
    ),
    Endpoint(
        "revisions",
        "/controversies/{slug}/revisions",
        _("Its revisions"),
        _(
            "Newest first: who changed what, when and why. Numbers have gaps where readers did not see the page."
        ),
        RECORD,
        (
            _SLUG,
            Key("block", _("Only those that changed this point, position, backer, source, context or head.")),
            Text("author", _("Only those by this name."), 150),
            Choice("class", _("Only those that made this kind of change."), ChangeClass),
            limit(),
            cursor("^[1-9][0-9]{0,8}$", 9),
        ),
        "Revisions",
        revisions.revisions,
        (404, 410),
    ),
    Endpoint(
        "revision",
        "/controversies/{slug}/revisions/{number}",
        _("One revision"),
        _("The whole document as this revision left it. It never changes."),
        RECORD,
        (_SLUG, Number("number", _("The revision's number."), 1, _NUMBERS)),
        "Document",
        revisions.revision,
        (404, 410),
    ),
    Endpoint(
        "compare",
        "/controversies/{slug}/compare/{a}/{b}",
        _("What changed between two revisions"),
        _("Block by block, matched by key; texts word by word. `a` may be the later one."),
        RECORD,
        (
            _SLUG,
            Number("a", _("The number of the one to compare with; 0 stands for nothing."), 0, _NUMBERS),
            Number("b", _("The number of the other one."), 1, _NUMBERS),
        ),
        "Comparison",
        revisions.compare,
        (404, 410),
    ),
    Endpoint(
        "changes_since",
        "/changes",
        _("What changed since"),
        _(
            "Over all pages, in the order in which it became public, from the beginning without a cursor. Keep `cursor`"
            " and come back with it: nothing is missed. `withdrawn` tells that a page with that key ceased to be"
            " public: remove it. If the answer is 409, begin again without a cursor."
        ),
        RECORD,
        (
            Flag("documents", _("Whether to give each revision's whole document, too.")),
            limit(),
            cursor(CURSOR, 32),
        ),
        "Changes",
        changes.changes,
        (409,),
    ),
    Endpoint(
        "backers",
        "/backers",
        _("Backers"),
        _("Those that hold or held a position on a page, in the order of their addresses."),
        SHARED,
        (
            Choice("kind", _("Only those of this kind."), BackerKind),
            Text("q", _("Only those with these letters in their name, or in another name of theirs."), 100),
            limit(),
            BY_SLUG,
        ),
        "Backers",
        backers.backers,
    ),
    Endpoint(
        "backer",
        "/backers/{slug}",
        _("One backer"),
        _("As pages show it today."),
        SHARED,
        (Slug("slug", _("The last part of its address.")),),
        "BackerRecord",
        backers.backer,
        (404,),
    ),
    Endpoint(
        "sources",
        "/sources",
        _("Sources"),
        _("Those that pages cite, in the order of their addresses."),
        SHARED,
        (
            Choice("kind", _("Only those of this kind."), SourceKind),
            Text("q", _("Only those with these letters in title, authors or publisher."), 100),
            Text("doi", _("Only the one with this DOI."), 200),
            limit(),
            BY_SLUG,
        ),
        "Sources",
        sources.sources,
    ),
    Endpoint(
        "source",
        "/sources/{slug}",
        _("One source"),
        _("As pages show it today."),
        SHARED,
        (Slug("slug", _("The last part of its address.")),),
        "SourceRecord",
        sources.source,
        (404,),
    ),
    Endpoint(
        "uses",
        "/sources/{slug}/citations",
        _("Where a source is cited"),
        _("Each use of it on a page: for what, whether it bears it out, and its own words."),
        SHARED,
        (Slug("slug", _("The last part of the source's address.")), limit(), cursor(f"^{UUID}$", 36)),
        "Uses",
        sources.uses,
        (404,),
    ),
    Endpoint(
        "topics",
        "/topics",
        _("Topics"),
        _("Those that pages are about, in the order of their addresses."),
        SHARED,
        (limit(), BY_SLUG),
        "Topics",
        topics.topics,
    ),
    Endpoint(
        "topic",
        "/topics/{slug}",
        _("One topic"),
        "",
        SHARED,
        (Slug("slug", _("The last part of its address.")),),
        "TopicRecord",
        topics.topic,
        (404,),
    ),
    INDEX,
)
