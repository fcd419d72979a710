"""Fixtures: a history is loaded as it is written, once, over nobody's edit, and never in part."""

import datetime
import gzip
import io
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import serializers
from django.core.management import CommandError, call_command
from django.core.serializers.base import DeserializationError
from django.db import IntegrityError, connections

from controversies import history
from controversies import models as m
from controversies.document import rows
from controversies.history import verify
from controversies.interchange.fixture import FixtureRefused, controversy_key
from tests.factories import ControversyFactory, SourceFactory

SHARED = """
- topics:
    - {slug: tea, title: Tea}
  backers:
    - {slug: ada, name: Ada, kind: person}
    - {slug: tasters, name: Tasters, kind: constituency, aliases: [Cuppers]}
  sources:
    - {slug: brew, title: On Brewing, date: 2024, url: "https://tea.example/brew"}
    - {slug: leaf, title: A Leaf, authors: A. Author, date: 2023-05}
"""
PAGE = """
- controversy: milk-first
  revisions:
    - time: 2026-01-05T09:00:00Z
      author: editor-1
      summary: A first page.
      kind: import
      document: &one
        title: Milk first?
        topic: tea
        status: emerging
        polarity: binary
        publication: published
        context:
          text: Tea is drunk.
          citations: [{source: leaf, relation: context}]
        points:
          - {key: taste, title: Taste, kind: empirical}
          - {key: manners, title: Manners}
        positions:
          - &before
            key: before
            claim: Milk goes in first
            backings:
              - tasters
              - backer: ada
                since: 2024
                note: She said so.
                citations: [{source: brew, relation: supports}]
            stances:
              - {point: taste, text: It is milder., citations: [{source: brew, relation: supports}]}
            citations:
              - {source: brew, relation: supports, locator: p. 1}
              - {source: brew, key: again, relation: contradicts, locator: p. 2}
          - &after {key: after, claim: Milk goes in last}
    - time: 2026-01-06T12:30:00+02:00
      author: editor-2
      summary: Some evidence.
      document: &two
        <<: *one
        positions:
          - *after
          - <<: *before
            confidence: low
    - time: 2026-01-07T09:00:00Z
      author: editor-1
      document: *one
      kind: restore
    - time: 2026-01-08T09:00:00Z
      author: editor-3
      summary: Its own title.
      source: {slug: brew, title: On Brewing Tea}
"""
KEY = controversy_key("milk-first")


def load(path: Path, text: str = SHARED + PAGE, name: str = "tea.yaml") -> None:
    (path / name).write_text(text)
    call_command("loaddata", path / name, verbosity=0)


def refused(path: Path, text: str, name: str = "tea.yaml") -> list[str]:
    """The lines in which loading the text is refused, after a look that nothing at all was written."""
    before = state()
    with pytest.raises(CommandError) as caught:
        load(path, text, name)
    assert state() == before
    return str(caught.value).splitlines()


def first_revision(text: str) -> str:
    return text.split("    - time: 2026-01-06", maxsplit=1)[0]


def another(slug: str) -> str:
    """The page under another slug, fit to stand in the same file."""
    return PAGE.replace("milk-first", slug).replace("&", "&x").replace("*", "*x")


def state() -> dict[str, Any]:
    """Every row of everything that a fixture may write, with PostgreSQL's own mark of who wrote it last."""
    tables = [
        model._meta.db_table
        for model in (*rows.TABLES, m.Topic, m.Backer, m.Source, m.Revision, m.Block, m.UnrecordedChange)
    ]
    found = {}
    with connections["default"].cursor() as cursor:
        for table in [*tables, "auth_group"]:
            cursor.execute(f"SELECT t::text, xmin::text, ctid::text FROM {table} t ORDER BY 1")  # noqa: S608 - names of tables
            found[table] = cursor.fetchall()
    return found


# -- a history as it is written --


@pytest.mark.django_db
def test_load_records_each_revision_by_whom_when_and_why(tmp_path):
    load(tmp_path)

    found = [
        (r.number, r.time.isoformat(), r.author_name, r.author_id, r.summary, r.classes)
        for r in m.Revision.objects.order_by("number")
    ]
    assert found == [
        (1, "2026-01-05T09:00:00+00:00", "editor-1", None, "A first page.", ["import"]),
        (2, "2026-01-06T10:30:00+00:00", "editor-2", None, "Some evidence.", ["confidence", "wording"]),
        (3, "2026-01-07T09:00:00+00:00", "editor-1", None, "", ["restore", "confidence", "wording"]),
        (4, "2026-01-08T09:00:00+00:00", "editor-3", None, "Its own title.", ["source"]),
    ]


