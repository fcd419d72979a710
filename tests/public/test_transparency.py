"""Checkpoint, tiles, entries and proofs over HTTP, read by aics-tlog, which is not ours."""

import gzip

import aics_tlog
import pytest
from aics_tlog.verified import audit_tiles
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controversies.document import canonical
from controversies.history.transparency import merkle, notes, tiles
from controversies.history.transparency.keys import verify
from controversies.models import Leaf
from tests.factories import ControversyFactory, UserFactory
from tests.history.transparency.logs import fill, follow, key, sign, sql

pytestmark = pytest.mark.django_db(transaction=True)


class HttpReader:
    """What aics-tlog reads tiles with: None for what is not there."""

    def __init__(self, client, prefix="/"):
        self.client, self.prefix = client, prefix

    def get(self, path):
        response = self.client.get(self.prefix + path)
        return response.content if response.status_code == 200 else None

    def read_tile(self, level, index, width):
        return self.get(aics_tlog.tiles.tile_path(level, index, width))

    def read_entry_bundle(self, index, width):
        return self.get(aics_tlog.tiles.entry_bundle_path(index, width))


def test_log_over_http_is_audited_by_another_implementation(client):
    fill(700)
    sign()
    fill(1)  # not signed yet: not served

    text = client.get("/checkpoint").content.decode()
    result = aics_tlog.verify_checkpoint(
        aics_tlog.parse_note(text), aics_tlog.parse_vkey(str(key())), [], quorum=0
    )
    assert result.ok
    head = aics_tlog.parse_checkpoint(aics_tlog.parse_note(text).text)
    assert (head.origin, head.size) == ("log.example", 700)
    for prefix in ("/", "/log/1/"):
        reader = HttpReader(client, prefix)
        report = audit_tiles(reader, head.size, head.root)
        assert (report.size, report.tiles, report.bundles) == (700, 4, 3)
        assert aics_tlog.tree_root_from_tiles(reader, 700) == head.root
        assert aics_tlog.read_entry(reader, 699, 700) == b'{"n":700}'
        proof = aics_tlog.inclusion_proof_from_tiles(reader, 300, 700)
        assert aics_tlog.verify_leaf_inclusion(b'{"n":301}', 300, 700, proof, head.root)


