"""A canary in every place that holds words: once it is removed, its bytes are nowhere, and every page answers.

These tests really COMMIT, and look into the server's own files.
"""

import io
import json
import re
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from controversies import history
from controversies import models as m
from controversies.document import canonical
from controversies.document.redact import MARKER, NAME
from controversies.history import earlier_texts, replay, verify
from controversies.interchange.corpus import dump
from controversies.workflow import proposals, suggestions
from controversies.workflow.redaction import storage
from tests.factories import ControversyFactory, Recorded, UserFactory, document_factory, new_key, prose

pytestmark = pytest.mark.django_db(transaction=True)

WORD = "Zyxwýttar Quibblefót"  # in no dictionary, with accents
FIRST, LAST = WORD.split()
SPELT = "zyxwyttar-quibblefot"  # as an address has it
PIECES = ("Zyxwýttar", "Quibblefót", "zyxwyttar", "quibblefot", "zyxwýttar", "quibblefót", "Zyxw\\u00fdttar")


@pytest.fixture(autouse=True)
def _emptied() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def planted() -> Recorded:
    """A page that has had the words in every kind of place, with a long chain of one block's versions."""
    document = document_factory(positions=2, points=2)
    told = replace(
        document.points[1], body=f"{prose(9)} {WORD} began it."
    )  # in a version that others are packed against
    page = ControversyFactory(document=document.with_blocks(points=(document.points[0], told)), revisions=2)
    source = replace(
        page.document.sources[0],
        title=f"On {WORD}",
        authors=f"{WORD} and A. Writer",
        url=f"https://journal.example/{SPELT}/1",
        slug=f"on-{SPELT}",
    )
    with history.act(author_name="Edith Editor", summary="Corrected."):
        m.Source.objects.filter(pk=source.key).update(
            title=source.title, authors=source.authors, url=source.url, slug=source.slug
        )
        m.Backer.objects.filter(pk=page.document.backers[0].key).update(
            name=WORD, slug=SPELT, kind="person", website=f"https://{SPELT}.example/", aliases=[f"Dr {WORD}"]
        )
        m.Topic.objects.filter(pk=page.document.head.topic.key).update(description=f"As {WORD} has it.")
    page.head = history.head(page.key)
    first, second = page.document.positions
    for n in range(30):  # one long chain of versions
        changed = replace(first, argument=f"{first.argument}\n\nVersion {n}, says {WORD}.")
        page.save(page.document.with_blocks(positions=(changed, second)), summary=f"Version {n}.")
    first, second = page.document.positions
    quoted = tuple(replace(each, quote=f"so {WORD} wrote") for each in (first.citations or second.citations))
    holder = replace(first, claim=f"{WORD} is right", citations=quoted or first.citations)
    point = replace(page.document.points[0], body=f"It was **{FIRST}**\n{LAST} who asked.")
    page.save(
        page.document.with_blocks(positions=(holder, second), points=(point, *page.document.points[1:])),
        summary=f"{WORD} asked for it.",
        author_name=WORD,
    )
    page.save(
        page.document.with_blocks(positions=(replace(holder, claim="It is right"), second)),
        summary="Shorter.",
        author_name="Ada",
    )
    assert earlier_texts.catch_up()
    return page


def beside(page: Recorded) -> None:
    """The words beside the record: a proposal, a suggestion, what a file said, the desk's log."""
    editor = UserFactory(role="editor")
    head = replace(page.document.head, status_summary=f"Settled by {WORD}.")
    proposals.propose(
        replace(page.document, head=head),
        author=editor,
        reason=f"Says {WORD}.",
        base=page.head.number,
    )
    suggestions.suggest(
        page.document,
        key=new_key(),
        block=None,
        number=page.head.number,
        address=new_key(),
        wrong=f"{WORD} is misspelt.",
        instead=f"{WORD} is right.",
        source=f"https://x.example/{SPELT}",
        reader=WORD,
    )
    m.ImportedFile.objects.create(
        key=page.key,
        file=f"controversies/{page.document.head.slug}.md",
        digest=b"1" * 32,
        content={"title": WORD, "sources": [{"url": f"https://x.example/{SPELT}"}]},
        imported_at=timezone.now(),
    )
    LogEntry.objects.create(
        user_id=editor.pk,
        content_type=ContentType.objects.get_for_model(m.Controversy),
        object_id=page.key,
        object_repr=f"{WORD} is right",
        action_flag=CHANGE,
        change_message=json.dumps([{"changed": {"name": WORD}}]),
    )


