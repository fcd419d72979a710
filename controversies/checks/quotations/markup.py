"""Marks that are not words: reference marks in sources; omissions, brackets and Markdown in quotations."""

import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .denials import denies

_HIDDEN = "\u2060"  # a word joiner, which nobody sees, for each character of a reference mark: places stay
_SUPERSCRIPT = r"[⁰¹²³⁴⁵⁶⁷⁸⁹]"
_RAISED = rf"{_SUPERSCRIPT}+(?:[,⁻–-]{_SUPERSCRIPT}+)*(?!\w)"
_ROMAN = "x{0,3}(?:ix|iv|v?i{1,3}|v)"
_REFERENCE = rf"(?:\d{{1,3}}|[a-z]|{_ROMAN}|(?:note|nb|n|fn|ref)\.? ?\d{{1,3}}|citation needed)"
_CAPITAL = r"\s+[\"“‘'«(]?[A-ZÀ-ÖØ-ÞΑ-ΩА-Я]"
_MARKS = re.compile(
    "|".join(
        (
            rf"[^\S\n]?\[ ?{_REFERENCE}(?: ?[,;–-] ?{_REFERENCE})* ?\]",  # [12], [3, 4], [5–7], [note 2]
            rf"(?<=[^\W\d_]{{4}}){_RAISED}",  # word¹²
            rf"(?:(?<=\b1[6789]\d\d)|(?<=\b20\d\d)){_RAISED}",  # in 2019⁵
            rf"(?<=[.,;:!?)\"'”’»]){_RAISED}",  # word.¹²
            rf"(?<=[a-z]{{4}}[.!?])\d{{1,3}}(?={_CAPITAL})",  # word.12 The: small on paper
            rf"(?<=[a-z]{{4}}[.!?][”\"’'])\d{{1,3}}(?={_CAPITAL})",
            r"(?<=[^\W\d_]{3})[*†‡]+(?=[\s.,;:)])|(?<=[.,;:])[†‡]+(?=\s)",  # word*, word.†
        )
    )
)
# Words that are squared or cubed, not referenced.
_MEASURES = re.compile(
    r"(?<!\w)(?:inch|inches|foot|feet|yard|yards|mile|miles|metre|metres|meter|meters|kilometres|kilometers|seconds?|"
    r"hours?|sinh|cosh|tanh|velocity|speed|mass|radius|length|distance|width|height|time|sigma|beta|alpha)$",
    re.IGNORECASE,
)
_LONGEST_MEASURE = 12
# Words that go with a number: “at least [2] deaths” says how many.
_OWN_NUMBER = re.compile(
    r"(?<!\w)(?:of|about|only|in|than|some|the|an?|is|are|was|were|by|to|from|with|at|least|most|over|under|nearly|"
    r"almost|or|per|all|these|those|scored?|total|cost)$",
    re.IGNORECASE,
)
_LONGEST_EMPHASIS = 300  # characters


def without_reference_marks(text: str) -> str:
    """Return a text of the same length in which nobody sees reference marks."""
    return _MARKS.sub(_hide, text)


def _hide(match: re.Match[str]) -> str:
    mark = match.group()
    if mark in ("²", "³"):
        before = match.string[max(0, match.start() - _LONGEST_MEASURE) : match.start()]
        if before.endswith((")", *"0123456789")) or _MEASURES.search(before):
            return mark
    if mark.startswith("*") and _closes_emphasis(match.string, match.start()):
        return mark
    if mark[0].isspace() and _OWN_NUMBER.search(
        match.string[max(0, match.start() - _LONGEST_MEASURE) : match.start()]
    ):
        return mark
    return _HIDDEN * len(mark)


def _closes_emphasis(text: str, place: int) -> bool:
    """Whether the asterisk at a place closes what another one opened before."""
    opening = text.rfind("*", max(0, place - _LONGEST_EMPHASIS), place)
    return opening >= 0 and text[opening + 1].isalnum() and not text[max(0, opening - 1) : opening].isalnum()


_MARKDOWN = MarkdownIt("commonmark")
_MARKDOWN_SIGNS = re.compile(r"[*_`\[<>&\\]")
_BLOCK_QUOTE = re.compile(r"^[ \t]*>[ \t]?", re.MULTILINE)


def markdown_words(quote: str) -> str:
    """Return the words that a reader sees of Markdown within a paragraph: emphasis, links, entities."""
    if not _MARKDOWN_SIGNS.search(quote):
        return quote
    quote = _BLOCK_QUOTE.sub("", quote)
    return "".join(_words(token) for each in _MARKDOWN.parseInline(quote) for token in each.children or ())


