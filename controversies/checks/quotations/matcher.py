"""Compare a quotation with the text of its source, letter by letter and gap by gap."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from controversies.models.choices import QuoteVerdict

from . import denials
from .characters import is_ideograph, is_spaceless
from .edges import denial_notes, end_notes, start_notes
from .gaps import judge
from .letter_index import LetterIndex
from .markup import (
    FURTHEST_IN_BRACKETS,
    Joint,
    MarkedQuote,
    QuotePart,
    has_marks,
    markdown_words,
    omits_at_ends,
    parse_marks,
    without_reference_marks,
)
from .nearest import nearest_passage
from .notes import Note

_RANKS = {
    QuoteVerdict.ABSENT: 0,
    QuoteVerdict.DOUBT: 1,
    QuoteVerdict.PUNCTUATION: 2,
    QuoteVerdict.CONFIRMED: 3,
}
_WORK = 5_000_000  # letters and gaps that are compared at most, so that no text takes long
_COST_OF_GAP = 20
_COST_OF_PASSAGE = 50
_FEWEST_WORDS, _FEWEST_LETTERS = 2, 8
_ENOUGH_WORDS = 4  # fewer, and those that are in every text do not count
_COMMON_WORDS = "the a an of is are was were and or to in on it as at by for be"
_COMMON = frozenset(_COMMON_WORDS.split())
_LETTERS_OF_A_WORD = 4  # about, in scripts without spaces whose letters are sounds
_COUNTED = 100  # words or letters that are counted at most
_CONTEXT = 32  # characters of a stored prefix or suffix that count
# Words for which brackets may stand: they only point at what was named before.
_POINTERS = """
    he she it they we i you him her them us me his hers its their theirs our ours my mine your yours this that these
    those the a an who which here there then so and but also however er sie es wir ihr ihm ihn ihnen sein seine ihre
    der die das dieser diese dieses il elle ils elles on nous vous lui leur le la les ce cette ces ella ellos ellas lo
    los las este esta lei loro
