"""The objects of the API on checks of sources, which are of today only, and on the evidence of positions."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from controversies.checks.digests import quote_digest
from controversies.checks.display import (
    QuoteState,
    ShownNotice,
    SourceChecks,
    address_of,
    read_checks,
)
from controversies.document.evidence import EvidenceGroup, PositionEvidence, SharedTrait
from controversies.document.types import Document, Source
from controversies.models import EvidenceStrength, EvidenceTrait, NoticeKind, QuoteVerdict, SourceVerdict

from .schemas import COUNT, DATE, KEY, TEXT, URL, YES, Schema, array, nullable, with_description, word
from .shape import Fields, Shape, list_of, nested, nested_or_null

_DAY: Schema = {"type": "string", "format": "date"}


def _day(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None


NOTICE = Shape[ShownNotice](
    "SourceNotice",
    "What a publisher or registry has on record about a source: a retraction, a correction…",
    {
        "kind": (word(NoticeKind), lambda notice: notice.kind),
        "date": (DATE, lambda notice: notice.date),
        "doi": (with_description(TEXT, "Of the notice; may be empty."), lambda notice: notice.doi),
        "origin": (with_description(TEXT, "The registry that has it."), lambda notice: notice.origin),
    },
)

SNAPSHOT = Shape[tuple[datetime.date, str]](
    "", "", {"day": (_DAY, lambda pair: _day(pair[0])), "url": (URL, lambda pair: pair[1])}
)

SOURCE_CHECKS = Shape[SourceChecks](
    "SourceChecks",
    "What machines saw of the source, as it is known now. Beside the record: no revision has it.",
    {
        "verdict": (word(SourceVerdict), lambda known: known.verdict),
        "since": (
            nullable(with_description(_DAY, "Since when it is so, not when it was looked at last.")),
            lambda known: _day(known.since),
        ),
        "moved_to": (
            with_description(TEXT, "The new address, only of a source that has moved."),
            lambda known: known.moved_to,
        ),
        "notices": list_of(NOTICE, lambda known: known.notices),
        "snapshots": list_of(SNAPSHOT, lambda known: known.snapshots, "Copies in public archives."),
    },
)


@dataclass(frozen=True)
class CitationChecks:
    """The checks of one citation: of its source and of its quotation, None without one or without a verdict."""

    known: SourceChecks
    quote: QuoteState | None
    address: str

    @classmethod
    def of(cls, known: SourceChecks, quote: str, address: str) -> "CitationChecks":
        return cls(known, known.quote(quote_digest(quote)), address)

    @property
    def passage(self) -> str:
        """The address of the quoted words, "" if none leads there."""
        if self.quote is None or self.quote.verdict != QuoteVerdict.CONFIRMED:
            return ""
        is_copy = self.quote.copy_day is not None
        return self.quote.passage.link(self.quote.snapshot if is_copy else self.address)


_QUOTATION = Shape[CitationChecks](
    "",
    "",
    {
        "verdict": (word(QuoteVerdict), lambda each: each.quote.verdict if each.quote else None),
        "since": (_DAY, lambda each: _day(each.quote.since) if each.quote else None),
        "copy": (
            nullable(with_description(_DAY, "The day of the copy that has it, if its address has not.")),
            lambda each: _day(each.quote.copy_day) if each.quote else None,
        ),
        "passage": (
            with_description(TEXT, "The address of the quoted words, if a browser can be led there."),
            lambda each: each.passage,
        ),
    },
)
CITATION_CHECKS = Shape[CitationChecks](
    "CitationChecks",
    "What machines saw of the source and of the quotation, as it is known now.",
    {
        "source": nested(SOURCE_CHECKS, lambda each: each.known),
        "quotation": nested_or_null(_QUOTATION, lambda each: each if each.quote else None),
    },
)


def checks_field[Subject, Known](
    shape: Shape[Known], known: Callable[[Subject], Known | None]
) -> Fields[Subject]:
    """The member `checks`, which is left out of answers as of a time."""

    def optional(subject: Subject) -> dict[str, object]:
        value = known(subject)
        return {} if value is None else {"checks": shape.values(value)}

    return Fields({"checks": shape.reference}, optional, optional=("checks",))


def of_documents(documents: Iterable[Document]) -> Mapping[str, SourceChecks]:
    """Return what is known of the sources of public documents and of the quotations there, by key; one query."""
    documents = list(documents)
    sources = {source.key: source for document in documents for source in document.sources}
    quotes = (
        quote_digest(each.quote) for document in documents for each in document.citations() if each.quote
    )
    return read_checks(sources.values(), quotes)


def of_citation(
    checks: Mapping[str, SourceChecks] | None, source: Source, quote: str
) -> CitationChecks | None:
    """Return what is known of a citation in a document, None if that is not told."""
    if checks is None:
        return None
    return CitationChecks.of(checks.get(source.key, SourceChecks()), quote, address_of(source))


# -- evidence --

_TRAIT = Shape[SharedTrait](
    "",
    "",
    {
        "trait": (word(EvidenceTrait), lambda each: each.trait.value),
        "value": (with_description(TEXT, "As the page writes it; may be empty."), lambda each: each.value),
        "sources": (array(KEY, "Those that have it in common."), lambda each: list(each.sources)),
    },
)
EVIDENCE_GROUP = Shape[EvidenceGroup](
    "EvidenceGroup",
    "Sources that are not independent of one another, and why.",
    {
        "sources": (array(KEY), lambda group: list(group.sources)),
        "citations": (array(KEY), lambda group: list(group.citations)),
        "traits": list_of(_TRAIT, lambda group: group.traits),
        "party": (
            nullable(with_description(KEY, "The backer of the position whose own word it is.")),
            lambda group: group.party or None,
        ),
    },
)
EVIDENCE = Shape[PositionEvidence](
    "Evidence",
    "The evidence cited for a position and its stances, counted by rule from the document alone.",
    {
        "strength": (word(EvidenceStrength), lambda each: each.strength.value),
        "independent": (
            with_description(COUNT, "The number of supporting groups that are not a backer's own word."),
            lambda each: len(each.independent),
        ),
        "bears_out_high": (
            with_description(YES, "Whether high confidence needs no reason besides."),
            lambda each: each.bears_out_high,
        ),
        "supporting": list_of(EVIDENCE_GROUP, lambda each: each.supporting),
        "contradicting": list_of(EVIDENCE_GROUP, lambda each: each.contradicting),
    },
)
