"""Differences of two texts in one line of plain text, for a terminal: [-removed-], {+added+}."""

import re

from django.utils.translation import gettext as _

from controversies.document import words
from controversies.document.words import Op

AROUND = 60  # characters of unchanged text on either side of a change
_LONG_RUN = 400  # characters of one removed or added run that are shown whole
_SHORT = 120  # characters of a text that is shown whole instead of as a difference
_SPACE = re.compile(r"\s+")


def inline(old: str, new: str, *, longest: int | None = None, marks: words.Marks | None = None) -> str:
    """Return both texts as one line, with long unchanged stretches cut.

    Removed and added runs longer than `longest` characters are cut in the middle; None shows them whole. `marks` are
    those of `words.runs()`.
    """
    line = []
    runs = words.runs(old, new, marks)
    for i, run in enumerate(runs):
        text = _SPACE.sub(lambda match: " ¶ " if "\n" in match[0] else " ", run.text)
        words_only, space = text.rstrip(" "), " " if text.endswith(" ") else ""
        if run.op is Op.KEPT:
            line.append(_around(words_only, is_first=i == 0, is_last=i == len(runs) - 1) + space)
        elif words_only:
            words_only = _middle_cut(words_only, longest) if longest else words_only
            line.append((f"[-{words_only}-]" if run.op is Op.REMOVED else f"{{+{words_only}+}}") + space)
    return "".join(line).strip()


def three_states(was: str, theirs: str, mine: str) -> str:
    """Return a sentence or three on a conflict: the texts themselves if they are short, else what differs."""
    if all(map(is_short, (was, theirs, mine))):
        return _("It was %(was)s; on the site it is %(theirs)s; here it is %(mine)s.") % {
            "was": quote(was),
            "theirs": quote(theirs),
            "mine": quote(mine),
        }
    return _("On the site: “%(theirs)s”; here: “%(mine)s”.") % {
        "theirs": difference(was, theirs),
        "mine": difference(was, mine),
    }


def difference(was: str, now: str) -> str:
    """Return the two texts as `inline()` does, with very long changes cut."""
    return inline(was, now, longest=_LONG_RUN)


def is_short(text: str) -> bool:
    """Return whether a text is short enough to be shown whole beside others."""
    return len(text) <= _SHORT


def quote(text: str) -> str:
    """Return the text in one line between quotes, or the word for nothing."""
    text = " ".join(text.split())
    return f"“{text}”" if text else _("nothing")


def shorten(text: str, size: int) -> str:
    """Return the beginning of the text, at most so many characters."""
    return text if len(text) <= size else text[: size - 1] + "…"


def _around(text: str, *, is_first: bool, is_last: bool) -> str:
    if is_first and is_last:
        return shorten(text, 2 * AROUND)
    if is_first:
        return text if len(text) <= AROUND else "…" + text[-AROUND:]
    if is_last:
        return shorten(text, AROUND)
    return text if len(text) <= 2 * AROUND else f"{text[:AROUND]}…{text[-AROUND:]}"


def _middle_cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest // 2]}…{text[-longest // 2 :]}"
