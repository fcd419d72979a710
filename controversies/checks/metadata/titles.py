"""The title check: whether the title that a page shows is that of the work recorded, judged by words."""

import html
import logging
import re
import unicodedata
from functools import cached_property
from itertools import takewhile

from pylatexenc.latex2text import LatexNodes2Text

from controversies.models import TitleMatch

LONGEST = 1_000  # characters that are compared
_LIKE = 0.82  # share of the shorter title's words that the other has, from which the two are alike
_ALIKE_ENOUGH = 2  # words of the shorter title at least, for that
_HEAD = 3  # words that two titles begin with alike, before each goes on in its own way
_TRUNCATED = 3  # words that a title cut off with "…" shows at least
_TELLING_PART = (
    5  # words of the last part of a title that are enough to know it by, whatever stands before them
)
_SHORT_WORD = 5  # letters from which a slip of the keyboard is overlooked

# Words of a title that make it another work about the first.
_NOTICES = (
    r"(?:author|publisher|editorial)?\s*(?:correction|corrigend(?:um|a)|errat(?:um|a)|addend(?:um|a))s?"
    r"|(?:notice of |partial )?retraction(?: note| notice| statement)?|withdrawal(?: notice)?"
    r"|(?:editorial )?expression of concern|comments?|commentary|(?:a |author(?:s|s’|’s)? )?(?:reply|replies|response)"
    r"|(?:a )?rejoinder|discussion|(?:book )?review|letter"
)
_NOTICE_BEFORE = re.compile(
    rf"^\W*(?P<notice>{_NOTICES})(?:\s*[:—–]\s*|\s+(?:to|on|of|for|regarding)\b[:\s]*|\s*-\s+)", re.IGNORECASE
)
_NOTICE_AFTER = re.compile(
    rf"(?:[:—–-]\s*|\s[(\[]\s*)(?:an?\s+)?(?P<notice>{_NOTICES})\s*[)\]]?\W*$", re.IGNORECASE
)
# Words before a title that tell what happened to the work itself.
_STATE = re.compile(
    r"^\W*(?:retracted|withdrawn|removed|temporary removal)(?:\s+(?:article|chapter|paper))?\s*[:—–-]\s*",
    re.I,
)
_LABEL = re.compile(r"^\s*(?:[(\[]pdf[)\]]|\[[\w.:/-]*[0-9][\w.:/-]*\])\s*", re.IGNORECASE)
_SITE_SEPARATOR = re.compile(r"\s+[|·•»]\s+|\s*::\s+|\s+\|\s*|\s*\|\s+")
_SEPARATOR = re.compile(r"\s*[:?!;]\s+|\s*[—–]\s*|\s+-+\s+|\.\s+|,\s+|\s*[()\[\]]\s*|\s+[|·•»]\s+|\s*::\s+")
_MATH_LETTER = re.compile("[\U0001d400-\U0001d7ff]")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_WORD = re.compile(r"[0-9]+(?:[.,][0-9]+)*|[^\W\d_]+")
_BY_CHARACTER = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_COUNTED = ("part", "volume", "vol", "chapter", "book", "season", "episode", "version", "edition")
_NUMERALS = {
    word: str(i)
    for words in (
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
        ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"),
    )
    for i, word in enumerate(words, 1)
}
_EMPTY_WORDS = frozenset(
    (
        *("a", "an", "and", "are", "as", "at", "be", "by", "do", "does", "for", "from"),
        *("in", "is", "it", "of", "on", "or", "the", "to", "with"),
    )
)
_ARTICLES = frozenset(("a", "an", "the"))


def compare_titles(recorded: str, seen: str) -> TitleMatch:
    """Return how two titles agree: SAME, PART (one has a subtitle more, or is cut off), LIKE (ask), or OTHER.

    Capitals, accents, quotation marks, punctuation, LaTeX, and a site's name behind `|` do not count. Numbers do. A
    correction, retraction, comment, reply or review of a work is another work. Titles in two scripts cannot be
    compared: they are LIKE.
    """
    one, two = _Title(recorded), _Title(seen)
    if not one.words or not two.words:
        return TitleMatch.SAME if one.words == two.words else TitleMatch.OTHER
    if one.is_same(two):
        return TitleMatch.SAME
    if one.notice != two.notice:
        return TitleMatch.OTHER
    if any(a.is_same(b) for a in one.without_site for b in two.without_site):
        return TitleMatch.SAME
    if not one.scripts & two.scripts:
        return TitleMatch.LIKE
    if _differ_in_numbers(one, two):
        return TitleMatch.OTHER
    if one.is_part_of(two) or two.is_part_of(one):
        return TitleMatch.PART
    return TitleMatch.LIKE if _is_like(one, two) else TitleMatch.OTHER


