"""Hypothesis strategies: whole documents in canonical form, with odd Unicode, and edits of them.

Values follow the fields' own specs, so that a new field is tried without a word here.
"""

import copy
from typing import Any

from hypothesis import strategies as st

from controversies.document import canonical, parse, text, types
from controversies.document.parse import InvalidDocument
from controversies.document.types import Document, Kind, Part, Spec

# What breaks programs: joiners, right-to-left, combining marks, astral characters, quotes, breaks, markup.
ODD = (
    "שלום עולם",
    "\u202eright to left\u202c",
    "e\u0301 and é",
    "👩\u200d🔬🇪🇺",
    "\u200bzero\u200dwidth\ufeff",
    "“quotes” ‘and’ 'more' \"yet\"",
    "a\u00a0b\u2009c",
    "line\nbreak\n\nparagraph",
    "tab\there",
    "<script>alert(1)</script>",
    "[a](javascript:alert(1))",
    "\\x00 {{ braces }} %s %(x)s",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 ﷽ \U0010ffff \ufdd0",
    "ß ſ ı İ ǆ",
    "C\x85D\u2028E\u2029F\r\nG\rH\x0bI\x00J",
    "1. not – a — list",
)


def _visible(value: str) -> bool:
    return text.is_visible(value)


def _texts(limit: int) -> st.SearchStrategy[str]:
    pieces = st.lists(
        st.sampled_from(ODD) | st.sampled_from(["word", "Words, and more.", " "]) | st.text(max_size=6),
        max_size=5,
    )
    storable = pieces.map("".join).filter(text.is_storable)
    return storable.map(lambda value: value[:limit])


def lines(limit: int = 200, *, required: bool = False) -> st.SearchStrategy[str]:
    """Canonical text of one line."""
    made = _texts(limit).map(text.line)
    return made.filter(_visible) if required else made.map(lambda value: value if _visible(value) else "")


def proses(limit: int = 5000, *, required: bool = False) -> st.SearchStrategy[str]:
    """Canonical text of several lines."""
    made = _texts(limit).map(text.prose)
    return made.filter(_visible) if required else made.map(lambda value: value if _visible(value) else "")


def slugs() -> st.SearchStrategy[str]:
    """What is fit for an address."""
    word = st.text("abcxyz019", min_size=1, max_size=5)
    return st.lists(word, min_size=1, max_size=3).map("-".join)


def partial_dates() -> st.SearchStrategy[str]:
    """A year, month or day in its canonical text."""
    days = st.dates().map(lambda day: day.isoformat())
    return st.builds(lambda day, size: day[:size], days, st.sampled_from([4, 7, 10]))


def urls() -> st.SearchStrategy[str]:
    """An http(s) address."""
    return st.builds(
        "{}://{}/{}".format,
        st.sampled_from(["http", "https"]),
        st.sampled_from(["crux.example", "пример.example", "[2001:db8::1]:8080", "a.b.example:81"]),
        st.sampled_from(["", "a?b=c&d=%20#e", "ü/<b>", "(x)_[y]", "'\"", "~!$"]),
    )


def dois() -> st.SearchStrategy[str]:
    """A DOI."""
    return st.builds(
        "10.{}/{}".format,
        st.integers(1000, 999_999_999),
        st.sampled_from(["a", "science.adp1848", "(sici)1<2:x>3.0.co;2-k", "ü", "%"]),
    )


def isbns() -> st.SearchStrategy[str]:
    """An ISBN of 13 digits."""
    return st.sampled_from(["9780201633610", "9780140177398", "9791090636071"])


def languages() -> st.SearchStrategy[str]:
    """The tag of a language."""
    return st.sampled_from(["en", "de", "pt-BR", "zh-Hans", "sr-Latn-RS", "es-419", "de-1996", "gsw"])


def keys() -> st.SearchStrategy[str]:
    """A UUID in its canonical text form."""
    return st.uuids(version=4).map(str)


