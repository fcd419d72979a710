"""Test objects. Whole controversies come with a history, since they are made by `history.record()`.

    ControversyFactory(positions=3, revisions=5)      # recorded; gives a Recorded
    document_factory(positions=3, citations=4)        # a Document; no database
    document_factory(**BIG)                           # as large as a page gets
    UserFactory(role="editor")                        # in the group of fixtures/roles

Counts are of the whole document, spread evenly over what can hold them.
"""

import datetime
import hashlib
import itertools
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import factory
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone

from controversies import history
from controversies import models as m
from controversies.document import references, types
from controversies.document.types import Document, context_key

PASSWORD = "a long and plain password"
START = datetime.datetime(2026, 1, 5, 9, 0, tzinfo=datetime.UTC)  # of the first revision; one a day follows
BIG = {"positions": 30, "points": 15, "backings": 150, "citations": 200, "backers": 60, "sources": 120}

_SENTENCES = (
    "Those who publish weights cannot take them back.",
    "Independent researchers found faults that the makers had missed.",
    "The evidence so far is thin, and most of it comes from interested parties.",
    "A release can be reviewed by anybody, which is the point of it.",
    "Misuse has been shown in laboratories and seldom outside them.",
    "What a closed service refuses today it may allow tomorrow.",
    "Costs fall on people who were never asked.",
    "Comparable debates about cryptography ended in favour of publication.",
)
_numbers = itertools.count(1)  # for addresses and names that are unique in a run


def new_key() -> str:
    """A key that nothing has yet."""
    return str(uuid.uuid4())


def prose(sentences: int, start: int = 0) -> str:
    """So many sentences, in paragraphs of four."""
    picked = [_SENTENCES[(start + i) % len(_SENTENCES)] for i in range(sentences)]
    return "\n\n".join(" ".join(group) for group in itertools.batched(picked, 4))


# -- accounts --


class UserFactory(factory.django.DjangoModelFactory):
    """An account. `role` is "contributor", "editor" or "publisher" and makes it staff in that group."""

    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    class Params:
        role = ""

    username = factory.Sequence("user-{}".format)
    first_name = factory.Sequence("Ada{}".format)
    last_name = "Example"
    email = factory.LazyAttribute("{0.username}@crux.example".format)
    password = factory.django.Password(PASSWORD)
    is_staff = factory.LazyAttribute(lambda user: bool(user.role) or user.is_superuser)
    is_superuser = False

    @classmethod
    def _generate(cls, strategy: Any, params: dict[str, Any]) -> Any:
        role = params.get("role", "")
        user = super()._generate(strategy, params)
        if role:
            user.groups.add(group(role))
        return user


def group(role: str) -> Group:
    """The group of this role, loaded from fixtures/roles if it is not there."""
    name = role.capitalize()
    found = Group.objects.filter(name=name).first()
    if found is None:
        call_command("loaddata", "roles", verbosity=0)
        found = Group.objects.get(name=name)
    return found


# -- shared rows that no page shows yet --


class TopicFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = m.Topic

    slug = factory.LazyFunction(lambda: f"topic-{next(_numbers)}")
    title = factory.LazyAttribute(lambda topic: topic.slug.replace("-", " ").capitalize())
    description = "Disputes about one thing."


class BackerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = m.Backer

    slug = factory.LazyFunction(lambda: f"backer-{next(_numbers)}")
    name = factory.LazyAttribute(lambda backer: backer.slug.replace("-", " ").capitalize())
    kind = m.BackerKind.ORGANISATION
    description = "An association that has said what it thinks."
    website = factory.LazyAttribute("https://{0.slug}.example/".format)


class SourceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = m.Source

    slug = factory.LazyFunction(lambda: f"source-{next(_numbers)}")
    title = factory.LazyAttribute(lambda source: f"On {source.slug.replace('-', ' ')}")
    authors = "A. Author and B. Writer"
    publisher = "Journal of Examples 12"
    date = "2024-07"
    kind = m.SourceKind.ARTICLE
    url = factory.LazyAttribute("https://journal.example/{0.slug}".format)


# -- documents --


def topic_block(topic: m.Topic | types.Topic | None = None) -> types.Topic:
    """A topic as documents hold it; a new one unless given."""
    if isinstance(topic, types.Topic):
        return topic
    made = topic or TopicFactory.build()
    return types.Topic(key=str(made.pk), slug=made.slug, title=made.title, description=made.description)


