"""Faults of documents: each named by its path; nothing but InvalidDocument, whatever comes."""

import copy
import datetime
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from controversies import models as m
from controversies.document import canonical, parse, types
from controversies.document.parse import InvalidDocument
from controversies.document.types import Kind
from tests import strategies
from tests.factories import document_factory, new_key

MISSING = object()


def data(**options: Any) -> dict[str, Any]:
    """The JSON twin of a document with a bit of everything."""
    return canonical.document_json(
        document_factory(**{"positions": 2, "points": 2, "citations": 9, **options})
    )


def put(values: dict[str, Any], path: str, value: Any) -> None:
    """Set, or remove, what is at a path like `positions[1].confidence`."""
    *steps, last = path.replace("[", ".").replace("]", "").split(".")
    found: Any = values
    for step in steps:
        found = found[int(step)] if step.isdigit() else found[step]
    if value is MISSING:
        del found[last]
    else:
        found[int(last) if last.isdigit() else last] = value


def faults(values: object) -> list[str]:
    try:
        parse.document(values)
    except InvalidDocument as error:
        return [str(fault) for fault in error.faults]
    return []


EMPTY = "This cannot be left empty."
REQUIRED = "This is required."
TEXT = "This must be text."
NOTHING = "There is nothing to see in this text."
KEY = "A key is a UUID, as in 6f8f57e0-6b0c-4e5e-8e55-3c4a1f0f7f0e."
SLUG = "Use small letters, digits and single hyphens only, as in “open-weights”."
URL = "Give a web address that starts with http:// or https://."
DATE = "Write the date as 2024, 2024-07 or 2024-07-23, as far as it is known."
DAY = "Write the day as 2024-07-23."
DOI = "A DOI begins with 10. and a number, as in 10.1126/science.adp1848."
HALF = "This holds half a character (a lone surrogate), which cannot be stored."
FIXED = "6f8f57e0-6b0c-4e5e-8e55-3c4a1f0f7f0e"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("key", MISSING, REQUIRED),
        ("key", None, REQUIRED),
        ("key", "", EMPTY),
        ("key", "7", KEY),
        ("key", "{6f8f57e0-6b0c-4e5e-8e55-3c4a1f0f7f0e}", KEY),
        ("key", "6f8f57e06b0c4e5e8e553c4a1f0f7f0e", KEY),
        ("key", "urn:uuid:6f8f57e0-6b0c-4e5e-8e55-3c4a1f0f7f0e", KEY),
        ("positions[1].key", "00000000-0000-0000-0000-000000000000", KEY),
        ("slug", "Open Weights", SLUG),
        ("slug", "open--weights", SLUG),
        ("slug", "-open", SLUG),
        ("slug", "größe", SLUG),
        ("slug", "../admin", SLUG),
        ("slug", "a" * 101, "At most 100 characters; this has 101."),
        ("backers[0].slug", "a" * 101, "At most 100 characters; this has 101."),
        ("title", MISSING, REQUIRED),
        ("title", "   ", EMPTY),
        ("title", "\u200b\u202e", EMPTY),
        ("title", "\u3164\u115f", EMPTY),
        ("title", "\x00\x07", EMPTY),
        ("title", "x" * 201, "At most 200 characters; this has 201."),
        ("title", 7, TEXT),
        ("title", True, TEXT),
        ("title", ["x"], TEXT),
        ("title", {"en": "x"}, TEXT),
        ("title", "half \ud800", HALF),
        ("question", "\u200b", NOTHING),
        ("question", "x" * 501, "At most 500 characters; this has 501."),
        ("status", MISSING, REQUIRED),
        ("status", "Active", "“Active” is not one of: emerging, active, dormant, resolved."),
        ("status", "", EMPTY),
        ("polarity", "unary", "“unary” is not one of: binary, multi-axis."),
        ("publication", "public", "“public” is not one of: draft, published, withdrawn."),
        ("status_summary", "\ufeff\u200d", NOTHING),
        ("reviewed_on", "2024-07", DAY),
        ("reviewed_on", "2024-02-30", DAY),
        ("topic", MISSING, REQUIRED),
        ("topic", "weights", "This must be an object with named values."),
        ("topic.title", "", EMPTY),
        ("topic.slug", "A", SLUG),
        ("topic.colour", "red", "There is no such field. Known: description, key, slug, title."),
        ("context", "text", "This must be an object with named values."),
        ("context.text", 1.5, TEXT),
        ("context.text", "x" * 1_000_000, "At most 100000 characters; this has 1000000."),
        ("context.citations", {}, "This must be a list."),
        ("context.citations[0]", [], "This must be an object with named values."),
        ("points", {}, "This must be a list."),
        ("points", "abc", "This must be a list."),
        ("points[1].title", MISSING, REQUIRED),
        ("points[1].kind", "moral", "“moral” is not one of: empirical, definitional, normative, legal, predictive."),
        ("positions[1].claim", "\t\n", EMPTY),
        ("positions[1].claim", "x" * 501, "At most 500 characters; this has 501."),
        ("positions[1].confidence", "certain", "“certain” is not one of: high, medium, low, disputed, not-rated."),
        ("positions[1].stances[0].text", "", EMPTY),
        ("positions[1].stances[0].point", FIXED, "No contested point of this key is in the document."),
        ("positions[0].backings[0].backer", FIXED, "No backer of this key is in the document."),
        ("positions[0].backings[0].since", "July 2024", DATE),
        ("positions[0].backings[0].since", "2024-13", DATE),
        ("positions[0].backings[0].until", "0000", DATE),
        ("positions[0].backings[0].until", "1999", "“Until” is before “since”."),
        ("positions[0].citations[0].source", FIXED, "No source of this key is in the document."),
        ("positions[0].citations[0].relation", "proves", "“proves” is not one of: supports, contradicts, context."),
        ("positions[0].citations[0].locator", "x" * 201, "At most 200 characters; this has 201."),
        ("backers[0].name", "x" * 201, "At most 200 characters; this has 201."),
        ("backers[0].website", "javascript:alert(1)", URL),
        ("backers[0].website", "https://example.org/\u200b", URL),
        ("backers[0].website", "https://example.org/\u202egpj.exe", URL),
        ("backers[0].website", "ftp://crux.example/", URL),
        ("backers[0].website", "HTTPS://crux.example/", URL),
        ("backers[0].website", "//crux.example/", URL),
        ("backers[0].website", "http://", URL),
        ("backers[0].website", "http://[", URL),
        ("backers[0].website", "https://crux.example/ x", URL),
        ("backers[0].aliases", "Crux", "This must be a list."),
        ("backers[0].aliases", {"a": 1}, "This must be a list."),
        ("sources[0].url", "https://crux.example/" + "x" * 2000, "At most 2000 characters; this has 2021."),
        ("sources[0].url", "data:text/html,x", URL),
        ("sources[0].doi", "https://doi.org/10.1126/x", DOI),
        ("sources[0].doi", "10.1126", DOI),
        ("sources[0].doi", "10.1126/" + "x" * 193, "At most 200 characters; this has 201."),
        ("sources[0].title", "x" * 501, "At most 500 characters; this has 501."),
        ("sources[0].publisher", "x" * 301, "At most 300 characters; this has 301."),
        ("sources[0].date", "24", DATE),
        ("sources[0].date", True, TEXT),
        ("sources[0].date", -1, DATE),
        ("sources[0].date", 10_000, DATE),
        (
            "sources[0].kind",
            "rumour",
            "“rumour” is not one of: "
            "article, preprint, report, book, news, blog, legal, dataset, media, other.",
        ),
        ("sources[0].archive_url", "file:///etc/passwd", URL),
    ],
)  # fmt: skip
def test_fault_is_named_by_its_path(path, value, message):
    values = data()
    put(values, path, value)

    assert faults(values) == [f"{path}: {message}"]


