"""Faults of files, with the line of each."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

MOST_GUESSES = (
    100  # faults of a file after which it is no longer looked for what was meant: that takes its time
)


@dataclass(frozen=True, slots=True, order=True)
class FileFault:
    """A fault on one line of a file, counted from 1; the message names the remedy."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class InvalidFile(ValueError):
    """A file that cannot be read; `faults` are all of them, in the order of its lines."""

    def __init__(self, faults: Iterable[FileFault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


class FaultSample:
    """The first faults of an import, and the number of all: a bad archive can have millions."""

    LIMIT = 100

    def __init__(self, faults: Iterable[FileFault] = ()) -> None:
        self.items: list[FileFault] = []
        self.count = 0
        self.extend(faults)

    def add(self, fault: FileFault) -> None:
        if fault in self.items:
            return
        self.count += 1
        if len(self.items) < self.LIMIT:
            self.items.append(fault)

    def extend(self, faults: Iterable[FileFault]) -> None:
        """Add faults, or those of another sample with the number of all of its."""
        if isinstance(faults, FaultSample):
            self.count += faults.count - len(faults.items)
        for fault in faults:
            self.add(fault)

    @property
    def is_full(self) -> bool:
        """Whether no other fault is kept, so that looking for more would only count them."""
        return len(self.items) >= self.LIMIT

    def __iter__(self) -> Iterator[FileFault]:
        return iter(self.items)

    def __bool__(self) -> bool:
        return self.count > 0


class FaultList:
    """The faults of one file so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.items: list[FileFault] = []

    def add(self, line: int, message: str) -> None:
        self.items.append(FileFault(self.file, line, message))

    def raise_any(self) -> None:
        """Raise InvalidFile if there are any."""
        if self.items:
            raise InvalidFile(self.items)


def nearest(word: str, offered: Iterable[str]) -> str:
    """Return the offered word that was probably meant, or ""."""
    matches = difflib.get_close_matches(word.lower()[:100], list(offered), n=1, cutoff=0.6)
    return matches[0] if matches else ""


def did_you_mean(word: str, offered: Iterable[str]) -> str:
    """A sentence that names what was probably meant, with a space before it, or ""."""
    match = nearest(word, offered)
    return " " + _("Did you mean “%s”?") % match if match else ""
