"""Saving a page that somebody else saved meanwhile: what is merged, what is asked, and what an answer does."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.db import connections
from django.test import Client
from django.urls import reverse

from controversies import history
from controversies.admin.edit.conflicts import ConflictQuestion
from controversies.document.merge import Clash, Conflict
from controversies.document.types import Backing, Citation, Document, Position
from controversies.models import Backer
from tests.admin.editing import Sent, change_url, fields, opened
from tests.factories import (
    BackerFactory,
    ControversyFactory,
    Recorded,
    SourceFactory,
    UserFactory,
    backer_block,
    new_key,
    source_block,
)

pytestmark = pytest.mark.django_db
THEIRS: dict[str, Any] = {"author_name": "Otto Other", "summary": "They knew better."}


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(role=role))
    return client


@pytest.fixture
def editor() -> Client:
    return client_of("editor")


def begun(editor: Client, made: Recorded) -> Sent:
    sent = opened(editor, change_url(made.key))
    sent["reason-summary"] = "My reason"
    return sent


def send(editor: Client, made: Recorded, sent: Sent, **more: str) -> Any:
    return editor.post(change_url(made.key), {**sent.data(), "_save": "1", **more})


def now(made: Recorded) -> Document:
    found = history.head(made.key)
    assert found is not None
    return found.document


def newest(made: Recorded) -> int:
    found = history.head(made.key)
    assert found is not None
    return found.number


def position(document: Document, place: int, **changes: Any) -> Document:
    positions = list(document.positions)
    positions[place] = replace(positions[place], **changes)
    return document.with_blocks(positions=tuple(positions))


def questions(response: Any) -> list[tuple[str, str]]:
    """What is asked, and what is wrong with the answer."""
    assert response.status_code == 200
    return [(each.label, each.complaint) for each in response.context["conflict"].questions]


def answer(response: Any, take: str, *typed: str, place: int = 0) -> Sent:
    """What the page would send with this answer to one question."""
    sent = fields(response.content.decode())
    path = response.context["conflict"].questions[place].conflict.path
    # Radio buttons are not sent unless chosen; the reader of fields takes them all.
    chosen = {
        f"resolve:{each.conflict.path}": each.answer.take.value
        for each in response.context["conflict"].questions
        if each.answer
    }
    kept = [pair for pair in sent if not pair[0].startswith("resolve:")]
    sent.clear()
    sent.extend([*kept, *([name, value] for name, value in {**chosen, f"resolve:{path}": take}.items())])
    if typed:
        sent.replace(f"typed:{path}", list(typed))
    return sent


def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


# -- what is merged --


def test_changes_of_different_fields_are_merged_and_told(editor: Client) -> None:
    made = ControversyFactory()
    sent = begun(editor, made)
    made.edit(status_summary="Theirs", **THEIRS)
    sent["head-question"] = "Is this mine?"

    response = send(editor, made, sent)

    assert response.status_code == 302
    assert newest(made) == 3
    assert (now(made).head.status_summary, now(made).head.question) == ("Theirs", "Is this mine?")
    assert LogEntry.objects.count() == 1
    saved, meanwhile = told(response)
    assert saved.startswith("Revision 3 of")
    assert meanwhile.startswith("Otto Other saved this page while you were editing: ")
    assert "The summary of the status changed." in meanwhile
    assert f'href="{reverse("compare", args=[made.slug, 1, 2])}"' in meanwhile


def test_changes_of_different_paragraphs_are_merged(editor: Client) -> None:
    made = ControversyFactory(positions=1)
    made.save(position(now(made), 0, argument="One.\n\nTwo.\n\nThree."))
    sent = begun(editor, made)
    key = made.document.positions[0].key
    made.save(position(now(made), 0, argument="One, theirs.\n\nTwo.\n\nThree."), **THEIRS)
    sent[f"{key}-argument"] = "One.\r\n\r\nTwo.\r\n\r\nThree, mine."

    assert send(editor, made, sent).status_code == 302

    assert now(made).positions[0].argument == "One, theirs.\n\nTwo.\n\nThree, mine."


def test_only_the_paragraphs_that_both_changed_are_asked_about(editor: Client) -> None:
    made = ControversyFactory(positions=1)
    made.save(position(now(made), 0, argument="One.\n\nTwo is said so.\n\nThree.\n\nFour."))
    sent = begun(editor, made)
    key = made.document.positions[0].key
    made.save(
        position(now(made), 0, argument="One, theirs.\n\nTwo is said otherwise.\n\nThree.\n\nFour."), **THEIRS
    )
    sent[f"{key}-argument"] = "One.\r\n\r\nTwo was said so.\r\n\r\nThree.\r\n\r\nFour, mine."

    response = send(editor, made, sent)

    [question] = response.context["conflict"].questions
    assert question.label == "Position A: Argument, paragraph 2"
    assert (
        question.explanation
        == "You and Otto Other both changed this place in the text. The rest of it is merged."
    )
    marked = [
        [(run.op, run.text) for run in side.runs if run.op != "kept" or run.text.strip()]
        for side in question.sides
    ]
    assert marked == [
        [("kept", "Two is said so.")],
        [("kept", "Two is said "), ("removed", "so"), ("added", "otherwise"), ("kept", ".")],
        [("kept", "Two "), ("removed", "is"), ("added", "was"), ("kept", "said so.")],
    ]
    again = fields(response.content.decode())
    [path] = [name.removeprefix("seen:") for name, _value in again if name.startswith("seen:")]
    again.replace(f"resolve:{path}", ["theirs"])
    saved = send(editor, made, again)
    assert saved.status_code == 302
    assert (
        "Where both of you had changed the same text, your choice was kept; all else of both is kept."
        in str(list(get_messages(saved.wsgi_request))[-1])
    )

    assert (
        now(made).positions[0].argument == "One, theirs.\n\nTwo is said otherwise.\n\nThree.\n\nFour, mine."
    )


def test_move_and_edit_are_both_kept(editor: Client) -> None:
    made = ControversyFactory(positions=3)
    sent = begun(editor, made)
    first, second, third = (each.key for each in made.document.positions)
    made.save(position(now(made), 2, claim="Theirs"), **THEIRS)
    sent.replace("positions", [third, first, second])

    assert send(editor, made, sent).status_code == 302

    assert [each.key for each in now(made).positions] == [third, first, second]
    assert now(made).positions[0].claim == "Theirs"


def test_same_source_added_by_both_is_one(editor: Client) -> None:
    source = SourceFactory()
    made = ControversyFactory(positions=1, citations=0)
    sent = begun(editor, made)
    [held] = made.document.positions
    theirs, mine = new_key(), new_key()
    cited = Citation(key=theirs, source=str(source.pk), relation="supports", quote="Their quote.")
    made.save(
        now(made).with_blocks(
            positions=(replace(now(made).positions[0], citations=(*held.citations, cited)),),
            sources=(*now(made).sources, source_block(source)),
        ),
        **THEIRS,
    )
    sent.append([f"{held.key}-citations", mine])
    sent[f"{mine}-source"] = str(source.pk)
    sent[f"{mine}-relation"] = "supports"
    sent[f"{mine}-locator"] = "p. 7"

    assert send(editor, made, sent).status_code == 302

    [merged] = [each for each in now(made).positions[0].citations if each.source == str(source.pk)]
    assert (merged.key, merged.quote, merged.locator) == (theirs, "Their quote.", "p. 7")


@pytest.mark.django_db(transaction=True)
def test_eight_editors_at_once_lose_nothing() -> None:
    made = ControversyFactory(positions=8)
    clients = [client_of("editor") for _ in range(8)]
    forms = []
    for number, client in enumerate(clients):
        sent = opened(client, change_url(made.key, "?all=1"))
        sent["reason-summary"] = "Why"
        sent[f"{made.document.positions[number].key}-claim"] = f"Claim by {number}"
        forms.append(sent)
    answers: list[Any] = [None] * 8

    def save(number: int) -> None:
        try:
            answers[number] = send(clients[number], made, forms[number]).status_code
        finally:
            connections.close_all()

    threads = [threading.Thread(target=save, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [302] * 8
    assert newest(made) == 9
    assert [each.claim for each in now(made).positions] == [f"Claim by {n}" for n in range(8)]
    assert LogEntry.objects.count() == 8


# -- what is asked --


def test_change_of_the_same_field_is_asked_and_loses_nothing(editor: Client) -> None:
    made = ControversyFactory(question="What was it?")
    sent = begun(editor, made)
    made.edit(question="Is this theirs?", **THEIRS)
    sent["head-question"], sent["head-title"] = "Is this mine?", "My title"

    response = send(editor, made, sent)

    page = response.content.decode()
    assert questions(response) == [("Question", "")]
    assert newest(made) == 2
    again = fields(page)
    assert (again["head-question"], again["head-title"]) == ("Is this mine?", "My title")
    assert again["reason-summary"] == "My reason"
    assert (again["base"], again["shown"]) == ("1", "1")
    [question] = response.context["conflict"].questions
    assert [side.title for side in question.sides] == ["When you began", "Otto Other", "You"]
    assert [(r.op.value, r.text) for r in question.sides[1].runs if r.op.value == "added"] == [
        ("added", "Is this theirs")
    ]
    assert "They knew better." in page
    assert reverse("compare", args=[made.slug, 1, 2]) in page


@pytest.mark.parametrize(
    ("take", "typed", "result"),
    [
        ("theirs", (), "Is this theirs?"),
        ("mine", (), "Is this mine?"),
        ("typed", ("Is this ours?",), "Is this ours?"),
    ],
)
def test_answer_is_taken_and_a_second_click_changes_nothing(
    editor: Client, take: str, typed: tuple[str, ...], result: str
) -> None:
    made = ControversyFactory()
    sent = begun(editor, made)
    made.edit(question="Is this theirs?", **THEIRS)
    sent["head-question"], sent["head-title"] = "Is this mine?", "My title"
    chosen = answer(send(editor, made, sent), take, *typed)

    assert send(editor, made, chosen).status_code == 302
    assert send(editor, made, chosen).status_code == 302

    assert newest(made) == 3
    assert (now(made).head.question, now(made).head.title) == (result, "My title")


def test_question_left_open_is_asked_again_and_the_answer_kept(editor: Client) -> None:
    made = ControversyFactory()
    sent = begun(editor, made)
    made.edit(question="Is this theirs?", title="Their title", **THEIRS)
    sent["head-question"], sent["head-title"] = "Is this mine?", "My title"
    response = send(editor, made, sent)
    assert [label for label, _complaint in questions(response)] == ["Title", "Question"]

    response = send(editor, made, answer(response, "theirs", place=1))

    assert questions(response) == [("Title", "Not answered yet."), ("Question", "")]
    assert newest(made) == 2
    assert send(editor, made, answer(response, "mine", place=0)).status_code == 302
    assert (now(made).head.title, now(made).head.question) == ("My title", "Is this theirs?")


def test_answer_to_what_was_changed_again_is_asked_again(editor: Client) -> None:
    made = ControversyFactory()
    sent = begun(editor, made)
    made.edit(question="Is this theirs?", **THEIRS)
    sent["head-question"] = "Is this mine?"
    chosen = answer(send(editor, made, sent), "mine")
    made.edit(question="Is this theirs now?", **THEIRS)

    response = send(editor, made, chosen)

    assert questions(response) == [
        ("Question", "This was changed again since you answered. Look at it once more.")
    ]
    assert now(made).head.question == "Is this theirs now?"


def test_typed_answer_with_a_fault_says_what_is_wrong(editor: Client) -> None:
    made = ControversyFactory()
    sent = begun(editor, made)
    made.edit(title="Their title", **THEIRS)
    sent["head-title"] = "My title"

    response = send(editor, made, answer(send(editor, made, sent), "typed", ""))

    assert questions(response) == [("Title", "This cannot be left empty.")]
    assert newest(made) == 2


def test_removal_of_what_was_edited_is_asked(editor: Client) -> None:
    made = ControversyFactory(positions=3)
    sent = begun(editor, made)
    keys = [each.key for each in made.document.positions]
    made.save(position(now(made), 1, claim="Theirs"), **THEIRS)
    sent.replace("positions", [keys[0], keys[2]])
    gone = Sent(pair for pair in sent if not pair[0].startswith(keys[1]))

    response = send(editor, made, gone)

    [question] = response.context["conflict"].questions
    assert question.label == "Position B"
    assert question.explanation.startswith("You removed this; Otto Other changed something in it.")
    assert [option.label for option in question.options] == ["Keep it, with their changes", "Remove it"]
    assert [side.is_removed for side in question.sides] == [False, False, True]
    assert send(editor, made, answer(response, "theirs")).status_code == 302
    assert [each.key for each in now(made).positions] == keys
    assert now(made).positions[1].claim == "Theirs"


def test_edit_of_what_was_removed_is_asked_and_brings_it_back(editor: Client) -> None:
    made = ControversyFactory(positions=3, backings=3)
    sent = begun(editor, made)
    document = now(made)
    keys = [each.key for each in document.positions]
    made.save(document.with_blocks(positions=(document.positions[0], document.positions[2])), **THEIRS)
    sent[f"{keys[1]}-claim"] = "Mine"

    response = send(editor, made, sent)

    [question] = response.context["conflict"].questions
    assert question.explanation.startswith("Otto Other removed this; you changed something in it.")
    assert send(editor, made, answer(response, "mine")).status_code == 302
    assert [each.key for each in now(made).positions] == keys
    assert now(made).positions[1] == replace(document.positions[1], claim="Mine")


def test_two_new_orders_are_asked(editor: Client) -> None:
    made = ControversyFactory(positions=3)
    sent = begun(editor, made)
    a, b, c = (each.key for each in made.document.positions)
    document = now(made)
    made.save(document.with_blocks(positions=(*document.positions[1:], document.positions[0])), **THEIRS)
    sent.replace("positions", [c, b, a])

    response = send(editor, made, sent)

    [question] = response.context["conflict"].questions
    assert question.label == "Order of the positions"
    assert not question.can_type
    assert send(editor, made, answer(response, "mine")).status_code == 302
    assert [each.key for each in now(made).positions] == [c, b, a]


def test_backer_moved_to_two_places_is_asked(editor: Client) -> None:
    made = ControversyFactory(positions=3, backings=0)
    backer = BackerFactory()
    held = Backing(key=new_key(), backer=str(backer.pk))
    document = now(made)
    made.save(
        document.with_blocks(
            positions=(replace(document.positions[0], backings=(held,)), *document.positions[1:]),
            backers=(backer_block(backer),),
        )
    )
    sent = begun(editor, made)
    a, _b, c = (each.key for each in made.document.positions)
    document = now(made)
    made.save(
        document.with_blocks(
            positions=(
                replace(document.positions[0], backings=()),
                replace(document.positions[1], backings=(held,)),
                document.positions[2],
            ),
        ),
        **THEIRS,
    )
    sent.replace(f"{a}-backings", [])
    sent.replace(f"{c}-backings", [held.key])

    response = send(editor, made, sent)

    [question] = response.context["conflict"].questions
    assert question.explanation == "You and Otto Other both moved this, each to another place."
    assert send(editor, made, answer(response, "theirs")).status_code == 302
    assert [len(each.backings) for each in now(made).positions] == [0, 1, 0]


# -- with faults, without a reason, from a draft kept by the browser --


def test_fault_is_asked_for_first_and_the_rest_is_told(editor: Client) -> None:
    made = ControversyFactory()
    sent = begun(editor, made)
    made.edit(status_summary="Theirs", **THEIRS)
    sent["head-title"] = ""

    response = send(editor, made, sent)

    assert questions(response) == []
    assert [(each.place, each.message) for each in response.context["problems"]] == [
        ("Title", "This cannot be left empty.")
    ]
    assert "Otto Other saved this page while you were editing it." in response.content.decode()
    theirs, mine = response.context["conflict"].theirs, response.context["conflict"].mine
    assert [(s.title, [line.where for line in s.lines]) for s in theirs] == [("Page", ["Status in words"])]
    assert [(s.title, [line.where for line in s.lines]) for s in mine] == [("Page", ["Title"])]


def test_reason_that_is_offered_tells_of_mine_only(editor: Client) -> None:
    made = ControversyFactory()
    sent = begun(editor, made)
    made.edit(status_summary="Theirs", **THEIRS)
    sent["head-question"], sent["reason-summary"] = "Is this mine?", ""

    response = send(editor, made, sent)

    assert newest(made) == 2
    assert fields(response.content.decode())["reason-summary"] == "The question changed"


def test_restored_text_is_asked_about_again(editor: Client) -> None:
    made = ControversyFactory()
    sent = begun(editor, made)
    made.edit(question="Is this theirs?", **THEIRS)
    sent["head-question"] = "Is this mine?"
    chosen = answer(send(editor, made, sent), "mine")

    response = editor.post(change_url(made.key), {**chosen.data(), "_restore": "1"})

    assert questions(response) == [("Question", "")]
    [question] = response.context["conflict"].questions
    assert [option.is_chosen for option in question.options] == [False, True, False]
    assert newest(made) == 2


def test_own_save_in_another_tab_is_called_that(editor: Client) -> None:
    made = ControversyFactory()
    first, second = begun(editor, made), begun(editor, made)
    first["head-question"], second["head-question"] = "Is it one?", "Is it two?"
    assert send(editor, made, first).status_code == 302

    response = send(editor, made, second)

    assert questions(response) == [("Question", "")]
    assert response.context["conflict"].is_own
    assert "You saved this page in another tab" in response.content.decode()


def test_publication_is_no_answer_for_who_may_not_publish(editor: Client) -> None:
    made = ControversyFactory(publication="draft")
    sent = begun(editor, made)
    made.edit(publication="published", **THEIRS)
    sent["resolve:head/publication"] = "typed"
    sent["typed:head/publication"] = "withdrawn"
    sent["head-question"] = "Is this mine?"

    send(editor, made, sent)

    assert now(made).head.publication == "published"


def test_nonsense_for_an_answer_is_a_bad_request(editor: Client) -> None:
    made = ControversyFactory()
    sent = begun(editor, made)
    made.edit(question="Is this theirs?", **THEIRS)
    sent["head-question"], sent["resolve:head/question"] = "Is this mine?", "nonsense"

    assert send(editor, made, sent).status_code == 400


def backed(made: Recorded, place: int, *backings: Backing, **more: Any) -> None:
    """Record the page with these backings of one position more."""
    document = now(made)
    positions = list(document.positions)
    held = {each.key: each for each in positions[place].backings} | {each.key: each for each in backings}
    positions[place] = replace(positions[place], backings=tuple(held.values()))
    known = {each.key: each for each in document.backers}
    known |= {each.backer: backer_block(Backer.objects.get(pk=each.backer)) for each in backings}
    made.save(document.with_blocks(positions=tuple(positions), backers=tuple(known.values())), **more)


def test_value_chosen_from_a_list_is_chosen_not_typed(editor: Client) -> None:
    made = ControversyFactory(status="active")
    sent = begun(editor, made)
    made.edit(status="dormant", **THEIRS)
    sent["head-status"] = "resolved"

    response = send(editor, made, sent)

    [question] = response.context["conflict"].questions
    assert question.boxes == []
    assert [option.label for option in question.options] == ["Take theirs", "Keep mine"]
    assert question.explanation == "You and Otto Other both changed this."
    assert send(editor, made, answer(response, "mine")).status_code == 302
    assert now(made).head.status == "resolved"


def test_dates_that_belong_together_are_asked_about_together(editor: Client) -> None:
    made = ControversyFactory(positions=1, backings=0)
    held = Backing(key=new_key(), backer=str(BackerFactory().pk), since="2020", until="2024")
    backed(made, 0, held)
    sent = begun(editor, made)
    backed(made, 0, replace(held, until="2021"), **THEIRS)
    sent[f"{held.key}-since"] = "2022"

    response = send(editor, made, sent)

    [question] = response.context["conflict"].questions
    assert question.explanation.endswith("The two fields belong together.")
    assert [(box.label, box.value) for box in question.boxes] == [("Since", "2022"), ("Until", "2024")]
    wrong = send(editor, made, answer(response, "typed", "2023", "2022"))
    assert [complaint for _label, complaint in questions(wrong)] == ["“Until” is before “since”."]
    assert send(editor, made, answer(wrong, "typed", "2022", "2023")).status_code == 302
    [backing] = now(made).positions[0].backings
    assert (backing.since, backing.until) == ("2022", "2023")


def test_backer_that_came_to_one_place_twice_is_asked_about(editor: Client) -> None:
    made = ControversyFactory(positions=2, backings=0)
    backer = str(BackerFactory(name="The Union").pk)
    held = Backing(key=new_key(), backer=backer)
    backed(made, 0, held)
    a, b = (each.key for each in made.document.positions)
    sent = begun(editor, made)
    backed(made, 1, Backing(key=new_key(), backer=backer, note="Theirs"), **THEIRS)
    sent.replace(f"{a}-backings", [])
    sent.replace(f"{b}-backings", [held.key])

    response = send(editor, made, sent)

    [question] = response.context["conflict"].questions
    assert question.label == "Position B: “The Union”, twice"
    assert question.explanation.startswith("You and Otto Other both put this backer here, in different ways.")
    assert send(editor, made, answer(response, "theirs")).status_code == 302
    assert [each.note for each in now(made).positions[1].backings] == ["Theirs"]


@pytest.mark.parametrize("kind", Clash)
def test_every_kind_of_conflict_says_in_words_why_it_is_asked(kind: Clash) -> None:
    [spec] = [each for each in Position.SPECS if each.name == "argument"]
    conflict = Conflict("p", "label", kind, (), (), ("m",), ("", "", "m"), "s", (spec,), "A rule.")
    question = ConflictQuestion(conflict, "Otto Other", None, None, is_open=True, was_asked=False)

    assert "Otto Other" in question.explanation
    assert {option.value for option in question.options} >= {"theirs", "mine"}
    assert question.complaint == ("" if kind is Clash.WHOLE else "A rule.")