def test_faults_are_all_told():
    values = data()
    put(values, "title", "")
    put(values, "positions[0].claim", MISSING)
    put(values, "positions[1].confidence", "certain")
    put(values, "sources[0].url", "gopher://x")

    assert [fault.partition(": ")[0] for fault in faults(values)] == [
        "title",
        "positions[0].claim",
        "positions[1].confidence",
        "sources[0].url",
    ]


@pytest.mark.parametrize("values", [None, [], "text", 7, True, 1.5])
def test_document_that_is_no_object_is_refused(values):
    assert faults(values) == ["A document is an object with a title, a status, positions and so on."]


def test_unknown_field_is_told_with_the_known_ones():
    values = {**data(), "titel": "x"}

    [fault] = faults(values)

    assert fault.startswith("titel: There is no such field. Known: attribution, backers, context, key,")


@pytest.mark.parametrize("name", ["\ud800", "a" * 10_000, "new\nline"])
def test_odd_field_name_is_told_in_text_that_can_be_shown(name):
    [fault] = faults({**data(), name: 1})

    assert fault.encode().isascii()
    assert len(fault) < 400
    assert "\n" not in fault


def test_field_that_is_null_holds_its_default():
    values = data()
    put(values, "question", None)
    put(values, "positions[0].argument", None)
    put(values, "positions[0].citations", None)
    put(values, "positions[0].confidence", None)

    document = parse.document(values)

    assert document.head.question == ""
    assert document.positions[0].argument == ""
    assert document.positions[0].citations == ()
    assert document.positions[0].confidence == "not-rated"


# -- rules that span fields --


