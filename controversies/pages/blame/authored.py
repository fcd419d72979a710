"""The words and values of one person that stand on a page today, part by part, for the author's own page."""

import datetime
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from controversies.document.present import PageNames
from controversies.document.types import BLOCK_TYPES, Block, Kind
from controversies.history.blame import BlameSpan, BlameValue, PageBlame
from controversies.kit.keys import anchor
from controversies.pages import markdown

_EXCERPT = 200  # characters


@dataclass(frozen=True, slots=True)
class AuthoredPart:
    """A part of a page that one person wrote in: the fields, since when at the earliest, and the first words."""

    name: str
    title: str
    anchor: str
    since: datetime.datetime
    fields: tuple[str, ...]
    excerpt: str


def authored_parts(blame: PageBlame, author: str) -> list[AuthoredPart]:
    """Return the parts of a page with anything that this person wrote or set, in its order."""
    document = blame.reading.document
    names = PageNames(document)
    parts = (_part(blame, author, block, names) for block in document.blocks())
    return [part for part in parts if part is not None]


def _part(blame: PageBlame, author: str, block: Block, names: PageNames) -> AuthoredPart | None:
    own = list(_own_fields(blame, author, block))
    if not own:
        return None
    block_type = BLOCK_TYPES[type(block)]
    texts = [words for _label, _time, words in own if words and words != block.display_name]
    return AuthoredPart(
        names.block(block),
        block.display_name if block_type.many and (block_type.numbering or not block_type.shared) else "",
        anchor(block_type.name, block.key),
        min(time for _label, time, _words in own),
        tuple(dict.fromkeys(label for label, _time, _words in own)),
        markdown.plain(texts[0], _EXCERPT) if texts else "",
    )


def _own_fields(blame: PageBlame, author: str, block: Block) -> Iterator[tuple[str, datetime.datetime, str]]:
    """Yield the fields of a block that this person has a part in: the field's label, since when, and their words."""
    times = {number: entry.time for number, entry in blame.entries.items() if entry.author_name == author}
    specs = {spec.name: spec for spec in type(block).SPECS}
    for path, blamed in blame.blocks[block.key].items():
        spec = specs[path.partition(".")[0]]
        if spec.kind in (Kind.KEY, Kind.SLUG):
            continue
        parts = blamed if isinstance(blamed, list) else [blamed]
        own = [
            each for each in parts if each.revision in times and (isinstance(each, BlameSpan) or each.value)
        ]
        if own:
            words = _join_words(parts, times) if isinstance(parts[0], BlameSpan) else ""
            yield str(spec.label), min(times[each.revision] for each in own), words


def _join_words(spans: Iterable[BlameSpan | BlameValue], times: Container[int]) -> str:
    """Return the words of these revisions, with a sign where others’ words stand between."""
    runs = groupby(spans, key=lambda span: span.revision in times)
    texts = (
        "".join(span.text for span in run if isinstance(span, BlameSpan)) for is_own, run in runs if is_own
    )
    return " … ".join(text.strip() for text in texts if text.strip())
