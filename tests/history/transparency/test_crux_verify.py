"""`crux_verify.py`: every attack is named, everything lawful is verified, and no input makes it fail otherwise."""

import ast
import contextlib
import gzip
import hashlib
import json
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from controversies.document import canonical
from controversies.document.types import BLOCKS
from tests.strategies import documents

from . import rfc6962
from .attacks import ATTACKS, DAY, NEW, PROGRAM, Files, refoot, rotate
from .toy_record import (
    KEY,
    START,
    WITNESS,
    WITNESSES,
    Signer,
    ToyRevision,
    ToySite,
    b64,
    blocks_of,
    dumps,
    policy,
    sha,
)
from .verifier import crux_verify


@pytest.fixture
def files(tmp_path) -> Files:
    return Files(tmp_path)


@pytest.fixture
def verify(files, capsys):
    """Run the verifier on the files: the exit status and the report."""

    def run() -> tuple[int, dict]:
        status = crux_verify.main([*files.arguments, "--json"])
        return status, json.loads(capsys.readouterr().out)

    return run


# -- attacks --


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attack_is_named(attack, files, verify):
    attack.act(files)

    status, report = verify()

    assert status == 1
    assert report["faults_by_kind"].keys() == attack.named
    for fault in report["faults"]:
        assert "{" not in fault["message"]
        assert fault["place"] or fault["kind"] == "unsigned"


def test_places_are_those_where_something_is_wrong(files, verify):
    site = ToySite.build()
    lines = site.corpus().splitlines()
    number = next(i for i, line in enumerate(lines, 1) if b"Argument no. 3" in line)
    files.add("corpus.jsonl", refoot(site.corpus().replace(b"Argument no. 3", b"Argument no. 9", 1)))

    _status, report = verify()

    [fault] = report["faults"]
    page = json.loads(lines[number - 1])["key"]
    assert page
    assert f"position, “It is so.” in line {number}" in fault["message"]
    assert "page “page-" in fault["place"]


# -- what is lawful --


def lawful(name):
    def register(act):
        LAWFUL.append(pytest.param(act, id=name))
        return act

    return register


LAWFUL: list = []


@lawful("a record and its log")
def _whole(files, site):
    files.corpus(site)
    return {}


@lawful("compressed")
def _compressed(files, site):
    files.add("corpus.jsonl.gz", gzip.compress(site.corpus()))
    return {}


@lawful("a log that has grown since checkpoints were saved")
def _grown(files, site):
    for size in (1, 5, 8, 11):
        files.saved(site.checkpoint(size, witnesses=0), f"saved-{size}")
    files.corpus(site)
    return {}


@lawful("entries that are not signed yet")
def _unsigned(files, site):
    files.corpus(site, site.checkpoint(7))
    return {"unsigned": 1}


@lawful("words removed, and declared")
def _removed(files, site):
    site.remove_words("page-0", "with quotes")
    files.corpus(site)
    return {"removal": 4}


@lawful("words removed twice from the same part, and declared")
def _removed_twice(files, site):
    site.remove_words("page-0", "with quotes")
    site.remove_words("page-0", "ünïcödé")
    files.corpus(site)
    return {"removal": 4}


@lawful("an author's name removed, and declared")
def _removed_author(files, site):
    site.remove_author("page-0", 2)
    files.corpus(site)
    return {"removal": 1}


@lawful("a revision made again, and declared")
def _replaced(files, site):
    page = site.page("page-0")
    before = {number: page.at(number).digest for number in (3, 4)}
    page.at(3).author = "⟦name removed⟧"
    page.seal(start=3)
    for number, digest in before.items():
        site.entries.append(
            {"digest": page.at(number).digest, "number": number, "page": page.key, "replaces": digest}
        )
    files.corpus(site)
    return {"replacement": 2}


@lawful("a page withdrawn, and declared")
def _withdrawn(files, site):
    page = site.page("page-0")
    site.entries.append({"digest": "cd" * 32, "number": 5, "page": page.key, "withdrawn": True})
    site.pages.remove(page)
    files.corpus(site)
    return {}


@lawful("a page withdrawn and published again")
def _published_again(files, site):
    page = site.page("page-0")
    hidden = ToyRevision(5, "", "", START + DAY, None)
    page.revisions += [hidden, ToyRevision(6, "Ada", "", START + DAY, blocks_of("page-0", 6))]
    page.seal()
    site.entries.append({"digest": hidden.digest, "number": 5, "page": page.key, "withdrawn": True})
    site.log(page, 6)
    files.corpus(site)
    return {}


