"""Edits that began with an older revision, double clicks, restoring, undoing, and many editors at once."""

import random
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, close_old_connections, connections

from controversies import history
from controversies import models as m
from controversies.document.merge import Clash, Resolution, Take
from controversies.document.parse import InvalidDocument
from controversies.document.types import Backing, Citation, Document, Position
from controversies.history import verify
from tests.factories import (
    BackerFactory,
    ControversyFactory,
    Recorded,
    UserFactory,
    backer_block,
    document_factory,
    new_key,
    source_block,
)

pytestmark = pytest.mark.django_db

BY: dict[str, Any] = {"author_name": "Edith Editor", "summary": "A change for a test."}


def head(document: Document, **fields: Any) -> Document:
    return replace(document, head=replace(document.head, **fields))


def change(document: Document, place: int, **fields: Any) -> Document:
    """The document with fields of the position at this place changed."""
    positions = list(document.positions)
    positions[place] = replace(positions[place], **fields)
    return document.with_blocks(positions=tuple(positions))


def now(controversy: Recorded) -> Document:
    found = history.head(controversy.key)
    assert found is not None
    return found.document


def newest(controversy: Recorded) -> int:
    found = history.head(controversy.key)
    assert found is not None
    return found.number


# -- saving --


def test_save_from_the_newest_revision_records_it() -> None:
    controversy = ControversyFactory(revisions=2)
    mine, editor = (
        head(controversy.document, title="My title"),
        UserFactory(first_name="Edith", last_name="E."),
    )

    saved = history.save(mine, author=editor, summary="Why", base=2)

    assert saved.revision is not None
    assert (saved.revision.number, saved.revision.author_name, saved.revision.summary) == (
        3,
        "Edith E.",
        "Why",
    )
    assert (saved.merged, saved.conflicts) == (None, ())
    assert now(controversy) == mine


def test_save_from_an_older_revision_is_merged_and_tells_what_came_in() -> None:
    controversy = ControversyFactory()
    start = controversy.document
    controversy.save(head(start, title="Their title"))

    saved = history.save(change(start, 0, claim="My claim"), **BY, base=1)

    assert saved.revision is not None
    assert saved.revision.number == 3
    assert now(controversy) == change(head(start, title="Their title"), 0, claim="My claim")
    assert saved.merged is not None
    assert [[each.name for each in block.fields] for block in saved.merged.incoming.blocks] == [["title"]]
    assert saved.head is not None
    assert saved.head.number == 2


def test_save_with_a_conflict_writes_nothing_until_it_is_resolved() -> None:
    controversy = ControversyFactory()
    mine = head(controversy.document, title="My title", question="My question?")
    controversy.save(head(controversy.document, title="Their title"))

    asked = history.save(mine, **BY, base=1)

    assert asked.revision is None
    assert newest(controversy) == 2
    [conflict] = asked.conflicts
    assert (conflict.path, conflict.theirs, conflict.mine) == ("head/title", ("Their title",), ("My title",))
    choices = {conflict.path: Resolution(Take.THEIRS, conflict.seen)}
    saved = history.save(mine, **BY, base=1, choices=choices)
    assert saved.conflicts == ()
    assert now(controversy) == head(mine, title="Their title")


def test_save_with_a_choice_made_before_theirs_changed_again_asks_again() -> None:
    controversy = ControversyFactory()
    mine = head(controversy.document, title="My title")
    controversy.save(head(controversy.document, title="Their title"))
    [conflict] = history.save(mine, **BY, base=1).conflicts
    controversy.save(head(controversy.document, title="Their second thought"))

    saved = history.save(mine, **BY, base=1, choices={conflict.path: Resolution(Take.MINE, conflict.seen)})

    assert [each.theirs for each in saved.conflicts] == [("Their second thought",)]
    assert newest(controversy) == 3


def test_save_twice_of_one_submission_makes_one_revision() -> None:
    controversy = ControversyFactory()
    start = controversy.document
    mine = start.with_blocks(positions=(*start.positions, Position(key=new_key(), claim="New")))

    first, second = history.save(mine, **BY, base=1), history.save(mine, **BY, base=1)

    assert first.revision is not None
    assert first.revision.number == 2
    assert (second.revision, second.conflicts) == (None, ())
    assert newest(controversy) == 2


