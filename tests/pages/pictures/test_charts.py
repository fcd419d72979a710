"""Charts are pure functions: drawings of any document are well-formed, bounded and escaped, its CSV files whole."""

import csv
import datetime
import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from controversies.document.types import Document
from controversies.history.confidence import ConfidenceChange, ConfidenceRecord
from controversies.models import Confidence, Relation
from controversies.pages.holdings import HeldPosition
from controversies.pages.pictures import of_lists, of_page
from controversies.pages.pictures.canvas import FULL, NARROW, SMALL, WIDE, Canvas, fit, text_width
from controversies.pages.pictures.charts import FORMS, Chart, ChartCredit
from controversies.pages.pictures.matrix import MOST_COLUMNS, MOST_ROWS, Mark
from controversies.pages.pictures.steps import MOST_POSITIONS
from tests import strategies
from tests.factories import START, document_factory, new_key

CREDIT = ChartCredit(
    "Crux", "A subject", "Revision 7, 8 March 2026", "https://crux.example/controversies/a/revisions/7/"
)
HOSTILE = "<script>alert(1)</script>\"'&]]>\x0b\x00"
SVG = "{http://www.w3.org/2000/svg}"


def address(name: str, key: str) -> str:
    return f"/{name}/{key}"


def record_of(document: Document, *values: str) -> ConfidenceRecord:
    """Each position with these confidences, a day apart, from the first revision on."""
    changes = tuple(
        ConfidenceChange(number, START + datetime.timedelta(days=number), value)
        for number, value in enumerate(values, 1)
    )
    return ConfidenceRecord(
        {position.key: changes for position in document.positions},
        START + datetime.timedelta(days=len(values) + 1),
    )


def charts(document: Document, *values: str) -> dict[str, Chart]:
    return dict(of_page.page_charts(document, record_of(document, *(values or ("low",))), CREDIT, address))


def held(*rows: str) -> list[HeldPosition]:
    """Positions held, each as "backer page letter"."""
    return [
        HeldPosition(
            backer,
            f"Backer {backer}",
            f"b-{backer}",
            page,
            f"Page {page}",
            f"p-{page}",
            f"{page}{letter}",
            letter,
            "A claim",
        )
        for backer, page, letter in (row.split() for row in rows)
    ]


def parsed(svg: bytes | str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own


def texts(chart: Chart) -> list[str]:
    return ["".join(each.itertext()) for each in parsed(chart.svg_file()).iter(f"{SVG}text")]


def csv_rows(chart: Chart) -> list[list[str]]:
    return list(csv.reader(io.StringIO(chart.csv_file().decode("utf-8-sig"))))


def cells(chart: Chart) -> list[list[str]]:
    return [[" ".join(link.words for link in cell) for cell in row] for row in chart.table.rows]


# -- of any document --


@given(
    document=strategies.documents(), values=st.lists(st.sampled_from(["", *Confidence.values]), max_size=6)
)
def test_every_document_has_charts_in_every_form(document, values):
    record = record_of(document, *values)

    for chart in of_page.page_charts(document, record, CREDIT, address).values():
        root = parsed(chart.svg_file())
        parsed(chart.inline_svg)  # well-formed, whatever the record says
        assert [each.tag for each in root][:2] == [f"{SVG}title", f"{SVG}desc"]
        assert chart.alternative == chart.alternative.strip()
        assert all(len(row) == len(csv_rows(chart)[0]) for row in csv_rows(chart))
        assert all(len(row) == len(chart.table.headings) for row in chart.table.rows)


@given(document=strategies.documents())
def test_evidence_chart_has_every_citation_for_a_position_and_no_other(document):
    chart = of_page.evidence_chart(document, CREDIT, address)
    titles = {source.key: source.title for source in document.sources}
    cited = {
        (titles[citation.source], position.claim, citation.relation)
        for position in document.positions
        for part in (position, *position.stances)
        for citation in part.citations
    }

    assert {(row.name, column.name, mark.mark.value) for row, column, mark in meetings(chart)} == cited


def meetings(chart):
    for (row, column), marks in chart.marks.items():
        for mark in marks:
            yield chart.rows[row], chart.columns[column], mark


@given(text=st.text(), room=st.floats(0, 2000), bold=st.booleans())
def test_text_is_cut_to_its_room(text, room, bold):
    cut = fit(text, room, 12, bold=bold)

    assert text_width(cut, 12, bold=bold) <= room or cut == ""
    assert cut == text or text.startswith(cut.removesuffix("…"))


@given(
    rows=st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvw"), st.sampled_from("ABC")), unique=True
    )
)
def test_two_backers_stand_together_by_the_positions_that_both_hold(rows):
    ones = held(*(" ".join(row) for row in rows))
    chart = of_lists.together_chart(ones, CREDIT)
    holds: dict[str, set[str]] = {}
    pages: dict[str, set[str]] = {}
    for each in ones:
        holds.setdefault(each.backer_name, set()).add(each.position)
        pages.setdefault(each.backer_name, set()).add(each.page)

    marks = {(row.name, column.name): mark for row, column, mark in meetings(chart)}
    assert marks.keys() == {
        (one, other) for one in pages for other in pages if one != other and pages[one] & pages[other]
    }
    for (one, other), mark in marks.items():
        same = len(holds[one] & holds[other])
        assert (mark.mark, mark.text) == ((Mark.TILE, str(same)) if same else (Mark.HOLLOW, ""))


