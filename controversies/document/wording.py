"""Rules that classify the edit of a text: spelling, wording, sources, or what it says.

Only what a rule can tell is called spelling or wording; everything in doubt counts as a change of what the text says.

- **Spelling**: the same words but for slips of the keyboard, doubled words, capitals, punctuation and white space.
- **Wording**: the same words in the same order but for articles and the like, short forms, British and American
  spelling, words of the same meaning (a short list), emphasis; the same sentences in another order or in other
  paragraphs.
- **Sources**: other marks of sources, or the same ones at other words.

Never spelling or wording: numbers, units and signs with them, questions, quotation marks, what stands in code,
addresses of links, negations, commas that make a clause an aside, and any word for another that is a word, too
(“causal”, “casual”), with the ends and beginnings by which words turn (“legal”, “illegal”).
"""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from controversies.models import ChangeClass

from . import spelling, synonyms, words

_LONGEST = 20_000  # characters of the paragraphs that are looked at by words

_DOUBLED, _JOINED, _FEW = 3, 3, 8  # words
_UNIT = 3  # letters
_SYMBOLS = ("Sm", "So", "No")  # of mathematics, and pictures
_SHARE = 3  # of the words changed, one in so many is too much for slips, or for the same said otherwise
_LETTERS = rf"[^\W_]+(?:[\u200c\u200d{words.COMBINING}]+[^\W_]*)*"
_WORD = re.compile(rf"{_LETTERS}(?:['’]{_LETTERS})*")
_MARK = re.compile(r"\s*\[0?[1-9][0-9]{0,4}\](?!\()")
_MARKED_WORD = re.compile(rf"{_MARK.pattern.removeprefix(chr(92) + 's*')}|{_WORD.pattern}")
_LINK = re.compile(r"(?:https?|mailto):[^\s)>\]]+|\]\([^)]*\)")
# Numbers with the signs at them, and question marks.
_TELLING = re.compile(
    r"[-+±<>≤≥~=×/$€£¥]?\d(?:[.,:]?\d)*(?:\s?[%‰°])?|[?？؟]|~~|=|<|>|(?<=\S)[^\S\n]?\+(?!\d)"
)
_MINUS = re.compile(r"−(?=\d)")
_QUOTES = '“”„‟«»"'
_QUOTED = re.compile(f"[{_QUOTES}]")
_EMPHASIS = re.compile(r"[*_]+")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
# A comma before these makes a clause an aside: “authors, who…” are all authors.
_ASIDE = re.compile(r"(,?)(?<!\s)\s+(who|whom|whose|which|where|because|however)\b", re.IGNORECASE)
_RANGE = re.compile(r"(?<=\d)\s?[-–—−]\s?(?=\d)")
_PREFIXES = {"e", "non", "anti", "multi", "semi", "micro", "macro", "ultra"}  # with a hyphen or without
# What says something by being there: emphasis, quotation marks, brackets and the like.
_MARKUP = re.compile(r"[*_`“”„‟«»\"()\[\]/#|&]|^\s*(?:[-+>]|\d+[.)])\s", re.MULTILINE)
# Words that mean something else with a capital.
_CAPITALS = frozenset(
    ["us", "who", "it", "may", "march", "august", "china", "polish", "turkey", "mark", "bill", "will", "aids"]
)


@dataclass(frozen=True, slots=True)
class TextEdit:
    """The kinds of change that the edit of a text is; what more can be told depends on the kind.

    `corrections` is how many words were respelled, if that is all. `way` says that sentences are only in another
    "order", that paragraphs only have other "breaks", or that the text is "rewritten": less than half of the words of
    the paragraphs that changed were kept. `paragraphs` is how many of them became how many others, if only their
    breaks are others.
    """

    kinds: frozenset[ChangeClass]
    corrections: int = 0
    way: str = ""
    paragraphs: tuple[int, ...] = ()


def kinds(old: str, new: str) -> frozenset[ChangeClass]:
    """The kinds of change from one text to another; marks of sources are equal where they mean the same."""
    return edit(old, new).kinds


