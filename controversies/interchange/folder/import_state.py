"""The state of an import, and its report."""

from dataclasses import dataclass, field
from enum import StrEnum

from controversies.document.compare import Comparison

from ..files import Catalogue, FaultSample, FileFault, GuessedFact
from ..guess_book import GuessBook
from .corrections import Corrections


class ImportRefused(ValueError):
    """Files that were not imported, none of them; `faults` are the first reasons, each with its file and line.

    `count` is the number of all reasons in the files that were read, `unread` that of the files that were not: once
    there are as many reasons as are told, the others would only be counted.
    """

    def __init__(self, faults: FaultSample, unread: int = 0) -> None:
        self.faults = tuple(sorted(faults))
        self.count, self.unread = faults.count, unread
        super().__init__("\n".join(map(str, self.faults)))


class FileOutcome(StrEnum):
    """The outcome of one file."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class FileResult:
    """The outcome of one file; for a page that changed, the comparison and the number of its revision."""

    file: str
    name: str  # of the page or backer
    outcome: FileOutcome
    comparison: Comparison | None = None
    number: int | None = None


@dataclass(slots=True)
class ImportReport:
    """The outcome of all files, with notes for the operator."""

    pages: list[FileResult] = field(default_factory=list)
    backers: list[FileResult] = field(default_factory=list)
    guesses: list[GuessedFact] = field(default_factory=list)  # what nothing said of what is new
    earlier_guesses: list[GuessedFact] = field(
        default_factory=list
    )  # what earlier imports guessed, and nothing has said
    topics: list[str] = field(default_factory=list)  # titles of topics that were put right
    unknown_fields: set[str] = field(default_factory=set)  # names of fields that pages and backers lack
    others: list[str] = field(default_factory=list)  # titles of pages that show what was corrected
    notes: list[str] = field(default_factory=list)
    unattributed: list[str] = field(default_factory=list)  # titles of pages whose origin nobody has said


@dataclass(slots=True)
class ImportState:
    """The state of an import: the catalogue, faults, corrections, guesses and the report."""

    known: Catalogue
    faults: FaultSample = field(default_factory=FaultSample)
    report: ImportReport = field(default_factory=ImportReport)
    corrections: Corrections = field(default_factory=Corrections)
    guess_book: GuessBook = field(default_factory=GuessBook)
    unread: set[str] = field(
        default_factory=set
    )  # names of the files that were not read: too many had faults

    def is_hopeless(self, file: str) -> bool:
        """Whether so much was wrong before this file that it need not be read; it is noted then."""
        if self.faults.is_full:
            self.unread.add(file)
        return self.faults.is_full

    def fault(self, file: str, line: int, message: str) -> None:
        self.faults.add(FileFault(file, line, message))