@lawful("an import that says when it was written")
def _imported(files, site):
    files.saved(site.checkpoint(time=START + 30 * DAY))
    page = site.page("page-0")
    page.revisions.append(ToyRevision(5, "Eve", "", START + 2 * DAY, blocks_of("page-0", 5), kind="import"))
    page.seal()
    site.log(page, 5)
    files.corpus(site, site.checkpoint(time=START + 31 * DAY))
    return {"import": 1}


@lawful("a new key, and a log that follows the old one")
def _rotated(files, site):
    files.saved(site.checkpoint(8))
    rotate(site, site.checkpoint())
    files.add("policy", policy(KEY, NEW), "--policy")
    files.corpus(site)
    return {"earlier-log": 1}


@lawful("a new key twice")
def _rotated_twice(files, site):
    files.saved(site.checkpoint(8))
    rotate(site, site.checkpoint())
    newest = Signer("crux.example/3")
    files.add("policy", policy(KEY, NEW, newest), "--policy")
    site.entries.insert(0, {"checkpoint": site.checkpoint().decode()})
    site.key = newest
    files.corpus(site)
    return {"earlier-log": 2}


@lawful("without witnesses, if the policy asks for none")
def _no_witnesses(files, site):
    files.add("policy", policy(quorum=0), "--policy")
    files.corpus(site, site.checkpoint(witnesses=0))
    return {}


@lawful("a part whose text was lost")
def _lost(files, site):
    page = site.page("page-0")
    key = next(key for key, block in page.at(2).blocks.items() if block["block"] == "context")
    text = dumps(page.at(2).blocks[key])
    corpus = site.corpus().replace(text, dumps({"digest": sha(text), "erased": key}), 1)
    files.add("corpus.jsonl", refoot(corpus))
    return {"lost-part": 1}


@lawful("a page")
def _page(files, site):
    files.page(site.page_json("page-0", 3), site.proof("page-0", 3))
    return {}


@lawful("a page's first revision, in a log of one entry")
def _first(files, site):
    page = next(page for page in site.pages if page.key == site.entries[0]["page"])
    files.page(site.page_json(page.slug, 1), site.proof(page.slug, 1, site.checkpoint(1), size=1))
    return {}


@lawful("a page with a reviewer, after a hidden revision, in an old checkpoint")
def _reviewed(files, site):
    files.page(site.page_json("page-0", 2), site.proof("page-0", 2, size=6))
    return {}


@lawful("a page from which words were removed twice, and its author's name")
def _page_removed(files, site):
    site.remove_words("page-0", "with quotes")
    site.remove_words("page-0", "ünïcödé")
    site.remove_author("page-0", 3)
    files.page(site.page_json("page-0", 3), site.proof("page-0", 3))
    return {"removal": 2}


@lawful("a page's revision made again")
def _page_replaced(files, site):
    page = site.page("page-0")
    before = page.at(4).digest
    page.at(4).summary = "⟦removed⟧"
    page.seal(start=4)
    site.entries.append({"digest": page.at(4).digest, "number": 4, "page": page.key, "replaces": before})
    files.page(site.page_json("page-0", 4), site.proof("page-0", 4))
    return {"replacement": 1}


@lawful("a page with a checkpoint that cannot be compared")
def _page_saved(files, site):
    files.saved(site.checkpoint(5))
    files.page(site.page_json("page-0", 3), site.proof("page-0", 3))
    return {"not-compared": 1}


@lawful("a site's log")
def _site(files, site):
    folder = files.folder / "site"
    folder.mkdir()
    site.write_log(folder)
    files.saved(site.checkpoint(4))
    files.arguments += ["--site", str(folder)]
    return {}


@pytest.mark.parametrize("act", LAWFUL)
def test_lawful_is_verified_and_said_openly(act, files, verify):
    notes = act(files, ToySite.build())

    status, report = verify()

    assert report["faults"] == []
    assert status == 0
    assert report["notes_by_kind"] == notes
    assert report["log"]["is_signed"]


