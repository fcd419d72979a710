"""A removal that replaces digests: none is left that confirms a guess, the chain holds, and everybody is told."""

import hashlib
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from controversies import history
from controversies import models as m
from controversies.document.redact import NAME
from controversies.history import arrivals, replay, verify
from controversies.history.verify.anchor import read as read_anchor
from controversies.interchange.corpus import dump, load
from controversies.workflow import redaction
from tests.factories import ControversyFactory, Recorded

from .test_erase import order

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "Zoë Qüxly"


def with_words() -> Recorded:
    """A page of five revisions: the second brings the words, the third shows them, the fourth has them no more."""
    page = ControversyFactory(revisions=1)
    first, second = page.document.positions
    page.save(page.document.with_blocks(positions=(replace(first, argument=f"{WORDS} said so."), second)))
    page.edit(title="Another title")
    page.save(page.document.with_blocks(positions=(replace(first, argument="They said so."), second)))
    page.edit(title="A third title")
    return page


def digests(page: Recorded) -> dict[int, bytes]:
    rows = m.Revision.objects.filter(controversy=page.key).order_by("number").values_list("number", "digest")
    return {number: bytes(digest) for number, digest in rows}


def remove(text: str = WORDS, **options: Any) -> redaction.RemovalReport:
    return redaction.apply(order(text, replaces_digests=True, **options))


def leaves(kind: str) -> list[dict[str, Any]]:
    rows = m.Leaf.objects.filter(kind=kind).order_by("index").values_list("entry", flat=True)
    return [json.loads(bytes(entry)) for entry in rows]


def test_digests_change_from_the_first_revision_with_the_words_on_and_the_chain_holds():
    page = with_words()
    before = digests(page)

    remove()

    after = digests(page)
    assert [number for number in before if before[number] != after[number]] == [2, 3, 4, 5]
    assert list(verify.faults(page.key)) == []
    replaced = m.DigestReplacement.objects.order_by("number").values_list("number", "digest", "now")
    assert [(n, bytes(was), bytes(now)) for n, was, now in replaced] == [
        (n, before[n], after[n]) for n in (2, 3, 4, 5)
    ]
    [row] = m.Redaction.objects.all()
    version = m.Block.objects.get(key=row.key, since=2)
    assert bytes(row.digest) == bytes(row.now) == bytes(version.digest)


def test_page_goes_on_after_it():
    page = with_words()
    remove()
    page.head = history.head(page.key)

    page.edit(title="A fourth title")

    assert history.head(page.key).number == 6
    assert list(verify.faults(page.key)) == []


def test_log_declares_each_digest_and_names_no_digest_of_the_words():
    page = with_words()
    before = digests(page)
    version = m.Block.objects.get(key=page.document.positions[0].key, since=2)
    of_words = bytes(version.digest).hex()

    remove()

    after = digests(page)
    assert leaves("replacement") == [
        {"digest": after[n].hex(), "number": n, "page": page.key, "replaces": before[n].hex()}
        for n in (2, 3, 4, 5)
    ]
    [entry] = leaves("redaction")
    assert "erased" not in entry
    assert (entry["number"], entry["key"], entry["ground"]) == (2, str(version.key), "privacy")
    assert of_words not in json.dumps([*leaves("redaction"), *leaves("replacement"), *leaves("revision")])


def test_usual_removal_declares_the_digest_that_stays():
    page = with_words()
    version = m.Block.objects.get(key=page.document.positions[0].key, since=2)

    redaction.apply(order(WORDS))

    [entry] = leaves("redaction")
    [row] = m.Redaction.objects.all()
    assert entry == {
        "erased": bytes(version.digest).hex(),
        "ground": "privacy",
        "key": str(version.key),
        "now": bytes(row.now).hex(),
        "number": 2,
        "page": page.key,
        "part": "block",
    }
    assert leaves("replacement") == []


def test_removal_from_what_nobody_saw_writes_nothing_to_the_log():
    page = ControversyFactory(revisions=1, publication="draft")
    first, second = page.document.positions
    page.save(page.document.with_blocks(positions=(replace(first, argument=f"{WORDS} said so."), second)))

    remove()

    assert m.DigestReplacement.objects.filter(number=2).count() == 1
    assert m.Leaf.objects.count() == 0


def test_author_whose_name_goes_is_covered_by_the_new_digest():
    page = ControversyFactory(revisions=1)
    page.save(
        replace(page.document, head=replace(page.document.head, title="Another title")), author_name=WORDS
    )
    page.edit(title="A third title")

    remove()

    revision = m.Revision.objects.get(controversy=page.key, number=2)
    assert revision.author_name == NAME
    assert list(verify.faults(page.key)) == []
    [row] = m.Redaction.objects.all()
    assert bytes(row.digest) == bytes(revision.digest)
    again = redaction.apply(order(NAME[:-1] + "x", replaces_digests=True))
    assert not again


def test_second_removal_from_the_same_page():
    page = with_words()
    remove("They said", by_name="Olga Operator")
    remove()

    assert list(verify.faults(page.key)) == []
    replaced = m.DigestReplacement.objects.order_by("number", "id").values_list("number", flat=True)
    assert list(replaced) == [2, 3, 4, 4, 5, 5, 6, 6]  # the first removal is the sixth revision
    for row in m.Redaction.objects.filter(part="block"):
        assert bytes(row.digest) == bytes(row.now)


