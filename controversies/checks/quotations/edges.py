"""Ends of a passage: whether a quotation starts and ends with whole words and numbers, and cuts no denial off."""

import re
from collections.abc import Iterator

from .characters import is_letter, is_mark, is_spaceless
from .denials import denies, first_sentence, is_denied, last_sentence
from .gaps import plain
from .letter_index import LetterIndex
from .notes import Note

_CONTEXT = 200  # characters before and after a passage in which a denial is looked for
# Signs that join what stands on both sides of them, where no space does.
_JOINERS = frozenset("-–−'/@_&+*^\\=~#()]$€£¥₹")
_NUMBER_JOINERS = frozenset(".,:—%")
# Articles and pronouns that lose their vowel before a word, which can be quoted without them. Not “n’”: it denies.
_ELISIONS = re.compile(
    r"(?:^|[^\w'])(?:[cdjlmst]|qu|jusqu|lorsqu|puisqu|quoiqu|dell|all|nell|sull|dall|coll|un|gl|quest|quell)'[\"']*$",
    re.IGNORECASE,
)
_NUMBER_PREFIX = re.compile(r"(?:(?:(?<=[^\w])|^)[-–−+.]|[<>≤≥≈~±$€£¥₹₽₩#] ?)+$")
_WORD_PREFIX = re.compile(r"(?:[¬~≠∄∀∃√∑−#@$€£¥№\\]|(?:(?<=\s)|^)\.)$")
_NUMBER_SUFFIX = re.compile(r" ?[%‰‱°€£$¥₹₽₩]|\+")
_WORD_SUFFIX = re.compile(r"[+#]+")
_STOPS = frozenset(" \n\"'.,;:-–—−()[]{}<>|*_/~•·。、")
_SENTENCE_END = re.compile(r"[.?!][\"')]*")
_NOTE_DIGITS = 3
_END = re.compile(r"[\s\"'),;:\]–—-]*([?!.。]+)")


def start_notes(quoted: str, source: LetterIndex, start: int) -> Iterator[Note]:
    """Judge where a passage begins.

    `quoted` is the quotation's own text before its first letter; `start` is the offset of the passage's first letter.
    """
    first = source.caseless[start]
    before = source.caseless[start - 1] if start else ""
    run = source.run_at(start)
    if source.starts[run] != start:
        if is_mark(first) or not (is_spaceless(first) or is_spaceless(before)):
            yield Note.MIDDLE_OF_WORD
        return
    gap = plain(source.gap(run))
    if before and _is_joined(gap, before, first, source, run):
        yield Note.MIDDLE_OF_WORD
        return
    prefix = _NUMBER_PREFIX if first.isdigit() else _WORD_PREFIX
    if _sign(plain(quoted), prefix) != _sign(f"x{gap}" if before else gap, prefix):
        yield Note.SIGN
    if _added_signs(quoted, gap):
        yield Note.PUNCTUATION


def _is_joined(gap: str, before: str, first: str, source: LetterIndex, run: int) -> bool:
    """Whether the gap before a run makes one word or number of it and the run before."""
    if not gap:
        return not (is_spaceless(before) or is_spaceless(first))
    if re.fullmatch(r"[-¬]\s*\n\s*|\x02\s*", gap):
        return is_letter(before) and is_letter(first)
    if "'" in gap and _ELISIONS.search(
        plain(source.text[max(0, source.places[run] - 10) : source.places[run]])
    ):
        return False
    return _is_tight_joint(gap, before, first, source.cased[source.starts[run]])


def _is_note_number(source: LetterIndex, run: int) -> bool:
    """Whether a run is the number of a note, set after the end of a sentence: “… the mat.3 Next”."""
    digits = source.text[source.places[run] : source.ends[run]]
    behind = source.gap_after(run)
    return (
        _SENTENCE_END.fullmatch(plain(source.gap(run))) is not None
        and len(digits) <= _NOTE_DIGITS
        and digits.isdigit()
        and (not behind or behind[0].isspace())
    )


def _is_tight_joint(gap: str, before: str, first: str, cased: str) -> bool:
    """Whether signs without a space join a letter or digit with the first of a run (`cased`)."""
    if any(char.isspace() for char in gap) or is_spaceless(before) or is_spaceless(first):
        return False
    signs = set(gap)
    if signs & _JOINERS or signs <= {'"', "'"}:
        return True
    if before.isdigit() and first.isdigit() and signs & _NUMBER_JOINERS:
        return True
    return gap == "." and (first.isdigit() or cased.islower())


def end_notes(quoted: str, source: LetterIndex, end: int) -> Iterator[Note]:
    """Judge where a passage ends.

    `quoted` is the quotation's own text after its last letter; `end` is the offset after the passage's last letter.
    """
    last = source.caseless[end - 1]
    run = source.run_at(end - 1)
    is_last_run = run + 1 == len(source.starts)
    run_end = len(source.caseless) if is_last_run else source.starts[run + 1]
    if run_end != end:
        after = source.caseless[end]
        if is_mark(after) or not (is_spaceless(last) or is_spaceless(after)):
            yield Note.MIDDLE_OF_WORD
        return
    gap = plain(source.gap_after(run))
    is_joined = not is_last_run and _is_joined(gap, last, source.caseless[end], source, run + 1)
    if is_joined and not (is_letter(last) and _is_note_number(source, run + 1)):
        yield Note.MIDDLE_OF_WORD
        return
    quoted = plain(quoted)
    suffix = _NUMBER_SUFFIX if last.isdigit() else _WORD_SUFFIX
    if _leading(quoted, suffix) != _leading(gap, suffix):
        yield Note.SIGN
    if _is_other_end(quoted, gap):
        yield Note.QUESTION
    elif _added_signs(quoted, gap):
        yield Note.PUNCTUATION


def _sign(text: str, pattern: re.Pattern[str]) -> str:
    match = pattern.search(re.sub(r"\s+", " ", text))
    return re.sub("[–−]", "-", match.group().replace(" ", "")) if match else ""


def _leading(text: str, pattern: re.Pattern[str]) -> str:
    match = pattern.match(re.sub(r"\s+", " ", text))
    return match.group().strip() if match else ""


def _added_signs(quoted: str, gap: str) -> bool:
    """Whether a quotation has signs at an end, other than stops, quotation marks and brackets, that are not there."""
    return not set(plain(quoted)) - _STOPS <= set(gap)


def _is_other_end(quoted: str, gap: str) -> bool:
    """Whether a question or an exclamation was made of a statement, or the other way round.

    An exclamation mark may be left out where the quotation ends without any stop.
    """
    ours, theirs = _END.match(quoted), _END.match(gap)
    signs = [set(match.group(1)) if match else set() for match in (ours, theirs)]
    if ("?" in signs[0]) != ("?" in signs[1]):
        return True
    return bool(signs[0]) and ("!" in signs[0]) != ("!" in signs[1])


def denial_notes(source: LetterIndex, start: int, end: int, *, omits: tuple[bool, bool]) -> Iterator[Note]:
    """Say if the source denies a passage by words just before it or after it.

    `omits` says whether the quotation leaves out, with “…”, the rest of the sentence before and after it.
    """
    text = source.text
    place, after = source.place(start), source.place_after(end)
    before, behind = text[max(0, place - _CONTEXT) : place], text[after : after + _CONTEXT]
    if is_denied(before, behind, is_spaceless(source.caseless[start])):
        yield Note.DENIED
    rests = [last_sentence(before)] * omits[0] + [first_sentence(behind)] * omits[1]
    if any(denies(rest) for rest in rests):
        yield Note.DENIAL_OMITTED
