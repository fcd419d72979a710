"""The database's models: rows, choices, constraints. Import them from here only; the modules are split by noun."""

from .arrival import Arrival
from .backer import Backer, Backing
from .blame import Blame, GoneText, Origin
from .checks import (
    CheckWorker,
    CitationTask,
    FetchHost,
    PageChecks,
    QuoteCheck,
    SnapshotRequest,
    SourceCheck,
    SourceCopy,
    SourceLookup,
    SourceState,
    ToldChecks,
    UncopiedSource,
    WorkNotice,
)
from .choices import (
    BackerKind,
    ChangeClass,
    Confidence,
    DigestPace,
    EvidenceStrength,
    EvidenceTrait,
    FetchResult,
    HeldBy,
    LeafKind,
    MailKind,
    MailPace,
    NoticeKind,
    PointKind,
    Polarity,
    ProposalState,
    Publication,
    QuoteVerdict,
    RedactedPart,
    RedactionGround,
    RedactionOffice,
    RedactionState,
    Relation,
    SiteTextName,
    SourceKind,
    SourceVerdict,
    Status,
    SubjectType,
    SuggestionState,
    TaskCause,
    TaskState,
    TitleMatch,
)
from .controversy import ContestedPoint, Controversy, Position, Stance, stance_key
from .earlier_text import EarlierText, EarlierTextCursor, EarlierTextProgress, EarlierWord
from .git_import import GitImportCursor
from .guess import Guess
from .imported_file import ImportedFile
from .listed_name import ListedName
from .listed_page import ListedPage
from .listed_period import ListedPeriod
from .login import KnownDevice, LoginThrottle
from .mail_notice import MailNotice
from .merger import FormerAddress, Merger
from .owners import OWNERS, on_pages, page_of, page_paths
from .page_upkeep import NEVER, REVIEW_EVERY, PageUpkeep
from .presence import Presence
from .proposal import Preference, Proposal
from .public_change import PublicChange
from .public_use import PageUse, PublicUse
from .purge import PurgeState
from .put_off_revision import PutOffRevision
from .redaction import DigestReplacement, Redaction, RedactionRequest
from .revision import Block, Revision, UnrecordedChange
from .rights import Invitation, RightsChange, RoleScope, former_topics
from .search_index import SearchBlock, SearchIndex, SearchTerm, SearchWord
from .second_factor import SecondFactorDeadline
from .site_text import EditorListing, SiteText
from .source import CITABLE, SOURCE_KEYS, Citation, Source
from .subscription import Subscription
from .suggestion import Suggestion
from .topic import Topic
from .transparency import Checkpoint, Leaf, Log, TreeHash
from .use_change import UseChange

__all__ = [
    "CITABLE",
    "NEVER",
    "OWNERS",
    "REVIEW_EVERY",
    "SOURCE_KEYS",
    "Arrival",
    "Backer",
    "BackerKind",
    "Backing",
    "Blame",
    "Block",
    "ChangeClass",
    "CheckWorker",
    "Checkpoint",
    "Citation",
    "CitationTask",
    "Confidence",
    "ContestedPoint",
    "Controversy",
    "DigestPace",
    "DigestReplacement",
    "EarlierText",
    "EarlierTextCursor",
    "EarlierTextProgress",
    "EarlierWord",
    "EditorListing",
    "EvidenceStrength",
    "EvidenceTrait",
    "FetchHost",
    "FetchResult",
    "FormerAddress",
    "GitImportCursor",
    "GoneText",
    "Guess",
    "HeldBy",
    "ImportedFile",
    "Invitation",
    "KnownDevice",
    "Leaf",
    "LeafKind",
    "ListedName",
    "ListedPage",
    "ListedPeriod",
    "Log",
    "LoginThrottle",
    "MailKind",
    "MailNotice",
    "MailPace",
    "Merger",
    "NoticeKind",
    "Origin",
    "PageChecks",
    "PageUpkeep",
    "PageUse",
    "PointKind",
    "Polarity",
    "Position",
    "Preference",
    "Presence",
    "Proposal",
    "ProposalState",
    "PublicChange",
    "PublicUse",
    "Publication",
    "PurgeState",
    "PutOffRevision",
    "QuoteCheck",
    "QuoteVerdict",
    "RedactedPart",
    "Redaction",
    "RedactionGround",
    "RedactionOffice",
    "RedactionRequest",
    "RedactionState",
    "Relation",
    "Revision",
    "RightsChange",
    "RoleScope",
    "SearchBlock",
    "SearchIndex",
    "SearchTerm",
    "SearchWord",
    "SecondFactorDeadline",
    "SiteText",
    "SiteTextName",
    "SnapshotRequest",
    "Source",
    "SourceCheck",
    "SourceCopy",
    "SourceKind",
    "SourceLookup",
    "SourceState",
    "SourceVerdict",
    "Stance",
    "Status",
    "SubjectType",
    "Subscription",
    "Suggestion",
    "SuggestionState",
    "TaskCause",
    "TaskState",
    "TitleMatch",
    "ToldChecks",
    "Topic",
    "TreeHash",
    "UncopiedSource",
    "UnrecordedChange",
    "UseChange",
    "WorkNotice",
    "former_topics",
    "on_pages",
    "page_of",
    "page_paths",
    "stance_key",
]