@pytest.mark.django_db
def test_load_makes_of_each_document_what_it_says(tmp_path):
    load(tmp_path)

    one, two, three, four = (history.at(KEY, number).document for number in (1, 2, 3, 4))
    before, after = one.positions
    assert (one.head.slug, one.head.title, one.head.topic.slug, one.head.status, one.head.publication) == (
        "milk-first",
        "Milk first?",
        "tea",
        "emerging",
        "published",
    )
    assert [(point.title, point.kind) for point in one.points] == [("Taste", "empirical"), ("Manners", "")]
    assert (before.claim, before.confidence, after.claim) == (
        "Milk goes in first",
        "not-rated",
        "Milk goes in last",
    )
    assert [(one.by_key[b.backer].slug, b.since, b.note) for b in before.backings] == [
        ("tasters", "", ""),
        ("ada", "2024", "She said so."),
    ]
    assert [(c.relation, c.locator) for c in before.citations] == [
        ("supports", "p. 1"),
        ("contradicts", "p. 2"),
    ]
    assert [(s.point, s.text) for s in before.stances] == [(one.points[0].key, "It is milder.")]
    assert [(b.slug, b.aliases) for b in one.backers] == [("tasters", ("Cuppers",)), ("ada", ())]
    assert [(s.slug, s.title, s.date, s.kind) for s in one.sources] == [
        ("leaf", "A Leaf", "2023-05", "other"),
        ("brew", "On Brewing", "2024", "other"),
    ]
    assert [(p.key, p.confidence) for p in two.positions] == [(after.key, "not-rated"), (before.key, "low")]
    assert three == one
    assert [s.title for s in four.sources] == ["A Leaf", "On Brewing Tea"]
    assert m.Source.objects.get(slug="brew").title == "On Brewing Tea"
    assert rows.from_rows([KEY])[KEY] == four


@pytest.mark.django_db
def test_load_leaves_a_record_that_is_whole(tmp_path, capsys):
    load(tmp_path)

    call_command("checkhistory")

    assert capsys.readouterr().out.strip() == "1 controversies, 4 revisions: the record is whole."


@pytest.mark.django_db(transaction=True)
def test_load_twice_touches_no_row(tmp_path):
    load(tmp_path)
    before = state()

    load(tmp_path)

    assert state() == before


@pytest.mark.django_db
def test_load_makes_the_same_keys_and_digests_anywhere(tmp_path):
    """Two sites that load the same file can tell that they have the same page."""
    load(tmp_path)

    assert KEY == "bb9cf768-32c3-5ca7-9b4b-1d40d2ed5bbf"
    assert m.Revision.objects.get(number=4).digest.hex() == (
        "75d3caf09ae3517ae9169990197229e037844d4abf2698d48227729e21a3ee0a"
    )


@pytest.mark.django_db
def test_load_goes_on_with_the_beginning_of_the_files_history(tmp_path):
    first = (SHARED + PAGE).split("    - time: 2026-01-07")[0]
    load(tmp_path, first)
    digests = list(m.Revision.objects.order_by("number").values_list("digest", flat=True))

    load(tmp_path)

    assert m.Revision.objects.count() == 4
    assert list(m.Revision.objects.order_by("number").values_list("digest", flat=True))[:2] == digests


@pytest.mark.django_db
def test_load_takes_a_compressed_file_and_standard_input(tmp_path, monkeypatch):
    with gzip.open(tmp_path / "tea.yaml.gz", "wt") as file:
        file.write(SHARED + PAGE)
    call_command("loaddata", tmp_path / "tea.yaml.gz", verbosity=0)
    assert m.Revision.objects.count() == 4

    monkeypatch.setattr("sys.stdin", io.StringIO(SHARED + first_revision(another("milk-last"))))
    call_command("loaddata", "-", format="yaml", verbosity=0)
    assert m.Controversy.objects.filter(slug="milk-last").count() == 1


@pytest.mark.django_db
def test_load_uses_what_is_on_record_under_a_slug(tmp_path):
    """A backer that an editor has made and described is that backer, whatever the file says of it."""
    ada = m.Backer.objects.create(slug="ada", name="Ada Lovelace", kind="person")
    topic = m.Topic.objects.create(slug="tea", title="Tea and its makers")

    load(tmp_path)
    load(tmp_path)

    document = history.head(KEY).document
    assert [(b.key, b.name) for b in document.backers if b.slug == "ada"] == [(str(ada.pk), "Ada Lovelace")]
    assert (document.head.topic.key, document.head.topic.title) == (str(topic.pk), "Tea and its makers")
    assert m.Revision.objects.count() == 4


