"""A witness and a log's client that others wrote (aics-witness): ours speak with both."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aics_tlog
import pytest
from aics_witness.feeder import WitnessAhead, WitnessClient, WitnessRejected, merge_cosignatures

from controversies import models as m

from . import rfc6962
from .signing import ORIGIN, assert_signs, fill, newest, run
from .witness_process import FakeLog, leaves, witness


@contextmanager
def other_witness(folder: Path, origin: str, log_key: str) -> Iterator[tuple[str, str]]:
    """Serve the other witness, which trusts this log; give its key and address."""
    folder.mkdir()
    program = [sys.executable, "-m", "aics_witness"]
    config = ["--config", str(folder / "witness.json")]
    made = subprocess.run(
        [*program, "init", *config, "--name", "other.example/w"], capture_output=True, text=True, check=True
    )
    [key] = re.findall(r"other\.example/w\+[0-9a-f]{8}\+\S+", made.stdout)
    subprocess.run(
        [*program, "add-log", *config, "--origin", origin, "--vkey", log_key], capture_output=True, check=True
    )
    with subprocess.Popen(
        [*program, "serve", *config, "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if match := re.search(r"127\.0\.0\.1:(\d+)", line):
                    yield key, f"http://127.0.0.1:{match[1]}"
                    break
            else:
                raise AssertionError(process.wait())
        finally:
            process.kill()


def verify(note: str, log_key: str, witness_key: str) -> Any:
    """Let the other library verify a checkpoint with one cosignature."""
    return aics_tlog.verify_checkpoint(
        aics_tlog.parse_note(note), aics_tlog.parse_vkey(log_key), [aics_tlog.parse_vkey(witness_key)], 1
    )


@pytest.mark.django_db
def test_our_log_is_cosigned_by_the_other_witness(settings, tmp_path):
    settings.LOG_DIR = tmp_path / "log"
    fill(5)
    run("logkey", ORIGIN)
    with other_witness(tmp_path / "other", ORIGIN, m.Log.objects.get().vkey) as (key, url):
        (tmp_path / "log" / "policy").write_text(f"witness other {key} {url}\nquorum other\n")
        for size in (5, 6, 300):
            if size > 5:
                fill(size - m.Leaf.objects.count())
            assert "Witness other: cosigned." in run("checkpoint")
            assert newest().is_witnessed
            assert_signs(newest().note.rpartition("— other")[0], size)

    verified = verify(newest().note, m.Log.objects.get().vkey, key)
    assert (verified.ok, verified.size, verified.cosignature_count) == (True, 300, 1)


def test_our_witness_answers_the_other_client(tmp_path):
    log, tree = FakeLog(), leaves(40)
    with witness(tmp_path / "w", log.vkey) as ours, WitnessClient(ours.url, ours.vkey) as client:
        for size in (3, 3, 8, 40):
            line = client.submit(
                log.signed(tree, size), lambda old, new: rfc6962.consistency(old, tree[:new])
            )
            assert ours.cosigned(line, log.signed(tree, size)) > 0
            note = merge_cosignatures(log.signed(tree, size), line)
        with WitnessClient(ours.url, ours.vkey) as stranger, pytest.raises(WitnessAhead):
            stranger.submit(log.signed(tree, 7), lambda old, new: rfc6962.consistency(old, tree[:new]))
        other = [*tree[:39], *leaves(1, "other")]
        with pytest.raises(WitnessRejected) as refusal:
            client.submit(log.signed(other), lambda old, new: [])
        assert refusal.value.status == 422

    verified = verify(note.decode(), log.vkey, ours.vkey)
    assert (verified.ok, verified.size, verified.cosignature_count) == (True, 40, 1)
