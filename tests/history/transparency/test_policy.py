"""Policies, held against c2sp.org/tlog-policy."""

from itertools import product

import pytest

from controversies.history.transparency.notes import Algorithm, VerifierKey
from controversies.history.transparency.policy import InvalidPolicy, parse_policy

LOG = VerifierKey("log.example", Algorithm.ED25519, bytes(32))
KEYS = {
    name: VerifierKey(f"{name.lower()}.example", Algorithm.COSIGNATURE, bytes([number]) * 32)
    for number, name in enumerate(["X1", "X2", "X3", "Y1", "Y2", "Y3"], 1)
}
# The example of the specification.
POLICY = f"""\
log {LOG} https://log.example/

{"\n".join(f"witness {name} {key}" for name, key in KEYS.items() if name[0] == "X")}
group X-witnesses 2 X1 X2 X3

\t# Those of another organisation.
{"\n".join(f"  witness \t{name} {key} https://{name}.example/ " for name, key in KEYS.items() if name[0] == "Y")}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""
X1, X2 = f"witness X1 {KEYS['X1']}\n", f"witness X2 {KEYS['X2']}\n"


def test_example_is_read():
    policy = parse_policy(POLICY)

    assert [(log.key, log.url) for log in policy.logs] == [(LOG, "https://log.example/")]
    assert {name: witness.key for name, witness in policy.witnesses.items()} == KEYS
    assert policy.witnesses["X1"].url == ""
    assert policy.witnesses["Y2"].url == "https://Y2.example/"
    assert policy.witness_keys == list(KEYS.values())
    assert parse_policy(POLICY.encode()).quorum == policy.quorum == "X-and-Y"


def test_quorum_of_the_example_is_met_by_two_of_one_group_and_one_of_the_other():
    policy = parse_policy(POLICY)
    for chosen in product([False, True], repeat=6):
        names = [name for name, is_there in zip(KEYS, chosen, strict=True) if is_there]
        enough = sum(name[0] == "X" for name in names) >= 2 and any(name[0] == "Y" for name in names)
        assert policy.is_met([LOG, *(KEYS[name] for name in names)]) == enough


def test_no_quorum_is_met_by_none_and_one_witness_by_its_own():
    assert parse_policy("quorum none\n").is_met([])
    policy = parse_policy(X1 + X2 + "quorum X2")
    assert policy.is_met([KEYS["X2"]])
    assert not policy.is_met([KEYS["X1"]])


def test_names_are_octets():
    name = b"\xff\xe2\x84\xaa"
    policy = parse_policy(b"witness " + name + X1.encode()[10:] + b"quorum " + name)

    assert policy.is_met([KEYS["X1"]])


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "Add a line “quorum …”, or “quorum none”."),
        (X1, 1, "Add a line “quorum …”, or “quorum none”."),
        ("# a\n\nlogs x\n", 3, "Begin with log, witness, group, quorum or #."),
        ("quorum none\x0b", 1, "Remove the control characters."),
        ("quorum none\r\n", 1, "Remove the control characters."),
        ("log\n", 1, "Write “log <key> <address>”; the address may be left out."),
        (f"log {LOG} a b\n", 1, "Write “log <key> <address>”; the address may be left out."),
        ("log a+b\n", 1, "This is not a key, <name>+<8 hex digits>+<base64>: 'a+b'."),
        (f"log {KEYS['X1']}\n", 1, "This key is not of a kind that may sign here."),
        (f"log {LOG}\nlog {LOG}\n", 2, "This key is there already."),
        (f"witness a {LOG}\n", 1, "This key is not of a kind that may sign here."),
        ("witness a\n", 1, "Write “witness <name> <key> <address>”; the address may be left out."),
        (X1 + X1.replace("X1", "Z"), 2, "This key is there already."),
        (X1 + X2.replace("X2", "X1"), 2, "The name “X1” is taken."),
        (X1.replace("X1", "none"), 1, "The name “none” is taken."),
        ("group a all\n", 1, "Write “group <name> <number, any or all> <members>”."),
        ("group a\n", 1, "Write “group <name> <number, any or all> <members>”."),
        (X1 + "group X1 all X1\n", 2, "The name “X1” is taken."),
        ("group a all X1\n", 1, "No line before this one defines “X1”."),
        ("group a all none\n", 1, "No line before this one defines “none”."),
        (X1 + "group a all X1 X1\n", 2, "“X1” is in a group already."),
        (X1 + "group a all X1\ngroup b any X1\n", 3, "“X1” is in a group already."),
        (X1 + X2 + "group a 0 X1 X2\n", 3, "The number must be from 1 to the number of members."),
        (X1 + X2 + "group a 3 X1 X2\n", 3, "The number must be from 1 to the number of members."),
        (X1 + X2 + "group a some X1 X2\n", 3, "The number must be from 1 to the number of members."),
        ("quorum\n", 1, "Write one line “quorum <name>”, or “quorum none”."),
        ("quorum none\nquorum none\n", 2, "Write one line “quorum <name>”, or “quorum none”."),
        ("quorum X1\n" + X1, 1, "No line before this one defines “X1”."),
    ],
)
def test_faults_are_named_with_their_line(text, line, reason):
    with pytest.raises(InvalidPolicy) as refused:
        parse_policy(text)

    assert str(refused.value) == f"Line {line} of the policy: {reason}"
    assert refused.value.line == line
