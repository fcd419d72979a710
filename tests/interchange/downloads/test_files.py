"""Files with everything public: what is in them, what never is, when they are made, and when they must go."""

import csv
import datetime
import gzip
import hashlib
import io
import json
import re
import resource
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from controversies.document import types
from controversies.document.redact import MARKER, RemovedWords
from controversies.history import replay
from controversies.interchange.corpus import dump
from controversies.interchange.downloads import files
from controversies.interchange.downloads.tables import TABLES, csvw
from controversies.models import OWNERS, BackerKind, Citation, Confidence, Relation, SourceKind, Status
from controversies.workflow import redaction
from tests.factories import BackerFactory, ControversyFactory, SourceFactory

pytestmark = pytest.mark.django_db

FORMULA = '=HYPERLINK("https://evil.example")'


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, settings):
    settings.DOWNLOADS_DIR = tmp_path / "downloads"


@pytest.fixture
def page():
    return ControversyFactory(
        slug="open", title="Is it so?", positions=3, points=2, citations=8, backings=4, revisions=2,
        backers=[BackerFactory(name="Müller", slug="who"), BackerFactory(name="Other", slug="other")],
        sources=[SourceFactory(slug="work", title="The Work", doi="10.1234/x"), SourceFactory(slug="second")],
    )  # fmt: skip


