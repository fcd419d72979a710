"""Own copies are written once for all that a source says, are readable by nobody else, and go when they have served."""

import gzip
import shutil
import stat
from collections import namedtuple
from io import BytesIO

import pytest
from django.core.management import CommandError, call_command
from warcio.archiveiterator import ArchiveIterator

from controversies.checks import copies
from controversies.checks.copies import store, warc
from controversies.checks.fetch import FetchAnswer, fetch
from controversies.models import QuoteCheck, QuoteVerdict, SourceCopy, SourceState
from controversies.models.choices import FetchResult
from tests.checks.world import gzipped, html, redirect, typed
from tests.factories import SourceFactory

pytestmark = pytest.mark.django_db
PAGE = html("The work", "<p>Words – mit Ümläuten.</p>", set_cookie="id=1", x_odd="caf\xe9")


def ask(clock, url: str) -> FetchAnswer:
    answer = clock.wait_for(fetch, url, scheduled=False)
    assert answer.seen == FetchResult.OK
    return answer


@pytest.fixture
def answer(world, clock) -> FetchAnswer:
    """Return a page that was fetched through a redirect."""
    world.page("https://a.example/1?x=ä", redirect("/2?y=1"))
    world.page("https://a.example/1?x=%C3%A4", redirect("/2?y=1"))
    world.page("https://a.example/2?y=1", PAGE)
    return ask(clock, "https://a.example/1?x=ä")


def keep(source, answer: FetchAnswer, text: str = "") -> SourceCopy:
    """Write a copy and save its row, as a check does."""
    copy = copies.write_copy(answer)
    assert copy is not None
    copy.source, copy.time, copy.text = source, answer.time, text
    copy.save()
    return copy


def files(settings) -> list[str]:
    folder = settings.CHECKS_DIR / "copies"
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_copy_reads_back_as_it_was_fetched(answer, settings):
    copy = keep(SourceFactory(), answer, "Words")

    page = copies.read_copy(copy)

    assert page.body == PAGE.body
    assert page.url == "https://a.example/2?y=1"
    assert page.content_type == "text/html; charset=utf-8"
    assert page.time == answer.time
    assert (copy.media_type, copy.size) == ("text/html", len(PAGE.body))
    assert files(settings) == [f"{copy.warc_sha256}.warc.gz"]


def test_file_is_a_warc_that_others_can_read(answer):
    records = []
    for record in ArchiveIterator(BytesIO(warc.pack(answer)), check_digests="raise"):
        records.append(
            (record.rec_type, record.rec_headers, record.http_headers, record.content_stream().read())
        )

    assert [kind for kind, *_ in records] == ["warcinfo", "request", "response"]
    _, headers, request, _ = records[1]
    assert headers.get_header("WARC-Target-URI") == "https://a.example/2?y=1"
    assert headers.get_header("WARC-Concurrent-To") == records[2][1].get_header("WARC-Record-ID")
    assert request.protocol == "GET"
    assert request.get_header("host") == "a.example"
    assert request.get_header("user-agent").startswith("CruxChecks/")
    _, headers, response, body = records[2]
    assert response.get_statuscode() == "200"
    assert response.get_header("content-length") == str(len(body))
    assert response.get_header("x-odd") == "caf%C3%A9"  # warcio's form
    assert response.get_header("set-cookie") is None
    assert body == PAGE.body


def test_compressed_page_is_kept_as_it_reads(world, clock):
    page = html("A", "<p>x")
    world.page("https://a.example/", gzipped(page))

    data = warc.pack(ask(clock, "https://a.example/"))

    assert warc.unpack(data).body == page.body
    records = ArchiveIterator(BytesIO(data))
    headers = next(record.http_headers for record in records if record.rec_type == "response")
    assert headers.get_header("content-encoding") is None
    assert headers.get_header("x-archive-orig-content-encoding") == "gzip"