def _words(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    return token.content  # of an image, the words that stand for it


FURTHEST = 1_500  # characters that “…” may leave out
FURTHEST_IN_BRACKETS = 60  # characters that brackets may leave out or replace

_JOINT = re.compile(r"\([\s.…]+\)|\[[^\[\]]{0,300}\]|[.…](?:\s?[.…])+|…")
_FEWEST_DOTS = 3
_WORD = re.compile(r"\w")
_NO_WORD = re.compile(r"\W")


@dataclass(frozen=True)
class QuotePart:
    """Words of a quotation that its source must have without a break.

    The letters at `free` places (of the text) may differ in capitals from the source's: they stood in brackets.
    """

    text: str
    free: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Joint:
    """The place between two parts: what a quotation leaves out, or puts in brackets."""

    omits: bool = False
    is_bracketed: bool = True
    inserted: str = ""

    def __add__(self, other: "Joint") -> "Joint":
        return Joint(
            self.omits or other.omits,
            self.is_bracketed and other.is_bracketed,
            f"{self.inserted} {other.inserted}".strip(),
        )

    @property
    def furthest(self) -> int:
        return FURTHEST_IN_BRACKETS if self.is_bracketed else FURTHEST


@dataclass(frozen=True)
class MarkedQuote:
    """A quotation with omissions or brackets. `joints[i]` stands before `parts[i]`, the last one after the last part.

    `glued` holds what brackets put to the ends of words, as in “model[s]”; with a hyphen, to their starts.
    """

    parts: tuple[QuotePart, ...]
    joints: tuple[Joint | None, ...]
    glued: tuple[str, ...] = ()


def has_marks(quote: str) -> bool:
    """Whether a quotation has omissions or brackets."""
    return any(_is_mark(match.group()) for match in _JOINT.finditer(quote))


def omits_at_ends(quote: str) -> tuple[bool, bool]:
    """Whether a quotation says that it leaves out the rest of a sentence before and after it."""
    marks = [match for match in _JOINT.finditer(quote) if _is_ellipsis(match.group().strip("[]()"))]
    return (
        bool(marks) and not _WORD.search(quote[: marks[0].start()]),
        bool(marks) and not _WORD.search(quote[marks[-1].end() :]),
    )


def _is_mark(text: str) -> bool:
    return text.startswith("[") or _is_ellipsis(text.strip("()"))


def _is_ellipsis(text: str) -> bool:
    """Whether a text is nothing but the dots of an omission."""
    dots = "".join(text.split())
    return not dots.strip(".…") and ("…" in dots or len(dots) >= _FEWEST_DOTS)


def parse_marks(quote: str, *, keep_starts: bool, keep_ends: bool) -> MarkedQuote:
    """Return the parts of a quotation.

    Brackets at the start of words, as in “[T]he”, hold letters of the source with `keep_starts`, else letters that were
    put in; so do those at the end of words, as in “model[s]”, with `keep_ends`.
    """
    parts: list[QuotePart] = []
    joints: list[Joint | None] = [None]
    glued: list[str] = []
    text, free, end = "", set[int](), 0

    def finish() -> None:
        nonlocal text, free
        if _WORD.search(text):
            parts.append(QuotePart(text, frozenset(free)))
            joints.append(None)
        text, free = "", set()

    for match in _JOINT.finditer(quote):
        mark = match.group()
        if not _is_mark(mark):
            continue
        text += quote[end : match.start()]
        end = match.end()
        content = mark[1:-1] if mark.startswith("[") else ""
        is_omission = not mark.startswith("[") or _is_ellipsis(content)
        is_end = quote[max(0, match.start() - 1) : match.start()].isalnum()
        after = quote[end : end + 1]
        is_start = after.isalnum() or (len(content) == 1 and after not in ("", " ") and not is_end)  # [i].e.
        if not is_omission and _WORD.search(content) and (is_start or is_end):
            if keep_starts if is_start else keep_ends:
                free.update(range(len(text), len(text) + len(content)))
                text += content
            else:
                word = _NO_WORD.split(text)[-1] + content
                glued.append(f"{content}-" if is_start or denies(word) else content)
            continue
        finish()
        joint = Joint(is_omission, mark.startswith("["), "" if is_omission else content)
        joints[-1] = joint if joints[-1] is None else joints[-1] + joint
    text += quote[end:]
    finish()
    return MarkedQuote(tuple(parts), tuple(joints), tuple(glued))
