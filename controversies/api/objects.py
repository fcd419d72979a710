"""The objects of the API, each declared once: its JSON Schema and where its values come from.

Fields of a document's parts come from their own declaration (`document.types`). Fields may be added within a version,
so objects are left open; no field is taken away or changes its meaning.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse

from controversies import models as m
from controversies.checks.display import SourceChecks
from controversies.document import types
from controversies.document.evidence import position_evidence
from controversies.document.schema import Part
from controversies.document.types import BLOCKS, Document, label
from controversies.history import Entry, Reading, redactions
from controversies.history.arrivals import ArrivalItem
from controversies.history.log_lines import LogLine
from controversies.history.public import entry_json
from controversies.history.redactions import Notice
from controversies.kit.keys import anchor
from controversies.models import ChangeClass, Confidence, RedactedPart, RedactionGround, RedactionOffice
from controversies.models.source import CITABLE
from controversies.pages import lines

from . import checks, schemas
from .addresses import address, address_then, api, api_then
from .checks import CitationChecks
from .schemas import (
    ADDRESS,
    COUNT,
    DIGEST,
    KEY,
    TEXT,
    TIME,
    URL,
    YES,
    Schema,
    array,
    nullable,
    one_of,
    ref,
    with_description,
    word,
)
from .shape import (
    Fields,
    ListPage,
    Shape,
    fields_of_part,
    list_of,
    list_shape,
    nested,
    nested_or_null,
    next_page,
    row_values,
)

# -- documents --

REDACTION = schemas.of_object(
    {
        "part": with_description(
            word(RedactedPart), "A part of the page, or what a revision says of itself."
        ),
        "block": nullable(with_description(KEY, "The part's key; null for what a revision says of itself.")),
        "fields": array(TEXT, "The fields that hold the marker, by name."),
        "on": TIME,
        "ground": word(RedactionGround),
        "reason": with_description(TEXT, "The reason in words; may be empty."),
        "by": word(RedactionOffice),
    },
    "Words that had to be removed. The digests are those of the text before, so the chain still holds.",
)
REDACTIONS = array(ref("Redaction"), "Only where words were removed, which now read ⟦removed⟧.")

_ENTRY: dict[str, Schema] = {
    "number": {"type": "integer", "minimum": 1, "description": "Counted from 1 within the controversy."},
    "time": TIME,
    "author": TEXT,
    "summary": with_description(TEXT, "Why the change was made; may be empty."),
    "digest": with_description(
        DIGEST, "Covers the digest of the revision before, so that history is a chain."
    ),
    "document_digest": with_description(DIGEST, "Equal for two revisions only if readers see the same."),
}
ENTRY = Shape[Entry](
    "",
    "",
    Fields(
        {
            **_ENTRY,
            "reviewer": with_description(
                TEXT, "Who accepted what the author proposed; only if somebody did."
            ),
            "origin": {
                "const": "not recorded",
                "description": "Only where the page was imported and nobody has said who wrote it.",
            },
            "replaces": array(
                DIGEST,
                "The digests that it had before words were removed together with them; only then. Oldest first.",
            ),
        },
        entry_json,
        optional=("reviewer", "origin", "replaces"),
    ),
)

# The same as `history.public.reading_json()`, which draws it for readers' pages, too.
DOCUMENT = schemas.of_object(
    {
        "revision": ENTRY.schema,
        **schemas.of_part(types.Head),
        **{
            each.attribute: array(ref(each.part.__name__)) if each.many else ref(each.part.__name__)
            for each in BLOCKS
            if each.part is not types.Head
        },
        "redactions": REDACTIONS,
    },
    "The whole page as one revision left it. Citations, backings and stances refer by key to the sources, backers and"
    " points beside them. The same as the page's address with .json.",
    optional=(*schemas.optional_fields(types.Head), "redactions"),
)

# -- pages and positions --

_LABEL: Schema = {
    "type": "string",
    "pattern": "^[A-Z]+$",
    "description": "A, B, C… by its place on the page.",
}


@dataclass(frozen=True)
class PageName:
    """The key, address and title of a page."""

    key: str
    slug: str
    title: str

    @classmethod
    def of(cls, document: Document) -> "PageName":
        return cls(document.key, document.head.slug, document.head.title)


PAGE_NAME: Fields[PageName] = Fields(
    {"key": KEY, "slug": ADDRESS, "title": TEXT},
    lambda page: {"key": page.key, "slug": page.slug, "title": page.title},
)
PAGE = Shape[PageName]("Page", "A controversy, in short.", PAGE_NAME)


@dataclass(frozen=True)
class PositionOnPage:
    """One position of a page that readers see."""

    request: HttpRequest
    document: Document
    index: int
    checks: Mapping[str, SourceChecks] | None = None  # by source; None as of a time

    @property
    def position(self) -> types.Position:
        return self.document.positions[self.index]

    @property
    def label(self) -> str:
        return label(self.index)

    @property
    def slug(self) -> str:
        return self.document.head.slug

    @property
    def stances(self) -> list[tuple[types.Stance, types.Point]]:
        """The stances with their contested points, in the order of the points."""
        by_point = {stance.point: stance for stance in self.position.stances}
        return [(by_point[point.key], point) for point in self.document.points if point.key in by_point]

    @property
    def backings(self) -> list[tuple[types.Backing, types.Backer]]:
        by_key = self.document.by_key
        return [(each, cast(types.Backer, by_key[each.backer])) for each in self.position.backings]

    @property
    def citations(self) -> "Iterator[PositionCitation]":
        """All citations of the position, then of its backings, then of its stances."""
        for serves, parts in (
            ("position", [self.position]),
            ("backing", self.position.backings),
            ("stance", [stance for stance, _point in self.stances]),
        ):
            for each in parts:
                for citation in each.citations:
                    source = cast(types.Source, self.document.by_key[citation.source])
                    known = checks.of_citation(self.checks, source, citation.quote)
                    yield PositionCitation(citation, source, serves, known)


@dataclass(frozen=True)
class PositionCitation:
    """A citation with the source that it cites, and the kind of part that it serves."""

    citation: types.Citation
    source: types.Source
    serves: str
    checks: CitationChecks | None


@dataclass(frozen=True)
class ListedControversy:
    """The newest revision of a page that readers see."""

    request: HttpRequest
    reading: Reading

    @property
    def document(self) -> Document:
        return self.reading.document

    @property
    def positions(self) -> list[PositionOnPage]:
        return [PositionOnPage(self.request, self.document, i) for i in range(len(self.document.positions))]


_COUNTED = [block_type for block_type in BLOCKS if block_type.many]
COUNTS = Shape[Document](
    "",
    "",
    Fields(
        {each.attribute: COUNT for each in _COUNTED},
        lambda document: {each.attribute: len(each.blocks(document)) for each in _COUNTED},
    ),
)
CONTROVERSY = Shape[ListedControversy](
    "Controversy",
    "A controversy in a list.",
    Fields(PAGE_NAME.properties, lambda page: PAGE_NAME.values(PageName.of(page.document))),
    fields_of_part(
        types.Head,
        lambda page: page.document.head,
        but=("key", "slug", "title", "publication", "attribution", "reviewed_by"),
    ),
    {
        "positions": list_of(
            Shape[PositionOnPage](
                "",
                "",
                {
                    "key": (KEY, lambda each: each.position.key),
                    "label": (_LABEL, lambda each: each.label),
                    "claim": (TEXT, lambda each: each.position.claim),
                    "confidence": (word(Confidence), lambda each: each.position.confidence),
                },
            ),
            lambda page: page.positions,
        ),
        "counts": nested(COUNTS, lambda page: page.document),
        "revision": nested(ENTRY, lambda page: page.reading.entry),
        "self": (URL, lambda page: api_then(page.request, f"/controversies/{page.document.head.slug}")),
        "page": (
            URL,
            lambda page: address_then(page.request, reverse("controversy", args=[page.document.head.slug])),
        ),
    },
)

POSITION = Shape[PositionOnPage](
    "PositionRecord",
    "A position, with all that its page says of it.",
    {
        "key": (KEY, lambda each: each.position.key),
        "label": (_LABEL, lambda each: each.label),
        "controversy": nested(PAGE, lambda each: PageName.of(each.document)),
    },
    fields_of_part(types.Position, lambda each: each.position, but=("key",)),
    {
        "backers": list_of(
            Shape[tuple[types.Backing, types.Backer]](
                "",
                "",
                fields_of_part(types.Backer, lambda pair: pair[1], but=("description", "website", "aliases")),
                fields_of_part(types.Backing, lambda pair: pair[0], but=("key", "backer")),
            ),
            lambda each: each.backings,
        ),
        "stances": list_of(
            Shape[tuple[types.Stance, types.Point]](
                "",
                "The answer of a position to a contested point.",
                {
                    "point": (KEY, lambda pair: pair[0].point),
                    "title": (TEXT, lambda pair: pair[1].title),
                },
                fields_of_part(types.Stance, lambda pair: pair[0], but=("point",)),
            ),
            lambda each: each.stances,
        ),
        "citations": list_of(
            Shape[PositionCitation](
                "",
                "",
                {
                    "key": (KEY, lambda each: each.citation.key),
                    "slug": (ADDRESS, lambda each: each.source.slug),
                    "title": (TEXT, lambda each: each.source.title),
                },
                fields_of_part(types.Citation, lambda each: each.citation, but=("key", "source")),
                {"serves": (one_of("position", "backing", "stance"), lambda each: each.serves)},
                checks.checks_field(checks.CITATION_CHECKS, lambda each: each.checks),
            ),
            lambda each: each.citations,
        ),
        "evidence": nested(checks.EVIDENCE, lambda each: position_evidence(each.document, each.position)),
        "document": (
            with_description(URL, "The whole document that it is part of."),
            lambda each: api_then(each.request, f"/controversies/{each.slug}"),
        ),
        "page": (
            URL,
            lambda each: (
                address_then(each.request, reverse("controversy", args=[each.slug]))
                + f"#{anchor('position', each.position.key)}"
            ),
        ),
    },
)

# -- what pages share: the subject is a row, with counts of what readers see --


@dataclass(frozen=True)
class Row[M: Model]:
    """A row with what a query counted of it."""

    request: HttpRequest
    row: M
    count: int
    checks: SourceChecks | None = None  # of a source; None as of a time


def _row_fields[M: Model](part: type[Part]) -> Fields[Row[M]]:
    """All fields of a part, from its row."""
    specs = [spec for spec in part.VALUES if spec.name != "key"]
    return Fields(
        schemas.of_part(part),
        lambda each: {**row_values(each.row, specs), "key": str(each.row.pk)},
    )


BACKER = Shape[Row[m.Backer]](
    "BackerRecord",
    "A backer of positions that readers see.",
    _row_fields(types.Backer),
    {
        "positions": (
            with_description(COUNT, "The number of positions that it holds or held, over all pages."),
            lambda each: each.count,
        ),
        "held": (
            with_description(URL, "Those positions."),
            lambda each: api_then(each.request, "/positions", backer=each.row.slug),
        ),
        "self": (URL, lambda each: api_then(each.request, f"/backers/{each.row.slug}")),
        "page": (URL, lambda each: address_then(each.request, reverse("backer", args=[each.row.slug]))),
    },
)

SOURCE = Shape[Row[m.Source]](
    "SourceRecord",
    "A source that pages cite.",
    _row_fields(types.Source),
    {
        "citations": (
            with_description(COUNT, "The number of its citations, over all pages."),
            lambda each: each.count,
        ),
        "cited": (
            with_description(URL, "Those citations."),
            lambda each: api_then(each.request, f"/sources/{each.row.slug}/citations"),
        ),
        "self": (URL, lambda each: api_then(each.request, f"/sources/{each.row.slug}")),
        "page": (URL, lambda each: address_then(each.request, reverse("source", args=[each.row.slug]))),
    },
    checks.checks_field(checks.SOURCE_CHECKS, lambda each: each.checks),
)

TOPIC = Shape[Row[m.Topic]](
    "TopicRecord",
    "A topic that pages are about.",
    {"key": (KEY, lambda each: str(each.row.pk))},
    _row_fields(types.Topic),
    {
        "controversies": (COUNT, lambda each: each.count),
        "listed": (
            with_description(URL, "Those controversies."),
            lambda each: api_then(each.request, "/controversies", topic=each.row.slug),
        ),
        "self": (URL, lambda each: api_then(each.request, f"/topics/{each.row.slug}")),
        "page": (URL, lambda each: address_then(each.request, reverse("topic", args=[each.row.slug]))),
    },
)


@dataclass(frozen=True)
class CitationOnPage:
    """The row of a citation. `serves` is the kind of part that it serves, `about` the words of that part."""

    request: HttpRequest
    row: m.Citation
    serves: str
    about: str
    position: m.Position | None
    page: m.Controversy
    checks: CitationChecks | None = None  # None as of a time

    @classmethod
    def of(cls, request: HttpRequest, row: m.Citation) -> "CitationOnPage":
        """Raises TypeError for a citation that serves nothing, which the database refuses."""
        if row.controversy is not None:
            return cls(request, row, "context", "", None, row.controversy)
        if row.point is not None:
            return cls(request, row, "point", row.point.title, None, row.point.controversy)
        if row.stance is not None:
            position = row.stance.position
            return cls(request, row, "stance", row.stance.text, position, position.controversy)
        if row.backing is not None:
            position = row.backing.position
            return cls(request, row, "backing", row.backing.note, position, position.controversy)
        if row.position is not None:
            return cls(request, row, "position", row.position.claim, row.position, row.position.controversy)
        raise TypeError("A citation serves exactly one thing; the database sees to it.")

    @property
    def page_name(self) -> PageName:
        return PageName(str(self.page.pk), self.page.slug, self.page.title)

    @property
    def label(self) -> str | None:
        """The letter of the position, None for a citation of the context or of a contested point."""
        return label(self.position.order - 1) if self.position else None

    @property
    def url(self) -> str:
        place = anchor("source", str(self.row.pk))
        return address_then(self.request, reverse("controversy", args=[self.page.slug])) + f"#{place}"


_CITATION_VALUES = [spec for spec in types.Citation.VALUES if spec.name not in ("key", "source")]
USE = Shape[CitationOnPage](
    "Use",
    "One use of a source.",
    {
        "key": (KEY, lambda each: str(each.row.pk)),
        "controversy": nested(PAGE, lambda each: each.page_name),
        "serves": (
            one_of("context", *(name for name in CITABLE if name != "controversy")),
            lambda each: each.serves,
        ),
        "position": (nullable(_LABEL), lambda each: each.label),
        "about": (
            with_description(TEXT, "The words that it serves; empty for the context."),
            lambda each: each.about,
        ),
    },
    Fields(
        {spec.name: schemas.of_field(spec) for spec in _CITATION_VALUES},
        lambda each: row_values(each.row, _CITATION_VALUES),
    ),
    {"page": (URL, lambda each: each.url)},
    checks.checks_field(checks.CITATION_CHECKS, lambda each: each.checks),
)

# -- revisions --


@dataclass(frozen=True)
class PublicRevision:
    """A revision that readers see, and the redactions of what it says of itself.

    Of its difference from a revision that they may not see, nothing is told.
    """

    request: HttpRequest
    slug: str
    line: LogLine
    notices: Sequence[Notice] = ()

    @classmethod
    def of(
        cls,
        request: HttpRequest,
        slug: str,
        line: LogLine,
        removed: Mapping[tuple[str, int], Sequence[Notice]],
    ) -> "PublicRevision":
        """`removed` is what `redactions.of_entries()` gives."""
        notices = removed.get((line.entry.controversy, line.number), ())
        return cls(request, slug, line, [each for each in notices if not each.key])

    @property
    def entry(self) -> Entry:
        return self.line.entry

    @property
    def tells_changes(self) -> bool:
        return self.line.follows_public or self.line.number == 1

    def api(self, path: str) -> str:
        return api(self.request, f"/controversies/{self.slug}/{path}")


def redactions_field[Subject](values: Callable[[Subject], list[dict[str, object]]]) -> Fields[Subject]:
    """The list of redactions, which is left out where there are none."""

    def optional(subject: Subject) -> dict[str, object]:
        notices = values(subject)
        return {"redactions": notices} if notices else {}

    return Fields({"redactions": REDACTIONS}, optional, optional=("redactions",))


REVISION = Shape[PublicRevision](
    "Revision",
    "The record of one revision.",
    Fields(_ENTRY, lambda each: entry_json(each.entry)),
    {
        "reviewer": (
            with_description(TEXT, "Who accepted what the author proposed; may be empty."),
            lambda each: each.entry.reviewer_name,
        ),
        "classes": (
            array(word(ChangeClass), "What kinds of change it made."),
            lambda each: lines.classes(each.line, whole=each.tells_changes),
        ),
        "changed": (with_description(TEXT, "What changed, in words."), lambda each: lines.words(each.line)),
        "added": (
            with_description(COUNT, "Characters of text."),
            lambda each: each.entry.added if each.tells_changes else 0,
        ),
        "removed": (
            with_description(COUNT, "Characters of text."),
            lambda each: each.entry.removed if each.tells_changes else 0,
        ),
        "previous": (
            with_description(COUNT, "The revision to compare it with; 0 stands for nothing."),
            lambda each: each.line.before,
        ),
        "self": (
            with_description(URL, "The whole document."),
            lambda each: each.api(f"revisions/{each.line.number}"),
        ),
        "compare": (
            with_description(URL, "What changed since the previous one."),
            lambda each: each.api(f"compare/{each.line.before}/{each.line.number}"),
        ),
        "page": (
            with_description(URL, "The page as it was, for people."),
            lambda each: address(each.request, reverse("revision", args=[each.slug, each.line.number])),
        ),
    },
    Fields(
        {
            "log_index": with_description(
                COUNT,
                "The index, from 0 on, of its entry in the public log; only if the site has a key for it.",
            )
        },
        lambda each: {} if each.line.log_index is None else {"log_index": each.line.log_index},
        optional=("log_index",),
    ),
    redactions_field(lambda each: redactions.values(each.notices)),
)


@dataclass(frozen=True)
class Change:
    """A revision that became public, or a page that is public no longer; `document` only if requested."""

    request: HttpRequest
    arrived: ArrivalItem
    notices: Mapping[tuple[str, int], Sequence[Notice]]
    document: Mapping[str, object] | None

    @property
    def page(self) -> PageName | None:
        line = self.arrived.line
        return PageName(self.arrived.controversy, line.slug, line.title) if line else None

    @property
    def revision(self) -> PublicRevision | None:
        line = self.arrived.line
        return PublicRevision.of(self.request, line.slug, line, self.notices) if line else None


CHANGE = Shape[Change](
    "Change",
    "A revision that became public; or, as `withdrawn`, the notice that the page with this key is public no longer.",
    {
        "cursor": (TEXT, lambda each: each.arrived.cursor),
        "type": (
            one_of("revision", "withdrawn"),
            lambda each: "revision" if each.arrived.line else "withdrawn",
        ),
        "key": (KEY, lambda each: each.arrived.controversy),
        "controversy": nested_or_null(PAGE, lambda each: each.page),
        "revision": nested_or_null(REVISION, lambda each: each.revision),
        "document": (
            nullable(with_description(ref("Document"), "Only if documents are asked for.")),
            lambda each: each.document,
        ),
    },
)


@dataclass(frozen=True)
class ChangesPage(ListPage[Change]):
    """Changes, the cursor to go on from next time, and whether there are more already."""

    cursor: str = ""
    more: bool = False


# -- lists --

CONTROVERSIES = list_shape("Controversies", CONTROVERSY)
REVISIONS = list_shape("Revisions", REVISION)
POSITIONS = list_shape("Positions", POSITION)
BACKERS = list_shape("Backers", BACKER)
SOURCES = list_shape("Sources", SOURCE)
USES = list_shape("Uses", USE)
TOPICS = list_shape("Topics", TOPIC)
CHANGES = Shape[ChangesPage](
    "Changes",
    "",
    {
        "items": list_of(CHANGE, lambda page: page.items),
        "cursor": (
            with_description(TEXT, "Where to continue next time, even if there is nothing new yet."),
            lambda page: page.cursor,
        ),
        "more": (with_description(YES, "Whether there is more already."), lambda page: page.more),
        "next": next_page(),
    },
)