def values(spec: Spec) -> st.SearchStrategy[Any]:
    """Canonical values of a field that is no list of parts."""
    limit = spec.limit
    made: dict[Kind, st.SearchStrategy[Any]] = {
        Kind.KEY: keys(),
        Kind.LINE: lines(limit, required=spec.required),
        Kind.PROSE: proses(limit, required=spec.required),
        Kind.SLUG: slugs(),
        Kind.URL: urls(),
        Kind.DOI: dois(),
        Kind.ISBN: isbns(),
        Kind.LANGUAGE: languages(),
        Kind.DAY: st.dates().map(lambda day: day.isoformat()),
        Kind.DATE: partial_dates(),
        Kind.LINES: st.lists(lines(limit, required=True), max_size=3).map(tuple),
    }
    if spec.kind is Kind.CHOICE:
        assert spec.choices is not None
        offered = st.sampled_from(spec.choices.values)
        return offered if spec.required or spec.default else offered | st.just("")
    if spec.required or spec.kind in (Kind.LINE, Kind.PROSE, Kind.LINES):
        return made[spec.kind]
    return made[spec.kind] | st.just("")


def _part(draw: st.DrawFn, cls: type[Part], **given: Any) -> Any:
    for spec in cls.SPECS:
        if spec.name not in given and spec.kind is not Kind.ITEMS:
            given[spec.name] = draw(values(spec))
    return cls(**given)


@st.composite
def documents(draw: st.DrawFn, *, most: int = 3) -> Document:
    """A valid document in canonical form, with at most so many of anything."""
    taken: set[str] = set()

    def key() -> str:
        made = draw(keys().filter(lambda each: each not in taken))
        taken.add(made)
        return made

    def few(least: int = 0) -> range:
        return range(draw(st.integers(least, most)))

    backers = [
        _part(
            draw, types.Backer, key=key(), slug=f"{draw(slugs())}-{i}", name=f"{i} {draw(lines(100))}".strip()
        )
        for i in few(1)
    ]
    sources = [
        _part(
            draw,
            types.Source,
            key=key(),
            slug=f"{draw(slugs())}-{i}",
            url=f"https://crux.example/{i}" if draw(st.booleans()) else "",
            doi=f"10.1000/{i}" if draw(st.booleans()) else "",
        )
        for i in few(1)
    ]

    def citations() -> tuple[types.Citation, ...]:
        return tuple(
            _part(draw, types.Citation, key=key(), source=draw(st.sampled_from(sources)).key)
            for _ in range(draw(st.integers(0, 2)))
        )

    head_key = key()
    reviewed = draw(st.booleans())
    head = _part(
        draw,
        types.Head,
        key=head_key,
        topic=_part(draw, types.Topic),
        reviewed_on=draw(st.dates()).isoformat() if reviewed else "",
        reviewed_by=draw(lines(150, required=True)) if reviewed else "",
    )
    points = [_part(draw, types.Point, key=key(), citations=citations()) for _ in few()]
    positions = []
    for _ in few():
        held = draw(st.lists(st.sampled_from(backers), unique_by=lambda b: b.key, max_size=2))
        said = (
            draw(st.lists(st.sampled_from(points), unique_by=lambda p: p.key, max_size=most))
            if points
            else []
        )
        backings = []
        for who in held:
            since, until = sorted([draw(partial_dates()), draw(partial_dates())])
            backings.append(
                _part(
                    draw,
                    types.Backing,
                    key=key(),
                    backer=who.key,
                    since=since if draw(st.booleans()) else "",
                    until=until if draw(st.booleans()) else "",
                    citations=citations(),
                )
            )
        stances = [_part(draw, types.Stance, point=point.key, citations=citations()) for point in said]
        positions.append(
            _part(
                draw,
                types.Position,
                key=key(),
                stances=tuple(stances),
                backings=tuple(backings),
                citations=citations(),
            )
        )
    context = types.Context(key=types.context_key(head_key), text=draw(proses()), citations=citations())
    others = {
        block_type.attribute: tuple(
            _part(draw, block_type.part, key=key(), citations=citations()) for _ in few()
        )
        for block_type in types.BLOCKS
        if block_type.many and block_type.attribute not in ("points", "positions", *_SHARED)
    }
    return Document(head=head, context=context).with_blocks(
        points=tuple(points),
        positions=tuple(positions),
        backers=tuple(backers),
        sources=tuple(sources),
        **others,
    )


