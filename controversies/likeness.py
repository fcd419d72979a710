"""Backers, sources and topics on record that a text may mean: by identifier, address, name in any spelling, likeness.

The box of the edit page, text mode and imports all ask here, so that they offer the same and ask in the same words.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Func, Q, TextField
from django.db.models.lookups import Contains, EndsWith
from django.utils.functional import Promise
from django.utils.text import Truncator, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rapidfuzz import fuzz

from controversies.checks.metadata.on_record import sources_with_keys
from controversies.document import rows
from controversies.document.types import Backer, Part, Source, Topic
from controversies.kit.identifiers import IdentifierKind, identify, source_keys
from controversies.models.fields import SLUG

LIMIT = 8  # matches for one text
_CANDIDATES = 400  # rows of which the likest are taken: a text of three letters is like thousands
_LONGEST = 300  # characters of a text that are compared
MAX_ALTERNATIVES = 3  # alternatives in one question
_LIKE_NAMES, _LIKE_TITLES = (
    75,
    85,
)  # of 100: letters in common by which one name may be a misspelling of another
_NAMED = 80  # characters of a title that a question quotes

# By class, the table and the names of a row.
_NAMES: dict[type[Part], tuple[str, str]] = {
    Backer: ("controversies_backer", "(ARRAY[name] || aliases)::text[]"),
    Source: ("controversies_source", "ARRAY[title, authors]::text[]"),
    Topic: ("controversies_topic", "ARRAY[title]::text[]"),
}
_NOTES: dict[type[Part], Promise] = {
    Backer: gettext_lazy("New backer “%(name)s”. %(question)s"),
    Source: gettext_lazy("New source “%(name)s”. %(question)s"),
    Topic: gettext_lazy("New topic “%(name)s”. %(question)s"),
}
_ALIKE = """
    WITH typed AS MATERIALIZED (
        SELECT place, split_part(spellings, E'\\n', 1) AS words, split_part(spellings, E'\\n', 2) AS letters
        FROM unnest(%(texts)s::text[]) WITH ORDINALITY AS t (text, place),
        LATERAL (SELECT controversies_spellings(ARRAY[text]) AS spellings) AS s
    )
    SELECT typed.place, alike.id::text FROM typed CROSS JOIN LATERAL (
        SELECT id, greatest(word_similarity(words, spellings), word_similarity(letters, spellings)) AS score,
            starts_with(spellings, words) AS begins,
            greatest(similarity(words, spellings), similarity(letters, spellings)) AS whole
        FROM (
            SELECT id, controversies_spellings({names}) AS spellings FROM {table}
            WHERE words <%% controversies_spellings({names}) OR letters <%% controversies_spellings({names})
            LIMIT {candidates}
        ) AS candidates
        ORDER BY score DESC, begins DESC, whole DESC, id LIMIT %(limit)s
    ) AS alike
    ORDER BY typed.place, alike.score DESC, alike.begins DESC, alike.whole DESC, alike.id
"""


@dataclass(frozen=True, slots=True)
class Match:
    """A part that a text may mean. `is_same`: an identifier, an address or a whole name is the same.

    `detail` tells it from others of its name, for people who choose.
    """

    part: Any
    is_same: bool
    detail: str = ""


def letters_of(text: str) -> str:
    """Return the letters and digits of a name in small letters without accents, as two spellings of it share them."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if char.isalnum())


def matches(cls: type[Part], texts: Iterable[str], *, limit: int = LIMIT) -> dict[str, list[Match]]:
    """Return the backers, sources or topics on record that each text may mean, the same ones first; three queries.

    A text that has an identifier (a link, DOI, arXiv number, PMID or ISBN) means a source that has it, too.
    """
    wanted = list(dict.fromkeys(text for text in texts if text.strip()))
    if not wanted:
        return {}
    by_identifier = _by_identifier(wanted) if cls is Source else {}
    by_address = _by_address(cls, wanted)
    likely = _alike(cls, [text for text in wanted if cls is not Source or _is_title(text)], limit)
    keys = {
        text: dict.fromkeys([*by_identifier.get(text, ()), *by_address.get(text, ())], True)
        for text in wanted
    }
    every = {key for each in keys.values() for key in each} | {
        key for each in likely.values() for key in each
    }
    parts = rows.shared_blocks(cls, every) if every else {}
    matching: dict[str, list[Match]] = {}
    for text, same in keys.items():
        for key in likely.get(text, ()):
            if key in parts:
                same.setdefault(key, has_name(parts[key], text))
        ordered = sorted(same.items(), key=lambda item: not item[1])
        matching[text] = [Match(parts[key], is_same) for key, is_same in ordered[:limit] if key in parts]
    return matching