def run(text: str = WORD, *more: str, **options: Any) -> str:
    """What `redact` prints, the words given by a file."""
    out = io.StringIO()
    path = Path(options.pop("folder")) / "words"
    path.write_text(text, encoding="utf-8")
    call_command("redact", *more, text=str(path), stdout=out, **options)
    return out.getvalue()


def held(blob: bytes) -> list[str]:
    """Which of the words' pieces these bytes hold, in UTF-8, composed or not, and as JSON escapes them."""
    forms = {each for piece in PIECES for each in (piece, unicodedata.normalize("NFD", piece))}
    return sorted(form for form in forms if form.encode() in blob)


def every_text() -> Iterator[tuple[str, bytes]]:
    """Every value of every table as text, and every stored block inflated."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608 - a table's own name
            for (row,) in cursor.fetchall():
                yield table, row.encode()
    bodies = {(b.controversy_id, b.key, b.since): bytes(b.body) for b in m.Block.objects.all() if b.body}
    for block in m.Block.objects.exclude(body=None):
        basis = bodies[block.controversy_id, block.key, block.basis] if block.basis else None
        yield "inflated", canonical.unpack(bytes(block.body), basis)


def files() -> Iterator[tuple[str, bytes]]:
    """The files of this database on the server's disk, with all that was committed in them."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SHOW data_directory")
        [folder] = cursor.fetchone()
        cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        [oid] = cursor.fetchone()
    for path in sorted((Path(folder) / "base" / str(oid)).iterdir()):
        if path.is_file():
            yield path.name, path.read_bytes()


def dictionaries() -> list[bytes]:
    """What the stored versions that hold the words are packed with: the format's own, and each version's basis."""
    bodies = {(b.key, b.since): bytes(b.body) for b in m.Block.objects.exclude(body=None)}
    packed = m.Block.objects.exclude(basis=None).values_list("key", "basis").distinct()
    return [
        canonical._DICTIONARY_1,
        *(canonical.unpack(bodies[place])[-canonical._WINDOW :] for place in packed),
    ]


def inflated(blob: bytes, known: list[bytes]) -> Iterator[bytes]:
    """What every deflated stream within these bytes says, whether it stands by itself or is packed with another."""
    for found in re.finditer(rb"[\x01\x02](?=[\x00-\xff]{8})", blob):
        for dictionary in known[:1] if found[0] == b"\x01" else known[1:]:
            stream = zlib.decompressobj(wbits=-15, zdict=dictionary)
            try:
                text = stream.decompress(blob[found.end() : found.end() + 8192])
            except zlib.error:
                continue
            if text.startswith(b'{"'):
                yield text