# -- edits --

# The classes of the members of each list, by its name.
_CLASSES: dict[str, type[Part]] = {
    block_type.attribute: block_type.part for block_type in types.BLOCKS if block_type.many
} | {spec.name: spec.part for cls in types.part_classes() for spec in cls.LISTS if spec.part is not None}
_SHARED = {block_type.attribute for block_type in types.SHARED}
# The classes of what stands by itself, by its name.
_SINGLE: dict[str, type[Part]] = {
    block_type.attribute: block_type.part for block_type in types.BLOCKS[1:] if not block_type.many
} | {
    spec.name: spec.part
    for cls in types.part_classes()
    for spec in cls.VALUES
    if spec.kind is Kind.PART and spec.part is not None
}


def _places(data: dict[str, Any], cls: type[Part]) -> list[tuple[dict[str, Any], type[Part]]]:
    """Every part in these JSON values, with its class."""
    places = [(data, cls)]
    for name, value in data.items():
        if name in _CLASSES:
            for item in value:
                places += _places(item, _CLASSES[name])
        elif name in _SINGLE:
            places += _places(value, _SINGLE[name])
    return places


def _renewed(data: Any, draw: st.DrawFn) -> Any:
    """A copy with keys of its own; references stay."""
    if isinstance(data, list):
        return [_renewed(item, draw) for item in data]
    if isinstance(data, dict):
        made = {name: _renewed(value, draw) for name, value in data.items()}
        if "key" in made:
            made["key"] = draw(keys())
        return made
    return data


@st.composite
def edits(draw: st.DrawFn, document: Document, *, most: int = 6) -> Document:
    """The document after a few edits: fields set, parts added, removed and moved. Its key stays."""
    for _ in range(draw(st.integers(0, most))):
        data = copy.deepcopy(canonical.document_json(document))
        data.pop("key")
        part, cls = draw(st.sampled_from(_places(data, types.Head)))
        lists = [name for name in part if name in _CLASSES and name not in _SHARED and part[name]]
        action = draw(st.sampled_from(["set", "set", "add", "remove", "move"]))
        if action == "set" or not lists:
            spec = draw(
                st.sampled_from([s for s in cls.SPECS if s.kind not in (Kind.KEY, Kind.ITEMS, Kind.PART)])
            )
            made = draw(values(spec))
            part[spec.name] = list(made) if isinstance(made, tuple) else made
        else:
            items = part[draw(st.sampled_from(lists))]
            item = draw(st.sampled_from(items))
            items.remove(item)
            if action == "move":
                items.insert(draw(st.integers(0, len(items))), item)
            elif action == "add":
                items += [item, _renewed(item, draw)]
        try:
            document = parse.document({**data, "key": document.key})
        except InvalidDocument:
            continue  # as when a stance's point was removed
    return document


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Document, Document]:
    """A document and what edits made of it."""
    old = draw(documents())
    return old, draw(edits(old))


def json_values() -> st.SearchStrategy[Any]:
    """Anything that JSON or YAML can hold, odd field names and half characters included."""
    names = sorted(
        {spec.name for cls in _CLASSES.values() for spec in cls.SPECS} | {"context", "topic", "title"}
    )
    leaves = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(st.characters(), max_size=20)
        | st.dates()
        | st.datetimes()
        | st.sampled_from(["\ud800", "\x00", "a" * 200_000, "http://[", "0000", "2024-02-30"])
    )
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(names) | st.text(st.characters(), max_size=5), inner, max_size=4
            )
        ),
        max_leaves=12,
    )
