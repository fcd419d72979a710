"""Take words out of a document or a block: a marker stands where they were, and all else stays as it is.

Nothing else changes: keys, choices, dates, the order and number of a list's members. What remains is valid: a text is
never empty, an address can still be parsed. Where a marker would be too long for its field, or the field is an address
(slug, link or DOI, which may spell a name in another way), the whole of it goes.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import unquote

from . import parse
from .canonical import TYPES, document_json
from .types import BLOCK_TYPES, BLOCKS, SHARED, Block, Document, Head, Kind, Part, Spec

MARKER, NAME = "⟦removed⟧", "⟦name removed⟧"  # of words, of a whole name
URL = "https://removed.invalid/"  # a name that never resolves (RFC 2606)
DOI = "10.0000/removed-"
SLUG = "removed-"
_TAG = 8  # first characters of the key of what an address is of: no two are alike
MARKED = re.compile(r"⟦(?:name )?removed⟧|\bremoved\.invalid/[0-9a-f]{8}|\bremoved-[0-9a-f]{8}\b")

_IGNORED = "[\u00ad\u200b-\u200d\u2060\ufeff]*"  # characters that are drawn as nothing, within a word
# Between two words: white space, a hard line break, a quotation's next line, marks of emphasis.
_BETWEEN = r"(?:[*_~`]*(?:\s|\\(?=\n)|(?<=\n)>)+[*_~`]*)"
# Texts that no two rows may share, so that a marker alone would not do.
_UNIQUE = {
    (block_type.part, fields[0])
    for block_type in SHARED
    for fields in block_type.part.UNIQUE
    if block_type.part.spec(fields[0]).is_text
}


class TextMatch(NamedTuple):
    """A text that holds the words: by its field's path within the block, and around the first match."""

    path: str
    label: str
    times: int
    before: str
    match: str
    after: str


@dataclass(frozen=True)
class RemovedWords:
    """The words to remove. They are found whatever white space, line break or emphasis stands between them.

    Letters are compared as Unicode's canonical forms are, capitals only unless `ignore_case`. Words that are part
    of a longer one are left alone. `whole_field`: all of the text that holds them goes.
    """

    text: str
    ignore_case: bool = False
    whole_field: bool = False

    def __post_init__(self) -> None:
        if not any(char.isalnum() for char in self.text):
            raise ValueError("There are no words in this.")

    def __repr__(self) -> str:
        return "RemovedWords(…)"  # a traceback or a log must not name them

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        words = unicodedata.normalize("NFC", self.text).split()
        pattern = _BETWEEN.join(_IGNORED.join(map(_letter, word)) for word in words)
        if _has_bounds(words[0][0]):
            pattern = rf"(?<!\w){pattern}"
        if _has_bounds(words[-1][-1]):
            pattern = rf"{pattern}(?![\w\u0300-\u036f])"
        return re.compile(pattern, re.IGNORECASE if self.ignore_case else 0)

    @cached_property
    def _address_pattern(self) -> re.Pattern[str] | None:
        """The words as an address spells them; None for those that have no plain letters."""
        words = [_plain(word) for word in re.split(r"[\W_]+", unicodedata.normalize("NFC", self.text))]
        joined = "[^a-z0-9]*".join(re.escape(word) for word in words if word)
        return re.compile(f"(?<![a-z0-9]){joined}(?![a-z0-9])") if joined else None

    def matches(self, text: str) -> list[re.Match[str]]:
        """Return all matches of the words in a text."""
        return list(self._pattern.finditer(text))

    def are_in(self, text: str) -> bool:
        """Whether a text holds the words."""
        return self._pattern.search(text) is not None

    def are_in_address(self, text: str) -> bool:
        """Whether a slug, link or DOI holds the words, however it spells them."""
        decoded = unquote(text)
        if self._pattern.search(text) or self._pattern.search(decoded):
            return True
        return (
            self._address_pattern is not None
            and self._address_pattern.search(_plain(decoded, keep=True)) is not None
        )

    def replace_in(self, text: str, *, limit: int = 0) -> str:
        """The text with a marker for the words; the marker alone where all goes, or where it would be too long."""
        if not self.are_in(text):
            return text
        marked = MARKER if self.whole_field else self._pattern.sub(MARKER, text)
        return MARKER if limit and len(marked) > limit else marked


