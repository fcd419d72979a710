"""Private keys in files, and what they sign."""

import base64
import stat

import pytest

from controversies.history.transparency import keys


def test_key_comes_back_from_its_file_which_is_its_owners_only(tmp_path):
    key = keys.generate("log.example")
    keys.write(key, tmp_path / "key")

    again = keys.read(tmp_path / "key")

    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert (again.vkey, again.signature_line("text\n")) == (key.vkey, key.signature_line("text\n"))
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_signatures_are_those_of_the_specification(tmp_path):
    """The example of c2sp.org/signed-note: its signature verifies with its key, and no other text does."""
    public = base64.b64decode("AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")[1:]
    line = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    signature = base64.b64decode(line)

    assert keys._identifier("example.com/foo", public).hex() == "530d903a"
    assert signature[:4].hex() == "530d903a"
    assert keys.verifies(public, signature[4:], b"This is an example message.\n")
    assert not keys.verifies(public, signature[4:], b"This is an example message!\n")
    assert not keys.verifies(public[:-1], signature[4:], b"This is an example message.\n")


def test_vkey_and_signature_belong_together():
    key = keys.generate("log.example/2")
    name, identifier, material = key.vkey.split("+", 2)
    dash, signer, data = key.signature_line("a text\n").split(" ")
    public, signed = base64.b64decode(material), base64.b64decode(data)

    assert (dash, signer, name) == ("—", "log.example/2", "log.example/2")
    assert (public[:1], signed[:4].hex()) == (b"\x01", identifier)
    assert keys.verifies(public[1:], signed[4:], b"a text\n")


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
