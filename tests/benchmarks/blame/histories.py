"""Random histories of a page in which it is known which revision wrote each word and each wording.

`history()` yields documents with their truth. The moderate mix is what editors do: words edited, sentences added,
deleted and moved, sources cited further up, reverts, proposals accepted with amendments. The hostile mix adds all that
misleads: clauses moved, sentences split, joined, copied, rewritten, brought back in other words, several of these at
once, whole texts deleted and restored.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from controversies.document.types import (
    Citation,
    Context,
    Document,
    Head,
    Point,
    Position,
    Source,
    Stance,
    Topic,
    context_key,
)

FUNCTION_WORDS = (
    *(
        "the",
        "of",
        "and",
        "to",
        "in",
        "that",
        "is",
        "for",
        "it",
        "as",
        "was",
        "with",
        "be",
        "by",
        "on",
        "not",
        "this",
    ),
    *(
        "but",
        "from",
        "are",
        "or",
        "an",
        "they",
        "which",
        "have",
        "has",
        "been",
        "if",
        "would",
        "when",
        "who",
        "will",
    ),
    *(
        "more",
        "no",
        "out",
        "so",
        "what",
        "its",
        "about",
        "into",
        "than",
        "can",
        "only",
        "other",
        "some",
        "could",
    ),
)


_REMEMBERED = 60  # revisions, of which any may be restored


class Word(NamedTuple):
    """A word of the truth: its text, or the key of the source that a mark means, and the revision that wrote it."""

    text: str
    revision: int
    mark: bool = False
    comma: bool = False


@dataclass
class Sentence:
    """A sentence of the truth: its words, its first revision and that of its wording."""

    words: list[Word]
    first: int
    wording: int

    def copy(self) -> "Sentence":
        return Sentence(list(self.words), self.first, self.wording)


type Paragraph = list[Sentence]
type Text = list[Paragraph]
type Place = tuple[str, str]  # key of the block, path of the field


class TrueWord(NamedTuple):
    """What is true of a word of a text: the revision that wrote it, and its statement's first and wording."""

    text: str
    revision: int
    first: int
    wording: int


@dataclass
class Step:
    """A revision: its document, and its texts and their truth by place."""

    number: int
    document: Document
    reverts_to: int  # the revision that it restores exactly, or 0
    texts: dict[Place, str] = field(repr=False)
    truth: dict[Place, list[TrueWord]] = field(repr=False)


def history(seed: int, length: int, mix: str) -> Iterator[Step]:
    """The steps of a history with this many revisions; `mix` is "moderate" or "hostile"."""
    yield from _Page(random.Random(f"{mix} {seed}"), mix).steps(length)