@lru_cache(maxsize=256)
def edit(old: str, new: str) -> TextEdit:
    """Classify the edit of a text; marks of sources are equal in both where they mean the same."""
    if old == new:
        return TextEdit(frozenset())
    old, new = _differing_paragraphs(old, new)
    if not old or not new or max(len(old), len(new)) > _LONGEST:
        return TextEdit(frozenset({ChangeClass.SUBSTANTIVE}))
    old, new = (
        unicodedata.normalize("NFC", text).replace("\u00ad", "").replace("\u200b", "") for text in (old, new)
    )
    if "[" not in old and "[" not in new:
        kind, corrections, way = _kind(old, new)
        return TextEdit(frozenset({kind}), corrections, way, _paragraphs(old, new, way))
    bare_old, bare_new = _MARK.sub("", old), _MARK.sub("", new)
    kind, corrections, way = _kind(bare_old, bare_new)
    is_cited = _cites_otherwise(old, new, kind)
    if is_cited and bare_old == bare_new:
        return TextEdit(frozenset({ChangeClass.SOURCE}))
    if is_cited:
        return TextEdit(
            frozenset({kind, ChangeClass.SOURCE}), way=way if kind is ChangeClass.SUBSTANTIVE else ""
        )
    return TextEdit(frozenset({kind}), corrections, way, _paragraphs(old, new, way))


def _differing_paragraphs(old: str, new: str) -> tuple[str, str]:
    """The texts without the paragraphs that both have at their beginning and at their end."""
    a, b = old.split("\n\n"), new.split("\n\n")
    shorter = min(len(a), len(b)) - 1
    start = next((i for i in range(shorter) if a[i] != b[i]), shorter)
    end = next((i for i in range(shorter - start) if a[-1 - i] != b[-1 - i]), shorter - start)
    return "\n\n".join(a[start : len(a) - end]), "\n\n".join(b[start : len(b) - end])


