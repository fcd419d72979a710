"""Algorithms that say who wrote each word of a history, each fed one revision after the other."""

import re
import time
from collections.abc import Iterator
from typing import Any, Protocol

from controversies.document.blame import MemoryArchive, attribute
from controversies.document.types import Document
from controversies.document.words import matches

from .histories import Place, Step
from .score import Answer, Answers, blame_answers

_WORDS = re.compile(r"\w+")
_MARK = re.compile(r"\[([0-9]+)\]")


class Contestant(Protocol):
    """An algorithm and the processor's seconds that it took so far."""

    seconds: float

    def add(self, step: Step) -> None:
        """Take the next revision."""

    def answers(self, step: Step) -> Answers | None:
        """What it says of the words of the newest revision; None if it passed that over."""


class Ours:
    """The blame of this project, incremental as at save."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.archive = MemoryArchive()
        self.document: Document | None = None

    def add(self, step: Step) -> None:
        start = time.process_time()
        attribution = attribute(self.document, step.document, step.number, self.archive)
        self.seconds += time.process_time() - start
        self.archive.add(attribution.origins, attribution.former)
        self.document = step.document

    def answers(self, step: Step) -> Answers:
        return blame_answers(step, self.archive.newest)


class PreviousRevision:
    """The words of each field that are not in the one before it, by this project's diff, are the new revision's."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.texts: dict[Place, list[tuple[str, int]]] = {}

    def add(self, step: Step) -> None:
        start = time.process_time()
        for place, text in step.texts.items():
            words = _WORDS.findall(text)
            old = self.texts.get(place, [])
            if [word for word, _revision in old] == words:
                continue
            owners = [step.number] * len(words)
            for i, j, length in matches([word for word, _revision in old], words):
                owners[j : j + length] = [revision for _word, revision in old[i : i + length]]
            self.texts[place] = list(zip(words, owners, strict=True))
        self.seconds += time.process_time() - start

    def answers(self, step: Step) -> Answers:
        return {place: [Answer(*each) for each in self.texts[place]] for place in step.truth}


class WikiWho:
    """WikiWho's own Python (`pip install wikiwho==1.0.3`, MIT), given the page as one text.

    Marks are given to it as one word for each source, so that renumbering does not count against it. It passes over
    revisions that it holds for vandalism.
    """

    def __init__(self) -> None:
        from WikiWho.wikiwho import Wikiwho  # type: ignore[import-not-found]  # noqa: PLC0415 - only if wanted

        self.seconds = 0.0
        self.wikiwho: Any = Wikiwho("page")

    def add(self, step: Step) -> None:
        keys = [source.slug.replace("-", "") for source in step.document.sources]
        text = "\n\n".join(
            _MARK.sub(lambda match: keys[int(match[1]) - 1], text) for text in step.texts.values()
        )
        start = time.process_time()
        self.wikiwho.analyse_article(
            [{"revid": step.number, "timestamp": "", "user": "editor", "userid": 1, "*": text}]
        )
        self.seconds += time.process_time() - start

    def answers(self, step: Step) -> Answers | None:
        revision = self.wikiwho.revisions.get(step.number)
        if revision is None:
            return None
        owners = (each for each in self._tokens(revision) if _WORDS.match(each[0]))
        return {
            place: [Answer(word.text, next(owners)[1]) for word in truth]
            for place, truth in step.truth.items()
        }

    @staticmethod
    def _tokens(revision: Any) -> Iterator[tuple[str, int]]:
        from WikiWho.utils import iter_rev_tokens  # type: ignore[import-not-found]  # noqa: PLC0415

        for token in iter_rev_tokens(revision):
            yield token.value, token.origin_rev_id
