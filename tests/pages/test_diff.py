"""The view of a comparison: its table, names of what moved, paragraphs; and one edit as every page tells it."""

import re
from html import unescape

import pytest
from django.urls import reverse

from controversies import history
from controversies.document import compare, say
from controversies.pages.diff import NumberedChange, diff_view
from controversies.pages.diff.pieces import DepartureNote, PlaceNote
from controversies.pages.tags import place_note
from tests.benchmarks.compared.editor import PageEditor
from tests.benchmarks.compared.pages import newest
from tests.factories import ControversyFactory
from tests.markup import one_line


def view(page, change, **options):
    """The view of an edit of a fixture's newest page."""
    editor = PageEditor(newest(page))
    change(editor)
    return diff_view(compare.compare(editor.before, editor.document()), **options)


def changes(found):
    return [entry for entry in found.entries if isinstance(entry, NumberedChange)]


def paths(found):
    return [
        (" › ".join(change.path).replace("\xa0", " "), change.word.replace("\xa0", " "))
        for change in changes(found)
    ]


def paragraphs(change):
    return [paragraph for piece in change.pieces for paragraph in piece.paragraphs]


# -- the table --


def much(page):
    page.set("A/claim", "Training an AI model on copyrighted works is fair use in some cases")
    page.set("B/confidence", "high")
    page.set("B/confidence_reason", "Three rulings bear it out.")
    page.cite("B", "a-study")
    page.cite("B", "another-study")
    page.remove("B/sources/nyt-v-microsoft-2023-complaint")
    page.remove("D")
    page.set("head/status", "dormant")
    page.move("C", 0)


def test_a_long_comparison_begins_with_a_table_of_positions_and_what_changed_of_them():
    found = view("training_copyright", much)
    table = found.overview

    assert table.columns == ("Claim", "Confidence", "Argument", "Backers", "Sources")
    rows = [
        (
            row.label,
            [change.brief for change in row.whole],
            [[c.brief for c in cell] for _title, cell in row.cells],
        )
        for row in table.rows
    ]
    assert rows == [
        ("A", ["moved"], [[], [], [], [], []]),
        ("B", [], [["rewritten"], [], [], [], []]),
        ("C", [], [[], ["Medium → High"], [], [], ["+2 −1"]]),
        ("D", ["removed"], [[], [], [], [], []]),
    ]
    assert [row.alone for row in table.rows] == [True, False, False, True]
    assert [change.path for change in table.others] == [("Status",)]


def test_few_changes_need_no_table():
    assert view("training_copyright", lambda page: page.set("A/confidence", "low")).overview is None


def test_a_column_of_stances_is_there_if_one_changed():
    def change(page):
        much(page)
        page.set("A/stances/1/text", "Works are used to learn from them.")

    assert view("training_copyright", change).overview.columns[3] == "Stances"


# -- names of what moved --


def test_what_moved_is_named_by_its_letter_now_and_before():
    found = view("training_copyright", lambda page: page.order("positions", "DBAC"))

    assert paths(found) == [("Position A (was D)", "Moved"), ("Position C (was A)", "Moved")]
    [up, down] = changes(found)
    assert up.pieces[0].words == "From place 4 to place 1, now the first. Its words are unchanged."
    assert down.pieces[0].words.startswith(
        "From place 1 to place 3, below “Training on copyrighted works needs"
    )


def test_what_changed_in_a_position_with_another_letter_says_which_it_was():
    def change(page):
        page.remove("A")
        page.set("C/confidence", "low")

    assert ("Position B (was C) › Confidence", "Replaced") in paths(view("training_copyright", change))


# -- prose --


def test_a_typo_is_shown_within_its_paragraph():
    found = view(
        "training_copyright", lambda page: page.replace("A/argument", "transformative", "trasnformative")
    )

    assert paths(found) == [("Position A › Argument", "Spelling or punctuation")]
    [paragraph] = paragraphs(changes(found)[0])
    assert [run.text.strip() for run in paragraph.runs if run.op != "kept"] == [
        "transformative",
        "trasnformative",
    ]


