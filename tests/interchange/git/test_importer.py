"""Repositories taken over: every edit is kept, under its author's name, once, over nobody's; or nothing is."""

import datetime
from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from controversies import history
from controversies import models as m
from controversies.history import replay, verify
from controversies.interchange import files
from controversies.interchange.files import Catalogue
from controversies.interchange.folder import FileOutcome, ImportOptions, find_files
from controversies.interchange.folder import import_files as folder_take
from controversies.interchange.git.importer import import_history
from controversies.interchange.git.report import HistoryReport, summary_of
from controversies.interchange.git.repository import open_repository
from controversies.interchange.git.stream import fast_import_stream
from controversies.models import ChangeClass
from tests.factories import START, ControversyFactory, backer_block, document_factory
from tests.strategies import documents, edits

from .repositories import git, imported

pytestmark = pytest.mark.django_db

PAGE = """\
---
id: milk-first
title: Milk first?
thread: tea
status: active
polarity: binary
last_updated: 2026-02-03
positions:
  - claim: "Milk goes in first"
    proponents: [tasters, ada-lovelace]
    sources:
      - url: https://tea.example/brew
        title: "On Brewing"
    confidence: high
  - claim: "Milk goes in last"
    proponents: [some-engineers]
    sources:
      - url: https://tea.example/leaf
        title: "A Leaf"
    confidence: medium
---

## Context

Tea is drunk.

## Key Tensions

**Taste:** What tastes better?

**Manners:** What is done?

## Status

Nobody knows.
"""
OTHER = (
    PAGE.replace("milk-first", "sugar").replace("Milk first?", "Sugar?").replace("Milk goes", "Sugar goes")
)
ADA = "id: ada-lovelace\nname: Ada Lovelace\ntype: individual\n"
PATH, SUGAR, ACTOR = "controversies/milk-first.md", "controversies/sugar.md", "actors/ada-lovelace.yml"


def edited(*changes, of=PAGE):
    """The page with each of these texts in place of another."""
    for old, new in changes:
        assert of.count(old) >= 1, old
        of = of.replace(old, new)
    return of


def taken(made, path="", *, ref="HEAD", **options):
    with open_repository(made.folder) as repository:
        return import_history(repository, repository.resolve(ref), path, **options)


def revisions(slug="milk-first"):
    """Every revision of a page, oldest first."""
    return list(replay.page(str(m.Controversy.objects.get(slug=slug).pk)))


def said(slug="milk-first"):
    """Author, day and reason of every revision."""
    return [(r.entry.author_name, f"{r.entry.time:%m-%d %H:%M}", r.entry.summary) for r in revisions(slug)]


def state(slug="milk-first"):
    """The page as it is now."""
    return revisions(slug)[-1].document


def is_whole():
    return not any(fault for key, _slug in verify.controversies() for fault in verify.faults(key))


# -- what a commit becomes --


def test_commits_become_revisions(made):
    made.commit({PATH: PAGE, ACTOR: ADA, "README.md": "x"}, "Begin.")
    made.commit({"README.md": "y"}, "Not of a page.")
    made.commit(
        {PATH: edited(("Tea is drunk.", "Tea is drunk in cups."))},
        "Say what from.\n\nAs Bo (bo@cups.example) asked.\n\nCo-authored-by: Bo <bo@cups.example>",
        author="Grace Hopper <grace@navy.example>",
        date="2026-02-04T23:30:00-05:00",
    )

    result = taken(made)

    assert said() == [
        ("Ada Lovelace", "02-03 09:01", "Begin."),
        ("Grace Hopper; Bo", "02-05 04:30", "Say what from.\n\nAs Bo (…) asked."),
    ]
    first, second = revisions()
    assert "import" in first.entry.classes
    assert "import" in second.entry.classes
    assert [r.document.context.text for r in (first, second)] == ["Tea is drunk.", "Tea is drunk in cups."]
    assert {b.slug: (b.name, b.kind) for b in second.document.backers} == {
        "tasters": ("Tasters", "constituency"),
        "ada-lovelace": ("Ada Lovelace", "person"),
        "some-engineers": ("Some engineers", "constituency"),
    }
    assert [p.key for p in first.document.positions] == [p.key for p in second.document.positions]
    assert second.document.head.publication == "draft"
    assert (result.revisions, len(result.pages), result.faults) == (2, 1, {})
    assert is_whole()


def test_windows_lines_marks_and_odd_bytes_are_read(made):
    made.commit({PATH: b"\xef\xbb\xbf" + PAGE.replace("\n", "\r\n").encode(), "junk.bin": bytes(range(256))})
    made.commit({PATH: PAGE})  # the same in other bytes

    taken(made)

    assert len(revisions()) == 1
    assert state().context.text == "Tea is drunk."


def test_publish_is_for_files_that_do_not_say(made):
    made.commit({PATH: PAGE, SUGAR: OTHER.replace("status: active", "status: active\npublication: draft")})

    taken(made, publish=True)

    assert state().head.publication == "published"
    assert state("sugar").head.publication == "draft"