"""
_POINTING = frozenset(_POINTERS.split())
_FAMILIES = (
    {"is", "are", "was", "were", "be", "been"},
    *({"has", "have", "had"}, {"will", "would"}, {"do", "does", "did"}),
)
_FEWEST_SHARED, _LONGEST_ENDING = 4, 3  # letters


@dataclass(frozen=True)
class QuoteMatch:
    """The agreement of a source with a quotation.

    `start` and `end` are offsets in the source's text of the passage that was compared, `exact` its own words; 0, 0 and
    "" if there is none. `nearest` is the likest passage of a source that does not have the words: a hint for people.
    """

    verdict: QuoteVerdict
    start: int = 0
    end: int = 0
    exact: str = ""
    notes: tuple[Note, ...] = ()
    nearest: str = ""


def match(quote: str, text: str, *, prefix: str = "", suffix: str = "") -> QuoteMatch:
    """Return whether a source's text has the words of a quotation.

    `prefix` and `suffix` are the words that stood around it when it was found before. Takes time in proportion to the
    lengths, whatever the texts are.
    """
    result = _Comparison(quote, text, prefix, suffix).result()
    if result.verdict != QuoteVerdict.ABSENT:
        return result
    return replace(result, nearest=nearest_passage(quote, text))


@dataclass(frozen=True)
class _Passage:
    """A place of the source with the letters of a part; `notes` say how it differs."""

    start: int  # offsets of letters
    end: int
    notes: frozenset[Note]
    at: int = 0  # places in the text
    until: int = 0


class _Comparison:
    """One quotation against one text; keeps the best result."""

    def __init__(self, quote: str, text: str, prefix: str, suffix: str) -> None:
        self.quote = quote
        self.text = text
        self.prefix, self.suffix = (
            LetterIndex(each).caseless for each in (prefix[-_CONTEXT:], suffix[:_CONTEXT])
        )
        self.omits = omits_at_ends(quote)
        self.work = _WORK
        self.best = QuoteMatch(QuoteVerdict.ABSENT)

    def result(self) -> QuoteMatch:
        if LetterIndex(self.quote).cased:
            any(self._try_text(text, mark) for text, mark in self._texts())
        return self.best

    def _texts(self) -> Iterator[tuple[str, frozenset[Note]]]:
        """The source's text as it is, then without reference marks."""
        yield self.text, frozenset()
        if (unmarked := without_reference_marks(self.text)) != self.text:
            yield unmarked, frozenset({Note.REFERENCE_MARKS})

    def _try_text(self, text: str, notes: frozenset[Note]) -> bool:
        """Compare with one form of the text; return whether the quotation is found."""
        source = _index(text)
        quotes = dict.fromkeys((self.quote, markdown_words(self.quote)))
        return any(self._try_literal(quote, source, notes) for quote in quotes) or any(
            self._try_marked(quote, source, notes) for quote in quotes
        )

    def _try_literal(self, quote: str, source: LetterIndex, notes: frozenset[Note]) -> bool:
        index = LetterIndex(quote)
        return bool(index.cased) and any(
            self._consider(source, passage, passage, passage.notes | notes, _is_short([index]))
            for passage in self._passages(index, source, frozenset())
        )

    def _consider(
        self, source: LetterIndex, first: _Passage, last: _Passage, notes: frozenset[Note], is_short: bool
    ) -> bool:
        """Keep a result if it is the best so far; return whether the quotation is found."""
        notes |= set(denial_notes(source, first.start, last.end, omits=self.omits))
        if is_short:
            notes |= {Note.SHORT}
        if not self._has_context(source, first.start, last.end):
            notes |= {Note.CONTEXT}
        verdict = _verdict(notes)
        if _RANKS[verdict] > _RANKS[self.best.verdict]:
            start, end = source.place(first.start), source.place_after(last.end)
            self.best = QuoteMatch(verdict, start, end, self.text[start:end], tuple(sorted(notes)))
        return verdict == QuoteVerdict.CONFIRMED

    def _has_context(self, source: LetterIndex, start: int, end: int) -> bool:
        """Whether any of the words that stood around the quotation stands there still."""
        if not self.prefix and not self.suffix:
            return True
        return (
            bool(self.prefix) and source.caseless[max(0, start - len(self.prefix)) : start] == self.prefix
        ) or (bool(self.suffix) and source.caseless[end : end + len(self.suffix)] == self.suffix)

    def _passages(self, part: LetterIndex, source: LetterIndex, free: frozenset[int]) -> Iterator[_Passage]:
        """The passages of a source that have all letters of a part, in order; none that splits or joins words."""
        needle = part.caseless
        start = source.caseless.find(needle)
        while start >= 0:
            self.work -= _COST_OF_PASSAGE + len(needle) + _COST_OF_GAP * len(part.starts)
            if self.work < 0:
                self._note_absence(Note.REPETITIVE)
                return
            notes = self._compare(part, source, start, free)
            if absent := notes & _ABSENT:
                self._note_absence(*absent)
            else:
                yield _Passage(start, start + len(needle), notes)
            start = source.caseless.find(needle, start + 1)

    def _note_absence(self, *notes: Note) -> None:
        if self.best.verdict == QuoteVerdict.ABSENT:
            self.best = replace(self.best, notes=tuple(sorted({*self.best.notes, *notes})))

    def _compare(
        self, part: LetterIndex, source: LetterIndex, start: int, free: frozenset[int]
    ) -> frozenset[Note]:
        """Compare the ends, gaps and capitals of a part with those of a passage with the same letters."""
        end = start + len(part.caseless)
        notes = {
            *start_notes(part.gap(0), source, start),
            *end_notes(part.gap_after(len(part.starts) - 1), source, end),
        }
        if notes & _ABSENT:
            return frozenset(notes)
        for note in _gap_notes(part, source, start, end):
            notes.add(note)
            if note in _ABSENT:
                return frozenset(notes)
        if _capitals_differ(part.cased, source.cased[start:end], free):
            notes.add(Note.CAPITALS)
        return frozenset(notes)

    def _try_marked(self, quote: str, source: LetterIndex, notes: frozenset[Note]) -> bool:
        if not has_marks(quote):
            return False
        readings = (
            parse_marks(quote, keep_starts=starts, keep_ends=ends)
            for starts, ends in ((True, True), (True, False), (False, True), (False, False))
        )
        return any(self._try_parts(marked, source, notes) for marked in dict.fromkeys(readings))

    def _try_parts(self, marked: MarkedQuote, source: LetterIndex, notes: frozenset[Note]) -> bool:
        """Compare the parts of a quotation in order, and judge what stands between them."""
        if not marked.parts:
            return False
        indexes = [LetterIndex(part.text) for part in marked.parts]
        if not all(index.cased for index in indexes):
            return False
        places = [
            list(self._locate(part, index, source)) for part, index in zip(marked.parts, indexes, strict=True)
        ]
        notes |= _insertion_notes(marked)
        for level in _LEVELS:
            chain = _chain(places, marked.joints, source, level)
            if chain:
                joined = notes.union(
                    *(passage.notes for passage in chain),
                    level.notes,
                    _omission_notes(indexes, marked.joints, chain, source),
                )
                return self._consider(source, chain[0], chain[-1], joined, _is_short(indexes))
        return False

    def _locate(self, part: QuotePart, index: LetterIndex, source: LetterIndex) -> Iterator[_Passage]:
        free = frozenset[int]()
        if part.free:
            free = frozenset(offset for offset in range(len(index.cased)) if index.place(offset) in part.free)
        for passage in self._passages(index, source, free):
            yield replace(passage, at=source.place(passage.start), until=source.place_after(passage.end))