def test_nobody_else_can_read_copies(answer, settings):
    keep(SourceFactory(), answer)

    modes = {
        stat.S_IMODE(path.stat().st_mode) for path in [settings.CHECKS_DIR, *settings.CHECKS_DIR.rglob("*")]
    }
    assert modes == {0o700, 0o600}


def test_copy_is_new_only_if_the_source_says_something_new(world, clock):
    source = SourceFactory()
    world.page("https://a.example/", html("A", "<p>Words"))
    first = ask(clock, "https://a.example/")
    assert copies.is_new(source.pk, first, "Words")
    keep(source, first, "Words")

    world.page("https://a.example/", html("A", "<p>Words<!-- at 10:05 -->"))
    later = ask(clock, "https://a.example/")

    assert not copies.is_new(source.pk, first, "Words")
    assert not copies.is_new(source.pk, later, "Words")
    assert copies.is_new(source.pk, later, "Other words")
    assert copies.is_new(source.pk, later)
    assert copies.is_new(SourceFactory().pk, first, "Words")


def test_deleted_copy_leaves_its_digests(answer, settings):
    copy = keep(SourceFactory(), answer, "Words")
    digests = (copy.body_sha256, copy.warc_sha256)

    assert copies.delete_copies([copy.pk]) == 1
    copy.refresh_from_db()

    assert (copy.body_sha256, copy.warc_sha256) == digests
    assert copy.text == ""
    assert copy.deleted_at is not None
    assert files(settings) == []
    with pytest.raises(copies.CopyDamaged):
        copies.read_copy(copy)
    assert copies.delete_copies([copy.pk]) == 0


def test_file_that_two_sources_share_stays_with_the_other(answer):
    first, second = SourceFactory(), SourceFactory()
    copy = keep(first, answer)
    other = SourceCopy.objects.create(source=second, time=answer.time, warc_sha256=copy.warc_sha256)

    copies.delete_copies([copy.pk])

    assert copies.read_copy(other).body == PAGE.body


def test_damaged_file_is_not_believed(answer, settings):
    copy = keep(SourceFactory(), answer)
    path = next((settings.CHECKS_DIR / "copies").rglob("*.gz"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    with pytest.raises(copies.CopyDamaged, match="not as it was written"):
        copies.read_copy(copy)


@pytest.mark.parametrize(
    "data", [b"", b"no archive", gzip.compress(b"no archive"), gzip.compress(b"WARC/1.1\r\n\r\n")]
)
def test_file_that_is_no_copy_is_not_believed(data):
    with pytest.raises(copies.CopyDamaged):
        warc.unpack(data)


def test_copies_that_served_are_deleted(world, clock, settings):
    source, other = SourceFactory(), SourceFactory()
    kept = []
    for number in range(8):
        world.page("https://a.example/", html("A", str(number)))
        kept.append(keep(source, ask(clock, "https://a.example/"), str(number)))
        clock.advance(days=20)
    keep(other, ask(clock, "https://a.example/"), "7")
    quote = QuoteCheck.objects.create(
        source=source, quote_sha256="0" * 64, verdict=QuoteVerdict.CONFIRMED, since=clock.now(),
        checked_at=clock.now(), engine=1, copy=kept[1],
    )  # fmt: skip

    assert copies.delete_old_copies() == 3  # of days 0, 40 and 60; the quotation needs that of day 20
    deleted = [number for number, copy in enumerate(kept) if SourceCopy.objects.get(pk=copy.pk).deleted_at]
    assert deleted == [0, 2, 3]
    assert len(files(settings)) == 6
    clock.advance(days=400)
    quote.delete()
    assert copies.delete_old_copies() == 2
    assert SourceCopy.objects.filter(source=other, deleted_at=None).count() == 1
    assert copies.delete_old_copies() == 0


def test_snapshot_of_others_is_never_deleted_for_its_age(clock):
    SourceCopy.objects.create(
        source=SourceFactory(), time=clock.now(), snapshot_url="https://web.archive.org/web/1/x"
    )
    clock.advance(days=4_000)

    assert copies.delete_old_copies() == 0


def test_files_without_a_row_are_deleted_by_night(answer, settings, monkeypatch):
    copy = keep(SourceFactory(), answer)
    stray = copies.write_copy(
        FetchAnswer(FetchResult.OK, "https://b.example/", answer.time, body=b"<p>stray")
    )
    assert stray is not None
    folder = settings.CHECKS_DIR / "copies" / copy.warc_sha256[:2]
    (folder / ".half.warc.gz.x1").write_bytes(b"half")

    copies.delete_old_copies()
    assert len(files(settings)) == 3  # they may be about to get their rows
    monkeypatch.setattr("controversies.checks.copies.keeping._STRAY", -1.0)
    copies.delete_old_copies()

    assert files(settings) == [f"{copy.warc_sha256}.warc.gz"]


def test_file_goes_within_a_minute_of_the_words_that_had_to_go(
    answer, settings, clock, django_assert_num_queries
):
    copy = keep(SourceFactory(), answer, "Words")
    with django_assert_num_queries(1):
        assert copies.delete_stray_files() == 0
    SourceCopy.objects.filter(pk=copy.pk).update(text="", deleted_at=clock.now())

    assert copies.delete_stray_files() == 1
    assert files(settings) == []
    assert copies.delete_stray_files() == 0


def test_disk_without_room_costs_the_copy_and_not_the_check(answer, monkeypatch, caplog):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**12, 10**12 - 5, 5))

    assert copies.write_copy(answer) is None
    assert "less than 1024 MB free" in caplog.text