# -- over nobody's edit --


@pytest.mark.django_db
def test_load_over_an_edited_page_is_refused_and_says_what_to_do(tmp_path):
    load(tmp_path)
    head = history.head(KEY)
    history.record(
        replace(head.document, head=replace(head.document.head, title="Milk, first?")),
        author_name="Grace",
        base=head,
        time=datetime.datetime(2026, 2, 3, tzinfo=datetime.UTC),
    )

    assert refused(tmp_path, SHARED + PAGE) == [
        "tea.yaml: milk-first: this page was edited since: its revision 5, of 2026-02-03 by Grace, is not in the "
        "file. Nothing was loaded, so that no edit is lost. Go on editing the page in the admin, or load the file "
        "into an empty database."
    ]


@pytest.mark.django_db
def test_load_over_a_page_whose_backer_was_renamed_is_refused(tmp_path):
    load(tmp_path)
    with history.act(author_name="Grace", summary="Her name."):
        m.Backer.objects.filter(slug="ada").update(name="Ada Lovelace")

    [line] = refused(tmp_path, SHARED + PAGE)

    assert line.startswith("tea.yaml: milk-first: this page was edited since: its revision 5, of ")
    assert m.Backer.objects.get(slug="ada").name == "Ada Lovelace"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "number"),
    [
        ("Tea is drunk.", "Tea is drunk hot.", 1),
        ("Some evidence.", "Some proof.", 2),
        ("author: editor-3", "author: editor-4", 4),
        ("2026-01-07T09:00:00Z", "2026-01-07T09:00:01Z", 3),
    ],
)
def test_load_of_another_history_of_the_page_is_refused(tmp_path, old, new, number):
    load(tmp_path)
    assert (SHARED + PAGE).count(old) == 1

    [line] = refused(tmp_path, (SHARED + PAGE).replace(old, new))

    assert line.startswith(
        f"tea.yaml: milk-first: this page was edited since: its revision {number}, of 2026-01-0"
    )


@pytest.mark.django_db
def test_load_of_a_shorter_history_of_the_page_is_refused(tmp_path):
    load(tmp_path)

    [line] = refused(tmp_path, (SHARED + PAGE).split("    - time: 2026-01-08")[0])

    assert line.startswith(
        "tea.yaml: milk-first: this page was edited since: its revision 4, of 2026-01-08 by editor-3,"
    )


@pytest.mark.django_db
def test_a_refused_page_takes_the_whole_file_with_it(tmp_path):
    made = ControversyFactory()
    other = first_revision(another(made.document.head.slug))

    lines = refused(tmp_path, SHARED + PAGE + other)

    assert lines == [
        f"tea.yaml: {made.document.head.slug}: another page, which was not made from this file, has this address. "
        "Nothing was loaded. Give one of them another address, or load the file into an empty database."
    ]


@pytest.mark.django_db
def test_load_with_a_key_that_another_page_has_is_refused(tmp_path):
    made = ControversyFactory(positions=1, citations=0, stances=0, backings=0)
    taken = replace(made.document.positions[0], key=new_key_of("coffee-first"))
    history.record(
        made.document.with_blocks(positions=(taken,)),
        author_name="Grace",
        base=history.head(made.document.key),
    )
    coffee = first_revision(another("coffee-first"))

    [line] = refused(tmp_path, SHARED + coffee, "coffee.yaml")

    assert line == (
        "coffee.yaml: coffee-first, revision 1: A key of this page is already used elsewhere (position)."
    )


def new_key_of(slug: str) -> str:
    """The key that fixtures derive for the position `before` of this page."""
    return str(uuid.uuid5(uuid.UUID(controversy_key(slug)), "position/before"))


@pytest.mark.django_db
def test_load_of_a_source_that_is_on_record_under_another_slug_is_refused(tmp_path):
    SourceFactory(slug="brewing", url="https://tea.example/brew")

    assert refused(tmp_path, SHARED + PAGE) == [
        "tea.yaml: milk-first, revision 1: sources[1].url: On record under another key already: "
        "“https://tea.example/brew”. Use that one."
    ]


@pytest.mark.django_db
def test_load_refuses_a_correction_that_other_pages_would_show(tmp_path):
    load(tmp_path, SHARED + first_revision(another("milk-last")))

    assert refused(tmp_path, SHARED + PAGE) == [
        (
            "tea.yaml: milk-first, revision 4: other pages show this too, so it is not a revision of this page alone."
        )
    ]