_ABSENT = frozenset({Note.SPACE, Note.MIDDLE_OF_WORD, Note.REPETITIVE})
_DOUBTS = frozenset(
    {
        *(Note.SHORT, Note.CONTEXT, Note.DENIED, Note.DENIAL_OMITTED, Note.DENIAL_INSERTED),
        *(Note.REPLACEMENT, Note.FAR_APART, Note.SHORT_PARTS, Note.HEDGE_OMITTED),
    }
)
_PUNCTUATION = frozenset(
    {
        *(Note.CAPITALS, Note.SIGN, Note.NUMBER, Note.APOSTROPHE, Note.HYPHEN),
        *(Note.QUESTION, Note.PUNCTUATION),
    }
)


def _verdict(notes: frozenset[Note]) -> QuoteVerdict:
    if notes & _DOUBTS:
        return QuoteVerdict.DOUBT
    return QuoteVerdict.PUNCTUATION if notes & _PUNCTUATION else QuoteVerdict.CONFIRMED


@lru_cache(maxsize=2)
def _index(text: str) -> LetterIndex:
    """Return the letters of a text, kept for the other quotations from the same source."""
    return LetterIndex(text)


def _gap_notes(part: LetterIndex, source: LetterIndex, start: int, end: int) -> Iterator[Note]:
    """The differences between the gaps of a part and those of a passage with the same letters."""
    first = source.run_at(start)
    after = source.runs_before(end)
    ours, theirs = 1, first + 1
    count = len(part.starts)
    while ours < count or theirs < after:
        mine = part.starts[ours] if ours < count else end
        their = source.starts[theirs] - start if theirs < after else end
        offset = min(mine, their)
        quoted = printed = ""
        if mine == offset:
            quoted = part.gap(ours)
            ours += 1
        if their == offset:
            printed = source.gap(theirs)
            theirs += 1
        if quoted != printed and (
            note := judge(quoted, printed, part.caseless[offset - 1], part.caseless[offset])
        ):
            yield note


def _capitals_differ(ours: str, theirs: str, free: frozenset[int]) -> bool:
    if ours == theirs:
        return False
    return any(
        one != other and offset not in free
        for offset, (one, other) in enumerate(zip(ours, theirs, strict=True))
    )


def _is_short(parts: list[LetterIndex]) -> bool:
    """Whether a quotation has too few words or letters to tell one passage from another."""
    words = sum(map(_count_words, parts))
    if words < _FEWEST_WORDS:
        return True
    telling = 0
    for part in parts:
        ends = [*part.starts[1:_COUNTED], len(part.caseless)]
        pieces = (part.caseless[start:end] for start, end in zip(part.starts, ends, strict=False))
        for piece in pieces:
            if words >= _ENOUGH_WORDS or piece not in _COMMON:
                telling += len(piece) + sum(map(is_ideograph, piece[:_FEWEST_LETTERS]))
    return telling < _FEWEST_LETTERS


def _count_words(part: LetterIndex) -> int:
    sounds = [char for char in part.caseless[:_COUNTED] if is_spaceless(char)]
    ideographs = sum(map(is_ideograph, sounds))
    spaces = sum(bool(part.gap(run)) for run in range(1, min(len(part.starts), _COUNTED)))
    return 1 + spaces + ideographs + (len(sounds) - ideographs) // _LETTERS_OF_A_WORD