def test_rewritten_prose_is_the_old_paragraph_then_the_new():
    text = "Courts decide one work after another. A statute could oblige every provider to pay into a common fund."
    found = view("training_copyright", lambda page: page.set("D/argument", text))

    assert paths(found) == [("Position D › Argument", "Rewritten")]
    assert [[run.op.value for run in each.runs] for each in paragraphs(changes(found)[0])] == [
        ["removed"],
        ["added"],
    ]


def test_a_split_paragraph_says_so():
    found = view(
        "training_copyright", lambda page: page.replace("A/argument", " A judge has", "\n\nA judge has")
    )

    assert paths(found) == [("Position A › Argument", "Paragraph breaks")]
    [together] = paragraphs(changes(found)[0])
    assert (together.note.sentence, len(together.texts)) == ("One paragraph split into two", 2)


def test_joined_paragraphs_say_so():
    found = view(
        "training_copyright",
        lambda page: page.set("context/text", page.get("context/text").replace("\n\n", " ")),
    )

    [together] = paragraphs(changes(found)[0])
    assert (together.note.sentence, len(together.texts)) == ("Two paragraphs joined into one", 1)


def test_a_moved_paragraph_says_so():
    def change(page):
        first, second = page.get("context/text").split("\n\n")
        page.set("context/text", f"{second}\n\n{first}")

    found = view("training_copyright", change)

    assert paths(found) == [("Context", "Paragraphs moved")]
    assert [each.note.sentence for each in paragraphs(changes(found)[0]) if each.note] in (
        ["Moved: paragraph 2 before, now paragraph 1"],
        ["Moved: paragraph 1 before, now paragraph 2"],
    )


def test_a_paragraph_that_went_to_another_part_is_shown_once_with_links_both_ways():
    def change(page):
        page.set("context/text", page.get("context/text").split("\n\n")[0])
        page.set(
            "D/argument",
            page.get("D/argument") + "\n\n" + newest("training_copyright").context.text.split("\n\n")[1],
        )

    context, argument = changes(view("training_copyright", change))

    gone = next(each for each in paragraphs(context) if each.note)
    come = next(each for each in paragraphs(argument) if each.note)
    reference = gone.note.reference
    assert (gone.note.sentence, reference.words, reference.number, gone.texts) == (
        "A paragraph moved to %(place)s", "Position D › Argument", 2, (),
    )  # fmt: skip
    reference = come.note.reference
    assert (come.note.sentence, reference.words, reference.number) == (
        "Moved here from %(place)s",
        "Context",
        1,
    )
    assert {run.op for run in come.runs} == {"kept"}


def test_a_reference_to_what_is_not_shown_leads_to_the_whole_comparison():
    def change(page):
        page.set("context/text", page.get("context/text").split("\n\n")[0])
        page.set(
            "D/argument",
            page.get("D/argument") + "\n\n" + newest("training_copyright").context.text.split("\n\n")[1],
        )

    part = newest("training_copyright").positions[3].key
    found = view("training_copyright", change, part=part)

    assert (found.changes, found.others) == (1, 1)
    [reference] = [each.note.reference for each in paragraphs(changes(found)[0]) if each.note]
    assert (reference.target, reference.elsewhere) == ("", "change-1")
    assert place_note(PlaceNote("From %(place)s", reference)) == "From <bdi>Context</bdi>"
    assert place_note(PlaceNote("From %(place)s", reference), whole="/1/2/") == (
        'From <a href="/1/2/#change-1"><bdi>Context</bdi></a>'
    )


