"""What is known of sources, dumped beside the corpus and loaded back; the corpus itself knows nothing of it."""

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from controversies import models as m
from controversies.checks import display
from controversies.checks.digests import quote_digest
from controversies.document import canonical
from controversies.interchange.corpus import dump
from controversies.interchange.corpus.checks import dump_checks, load_checks
from controversies.interchange.corpus.format import Tally
from controversies.interchange.corpus.line_reader import InvalidCorpus
from tests.checks.test_display import DAY, QUOTE, cited_page, quote_check, state
from tests.factories import ControversyFactory, source_block

pytestmark = pytest.mark.django_db(transaction=True)


def text() -> bytes:
    return b"".join(dump_checks())


def known_world() -> m.Source:
    """A source of which something of each kind is known."""
    _page, source = cited_page()
    m.SourceCopy.objects.create(source=source, time=DAY, warc_sha256="ab" * 32, text="SECRET")
    m.SourceCopy.objects.create(source=source, time=DAY, snapshot_url="https://archive.example/1")
    m.WorkNotice.objects.create(
        doi=source.doi, kind="concern", date="2026-03", notice_doi="10.5555/n", origin="Crossref", seen_at=DAY
    )
    quote_check(source, selector={"exact": QUOTE, "prefix": "a", "suffix": "b"}, last_found_at=DAY, page=3)
    state(source, "moved", moved_to="https://new.example/")
    return source


def test_corpus_and_its_digest_know_nothing_of_checks():
    _page, source = cited_page()
    before = b"".join(dump.corpus())
    state(source, "gone")
    quote_check(source)

    assert b"".join(dump.corpus()) == before


def test_file_has_what_everybody_may_know_and_nothing_else():
    source = known_world()
    ControversyFactory(publication="draft", citations=3)
    quiet = ControversyFactory(citations=1)
    header, line, footer = map(json.loads, text().splitlines())

    assert header["format"] == "crux-checks"
    assert line["source"] == str(source.pk)
    assert (line["verdict"], line["since"], line["moved_to"]) == (
        "moved",
        "2026-11-12",
        "https://new.example/",
    )
    assert line["quotations"][0]["sha256"] == quote_digest(QUOTE)
    assert line["snapshots"] == [{"day": "2026-11-12", "url": "https://archive.example/1"}]
    assert footer["end"]["checks"] == 1
    assert b"SECRET" not in text()
    assert quiet.document.sources[0].key not in text().decode()


def test_quotation_that_only_a_private_copy_has_is_left_out():
    _page, source = cited_page()
    quote_check(source, copy=m.SourceCopy.objects.create(source=source, time=DAY, warc_sha256="ab" * 32))
    state(source, "gone")

    assert json.loads(text().splitlines()[1])["quotations"] == []


def test_quotation_of_a_draft_is_left_out():
    _page, source = cited_page()
    ControversyFactory(publication="draft", citations=2, sources=[source_block(source)])
    draft_digest = quote_digest("Words that only the draft quotes.")
    m.QuoteCheck.objects.create(
        source=source, quote_sha256=draft_digest, verdict="found", since=DAY, checked_at=DAY, engine=1
    )
    state(source, "gone")

    assert draft_digest.encode() not in text()


@pytest.mark.parametrize("name", ["checks.jsonl", "checks.jsonl.gz"])
def test_commands_dump_and_load_both(tmp_path: Path, name: str):
    source = known_world()
    corpus, beside = tmp_path / "corpus.jsonl.gz", tmp_path / name
    call_command("dumpcorpus", str(corpus), checks=beside)
    told = display.read_checks([source])
    call_command("flush", interactive=False, verbosity=0)
    call_command("loadcorpus", str(corpus), checks=beside, verbosity=0)

    assert display.read_checks([m.Source.objects.get(pk=source.pk)]) == told
    assert display.version() == 1
    again = tmp_path / f"again-{name}"
    call_command("dumpcorpus", str(tmp_path / "again.jsonl"), checks=again)
    assert again.read_bytes() == beside.read_bytes()
    if name.endswith(".gz"):
        assert gzip.decompress(beside.read_bytes()) == text()


def test_corpus_without_checks_loads_as_ever(tmp_path: Path):
    known_world()
    call_command("dumpcorpus", str(tmp_path / "corpus.jsonl"))
    call_command("flush", interactive=False, verbosity=0)
    call_command("loadcorpus", str(tmp_path / "corpus.jsonl"), verbosity=0)

    assert m.Source.objects.count() > 0
    assert not m.SourceState.objects.exists()


def test_what_the_site_has_seen_itself_stays():
    source = known_world()
    written = text()
    state(source, "gone")
    load_checks(io.BytesIO(written))

    assert m.SourceState.objects.get(source=source).verdict == "gone"


def changed(written: bytes, **values: Any) -> bytes:
    """The file with another line on its source, and the footer that belongs to it."""
    header, line, _footer = written.splitlines()
    tally = Tally()
    text = canonical.dumps({**json.loads(line), **values})
    tally.add(header)
    tally.add(text, "checks")
    return b"\n".join((header, text, canonical.dumps(tally.footer()), b""))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"verdict": "dead"}, "“verdict” is out of range"),
        ({"since": "12 November"}, "“since” is out of range"),
        ({"moved_to": "javascript:alert(1)"}, "“moved_to” is out of range"),
        ({"snapshots": [{"day": "2026-11-12", "url": "ftp://x"}]}, "“url” is out of range"),
        ({"notices": [{"kind": "rumour", "date": "", "doi": "", "origin": "x"}]}, "“kind” is out of range"),
        ({"notices": ["x"]}, "“notices” must be a list"),
        ({"quotations": [{"sha256": "x"}]}, "“sha256” must be a digest"),
        ({"private": "x"}, "“private” is unknown here"),
        ({"source": "00000000-0000-4000-8000-000000000000"}, "is not on record here"),
    ],
)
def test_fault_is_named_with_its_line_and_nothing_is_loaded(values: dict[str, Any], message: str):
    known_world()
    written = text()
    m.SourceState.objects.all().delete()

    with pytest.raises(InvalidCorpus, match=message) as raised:
        load_checks(io.BytesIO(changed(written, **values)))

    assert raised.value.line == 2
    assert not m.SourceState.objects.exists()


@pytest.mark.parametrize("cut", [1, 2])
def test_file_that_was_cut_off_is_refused(cut: int):
    known_world()
    written = b"".join(text().splitlines(keepends=True)[:-cut])

    with pytest.raises(InvalidCorpus, match="cut off"):
        load_checks(io.BytesIO(written))


def test_file_that_was_changed_is_refused():
    known_world()

    with pytest.raises(InvalidCorpus, match="footer does not match"):
        load_checks(io.BytesIO(text().replace(b'"moved"', b'"gone"')))


def test_command_says_that_the_record_is_there_if_the_checks_are_not(tmp_path: Path):
    known_world()
    corpus, beside = tmp_path / "corpus.jsonl", tmp_path / "checks.jsonl"
    call_command("dumpcorpus", str(corpus))
    beside.write_text("{}\n")
    call_command("flush", interactive=False, verbosity=0)

    with pytest.raises(CommandError, match="The corpus is loaded, but"):
        call_command("loadcorpus", str(corpus), checks=beside, verbosity=0)
    assert m.Controversy.objects.exists()
