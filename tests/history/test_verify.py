"""The record re-read: what is whole passes, and each kind of tampering is told."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from controversies.history import verify
from tests.factories import ControversyFactory

pytestmark = pytest.mark.django_db


@contextmanager
def without_guards() -> Iterator[None]:
    """Triggers and foreign keys off, as for somebody with the server in his hands."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = DEFAULT")


def tamper(sql: str, *params: object) -> None:
    connection.check_constraints()  # what is pending, as COMMIT would
    with without_guards(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        assert cursor.rowcount > 0


def check(*slugs: str, **options: object) -> tuple[str, str | None]:
    """What checkhistory prints, and its closing error."""
    out = io.StringIO()
    connection.check_constraints()  # what is pending, as COMMIT would
    try:
        call_command("checkhistory", *slugs, stdout=out, **options)
    except CommandError as error:
        return out.getvalue(), f"{error} ({error.returncode})"
    return out.getvalue(), None


def test_checkhistory_of_a_whole_record_says_so():
    ControversyFactory(revisions=6)
    ControversyFactory(revisions=2, publication="draft")

    assert check() == ("2 controversies, 8 revisions: the record is whole.\n", None)


def test_checkhistory_of_an_unknown_address_says_which():
    assert check("nowhere") == ("", "There is no controversy with the address nowhere. (1)")


def test_checkhistory_prints_a_line_a_fault_and_fails():
    good, bad = ControversyFactory(revisions=2), ControversyFactory(revisions=3)
    tamper(
        "UPDATE controversies_revision SET summary = 'x' WHERE controversy_id = %s AND number = 2", bad.key
    )
    tamper(
        "UPDATE controversies_position SET claim = 'x' WHERE controversy_id = %s AND \"order\" = 1", bad.key
    )

    printed, error = check()

    assert printed.splitlines() == [
        f"{bad.slug}: Revision 2: its digest does not follow from the revision before, its author, time and reason.",
        f"{bad.slug}: Its rows are not what revision 3 recorded: {bad.document.positions[0].key}.",
    ]
    assert error == "2 faults in the record. (1)"
    assert check(good.slug)[1] is None


@pytest.mark.parametrize(
    "change",
    [
        "author_name = 'Somebody else'",
        "summary = 'Another reason'",
        "time = time + interval '1 microsecond'",
        f"digest = '\\x{hashlib.sha256(b'forged').hexdigest()}'",
    ],
)
def test_faults_tell_a_revision_that_was_altered(change):
    made = ControversyFactory(revisions=3)
    tamper(
        f"UPDATE controversies_revision SET {change} WHERE controversy_id = %s AND number = 2",  # noqa: S608 - written above
        made.key,
    )

    found = list(verify.faults(made.key))

    reason = "its digest does not follow from the revision before, its author, time and reason."
    expected = [f"Revision 2: {reason}"]
    if change.startswith("digest"):
        expected.append(f"Revision 3: {reason}")  # the chain
    if change.startswith("time"):
        expected.append("Lists of changes do not show its public revisions and no others.")
    assert found == expected


def test_faults_tell_a_block_whose_body_was_altered():
    made = ControversyFactory(revisions=1)
    key = made.document.positions[0].key
    tamper("UPDATE controversies_block SET body = '\\x0142' WHERE key = %s", key)

    found = list(verify.faults(made.key))

    assert found[0] == f"Revision 1: block {key} is not what its digest says."
    assert found[1].startswith("The newest revision cannot be read: ")


def test_faults_tell_a_block_whose_digest_was_altered():
    made = ControversyFactory(revisions=1)
    key = made.document.positions[0].key
    forged = hashlib.sha256(b"forged").digest()
    tamper("UPDATE controversies_block SET digest = %s WHERE key = %s", forged, key)

    assert list(verify.faults(made.key)) == [
        f"Revision 1: block {key} is not what its digest says.",
        "Revision 1: its document's digest is not that of its blocks.",
    ]


def test_faults_tell_a_block_that_is_missing():
    made = ControversyFactory(revisions=1)
    tamper("DELETE FROM controversies_block WHERE key = %s", made.document.positions[0].key)

    found = list(verify.faults(made.key))

    assert found[0] == "Revision 1: the list of its blocks does not name the blocks that it has."


def test_faults_tell_a_revision_that_is_missing():
    made = ControversyFactory(revisions=3)
    tamper("DELETE FROM controversies_revision WHERE controversy_id = %s AND number = 2", made.key)

    assert next(verify.faults(made.key)) == "Revision 3 follows revision 1."


def test_faults_tell_a_controversy_without_any_revision():
    made = ControversyFactory(revisions=1)
    tamper("DELETE FROM controversies_block WHERE controversy_id = %s", made.key)
    tamper("DELETE FROM controversies_revision WHERE controversy_id = %s", made.key)

    assert list(verify.faults(made.key)) == ["There is no revision of it."]


def test_faults_tell_a_body_that_was_erased():
    made = ControversyFactory(revisions=1)
    made.edit(title="Another title")
    made.edit(title="A third title")
    tamper("UPDATE controversies_block SET body = NULL, basis = NULL WHERE key = %s AND since = 2", made.key)

    assert list(verify.faults(made.key)) == [
        f"Revision 2: block {made.key} has no body, and nothing says why."
    ]


def test_faults_of_a_long_history_take_a_constant_number_of_queries(django_assert_num_queries):
    short, long = ControversyFactory(revisions=2), ControversyFactory(revisions=12)

    for made in (short, long):
        with django_assert_num_queries(26):
            assert list(verify.faults(made.key)) == []
