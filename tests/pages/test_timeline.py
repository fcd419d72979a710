import datetime
from itertools import pairwise

import pytest

from controversies.history import spans
from controversies.history.spans import RevisionMark, Span
from controversies.pages.timeline import kind, tenure, timeline
from tests.factories import ControversyFactory

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def marks(*days, classes=("substantive",)):
    return [
        RevisionMark(i, START + datetime.timedelta(days=day), classes, i == 1)
        for i, day in enumerate(days, 1)
    ]


def span(first, day, status, end=None, until=None, publication="published"):
    return Span(
        first,
        START + datetime.timedelta(days=day),
        status,
        publication,
        end,
        None if until is None else START + datetime.timedelta(days=until),
    )


def at(text):
    return float(text.rstrip("%"))


@pytest.mark.parametrize(
    ("classes", "opens", "shape"),
    [
        (["substantive", "source"], False, "tall"),
        (["status"], False, "tall"),
        (["confidence"], False, "tall"),
        (["source"], False, "middle"),
        (["attribution", "wording"], False, "middle"),
        (["wording"], False, "short"),
        (["typo"], False, "short"),
        (["restore", "wording"], False, "short"),
        ([], False, "short"),
        ([], True, "tall"),
        (["import"], True, "imported"),
        (["something new"], False, "short"),
    ],
)
def test_kind_of_mark_follows_the_classes(classes, opens, shape):
    assert kind(classes, opens=opens) == shape


def test_timeline_places_marks_by_time_and_joins_the_band_to_them():
    drawn = timeline(marks(0, 50, 100), [span(1, 0, "emerging", 2, 50), span(2, 50, "active")], count=3)

    assert [stem.x for stem in drawn.stems] == ["2.00%", "50.00%", "98.00%"]
    assert [(band.status, band.x, band.end, band.last) for band in drawn.bands] == [
        ("emerging", "2.00%", "50.00%", False),
        ("active", "50.00%", "100.00%", True),
    ]
    assert drawn.bands[1].words == "Active since 20 Feb 2026"
    assert drawn.title == (
        "Three revisions, 1 January 2026 to 11 April 2026."
        " The dispute was emerging from 1 January 2026, active since 20 February 2026."
    )
    assert drawn.heading == "Three revisions, January 2026 to April 2026"
    assert len(drawn.ticks) == 3  # the beginnings of February, March and April


def test_timeline_pushes_crowded_marks_apart_within_its_width():
    drawn = timeline(marks(*range(0, 39), 2000), [span(1, 0, "active")], count=40)
    places = [at(stem.x) for stem in drawn.stems]

    assert min(b - a for a, b in pairwise(places)) >= 1.29
    assert places[0] == 2
    assert places[-1] == 98


def test_timeline_of_many_revisions_breaks_its_axis():
    days = marks(*range(41))
    shown = [days[0], *(RevisionMark(m.number + 9000, m.time, m.classes, False) for m in days[1:])]

    drawn = timeline(shown, [span(1, 0, "active")], count=9041)

    assert drawn.gap == "6.00%"
    assert at(drawn.stems[1].x) - at(drawn.stems[0].x) >= 8
    assert "The first and the latest 40 are shown." in drawn.title
    assert [stem.number for stem in drawn.stems if stem.last] == [9041]


def test_timeline_stands_times_that_go_back_or_are_equal():
    drawn = timeline(marks(5, 5, 0, 5), [span(1, 5, "active")], count=4)
    places = [at(stem.x) for stem in drawn.stems]

    assert places == sorted(places)
    assert all(0 <= place <= 100 for place in places)


def test_timeline_of_one_revision_is_drawn():
    drawn = timeline(marks(0), [span(1, 0, "resolved")], count=1)

    assert [stem.x for stem in drawn.stems] == ["2.00%"]
    assert drawn.title == "One revision, 1 January 2026. The dispute was resolved since 1 January 2026."


def test_timeline_of_nothing_is_nothing():
    assert timeline([], [], count=0) is None


def test_timeline_leaves_a_gap_in_the_band_while_the_page_was_not_public():
    page_spans = [
        span(1, 0, "active", 2, 10),
        span(2, 10, "active", 3, 20, publication="withdrawn"),
        span(3, 20, "active"),
    ]

    drawn = timeline([marks(0, 10, 20)[0], marks(0, 10, 20)[2]], page_spans, count=3)

    assert [(band.x, band.end) for band in drawn.bands] == [("2.00%", "50.00%"), ("98.00%", "100.00%")]


@pytest.mark.parametrize("revisions", [2, 60])
def test_timeline_of_a_record_asks_two_queries_and_draws_a_bounded_number_of_marks(
    db, django_assert_num_queries, revisions
):
    made = ControversyFactory(positions=1, points=1, revisions=revisions)

    with django_assert_num_queries(2):
        page_spans = spans.read_spans(made.key)
        found = spans.read_marks(made.key, page_spans)
    drawn = timeline(found, page_spans, count=revisions)

    assert len(drawn.stems) == min(revisions, 41)
    assert drawn.stems[0].number == 1
    assert drawn.stems[-1].number == revisions


# -- tenure of a position --

TODAY = datetime.date(2026, 6, 30)


def test_tenure_since_a_day_begins_there_and_lasts():
    bar = tenure("2024-07-23", "", today=TODAY)

    assert bar.words == "Held since 23 July 2024"
    assert 40 < at(bar.x) < 50  # axis from January 2023 to June 2026
    assert bar.end == ""
    assert [year for _x, year, _anchor in bar.ticks] == ["2023", "2024", "2025", "2026"]


@pytest.mark.parametrize(
    ("since", "until", "words", "drawn"),
    [
        ("2022", "2025-03", "Held from 2022 to March 2025", True),
        ("", "2025", "Held until 2025; start date not recorded", True),
        ("", "", "Start date not recorded", False),
        ("0001", "", "Held since 0001", True),
        ("2999-12-31", "", "Held since 31 December 2999", True),
        ("9999", "9999-12", "Held from 9999 to December 9999", True),
    ],
)
def test_tenure_says_what_is_known(since, until, words, drawn):
    bar = tenure(since, until, today=TODAY)

    assert bar.words == words
    assert bar.is_drawn is drawn
    assert len(bar.ticks) <= 6
    assert all(0 <= at(x) <= 100 for x, _year, _anchor in bar.ticks)


def test_tenure_ends_with_the_last_day_of_what_is_known():
    january = tenure("2025", "2026-01-31", today=TODAY)
    month = tenure("2025", "2026-01", today=TODAY)

    assert january.end == month.end


def test_tenure_bars_of_one_page_share_their_axis():
    early, late = (
        tenure("2020", "", earliest="2020", today=TODAY),
        tenure("2025", "", earliest="2020", today=TODAY),
    )

    assert early.ticks == late.ticks
