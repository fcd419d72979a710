"""The calendar of reviews: RFC 5545 to the letter, what it has and what not, and that it stays small."""

import datetime
import re
import uuid

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from controversies.following import calendar
from controversies.following.calendar import Review
from controversies.models import Topic
from tests.factories import ControversyFactory, Recorded, TopicFactory

KEY = uuid.UUID("3f0e0f0c-6a4d-4d2e-9a53-3c1de5dcfa10")
DAY = datetime.date(2026, 3, 4)
CHANGED = datetime.datetime(2026, 3, 4, 9, 30, 0, 123456, tzinfo=datetime.UTC)


def unfolded(text: str) -> list[tuple[str, str]]:
    """The content lines of a calendar, as (name with parameters, value); every rule of lines is checked."""
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    for line in text.encode().split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no character is cut
    lines = text.replace("\r\n ", "").split("\r\n")[:-1]
    pairs = [line.partition(":")[::2] for line in lines]
    for name, _value in pairs:
        assert re.fullmatch(r"[A-Z-]+(;[A-Z-]+=[A-Z-]+)*", name), name
    return pairs


def unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], value)


def drawn(*reviews: Review, name: str = "Crux: reviews") -> list[tuple[str, str]]:
    return unfolded(calendar.draw(name, reviews, "https://crux.example"))


def review(title: str = "Open weights") -> Review:
    return Review(KEY, "open-weights", title, DAY, CHANGED)


def test_event_is_whole() -> None:
    lines = dict(drawn(review("Open, or closed; weights\\?")))

    assert lines["VERSION"] == "2.0"
    assert lines["PRODID"]
    assert lines["UID"] == str(uuid.uuid5(KEY, "review"))
    assert lines["DTSTAMP"] == "20260304T093000Z"
    assert lines["DTSTART;VALUE=DATE"] == "20270304"
    assert lines["DTEND;VALUE=DATE"] == "20270305"
    assert lines["SUMMARY"] == r"Review due: Open\, or closed\; weights\\?"
    assert lines["URL"] == "https://crux.example/controversies/open-weights/"
    assert unescaped(lines["DESCRIPTION"]).splitlines()[-1] == lines["URL"]


def test_components_are_nested() -> None:
    names = [f"{name} {value}" for name, value in drawn(review(), review()) if name in ("BEGIN", "END")]

    event = ["BEGIN VEVENT", "END VEVENT"]
    assert names == ["BEGIN VCALENDAR", *event, *event, "END VCALENDAR"]


def test_calendar_without_events_has_a_component_all_the_same() -> None:
    names = [value for name, value in drawn() if name == "BEGIN"]

    assert names == ["VCALENDAR", "VTIMEZONE", "STANDARD"]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_title_comes_out_as_it_went_in_on_short_lines(title: str) -> None:
    [summary] = [value for name, value in drawn(review(title), name=title) if name == "SUMMARY"]

    kept = "".join(
        each for each in title.replace("\r", "") if each == "\n" or (each >= " " and each != "\x7f")
    )
    assert unescaped(summary) == f"Review due: {kept}"


@pytest.mark.parametrize(
    "title", ["\r\nBEGIN:VALARM", "x\nATTACH:https://evil.example", "a" * 500, "😀" * 100]
)
def test_titles_begin_no_line_of_their_own(title: str) -> None:
    names = [name for name, _value in drawn(review(title))]

    assert "ATTACH" not in names
    assert names.count("BEGIN") == 2


def get(client: Client, path: str) -> list[tuple[str, str]]:
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    return unfolded(response.content.decode())


def titles(lines: list[tuple[str, str]]) -> list[str]:
    return [value.removeprefix("Review due: ") for name, value in lines if name == "SUMMARY"]


def reviewed(title: str, days_ago: int, topic: Topic | None = None, **options: object) -> Recorded:
    """A page that was reviewed so many days ago."""
    page = ControversyFactory(title=title, positions=1, topic=topic or TopicFactory(), **options)
    day = datetime.datetime.now(tz=datetime.UTC).date() - datetime.timedelta(days=days_ago)
    page.edit(reviewed_on=day.isoformat(), reviewed_by="Edith Editor")
    return page


@pytest.mark.django_db
def test_site_has_what_is_due_within_a_year_and_was_lately(client: Client) -> None:
    topic = TopicFactory()
    reviewed("Soon", 300, topic)
    reviewed("Today", 0)
    reviewed("Overdue", 400)
    reviewed("Long overdue", 800)
    ControversyFactory(title="Never reviewed")
    reviewed("Withdrawn", 300).edit(publication="withdrawn")
    reviewed("A draft", 300, publication="draft")

    assert titles(get(client, "/reviews.ics")) == ["Overdue", "Soon", "Today"]
    assert titles(get(client, f"/topics/{topic.slug}.ics")) == ["Soon"]


@pytest.mark.django_db
def test_page_has_its_own_review_whenever_that_is(client: Client) -> None:
    old, never = reviewed("Long overdue", 800), ControversyFactory()

    assert titles(get(client, f"/controversies/{old.slug}.ics")) == ["Long overdue"]
    assert titles(get(client, f"/controversies/{never.slug}.ics")) == []
    old.edit(publication="withdrawn")
    assert client.get(f"/controversies/{old.slug}.ics").status_code == 410
    assert client.get("/controversies/nowhere.ics").status_code == 404
    assert client.get("/topics/nowhere.ics").status_code == 404


@pytest.mark.django_db
def test_event_keeps_its_id_and_moves_with_the_next_review(client: Client) -> None:
    page = reviewed("Open weights", 300)
    before = dict(get(client, "/reviews.ics"))
    page.edit(title="Weights", reviewed_on="2026-03-04", reviewed_by="Edith Editor")
    after = dict(get(client, f"/controversies/{page.slug}.ics"))

    assert before["UID"] == after["UID"]
    assert after["DTSTART;VALUE=DATE"] == "20270304"
    assert after["DTSTAMP"] >= before["DTSTAMP"]


@pytest.mark.django_db
def test_calendar_asks_a_constant_number_of_queries_and_is_cut(
    client: Client, django_assert_max_num_queries: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = TopicFactory()
    for number in range(4):
        reviewed(f"Page {number}", 300 + number, topic)
    monkeypatch.setattr(calendar, "MOST", 3)

    with django_assert_max_num_queries(3):  # type: ignore[operator]
        assert titles(get(client, "/reviews.ics")) == ["Page 3", "Page 2", "Page 1"]
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        assert len(titles(get(client, f"/topics/{topic.slug}.ics"))) == 3