def test_deleted_page_is_withdrawn_and_brought_back(made):
    made.commit({PATH: PAGE}, "Begin.")
    made.commit({PATH: None}, "Away with it.", author="Grace Hopper <g@navy.example>")

    taken(made, publish=True)

    assert [r.document.head.publication for r in revisions()] == ["published", "withdrawn"]
    assert said()[1][::2] == ("Grace Hopper", "Away with it.")

    made.commit({PATH: edited(("Nobody", "Somebody"))}, "Back.")
    taken(made, publish=True)

    assert [r.document.head.publication for r in revisions()] == ["published", "withdrawn", "published"]
    assert state().head.status_summary == "Somebody knows."


def test_renamed_page_is_one_page_under_its_newest_address(made):
    made.commit({"controversies/milk.md": edited(("id: milk-first", "id: milk"))}, "Begin.")
    made.commit({"controversies/milk.md": None, PATH: PAGE}, "A better name.")
    made.commit({PATH: edited(("Tea is", "Tea was"))}, "Edit.")

    taken(made, publish=True)

    assert m.Controversy.objects.count() == 1
    assert [reason for _name, _time, reason in said()] == ["Begin.", "Edit."]
    assert len({p.key for r in revisions() for p in r.document.positions}) == 2


def test_page_renamed_after_it_was_taken_keeps_the_address_that_readers_know(made):
    made.commit({PATH: PAGE}, "Begin.")
    taken(made, publish=True)
    made.commit({PATH: None, "controversies/milk.md": edited(("id: milk-first", "id: milk"))}, "Renamed.")
    made.commit(
        {"controversies/milk.md": edited(("id: milk-first", "id: milk"), ("Tea is", "Tea was"))}, "Edit."
    )

    taken(made)

    assert [reason for _name, _time, reason in said()] == ["Begin.", "Edit."]


def test_dates_out_of_order_and_in_the_future_are_put_in_order(made):
    made.commit({PATH: PAGE}, "One", date="2026-02-05T12:00:00Z")
    two = made.commit({PATH: edited(("Tea is", "Tea was"))}, "Two", date="2026-02-01T12:00:00Z")
    three = made.commit({PATH: edited(("Tea is", "Tea will be"))}, "Three", date="2093-02-01T12:00:00Z")

    before, future = taken(made).notes
    assert before == (
        f"{two[:10]} milk-first: its author's date, 2026-02-01 12:00 UTC, is before the previous revision; "
        "recorded as of 2026-02-05 12:00 UTC."
    )
    assert future.startswith(
        f"{three[:10]} milk-first: its author's date, 2093-02-01 12:00 UTC, lies in the future; recorded as of"
    )

    times = [r.entry.time for r in revisions()]
    noon = datetime.datetime(2026, 2, 5, 12, tzinfo=datetime.UTC)
    assert times[:2] == [noon, noon]
    assert noon < times[2] <= datetime.datetime.now(datetime.UTC)
    assert is_whole()


def test_author_without_a_name_or_with_an_address_for_one(made):
    made.commit({PATH: PAGE}, author="ada@engine.example <ada@engine.example>")
    tree = made.git("rev-parse", "HEAD^{tree}").strip()
    made.write({PATH: edited(("Tea is", "Tea was"))})
    made.git("add", "-A")
    tree = made.git("write-tree").strip()
    parent = made.git("rev-parse", "HEAD").strip()
    raw = f"tree {tree}\nparent {parent}\nauthor  <x@y.example> 1770200000 +0000\ncommitter c <c> 1 +0000\n\nm\n"
    commit = git(
        made.folder, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", given=raw.encode()
    ).strip()

    taken(made, ref=commit)

    assert [name for name, _time, _reason in said()] == ["ada", "An editor"]


# -- branches --


def test_edits_on_two_branches_are_both_kept_with_their_authors(made):
    made.commit({PATH: PAGE}, "Begin.")
    made.git("checkout", "--quiet", "-b", "side")
    made.commit({PATH: edited(("Nobody knows", "Grace knows"))}, "Status.", author="Grace <g@x.example>")
    made.commit(
        {PATH: edited(("Nobody knows", "Grace knows"), ("What is done?", "Who says so?"))},
        "Manners.",
        author="Grace <g@x.example>",
    )
    made.git("checkout", "--quiet", "main")
    made.commit({PATH: edited(("Tea is drunk.", "Tea was drunk."))}, "Context.")
    made.merge("side")

    taken(made)

    reasons = [(name, reason) for name, _time, reason in said()]
    assert reasons[0] == ("Ada Lovelace", "Begin.")
    assert sorted(reasons[1:]) == [("Ada Lovelace", "Context."), ("Grace", "Manners."), ("Grace", "Status.")]
    sizes = [r.entry.added + r.entry.removed for r in revisions()[1:]]
    assert max(sizes) < 60  # none undoes another's edit
    document = state()
    assert (document.context.text, document.points[1].body, document.head.status_summary) == (
        "Tea was drunk.",
        "Who says so?",
        "Grace knows.",
    )


