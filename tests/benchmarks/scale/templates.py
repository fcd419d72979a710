"""A few pages of every shape, made by `history.record()` with placeholders where pages of a site differ.

Their rows become the forms of which `fill` makes all pages: a placeholder in a row's text is a place for one of the
values that a page has (`PageValues`). They are recorded in a transaction that is rolled back.
"""

import datetime
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.apps import apps
from django.contrib.auth.models import AbstractUser
from django.db import connection, models, transaction

from controversies import history
from controversies import models as m
from controversies.document import types
from controversies.document.canonical import unpack
from controversies.document.types import Document
from controversies.models.owners import OWNERS, on_pages
from controversies.workflow import proposals

from . import words

# Numbers of revisions of the templates, 9.7 on average; a page of the second last is a draft, of the last withdrawn.
REVISIONS = (3, 4, 5, 6, 6, 7, 7, 8, 8, 8, 9, 9, 10, 10, 11, 12, 13, 15, 18, 25)
POSITIONS, POINTS, BACKERS, SOURCES, CITATIONS = 4, 3, 10, 6, 12
OWN_SOURCES = 2  # of a page's sources, those that no other page cites
WORDS, AUTHORS = 40, 3
PREFIX = "fedcba98"  # of all keys of a page
START = datetime.datetime(2020, 1, 1, 9, 0, 0, 111_111, tzinfo=datetime.UTC)
_ON_DEMAND = ("blame", "origin", "gonetext")  # derived when somebody asks for it, as after `loadcorpus`
_PART_KEY = re.compile(rf"{PREFIX}(?=-)")


@dataclass(frozen=True, slots=True)
class SharedValues:
    """What tells a topic, backer or source from others of its kind; all but the key have a fixed length."""

    key: str
    slug: str
    first: str
    second: str

    @property
    def texts(self) -> tuple[str, ...]:
        """As they stand in texts: the first word with a capital too, as titles and names have it."""
        return self.key, self.slug, self.first.capitalize(), self.first, self.second


@dataclass(frozen=True, slots=True)
class PageValues:
    """What tells a page from others of its template."""

    prefix: str
    slug: str
    words: tuple[str, ...]
    authors: tuple[str, ...]
    times: tuple[datetime.datetime, ...]  # of its revisions, as many as the longest history has
    topic: SharedValues
    backers: tuple[SharedValues, ...]
    sources: tuple[SharedValues, ...]

    def texts(self, derived: tuple[str, ...]) -> list[str]:
        """Return all values as they stand in texts, with the keys that follow from other keys."""
        return [
            self.prefix,
            self.slug,
            *self.words,
            *map(str.capitalize, self.authors),
            *(_time_text(time) for time in self.times),
            *(text for shared in (self.topic, *self.backers, *self.sources) for text in shared.texts),
            *derived,
        ]


def _time_text(time: datetime.datetime) -> str:
    """The time as PostgreSQL writes it; without trailing zeros it would be shorter."""
    return time.isoformat(" ", "microseconds").replace("+00:00", "+00")


def _placeholders() -> PageValues:
    names = map(words.placeholder, range(999))

    def shared(kind: str, number: int) -> SharedValues:
        key = f"{kind}0000000-0000-4000-8000-{number:012x}"
        return SharedValues(key, f"{next(names)}-000000", next(names), next(names))

    return PageValues(
        prefix=PREFIX,
        slug=f"{next(names)}-{next(names)}-000000",
        words=tuple(next(names) for _ in range(WORDS)),
        authors=tuple(next(names) for _ in range(AUTHORS)),
        times=tuple(START + datetime.timedelta(days=n) for n in range(max(REVISIONS))),
        topic=shared("a", 0),
        backers=tuple(shared("b", n) for n in range(BACKERS)),
        sources=tuple(shared("c", n) for n in range(SOURCES)),
    )


PLACEHOLDERS = _placeholders()


# -- shared blocks: all that is not in their values follows from the place that they have on pages --


def topic(values: SharedValues) -> types.Topic:
    """Return the topic with these values."""
    title = f"{values.first.capitalize()} and {values.second}"
    return types.Topic(key=values.key, slug=values.slug, title=title, description="Disputes about one thing.")


