r"""Marks of sources in a file's prose: `[@kapoor-2024]`, by the address of the source, whatever its number is.

A record has them by number (`document.references`), which a file must not: a source that is added in front would point
every mark at another work. `[3]` is read, too, as the third source that the file cites. Where the file was made from
one with other numbers, a mark stays at its work if the text around it shows that it was not numbered again.

Prose that says `[@kapoor-2024]` and means no source has a backslash before its `@` in a file, `[\@kapoor-2024]`, and
one more where it has some itself. So has a number that no source has.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from controversies.document import references
from controversies.document.canonical import document_json
from controversies.document.types import BLOCKS, Citation, Document, Head, Kind, Part
from controversies.document.words import MARK

from .faults import MOST_GUESSES, did_you_mean

_MARK = re.compile(r"\[(\\*)(?:@([a-z0-9]+(?:-[a-z0-9]+)*)|([1-9][0-9]{0,3}))\](?!\()")
_TOKENS = re.compile(rf"{MARK.pattern}|[^\s\[]+|\[")

type Path = tuple[str, ...]


def name_sources(document: Document) -> Document:
    """The document with its marks by the addresses of their sources, as a file has them."""
    slugs = [source.slug for source in document.sources]

    def write(text: str) -> str:
        return _MARK.sub(by_slug, text) if "[" in text else text

    def by_slug(match: re.Match[str]) -> str:
        backslashes, name, number = match.groups()
        if name:
            return rf"[{backslashes}\@{name}]"
        if int(number) > len(slugs):
            return rf"[{backslashes}\{number}]"
        return match[0] if backslashes else f"[@{slugs[int(number) - 1]}]"

    return references.rewrite_texts(document, write)


@dataclass
class ProseField:
    """A text of a document's data: where it is, and how to put another in its place."""

    path: Path  # by keys, so that it is the same in another version
    text: str
    line: str  # the path by places, as faults have it
    replace: Callable[[str], None]


def prose_fields(data: Mapping[str, Any]) -> Iterator[ProseField]:
    """The texts of a document's data in which there can be marks."""
    for block_type in BLOCKS:
        name = block_type.attribute
        if block_type.shared:
            continue
        if block_type.many:
            yield from _of_list(block_type.part, data.get(name, ()), (), name)
        else:
            is_head = block_type.part is Head
            line = "" if is_head else f"{name}."
            yield from _of_part(block_type.part, data if is_head else data[name], (name,), line)


def _of_list(cls: type[Part], items: Sequence[Any], path: Path, line: str) -> Iterator[ProseField]:
    for i, item in enumerate(items):
        yield from _of_part(cls, item, (*path, str(item[cls.IDENTITY])), f"{line}[{i}].")


def _of_part(cls: type[Part], data: Any, path: Path, line: str) -> Iterator[ProseField]:
    for spec in cls.SPECS:
        if spec.has_marks and data.get(spec.name):
            yield ProseField(
                (*path, spec.name),
                data[spec.name],
                f"{line}{spec.name}",
                partial(data.__setitem__, spec.name),
            )
        elif spec.kind is Kind.ITEMS and spec.part is not None and spec.part is not Citation:
            yield from _of_list(spec.part, data.get(spec.name, ()), path, f"{line}{spec.name}")


def order(data: Mapping[str, Any]) -> list[str]:
    """The keys of the sources in the order in which the page of this data numbers them."""
    keys: dict[str, None] = {}
    for block_type in BLOCKS:
        if not block_type.shared:
            value = data.get(block_type.attribute, data)  # the head's fields stand beside the other blocks
            for block in value if block_type.many else [value]:
                keys |= dict.fromkeys(_cited_keys(block_type.part, block))
    return list(keys)


def _cited_keys(part: type[Part], data: Any) -> Iterator[str]:
    """Yield the keys of the sources that a part's data cites, in the order in which the page shows them."""
    if part is Citation:
        yield data["source"]
    for spec in part.SHOWN_LISTS:
        if spec.part is not None:
            members = data.get(spec.name, ())
            if (
                spec.part.IDENTITY != "key"
            ):  # stances, which documents have in the order of their points' keys
                members = sorted(members, key=itemgetter(spec.part.IDENTITY))
            for member in members:
                yield from _cited_keys(spec.part, member)


