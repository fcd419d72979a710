"""The charts of one page, from its document and what the record has of its confidence: pure functions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.document.types import Document, Position, citations_of, label
from controversies.history.confidence import ConfidenceRecord
from controversies.models import Relation

from .charts import Chart, ChartCredit, digits
from .matrix import Mark, MatrixChart, MatrixColumn, MatrixMark, MatrixRow
from .steps import ConfidenceStep, PositionLine, StepChart

CONFIDENCE, EVIDENCE, STANCES = "confidence", "evidence", "stances"
NAMES = (CONFIDENCE, EVIDENCE, STANCES)  # of a page's charts, in the order in which they are shown

type AnchorOf = Callable[[str, str], str]  # the address of a block, by the name of its type and its key


def confidence_chart(
    document: Document, record: ConfidenceRecord, credit: ChartCredit, address: AnchorOf
) -> StepChart:
    """Return the confidence of each position over time."""
    lines = tuple(
        PositionLine(
            label(i),
            position.claim,
            address("position", position.key),
            tuple(
                ConfidenceStep(each.number, each.time, each.value)
                for each in record.changes.get(position.key, ())
            ),
        )
        for i, position in enumerate(document.positions)
    )
    return StepChart(_("Confidence over time"), credit, lines, record.until, record.since)


_MARKS = {
    Relation.SUPPORTS: Mark.SUPPORTS,
    Relation.CONTRADICTS: Mark.CONTRADICTS,
    Relation.CONTEXT: Mark.CONTEXT,
}


def evidence_chart(document: Document, credit: ChartCredit, address: AnchorOf) -> MatrixChart:
    """Return the sources × positions with how each bears on each: what several share first, then what one has alone.

    Evidence that somebody holds a position says nothing of whether it is right, and is left out; so is what is cited
    for the context and for points.
    """
    marks = _evidence_marks(document)
    cited = {source: sorted({place for key, place in marks if key == source}) for source, _place in marks}
    of_group = {
        source: (len(places) == 1, places[0] if len(places) == 1 else -len(places))
        for source, places in cited.items()
    }
    numbers = document.source_numbers
    order = sorted(cited, key=lambda source: (*of_group[source], numbers[source]))
    counts: dict[int, int] = {}
    for source in order:
        alone = cited[source][0] if len(cited[source]) == 1 else -1
        counts[alone] = counts.get(alone, 0) + 1
    rows = []
    for source in order:
        alone = cited[source][0] if len(cited[source]) == 1 else -1
        block: Any = document.by_key[source]
        rows.append(
            MatrixRow(
                block.title,
                address("source", block.slug),
                f"[{numbers[source]}]",
                _group(alone, counts[alone]),
            )
        )
    elsewhere = len(document.sources) - len(cited)
    notes = []
    if elsewhere:
        notes.append(
            ngettext(
                "%(n)s source is cited only for the context, for points or for who holds a position.",
                "%(n)s sources are cited only for the context, for points or for who holds a position.",
                elsewhere,
            )
            % {"n": digits(elsewhere)}
        )
    places = {source: i for i, source in enumerate(order)}
    shared = counts.get(-1, 0)
    return MatrixChart(
        _("Evidence by position"),
        credit,
        _("Source"),
        _position_columns(document, address),
        tuple(rows),
        {(places[source], at): each for (source, at), each in marks.items()},
        {
            Mark.SUPPORTS: str(Relation.SUPPORTS.label),
            Mark.CONTRADICTS: str(Relation.CONTRADICTS.label),
            Mark.CONTEXT: str(Relation.CONTEXT.label),
        },
        ("source", "position", "relation", "quotes"),
        tuple(notes),
        _("%(shared)s of %(all)s sources are cited for more than one position.")
        % {"shared": digits(shared), "all": digits(len(order))},
    )


def _group(alone: int, count: int) -> str:
    """Return the heading of the sources that one position has alone, or that several share (-1)."""
    if alone < 0:
        return _("Cited for several positions (%(n)s)") % {"n": digits(count)}
    return _("Cited for position %(label)s alone (%(n)s)") % {"label": label(alone), "n": digits(count)}


def _evidence_marks(document: Document) -> dict[tuple[str, int], tuple[MatrixMark, ...]]:
    """Return how each source bears on each position, by the source's key and the position's place."""
    relations: dict[tuple[str, int], dict[str, int]] = {}
    for place, position in enumerate(document.positions):
        for citation in _evidence_of(position):
            quotes = relations.setdefault((citation.source, place), {})
            quotes[citation.relation] = quotes.get(citation.relation, 0) + bool(citation.quote)
    return {
        where: tuple(MatrixMark(_MARKS[each], note=str(quotes[each])) for each in Relation if each in quotes)
        for where, quotes in relations.items()
    }


def _evidence_of(position: Position) -> Sequence[Any]:
    return [*position.citations, *(each for stance in position.stances for each in citations_of(stance))]


def stances_chart(document: Document, credit: ChartCredit, address: AnchorOf) -> MatrixChart:
    """Return the positions × points: a tile where a position takes a stance, a dashed line where none is recorded."""
    places = {point.key: i for i, point in enumerate(document.points)}
    marks: dict[tuple[int, int], tuple[MatrixMark, ...]] = {}
    for row, position in enumerate(document.positions):
        for stance in position.stances:
            if stance.point in places:
                marks[row, places[stance.point]] = (MatrixMark(Mark.TILE, note=stance.text),)
    cells = len(document.points) * len(document.positions)
    return MatrixChart(
        _("Who says something on each point"),
        credit,
        _("Position"),
        tuple(
            MatrixColumn(str(i), point.title, address("point", point.key))
            for i, point in enumerate(document.points, 1)
        ),
        tuple(
            MatrixRow(position.claim, address("position", position.key), label(i), is_tile=True)
            for i, position in enumerate(document.positions)
        ),
        marks,
        {Mark.TILE: _("A stance is recorded"), Mark.SILENT: _("No stance recorded")},
        ("position", "point", "mark", "stance"),
        summary=_("%(n)s of %(all)s possible stances are recorded.")
        % {"n": digits(len(marks)), "all": digits(cells)},
        silent=True,
    )


def _position_columns(document: Document, address: AnchorOf) -> tuple[MatrixColumn, ...]:
    return tuple(
        MatrixColumn(label(i), position.claim, address("position", position.key), is_tile=True)
        for i, position in enumerate(document.positions)
    )


def page_charts(
    document: Document, record: ConfidenceRecord, credit: ChartCredit, address: AnchorOf
) -> Mapping[str, Chart]:
    """Return all charts of a page by name."""
    return {
        CONFIDENCE: confidence_chart(document, record, credit, address),
        EVIDENCE: evidence_chart(document, credit, address),
        STANCES: stances_chart(document, credit, address),
    }


def telling(charts: Mapping[str, Chart]) -> dict[str, Chart]:
    """Return the charts that a page itself shows: of confidence that has changed, and of evidence to compare."""
    confidence, evidence = charts[CONFIDENCE], charts[EVIDENCE]
    shown: dict[str, Chart] = {}
    if isinstance(confidence, StepChart) and any(len(line.steps) > 1 for line in confidence.lines):
        shown[CONFIDENCE] = confidence
    if isinstance(evidence, MatrixChart) and not evidence.is_empty and len(evidence.columns) > 1:
        shown[EVIDENCE] = evidence
    return shown