@pytest.mark.django_db
def test_load_refuses_a_correction_that_is_on_record_already(tmp_path):
    SourceFactory(slug="brew", title="On Brewing Tea", url="https://tea.example/brew")

    assert refused(tmp_path, SHARED + PAGE) == [
        "tea.yaml: milk-first, revision 4: nothing changes: it is on record already. Leave it out."
    ]


@pytest.mark.django_db
def test_a_correction_changes_the_fields_that_it_names_and_no_other(tmp_path):
    SourceFactory(slug="brew", title="On Brewng", authors="B. Brewer", date="2022", url="", doi="")

    load(tmp_path)

    brew = m.Source.objects.get(slug="brew")
    assert (brew.title, brew.authors, brew.date) == ("On Brewing Tea", "B. Brewer", "2022")
    assert [source.title for source in history.at(KEY, 3).document.sources] == ["A Leaf", "On Brewng"]


@pytest.mark.django_db
def test_a_correction_may_be_of_a_backer_and_of_a_list(tmp_path):
    correction = "source: {slug: brew, title: On Brewing Tea}"

    load(tmp_path, SHARED + PAGE.replace(correction, "backer: {slug: tasters, aliases: [Sippers, Cuppers]}"))

    assert m.Backer.objects.get(slug="tasters").aliases == ["Sippers", "Cuppers"]
    assert history.at(KEY, 3).document.backers[0].aliases == ("Cuppers",)
    assert history.at(KEY, 4).document.backers[0].aliases == ("Sippers", "Cuppers")
    assert m.Revision.objects.get(number=4).classes == ["attribution"]


@pytest.mark.django_db
def test_a_correction_that_would_make_two_sources_one_is_refused(tmp_path):
    SourceFactory(url="https://tea.example/brewing")
    text = SHARED + PAGE.replace(
        "{slug: brew, title: On", "{slug: brew, url: 'https://tea.example/brewing', title: On"
    )

    [line] = refused(tmp_path, text)

    assert line.startswith("tea.yaml: milk-first, revision 4: duplicate key value violates unique constraint")
    assert "source_url_is_recorded_once" in line


@pytest.mark.django_db
def test_white_space_around_an_address_means_nothing(tmp_path):
    text = (SHARED + PAGE).replace("controversy: milk-first", 'controversy: " milk-first "')
    load(tmp_path, text.replace("{slug: tea, title", "{slug: ' tea ', title"))

    load(tmp_path)

    assert m.Revision.objects.count() == 4


@pytest.mark.django_db
def test_what_loaddata_is_told_to_leave_out_is_left_out(tmp_path):
    (tmp_path / "tea.yaml").write_text(GROUP + SHARED + PAGE)

    call_command("loaddata", tmp_path / "tea.yaml", exclude=["controversies.controversy"], verbosity=0)

    assert (m.Controversy.objects.count(), Group.objects.filter(name="Tasters").count()) == (0, 1)


# -- faults: each with its place, and nothing written --