class _Title:
    """A title with what of it is compared."""

    def __init__(self, text: str) -> None:
        text = _LABEL.sub("", plain_title(text[:LONGEST]))
        text = _STATE.sub("", text)
        self.text = text
        self.is_cut = text.rstrip().endswith(("…", "..."))
        words = title_words(text)
        self.words = words[1:] if len(words) > 1 and words[0] in _ARTICLES else words

    @cached_property
    def letters(self) -> str:
        return "".join(self.words)

    @cached_property
    def notice(self) -> str:
        """The first letters of the word that makes it another work about a work; "" if there is none."""
        match = _NOTICE_BEFORE.search(self.text) or _NOTICE_AFTER.search(self.text)
        return "".join(title_words(match["notice"])) if match else ""

    @cached_property
    def without_site(self) -> "list[_Title]":
        """The title, and it without a piece at its beginning or end that a site's own separator sets apart."""
        pieces = list(_SITE_SEPARATOR.finditer(self.text))
        cut = [self.text[: pieces[0].start()], self.text[: pieces[-1].start()]] if pieces else []
        cut += [self.text[pieces[0].end() :]] if pieces else []
        return [self, *(_Title(each) for each in cut)]

    @cached_property
    def segments(self) -> list[list[str]]:
        """Words between separators: title and subtitle, remarks in brackets, a site's name."""
        return [words for each in _SEPARATOR.split(self.text) if (words := title_words(each))]

    @cached_property
    def scripts(self) -> set[str]:
        """The scripts of its letters, as "LATIN"."""
        letters = [each for each in "".join(self.words) if each.isalpha()]
        return {unicodedata.name(each, "?").split(" ")[0] for each in letters} or {"LATIN"}

    @cached_property
    def numbers(self) -> list[str]:
        return sorted(each for each in self.words if each[0].isdigit())

    def is_same(self, other: "_Title") -> bool:
        return self.letters == other.letters and not _joins_numbers(self.words, other.words)

    def is_part_of(self, other: "_Title") -> bool:
        """Whether the title is one or more whole segments of the other, and what the other has more is no number."""
        if self.is_cut and len(self.words) >= _TRUNCATED:
            return _begins_with(other.letters, self.letters)
        words, segments = self.words, other.segments
        for first in range(len(segments)):
            joined: list[str] = []
            for last in range(first, len(segments)):
                joined += segments[last]
                without_article = joined[1:] if len(joined) > 1 and joined[0] in _ARTICLES else joined
                if without_article == words:
                    before = [] if len(words) >= _TELLING_PART else segments[:first]
                    rest = [word for each in before + segments[last + 1 :] for word in each]
                    is_enough = first == 0 or len(words) > 1
                    return is_enough and not any(word[0].isdigit() for word in rest)
        return False


def plain_title(text: str) -> str:
    """Return a title without markup: HTML's tags and entities, and LaTeX if there is any."""
    text = html.unescape(_TAG.sub("", html.unescape(text)))
    if "\\" in text or "$" in text or re.search(r"\{\w", text):
        text = latex_to_text(text)
    return unicodedata.normalize("NFKC", text)


def latex_to_text(text: str) -> str:
    """Return the text that LaTeX stands for; the text itself where it is no LaTeX."""
    try:
        plain = _LATEX.latex_to_text(re.sub(r"(?<!\\)([&%#])", r"\\\1", text))
    except Exception:
        return text
    return _MATH_LETTER.sub(lambda match: unicodedata.normalize("NFKC", match[0]), plain)


logging.getLogger("pylatexenc").setLevel(logging.WARNING)  # it tells of each fault of what is no LaTeX
_LATEX = LatexNodes2Text(math_mode="text", keep_comments=True, strict_latex_spaces=False)


def title_words(text: str) -> list[str]:
    """Return the words of a title as they are compared: small, without accents, letters and digits apart."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    text = "".join(each for each in text if not unicodedata.combining(each))
    text = re.sub(r"(?<=\w)['’ʼ](?=\w)", "", text).replace("&", " and ")
    words: list[str] = []
    for match in _WORD.finditer(text):
        words += _BY_CHARACTER.sub(r" \g<0> ", match[0]).split()
    return [_spelling(_numeral(word, words[i - 1] if i else "")) for i, word in enumerate(words)]


def _numeral(word: str, before: str) -> str:
    return _NUMERALS.get(word, word) if before in _COUNTED else word


def _spelling(word: str) -> str:
    """One spelling of words that British and American English write in two ways."""
    if len(word) <= _SHORT_WORD - 1:
        return word
    word = re.sub(r"our(s|ed|ing|able|al|ful|less|ite)?$", r"or\1", word)
    return re.sub(r"is(e|ed|es|er|ers|ing|ation|ations)$", r"iz\1", word)


def _joins_numbers(one: list[str], two: list[str]) -> bool:
    """Whether two lists of words with the same letters have other numbers, as "1 2" and "12"."""
    return [w for w in one if w[0].isdigit()] != [w for w in two if w[0].isdigit()]


def _begins_with(letters: str, start: str) -> bool:
    return letters.startswith(start)


def _differ_in_numbers(one: _Title, two: _Title) -> bool:
    """Whether each has a number that the other lacks."""
    return bool(set(one.numbers) - set(two.numbers) and set(two.numbers) - set(one.numbers))


def _is_like(one: _Title, two: _Title) -> bool:
    short, long = sorted((_telling(one.words), _telling(two.words)), key=len)
    if len(short) >= _ALIKE_ENOUGH:
        shared = sum(any(_is_near(word, other) for other in long) for word in short)
        if shared >= _LIKE * len(short):
            return True
    equal = list(takewhile(lambda pair: pair[0] == pair[1], zip(one.segments, two.segments, strict=False)))
    return sum(len(words) for words, _ in equal) >= _HEAD


def _telling(words: list[str]) -> list[str]:
    return [word for word in words if word not in _EMPTY_WORDS]


def _is_near(one: str, two: str) -> bool:
    """Whether two words are one but for one letter put in, left out, changed or swapped with the next."""
    if one == two:
        return True
    if min(len(one), len(two)) < _SHORT_WORD or abs(len(one) - len(two)) > 1 or one[0].isdigit():
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two))
    )
    rest, other = one[start:], two[start:]
    return (
        rest[1:] == other[1:]
        or rest[1:] == other
        or rest == other[1:]
        or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
    )