def rows(name: str) -> list[dict[str, str]]:
    manifest = files.newest()
    assert manifest is not None
    data = manifest.path(f"{name}.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def status(client, address: str) -> int:
    response = client.get(address)
    if response.streaming:
        assert b"".join(response.streaming_content)
    return int(response.status_code)


def everything() -> bytes:
    """All bytes in the folder, unpacked."""
    data = b""
    for path in Path(settings.DOWNLOADS_DIR).rglob("*"):
        if path.is_file():
            data += gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return data


# -- what is in them --


def test_positions_are_those_of_the_page_in_its_order(page):
    files.make()
    document = page.document

    table = rows("positions")

    assert [each["position"] for each in table] == [each.key for each in document.positions]
    assert [each["letter"] for each in table] == ["A", "B", "C"]
    assert [each["claim"] for each in table] == [each.claim for each in document.positions]
    assert {(each["page"], each["page_title"], each["revision"]) for each in table} == {
        ("open", "Is it so?", "2")
    }
    assert (
        table[0]["url"] == f"{settings.SITE_URL}/controversies/open/#position-{document.positions[0].key[:8]}"
    )


def test_backings_and_citations_refer_to_the_other_tables(page):
    files.make()
    document = page.document

    positions = {each["position"]: each for each in rows("positions")}
    backings, citations, sources = rows("backings"), rows("citations"), rows("sources")

    held = [(each.key, position.key) for position in document.positions for each in position.backings]
    assert [(each["backing"], each["position"]) for each in backings] == held
    assert {each["backer_name"] for each in backings} <= {"Müller", "Other"}
    assert {each["citation"]: each["source"] for each in citations} == {
        each.key: each.source for each in document.citations()
    }
    assert {each["position"] for each in citations} <= {*positions, ""}
    assert {each["source"] for each in sources} == {each.key for each in document.sources}
    assert {each["slug"]: int(each["citations"]) for each in sources} == {
        each.slug: sum(citation.source == each.key for citation in document.citations())
        for each in document.sources
    }
    assert {each["part"] for each in citations} <= {"context", "point", "position", "stance", "backing"}


def test_every_column_is_described_and_has_a_value_of_its_type(page):
    files.make()
    described = {each["url"]: each["tableSchema"] for each in csvw()["tables"]}

    for table in TABLES:
        schema = described[table.file_name]
        names = [column["name"] for column in schema["columns"]]
        keys = [row[schema["primaryKey"]] for row in rows(table.name)]
        assert keys
        assert len(keys) == len(set(keys))
        for row in rows(table.name):
            assert list(row) == names
            for column in schema["columns"]:
                value = row[column["name"]]
                if value and column["datatype"] == "integer":
                    int(value)
                elif value and column["datatype"] == "dateTime":
                    datetime.datetime.fromisoformat(value)
                elif value and column["datatype"] == "anyURI":
                    assert value.startswith("http")
        for key in schema.get("foreignKeys", ()):
            target = key["reference"]
            known = {row[target["columnReference"]] for row in rows(target["resource"].removesuffix(".csv"))}
            assert {row[key["columnReference"]] for row in rows(table.name)} - {""} <= known
        assert all(column["dc:description"] for column in schema["columns"])


@pytest.mark.parametrize("language", ["en", "de", "es"])
@pytest.mark.parametrize(
    ("table", "column", "values"),
    [
        ("positions", "status", Status.values),
        ("positions", "confidence", Confidence.values),
        ("backings", "kind", BackerKind.values),
        ("sources", "kind", SourceKind.values),
        ("citations", "relation", Relation.values),
        ("citations", "part", {*OWNERS[Citation], "context"} - {"controversy"}),
    ],
)
def test_meaning_of_a_column_names_its_values(table, column, values, language):
    columns = next(each.columns for each in TABLES if each.name == table)
    with translation.override(language):
        meaning = next(str(each.meaning) for each in columns if each.name == column)

    assert set(values) <= set(re.findall(r"[\w-]+", meaning))


@pytest.mark.parametrize(
    ("table", "part", "others"),
    [
        ("positions", types.Position, {"key": "position"}),
        ("backings", types.Backing, {"key": "backing"}),
        (
            "sources",
            types.Source,
            {"key": "source", "url": "link", "archive_url": "archived_copy", "origin": "repeats"},
        ),
        ("citations", types.Citation, {"key": "citation"}),
    ],
)
def test_every_field_has_a_column(table, part, others):
    columns = {column.name for each in TABLES if each.name == table for column in each.columns}

    fields = {spec.name for spec in part.SPECS if spec not in part.LISTS}  # lists have tables of their own
    assert {others.get(name, name) for name in fields} - columns == set()


def test_no_text_is_a_formula(page):
    document = page.document
    first = replace(
        document.positions[0], claim=FORMULA, argument=f"A line.\n\n{FORMULA}", confidence_reason="@x;-1"
    )
    page.save(document.with_blocks(positions=(first, *document.positions[1:])))

    files.make()

    row = rows("positions")[0]
    assert row["claim"] == f"'{FORMULA}"
    assert row["argument"] == f"A line. {FORMULA}"
    assert row["confidence_reason"] == "'@x;'-1"


def test_corpus_is_that_of_the_command(page):
    manifest = files.make()

    with replay.snapshot():
        expected = b"".join(dump.corpus())
    assert manifest is not None
    assert gzip.decompress(manifest.path("corpus.jsonl.gz").read_bytes()) == expected
    for each in manifest.files.values():
        data = manifest.path(each.name).read_bytes()
        assert (each.size, each.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_nothing_unpublished_is_in_them(page):
    secret = {"title": "Secret title", "positions": 1, "citations": 2, "backings": 1}
    for publication in ("draft", "withdrawn"):
        ControversyFactory(
            slug=f"secret-{publication}", publication=publication, revisions=2,
            backers=[BackerFactory(name=f"Secret {publication}", slug=f"secret-backer-{publication}")],
            sources=[SourceFactory(title=f"Secret {publication}", slug=f"secret-source-{publication}")], **secret,
        )  # fmt: skip
    SourceFactory.create(title="Secret and cited nowhere", slug="secret-source")

    files.make()

    assert b"open" in everything()
    assert b"ecret" not in everything()


def test_queries_do_not_grow_with_pages(page):
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            for table in TABLES:
                assert list(table.rows())
        return len(captured)

    before = count()
    for _ in range(3):
        ControversyFactory(positions=3, points=2, citations=8, backings=4)

    assert count() == before


# -- when they are made, and when they go --


def test_they_are_made_once_a_day_if_anything_has_changed(page):
    first = files.make_due()
    again = files.make_due()
    tomorrow = timezone.now() + datetime.timedelta(days=1, minutes=1)
    unchanged = files.make_due(tomorrow)
    page.edit(title="Another title")
    connection.check_constraints()  # as COMMIT does, which gives an arrival its number
    soon = files.make_due()
    changed = files.make_due(tomorrow)

    assert first is not None
    assert (again, unchanged, soon) == (None, None, None)
    assert changed is not None
    assert changed.folder != first.folder
    assert not first.path("positions.csv").exists()
    assert rows("positions")[0]["page_title"] == "Another title"


def test_what_is_withdrawn_is_gone_at_once_and_from_the_files_with_the_next_minute(client, page):
    ControversyFactory(slug="other", title="Another page", positions=1)
    first = files.make_due()
    assert first is not None
    assert status(client, "/data/positions.csv") == 200

    page.edit(publication="withdrawn")
    connection.check_constraints()

    assert files.current_set() is None
    for name in files.NAMES:
        assert status(client, f"/data/{name}") == 404
    assert "The files are being made" in client.get("/data/").content.decode()
    second = files.make_due()
    assert second is not None
    assert not first.path("positions.csv").exists()
    assert b"Is it so?" not in everything()
    assert status(client, "/data/positions.csv") == 200


def test_what_is_removed_is_gone_at_once_and_from_the_files_with_the_next_minute(client, page):
    claim = page.document.positions[0].claim
    files.make_due()
    assert claim.encode() in everything()

    redaction.apply(redaction.RedactionOrder(RemovedWords(claim), ground="privacy", by_name="Olga Operator"))

    assert status(client, "/data/positions.csv") == 404
    files.make_due()
    assert claim.encode() not in everything()
    assert MARKER in rows("positions")[0]["claim"]


def test_a_set_of_another_database_or_address_or_version_is_not_offered(client, page, settings):
    manifest = files.make()
    assert manifest is not None
    path = Path(settings.DOWNLOADS_DIR) / "manifest.json"
    text = path.read_text()

    others = {"arrival": manifest.arrival + 10**6, "site": "https://x.example", "version": 0, "folder": ".."}
    for name, value in others.items():
        path.write_text(json.dumps(json.loads(text) | {name: value}))
        assert files.current_set() is None, name
        assert status(client, "/data/positions.csv") == 404
    path.write_text("{")
    assert files.current_set() is None
    path.write_text(text)
    assert files.current_set() == manifest


def test_two_at_once_do_not_get_in_each_other_s_way(page):
    root = Path(settings.DOWNLOADS_DIR)
    root.mkdir(parents=True)
    with files._lock(root) as is_ours:
        assert is_ours
        assert files.make() is None
        with pytest.raises(CommandError, match="Another process"):
            call_command("makedownloads")
    assert files.make() is not None


def test_what_fails_leaves_the_files_that_were(page, settings):
    """As on a disk that is full."""
    before = files.make()
    assert before is not None
    most, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            files.make()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))

    assert files.newest() == before
    assert [path.name for path in Path(settings.DOWNLOADS_DIR).iterdir() if path.is_dir()] == [before.folder]