# -- what they say --


def test_confidence_chart_tells_each_change_with_its_day_and_revision():
    document = document_factory(positions=1)
    chart = charts(document, "low", "high")[of_page.CONFIDENCE]
    claim = document.positions[0].claim

    assert (
        chart.alternative
        == "Position A: Low since 6 January 2026 (revision 1), High since 7 January 2026 (revision 2)."
    )
    assert cells(chart) == [
        [claim, "High since 7 January 2026 (revision 2) Low since 6 January 2026 (revision 1)"]
    ]
    assert csv_rows(chart)[1:] == [
        ["A", claim, "low", "1", "2026-01-06T09:00:00+00:00", "2026-01-07T09:00:00+00:00"],
        ["A", claim, "high", "2", "2026-01-07T09:00:00+00:00", ""],
    ]
    assert {"Low", "High", "6 January 2026", "8 January 2026"} <= set(texts(chart))


def test_line_is_broken_while_readers_did_not_see_the_position():
    chart = charts(document_factory(positions=1), "low", "", "low")[of_page.CONFIDENCE]

    assert chart.svg_file().decode().count("M0 72H") == 2  # the guide, and the line until the break
    assert [row[2:4] for row in csv_rows(chart)[1:]] == [["low", "1"], ["low", "3"]]


def test_one_revision_is_a_level_line_with_its_word():
    document = document_factory(positions=2)
    record = ConfidenceRecord(
        {position.key: (ConfidenceChange(1, START, "disputed"),) for position in document.positions}, START
    )
    chart = of_page.confidence_chart(document, record, CREDIT, address)

    assert texts(chart).count("Disputed") == 3  # of each line, and in the key
    assert "5 January 2026" in texts(chart)


def test_values_of_one_confidence_look_the_same_for_every_position():
    document = document_factory(positions=3)
    drawn = charts(document, "low", "high")[of_page.CONFIDENCE].svg_file().decode()

    [lines] = {tuple(re.findall(r'd="(M0 72H[^"]*)"', part)) for part in drawn.split("<svg y=")[1:4]}
    assert len(lines) == 1


def test_evidence_is_grouped_by_the_positions_that_it_is_cited_for():
    document = document_factory(positions=2, sources=2)
    one, other = document.positions
    shared, own = document.sources
    document = document.with_blocks(
        positions=(
            replace(one, citations=(cited(shared, "supports"), cited(own, "context"))),
            replace(other, citations=(cited(shared, "contradicts"),)),
        )
    )
    chart = of_page.evidence_chart(document, CREDIT, address)

    assert [(row.name, row.group) for row in chart.rows] == [
        (shared.title, "Cited for several positions (1)"),
        (own.title, "Cited for position A alone (1)"),
    ]
    assert chart.table.headings == ("Source", "Supports", "Contradicts", "Gives context")
    assert cells(chart) == [[shared.title, one.claim, other.claim, ""], [own.title, "", "", one.claim]]
    assert chart.alternative.startswith("1 of 2 sources are cited for more than one position. [1]")


