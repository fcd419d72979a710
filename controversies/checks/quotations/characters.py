"""Characters as the matcher of quotations sees them: letters and digits, and everything else.

Letters and digits are compared as they are, but for forms that look the same: composed and decomposed letters,
ligatures, full-width and mathematical letters, a subscript digit after a letter (CO₂). Superscripts stay: 10² is not
102.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

# Compatibility forms that are other signs, not another drawing of the same: superscripts, fractions, circled digits.
_OTHER_SIGNS = ("<super>", "<sub>", "<fraction>", "<circle>", "<square>", "<noBreak>")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUBSCRIPT = re.compile(r"(?<=[^\W\d_])[₀-₉]+")
_TATWEEL = "\u0640"  # only lengthens a line of Arabic
# Letters by their category, apostrophes by their use.
LETTER_APOSTROPHES = "\u02bc\u02bb\u02b9\u02bd\u02c8\u02bf\u02be\ua78c"
# Characters that reorder what is shown after them stay, as do Arabic signs of numbers: they are seen.
_SEEN_FORMATS = {0x202D, 0x202E, *range(0x0600, 0x0606), 0x06DD, 0x070F, 0x110BD}
_LAST_MARK = 0x1F000
LINE_END_HYPHEN = "\x02"  # as pdfium writes it
# Grapheme joiner, Mongolian and other variation selectors.
_SELECTORS = re.compile("[\u034f\u180b-\u180d\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def is_ignored(char: str) -> bool:
    """Whether nobody sees the character: soft hyphens, zero-width and direction marks, variation selectors."""
    if _SELECTORS.fullmatch(char):
        return True
    category = unicodedata.category(char)
    if category == "Cc":
        return not char.isspace() and char != LINE_END_HYPHEN
    return category == "Cf" and ord(char) not in _SEEN_FORMATS


def is_mark(char: str) -> bool:
    """Whether the character belongs to the one before it: an accent, a vowel sign."""
    return unicodedata.category(char)[0] == "M"


def is_other_sign(char: str) -> bool:
    """Whether Unicode derives the character from others, but it says something else: a superscript, a fraction."""
    return unicodedata.decomposition(char).startswith(_OTHER_SIGNS)


def is_letter(char: str) -> bool:
    """Whether the character is a letter or a mark on one; "" is none."""
    return char.isalpha() or (char != "" and is_mark(char))


@cache
def _marks() -> str:
    """Return the inside of a pattern's class of all marks that are seen."""
    ranges: list[list[int]] = []
    for code in range(0x300, _LAST_MARK):
        if is_mark(chr(code)) and not is_ignored(chr(code)):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(rf"\U{first:08x}-\U{last:08x}" for first, last in ranges)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of a mark, of a run without marks, and of a run with marks."""
    plain = rf"[^\W_{LETTER_APOSTROPHES}]+"
    return re.compile(f"[{_marks()}]"), re.compile(plain), re.compile(f"(?:{plain}|[{_marks()}]+)+")


def runs(text: str) -> Iterator[re.Match[str]]:
    """The runs of letters, digits and their marks in a text."""
    mark, plain, marked = _patterns()
    has_marks = not text.isascii() and mark.search(text)
    return (marked if has_marks else plain).finditer(text)


class _LetterForms(dict[int, str]):
    """The form in which each character of a run is compared, filled as characters occur."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        form = char
        if char == _TATWEEL:
            form = ""
        elif char == "ς":
            form = "σ"  # the same letter, at the end of a word
        elif not is_other_sign(char):
            form = unicodedata.normalize("NFKD", char)
            if not form or not all(part.isalnum() or is_mark(part) for part in form):
                form = unicodedata.normalize("NFD", char)
        self[code] = form
        return form


_FORMS = _LetterForms()


def letters(run: str) -> str:
    """Return a run of letters and digits in the form in which it is compared, capitals kept."""
    if run.isascii():
        return run
    if _SUBSCRIPT.search(run):
        run = _SUBSCRIPT.sub(lambda digits: digits.group().translate(_SUBSCRIPTS), run)
    return unicodedata.normalize("NFD", run.translate(_FORMS))


def lowered(cased: str) -> str:
    """Return the letters without capitals, in the same length."""
    return cased.lower().replace("ς", "σ")


_SPACELESS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),
    (0x3040, 0x30FF),  # kana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


def is_spaceless(char: str) -> bool:
    """Whether the character is of a script that puts no spaces between words."""
    code = ord(char)
    return code >= _SPACELESS[0][0] and any(first <= code <= last for first, last in _SPACELESS)


def is_ideograph(char: str) -> bool:
    """Whether the character is Han or kana, where one character is often a word."""
    return is_spaceless(char) and ord(char) > _SPACELESS[2][1]
