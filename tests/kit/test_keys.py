import pytest

from controversies.kit.keys import MAX_NUMBER, is_key, revision_number

KEY = "6f8f57e0-6b0c-4e5e-8e55-3c4a1f0f7f0e"


def test_key_in_lower_case_is_one():
    assert is_key(KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        KEY.upper(),
        KEY.replace("-", ""),
        f"{{{KEY}}}",
        f"urn:uuid:{KEY}",
        f" {KEY}",
        f"{KEY}\n",
        KEY.replace("6", "６"),  # another script's digit
        KEY[:-1] + "_",
        "00000000-0000-0000-0000-000000000000",  # of the outline of a page
        "nonsense",
        "a\x00b",
    ],
)
def test_other_text_is_no_key(text):
    assert not is_key(text)


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("007", 7), ("999999999", 999_999_999)])
def test_revision_number_is_read_from_digits(text, number):
    assert revision_number(text) == number
    assert number <= MAX_NUMBER


@pytest.mark.parametrize(
    "text", [None, "", "-1", "+1", " 1", "1\n", "1_0", "1.0", "１", "²", "1000000000", "x"]
)
def test_other_text_is_no_revision_number(text):
    assert revision_number(text) is None