class _Spellings(Func):
    """The names of a row in the spelling that is indexed, as `_NAMES` has them."""

    function = "controversies_spellings"
    output_field = TextField()


def _spellings_of(cls: type[Part]) -> Func:
    array = {
        Backer: Func("name", "aliases", template="(ARRAY[%(expressions)s)::text[]", arg_joiner="] || "),
        Source: Func("title", "authors", template="ARRAY[%(expressions)s]::text[]"),
        Topic: Func("title", template="ARRAY[%(expressions)s]::text[]"),
    }[cls]
    return _Spellings(array)


def is_called(cls: type[Part], text: str) -> Q:
    """Return the condition that each word of the text is in a row's names, or that it is what identifies the row."""
    words = [letters for word in text.split() if (letters := letters_of(word))]
    named = Q(pk__isnull=not words)
    for word in words:
        named &= Q(Contains(_spellings_of(cls), word))
    keys = {
        *_by_address(cls, [text]).get(text, ()),
        *(_by_identifier([text]).get(text, ()) if cls is Source else ()),
    }
    return named | Q(pk__in=keys) if keys else named


def is_spelled(cls: type[Part], names: Iterable[str]) -> Q:
    """Return the condition that one of the names is a row's name, or another name of it, in any spelling."""
    spelled = Q(pk__in=[])
    for letters in sorted(set(map(letters_of, names)) - {""}):
        spelled |= Q(Contains(_spellings_of(cls), f"\n{letters}\n"))
        spelled |= Q(EndsWith(_spellings_of(cls), f"\n{letters}"))
    return spelled


def has_name(part: Part, text: str) -> bool:
    """Whether the text is the part's title, name or another name of it, whatever the spelling."""
    letters = letters_of(text)
    return bool(letters) and letters in map(letters_of, (part.display_name, *getattr(part, "aliases", ())))


def means(part: Part, text: str) -> bool:
    """Whether the text has an identifier of the part, is its address, or is a name of it in any spelling."""
    if isinstance(part, Source):
        own = source_keys(doi=part.doi, url=part.url, isbn=part.isbn)
        if own & identify(text).keys:
            return True
    return text == getattr(part, "slug", "") or has_name(part, text)


def did_you_mean(parts: Iterable[Part]) -> str:
    """Return the question whether one of these on record is meant."""
    names = [f"“{Truncator(part.display_name).chars(_NAMED)}”" for part in parts]
    return _("Did you mean %s?") % get_text_list(names, _("or"))


def questions(parts: Iterable[Part]) -> dict[str, str]:
    """Return, by key, the question that a new backer, source or topic raises if one on record is like it.

    Three queries for each class, however many there are.
    """
    by_class: dict[type[Part], list[Any]] = defaultdict(list)
    for part in parts:
        by_class[type(part)].append(part)
    return {
        key: did_you_mean(match.part for match in alike)
        for cls, new in by_class.items()
        for key, alike in same_or_alike(cls, new).items()
    }


def notes(parts: Iterable[Part]) -> list[str]:
    """Return a line about each new backer, source or topic that one on record is like."""
    new = {part.identity: part for part in parts}
    return [
        _NOTES[type(new[key])] % {"name": new[key].display_name, "question": question}
        for key, question in questions(new.values()).items()
    ]


