"""The pages on the record: what is signed, how to check it, programs and policy; the log in citations and feeds."""

import datetime
import hashlib
import json
import re
import subprocess
import sys

import feedparser
import pytest

from controversies.history.transparency import reader
from controversies.history.transparency.notes import (
    Algorithm,
    VerifierKey,
    cosignature,
    encode_base64,
    parse_note,
    signed_message,
)
from controversies.models import Checkpoint, Log
from tests.caching import PUBLIC
from tests.factories import ControversyFactory
from tests.history.transparency import logs
from tests.history.transparency.attacks import PROGRAM
from tests.history.transparency.logs import fill, key, sign, sql
from tests.history.transparency.toy_record import WITNESSES

pytestmark = pytest.mark.django_db(transaction=True)
TIME = datetime.datetime(2026, 3, 12, 14, 5, tzinfo=datetime.UTC)


def witnessed(quorum: int = 2, witnesses: int = 2) -> str:
    """Sign the log, with a policy of three witnesses of whom so many cosign; the checkpoint."""
    policy = "".join(f"witness w{i} {each.vkey}\n" for i, each in enumerate(WITNESSES))
    policy += f"group g {quorum} w0 w1 w2\nquorum g\n"
    sql("SELECT controversies_name_log(%s, %s, %s)", "log.example", str(key()), f"log {key()}\n{policy}")
    first = sign()
    note = parse_note(first.note)
    added = []
    for each in WITNESSES[:witnesses]:
        of = VerifierKey(each.name, Algorithm.COSIGNATURE, each.public[1:])
        seconds = int(TIME.timestamp())
        added.append(cosignature(of, seconds, each.private.sign(signed_message(note.text, of, seconds))))
    text = str(note.with_signatures(added))
    Checkpoint.objects.create(
        log=first.log,
        size=first.size,
        root=first.root,
        time=TIME,
        note=text,
        is_witnessed=witnesses >= quorum,
    )
    return text


def text_of(response) -> str:
    html = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# -- /verify/ --


def test_nothing_published_and_nothing_signed_is_said_plainly(client):
    assert "The log has no entries yet: nothing has been published." in text_of(client.get("/verify/"))
    ControversyFactory(revisions=3)

    shown = text_of(client.get("/verify/"))

    assert "The log has 3 entries, and nobody has signed them yet." in shown
    assert "only this site vouches" in shown
    assert "Save this checkpoint" not in shown
    assert client.get("/verify.json").json()["checkpoint"] is None
    assert client.get("/verify/policy").status_code == 404


def test_state_of_the_log_is_shown(client):
    ControversyFactory(revisions=2)
    witnessed()
    ControversyFactory(revisions=1)

    shown = text_of(client.get("/verify/"))

    checkpoint = reader.newest_checkpoint()
    assert "Entries signed 2 · 1 newer entry is not signed yet" in shown
    assert "news.example/witness , 12 March 2026, 14:05 UTC" in shown
    assert "library.example/witness , 12 March 2026, 14:05 UTC" in shown
    assert "school.example" not in shown.partition("Policy")[0]
    assert str(key()) in shown
    values = client.get("/verify.json").json()
    assert values["log"] == {
        "origin": "log.example",
        "vkey": str(key()),
        "policy": "http://testserver/verify/policy",
        "entries": 3,
        "unsigned": 1,
    }
    assert values["checkpoint"]["size"] == checkpoint.size == 2
    assert values["checkpoint"]["root"] in shown
    assert values["checkpoint"]["witnessed"] is True
    assert values["checkpoint"]["witnesses"] == [
        {"name": "news.example/witness", "time": "2026-03-12T14:05:00+00:00"},
        {"name": "library.example/witness", "time": "2026-03-12T14:05:00+00:00"},
    ]


@pytest.mark.parametrize(("witnesses", "is_short"), [(0, True), (1, True), (2, False)])
def test_too_few_witnesses_are_said(client, witnesses, is_short):
    ControversyFactory(revisions=1)
    witnessed(witnesses=witnesses)

    shown = text_of(client.get("/verify/"))

    assert ("Not by as many witnesses as the policy asks for." in shown) is is_short
    assert "this site has no witnesses" not in shown


