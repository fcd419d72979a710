"""The report of an import of a repository, and its texts."""

import datetime
from collections import Counter
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from controversies.interchange import word_diff
from controversies.interchange.files import GuessedFact

SHORT = 10  # characters of a commit's id, as people are told it


@dataclass
class HistoryReport:
    """The outcome of an import. `faults` and `refused` are the reasons why nothing was recorded."""

    pages: set[str] = field(default_factory=set)  # keys of those that have new revisions
    commits: int = 0  # that changed a page or who holds positions
    revisions: int = 0
    known: int = 0  # commits that were on record already
    as_before: int = 0  # of exported revisions, those with the same document as they had
    otherwise: int = 0  # … and those with another
    faults: dict[str, list[str]] = field(default_factory=dict)  # the commits of each
    refused: list[str] = field(default_factory=list)
    unattributed: list[str] = field(default_factory=list)  # titles of pages whose origin nobody has said
    guesses: list[GuessedFact] = field(default_factory=list)  # what nothing said of what is new
    unknown_fields: set[str] = field(default_factory=set)  # names of fields that pages and backers lack
    earlier_guesses: list[GuessedFact] = field(default_factory=list)  # what earlier imports guessed
    notes: list[str] = field(
        default_factory=list
    )  # what was derived, moved or cut, a line for each commit and page


def summary_of(faults: dict[str, list[str]]) -> list[str]:
    """A line for each fault, with the commit that it began with and how many more have it."""
    lines = []
    for words, commits in faults.items():
        counted = Counter(commits)
        more = len(counted) - 1
        behind = " " + _("(and in %s later ones)") % more if more else ""
        lines.append(f"{commits[0][:SHORT]} {words}{behind}")
    return lines


def one_line(value: object, was: object) -> str:
    """Return a value of something shared; of a long text, what differs from how it was."""
    text, before = (", ".join(each) if isinstance(each, tuple) else str(each) for each in (value, was))
    return text if word_diff.is_short(text) else word_diff.difference(before, text)


def minute(time: datetime.datetime) -> str:
    """Return a time to the minute, for reports."""
    return f"{time.astimezone(datetime.UTC):%Y-%m-%d %H:%M} UTC"