def test_report_for_people_states_what_was_checked(files, capsys):
    files.corpus(ToySite.build())

    assert crux_verify.main(files.arguments) == 0
    lines = capsys.readouterr().out.splitlines()

    assert lines[0] == "VERIFIED"
    assert "11 entries" in lines[1]
    assert lines[2].startswith("  Witness: “news.example/witness”, 2026-03-01T")
    assert lines[-1] == "  Checked: 11 entries, 3 pages, 12 revisions"


def test_reader_of_the_report_who_stops_reading_gets_no_traceback(files):
    _page_replaced(files, ToySite.build())
    command = [sys.executable, "-I", str(PROGRAM), *files.arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_more_faults_than_are_shown_are_counted(files, verify):
    site = ToySite.build(pages=1, revisions=230)
    site.page("page-0").revisions.clear()
    files.corpus(site)

    _status, report = verify()

    assert len(report["faults"]) == 100
    assert report["faults_by_kind"] == {"missing-revision": 229}


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 600])
def test_sites_log_is_read_tile_by_tile(size, files, verify):
    site = ToySite.build(pages=1, revisions=2)
    site.entries = [
        {"digest": sha(b"%d" % i), "number": i + 1, "page": "ab" * 4 + "-1111" * 3 + "-" + "c" * 12}
        for i in range(size)
    ]
    folder = files.folder / "site"
    folder.mkdir()
    site.write_log(folder)
    files.arguments += ["--site", str(folder)]

    assert verify()[0] == 0
    (folder / "checkpoint").write_bytes(site.checkpoint().replace(b"\n%d\n" % size, b"\n%d\n" % (size + 1)))
    assert verify()[1]["faults_by_kind"].keys() & {"unreadable", "forged-signature"}


def test_paths_of_tiles_are_those_of_tlog_tiles():
    assert crux_verify.tile_path(1234067, 256) == "tile/entries/x001/x234/067"
    assert crux_verify.tile_path(0, 256) == "tile/entries/000"
    assert crux_verify.tile_path(273, 112) == "tile/entries/273.p/112"
    assert crux_verify.tile_path(1000, 1) == "tile/entries/x001/000.p/1"


# -- what the declaration of blocks says --


def test_blocks_and_defaults_are_those_of_the_declaration():
    assert (
        tuple((each.name, each.attribute, each.many, each.ordered) for each in BLOCKS[1:])
        == crux_verify.BLOCKS
    )
    defaults = {}

    def gather(part, block):
        for spec in part.SPECS:
            if spec.part is not None:
                gather(spec.part, f"{block}.{spec.name}")
            elif spec.default not in ("", ()):
                defaults[block, spec.name] = spec.default

    for each in BLOCKS:
        gather(each.part, each.name)

    assert defaults == crux_verify.DEFAULTS


@given(documents())
def test_parts_of_any_page_have_the_digests_of_the_record(document):
    """Of the JSON that readers get, with all defaults."""
    values = {"revision": {}, **canonical.document_json(document)}
    text = (json.dumps(values, ensure_ascii=False, indent=1) + "\n").encode()

    blocks = crux_verify.page_blocks(crux_verify.parse_object(text, "", is_canonical=False), "")

    assert {each.key: each.digest for each in blocks} == canonical.digests(document)
    assert [each.key for each in blocks] == [each.key for each in document.blocks()]


# -- signatures --

