"""The tables of the CSV files: their columns, what these mean, and their rows, read a few at a time.

Rows are those that today's public pages show. Columns may be added at the end; none is taken away or changes its
meaning.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import batched, count, groupby
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from controversies import models as m
from controversies.document.types import label
from controversies.kit.keys import anchor
from controversies.models import Publication

_CHUNK = 2000  # rows at a time from the server
_SLUG = "SLUG"
type Row = tuple[str | int, ...]


class Column(NamedTuple):
    """A column: its name, its type in CSVW, what it has, and the column of another table that it refers to."""

    name: str
    meaning: Promise | str
    datatype: str = "string"
    refers_to: tuple[str, str] | None = None


@dataclass(frozen=True)
class Table:
    """A table: its name, what a row is, its columns (the first is its key), and the function that yields its rows."""

    name: str
    meaning: Promise | str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterator[Row]]

    @property
    def file_name(self) -> str:
        return f"{self.name}.csv"


_KEY = _("permanent key, the same in every file and in the API")
_DATE = _("as far as it is known: 2024, 2024-07 or 2024-07-23")
_TEXT = _("Markdown, on one line")
_PAGE = _("address of the page, the last part of it")
_PLACE = _("link to it on its page of today")


def _address(name: str) -> Callable[[str], str]:
    """Return the function from a slug to the address of its page."""
    pattern = settings.SITE_URL + reverse(name, args=[_SLUG])
    return lambda slug: pattern.replace(_SLUG, slug)


def _lettered() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each public position with its letter, by page and in the order of the page."""
    rows = (
        m.Position.objects.filter(controversy__publication=Publication.PUBLISHED)
        .order_by("controversy_id", "order", "pk")
        .values(
            *("pk", "controversy_id", "claim", "argument", "confidence", "confidence_reason"),
            page=F("controversy__slug"),
            title=F("controversy__title"),
            topic=F("controversy__topic__slug"),
            status=F("controversy__status"),
            credit=F("controversy__attribution"),
            revision=F("controversy__listed__number"),
            revised=F("controversy__listed__changed"),
        )
    )
    for _page, positions in groupby(rows.iterator(chunk_size=_CHUNK), key=lambda row: row["controversy_id"]):
        for place, row in zip(count(), positions, strict=False):
            yield label(place), row


def _positions() -> Iterator[Row]:
    address = _address("controversy")
    for letter, row in _lettered():
        yield (
            *(str(row["pk"]), row["page"], row["title"], row["topic"], row["status"], letter),
            *(row["claim"], row["argument"], row["confidence"], row["confidence_reason"]),
            *(row["revision"], row["revised"].strftime("%Y-%m-%dT%H:%M:%SZ"), row["credit"]),
            f"{address(row['page'])}#{anchor('position', str(row['pk']))}",
        )


def _backings() -> Iterator[Row]:
    address = _address("controversy")
    rows = (
        m.Backing.objects.filter(position__controversy__publication=Publication.PUBLISHED)
        .order_by("position__controversy_id", "position__order", "position_id", "order", "pk")
        .values_list(
            *(
                "pk",
                "position_id",
                "position__controversy__slug",
                "backer_id",
                "backer__slug",
                "backer__name",
            ),
            *("backer__kind", "since", "until", "note"),
        )
    )
    for key, position, page, backer, slug, *rest in rows.iterator(chunk_size=_CHUNK):
        place = f"{address(page)}#{anchor('position', str(position))}"
        yield (str(key), str(position), page, str(backer), slug, *rest, place)


def _sources() -> Iterator[Row]:
    address = _address("source")
    uses = m.PublicUse.objects.filter(type="source").order_by("key").values_list("key", "uses")
    for batch in batched(uses.iterator(chunk_size=_CHUNK), _CHUNK):
        rows = m.Source.objects.in_bulk([key for key, _uses in batch])
        for key, times in batch:
            if row := rows.get(key):
                yield (
                    *(str(key), row.slug, row.title, row.authors, row.publisher, row.date, row.kind),
                    *(row.url, row.doi, row.isbn, row.archive_url),
                    *(row.read_on.isoformat() if row.read_on else "", row.origin, times, address(row.slug)),
                )


def _citations() -> Iterator[Row]:
    address, owners = _address("controversy"), m.OWNERS[m.Citation]
    rows = (
        m.Citation.objects.filter(m.on_pages(m.Citation, "publication", Publication.PUBLISHED))
        .annotate(
            page_key=m.page_of(m.Citation),
            of_position=Coalesce("position_id", "stance__position_id", "backing__position_id"),
            of_point=Coalesce("point_id", "stance__point_id"),
            page=Coalesce(*(f"{path}__slug" for path in m.page_paths(m.Citation))),
        )
        .order_by("page_key", "pk")
        .values_list(
            *("pk", "source_id", "source__slug", "page", "of_position", "of_point"),
            *("relation", "quote", "locator"),
            *(f"{name}_id" for name in owners),
        )
    )
    for key, source, slug, page, position, point, *rest in rows.iterator(chunk_size=_CHUNK):
        words, cited_by = rest[: -len(owners)], rest[-len(owners) :]
        part = next(name for name, owner in zip(owners, cited_by, strict=True) if owner)
        yield (
            *(str(key), str(source), slug, page, "context" if part == "controversy" else part),
            *(str(position or ""), str(point or "")),
            *words,
            f"{address(page)}#{anchor('source', str(key))}",
        )


