"""Say in words what the evidence cited for a position amounts to, with the trace that leads there.

The same words stand on today's page, on old revisions and at the desk. What is known of the sources now is said apart,
and only on today's page.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy, ngettext

from controversies.checks.digests import quote_digest
from controversies.checks.display import ShownCheck
from controversies.document import labels
from controversies.document.evidence import EvidenceGroup, SharedTrait, position_evidence
from controversies.document.evidence_words import summary
from controversies.document.types import Citation, Document, Position, citations_of
from controversies.models import EvidenceTrait

_REASONS: Final = {
    EvidenceTrait.WORK: gettext_lazy("They are the same work."),
    EvidenceTrait.ORIGIN: gettext_lazy("They repeat the same work, “%(value)s”."),
    EvidenceTrait.TITLE: gettext_lazy("They have the same title."),
    EvidenceTrait.AUTHORS: gettext_lazy("They have the same authors, %(value)s."),
    EvidenceTrait.AUTHOR: gettext_lazy("They have an author in common, %(value)s, and similar titles."),
    EvidenceTrait.PUBLISHER: gettext_lazy("They have the same publisher, %(value)s."),
    EvidenceTrait.SITE: gettext_lazy("They are on the same site, %(value)s."),
}


@dataclass(frozen=True, slots=True)
class SourceReference:
    """A source by its number on the page, and the anchor of a citation of it, "" where there is none to lead to."""

    number: int
    anchor: str


@dataclass(frozen=True, slots=True)
class EvidenceReason:
    """A reason why sources are not independent; `references` where it is true of some of the group only."""

    text: str
    references: tuple[SourceReference, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidenceGroupView:
    """A group of sources; `party` names the backer whose own word it is."""

    references: tuple[SourceReference, ...]
    reasons: tuple[EvidenceReason, ...] = ()
    party: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """The evidence for a position: a summary in sentences, its groups, and what is known of the sources by now."""

    summary: str
    supporting: tuple[EvidenceGroupView, ...] = ()
    contradicting: tuple[EvidenceGroupView, ...] = ()
    known_now: str = ""

    @property
    def has_trace(self) -> bool:
        return bool(self.supporting or self.contradicting)

    @property
    def connected(self) -> tuple[EvidenceGroupView, ...]:
        """The supporting groups of which there is something to say."""
        return tuple(group for group in self.supporting if group.reasons or group.party)

    @property
    def unconnected(self) -> tuple[SourceReference, ...]:
        """The supporting sources that stand by themselves."""
        return tuple(
            reference
            for group in self.supporting
            if not group.reasons and not group.party
            for reference in group.references
        )


def evidence_view(
    document: Document,
    position: Position,
    anchors: Callable[[str], str],
    checks: Mapping[tuple[str, str], ShownCheck] | None = None,
) -> EvidenceView:
    """Return what a page shows of a position's evidence. `anchors` gives that of a citation, by its key."""
    cited = position_evidence(document, position)
    citations = {each.key: each for each in citations_of(position)}
    numbers = document.source_numbers
    first: dict[str, str] = {}
    for group in (*cited.supporting, *cited.contradicting):
        for key in group.citations:
            first.setdefault(citations[key].source, anchors(key))

    def reference(key: str) -> SourceReference:
        return SourceReference(numbers[key], first.get(key, ""))

    def view(group: EvidenceGroup) -> EvidenceGroupView:
        return EvidenceGroupView(
            tuple(map(reference, group.sources)),
            tuple(_reason(each, group, reference) for each in group.traits),
            document.by_key[group.party].display_name if group.party else "",
        )

    return EvidenceView(
        summary(cited),
        tuple(map(view, cited.supporting)),
        tuple(map(view, cited.contradicting)),
        _known_now([citations[key] for group in cited.supporting for key in group.citations], checks or {}),
    )


def _reason(
    shared: SharedTrait, group: EvidenceGroup, reference: Callable[[str], SourceReference]
) -> EvidenceReason:
    text = str(_REASONS[shared.trait]) % {"value": shared.value}
    is_of_all = shared.sources == group.sources
    return EvidenceReason(text, () if is_of_all else tuple(map(reference, shared.sources)))


def _known_now(supporting: Iterable[Citation], checks: Mapping[tuple[str, str], ShownCheck]) -> str:
    """Return sentences on sources that have been taken back and quotations that are gone; "" without any."""
    taken_back: set[str] = set()
    lost: set[str] = set()
    for citation in supporting:
        check = checks.get((citation.source, quote_digest(citation.quote)))
        if check is not None and check.loud:
            taken_back.add(citation.source)
        if check is not None and check.quote == "lost":
            lost.add(citation.key)
    sentences = []
    if taken_back:
        text = ngettext(
            "One of these sources has been taken back since.",
            "%(n)s of these sources have been taken back since.",
            len(taken_back),
        )
        sentences.append(text % {"n": labels.number(len(taken_back))})
    if lost:
        text = ngettext(
            "One quotation can no longer be found in its source.",
            "%(n)s quotations can no longer be found in their sources.",
            len(lost),
        )
        sentences.append(text % {"n": labels.number(len(lost))})
    return " ".join(map(labels.capital, sentences))
