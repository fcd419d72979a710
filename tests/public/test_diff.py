"""The view of a comparison: its table, names of what moved, paragraphs; and one edit as every page tells it."""

import re
from html import unescape

import pytest
from django.urls import reverse

from controversies import history
from controversies.document import compare, say
from controversies.public.diff import NumberedChange, diff_view
from tests.benchmarks.compared.editor import PageEditor
from tests.benchmarks.compared.pages import newest
from tests.factories import ControversyFactory


def view(page, change, **options):
    """The view of an edit of a fixture's newest page."""
    editor = PageEditor(newest(page))
    change(editor)
    return diff_view(compare.compare(editor.before, editor.document()), **options)


def changes(found):
    return [entry for entry in found.entries if isinstance(entry, NumberedChange)]


def paths(found):
    return [(" › ".join(change.path).replace("\xa0", " "), change.word) for change in changes(found)]


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
    assert (together.note, len(together.texts)) == ("One paragraph split into two", 2)


def test_joined_paragraphs_say_so():
    found = view(
        "training_copyright",
        lambda page: page.set("context/text", page.get("context/text").replace("\n\n", " ")),
    )

    [together] = paragraphs(changes(found)[0])
    assert (together.note, len(together.texts)) == ("Two paragraphs joined into one", 1)


def test_a_moved_paragraph_says_so():
    def change(page):
        first, second = page.get("context/text").split("\n\n")
        page.set("context/text", f"{second}\n\n{first}")

    found = view("training_copyright", change)

    assert paths(found) == [("Context", "Paragraphs moved")]
    assert [each.note for each in paragraphs(changes(found)[0]) if each.note] in (
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
    assert (gone.note, gone.reference.words, gone.reference.number, gone.texts) == (
        "A paragraph moved to %s", "Position D › Argument", 2, (),
    )  # fmt: skip
    assert (come.note, come.reference.words, come.reference.number) == ("Moved here from %s", "Context", 1)
    assert {run.op for run in come.runs} == {"kept"}


def test_a_reference_to_what_is_not_shown_has_no_link():
    def change(page):
        page.set("context/text", page.get("context/text").split("\n\n")[0])
        page.set(
            "D/argument",
            page.get("D/argument") + "\n\n" + newest("training_copyright").context.text.split("\n\n")[1],
        )

    part = newest("training_copyright").positions[3].key
    found = view("training_copyright", change, part=part)

    assert (found.changes, found.others) == (1, 1)
    assert [each.reference.number for each in paragraphs(changes(found)[0]) if each.reference] == [0]


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

    comparison = client.get(reverse("compare", args=[slug, 1, 2])).content.decode()
    found = {
        "compare": re.search(r'<p class="summary">(.*?)</p>', comparison)[1],
        "history": client.get(reverse("history", args=[slug]))
        .content.decode()
        .split('<p class="what">')[1]
        .split("</p>")[0],
        "home": client.get(reverse("home"))
        .content.decode()
        .split('<ul class="recent">')[1]
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
        assert "source" in words(text).lower(), where
        for wrong in (r"argument", r"confidence", r"\b[BC]\b", r"stance"):
            assert not re.search(wrong, words(text)), (where, words(text))
    assert history.head(made.key).number == 2
