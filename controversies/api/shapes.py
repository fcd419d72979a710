"""What is answered, as JSON Schema: documents from their own types, the rest written out.

Fields may be added within a version, so objects are left open; no field is taken away or changes its meaning.
"""

from typing import Any

from django.db import models

from controversies.document import canonical, types
from controversies.document.compare import Action
from controversies.document.types import Kind, Part, Spec
from controversies.document.words import Op
from controversies.models import (
    BackerKind,
    ChangeClass,
    Confidence,
    Polarity,
    RedactedPart,
    RedactionGround,
    RedactionOffice,
    Relation,
    Status,
)
from controversies.models.fields import PARTIAL_DATE, SLUG
from controversies.models.source import CITABLE

type Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
KEY: Schema = {"type": "string", "format": "uuid"}
ADDRESS: Schema = {"type": "string", "pattern": SLUG, "maxLength": 100}
URL: Schema = {"type": "string", "format": "uri"}
TIME: Schema = {"type": "string", "format": "date-time"}
DIGEST: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256, hexadecimal."}
DATE: Schema = {
    "type": "string",
    "pattern": f"^$|{PARTIAL_DATE}",
    "description": "As far as it is known: 2024, 2024-07 or 2024-07-23; empty where it is not.",
}
YES: Schema = {"type": "boolean"}


def ref(name: str) -> Schema:
    """The component of this name."""
    return {"$ref": f"#/components/schemas/{name}"}


