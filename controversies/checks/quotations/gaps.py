"""Gaps between letters and digits: which differences are only drawn differently, and which change what is said.

Quotation marks, dashes and white space may differ. Commas, signs, decimal points, apostrophes, hyphens may not, nor may
a space between letters.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from .characters import (
    LETTER_APOSTROPHES,
    LINE_END_HYPHEN,
    is_ignored,
    is_letter,
    is_other_sign,
    is_spaceless,
)
from .notes import Note

_DOUBLE_QUOTES = '"“”„‟«»″‶❝❞〝〞〟＂「」『』《》〈〉﹁﹂﹃﹄⹂｢｣״'
_SINGLE_QUOTES = "'‘’‚‛‹›`´′‵❛❜＇׳" + LETTER_APOSTROPHES
_HYPHENS = "-‐‑﹣－\u058a\u05be"
_EN_DASHES = "‒–"
_EM_DASHES = "—―﹘⸺⸻─"
_MINUS = "−"
_SOFT_LINE_END = re.compile(r"\u00ad\s*[\n\r\u2028\u2029]\s*")
_HARD_LINE_END = re.compile(rf"[{_HYPHENS}¬][^\S\n]*\n\s*|{LINE_END_HYPHEN}\s*")
_JOINABLE = (
    "\x03"  # canonical token of a hyphen at the end of a line, which may or may not be part of the word
)
_SAME_SIGNS = str.maketrans({"؟": "?", "⁄": "/", "∕": "/", "｡": "。", "〜": "~"})


class _GapForms(dict[int, str]):
    """The form in which each character of a gap is compared."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in "\n\r\u2028\u2029\x0b\x0c\x85":
            form = "\n"
        elif char.isspace():
            form = " "
        elif is_ignored(char) and char not in LETTER_APOSTROPHES:
            form = ""
        elif char in _DOUBLE_QUOTES:
            form = '"'
        elif char in _SINGLE_QUOTES:
            form = "'"
        elif char in _HYPHENS:
            form = "-"
        elif char in _EN_DASHES:
            form = "–"
        elif char in _EM_DASHES:
            form = "—"
        else:
            form = unicodedata.normalize("NFKC", char.translate(_SAME_SIGNS))
            if any(part.isalnum() for part in form) or is_other_sign(char):
                form = char  # ™, ℃ and ⁻ are signs of their own
        self[code] = form
        return form


_FORMS = _GapForms()
# A dash that touches the number after it, and not the word before it, is the number's sign.
_SIGN = re.compile(r"(?:(?<=[^\w\-–—−])|^)[-–−]$")
_FEET_AND_INCHES = ({"'", '"'}, {"′", "″"}, {"'", "″"}, {"′", '"'})
_SIGN_PLACE = "\x04"
_DASH = re.compile(r"( ?)([-–—−])( ?)")
_TIGHT_HYPHEN, _TIGHT_DASH, _SPACED_DASH, _MINUS_SIGN = "h", "t", "D", "−"
_NUMBER_PUNCTUATION = re.compile(r"[.,:'/ht]")


class GapShape(NamedTuple):
    """A gap in the form in which it is compared: its signs without spaces, and whether it has a space."""

    tokens: str
    is_spaced: bool
    touches: bool = False  # it begins without a space: "pre- and"
    breaks_line: bool = False


def plain(gap: str) -> str:
    """Return a gap with quotation marks, dashes and spaces in one form each, and without what nobody sees."""
    return gap.translate(_FORMS)


@lru_cache(maxsize=16_384)
def shape(gap: str, before: str, after: str) -> GapShape:
    """Return the form of a gap between two characters ("" at an end of the text)."""
    between_letters = is_letter(before) and is_letter(after)
    if between_letters:
        gap = _SOFT_LINE_END.sub("", gap)
    text = gap.translate(_FORMS).replace("。", ".")
    if _HARD_LINE_END.fullmatch(text):
        if between_letters:
            return GapShape(_JOINABLE, False)
        text = "-"
    breaks_line = "\n" in text
    text = re.sub(r"\s+", " ", text.replace(LINE_END_HYPHEN, "-"))
    text = re.sub(r"-{2,}|[–—]{2,}", "—", text)
    if after.isdigit() and not (before and len(text) == 1):
        text = _SIGN.sub(_SIGN_PLACE, text)
    if text == "'" and before and after:
        return GapShape("'", False)
    text = text.replace("''", '"').replace("'", '"')
    text = _DASH.sub(_name_dash, text)
    return GapShape(
        text.replace(" ", "").replace(_SIGN_PLACE, _MINUS_SIGN),
        " " in text,
        not text.startswith(" "),
        breaks_line,
    )


