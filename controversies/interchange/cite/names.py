"""Splits the authors of a source into people and organisations.

Sources name their authors in words ("Sayash Kapoor, Rishi Bommasani and others"), reference managers want a
family name apart. A name is split only where the text leaves little doubt; whatever else it says is kept whole,
as an organisation's name is, for a name that is not split can still be cited and one that is split wrong cannot.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from controversies.document.types import Backer
from controversies.models import BackerKind

_LONGEST = 15  # words of a name on record


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name in its parts, or, with `whole` alone, a name that has none."""

    whole: str = ""
    family: str = ""  # with "van", "de" and the like before it
    given_name: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Names, case folded, that are on record as those of people and as those of others."""

    people: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()


def name_index(backers: Iterable[Backer]) -> NameIndex:
    """Return the names and aliases of these backers, apart for people and others."""
    names: dict[bool, set[str]] = {True: set(), False: set()}
    for backer in backers:
        names[backer.kind == BackerKind.PERSON] |= {
            name.casefold() for name in (backer.name, *backer.aliases)
        }
    return NameIndex(frozenset(names[True] - names[False]), frozenset(names[False] - names[True]))


def possible_names(authors: str) -> list[str]:
    """Return all that may be a name on record within a source's `authors`: its runs of words, in small letters too."""
    words = authors.split()
    runs = {
        " ".join(words[start:end]).strip(" ,;")
        for start in range(len(words))
        for end in range(start + 1, min(start + _LONGEST, len(words)) + 1)
    }
    return sorted(runs | {run.lower() for run in runs})


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_AND_OTHERS = re.compile(r"[\s,;]*(?:(?:\band|&)\s+others|\bet\s+al\.?|\bu\.\s?a\.)\s*$", re.IGNORECASE)
_COMMAS = re.compile(r"\s*,\s*(?:and\s+|&\s*)?|\s+(?:and|&)\s+")
_SEMICOLONS = re.compile(r"\s*;\s*(?:and\s+|&\s*)?")
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|II|III|IV")
_INITIALS = re.compile(r"(?:[^\W\d_]\.(?:[\s-]*(?=[^\W\d_]\.)|$))+")
_PARTICLES = _words(
    "van von der den de del della di da dos das du la le los las ten ter zu zur af av al el bin ibn ben wa y e"
)
# A capital inside a word is a person's only after one of these, as in McCandlish, LeCun or O'Neil.
_BEFORE_CAPITAL = re.compile(r"Mc|Mac|Le|La|De[lr]?|D[uia]|Van(?:der)?|Von|Fitz|St|O['’]|D['’]|L['’]")
_OF_ORGANISATIONS = _words(
    "academy administration agency alliance assembly association authority bank board bureau center centre"
    " chamber coalition college commission committee company congress consortium consulate corporation council"
    " court department directorate embassy federation forum foundation fund government group inc initiative"
    " institute institution lab laboratories laboratory labs league library limited llc ltd ministry museum"
    " network observatory office organisation organization parliament partnership party platforms press project"
    " research school senate service services society studies task team technologies trust union university"
)
_MOST_WORDS = 6  # of a person's name


def split(text: str, on_record: NameIndex) -> tuple[tuple[Name, ...], bool]:
    """Return the names in a source's `authors`, and whether it mentions others besides."""
    text = " ".join(text.split())
    if not text:
        return (), False
    shorter = _AND_OTHERS.sub("", text)
    others = bool(shorter) and shorter != text
    text = shorter or text
    if text.casefold() in on_record.others:
        return (Name(whole=text),), others
    return _several(text, on_record) or (_one(text, on_record),), others


def _several(text: str, on_record: NameIndex) -> tuple[Name, ...]:
    """The names that the text separates, or () where it is not sure that it separates any."""
    if ";" in text:
        parts = [part for part in _SEMICOLONS.split(text) if part]
        return tuple(_family_first_name(part) or _one(part, on_record) for part in parts)
    reversed_names = _all_family_first(text)
    if reversed_names:
        return reversed_names
    parts = _with_suffixes([part for part in _COMMAS.split(text) if part])
    names = [_one(part, on_record) for part in parts]
    if len(names) > 1 and any(name.family for name in names) and all(map(_is_sure, names)):
        return tuple(names)
    return ()


