"""The glossary of the chapter on languages, and the translations that do not keep to it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import polib

from .strings import ROOT

CHAPTER = ROOT / "controversies" / "locale" / "README.md"
COLUMNS = {"Deutsch": "de", "Español": "es"}
_STRAIGHT = re.compile(r"[\"']")
_MARKUP = re.compile(r"<code>.*?</code>|<[^>]*>|`[^`]*`|%\(\w+\)[sd]|%[sd]")
_TYPOGRAPHY = {
    "de": re.compile(r"[«»”]|(?<=\w)„|\w …|\.\.\."),
    "es": re.compile(r"[„“”]|\.\.\.|\s[»!?]|[«¿¡]\s"),
}


# Where the English word means something else, by the beginning of the string.
OTHER_SENSES = {
    "company, research-lab, government": {"constituency"},  # codes
    "what it is cited for: context": {"position", "stance"},  # codes
    "Keep a checkpoint: ": {"evidence"},  # that somebody did wrong
    "To prevent abuse, we keep a fingerprint of": {"share"},  # data
}


@dataclass(frozen=True, slots=True)
class Term:
    """A row of the glossary: `words` are English, `translations` the words for it by language."""

    words: tuple[str, ...]
    translations: dict[str, tuple[str, ...]]

    def is_in(self, text: str) -> bool:
        """Whether an English text has the term."""
        return any(
            re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text, re.IGNORECASE) for word in self.words
        )

    def is_kept(self, text: str, language: str) -> bool:
        """Whether a translation has one of the words, in any form: with all of its beginning but two letters."""
        return any(
            re.search(
                r"\w*\s".join(rf"(?<!\w){re.escape(_stem(part))}" for part in word.split()),
                text,
                re.IGNORECASE,
            )
            for word in self.translations[language]
        )


def terms() -> list[Term]:
    """Return the terms whose English is one thing alone: a sense in brackets is for people to tell."""
    rows = [row for row in _table("English") if "(" not in row["English"]]
    return [
        Term(_words(row["English"]), {code: _words(row[name]) for name, code in COLUMNS.items()})
        for row in rows
    ]


def avoided(language: str) -> tuple[str, ...]:
    """Return the words that no translation into a language has."""
    name = next(name for name, code in COLUMNS.items() if code == language)
    return tuple(word for row in _table(*COLUMNS) for word in _words(row[name]))


def other_words(entry: polib.POEntry, language: str, glossary: list[Term]) -> Iterator[str]:
    """Yield the English terms for which a translation has other words than the glossary."""
    original = _MARKUP.sub("", f"{entry.msgid} {entry.msgid_plural}")
    text = _MARKUP.sub("", " ".join([entry.msgstr, *entry.msgstr_plural.values()]))
    senses = {
        word for begin, words in OTHER_SENSES.items() if entry.msgid.startswith(begin) for word in words
    }
    for term in glossary:
        if term.words[0] not in senses and term.is_in(original) and not term.is_kept(text, language):
            yield term.words[0]


def slips(text: str, language: str) -> list[str]:
    """Return what a text has that no translation should: words to avoid, and marks of another language."""
    plain = _MARKUP.sub("x", text)
    slipped = [word for word in avoided(language) if re.search(rf"(?<!\w){word}(?!\w)", plain, re.IGNORECASE)]
    return slipped + _STRAIGHT.findall(plain) + _TYPOGRAPHY[language].findall(plain)


def _stem(word: str) -> str:
    return word[: max(4, len(word) - 2)]


def _words(cell: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in cell.split(","))


def _table(*first: str) -> list[dict[str, str]]:
    """Return the rows of the chapter's table whose first columns are these."""
    lines = CHAPTER.read_text(encoding="utf-8").splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        for line in lines
    ]
    start = next(i for i, row in enumerate(cells) if tuple(row[: len(first)]) == first)
    rows = []
    for row in cells[start + 2 :]:
        if not row:
            break
        rows.append(dict(zip(cells[start], row, strict=True)))
    return rows