@lru_cache(maxsize=256)
def _words_of(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of a text, and the same in small letters.

    Cached, because the next edit of a text begins with the text that this one ends with.
    """
    spelled = tuple(_WORD.findall(text))
    return spelled, tuple(map(_fold, spelled))


def _count_others(x: list[str], y: list[str]) -> int:
    """Count the words that are in one of two texts only; equal beginnings and ends are skipped."""
    shorter = min(len(x), len(y))
    start = next((i for i in range(shorter) if x[i] != y[i]), shorter)
    rest = shorter - start
    end = next((i for i in range(rest) if x[-1 - i] != y[-1 - i]), rest)
    a, b = Counter(x[start : len(x) - end]), Counter(y[start : len(y) - end])
    return (a - b).total() + (b - a).total()


def _differing_words(old: str, new: str) -> tuple[str, str]:
    """The texts without what both have at their beginning and end, each cut at a space between two letters."""
    start, end = words.common_ends(old, new)
    while start and not _is_between_letters(old, start):
        start -= 1
    while end and not _is_between_letters(old, len(old) - end):
        end -= 1
    return old[start : len(old) - end], new[start : len(new) - end]


def _is_between_letters(text: str, place: int) -> bool:
    """Whether a space before this place, or at it, stands between two letters: no number reaches over it."""
    return (
        text[place - 1] == " " and text[place - 2 : place - 1].isalpha() and text[place : place + 1].isalpha()
    )


def _cites_otherwise(old: str, new: str, kind: ChangeClass) -> bool:
    """Whether words that stayed have other marks of sources now; marks come and go with what they stand at."""
    x, y = ([_fold(word[0]) for word in _MARKED_WORD.finditer(text)] for text in (old, new))
    chunks = list(_differing(x, y))
    if kind is ChangeClass.SUBSTANTIVE:
        return any(_is_of_marks([*x[i:j], *y[k:end]]) for i, j, k, end in chunks)
    a, b = ([word for word in each if word[0] == "["] for each in (x, y))
    if Counter(a) != Counter(b):
        return True
    if a == b or kind is ChangeClass.TYPO:
        return a != b or any(_is_of_marks([*x[i:j], *y[k:end]]) for i, j, k, end in chunks)
    # The same in another order: unless each stays in its sentence, and the sentences were put in another order.
    before, after = (Counter(map(_statement_with_marks, words.sentences(text))) for text in (old, new))
    return before != after


def _statement_with_marks(sentence: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of a sentence that carry meaning, and its marks of sources."""
    meaning = synonyms.meaning_of([_fold(word) for word in _WORD.findall(_MARK.sub("", sentence))])
    return tuple(meaning), tuple(mark.strip() for mark in _MARK.findall(sentence))


def _is_of_marks(words_: list[str]) -> bool:
    return all(word[0] == "[" for word in words_)


def _kind(old: str, new: str) -> tuple[ChangeClass, int, str]:
    """Spelling, wording or more, of two texts without marks; how many words were corrected; the way of `TextEdit`."""
    both = [_words_of(text) for text in (old, new)]
    spelled = [list(each) for each, _small in both]
    x, y = (list(small) for _each, small in both)
    others = _count_others(x, y)
    is_rewritten = (len(x) + len(y) - others) < max(len(x), len(y))
    substantive = (ChangeClass.SUBSTANTIVE, 0, "rewritten" if is_rewritten else "")
    if others > _FEW and others * _SHARE > len(x) + len(y):
        return substantive
    links_x, links_y = _links(old), _links(new)
    has_links = bool(links_x or links_y)
    telling_x, telling_y = map(_telling, (old, new) if has_links else _differing_words(old, new))
    if telling_x != telling_y or links_x != links_y:
        if not has_links and Counter(telling_x) != Counter(telling_y):
            return substantive  # in whatever order the sentences are
        return (ChangeClass.WORDING, 0, "order") if _is_reordered(old, new) else substantive
    if _differs_by_signs(old, new) or (x == y and _differs_by_capitals(*spelled)):
        return substantive
    chunks = list(_differing(x, y))
    corrections: list[int | None] = [_corrections(x, y, chunk) for chunk in chunks]
    if None not in corrections:
        if any(corrections) and not _are_names_kept(old, new, x, y, chunks):
            return substantive
        if len(x) == len(y) and _places(_QUOTED, old) != _places(_QUOTED, new):
            return substantive
        if Counter(_MARKUP.findall(old)) != Counter(_MARKUP.findall(new)) or (
            len(x) == len(y) and _places(_EMPHASIS, old) != _places(_EMPHASIS, new)
        ):
            return ChangeClass.WORDING, 0, ""
        if _breaks(old) != _breaks(new):
            return ChangeClass.WORDING, 0, "" if any(corrections) else "breaks"
        return ChangeClass.TYPO, sum(filter(None, corrections)), ""
    if any(corrections):
        x = _with_corrections(x, y, chunks)
    if synonyms.has_another_word(x, y):
        return substantive
    meaning_x, meaning_y = synonyms.meaning_of(x), synonyms.meaning_of(y)
    if meaning_x == meaning_y:
        # An article that moved is another word's: “just a copy”, “a just copy”.
        return substantive if x != y and Counter(x) == Counter(y) else (ChangeClass.WORDING, 0, "")
    if Counter(meaning_x) == Counter(meaning_y) and _is_reordered(old, new):
        return ChangeClass.WORDING, 0, "order"
    return substantive


def _differs_by_signs(old: str, new: str) -> bool:
    """Whether quotation marks, code or the commas of clauses say something else."""
    if _count(_QUOTES, old) != _count(_QUOTES, new):
        return True
    if "`" in old and "`" in new:
        code = [Counter(_CODE.findall(text)) for text in (old, new)]
        if code[0].total() == code[1].total() and code[0] != code[1]:
            return True
    if old.count(",") == new.count(","):
        return False
    asides = [Counter(_ASIDE.findall(text)) for text in (old, new)]
    clauses = [Counter(word for _comma, word in each.elements()) for each in asides]
    return asides[0] != asides[1] and clauses[0] == clauses[1]


def _count(signs: str, text: str) -> int:
    return sum(map(text.count, signs))


def _places(pattern: re.Pattern[str], text: str) -> list[int]:
    """Return the number of words before each of these signs."""
    signs = [sign.start() for sign in pattern.finditer(text)]
    starts = [word.start() for word in _WORD.finditer(text)] if signs else []
    return [bisect_left(starts, sign) for sign in signs]


def _differs_by_capitals(old: list[str], new: list[str]) -> bool:
    """Whether words that are the same but for capitals are other words, or other units: “7 GB”, “7 Gb”."""
    return any(
        one != other
        and (
            one.casefold() in _CAPITALS
            or one[0].isdigit()
            or (
                n > 0
                and old[n - 1].isdigit()
                and len(one) <= _UNIT
                and one[1:] + other[1:] != (one[1:] + other[1:]).lower()
            )
        )
        for n, (one, other) in enumerate(zip(old, new, strict=True))
    )


def _is_reordered(old: str, new: str) -> bool:
    """Whether the sentences are the same in another order."""
    before, after = (Counter(words.sentences(text)) for text in (old, new))
    removed, added = before - after, after - before  # the others say the same in both
    if removed.total() != added.total():
        return False
    x, y = (Counter(map(_statement, sentences.elements())) for sentences in (removed, added))
    return x == y


def _statement(sentence: str) -> tuple[str, ...]:
    """Return the signs and words of a sentence that carry meaning."""
    return (*_telling(sentence), *synonyms.meaning_of([_fold(word) for word in _WORD.findall(sentence)]))


def _may_link(text: str) -> bool:
    return "](" in text or "http" in text or "mailto:" in text


def _links(text: str) -> list[str]:
    return _LINK.findall(text) if _may_link(text) else []


def _telling(text: str) -> list[str]:
    """Return numbers, question marks and symbols, which say what no word says."""
    if _may_link(text):
        text = _LINK.sub("", text)
    bare = _MINUS.sub("-", _RANGE.sub("–", text))
    signs = ["".join(each.split()) for each in _TELLING.findall(bare)]
    if not bare.isascii():
        signs += [char for char in bare if char > "\x7f" and unicodedata.category(char) in _SYMBOLS]
    return signs


def _fold(word: str) -> str:
    return word.casefold().replace("’", "'")


def _paragraphs(old: str, new: str, way: str) -> tuple[int, ...]:
    """Return the number of paragraphs before and after, if nothing but their breaks differs."""
    return (_breaks(old) + 1, _breaks(new) + 1) if way == "breaks" else ()


def _breaks(text: str) -> int:
    """Count the breaks between paragraphs."""
    return len(re.findall(r"\n\s*\n", text))


type _Chunk = tuple[int, int, int, int]  # from where to where in the old words, and in the new


def _differing(x: list[str], y: list[str]) -> Iterator[_Chunk]:
    """Yield the places where the two differ."""
    i = k = 0
    for start, other, length in [*words.matches(x, y), (len(x), len(y), 0)]:
        if i < start or k < other:
            yield i, start, k, other
        i, k = start + length, other + length


def _corrections(x: list[str], y: list[str], chunk: _Chunk) -> int | None:
    """Count the words that were respelled here; None if more than that happened."""
    i, j, k, end = chunk
    old, new = x[i:j], y[k:end]
    if len(old) == len(new):
        return len(old) if all(map(spelling.is_same, old, new)) else None
    for part, start, stop, other in ((x, i, j, new), (y, k, end, old)):
        size = stop - start
        if (
            not other
            and size <= _DOUBLED
            and part[start:stop]
            in (
                part[start - size : start] if start >= size else None,
                part[stop : stop + size],
            )
        ):
            return 1
    if "".join(old) == "".join(new) and max(len(old), len(new)) <= _JOINED:
        is_prefix = max(old, new, key=len)[0] in _PREFIXES
        return 1 if is_prefix or not all(map(spelling.is_word, [*old, *new])) else None
    return None


def _are_names_kept(old: str, new: str, x: list[str], y: list[str], chunks: list[_Chunk]) -> bool:
    """Whether words with a capital within a sentence, names as a rule, are the same names still.

    All words of a text that is not in English are taken for names: no dictionary tells which of them are words.
    """
    names = [
        [match[0][0].isupper() and not _begins(text, match.start()) for match in _WORD.finditer(text)]
        for text in (old, new)
    ]
    is_foreign = sum(map(spelling.is_word, x)) * 2 < len(x)
    return all(
        spelling.is_same_name(x[i + n], y[k + n])
        for i, j, k, end in chunks
        if j - i == end - k
        for n in range(j - i)
        if is_foreign or (names[0][i + n] and names[1][k + n])
    )


def _begins(text: str, start: int) -> bool:
    """Whether a sentence begins here."""
    before = text[:start].rstrip("\"“„‘’'([*_ ")
    return not before or before[-1] in ".!?…:\n"


def _with_corrections(x: list[str], y: list[str], chunks: list[_Chunk]) -> list[str]:
    """The old words with those as in the new ones that are only spelled in another way."""
    corrected, done = [], 0
    for chunk in chunks:
        i, j, k, end = chunk
        corrected += x[done:i]
        if j - i == end - k:
            corrected += [
                new if spelling.is_same(old, new) else old for old, new in zip(x[i:j], y[k:end], strict=True)
            ]
        else:
            corrected += y[k:end] if _corrections(x, y, chunk) is not None else x[i:j]
        done = j
    return corrected + x[done:]