def _is_sure(name: Name) -> bool:
    """Whether this is a person's name, or one word alone, as organisations among people often are."""
    return bool(name.family) or (" " not in name.whole and "." not in name.whole and name.whole.isprintable())


def _with_suffixes(parts: list[str]) -> list[str]:
    joined: list[str] = []
    for part in parts:
        if joined and _SUFFIX.fullmatch(part):
            joined[-1] += f" {part}"
        else:
            joined.append(part)
    return joined


def _all_family_first(text: str) -> tuple[Name, ...]:
    """Names that are all written family name first, with initials: "Kapoor, S., & Bommasani, R."."""
    parts = [part for part in _COMMAS.split(text) if part]
    pairs = list(zip(parts[::2], parts[1::2], strict=False))
    if len(parts) % 2 or not all(
        _INITIALS.fullmatch(given_name) and _is_family(family) for family, given_name in pairs
    ):
        return _single_family_first(parts) if len(parts) == 2 and "," in text else ()  # noqa: PLR2004 - a pair
    return tuple(Name(family=family, given_name=given_name) for family, given_name in pairs)


def _single_family_first(parts: list[str]) -> tuple[Name, ...]:
    """One name, family name first, where an initial gives it away: "Lemley, Mark A."."""
    family, given_name = parts
    words = given_name.split()
    initials = [word for word in words if _INITIALS.fullmatch(word)]
    if initials and " " not in family and _is_family(family) and all(map(_is_name_word, words)):
        return (Name(family=family, given_name=given_name),)
    return ()


def _family_first_name(part: str) -> Name | None:
    """A name written family name first between semicolons: "Kapoor, Sayash"."""
    family, comma, given_name = part.partition(",")
    family, given_name = family.strip(), given_name.strip()
    if comma and "," not in given_name and _is_family(family) and all(map(_is_name_word, given_name.split())):
        return Name(family=family, given_name=given_name) if given_name else None
    return None


def _is_family(text: str) -> bool:
    words = text.split()
    return bool(words) and all(word in _PARTICLES or _is_name_word(word) for word in words) and _ends(words)


def _ends(words: list[str]) -> bool:
    return words[-1] not in _PARTICLES and not _INITIALS.fullmatch(words[-1])


def _one(text: str, on_record: NameIndex) -> Name:
    """The name of one person, or of whatever else it is."""
    folded = text.casefold()
    words = text.split()
    suffix = words.pop() if len(words) > 2 and _SUFFIX.fullmatch(words[-1]) else ""  # noqa: PLR2004 - of two
    is_person = folded in on_record.people or _is_person(words)
    if folded in on_record.others or not is_person or len(words) == 1:
        return Name(whole=text)
    start = next((i for i, word in enumerate(words) if i and word in _PARTICLES), len(words) - 1)
    return Name(family=" ".join(words[start:]), given_name=" ".join(words[:start]), suffix=suffix)


def _is_person(words: list[str]) -> bool:
    return (
        1 < len(words) <= _MOST_WORDS
        and not any(word.casefold().strip(".") in _OF_ORGANISATIONS for word in words)
        and words[0] not in ("The", "A", "An")
        and all(word in _PARTICLES or _is_name_word(word) for word in words)
        and words[0] not in _PARTICLES
        and _ends(words)
    )


def _is_name_word(word: str) -> bool:
    """Whether a person's name could have this word: Kapoor, A., J.-P., McCandlish, O'Neil, Smith-Jones."""
    if _INITIALS.fullmatch(word):
        return word[0].isupper()
    for piece in re.split(r"[-‐‑]", word):
        before = _BEFORE_CAPITAL.match(piece)
        rest = piece[before.end() :] if before and piece[before.end() :][:1].isupper() else piece
        bare = rest.replace("'", "").replace("’", "")
        if not bare.isalpha() or not rest[0].isupper() or (len(bare) > 1 and not bare[1:].islower()):
            return False
    return bool(word)
