"""The parts that a controversy is made of, field by field: the one declaration (`schema` has its language).

`README.md` beside this module tells how to add a field. A value that equals its field's default is left out of the
canonical form: a field added later changes no digest of what was recorded before.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from controversies import models as m
from controversies.models import ChangeClass

from .schema import (
    PROSE,
    Kind,
    Part,
    Search,
    Spec,
    Widget,
    choice_field,
    field,
    items_field,
    key_field,
    line_field,
    part,
    prose_field,
    reference_field,
)

# The weight of a field for search, and where its text stands in the text that search shows of a block; what has no
# place of its own comes last.
_NAME = Search("A", 0)  # of the page itself: indexed apart from its text
_QUESTION, _CLAIM = Search("B", 1), Search("B", 2)
_POINT, _STATUS, _CONTEXT = Search("C", 3), Search("C", 4), Search("C", 5)


@part
class Citation(Part):
    MODEL = m.Citation
    TWINS = (("source", "relation", "quote", "locator"), ("source", "relation"), ("source",))

    key: str = key_field()
    source: str = reference_field("source", _("Source"), file="id")
    relation: str = choice_field(_("Relation"), m.Relation, required=True)
    quote: str = prose_field(
        _("Quote"),
        has_marks=False,  # kept word for word
        widget=Widget(rows=1, placeholder=_("Quote, word for word")),
    )
    locator: str = line_field(
        _("Where in the source"), limit=200, widget=Widget(placeholder=_("Page, section…"))
    )


def _citations(file: str = "sources", *aliases: str) -> Any:
    return items_field(
        Citation,
        _("Sources"),
        file=file,
        file_aliases=aliases,
        change_class=ChangeClass.SOURCE,
        counted=ngettext_lazy("%(n)s source", "%(n)s sources", "count"),
        order_label=_("order of the sources"),
    )


@part
class Topic(Part):
    MODEL = m.Topic
    TITLE = "title"
    UNIQUE = (("slug",), ("title",))

    key: str = key_field()
    slug: str = field(Kind.SLUG, _("Address"), required=True, file="id")
    title: str = line_field(_("Title"), required=True, limit=200, file_aliases=("name",))
    description: str = prose_field(_("Description"), has_marks=False, search=None)  # on the topic's own page


@part
class Head(Part):
    MODEL = m.Controversy
    TITLE = "title"
    PAIRS = (("reviewed_on", "reviewed_by"),)

    key: str = key_field()
    slug: str = field(
        Kind.SLUG,
        _("Address"),
        required=True,
        file="id",
        change_class=None,
        phrase=_("the page’s address"),
        help=_(
            "The last part of the page’s address; made of the title if left empty. "
            "It cannot change once readers have seen it."
        ),
    )
    title: str = line_field(_("Title"), required=True, limit=200, search=_NAME, phrase=_("the page’s title"))
    question: str = line_field(_("Question"), search=_QUESTION, leads=True)
    language: str = field(
        Kind.LANGUAGE,
        _("Language"),
        change_class=None,
        is_optional=True,
        phrase=_("the page’s language"),
    )
    topic: Topic = field(Kind.PART, _("Topic"), part=Topic, required=True, file="thread", change_class=None)
    status: str = choice_field(
        _("Status"),
        m.Status,
        required=True,
        change_class=ChangeClass.STATUS,
        widget=Widget(explained=True),
        phrase=_("status"),
    )
    status_summary: str = prose_field(
        _("Status in words"),
        search=_STATUS,
        file_heading="Status",
        change_class=ChangeClass.STATUS,
        widget=Widget(rows=2),
        phrase=_("the summary of the status"),
        goes_with="status",
    )
    polarity: str = choice_field(
        _("Polarity"),
        m.Polarity,
        required=True,
        change_class=ChangeClass.WORDING,
        widget=Widget(explained=True),
        phrase=_("polarity"),
    )
    publication: str = choice_field(
        _("Publication"), m.Publication, required=True, change_class=None, widget=Widget(explained=True)
    )
    attribution: str = prose_field(_("Attribution"), change_class=None, widget=Widget(rows=1))
    reviewed_on: str = field(Kind.DAY, _("Reviewed on"), change_class=None, is_editable=False)
    reviewed_by: str = line_field(
        _("Reviewed by"),
        limit=150,
        search=None,
        change_class=None,
        is_editable=False,
        phrase=_("reviewer’s name"),
        goes_with="reviewed_on",
    )


@part
class Context(Part):
    MODEL = m.Controversy  # the row of the head

    key: str = key_field()
    text: str = prose_field(
        _("Text"),
        column="context",
        search=_CONTEXT,
        file="context",
        file_heading="Context",
        widget=Widget(rows=4),
        phrase=_("the context"),
    )
    citations: tuple[Citation, ...] = _citations("context_sources")


@part
class Point(Part):
    MODEL = m.ContestedPoint
    TITLE = "title"
    TWINS = (("title",), ("body",))

    key: str = key_field()
    title: str = line_field(_("Title"), required=True, limit=200, search=_POINT, file_heading="Key Tensions")
    body: str = prose_field(_("Text"), search=_POINT, file_heading="Key Tensions")
    kind: str = choice_field(_("Kind of dispute"), m.PointKind, widget=Widget(explained=True))
    citations: tuple[Citation, ...] = _citations()


@part
class Stance(Part):
    MODEL = m.Stance
    IDENTITY = "point"
    ONCE = "point"

    point: str = reference_field("point", _("Contested point"), is_editable=False)
    text: str = prose_field(_("Text"), required=True, widget=Widget(rows=1))
    citations: tuple[Citation, ...] = _citations()


@part
class Backing(Part):
    MODEL = m.Backing
    PAIRS = (("since", "until"),)
    TWINS = (("backer",),)
    ONCE = "backer"

    key: str = key_field()
    backer: str = reference_field("backer", _("Backer"), file="id")
    note: str = prose_field(_("Note"), widget=Widget(rows=1))
    since: str = field(Kind.DATE, _("Since"))
    until: str = field(Kind.DATE, _("Until"))
    citations: tuple[Citation, ...] = _citations("sources", "evidence")


@part
class Position(Part):
    MODEL = m.Position
    TITLE = "claim"
    TWINS = (("claim",), ("argument",))
    MENTIONS = ("citations", "backings", "stances")

    key: str = key_field()
    claim: str = line_field(_("Claim"), required=True, search=_CLAIM, leads=True)
    argument: str = prose_field(_("Argument"), widget=Widget(rows=4))
    confidence: str = choice_field(
        _("Confidence"),
        m.Confidence,
        default=m.Confidence.NOT_RATED.value,
        change_class=ChangeClass.CONFIDENCE,
        widget=Widget(explained=True),
    )
    confidence_reason: str = prose_field(
        _("Reason for the confidence"),
        change_class=ChangeClass.CONFIDENCE,
        widget=Widget(rows=2),
        phrase=_("the reason for %(label)s’s confidence"),
        goes_with="confidence",
    )
    stances: tuple[Stance, ...] = items_field(
        Stance, _("Stances"), counted=ngettext_lazy("%(n)s stance", "%(n)s stances", "count")
    )
    backings: tuple[Backing, ...] = items_field(
        Backing,
        _("Backers"),
        file="proponents",
        change_class=ChangeClass.ATTRIBUTION,
        counted=ngettext_lazy("%(n)s backer", "%(n)s backers", "count"),
        order_label=_("order of the backers"),
    )
    citations: tuple[Citation, ...] = _citations()


@part
class Backer(Part):
    MODEL = m.Backer
    TITLE = "name"
    UNIQUE = (("slug",), ("name", "kind"))

    key: str = key_field()
    slug: str = field(Kind.SLUG, _("Address"), required=True, file="id")
    name: str = line_field(_("Name"), required=True, limit=200, search=Search("A"))
    kind: str = choice_field(_("Kind"), m.BackerKind, required=True, file="type", file_aliases=("kind",))
    description: str = prose_field(_("Description"), has_marks=False)
    website: str = field(Kind.URL, _("Website"))
    aliases: tuple[str, ...] = field(Kind.LINES, _("Also called"), limit=200, search=Search("B"))


@part
class Source(Part):
    MODEL = m.Source
    TITLE = "title"
    UNIQUE = (("slug",), ("url",), ("doi",))

    key: str = key_field()
    slug: str = field(Kind.SLUG, _("Address"), required=True, file="id")
    title: str = line_field(_("Title"), required=True, search=Search("A"))
    authors: str = line_field(_("Authors"), file_aliases=("author",))
    publisher: str = line_field(_("Published in"), limit=300)
    date: str = field(Kind.DATE, _("Date"), search=Search())
    kind: str = choice_field(
        _("Kind"), m.SourceKind, default=m.SourceKind.OTHER.value, file="type", file_aliases=("kind",)
    )
    url: str = field(Kind.URL, _("Link"))
    doi: str = field(Kind.DOI, _("DOI"), search=Search())
    isbn: str = field(Kind.ISBN, _("ISBN"), search=Search())
    archive_url: str = field(Kind.URL, _("Archived copy"))
    read_on: str = field(Kind.DAY, _("Read on"))
    origin: str = line_field(_("Repeats"))


# How a comparison names a topic's description among the fields of the head.
TOPIC_DESCRIPTION = Spec(
    "topic_description", Kind.PROSE, _("Topic’s description"), limit=PROSE, change_class=None
)

ATTRIBUTION = Head.spec("attribution")