def test_edits_on_two_branches_keep_their_dates(made):
    made.commit({PATH: PAGE}, "Begin.", date="2026-02-10T12:00:00Z")
    made.git("checkout", "--quiet", "-b", "side")
    made.commit({PATH: edited(("Nobody knows", "I know"))}, "Side one.", date="2026-02-11T12:00:00Z")
    made.commit({PATH: edited(("Nobody knows", "Both know"))}, "Side two.", date="2026-02-13T12:00:00Z")
    made.git("checkout", "--quiet", "main")
    made.commit({PATH: edited(("Tea is", "Tea was"))}, "Main.", date="2026-02-12T12:00:00Z")
    made.merge("side")

    result = taken(made)

    assert [(time, reason) for _name, time, reason in said()] == [
        ("02-10 12:00", "Begin."),
        ("02-11 12:00", "Side one."),
        ("02-12 12:00", "Main."),
        ("02-13 12:00", "Side two."),
    ]
    assert result.notes == []
    assert (state().context.text, state().head.status_summary) == ("Tea was drunk.", "Both know.")
    assert taken(made).revisions == 0


def test_conflict_between_branches_is_settled_as_its_merge_did(made):
    made.commit({PATH: PAGE}, "Begin.")
    made.git("checkout", "--quiet", "-b", "side")
    made.commit({PATH: edited(("Nobody knows", "Grace knows"))}, "Hers.")
    made.git("checkout", "--quiet", "main")
    made.commit({PATH: edited(("Nobody knows", "Ada knows"))}, "Mine.")
    made.merge("side", files={PATH: edited(("Nobody knows", "Both know"))})

    taken(made)

    summaries = [r.document.head.status_summary for r in revisions()]
    assert summaries[0] == "Nobody knows."
    assert sorted(summaries[1:3]) == ["Ada knows.", "Grace knows."]
    assert summaries[3] == "Both know."
    assert said()[3][2] == "Merge side."


def test_merge_that_drops_a_side_is_a_revision(made):
    made.commit({PATH: PAGE}, "Begin.")
    made.git("checkout", "--quiet", "-b", "side")
    made.commit({PATH: edited(("Nobody knows", "Grace knows"))}, "Hers.")
    made.git("checkout", "--quiet", "main")
    made.commit({SUGAR: OTHER}, "Sugar.")
    made.merge("side", "-s", "ours")

    taken(made)

    assert [reason for _name, _time, reason in said()] == ["Begin.", "Hers.", "Merge side."]
    assert state().head.status_summary == "Nobody knows."


# -- what pages share --


def test_registry_later_says_who_a_backer_is_on_every_page(made):
    made.commit({PATH: PAGE, SUGAR: OTHER}, "Begin.")
    made.commit({ACTOR: ADA + "aliases: [Countess]\n"}, "Who Ada is.", author="Grace <g@x.example>")
    made.commit({ACTOR: ADA.replace("Ada Lovelace", "Ada King")}, "Her name.")

    taken(made)

    for slug in ("milk-first", "sugar"):
        assert [reason for _name, _time, reason in said(slug)] == ["Begin.", "Who Ada is.", "Her name."]
        names = [
            {b.slug: (b.name, b.kind, b.aliases) for b in r.document.backers}["ada-lovelace"]
            for r in revisions(slug)
        ]
        assert names == [
            ("Ada Lovelace", "person", ()),
            ("Ada Lovelace", "person", ("Countess",)),
            ("Ada King", "person", ()),
        ]
    assert said()[1][0] == "Grace"
    assert is_whole()


def test_source_put_right_in_one_file_is_put_right_on_every_page(made):
    made.commit({PATH: PAGE, SUGAR: OTHER}, "Begin.")
    made.commit({PATH: edited(("On Brewing", "On Brewing Tea"), ("Tea is", "Tea was"))}, "Its title.")
    made.commit({SUGAR: edited(("On Brewing", "On Brewing Tea"), of=OTHER)}, "Here too.")

    taken(made)

    assert [reason for _name, _time, reason in said()] == ["Begin.", "Its title."]
    assert [reason for _name, _time, reason in said("sugar")] == ["Begin.", "Its title."]
    assert {source.title for source in state("sugar").sources} == {"On Brewing Tea", "A Leaf"}
    assert state().context.text == "Tea was drunk."
    assert is_whole()


def test_backer_on_record_is_the_one_of_that_name(made):
    backer = m.Backer.objects.create(
        slug="countess", name="Ada Lovelace", kind="person", description="Known."
    )
    made.commit({PATH: PAGE, ACTOR: ADA})

    taken(made)

    assert str(backer.pk) in {b.key for b in state().backers}
    assert m.Backer.objects.filter(name="Ada Lovelace").get().description == "Known."


# -- folders --


@pytest.mark.parametrize("folder", ["content/", "a/very/deep/[place]/", ""])
def test_files_are_found_in_whatever_folder_importcontroversies_finds_them(made, folder):
    made.commit(
        {folder + PATH: PAGE, folder + ACTOR: ADA, ".hidden/" + SUGAR: OTHER, "notes.md": "x"}, "Begin."
    )
    made.commit({folder + PATH: edited(("Tea is", "Tea was"))}, "Two.")

    taken(made)

    assert [reason for _name, _time, reason in said()] == ["Begin.", "Two."]
    assert {backer.slug: backer.name for backer in state().backers}["ada-lovelace"] == "Ada Lovelace"
    assert m.Controversy.objects.count() == 1
    assert imported_from(made.folder) == [("Milk first?", FileOutcome.UNCHANGED, None)]


def test_pages_in_no_folder_of_theirs_are_found_as_importcontroversies_finds_them(made):
    made.commit({"milk-first.md": PAGE, "README.md": "x", "docs/x.md": "y"}, "Begin.")

    taken(made)

    assert [reason for _name, _time, reason in said()] == ["Begin."]
    assert imported_from(made.folder) == [("Milk first?", FileOutcome.UNCHANGED, None)]


