"""YAML that holds more, or less, than its reader sees is refused with its place."""

import datetime
import io

import pytest

from controversies.interchange import strict_yaml
from controversies.interchange.strict_yaml import InvalidYaml, load

BILLION_LAUGHS = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGED_LAUGHS = "a: &a {k: lol}\n" + "".join(
    f"{name}: &{name} {{<<: [{', '.join([f'*{before}'] * 9)}]}}\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize("kind", [str, str.encode, io.StringIO, lambda text: io.BytesIO(text.encode())])
def test_load_takes_text_and_bytes_and_streams(kind):
    assert load(kind("a: [1, naïve, 2025-01-02]")) == {"a": [1, "naïve", datetime.date(2025, 1, 2)]}


def test_load_takes_a_file_with_a_byte_order_mark():
    assert load("a: b".encode("utf-8-sig")) == {"a": "b"}


def test_load_writes_out_aliases_and_merge_keys_which_may_be_overridden():
    assert load("one: &one {a: 1, b: 2}\ntwo:\n  <<: *one\n  b: 3\nthree: [*one]\n") == {
        "one": {"a": 1, "b": 2},
        "two": {"a": 1, "b": 3},
        "three": [{"a": 1, "b": 2}],
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The file is empty."),
        ("# nothing but a remark\n", "The file is empty."),
        ("a: 1\nb: 2\na: 3\n", "line 3: “a” is given twice."),
        ('a: 1\n"a": 3\n', "line 2: “a” is given twice."),
        ("- x: {y: 1, y: 2}\n", "line 1: “y” is given twice."),
        ('a:\n  - "b\\0c"\n', "line 2: There is a control character (U+0000) in this text."),
        ('"a\\x1bb": 1\n', "line 1: There is a control character (U+001B) in this text."),
        ("&a [*a]", "line 1: This value contains itself."),
        ("x: &a {y: *a}", "line 1: This value contains itself."),
        ("[" * 60 + "]" * 60, "line 1: This is nested more than 50 levels deep."),
        ("a: 1\nb: *nowhere\n", "line 2: found undefined alias"),
        ("a: 1\nb: [1, 2\n", "line 3: did not find expected ',' or ']'"),
        ("--- 1\n--- 2\n", "line 2: expected a single document in the stream: but found another document"),
        ("a: &x 1\nb: &x 2\n", "line 2: found duplicate anchor: second occurrence"),
        ("a: 2024-13-45\n", "line 1: month must be in 1..12"),
        ("? [a, b]\n: c\n", "line 1: found unhashable key"),
        ("a: 1\n<<: 5\n", "line 2: expected a mapping or list of mappings for merging, but found scalar"),
    ],
)
def test_load_refuses_in_one_line_with_the_place(text, message):
    with pytest.raises(InvalidYaml) as caught:
        load(text)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object:os.system",
        "!!python/object/apply:os.system [echo]",
        "!!python/name:os.system",
        "!own",
    ],
)
def test_load_makes_no_objects_of_tags(tag):
    with pytest.raises(InvalidYaml, match=r"^line 1: could not determine a constructor for the tag '.*'$"):
        load(f"a: {tag}")


@pytest.mark.parametrize("text", [BILLION_LAUGHS, MERGED_LAUGHS])
def test_load_refuses_an_explosion_of_aliases(text, monkeypatch):
    monkeypatch.setattr(strict_yaml, "MAX_EXPANDED", 100_000)

    with pytest.raises(
        InvalidYaml, match=r"^line \d+: Aliases \(\*name\) make this far larger than it looks\. Write "
    ):
        load(text)


def test_load_refuses_the_usual_explosion_at_its_own_limit():
    nine = (
        BILLION_LAUGHS + f"j: [{', '.join(['*i'] * 9)}]\n"
    )  # 9^9 texts: gigabytes, if they were written out

    with pytest.raises(InvalidYaml, match="far larger than it looks"):
        load(nine)


@pytest.mark.parametrize("make", [lambda text: text, str.encode, lambda text: io.BytesIO(text.encode())])
def test_load_refuses_a_huge_file_unread(make):
    huge = "- " + "x" * strict_yaml.MAX_BYTES

    with pytest.raises(InvalidYaml, match=r"^The file is larger than 10 MB\.$"):
        load(make(huge))


@pytest.mark.parametrize("depth", [1_000, 200_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("- ", ""), ("{a: ", "}")])
def test_load_refuses_deep_nesting(depth, opening, closing):
    with pytest.raises(InvalidYaml, match=r"line 1: .*nest"):
        load(opening * depth + "x" + closing * depth)


def test_load_refuses_a_number_of_thousands_of_digits():
    with pytest.raises(InvalidYaml, match=r"^line 2: Exceeds the limit"):
        load("a: 1\nb: " + "9" * 5_000)


def test_load_refuses_what_is_not_utf_8():
    with pytest.raises(InvalidYaml, match=r"^Byte 4: the file is not in UTF-8\.$"):
        load(b"a: \xff\xfe")


def test_load_refuses_a_raw_control_character():
    with pytest.raises(InvalidYaml, match="control characters are not allowed"):
        load("a: b\x00c")


def test_load_refuses_half_a_character():
    with pytest.raises(InvalidYaml, match="a lone surrogate"):
        load("a: \ud800")


def test_load_refuses_half_a_character_that_is_written_as_an_escape():
    with pytest.raises(InvalidYaml, match=r"^line 1: found invalid Unicode character escape code"):
        load(r'a: "\ud800"')