def backer_block(backer: m.Backer | types.Backer | None = None) -> types.Backer:
    """A backer as documents hold it; a new one unless given."""
    if isinstance(backer, types.Backer):
        return backer
    row = backer or BackerFactory.build()
    return types.Backer(
        key=str(row.pk),
        slug=row.slug,
        name=row.name,
        kind=str(row.kind),
        description=row.description,
        website=row.website,
        aliases=tuple(row.aliases),
    )


def source_block(source: m.Source | types.Source | None = None) -> types.Source:
    """A source as documents hold it; a new one unless given."""
    if isinstance(source, types.Source):
        return source
    row = source or SourceFactory.build()
    values = {
        spec.name: str(getattr(row, spec.name) or "") for spec in types.Source.SPECS if spec.name != "key"
    }
    return types.Source(key=str(row.pk), **values)


def citation(source: types.Source, index: int = 0) -> types.Citation:
    """A new citation of the source; its relation, quote and locator follow the index."""
    return types.Citation(
        key=new_key(),
        source=source.key,
        relation=m.Relation.values[index % 3],
        quote=_SENTENCES[index % len(_SENTENCES)] if index % 2 else "",
        locator=f"p. {index + 1}" if index % 2 else "",
    )


def document_factory(
    *,
    positions: int = 2,
    points: int = 2,
    backings: int | None = None,
    citations: int | None = None,
    stances: int | None = None,
    backers: int | Sequence[m.Backer | types.Backer] | None = None,
    sources: int | Sequence[m.Source | types.Source] | None = None,
    topic: m.Topic | types.Topic | None = None,
    context: str | None = None,
    **head: Any,
) -> Document:
    """A valid document without touching the database.

    By default each position has one backing, there is one citation a position and every stance is given.
    `backers` and `sources` are how many there are to draw from, or which: rows or blocks. What is not
    referred to is left out, as always. Everything else sets a field of the head.
    """
    backings = positions if backings is None else backings
    citations = positions if citations is None else citations
    stances = positions * points if stances is None else stances
    held = _drawn(backer_block, backers, backings)
    cited = _drawn(source_block, sources, citations)
    number = next(_numbers)
    key = head.pop("key", new_key())
    contested = [
        types.Point(
            key=new_key(),
            title=f"Point of contention {i + 1}",
            body=prose(2, i),
            kind=m.PointKind.values[i % len(m.PointKind)],
        )
        for i in range(points)
    ]
    said: list[dict[str, Any]] = [
        {"key": new_key(), "stances": [], "backings": [], "citations": []} for _ in range(positions)
    ]
    for i in range(stances if positions and points else 0):
        row, column = i % positions, (i // positions + i % positions) % points
        if i >= positions * points:
            raise ValueError("There is one stance a position and point at most.")
        said[row]["stances"].append(types.Stance(point=contested[column].key, text=prose(1, i)))
    most = -(-backings // positions) if positions else 0  # backings a position, rounded up
    for i in range(backings if positions else 0):
        who = held[(i % positions * most + i // positions) % len(held)]
        said[i % positions]["backings"].append(
            types.Backing(
                key=new_key(), backer=who.key, note=prose(1, i) if i % 2 else "", since=str(2015 + i % 10)
            )
        )
    uses: list[list[types.Citation]] = [[] for _ in range(1 + points + positions + stances + backings)]
    slots = _slots(points, positions, stances, backings)
    for i in range(citations):
        uses[slots[i % len(slots)]].append(citation(cited[i % len(cited)], i))
    use = iter(uses)
    head_values = {
        "slug": f"controversy-{number}",
        "title": f"Controversy {number}",
        "question": "Should the weights of large models be published?",
        "topic": topic_block(topic),
        "status": m.Status.ACTIVE.value,
        "status_summary": prose(1),
        "polarity": m.Polarity.MULTI_AXIS.value,
        "publication": m.Publication.PUBLISHED.value,
        **{
            name: str(value) if isinstance(value, m.Status | m.Polarity | m.Publication) else value
            for name, value in head.items()
        },
    }
    made_context = types.Context(
        key=context_key(key), text=prose(6) if context is None else context, citations=tuple(next(use))
    )
    made_points = tuple(replace(point, citations=tuple(next(use))) for point in contested)
    own = [tuple(next(use)) for _ in said]
    for each in said:
        each["stances"] = tuple(replace(stance, citations=tuple(next(use))) for stance in each["stances"])
        each["backings"] = tuple(replace(backing, citations=tuple(next(use))) for backing in each["backings"])
    made_positions = tuple(
        types.Position(
            key=each["key"],
            claim=f"Answer {types.label(i)}: {_SENTENCES[i % len(_SENTENCES)]}",
            argument=prose(8, i),
            confidence=m.Confidence.values[i % len(m.Confidence)],
            confidence_reason=prose(1, i + 3),
            stances=each["stances"],
            backings=each["backings"],
            citations=own[i],
        )
        for i, each in enumerate(said)
    )
    return Document(head=types.Head(key=key, **head_values), context=made_context).with_blocks(
        points=made_points, positions=made_positions, backers=tuple(held), sources=tuple(cited)
    )


def _drawn(block: Callable[[Any], Any], given: int | Sequence[Any] | None, needed: int) -> list[Any]:
    if isinstance(given, Sequence):
        return [block(each) for each in given]
    return [block(None) for _ in range(needed if given is None else given)]


def _slots(points: int, positions: int, stances: int, backings: int) -> list[int]:
    """What citations go to in turn: a position, the context, a stance, a backing, a point, the next position…

    The numbers count what can be cited in the order in which `document_factory` makes it. Stances and
    backings are made position by position, so any of them are as good as others.
    """
    first_position = 1 + points
    rest = first_position + positions
    kinds = [
        range(first_position, rest),
        range(1),
        range(rest, rest + stances + backings, 2),
        range(rest + 1, rest + stances + backings, 2),
        range(1, 1 + points),
    ]
    return [slot for group in itertools.zip_longest(*kinds) for slot in group if slot is not None]


def cited_page() -> Document:
    """Two positions that cite two sources each, with texts that refer to them by number."""
    document = document_factory(positions=2, points=1, citations=0, backings=2)
    sources = [source_block() for _ in range(4)]
    a, b = document.positions
    return document.with_blocks(
        positions=(
            replace(
                a,
                argument="One court said so [1]. Another did not [2].",
                citations=tuple(citation(each) for each in sources[:2]),
            ),
            replace(
                b,
                argument="A study agrees [3]. See [1] and [4] too.",
                citations=tuple(citation(each) for each in sources[2:]),
            ),
        ),
        sources=tuple(sources),
    )


def cited_first(document: Document, source=None) -> Document:
    """The page with one source more, which is cited first; marks follow their sources, as the edit page has it."""
    source = source or source_block()
    a, b = document.positions
    new = document.with_blocks(
        positions=(replace(a, citations=(citation(source), *a.citations)), b),
        sources=(*document.sources, source),
    )
    numbers = references.numbering(new, document)
    return references.renumber_marks(new, numbers, references.titles((new, document)))


# -- recorded controversies --


@dataclass
class Recorded:
    """A controversy on record: its key, address, newest document and newest revision."""

    head: history.Reading

    @property
    def key(self) -> str:
        return self.head.document.key

    @property
    def slug(self) -> str:
        return self.head.document.head.slug

    @property
    def document(self) -> Document:
        return self.head.document

    @property
    def row(self) -> m.Controversy:
        return m.Controversy.objects.get(pk=self.key)

    def save(self, document: Document, **options: Any) -> m.Revision | None:
        """Record this document after the newest revision; `options` are record()'s."""
        if "author" not in options:
            options.setdefault("author_name", "Edith Editor")
        options.setdefault("summary", "A change for a test.")
        revision = history.record(document, base=self.head, **options)
        head = history.head(self.key)
        assert head is not None
        self.head = head
        return revision

    def edit(self, **fields: Any) -> m.Revision | None:
        """Record a change of fields of the head: `edit(title="…")`; record()'s options pass through."""
        options = {
            name: fields.pop(name)
            for name in ("author", "author_name", "summary", "time", "kind")
            if name in fields
        }
        document = replace(self.document, head=replace(self.document.head, **fields))
        return self.save(document, **options)


def revise(document: Document, number: int) -> Document:
    """The document as its revision of this number changes it: something else each time."""
    mark = f"Revised in {number}."
    turn = number % 4
    if turn == 1 or not document.positions:
        head = document.head
        return replace(document, head=replace(head, status_summary=f"{prose(1)} {mark}"))
    place = number % len(document.positions)
    position = document.positions[place]
    if turn == 2:
        changed = replace(position, argument=f"{prose(8, place)} {mark}")
    elif turn == 3:
        values = m.Confidence.values
        changed = replace(position, confidence=values[(values.index(position.confidence) + 1) % len(values)])
    else:
        changed = replace(position, confidence_reason=f"{prose(1, place)} {mark}")
    return document.with_blocks(
        positions=(*document.positions[:place], changed, *document.positions[place + 1 :])
    )


class ControversyFactory(factory.Factory):
    """A whole controversy on record, with `revisions` revisions by different editors. Gives a Recorded.

    Takes what `document_factory` takes, or a `document`. `published_at` is the number of the revision that
    publishes it; a withdrawn one has at least two revisions, the last of which withdraws it. Give `author`
    for a history of one account's; the names are `authors` in turn otherwise.
    """

    class Meta:
        model = Recorded

    revisions = 1
    published_at = 1
    authors = ("Edith Editor", "Paul Publisher", "Cora Contributor")

    @classmethod
    def _build(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("A controversy has a history, which is in the database: use create.")

    @classmethod
    def _create(
        cls,
        model_class: type[Recorded],
        *,
        revisions: int,
        published_at: int,
        authors: Sequence[str],
        author: Any = None,
        document: Document | None = None,
        start: datetime.datetime = START,
        **options: Any,
    ) -> Recorded:
        last = str(options.pop("publication", document.head.publication if document else "published"))
        if last == m.Publication.WITHDRAWN:
            revisions = max(revisions, 2)
        document = document or document_factory(**options)
        head: history.Reading | None = None
        for number in range(1, revisions + 1):
            publication = m.Publication.PUBLISHED.value
            if last == m.Publication.DRAFT or number < published_at:
                publication = m.Publication.DRAFT.value
            elif last == m.Publication.WITHDRAWN and number == revisions:
                publication = m.Publication.WITHDRAWN.value
            if head is not None:
                document = revise(head.document, number)
            document = replace(document, head=replace(document.head, publication=publication))
            history.record(
                document,
                author=author,
                author_name="" if author is not None else authors[(number - 1) % len(authors)],
                summary="First version." if number == 1 else f"Change number {number}.",
                base=head,
                time=start + datetime.timedelta(days=number - 1),
            )
            head = history.head(document.key)
            assert head is not None
        assert head is not None
        return model_class(head)


# -- what checks saw --


def text_digest(text: str) -> str:
    """The digest by which checks know a quotation, a title or an address."""
    return hashlib.sha256(text.encode()).hexdigest()


class SourceStateFactory(factory.django.DjangoModelFactory):
    """The verdict on a recorded source: verified a week ago, with the next check due in a month."""

    class Meta:
        model = m.SourceState

    source = factory.SubFactory(SourceFactory)
    verdict = m.SourceVerdict.VERIFIED
    since = factory.LazyFunction(lambda: timezone.now() - datetime.timedelta(days=7))
    checked_at = factory.LazyFunction(lambda: timezone.now() - datetime.timedelta(days=1))
    due_at = factory.LazyFunction(lambda: timezone.now() + datetime.timedelta(days=30))


class SourceCheckFactory(factory.django.DjangoModelFactory):
    """An observation of a source's address, yesterday."""

    class Meta:
        model = m.SourceCheck

    source = factory.SubFactory(SourceFactory)
    address = factory.LazyAttribute(lambda check: check.source.url)
    first = factory.LazyFunction(lambda: timezone.now() - datetime.timedelta(days=8))
    last = factory.LazyFunction(lambda: timezone.now() - datetime.timedelta(days=1))
    seen = m.FetchResult.OK
    status = 200
    hops = factory.LazyAttribute(lambda check: [[200, check.address]])
    title = factory.LazyAttribute(lambda check: check.source.title)
    title_origin = "citation_title"
    title_match = m.TitleMatch.SAME
    engine = 1


class QuoteCheckFactory(factory.django.DjangoModelFactory):
    """The verdict on a quotation, given as `quote`: found a week ago."""

    class Meta:
        model = m.QuoteCheck

    class Params:
        quote = "Words."

    source = factory.SubFactory(SourceFactory)
    quote_sha256 = factory.LazyAttribute(lambda check: text_digest(check.quote))
    verdict = m.QuoteVerdict.CONFIRMED
    since = factory.LazyFunction(lambda: timezone.now() - datetime.timedelta(days=7))
    checked_at = factory.LazyFunction(timezone.now)
    engine = 1


class CitationTaskFactory(factory.django.DjangoModelFactory):
    """A task about a citation of a recorded page, given as `page` and `citation` (as documents have it)."""

    class Meta:
        model = m.CitationTask

    class Params:
        page = None
        citation = None

    citation_id = factory.LazyAttribute(lambda task: task.citation.key)
    source_id = factory.LazyAttribute(lambda task: task.citation.source)
    controversy_id = factory.LazyAttribute(lambda task: task.page.key)
    cause = m.TaskCause.DEAD
    opened_at = factory.LazyFunction(lambda: timezone.now() - datetime.timedelta(days=3))
