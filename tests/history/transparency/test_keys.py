"""Private keys in files, and what they sign."""

import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from controversies.history.transparency import keys
from controversies.history.transparency.notes import (
    Algorithm,
    InvalidSignature,
    SignedNote,
    VerifierKey,
    cosignature,
    encode_base64,
    parse_key,
    parse_note,
    signed_message,
    verify_note,
)
from tests.test_structure import OURS, dependencies, imports, module_name


def test_key_comes_back_from_its_file_which_is_its_owners_only(tmp_path):
    key = keys.generate("log.example")
    keys.write(key, tmp_path / "key")

    again = keys.read(tmp_path / "key")

    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert (again.public, again.sign("text\n")) == (key.public, key.sign("text\n"))
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_signatures_are_those_of_the_specification():
    """The example of c2sp.org/signed-note: its signature verifies with its key, and no other text does."""
    key = parse_key("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    line = (
        "— example.com/foo "
        "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    )
    note = f"This is an example message.\n\n{line}\n"

    assert [each.key for each in verify_note(parse_note(note), [key], keys.verify)] == [key]
    with pytest.raises(InvalidSignature):
        verify_note(parse_note(note.replace("message.", "message!")), [key], keys.verify)
    assert not keys.verify(key.public[:-1], bytes(64), b"")


def test_what_is_signed_verifies_with_the_public_key():
    key = keys.generate("log.example/2")
    signed = SignedNote("a text\n", (key.sign("a text\n"),))

    assert str(key.public).startswith("log.example/2+")
    assert [each.key for each in verify_note(signed, [key.public], keys.verify)] == [key.public]


def test_witnesses_with_keys_of_the_next_kind_are_understood():
    """ML-DSA-44 (c2sp.org/tlog-cosignature), as the specification wants it for new witnesses."""
    private = MLDSA44PrivateKey.generate()
    key = VerifierKey("w.example", Algorithm.ML_DSA_44, private.public_key().public_bytes_raw())
    text = f"log.example\n7\n{encode_base64(bytes(32))}\n"
    line = cosignature(key, 1_700_000_000, private.sign(signed_message(text, key, 1_700_000_000)))
    [verified] = verify_note(SignedNote(text, (line,)), [key], keys.verify)

    assert (verified.key, verified.time) == (key, 1_700_000_000)
    other = text.replace("\n7\n", "\n8\n")
    with pytest.raises(InvalidSignature):
        verify_note(SignedNote(other, (line,)), [key], keys.verify)


@pytest.mark.parametrize("place", range(5))
def test_damaged_keys_are_refused(tmp_path, place):
    path = tmp_path / "key"
    keys.write(keys.generate("log.example"), path)
    text = path.read_text()
    wrong = [
        text[:-5],
        text.replace("log.example", "dog.example"),
        text.replace("PRIVATE+", ""),
        "",
        text.upper(),
    ]
    path.write_text(wrong[place])

    with pytest.raises(keys.BadKeyFile, match="is damaged, or is not the key of a log"):
        keys.read(path)


def test_key_that_others_may_read_is_refused(tmp_path):
    path = tmp_path / "key"
    keys.write(keys.generate("log.example"), path)
    path.chmod(0o640)

    with pytest.raises(keys.BadKeyFile, match="chmod 600"):
        keys.read(path)


def test_no_web_worker_can_load_keys():
    """Nothing that the site's modules import, however far, has the log's key. Others have their own."""
    graph = dependencies()
    pending = [
        name for name in graph if name.split(".")[1] in {"public", "admin", "api", "pages", "urls", "wsgi"}
    ]
    reached: set[str] = set()
    while pending:
        if (name := pending.pop()) not in reached:
            reached.add(name)
            pending += graph[name]
    loading = {
        module_name(path) for path in OURS if any(each.startswith("cryptography") for each in imports(path))
    }

    loading -= {"controversies.accounts.mfa_adapter", "controversies.following.addresses"}
    assert loading == {
        "controversies.history.transparency.keys",
        "controversies.history.transparency.crux_witness",
    }
    assert not reached & loading
    assert "controversies.history.transparency.state" in reached  # else it could not fail