def test_a_part_that_only_lost_something_to_another_says_so():
    key = newest("open_weights").positions[0].key
    found = view(
        "open_weights", lambda page: page.carry("A/sources/widder-2024-actually-closed", "B"), part=key
    )

    assert (found.changes, found.others, found.heading) == (0, 1, "Parts moved elsewhere, and nothing else")
    [note] = notes(found)
    assert [
        (reference.target, reference.elsewhere) for reference in [line.reference for line in note.lines]
    ] == [("", "change-1")]


def test_sentences_that_went_to_another_part_are_noted_in_both():
    def change(page):
        first, last = page.get("A/argument").split(" A judge has found")
        page.set("A/argument", first)
        page.set("D/argument", f"{page.get('D/argument')} A judge has found{last}")

    old, new = changes(view("training_copyright", change))

    [left] = [each for each in paragraphs(old) if each.note]
    [came] = [each for each in paragraphs(new) if each.note]
    assert left.note.sentence == "Moved to %(place)s: “%(quote)s”"
    assert left.note.quote.startswith("A judge has found the training of Claude")
    assert (left.note.reference.words, left.note.reference.target) == ("Position D › Argument", "change-2")
    assert came.note.sentence == "Moved here from %(place)s: “%(quote)s”"
    assert came.note.quote.startswith("A judge has found")
    assert (came.note.reference.words, came.note.reference.target) == ("Position A › Argument", "change-1")


def test_sentences_that_became_a_paragraph_elsewhere_are_shown_there_as_moved():
    def change(page):
        first, last = page.get("A/argument").split(" A judge has found")
        page.set("A/argument", first)
        page.set("D/argument", f"{page.get('D/argument')}\n\nA judge has found{last}")

    _old, new = changes(view("training_copyright", change))

    [came] = [each for each in paragraphs(new) if each.note]
    assert (came.note.sentence, came.note.reference.target) == ("Moved here from %(place)s", "change-1")
    assert {run.op for run in came.runs} == {"kept"}


# -- from one list to another --


def notes(found):
    return [entry for entry in found.entries if isinstance(entry, DepartureNote)]


def test_a_source_that_went_to_another_position_is_shown_there_and_noted_where_it_was():
    found = view("open_weights", lambda page: page.carry("A/sources/widder-2024-actually-closed", "B"))

    [change] = changes(found)
    [member] = change.pieces[0].members
    assert (change.path, change.word, change.brief) == (("Position B", "Sources"), "1 moved", "1 from A")
    assert (member.action, member.note.sentence) == ("moved", "moved here from %(place)s")
    assert (member.note.reference.words, member.note.reference.target) == ("Position A", "left-1")
    [note] = notes(found)
    assert (note.path, note.anchor, note.brief) == (("Position A", "Sources"), "left-1", "1 to B")
    [line] = note.lines
    assert line.name == "Why ‘open’ AI systems are actually closed, and why this matters"
    assert line.sentence == "%(name)s moved to %(place)s"
    assert (line.reference.words, line.reference.target) == ("Position B", "change-1")
    assert found.heading == "One change"


def test_a_backer_that_went_with_other_words_is_shown_as_moved_and_changed():
    def change(page):
        page.carry("A/backers/mark-lemley", "C")
        page.set("C/backers/mark-lemley/note", "In a later lecture.")

    [change] = changes(view("training_copyright", change))

    [member] = change.pieces[0].members
    assert (member.action, member.note.sentence, member.note.reference.words) == (
        "changed",
        "moved here from %(place)s",
        "Position A",
    )
    assert len(member.pieces) == 1


def test_what_went_into_a_new_position_is_shown_there_as_moved():
    def change(page):
        new = page.add_position("A narrower answer", at=1)
        page.carry("A/sources/kadrey-v-meta-2025", new)

    found = view("training_copyright", change)

    added = next(each for each in changes(found) if each.word == "Added")
    members = [member for piece in added.pieces if piece.type == "members" for member in piece.members]
    assert [(m.action, m.note.sentence, m.note.reference.words) for m in members] == [
        ("moved", "moved here from %(place)s", "Position A")
    ]