RFC_8032 = [  # section 7.1: tests 1, 2 and 3
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595b"
        "be24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb430"
        "2aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716e"
        "d28dc027beceea1ec40a",
    ),
]
ORDER = 2**252 + 27742317777372353535851937790883648493
P = 2**255 - 19
SMALL_ORDER = [  # all encodings of the eight points whose order divides 8, and those that are not canonical
    *(number.to_bytes(32, "little") for number in (0, 1, P - 1, P, P + 1)),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
]
SMALL_ORDER += [each[:31] + bytes([each[31] | 0x80]) for each in SMALL_ORDER]
BASE = (4 * pow(5, P - 2, P) % P).to_bytes(32, "little")


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_vectors_of_rfc_8032(public, message, signature):
    arguments = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)

    assert crux_verify.ed25519_verify(*arguments)
    assert not crux_verify.ed25519_verify(arguments[0], arguments[1] + b"!", arguments[2])


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
def test_signatures_of_another_implementation_hold_and_none_with_a_bit_changed(seed, message, bit):
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    changed = bytearray(signature)
    changed[bit // 8] ^= 1 << bit % 8

    assert crux_verify.ed25519_verify(public, message, signature)
    assert not crux_verify.ed25519_verify(public, message, bytes(changed))


def test_s_that_is_not_reduced_is_refused():
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    signature = private.sign(b"x")
    s = int.from_bytes(signature[32:], "little") + ORDER

    assert not crux_verify.ed25519_verify(
        private.public_key().public_bytes_raw(), b"x", signature[:32] + s.to_bytes(32, "little")
    )


@pytest.mark.parametrize("public", SMALL_ORDER, ids=lambda each: each.hex()[:8] + each.hex()[-2:])
def test_keys_of_small_order_that_sign_anything_are_refused(public):
    """With such a key, s·B = R + k·A holds for every message if k·A is zero: R = B, s = 1."""
    forged = BASE + (1).to_bytes(32, "little")

    assert not any(crux_verify.ed25519_verify(public, b"%d" % i, forged) for i in range(16))
    Ed25519PublicKey.from_public_bytes(BASE)


def test_examples_of_the_specifications():
    """The note of c2sp.org/signed-note, and the checkpoint of issue 99 of C2SP with its key."""
    note = (
        "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZ"
        "XsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
    )
    key = crux_verify.TrustedKey.parse(
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", ""
    )
    parsed = crux_verify.ParsedNote(note.encode(), "")
    [signature] = parsed.signatures_by(key)
    assert crux_verify.ed25519_verify(key.public, parsed.text.encode(), signature)

    origin = "sigsum.org/v1/tree/e796172b92befd62d9dc67e41c2f5bc9d3100a3023b20b1ca40288dd1c679e69"
    checkpoint = (
        f"{origin}\n10\nHA5HAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— {origin} gJ2ho0n8F8olcerUF1FFdv235A/5as/coW"
        "rpLrtE7ovMeP5whgwouYExowG/lTznxu6OUGjjt5yJQ6bXtTcf718MqAQ=\n"
    )
    public = bytes([1]) + bytes.fromhex("66e0b858e462a609e66fe71370c816d8846ff103d5499a22a7fec37fdbc424a7")
    id = hashlib.sha256(f"{origin}\n".encode() + public).digest()[:4].hex()
    trusted = crux_verify.PolicyFile(f"log {origin}+{id}+{b64(public)}\nquorum none\n".encode(), "")
    head = crux_verify.CheckpointNote.parse(checkpoint.encode(), "")
    assert trusted.check(head, crux_verify.Report()) == {}


# -- trees --


@given(st.integers(1, 70), st.data())
def test_trees_are_those_of_rfc_6962(size, data):
    leaves = [crux_verify.hash_leaf(b"%d" % i) for i in range(size)]
    tree = crux_verify.GrowingTree(set(range(size + 1)))
    for each in leaves:
        tree.append(each)

    assert tree.roots == {i: rfc6962.root(leaves[:i]) for i in range(size + 1)}
    index = data.draw(st.integers(0, size - 1))
    proof = rfc6962.inclusion(index, leaves)
    assert crux_verify.root_of_inclusion(index, size, leaves[index], proof) == tree.roots[size]
    wrong = data.draw(
        st.sampled_from([[*proof, bytes(32)], proof[:-1], proof[::-1], [bytes(32), *proof[1:]]])
    )
    other = data.draw(st.integers(0, size))
    if wrong != proof:
        assert crux_verify.root_of_inclusion(index, size, leaves[index], wrong) != tree.roots[size]
    if other != index:
        assert crux_verify.root_of_inclusion(other, size, leaves[index], proof) != tree.roots[size]


# -- notes and policies --

NOTE = ToySite.build().checkpoint().decode()


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        "\n\n",
        NOTE.replace("—", "-"),
        NOTE.replace("— ", "—"),
        NOTE.replace("\n\n", "\n"),
        NOTE.rstrip("\n"),
        NOTE + "\n",
        NOTE.replace("\n11\n", "\n011\n"),
        NOTE.replace("\n11\n", "\n-1\n"),
        NOTE.replace("\n11\n", "\n١١\n"),
        NOTE.replace("\n11\n", f"\n{2**63}\n"),
        NOTE.replace("\n11\n", "\n" + "9" * 10000 + "\n"),
        NOTE.replace("=\n\n", "\n\n"),
        NOTE.replace("\n11\n", "\n11\nAAAA\n"),
        NOTE.replace("crux.example\n", "\n", 1),
        NOTE.replace("\n\n", "\n\n— a+b AAAAAAAA\n"),
        NOTE.replace("\n\n", "\n\n— a AAAA\n"),
        NOTE.replace("\n\n", "\n\n— a !!!!\n"),
        NOTE.replace("\n\n", "\n\n—  AAAAAAAA\n"),
        NOTE.replace("\n\n", "\n\n" + "— a AAAAAAAA\n" * 101),
        NOTE.replace("crux", "crux\0"),
        NOTE.replace("crux", "crux\r"),
        "x" * 2**21,
    ],
)
def test_notes_that_are_none_are_refused(note):
    with pytest.raises(crux_verify.Unreadable):
        crux_verify.CheckpointNote.parse(note.encode(), "note")