def _omission_notes(
    parts: list[LetterIndex], joints: tuple[Joint | None, ...], chain: list[_Passage], source: LetterIndex
) -> Iterator[Note]:
    """Judge what is left out between the parts: single words were picked, or only a “may” was left out."""
    counts = [0]  # words of the parts between omissions
    omissions: list[str] = []
    for number, (part, joint) in enumerate(zip(parts, joints[:-1], strict=True)):
        if number and joint and joint.omits:
            omissions.append(source.text[chain[number - 1].until : chain[number].at])
            counts.append(0)
        counts[-1] += _count_words(part)
    if any(denials.hedges(omission) for omission in omissions):
        yield Note.HEDGE_OMITTED
    short = [place for place, count in enumerate(counts) if count < _FEWEST_WORDS]
    if not short or not omissions:
        return
    # A single word at an end is one sentence with the rest, or it was picked.
    beside = omissions[0 if short == [0] else -1].strip()
    is_end = short in ([0], [len(counts) - 1]) and max(counts) > _FEWEST_WORDS
    if not is_end or len(beside) > FURTHEST_IN_BRACKETS or denials.first_sentence(beside) != beside:
        yield Note.SHORT_PARTS


def _insertion_notes(marked: MarkedQuote) -> frozenset[Note]:
    """Judge what a quotation puts in brackets, and whether it leaves words out."""
    notes = set()
    for joint in marked.joints:
        if joint is None:
            continue
        if joint.omits:
            notes.add(Note.OMISSION)
        if joint.inserted:
            notes.add(
                Note.DENIAL_INSERTED
                if denials.denies(joint.inserted) or denials.limits(joint.inserted)
                else Note.INSERTION
            )
    for letters in marked.glued:
        notes.add(Note.INSERTION if letters.lower() in _ENDINGS else Note.DENIAL_INSERTED)
    return frozenset(notes)


# Endings that editors put to words so that they fit their own sentence.
_ENDINGS = frozenset({"s", "es", "ed", "d", "ing", "ly", "n", "r", "'s", "’s", "e", "en", "er"})


@dataclass(frozen=True)
class _Level:
    """A form that a chain of parts may have, and the notes on it."""

    is_exact: bool
    is_near: bool
    is_clean: bool
    notes: frozenset[Note]


_LEVELS = (
    _Level(True, True, True, frozenset()),
    _Level(False, True, True, frozenset()),
    _Level(False, True, False, frozenset({Note.DENIAL_OMITTED})),
    _Level(False, False, False, frozenset({Note.FAR_APART})),
)


def _chain(
    places: list[list[_Passage]], joints: tuple[Joint | None, ...], source: LetterIndex, level: _Level
) -> list[_Passage]:
    """Return passages, one a part, in the source's order, with between them only what the level allows; [] if none.

    Of the passages before, the nearest is tried: what lies between is then the least, so nothing else would be allowed.
    """
    reached: list[tuple[_Passage, int]] = []  # a passage, and the number of the one before it
    steps: list[list[tuple[_Passage, int]]] = []
    for number, passages in enumerate(places):
        joint = joints[number]
        step: list[tuple[_Passage, int]] = []
        ends = [passage.end for passage, _before in reached]
        for passage in passages:
            if level.is_exact and passage.notes & _PUNCTUATION:
                continue
            if not number:
                step.append((passage, -1))
                continue
            before = bisect_right(ends, passage.start) - 1
            if before >= 0 and joint and _allows(level, joint, reached[before][0], passage, source):
                step.append((passage, before))
        steps.append(step)
        reached = step
    if not reached:
        return []
    chain, place = [], 0
    for step in reversed(steps):
        passage, place = step[place]
        chain.append(passage)
    return chain[::-1]


def _allows(level: _Level, joint: Joint, one: _Passage, other: _Passage, source: LetterIndex) -> bool:
    """Whether a joint may stand for what lies between two passages."""
    between = source.text[one.until : other.at]
    if level.is_near and len(between.strip()) > joint.furthest:
        return False
    if not level.is_clean:
        return True
    if denials.denies(between):
        return False
    if joint.omits:
        return True
    words = re.findall(r"[^\W_]+", between.lower())
    if all(word in _POINTING for word in words):
        return True
    inserted = re.findall(r"[^\W_]+", joint.inserted.lower())
    return (
        "(" not in between
        and len(words) == len(inserted)
        and all(_is_inflected(one, other) for one, other in zip(words, inserted, strict=True))
    )


def _is_inflected(one: str, other: str) -> bool:
    """Whether two words are forms of one: “is” and “was”, “publish” and “published”."""
    if one == other or any(one in family and other in family for family in _FAMILIES):
        return True
    shared = 0
    while shared < min(len(one), len(other)) and one[shared] == other[shared]:
        shared += 1
    return shared >= _FEWEST_SHARED and max(len(one), len(other)) - shared <= _LONGEST_ENDING