class _Page:
    """A page whose texts are made of sentences that know where they came from."""

    def __init__(self, rng: random.Random, mix: str) -> None:
        self.rng, self.mix, self.number = rng, mix, 1
        size = rng.choice([600, 1500, 4000])
        self.vocabulary = [self._invent() for _ in range(size)]
        self.weights = [1 / (n + 8) for n in range(size)]
        self.function_share = rng.uniform(0.3, 0.5)
        self.length = rng.choice([9, 14, 20])  # words of a sentence, about
        self.sources = [Source(key=self._key(), slug=f"source-{n}", title=f"Source {n}") for n in range(40)]
        self.cited: list[str] = [source.key for source in self.sources[:6]]
        self.key = self._key()
        self.head = Head(
            key=self.key,
            slug="page",
            title="A page",
            topic=Topic(key=self._key(), slug="topic", title="Topic"),
            status="active",
            polarity="binary",
            publication="published",
        )
        self.context = context_key(self.key)
        self.points = [self._key() for _ in range(4)]
        self.positions = [self._key() for _ in range(4)]
        self.claims = {key: "Claim " + self._invent() for key in [*self.points, *self.positions]}
        self.citations = {source.key: self._key() for source in self.sources}
        self.texts: dict[Place, Text] = {(self.context, "text"): self._text(3)}
        for point in self.points:
            self.texts[point, "body"] = self._text(2)
        for position in self.positions:
            self.texts[position, "argument"] = self._text(4)
            for point in self.points:
                self.texts[position, f"stances.{point}.text"] = self._text(1)
        self.deleted: list[tuple[Place, list[Sentence]]] = []  # sentences that left, with where they were
        self.wordings: dict[tuple[Word, ...], int] = {}
        self.snapshots: dict[int, tuple[dict[Place, Text], list[str]]] = {}
        self.drawn: dict[Place, tuple[str, list[TrueWord]]] = {}
        self.document = self._draw()
        self.largest = rng.choice([5000, 8000])  # words; beyond this, more is deleted than added

    def _key(self) -> str:
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def steps(self, length: int) -> Iterator[Step]:
        for number in range(1, length + 1):
            self.number = number
            reverts_to = self._edit() if number > 1 else 0
            self._date_wordings()
            self.document = self._draw()
            self.snapshots[number] = _copied(self.texts), list(self.cited)
            self.snapshots.pop(number - _REMEMBERED, None)
            texts = {place: self.drawn[place][0] for place in self.texts}
            truth = {place: self.drawn[place][1] for place in self.texts}
            yield Step(number, self.document, reverts_to, texts, truth)

    def _date_wordings(self) -> None:
        """Date each wording by the revision that first had the same words, written by the same revisions."""
        for text in self.texts.values():
            for paragraph in text:
                for sentence in paragraph:
                    if sentence.wording == self.number:
                        sentence.wording = self.wordings.setdefault(tuple(sentence.words), self.number)

    # -- words --

    def _invent(self) -> str:
        rng = self.rng
        syllables = (rng.choice("bcdfghjklmnprstvwz") + rng.choice("aeiou") for _ in range(rng.randint(2, 4)))
        return "".join(syllables) + rng.choice(("", "n", "s", "r", "l"))

    def _word(self) -> Word:
        rng = self.rng
        if rng.random() < self.function_share:
            return Word(rng.choice(FUNCTION_WORDS), self.number)
        [text] = rng.choices(self.vocabulary, self.weights)
        return Word(text, self.number, comma=rng.random() < 0.12)

    def _words(self, count: int) -> list[Word]:
        return [self._word() for _ in range(count)]

    def _sentence(self) -> Sentence:
        words = self._words(max(3, int(self.rng.gauss(self.length, self.length / 3))))
        if self.rng.random() < 0.15:
            words.append(Word(self.rng.choice(self.cited), self.number, mark=True))
        return Sentence(words, self.number, self.number)

    def _text(self, paragraphs: int) -> Text:
        return [[self._sentence() for _ in range(self.rng.randint(2, 6))] for _ in range(paragraphs)]

    # -- places --

    def _place(self) -> Place:
        places = list(self.texts)
        return self.rng.choices(places, [len(self.texts[place]) for place in places])[0]

    def _pick(self) -> tuple[Place, Paragraph, int]:
        """A place, one of its paragraphs, and the index of one of its sentences."""
        place = self._place()
        paragraph = self.rng.choice(self.texts[place])
        return place, paragraph, self.rng.randrange(len(paragraph))

    def _touch(self, sentence: Sentence) -> None:
        sentence.wording = self.number

    def _prune(self) -> None:
        """Leave no paragraph and no text empty."""
        for text in self.texts.values():
            text[:] = [paragraph for paragraph in text if paragraph] or [[self._sentence()]]

    def _size(self) -> int:
        return sum(len(each.words) for text in self.texts.values() for para in text for each in para)

    # -- edits --

    def _edit(self) -> int:
        """Edit the page; return the number of the revision that was restored, or 0."""
        rng = self.rng
        if self.number > 3 and rng.random() < 0.04:
            back = rng.randint(1, min(self.number - 2, rng.choice([1, 2, 5, 40])))
            number = self.number - 1 - back
            texts, cited = self.snapshots[number]
            self.texts, self.cited = _copied(texts), list(cited)
            return number
        moderate = (
            (self._replace_words, 6),
            (self._insert_words, 5),
            (self._delete_words, 4),
            (self._add_sentence, 5),
            (self._add_paragraph, 1),
            (self._delete_sentence, 3),
            (self._move_sentence, 2),
            (self._move_paragraph, 1),
            (self._cite_further_up, 2),
            (self._amend, 1),
        )
        hostile = (
            (self._move_clause, 4),
            (self._split, 3),
            (self._join, 3),
            (self._copy, 1),
            (self._rewrite, 3),
            (self._bring_back, 3),
            (self._bring_back_changed, 2),
            (self._shuffle, 1),
            (self._delete_much, 0.5),
        )
        edits = moderate if self.mix == "moderate" else (*moderate, *hostile)
        count = 1 if self.mix == "moderate" else rng.choice((1, 1, 2, 3, 5))
        big = self._size() > self.largest
        for _ in range(count):
            [edit] = rng.choices([each for each, _weight in edits], [weight for _each, weight in edits])
            if big and edit in (self._add_sentence, self._add_paragraph, self._copy):
                edit = self._delete_sentence
            edit()
            self._prune()
        return 0

    def _replace_words(self) -> None:
        _place, paragraph, i = self._pick()
        words = paragraph[i].words
        count = min(len(words), self.rng.randint(1, 3))
        at = self.rng.randrange(len(words) - count + 1)
        words[at : at + count] = self._words(self.rng.randint(1, 3))
        self._touch(paragraph[i])

    def _insert_words(self) -> None:
        _place, paragraph, i = self._pick()
        words = paragraph[i].words
        at = self.rng.randrange(len(words) + 1)
        words[at:at] = self._words(self.rng.choice([1, 1, 2, 3, 6]))
        self._touch(paragraph[i])

    def _delete_words(self) -> None:
        _place, paragraph, i = self._pick()
        words = paragraph[i].words
        count = self.rng.randint(1, 3)
        if len(words) > count + 2:
            at = self.rng.randrange(len(words) - count + 1)
            del words[at : at + count]
            self._touch(paragraph[i])

    def _add_sentence(self) -> None:
        _place, paragraph, i = self._pick()
        paragraph.insert(i + self.rng.randint(0, 1), self._sentence())

    def _add_paragraph(self) -> None:
        text = self.texts[self._place()]
        text.insert(self.rng.randint(0, len(text)), [self._sentence() for _ in range(self.rng.randint(2, 4))])

    def _delete_sentence(self) -> None:
        place, paragraph, i = self._pick()
        self.deleted.append((place, [paragraph.pop(i)]))

    def _move_sentence(self) -> None:
        _place, paragraph, i = self._pick()
        sentence = paragraph.pop(i)
        self._prune()
        _place, other, k = self._pick()
        other.insert(k, sentence)

    def _move_paragraph(self) -> None:
        text = self.texts[self._place()]
        paragraph = text.pop(self.rng.randrange(len(text)))
        self._prune()
        other = self.texts[self._place()]
        other.insert(self.rng.randint(0, len(other)), paragraph)

    def _cite_further_up(self) -> None:
        """Cite another source in the first text, so that all marks get other numbers."""
        free = [source.key for source in self.sources if source.key not in self.cited]
        if free and self.rng.random() < 0.7:
            self.cited.insert(0, self.rng.choice(free))
        else:
            self.rng.shuffle(self.cited)

    def _amend(self) -> None:
        """Two edits of one sentence in one revision, as when a proposal was amended before it was recorded."""
        _place, paragraph, i = self._pick()
        words = paragraph[i].words
        words[len(words) // 2 : len(words) // 2] = self._words(2)
        words[:0] = self._words(1)
        self._touch(paragraph[i])

    def _move_clause(self) -> None:
        _place, paragraph, i = self._pick()
        words = paragraph[i].words
        count = self.rng.randint(4, 9)
        if len(words) < count + 3:
            return
        at = self.rng.randrange(len(words) - count + 1)
        clause = words[at : at + count]
        del words[at : at + count]
        self._touch(paragraph[i])
        _place, other, k = self._pick()
        to = self.rng.randrange(len(other[k].words) + 1)
        other[k].words[to:to] = clause
        self._touch(other[k])

    def _split(self) -> None:
        _place, paragraph, i = self._pick()
        sentence = paragraph[i]
        if len(sentence.words) < 8:
            return
        at = self.rng.randint(3, len(sentence.words) - 3)
        paragraph.insert(i + 1, Sentence(sentence.words[at:], sentence.first, self.number))
        del sentence.words[at:]
        self._touch(sentence)

    def _join(self) -> None:
        _place, paragraph, i = self._pick()
        if i + 1 < len(paragraph) and len(paragraph[i].words) + len(paragraph[i + 1].words) < 50:
            sentence, other = paragraph[i], paragraph.pop(i + 1)
            sentence.words += [*([Word("and", self.number)] if self.rng.random() < 0.5 else []), *other.words]
            self._touch(sentence)

    def _copy(self) -> None:
        _place, paragraph, i = self._pick()
        copy = paragraph[i].copy()
        _place, other, k = self._pick()
        other.insert(k, copy)

    def _rewrite(self) -> None:
        """Keep a half of a sentence's words, in runs, and write the rest anew."""
        _place, paragraph, i = self._pick()
        words: list[Word] = []
        keep = self.rng.random() < 0.5
        rest = list(paragraph[i].words)
        while rest:
            count = self.rng.randint(1, 5)
            words += rest[:count] if keep else self._words(self.rng.randint(1, 5))
            del rest[:count]
            keep = not keep
        paragraph[i].words[:] = words
        self._touch(paragraph[i])

    def _bring_back(self) -> None:
        if self.deleted:
            place, sentences = self.deleted.pop(self.rng.randrange(len(self.deleted)))
            self.rng.choice(self.texts[place]).extend(map(self._returning, sentences))

    def _returning(self, sentence: Sentence) -> Sentence:
        """A sentence that left, without marks of sources that are cited no more."""
        words = [word for word in sentence.words if not word.mark or word.text in self.cited]
        wording = sentence.wording if len(words) == len(sentence.words) else self.number
        return Sentence(words, sentence.first, wording)

    def _bring_back_changed(self) -> None:
        recent = self.deleted[-30:]
        if recent:
            place, sentences = self.rng.choice(recent)
            sentence = self._returning(self.rng.choice(sentences))
            at = self.rng.randrange(len(sentence.words))
            sentence.words[at : at + self.rng.randint(0, 2)] = self._words(self.rng.randint(1, 2))
            self._touch(sentence)
            self.rng.choice(self.texts[place]).append(sentence)

    def _shuffle(self) -> None:
        _place, paragraph, _i = self._pick()
        self.rng.shuffle(paragraph)

    def _delete_much(self) -> None:
        """Delete most of a text; its sentences come back later, or the whole page does."""
        place = self._place()
        text = self.texts[place]
        for _ in range(len(text) - 1):
            paragraph = text.pop(self.rng.randrange(len(text)))
            self.deleted.append((place, paragraph))

    # -- documents --

    def _draw(self) -> Document:
        numbers = {key: number for number, key in enumerate(self.cited, 1)}
        for place, text in self.texts.items():
            self.drawn[place] = _drawn(text, numbers)
        texts = {place: drawn for place, (drawn, _truth) in self.drawn.items()}
        context = Context(
            key=self.context,
            text=texts[self.context, "text"],
            citations=tuple(
                Citation(key=self.citations[key], source=key, relation="supports") for key in self.cited
            ),
        )
        points = tuple(Point(key=key, title=self.claims[key], body=texts[key, "body"]) for key in self.points)
        positions = tuple(
            Position(
                key=key,
                claim=self.claims[key],
                argument=texts[key, "argument"],
                stances=tuple(
                    Stance(point=point, text=texts[key, f"stances.{point}.text"])
                    for point in sorted(self.points)
                ),
            )
            for key in self.positions
        )
        by_key = {source.key: source for source in self.sources}
        return Document(
            head=self.head,
            context=context,
            points=points,
            positions=positions,
            sources=tuple(by_key[key] for key in self.cited),
        )


def _copied(texts: dict[Place, Text]) -> dict[Place, Text]:
    return {
        place: [[sentence.copy() for sentence in paragraph] for paragraph in text]
        for place, text in texts.items()
    }


def _drawn(text: Text, numbers: dict[str, int]) -> tuple[str, list[TrueWord]]:
    """A text as readers see it, and what is true of each of its words."""
    truth: list[TrueWord] = []
    paragraphs = []
    for paragraph in text:
        sentences = []
        for sentence in paragraph:
            drawn = ""
            for i, word in enumerate(sentence.words):
                own = f"[{numbers[word.text]}]" if word.mark else word.text
                if i == 0:
                    own = own.capitalize()
                truth.append(TrueWord(own.strip("[]"), word.revision, sentence.first, sentence.wording))
                comma = "," if word.comma and i + 1 < len(sentence.words) else ""
                drawn += (" " if i else "") + own + comma
            sentences.append(drawn + ".")
        paragraphs.append(" ".join(sentences))
    return "\n\n".join(paragraphs), truth
