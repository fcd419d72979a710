"""importcontroversies and exportcontroversies: there and back, and what they say."""

import io
import re
import zipfile
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from controversies import history
from controversies import models as m
from controversies.document import canonical
from controversies.history import verify
from controversies.interchange.files import FaultSample, FileFault
from controversies.interchange.folder import importer
from tests.factories import BackerFactory, ControversyFactory, SourceFactory

from .pages import WEIGHTS, head, write

pytestmark = pytest.mark.django_db


def run(name, *args, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command(name, *map(str, args), stdout=out, stderr=err, **options)
    return out.getvalue().splitlines()


def refused(name, *args, **options):
    err = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command(name, *map(str, args), stdout=io.StringIO(), stderr=err, **options)
    return err.getvalue().splitlines(), str(caught.value), caught.value.returncode


def emptied():
    """As flush would: past the guards of history, in a test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        for model in (m.ImportedFile, m.Citation, m.Stance, m.Backing, m.Position, m.ContestedPoint, m.Revision,
                      m.Block, m.ListedPeriod, m.ListedPage, m.PublicChange, m.SearchIndex, m.SearchBlock, m.SearchWord,
                      m.Arrival, m.Controversy,
                      m.Backer, m.Source, m.Topic, m.Origin, m.GoneText, m.Blame,
                      m.Checkpoint, m.TreeHash, m.Leaf, m.Log):  # fmt: skip
            cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608 - names of our tables
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def tree(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def undated(texts):
    """What was written but for what is the history's: day and number of the page's last change."""
    return {
        name: re.sub(rb"\nlast_updated: [0-9-]+\nrevision: [0-9]+-", b"\n", text)
        for name, text in texts.items()
        if name != ".crux-export"
    }


def test_import_says_what_it_did(tmp_path):
    said = run("importcontroversies", write(tmp_path), author="Ida", summary="Moving in.")

    path = tmp_path / "controversies" / "weights.md"
    assert said == [
        f"{path}: “Open Weights: Gift vs. Hazard”: a new page (draft). First version: two "
        "contested points, two positions, four backers and three sources.",
        "New backers: Jane Doe, Meta AI.",
        (
            "Guessed from addresses (“?”: doubtful). Confirm or correct these in actors/<id>.yml or topics/<id>.yml, "
            "or in the admin:"
        ),
        "  open-models: the topic “Open models”",
        "  open-source-community: “Open source community”, constituency",
        "  some-lab-researchers: “Some lab researchers”, constituency",
        "1 new, 0 changed, 0 unchanged.",
    ]
    assert (head().entry.author_name, head().entry.summary) == ("Ida", "Moving in.")


def test_a_dry_run_shows_the_compare_and_writes_nothing(tmp_path):
    run("importcontroversies", write(tmp_path))
    path = tmp_path / "controversies" / "weights.md"
    path.write_text(
        WEIGHTS.replace("status: active", "status: dormant")
        .replace("help research, and keep", "help all research and keep")
        .replace("jane-doe, ", "")
        .replace("**Business:** Somebody has to pay.\n\n", "")
    )

    said = run("importcontroversies", tmp_path, dry_run=True)

    assert said == [
        f"{path}: “Open Weights: Gift vs. Hazard”: " + said[0].partition("Hazard”: ")[2],
        "    Page",
        "      Status: [-Active-] {+Dormant+}",
        "    Contested point 2: removed",
        "      [-Business-]",
        "    Position A",
        "      Claim: Open weights help {+all+} research[-,-] and keep power from gathering in few hands",
        "      Backers: [-Jane Doe-]",
        "Guessed by earlier imports, and not confirmed yet: 3. --verbosity 2 lists them.",
        "0 new, 1 changed, 0 unchanged. This was a dry run: nothing was written.",
    ]
    assert head().number == 1


def test_faults_are_listed_and_the_exit_code_is_1(tmp_path):
    root = write(tmp_path, weights=WEIGHTS.replace("confidence: high", "confidence: hgih"))

    lines, said, code = refused("importcontroversies", root, tmp_path / "nothing.md")

    assert lines == [
        f"{tmp_path}/controversies/weights.md:16: “hgih” is not a known confidence. Write one of: high, medium, low, "
        "disputed, not-rated. Did you mean “high”?",
        f"{tmp_path}/nothing.md:1: There is no such file or folder.",
    ]
    assert (said, code) == ("2 faults. Nothing was written.", 1)
    assert not m.Controversy.objects.exists()


def test_an_author_that_cannot_be_recorded_is_told(tmp_path):
    _lines, said, _code = refused("importcontroversies", write(tmp_path), author="x" * 200)

    assert said == "author: At most 150 characters; this has 200."
    assert not m.Controversy.objects.exists()


@pytest.mark.parametrize("every", [False, True])
def test_export_is_imported_as_it_was_here_and_into_an_empty_database(tmp_path, every):
    shown = [ControversyFactory(positions=2, points=2, stances=3, citations=9) for _ in range(2)]
    hidden = [ControversyFactory(publication="draft"), ControversyFactory(publication="withdrawn")]
    BackerFactory(slug="nobody-shows-me")
    before = {page.slug: page.head.entry.document for page in shown + (hidden if every else [])}

    run("exportcontroversies", tmp_path, all=every)
    first = tree(tmp_path)
    again = run("importcontroversies", tmp_path)

    assert again[-1] == f"0 new, 0 changed, {len(before)} unchanged."
    assert [page.head.number for page in shown] == [1, 1]
    assert {name for name in first if name.startswith("controversies/")} == {
        f"controversies/{s}.md" for s in before
    }
    assert ("actors/nobody-shows-me.yml" in first) is every

    emptied()
    run("importcontroversies", tmp_path)
    assert {slug: head(slug).entry.document for slug in before} == before
    assert m.Controversy.objects.count() == len(before)
    for slug in before:
        assert list(verify.faults(head(slug).document.key)) == []
    run("exportcontroversies", tmp_path, all=every)
    assert undated(tree(tmp_path)) == undated(first)


def test_export_holds_nothing_unpublished(tmp_path):
    secret = ControversyFactory(publication="draft", title="Secret draft", context="Secret words")
    public = ControversyFactory()

    run("exportcontroversies", tmp_path)

    everything = b"\n".join(tree(tmp_path).values()).decode()
    assert f"id: {public.slug}\n" in everything
    assert "Secret" not in everything
    assert secret.slug not in everything
    assert not {backer.slug for backer in secret.document.backers} & {
        name.removeprefix("actors/").removesuffix(".yml") for name in tree(tmp_path)
    }
    _lines, said, _code = refused("exportcontroversies", tmp_path, secret.slug)
    assert said == f"There is no published controversy with the address {secret.slug}."


def test_export_removes_a_page_that_was_withdrawn(tmp_path):
    page, other = ControversyFactory(), ControversyFactory()
    run("exportcontroversies", tmp_path)
    document = page.document
    withdrawn = document.with_blocks(head=replace(document.head, publication="withdrawn"))
    history.save(withdrawn, author_name="Edith Editor", base=1)

    said = run("exportcontroversies", tmp_path)

    assert said == [
        f"0 files written, {len(tree(tmp_path)) - 1} unchanged, {1 + len(document.backers)} removed."
    ]
    assert f"controversies/{page.slug}.md" not in tree(tmp_path)
    assert f"controversies/{other.slug}.md" in tree(tmp_path)


def test_export_of_one_page_leaves_the_others(tmp_path):
    page, other = ControversyFactory(), ControversyFactory()
    run("exportcontroversies", tmp_path)

    run("exportcontroversies", tmp_path, page.slug)

    assert f"controversies/{other.slug}.md" in tree(tmp_path)


def test_queries_of_an_export_do_not_grow_with_pages(tmp_path, django_assert_num_queries):
    for count in (1, 3):
        while m.Controversy.objects.count() < count:
            ControversyFactory(positions=count, points=count, citations=count * 3)
        with django_assert_num_queries(7):
            run("exportcontroversies", tmp_path)


def test_what_is_exported_is_what_the_record_says(tmp_path):
    page = ControversyFactory()
    run("exportcontroversies", tmp_path)

    text = (tmp_path / "controversies" / f"{page.slug}.md").read_text()

    assert f"\nrevision: 1-{canonical.digest(page.document).hex()[:12]}\n" in text
    assert f"\nlast_updated: {page.head.entry.time.date().isoformat()}\n" in text


# -- marks of sources --

CITED = WEIGHTS.replace("can harm —", "can harm [1] —")


def in_front(text):
    """The page with a source before all others."""
    return text.replace(
        "    sources:\n", "    sources:\n      - url: https://crux.example/new\n        title: New\n", 1
    )


def test_numbers_that_an_added_source_would_point_elsewhere_stay_and_are_said(tmp_path):
    write(tmp_path, weights=CITED)
    run("importcontroversies", tmp_path)
    write(tmp_path, weights=in_front(CITED))

    out = run("importcontroversies", tmp_path)

    assert "can harm [2] —" in head().document.context.text
    assert (
        f"{tmp_path}/controversies/weights.md:33: [1] stays at “Meta's open approach”, which is source 2 now;"
        " write [@metas-open-approach]."
    ) in out


def test_numbers_that_were_left_alone_stay_however_often_the_file_is_imported(tmp_path):
    write(tmp_path, weights=CITED)
    run("importcontroversies", tmp_path)
    text = in_front(CITED)
    for words in ("help", "aid", "assist"):
        write(tmp_path, weights=text.replace("openness that helps", f"openness to {words}"))
        out = run("importcontroversies", tmp_path)
        assert (
            head()
            .document.context.text.splitlines()[0]
            .startswith(f"The same openness to {words} can harm [2] —")
        )
        assert any("[1] stays at" in line for line in out)

    write(tmp_path, weights=text.replace("openness that helps", "openness to help").replace("[1]", "[2]"))
    out = run("importcontroversies", tmp_path)
    assert "to help can harm [2] —" in head().document.context.text
    assert not any("stays at" in line for line in out)
    write(
        tmp_path, weights=text.replace("openness that helps", "openness to help")
    )  # the other work is meant

    run("importcontroversies", tmp_path)

    assert "to help can harm [1] —" in head().document.context.text


def test_an_exported_page_takes_a_source_in_front_without_a_word(tmp_path):
    write(tmp_path / "in", weights=CITED)
    run("importcontroversies", tmp_path / "in")
    run("exportcontroversies", tmp_path / "out", all=True)
    file = tmp_path / "out" / "controversies" / "weights.md"
    assert "can harm [@metas-open-approach] —" in file.read_text()
    file.write_text(in_front(file.read_text()))

    out = run("importcontroversies", tmp_path / "out")

    assert "can harm [2] —" in head().document.context.text
    assert not any("stays at" in line for line in out)


def test_a_mark_of_no_source_is_refused_with_its_line(tmp_path):
    write(tmp_path, weights=CITED.replace("[1]", "[@metas-openn-approach]"))

    lines, _said, _code = refused("importcontroversies", tmp_path)

    assert lines == [
        f"{tmp_path}/controversies/weights.md:31: No source of this page is called “metas-openn-approach”. Cite it, or"
        " write the id of one that is cited. Did you mean “metas-open-approach”? If no source is meant, write"
        " [\\@metas-openn-approach]."
    ]


@pytest.mark.parametrize("dry_run", [True, False])
def test_import_asks_about_names_like_those_on_record(tmp_path, dry_run):
    BackerFactory(slug="jane-d", name="Jane Doh", kind="person")
    SourceFactory(title="The Case for Openness", url="http://www.crux.example/case/")

    lines = run("importcontroversies", write(tmp_path / "a"), dry_run=dry_run, verbosity=1)

    assert "New backer “Jane Doe”. Did you mean “Jane Doh”?" in lines
    assert "New source “The case for openness”. Did you mean “The Case for Openness”?" in lines
    assert sum("Did you mean" in line for line in lines) == 2


# -- very many faults --


def bad_archive(path, count):
    """A zip archive whose pages have four faults each."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            text = f"---\nid: bad-{number}\ntitel: x\nstatus: nonsense\n---\n# Text\n"
            archive.writestr(f"controversies/bad-{number}.md", text)
    return path


def test_of_many_faults_the_first_are_printed_and_files_after_them_counted(tmp_path):
    lines, message, _code = refused("importcontroversies", bad_archive(tmp_path / "bad.zip", 60))

    assert len(lines) == 101
    assert all("bad-" in line for line in lines[:100])
    assert lines[100] == "35 files were not read: too many before them have faults."
    assert message == "100 faults. Nothing was written."


def test_files_after_too_many_faults_are_not_read(tmp_path, monkeypatch):
    opened = []
    read = importer.PageFile

    def note(data, **options):
        opened.append(options["name"])
        return read(data, **options)

    monkeypatch.setattr(importer, "PageFile", note)
    monkeypatch.setattr(importer, "_BATCH", 10)
    refused("importcontroversies", bad_archive(tmp_path / "bad.zip", 200))

    assert len(opened) == 30


def test_faults_take_no_more_memory_the_more_there_are():
    sample = FaultSample(FileFault(f"{number}.md", 1, "x" * 10_000) for number in range(20_000))

    assert (len(sample.items), sample.count) == (100, 20_000)
    again = FaultSample(sample)
    assert (again.items, again.count) == (sample.items, sample.count)
    assert not FaultSample()


def test_of_many_links_the_first_are_named(tmp_path):
    pages = write(tmp_path) / "controversies"
    for number in range(30):
        (pages / f"link-{number}.md").symlink_to(pages / "weights.md")

    lines = run("importcontroversies", tmp_path)

    assert sum("a symbolic link" in line for line in lines) == 20
    assert "… and 10 more links." in lines