def test_history_in_another_folder_is_kept_when_the_pages_were_moved(made):
    made.commit({"pages/milk.md": PAGE, "pages/other.md": "x"}, "Begin.", author="Grace <g@x.example>")
    made.commit({"pages/milk.md": None, PATH: edited(("Tea is", "Tea was"))}, "Move and edit.")
    made.commit({PATH: None, "archive/milk-first.md": edited(("Tea is", "Tea was"))}, "Away.")

    taken(made)

    assert [(name, reason) for name, _time, reason in said()] == [
        ("Grace", "Begin."),
        ("Ada Lovelace", "Move and edit."),
        ("Ada Lovelace", "Away."),
    ]
    assert state().head.publication == "withdrawn"
    assert m.Controversy.objects.count() == 1


def test_many_files_moved_and_edited_at_once_stay_the_same_pages(made):
    names = [f"page-{number}" for number in range(60)]

    def files(folder, verb):
        made = {name: PAGE.replace("milk-first", name).replace("Tea is", f"Tea {verb}") for name in names}
        return {
            f"{folder}/{name}.md": text.replace("Milk first?", f"Page {name}?") for name, text in made.items()
        }

    made.commit(files("pages", "is"), "Begin.", author="Grace <g@x.example>")
    made.commit({**dict.fromkeys(files("pages", "")), **files("controversies", "was")}, "Move all.")

    taken(made)

    assert m.Controversy.objects.count() == 60
    assert {tuple(reason for _name, _time, reason in said(name)) for name in names} == {
        ("Begin.", "Move all.")
    }


# -- guesses --

GUESSED = edited(("[tasters, ada-lovelace]", "[tasters, openlab, ada-lovelace]"))
OPENLAB = "id: openlab\nname: OpenLab\ntype: company\n"


def shown(slug="milk-first"):
    return {backer.slug: (backer.name, backer.kind) for backer in state(slug).backers}


def test_guess_of_an_earlier_run_is_put_right_by_a_file_that_comes_later(made):
    made.commit({PATH: GUESSED, SUGAR: edited(("[tasters", "[openlab, tasters"), of=OTHER)}, "Begin.")
    first = taken(made)
    assert [(g.slug, g.value) for g in first.guesses if g.is_doubtful] == [
        ("openlab", "organisation"),
        ("openlab", "Openlab"),
    ]
    made.commit({"actors/openlab.yml": OPENLAB, ACTOR: ADA}, "Who they are.", author="Bo <b@x.example>")

    result = taken(made)

    assert result.refused == []
    assert (shown()["openlab"], shown("sugar")["openlab"]) == (("OpenLab", "company"), ("OpenLab", "company"))
    assert [(name, reason) for name, _time, reason in said("sugar")][1:] == [("Bo", "Who they are.")]
    assert not m.Guess.objects.filter(key=m.Backer.objects.get(slug="openlab").pk).exists()
    assert is_whole()


def test_guess_of_a_folder_is_put_right_by_a_repository_and_the_other_way_round(made):
    made.commit({PATH: GUESSED}, "Begin.")
    imported_from(made.folder)
    made.commit({"actors/openlab.yml": OPENLAB}, "Who they are.")
    assert taken(made).refused == []
    assert shown()["openlab"] == ("OpenLab", "company")
    assert shown()["ada-lovelace"] == ("Ada Lovelace", "person")
    made.write({ACTOR: "id: ada-lovelace\nname: Ada King\ntype: individual\n"})

    imported_from(made.folder)

    assert shown()["ada-lovelace"] == ("Ada King", "person")


def test_name_that_was_set_here_stays_though_a_file_comes_later(made):
    made.commit({PATH: GUESSED}, "Begin.")
    taken(made)
    with history.act(author_name="Edith", summary="Here."):
        m.Backer.objects.filter(slug="openlab").update(name="Open Lab of Oxford")
    made.commit({"actors/openlab.yml": OPENLAB}, "Who they are.")

    taken(made)

    assert shown()["openlab"] == ("Open Lab of Oxford", "company")


def test_page_says_later_who_a_guessed_backer_is(made):
    made.commit({PATH: GUESSED}, "Begin.")
    explicit = GUESSED.replace("openlab,", "{id: openlab, name: OpenLab, type: company},")
    made.commit({SUGAR: explicit.replace("milk-first", "sugar").replace("Milk", "Sugar")}, "Another.")

    taken(made)

    assert (shown()["openlab"], shown("sugar")["openlab"]) == (("OpenLab", "company"), ("OpenLab", "company"))


def test_titles_of_topics_are_read_where_the_repository_has_them(made):
    made.commit({PATH: PAGE}, "Begin.")
    made.commit({"threads/tea.md": "---\ntitle: Tea and its troubles\n---\n"}, "Its title.")
    made.commit(
        {SUGAR: edited(("thread: tea", "thread: cups"), of=OTHER), "topics/cups.yml": "title: Cups?\n"},
        "New.",
    )
    taken(made)

    assert state().head.topic.title == "Tea and its troubles"
    assert state("sugar").head.topic.title == "Cups?"
    made.commit({"threads/tea.md": "---\ntitle: Tea\n---\n"}, "Shorter.")
    taken(made)
    assert state().head.topic.title == "Tea"


