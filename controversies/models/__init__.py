"""What is stored. Import models from here only; the modules are split by noun."""

from .arrival import Arrival
from .backer import Backer, Backing
from .choices import (
    BackerKind,
    ChangeClass,
    Confidence,
    PointKind,
    Polarity,
    ProposalState,
    Publication,
    RedactedPart,
    RedactionGround,
    RedactionOffice,
    RedactionState,
    Relation,
    SourceKind,
    Status,
    SuggestionState,
)
from .controversy import ContestedPoint, Controversy, Position, Stance, stance_key
from .guess import Guess
from .imported import Imported
from .owners import OWNERS, on_pages, page_of, page_paths
from .presence import Presence
from .proposal import Preference, Proposal
from .redaction import Redaction, RedactionRequest
from .revision import Block, Revision, Touched
from .source import CITABLE, Citation, Source
from .suggestion import Suggestion
from .taken import TakenOver
from .topic import Topic
from .words import Words

__all__ = [
    "CITABLE",
    "OWNERS",
    "Arrival",
    "Backer",
    "BackerKind",
    "Backing",
    "Block",
    "ChangeClass",
    "Citation",
    "Confidence",
    "ContestedPoint",
    "Controversy",
    "Guess",
    "Imported",
    "PointKind",
    "Polarity",
    "Position",
    "Preference",
    "Presence",
    "Proposal",
    "ProposalState",
    "Publication",
    "RedactedPart",
    "Redaction",
    "RedactionGround",
    "RedactionOffice",
    "RedactionRequest",
    "RedactionState",
    "Relation",
    "Revision",
    "Source",
    "SourceKind",
    "Stance",
    "Status",
    "Suggestion",
    "SuggestionState",
    "TakenOver",
    "Topic",
    "Touched",
    "Words",
    "on_pages",
    "page_of",
    "page_paths",
    "stance_key",
]