def backer(values: SharedValues, place: int) -> types.Backer:
    """Return the backer with these values that pages have at this place."""
    return types.Backer(
        key=values.key,
        slug=values.slug,
        name=f"{values.first.capitalize()} {('Institute', 'Labs', 'Union')[place % 3]}",
        kind=m.BackerKind.values[place % len(m.BackerKind)],
        description=f"An organisation that has worked on {values.second} for years.",
        website=f"https://{values.first}.example/" if place % 2 else "",
        aliases=(f"The {values.first} group",) if place % 3 else (),
    )


def source(values: SharedValues, place: int) -> types.Source:
    """Return the source with these values that pages have at this place."""
    return types.Source(
        key=values.key,
        slug=values.slug,
        title=f"{values.first.capitalize()} of {values.second}: {_sentence(random.Random(place))[:-1]}",
        authors="A. Author and B. Writer" if place % 2 else "",
        publisher="Journal of Examples 12",
        date=("2024-07", "2023", "2025-01-02")[place % 3],
        kind=m.SourceKind.values[place % len(m.SourceKind)],
        url=f"https://journal.example/{values.slug}",
    )


# -- documents --


def _sentence(chance: random.Random) -> str:
    return chance.choice(words.sentences())


class _Writer:
    """Writes the texts and keys of one template."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.chance = random.Random(number)
        self._keys = 0
        self._words = 0

    def key(self) -> str:
        self._keys += 1
        return f"{PREFIX}-{self.number + 1:04x}-4{self._keys:03x}-8000-{self.chance.getrandbits(48):012x}"

    def word(self) -> str:
        self._words += 1
        return PLACEHOLDERS.words[self._words % WORDS]

    def prose(self, sentences: int) -> str:
        """So many sentences, half of them with words of the page's own."""
        parts = [_sentence(self.chance) for _ in range(sentences - sentences // 2)]
        parts += [f"Studies of {self.word()} and {self.word()} agree." for _ in range(sentences // 2)]
        self.chance.shuffle(parts)
        middle = len(parts) // 2
        return "\n\n".join(filter(None, (" ".join(parts[:middle]), " ".join(parts[middle:]))))

    def citations(self, places: range) -> tuple[types.Citation, ...]:
        return tuple(
            types.Citation(
                key=self.key(),
                source=PLACEHOLDERS.sources[place % SOURCES].key,
                relation=m.Relation.values[place % len(m.Relation)],
                quote=_sentence(self.chance) if place % 2 else "",
                locator=f"p. {place + 1}" if place % 2 else "",
            )
            for place in places
        )

    def document(self, publication: str) -> Document:
        key = self.key()
        points = tuple(
            types.Point(
                key=self.key(),
                title=f"Whether {self.word()} is {self.word()}",
                body=self.prose(2),
                kind=m.PointKind.values[(self.number + i) % len(m.PointKind)],
            )
            for i in range(POINTS)
        )
        share = [range(BACKERS)[i::POSITIONS] for i in range(POSITIONS)]
        positions = tuple(
            types.Position(
                key=self.key(),
                claim=f"Answer {types.label(i)}: {_sentence(self.chance)}",
                argument=self.prose(8),
                confidence=m.Confidence.values[i % len(m.Confidence)],
                confidence_reason=_sentence(self.chance),
                stances=tuple(
                    types.Stance(
                        point=point.key,
                        text=self.prose(1),
                        citations=self.citations(range(i, i + 1)) if not j and i < 2 else (),
                    )
                    for j, point in enumerate(points)
                ),
                backings=tuple(
                    types.Backing(
                        key=self.key(),
                        backer=PLACEHOLDERS.backers[place].key,
                        note=_sentence(self.chance) if place % 2 else "",
                        since=str(2015 + place),
                        citations=self.citations(range(place, place + 1)) if place < 2 else (),
                    )
                    for place in share[i]
                ),
                citations=self.citations(range(i, i + (CITATIONS - 6) // POSITIONS + 1)),
            )
            for i in range(POSITIONS)
        )
        head = types.Head(
            key=key,
            slug=PLACEHOLDERS.slug,
            title=f"Should {self.word()} and {self.word()} be {self.word()}?",
            question=f"Should the {self.word()} of large models be published?",
            topic=topic(PLACEHOLDERS.topic),
            status=m.Status.values[self.number % len(m.Status)],
            status_summary=_sentence(self.chance),
            polarity=m.Polarity.values[self.number % len(m.Polarity)],
            publication=publication,
        )
        context = types.Context(
            key=types.context_key(key), text=self.prose(6), citations=self.citations(range(2))
        )
        return Document(head=head, context=context).with_blocks(
            points=points,
            positions=positions,
            backers=tuple(backer(each, place) for place, each in enumerate(PLACEHOLDERS.backers)),
            sources=tuple(source(each, place) for place, each in enumerate(PLACEHOLDERS.sources)),
        )


def _revise(document: Document, number: int) -> Document:
    """Return the document as its revision of this number changes it: every class of change comes in turn.

    No word that differs between pages is in what changes.
    """
    turn = number % 7
    head, context = document.head, document.context
    place = number % POSITIONS
    position = document.positions[place]
    if turn in (2, 3):  # a slip, and its correction
        one, other = ("evidence", "evidense") if turn == 2 else ("evidense", "evidence")
        text = f"The {other} was weighed in {number // 7}."
        return document.with_blocks(
            context=replace(context, text=context.text.replace(one, other))
            if one in context.text
            else replace(context, text=f"{context.text}\n\n{text}")
        )
    if turn == 4:
        head = replace(head, status=m.Status.values[(m.Status.values.index(head.status) + 1) % 4])
        return replace(document, head=head)
    if turn == 5:
        values = m.Confidence.values
        changed = replace(position, confidence=values[(values.index(position.confidence) + 1) % len(values)])
    elif turn == 6:
        changed = replace(position, confidence_reason=f"{words.sentences()[number]} Rated again in {number}.")
    elif turn == 0:
        changed = replace(position, argument=f"{position.argument}\n\n{words.sentences()[-number]}")
    else:
        return replace(
            document, head=replace(head, status_summary=f"{words.sentences()[number]} So in {number}.")
        )
    return document.with_blocks(
        positions=(*document.positions[:place], changed, *document.positions[place + 1 :])
    )


# -- their rows --


@dataclass(frozen=True, slots=True)
class TemplatePage:
    """A recorded template: its newest document, the number of its revisions, and its publication."""

    document: Document
    revisions: int
    publication: m.Publication

    @property
    def key(self) -> str:
        return self.document.key

    def derived(self, prefix: str) -> tuple[str, ...]:
        """Return the keys that follow from others, for a page whose keys begin with the prefix."""

        def own(key: str) -> str:
            return prefix + key[len(PREFIX) :]

        return (
            types.context_key(own(self.key)),
            *(
                m.controversy.stance_key(own(position.key), own(stance.point))
                for position in self.document.positions
                for stance in position.stances
            ),
        )

    def form(self) -> "Form":
        """Return what turns texts of this page into forms."""
        return Form(PLACEHOLDERS.texts(self.derived(PREFIX)))


class Form:
    """Turns a text with placeholders into a format of PostgreSQL's `format()`."""

    def __init__(self, texts: list[str]) -> None:
        self._numbers = {text: number for number, text in enumerate(texts, 1)}
        self._pattern = re.compile("|".join(map(re.escape, texts[1:])) + f"|{_PART_KEY.pattern}")

    def of(self, text: str) -> str:
        """Return the format: `%3$s` where the third placeholder was."""
        return self._pattern.sub(lambda match: f"%{self._numbers[match[0]]}$s", text.replace("%", "%%"))


type FormRow = dict[str, str | None]  # the texts of a row's columns, as formats


def page_tables() -> dict[str, type[models.Model]]:
    """Return the tables whose rows are of one page each, but for those that nobody fills before somebody asks."""
    tables: dict[str, type[models.Model]] = {}
    for model in apps.get_app_config("controversies").get_models():
        names = {column.attname for column in model._meta.concrete_fields}
        if model._meta.model_name not in _ON_DEMAND and (model in OWNERS or "controversy_id" in names):
            tables[model._meta.db_table] = model
    return tables


def forms(number: int, author: AbstractUser) -> tuple[TemplatePage, dict[str, list[FormRow]]]:
    """Return a template and the forms of its rows by table: with a proposal by the author and a suggestion.

    Records it in a transaction of its own, which is rolled back.
    """
    with transaction.atomic():
        page = _record(number, author)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        form = page.form()
        rows = {
            table: [
                {name: text if text is None else form.of(text) for name, text in row.items()}
                for row in _rows(table, model, page.key)
            ]
            for table, model in page_tables().items()
        }
        transaction.set_rollback(True)
    return page, rows


def _record(number: int, author: AbstractUser) -> TemplatePage:
    last = {1: m.Publication.WITHDRAWN, 2: m.Publication.DRAFT}.get(
        len(REVISIONS) - number, m.Publication.PUBLISHED
    )
    document = _Writer(number).document(m.Publication.DRAFT if number % 5 == 0 else m.Publication.PUBLISHED)
    head: history.Reading | None = None
    for revision in range(1, REVISIONS[number] + 1):
        if head is not None:
            document = _revise(head.document, revision)
        document = _with_publication(document, _publication(last, revision, number))
        history.record(
            document,
            author_name=f"{PLACEHOLDERS.authors[revision % AUTHORS].capitalize()} Editor",
            summary=f"{words.sentences()[-revision - number]} ({revision})",
            base=head,
            time=PLACEHOLDERS.times[revision - 1],
        )
        head = history.head(document.key)
        assert head is not None
    _offer(document, REVISIONS[number], author)
    return TemplatePage(document, REVISIONS[number], last)


def _publication(last: m.Publication, revision: int, number: int) -> m.Publication:
    """The publication at a revision: every fifth page begins as a draft, and a withdrawn one ends so."""
    if last is m.Publication.DRAFT or (number % 5 == 0 and revision < 3):
        return m.Publication.DRAFT
    return last if revision == REVISIONS[number] else m.Publication.PUBLISHED


def _with_publication(document: Document, publication: m.Publication) -> Document:
    return replace(document, head=replace(document.head, publication=publication.value))


def _offer(document: Document, number: int, author: AbstractUser) -> None:
    """Propose and suggest a change of the page."""
    position = document.positions[0]
    changed = replace(position, confidence_reason="A study that is not cited yet says otherwise.")
    key = f"{PREFIX}-0000-4000-8000-000000000001"
    time = PLACEHOLDERS.times[number - 1]
    proposals.propose(
        document.with_blocks(positions=(changed, *document.positions[1:])),
        author=author,
        reason="A study that is not cited yet.",
        base=number,
        key=key,
    )
    m.Proposal.objects.filter(pk=key).update(created=time, changed=time)
    m.Suggestion.objects.create(
        id=f"{PREFIX}-0000-4000-8000-000000000002",
        controversy_id=document.key,
        block=position.key,
        block_name="Position A",
        number=number,
        wrong="The number is of another year.",
        created=time,
    )


def columns(table: str, *, numbered: bool = False) -> dict[str, str]:
    """Return the columns of a table with their types, in its order; those that the database numbers if asked for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND (%s OR attidentity = '')"
            " ORDER BY attnum",
            [table, numbered],
        )
        return dict(cursor.fetchall())


def _rows(table: str, model: type[models.Model], key: str) -> list[FormRow]:
    """The rows of the page with this key as texts, those of blocks with their canonical JSON for a body."""
    names = list(columns(table))
    if model in OWNERS:
        keys = [
            str(each)
            for each in model._base_manager.filter(on_pages(model, "pk", key)).values_list("pk", flat=True)
        ]
        where = "id = ANY (%s::uuid[])"
    else:
        keys, where = [key], "controversy_id = ANY (%s::uuid[])"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(f'"{name}"::text' for name in names)} FROM {table} WHERE {where}",  # noqa: S608
            [keys],
        )
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    if model is m.Block:
        for row, body in zip(rows, _bodies(rows), strict=True):
            row |= {"body": body, "basis": None}
    return rows


def _bodies(rows: list[FormRow]) -> Iterator[str | None]:
    """The canonical JSON of stored versions of blocks."""
    stored = {(row["key"], row["since"]): row["body"] for row in rows}
    for row in rows:
        body, basis = row["body"], stored.get((row["key"], row["basis"]))
        if body is None:
            yield None
        else:
            yield unpack(bytes.fromhex(body[2:]), bytes.fromhex(basis[2:]) if basis else None).decode()
