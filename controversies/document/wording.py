"""What kind of change the edit of a text is, by rule."""

from functools import lru_cache

from controversies.models import ChangeClass

from . import words


@lru_cache(maxsize=512)
def kinds(old: str, new: str) -> frozenset[ChangeClass]:
    """The kinds of change from one text to another, whose marks of sources are equal where they mean the same."""
    found: set[ChangeClass] = set()
    if [mark[0] for mark in words.MARK.finditer(old)] != [mark[0] for mark in words.MARK.finditer(new)]:
        found.add(ChangeClass.SOURCE)
        old, new = (words.MARK.sub("", text) for text in (old, new))
    if words.is_slip(old, new):
        found.add(ChangeClass.TYPO)
    elif old != new:
        found.add(ChangeClass.WORDING)
    return frozenset(found)
