"""The order to remove words, and the report of every place that holds them."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.document.redact import MARKER, NAME, RemovedWords, TextMatch
from controversies.models import RedactedPart, RedactionGround, RedactionOffice
from controversies.models.redaction import REASON


class PlaceKind(StrEnum):
    """The kinds of place that can hold the words."""

    PAGE = "page"  # today's
    SHARED = "shared"  # a backer, source or topic of today
    HISTORY = "history"  # an older version of a part of a page
    SUMMARY = "summary"
    AUTHOR = "author"
    REVIEWER = "reviewer"
    OUTLINE = "outline"  # a backer's name in what a revision changed
    PROPOSAL = "proposal"
    SUGGESTION = "suggestion"
    IMPORT = "import"
    LOG = "log"
    SITE = "site"  # texts about the site itself


KIND_NAMES = {
    PlaceKind.PAGE: gettext_lazy("Current page"),
    PlaceKind.SHARED: gettext_lazy("Backers, sources and topics"),
    PlaceKind.HISTORY: gettext_lazy("Earlier versions"),
    PlaceKind.SUMMARY: gettext_lazy("Reasons for changes"),
    PlaceKind.AUTHOR: gettext_lazy("Authors’ names"),
    PlaceKind.REVIEWER: gettext_lazy("Reviewers’ names"),
    PlaceKind.OUTLINE: gettext_lazy("Lists of changes"),
    PlaceKind.PROPOSAL: gettext_lazy("Proposals"),
    PlaceKind.SUGGESTION: gettext_lazy("Readers’ suggestions"),
    PlaceKind.IMPORT: gettext_lazy("Imported files"),
    PlaceKind.LOG: gettext_lazy("Admin log"),
    PlaceKind.SITE: gettext_lazy("Texts about the site"),
}
EVERYWHERE = frozenset(PlaceKind)
# The parts that an order may be limited to.
PARTS = {
    "text": frozenset(
        {
            *(PlaceKind.PAGE, PlaceKind.SHARED, PlaceKind.HISTORY, PlaceKind.OUTLINE, PlaceKind.IMPORT),
            PlaceKind.SITE,
        }
    ),
    "summary": frozenset({PlaceKind.SUMMARY}),
    "author": frozenset({PlaceKind.AUTHOR}),
    "reviewer": frozenset({PlaceKind.REVIEWER}),
    "proposals": frozenset({PlaceKind.PROPOSAL}),
    "suggestions": frozenset({PlaceKind.SUGGESTION}),
    "log": frozenset({PlaceKind.LOG}),
}
# The part of the record, and the column, of each text of a revision.
TEXT_COLUMNS = {
    PlaceKind.SUMMARY: (RedactedPart.SUMMARY, "summary"),
    PlaceKind.AUTHOR: (RedactedPart.AUTHOR, "author_name"),
    PlaceKind.REVIEWER: (RedactedPart.REVIEWER, "reviewer_name"),
}


class RedactionRefused(Exception):
    """The words cannot be removed; the text says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that holds the words. `page` is the slug of its page or "", `name` the name of the thing."""

    kind: PlaceKind
    page: str
    name: str
    number: int  # of the revision, 0 where there is none
    place: TextMatch


@dataclass(slots=True)
class RemovalReport:
    """Every place that holds the words, and what people have to change by hand."""

    findings: list[Finding] = field(default_factory=list)
    manual_steps: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.findings)

    @property
    def counts(self) -> dict[PlaceKind, int]:
        """The number of places of each kind, in the order of the kinds."""
        counts = Counter(each.kind for each in self.findings)
        return {kind: counts[kind] for kind in PlaceKind if counts[kind]}


@dataclass(frozen=True)
class RedactionOrder:
    """The words to remove, the ground, the names of who orders it, and the limits. `pages`: keys, or None for all.

    With `replaces_digests` no digest of what held the words is left in the database: each page gets new ones from its
    first revision concerned on.
    """

    words: RemovedWords
    ground: str = RedactionGround.OTHER.value
    reason: str = ""
    by_name: str = ""
    second_name: str = ""
    office: str = RedactionOffice.OPERATOR.value
    pages: tuple[str, ...] | None = None
    kinds: frozenset[PlaceKind] = EVERYWHERE
    replaces_digests: bool = False


def check(order: RedactionOrder) -> None:
    """Refuse an order that names the words itself, or lacks a ground or a name. Raises RedactionRefused."""
    if order.ground not in RedactionGround.values:
        raise RedactionRefused(_("Give one of these grounds: %s.") % ", ".join(RedactionGround.values))
    if order.ground == RedactionGround.OTHER and not order.reason:
        raise RedactionRefused(_("Give the reason in words. Readers will see it."))
    if len(order.reason) > REASON:
        raise RedactionRefused(_("The reason is longer than %s characters.") % REASON)
    if not order.by_name.strip():
        raise RedactionRefused(_("Give the name of who removes the words."))
    for text in (order.reason, order.by_name, order.second_name):
        if order.words.are_in(text):
            raise RedactionRefused(_("The reason and the names must not contain the words themselves."))
    if order.words.are_in(MARKER) or order.words.are_in(NAME):
        raise RedactionRefused(_("This is the text that replaces removed words. Choose other words."))
