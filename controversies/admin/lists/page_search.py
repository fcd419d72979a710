# ruff: noqa: S608 - made of the names of tables and columns
"""The search of the list of controversies: it looks into every text of a page, and says where the words are.

Pages are found by the index that readers' search has (`sql/search.sql`), drafts too. Then the texts of the pages that
are listed are looked through, in one query.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from controversies import search
from controversies.document.types import (
    BY_NAME,
    Backing,
    Citation,
    Context,
    Head,
    Part,
    Point,
    Position,
    Stance,
)
from controversies.search import BEGIN, END

MAX_PLACES = 3  # that are shown of one page
_HEADLINE = f"StartSel={BEGIN}, StopSel={END}, MaxFragments=1, MaxWords=18, MinWords=8"
# The texts of each class of parts: where its rows come from, and how the elements of its form begin.
_SOURCES: tuple[tuple[type[Part], str, str], ...] = (
    (Head, "own_page", "'id_head-'"),
    (Context, "own_page", "'id_context-'"),
    (Point, "own_point", "'id_' || id || '-'"),
    (Position, "own_position", "'id_' || id || '-'"),
    (Stance, "own_stance", "'id_' || position_id || '-stances-' || point_id || '-'"),
    (Backing, "own_backing", "'id_' || id || '-'"),
    (Citation, "own_citation", "'id_' || id || '-'"),
)


def _texts() -> str:
    """The query for all texts of the pages, each with its page, block, part, field and element of the form."""
    return " UNION ALL ".join(
        f"SELECT page, block, block_type, place, {rank} AS rank, '{cls.__name__}' AS part, '{spec.name}' AS field,"
        f" {element} || '{spec.name}' AS element, {spec.column} AS text FROM {rows} WHERE {spec.column} <> ''"
        for rank, (cls, rows, element) in enumerate(_SOURCES)
        for spec in cls.VALUES
        if spec.is_text and spec.is_editable
    )


_CITED = " UNION ALL ".join(
    f"SELECT c.*, o.page, o.block, o.block_type, o.place FROM controversies_citation c"
    f" JOIN {rows} o ON o.id = c.{name}_id"
    for name, rows in (
        ("controversy", "own_page"),
        ("point", "own_point"),
        ("position", "own_position"),
        ("stance", "own_stance"),
        ("backing", "own_backing"),
    )
)
_PLACES = f"""
    WITH words AS (
        SELECT query, CASE WHEN query::text LIKE '%%!%%' THEN query
            ELSE replace(query::text, '&', '|')::tsquery END AS any_word
        FROM websearch_to_tsquery('english', %(words)s) query
    ), own_page AS (
        SELECT c.*, c.id AS page, NULL::uuid AS block, '' AS block_type, 0 AS place
        FROM controversies_controversy c WHERE c.id = ANY (%(pages)s::uuid[])
    ), own_point AS (
        SELECT t.*, t.controversy_id AS page, t.id AS block, 'point' AS block_type, t."order" AS place
        FROM controversies_contestedpoint t WHERE t.controversy_id = ANY (%(pages)s::uuid[])
    ), own_position AS (
        SELECT t.*, t.controversy_id AS page, t.id AS block, 'position' AS block_type, t."order" AS place
        FROM controversies_position t WHERE t.controversy_id = ANY (%(pages)s::uuid[])
    ), own_stance AS (
        SELECT t.*, o.page, o.block, o.block_type, o.place FROM controversies_stance t
        JOIN own_position o ON o.id = t.position_id
    ), own_backing AS (
        SELECT t.*, o.page, o.block, o.block_type, o.place FROM controversies_backing t
        JOIN own_position o ON o.id = t.position_id
    ), own_citation AS ({_CITED}), texts AS ({_texts()}), matches AS (
        SELECT t.*, words.any_word, row_number() OVER (
            PARTITION BY t.page ORDER BY to_tsvector('english', t.text) @@ words.query DESC,
                ts_rank(to_tsvector('english', t.text), words.any_word) DESC, t.rank, t.place, t.element
        ) AS number
        FROM texts t CROSS JOIN words WHERE to_tsvector('english', t.text) @@ words.any_word
    )
    SELECT page::text, block::text, block_type, place, part, field, element,
        ts_headline('english', text, any_word, %(headline)s)
    FROM matches WHERE number <= {MAX_PLACES} ORDER BY page, number
"""
_PARTS: dict[str, type[Part]] = {cls.__name__: cls for cls, _rows, _element in _SOURCES}


@dataclass(frozen=True, slots=True)
class WordPlace:
    """A place of the words on a page: its name, its anchor on the edit page, and the text around the words."""

    name: str
    anchor: str
    snippet: str

    def link(self, page: str) -> SafeString:
        """The link to the place on the edit page of the page with this key, and the text around the words, as HTML."""
        url = reverse("admin:controversies_controversy_change", args=[page])
        marked = str(format_html("{}", self.snippet))
        for mark, element in ((BEGIN, "<mark>"), (END, "</mark>")):
            marked = marked.replace(mark, element)
        return format_html(
            '<a href="{}#{}">{}</a> <span class="quiet" dir="auto">{}</span>',
            url,
            self.anchor,
            self.name,
            SafeString(marked),
        )


def has_words(words: str) -> Q:
    """Return the condition that a page has these words; the newest `search.LISTED` pages are looked up at once."""
    return Q(pk__in=sorted(search.pages(words[: search.LENGTH])))


def find_places(pages: Iterable[str], words: str) -> dict[str, list[WordPlace]]:
    """Return the places of the words on each of these pages, best first, `MAX_PLACES` at most; one query."""
    values: dict[str, Any] = {
        "pages": list(pages),
        "words": words.replace("\0", "")[: search.LENGTH],
        "headline": _HEADLINE,
    }
    if not values["pages"]:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, values)
        rows = cursor.fetchall()
    places: dict[str, list[WordPlace]] = defaultdict(list)
    for page, block, block_type, place, part, field, element, snippet in rows:
        anchor = f"in-{block}/{element}" if block else element
        places[page].append(WordPlace(_place_name(block_type, place, _PARTS[part], field), anchor, snippet))
    return places


def _place_name(block_type: str, place: int, cls: type[Part], field: str) -> str:
    label = str(cls.spec(field).label)
    if cls is Stance:
        label = _("On a contested point")
    if cls is Backing:
        label = _("Note on a backer")
    if not block_type:
        return _("Context") if cls is Context else label
    kind = BY_NAME[block_type]
    return f"{str(kind.named) % kind.number(place - 1)} › {label}"