class Spot(NamedTuple):
    """The place of a mark: the path of its text, the mark, and the number of equal marks before it in that text."""

    path: str
    mark: str
    nth: int


def _spot(prose: ProseField, match: re.Match[str]) -> Spot:
    return Spot(prose.line, match[0], prose.text.count(match[0], 0, match.start()))


@dataclass
class MarkReader:
    """Turns the marks of a file's data into those of the record.

    `slugs` are the addresses by which the file names its sources, with their keys; `titles` are by key. `numbers` are
    the keys that numbers mean, in order, where that is known: else the file's own order, weighed against `before`.
    `written` are those that numbers meant in the version before, if not those of `before` itself: where marks were left
    alone, that is what they go on to mean, version by version. `used` are those that numbers mean in this one, if not
    its own.
    """

    slugs: Mapping[str, str]
    titles: Mapping[str, str]
    before: Document | None
    numbers: Sequence[str] | None
    fault: Callable[["Spot", str], None]  # is told where it is, and what is wrong
    written: Sequence[str] | None = None
    used: list[str] | None = None
    is_lenient: bool = False  # leaves what cannot be read as it is
    notes: list[tuple["Spot", str]] = field(default_factory=list)  # where, and what was done
    guesses: int = 0

    def convert(self, data: Mapping[str, Any]) -> None:
        """Write the marks of all texts as the record has them."""
        proses = [prose for prose in prose_fields(data) if "[" in prose.text and _MARK.search(prose.text)]
        if not proses:
            return
        self.own = order(data)
        self.now = {key: number for number, key in enumerate(self.own, 1)}
        was = self.before if self.numbers is None else None
        self.old = list(self.written or references.numbering(was)) if was else []
        self.listed = list(dict.fromkeys([*(self.numbers or ()), *self.own]))
        self.shown = {key: slug for slug, key in self.slugs.items()}
        aligned = self._aligned_marks(proses, was) if was and self._differs() else {}
        self.keeps = any(
            number == old and self._work(self.old, old) != self._work(self.own, number)
            for (_path, _place), (number, old) in aligned.items()
            if self._work(self.old, old) in self.now
        )
        if self.keeps:
            self.used = list(dict.fromkeys([*self.old, *self.own]))
        for prose in proses:
            prose.replace(_MARK.sub(partial(self._mark, prose, aligned), prose.text))

    def _differs(self) -> bool:
        return any(
            self._work(self.old, number) != self._work(self.own, number)
            for number in range(1, min(len(self.old), len(self.own)) + 1)
        ) or len(self.old) != len(self.own)

    @staticmethod
    def _work(keys: Sequence[str], number: int) -> str | None:
        return keys[number - 1] if number <= len(keys) else None

    def _aligned_marks(
        self, proses: list[ProseField], was: Document
    ) -> dict[tuple[Path, int], tuple[int, int]]:
        """The marks that stood at the same place before: by path and place in the text, each number and that it had."""
        order = references.numbering(was)
        places = {key: number for number, key in enumerate(self.old, 1)}

        def as_written(match: re.Match[str]) -> str:
            return f"[{places.get(self._work(order, int(match[1])) or '', '-')}]"

        texts = {prose.path: prose.text for prose in prose_fields(document_json(was))}
        if self.old != order:
            texts = {path: MARK.sub(as_written, text) for path, text in texts.items()}
        pairs: dict[tuple[Path, int], tuple[int, int]] = {}
        for prose in proses:
            for place, number, old in _pairs(prose.text, texts.get(prose.path, "")):
                pairs[prose.path, place] = (number, old)
        return pairs

    def _mark(
        self, prose: ProseField, aligned: Mapping[tuple[Path, int], tuple[int, int]], match: re.Match[str]
    ) -> str:
        backslashes, name, number = match.groups()
        if backslashes:
            is_escape = bool(name) or int(number) > len(self.own)
            return f"[{backslashes[is_escape:]}{f'@{name}' if name else number}]"
        if name:
            return self._slug_mark(match, name, _spot(prose, match))
        if self.numbers is not None:
            return self._number_mark(match[0], self._work(self.listed, int(number)))
        return self._number_mark(match[0], self._meant_source(match, int(number), prose, aligned))

    def _number_mark(self, mark: str, key: str | None) -> str:
        """The mark of this work as the page numbers it; its title if the page cites it no longer."""
        if key is None:
            return mark
        if key in self.now:
            return f"[{self.now[key]}]"
        return f"(“{self.titles[key]}”)" if key in self.titles else mark

    def _slug_mark(self, match: re.Match[str], name: str, spot: Spot) -> str:
        mark = match[0]
        key = self.slugs.get(name)
        if key in self.now:
            return f"[{self.now[key]}]"
        if self.is_lenient:
            self.notes.append((spot, _("“%s” names no source of the page, and is left as it is") % mark))
            return mark
        self.guesses += 1
        offered = sorted(self.slugs) if self.guesses < MOST_GUESSES else []
        message = _(
            "No source of this page is called “%(name)s”. Cite it, or write the id of one that is cited."
        )
        literal = _(r"If no source is meant, write [\@%s].") % name
        self.fault(spot, f"{message % {'name': name}}{did_you_mean(name, offered)} {literal}")
        return mark

    def _meant_source(
        self,
        match: re.Match[str],
        number: int,
        prose: ProseField,
        aligned: Mapping[tuple[Path, int], tuple[int, int]],
    ) -> str | None:
        """The key of the work that a number means, in a file that numbers its sources itself."""
        own, old = self._work(self.own, number), self._work(self.old, number)
        if own == old or old is None or not self._differs():
            return own
        pair = aligned.get((prose.path, match.start()))
        if pair is None:
            if self.keeps and old in self.now:
                self._refuse(_spot(prose, match), old, own)
            return own
        if pair[1] != number:
            return own  # it was given another number
        if old in self.now:
            message = _("%(mark)s stays at “%(title)s”, which is source %(number)s now; write [@%(slug)s]")
            words = {
                "mark": match[0],
                "title": self.titles[old],
                "number": self.now[old],
                "slug": self.shown[old],
            }
            self.notes.append((_spot(prose, match), message % words))
            return old
        if own is not None:
            message = _("%(mark)s was “%(old)s”, which is no longer cited, and is “%(own)s” now")
            words = {"mark": match[0], "old": self.titles.get(old, "?"), "own": self.titles[own]}
            self.notes.append((_spot(prose, match), message % words))
        return own

    def _refuse(self, spot: Spot, old: str, own: str | None) -> None:
        if self.is_lenient:
            self.notes.append((spot, _("“%s” is read as the file numbers its sources now") % spot.mark))
            return
        choices = [f"[@{self.shown[key]}]" for key in (old, own) if key in self.shown]
        message = _(
            "Sources have other numbers than in the version before, and other marks here still have the old ones: "
            "%(mark)s may be “%(old)s” or “%(own)s”. Write %(choices)s."
        )
        words = {
            "mark": spot.mark,
            "old": self.titles[old],
            "own": self.titles[own] if own else "?",
            "choices": _(" or ").join(choices),
        }
        self.fault(spot, message % words)


