"""`manage.py checkquote`: a batch from standard input, and one source fetched."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils.html import escape

from controversies import history
from controversies.models import Citation, Source
from tests.checks.world import html, typed
from tests.factories import SourceFactory, document_factory

BASE = Path(__file__).parents[3]
LINE = {"id": 1, "quote": "The weights were published.", "text": "The weights were published."}


def batch(monkeypatch: pytest.MonkeyPatch, data: bytes) -> tuple[list[object], str, str]:
    """Return the answers, standard error and the message of the CommandError, if any."""
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    message = ""
    try:
        call_command("checkquote", batch=True, stdout=out, stderr=err)
    except CommandError as error:
        message = str(error)
    return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue(), message


def test_batch_answers_each_line_in_order(monkeypatch):
    lines = [
        {"text": LINE["text"], "id": "a", "quote": LINE["quote"]},
        {"id": {"n": [2]}, "quote": "The weights were never published.", "text": LINE["text"], "more": 1},
        {"id": None, "quote": "the weights were published", "text": LINE["text"]},
        {"id": 4, "quote": "weights", "text": LINE["text"]},
    ]

    answers, errors, message = batch(monkeypatch, "\n\n".join(map(json.dumps, lines)).encode())

    assert answers == [
        {"id": "a", "verdict": "found"},
        {"id": {"n": [2]}, "verdict": "absent"},
        {"id": None, "verdict": "punctuation"},
        {"id": 4, "verdict": "doubt"},
    ]
    assert (errors, message) == ("", "")


def test_batch_names_lines_that_it_cannot_read_and_answers_the_rest(monkeypatch):
    good = json.dumps(LINE).encode()
    lines = [
        b"\xef\xbb\xbf" + good,
        b"  ",
        b"{",
        b"[1]",
        b'{"id": 1, "quote": "a"}',
        b'{"id": 1, "quote": 2, "text": "a"}',
        b'{"id": 1, "quote": "\xff", "text": "a"}',
        b"[" * 200_000,
        b'{"id": 2, "quote": "\\ud800 weights of it", "text": "\\udfff\\u0000"}',
        good,
    ]

    answers, errors, message = batch(monkeypatch, b"\n".join(lines))

    assert [answer["verdict"] for answer in answers] == ["found", "absent", "found"]
    assert [line.split(":")[0] for line in errors.splitlines()] == [f"Line {n}" for n in (3, 4, 5, 6, 7, 8)]
    assert "“text” is missing" in errors
    assert "“quote” is not a string" in errors
    assert message == "6 lines could not be read."


def test_nothing_is_answered_for_nothing(monkeypatch):
    assert batch(monkeypatch, b"") == ([], "", "")


def test_batch_streams_and_needs_no_database():
    """The first line is answered while the second is not there yet."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "checkquote", "--batch"],
        cwd=BASE,
        env={
            "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none",
            "SECRET_KEY": "s" * 50,
            "ALLOWED_HOSTS": "x",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(LINE) + "\n")
    process.stdin.flush()

    assert json.loads(process.stdout.readline()) == {"id": 1, "verdict": "found"}
    out, err = process.communicate("no JSON\n")
    assert (out, process.returncode) == ("", 1)
    assert err.startswith("Line 2: This is not JSON")


def test_address_and_batch_exclude_each_other():
    with pytest.raises(CommandError, match="give no address"):
        call_command("checkquote", "https://a.example/", batch=True)
    with pytest.raises(CommandError, match="Give the address of a source"):
        call_command("checkquote")


def look(address: object, *quote: str) -> str:
    out = io.StringIO()
    call_command("checkquote", str(address), *quote, stdout=out)
    return out.getvalue()


PAGE = html("On weights", "<p>The <b>weights</b> were published in March.</p>")


@pytest.mark.django_db
def test_link_is_fetched_and_the_words_are_looked_for(world, clock):
    world.page("https://journal.example/a", PAGE)

    output = look("https://journal.example/a", "The weights were published in April.")

    assert "200 https://journal.example/a" in output
    assert "Title: On weights" in output
    assert "  Not found" in output
    assert "Nearest passage: “The weights were published in March”" in output


@pytest.mark.django_db
def test_source_of_the_site_is_known_by_slug_page_key_and_link(world, clock, settings):
    world.page("https://journal.example/a", PAGE)
    source: Source = SourceFactory(url="https://journal.example/a")

    for address in (
        source.slug,
        f"/sources/{source.slug}/",
        f"{settings.SITE_URL}/sources/{source.slug}/",
        source.pk,
        "https://journal.example/a",
    ):
        clock.advance(20)
        assert "Nothing is quoted from it." in look(address)


@pytest.mark.django_db
def test_all_that_pages_quote_from_a_source_is_looked_for(world, clock):
    history.record(document_factory(citations=4), author_name="Ada", base=None)
    citation = Citation.objects.exclude(quote="").select_related("source").first()
    assert citation
    world.page(citation.source.url, html("A work", f"<p>{escape(citation.quote)}</p>"))

    assert "  Found\n" in look(citation.pk)
    clock.advance(20)
    assert f"“{citation.quote}”\n  Found\n" in look(citation.source.slug)


@pytest.mark.django_db
def test_what_cannot_be_looked_at_is_said(world, clock):
    world.page("https://journal.example/scan.pdf", typed("application/pdf", b"%PDF-1.4 nothing"))
    unlinked: Source = SourceFactory(url="", doi="")

    with pytest.raises(CommandError, match="is no link, and no source or citation"):
        look("nothing-here")
    with pytest.raises(CommandError, match="neither a link nor a DOI"):
        look(unlinked.slug)
    with pytest.raises(CommandError, match="no text to compare"):
        look("https://journal.example/missing")
    with pytest.raises(CommandError, match="Try again after"):
        look("https://journal.example/scan.pdf")
    clock.advance(20)
    with pytest.raises(CommandError, match="The file is damaged"):
        look("https://journal.example/scan.pdf")
