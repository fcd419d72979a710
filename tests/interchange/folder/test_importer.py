"""Files become pages and edits of pages; what was edited on the site stays."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from controversies import history
from controversies import models as m
from controversies.history import verify
from controversies.interchange import files
from controversies.interchange.folder import FileOutcome, ImportRefused
from tests.factories import ControversyFactory

from .pages import JANE, META, WEIGHTS, head, take, write

pytestmark = pytest.mark.django_db


def faults(*paths, **options):
    """What is told of these paths; that nothing was written is made sure of."""
    before = state()
    with pytest.raises(ImportRefused) as caught:
        take(*paths, **options)
    assert state() == before
    told = [(Path(fault.file), fault.line, fault.message) for fault in caught.value.faults]
    return [f"{path.name}:{line}: {message.replace(f'{path.parent}/', '')}" for path, line, message in told]


def state():
    tables = (m.Controversy, m.Revision, m.Backer, m.Source, m.Topic, m.ImportedFile)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def edit(slug="weights", **changes):
    """Edit the head or the first position of a page as the admin does."""
    found = head(slug)
    document = found.document
    own = {name: changes.pop(name) for name in list(changes) if hasattr(document.head, name)}
    first, *others = document.positions
    document = document.with_blocks(
        head=replace(document.head, **own), positions=(replace(first, **changes), *others)
    )
    return history.save(document, author_name="Edith Editor", summary="On the site.", base=found.number)


def rewrite(root, *replaced, slug="weights"):
    """Change the file as an editor does."""
    path = root / "controversies" / f"{slug}.md"
    text = path.read_text()
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


# -- the first time --


def test_a_folder_becomes_pages_with_their_backers(tmp_path):
    report = take(write(tmp_path))

    found = head()
    document = found.document
    assert (found.number, found.entry.author_name, found.entry.classes[0]) == (1, "Ida Importer", "import")
    assert found.entry.summary == "Imported from weights.md, last updated there on 8 March 2026."
    assert (document.head.publication, document.head.polarity) == ("draft", "multi-axis")
    assert document.context.text == (
        'The same openness that helps can harm — it must be "navigated".\n\n## See also\n\nAnother page.'
    )
    assert [(point.title, point.body) for point in document.points] == [
        ("Thresholds", 'Is there a point where models become "too capable"?\n\nIt is debated.'),
        ("Business", "Somebody has to pay."),
    ]
    assert document.head.status_summary == "This is contested."
    assert {(b.slug, b.name, b.kind) for b in document.backers} == {
        ("meta-ai", "Meta AI", "company"),
        ("jane-doe", "Jane Doe", "person"),
        ("open-source-community", "Open source community", "constituency"),
        ("some-lab-researchers", "Some lab researchers", "constituency"),
    }
    assert [backing.backer for backing in document.positions[1].backings][1] == document.backers[0].key
    assert m.Backer.objects.get(slug="meta-ai").description == "Founded 2013."
    assert sorted((guess.slug, guess.field) for guess in report.guesses) == [
        ("open-models", "title"),
        ("open-source-community", "kind"),
        ("open-source-community", "name"),
        ("some-lab-researchers", "kind"),
        ("some-lab-researchers", "name"),
    ]
    assert list(verify.faults(document.key)) == []


@pytest.mark.parametrize(
    ("line", "publish", "expected"),
    [
        ("", False, "draft"),
        ("", True, "published"),
        ("publication: published\n", False, "published"),
        ("publication: draft\n", True, "draft"),
    ],
)
def test_a_new_page_is_a_draft_unless_the_file_or_the_command_says_otherwise(
    tmp_path, line, publish, expected
):
    take(write(tmp_path, weights=WEIGHTS.replace("status:", f"{line}status:")), publish=publish)

    assert head().document.head.publication == expected


def test_publish_publishes_a_draft_whose_file_did_not_change(tmp_path):
    take(write(tmp_path))

    take(tmp_path, publish=True)
    take(tmp_path, publish=True)

    assert (head().number, head().document.head.publication) == (2, "published")


def test_a_dry_run_tells_and_writes_nothing(tmp_path):
    before = state()

    report = take(write(tmp_path), dry_run=True)

    assert [(page.name, page.outcome) for page in report.pages] == [
        ("Open Weights: Gift vs. Hazard", FileOutcome.NEW)
    ]
    assert state() == before


def test_what_two_files_both_tell_of_is_one(tmp_path):
    other = WEIGHTS.replace("id: weights", "id: other").replace("Meta's open approach", "Another title")

    report = take(write(tmp_path, other=other))

    assert m.Source.objects.count() == 3
    assert report.notes == [
        "Another title: Title stays “Another title”, as on record; the file has “Meta's open approach”."
    ]


# -- again --


def test_an_unchanged_file_changes_nothing(tmp_path):
    take(write(tmp_path))
    before = state()

    report = take(tmp_path)

    after = state()
    assert [page.outcome for page in report.pages] == [FileOutcome.UNCHANGED]
    assert after[:-1] == before[:-1]


def test_an_unchanged_file_undoes_no_edit_of_the_site(tmp_path):
    take(write(tmp_path))
    edit(argument="Written on the site.", question="Who may?")

    take(tmp_path)

    assert head().number == 2
    assert head().document.positions[0].argument == "Written on the site."


def test_a_file_whose_layout_alone_changed_changes_nothing(tmp_path):
    take(write(tmp_path))
    rewrite(tmp_path, ("status: active", "# a remark\nstatus:   'active'"))

    report = take(tmp_path)

    assert ([page.outcome for page in report.pages], head().number) == ([FileOutcome.UNCHANGED], 1)


def test_a_changed_file_is_merged_with_what_was_edited_since(tmp_path):
    take(write(tmp_path))
    keys = [position.key for position in head().document.positions]
    edit(argument="Written on the site.", question="Who may?")
    rewrite(
        tmp_path,
        ("Open weights help research, and", "Open weights help all research, and"),
        ("confidence: medium", "confidence: low"),
        ("status: active", "status: dormant"),
    )

    report = take(tmp_path)

    document = head().document
    assert [page.outcome for page in report.pages] == [FileOutcome.CHANGED]
    assert [position.key for position in document.positions] == keys
    assert document.positions[0].claim.startswith("Open weights help all research")
    assert document.positions[0].argument == "Written on the site."
    assert document.positions[1].confidence == "low"
    assert (document.head.question, document.head.status) == ("Who may?", "dormant")
    assert (head().number, head().entry.classes[0]) == (3, "import")


def test_each_import_is_measured_against_the_one_before(tmp_path):
    take(write(tmp_path))
    edit(question="Who may?")
    rewrite(tmp_path, ("confidence: medium", "confidence: low"))
    take(tmp_path)
    rewrite(tmp_path, ("confidence: low", "confidence: medium"))

    take(tmp_path)

    assert head().document.positions[1].confidence == "medium"
    assert head().document.head.question == "Who may?"


def test_what_both_changed_is_told_in_words_and_nothing_is_written(tmp_path):
    take(write(tmp_path, other=WEIGHTS.replace("id: weights", "id: other")))
    edit(confidence="low", status="resolved")
    rewrite(tmp_path, ("confidence: high", "confidence: disputed"), ("status: active", "status: dormant"))
    rewrite(tmp_path, ("status: active", "status: dormant"), slug="other")

    told = faults(tmp_path)

    way = "Write the site's text here; or export the page, change it there, and import that."
    assert told == [
        "weights.md:5: Status was changed here and on the site. It was “Active”; on the site it is “Resolved”; "
        f"here it is “Dormant”. {way}",
        "weights.md:16: Position A: Confidence was changed here and on the site. It was “High”; on the site it is "
        f"“Low”; here it is “Disputed”. {way}",
    ]


LONG = " ".join(f"Reason {number} for openness is given here." for number in range(1, 12))


def test_conflict_in_a_long_text_shows_the_words_that_differ(tmp_path):
    argument = f'confidence: high\n    argument: "{LONG}"'
    take(write(tmp_path, weights=WEIGHTS.replace("confidence: high", argument)))
    edit(argument=LONG.replace("Reason 9 for", "Reason 9 against"))
    rewrite(tmp_path, ("Reason 9 for openness is", "Reason 9 for openness was"))

    assert faults(tmp_path) == [
        (
            "weights.md:17: Position A: Argument was changed here and on the site. On the site: “…is given here. "
            "Reason 8 for openness is given here. Reason 9 [-for-] {+against+} openness is given here. Reason 10 for "
            "openness is given her…”; here: “…. Reason 8 for openness is given here. Reason 9 for openness [-is-] "
            "{+was+} given here. Reason 10 for openness is given here. Reason 11…”. Write the site's text here; or "
            "export the page, change it there, and import that."
        )
    ]


def test_conflict_in_a_long_description_of_a_backer_shows_the_words_that_differ(tmp_path):
    write(tmp_path)
    path = tmp_path / "actors" / "meta-ai.yml"
    path.write_text(f"{META}description: {LONG}\n")
    take(tmp_path)
    with history.act(author_name="Edith", summary="Here."):
        meta = m.Backer.objects.get(slug="meta-ai")
        meta.description = meta.description.replace("Reason 9 for", "Reason 9 against")
        meta.save()
    path.write_text(path.read_text().replace("Reason 9 for openness is", "Reason 9 for openness was"))

    [said] = faults(tmp_path)

    assert "Reason 9 [-for-] {+against+} openness is given here." in said
    assert "Reason 9 for openness [-is-] {+was+} given here." in said
    assert "Reason 1 for" not in said


def test_what_both_changed_to_the_same_is_no_conflict(tmp_path):
    take(write(tmp_path))
    edit(confidence="low")
    rewrite(tmp_path, ("confidence: high", "confidence: low"))

    take(tmp_path)

    assert (head().number, head().document.positions[0].confidence) == (2, "low")


# -- what was exported --


def exported(slug="weights"):
    found = head(slug)
    return files.write(found.document, revision=files.mark(found.number, found.entry.document))


def test_an_export_is_an_edit_of_the_revision_that_it_names(tmp_path):
    page = ControversyFactory(positions=2)
    path = tmp_path / "page.md"
    path.write_text(exported(page.slug).replace("confidence: ", "confidence:  "))
    edit(page.slug, question="On the site?")

    assert [each.outcome for each in take(path).pages] == [FileOutcome.UNCHANGED]
    path.write_text(path.read_text().replace("status: active", "status: dormant"))
    take(path)

    found = head(page.slug)
    assert (found.number, found.document.head.question, found.document.head.status) == (
        3,
        "On the site?",
        "dormant",
    )


def test_a_page_that_no_file_made_is_not_written_over(tmp_path):
    page = ControversyFactory(slug="weights", positions=1)

    told = faults(write(tmp_path))

    assert told == [
        f"weights.md:2: “{page.document.head.title}” is on record under this id, and the file does not name "
        "the revision that it was made from. Export the page (exportcontroversies), make the change there, and "
        "import that; or add “revision: …” with the number of that revision; or choose another id."
    ]


def test_whoever_knows_what_a_file_was_made_from_may_say_so(tmp_path):
    ControversyFactory(slug="weights", positions=1)
    edit(question="On the site?")
    text = exported().replace("\nquestion: On the site?", "").replace("status: active", "status: dormant")
    path = tmp_path / "page.md"
    path.write_text(re.sub("\nrevision: .*", "\nrevision: 2", text))

    take(path)

    assert (head().document.head.question, head().document.head.status) == ("", "dormant")


def test_two_people_may_edit_one_export(tmp_path):
    ControversyFactory(slug="weights", positions=2)
    one, other = tmp_path / "one.md", tmp_path / "other.md"
    one.write_text(exported().replace("status: active", "status: dormant"))
    other.write_text(exported().replace("question: ", "question: Really? "))

    take(one)
    take(other)

    found = head().document.head
    assert (found.status, found.question.startswith("Really? ")) == ("dormant", True)


def test_an_old_export_undoes_nothing_of_its_last_import_unasked(tmp_path):
    ControversyFactory(slug="weights", positions=2)
    path = tmp_path / "page.md"
    path.write_text(exported().replace("status: active", "status: dormant"))
    take(path)
    path.write_text(path.read_text().replace("status: dormant", "status: active"))

    [told] = faults(path)
    path.write_text(re.sub("\nrevision: .*", "", path.read_text()))
    take(path)

    line = 1 + exported().split("\n").index(f"revision: {revision(3)}")
    assert told == (
        f"page.md:{line}: This text was made from a revision before the last import, and would undo some of its "
        "changes. If you mean that, leave out the line “revision”. If not, export the page and edit that file."
    )
    assert (head().number, head().document.head.status) == (3, "active")


def revision(number, slug="weights"):
    return files.mark(number, head(slug).entry.document)


# -- what pages share --


def test_a_corrected_source_is_corrected_on_every_page_that_shows_it(tmp_path):
    other = WEIGHTS.replace("id: weights", "id: other").replace("Gift vs. Hazard", "Other")
    take(write(tmp_path, other=other))
    rewrite(tmp_path, ("publisher: A Journal", "publisher: Another Journal"))

    report = take(tmp_path)

    assert m.Source.objects.get(title="Dual use").publisher == "Another Journal"
    assert (head("weights").number, head("other").number) == (2, 2)
    assert {s.publisher for s in head("other").document.sources} == {"", "Another Journal"}
    assert [page.outcome for page in report.pages] == [FileOutcome.CHANGED, FileOutcome.CHANGED]


def test_a_source_corrected_on_the_site_stays_so(tmp_path):
    take(write(tmp_path))
    with history.act(author_name="Edith Editor"):
        source = m.Source.objects.get(title="Dual use")
        source.publisher = "The Real Journal"
        source.save()
    rewrite(tmp_path, ("status: active", "status: dormant"))

    take(tmp_path)
    rewrite(tmp_path, ("publisher: A Journal", "publisher: Another Journal"))
    told = faults(tmp_path)

    assert m.Source.objects.get(title="Dual use").publisher == "The Real Journal"
    assert told == [
        (
            "weights.md:22: Dual use: Published in was “A Journal”, is now “The Real Journal” on record, and "
            "“Another Journal” here. Write the right value here; the one on record is accepted too."
        )
    ]


def test_a_changed_backer_is_corrected_where_the_site_did_not(tmp_path):
    take(write(tmp_path))
    with history.act(author_name="Edith Editor"):
        m.Backer.objects.filter(slug="meta-ai").update(website="https://crux.example/site")
    (tmp_path / "actors" / "meta-ai.yml").write_text(META.replace("name: Meta AI", "name: Meta"))

    report = take(tmp_path)

    backer = m.Backer.objects.get(slug="meta-ai")
    assert (backer.name, backer.website) == ("Meta", "https://crux.example/site")
    assert [(b.name, b.outcome) for b in report.backers] == [
        ("Jane Doe", FileOutcome.UNCHANGED),
        ("Meta", FileOutcome.CHANGED),
    ]
    assert {b.name for b in head().document.backers} >= {"Meta", "Jane Doe"}


def test_a_backer_on_record_is_known_by_its_name_and_gains_what_it_lacks(tmp_path):
    m.Backer.objects.create(slug="doe", name="Jane Doe", kind="person", website="https://crux.example/doe")
    root = write(tmp_path)
    (root / "actors" / "jane-doe.yml").write_text(JANE + "website: https://crux.example/x\naliases: [JD]\n")

    report = take(root)

    backer = m.Backer.objects.get(name="Jane Doe")
    assert (backer.slug, backer.website, backer.aliases) == ("doe", "https://crux.example/doe", ["JD"])
    assert report.notes == [
        (
            "Jane Doe: Website stays “https://crux.example/doe”, as on record; the file has “https://crux.example/x”."
        )
    ]
    assert "doe" in {b.slug for b in head().document.backers}


def test_two_new_backers_of_one_name_are_told(tmp_path):
    root = write(tmp_path)
    (root / "actors" / "jd.yml").write_text(JANE.replace("id: jane-doe", "id: jd").replace("Jane", "JANE"))

    assert faults(root) == [
        "jd.yml:1: jane-doe.yml has this name and type too. Keep one, with the other's id as alias."
    ]


# -- faults --


def test_all_faults_of_all_files_are_told_and_nothing_is_written(tmp_path):
    root = write(
        tmp_path,
        twin=WEIGHTS,
        wrong=WEIGHTS.replace("id: weights", "id: wrong").replace("confidence: high", "confidence: hgih"),
        bare="---\nid: bare\n---\n",
    )
    (root / "actors" / "jane-doe.yml").write_text("id: meta-ai\nname: M\ntype: firm\n")
    (root / "actors" / "two.yml").write_text(META)

    told = faults(root)

    assert told == [
        (
            "jane-doe.yml:3: “firm” is not a known type. Write one of: individual, organization, company, "
            "research-lab, government, organisation, person, constituency."
        ),
        "two.yml:1: meta-ai.yml has the id “meta-ai” too. Keep one of the two.",
        "bare.md:2: “status” is missing. Write “status: …”, one of: emerging, active, dormant, resolved.",
        "bare.md:2: “thread” is missing. Write “thread: …”, the address of its topic, as in “thread: open-weights”.",
        "bare.md:2: “title” is missing. Write “title: …”, what the page is called.",
        "weights.md:2: twin.md has the id “weights” too. Keep one of the two, or give this another id.",
        (
            "wrong.md:16: “hgih” is not a known confidence. Write one of: high, medium, low, disputed, not-rated. "
            "Did you mean “high”?"
        ),
    ]


def test_what_only_the_record_can_refuse_is_told_at_its_line(tmp_path):
    ControversyFactory(slug="taken")
    page = ControversyFactory(slug="mine", publication="published")
    path = tmp_path / "a.md"
    path.write_text(exported("mine").replace("publication: published", "publication: draft"))

    told = faults(path)

    line = 1 + path.read_text().split("\n").index("publication: draft")
    assert told == [
        f"a.md:{line}: publication: Readers have seen this page: withdraw it instead of making it a draft."
    ]
    assert page.head.number == 1


@pytest.mark.parametrize("publication", ["draft", "published"])
def test_a_copy_of_an_export_under_another_id_is_told_of_its_keys(tmp_path, publication):
    page = ControversyFactory(positions=2, publication=publication)
    copy, original = tmp_path / "copy.md", tmp_path / "original.md"
    copy.write_text(exported(page.slug).replace(f"id: {page.slug}\n", "id: a-copy\n", 1))
    original.write_text(exported(page.slug))

    told = faults(copy)
    both = faults(copy, original)

    assert told == [
        f"copy.md:2: This has the keys of “{page.document.head.title}”, whose id is another. Leave “keys” and "
        "“revision” out of a copy; give a page another address on the site."
    ]
    assert both[0] == told[0]
    assert both[1].endswith(
        ": This is the same page as copy.md: it has its keys. Leave “keys” out of the copy."
    )


def test_a_page_that_was_given_another_address_on_the_site_keeps_it(tmp_path):
    take(write(tmp_path))
    edit(slug="weights", question="Who may?")
    found = head()
    moved = replace(found.document.head, slug="other-weights")
    history.save(found.document.with_blocks(head=moved), author_name="Edith Editor", base=2)
    rewrite(tmp_path, ("status: active", "status: dormant"))

    take(tmp_path)

    assert (head("other-weights").document.head.status, m.Controversy.objects.count()) == ("dormant", 1)


# -- how much it costs --


def test_queries_do_not_grow_with_files_that_change_nothing(tmp_path, django_assert_max_num_queries):
    pages = {f"page-{i}": WEIGHTS.replace("id: weights", f"id: page-{i}") for i in range(6)}
    take(write(tmp_path, **pages))

    with django_assert_max_num_queries(25):
        take(tmp_path)


# -- one page in several files --


def test_a_page_in_two_folders_loses_nothing_to_the_one_that_says_less(tmp_path):
    """The old folder knows nothing of what was written on the site, and takes nothing of it away."""
    take(write(tmp_path / "old"))
    edit(argument="Written on the site.", question="Who may?")
    new = tmp_path / "new.md"
    new.write_text(exported().replace("question: Who may?", "question: Who may, and why?"))
    take(new)
    rewrite(tmp_path / "old", ("confidence: medium", "confidence: low"))

    take(tmp_path / "old")

    document = head().document
    assert (document.head.question, document.positions[0].argument, document.positions[1].confidence) == (
        "Who may, and why?",
        "Written on the site.",
        "low",
    )


def test_a_folder_that_was_moved_goes_on_from_what_it_said(tmp_path):
    take(write(tmp_path / "old"))
    edit(argument="Written on the site.", question="Who may?")
    new = tmp_path / "new.md"
    new.write_text(exported())
    take(new)
    (tmp_path / "old").rename(tmp_path / "moved")
    assert [page.outcome for page in take(tmp_path / "moved").pages] == [FileOutcome.UNCHANGED]
    rewrite(tmp_path / "moved", ("confidence: medium", "confidence: low"))

    take(tmp_path / "moved")

    document = head().document
    assert (document.head.question, document.positions[1].confidence) == ("Who may?", "low")


def test_files_of_one_page_are_forgotten_beyond_a_few(tmp_path):
    for i in range(8):
        path = tmp_path / f"{i}.md"
        path.write_text(WEIGHTS.replace("Open Weights", f"Weights {i}"))
        take(path)

    assert head().document.head.title == "Weights 7: Gift vs. Hazard"
    assert m.ImportedFile.objects.filter(key=head().document.key).count() == 5