def _pairs(new: str, old: str) -> Iterator[tuple[int, int, int]]:
    """The marks of a text that stood at the same place in the old one: place, number, and the number that it had."""
    if not old:
        return
    if new == old:
        for match in MARK.finditer(new):
            yield match.start(), int(match[1]), int(match[1])
        return
    ours, theirs = new.split("\n"), old.split("\n")
    starts = [0]
    for line in ours:
        starts.append(starts[-1] + len(line) + 1)
    opcodes = difflib.SequenceMatcher(
        None, _without_numbers(theirs), _without_numbers(ours), autojunk=False
    ).get_opcodes()
    for tag, i, i_end, j, j_end in opcodes:
        if tag in ("equal", "replace"):
            place = starts[j]
            yield from _pairs_within("\n".join(ours[j:j_end]), "\n".join(theirs[i:i_end]), place)


def _pairs_within(new: str, old: str, start: int) -> Iterator[tuple[int, int, int]]:
    ours, theirs = list(_TOKENS.finditer(new)), list(_TOKENS.finditer(old))
    before, after = (_without_numbers([match[0] for match in each]) for each in (theirs, ours))
    for i, j, size in difflib.SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
        for a, b in zip(theirs[i : i + size], ours[j : j + size], strict=True):
            if a[1] and b[1]:
                yield start + b.start(), int(b[1]), int(a[1])


def _without_numbers(texts: Sequence[str]) -> list[str]:
    """The texts without the numbers of marks."""
    return [MARK.sub("[]", text) for text in texts]
