"""The state of an import of a repository that its parts share: its report, the commit at hand, what is on record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.utils import timezone

from controversies.document.types import Document
from controversies.history import Reading
from controversies.interchange.files import GuessedFact, InvalidFile
from controversies.interchange.guess_book import GuessBook

from .backer_files import BackerFiles, SharedRecord
from .history_walk import FileChange, HistoryWalk
from .page_finder import TrackedPage
from .report import SHORT, HistoryReport
from .repository import TooLarge


@dataclass(frozen=True, slots=True)
class PageEdit:
    """The change that a commit made to a page.

    `head` is the newest revision on record, `base` the document of the parent's file, and `document` that of the
    commit's, None where the file was deleted. `is_partial`: its front matter could not be read. `guesses` are about
    what is new, `explicit` the facts of backers and the topic that the file gives, by key.
    """

    page: TrackedPage
    change: FileChange
    head: Reading | None
    base: Document | None
    document: Document | None
    is_partial: bool = False
    guesses: tuple[GuessedFact, ...] = ()
    explicit: Mapping[str, frozenset[str]] = field(default_factory=dict)


class ImportContext:
    """The state of one import; `tell` is given a line for each revision."""

    def __init__(self, walk: HistoryWalk, tell: Callable[[str], None]) -> None:
        self.walk, self.repository, self.tell = walk, walk.repository, tell
        self.report = HistoryReport()
        self.now = timezone.now()
        self.commit = ""  # the one that is being read
        self.record = SharedRecord()
        self.actors = BackerFiles(self.repository, self.record, self.note_invalid, self.note_derived)
        self.guess_book = GuessBook()

    def fault(self, message: str) -> None:
        """Add a fault of the commit at hand to the report."""
        self.report.faults.setdefault(message, []).append(self.commit)

    def note_derived(self, path: str, notes: list[str]) -> None:
        """Add to the report the things that were derived of a file."""
        if notes:
            self.report.notes.append(f"{self.commit[:SHORT]} {path}: {'; '.join(notes)}.")

    def note_invalid(self, path: str, error: InvalidFile | TooLarge) -> None:
        """Add to the report the reasons why a file cannot be read."""
        for fault in [f"{path}: {error}"] if isinstance(error, TooLarge) else error.faults:
            self.fault(str(fault))
