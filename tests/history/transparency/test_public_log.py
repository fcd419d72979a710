"""`checkhistory --log`: the owner of the database changes the log past its triggers, and each change is named."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from controversies import models as m
from controversies.history import replay
from controversies.history.transparency import keys
from controversies.history.transparency.folder import LogFolder
from controversies.history.verify.public_log import LogCheck
from controversies.workflow import redaction
from tests.factories import ControversyFactory
from tests.history.test_verify import without_guards
from tests.workflow.redaction.test_erase import order

from .signing import newest, refusal, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path, settings) -> Path:
    settings.LOG_DIR = tmp_path / "log"
    return settings.LOG_DIR


@pytest.fixture
def site(folder) -> Path:
    """Nine entries, the first seven of them signed.

    0–1 alpha 1–2 · 2 beta 1 · 3 beta withdrawn with 2 · 4 alpha 3 · 5 a removal from alpha 2 · 6 alpha 4, after it |
    7 beta 3 · 8 delta 1
    """
    alpha = ControversyFactory(slug="alpha", revisions=1, positions=2)
    first, second = alpha.document.positions
    alpha.save(alpha.document.with_blocks(positions=(replace(first, argument="Zoë Qüxly said so."), second)))
    connection.check_constraints()
    beta = ControversyFactory(slug="beta")
    connection.check_constraints()
    beta.edit(publication="withdrawn")
    connection.check_constraints()
    ControversyFactory(slug="gamma", publication="draft", revisions=2)
    alpha.edit(title="Alpha, corrected")
    connection.check_constraints()
    redaction.apply(order("Zoë Qüxly"))
    connection.check_constraints()
    run("logkey", "log.example")
    run("checkpoint")
    beta.edit(publication="published")
    connection.check_constraints()
    ControversyFactory(slug="delta")
    connection.check_constraints()
    return folder


def check(folder: Path) -> tuple[list[str], list[str]]:
    """The faults and notices of the log."""
    log = LogCheck(LogFolder(folder))
    with replay.snapshot():
        faults = [f"{name}: {fault}" for name, fault in log.faults()]
    return faults, log.notices


def tamper(*statements: str) -> None:
    with without_guards(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            assert cursor.rowcount > 0, statement


def kinds() -> list[str]:
    return [f"{each.kind} {each.number}" for each in m.Leaf.objects.filter(log=1).order_by("index")]


def test_log_agrees_with_the_record(site):
    assert kinds()[:4] == ["revision 1", "revision 2", "revision 1", "withdrawal 2"]
    assert {kind.split()[0] for kind in kinds()} == {"revision", "withdrawal", "redaction"}
    assert newest().size < m.Leaf.objects.count()

    assert check(site) == ([], [])

    output = run("checkhistory", log=True)
    assert f"{m.Leaf.objects.count()} entries of the public log, {newest().size} of them signed" in output


def test_log_is_checked_only_when_asked_and_only_whole(site):
    tamper("UPDATE controversies_checkpoint SET is_witnessed = true")

    assert "public log" not in run("checkhistory")
    code, output = refusal("checkhistory", log=True)
    assert code == 1
    assert re.search(
        r"^Public log: Checkpoint \d+ is called witnessed, and nobody cosigned it\.$", output, re.M
    )
    assert "The public log covers all controversies" in refusal("checkhistory", "alpha", log=True)[1]


# An entry and its hash, changed together.
REHASH = "UPDATE controversies_leaf SET hash = sha256('\\x00'::bytea || entry)"
OTHER = """
    UPDATE controversies_leaf SET entry = convert_to(
        regexp_replace(convert_from(entry, 'UTF8'), '"digest":"[0-9a-f]{4}', '"digest":"0000'), 'UTF8'
    ) WHERE index = 1
"""
FORGED = """
    INSERT INTO controversies_leaf (log_id, index, controversy_id, number, kind, entry, hash)
    SELECT 1, (SELECT max(index) + 1 FROM controversies_leaf), {page}, {number}, 'revision', e,
        sha256('\\x00'::bytea || e)
    FROM convert_to('{{"digest":"' || {digest} || '","number":{number},"page":"' || {page} || '"}}', 'UTF8') e
