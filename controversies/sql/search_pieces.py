# ruff: noqa: S608 - made of the names of tables and columns
"""Pieces of SQL for search, which follow from `search` of the declaration of fields (see `pieces`)."""

from collections import defaultdict

from controversies import models as m
from controversies.document.schema import Kind, Part, Search
from controversies.document.types import BLOCKS, BY_NAME, Backer, Head, Position, Source
from controversies.models import OWNERS

from .pieces import model_table, related_model


def search_texts(page: str, keys: str, outline: str) -> str:
    """The query for (key, kind, a, b, c, d, facets) of the blocks of a page with these keys, of all if they are NULL.

    `a` to `d` are the texts of each weight, those of one weight by their place, and `kind` is the type of the block.
    Only the page's own name has weight A.
    """
    queries = []
    for number, block_type in enumerate(BLOCKS, 1):
        texts = _block_texts(block_type.part, "t")
        owner = "controversy_id" if block_type.many else "id"
        key = "t.id" if block_type.many or number == 1 else f"{outline}[{number}]"
        if block_type.shared:
            texts = {"C": texts["A"] + texts["B"], "D": texts["D"]}
            place = f"t.id = ANY (coalesce({keys}, {outline}))"
        else:
            place = f"t.{owner} = {page} AND ({keys} IS NULL OR {key} = ANY ({keys}))"
        columns = ", ".join(f"{_join_texts(texts.get(weight, []))} AS {weight.lower()}" for weight in "ABCD")
        queries.append(
            f"SELECT {key} AS key, '{block_type.name}' AS kind, {columns},"
            f" {_facets(block_type.part)} AS facets FROM {model_table(block_type.model)} t WHERE {place}"
        )
    return "\n        UNION ALL ".join(queries)


_AGAINST = m.Relation.CONTRADICTS.value
# By class of parts, the facets that search can narrow pages by: words of the index that no text has, as they begin
# with "=". A position's evidence is contested where a source contradicts it.
_FACETS = {
    Head: "ARRAY['=' || t.publication, '=topic ' || t.topic_id, '=status ' || t.status]",
    Position: f"""ARRAY['=confidence ' || t.confidence] || CASE WHEN EXISTS (
            SELECT FROM {model_table(m.Citation)} f WHERE f.position_id = t.id AND f.relation = '{_AGAINST}'
        ) OR EXISTS (
            SELECT FROM {model_table(m.Stance)} s JOIN {model_table(m.Citation)} f ON f.stance_id = s.id
            WHERE s.position_id = t.id AND f.relation = '{_AGAINST}'
        ) THEN ARRAY['=contested'] ELSE '{{}}' END""",
    Backer: "ARRAY['=backer ' || t.kind]",
    Source: "CASE WHEN t.date ~ '^[0-9]{4}' THEN ARRAY['=year ' || left(t.date, 4)] ELSE '{}' END",
}


def _facets(part: type[Part]) -> str:
    return _FACETS.get(part, "'{}'::text[]")


def _join_texts(texts: list[str]) -> str:
    return f"concat_ws(E'\\n', {', '.join(texts)})" if texts else "''"


def _block_texts(part: type[Part], row: str) -> dict[str, list[str]]:
    """By weight, the texts of a block in their order: each a column of its row, or a subquery for a list of parts."""
    texts = [*_own_texts(part, row), *_inner_texts(part, row)]
    by_weight: dict[str, list[str]] = defaultdict(list)
    for search, text in sorted(texts, key=lambda each: each[0].place):
        by_weight[search.weight].append(text)
    return by_weight


def _own_texts(part: type[Part], row: str) -> list[tuple[Search, str]]:
    texts = []
    for spec in part.SPECS:
        if spec.part is not None and spec.kind is Kind.PART:  # the topic of a page
            inner = f"{row}_{spec.name}"
            rows = f"{model_table(spec.part.MODEL)} {inner} WHERE {inner}.id = {row}.{spec.name}_id"
            texts += [
                (search, f"(SELECT {text} FROM {rows})") for search, text in _own_texts(spec.part, inner)
            ]
        elif spec.search is not None:
            column = f"{row}.{spec.column}"
            is_list = spec.kind is Kind.LINES
            texts.append((spec.search, f"array_to_string({column}, ', ')" if is_list else column))
    return texts


def _list_texts(part: type[Part], owner: str, above: str) -> list[tuple[Search, str]]:
    """The subqueries for the texts of a list of parts, and of the lists within each, in the order of the list."""
    row = f"{above}_{part.MODEL._meta.model_name}"
    texts: dict[Search, list[str]] = defaultdict(list)
    for search, text in [*_own_texts(part, row), *_inner_texts(part, row)]:
        texts[search].append(text)
    order = f' ORDER BY {row}."order"' if _has_order(part) else f" ORDER BY {row}.id"
    return [
        (
            search,
            f"(SELECT string_agg({_concatenate(columns)}, E'\\n'{order})"
            f" FROM {model_table(part.MODEL)} {row} WHERE {row}.{owner}_id = {above}.id)",
        )
        for search, columns in texts.items()
    ]


def _inner_texts(part: type[Part], row: str) -> list[tuple[Search, str]]:
    """The texts of the lists within a part."""
    inner = [spec.part for spec in part.LISTS if spec.part is not None]
    return [text for each in inner for text in _list_texts(each, _owner(each, part), row)]


def _concatenate(columns: list[str]) -> str:
    return columns[0] if len(columns) == 1 else f"concat_ws(E'\\n', {', '.join(columns)})"


def _owner(part: type[Part], above: type[Part]) -> str:
    """The name of the foreign key that says of which row above a row of the part is, "" if there is none."""
    names = OWNERS.get(part.MODEL, ())
    return next((name for name in names if related_model(part.MODEL, name) is above.MODEL), "")


def _has_order(part: type[Part]) -> bool:
    return any(each.name == "order" for each in part.MODEL._meta.local_fields)


def is_term(word: str) -> str:
    """Whether a word of the index may stand for one that is spelled like it.

    The index orders words by their bytes ("C"), for which a letter with an accent is none.
    """
    return f"{word} COLLATE \"default\" ~ '^[[:alpha:]][[:alpha:]''’-]{{2,29}}$'"


def word_columns(name: str) -> list[str]:
    """Return the columns of the type of shared blocks of this name that are searched."""
    return [spec.column for spec in BY_NAME[name].part.SPECS if spec.search is not None]


def word_parameters(name: str) -> str:
    """The parameters of the function that makes the text search vector of a shared row."""
    part = BY_NAME[name].part
    return ", ".join(
        f"{column} {'text[]' if part.spec(column).kind is Kind.LINES else 'text'}"
        for column in word_columns(name)
    )


def word_vector(name: str) -> str:
    """The text search vector of a shared row from those parameters, by the weights of its fields."""
    columns: dict[str, list[str]] = defaultdict(list)
    for spec in BY_NAME[name].part.SPECS:
        if spec.search is not None:
            is_list = spec.kind is Kind.LINES
            columns[spec.search.weight].append(
                f"array_to_string({spec.column}, ', ')" if is_list else spec.column
            )
    return " || ".join(
        f"setweight(to_tsvector('pg_catalog.english', concat_ws(' ', {', '.join(names)})), '{weight}')"
        for weight, names in sorted(columns.items())
    )


PIECES = {each.__name__: each for each in (search_texts, is_term, word_parameters, word_vector)}