def test_log_without_witnesses_says_so(client):
    ControversyFactory(revisions=1)
    sign()

    assert "Nobody yet: this site has no witnesses." in text_of(client.get("/verify/"))


def test_page_that_is_named_has_its_files(client):
    page = ControversyFactory(slug="open", revisions=3)
    address = "/verify/?page=open&revision=2"
    assert "No checkpoint covers this revision yet" in text_of(client.get(address))
    sign()

    response = client.get(address)

    html = response.content.decode()
    assert 'href="/controversies/open/revisions/2.json" download="page.json"' in html
    assert 'href="/controversies/open/revisions/2.tlog-proof" download="page.tlog-proof"' in html
    assert '<meta name="robots" content="noindex">' in html
    assert page.document.head.title in text_of(response)
    assert "No checkpoint covers" not in html


@pytest.mark.parametrize(
    "query",
    [
        "page=draft&revision=1",
        "page=none&revision=1",
        "page=open&revision=9",
        "page=open&revision=x",
        "page=",
    ],
)
def test_pages_that_readers_do_not_see_are_not_named(client, query):
    ControversyFactory(slug="open", title="An open page")
    ControversyFactory(slug="draft", publication="draft", title="A draft")
    sign()

    shown = text_of(client.get(f"/verify/?{query}"))

    assert "A draft" not in shown
    assert "An open page" not in shown
    assert "replace the last slash of the address with .json" in shown


def test_it_is_current_and_kept_by_who_has_it(client, django_assert_num_queries):
    ControversyFactory(revisions=1)
    sign()
    with django_assert_num_queries(2):  # the version of all pages, and the log
        first = client.get("/verify/")
    assert client.get("/verify/", headers={"if-none-match": first["ETag"]}).status_code == 304
    assert first["Cache-Control"] == PUBLIC
    ControversyFactory(revisions=1)

    assert client.get("/verify/", headers={"if-none-match": first["ETag"]}).status_code == 200


def test_steps_are_ten(client):
    html = client.get("/verify/").content.decode()

    assert html.partition("<ol>")[2].partition("</ol>")[0].count("<li>") == 10


# -- files --


@pytest.mark.parametrize("name", ["crux_verify.py", "crux_witness.py"])
def test_programs_are_those_beside_the_code_with_their_digest(client, name):
    response = client.get(f"/verify/{name}")

    assert response.content == PROGRAM.with_name(name).read_bytes()
    digest = hashlib.sha256(response.content).hexdigest()
    assert response["ETag"] == f'"{digest}"'
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response["Cache-Control"] == PUBLIC
    assert digest in client.get("/verify/").content.decode()
    assert client.get("/verify.json").json()["programs"][name]["sha256"] == digest
    assert client.get(f"/verify/{name}", headers={"if-none-match": f'"{digest}"'}).status_code == 304


@pytest.mark.parametrize("name", ["keys.py", "../settings.py", "crux_verify.pyc", "policy/"])
def test_no_other_file_is_served(client, name):
    assert client.get(f"/verify/{name}").status_code in (301, 404)


def test_policy_of_a_log_that_follows_another_has_both_keys(client):
    ControversyFactory(revisions=1)
    note = witnessed()
    private = logs.PRIVATE
    newer = VerifierKey("log.example/2", Algorithm.ED25519, private.public_key().public_bytes_raw()[::-1])
    sql(
        "SELECT controversies_follow_log(%s, %s, %s, %s)",
        newer.name,
        str(newer),
        f"# ask Ada first\nlog {newer}\nquorum none\n",
        note,
    )

    assert client.get("/verify/policy").content.decode() == f"log {key()}\nlog {newer}\nquorum none\n"
    assert Log.objects.count() == 2


def test_policy_that_cannot_be_read_does_no_harm(client):
    ControversyFactory(revisions=1)
    sql("SELECT controversies_name_log(%s, %s, %s)", "log.example", str(key()), "nonsense <b>\n")
    sign()

    assert client.get("/verify/policy").content == b"nonsense <b>\n"
    assert "nonsense &lt;b&gt;" in client.get("/verify/").content.decode()
    assert client.get("/verify.json").json()["checkpoint"]["witnesses"] == []