def test_save_twice_of_a_new_controversy_makes_one_revision() -> None:
    mine = document_factory()

    first, second = history.save(mine, **BY, base=0), history.save(mine, **BY, base=0)

    assert first.revision is not None
    assert (second.revision, second.head and second.head.number) == (None, 1)
    with pytest.raises(history.Stale):
        history.save(head(mine, title="Another"), **BY, base=0)


def test_save_of_nothing_new_records_nothing() -> None:
    controversy = ControversyFactory()
    mine = controversy.document
    controversy.save(head(mine, title="Their title"))

    saved = history.save(mine, **BY, base=1)

    assert (saved.revision, saved.conflicts) == (None, ())
    assert now(controversy).head.title == "Their title"


def test_save_does_not_undo_a_renaming_that_happened_meanwhile() -> None:
    backer = BackerFactory(name="Old name")
    controversy = ControversyFactory(backers=[backer])
    mine = head(controversy.document, title="My title")
    with history.act(**BY):
        m.Backer.objects.filter(pk=backer.pk).update(name="New name")

    saved = history.save(mine, **BY, base=1)

    assert saved.conflicts == ()
    assert [each.name for each in now(controversy).backers] == ["New name"]
    assert now(controversy).head.title == "My title"


@pytest.mark.parametrize("base", [5, -1, 2**40])
def test_save_from_a_revision_that_is_none_is_refused(base: int) -> None:
    controversy = ControversyFactory()

    with pytest.raises(history.UnknownRevision):
        history.save(head(controversy.document, title="My title"), **BY, base=base)


@pytest.mark.parametrize("moved", [False, True])
def test_save_of_an_invalid_document_says_what_is_wrong_with_what_was_given(moved: bool) -> None:
    controversy = ControversyFactory()
    mine = change(controversy.document, 0, claim="")
    if moved:
        controversy.save(head(controversy.document, title="Their title"))

    with pytest.raises(InvalidDocument) as error:
        history.save(mine, **BY, base=1)

    assert list(map(str, error.value.faults)) == ["positions[0].claim: This cannot be left empty."]


def test_save_of_a_key_that_is_none_is_refused() -> None:
    mine = document_factory(key=new_key())

    with pytest.raises(InvalidDocument):
        history.save(head(mine, key="no key"), **BY, base=1)


class Deadlock(psycopg.errors.DeadlockDetected):
    pass


@pytest.mark.parametrize(("times", "dies"), [(1, False), (4, False), (5, True)])
def test_save_that_met_a_deadlock_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, times: int, dies: bool
) -> None:
    controversy = ControversyFactory()
    failures = iter(range(times))

    def failing(*args: Any, **kwargs: Any) -> Any:
        if next(failures, None) is not None:
            raise OperationalError("deadlock detected") from Deadlock()
        return history.record(*args, **kwargs)

    monkeypatch.setattr(sys.modules["controversies.history.save"], "record", failing)
    mine = head(controversy.document, title="My title")

    if dies:
        with pytest.raises(OperationalError):
            history.save(mine, **BY, base=1)
    else:
        assert history.save(mine, **BY, base=1).revision is not None


def test_save_that_met_another_failure_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    controversy = ControversyFactory()
    calls: list[int] = []

    def failing(*_args: Any, **_kwargs: Any) -> Any:
        calls.append(1)
        raise OperationalError("the server is going down") from psycopg.errors.AdminShutdown()

    monkeypatch.setattr(sys.modules["controversies.history.save"], "record", failing)

    with pytest.raises(OperationalError):
        history.save(head(controversy.document, title="My title"), **BY, base=1)
    assert len(calls) == 1


# -- restoring --


def test_revert_makes_the_page_as_it_was_and_says_so() -> None:
    controversy = ControversyFactory(revisions=4)
    old = history.at(controversy.key, 2)
    assert old is not None

    saved = history.revert(controversy.key, 2, author_name="Edith", summary="It was better.")

    assert saved.revision is not None
    assert (saved.revision.number, saved.revision.summary) == (5, "Revision 2 restored. It was better.")
    assert "restore" in saved.revision.classes
    assert now(controversy) == old.document
    assert history.at(controversy.key, 4) is not None


