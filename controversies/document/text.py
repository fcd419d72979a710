"""The one canonical form of text, so that the same words have the same digest wherever they come from."""

import re
import unicodedata

from controversies.kit.characters import without_controls

_BREAKS = re.compile(r"\r\n?|\u2028|\u2029|\x85")
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols that are drawn as nothing
_SPACES = re.compile(r"\s+")
AUTHOR_SEPARATOR = "; "


def prose(text: str) -> str:
    """Text of several lines: LF for every line break, no control characters, no white space around it."""
    if "\r" in text or not text.isprintable():
        text = without_controls(_BREAKS.sub("\n", text))
    return text.strip()


def line(text: str) -> str:
    """Text of one line: as prose(), with every run of white space made one space."""
    return _SPACES.sub(" ", prose(text))


def headline(text: str, longest: int = 300) -> str:
    """The first line of a text of several lines, cut after so many characters."""
    first = text.partition("\n")[0].rstrip()
    return first if len(first) <= longest else first[: longest - 1].rstrip() + "…"


def author_names(name: str) -> list[str]:
    """The names in an author's name: of one person, or of several, as `join_authors()` joins them."""
    names = name.split(AUTHOR_SEPARATOR)
    return names if all(part and part == line(part) for part in names) else [name]


def join_authors(names: list[str]) -> str:
    """Several authors' names as the record has them, in one."""
    return AUTHOR_SEPARATOR.join(names)


def is_visible(text: str) -> bool:
    """Whether there is anything to see: not only spaces and zero-width or direction marks."""
    return any(unicodedata.category(char)[0] not in "CZ" and char not in _BLANKS for char in text)


def is_storable(text: str) -> bool:
    """Whether the text can be written as UTF-8 (a lone surrogate, as JSON may hold, cannot)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