def _letter(char: str) -> str:
    """A pattern for a character, composed or not, with the backslash that Markdown may have before it."""
    apart = unicodedata.normalize("NFD", char)
    if apart != char:
        return f"(?:{re.escape(char)}|{re.escape(apart)})"
    return rf"\\?{re.escape(char)}" if char.isascii() and not char.isalnum() else re.escape(char)


def _has_bounds(char: str) -> bool:
    """Whether words of this script are set apart from others: not so in Chinese, Japanese or Thai."""
    return char.isdigit() or char.lower() != char.upper()


def _plain(text: str, *, keep: bool = False) -> str:
    """Small letters without accents; others are left out unless kept."""
    apart = unicodedata.normalize("NFKD", text).lower().replace("ß", "ss")
    bare = "".join(char for char in apart if not unicodedata.combining(char))
    return bare if keep else re.sub(r"[^a-z0-9]", "", bare)


def text_places(words: RemovedWords, text: str, path: str, label: str) -> list[TextMatch]:
    """The place that a single text is, if it holds the words."""
    matches = words.matches(text)
    return [_text_match(path, label, text, matches)] if matches else []


def _text_match(path: str, label: str, text: str, matches: list[re.Match[str]]) -> TextMatch:
    if not matches:
        return TextMatch(path, label, 1, "", text, "")
    start, end = matches[0].span()
    return TextMatch(
        path, label, len(matches), text[max(start - 40, 0) : start], text[start:end], text[end : end + 40]
    )


def _texts(
    data: dict[str, Any], cls: type[Part], path: str
) -> Iterator[tuple[dict[str, Any], type[Part], Spec, str]]:
    """Every field of a part's JSON values that holds text, those of its parts included."""
    for spec in cls.SPECS:
        if spec.name not in data:
            continue
        here = f"{path}.{spec.name}" if path else spec.name
        if spec.kind is Kind.PART and spec.part is not None:
            yield from _texts(data[spec.name], spec.part, here)
        elif spec.kind is Kind.ITEMS and spec.part is not None:
            for i, item in enumerate(data[spec.name]):
                yield from _texts(item, spec.part, f"{here}[{i}]")
        elif spec.kind in (Kind.LINE, Kind.PROSE, Kind.LINES, Kind.SLUG, Kind.URL, Kind.DOI):
            yield data, cls, spec, here


_ADDRESSES: dict[Kind, Callable[[str], str]] = {
    Kind.SLUG: lambda key: SLUG + key[:_TAG],
    Kind.URL: lambda key: URL + key[:_TAG],
    Kind.DOI: lambda key: DOI + key[:_TAG],
}


def part_places(words: RemovedWords, data: dict[str, Any], cls: type[Part]) -> list[TextMatch]:
    """List the places of the words in a part, given as its JSON values."""
    places: list[TextMatch] = []
    for holder, _cls, spec, path in _texts(data, cls, ""):
        value = holder[spec.name]
        if spec.kind in _ADDRESSES:
            if words.are_in_address(value):
                places.append(_text_match(path, str(spec.label), value, words.matches(value)))
            continue
        for each in value if spec.kind is Kind.LINES else [value]:
            places += text_places(words, each, path, str(spec.label))
    return places


