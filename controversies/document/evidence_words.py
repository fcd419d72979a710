"""Say in sentences what the evidence cited for a position amounts to, and ask why confidence is high in spite of it."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext

from . import labels
from .evidence import PositionEvidence, position_evidence, unexplained_positions
from .parse import Fault
from .types import Document, label


def reason_faults(document: Document, *known: Document) -> list[Fault]:
    """Return a question for each position that needs a reason for high confidence, at its field.

    `known` are documents on record: a position that is the same in one of them is not asked about.
    """
    return [
        Fault(
            f"positions[{index}].confidence_reason",
            _(
                "%(evidence)s Why is the confidence high all the same? Give the reason here, or choose another "
                "confidence."
            )
            % {"evidence": summary(position_evidence(document, document.positions[index]))},
        )
        for index in unexplained_positions(document, *known)
    ]


def reason_warnings(document: Document, *known: Document) -> list[str]:
    """Return the same as warnings, for texts and files, whose authors are not there to be asked."""
    return [
        _("Position %(label)s: %(evidence)s Its confidence is high, but no reason is given.")
        % {
            "label": label(index),
            "evidence": summary(position_evidence(document, document.positions[index])),
        }
        for index in unexplained_positions(document, *known)
    ]


def summary(cited: PositionEvidence) -> str:
    """Return the evidence in sentences: how many sources, how many are independent, and what speaks against it."""
    return " ".join((_support(cited), *_own_words(cited), *_contradiction(cited)))


def _support(cited: PositionEvidence) -> str:
    sources, groups = cited.supporting_sources, len(cited.supporting)
    values = {"sources": labels.number(sources), "groups": labels.number(groups)}
    if not sources:
        return _("No source is cited as evidence for this position.")
    is_whole = len(cited.independent) == groups
    if groups == sources and is_whole:
        text = npgettext(
            "sources that are independent of one another",
            "Evidence cited: %(sources)s source.",
            "Evidence cited: %(sources)s independent sources.",
            sources,
        )
    elif groups == sources:
        text = ngettext(
            "Evidence cited: %(sources)s source.", "Evidence cited: %(sources)s sources.", sources
        )
    elif is_whole:
        text = ngettext(
            "Evidence cited: %(sources)s sources that are not independent.",
            "Evidence cited: %(sources)s sources in %(groups)s independent groups.",
            groups,
        )
    else:
        text = ngettext(
            "Evidence cited: %(sources)s sources in one group.",
            "Evidence cited: %(sources)s sources in %(groups)s groups.",
            groups,
        )
    return text % values


def _own_words(cited: PositionEvidence) -> list[str]:
    own, groups = len(cited.supporting) - len(cited.independent), len(cited.supporting)
    if not own:
        return []
    if own == groups:
        return [_("It is only the word of those who hold the position.")]
    if groups == cited.supporting_sources:
        text = ngettext("One of them is the word of a backer.", "%(n)s of them are the word of backers.", own)
    else:
        text = ngettext(
            "One of the groups is the word of a backer.", "%(n)s of the groups are the word of backers.", own
        )
    return [labels.capital(text % {"n": labels.number(own)})]


def _contradiction(cited: PositionEvidence) -> list[str]:
    against = cited.contradicting_sources
    if not against:
        return []
    text = ngettext("One source contradicts it.", "%(n)s sources contradict it.", against)
    return [labels.capital(text % {"n": labels.number(against)})]