FAULTS = [
    # in the shape of the file
    ("[]", ["tea.yaml: A fixture is a list of at least one entry."]),
    ("controversy: x", ["tea.yaml: A fixture is a list of at least one entry."]),
    ("", ["tea.yaml: The file is empty."]),
    ("a: b: c", ["tea.yaml: line 1: mapping values are not allowed in this context"]),
    ("- !!python/object:os.system {}", ["tea.yaml: line 1: could not determine a constructor for the tag "
     "'tag:yaml.org,2002:python/object:os.system'"]),
    ("- {controversy: x, controversy: y}", ["tea.yaml: line 1: “controversy” is given twice."]),
    ('- {controversy: "x\\0y"}', ["tea.yaml: line 1: There is a control character (U+0000) in this text."]),
    ("- 5\n- {}\n- {topics: [], model: 5}\n- {books: []}", [
        "tea.yaml, entry 1: An entry is an object with named values.",
        "tea.yaml, entry 2: An entry has `model`, or `controversy`, or any of topics, backers, sources and nothing "
        "else.",
        "tea.yaml, entry 3: model: This must be text.",
        "tea.yaml, entry 3: fields: This must be an object with named values.",
        "tea.yaml, entry 4: An entry has `model`, or `controversy`, or any of topics, backers, sources and nothing "
        "else.",
    ]),
    ("- {controversy: Not An Address}\n- {controversy: 5}\n- {controversy: [x]}", [
        "tea.yaml, entry 1: controversy: Use small letters, digits and single hyphens only, as in “open-weights”.",
        "tea.yaml, entry 2: controversy: This must be text.",
        "tea.yaml, entry 3: controversy: This must be text.",
    ]),
    ("- {controversy: " + "x" * 101 + "}", [
        "tea.yaml, entry 1: controversy: At most 100 characters; this has 101."]),
    ("- {controversy: x, status: active}", [
        "tea.yaml: x, status: There is no such field. Known: controversy, contributors, revisions.",
        "tea.yaml: x, revisions: This must be a list of at least one revision."]),
    ("- {controversy: x, revisions: []}", [
        "tea.yaml: x, revisions: This must be a list of at least one revision."]),
    # in what is shared
    ("- topics: {}\n- backers: [5, {slug: a, name: A, kind: dragon, age: 5}, {slug: a}]\n"
     "- sources: [{slug: a, title: A, date: 2024-13, url: 'ftp://x.example', doi: x}, {slug: b, key: b, title: B}]", [
        "tea.yaml: topics: This must be a list.",
        "tea.yaml: backers[0]: This must be an object with named values.",
        "tea.yaml: backers[1].age: There is no such field. Known: aliases, description, key, kind, name, slug, "
        "website.",
        "tea.yaml: backers[1].kind: “dragon” is not one of: company, research-lab, government, organisation, "
        "person, constituency.",
        "tea.yaml: backers[2].name: This is required.",
        "tea.yaml: backers[2].kind: This is required.",
        "tea.yaml: sources[0].date: Write the date as 2024, 2024-07 or 2024-07-23, as far as it is known.",
        "tea.yaml: sources[0].url: Give a web address that starts with http:// or https://.",
        "tea.yaml: sources[0].doi: A DOI begins with 10. and a number, as in 10.1126/science.adp1848.",
        "tea.yaml: sources[1].key: There is no such field: the slug identifies it.",
    ]),
    ("- topics: [{slug: a, title: A}, {slug: a, title: B}]", [
        "tea.yaml: topics[1].slug: “a” is in this file already."]),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "lines"), FAULTS)
def test_load_tells_every_fault_of_the_files_shape(tmp_path, text, lines):
    assert refused(tmp_path, text) == lines


EDITS = [
    # in a revision
    (("time: 2026-01-06T12:30:00+02:00", "time: 2026-01-06"),
     ["revision 2: time: Give day, time and time zone, as in 2026-03-08T09:30:00Z."]),
    (("time: 2026-01-06T12:30:00+02:00", "time: 2026-01-06T12:30:00"),
     ["revision 2: time: Give day, time and time zone, as in 2026-03-08T09:30:00Z."]),
    (("time: 2026-01-06T12:30:00+02:00", "time: noon"),
     ["revision 2: time: Give day, time and time zone, as in 2026-03-08T09:30:00Z."]),
    (("time: 2026-01-06T12:30:00+02:00", "time: 2026-01-05T11:00:00+02:00"),
     ["revision 2: time: This is not later than the revision before it."]),
    (("author: editor-2", "author: 5"), ["revision 2: author: This must be text."]),
    (("author: editor-2", "author:"), ["revision 2: author: This cannot be left empty."]),
    (("author: editor-2", "writer: editor-2"),
     ["revision 2: writer: There is no such field. Known: time, author, reviewer, summary, kind, document, backer, "
      "source.",
      "revision 2: author: This cannot be left empty."]),
    (("author: editor-2", f"author: {'x' * 151}"),
     ["revision 2: author: At most 150 characters; this has 151."]),
    (("summary: Some evidence.", f"summary: {'x' * 1001}"),
     ["revision 2: summary: At most 1000 characters; this has 1001."]),
    (("kind: restore", "kind: substantive"),
     ["revision 3: kind: “substantive” is not one of: import, restore."]),
    (("kind: restore", "kind: [restore]"),
     ["revision 3: kind: “['restore']” is not one of: import, restore."]),
    (("            confidence: low\n", ""), None),
    (("      document: *one\n", "      document: *two\n"),
     ["revision 3: Nothing changes in this revision: leave it out."]),
    (("      document: *one\n", ""),
     ["revision 3: A revision has one of: document, backer, source."]),
    (("      document: *one\n", "      document: *one\n      source: {slug: brew, title: X}\n"),
     ["revision 3: A revision has one of: document, backer, source."]),
    (("      document: *one\n", "      document: nothing\n"),
     ["revision 3: document: This must be an object with named values."]),
    (("source: {slug: brew, title: On Brewing Tea}", "source: brew"),
     ["revision 4: source: Give the slug, and the fields that change."]),
    (("source: {slug: brew, title: On Brewing Tea}", "source: {slug: brewing, title: On Brewing Tea}"),
     ["revision 4: source.slug: The page does not show “brewing”."]),
    (("source: {slug: brew, title: On Brewing Tea}", "source: {slug: brew, key: x}"),
     ["revision 4: source.key: There is no such field: the slug identifies it."]),
    (("source: {slug: brew, title: On Brewing Tea}", "source: {slug: brew, title: '', kind: papyrus}"),
     ["revision 4: source.title: This cannot be left empty.",
      "revision 4: source.kind: “papyrus” is not one of: article, preprint, report, book, news, blog, legal, "
      "dataset, media, other."]),
    (("source: {slug: brew, title: On Brewing Tea}", "source: {slug: brew, title: On Brewing}"),
     ["revision 4: Nothing changes in this revision: leave it out."]),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("edit", "lines"), EDITS)
