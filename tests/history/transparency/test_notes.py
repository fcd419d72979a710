"""Signed notes, keys, checkpoints and proofs, held against the specifications' examples, Go's own and aics-tlog's."""

import aics_tlog
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from controversies.history.transparency import notes
from controversies.history.transparency.keys import verify
from controversies.history.transparency.notes import Algorithm, MalformedNote, VerifierKey

# The example of c2sp.org/signed-note.
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = """\
This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
# The tests of golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_LINE = (
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot "
    "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
# The example of c2sp.org/tlog-cosignature; its keys are not published.
CHECKPOINT = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""  # noqa: E501
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def opened(text, *keys):
    """The names whose signatures verify."""
    verified = notes.verify_note(notes.parse_note(text), [notes.parse_key(key) for key in keys], verify)
    return [each.key.name for each in verified]


def public(private):
    return private.public_key().public_bytes_raw()


# -- keys --


@pytest.mark.parametrize("text", [EXAMPLE_KEY, PETER, ENOCH])
def test_published_keys_are_read_and_written(text):
    assert str(notes.parse_key(text)) == text


def test_part_of_a_key_or_a_changed_one_is_refused():
    for start in range(len(PETER)):
        for end in range(start + 1, len(PETER) + 1):
            if (start, end) != (0, len(PETER)):
                with pytest.raises(MalformedNote):
                    notes.parse_key(PETER[start:end])
    for place, letter in enumerate(PETER):
        with pytest.raises(MalformedNote):
            notes.parse_key(PETER[:place] + chr(ord(letter) + 1) + PETER[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",  # too long
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # of an unknown kind
        PETER.replace("c74f20a3", "C74F20A3"),
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        PETER + "\n",
    ],
)
def test_bad_keys_are_refused(text):
    with pytest.raises(MalformedNote):
        notes.parse_key(text)


def test_keys_are_the_other_library_s():
    key = VerifierKey("log.example/a", Algorithm.ED25519, public(PRIVATE))
    cosigner = VerifierKey("wit.example/w", Algorithm.COSIGNATURE, public(WITNESS))

    assert str(key) == aics_tlog.format_vkey(
        aics_tlog.vkey_from_ed25519("log.example/a", PRIVATE.public_key())
    )
    assert str(cosigner) == aics_tlog.format_vkey(
        aics_tlog.cosignature_vkey("wit.example/w", WITNESS.public_key())
    )


# -- notes --


def test_published_notes_verify():
    assert opened(EXAMPLE, EXAMPLE_KEY) == ["example.com/foo"]
    assert opened(f"{TEXT}\n{PETER_LINE}{ENOCH_LINE}", PETER) == ["PeterNeumann"]
    assert opened(f"{TEXT}\n{PETER_LINE}{ENOCH_LINE}", PETER, ENOCH) == ["PeterNeumann", "EnochRoot"]
    assert opened(f"{TEXT}\n{PETER_LINE}{PETER_LINE}{ENOCH_LINE}", PETER) == ["PeterNeumann"]
    assert opened(f"{TEXT}\n{PETER_LINE}{ENOCH_LINE}") == []


@pytest.mark.parametrize(
    "text",
    [
        EXAMPLE.replace("example message", "Example message"),
        EXAMPLE.replace("Uw2QOkn8", "Uw2QOkn9"),
        f"{TEXT}\n{PETER_LINE[:60]}ABCD{PETER_LINE[60:]}",
    ],
)
def test_signature_of_a_known_key_that_does_not_verify_condemns_the_note(text):
    with pytest.raises(notes.InvalidSignature):
        opened(text, EXAMPLE_KEY, PETER)


@pytest.mark.parametrize(
    "text",
    [
        *("", "\n", "\n\n", TEXT, TEXT + "\n", PETER_LINE),
        f"{TEXT}\n{PETER_LINE[:-1]}",
        f"\x01{TEXT}\n{PETER_LINE}",
        f"{TEXT}\r\n{PETER_LINE}",
        f"{TEXT}\n{PETER_LINE}Unexpected line.\n",
        f"{TEXT}\n— Bad Name {PETER_LINE.split()[2]}\n",
        f"{TEXT}\n— Bad+Name {PETER_LINE.split()[2]}\n",
        f"{TEXT}\n— Bad\u2003Name {PETER_LINE.split()[2]}\n",
        f"{TEXT}\n—  {PETER_LINE.split()[2]}\n",
        f"{TEXT}\n- PeterNeumann {PETER_LINE.split()[2]}\n",
        f"{TEXT}\n— PeterNeumann AAAA\n",
        f"{TEXT}\n— PeterNeumann x08go/Zz=\n",
        f"{TEXT}\n— PeterNeumann x08go/Y\n",
        f"{TEXT}\n— PeterNeumann x08go/Zz\n \n",
        f"{TEXT}\n" + PETER_LINE * 65,
        b"\xff" + f"{TEXT}\n{PETER_LINE}".encode(),
        "a" * (1 << 20) + f"\n\n{PETER_LINE}",
    ],
)
def test_malformed_notes_are_refused(text):
    with pytest.raises(MalformedNote):
        notes.parse_note(text)


def test_base64_has_one_form():
    assert notes.decode_base64("AA==") == b"\0"
    for text in ("AB==", "AA", "AA=", "A A==", "AA==\n", "A-==", "é"):
        with pytest.raises(MalformedNote):
            notes.decode_base64(text)


# Printable characters: neither separators nor what is "other"; for lines, spaces as well.
_NAMES = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters="+"), min_size=1, max_size=20
)
_LINES = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "))


@given(
    st.lists(_LINES, min_size=1, max_size=5),
    st.lists(
        st.tuples(_NAMES, st.binary(min_size=4, max_size=4), st.binary(min_size=1)), min_size=1, max_size=5
    ),
)
def test_note_is_read_as_it_was_written(lines, signatures):
    note = notes.SignedNote("\n".join(lines) + "\n", tuple(notes.Signature(*each) for each in signatures))

    assert notes.parse_note(str(note)) == note
    assert notes.parse_note(str(note).encode()) == note
    assert aics_tlog.parse_note(str(note)).serialise() == str(note)


# -- checkpoints and cosignatures --


def checkpoint_note(size=3):
    """A checkpoint that a log signed and a witness cosigned, by our hand."""
    head = notes.TreeHead("log.example/a", size, bytes(range(32)))
    log = VerifierKey("log.example/a", Algorithm.ED25519, public(PRIVATE))
    witness = VerifierKey("wit.example/w", Algorithm.COSIGNATURE, public(WITNESS))
    note = notes.SignedNote(
        str(head), (notes.Signature(log.name, log.id, PRIVATE.sign(notes.signed_message(str(head), log))),)
    )
    value = WITNESS.sign(notes.signed_message(note.text, witness, 1_767_000_000))
    return note.with_signatures([notes.cosignature(witness, 1_767_000_000, value)]), log, witness


def test_published_checkpoint_is_read_and_written():
    note = notes.parse_note(CHECKPOINT)
    head = notes.parse_checkpoint(note.text)

    assert str(note) == CHECKPOINT
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20852163)
    assert str(head) == note.text
    cosigned = note.signatures[1]
    assert int.from_bytes(cosigned.value[:8], "big") == 1679315147  # as the specification has it


def test_message_of_a_cosignature_is_the_published_one():
    key = VerifierKey("witness.example.com/w1", Algorithm.COSIGNATURE, bytes(32))

    assert notes.signed_message(notes.parse_note(CHECKPOINT).text, key, 1679315147).decode() == (
        "cosignature/v1\ntime 1679315147\n"
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )


def test_message_of_a_cosignature_of_ml_dsa_is_laid_out_as_specified():
    key = VerifierKey("w", Algorithm.ML_DSA_44, bytes(1312))
    message = notes.signed_message("log\n258\n" + "A" * 43 + "=\n", key, 1)

    assert message == b"subtree/v1\n\0" + b"\1w" + bytes(7) + b"\1" + b"\3log" + bytes(8) + bytes(
        6
    ) + b"\1\2" + bytes(32)
    assert str(notes.parse_key(str(key))) == str(key)


def test_checkpoint_and_cosignature_of_ours_verify_by_the_other_library():
    note, log, witness = checkpoint_note()

    assert notes.verify_note(note, [log, witness], verify) == [
        notes.VerifiedSignature(log, None),
        notes.VerifiedSignature(witness, 1_767_000_000),
    ]
    result = aics_tlog.verify_checkpoint(
        aics_tlog.parse_note(str(note)),
        aics_tlog.parse_vkey(str(log)),
        [aics_tlog.parse_vkey(str(witness))],
        quorum=1,
    )
    assert result.ok


def test_checkpoint_and_cosignature_of_the_other_library_verify_by_ours():
    name, root = "log.example/a", bytes(range(32))
    signed = aics_tlog.sign_checkpoint(aics_tlog.Checkpoint(name, 3, root), PRIVATE, name)
    _time, line = aics_tlog.sign_cosignature(WITNESS, "wit.example/w", 1_767_000_000, name, 3, root)
    theirs = aics_tlog.Note(text=signed.text, signatures=(*signed.signatures, line)).serialise()

    note, log, witness = checkpoint_note()
    assert theirs == str(note)
    assert [each.key for each in notes.verify_note(notes.parse_note(theirs), [log, witness], verify)] == [
        log,
        witness,
    ]


def test_cosignature_holds_for_its_time_size_and_key_only():
    note, log, witness = checkpoint_note()
    line = note.signatures[1]
    later = notes.cosignature(witness, 1_767_000_001, line.value[8:])
    endless = notes.cosignature(witness, 1 << 63, line.value[8:])
    other = checkpoint_note(4)[0].signatures[1]
    short = notes.Signature(line.name, line.key_id, line.value[8:])
    for wrong in (later, endless, other, short):
        with pytest.raises(notes.InvalidSignature, match=r"A signature of wit\.example/w does not verify"):
            notes.verify_note(note.with_signatures([wrong]), [log, witness], verify)
    foreign = notes.Signature("wit.example/other", line.key_id, line.value)
    assert notes.verify_note(notes.SignedNote(note.text, (foreign,)), [witness], verify) == []


@pytest.mark.parametrize(
    "text",
    [
        *("", "log\n3\n", "log\n3\n\n", "\n3\n" + "A" * 43 + "=\n", "log\n3\n" + "A" * 43 + "="),
        *(
            f"log\n{size}\n" + "A" * 43 + "=\n"
            for size in ("03", "-1", "+3", " 3", "3 ", "", "٣", str(1 << 63))
        ),
        *("log\n3\n" + root + "\n" for root in ("A" * 43, "A" * 42 + "B=", "AAAA", "A" * 44)),
        "log\n3\n" + "A" * 43 + "=\n\n",
    ],
)
def test_malformed_checkpoints_are_refused(text):
    with pytest.raises(MalformedNote):
        notes.parse_checkpoint(text)


def test_extension_lines_are_kept():
    text = "log\n0\n" + "A" * 43 + "=\nmore\nand more\n"

    assert notes.parse_checkpoint(text).extensions == ("more", "and more")
    assert str(notes.parse_checkpoint(text)) == text


# -- proofs --


def test_proof_is_read_as_it_was_written():
    note, _log, _witness = checkpoint_note()
    for extra in (None, b"", b"more"):
        for hashes in ((), (bytes(32),), (bytes(32), bytes(range(32)))):
            proof = notes.InclusionProof(2, hashes, note, extra)
            assert notes.parse_proof(str(proof)) == notes.parse_proof(str(proof).encode()) == proof
    assert str(notes.InclusionProof(2, (bytes(32),), note)) == (
        f"c2sp.org/tlog-proof@v1\nindex 2\n{'A' * 43}=\n\n{note}"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("@v1", "@v2"),
        ("index 2", "index 02"),
        ("index 2", "index -2"),
        ("index 2", "Index 2"),
        ("index 2", "extra AAAA"),
        ("index 2", "extra A\nindex 2"),
        ("index 2\n", ""),
        ("A" * 43 + "=", "AAAA"),
        ("A" * 43 + "=\n", ("A" * 43 + "=\n") * 64),
        ("\n\nlog", "\nlog"),
        ("\n3\n", "\nthree\n"),
    ],
)
def test_malformed_proofs_are_refused(before, after):
    text = str(notes.InclusionProof(2, (bytes(32),), checkpoint_note()[0]))
    assert before in text

    with pytest.raises(MalformedNote):
        notes.parse_proof(text.replace(before, after, 1))