def test_two_versions_that_are_the_same_without_the_words():
    page = ControversyFactory(revisions=1)
    first, second = page.document.positions
    for words in (f"{WORDS} said so.", "Zoe Quxly said so."):
        page.save(page.document.with_blocks(positions=(replace(first, argument=words), second)))
    page.edit(title="Another title")

    remove()
    remove("Zoe Quxly")

    assert list(verify.faults(page.key)) == []
    out = io.StringIO()
    call_command("checkhistory", stdout=out)
    with replay.snapshot():
        lines = list(dump.corpus())
    assert any(b"redacted" in line for line in lines)


def test_anchor_from_before_holds_and_the_check_names_the_replacement(tmp_path):
    page = with_words()
    path = tmp_path / "anchor"
    call_command("checkhistory", write_anchor=path, stdout=io.StringIO())

    remove()

    out = io.StringIO()
    call_command("checkhistory", anchor=path, stdout=out)
    assert "The digests of revisions 2 to 5 were replaced on" in out.getvalue()
    assert read_anchor(path).pages[page.key].number == 5


def test_anchor_of_the_first_version_is_still_read(tmp_path):
    with_words()
    path = tmp_path / "anchor"
    call_command("checkhistory", write_anchor=path, stdout=io.StringIO())
    lines = path.read_bytes().splitlines(keepends=True)
    lines[0] = lines[0].replace(b'"version":2', b'"version":1')
    body = b"".join(lines[:-1])
    end = json.loads(lines[-1])
    end["sha256"] = hashlib.sha256(body).hexdigest()
    path.write_bytes(body + json.dumps(end, separators=(",", ":")).encode() + b"\n")

    call_command("checkhistory", anchor=path, stdout=io.StringIO())


def test_tampered_replacement_is_named():
    page = with_words()
    remove()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE controversies_digestreplacement DISABLE TRIGGER USER")
        cursor.execute("UPDATE controversies_digestreplacement SET now = digest WHERE number = 4")
        cursor.execute("ALTER TABLE controversies_digestreplacement ENABLE TRIGGER USER")

    assert list(verify.faults(page.key)) == [
        "Revision 4: its digest is not the one that replaced an earlier one."
    ]


def test_follower_goes_on_from_the_old_digest_and_gets_the_revisions_again():
    with_words()
    page = arrivals.since(limit=100)
    cursor = page.cursor

    remove()

    later = arrivals.since(cursor, limit=100)
    assert {each.line.number for each in later.items if each.line} >= {2, 3, 4, 5}


def test_corpus_of_it_is_loaded_with_the_new_digests():
    page = with_words()
    remove()
    expected = digests(page)
    with replay.snapshot():
        before = list(dump.corpus())
    call_command("flush", interactive=False, verbosity=0)

    load.load(io.BytesIO(b"".join(before)))

    assert digests(page) == expected
    assert list(verify.faults(page.key)) == []
    with replay.snapshot():
        assert list(dump.corpus()) == before


def test_readers_are_told(client):
    cache.clear()
    page = with_words()
    slug = page.document.head.slug
    before = client.get(f"/controversies/{slug}/revisions/3/")
    old = digests(page)[3].hex()

    remove()

    after = client.get(
        f"/controversies/{slug}/revisions/3/", headers={"if-none-match": before.headers["ETag"]}
    )
    assert after.status_code == 200
    assert "when words were removed, the digest was:" in after.content.decode()
    assert old in after.content.decode()
    assert old in client.get(f"/controversies/{slug}/revisions/3/cite/").content.decode()
    assert client.get(f"/controversies/{slug}/revisions/3.json").json()["revision"]["replaces"] == [old]
    assert client.get(f"/api/v1/controversies/{slug}/revisions/3").json()["revision"]["replaces"] == [old]
    assert "replaces" not in client.get(f"/controversies/{slug}/revisions/1.json").json()["revision"]
    assert "new digests from revision 2 on" in client.get("/redactions/").content.decode()


def test_command_takes_the_option(tmp_path):
    page = with_words()
    words = tmp_path / "words"
    words.write_text(WORDS, encoding="utf-8")
    out = io.StringIO()

    call_command(
        "redact",
        "--replace-digests",
        "--no-rewrite",
        text=str(words),
        ground="privacy",
        by="Olga Operator",
        stdout=out,
    )

    assert "Digests were replaced: earlier citations" in out.getvalue()
    assert list(verify.faults(page.key)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE controversies_revision SET digest = sha256('x') WHERE number = 5",
        "UPDATE controversies_revision SET document = sha256('x') WHERE number = 5",
        "UPDATE controversies_block SET digest = sha256('x') WHERE since = 5",
        "UPDATE controversies_redaction SET now = sha256('x')",
        "UPDATE controversies_redaction SET digest = sha256('x')",
        "UPDATE controversies_digestreplacement SET now = sha256('x')",
        "DELETE FROM controversies_digestreplacement",
    ],
)
def test_database_refuses_other_digests(statement):
    with_words()
    remove()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