def test_load_tells_every_fault_of_a_revision(tmp_path, edit, lines):
    assert PAGE.count(edit[0]) == 1
    text = SHARED + PAGE.replace(*edit)

    if lines is None:  # a change of order is a change
        load(tmp_path, text)
        assert m.Revision.objects.get(number=2).classes == ["wording"]
    else:
        assert refused(tmp_path, text) == [f"tea.yaml: milk-first, {line}" for line in lines]


DOCUMENT = """
- controversy: milk-first
  revisions:
    - time: 2026-01-05T09:00:00Z
      author: editor-1
      document:
        title: Milk first?
        topic: tea
        status: emerging
        polarity: binary
        publication: published
"""
IN_DOCUMENT = [
    ("        slug: milk-last\n        key: x\n        sources: []\n        colour: brown\n", [
        f"{name}: There is no such field. Known: title, question, language, topic, status, status_summary, polarity, "
        "publication, attribution, reviewed_on, reviewed_by, context, points, positions."
        for name in ("slug", "key", "sources", "colour")
    ]),
    ("        context: {text: [a], mood: dark}\n", [
        "context.mood: There is no such field. Known: citations, key, text.",
        "context.text: This must be text.",
    ]),
    ("        context: dark\n        points: taste\n        positions: {a: b}\n", [
        "context: This must be an object with named values.",
        "points: This must be a list.",
        "positions: This must be a list.",
    ]),
    ("        positions:\n          - {key: a, claim: A}\n          - {key: b, claim: B, confidence: hgih}\n", [
        "positions[1].confidence: “hgih” is not one of: high, medium, low, disputed, not-rated.",
    ]),
    ("        positions: [a, {claim: A}, {key: Not A Key, claim: B}, {key: 5, claim: C}]\n", [
        "positions[1].key: This cannot be left empty.",
        "positions[2].key: Use small letters, digits and single hyphens only, as in “open-weights”.",
        "positions[3].key: This must be text.",
        "positions[0]: This must be an object with named values.",
    ]),
    ("        positions: [{key: a, claim: A}, {key: a, claim: B}]\n        points: [{key: b, title: B}, {key: b, "
     "title: C}]\n", [
        "points[1].key: This key is also used by points[0]; every part has its own.",
        "positions[1].key: This key is also used by positions[0]; every part has its own.",
    ]),
    ("        positions: [{key: a, claim: A, backings: [nobody, {backer: 5}, {note: x}, {backer: ada, key: k}, "
     "7]}]\n", [
        "positions[0].backings[0].backer: “nobody” is not among the file's backers.",
        "positions[0].backings[1].backer: “5” is not among the file's backers.",
        "positions[0].backings[2].backer: This is required.",
        "positions[0].backings[3].key: There is no such field: the backer identifies it.",
        "positions[0].backings[4]: This must be an object with named values.",
    ]),
    ("        positions: [{key: a, claim: A, backings: [ada, ada]}]\n", [
        "positions[0].backings[1].key: This key is also used by positions[0].backings[0]; every part has its own.",
        "positions[0].backings[1].backer: This backer is already listed for the position.",
    ]),
    ("        positions: [{key: a, claim: A, backings: [{backer: ada, since: 2025, until: 2024}]}]\n", [
        "positions[0].backings[0].until: “Until” is before “since”.",
    ]),
    ("        positions: [{key: a, claim: A, citations: [{source: nowhere, relation: supports}, {source: brew}, "
     "x]}]\n", [
        "positions[0].citations[0].source: “nowhere” is not among the file's sources.",
        "positions[0].citations[1].relation: This is required.",
        "positions[0].citations[2]: This must be an object with named values.",
    ]),
    ("        positions: [{key: a, claim: A, citations: [{source: brew, relation: supports}, {source: brew, relation: "
     "context}]}]\n", [
        "positions[0].citations[1].key: This source is cited twice here: give one of them a key.",
    ]),
    ("        points: [{key: p, title: P}]\n        positions: [{key: a, claim: A, stances: [{point: q, text: x}, "
     "{point: p, text: x}, {point: p, text: y}]}]\n", [
        "positions[0].stances[0].point: No contested point of this key is in the document.",
        "positions[0].stances[2].point: This position already has a stance on that point.",
    ]),
    (f"        positions: [{{key: a, claim: {'x' * 501}}}]\n", [
        "positions[0].claim: At most 500 characters; this has 501.",
    ]),
    (f"        context: {{text: {'x' * 100_001}}}\n", [
        "context.text: At most 100000 characters; this has 100001.",
    ]),
    ("        reviewed_on: 2026-01-05\n", [
        "reviewed_by: Give both the day of the review and the reviewer, or neither.",
    ]),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("more", "faults"), IN_DOCUMENT)