# -- faults --

FAULTY = edited(("confidence: high", "confidence: [high"), ("status: active\n", ""))


def test_every_fault_is_told_with_commit_file_and_line_and_nothing_is_recorded(made):
    made.commit({PATH: PAGE}, "Begin.")
    second = made.commit({PATH: FAULTY, SUGAR: "no front matter"}, "Broken.")
    made.commit({PATH: FAULTY.replace("Tea is", "Tea was"), ACTOR: "id: [ada"}, "Broken too.")
    made.commit({PATH: edited(("Tea is", "Tea was"))}, "Mended.")

    result = taken(made)

    lines = summary_of(result.faults)
    assert m.Controversy.objects.count() == 0
    assert all(line.startswith(second[:10]) for line in lines[:2])
    assert any(f"{second[:10]} {PATH}:" in line and line.endswith("(and in 1 later ones)") for line in lines)
    assert any(f"{SUGAR}:1: " in line for line in lines)
    assert any(f" {ACTOR}:" in line for line in lines)


def test_of_faulty_versions_the_text_is_kept_and_of_the_rest_it_is_said_who_changed_it(made):
    made.commit({PATH: PAGE}, "Begin.")
    made.commit({PATH: FAULTY}, "Broken.", author="Bo <bo@x.example>")
    broken = made.commit(
        {PATH: FAULTY.replace("Tea is", "Tea was"), SUGAR: "no front matter"},
        "Text.",
        author="Cleo <c@x.example>",
    )
    whole = edited(("Tea is", "Tea was"), ("confidence: high", "confidence: low"))
    mended = made.commit({PATH: whole}, "Mended.")

    result = taken(made, skip_faulty=True)

    assert [(name, reason) for name, _time, reason in said()] == [
        ("Ada Lovelace", "Begin."),
        ("Cleo", "Text."),
        ("Ada Lovelace", "Mended."),
    ]
    assert [r.document.context.text for r in revisions()] == [
        "Tea is drunk.",
        "Tea was drunk.",
        "Tea was drunk.",
    ]
    first, second, third = result.notes
    kept = "the front matter cannot be read, and stays as it was; the text under it is kept."
    assert first.endswith(f" {PATH}: {kept}")
    assert second == f"{broken[:10]} {PATH}: {kept}"
    assert third.startswith(f"{mended[:10]} milk-first: includes the changes of ")
    assert "(Bo), " in third
    assert third.endswith(f"{broken[:10]} (Cleo), whose file could not be read in full.")
    assert m.Controversy.objects.count() == 1
    assert is_whole()


def test_first_author_is_kept_where_early_versions_lack_what_a_page_needs_today(made):
    early = edited(
        ("title: Milk first?\n", ""), ("thread: tea\n", ""), ("status: active\n", "status: open\n")
    )
    first = made.commit({PATH: early.replace("---\n\n", "---\n\n# Milk first?\n\n")}, "Begin.")
    made.commit({PATH: PAGE}, "Rules.", author="Bo <bo@x.example>")

    result = taken(made)

    assert [(name, reason) for name, _time, reason in said()] == [
        ("Ada Lovelace", "Begin."),
        ("Bo", "Rules."),
    ]
    assert result.faults == {}
    assert result.notes == [
        f"{first[:10]} {PATH}: title “Milk first?” from the first heading; no thread: filed under "
        "“unsorted”; status “open” is unknown: taken for “active”."
    ]
    begun, now = (r.document for r in revisions())
    assert (begun.head.title, begun.context.text) == ("Milk first?", "Tea is drunk.")
    assert (begun.positions, now.head.topic.slug) == (now.positions, "tea")
    assert [topic.slug for topic in m.Topic.objects.all()] == ["tea"]


def test_title_stands_in_an_index(made):
    index = "# All\n\n- [Milk: first or last?](controversies/milk-first.md)\n"
    commit = made.commit({"README.md": index, PATH: edited(("title: Milk first?\n", ""))}, "Begin.")

    result = taken(made)

    assert result.notes == [f"{commit[:10]} {PATH}: title “Milk: first or last?” from the index."]
    assert state().head.title == "Milk: first or last?"


def test_file_that_is_too_large_is_a_fault(made, monkeypatch):
    monkeypatch.setattr("controversies.interchange.git.repository.MOST", 50_000)
    made.commit({PATH: PAGE}, "Begin.")
    made.commit({PATH: PAGE + "x" * 60_000}, "Large.")

    result = taken(made, skip_faulty=True)

    [line] = summary_of(result.faults)
    assert f"{PATH}: This has" in line
    assert len(revisions()) == 1


def test_two_files_of_one_id_are_refused(made):
    made.commit({PATH: PAGE, "controversies/copy.md": PAGE.replace("Tea", "Coffee")})

    result = taken(made)

    assert len(result.refused) == 1
    assert "milk-first" in result.refused[0]
    assert m.Controversy.objects.count() == 0


def test_dry_run_tells_and_records_nothing(made):
    commit = made.commit({PATH: PAGE}, "Begin.\n\nMore.")
    lines = []

    result = taken(made, dry_run=True, tell=lines.append)

    assert lines == [f"{commit[:10]} milk-first 1: 2026-02-03 Ada Lovelace: Begin."]
    assert result.revisions == 1
    assert m.Controversy.objects.count() == m.Backer.objects.count() == 0


