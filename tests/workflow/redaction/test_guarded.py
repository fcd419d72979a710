"""The database's own function removes words and can do nothing else; what was lost is told and is no 500."""

import json
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import Error, IntegrityError, connection, transaction

from controversies import models as m
from controversies.document import canonical
from tests.factories import ControversyFactory, Recorded
from tests.history.test_verify import tamper

pytestmark = pytest.mark.django_db


def call(page: Recorded, **changes: Any) -> int:
    given: dict[str, Any] = {
        "keys": [],
        "sinces": [],
        "befores": [],
        "afters": [],
        "numbers": [],
        "parts": [],
        "texts": [],
        "outlines": "{}",
        "by": "Olga",
        **changes,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT controversies_redact(%s, 'privacy', '', %s, '', 'operator', %s::uuid[], %s::integer[], %s::text[],"
            " %s::text[], %s::integer[], %s::text[], %s::text[], %s::jsonb, false)",
            [page.key, *(given[name] for name in ("by", "keys", "sinces", "befores", "afters"))]
            + [given[name] for name in ("numbers", "parts", "texts", "outlines")],
        )
        return cursor.fetchone()[0]


def block(page: Recorded) -> tuple[str, dict[str, Any]]:
    """The text of the first position, as it is stored, and as JSON values."""
    text = canonical.encode(page.document, page.document.positions[0]).decode()
    return text, json.loads(text)


def changed(data: dict[str, Any], **values: Any) -> str:
    return canonical.dumps({**data, **values}).decode()


def test_function_takes_words_out_and_notes_who_did():
    page = ControversyFactory()
    before, data = block(page)
    after = changed(data, claim="⟦removed⟧")

    assert call(page, keys=[data["key"]], sinces=[1], befores=[before], afters=[after]) == 1

    [row] = m.Redaction.objects.all()
    assert (row.by_name, row.role) == ("Olga", connection.settings_dict["USER"] or "postgres")
    assert bytes(m.Block.objects.get(key=data["key"]).body) == b"\x03" + after.encode()


FORGED = {
    "words put in": lambda data: changed(data, claim="Something else."),
    "words put in beside the marker": lambda data: changed(data, claim="⟦removed⟧ and more."),
    "another confidence": lambda data: changed(data, confidence="removed-12345678"),
    "another key": lambda data: changed(data, key="removed-12345678"),
    "a field less": lambda data: canonical.dumps({k: v for k, v in data.items() if k != "argument"}).decode(),
    "a stance less": lambda data: changed(data, stances=data["stances"][1:]),
    "no JSON": lambda data: changed(data)[:-1] + "⟦removed⟧",
}


@pytest.mark.parametrize("name", FORGED)
def test_function_can_do_nothing_else(name):
    page = ControversyFactory()
    before, data = block(page)

    with pytest.raises(Error):
        call(page, keys=[data["key"]], sinces=[1], befores=[before], afters=[FORGED[name](data)])

    assert m.Redaction.objects.count() == 0


def test_function_believes_nobody_what_is_recorded():
    page = ControversyFactory()
    _before, data = block(page)
    other = changed(data, claim="Another claim that was never there.")

    with pytest.raises(IntegrityError, match="does not read so"):
        call(page, keys=[data["key"]], sinces=[1], befores=[other], afters=[changed(data, claim="⟦removed⟧")])


@pytest.mark.parametrize(
    ("part", "text"),
    [("summary", "Another reason."), ("author", "Somebody Else"), ("reviewer", "Somebody Else")],
)
def test_function_writes_no_other_reason_and_no_other_name(part, text):
    page = ControversyFactory()

    with pytest.raises(IntegrityError, match="not the same with words removed"):
        call(page, numbers=[1], parts=[part], texts=[text])


def test_function_needs_a_name():
    with pytest.raises(IntegrityError, match="says who made it"):
        call(ControversyFactory(), by="")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE controversies_block SET body = '\\x03'::bytea || convert_to('{}', 'UTF8'), basis = NULL",
        "UPDATE controversies_block SET body = NULL",
        "UPDATE controversies_block SET digest = sha256(body)",
        "DELETE FROM controversies_block",
        "UPDATE controversies_revision SET summary = '⟦removed⟧'",
        "UPDATE controversies_revision SET author_name = '⟦name removed⟧'",
        "UPDATE controversies_revision SET changes = '[]'",
        "UPDATE controversies_revision SET classes = '{}', number = number",
        "DELETE FROM controversies_revision",
    ],
)
def test_record_is_append_only_but_for_what_a_redaction_names(sql):
    page = ControversyFactory()
    before, data = block(page)
    page.edit(title="Another title")
    call(page, keys=[data["key"]], sinces=[1], befores=[before], afters=[before])

    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_redactions_are_append_only():
    page = ControversyFactory()
    before, data = block(page)
    call(page, keys=[data["key"]], sinces=[1], befores=[before], afters=[changed(data, claim="⟦removed⟧")])

    for sql in ("UPDATE controversies_redaction SET ground = 'law'", "DELETE FROM controversies_redaction"):
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


def test_body_that_was_lost_is_no_500(client):
    cache.clear()
    page = ControversyFactory(revisions=1)
    page.save(replace(page.document, head=replace(page.document.head, question="Another question?")))
    page.save(replace(page.document, head=replace(page.document.head, question="A third question?")))
    here = f"/controversies/{page.document.head.slug}/"
    tamper("UPDATE controversies_block SET body = NULL, basis = NULL WHERE key = %s AND since = 2", page.key)

    for path in ("revisions/2/", "revisions/2.json", "compare/1/2/", "revisions/2/cite/"):
        answer = client.get(here + path)
        assert answer.status_code == 410, path
        assert "cannot show this page" in answer.content.decode()
    assert client.get(f"/api/v1{here}revisions/2").status_code == 410
    for path in (
        here,
        f"{here}history/",
        f"{here}revisions/1/",
        "/changes/",
        "/changes.atom",
        f"{here[:-1]}.atom",
    ):
        assert client.get(path).status_code == 200, path
    changes = client.get("/api/v1/changes?documents=true")
    assert [each["revision"]["number"] for each in changes.json()["items"] if each["document"]] == [1, 3]
    assert "a part of it is missing" in client.get(f"{here}history/").content.decode()


def test_todays_body_that_was_lost_is_no_500(client):
    cache.clear()
    page = ControversyFactory(revisions=1)
    here = f"/controversies/{page.document.head.slug}"
    tamper("UPDATE controversies_block SET body = NULL WHERE key = %s", page.document.positions[0].key)

    assert client.get(f"{here}/").status_code == 410
    assert client.get(f"{here}.json").status_code == 410
    assert client.get(f"/api/v1{here}").status_code == 410
    for path in (
        "/",
        "/controversies/",
        "/changes/",
        f"{here}.atom",
        "/api/v1/controversies",
        "/api/v1/positions",
    ):
        assert client.get(path).status_code == 200, path