def test_load_tells_every_fault_of_a_document_by_its_path(tmp_path, more, faults):
    lines = refused(tmp_path, SHARED + DOCUMENT + more)

    assert lines == [f"tea.yaml: milk-first, revision 1: {fault}" for fault in faults]


@pytest.mark.django_db
def test_load_tells_what_a_document_lacks(tmp_path):
    text = SHARED + DOCUMENT.replace(
        "        title: Milk first?\n        topic: tea\n", "        question: Eh?\n"
    )

    assert refused(tmp_path, text) == [
        "tea.yaml: milk-first, revision 1: topic: This is required.",
        "tea.yaml: milk-first, revision 1: title: This is required.",
    ]


@pytest.mark.django_db
def test_load_tells_the_faults_of_all_pages_and_revisions_at_once(tmp_path):
    text = SHARED.replace("kind: person", "kind: dragon") + PAGE.replace("confidence: low", "confidence: lwo")
    text += another("milk-last").replace("polarity: binary", "polarity: both")

    assert refused(tmp_path, text) == [
        "tea.yaml: backers[0].kind: “dragon” is not one of: company, research-lab, government, organisation, person, "
        "constituency.",
        "tea.yaml: milk-first, revision 2: positions[1].confidence: “lwo” is not one of: high, medium, low, "
        "disputed, not-rated.",
        *(
            f"tea.yaml: milk-last, revision {number}: polarity: “both” is not one of: binary, multi-axis."
            for number in (1, 2, 3)
        ),
    ]


@pytest.mark.django_db
def test_a_page_twice_in_one_file_is_refused(tmp_path):
    assert refused(tmp_path, SHARED + PAGE + another("milk-first")) == [
        "tea.yaml, entry 3: “milk-first” is in this file already."
    ]


# -- beside Django's own --

GROUP = """
- model: auth.group
  fields: {name: Tasters, permissions: []}
"""


@pytest.mark.django_db
def test_load_takes_djangos_entries_in_the_same_file(tmp_path):
    load(tmp_path, GROUP + SHARED + PAGE)

    assert Group.objects.filter(name="Tasters").count() == 1
    assert m.Revision.objects.count() == 4


@pytest.mark.django_db
def test_dumpdata_writes_yaml_that_loaddata_reads(tmp_path):
    Group.objects.create(name="Zum Löwen")
    call_command("dumpdata", "auth.group", format="yaml", output=str(tmp_path / "groups.yaml"), verbosity=0)
    Group.objects.all().delete()

    call_command("loaddata", tmp_path / "groups.yaml", verbosity=0)

    assert list(Group.objects.values_list("name", flat=True)) == ["Zum Löwen"]


@pytest.mark.django_db
def test_djangos_entries_may_make_what_no_page_shows_yet(tmp_path):
    load(tmp_path, "- {model: controversies.topic, fields: {slug: tea, title: Tea}}")

    assert m.Topic.objects.get().title == "Tea"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("model", "change"),
    [
        ("controversy", {"title": "Changed"}),
        ("position", {"claim": "Changed"}),
        ("source", {"title": "Changed"}),
    ],
)
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_plain_fixture_that_changes_a_page_is_refused(tmp_path, model, change, form):
    """The database refuses it, whatever its format; in YAML the refusal also names the page."""
    load(tmp_path)
    row = {"controversy": m.Controversy, "position": m.Position, "source": m.Source}[model].objects.first()
    for name, value in change.items():
        setattr(row, name, value)
    (tmp_path / f"plain.{form}").write_text(serializers.serialize(form, [row]))
    before = state()

    with pytest.raises(FixtureRefused if form == "yaml" else IntegrityError) as caught:
        call_command("loaddata", tmp_path / f"plain.{form}", verbosity=0)

    assert state() == before
    assert str(caught.value).startswith(
        "plain.yaml: its entries change what these pages show without a revision: “Milk first?”. Nothing was loaded."
        if form == "yaml"
        else f"Problem installing fixtures: Controversy {KEY} was changed without a revision."
    )