@pytest.mark.parametrize(
    ("on", "by", "path"), [("2024-07-23", "", "reviewed_by"), ("", "Edith Editor", "reviewed_on")]
)
def test_review_without_its_other_half_is_refused(on, by, path):
    assert faults({**data(), "reviewed_on": on, "reviewed_by": by}) == [
        f"{path}: Give both the day of the review and the reviewer, or neither."
    ]


def test_same_key_twice_is_refused_wherever_it_is():
    values = data(citations=20)
    key = values["positions"][0]["citations"][0]["key"]
    put(values, "positions[1].citations[0].key", key)

    assert faults(values) == [
        "positions[1].citations[0].key: This key is also used by positions[0].citations[0]; every part has its own."
    ]


@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("points[1]", "points[0]"),
        ("positions[0]", "points[0]"),
        ("positions[0].backings[0]", "positions[0]"),
    ],
)
def test_same_key_for_two_blocks_is_refused(path, other):
    values = data(stances=0)
    *_, key = [part["key"] for part in [_at(values, other)]]
    put(values, f"{path}.key", key)

    assert faults(values) == [f"{path}.key: This key is also used by {other}; every part has its own."]


def _at(values: Any, path: str) -> Any:
    for step in path.replace("[", ".").replace("]", "").split("."):
        values = values[int(step)] if step.isdigit() else values[step]
    return values


def test_two_stances_on_one_point_are_refused():
    values = data()
    stances = values["positions"][0]["stances"]
    stances[1]["point"] = stances[0]["point"]

    assert faults(values) == [
        "positions[0].stances[1].point: This position already has a stance on that point."
    ]


def test_backer_twice_in_one_position_is_refused():
    values = data(backings=4)
    backings = values["positions"][0]["backings"]
    backings[1]["backer"] = backings[0]["backer"]

    assert faults(values) == [
        "positions[0].backings[1].backer: This backer is already listed for the position."
    ]


@pytest.mark.parametrize("name", ["backers", "sources"])
def test_two_shared_things_of_one_address_are_refused(name):
    values = data()
    values[name][1]["slug"] = values[name][0]["slug"]

    assert faults(values) == [f"{name}[1].slug: Also used by {name}[0]."]


def test_two_backers_of_one_name_and_kind_are_refused():
    values = data()
    values["backers"][1]["name"] = values["backers"][0]["name"].upper()

    assert faults(values) == ["backers[1].name: backers[0] has this name and kind already: use that one."]


def test_two_backers_of_one_name_and_different_kind_are_allowed():
    values = data()
    values["backers"][1].update(name=values["backers"][0]["name"], kind="person")

    assert faults(values) == []


@pytest.mark.parametrize(("field", "value"), [("url", "https://crux.example/x"), ("doi", "10.1126/x")])
def test_two_sources_of_one_link_are_refused(field, value):
    values = data()
    values["sources"][0][field] = values["sources"][1][field] = value

    assert faults(values) == [f"sources[1].{field}: Also used by sources[0]."]


@pytest.mark.parametrize(
    ("since", "until", "refused"),
    [
        ("2024", "2024", False),
        ("2024", "2024-01", False),
        ("2024-07", "2024", False),  # some time later in that year
        ("2024-07-23", "2024-07", False),
        ("2024-07-23", "2024-07-22", True),
        ("2024-07", "2024-06-30", True),
        ("2024", "2023-12-31", True),
        ("", "2023", False),
        ("2023", "", False),
    ],
)
def test_until_before_since_is_refused_as_far_as_dates_are_known(since, until, refused):
    values = data()
    values["positions"][0]["backings"][0].update(since=since, until=until)

    expected = ["positions[0].backings[0].until: “Until” is before “since”."] if refused else []
    assert faults(values) == expected


# -- canonical values --


@pytest.mark.parametrize(
    ("path", "given", "canonical_value"),
    [
        ("title", "  A\r\n title\t of\u00a0one   line \u2028", "A title of one line"),
        ("title", "NUL\x00 and bell\x07", "NUL and bell"),
        ("context.text", "\r\n one\r\ntwo\rthree\u2028four\x85five \n\n", "one\ntwo\nthree\nfour\nfive"),
        ("context.text", "NUL\x00, bell\x07, tab\t", "NUL, bell, tab"),
        ("context.text", "x" * 100_000, "x" * 100_000),
        ("context.text", "שלום \u202e\u200f", "שלום \u202e\u200f"),
        ("context.text", "e\u0301", "e\u0301"),  # as the editor wrote it: not composed
        ("sources[0].date", 2024, "2024"),
        ("sources[0].date", datetime.date(2024, 7, 23), "2024-07-23"),
        ("sources[0].date", datetime.datetime(2024, 7, 23, 5, tzinfo=datetime.UTC), "2024-07-23"),
        ("backers[0].aliases", ["  A  B "], ("A B",)),
    ],
)
def test_value_is_brought_into_canonical_form(path, given, canonical_value):
    values = data()
    put(values, path, given)

    document = parse.document(values)

    assert _at(canonical.document_json(document), path) == (
        list(canonical_value) if isinstance(canonical_value, tuple) else canonical_value
    )
    assert parse.check(document) == []