def cited(source, relation):
    document = document_factory(positions=1, citations=1)
    citation = next(document.citations())
    return replace(citation, key=new_key(), source=source.key, relation=relation)


def test_evidence_that_somebody_holds_a_position_is_not_evidence_for_it():
    document = document_factory(positions=1, backings=1, sources=1)
    position = document.positions[0]
    backing = replace(position.backings[0], citations=(cited(document.sources[0], "supports"),))
    document = document.with_blocks(positions=(replace(position, backings=(backing,), citations=()),))
    chart = of_page.evidence_chart(document, CREDIT, address)

    assert chart.is_empty
    assert chart.notes == ("1 source is cited only for the context, for points or for who holds a position.",)


def test_stances_are_tiles_and_silence_is_a_dashed_line():
    document = document_factory(positions=2, points=2)
    one, other = document.positions
    document = replace(document, positions=(one, replace(other, stances=())))
    chart = of_page.stances_chart(document, CREDIT, address)

    assert chart.alternative.startswith(f"{len(one.stances)} of 4 possible stances are recorded.")
    drawn = chart.svg_file().decode()
    assert drawn.count("h12") == 4 - len(one.stances) + 1  # and in the key


def test_backers_by_page_with_the_letters_of_their_positions():
    chart = of_lists.holdings_chart(held("x p A", "x p B", "y q C", "z q C"), CREDIT)

    assert [column.name for column in chart.columns] == ["Page q", "Page p"]  # of several backers first
    assert cells(chart) == [
        ["Backer x", "Page p (AB)"],
        ["Backer y", "Page q (C)"],
        ["Backer z", "Page q (C)"],
    ]
    assert csv_rows(chart)[1:][0] == ["", "Backer x", "2", "Page p", "tile", "A B"]


def test_allies_of_a_backer_come_before_those_who_hold_another_position():
    chart = of_lists.allies_chart(
        "x", "Backer x", held("x p A", "a p B", "b p A", "c q A", "d p A", "d p B"), CREDIT
    )

    assert [row.name for row in chart.rows] == ["Backer b", "Backer d", "Backer a"]
    assert [(row.name, mark.mark.value, mark.text) for row, _column, mark in meetings(chart)] == [
        *(
            ("Backer a", "hollow", "B"),
            ("Backer b", "tile", "A"),
            ("Backer d", "tile", "A"),
            ("Backer d", "hollow", "B"),
        ),
    ]


# -- big, empty and hostile ones --


@pytest.mark.parametrize("name", of_page.NAMES)
def test_drawing_of_a_huge_page_is_bounded_and_says_what_it_leaves_out(name):
    document = document_factory(positions=100, points=100, citations=1000, sources=300)
    chart = charts(document, *("low", "high") * 30)[name]
    root = parsed(chart.svg_file())

    assert len(list(root.iter())) < 1_500
    assert int(root.get("height", "")) < 4_000
    assert any("in the CSV file" in text for text in texts(chart))
    assert len(chart.table.rows) <= max(MOST_ROWS, MOST_POSITIONS)
    positions = {row[2 if name == of_page.EVIDENCE else 0] for row in csv_rows(chart)[1:]}
    assert len(positions) == 100 or name == of_page.STANCES


def test_no_more_columns_are_drawn_than_can_be_told_apart():
    chart = of_page.stances_chart(document_factory(positions=3, points=100), CREDIT, address)
    numbers = [text for text in texts(chart) if text.isdigit()]

    assert max(map(int, numbers)) == MOST_COLUMNS
    assert f"{100 - MOST_COLUMNS} further columns are in the CSV file." in texts(chart)


@pytest.mark.parametrize("name", of_page.NAMES)
def test_empty_page_says_that_there_is_nothing_to_draw(name):
    chart = charts(document_factory(positions=0, points=0, citations=0))[name]

    assert chart.is_empty
    assert "Nothing to draw yet." in texts(chart)
    assert len(csv_rows(chart)) == 1
    assert chart.png_file().startswith(b"\x89PNG")


