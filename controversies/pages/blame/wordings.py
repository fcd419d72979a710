"""The wordings of one statement through time, each as a comparison by words with the one before."""

from dataclasses import dataclass

from controversies.document import words
from controversies.document.present import PageNames
from controversies.document.words import WordRun
from controversies.history.blame import BlameSpan, PageBlame, earlier_wordings
from controversies.kit.keys import revision_number

from .origins import OriginViews
from .view import StatementOriginView

MOST = 20  # earlier wordings that are shown


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording of a statement: who chose it, and what it changed by words.

    `place` is the part of the page where it stood, if that was another than today's.
    """

    origin: StatementOriginView
    runs: tuple[WordRun, ...]
    place: str = ""


@dataclass(frozen=True, slots=True)
class StatementHistory:
    """All wordings of a statement, the newest first: where it stands now, and whether there are older ones still."""

    key: str
    place: str
    number: int
    wordings: tuple[Wording, ...]
    has_more: bool


def statement_history(blame: PageBlame, slug: str, statement: str) -> StatementHistory:
    """Return the wordings of the statement with this anchor: its block's key, field's path and number, dots between.

    Raises LookupError if the page has none of that anchor.
    """
    key, _dot, rest = statement.partition(".")
    path, _dot, text = rest.rpartition(".")
    number = revision_number(text)
    field = blame.blocks[key][path]
    spans = [each for each in field if isinstance(each, BlameSpan)] if isinstance(field, list) else []
    own = [span for span in spans if number is not None and span.place == number - 1]
    if number is None or not own:
        raise LookupError(statement)
    earlier = earlier_wordings(blame, key, path, own[0].place, limit=MOST + 1)
    origins = OriginViews(blame, slug)
    names = PageNames(blame.reading.document)
    now = tuple(blame.reading.document.source_numbers)
    texts = [
        ("".join(span.text for span in own).strip(), now),
        *((each.text, each.sources) for each in earlier),
    ]
    entries = [blame.entries[own[0].wording], *(each.entry for each in earlier)]
    places = [
        "",
        *("" if (each.key, each.path) == (key, path) else _place(names, each.key) for each in earlier),
    ]
    wordings = [
        Wording(
            StatementOriginView(origins.origin_of(entry)),
            tuple(words.runs(old, new, (old_sources, sources))),
            place,
        )
        for entry, (new, sources), (old, old_sources), place in zip(
            entries, texts, [*texts[1:], ("", ())], places, strict=True
        )
    ]
    return StatementHistory(
        key, _place(names, key, path), number, tuple(wordings[:MOST]), len(wordings) > MOST
    )


def _place(names: PageNames, key: str, path: str = "") -> str:
    """Return the name of a part of the page, and of its field: “Position B › Argument”; "" if it is not there."""
    block = names.new.by_key.get(key)
    if block is None:
        return ""
    if not path:
        return names.block(block)
    return f"{names.block(block)} › {type(block).spec(path.partition('.')[0]).label}"