# -- again --


def test_again_takes_only_what_is_new(made):
    made.commit({PATH: PAGE, ACTOR: ADA}, "Begin.")
    made.commit({PATH: edited(("Tea is", "Tea was"))}, "Two.", date="2026-01-01T00:00:00Z")
    taken(made)
    assert taken(made).revisions == 0
    made.commit({PATH: edited(("Tea is", "Tea will be")), SUGAR: OTHER}, "Three.")
    made.commit({ACTOR: ADA.replace("Ada L", "A. L")}, "Her name.")

    result = taken(made)

    assert [reason for _name, _time, reason in said()] == ["Begin.", "Two.", "Three.", "Her name."]
    assert [reason for _name, _time, reason in said("sugar")] == ["Three.", "Her name."]
    assert (result.revisions, result.known) == (4, 2)
    assert taken(made).revisions == 0


def edit_here(**fields):
    reading = revisions()[-1]
    document = replace(reading.document, head=replace(reading.document.head, **fields))
    history.record(document, base=reading, author_name="Edith", summary="Here.")


def test_page_that_was_edited_here_is_merged_with_what_is_new(made):
    made.commit({PATH: PAGE}, "Begin.")
    taken(made)
    edit_here(question="First or last?")
    made.commit({PATH: edited(("Tea is", "Tea was"))}, "There.")
    made.commit({PATH: edited(("Tea is", "Tea was"), ("Nobody", "Somebody"))}, "There too.")

    taken(made)

    assert [reason for _name, _time, reason in said()] == ["Begin.", "Here.", "There.", "There too."]
    assert state().head.question == "First or last?"
    assert state().context.text == "Tea was drunk."
    assert state().head.status_summary == "Somebody knows."


def test_conflict_with_an_edit_here_is_refused_with_clear_words(made):
    made.commit({PATH: PAGE}, "Begin.")
    taken(made)
    edit_here(status_summary="Edith knows.")
    commit = made.commit({PATH: edited(("Nobody knows", "Ada knows")), SUGAR: OTHER}, "There.")

    result = taken(made, skip_faulty=True)

    [line] = result.refused
    assert line.startswith(f"{commit[:10]} milk-first: ")
    assert "since revision 1" in line
    assert state().head.status_summary == "Edith knows."
    assert not m.Controversy.objects.filter(slug="sugar").exists()


def test_conflict_with_an_edit_here_in_a_long_text_shows_the_words_that_differ(made):
    long = " ".join(f"Cup {number} of tea was drunk." for number in range(1, 20))
    made.commit({PATH: edited(("Tea is drunk.", long))}, "Begin.")
    taken(made)
    document = state()
    context = replace(document.context, text=long.replace("Cup 15 of tea", "Cup 15 of milk"))
    head = history.head(document.key)
    history.record(document.with_blocks(context=context), author_name="Edith", summary="Here.", base=head)
    commit = made.commit({PATH: edited(("Tea is drunk.", long.replace("Cup 15", "Mug 15")))}, "There.")

    assert taken(made).refused == [
        f"{commit[:10]} milk-first: Context: Text was also changed on the site, since revision 1. In the repository: "
        "“…was drunk. Cup 13 of tea was drunk. Cup 14 of tea was drunk. [-Cup-] {+Mug+} 15 of tea was drunk. Cup 16 of "
        "tea was drunk. Cup 17 of tea…”; on the site: “… Cup 13 of tea was drunk. Cup 14 of tea was drunk. Cup 15 of "
        "[-tea-] {+milk+} was drunk. Cup 16 of tea was drunk. Cup 17 of tea was drunk…”. Make both the same, "
        "and try again."
    ]


def test_deleting_what_was_edited_here_is_refused(made):
    made.commit({PATH: PAGE}, "Begin.")
    taken(made)
    edit_here(status_summary="Edith knows.")
    made.commit({PATH: None}, "Away.")

    assert "was deleted in the repository" in taken(made).refused[0]


def test_page_on_record_that_is_not_from_the_repository_is_refused(made):
    ControversyFactory(slug="milk-first")
    made.commit({PATH: PAGE})

    result = taken(made)

    assert "is on record already" in result.refused[0]
    assert len(revisions()) == 1


def test_edits_in_an_exported_repository_come_back_as_edits(made):
    page = ControversyFactory(slug="milk-first", revisions=3)
    git(made.folder, "fast-import", "--quiet", given=b"".join(exported()))
    made.git("reset", "--quiet", "--hard", "main")
    page.edit(question="Meanwhile?")
    text = (made.folder / PATH).read_text()
    made.commit({PATH: text.replace("polarity: multi-axis", "polarity: binary")}, "In git.")

    result = taken(made)

    assert (result.revisions, result.refused) == (1, [])
    assert said()[-1][2] == "In git."
    assert state().head.polarity == "binary"
    assert state().head.question == "Meanwhile?"


# -- there and back --


def exported():
    return list(
        fast_import_stream(
            replay.public(),
            write=lambda document, day: files.write(
                document, updated=day, known=Catalogue(backers=document.backers)
            ),
            write_actor=files.write_actor,
        )
    )