def test_revert_keeps_address_and_publication_unless_asked() -> None:
    controversy = ControversyFactory(publication="draft")
    controversy.edit(slug="another-address", title="Another title")
    controversy.edit(publication="published")
    controversy.edit(publication="withdrawn", title="Withdrawn title")

    history.revert(controversy.key, 1, author_name="Edith")

    restored = now(controversy).head
    assert (restored.slug, restored.publication) == ("another-address", "withdrawn")
    assert restored.title not in ("Another title", "Withdrawn title")
    history.revert(controversy.key, 3, author_name="Edith", publication=True)
    assert (now(controversy).head.title, now(controversy).head.publication) == ("Another title", "published")


def test_revert_does_not_take_away_what_whoever_asked_had_not_seen() -> None:
    controversy = ControversyFactory()
    controversy.edit(title="Second title")
    controversy.save(change(controversy.document, 0, claim="Not seen yet"))

    saved = history.revert(controversy.key, 1, base=2, author_name="Edith")

    assert saved.conflicts == ()
    assert now(controversy).positions[0].claim == "Not seen yet"
    assert now(controversy).head.title != "Second title"


def test_revert_to_the_newest_records_nothing() -> None:
    controversy = ControversyFactory(revisions=2)

    assert history.revert(controversy.key, 2, author_name="Edith").revision is None


def test_revert_brings_back_backers_and_sources_that_nobody_shows_any_more() -> None:
    controversy = ControversyFactory()
    start = controversy.document
    controversy.save(start.with_blocks(positions=(), points=(), context=replace(start.context, citations=())))
    m.Backer.objects.all().delete()
    m.Source.objects.all().delete()

    history.revert(controversy.key, 1, author_name="Edith")

    assert now(controversy) == start
    assert list(verify.faults(controversy.key)) == []


def test_undo_takes_one_revision_back_and_keeps_what_came_after() -> None:
    controversy = ControversyFactory()
    start = controversy.document
    controversy.save(head(start, title="Second title"))
    controversy.save(change(controversy.document, 0, claim="Later"))

    saved = history.undo(controversy.key, 2, author_name="Edith", summary="Wrong.")

    assert saved.revision is not None
    assert saved.revision.summary == "Revision 2 undone. Wrong."
    assert "restore" in saved.revision.classes
    assert now(controversy) == change(start, 0, claim="Later")


def test_undo_of_the_newest_is_the_one_before() -> None:
    controversy = ControversyFactory(revisions=3)
    before = history.at(controversy.key, 2)
    assert before is not None

    history.undo(controversy.key, 3, author_name="Edith")

    assert now(controversy) == before.document


def test_undo_of_what_was_changed_again_is_a_conflict_to_resolve() -> None:
    controversy = ControversyFactory(title="First title")
    controversy.edit(title="Second title")
    controversy.edit(title="Third title")

    asked = history.undo(controversy.key, 2, author_name="Edith")

    [conflict] = asked.conflicts
    assert (conflict.base, conflict.theirs, conflict.mine) == (
        ("Second title",),
        ("Third title",),
        ("First title",),
    )
    assert newest(controversy) == 3
    history.undo(
        controversy.key, 2, author_name="Edith", choices={conflict.path: Resolution(Take.MINE, conflict.seen)}
    )
    assert now(controversy).head.title == "First title"


def test_undo_of_a_removal_brings_the_block_back_under_its_key() -> None:
    controversy = ControversyFactory(positions=3)
    start = controversy.document
    controversy.save(start.with_blocks(positions=start.positions[1:]))
    controversy.save(change(controversy.document, 0, claim="Later"))

    history.undo(controversy.key, 2, author_name="Edith")

    assert now(controversy) == change(start, 1, claim="Later")


def test_undo_does_not_publish_or_withdraw_unless_asked() -> None:
    controversy = ControversyFactory(title="First title")
    controversy.edit(publication="withdrawn", title="Second title")

    history.undo(controversy.key, 2, author_name="Edith")

    assert (now(controversy).head.title, now(controversy).head.publication) == ("First title", "withdrawn")
    history.undo(controversy.key, 2, author_name="Edith", publication=True)
    assert now(controversy).head.publication == "published"


@pytest.mark.parametrize("number", [0, 1, 9, -3])
def test_undo_of_the_first_revision_or_of_none_is_refused(number: int) -> None:
    controversy = ControversyFactory(revisions=2)

    with pytest.raises(history.UnknownRevision):
        history.undo(controversy.key, number, author_name="Edith")


