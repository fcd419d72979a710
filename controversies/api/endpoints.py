"""The addresses of the API, each with its parameters and its answer."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from controversies.history.arrivals import CURSOR
from controversies.models import (
    BackerKind,
    ChangeClass,
    Confidence,
    Polarity,
    SourceKind,
    SourceVerdict,
    Status,
)
from controversies.search import LENGTH

from .addresses import address, api
from .endpoint import Answer, Endpoint, Params
from .parameters import BY_SLUG, UUID, AsOf, Choice, Flag, Key, Number, Slug, Text, Time, cursor, limit
from .schemas import TEXT, URL
from .shape import Shape
from .views import backers, blame, changes, controversies, revisions, sources, topics

PAGES, RECORD, SHARED = _("Controversies"), _("History"), _("Backers, sources, topics")
ABOUT = _("The API itself")
_SLUG = Slug("slug", _("The last part of the page's address."))
_NUMBERS = 999_999_999
_LIST_AS_OF = AsOf(
    "as_of",
    _(
        "The list as it was at the end of this day in UTC, or at this time, without pages that were withdrawn since."
        " Addresses are those of that time, and `q` looks only at titles and names."
    ),
)
_ONE_AS_OF = AsOf(
    "as_of",
    _(
        "As pages showed it at the end of this day in UTC, or at this time; 404 if no public page showed it then."
    ),
)


INDEX_SHAPE = Shape[HttpRequest](
    "Index",
    "All addresses.",
    {
        "openapi": (URL, lambda request: address(request, reverse("api_openapi"))),
        "documentation": (URL, lambda request: address(request, reverse("api"))),
        "addresses": (
            {"type": "object", "additionalProperties": TEXT},
            lambda request: {each.name: api(request, each.path) for each in ENDPOINTS},
        ),
    },
)


def index(request: HttpRequest, params: Params) -> Answer:
    """Answer with all addresses."""
    return Answer((), lambda: INDEX_SHAPE.values(request))


INDEX = Endpoint(
    "index",
    "/",
    _("All addresses"),
    _("Each with its parameters in braces."),
    ABOUT,
    (),
    "Index",
    index,
)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "controversies",
        "/controversies",
        _("All controversies"),
        _("A short form of each, from its newest revision, in the order of their addresses."),
        PAGES,
        (
            Slug("topic", _("Only those of this topic, by its address.")),
            Choice("status", _("Only those with this status."), Status),
            Choice("polarity", _("Only those of this polarity."), Polarity),
            Slug("backer", _("Only those where this backer holds or held a position, by its address.")),
            Slug("source", _("Only those that cite this source, by its address.")),
            Text(
                "q",
                _(
                    "Only those with these words: the newest 1,000, if there are more. "
                    "Use quotes for a phrase, -word to exclude, OR for either."
                ),
                LENGTH,
            ),
            _LIST_AS_OF,
            Time("updated_since", _("Only those whose newest revision was made at this time or later.")),
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
        _("The whole document, of its newest revision or as it was public at a time."),
        PAGES,
        (
            _SLUG,
            AsOf(
                "as_of",
                _(
                    "The page as it was at the end of this day in UTC, or at this time. If it was not public then, "
                    "the answer is 404, and 410 if it is withdrawn today."
                ),
            ),
        ),
        "Document",
        controversies.controversy,
        (404, 410),
    ),
    Endpoint(
        "positions_of",
        "/controversies/{slug}/positions",
        _("Positions of one controversy"),
        _("All of them, in the order of the page, with the names of backers and sources."),
        PAGES,
        (_SLUG,),
        "Positions",
        controversies.positions_of,
        (404, 410),
        shows_checks=True,
    ),
    Endpoint(
        "positions",
        "/positions",
        _("Positions of all controversies"),
        _(
            "Page by page, in the order of their addresses. With `as_of`, an answer may hold few or none though more"
            " follow."
        ),
        PAGES,
        (
            Choice("confidence", _("Only those with this confidence."), Confidence),
            Slug("backer", _("Only those that this backer holds or held, by its address.")),
            Slug("topic", _("Only those on pages of this topic, by its address.")),
            Choice("status", _("Only those on pages with this status."), Status),
            _LIST_AS_OF,
            limit(),
            cursor(controversies.PLACE, 105),
        ),
        "Positions",
        controversies.positions,
    ),
    Endpoint(
        "revisions",
        "/controversies/{slug}/revisions",
        _("Revisions of one controversy"),
        _("Newest first: who changed what, when and why. Numbers have gaps where the page was not public."),
        RECORD,
        (
            _SLUG,
            Key("block", _("Only those that changed this point, position, backer, source, context or head.")),
            Text("author", _("Only those by this name."), 150),
            Choice("class", _("Only those with this kind of change."), ChangeClass),
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
        _("Block by block, matched by key; texts word by word. `a` may be the later revision."),
        RECORD,
        (
            _SLUG,
            Number("a", _("The number of the revision to compare with; 0 stands for nothing."), 0, _NUMBERS),
            Number("b", _("The number of the other revision."), 1, _NUMBERS),
        ),
        "Comparison",
        revisions.compare,
        (404, 410),
    ),
    Endpoint(
        "blame",
        "/controversies/{slug}/blame",
        _("Who wrote what"),
        _(
            "Of each text, who first wrote the words and since when they read so; of each other value, who set it. If"
            " the answer is 503, it is still being worked out: come back later."
        ),
        RECORD,
        (_SLUG,),
        "Blame",
        blame.blame,
        (404, 410, 503),
    ),
    Endpoint(
        "revision_blame",
        "/controversies/{slug}/revisions/{number}/blame",
        _("Who wrote what in one revision"),
        _("The same of an earlier revision. It never changes."),
        RECORD,
        (_SLUG, Number("number", _("The revision's number."), 1, _NUMBERS)),
        "Blame",
        blame.revision_blame,
        (404, 410, 503),
    ),
    Endpoint(
        "changes_since",
        "/changes",
        _("Changes since a cursor"),
        _(
            "Changes of all pages, in the order in which they became public, from the beginning without a cursor. Keep"
            " `cursor` and come back with it: you will miss nothing. `withdrawn` means that the page with that key is"
            " public no longer: remove it. If the answer is 409, start again without a cursor."
        ),
        RECORD,
        (
            Flag("documents", _("Whether to include the whole document of each revision.")),
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
        _("All that hold or held a position on a page, in the order of their addresses."),
        SHARED,
        (
            Choice("kind", _("Only those of this kind."), BackerKind),
            Text("q", _("Only those with this text in a name."), 100),
            _LIST_AS_OF,
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
        _("As pages show it today, or showed it at a time."),
        SHARED,
        (Slug("slug", _("The last part of its address.")), _ONE_AS_OF),
        "BackerRecord",
        backers.backer,
        (404,),
    ),
    Endpoint(
        "sources",
        "/sources",
        _("Sources"),
        _("All that pages cite, in the order of their addresses."),
        SHARED,
        (
            Choice("kind", _("Only those of this kind."), SourceKind),
            Text("q", _("Only those with this text in their title, authors or publisher."), 100),
            Text("doi", _("Only the one with this DOI."), 200),
            Choice(
                "verdict", _("Only those of which checks say this today; none with `as_of`."), SourceVerdict
            ),
            _LIST_AS_OF,
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
        _("As pages show it today, or showed it at a time."),
        SHARED,
        (Slug("slug", _("The last part of its address.")), _ONE_AS_OF),
        "SourceRecord",
        sources.source,
        (404,),
    ),
    Endpoint(
        "uses",
        "/sources/{slug}/citations",
        _("Citations of a source"),
        _("Each citation on a page: what it serves, how it relates to that, and the quote."),
        SHARED,
        (
            Slug("slug", _("The last part of the source's address.")),
            _ONE_AS_OF,
            limit(),
            cursor(f"^{UUID}([.]{UUID})?$", 73),
        ),
        "Uses",
        sources.uses,
        (404,),
    ),
    Endpoint(
        "topics",
        "/topics",
        _("Topics"),
        _("All that have pages, in the order of their addresses."),
        SHARED,
        (_LIST_AS_OF, limit(), BY_SLUG),
        "Topics",
        topics.topics,
    ),
    Endpoint(
        "topic",
        "/topics/{slug}",
        _("One topic"),
        "",
        SHARED,
        (Slug("slug", _("The last part of its address.")), _ONE_AS_OF),
        "TopicRecord",
        topics.topic,
        (404,),
    ),
    INDEX,
)