def test_key_is_lowered_with_every_reference():
    values = data()
    document = parse.document(values)
    upper = json.loads(
        json.dumps(values).replace(values["sources"][0]["key"], values["sources"][0]["key"].upper())
    )

    assert parse.document(upper) == document


def test_stances_order_does_not_matter():
    values = data(points=4)
    turned = copy.deepcopy(values)
    turned["positions"][0]["stances"].reverse()

    assert parse.document(turned) == parse.document(values)


def test_shared_blocks_come_in_order_of_first_mention_and_unused_ones_are_dropped():
    document = document_factory(positions=3, citations=6)
    values = canonical.document_json(document)
    values["backers"].reverse()
    values["sources"].reverse()
    values["sources"].append(
        {**values["sources"][0], "key": new_key(), "slug": "unused", "url": "", "doi": ""}
    )

    assert parse.document(values) == document


@given(strategies.json_values())
@example({"context": None, "points": None})
@example({"topic": {"topic": {"topic": {}}}, "key": None, "sources": [[[[[[[]]]]]]]})
@example({1: 2, None: 3, "points": [{(1, 2): 3}]})
def test_parse_raises_nothing_but_invalid_document(values):
    assert faults(values) != []


@given(strategies.json_values(), st.data())
def test_parse_survives_anything_anywhere(value, draws):
    values = data(positions=1, points=1, citations=5)
    path = draws.draw(st.sampled_from(_paths(values)))
    put(values, path, value)

    for fault in faults(values):
        fault.encode()


def _paths(values: Any, path: str = "") -> list[str]:
    found: list[str] = []
    inner = values.items() if isinstance(values, dict) else enumerate(values)
    for name, value in inner:
        here = f"{path}[{name}]" if isinstance(values, list) else f"{path}.{name}".lstrip(".")
        found.append(here)
        if isinstance(value, dict | list):
            found += _paths(value, here)
    return found


def test_number_too_long_to_be_written_is_refused():
    values = data()
    put(values, "sources[0].date", 10**5000)

    assert faults(values) == [f"sources[0].date: {DATE}"]


def test_deep_nesting_is_refused():
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]

    values = data()
    put(values, "backers[0].aliases", deep)

    assert faults(values) == [f"backers[0].aliases[0]: {TEXT}"]


# -- documents made in code --


def test_check_finds_what_is_not_in_canonical_form():
    document = document_factory()
    bad = replace(document, head=replace(document.head, title=" two  spaces "))

    assert [str(fault) for fault in parse.check(bad)] == ["title: This is not in canonical form."]


def test_check_finds_a_context_of_another_page():
    document = document_factory()
    bad = replace(document, context=replace(document.context, key=new_key()))

    assert [str(fault) for fault in parse.check(bad)] == ["context.key: This is not in canonical form."]


def test_check_does_not_look_again_at_known_blocks():
    document = document_factory()
    bad = replace(document, head=replace(document.head, title=""))

    assert parse.check(bad, known=bad) == []
    assert [str(fault) for fault in parse.check(bad, known=document)] == [f"title: {EMPTY}"]


def test_check_looks_at_references_into_known_blocks():
    document = document_factory(citations=9)
    bad = replace(document, sources=document.sources[1:])

    assert "No source of this key is in the document." in parse.check(bad, known=document)[0].message


def test_value_of_one_text():
    spec = types.Spec("summary", Kind.PROSE, "", limit=10)

    assert parse.value(spec, " a\r\nb ") == "a\nb"
    with pytest.raises(InvalidDocument, match=r"^summary: At most 10 characters; this has 11\.$"):
        parse.value(spec, "x" * 11)


def test_limits_are_those_of_the_columns():
    tables = {
        types.Topic: m.Topic,
        types.Head: m.Controversy,
        types.Point: m.ContestedPoint,
        types.Position: m.Position,
        types.Backing: m.Backing,
        types.Stance: m.Stance,
        types.Citation: m.Citation,
        types.Backer: m.Backer,
        types.Source: m.Source,
    }
    for part, model in tables.items():
        for spec in part.SPECS:
            if spec.kind in (Kind.KEY, Kind.ITEMS, Kind.PART, Kind.PROSE, Kind.CHOICE, Kind.DAY, Kind.DATE):
                continue
            field = model._meta.get_field(spec.name)
            column = getattr(field, "base_field", field).max_length
            limit = spec.limit if spec.kind is not Kind.URL else 2000
            assert limit == column, f"{part.__name__}.{spec.name}"
