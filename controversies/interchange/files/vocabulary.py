"""The words of files: names of fields, and the values of those that have few."""

from controversies.models import (
    BackerKind,
    Confidence,
    PointKind,
    Polarity,
    Publication,
    Relation,
    SourceKind,
    Status,
)


def _names(*names: str, **others: str) -> dict[str, str]:
    return {name: name for name in names} | others


PAGE = _names(
    "id",
    "title",
    "question",
    "thread",
    "thread_title",
    "thread_description",
    "status",
    "status_summary",
    "polarity",
    "publication",
    "last_updated",
    "revision",
    "reviewed_on",
    "reviewed_by",
    "attribution",
    "positions",
    "points",
    "context",
    "context_sources",
    "keys",
)
POSITION = _names("claim", "proponents", "sources", "confidence", "confidence_reason", "argument", "stances")
_BACKER = ("id", "name", "type", "description", "website", "aliases")
PROPONENT = _names(*_BACKER, "note", "since", "until", "sources", kind="type", evidence="sources")
ACTOR = _names(*_BACKER, "founded", "guessed", "key", kind="type")
TOPIC = _names("id", "title", "description", name="title")
SOURCE = _names(
    "id",
    "url",
    "title",
    "authors",
    "publisher",
    "date",
    "type",
    "doi",
    "archive_url",
    "relation",
    "quote",
    "locator",
    author="authors",
    kind="type",
)
POINT = _names("title", "body", "kind", "sources")
STANCE = _names("point", "text", "sources")

# What each value goes by in documents.
STATUSES = _names(*Status.values)
POLARITIES = _names(*Polarity.values)
PUBLICATIONS = _names(*Publication.values)
CONFIDENCES = _names(*Confidence.values)
POINT_KINDS = _names(*PointKind.values)
RELATIONS = _names(*Relation.values)
SOURCE_TYPES = _names(*SourceKind.values)
# The files of editors who kept such pages before have other words for two of them.
BACKER_TYPES = {
    "individual": BackerKind.PERSON.value,
    "organization": BackerKind.ORGANISATION.value,
} | _names(*BackerKind.values)
_WRITTEN = {value: word for word, value in reversed(BACKER_TYPES.items())}


def backer_type(kind: str) -> str:
    """The word that files have for this kind of backer."""
    return _WRITTEN[kind]


# What documents call the fields that files call otherwise.
CALLED = {
    "slug": "id",
    "topic": "thread",
    "backings": "proponents",
    "backer": "id",
    "source": "id",
    "citations": "sources",
    "point": "point",
}
