"""An edit with the changes that a person would name.

A change is a verb and a path, with the letters, numbers and slugs that a reader sees on the page before the edit
(a new position or point has a plus and its letter or number on the page after it):

    changed A/argument              moved D                         added A/sources/kaplan-2020
    changed A/stances/2/text        removed A/backers/meta-ai       moved A/sources/kaplan-2020 -> B
    changed head/status             added +E                        changed sources/kaplan-2020/title
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from controversies.document.types import Document


@dataclass(frozen=True)
class LabelledEdit:
    """Two documents, and what a person says happened between them.

    `readings` are ways to tell it that are equally good: each is a set of changes. A change that begins with “?” may
    be left out. `classes` are the sets of classes that a person would give. `prose` says how a text changed, by path:
    words of `typo`, `wording`, `rewritten`, `split`, `joined`, `moved`.
    """

    kind: str
    name: str
    old: Document | None
    new: Document
    readings: tuple[tuple[str, ...], ...]
    classes: tuple[frozenset[str], ...]
    prose: dict[str, str] = field(default_factory=dict)

    @property
    def is_substantive(self) -> bool:
        """Whether every reader would call the change substantive."""
        return all("substantive" in each for each in self.classes)


@dataclass(frozen=True)
class Match:
    """How a told list of changes compares with the labels: each is a list of changes."""

    right: tuple[str, ...]
    false: tuple[str, ...]
    missed: tuple[str, ...]


def match(edit: LabelledEdit, reported: Iterable[str]) -> Match:
    """Compare what was reported with the reading of the edit that fits best."""
    given = Counter(reported)
    return min(
        (_match(reading, given) for reading in edit.readings),
        key=lambda found: len(found.false) + len(found.missed),
    )


def _match(reading: tuple[str, ...], given: Counter[str]) -> Match:
    needed = Counter(each for each in reading if not each.startswith("?"))
    allowed = Counter(each.removeprefix("?").strip() for each in reading if each.startswith("?"))
    right = needed & given
    false = given - needed - allowed
    return Match(tuple(right.elements()), tuple(false.elements()), tuple((needed - given).elements()))


def class_sets(text: str) -> tuple[frozenset[str], ...]:
    """The sets of classes in “source | source wording”; “-” is none."""
    return tuple(frozenset(each.split()) - {"-"} for each in text.split("|"))
