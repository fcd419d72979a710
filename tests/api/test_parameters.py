"""What a request can ask for: how each text is read, and that what cannot be is refused."""

import datetime

import pytest

from controversies.api.parameters import (
    BY_SLUG,
    Flag,
    InvalidRequest,
    InvalidValue,
    Key,
    Number,
    Slug,
    Text,
    Time,
    read,
)
from controversies.history.arrivals import CURSOR

LIMIT = Number("n", "", 1, 100, 20)
UTC = datetime.UTC


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        (LIMIT, "1", 1),
        (LIMIT, "100", 100),
        (Slug("s", ""), "open-weights", "open-weights"),
        (Text("q", "", 5), "“é x”", "“é x”"),
        (Flag("f", ""), "true", True),
        (Flag("f", ""), "false", False),
        (Key("k", ""), "4F5A1F3E-7c0b-4d7e-9a51-2f0f5f6a7b8c", "4f5a1f3e-7c0b-4d7e-9a51-2f0f5f6a7b8c"),
        (Time("t", ""), "2026-03-08", datetime.datetime(2026, 3, 8, tzinfo=UTC)),
        (Time("t", ""), "2026-03-08T12:00:00z", datetime.datetime(2026, 3, 8, 12, tzinfo=UTC)),
        (Time("t", ""), "2026-03-08t12:00:00.5-01:30", datetime.datetime(2026, 3, 8, 13, 30, 0, 500000, UTC)),
        (Time("t", ""), "2016-12-31T23:59:60Z", datetime.datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (Time("t", ""), "2026-03-08T12:00:00.1234567891Z", datetime.datetime(2026, 3, 8, 12, 0, 0, 123456, UTC)),
        (Time("t", ""), "0001-01-01T00:00:00+23:59", datetime.datetime(1, 1, 1, tzinfo=UTC)),
        (Time("t", ""), "9999-12-31T23:59:59-23:59", datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_text_that_can_be_is_read(parameter, text, value):
    assert parameter.read(text) == value


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        *((LIMIT, text) for text in ("0", "101", "-1", "+5", " 5", "5 ", "5\n", "05", "1_0", "7.0", "１", "1e1", "")),
        (LIMIT, "9" * 5000),
        *((Slug("s", ""), text) for text in ("A", "a--b", "-a", "a\n", "a/b", "é", "", "a" * 101)),
        *((Text("q", "", 5), text) for text in ("", "123456", "a\nb", "a\0", "\x7f")),
        *((Flag("f", ""), text) for text in ("1", "True", "yes", "")),
        *((Key("k", ""), text) for text in ("4f5a1f3e7c0b4d7e9a512f0f5f6a7b8c", "{x}", "urn:uuid:1", "")),
        *((Time("t", ""), text) for text in ("2026", "2026-02-30", "2026-03-08T12:00", "2026-03-08 12:00:00Z")),
        *((Time("t", ""), text) for text in ("2026-03-08T12:00:00", "2026-03-08T24:00:01Z", "20260308", "now", "")),
        *((Time("t", ""), text) for text in ("2026-03-08T12:00:61Z", "2026-03-08T12:00:00+24:00", "٢٠٢٦-03-08")),
        *((BY_SLUG, text) for text in ("", "A", "a\n")),
    ],
)  # fmt: skip
def test_text_that_cannot_be_is_refused_and_says_what_to_write(parameter, text):
    with pytest.raises(InvalidValue) as found:
        parameter.read(text)

    assert str(found.value).startswith("Use ")


def test_plus_that_became_a_space_is_explained():
    with pytest.raises(InvalidValue, match="%2B"):
        Time("t", "").read("2026-03-08T12:00:00 01:00")


def test_what_is_not_given_has_its_default():
    assert read({}, "", (LIMIT, Flag("f", ""), Slug("s", ""))) == {"n": 20, "f": False, "s": None}


def test_what_was_given_is_said_again_short_and_in_print():
    with pytest.raises(InvalidRequest) as found:
        read({}, "n=" + "%1b" * 500 + "&" + "b" * 500 + "=1", (LIMIT,))

    first, second = found.value.faults
    assert "\x1b" not in first.detail
    assert len(first.detail) < 200
    assert len(second.parameter) == 80


def test_cursor_of_changes_is_a_whole_pattern():
    assert CURSOR == r"^([1-9][0-9]{0,17})-([0-9a-f]{12})$"
