"""The blame of a revision as an object of the API: each text as spans, each value with the revision that set it."""

from typing import Any, NamedTuple

from controversies.history.blame import ALGORITHM, BlameEntry, BlameSpan, BlameValue, FieldBlame, PageBlame

from .objects import PAGE, PageName
from .schemas import COUNT, TEXT, TIME, Schema, array, of_object, ref, with_description
from .shape import Fields, Shape, nested

_NUMBER: Schema = {"type": "integer", "minimum": 1}
_BEFORE: Schema = {
    "const": True,
    "description": "Only where this is older: its revision is the first public one after some that are not.",
}


class _BlameWithEntries[Blamed: (BlameSpan, BlameValue)](NamedTuple):
    """A span or value, and the revisions that are named."""

    blamed: Blamed
    entries: Any  # by number

    @property
    def before_publication(self) -> dict[str, object]:
        entry: BlameEntry = self.entries[self.blamed.revision]
        return {"before_publication": True} if entry.before_publication else {}


SPAN = Shape[_BlameWithEntries[BlameSpan]](
    "BlameSpan",
    "Words in a row with one origin. The texts of a field's spans joined are the field.",
    {
        "text": (TEXT, lambda each: each.blamed.text),
        "revision": (
            with_description(_NUMBER, "The revision in which the words were first written."),
            lambda each: each.blamed.revision,
        ),
        "wording": (
            with_description(_NUMBER, "The revision since which their sentence reads exactly so."),
            lambda each: each.blamed.wording,
        ),
        "here": (
            with_description(_NUMBER, "The revision since which their sentence stands in this field."),
            lambda each: each.blamed.here,
        ),
    },
    Fields(
        {"before_publication": _BEFORE},
        lambda each: each.before_publication,
        optional=("before_publication",),
    ),
)
VALUE = Shape[_BlameWithEntries[BlameValue]](
    "BlameValue",
    "A value that is no text, and the revision that set it.",
    {
        "value": (TEXT, lambda each: each.blamed.value),
        "revision": (_NUMBER, lambda each: each.blamed.revision),
    },
    Fields(
        {"before_publication": _BEFORE},
        lambda each: each.before_publication,
        optional=("before_publication",),
    ),
)
FIELDS: Schema = {
    "type": "object",
    "additionalProperties": {
        "anyOf": [array(SPAN.reference), array(VALUE.reference), VALUE.reference, ref("BlameFields")]
    },
    "description": "The fields of a block or of a part of it, by name: a text as spans, a list of lines as values, a"
    " part as such an object, a list of parts as an object of them by key (of stances, by the key of their point).",
}

_ENTRY: Schema = of_object(
    {
        "time": TIME,
        "author": TEXT,
        "reviewer": with_description(TEXT, "Who accepted what the author proposed; only if somebody did."),
        "summary": TEXT,
        "origin": {
            "const": "not recorded",
            "description": "Only where the page was imported and nobody has said who wrote it.",
        },
        "before_publication": {
            "const": True,
            "description": "Only of the first public revision after some that are not: who wrote what, and why, is not"
            " public.",
        },
    },
    "A revision that is named.",
    optional=("author", "reviewer", "summary", "origin", "before_publication"),
)


def _entry(entry: BlameEntry) -> dict[str, object]:
    if entry.before_publication:
        return {"time": entry.time.isoformat(), "before_publication": True}
    return {
        "time": entry.time.isoformat(),
        "author": entry.author_name,
        **({"reviewer": entry.reviewer_name} if entry.reviewer_name else {}),
        "summary": entry.summary,
        **({"origin": "not recorded"} if entry.is_origin_unknown else {}),
    }


def _block(blame: PageBlame, key: str) -> dict[str, object]:
    """Return the fields of a block by name, those of its parts within them."""
    values: dict[str, Any] = {}
    for path, field in blame.blocks[key].items():
        *outer, name = path.split(".")
        place = values
        for each in outer:
            place = place.setdefault(each, {})
        place[name] = _field(blame, field)
    return values


def _field(blame: PageBlame, field: FieldBlame) -> object:
    if isinstance(field, BlameValue):
        return VALUE.values(_BlameWithEntries(field, blame.entries))
    return [
        SPAN.values(_BlameWithEntries(each, blame.entries))
        if isinstance(each, BlameSpan)
        else VALUE.values(_BlameWithEntries(each, blame.entries))
        for each in field
    ]


BLAME = Shape[PageBlame](
    "Blame",
    "Who first wrote each sentence of a revision, and who set each value.",
    {
        "controversy": nested(PAGE, lambda blame: PageName.of(blame.reading.document)),
        "revision": (_NUMBER, lambda blame: blame.reading.number),
        "algorithm": (
            with_description(COUNT, "How it was worked out; another number may give other revisions."),
            lambda blame: ALGORITHM,
        ),
        "blocks": (
            {
                "type": "object",
                "additionalProperties": ref("BlameFields"),
                "description": "The parts of the page, by key.",
            },
            lambda blame: {key: _block(blame, key) for key in blame.blocks},
        ),
        "revisions": (
            {
                "type": "object",
                "additionalProperties": _ENTRY,
                "description": "The revisions that are named, by number.",
            },
            lambda blame: {str(number): _entry(entry) for number, entry in sorted(blame.entries.items())},
        ),
    },
)