def _name_dash(match: re.Match[str]) -> str:
    space, dash, other_space = match.groups()
    if space or other_space:
        return f"{space}{_SPACED_DASH}{other_space}"
    return _TIGHT_HYPHEN if dash in "-−" else _TIGHT_DASH


def judge(quoted: str, printed: str, before: str, after: str) -> Note | None:
    """Compare a quotation's gap with the source's; None if they say the same.

    `Note.SPACE` means that words are joined or split, so that they are other words; every other note is a difference of
    punctuation.
    """
    if quoted == printed:
        return None
    if before.isdigit() and {quoted[:1], printed[:1]} in _FEET_AND_INCHES:
        return Note.NUMBER
    if len(quoted) + len(printed) > 400:  # noqa: PLR2004  long runs of signs are not kept in memory
        return _compare(
            shape.__wrapped__(quoted, before, after), shape.__wrapped__(printed, before, after), before, after
        )
    return _judge(quoted, printed, before, after)


@lru_cache(maxsize=16_384)
def _judge(quoted: str, printed: str, before: str, after: str) -> Note | None:
    return _compare(shape(quoted, before, after), shape(printed, before, after), before, after)


def _compare(quoted: GapShape, printed: GapShape, before: str, after: str) -> Note | None:
    ours, theirs = quoted.tokens, printed.tokens
    between_digits = before.isdigit() and after.isdigit()
    if _JOINABLE in (ours, theirs):
        return _compare_line_end(*((printed, quoted) if ours == _JOINABLE else (quoted, printed)))
    if _dashes_alike(ours, theirs):
        if quoted.is_spaced == printed.is_spaced:
            return None
        if not ours:
            if is_spaceless(before) or is_spaceless(after):
                return None if quoted.breaks_line or printed.breaks_line else Note.PUNCTUATION
            return Note.NUMBER if between_digits else Note.SPACE
        if between_digits and _NUMBER_PUNCTUATION.fullmatch(ours):
            return Note.NUMBER
        return None
    for one, other in ((quoted, printed), (printed, quoted)):
        is_joined = not one.tokens and not one.is_spaced
        if is_joined and other.is_spaced and not (is_spaceless(before) or is_spaceless(after)):
            return Note.NUMBER if between_digits else Note.SPACE
    difference = set(ours) ^ set(theirs)
    if difference & {_MINUS_SIGN, "+", "±"}:
        return Note.SIGN
    if between_digits:
        return Note.NUMBER
    if "'" in difference:
        return Note.APOSTROPHE
    if _TIGHT_HYPHEN in difference:
        return Note.HYPHEN
    return Note.PUNCTUATION


def _compare_line_end(other: GapShape, _line_end: GapShape) -> Note | None:
    """Compare with a hyphen at the end of a line, which may be part of the word or not."""
    if other.tokens in (_JOINABLE, _TIGHT_HYPHEN):
        return None
    if not other.tokens:
        return Note.HYPHEN if other.is_spaced else None
    # The line break became a space when the words were copied: "inter- national".
    return None if other.tokens == _SPACED_DASH and other.touches else Note.HYPHEN


def _dashes_alike(ours: str, theirs: str) -> bool:
    """Whether two gaps have the same signs, where a tight long dash is like a hyphen and like a spaced dash."""
    if ours == theirs:
        return True
    if len(ours) != len(theirs):
        return False
    dashes = ({_TIGHT_DASH, _TIGHT_HYPHEN}, {_TIGHT_DASH, _SPACED_DASH})
    return all(one == other or {one, other} in dashes for one, other in zip(ours, theirs, strict=True))