@pytest.mark.django_db
def test_a_plain_fixture_that_adds_a_page_without_history_is_refused(tmp_path):
    topic = m.Topic.objects.create(slug="tea", title="Tea")
    lines = refused(
        tmp_path,
        f"- {{model: controversies.controversy, fields: {{slug: x, title: X, topic: {topic.pk}}}}}",
    )

    assert lines == [
        "tea.yaml: its entries change what these pages show without a revision: “X”. Nothing was loaded. Write a page "
        "as an entry with `controversy`, or change it in the admin."
    ]


@pytest.mark.django_db
def test_deserialize_refuses_as_django_expects(tmp_path):
    """For callers other than commands, a refusal is Django's own kind of error."""
    with pytest.raises(DeserializationError, match=r"^the fixture: The file is empty\.$"):
        list(serializers.deserialize("yaml", ""))


@pytest.mark.django_db
def test_load_into_another_database_is_refused(tmp_path):
    [page] = serializers.deserialize("yaml", SHARED + PAGE)

    with pytest.raises(FixtureRefused, match="history is kept in the default database only"):
        page.save(using="replica")

    assert not m.Controversy.objects.exists()


@pytest.mark.django_db
def test_a_page_edited_while_it_is_loaded_is_refused(tmp_path, monkeypatch):
    """Between the look at the record and the first write, somebody else saves."""
    load(tmp_path, (SHARED + PAGE).split("    - time: 2026-01-07")[0])
    real = history.record

    def record_after_somebody_else(document: Any, **options: Any) -> Any:
        monkeypatch.setattr(history, "record", real)
        head = history.head(KEY)
        history.record(
            replace(head.document, head=replace(head.document.head, title="Milk?")),
            author_name="Grace",
            base=head,
        )
        return real(document, **options)

    monkeypatch.setattr(history, "record", record_after_somebody_else)

    with pytest.raises(
        FixtureRefused, match=r"milk-first: this page was edited since: its revision 3, of .* by Grace"
    ):
        load(tmp_path)


# -- roles --


def with_roles(reviewer: str = "", contributors: str = "[editor-2]") -> str:
    """The page with a contributor, whose change is accepted by this reviewer."""
    text = PAGE.replace("  revisions:\n", f"  contributors: {contributors}\n  revisions:\n")
    return SHARED + text.replace(
        "      author: editor-2\n", f"      author: editor-2\n      reviewer: {reviewer}\n"
    )


@pytest.mark.django_db
def test_reviewer_is_recorded_and_in_the_digest(tmp_path):
    text = with_roles("editor-1").replace(
        "      author: editor-3\n", "      author: editor-3\n      reviewer: editor-1\n"
    )
    load(tmp_path, text)

    named = m.Revision.objects.filter(controversy=KEY).order_by("number")
    assert [each.reviewer_name for each in named] == ["", "editor-1", "", "editor-1"]
    assert list(verify.faults(KEY)) == []
    before = state()
    load(tmp_path, text)
    assert state() == before


@pytest.mark.django_db
def test_file_that_names_reviewers_since_is_the_one_loaded_before(tmp_path):
    load(tmp_path)
    before = state()

    load(tmp_path, with_roles("editor-1"))

    assert state() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reviewer", "words"),
    [
        ("", "“editor-2” is a contributor: name the editor who accepted the change."),
        ("editor-2", "Nobody accepts what they proposed themselves."),
        ("editor-4", "“editor-4” is a contributor, who cannot accept a change."),
    ],
)
def test_contributors_change_without_an_editor_who_accepts_it_is_refused(tmp_path, reviewer, words):
    text = with_roles(reviewer, "[editor-2, editor-4]")

    assert refused(tmp_path, text) == [f"tea.yaml: milk-first, revision 2: reviewer: {words}"]


@pytest.mark.django_db
def test_contributors_are_a_list_of_names(tmp_path):
    assert refused(tmp_path, with_roles("editor-1", "editor-2")) == [
        "tea.yaml: milk-first, contributors: This must be a list of names."
    ]