def array(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def maybe(schema: Schema) -> Schema:
    """This or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def word(choices: type[models.TextChoices], *besides: str) -> Schema:
    """A word of a closed vocabulary."""
    return {"type": "string", "enum": [*besides, *choices.values]}


def some(description: str = "", /, **properties: Schema) -> Schema:
    """An object that has all of these."""
    found: Schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"description": description, **found} if description else found


def _value(spec: Spec) -> Schema:
    """What a field of a document holds, with its name in words."""
    found: Schema
    if spec.kind is Kind.ITEMS:
        found = array(ref(_name(spec.part)))
    elif spec.kind is Kind.PART:
        return ref(_name(spec.part))
    elif spec.kind is Kind.LINES:
        found = array({"type": "string", "maxLength": spec.limit})
    elif spec.kind is Kind.CHOICE and spec.choices is not None:
        empty = [""] if not spec.required and spec.default == "" else []
        found = word(spec.choices, *empty)
    elif spec.kind is Kind.KEY:
        found = dict(KEY)
    elif spec.kind is Kind.SLUG:
        found = dict(ADDRESS)
    elif spec.kind in (Kind.DAY, Kind.DATE):
        found = dict(DATE)
    else:
        found = {"type": "string", "maxLength": spec.limit}
        if spec.kind is Kind.PROSE:
            found["contentMediaType"] = "text/markdown"
    return {"title": str(spec.label), **found}


def _name(part: type[Part] | None) -> str:
    return part.__name__ if part else ""


def _part(part: type[Part]) -> Schema:
    return some(**{spec.name: _value(spec) for spec in part.SPECS})


_PARTS = (types.Citation, types.Topic, types.Stance, types.Backing, *canonical.TYPES.values())

_RECORDED: dict[str, Schema] = {
    "number": {"type": "integer", "minimum": 1, "description": "Counted from 1 within the controversy."},
    "time": TIME,
    "author": TEXT,
    "summary": {"type": "string", "description": "Why the change was made; may be empty."},
    "digest": {**DIGEST, "description": "Covers that of the revision before, so that history is a chain."},
    "document_digest": {**DIGEST, "description": "Equal for two revisions only if readers see the same."},
}

_REVIEWER = {"type": "string", "description": "Who accepted what the author proposed; only if somebody did."}
_ORIGIN: Schema = {
    "const": "not recorded",
    "description": "Only where the page was imported and nobody has said who wrote it.",
}
_RECORDED_OF_DOCUMENT: Schema = {
    "type": "object",
    "properties": {**_RECORDED, "reviewer": _REVIEWER, "origin": _ORIGIN},
    "required": list(_RECORDED),
}


def _removed(schema: Schema) -> Schema:
    """The schema of what has `redactions` where words were removed from it, and lacks them elsewhere."""
    listed = array(ref("Redaction"), description="Only where words were removed, which read ⟦removed⟧ now.")
    return {**schema, "properties": {**schema["properties"], "redactions": listed}}


def _document() -> Schema:
    head = _part(types.Head)["properties"]
    found = some(
        "The whole page as one revision left it. Citations, backings and stances refer by key to the sources,"
        " backers and points beside them. The same as the page's address with .json.",
        revision=_RECORDED_OF_DOCUMENT,
        **head,
        context=ref("Context"),
        points=array(ref("Point")),
        positions=array(ref("Position")),
        backers=array(ref("Backer")),
        sources=array(ref("Source")),
    )
    return _removed(found)


_PAGE = some("A controversy, in short.", key=KEY, slug=ADDRESS, title=TEXT)
_LABEL: Schema = {
    "type": "string",
    "pattern": "^[A-Z]+$",
    "description": "A, B, C… by its place on the page.",
}


def listing(item: str, **more: Schema) -> Schema:
    """Some items of a list, and where it goes on."""
    return some(items=array(ref(item)), **more, next=maybe({**URL, "description": "Where the list goes on."}))


COMPONENTS: dict[str, Schema] = {
    **{_name(part): _part(part) for part in _PARTS},
    "Document": _document(),
    "Redaction": some(
        "Words that had to be removed. The digests are those of the text before, so the chain still holds.",
        part={**word(RedactedPart), "description": "A part of the page, or what a revision says of itself."},
        block=maybe({**KEY, "description": "The part's key; null for what a revision says of itself."}),
        fields=array(TEXT, description="Where the marker stands, by the fields' names."),
        on=TIME,
        ground=word(RedactionGround),
        reason={"type": "string", "description": "The reason in words; may be empty."},
        by=word(RedactionOffice),
    ),
    "Page": _PAGE,
    "Revision": some(
        "What the record says of one revision.",
        **_RECORDED,
        reviewer={"type": "string", "description": "Who accepted what the author proposed; may be empty."},
        classes=array(word(ChangeClass), description="What kinds of change it made."),
        changed={"type": "string", "description": "What changed, in words."},
        added={**COUNT, "description": "Characters of text."},
        removed={**COUNT, "description": "Characters of text."},
        previous={**COUNT, "description": "The revision it can be compared with; 0 stands for nothing."},
        self={**URL, "description": "The whole document."},
        compare={**URL, "description": "What changed since the previous one."},
        page={**URL, "description": "The page as it was, for people."},
    ),
    "Controversy": some(
        "A controversy in a list.",
        key=KEY,
        slug=ADDRESS,
        title=TEXT,
        question=TEXT,
        topic=ref("Topic"),
        status=word(Status),
        status_summary=TEXT,
        polarity=word(Polarity),
        reviewed_on=DATE,
        positions=array(some(key=KEY, label=_LABEL, claim=TEXT, confidence=word(Confidence))),
        counts=some(points=COUNT, positions=COUNT, backers=COUNT, sources=COUNT),
        revision=_RECORDED_OF_DOCUMENT,
        self=URL,
        page=URL,
    ),
    "PositionRecord": some(
        "A position, with all that its page says of it.",
        key=KEY,
        label=_LABEL,
        controversy=ref("Page"),
        claim=TEXT,
        argument=TEXT,
        confidence=word(Confidence),
        confidence_reason=TEXT,
        backers=array(
            some(key=KEY, slug=ADDRESS, name=TEXT, kind=word(BackerKind), note=TEXT, since=DATE, until=DATE)
        ),
        stances=array(some("What it says on a contested point.", point=KEY, title=TEXT, text=TEXT)),
        citations=array(
            some(
                key=KEY,
                slug=ADDRESS,
                title=TEXT,
                relation=word(Relation),
                quote=TEXT,
                locator=TEXT,
                serves={"type": "string", "enum": ["position", "backing", "stance"]},
            )
        ),
        document={**URL, "description": "The whole document that it is part of."},
        page=URL,
    ),
    "BackerRecord": some(
        "A backer of positions that readers see.",
        **_part(types.Backer)["properties"],
        positions={**COUNT, "description": "How many it holds or held, over all pages."},
        held={**URL, "description": "Those positions."},
        self=URL,
        page=URL,
    ),
    "SourceRecord": some(
        "A source that pages cite.",
        **_part(types.Source)["properties"],
        citations={**COUNT, "description": "How often it is cited, over all pages."},
        cited={**URL, "description": "Where and what for."},
        self=URL,
        page=URL,
    ),
    "Use": some(
        "One use of a source.",
        key=KEY,
        controversy=ref("Page"),
        serves={"type": "string", "enum": ["context", *(each for each in CITABLE if each != "controversy")]},
        position=maybe(_LABEL),
        about={"type": "string", "description": "The words that it serves; empty for the context."},
        relation=word(Relation),
        quote=TEXT,
        locator=TEXT,
        page=URL,
    ),
    "TopicRecord": some(
        "A topic that pages are about.",
        **_part(types.Topic)["properties"],
        controversies=COUNT,
        listed={**URL, "description": "Those controversies."},
        self=URL,
        page=URL,
    ),
    "Run": some(
        "A run of words with one fate.",
        op={"type": "string", "enum": [each.value for each in Op]},
        text=TEXT,
    ),
    "FieldChange": some(
        "One value replaced by another; `words` where both are text to be compared by words, else null. Old and new are"
        " as readers saw them; of what is kept, `words` has the numbers of sources as they are in the new.",
        name=TEXT,
        label={"type": "string", "description": "The field's name in words."},
        old=ref("Value"),
        new=ref("Value"),
        words=maybe(array(ref("Run"))),
    ),
    "Value": {"anyOf": [TEXT, array(TEXT), ref("Topic")]},
    "ListChange": some(
        "What happened to the members of a list.",
        name=TEXT,
        label=TEXT,
        unchanged=COUNT,
        items=array(ref("ItemChange")),
    ),
}

_PLACES: dict[str, Schema] = {
    "action": {"type": "string", "enum": [each.value for each in Action]},
    "moved": {**YES, "description": "It stands elsewhere among its like, besides being changed."},
    "was": maybe({**COUNT, "description": "Its place among its like before, counted from 0."}),
    "now": maybe({**COUNT, "description": "Its place now."}),
}
_ITEMS = {"anyOf": [ref("Citation"), ref("Stance"), ref("Backing")]}
_BLOCKS = {"anyOf": [ref(name) for name in ("Head", "Context", "Point", "Position", "Backer", "Source")]}


def _change(description: str, part: Schema, **more: Schema) -> Schema:
    return some(
        description,
        **more,
        **_PLACES,
        fields=array(ref("FieldChange")),
        lists=array(ref("ListChange")),
        old=maybe({**part, "description": "As it was, if it is here no longer or has changed."}),
        new=maybe({**part, "description": "As it is now."}),
    )


COMPONENTS |= {
    "Place": some(
        "Where something stands or stood: in a list or a text of a block.",
        key={**KEY, "description": "Of the block."},
        kind={"type": "string", "enum": list(canonical.TYPES)},
        label={"type": "string", "description": "A position's letter or a point's number in that revision."},
        name={"type": "string", "description": "Of the list or of the text."},
        within=maybe({**KEY, "description": "Of the stance's point, or of the backing, that holds it."}),
    ),
    "Departure": some(
        "A member of a list that stands elsewhere now, where its move is given; with `to` null, a stance whose"
        " contested point was removed.",
        part=_ITEMS,
        origin=ref("Place"),
        to=maybe(ref("Place")),
    ),
    "Passage": some(
        "Sentences that stand in another text now.",
        text={"type": "string", "description": "As they read now."},
        origin=ref("Place"),
        to=ref("Place"),
    ),
    "ItemChange": _change(
        "What happened to one member of a list.",
        _ITEMS,
        origin=maybe({**ref("Place"), "description": "Where it came from, if from another list."}),
    ),
    "BlockChange": _change(
        "What happened to one block.",
        _BLOCKS,
        key=KEY,
        kind={"type": "string", "enum": list(canonical.TYPES)},
        label={"type": "string", "description": "A position's letter, a point's or source's number."},
        departures=array(ref("Departure")),
        origins=array(
            ref("Place"), description="Where the argument of a new position stood, if it was split off."
        ),
        heirs=array(
            ref("Place"), description="Where the argument of a removed position stands, if it was merged."
        ),
    ),
    "Comparison": some(
        "All that differs between two revisions, matched by key, in the order of the page.",
        **{"from": maybe(ref("Revision"))},
        to=ref("Revision"),
        summary={"type": "string", "description": "What changed, in a sentence."},
        blocks=array(ref("BlockChange")),
        unchanged={**COUNT, "description": "How many blocks are as they were."},
        renumbered=array(KEY, description="Those among them in which numbers of sources differ."),
        passages=array(ref("Passage")),
        page=URL,
    ),
    "Change": some(
        "A revision that became public; or, as `withdrawn`, that the page with this key ceased to be.",
        cursor=TEXT,
        type={"type": "string", "enum": ["revision", "withdrawn"]},
        key=KEY,
        controversy=maybe(ref("Page")),
        revision=maybe(ref("Revision")),
        document=maybe({**ref("Document"), "description": "Only if documents are asked for."}),
    ),
    "Index": some(
        "Where everything is.",
        openapi=URL,
        documentation=URL,
        addresses={"type": "object", "additionalProperties": TEXT},
    ),
    "Controversies": listing("Controversy"),
    "Revisions": listing("Revision"),
    "Positions": listing("PositionRecord"),
    "Backers": listing("BackerRecord"),
    "Sources": listing("SourceRecord"),
    "Uses": listing("Use"),
    "Topics": listing("TopicRecord"),
    "Changes": listing(
        "Change",
        cursor={
            "type": "string",
            "description": "Where to go on next time, also where there is no more yet.",
        },
        more={**YES, "description": "Whether there is more already."},
    ),
    "Problem": some(
        "What went wrong, as RFC 9457 has it.",
        type={"type": "string", "format": "uri-reference"},
        title=TEXT,
        status={"type": "integer"},
        detail=TEXT,
    ),
}
for _each in ("Revision", "Comparison"):
    COMPONENTS[_each] = _removed(COMPONENTS[_each])
COMPONENTS["Problem"]["properties"]["faults"] = array(
    some(parameter=TEXT, detail=TEXT), description="What is wrong with each parameter."
)