def same_or_alike(cls: type[Part], parts: Iterable[Any]) -> dict[str, list[Match]]:
    """Return, by the keys of new parts, what on record is like each; those that nothing is like are left out."""
    new = list(parts)
    texts = {part.identity: _texts_of(part) for part in new}
    known = matches(cls, [text for each in texts.values() for text in each], limit=MAX_ALTERNATIVES + 1)
    alike: dict[str, list[Match]] = {}
    for part in new:
        each: dict[str, Match] = {}
        for text in texts[part.identity]:
            for match in known.get(text, ()):
                key = match.part.identity
                if key != part.identity and (match.is_same or _is_like(match.part, part)):
                    each.setdefault(key, match)
        if each:
            alike[part.identity] = sorted(each.values(), key=lambda match: not match.is_same)[
                :MAX_ALTERNATIVES
            ]
    return alike


def _texts_of(part: Part) -> list[str]:
    """The names and identifiers of a part."""
    identifiers = (getattr(part, name, "") for name in ("doi", "url"))
    isbn = getattr(part, "isbn", "")
    names = (part.display_name, *getattr(part, "aliases", ()))
    return [text for text in (*identifiers, f"ISBN {isbn}" if isbn else "", *names) if text]


def _is_like(recorded: Part, part: Part) -> bool:
    """Whether the names of two parts are so like that one may be a misspelling of the other."""
    names = [(recorded.display_name, *getattr(recorded, "aliases", ()))]
    names.append((part.display_name, *getattr(part, "aliases", ())))
    least = _LIKE_TITLES if isinstance(part, Source) else _LIKE_NAMES
    return any(
        fuzz.ratio(letters_of(one), letters_of(other)) >= least or _is_shorter(one, other)
        for one in names[0]
        for other in names[1]
    )


def _is_shorter(one: str, other: str) -> bool:
    """Whether two names differ by one word at the end, as “Meta” and “Meta AI”."""
    shorter, longer = sorted((one.casefold().split(), other.casefold().split()), key=len)
    return bool(shorter) and len(longer) == len(shorter) + 1 and longer[: len(shorter)] == shorter


def _is_title(text: str) -> bool:
    return identify(text).kind is IdentifierKind.TITLE


def _alike(cls: type[Part], texts: list[str], limit: int) -> dict[str, list[str]]:
    """The keys of those with a like name, the likest first; one query."""
    if not texts:
        return {}
    table, names = _NAMES[cls]
    query = _ALIKE.format(table=table, names=names, candidates=_CANDIDATES)
    likely: dict[str, list[str]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(query, {"texts": [text[:_LONGEST] for text in texts], "limit": limit})
        for place, key in cursor.fetchall():
            likely[texts[place - 1]].append(key)
    for text, keys in _containing(cls, [text for text in texts if not text.isascii()], limit).items():
        likely[text] = list(dict.fromkeys([*likely[text], *keys]))[:limit]
    return likely


def _containing(cls: type[Part], texts: list[str], limit: int) -> dict[str, list[str]]:
    """The keys of those whose name has the text within it, as where no spaces are put between words; one query."""
    if not texts:
        return {}
    name = cls.TITLE
    wanted = Q()
    for text in texts:
        wanted |= Q(**{f"{name}__icontains": text})
    keys: dict[str, list[str]] = defaultdict(list)
    for key, value in cls.MODEL._default_manager.filter(wanted).values_list("pk", name)[: limit * len(texts)]:
        for text in texts:
            if text.casefold() in value.casefold():
                keys[text].append(str(key))
    return keys


def _by_address(cls: type[Part], texts: list[str]) -> dict[str, list[str]]:
    """The key of the part with this address, as in `hugging-face`; one query, or none."""
    wanted = [text for text in texts if re.fullmatch(SLUG, text)]
    if not wanted:
        return {}
    matching = cls.MODEL._default_manager.filter(slug__in=wanted).values_list("slug", "pk")
    return {slug: [str(key)] for slug, key in matching}


def _by_identifier(texts: list[str]) -> dict[str, list[str]]:
    """The keys of the sources that have the identifier in a text; one query, or none."""
    wanted = {text: own for text in texts if (own := identify(text).keys)}
    if not wanted:
        return {}
    sources = sources_with_keys(key for each in wanted.values() for key in each)
    keys: dict[str, list[str]] = defaultdict(list)
    for key, doi, url, isbn in sources.values_list("pk", "doi", "url", "isbn"):
        own = source_keys(doi=doi, url=url, isbn=isbn)
        for text, text_keys in wanted.items():
            if own & text_keys:
                keys[text].append(str(key))
    return keys
