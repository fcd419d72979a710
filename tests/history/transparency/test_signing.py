"""`logkey` and `checkpoint`: what is signed, what is refused, and what witnesses answer. Witnesses are processes."""

import fcntl
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction

from controversies import models as m
from controversies.history.transparency import keys
from tests.history.test_verify import without_guards

from . import rfc6962
from .signing import ORIGIN, assert_signs, fill, leaf_hashes, newest, read, refusal, root_text, run
from .witness_process import RunningWitness, serve, witness
from .witness_process import run as run_witness

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path, settings) -> Path:
    """LOG_DIR, which does not exist yet."""
    settings.LOG_DIR = tmp_path / "log"
    return settings.LOG_DIR


@pytest.fixture
def log(folder) -> Path:
    """LOG_DIR of a log with a key, five entries and no checkpoint."""
    fill(5)
    run("logkey", ORIGIN)
    return folder


@contextmanager
def restored_backup() -> Iterator[None]:
    """Undo in the database what the block did, as a restored backup of before it does."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def vkey(number: int = 1) -> str:
    return m.Log.objects.get(pk=number).vkey


def policy(folder: Path, *witnesses: RunningWitness, quorum: int = 1) -> None:
    names = [f"w{number}" for number in range(len(witnesses))]
    lines = [f"witness {name} {each.vkey} {each.url}/\n" for name, each in zip(names, witnesses, strict=True)]
    folder.joinpath("policy").write_text(
        "".join(lines) + f"group all {quorum} {' '.join(names)}\nquorum all\n"
    )


# -- keys --


def test_key_is_made_once_and_named_after_the_site(folder, settings):
    settings.SITE_URL = "https://crux.example"
    output = run("logkey")

    assert stat.S_IMODE((folder / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert m.Log.objects.get().origin == "crux.example"
    assert vkey() == str(keys.read(folder / "key").public)
    assert vkey() in output
    assert "manage.py checkpoint" in output
    assert "PRIVATE" not in output
    assert m.Log.objects.get().policy == f"log {vkey()} https://crux.example\nquorum none\n"
    assert (folder / "policy").read_text().startswith("# The witnesses")

    before = (folder / "key").read_text()
    for arguments in ([], ["other.example"]):
        code, message = refusal("logkey", *arguments)
        assert code == 1
        assert "has its key already" in message
        assert "logkey --rotate" in message
    assert (folder / "key").read_text() == before


@pytest.mark.parametrize("name", ["two words", "a+b", "x" * 201, "a\u2003b", "a\x07"])
def test_names_that_no_note_can_have_are_refused(folder, name):
    assert "cannot name a log" in refusal("logkey", name)[1]
    assert not (folder / "key").exists()


def test_key_without_its_database_is_registered_again(log):
    """On a new host, with the folder copied and the entries brought by a corpus."""
    with without_guards(), connection.cursor() as cursor:
        cursor.execute("UPDATE controversies_log SET origin = '', vkey = '', policy = ''")
    before = (log / "key").read_text()

    assert "does not know the key of log.example" in refusal("checkpoint")[1]
    assert "leave out the name" in refusal("logkey", "other.example")[1]
    run("logkey")

    assert (log / "key").read_text() == before
    assert "Signed 5 entries" in run("checkpoint")


def test_lost_key_is_not_replaced_unasked(log):
    (log / "key").unlink()

    assert "which is not in" in refusal("logkey")[1]
    assert "There is no key" in refusal("checkpoint")[1]
    assert not (log / "key").exists()


def test_without_a_folder_it_says_what_to_do(folder):
    assert refusal("checkpoint") == (1, f"There is no key in {folder}. Make one: manage.py logkey")


def test_key_that_others_can_read_signs_nothing(log):
    (log / "key").chmod(0o644)

    assert "chmod 600" in refusal("checkpoint")[1]
    assert not m.Checkpoint.objects.exists()


# -- signing --


def test_log_is_signed_when_it_grew(log):
    assert run("checkpoint") == f"Signed 5 entries (5 new). Root: {root_text(5)}\n"
    first = newest()
    assert_signs(first.note, 5)
    assert (log / "last-checkpoint").read_text() == first.note
    assert not first.is_witnessed

    assert run("checkpoint") == f"Nothing new: 5 entries are signed. Root: {root_text(5)}\n"
    assert m.Checkpoint.objects.count() == 1

    fill(300)
    assert "Signed 305 entries (300 new)" in run("checkpoint")
    assert_signs(newest().note, 305)
    assert (log / "last-checkpoint").read_text() == newest().note
    assert newest().time > first.time
    assert run("checkpoint", verbosity=0) == ""


def test_empty_log_waits_for_its_first_entry(folder):
    run("logkey", ORIGIN)

    assert run("checkpoint") == "The log has no entries yet: nothing to sign.\n"
    assert not (folder / "last-checkpoint").exists()


def test_two_at_once_are_one(log):
    with (log / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        code, message = refusal("checkpoint")
        assert (code, message) == (4, f"Another process is signing with {log}.")
        assert "Another process is signing" in refusal("logkey", "--rotate")[1]
    assert "Signed 5 entries" in run("checkpoint")


@pytest.mark.parametrize("options", [{"timeout": 0}, {"watch": 0}, {"watch": -1}])
def test_times_that_are_none_are_refused(log, options):
    assert refusal("checkpoint", **options)[0] == 2


def test_policy_that_cannot_be_read_names_its_line(log):
    (log / "policy").write_text("# friends\nquorum nobody\n")

    code, message = refusal("checkpoint")

    assert code == 1
    assert f"{log / 'policy'}: Line 2 of the policy" in message
    assert not m.Checkpoint.objects.exists()


# -- witnesses --


def test_witnesses_cosign_and_readers_get_their_lines(log, tmp_path):
    with (
        witness(tmp_path / "a", vkey(), name="a.example") as a,
        witness(tmp_path / "b", vkey(), name="b.example") as b,
    ):
        policy(log, a, b, quorum=2)
        output = run("checkpoint")
        assert output.count(": cosigned.") == 2
        assert_signs(newest().note, 5, 1, a, b)
        assert newest().is_witnessed
        assert len(read((log / "last-checkpoint").read_text())[0].signatures) == 1
        assert f"witness w1 {b.vkey} {b.url}/" in m.Log.objects.get().policy

        for count in (1, 2, 250):  # with proofs from what each has signed
            fill(count)
            assert run("checkpoint").count(": cosigned.") == 2
        assert_signs(newest().note, 258, 1, a, b)
        assert run("checkpoint") == f"Nothing new: 258 entries are signed. Root: {root_text(258)}\n"
        assert m.Checkpoint.objects.count() == 4


def test_witness_that_is_away_makes_it_unwitnessed_until_it_is_back(log, tmp_path):
    with ExitStack() as stack:
        a = stack.enter_context(witness(tmp_path / "a", vkey(), name="a.example"))
        b = stack.enter_context(witness(tmp_path / "b", vkey(), name="b.example"))
        policy(log, a, b, quorum=2)
        b.process.kill()
        b.process.wait()
        code, output = refusal("checkpoint")
        assert code == 3
        assert "Witness w0: cosigned." in output
        assert "Witness w1: It cannot be reached" in output
        assert "Fewer witnesses cosigned than the policy asks for" in output
        assert_signs(newest().note, 5, 1, a)
        assert not newest().is_witnessed

        assert refusal("checkpoint")[0] == 3
        assert m.Checkpoint.objects.count() == 1

        with serve(tmp_path / "b") as back:
            policy(log, a, back, quorum=2)
            output = run("checkpoint")
        assert "Nothing new: 5 entries are signed" in output
        assert output.count("cosigned") == 1  # the other had cosigned
        assert newest().is_witnessed
        assert_signs(newest().note, 5, 1, a, b)


def test_witness_that_knows_another_size_gets_a_proof_from_there(log, tmp_path):
    with witness(tmp_path / "a", vkey(), name="a.example") as a:
        run("checkpoint")
        note = newest().note
        assert a.add(0, [], note).status == 200  # somebody else has shown it already
        fill(7)
        policy(log, a)

        assert "Witness w0: cosigned." in run("checkpoint")
        assert_signs(newest().note, 12, 1, a)


@pytest.mark.parametrize(
    "case", ["unknown log", "another key", "wrong key in the policy", "no witness at all"]
)
def test_each_refusal_says_what_to_do(log, tmp_path, case):
    other = keys.generate(ORIGIN)
    trusted = {"unknown log": (), "another key": (str(other.public),)}.get(case, (vkey(),))
    with witness(tmp_path / "a", *trusted, name="a.example") as a:
        policy(log, a)
        text = (log / "policy").read_text()
        if case == "wrong key in the policy":
            run_witness("init", "a.example", folder=tmp_path / "other")
            (log / "policy").write_text(
                text.replace(a.vkey, run_witness("vkey", folder=tmp_path / "other").stdout.strip())
            )
        elif case == "no witness at all":
            (log / "policy").write_text(text.replace(a.url, a.url + "/elsewhere"))
        code, output = refusal("checkpoint")

    assert code == 3
    expected = {
        "unknown log": "It does not know this log, or its address is wrong. Send its operator the log's key. (404:",
        "another key": "It knows this log by another key. Send its operator the new one. (403:",
        "wrong key in the policy": "Its answer has no valid cosignature by the key that the policy has for it",
        "no witness at all": "It does not know this log, or its address is wrong.",
    }
    assert f"Witness w0: {expected[case]}" in output
    assert_signs(newest().note, 5)
    assert not newest().is_witnessed


def test_witness_that_lost_its_memory_does_not_count(log, tmp_path):
    with witness(tmp_path / "a", vkey(), name="a.example") as a:
        policy(log, a)
        run("checkpoint")
        fill(1)
        for path in (tmp_path / "a").glob("*.checkpoint"):
            path.unlink()

        code, output = refusal("checkpoint")

    assert code == 3
    assert "It has forgotten what it signed: it names 0 entries, and signed 5." in output
    assert_signs(newest().note, 6)


def test_witness_without_an_address_is_told_of(log, tmp_path):
    run_witness("init", "a.example", folder=tmp_path / "a")
    key = run_witness("vkey", folder=tmp_path / "a").stdout.strip()
    (log / "policy").write_text(f"# met her at a conference\n\nwitness friend {key}\nquorum friend\n")

    assert "Witness friend: The policy has no address for it." in refusal("checkpoint")[1]
    assert "conference" not in m.Log.objects.get().policy
    assert f"\nwitness friend {key}\nquorum friend\n" in m.Log.objects.get().policy


def test_witnesses_confirm_a_quiet_log_once_a_day(log, tmp_path):
    with witness(tmp_path / "a", vkey(), name="a.example") as a:
        policy(log, a)
        run("checkpoint")
        before = newest().note
        assert "cosigned" not in run("checkpoint")
        time.sleep(1.1)  # a cosignature has its time in seconds
        with without_guards(), connection.cursor() as cursor:
            cursor.execute("UPDATE controversies_checkpoint SET time = time - interval '25 hours'")

        assert "Witness w0: cosigned." in run("checkpoint")

        assert m.Checkpoint.objects.count() == 2
        assert read(newest().note)[1] == read(before)[1]
        assert "cosigned" not in run("checkpoint")


# -- the trap of a restored backup --


def assert_refused(log: Path, reason: str, **options: object) -> None:
    """A refusal says why and what can be done, and leaves everything as it is."""
    before = (log / "last-checkpoint").read_bytes(), m.Checkpoint.objects.count()

    code, message = refusal("checkpoint", **options)

    assert code == 1
    assert reason in message
    assert "1. Restore a newer backup" in message
    assert "manage.py logkey --rotate" in message
    assert ((log / "last-checkpoint").read_bytes(), m.Checkpoint.objects.count()) == before


def test_restored_backup_is_refused(log):
    run("checkpoint")
    with restored_backup():
        fill(3)
        run("checkpoint")

    assert_refused(
        log, f"The log was cut off: 8 entries were signed ({log / 'last-checkpoint'}), and the database has 5"
    )
    fill(1)
    assert_refused(log, "The log was cut off: 8 entries were signed")
    fill(9)  # other entries in their place
    assert_refused(log, "The log was rewritten: the first 8 entries are not those that were signed")
    assert_refused(log, "The log was rewritten", trust_database=True)


def test_rewritten_entry_is_refused(log):
    run("checkpoint")
    fill(1)
    with without_guards(), connection.cursor() as cursor:
        cursor.execute("UPDATE controversies_leaf SET hash = sha256('x') WHERE index = 2")

    assert_refused(log, "The log was rewritten: the first 5 entries are not those that were signed")


def test_missing_entries_are_refused(log):
    fill(300)
    run("checkpoint")
    with without_guards(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM controversies_leaf WHERE index = 260")

    assert_refused(log, "Entries of the log, or hashes of its tree, are missing from the database.")


def test_lost_last_checkpoint_must_be_missed(log):
    run("checkpoint")
    (log / "last-checkpoint").unlink()
    fill(1)

    code, message = refusal("checkpoint")
    assert code == 1
    assert "is missing, and this log has signed 5 entries before" in message
    assert not (log / "last-checkpoint").exists()

    assert "Signed 6 entries (1 new)" in run("checkpoint", trust_database=True)
    assert_signs((log / "last-checkpoint").read_text(), 6)


def test_older_last_checkpoint_gives_way_to_more(log):
    """LOG_DIR itself was restored from a copy: what the database has is signed by the same key, and more."""
    run("checkpoint")
    older = (log / "last-checkpoint").read_text()
    fill(2)
    run("checkpoint")
    (log / "last-checkpoint").write_text(older)

    assert "Nothing new: 7 entries are signed" in run("checkpoint")
    assert_signs((log / "last-checkpoint").read_text(), 7)


@pytest.mark.parametrize("damage", ["cut", "other key", "not text"])
def test_damaged_last_checkpoint_signs_nothing(log, damage):
    run("checkpoint")
    path = log / "last-checkpoint"
    if damage == "cut":
        path.write_text(path.read_text()[:-20])
    elif damage == "other key":
        note, head = read(path.read_text())
        path.write_text(note.text + "\n" + str(keys.generate(head.origin).sign(note.text)))
    else:
        path.write_bytes(b"\xff\xfe")
    fill(1)

    code, message = refusal("checkpoint")

    assert code == 1
    assert f"The last checkpoint in {path} is not one that the log log.example signed" in message
    assert m.Checkpoint.objects.count() == 1


def test_forged_checkpoint_in_the_database_signs_nothing(log):
    run("checkpoint")
    fill(1)
    note, head = read(newest().note)
    forged = note.text + "\n" + str(keys.generate(head.origin).sign(note.text))
    m.Checkpoint.objects.create(
        log_id=1, size=5, root=head.root, time=newest().time, note=forged, is_witnessed=False
    )

    assert "The last checkpoint in the database is not one" in refusal("checkpoint")[1]


def test_witness_shows_what_was_signed_when_everything_else_forgot(log, tmp_path):
    """The database was restored and LOG_DIR lost its last checkpoint: only a witness knows, and can prove it."""
    with witness(tmp_path / "a", vkey(), name="a.example") as a:
        policy(log, a)
        with restored_backup():
            fill(3)
            run("checkpoint")
            lost = newest().note
        (log / "last-checkpoint").unlink()
        fill(1)

        code, message = refusal("checkpoint")

        assert code == 1
        assert "The witness w0 has a checkpoint of 8 entries that this log's key signed" in message
        assert not m.Checkpoint.objects.exists()
        assert (log / "contradiction").read_text() == lost
    assert_refused(log, "The log was cut off: 8 entries were signed")


def test_witness_that_only_claims_to_know_more_stops_nothing(log, tmp_path):
    """Another log under the same name has a witness of its own: it proves nothing of this one."""
    impostor = keys.generate(ORIGIN)
    text = f"{ORIGIN}\n9\n{root_text(5)}\n"
    with witness(tmp_path / "a", vkey(), str(impostor.public), name="a.example") as a:
        policy(log, a)
        assert a.add(0, [], f"{text}\n{impostor.sign(text)}").status == 200

        code, output = refusal("checkpoint")

    assert code == 3
    assert "It says that it signed 9 entries of this log; 5 are here." in output
    assert_signs(newest().note, 5)


# -- another log --


@pytest.mark.parametrize("loss", ["planned", "stolen", "lost"])
def test_another_log_follows_openly(log, loss):
    fill(300)
    run("checkpoint")
    fill(2)
    old_key, last = (log / "key").read_text(), newest().note
    if loss == "lost":
        (log / "key").unlink()

    output = run("logkey", rotate=True)

    assert "Log 2 follows the 305 entries that were signed before" in output
    assert m.Log.objects.get(pk=2).origin == "log.example/2"
    entries = [bytes(each.entry) for each in m.Leaf.objects.filter(log=2).order_by("index")]
    assert entries[1:] == [bytes(each.entry) for each in m.Leaf.objects.filter(log=1).order_by("index")]
    assert len(entries) == 308
    assert rfc6962.root(leaf_hashes(2)[1:306]) == read(last)[1].root  # as a stranger checks it
    assert keys.read(log / "key").public != vkey(1)
    assert not (log / "last-checkpoint").exists()
    assert (log / "last-checkpoint.old-1").read_text() == last
    if loss != "lost":
        assert (log / "key.old-1").read_text() == old_key

    fill(1)
    assert "Signed 309 entries (309 new)" in run("checkpoint")
    assert_signs(newest(2).note, 309, 2)
    assert m.Leaf.objects.filter(log=1).count() == 307


def test_another_log_carries_the_checkpoint_that_the_database_lost(log):
    run("checkpoint")
    with restored_backup():
        fill(3)
        run("checkpoint")
    kept = (log / "last-checkpoint").read_text()

    assert "follows the 8 entries" in run("logkey", "log.example/after-the-fire", rotate=True)

    [first] = m.Leaf.objects.filter(log=2, index=0)
    assert kept.encode().split(b"\n")[2] in bytes(first.entry)
    assert "Signed 6 entries" in run("checkpoint")
    assert m.Log.objects.get(pk=2).origin == "log.example/after-the-fire"


def test_log_that_signed_nothing_just_gets_another_key(log):
    (log / "key").unlink()
    before = vkey()

    run("logkey", rotate=True)

    assert m.Log.objects.count() == 1
    assert vkey() != before
    assert m.Log.objects.get().origin == "log.example/2"
    assert "Signed 5 entries" in run("checkpoint")


def test_rotations_keep_every_old_key(log):
    for number in (2, 3):
        run("checkpoint")
        run("logkey", rotate=True)
        assert m.Log.objects.get(pk=number).origin == f"log.example/{number}"

    assert sorted(path.name for path in log.iterdir()) == [
        *("key", "key.old-1", "key.old-2"),
        *("last-checkpoint.old-1", "last-checkpoint.old-2", "lock", "policy"),
    ]
    assert "is called log.example already" in refusal("logkey", "log.example", rotate=True)[1]


def test_nothing_is_rotated_before_there_is_a_log(folder):
    assert "Begin with: manage.py logkey" in refusal("logkey", rotate=True)[1]


def test_database_of_before_the_rotation_is_refused(log):
    run("checkpoint")
    with restored_backup():
        run("logkey", rotate=True)
        run("checkpoint")

    code, message = refusal("checkpoint")

    assert code == 1
    assert "is of the log log.example/2, and the database's newest log is log.example" in message
