"""The kept uses and names agree with a full count, whatever was done; and an edit that changes no use writes none."""

import io
import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from controversies import history
from controversies import models as m
from controversies.document import rows
from controversies.document.redact import RemovedWords
from controversies.document.types import BY_NAME, Document
from controversies.history import merge, periods
from controversies.interchange.corpus import dump, load
from controversies.kit import retry
from controversies.models import Publication
from controversies.workflow import redaction
from tests.factories import (
    BackerFactory,
    ControversyFactory,
    SourceFactory,
    SourceStateFactory,
    TopicFactory,
    UserFactory,
    backer_block,
    citation,
    document_factory,
    source_block,
    topic_block,
)

type Row = tuple[Any, ...]


def public_documents() -> list[Document]:
    keys = m.Controversy.objects.filter(publication=Publication.PUBLISHED).values_list("pk", flat=True)
    return list(rows.from_rows(map(str, keys)).values()) if keys else []


def counted() -> tuple[set[Row], set[Row]]:
    """The rows of `PageUse` and `PublicUse` as a count of all that is in the documents makes them."""
    page_uses: set[Row] = set()
    totals: dict[tuple[str, str], Counter[str]] = {}
    listed: dict[tuple[str, str], Row] = {}
    for document in public_documents():
        former = Counter(
            backing.backer
            for position in document.positions
            for backing in position.backings
            if backing.until
        )
        for key, block in periods.listed_blocks(document.blocks()).items():
            if block.type == "head":
                continue
            page_uses.add((block.type, key, document.key, document.head.title, block.uses, former[key]))
            total = totals.setdefault((block.type, key), Counter())
            total.update(pages=1, uses=block.uses, former=former[key])
            listed[block.type, key] = names_of(block.type, document, key)
    public = {
        (*each, *listed[each], *(total[name] for name in ("pages", "uses", "former")))
        for each, total in totals.items()
    }
    return page_uses, public


def names_of(type_name: str, document: Document, key: str) -> Row:
    """Slug, title, kind, verdict, and the texts by which lists are searched."""
    if type_name == "topic":
        topic = document.head.topic
        return (topic.slug, topic.title, "", "", topic.title.upper())
    block: Any = next(each for each in document.shared_blocks() if each.key == key)
    if type_name == "backer":
        words = "\n".join((block.name, "\n".join(block.aliases)))
        return (block.slug, block.name, block.kind, "", words.upper())
    state = m.SourceState.objects.filter(source=key).first()
    words = "\n".join((block.title, block.authors, block.publisher))
    return (block.slug, block.title, block.kind, state.verdict if state else "unchecked", words.upper())


def kept() -> tuple[set[Row], set[Row]]:
    names = ("type", "key", "controversy_id", "title", "uses", "former")
    page_uses = {
        (row[0], str(row[1]), str(row[2]), *row[3:]) for row in m.PageUse.objects.values_list(*names)
    }
    names = ("type", "key", "slug", "title", "label", "verdict", "words", "pages", "uses", "former")
    return page_uses, {(row[0], str(row[1]), *row[2:]) for row in m.PublicUse.objects.values_list(*names)}


def names_of_periods() -> dict[Row, Any]:
    """By names, when each was first shown."""
    names: dict[Row, Any] = {}
    for each in m.ListedPeriod.objects.exclude(type="head"):
        text = "\n".join((each.title, *each.words)).upper() if each.words else f"{each.title}\n".upper()
        name = (
            each.type,
            each.key,
            each.slug,
            each.title,
            tuple(each.labels),
            tuple(each.words),
            text.rstrip(),
        )
        names[name] = min(each.begins, names.get(name, each.begins))
    return names


def kept_names() -> dict[Row, Any]:
    return {
        (
            each.type,
            each.key,
            each.slug,
            each.title,
            tuple(each.labels),
            tuple(each.words),
            each.names.rstrip(),
        ): (each.begins)
        for each in m.ListedName.objects.all()
    }