def test_text_of_the_record_is_escaped_and_without_control_characters():
    document = document_factory(positions=2, points=1, citations=4)
    positions = tuple(replace(each, claim=HOSTILE) for each in document.positions)
    sources = tuple(replace(each, title=HOSTILE) for each in document.sources)
    document = replace(document, positions=positions, sources=sources)

    for chart in charts(document).values():
        for svg in (chart.svg_file().decode(), chart.inline_svg):
            assert "<script" not in svg
            assert "\x00" not in svg
            parsed(svg)


def test_a_spreadsheet_takes_no_text_for_a_formula():
    document = document_factory(positions=1)
    document = replace(document, positions=(replace(document.positions[0], claim='=HYPERLINK("x")'),))

    assert csv_rows(charts(document)[of_page.CONFIDENCE])[1][1] == '\'=HYPERLINK("x")'


def test_name_from_right_to_left_stands_to_the_right_of_its_place():
    canvas = Canvas((WIDE,))
    canvas.write("مرحبا بالعالم", y=20, x=40)
    canvas.write("Hello", y=40, x=40)

    arabic, english = re.findall(r"<text[^>]*>", canvas.inline("x"))
    assert 'text-anchor="end"' in arabic
    assert 'direction="rtl"' in arabic
    assert "direction" not in english


def test_long_name_is_cut_for_each_width():
    canvas = Canvas((NARROW, WIDE, FULL))
    canvas.write("A name of several words " * 6, y=20)
    canvas.write("Short", y=40)
    drawn = re.findall(r'<text(?: class="([^"]*)")?[^>]*>([^<]*)', canvas.inline("x"))

    assert [classes for classes, _text in drawn] == ["sized narrow", "sized wide", "sized full", ""]
    lengths = [len(text) for _classes, text in drawn]
    assert lengths[0] < lengths[1] < lengths[2]


@pytest.mark.parametrize("form", FORMS)
def test_same_record_makes_the_same_file(form):
    document = document_factory(positions=3, points=2, citations=9)

    for name in of_page.NAMES:
        assert charts(document)[name].file(form) == charts(document)[name].file(form)


def test_png_has_twice_the_size_and_the_letters_of_every_script():
    plain = document_factory(positions=1)
    arabic = replace(plain, positions=(replace(plain.positions[0], claim="مرحبا 世界 Привет"),))
    pictures = [
        Image.open(io.BytesIO(charts(each)[of_page.CONFIDENCE].png_file())) for each in (plain, arabic)
    ]
    root = parsed(charts(plain)[of_page.CONFIDENCE].svg_file())

    assert pictures[0].size == (2 * int(root.get("width", "")), 2 * int(root.get("height", "")))
    assert pictures[0].tobytes() != pictures[1].tobytes()


def test_every_relation_has_a_mark_of_its_own():
    assert len({of_page._MARKS[relation] for relation in Relation}) == len(Relation)


def test_source_and_date_of_the_record_are_in_every_drawing():
    for chart in charts(document_factory(positions=2, points=2, citations=4)).values():
        assert {"Crux · Revision 7, 8 March 2026", CREDIT.address, CREDIT.subject, chart.title} <= set(
            texts(chart)
        )
        assert "Crux · Revision 7, 8 March 2026" in chart.inline_svg
        assert f'aria-label="{chart.title}' in chart.inline_svg


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_the_words_of_marks_fit_a_phone_in_each_language(language):
    with override(language):
        drawn = [
            of_lists.holdings_chart([], CREDIT),
            of_lists.together_chart([], CREDIT),
            of_lists.allies_chart("a", "A", [], CREDIT),
            of_lists.topic_chart([], [], CREDIT),
            *charts(document_factory(positions=2, citations=2)).values(),
        ]
        legends = [str(words) for chart in drawn for words in getattr(chart, "legend", {}).values()]

    assert len(legends) > 8
    assert [words for words in legends if text_width(words, SMALL) > NARROW - 32] == []


def test_a_note_is_whole_on_as_many_lines_as_it_needs():
    canvas = Canvas((NARROW, WIDE))
    note = " ".join(["a sentence on what a drawing leaves out"] * 4) + "."

    canvas.write_note(note)

    assert " ".join(words.text for words in canvas.words) == note
    assert len({words.y for words in canvas.words}) == len(canvas.words) > 2
    assert all(text_width(words.text, SMALL) <= NARROW for words in canvas.words)
    assert canvas.y == max(words.y for words in canvas.words)