# -- chapters --


def test_chapters_lead_to_one_another(client):
    assert 'href="/verify/"' in client.get("/").content.decode()
    about = client.get("/about/").content.decode()
    assert 'href="/about/record/"' in about
    record = client.get("/about/record/").content.decode()
    assert 'href="/verify/"' in record
    assert "<svg" in record
    assert 'href="/verify/formats/"' in client.get("/verify/").content.decode()


def test_chapter_for_auditors_is_the_one_beside_the_code(client):
    html = client.get("/verify/formats/").content.decode()

    assert "<h2" in html
    assert "revision_now" in html
    assert "config/README" not in html
    for kind in re.findall(r"<code>([a-z]+-[a-z]+)</code>", html.partition("What is named")[2]):
        assert f'"{kind}"' in PROGRAM.read_text(), kind


def test_page_leads_to_how_to_check_it(client):
    ControversyFactory(slug="open", revisions=2)

    for address, number in (("/controversies/open/", 2), ("/controversies/open/revisions/1/", 1)):
        assert f'href="/verify/?page=open&amp;revision={number}"' in client.get(address).content.decode()


# -- citations and feeds --


def test_citations_have_the_place_in_the_log(client):
    ControversyFactory(slug="open", revisions=2)
    before = client.get("/controversies/open/cite.json")
    assert "public log" not in before.content.decode()
    assert "public log" not in client.get("/controversies/open/cite/").content.decode()
    sign()

    after = client.get("/controversies/open/cite.json", headers={"if-none-match": before["ETag"]})

    root = reader.newest_checkpoint().root
    note = json.loads(after.content)[0]["note"]
    assert "Entry 1 of the public log of log.example, whose first 2 entries have the root " in note
    shown = text_of(client.get("/controversies/open/cite/"))
    assert "Entry 1 of the public log. The first 2 entries have this root:" in shown

    assert encode_base64(root) in note
    assert encode_base64(root) in shown
    for form in ("bib", "ris"):
        assert "public log" in client.get(f"/controversies/open/revisions/1/cite.{form}").content.decode()


def test_feeds_have_the_checkpoint(client):
    ControversyFactory(slug="open", revisions=2)
    first = client.get("/changes.atom")
    assert "tlog-checkpoint" not in first.content.decode()
    note = witnessed()

    for address in ("/changes.atom", "/controversies/open.atom"):
        response = client.get(address, headers={"if-none-match": first["ETag"]})
        feed = feedparser.parse(response.content)
        assert not feed.bozo
        assert feed.feed["checkpoint"] == note.strip()
        assert note in response.content.decode()


# -- a stranger's path --


def test_stranger_downloads_verifies_tampers_and_verifies_again(client, tmp_path):
    """Everything from the site, and nothing else: the program runs in a process of its own, isolated."""
    ControversyFactory(slug="open", revisions=3, positions=3)
    fill(20)
    witnessed()
    for name, address in (
        ("crux_verify.py", "/verify/crux_verify.py"),
        ("policy", "/verify/policy"),
        ("page.json", "/controversies/open/revisions/2.json"),
        ("page.tlog-proof", "/controversies/open/revisions/2.tlog-proof"),
    ):
        (tmp_path / name).write_bytes(client.get(address).content)

    def run() -> subprocess.CompletedProcess[str]:
        command = ["crux_verify.py", "page.json", "--proof", "page.tlog-proof", "--policy", "policy"]
        return subprocess.run(
            [sys.executable, "-I", *command], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    honest = run()
    text = (tmp_path / "page.json").read_text()
    claim = json.loads(text)["positions"][1]["claim"]
    (tmp_path / "page.json").write_text(text.replace(claim, claim.replace("e", "a", 1), 1))
    tampered = run()

    assert honest.returncode == 0
    assert honest.stdout.startswith("VERIFIED\n")
    assert "news.example/witness”, 2026-03-12T14:05:00Z" in honest.stdout
    assert tampered.returncode == 1
    assert "altered-part: page.json, position B" in tampered.stdout
    assert not honest.stderr + tampered.stderr
