"""The fonts of the share picture: Noto, from packages, so that every machine draws the same.

Each character is drawn in the first font that has it, and left out if none has. Without libfribidi, Pillow cannot shape
text: letters are not joined, and marks may stand beside their letter.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import groupby

from fontTools.ttLib import TTFont
from PIL import ImageFont, features

_SCRIPTS = (
    *(
        "Arabic",
        "Armenian",
        "Bengali",
        "Devanagari",
        "Ethiopic",
        "Georgian",
        "Gujarati",
        "Gurmukhi",
        "Hebrew",
    ),
    *("Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Thai"),
)
_CJK = "NotoSansCJK-VF.otf.ttc"
_PICTURES = ("NotoSansSymbols[wght].ttf", "NotoEmoji[wght].ttf")
# In the order of preference.
_FILES = (
    "NotoSans[wght].ttf",
    *(f"NotoSans{script}[wght].ttf" for script in _SCRIPTS),
    _CJK,
    *_PICTURES,
)
_FACES = {"ja": 0, "ko": 1, "zh": 2}  # in the file for CJK
_KANA, _HANGUL = re.compile("[\u3040-\u30ff]"), re.compile("[\u1100-\u11ff\uac00-\ud7af]")
JOINERS = "\u200c\u200d"
MAY_SHAPE = features.check("raqm")


@dataclass(frozen=True, slots=True)
class FontRun:
    """A run of text in one font."""

    text: str
    font: ImageFont.FreeTypeFont


def runs(text: str, size: int, weight: int, language: str) -> list[FontRun]:
    """Split the text where the font changes. `language` chooses among the forms of Han characters."""
    return [
        FontRun("".join(char for char, _file in group), _font(file, size, weight, language))
        for file, group in groupby(_with_files(text), key=lambda pair: pair[1])
    ]


def language_of(text: str) -> str:
    """Return the language whose forms of Han characters the text takes."""
    return "ja" if _KANA.search(text) else "ko" if _HANGUL.search(text) else "zh"


def drawable(text: str) -> str:
    """Remove what cannot be drawn: control characters, and characters that no font has."""
    kept = []
    for char in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(char)
        if kind[0] == "C" and not (char in JOINERS and MAY_SHAPE):
            kept.append(" " if kind == "Cc" else "")
        elif "\ufe00" <= char <= "\ufe0f":  # variation selectors: there is one form of each
            continue
        elif kind[0] == "Z":
            kept.append(" ")
        elif char in JOINERS or _file(char):
            kept.append(char)
    return " ".join("".join(kept).split())


def _with_files(text: str) -> list[tuple[str, str]]:
    """Return each character with its font's file; spaces and marks take that of the character before."""
    pairs: list[tuple[str, str]] = []
    last = _FILES[0]
    for char in text:
        if char == " " and last in _PICTURES:  # whose spaces are as wide as they are
            last = _FILES[0]
        elif not (char in JOINERS or char == " " or unicodedata.combining(char)) or (
            unicodedata.combining(char) and not _has(last, char)
        ):
            last = _file(char) or last
        pairs.append((char, last))
    return pairs


@lru_cache(maxsize=4096)
def _file(char: str) -> str:
    return next((file for file in _FILES if _has(file, char) and _is_sound(file, char)), "")


_LARGE = 64  # pixels; nothing is drawn larger


def _is_sound(file: str, char: str) -> bool:
    """Whether the font can draw the character: U+FDFD, a whole sentence, is too wide for FreeType."""
    try:
        _font(file, _LARGE, 700, "zh").getmask(char)
    except (OSError, RuntimeError):
        return False
    return True


def _has(file: str, char: str) -> bool:
    return ord(char) in _characters(file)


@lru_cache(maxsize=len(_FILES))
def _characters(file: str) -> frozenset[int]:
    with TTFont(_path(file), fontNumber=0, lazy=True) as font:
        return frozenset(font.getBestCmap())


def _path(file: str) -> str:
    return str(files("manimgx_fonts_cjk" if file == _CJK else "manimgx_fonts") / file)


@lru_cache(maxsize=64)
def _font(file: str, size: int, weight: int, language: str) -> ImageFont.FreeTypeFont:
    index = _FACES[language] if file == _CJK else 0
    engine = ImageFont.Layout.RAQM if MAY_SHAPE else ImageFont.Layout.BASIC
    font = ImageFont.truetype(_path(file), size, index=index, layout_engine=engine)
    font.set_variation_by_axes([weight])
    return font