def addresses(page: Recorded) -> list[str]:
    """Every page, twin, feed and answer that could show the words."""
    slug, key = m.Controversy.objects.get(pk=page.key).slug, page.key
    backer = m.Backer.objects.get(pk=page.document.backers[0].key).slug
    source = m.Source.objects.get(pk=page.document.sources[0].key).slug
    topic = page.document.head.topic.slug
    newest = history.head(key).number
    here, api = f"/controversies/{slug}", "/api/v1"
    found = ["/", "/controversies/", "/changes/", "/changes.atom", "/backers/", "/sources/", "/redactions/"]
    found += [f"/topics/{topic}/", f"/topics/{topic}.atom", f"/backers/{backer}/", f"/backers/{backer}.atom"]
    found += [
        f"/sources/{source}/",
        f"/sources/{source}.bib",
        "/search/?q=right",
        "/search/?q=says&in=earlier",
        "/sitemap.xml",
        "/about/",
    ]
    found += [
        f"{here}/",
        f"{here}.json",
        f"{here}.atom",
        f"{here}/history/",
        f"{here}/share.png",
        f"{here}/cite/",
    ]
    found += [f"{here}/sources.{form}" for form in ("bib", "ris", "json")]
    found += [f"{here}/pictures/{each}" for each in ("", "confidence.svg", "evidence.csv", "stances.csv")]
    found += [f"/topics/{topic}/map/", f"/topics/{topic}/map.csv", f"/backers/{backer}/together.csv"]
    found += ["/backers/holdings.csv", "/backers/together.svg"]
    for n in range(1, newest + 1):
        found += [f"{here}/revisions/{n}/", f"{here}/revisions/{n}.json", f"{here}/revisions/{n}/cite/"]
        found += [f"{here}/revisions/{n}/pictures/", f"{here}/revisions/{n}/pictures/evidence.csv"]
        found += [f"{here}/revisions/{n}/sources.bib", f"{here}/compare/{n - 1}/{n}/"]
        found += [f"{api}{here}/revisions/{n}", f"{api}{here}/compare/{n - 1}/{n}"]
    found += [f"{api}{path}" for path in ("/controversies", "/positions", "/backers", "/sources", "/topics")]
    found += [f"{api}{here}{path}" for path in ("", "/positions", "/revisions?limit=100")]
    found += [f"{api}/sources/{source}/citations"]
    return [*found, f"{api}/changes?documents=true&limit=100", f"{api}/changes?limit=100"]


def git_stream() -> bytes:
    """What exporthistory writes."""
    out = io.TextIOWrapper(io.BytesIO())
    call_command("exporthistory", stdout=out, stderr=io.StringIO())
    return out.buffer.getvalue()  # type: ignore[attr-defined]


def digests_of_words() -> set[bytes]:
    """The digests of the versions of blocks that hold the words."""
    bodies = {(b.controversy_id, b.key, b.since): bytes(b.body) for b in m.Block.objects.all() if b.body}
    return {
        bytes(b.digest or b"")
        for b in m.Block.objects.exclude(body=None)
        if held(
            canonical.unpack(
                bytes(b.body or b""), bodies[b.controversy_id, b.key, b.basis] if b.basis else None
            )
        )
    }


@pytest.mark.parametrize(
    ("statement", "elsewhere"),
    [
        ("SELECT pg_current_xact_id()", False),
        ("DECLARE c CURSOR FOR SELECT 1", False),
        ("SELECT pg_current_xact_id()", True),
    ],
)
def test_rewriting_waits_for_older_transactions_and_names_who_holds_up(monkeypatch, statement, elsewhere):
    """One has a number of its own, one a snapshot, one is of another database: each keeps the rows in the files."""
    monkeypatch.setattr(storage, "PATIENCE", 0.3)
    database = {"dbname": "postgres"} if elsewhere else {}
    with psycopg.connect(**{**connection.get_connection_params(), **database}) as other:
        other.execute(statement)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")  # as a removal, it ends after the other began

        with pytest.raises(CommandError, match=rf"older transactions are open.*\b{other.info.backend_pid}\b"):
            call_command("redact", "--rewrite", stdout=io.StringIO())

        other.rollback()
    monkeypatch.setattr(storage, "PATIENCE", 900.0)
    out = io.StringIO()
    call_command("redact", "--rewrite", stdout=out)
    assert "no old row is left in them" in out.getvalue()


def test_statistics_forget_the_values_of_an_emptied_table():
    UserFactory()
    for n in range(3):
        LogEntry.objects.create(user=User.objects.get(), object_repr=f"{n} {WORD}", action_flag=CHANGE)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE django_admin_log")
    LogEntry.objects.all().delete()

    assert storage.rewrite_tables() == []

    assert [name for name, blob in files() if held(blob)] == []