def test_what_a_removed_position_left_to_another_is_not_struck_through():
    def change(page):
        page.carry("D/backers/some-policymakers", "C")
        page.remove("D")

    found = view("open_weights", change)

    removed = next(each for each in changes(found) if each.word == "Removed")
    members = [member for piece in removed.pieces if piece.type == "members" for member in piece.members]
    [kept] = [member for member in members if member.action != "removed"]
    assert (kept.name.name, kept.action) == ("Some policymakers", "moved")
    assert (kept.note.sentence, kept.note.reference.words) == ("moved to %(place)s", "Position C")
    moved = next(each for each in changes(found) if each.path == ("Position C", "Backers")).pieces[0].members
    assert [(m.action, m.note.reference.words) for m in moved] == [("moved", "Position D")]


def test_a_position_split_off_or_merged_says_from_or_into_which():
    def split(page):
        first, last = page.get("A/argument").split(" A judge has found")
        page.set("A/argument", first)
        page.add_position("Judges have found it fair", at=1, argument=f"A judge has found{last}")

    def merge(page):
        page.set("B/argument", page.get("B/argument") + "\n\n" + page.get("A/argument"))
        page.remove("A")

    assert ("Position B", "Split off from Position A") in paths(view("training_copyright", split))
    assert ("Position A", "Merged into Position A (was B)") in paths(view("training_copyright", merge))


def test_a_stance_that_went_with_its_point_is_noted():
    found = view("training_copyright", lambda page: page.remove("3"))

    assert [path for path, _word in paths(found)] == ["Contested point 3"]
    assert [(note.path[0], note.lines[0].sentence) for note in notes(found)] == [
        (f"Position {each}", "%(name)s removed with its contested point") for each in "ABC"
    ]


def test_the_table_names_what_went_where():
    def change(page):
        much(page)
        page.carry("A/backers/mark-lemley", "C")

    table = view("training_copyright", change).overview

    cells = {row.label: dict(row.cells) for row in table.rows}
    assert [each.brief for each in cells["A"]["Backers"]] == ["1 from B"]
    assert [each.brief for each in cells["B"]["Backers"]] == ["1 to A"]


# -- one edit, told everywhere --


def words(html):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


@pytest.mark.django_db
def test_a_source_added_in_front_is_one_change_everywhere(client):
    made = ControversyFactory(document=newest("training_copyright"))
    editor = PageEditor(made.document)
    editor.cite("A", "a-new-study", at=0)
    document = editor.document()
    revision = made.save(document, summary="A study for A.")
    slug = made.slug

    comparison = one_line(client.get(reverse("compare", args=[slug, 1, 2])).content.decode())
    found = {
        "compare": re.search(r'<p class="summary">(.*?)</p>', comparison)[1],
        "history": client.get(reverse("history", args=[slug]))
        .content.decode()
        .split('<p class="what">')[1]
        .split("</p>")[0],
        "home": client.get(reverse("home"))
        .content.decode()
        .split("data-visit-entries>")[1]
        .split("</li>")[0],
        "changes": client.get(reverse("changes"))
        .content.decode()
        .split('<p class="what">')[1]
        .split("</p>")[0],
        "feed": client.get(reverse("changes_feed")).content.decode().split("<entry>")[1].split("</title>")[0],
        "API": client.get(f"/api/v1/controversies/{slug}/compare/1/2").json()["summary"],
        "mail": say.reason(compare.compare(editor.before, document)),
    }

    assert '<h2 id="changes-head">One change</h2>' in comparison
    assert len(re.findall('<article class="change"', comparison)) == 1
    assert revision.classes == ["source"]
    assert (revision.added, revision.removed) == (len("A new study"), 0)
    for where, text in found.items():
        assert "One source added to A" in words(text), (where, words(text))
        for wrong in (r"argument", r"confidence", r"\b[BC]\b", r"stance"):
            assert not re.search(wrong, words(text)), (where, words(text))
    assert history.head(made.key).number == 2
