"""Statements and tokens of a text. Stored origins count them, so neither changes without a new `ALGORITHM`."""

import re
from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise
from zlib import crc32

from controversies.document.words import COMBINING, MARK, with_source_keys

# Scripts that put no space between words: Han, kana, Thai, Lao, Burmese, Khmer. Each letter is a token.
_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_JOINED = rf"\u200c\u200d{COMBINING}"
_WORD = rf"(?:[^\W{_UNSPACED}]++|[{_JOINED}]++)++"
_TOKENS = re.compile(
    r"\[[1-9][0-9]{0,3}\](?!\()\s*+"  # a mark
    rf"|[{_UNSPACED}][{_JOINED}]*+\s*+"
    rf"|{_WORD}(?:['’\-]{_WORD})*+\s*+"
    rf"|[^\w\s{_JOINED}]\s*+"  # punctuation
    r"|\s++"
)
_CLOSING = r"[\"”’»」』）)\]*_]*+(?:\s*+\[[0-9]{1,4}\](?!\())*+"
_ENDS = re.compile(
    rf"(?<![.!?…])[.!?…]++{_CLOSING}\s++"
    rf"|[؟۔।॥։።។၊။༎]++{_CLOSING}\s*+"
    rf"|[。！？｡]++{_CLOSING}\s*+"
    r"|\n\s*\n\s*+"
    r"|\n[ \t]*+(?=[-*+>|#]|[0-9]{1,9}[.)])"  # before an item, a heading, a row of a table
)
# Full stops that end no sentence; some only before a number, or before a small letter.
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[“\"'])(?:(?:e\.g|i\.e|cf|vs|ca|approx|Dr|Mr|Mrs|Ms|Prof|Sen|Rep|Gov|Gen)"
    r"|(?P<number>pp?|[Nn]os?|[Vv]ol|[Ff]igs?|[Aa]rt|[Ss]ec|ch|eq)"
    r"|(?P<small>al|etc|U\.S|U\.K|E\.U|U\.N|Inc|Ltd|Co|Corp|Jr|Sr))\Z"
)
_ABBREVIATION_LENGTH = 8  # characters, with the one before it
_GRAM = 3  # words that a gram holds
_WINDOW = 4  # grams of which the least is kept
IS_WORD = 1  # the bit of a code that tells words from punctuation


def split_statements(text: str) -> list[str]:
    """The statements of a text, each with the white space after it; joined they are the text."""
    ends = [0]
    for match in _ENDS.finditer(text):
        if match[0][0] == "." and _is_abbreviation(text, match.start(), match.end()):
            continue
        ends.append(match.end())
    if ends[-1] < len(text):
        ends.append(len(text))
    return [text[start:end] for start, end in pairwise(ends)]


def _is_abbreviation(text: str, start: int, end: int) -> bool:
    """Whether the full stop at `start` ends an abbreviation and no sentence; what follows begins at `end`."""
    match = _ABBREVIATION.search(text[max(0, start - _ABBREVIATION_LENGTH) : start])
    if match is None:
        return False
    after = text[end : end + 1]
    if match["number"]:
        return after.isdigit()
    return after.islower() or after.isdigit() or after == "(" if match["small"] else True


def split_tokens(text: str) -> list[str]:
    """The tokens of a statement, each with the white space after it; joined they are the statement."""
    return _TOKENS.findall(text)


def normalise(statement: str, sources: Sequence[str]) -> str:
    """The statement with its marks by the source's key and single spaces; equal ones read the same.

    `sources` are the keys of the sources as the document numbers them, from 1.
    """
    return " ".join(with_source_keys(statement, sources).split())


def encode_tokens(statement: str, sources: Sequence[str]) -> list[int]:
    """A code of 24 bits for each token, equal for tokens that differ in case or white space alone.

    Its lowest bit (IS_WORD) is set for words and marks.
    """
    codes = []
    for token in _TOKENS.findall(statement):
        core = token.rstrip().casefold()
        if core[:1] == "[" and MARK.match(core):
            core = with_source_keys(core, sources)
            codes.append(_code(core) | IS_WORD)
        elif core[:1].isalnum() or core[:1] == "_":
            codes.append(_code(core) | IS_WORD)
        else:
            codes.append(_code(core) & ~IS_WORD)
    return codes


def _code(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass")) & 0xFFFFFF


def hash64(*parts: str) -> int:
    """A signed 64-bit hash of texts (BLAKE2b of 8 bytes), as a bigint holds it."""
    text = "\x00".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big", signed=True)


def grams(codes: Sequence[int]) -> list[int]:
    """Signed 32-bit hashes by which statements with words in common find one another, sorted.

    Of the hashes of each three words in a row, the least of each four is kept (Schleimer, Wilkerson and Aiken:
    Winnowing, 2003): two statements that share six words in a row share a gram. One hash for fewer words.
    """
    words = [code for code in codes if code & IS_WORD]
    if not words:
        return []
    size = min(_GRAM, len(words))
    hashes = [
        crc32(b"".join(code.to_bytes(3, "big") for code in words[i : i + size])) - 2**31
        for i in range(len(words) - size + 1)
    ]
    last = max(1, len(hashes) - _WINDOW + 1)
    return sorted({min(hashes[i : i + _WINDOW]) for i in range(last)})
