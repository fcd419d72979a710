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
    rf"[.!?…]++(?:{_CLOSING}\s++)?+"  # an end only with white space after it
    rf"|[؟۔।॥։።។၊။༎]++{_CLOSING}\s*+"
    rf"|[。！？｡]++{_CLOSING}\s*+"
    r"|\n\s*\n\s*+"
    r"|\n[ \t]*+(?=[-*+>|#]|[0-9]{1,9}[.)])"  # before an item, a heading, a row of a table
)
# Full stops that end no sentence; some only before a number, or before a small letter.
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[“\"'])(?:(?:e\.g|i\.e|cf|v|vs|ca|approx|Dr|Mr|Mrs|Ms|Prof|Sen|Rep|Gov|Gen)"
    r"|(?P<number>pp?|[Nn]os?|[Vv]ol|[Ff]igs?|[Aa]rt|[Ss]ec|ch|eq)"
    r"|(?P<small>al|etc|U\.S|U\.K|E\.U|U\.N|Inc|Ltd|Co|Corp|Jr|Sr))\Z"
)
_ABBREVIATION_LENGTH = 8  # characters, with the one before it
_SHORT = 3  # letters of the commonest words
IS_WORD, IS_SHORT = 1, 2  # bits of a code: a word, not punctuation; one of few Latin letters


def split_statements(text: str) -> list[str]:
    """The statements of a text, each with the white space after it; joined they are the text."""
    ends = [0]
    for match in _ENDS.finditer(text):
        end = match[0]
        if not end[-1].isspace() and end[0] in ".!?…":
            continue
        if end[0] == "." and _is_abbreviation(text, match.start(), match.end()):
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

    Its lowest bits tell words and marks (IS_WORD), and of these the short ones (IS_SHORT).
    """
    codes = []
    for token in _TOKENS.findall(statement):
        core = token.rstrip().casefold()
        code = 0
        if core[:1].isalnum() or core[:1] == "_":
            code = IS_WORD | IS_SHORT if len(core) <= _SHORT and core.isascii() else IS_WORD
        elif core[:1] == "[" and MARK.match(core):
            core = with_source_keys(core, sources)
            code = IS_WORD
        codes.append(crc32(core.encode("utf-8", "surrogatepass")) & 0xFFFFFC | code)
    return codes


def hash64(*parts: str) -> int:
    """A signed 64-bit hash of texts (BLAKE2b of 8 bytes), as a bigint holds it."""
    text = "\x00".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big", signed=True)


def grams(codes: Sequence[int], *, every: bool = False) -> list[int]:
    """Signed 32-bit hashes of pairs of neighbouring words, by which statements with words in common meet, sorted.

    Pairs of short words, which are everywhere, are left out while there are others. Of two pairs in a row, the lesser
    one is kept, unless `every` one is wanted: two statements with three words in a row in common share one at least
    (Schleimer, Wilkerson and Aiken: Winnowing, 2003). A statement of one word has the hash of that.
    """
    words = [code for code in codes if code & IS_WORD]
    if len(words) < 2:  # noqa: PLR2004 - a pair
        return [_gram(*words)] if words else []
    pairs = list(pairwise(words))
    hashes = [_gram(*pair) for pair in pairs]
    if not every:
        hashes = [min(hashes[i : i + 2]) for i in range(max(1, len(hashes) - 1))]
    dull = {_gram(*pair) for pair in pairs if pair[0] & pair[1] & IS_SHORT}
    return sorted(set(hashes) - dull) or sorted(set(hashes))


def _gram(*words: int) -> int:
    return crc32(b"".join(word.to_bytes(3, "big") for word in words)) - 2**31
