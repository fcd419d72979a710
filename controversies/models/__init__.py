"""The database's models: rows, choices, constraints. Import them from here only; the modules are split by noun."""

from .arrival import Arrival
from .backer import Backer, Backing
from .blame import Blame, GoneText, Origin
from .choices import (
    BackerKind,
    ChangeClass,
    Confidence,
    LeafKind,
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
from .git_import import GitImportCursor
from .guess import Guess
from .imported_file import ImportedFile
from .listed_period import ListedPeriod
from .owners import OWNERS, on_pages, page_of, page_paths
from .presence import Presence
from .proposal import Preference, Proposal
from .redaction import DigestReplacement, Redaction, RedactionRequest
from .revision import Block, Revision, UnrecordedChange
from .search_index import SearchIndex
from .source import CITABLE, Citation, Source
from .suggestion import Suggestion
from .topic import Topic
from .transparency import Checkpoint, Leaf, Log, TreeHash

__all__ = [
    "CITABLE",
    "OWNERS",
    "Arrival",
    "Backer",
    "BackerKind",
    "Backing",
    "Blame",
    "Block",
    "ChangeClass",
    "Checkpoint",
    "Citation",
    "Confidence",
    "ContestedPoint",
    "Controversy",
    "DigestReplacement",
    "GitImportCursor",
    "GoneText",
    "Guess",
    "ImportedFile",
    "Leaf",
    "LeafKind",
    "ListedPeriod",
    "Log",
    "Origin",
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
    "SearchIndex",
    "Source",
    "SourceKind",
    "Stance",
    "Status",
    "Suggestion",
    "SuggestionState",
    "Topic",
    "TreeHash",
    "UnrecordedChange",
    "on_pages",
    "page_of",
    "page_paths",
    "stance_key",
]