TABLES = (
    Table(
        "positions",
        _("One row for each position on a page of today."),
        (
            Column("position", _KEY),
            Column("page", _PAGE),
            Column("page_title", _("title of the page")),
            Column("topic", _("address of the topic, the last part of it")),
            Column("status", _("state of the dispute: emerging, active, dormant or resolved")),
            Column("letter", _("letter that the page shows, by its order, which ranks nothing")),
            Column("claim", _("the position in one sentence")),
            Column("argument", _TEXT),
            Column(
                "confidence",
                _("high, medium, low, disputed or not-rated: of the evidence, not of the position"),
            ),
            Column("confidence_reason", _TEXT),
            Column("revision", _("number of the page’s newest revision"), "integer"),
            Column("revised", _("time of that revision, in UTC"), "dateTime"),
            Column(
                "credit", _("origin and licence of the page’s text, if it is not the editors’ own: keep it")
            ),
            Column("url", _PLACE, "anyURI"),
        ),
        _positions,
    ),
    Table(
        "backings",
        _("One row for each backer that holds a position, or held it."),
        (
            Column("backing", _KEY),
            Column("position", _("key of the position"), refers_to=("positions", "position")),
            Column("page", _PAGE),
            Column("backer", _("key of the backer")),
            Column("backer_slug", _("address of the backer, the last part of it")),
            Column("backer_name", _("name of the backer")),
            Column("kind", _("company, research-lab, government, organisation, person or constituency")),
            Column("since", _DATE),
            Column("until", _("if the backer holds it no longer; as far as it is known")),
            Column("note", _TEXT),
            Column("url", _PLACE, "anyURI"),
        ),
        _backings,
    ),
    Table(
        "sources",
        _("One row for each source that a page of today cites."),
        (
            Column("source", _KEY),
            Column("slug", _("address of the source, the last part of it")),
            Column("title", _("the work’s own title")),
            Column("authors", _("as the work names them")),
            Column("publisher", _("journal and volume, newspaper, site or docket")),
            Column("date", _DATE),
            Column("kind", _("article, preprint, report, book, news, blog, legal, dataset, media or other")),
            Column("link", _("address of the work"), "anyURI"),
            Column("doi", _("begins with 10.")),
            Column("isbn", _("13 digits")),
            Column("archived_copy", _("address of a copy in an archive"), "anyURI"),
            Column("read_on", _("day on which an editor last read it"), "date"),
            Column("repeats", _("the work or agency that it repeats, if it adds nothing of its own")),
            Column("citations", _("how often pages of today cite it"), "integer"),
            Column("url", _("the source’s page on this site"), "anyURI"),
        ),
        _sources,
    ),
    Table(
        "citations",
        _("One row for each time that a page of today cites a source."),
        (
            Column("citation", _KEY),
            Column("source", _("key of the source"), refers_to=("sources", "source")),
            Column("source_slug", _("address of the source, the last part of it")),
            Column("page", _PAGE),
            Column("part", _("what it is cited for: context, point, position, stance or backing")),
            Column(
                "position",
                _("key of the position, if it is cited for one"),
                refers_to=("positions", "position"),
            ),
            Column("point", _("key of the contested point, if it is cited for one")),
            Column("relation", _("supports, contradicts or context")),
            Column("quote", _("words of the source, as the editors recorded them")),
            Column("locator", _("page, section or heading")),
            Column("url", _PLACE, "anyURI"),
        ),
        _citations,
    ),
)


def csvw() -> dict[str, Any]:
    """Return the description of all tables for programs (W3C: Metadata Vocabulary for Tabular Data)."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dialect": {"header": True, "encoding": "utf-8", "lineTerminators": "\r\n", "quoteChar": '"'},
        "tables": [_describe(table) for table in TABLES],
    }


def _describe(table: Table) -> dict[str, Any]:
    columns = []
    keys = []
    for column in table.columns:
        columns.append(
            {
                "name": column.name,
                "titles": column.name,
                "datatype": column.datatype,
                "dc:description": str(column.meaning),
            }
        )
        if column.refers_to:
            name, referred = column.refers_to
            reference = {"resource": f"{name}.csv", "columnReference": referred}
            keys.append({"columnReference": column.name, "reference": reference})
    return {
        "url": table.file_name,
        "dc:description": str(table.meaning),
        "tableSchema": {
            "columns": columns,
            "primaryKey": table.columns[0].name,
            **({"foreignKeys": keys} if keys else {}),
        },
    }