def digests():
    """Of each page's revisions: those of the documents and of the revisions."""
    return {
        slug: [(e.document, e.digest) for e in (reading.entry for reading in replay.page(str(key)))]
        for slug, key in m.Controversy.objects.values_list("slug", "pk")
    }


def there_and_back(folder, build):
    """Build pages in a database, export them, and take them over into an empty one."""
    with transaction.atomic():
        build()
        before, stream_before = digests(), exported()
        transaction.set_rollback(True)
    repository = imported(folder, stream_before)
    assert not m.Controversy.objects.exists()
    with open_repository(repository) as found:
        result = import_history(found, found.resolve("main"))
    return before, stream_before, result


def test_export_is_taken_over_with_every_digest(tmp_path):
    def build():
        shared = m.Backer.objects.create(slug="old", name="Old name", kind="company", aliases=["O"])
        source = m.Source.objects.create(slug="s", title="A source", url="https://s.example/")
        for number, slug in enumerate(("milk", "tea")):
            document = document_factory(slug=slug, positions=1, citations=1, backers=[backer_block(shared)])
            cited = replace(document.sources[0], key=str(source.pk), slug="s", title="A source")
            position = document.positions[0]
            citation = replace(position.citations[0], source=cited.key)
            document = document.with_blocks(
                positions=(replace(position, citations=(citation,)),), sources=(cited,)
            )
            history.record(
                document,
                base=None,
                author_name="A <a>",
                summary="",
                time=START + datetime.timedelta(hours=number, microseconds=250),
                reviewer_name="Paul <p>",
                kind=m.ChangeClass.IMPORT,
            )
        with history.act(author_name="Edith", summary="New name.", time=START + datetime.timedelta(days=1)):
            m.Backer.objects.update(slug="new", name="New name", aliases=["O", "Old name"])
        with history.act(author_name="Edith", summary="Title.", time=START + datetime.timedelta(days=2)):
            m.Source.objects.update(title="Its own title", date="2024")
        with history.act(author_name="Edith", summary="Topic.", time=START + datetime.timedelta(days=3)):
            m.Topic.objects.filter(controversies__slug="milk").update(title="Hot milk")
        ControversyFactory(slug="later", revisions=5, start=START + datetime.timedelta(days=4))

    before, stream_before, result = there_and_back(tmp_path, build)

    assert {slug: len(found) for slug, found in before.items()} == {"milk": 4, "tea": 3, "later": 5}
    assert digests() == before
    assert exported() == stream_before
    assert result == HistoryReport(
        pages=set(map(str, m.Controversy.objects.values_list("pk", flat=True))),
        commits=12,
        revisions=12,
        as_before=12,
        unattributed=result.unattributed,
        guesses=result.guesses,  # titles of topics that are what their addresses say
    )
    assert len(result.unattributed) == 2
    assert {guess.field for guess in result.guesses} <= {"title"}
    assert is_whole()


def test_long_reasons_and_several_authors_come_back_with_every_digest(tmp_path):
    def build():
        made = ControversyFactory(slug="milk")
        reason = "Rewrite\n\n" + "Because. " * 1_000 + "\n\nSigned-off-by: Ada\nFixes: #12"
        made.edit(title="Milk?", author_name="Ada; Bo B; Cleo", summary=reason, kind=ChangeClass.IMPORT)

    before, stream_before, result = there_and_back(tmp_path, build)

    assert digests() == before
    assert exported() == stream_before
    assert (result.as_before, result.otherwise) == (2, 0)


def test_export_of_what_was_hidden_for_a_while_is_taken_over_as_far_as_it_was_seen(tmp_path):
    def build():
        made = ControversyFactory(slug="milk", revisions=4, published_at=3)
        made.edit(publication="withdrawn", time=START + datetime.timedelta(days=10))
        made.edit(publication="published", question="Back?", time=START + datetime.timedelta(days=11))

    before, _stream, result = there_and_back(tmp_path, build)

    seen = [document for document, _digest in before["milk"]]
    assert [document for document, _digest in digests()["milk"]] == [seen[2], seen[3], seen[5]]
    assert (result.as_before, result.otherwise) == (3, 0)