"""
GAMMA = "(SELECT id FROM controversies_controversy WHERE slug = 'gamma')"
GAMMA_DIGEST = """(
    SELECT encode(r.digest, 'hex') FROM controversies_revision r JOIN controversies_controversy c
    ON c.id = r.controversy_id WHERE r.number = 1 AND c.slug = 'gamma'
)"""
REWRITTEN = r"The first \d+ entries are not those that checkpoint \d+ signed: one was rewritten\."
KEPT = r"The first \d+ entries are not those that were signed, as .*last-checkpoint has it\."


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param(
            ["UPDATE controversies_leaf SET entry = entry || ' '::bytea WHERE index = 1"],
            [r"Entry 1 was altered: it does not have its hash\.", r"Entry 1 is not what its row says\."],
            id="entry altered",
        ),
        pytest.param(
            [
                OTHER,
                REHASH,
            ],
            [
                r"Entry 1 has another digest than revision 2 of alpha: one was rewritten\.",
                REWRITTEN,
                KEPT,
            ],
            id="entry rewritten with its hash",
        ),
        pytest.param(
            ["DELETE FROM controversies_leaf WHERE index = 1"],
            [
                r"Entries 1 to 1 are missing\.",
                REWRITTEN,
                KEPT,
                r"The log has no entry of revision 2 of alpha, which readers could see\.",
            ],
            id="entry deleted",
        ),
        pytest.param(
            ["DELETE FROM controversies_leaf WHERE index = 8"],
            [r"The log has no entry of revision 1 of delta, which readers could see\."],
            id="newest entry deleted before it was signed",
        ),
        pytest.param(
            ["DELETE FROM controversies_leaf WHERE index > 2"],
            [
                r"The log was cut off: \d+ entries were signed, and 3 are here\.",
                r"The log was cut off: \d+ entries were signed \(.*last-checkpoint\), and 3 are here\.",
                r"The log has no entry of revision 3 of alpha, which readers could see\.",
                r"The log has no entry of revision 4 of alpha, which readers could see\.",
                r"The log has no entry of revision 1 of delta, which readers could see\.",
                r"The log has no entry of the withdrawal of beta with revision 2\.",
                r"The log has no entry of revision 3 of beta, which readers could see\.",
                r"Words were removed from revision 2 of alpha, and no entry says so\.",
            ],
            id="log cut off",
        ),
        pytest.param(
            [FORGED.format(page=GAMMA, number=1, digest=GAMMA_DIGEST)],
            [r"Entry \d+ is of revision 1 of gamma, which readers never saw so\."],
            id="entry of what was never public",
        ),
        pytest.param(
            [FORGED.format(page=GAMMA, number=9, digest="repeat('0', 64)")],
            [r"Entry \d+ is of revision 9 of gamma, which does not exist\."],
            id="entry of no revision",
        ),
        pytest.param(
            [FORGED.format(page="gen_random_uuid()", number=1, digest="repeat('0', 64)")],
            [r"Entry \d+ is not what its row says\."],
            id="entry of another page than its row",
        ),
        pytest.param(
            [
                FORGED.format(
                    page="'00000000-0000-0000-0000-000000000001'::uuid", number=1, digest="repeat('0', 64)"
                )
            ],
            [
                r"Entry \d+ is of the page 00000000-0000-0000-0000-000000000001, which is not here, and no entry "
                r"withdraws it\."
            ],
            id="entry of no page",
        ),
        pytest.param(
            [
                "UPDATE controversies_leaf SET index = -1 WHERE index = 0",
                "UPDATE controversies_leaf SET index = 0 WHERE index = 2",
                "UPDATE controversies_leaf SET index = 2 WHERE index = -1",
            ],
            [REWRITTEN, KEPT],
            id="signed entries in another order",
        ),
        pytest.param(
            [
                "UPDATE controversies_leaf SET index = -1 WHERE index = 8",
                "UPDATE controversies_leaf SET index = 8 WHERE index = 7",
                "UPDATE controversies_leaf SET index = 7 WHERE index = -1",
            ],
            [r"Entry 8 \(revision 3 of beta\) is out of order\."],
            id="unsigned entries in another order",
        ),
        pytest.param(
            ["DELETE FROM controversies_redaction"],
            [
                r"An entry says that words were removed from revision 2 of page [-0-9a-f]{36}; none were\.",
            ],
            id="removal without its row",
        ),
        pytest.param(
            ["UPDATE controversies_checkpoint SET root = sha256('x')"],
            [r"Checkpoint \d+ is stored as another than its note says\."],
            id="root of a checkpoint",
        ),
        pytest.param(
            ["UPDATE controversies_checkpoint SET note = replace(note, 'log.example', 'dog.example')"],
            [r"Checkpoint \d+ is not signed by this log's key\."],
            id="name in a checkpoint",
        ),
        pytest.param(
            ["UPDATE controversies_checkpoint SET note = replace(note, E'\\n7\\n', E'\\n6\\n')"],
            [r"Checkpoint \d+ was altered: A signature of log\.example does not verify\."],
            id="size in a checkpoint",
        ),
        pytest.param(
            ["UPDATE controversies_checkpoint SET note = 'nothing'"],
            [r"Checkpoint \d+ was altered: A note has an empty line between its text and its signatures\."],
            id="no checkpoint",
        ),
        pytest.param(
            ["UPDATE controversies_log SET vkey = 'log.example+00000000+AAAA'"],
            [
                r"Its key or policy cannot be read: .*",
                r"Checkpoint \d+ is not signed by this log's key\.",
            ],
            id="key of the log",
        ),
        pytest.param(
            [
                "INSERT INTO controversies_treehash (log_id, level, index, hash) VALUES (1, 1, 0, sha256('x'))",
            ],
            [r"Level 1 of the tree has hashes of more entries than there are\."],
            id="hash of nothing",
        ),
    ],
)
def test_each_change_past_the_guards_is_named(site, statements, expected):
    tamper(*statements)

    faults, _notices = check(site)

    assert len(faults) == len(expected), faults
    for pattern in expected:
        assert any(re.fullmatch(f"Public log: {pattern}", fault) for fault in faults), (pattern, faults)


def test_last_checkpoint_beside_the_database_is_believed(site):
    """The owner rewrites entry, hash and checkpoints alike, and has no key: LOG_DIR still knows."""
    tamper(
        "UPDATE controversies_leaf SET index = -1 WHERE index = 0",
        "UPDATE controversies_leaf SET index = 0 WHERE index = 2",
        "UPDATE controversies_leaf SET index = 2 WHERE index = -1",
        "DELETE FROM controversies_checkpoint",
    )

    faults, _notices = check(site)

    assert [re.fullmatch(f"Public log: {KEPT}", fault) is not None for fault in faults] == [True]


def test_restored_backup_is_named(site):
    with transaction.atomic():
        run("checkpoint")
        transaction.set_rollback(True)
    tamper("DELETE FROM controversies_leaf WHERE index = 8")

    faults, _notices = check(site)

    assert re.fullmatch(
        r"Public log: The log was cut off: \d+ entries were signed \(.*last-checkpoint\), and \d+ are here\.",
        faults[0],
    )


def test_missing_or_damaged_last_checkpoint_is_told_of(site):
    (site / "last-checkpoint").rename(site / "elsewhere")
    assert check(site) == (
        [],
        [f"{site / 'last-checkpoint'} is not here, so the log was not held against it."],
    )

    (site / "last-checkpoint").write_text("nothing")
    [fault] = check(site)[0]
    assert "is not one that the log log.example signed" in fault


def test_what_a_witness_showed_is_told_of(site):
    (site / "contradiction").write_text("a checkpoint")

    [fault] = check(site)[0]

    assert (
        fault
        == f"Public log: A witness has shown a checkpoint that this log contradicts: {site / 'contradiction'}"
    )


def test_hashes_of_the_tree_are_computed_again(site):
    page = "00000000-0000-0000-0000-000000000001"
    entry = {"ground": "law", "now": "0" * 64, "number": 1, "page": page, "part": "block"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT controversies_append_leaf(%s, 1, 'redaction', %s) FROM generate_series(1, 600)",
            [page, json.dumps(entry)],
        )
    assert check(site)[0] == []
    assert m.TreeHash.objects.count() == 2

    tamper("UPDATE controversies_treehash SET hash = sha256('x') WHERE index = 1")
    assert check(site)[0] == [
        "Public log: Hash 1 at level 1 of the tree is not that of the entries below it."
    ]
    tamper("DELETE FROM controversies_treehash")
    assert len(check(site)[0]) == 2


def test_faults_of_a_kind_are_not_told_a_thousand_times(site):
    tamper(
        "INSERT INTO controversies_leaf (log_id, index, kind, entry, hash)"
        " SELECT 1, 100 + 2 * n, 'revision', '{}', sha256('x') FROM generate_series(1, 1000) n"
    )

    faults, _notices = check(site)

    assert len(faults) < 100
    assert re.fullmatch(r"Public log: \d{4} more faults of these kinds\.", faults[-1])


# -- several logs --


def test_log_that_follows_another_has_all_of_it(site):
    run("checkpoint")
    run("logkey", rotate=True)
    assert check(site)[0] == []
    ControversyFactory(slug="epsilon")
    connection.check_constraints()
    run("checkpoint")
    assert check(site) == ([], [])

    tamper("UPDATE controversies_leaf SET hash = sha256('x') WHERE log_id = 1 AND index = 2")
    faults, _notices = check(site)
    assert "Public log 1: Entry 2 was altered: it does not have its hash." in faults
    assert any(re.fullmatch(f"Public log 1: {REWRITTEN}", fault) for fault in faults)
    assert "Public log 2: 1 entries of log 1, from entry 2 on, are not those that follow here." in faults


def test_log_that_follows_what_was_lost_says_so(site):
    with transaction.atomic():
        ControversyFactory(slug="epsilon")
        connection.check_constraints()
        run("checkpoint")
        transaction.set_rollback(True)
    run("logkey", rotate=True)

    faults, notices = check(site)

    assert faults == []
    assert len(notices) == 2
    assert "and does not have all of them: they were lost or rewritten before it began" in notices[-1]


def test_log_that_follows_with_a_forged_checkpoint_is_named(site):
    run("checkpoint")
    run("logkey", rotate=True)
    run("checkpoint")
    text = newest(1).note.rpartition("\n\n")[0] + "\n"
    forged = text + "\n" + str(keys.generate("log.example").sign(text))
    with without_guards(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE controversies_leaf SET entry = controversies_canonical(jsonb_build_object('checkpoint', %s::text))"
            " WHERE log_id = 2 AND index = 0",
            [forged],
        )
    tamper(REHASH)

    faults, _notices = check(site)

    assert (
        "Public log 2: It does not follow log 1: its first entry is not signed by the log before." in faults
    )
    assert any(re.fullmatch(f"Public log 2: {REWRITTEN}", fault) for fault in faults)


def test_checkpoint_among_the_entries_is_named(site):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT controversies_append_leaf(NULL, NULL, 'checkpoint', '{\"checkpoint\": \"x\"}')"
        )

    [fault] = check(site)[0]

    assert re.fullmatch(r"Public log: Entry \d+ is a checkpoint, which only begins a log\.", fault)


# -- digests that were replaced --


def test_replaced_digests_are_followed(site):
    words = m.Controversy.objects.get(slug="beta").title[:12]
    redaction.apply(order(words, replaces_digests=True))
    connection.check_constraints()
    run("checkpoint")

    assert check(site)[0] == []
    assert m.Leaf.objects.filter(kind="replacement").exists()

    tamper("DELETE FROM controversies_leaf WHERE kind = 'replacement' AND number = 1")
    faults, _notices = check(site)
    assert any("has another digest than revision 1 of beta" in fault for fault in faults)


def test_command_counts_faults_of_the_log(site):
    tamper("DELETE FROM controversies_leaf WHERE index = 1")
    out = io.StringIO()

    with pytest.raises(CommandError, match=r"^4 faults in the record\.$"):
        call_command("checkhistory", log=True, stdout=out, stderr=out)