def test_notes_of_other_writers_are_read():
    """Extension lines, signatures of keys that nobody knows, and at least 16 of them."""
    others = [Signer(f"other-{i}.example", WITNESS) for i in range(30)]
    text = ToySite.build().head() + "an extension\n"
    note = f"{text}\n{''.join(each.line(text) for each in (*others, KEY, *WITNESSES))}"
    head = crux_verify.CheckpointNote.parse(note.encode(), "note")

    assert crux_verify.PolicyFile(policy(), "").check(head, crux_verify.Report()).keys() == {
        "w0",
        "w1",
        "w2",
    }


A, B, C = (Signer(f"{name}.example", WITNESS).vkey for name in "abc")
GROUPS = f"witness A {A}\nwitness B {B}\nwitness C {C}\n"


@pytest.mark.parametrize(
    ("text", "enough", "too_few"),
    [
        ("quorum none", [""], []),
        (f"witness A {A}\nquorum A", ["A"], [""]),
        (f"{GROUPS}group g any A B C\nquorum g", ["A", "C"], [""]),
        (f"{GROUPS}group g all A B C\nquorum g", ["ABC"], ["AB", "C"]),
        (f"{GROUPS}group g 2 A B C\nquorum g", ["AB", "BC", "ABC"], ["A", ""]),
        (f"{GROUPS}group g any A B\ngroup h all g C\nquorum h", ["AC", "BC"], ["AB", "C"]),
        (f"\t# note\n\n  witness\tA  {A} https://a.example\t\nquorum A\n", ["A"], [""]),
        (f"quorum none\nlog {KEY.vkey} https://crux.example", [""], []),
        (f"witness Ä {A}\nquorum Ä", ["Ä"], [""]),
    ],
)
def test_policies_as_the_specification_has_them(text, enough, too_few):
    trusted = crux_verify.PolicyFile(text.encode(), "policy")
    names = {each.encode().decode("utf-8", "surrogateescape"): each for each in "ABCÄ"}

    for wanted, cases in ((True, enough), (False, too_few)):
        for case in cases:
            assert trusted.is_met(trusted.quorum, [names[each] for each in case]) is wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing",
        f"log {KEY.vkey}",
        "quorum A",
        f"quorum A\nwitness A {A}",
        f"witness A {A}\nwitness A {B}\nquorum A",
        f"witness A {A}\nwitness B {A}\nquorum A",
        f"witness none {A}\nquorum none",
        f"{GROUPS}group A any B C\nquorum A",
        f"{GROUPS}group g any none\nquorum g",
        f"{GROUPS}group g 0 A B\nquorum g",
        f"{GROUPS}group g 3 A B\nquorum g",
        f"{GROUPS}group g 02 A B C\nquorum g",
        f"{GROUPS}group g two A B C\nquorum g",
        f"{GROUPS}group g any\nquorum g",
        f"{GROUPS}group g any A A\nquorum g",
        f"{GROUPS}group g any A B\ngroup h any A C\nquorum h",
        f"{GROUPS}group h any g\ngroup g any A\nquorum h",
        "quorum none\nquorum none",
        "quorum",
        "quorum none none",
        f"log {KEY.vkey}\nlog {KEY.vkey}\nquorum none",
        f"log {KEY.vkey[:-4]}\nquorum none",
        f"log {KEY.vkey.replace('+', '-')}\nquorum none",
        f"log x{KEY.vkey}\nquorum none",
        "log a b c d\nquorum none",
        "Quorum none",
        "quorum none\x7f",
        "quorum none\r\n",
        "quorum none\0",
        "trust everybody\nquorum none",
    ],
)
def test_policies_that_are_none_are_refused_with_the_line(text):
    with pytest.raises(crux_verify.Unreadable) as raised:
        crux_verify.PolicyFile(text.encode(), "policy")

    assert raised.value.place.startswith("policy")
    assert raised.value.reason.endswith(".")