@pytest.mark.parametrize("way", ["", "--replace-digests"])
def test_words_are_nowhere_and_every_page_answers(tmp_path, client, way):
    page = planted()
    beside(page)
    confirming = digests_of_words()
    assert len(confirming) > 30
    client.get(f"/controversies/{page.document.head.slug}/")
    before = {path: client.get(path) for path in addresses(page)}
    assert {answer.status_code for answer in before.values()} == {200}
    shown = [path for path, answer in before.items() if held(answer.content)]
    assert len(shown) > 100
    digests = dict(m.Revision.objects.values_list("number", "digest"))
    assert list(verify.faults(page.key)) == []
    assert any(held(text) for _table, text in every_text())

    assert [name for name, blob in files() if held(blob)]
    known = dictionaries()
    packed = [(name, text[:2]) for name, blob in files() for text in inflated(blob, known) if held(text)]
    assert len(packed) > 30  # so the search finds them where they are

    asked = {"by": "Olga Operator", "ground": "privacy", "reason": "At the request of the person."}
    told = run(WORD, "--no-rewrite", *filter(None, [way]), **asked, folder=tmp_path)
    assert [name for name, blob in files() if held(blob)]  # dead rows: this is what the rewriting is for
    rewritten = io.StringIO()
    call_command("redact", "--rewrite", stdout=rewritten)

    assert "The words were removed from all of these places." in told
    assert "The tables' files were rewritten: no old row is left in them." in rewritten.getvalue()
    after = {path: client.get(path) for path in addresses(page)}
    assert {path: answer.status_code for path, answer in after.items() if answer.status_code != 200} == {}
    assert {path: held(answer.content) for path, answer in after.items() if held(answer.content)} == {}
    assert [(table, held(text)) for table, text in every_text() if held(text)] == []
    assert [(name, held(blob)) for name, blob in files() if held(blob)] == []
    assert [name for name, blob in files() for text in inflated(blob, known) if held(text)] == []
    again = [each.status_code for each in _asked_again(client, before)]
    assert again == [200] * (len(shown) - 4)  # a backer's and a source's address were the words, too
    kept = dict(m.Revision.objects.filter(number__in=digests).values_list("number", "digest"))
    replaced = {n for n, digest in kept.items() if bytes(digest) != bytes(digests[n])}
    assert replaced == (set(digests) if way else set())  # the first revision has the words
    every = b"".join(text for _table, text in every_text())
    stored = b"".join(blob for _name, blob in files())
    left = {digest for digest in confirming if digest.hex().encode() in every or digest in stored}
    assert left == (set() if way else confirming)
    assert list(verify.faults(page.key)) == []
    call_command("checkhistory", stdout=io.StringIO())
    with replay.snapshot():
        assert held(b"".join(dump.corpus())) == []
    stream = git_stream()
    assert held(stream) == []
    assert stream.count(b"commit refs/heads/main") == m.Revision.objects.count()
    call_command("exportcontroversies", str(tmp_path / "out"), stdout=io.StringIO())
    exported = [path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert exported
    assert held(b"".join(exported)) == []
    assert "No place holds these words." in run(by="Olga Operator", ground="privacy", folder=tmp_path)
    assert m.Revision.objects.get(number=34, controversy=page.key).author_name == NAME


def _asked_again(client: Client, before: dict[str, Any]) -> list[Any]:
    """The answers to whoever asks with the ETag of an answer that had the words: never 304."""
    return [
        client.get(
            path, headers={"if-none-match": answer.headers["ETag"]} if "ETag" in answer.headers else {}
        )
        for path, answer in before.items()
        if held(answer.content) and client.get(path).status_code == 200
    ]


def test_dry_run_lists_every_place_and_changes_nothing(tmp_path):
    page = planted()
    beside(page)
    before = [text for _table, text in every_text()]

    told = run(WORD, "--dry-run", folder=tmp_path)

    assert "Nothing was changed." in told
    for name in ("Current page", "Earlier versions", "Reasons for changes", "Authors’ names", "Proposals"):
        assert f"{name}: " in told
    assert [text for _table, text in every_text()] == before
    assert MARKER not in told


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "Olga"}, "Give a ground"),
        ({"ground": "privacy"}, "Give the name of who removes the words"),
        ({"ground": "privacy", "by": WORD}, "must not contain the words"),
        ({"ground": "privacy", "by": "Olga", "reason": f"About {WORD}."}, "must not contain the words"),
        ({"ground": "other", "by": "Olga"}, "Give the reason in words"),
    ],
)
def test_order_that_cannot_stand_is_refused(tmp_path, options, message):
    planted()
    with pytest.raises(CommandError, match=message):
        run(folder=tmp_path, **options)
    assert m.Redaction.objects.count() == 0
