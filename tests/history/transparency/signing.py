"""What tests of signing share: entries, the commands, and what strangers would compute by themselves."""

import base64
import io
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from controversies import models as m
from controversies.history.transparency import keys
from controversies.history.transparency.notes import (
    SignedNote,
    TreeHead,
    parse_checkpoint,
    parse_key,
    parse_note,
    verify_note,
)

from . import rfc6962
from .witness_process import RunningWitness

ORIGIN = "log.example"


def fill(count: int) -> None:
    """Append so many entries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT controversies_append_leaf(NULL, n::integer, 'redaction', jsonb_build_object('n', n))"
            " FROM generate_series(1, %s) n",
            [count],
        )


def run(command: str, *args: str, **options: Any) -> str:
    """Return all that a command printed."""
    out = io.StringIO()
    call_command(command, *args, stdout=out, stderr=out, **options)
    return out.getvalue()


def refusal(command: str, *args: str, **options: Any) -> tuple[int, str]:
    """Return the exit code and the words with which a command failed, after what it printed."""
    out = io.StringIO()
    try:
        call_command(command, *args, stdout=out, stderr=out, **options)
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    raise AssertionError(out.getvalue())


def leaf_hashes(log: int = 1) -> list[bytes]:
    return [rfc6962.leaf(bytes(each.entry)) for each in m.Leaf.objects.filter(log=log).order_by("index")]


def read(note: str) -> tuple[SignedNote, TreeHead]:
    parsed = parse_note(note)
    return parsed, parse_checkpoint(parsed.text)


def newest(log: int = 1) -> m.Checkpoint:
    return m.Checkpoint.objects.filter(log=log).order_by("-size", "-id")[0]


def assert_signs(note: str, size: int, log: int = 1, *witnesses: RunningWitness) -> None:
    """Compute by the book that a note is of the log's first entries, and signed by its key and these witnesses."""
    parsed, head = read(note)
    row = m.Log.objects.get(pk=log)
    assert (head.origin, head.size) == (row.origin, size)
    assert head.root == rfc6962.root(leaf_hashes(log)[:size])
    own = [parse_key(row.vkey)]
    assert len(verify_note(parsed, own, keys.verify)) == 1
    assert len(parsed.signatures) == 1 + len(witnesses)
    for witness in witnesses:
        name = witness.vkey.split("+", 1)[0]
        [line] = [str(each) for each in parsed.signatures if each.name == name]
        assert witness.cosigned(line, note) > 0


def root_text(size: int, log: int = 1) -> str:
    return base64.b64encode(rfc6962.root(leaf_hashes(log)[:size])).decode()
