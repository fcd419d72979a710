"""The letters and digits of a text in one string, with their places in the text and the gaps between them."""

from array import array
from bisect import bisect_left, bisect_right
from functools import cached_property
from itertools import accumulate

from .characters import letters, lowered, runs


class LetterIndex:
    """A text's runs of letters and digits, joined.

    `cased` has capitals, `caseless` has none; both have the same length. Run i covers
    `caseless[starts[i]:starts[i + 1]]` and `text[places[i]:ends[i]]`.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        spans = [match.span() for match in runs(text)]
        pieces = [letters(text[place:end]) for place, end in spans]
        if not all(pieces):  # a run of nothing but tatweels
            spans = [span for span, piece in zip(spans, pieces, strict=True) if piece]
            pieces = [piece for piece in pieces if piece]
        self.places = array("q", (place for place, _end in spans))
        self.ends = array("q", (end for _place, end in spans))
        self.starts = array("q", accumulate(map(len, pieces[:-1]), initial=0) if pieces else ())
        self.cased = "".join(pieces)

    @cached_property
    def caseless(self) -> str:
        return lowered(self.cased)

    def run_at(self, offset: int) -> int:
        """Return the number of the run that holds the letter at an offset."""
        return bisect_right(self.starts, offset) - 1

    def runs_before(self, offset: int) -> int:
        """Return how many runs start before an offset."""
        return bisect_left(self.starts, offset)

    def gap(self, run: int) -> str:
        """Return the text between a run and the one before it; before the first run, from the start of the text."""
        return self.text[self.ends[run - 1] if run else 0 : self.places[run]]

    def gap_after(self, run: int) -> str:
        """Return the text between a run and the next one, or the end of the text."""
        after = self.places[run + 1] if run + 1 < len(self.places) else len(self.text)
        return self.text[self.ends[run] : after]

    def place(self, offset: int) -> int:
        """Return the place in the text of the letter at an offset."""
        run = self.run_at(offset)
        return self.places[run] + self._characters(run, offset - self.starts[run])

    def place_after(self, offset: int) -> int:
        """Return the place in the text just after the letter before an offset."""
        run = self.run_at(offset - 1)
        is_last = run + 1 == len(self.starts)
        if offset == (len(self.cased) if is_last else self.starts[run + 1]):
            return self.ends[run]
        return self.places[run] + self._characters(run, offset - self.starts[run])

    def _characters(self, run: int, count: int) -> int:
        """Return how many characters of a run make its first `count` letters."""
        if not count:
            return 0
        piece = self.text[self.places[run] : self.ends[run]]
        if piece.isascii():
            return count
        length = 0
        for place, char in enumerate(piece):
            if length >= count:
                return place
            length += len(letters(char))
        return len(piece)