def test_folder_that_cannot_be_written_costs_the_copy_and_not_the_check(answer, settings, tmp_path, caplog):
    settings.CHECKS_DIR = tmp_path / "file"
    settings.CHECKS_DIR.write_text("no folder")

    assert copies.write_copy(answer) is None
    assert "cannot be kept" in caplog.text


def test_answer_without_a_body_is_not_kept(clock):
    answer = FetchAnswer(FetchResult.NOT_FOUND, "https://a.example/", clock.now(), status=404)

    assert copies.write_copy(answer) is None
    assert not copies.is_new(SourceFactory().pk, answer)


def test_large_pdf_is_kept_whole(world, clock):
    body = b"%PDF-1.4\n" + bytes(range(256)) * 40_000
    world.page("https://a.example/", typed("application/pdf", body))

    assert warc.unpack(warc.pack(ask(clock, "https://a.example/"))).body == body


def test_same_file_is_written_once(settings):
    assert store.write(b"data") == store.write(b"data")
    assert store.read(store.write(b"data")) == b"data"


def test_copies_that_somebody_wants_gone_go_and_stay_away(answer, settings, capsys):
    source, other = SourceFactory(title="The work"), SourceFactory()
    copy = keep(source, answer, "Words")
    keep(other, FetchAnswer(FetchResult.OK, "https://b.example/", answer.time, body=b"<p>other"))

    call_command("deletecopies", source.slug)

    copy.refresh_from_db()
    assert capsys.readouterr().out == "1 copy of “The work” deleted. From now on, none is kept.\n"
    assert (copy.text, copy.deleted_at is None) == ("", False)
    assert len(files(settings)) == 1
    assert not copies.is_new(source.pk, answer, "Other words")
    assert copies.is_new(other.pk, answer)
    assert SourceState.objects.get(source=source).due_at is not None
    call_command("deletecopies", source.slug, allow=True)
    assert copies.is_new(source.pk, answer, "Other words")
    assert "may be kept again" in capsys.readouterr().out


def test_copies_of_a_source_that_is_not_there_cannot_be_deleted(answer):
    source = SourceFactory()
    copy = keep(source, answer)

    with pytest.raises(CommandError, match="No source is called nobody"):
        call_command("deletecopies", source.slug, "nobody")
    assert copies.read_copy(copy).body == PAGE.body