# -- a long series of edits --


class Series:
    """Random acts of everybody who changes what pages show."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.shared = {
            "topic": [TopicFactory() for _ in range(3)],
            "backer": [BackerFactory() for _ in range(6)],
            "source": [SourceFactory() for _ in range(8)],
        }
        self.pages = [
            ControversyFactory(document=self.new_document(), publication=publication)
            for publication in ("published", "published", "published", "draft")
        ]

    def pick(self, name: str) -> Any:
        return self.random.choice(self.shared[name])

    def new_document(self) -> Document:
        some = {name: self.random.sample(self.shared[f"{name}"], 3) for name in ("backer", "source")}
        return document_factory(
            topic=self.pick("topic"),
            backers=some["backer"],
            sources=some["source"],
            positions=2,
            points=1,
            backings=3,
            citations=5,
        )

    def document(self) -> Document:
        reading = history.head(self.random.choice(self.pages).key)
        assert reading is not None
        return reading.document

    def record(self, document: Document, **blocks: Any) -> None:
        reading = history.head(document.key)
        changed = replace(document, **blocks)
        backers = {backing.backer for position in changed.positions for backing in position.backings}
        sources = {each.source for each in changed.citations()}
        by_key = {
            **{str(row.pk): backer_block(row) for row in self.shared["backer"]},
            **{str(row.pk): source_block(row) for row in self.shared["source"]},
        }
        changed = replace(
            changed,
            backers=tuple(by_key[key] for key in sorted(backers)),
            sources=tuple(by_key[key] for key in sorted(sources)),
        )
        history.record(changed.with_blocks(), base=reading, author_name="Edith", summary="So it is.")

    def reload(self) -> None:
        for name, each in self.shared.items():
            self.shared[name] = list(
                BY_NAME[name].model._default_manager.filter(pk__in=[row.pk for row in each])
            )

    # -- acts --

    def cite(self) -> None:
        document = self.document()
        first, *others = document.positions
        new = citation(source_block(self.pick("source")))
        self.record(document, positions=(replace(first, citations=(*first.citations, new)), *others))

    def drop_citations(self) -> None:
        document = self.document()
        *others, last = document.positions
        self.record(document, positions=(*others, replace(last, citations=())))

    def end_backings(self) -> None:
        document = self.document()
        first, *others = document.positions
        ended = tuple(replace(each, until=self.random.choice(("", "2026"))) for each in first.backings)
        self.record(document, positions=(replace(first, backings=ended), *others))

    def drop_position(self) -> None:
        document = self.document()
        if len(document.positions) > 1:
            self.record(document, positions=document.positions[:-1])

    def reword(self) -> None:
        document = self.document()
        self.record(document, head=replace(document.head, title=f"Title {self.random.random()}"))

    def publish_or_withdraw(self) -> None:
        document = self.document()
        now = "withdrawn" if document.head.publication == "published" else "published"
        self.record(document, head=replace(document.head, publication=now))

    def move_topic(self) -> None:
        document = self.document()
        self.record(document, head=replace(document.head, topic=topic_block(self.pick("topic"))))

    def add_page(self) -> None:
        self.pages.append(ControversyFactory(document=self.new_document()))

    def rename(self) -> None:
        name = self.random.choice(("topic", "backer", "source"))
        row = self.pick(name)
        field = "name" if name == "backer" else "title"
        new = f"Renamed {self.random.random()}"
        with history.act(author_name="Edith", summary="Renamed."):
            BY_NAME[name].model._default_manager.filter(pk=row.pk).update(**{field: new, "slug": new[-6:]})
        self.reload()

    def merge(self) -> None:
        block_type = BY_NAME[self.random.choice(("topic", "backer", "source"))]
        if len(self.shared[block_type.name]) < 3:
            return
        stays, goes = self.random.sample(self.shared[block_type.name], 2)
        block = rows.shared_blocks(block_type.part, [str(stays.pk)])[str(stays.pk)]
        result = merge.merge(
            block_type, str(stays.pk), [str(goes.pk)], block, author=UserFactory(), summary="One thing."
        )
        if self.random.random() < 0.5:
            merge.undo_merge(result.merger.pk, author=UserFactory(), summary="They were two.")
        self.reload()

    def check_source(self) -> None:
        row = self.pick("source")
        verdict = self.random.choice(("verified", "gone", "altered"))
        if not m.SourceState.objects.filter(source=row).update(verdict=verdict):
            SourceStateFactory(source=row, verdict=verdict)

    def redact(self) -> None:
        row = self.pick("source")
        name = f"Zoë Qüxly {self.random.randrange(10**6)}"
        with history.act(author_name="Edith", summary="Renamed."):
            m.Source.objects.filter(pk=row.pk).update(authors=name)
        redaction.apply(
            redaction.RedactionOrder(RemovedWords(name), ground="privacy", by_name="Olga Operator")
        )
        self.reload()

    ACTS = (
        *(cite, drop_citations, end_backings, drop_position, reword, publish_or_withdraw, move_topic),
        *(add_page, rename, merge, check_source, redact),
    )

    def act(self) -> str:
        act = self.random.choice(self.ACTS)
        act(self)
        retry.check_deferred_constraints()  # as at COMMIT: what was noted of changed rows goes
        return act.__name__


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_kept_uses_are_those_of_a_full_count_after_any_series(seed: int) -> None:
    series = Series(seed)
    assert kept() == counted()
    acts = []

    for _ in range(40):
        acts.append(series.act())
        assert kept() == counted(), acts
        assert kept_names() == names_of_periods(), acts

    assert kept()[0]
    before = kept()
    with connection.cursor() as cursor:
        cursor.execute("SELECT controversies_rebuild_uses()")
        cursor.execute("SELECT controversies_rebuild_names()")
    assert kept() == before
    assert kept_names() == names_of_periods()


@pytest.mark.django_db(transaction=True)
def test_kept_uses_come_with_a_corpus() -> None:
    backer, source = BackerFactory(), SourceFactory()
    ControversyFactory(document=document_factory(backers=[backer], sources=[source]))
    ControversyFactory(document=document_factory(backers=[backer]), revisions=3)
    ControversyFactory(document=document_factory(sources=[source]), publication="draft")
    text, before = b"".join(dump.corpus()), kept()
    call_command("flush", interactive=False, verbosity=0)

    load.load(io.BytesIO(text))

    assert kept() == before == counted()
    assert len(before[1]) > 2
    assert kept_names() == names_of_periods()


# -- what an edit costs --


@pytest.mark.django_db
def test_edit_that_changes_no_use_writes_none() -> None:
    page = ControversyFactory(document=document_factory(positions=2, backings=2, citations=4))
    first, second = page.document.positions
    rows_written = (
        "SELECT xmin::text, controversy_id FROM controversies_pageuse"
        " UNION ALL SELECT xmin::text, key FROM controversies_publicuse ORDER BY 2, 1"
    )
    retry.check_deferred_constraints()
    with connection.cursor() as cursor:
        cursor.execute(rows_written)
        before = cursor.fetchall()
        page.save(page.document.with_blocks(positions=(replace(first, claim="Something else."), second)))
        cursor.execute(rows_written)
        assert cursor.fetchall() == before

    assert before


@pytest.mark.django_db
def test_position_that_is_moved_past_documents_takes_its_uses_along() -> None:
    """No editor can, but whoever writes SQL: the count follows the rows, not what the site means to do."""
    one, other = ControversyFactory(), ControversyFactory()
    position = m.Position.objects.filter(controversy=one.key).order_by("order").last()
    assert position is not None
    with history.act(author_name="Edith", summary="Moved."):
        m.Stance.objects.filter(position=position).delete()
        m.Position.objects.filter(pk=position.pk).update(controversy_id=other.key, order=99)

    assert kept() == counted()