def test_revert_to_a_revision_that_is_none_is_refused() -> None:
    controversy = ControversyFactory(revisions=2)

    with pytest.raises(history.UnknownRevision):
        history.revert(controversy.key, 3, author_name="Edith")
    with pytest.raises(history.UnknownRevision):
        history.revert(new_key(), 1, author_name="Edith")
    with pytest.raises(history.UnknownRevision):
        history.revert(controversy.key, 1, base=3, author_name="Edith")


# -- at once --


def at_once(*jobs: Callable[[], None]) -> None:
    """Run each in a thread with a connection of its own; what one raises is raised."""
    errors: list[BaseException] = []

    def run(job: Callable[[], None]) -> None:
        close_old_connections()
        try:
            job()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise ExceptionGroup("in threads", [each for each in errors if isinstance(each, Exception)])


@pytest.mark.django_db(transaction=True)
def test_save_of_one_submission_by_many_clicks_makes_one_revision() -> None:
    controversy = ControversyFactory()
    mine = head(controversy.document, title="My title")
    saved: list[history.SaveResult] = []

    at_once(*[lambda: saved.append(history.save(mine, **BY, base=1))] * 6)

    assert sorted(each.revision.number if each.revision else 0 for each in saved) == [0, 0, 0, 0, 0, 2]
    assert newest(controversy) == 2


@pytest.mark.django_db(transaction=True)
def test_save_of_a_new_controversy_by_many_clicks_makes_one_revision() -> None:
    mine = document_factory()
    saved: list[history.SaveResult] = []

    at_once(*[lambda: saved.append(history.save(mine, **BY, base=0))] * 6)

    assert sorted(each.revision.number if each.revision else 0 for each in saved) == [0, 0, 0, 0, 0, 1]


EDITORS = 20
SAVES = 25  # each: 500 in all


@dataclass
class Editor:
    """Saves edits of the same page from what it read some time ago, and keeps what it was told."""

    number: int
    key: str
    sources: tuple[Any, ...]
    backers: tuple[Any, ...]
    seen: dict[int, str | None] = field(default_factory=dict)  # revision: the question it knowingly replaced
    claim: str = ""  # last accepted, as are the others
    paragraph: str = ""
    added: list[str] = field(default_factory=list)
    conflicts: int = 0
    merged: int = 0
    ended: list[str] = field(default_factory=list)  # what became of each save

    def work(self) -> None:
        chance = random.Random(self.number)
        start = history.head(self.key)
        assert start is not None
        for turn in range(SAVES):
            if chance.random() < 0.5:  # else it goes on with a stale page
                start = history.head(self.key)
                assert start is not None
            self.save(start, turn, chance)

    def save(self, start: history.Reading, turn: int, chance: random.Random) -> None:
        name = f"{self.number}.{turn}"
        mine, question, claim, paragraph, added = start.document, None, "", "", []
        [place] = [i for i, each in enumerate(mine.positions) if each.key == self.own_position(mine)]
        what_else = ["question", "citation", "backing", "order"]
        # Its own fields only from where it left them: it would conflict with itself.
        if mine.positions[place].claim == (self.claim or mine.positions[place].claim):
            what_else.append("claim")
        if mine.context.text.split("\n\n")[self.number] == (self.paragraph or f"Start {self.number}"):
            what_else.append("paragraph")
        for what in chance.sample(what_else, 2):
            if what == "question":
                question = f"Whether {name}?"
                mine = head(mine, question=question)
            elif what == "claim":
                claim = f"Claim {name}"
                mine = change(mine, place, claim=claim)
            elif what == "paragraph":
                paragraph = f"Paragraph {name}"
                paragraphs = mine.context.text.split("\n\n")
                paragraphs[self.number] = paragraph
                mine = replace(mine, context=replace(mine.context, text="\n\n".join(paragraphs)))
            elif what == "order":
                one = chance.randrange(len(mine.positions))
                mine = mine.with_blocks(
                    positions=(*mine.positions[:one], *mine.positions[one + 1 :], mine.positions[one])
                )
                [place] = [i for i, each in enumerate(mine.positions) if each.key == self.own_position(mine)]
            elif what == "citation":
                added.append(new_key())
                cited = Citation(
                    key=added[-1], source=chance.choice(self.sources).key, relation="context", quote=name
                )
                shared = (*mine.sources, *(each for each in self.sources if each.key not in mine.by_key))
                positions = list(mine.positions)
                other = chance.randrange(len(positions))
                positions[other] = replace(positions[other], citations=(*positions[other].citations, cited))
                mine = mine.with_blocks(positions=tuple(positions), sources=shared)
            else:
                free = [
                    b for b in self.backers if b.key not in {x.backer for x in mine.positions[place].backings}
                ]
                if free:
                    added.append(f"{mine.positions[place].key} {free[0].key}")
                    backing = Backing(key=new_key(), backer=free[0].key)
                    positions = list(mine.positions)
                    positions[place] = replace(
                        positions[place], backings=(*positions[place].backings, backing)
                    )
                    shared = (*mine.backers, *(each for each in self.backers if each.key not in mine.by_key))
                    mine = mine.with_blocks(positions=tuple(positions), backers=shared)
        saved = history.save(mine, author_name=f"Editor {self.number}", base=start.number)
        known: str | None = start.document.head.question
        while saved.conflicts:
            self.conflicts += 1
            choices = {}
            for conflict in saved.conflicts:
                assert conflict.kind in (Clash.FIELD, Clash.ORDER), conflict
                take = chance.choice([Take.MINE, Take.THEIRS])
                if conflict.path == "head/question":
                    known = conflict.theirs[0]
                    question = question if take is Take.MINE else None
                else:
                    assert conflict.path == "positions/order", conflict
                choices[conflict.path] = Resolution(take, conflict.seen)
            if chance.random() < 0.2:
                self.ended.append("given up")  # it was shown the conflict; nothing of this edit is on record
                return
            saved = history.save(
                mine, author_name=f"Editor {self.number}", base=start.number, choices=choices
            )
            if saved.conflicts and question is None:
                question = mine.head.question  # asked again: all choices are made anew
        self.merged += saved.merged is not None
        self.ended.append("recorded" if saved.revision is not None else "nothing new")
        if saved.revision is not None:
            self.claim, self.paragraph = claim or self.claim, paragraph or self.paragraph
            self.added += added
            if question is not None:
                self.seen[saved.revision.number] = known

    def own_position(self, document: Document) -> str:
        return sorted(each.key for each in document.positions)[self.number]