def test_command_says_what_it_made_or_why_not(page, settings, tmp_path):
    out = io.StringIO()
    call_command("makedownloads", stdout=out)
    lines = out.getvalue().splitlines()
    assert [line.partition(":")[0] for line in lines] == list(files.NAMES)
    assert "positions.csv: 3 rows, " in out.getvalue()

    (tmp_path / "file").write_text("")
    settings.DOWNLOADS_DIR = tmp_path / "file" / "folder"
    with pytest.raises(CommandError, match="could not be written"):
        call_command("makedownloads")


# -- the pages --


def test_page_lists_the_files_and_what_their_columns_mean(client, page):
    files.make()

    html = client.get("/data/").content.decode()

    for table in TABLES:
        assert f'<a href="/data/{table.file_name}" download>' in html
        for column in table.columns:
            assert f"<code>{column.name}</code>" in html
    manifest = files.newest()
    assert manifest is not None
    assert all(each.sha256 in html for each in manifest.files.values())
    assert 'href="/data/"' in client.get("/").content.decode()


def test_files_are_sent_whole_and_not_again_to_who_has_them(client, page):
    manifest = files.make()
    assert manifest is not None

    types = {
        "positions.csv": "text/csv; charset=utf-8; header=present",
        "corpus.jsonl.gz": "application/gzip",
    }
    for name, content_type in types.items():
        response = client.get(f"/data/{name}")
        assert b"".join(response.streaming_content) == manifest.path(name).read_bytes()
        assert response["Content-Type"] == content_type
        assert response["Content-Disposition"] == f'attachment; filename="{name}"'
        assert response["Cache-Control"] == "no-cache"
        assert not response.cookies
        again = client.get(f"/data/{name}", headers={"if-none-match": response["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    for name in ("manifest.json", "..%2Fmanifest.json", "positions.csv.gz", "positions"):
        assert status(client, f"/data/{name}") == 404


def test_a_proxy_that_can_sends_them_by_itself(client, page, settings):
    """So that no reader, however slow, keeps a thread of the site busy."""
    settings.DOWNLOADS_BY_PROXY = True
    manifest = files.make()
    assert manifest is not None

    response = client.get("/data/positions.csv")

    assert response.content == b""
    assert response["X-Accel-Redirect"] == f"/-/downloads/{manifest.folder}/positions.csv"
    conf = Path("config/deploy/nginx.conf").read_text()
    assert (
        "location /-/downloads/ {\n            internal;\n            alias /var/lib/crux/downloads/;" in conf
    )


def test_files_that_are_not_there_are_not_found(client, page):
    manifest = files.make()
    assert manifest is not None
    shutil.rmtree(manifest.path("positions.csv").parent)

    assert status(client, "/data/positions.csv") == 404


def test_description_for_programs_is_where_they_look_for_it(client):
    response = client.get("/data/csv-metadata.json")

    assert response["Content-Type"] == "application/csvm+json"
    described = json.loads(response.content)
    assert described["@context"][0] == "http://www.w3.org/ns/csvw"
    assert [each["url"] for each in described["tables"]] == [table.file_name for table in TABLES]


def test_asking_costs_two_queries_however_much_there_is(client, page, django_assert_max_num_queries):
    files.make()

    for address in ("/data/positions.csv", "/data/"):
        with django_assert_max_num_queries(2):
            assert status(client, address) == 200