def redact_part(words: RemovedWords, data: dict[str, Any], cls: type[Part]) -> bool:
    """Take the words out of a part, given as its JSON values, in place; whether there were any."""
    changed = False
    for holder, own, spec, _path in _texts(data, cls, ""):
        value: Any = holder[spec.name]
        key = str(holder.get("key", ""))
        if spec.kind in _ADDRESSES:
            new: Any = _ADDRESSES[spec.kind](key) if words.are_in_address(value) else value
        elif spec.kind is Kind.LINES:
            new = [words.replace_in(each, limit=spec.limit) for each in value]
        else:
            new = words.replace_in(value, limit=spec.limit)
            if new == MARKER and value != MARKER and (own, spec.name) in _UNIQUE:
                new = f"{MARKER} {key[:4]}"
        if new != value:
            holder[spec.name], changed = new, True
    return changed


def redact_block(words: RemovedWords, data: dict[str, Any]) -> bool:
    """Take the words out of a block, given as its JSON values with its type, in place; whether there were any."""
    return redact_part(words, data, TYPES[data["block"]])


def document_places(words: RemovedWords, data: dict[str, Any]) -> list[TextMatch]:
    """List the places of the words in a whole document, given as its JSON values."""
    return [
        place._replace(path=f"{path}.{place.path}" if path else place.path)
        for path, part, cls in _parts(data)
        for place in part_places(words, part, cls)
    ]


def redact_document_json(words: RemovedWords, data: dict[str, Any]) -> bool:
    """Take the words out of a whole document, given as its JSON values, in place; whether there were any."""
    return any([redact_part(words, part, cls) for _path, part, cls in _parts(data)])


def redact_document(words: RemovedWords, document: Document) -> Document:
    """The document without the words; the same one if it had none. Raises InvalidDocument."""
    data = document_json(document, full=False)
    return parse.document(data) if redact_document_json(words, data) else document


def _parts(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], type[Part]]]:
    yield "", data, Head
    for block_type in BLOCKS[1:]:
        value = data.get(block_type.attribute)
        blocks = value or () if block_type.many else [value]
        for i, block in enumerate(blocks):
            if block_type.many or isinstance(block, dict):
                yield parse.block_path(block_type, i), block, block_type.part


def marked_fields(part: Part) -> list[str]:
    """The names of the fields of a block in which words were removed, those of its members included."""
    names: list[str] = []
    for spec in part.SPECS:
        value = getattr(part, spec.name)
        if spec.kind is Kind.ITEMS:
            held = any(marked_fields(item) for item in value)
        elif spec.kind is Kind.PART:
            held = bool(marked_fields(value))
        elif spec.kind is Kind.LINES:
            held = any(map(MARKED.search, value))
        else:
            held = isinstance(value, str) and MARKED.search(value) is not None
        if held:
            names.append(spec.name)
    return names


def missing_markers(before: Document, after: Document, key: str) -> list[str]:
    """The paths of a block's texts, as they stand in `after`, that have fewer markers there than before."""
    old, new = before.by_key.get(key), after.by_key.get(key)
    if old is None or new is None:
        return []
    was = {place: text for place, _path, text in _named_texts(old, (), "")}
    return [
        path
        for place, path, text in _named_texts(new, (), _path_of(after, new))
        if len(MARKED.findall(text)) < len(MARKED.findall(was.get(place, "")))
    ]


def _path_of(document: Document, block: Block) -> str:
    return parse.block_path(BLOCK_TYPES[type(block)], document.places[block.key])


def _named_texts(part: Part, place: tuple[str, ...], path: str) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Each text of a part and its parts: its place by identities, which no other edit moves, its path, and itself."""
    for spec in part.SPECS:
        value = getattr(part, spec.name)
        here = f"{path}.{spec.name}" if path else spec.name
        if spec.kind is Kind.PART:
            yield from _named_texts(value, (*place, spec.name), here)
        elif spec.kind is Kind.ITEMS:
            for i, item in enumerate(value):
                yield from _named_texts(item, (*place, spec.name, item.identity), f"{here}[{i}]")
        elif spec.kind is Kind.LINES:
            yield (*place, spec.name), here, "\n".join(value)
        else:
            yield (*place, spec.name), here, str(value)