@pytest.mark.django_db(transaction=True)
def test_save_by_many_editors_at_once_loses_nothing_and_forks_nothing() -> None:
    shared = {
        "sources": [source_block() for _ in range(6)],
        "backers": [backer_block() for _ in range(12)],
    }
    controversy = ControversyFactory(
        positions=EDITORS,
        points=2,
        stances=0,
        context="\n\n".join(f"Start {i}" for i in range(EDITORS)),
        **shared,
    )
    editors = [
        Editor(i, controversy.key, tuple(shared["sources"]), tuple(shared["backers"])) for i in range(EDITORS)
    ]

    def rename() -> None:
        """Somebody keeps renaming the backers that those pages show."""
        for turn in range(10):
            with history.act(author_name="Renamer", summary="Renamed."):
                for backer in shared["backers"][turn % 2 :: 2]:
                    m.Backer.objects.filter(pk=backer.key).update(name=f"{backer.name} {turn}")

    at_once(*(editor.work for editor in editors), rename)

    assert list(verify.faults(controversy.key)) == []
    final = now(controversy)
    held = {
        f"{position.key} {backing.backer}" for position in final.positions for backing in position.backings
    }
    kept = held | {citation.key for citation in final.citations()}
    claims = {position.key: position.claim for position in final.positions}
    paragraphs = final.context.text.split("\n\n")
    for editor in editors:
        assert set(editor.added) <= kept
        assert claims[editor.own_position(final)] == (editor.claim or claims[editor.own_position(final)])
        assert paragraphs[editor.number] == (editor.paragraph or f"Start {editor.number}")
    # No question was ever replaced but by somebody who had seen it.
    replaced = {number: known for editor in editors for number, known in editor.seen.items()}
    before: str | None = controversy.document.head.question
    for number in range(2, newest(controversy) + 1):
        reading = history.at(controversy.key, number)
        assert reading is not None
        if reading.document.head.question != before:
            assert replaced[number] == before
        before = reading.document.head.question
    ended = [each for editor in editors for each in editor.ended]
    assert len(ended) == EDITORS * SAVES
    assert newest(controversy) >= 1 + ended.count("recorded")  # …and the renamer's
    assert ended.count("recorded") > len(ended) / 2
    assert sum(editor.merged for editor in editors) > EDITORS
    assert sum(editor.conflicts for editor in editors) > 0