@given(st.data())
def test_any_history_is_taken_over_with_every_digest(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("any")

    def build():
        document = data.draw(documents())
        key, slug = document.key, document.head.slug
        for number in range(3):
            head = replace(document.head, slug=slug, publication="published", question=f"Is it {number}?")
            history.record(
                replace(document, head=head), base=number, author_name="A", summary=f"Number {number}."
            )
            current = history.head(key)
            assert current is not None
            document = data.draw(edits(current.document))

    with transaction.atomic():
        before, stream_before, _result = there_and_back(folder, build)
        assert digests() == before
        assert exported() == stream_before
        transaction.set_rollback(True)


def test_history_that_was_rewritten_goes_on_where_it_is_still_the_same(made):
    made.commit({PATH: PAGE}, "Begin.")
    made.commit({PATH: edited(("Tea is", "Tea was"))}, "Two.")
    taken(made)
    made.git("reset", "--quiet", "--hard", "HEAD~1")
    made.commit({PATH: edited(("Tea is", "Tea was"))}, "Two, amended.")
    made.commit({PATH: edited(("Tea is", "Tea will be"))}, "Three.")

    result = taken(made)

    assert [reason for _name, _time, reason in said()] == ["Begin.", "Two.", "Three."]
    assert (result.revisions, result.refused) == (1, [])


def test_branches_that_were_taken_over_before_their_merge_are_not_taken_again(made):
    made.commit({PATH: PAGE}, "Begin.")
    made.git("branch", "side")
    made.commit({PATH: edited(("Nobody knows", "Ada knows"))}, "Mine.")
    taken(made)
    made.git("checkout", "--quiet", "side")
    made.commit({PATH: edited(("Nobody knows", "Grace knows"))}, "Hers.", author="Grace <g@x.example>")
    made.git("checkout", "--quiet", "main")
    made.merge("side", files={PATH: edited(("Nobody knows", "Both know"))})

    taken(made)

    assert [reason for _name, _time, reason in said()] == ["Begin.", "Mine.", "Hers.", "Merge side."]
    assert state().head.status_summary == "Both know."
    assert taken(made).revisions == 0


def imported_from(folder):
    """What importcontroversies would do with these files."""
    found, faults, _skipped = find_files([str(folder)])
    report = folder_take(found, ImportOptions(author_name="Files"), faults=faults)
    return [(page.name, page.outcome, page.number) for page in report.pages]


def test_file_goes_on_from_what_was_taken_over(made):
    made.commit({PATH: PAGE, ACTOR: ADA}, "Begin.")
    taken(made)
    edit_here(question="First or last?")
    assert imported_from(made.folder) == [("Milk first?", FileOutcome.UNCHANGED, None)]

    made.write({PATH: edited(("Tea is", "Tea was")), ACTOR: ADA.replace("Ada L", "A. L")})

    assert imported_from(made.folder) == [("Milk first?", FileOutcome.CHANGED, 3)]
    assert (state().context.text, state().head.question) == ("Tea was drunk.", "First or last?")
    made.commit({}, "In git at last.")
    assert taken(made).revisions == 0


def test_history_goes_on_from_a_file_that_was_imported(made):
    made.commit({PATH: PAGE, ACTOR: ADA}, "Begin.")
    imported_from(made.folder)
    made.commit({PATH: edited(("Tea is", "Tea was"))}, "Two.")

    result = taken(made)

    assert (result.revisions, result.refused) == (1, [])
    assert [reason for _name, _time, reason in said()][1:] == ["Two."]


def test_what_pages_share_is_not_put_over_what_was_edited_here(made):
    made.commit({PATH: PAGE, ACTOR: ADA}, "Begin.")
    taken(made)
    with history.act(author_name="Edith", summary="Here."):
        m.Backer.objects.filter(slug="ada-lovelace").update(name="Ada, Countess of Lovelace")
        m.Source.objects.filter(title="On Brewing").update(publisher="Tea Press")
    commit = made.commit({ACTOR: ADA.replace("Lovelace", "King")}, "There.")

    [line] = taken(made).refused

    assert line.startswith(f"{commit[:10]} ada-lovelace: “name” was also changed on the site.")
    assert m.Backer.objects.get(slug="ada-lovelace").name == "Ada, Countess of Lovelace"

    made.commit({ACTOR: ADA + "website: https://ada.example/\n"}, "Back again, and something else.")
    made.commit({PATH: edited(("On Brewing", "On Brewing Tea"))}, "Another fact of it.")
    with history.act(author_name="Edith", summary="As there."):
        m.Backer.objects.filter(slug="ada-lovelace").update(name="Ada King")

    assert taken(made).refused == []
    backer, source = m.Backer.objects.get(slug="ada-lovelace"), m.Source.objects.get(title="On Brewing Tea")
    assert (backer.name, backer.website) == ("Ada Lovelace", "https://ada.example/")
    assert source.publisher == "Tea Press"


# -- marks of sources --


def test_numbers_that_a_commit_left_alone_stay_at_their_works(made):
    cited = edited(("Tea is drunk.", "Tea is drunk [1]."))
    made.commit({PATH: cited}, "Begin.")
    front = edited(
        ("    sources:\n      - url: https://tea.example/brew", "    sources:\n      - url: https://tea.example/new\n"
         '        title: "New"\n      - url: https://tea.example/brew'),
        of=cited,
    )  # fmt: skip
    made.commit({PATH: front}, "A source in front.")
    made.commit({PATH: edited(("Nobody knows.", "Nobody knows [1]."), of=front)}, "Which?")

    result = taken(made)

    key = str(m.Controversy.objects.get(slug="milk-first").pk)
    texts = [history.at(key, number).document.context.text for number in (1, 2, 3)]
    assert [text.partition("\n")[0] for text in texts] == [
        "Tea is drunk [1].",
        "Tea is drunk [2].",
        "Tea is drunk [2].",
    ]
    kept = "controversies/milk-first.md: line 27: [1] stays at “On Brewing”, which is source 2 now; write [@on-brewing]"
    read = "line 37: “[1]” is read as the file numbers its sources now"
    assert [note.partition(" ")[2] for note in result.notes] == [f"{kept}.", f"{kept}; {read}."]
    # A later run goes on from there.
    made.commit({PATH: edited(("Tea is drunk [1].", "Tea is drunk, [1]."), of=front)}, "A comma.")
    taken(made)
    assert history.at(key, 4).document.context.text.startswith("Tea is drunk, [2].")