def test_headers_say_what_may_be_kept(client):
    fill(300)
    sign()
    for path, content_type, cache in [
        ("/checkpoint", "text/plain; charset=utf-8", "no-cache"),
        ("/tile/0/000", "application/octet-stream", "public, max-age=31536000, immutable"),
        ("/tile/0/001.p/44", "application/octet-stream", "public, max-age=60"),
        ("/tile/entries/000", "application/octet-stream", "public, max-age=31536000, immutable"),
        ("/tile/entries/001.p/44", "application/octet-stream", "public, max-age=60"),
        ("/tile/1/000.p/1", "application/octet-stream", "public, max-age=60"),
        ("/log/1/tile/1/000.p/1", "application/octet-stream", "public, max-age=60"),
    ]:
        response = client.get(path)
        assert response.status_code == 200
        assert response["Content-Type"] == content_type
        assert response["Cache-Control"] == cache
        assert "Cookie" not in response.get("Vary", "")
        assert response["Access-Control-Allow-Origin"] == "*"
        assert "default-src" in response["Content-Security-Policy"]
        assert int(response["Content-Length"]) == len(response.content)
        head = client.head(path)
        assert head.content == b""
        assert head["Content-Length"] == response["Content-Length"]
        again = client.get(path, headers={"if-none-match": response["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again["Cache-Control"] == cache
        assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200
        assert client.post(path).status_code == 405


def test_tiles_are_whole_or_not_there(client):
    fill(600)
    sign(512)
    assert len(client.get("/tile/0/001").content) == 8192
    assert len(client.get("/tile/0/001.p/255").content) == 255 * 32  # after the full tile, too
    assert len(client.get("/tile/1/000.p/2").content) == 64
    for address in ("0/002", "0/002.p/1", "0/002.p/88", "1/000", "1/000.p/3", "2/000.p/1", "entries/002.p/1"):
        response = client.get(f"/tile/{address}")
        assert response.status_code == 404
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert response["Cache-Control"] == "no-cache"
        assert response.content.decode() == (
            "The signed log has 512 entries, and no such tile; its partial tiles end in .p/ and a number.\n"
        )


def test_tile_with_a_hole_is_an_error_and_never_short(client):
    fill(300)
    sign()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM controversies_leaf WHERE index = 7")
        cursor.execute("SET session_replication_role = origin")
    client.raise_request_exception = False

    for address in ("0/000", "entries/000", "0/000.p/8"):
        assert client.get(f"/tile/{address}").status_code == 500
    assert client.get("/tile/0/000.p/7").status_code == 200


@pytest.mark.parametrize(
    "address", ["", "0", "0/0", "0/000/", "0/x000/001", "64/000", "0/000.p/256", "entries", "%00"]
)
def test_addresses_have_one_form(client, address):
    fill(300)
    sign()
    response = client.get(f"/tile/{address}")

    assert response.status_code == 404
    assert response["Cache-Control"] == "no-cache"


def test_before_the_first_checkpoint_nothing_is_served(client):
    fill(300)
    for path in ("/checkpoint", "/tile/0/000", "/tile/entries/000", "/log/1/checkpoint", "/log/7/checkpoint"):
        response = client.get(path)
        assert response.status_code == 404
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert response.content.decode() == "This log has no signed checkpoint yet.\n"
    for path in ("/log/0/checkpoint", "/log/01/checkpoint", "/log/a/checkpoint", "/checkpoint/"):
        assert client.get(path).status_code == 404


def test_entries_are_compressed_for_who_can_read_that(client):
    for _ in range(3):
        ControversyFactory(revisions=10)
    sign()
    plain = client.get("/tile/entries/000.p/30")
    packed = client.get("/tile/entries/000.p/30", headers={"accept-encoding": "gzip"})

    assert packed["Content-Encoding"] == "gzip"
    assert packed["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < 0.7 * len(plain.content)
    assert tiles.split_entries(plain.content) == [
        bytes(leaf.entry) for leaf in Leaf.objects.order_by("index")
    ]


def test_queries_do_not_grow_with_the_log(client, django_assert_num_queries):
    for count in (10, 600):
        fill(count)
        sign()
        with django_assert_num_queries(1):
            client.get("/checkpoint")
        for address in ("0/000.p/9", "entries/000.p/9"):
            with django_assert_num_queries(2):
                client.get(f"/tile/{address}")


# -- a revision's proof --


def test_proof_of_a_revision_verifies(client, django_assert_num_queries):
    page = ControversyFactory(revisions=3)
    fill(300)
    sign()
    with django_assert_num_queries(6):
        response = client.get(f"/controversies/{page.slug}/revisions/2.tlog-proof")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert "no-cache" in response["Cache-Control"]
    proof = notes.parse_proof(response.content)
    head = notes.parse_checkpoint(proof.checkpoint.text)
    assert [each.key for each in notes.verify_note(proof.checkpoint, [key()], verify)] == [key()]
    digest = client.get(f"/controversies/{page.slug}/revisions/2.json").json()["revision"]["digest"]
    entry = f'{{"digest":"{digest}","number":2,"page":"{page.key}"}}'.encode()
    assert merkle.verify_inclusion(proof.hashes, proof.index, head.size, merkle.leaf_hash(entry), head.root)
    assert aics_tlog.verify_leaf_inclusion(entry, proof.index, head.size, list(proof.hashes), head.root)
    unchanged = client.get(
        f"/controversies/{page.slug}/revisions/2.tlog-proof", headers={"if-none-match": response["ETag"]}
    )
    assert unchanged.status_code == 304


def test_proof_comes_with_the_checkpoint_that_covers_it(client):
    page = ControversyFactory(revisions=1)
    path = f"/controversies/{page.slug}/revisions/1.tlog-proof"
    response = client.get(path)

    assert response.status_code == 404
    assert (
        response.content.decode()
        == "No signed checkpoint covers this revision yet. Please try again later.\n"
    )
    sign()
    assert client.get(path).status_code == 200
    assert client.get(f"/controversies/{page.slug}/revisions/2.tlog-proof").status_code == 404
    assert client.get(f"/controversies/{page.slug}/revisions/0.tlog-proof").status_code == 404


def test_hidden_pages_and_revisions_have_no_proof(client):
    draft = ControversyFactory(publication="draft")
    page = ControversyFactory(revisions=1)
    page.edit(publication="withdrawn")
    other = ControversyFactory(publication="draft")
    other.edit(publication="published")
    sign()
    editor = UserFactory(is_superuser=True, is_staff=True)
    for _ in range(2):
        assert client.get(f"/controversies/{draft.slug}/revisions/1.tlog-proof").status_code == 404
        for number in (1, 2):
            assert client.get(f"/controversies/{page.slug}/revisions/{number}.tlog-proof").status_code == 410
        assert client.get(f"/controversies/{other.slug}/revisions/1.tlog-proof").status_code == 404
        assert client.get(f"/controversies/{other.slug}/revisions/2.tlog-proof").status_code == 200
        client.force_login(editor)


def test_older_logs_stay_at_their_addresses(client):
    fill(300)
    sign()
    old = client.get("/checkpoint").content
    follow()
    assert client.get("/checkpoint").status_code == 404
    sign()

    assert client.get("/log/1/checkpoint").content == old
    new = client.get("/checkpoint").content
    assert new == client.get("/log/2/checkpoint").content
    assert new.startswith(b"b.example\n301\n")
    assert client.get("/log/1/tile/entries/001.p/44").status_code == 200
    assert client.get("/log/1/tile/entries/001.p/45").status_code == 404
    first, *rest = tiles.split_entries(client.get("/tile/entries/000").content)
    assert first == canonical.dumps({"checkpoint": old.decode()})
    assert rest == tiles.split_entries(client.get("/log/1/tile/entries/000").content)[:-1]


def test_names_of_the_addresses():
    assert reverse("log_tile", args=["0/x001/000"]) == "/tile/0/x001/000"
    assert reverse("one_log_checkpoint", args=[2]) == "/log/2/checkpoint"


# -- where readers see it --


def test_history_and_recent_changes_tell_the_entry_once_the_log_has_a_key(client):
    page = ControversyFactory(revisions=2, published_at=1)
    paths = [
        f"/controversies/{page.slug}/history/",
        "/changes/",
        f"/controversies/{page.slug}/history/?kind=wording",
    ]
    for path in paths:
        assert "of the public log" not in client.get(path).content.decode()
    fill(1_234)
    sign()
    page.edit(title="Third")
    page.edit(publication="withdrawn")
    page.edit(publication="published", title="Fifth")

    for path in paths[:2]:
        text = client.get(path).content.decode()
        for number, entry in [(1, "0"), (2, "1"), (3, "1,236"), (5, "1,238")]:
            proof = f"/controversies/{page.slug}/revisions/{number}.tlog-proof"
            assert text.count(f'<a href="{proof}"') == 1
            assert f"Entry {entry} of the public log</a>" in text
        assert text.count("of the public log</a>") == 4


def test_history_of_before_the_key_is_not_shown_from_the_cache(client):
    page = ControversyFactory(revisions=2)
    path = f"/controversies/{page.slug}/history/"
    before = client.get(path)
    assert client.get(path, headers={"if-none-match": before["ETag"]}).status_code == 304
    sign()
    after = client.get(path, headers={"if-none-match": before["ETag"]})
    assert "Entry 1 of the public log" in after.content.decode()
    follow()
    again = client.get(path, headers={"if-none-match": after["ETag"]})
    assert "Entry 2 of the public log" in again.content.decode()


def test_api_tells_the_index(client):
    page = ControversyFactory(revisions=2)
    base = "/api/v1"
    addresses = [f"{base}/controversies/{page.slug}/revisions", f"{base}/changes"]
    for address in addresses:
        assert "log_index" not in client.get(address).content.decode()
    sign()

    items = client.get(addresses[0]).json()["items"]
    assert [(item["number"], item["log_index"]) for item in items] == [(2, 1), (1, 0)]
    items = client.get(addresses[1]).json()["items"]
    assert [(item["revision"]["number"], item["revision"]["log_index"]) for item in items] == [(1, 0), (2, 1)]
    compared = client.get(f"{base}/controversies/{page.slug}/compare/1/2").json()
    assert [compared[side]["log_index"] for side in ("from", "to")] == [0, 1]


def test_revision_that_was_made_again_tells_its_last_entry(client):
    page = ControversyFactory()
    again = {"digest": "00", "number": 1, "page": page.key, "replaces": "11"}
    sql(
        "SELECT controversies_append_leaf(%s, 1, 'replacement', %s)",
        page.key,
        canonical.dumps(again).decode(),
    )
    sign()

    assert "Entry 1 of the public log" in client.get(f"/controversies/{page.slug}/history/").content.decode()


def test_queries_of_lists_do_not_grow(client):
    counts = []
    for revisions in (2, 30):
        page = ControversyFactory(revisions=revisions)
        sign()
        for path in ("/changes/", f"/controversies/{page.slug}/history/"):
            with CaptureQueriesContext(connection) as queries:
                client.get(path)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
