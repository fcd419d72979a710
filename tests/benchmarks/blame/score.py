"""How much of what an algorithm says of a history is true."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from controversies.document.blame import BlameSpan, block_blame, token_revision

from .histories import Place, Step

_WORDS = re.compile(r"\w+")


class Answer(NamedTuple):
    """What an algorithm says of a word; `first` and `wording` of its statement are 0 where it says nothing."""

    text: str
    revision: int
    first: int = 0
    wording: int = 0


type Answers = dict[Place, list[Answer]]


class Score:
    """Shares of words of which an algorithm says what is true."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.reverts = self.reverts_wrong = 0

    def add(self, step: Step, answers: Answers) -> None:
        """Count the words of a revision. Raises ValueError if the answers are of other words."""
        for place, truth in step.truth.items():
            for word, answer in zip(truth, answers[place], strict=True):
                if word.text != answer.text:
                    raise ValueError(f"{place}: {answer.text} where {word.text} stands.")
                self.counts["words"] += 1
                self.counts["revision"] += word.revision == answer.revision
                self.counts["first"] += word.first == answer.first
                self.counts["wording"] += word.wording == answer.wording

    def add_revert(self, before: Answers, after: Answers) -> None:
        """Count the words that are somebody else's after an exact revert than in the restored revision."""
        self.reverts += 1
        for place, answers in before.items():
            for was, now in zip(answers, after[place], strict=True):
                self.reverts_wrong += was != now

    def share(self, name: str) -> float:
        return self.counts[name] / self.counts["words"]


def answers_of_spans(spans: Iterable[BlameSpan]) -> Iterator[Answer]:
    """The words of a text with the answers of the spans in which they begin."""
    starts: list[tuple[int, BlameSpan]] = []
    text = ""
    for span in spans:
        starts.append((len(text), span))
        text += span.text
    at = 0
    for match in _WORDS.finditer(text):
        while at + 1 < len(starts) and starts[at + 1][0] <= match.start():
            at += 1
        span = starts[at][1]
        yield Answer(match[0], span.revision, token_revision(span.statement), span.wording)


def blame_answers(step: Step, origins: dict[str, bytes]) -> Answers:
    """The answers of our blame for a revision, of the stored origins at its time."""
    blames = {block.key: block_blame(block, origins[block.key]) for block in step.document.blocks()}
    answers = {}
    for place in step.truth:
        spans = blames[place[0]][place[1]]
        assert isinstance(spans, list)
        answers[place] = list(answers_of_spans(span for span in spans if isinstance(span, BlameSpan)))
    return answers