def test_key_of_a_kind_that_is_not_known_is_not_counted(files, verify):
    """As a witness with a key of ML-DSA-44, type 6: its signature is passed over, not refused."""
    public = bytes([6]) + bytes(1312)
    id = hashlib.sha256(b"pq.example\n" + public).digest()[:4]
    site = ToySite.build()
    witness = f"witness q pq.example+{id.hex()}+{b64(public)}\n".encode()
    files.add("policy", witness + policy(), "--policy")
    note = site.checkpoint() + f"— pq.example {b64(id + bytes(2428))}\n".encode()
    files.corpus(site, note)

    status, report = verify()

    assert status == 0
    assert report["notes_by_kind"] == {"unknown-key": 1}


# -- hostile input --

LINE = b'{"page":"%s","revisions":1,"slug":"x"}' % (b"a" * 8 + b"-1111-1111-1111-" + b"b" * 12)
HOSTILE = {
    "nothing": b"",
    "a line feed": b"\n",
    "NUL": b"\0\0\0",
    "a NUL in a text": b'{"page":"\\u0000"}',
    "no JSON": b"{'page': 1}",
    "a list": b"[1,2]",
    "a number": b"7",
    "NaN": b'{"revision":NaN}',
    "Infinity": b'{"revision":-Infinity}',
    "a fraction": b'{"revision":1.5}',
    "an exponent": b'{"revision":1e400}',
    "a huge number": b'{"revision":' + b"9" * 100_000 + b"}",
    "a name twice": b'{"page":1,"page":2}',
    "nested deeply": b'{"page":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "objects nested deeply": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "half a surrogate": b'{"page":"\\ud800"}',
    "no UTF-8": b'{"page":"\xff"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "keys not sorted": b'{"slug":"x","page":"y"}',
    "white space": b'{"page": "x"}',
    "an escaped letter": b'{"page":"\\u0061"}',
    "a line of 17 MiB": b'{"page":"' + b"x" * 17 * 2**20 + b'"}',
    "wrong types": b'{"page":[],"revisions":{},"slug":7}',
    "a key that is none": b'{"page":"../../etc/passwd","revisions":1,"slug":"x"}',
    "a revision without a page": b'{"revision":1}',
    "a block without a revision": b'{"block":"head","key":"x"}',
    "removals without a revision": b'{"digest":"x","redacted":"y","removals":[]}',
    "a footer that is none": b'{"end":[],"sha256":1}',
    "an entry that is no object": b'{"entry":"x"}',
    "a checkpoint that is none": b'{"checkpoint":"x"}',
    "an unknown line": b'{"surprise":1}',
    "a page cut off": LINE,
    "a number that is true": LINE + b'\n{"hidden":true}',
    "a revision out of order": LINE + b'\n{"hidden":7}',
    "a revision of wrong types": LINE + b'\n{"changed":[1],"order":"x","revision":1}',
    "a revision with a key twice": LINE + b'\n{"order":["x","x"],"revision":1}',
    "terminal escapes": b'{"\x1b[31m":1}',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_corpus_gets_a_message_with_its_line(text, files, capsys):
    header = ToySite.build().corpus().splitlines(keepends=True)[0]
    files.add("corpus.jsonl", header + text + b"\n")

    assert crux_verify.main(files.arguments) == 1
    [first, fault, *_rest] = capsys.readouterr().out.splitlines()
    assert first == "NOT VERIFIED: 1 fault"
    assert "corpus.jsonl, line " in fault
    assert fault.startswith("  ✗ unreadable: ")
    assert len(fault) < 600
    assert fault.isprintable()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_page_gets_a_message(text, files, capsys):
    files.page(text, ToySite.build().proof("page-0", 3))

    assert crux_verify.main(files.arguments) == 1
    assert "NOT VERIFIED" in capsys.readouterr().out


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_entry_is_named(text):
    report = crux_verify.Report()
    entries = crux_verify.LogEntries(report, set())
    entries.append(text)

    assert report.counts == {"forged-entry": 1}


def swapped(values: dict, path: tuple, value: object) -> bytes:
    """The JSON with a value somewhere in it replaced."""
    copy = json.loads(json.dumps(values))
    place = copy
    for each in path[:-1]:
        place = place[each]
    place[path[-1]] = value
    return json.dumps(copy).encode()


def paths(values: object, start: tuple = ()):
    """The path of every value within JSON values."""
    pairs = (
        values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    )
    for name, value in pairs:
        yield (*start, name)
        yield from paths(value, (*start, name))


@pytest.mark.parametrize("value", [None, True, 0, -1, "x", [], {}, [[]], [{}], "0" * 64], ids=repr)
def test_page_with_any_value_of_another_type_is_refused(value, files, capsys):
    site = ToySite.build()
    values, proof = json.loads(site.page_json("page-0", 3)), site.proof("page-0", 3)
    files.page(b"{}", proof)
    parsed = crux_verify.LogProof.parse(proof, "proof")
    for path in paths(values):
        current = values
        for each in path:
            current = current[each]
        if (type(current) is type(value) and current == value) or (current in ("", []) and value in ("", [])):
            continue
        report = crux_verify.Report()
        try:
            crux_verify.PageCheck(swapped(values, path, value), "page", parsed, report).run()
        except crux_verify.Unreadable:
            continue
        assert report.counts, path


@pytest.mark.parametrize(
    "value", [None, True, 0, -1, 2**70, 1.5, "x", [], {}, [[]], [{}], "0" * 64], ids=repr
)
def test_proof_with_any_extra_value_of_another_type_is_refused_or_changes_nothing(value):
    site = ToySite.build()
    site.remove_words("page-0", "with quotes")
    page, proof = site.page_json("page-0", 3), site.proof("page-0", 3)
    parsed = crux_verify.LogProof.parse(proof, "proof")
    for path in paths(parsed.extra):
        other = crux_verify.replace(parsed, extra=json.loads(swapped(parsed.extra, path, value)))
        with contextlib.suppress(crux_verify.Unreadable):
            crux_verify.PageCheck(page, "page", other, crux_verify.Report()).run()


@given(st.data())
def test_no_byte_of_a_corpus_can_be_changed(data):
    text = CORPUS
    at = data.draw(st.integers(0, len(text) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != text[at]))
    changed = refoot_if_possible(text[:at] + bytes([byte]) + text[at + 1 :])
    report = crux_verify.Report()
    heads = crux_verify.HeadCheck(crux_verify.PolicyFile(policy(), ""), report)
    try:
        lines = list(enumerate(changed.split(b"\n")[:-1], 1))
        crux_verify.CorpusCheck("corpus", report, heads).run(lines)
    except crux_verify.Unreadable:
        return
    # What nothing proves, as it is beside the record: the header, topics, times of hidden revisions, addresses.
    line = text.count(b"\n", 0, at)
    original = json.loads(text.split(b"\n")[line])
    is_beside = line == 0 or original.keys() & {"topic", "hidden", "page", "end"}
    assert report.counts or is_beside


CORPUS = ToySite.build().corpus()


def refoot_if_possible(text: bytes) -> bytes:
    """The attacker makes the footer fit."""
    return refoot(text) if text.endswith(b"\n") else text


def _statements(value):
    """A page's JSON without members that are empty: they say nothing, and are not in canonical JSON."""
    if isinstance(value, dict):
        stated = {name: _statements(each) for name, each in value.items()}
        return {name: each for name, each in stated.items() if each not in ("", [])}
    return [_statements(each) for each in value] if isinstance(value, list) else value


def test_member_that_is_renamed_is_named_unless_it_is_empty():
    page, proof = PAGE
    for name, is_empty in (("status_summary", True), ("question", False)):
        assert (json.loads(page)[name] == "") == is_empty
        report = crux_verify.Report()
        parsed = crux_verify.LogProof.parse(proof, "proof")
        changed = page.replace(f'"{name}"'.encode(), b'"renamed"')
        crux_verify.PageCheck(changed, "page", parsed, report).run()
        assert bool(report.counts) is not is_empty


@given(st.data())
def test_no_letter_of_a_page_or_its_proof_can_be_changed(data):
    page, proof = PAGE
    name = data.draw(st.sampled_from(["page", "proof"]))
    text = {"page": page, "proof": proof}[name]
    at = data.draw(st.integers(0, len(text) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != text[at]))
    changed = text[:at] + bytes([byte]) + text[at + 1 :]
    report = crux_verify.Report()
    try:
        parsed = crux_verify.LogProof.parse(changed if name == "proof" else proof, "proof")
        heads = crux_verify.HeadCheck(crux_verify.PolicyFile(policy(quorum=3), ""), report)
        heads.add(parsed.head, is_saved=False)
        crux_verify.PageCheck(changed if name == "page" else page, "page", parsed, report).run()
        heads.check(None)
    except crux_verify.Unreadable:
        return
    if name == "page":
        assert report.counts or _statements(json.loads(changed)) == _statements(json.loads(page))
    else:
        # Extra data is believed only as far as the digests lead from it to the log.
        assert report.counts or parsed.extra != crux_verify.LogProof.parse(proof, "").extra


SITE = ToySite.build()
PAGE = SITE.page_json("page-0", 3), SITE.proof("page-0", 3, SITE.checkpoint(witnesses=3))


# -- the program --


def test_wrong_usage_says_what_to_write(files, capsys):
    page = str(files.add("page.json", b"{}"))
    trusted = files.arguments[:2]
    for arguments, words in [
        ([], "Name a file"),
        ([page], "--policy FILE"),
        ([page, *trusted], "--proof FILE"),
        ([page, "--site", ".", *trusted], "Name a file, or a site"),
        ([page, "--digests-only"], "--digests-only is for a corpus"),
    ]:
        assert crux_verify.main(arguments) == 2
        output = capsys.readouterr()
        assert words in output.err
        assert not output.out


def test_files_that_cannot_be_read_are_named(files, capsys):
    assert crux_verify.main(["absent.json", "--proof", "absent", *files.arguments]) == 1
    assert "absent.json: This cannot be read" in capsys.readouterr().out
    assert crux_verify.main(["--site", str(files.folder / "none"), *files.arguments]) == 1
    assert "checkpoint: This cannot be read" in capsys.readouterr().out


def test_digests_alone_can_be_checked(files, capsys):
    files.corpus(ToySite.build(), notes=False)

    assert crux_verify.main([files.arguments[-1], "--digests-only"]) == 0
    assert crux_verify.main(files.arguments) == 1


def test_damaged_gzip_is_named(files, capsys):
    files.add("corpus.jsonl.gz", gzip.compress(CORPUS)[:-9])

    assert crux_verify.main(files.arguments) == 1
    assert "damaged or cut off" in capsys.readouterr().out


def test_memory_does_not_grow_with_the_text():
    """A history ten times as long takes a few bytes more for each entry, and no text is kept."""

    def peak(revisions: int) -> int:
        text = ToySite.build(pages=1, revisions=revisions).corpus()
        lines = [(i, line) for i, line in enumerate(text.split(b"\n")[:-1], 1)]
        report = crux_verify.Report()
        heads = crux_verify.HeadCheck(crux_verify.PolicyFile(policy(), ""), report)
        tracemalloc.start()
        try:
            crux_verify.CorpusCheck("corpus", report, heads).run(iter(lines))
            assert report.is_verified
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(600) - peak(60) < 540 * 350


def test_it_imports_the_standard_library_only():
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for node in ast.walk(ast.parse(PROGRAM.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }

    assert imported <= set(sys.stdlib_module_names)


# Those of the system, and those that pyenv keeps.
PYTHONS = sorted(
    {
        f"3.{minor}": str(path)
        for minor in range(9, 15)
        for folder in (
            "/usr/bin",
            "/usr/local/bin",
            *(Path.home() / ".pyenv" / "versions").glob(f"3.{minor}.*/bin"),
        )
        if (path := Path(folder) / f"python3.{minor}").exists()
    }.values()
)


@pytest.mark.parametrize("python", PYTHONS)
def test_older_pythons_run_it_as_strangers_do(python, files):
    files.corpus(ToySite.build())

    assert files.verify(python)[0] == 0


def test_help_is_short_and_shows_how(capsys):
    with pytest.raises(SystemExit):
        crux_verify.main(["--help"])

    text = capsys.readouterr().out
    assert "python3 crux_verify.py page.json --proof 12.tlog-proof --policy policy" in text
    assert "Exit status: 0 verified" in text
