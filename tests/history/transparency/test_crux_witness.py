"""`crux_witness.py`: run as a newsroom runs it, asked over HTTP, held to the letter of c2sp.org/tlog-witness."""

import ast
import hashlib
import http.client
import importlib.util
import re
import socket
import stat
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from controversies.history.transparency.crux_witness import WitnessKey

from . import rfc6962
from .witness_process import (
    EMPTY,
    PROGRAM,
    FakeLog,
    RunningWitness,
    b64,
    leaves,
    request_body,
    run,
    serve,
    witness,
)

TREE = leaves(40)
LOG = FakeLog()


@pytest.fixture
def server(tmp_path) -> Iterator[RunningWitness]:
    with witness(tmp_path / "w", LOG.vkey) as running:
        yield running


def extend(server: RunningWitness, old: int, new: int, log: FakeLog = LOG):
    return server.add(old, rfc6962.consistency(old, TREE[:new]), log.signed(TREE, new))


def test_it_signs_what_it_sees_first_and_whatever_contains_it(server):
    before = int(time.time())
    first = extend(server, 0, 7)

    assert (first.status, first.content_type) == (200, "text/plain; charset=utf-8")
    assert before <= server.cosigned(first.text, LOG.signed(TREE, 7)) <= time.time()
    for old, new in [(7, 7), (7, 8), (8, 13), (13, 32), (32, 33), (33, 40)]:
        answer = extend(server, old, new)
        assert answer.status == 200, (old, new, answer)
        assert server.cosigned(answer.text, LOG.signed(TREE, new))


def test_proofs_between_all_sizes_hold_and_none_but_the_right_one():
    """The check itself, over every pair of sizes to 40."""
    spec = importlib.util.spec_from_file_location("stranger", PROGRAM)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["stranger"] = module
    spec.loader.exec_module(module)
    for new in range(len(TREE) + 1):
        whole = rfc6962.root(TREE[:new])
        for old in range(new + 1):
            part, proof = rfc6962.root(TREE[:old]), rfc6962.consistency(old, TREE[:new])
            assert module.is_extension(old, part, new, whole, proof)
            assert not module.is_extension(old, part, new, whole, [*proof, EMPTY])
            if old:
                assert not module.is_extension(old, EMPTY, new, whole, proof)
                assert not module.is_extension(old, part, new, EMPTY, proof)
            for place in range(len(proof)):
                assert not module.is_extension(old, part, new, whole, proof[:place] + proof[place + 1 :])
                wrong = [*proof[:place], EMPTY, *proof[place + 1 :]]
                assert not module.is_extension(old, part, new, whole, wrong)


def test_an_old_size_that_is_not_its_own_is_answered_with_its_own(server):
    assert server.add(3, [], LOG.signed(TREE, 7)).text == "0\n"
    extend(server, 0, 7)

    for old in (0, 6):
        answer = extend(server, old, 9)
        assert (answer.status, answer.text, answer.content_type) == (409, "7\n", "text/x.tlog.size")
    assert extend(server, 9, 9).status == 409


def test_a_smaller_log_is_a_conflict_and_an_old_size_beyond_it_a_mistake(server):
    extend(server, 0, 9)

    assert extend(server, 0, 7).status == 409
    assert server.add(9, [], LOG.signed(TREE, 7)).status == 400


def test_a_split_view_is_refused_and_kept_as_evidence(server):
    extend(server, 0, 7)
    other = [*TREE[:6], *leaves(6, "other")]

    same_size = server.add(7, [], LOG.signed(other, 7))
    larger = server.add(7, rfc6962.consistency(7, other), LOG.signed(other))
    stolen = server.add(7, rfc6962.consistency(7, TREE[:12]), LOG.signed(other))

    assert [same_size.status, larger.status, stolen.status] == [422, 422, 422]
    assert "—" not in same_size.text + larger.text + stolen.text
    name = hashlib.sha256(LOG.origin.encode()).hexdigest()
    assert (server.folder / f"{name}.refused").read_text() == LOG.signed(other)
    assert extend(server, 7, 12).status == 200  # the true one still can go on


def test_a_split_view_is_kept_whatever_old_size_came_with_it(server):
    extend(server, 0, 7)
    other = [*TREE[:6], *leaves(1, "other")]

    assert server.add(0, [], LOG.signed(other)).status == 409
    name = hashlib.sha256(LOG.origin.encode()).hexdigest()
    assert (server.folder / f"{name}.refused").read_text() == LOG.signed(other)


def test_a_clock_that_went_back_signs_nothing(server):
    extend(server, 0, 7)
    path = server.folder / f"{hashlib.sha256(LOG.origin.encode()).hexdigest()}.checkpoint"
    key = WitnessKey.read(server.folder / "key")
    text = LOG.signed(TREE, 7).rpartition("\n\n")[0] + "\n"
    path.write_text(LOG.signed(TREE, 7) + key.cosign(text.encode(), int(time.time()) + 3600))

    answer = extend(server, 7, 8)

    assert (answer.status, answer.text) == (503, "The clock of this witness is behind its last signature.\n")


def test_a_proof_that_does_not_prove_is_refused(server):
    assert server.add(0, [TREE[0]], LOG.signed(TREE, 7)).status == 422
    extend(server, 0, 7)
    proof = rfc6962.consistency(7, TREE[:12])

    for wrong in ([], proof[:-1], [*proof, EMPTY], proof[::-1]):
        assert server.add(7, wrong, LOG.signed(TREE, 12)).status == 422
    assert server.add(7, proof, LOG.signed(TREE, 13)).status == 422
    assert server.add(7, [EMPTY], LOG.signed(TREE, 7)).status == 422
    assert server.add(7, proof, LOG.signed(TREE, 12)).status == 200


def test_an_empty_log_has_the_empty_root(server):
    assert server.add(0, [], LOG.checkpoint(0, TREE[0])).status == 422
    assert server.add(0, [], LOG.checkpoint(0, EMPTY)).status == 200
    assert extend(server, 0, 5).status == 200


def test_only_logs_that_are_known_are_signed(server):
    stranger = FakeLog("other.example")

    assert extend(server, 0, 7, stranger).status == 404
    assert run("trust", stranger.vkey, folder=server.folder).returncode == 0
    assert extend(server, 0, 7, stranger).status == 200  # without a restart


def test_only_the_logs_own_key_counts(server):
    wrong_key, impostor = FakeLog(), LOG.signed(TREE, 7)
    assert extend(server, 0, 7, wrong_key).status == 403  # another identifier: unknown, so none is left

    text, line = impostor.rsplit("\n\n", 1)
    _dash, name, _data = line.split(" ")
    forged = f"{text}\n\n— {name} {b64(LOG._id + wrong_key.private.sign(text.encode()))}\n"
    assert server.add(0, [], forged).status == 403  # our identifier, a wrong signature
    both = impostor + forged.rsplit("\n\n", 1)[1]
    assert server.add(0, [], both).status == 403  # one right and one wrong: malformed
    foreign = impostor + wrong_key.signed(TREE, 7).rsplit("\n\n", 1)[1]
    assert server.add(0, [], foreign).status == 200  # an unknown key beside ours is ignored


def test_signatures_are_of_the_whole_text(server):
    extended = LOG.checkpoint(7, rfc6962.root(TREE[:7]), extension="a line of theirs\n")

    answer = server.add(0, [], extended)

    assert answer.status == 200
    assert server.cosigned(answer.text, extended)
    assert server.add(7, [], extended.replace("theirs", "ours")).status == 403


GOOD = LOG.signed(TREE, 7)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        b"old 0\n" + GOOD.encode(),
        b"old 00\n\n" + GOOD.encode(),
        b"old -1\n\n" + GOOD.encode(),
        b"old +1\n\n" + GOOD.encode(),
        b"old \xd9\xa1\n\n" + GOOD.encode(),
        b"old  0\n\n" + GOOD.encode(),
        b"new 0\n\n" + GOOD.encode(),
        b"old 0\r\n\n" + GOOD.encode(),
        b"old 99999999999999999999\n\n" + GOOD.encode(),
        b"old 0\nnot base64\n\n" + GOOD.encode(),
        b"old 0\nAAAA\n\n" + GOOD.encode(),
        b"old 0\n" + (b64(EMPTY)[:-1] + "\n").encode() + b"\n" + GOOD.encode(),
        request_body(0, [EMPTY] * 64, GOOD),
        request_body(0, [], GOOD.rstrip("\n")),
        request_body(0, [], GOOD + "\n"),
        request_body(0, [], GOOD.replace("\n7\n", "\n07\n")),
        request_body(0, [], GOOD.replace("\n7\n", "\n7\t\n")),
        request_body(0, [], GOOD.replace("— ", "- ")),
        request_body(0, [], GOOD.replace("— ", "—  ")),
        request_body(0, [], GOOD + "trailing\n"),
        request_body(0, [], GOOD + "— x AAAA\n"),
        request_body(0, [], GOOD + f"— a+b {b64(bytes(68))}\n"),
        request_body(0, [], GOOD + f"— x {b64(bytes(68))}\n" * 100),
        request_body(0, [], GOOD.replace(b64(rfc6962.root(TREE[:7])), b64(bytes(31)))),
        request_body(0, [], LOG.checkpoint(7, EMPTY, extension="\n")),
        request_body(0, [], GOOD).replace(b"log.example", b"log.\xff.example"),
    ],
)
def test_what_cannot_be_read_is_a_bad_request(tmp_path_factory, body):
    folder = tmp_path_factory.getbasetemp() / "malformed"
    if not folder.exists():
        run("init", "newsroom.example/witness", folder=folder)
        run("trust", LOG.vkey, folder=folder)
    with serve(folder) as server:
        answer = server.ask("POST", "/add-checkpoint", body)

    assert answer.status == 400, answer
    assert answer.text.startswith("The request cannot be read: ")


def test_bodies_have_a_limit_and_a_length(server):
    huge = server.ask("POST", "/add-checkpoint", request_body(0, [], GOOD) + b"x" * 70_000)
    claimed = server.ask("POST", "/add-checkpoint", b"", **{"Content-Length": "999999999999"})
    chunked = server.ask("POST", "/add-checkpoint", None, **{"Transfer-Encoding": "chunked"})

    assert [huge.status, claimed.status, chunked.status] == [413, 413, 411]
    assert extend(server, 0, 7).status == 200


def test_there_is_nothing_else(server):
    assert server.ask("GET", "/add-checkpoint").status == 405
    assert server.ask("POST", "/").status == 404
    assert server.ask("PUT", "/add-checkpoint").status == 501
    for path in ("/key", "/logs", "/../key", "/..%2fkey/checkpoint", "/" + "0" * 64 + "/checkpoint"):
        answer = server.ask("GET", path)
        assert answer.status == 404, path
        assert "PRIVATE" not in answer.text


def test_monitors_get_the_newest_with_both_signatures(server):
    address = f"/{hashlib.sha256(LOG.origin.encode()).hexdigest()}/checkpoint"
    assert server.ask("GET", address).status == 404
    extend(server, 0, 7)
    answer = extend(server, 7, 12)

    assert server.ask("GET", address).text == LOG.signed(TREE, 12) + answer.text
    page = server.ask("GET", "/").text
    assert server.vkey in page
    assert f"{LOG.origin}: signed 12 entries" in page
    assert "PRIVATE" not in page


def test_a_connection_serves_many_requests(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    used = set()
    for old, new in [(0, 7), (7, 8), (0, 9), (8, 9)]:
        body = request_body(old, rfc6962.consistency(old, TREE[:new]), LOG.signed(TREE, new))
        connection.request("POST", "/add-checkpoint", body)
        used.add(connection.sock.getsockname())
        connection.getresponse().read()
    connection.close()

    assert len(used) == 1


def test_concurrent_requests_never_take_it_back(server):
    """Of many at once with the same old size, exactly one is signed; and so on until the log is whole."""
    signed: list[int] = []
    conflicts: list[int] = []

    def offer(old: int, new: int) -> None:
        answer = extend(server, old, new)
        (signed if answer.status == 200 else conflicts).append(new)
        assert answer.status in {200, 409}

    old = 0
    for newer in ([5, 6, 7, 8, 9, 10] * 2, [11, 12, 13, 14, 15, 16] * 2):
        threads = [threading.Thread(target=offer, args=[old, new]) for new in newer]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        page = server.ask("GET", "/").text
        match = re.search(r"signed (\d+) entries", page)
        assert match
        old = int(match[1])

    assert len(signed) == 2
    assert len(conflicts) == 22
    assert old == signed[-1]


def test_it_remembers_after_being_killed(server):
    extend(server, 0, 12)
    server.process.kill()
    server.process.wait()

    with serve(server.folder) as again:
        other = [*TREE[:6], *leaves(9, "other")]
        assert again.add(0, [], LOG.signed(other)).text == "12\n"
        assert again.add(12, rfc6962.consistency(12, other), LOG.signed(other)).status == 422
        assert extend(again, 12, 13).status == 200


def test_killed_at_any_moment_it_has_what_it_answered_or_more(tmp_path):
    folder = tmp_path / "w"
    run("init", "newsroom.example/witness", folder=folder)
    run("trust", LOG.vkey, folder=folder)
    size = 0
    for round_ in range(8):
        with serve(folder) as server:
            threading.Timer(0.004 * round_, server.process.kill).start()
            try:
                for new in range(size, len(TREE)):
                    if extend(server, size, new + 1).status == 200:
                        size = new + 1
            except (OSError, http.client.HTTPException):
                pass
        with serve(folder) as server:
            answer = server.add(1000, [], LOG.checkpoint(1000, EMPTY))
            assert answer.status == 409
            assert size <= int(answer.text) <= size + 1
            size = int(answer.text)


def test_a_damaged_memory_signs_nothing(server):
    extend(server, 0, 12)
    path = server.folder / f"{hashlib.sha256(LOG.origin.encode()).hexdigest()}.checkpoint"
    path.write_text(path.read_text()[:40])

    answer = extend(server, 12, 13)

    assert answer.status == 500
    assert "—" not in answer.text
    assert run("status", folder=server.folder).returncode == 1


def test_a_slow_client_holds_nobody_up(server):
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 500\r\n\r\nold 0")

        assert extend(server, 0, 7).status == 200


def test_two_on_one_folder_are_refused(server):
    second = run("serve", "--port", "0", folder=server.folder)

    assert second.returncode == 1
    assert "Another witness is running" in second.stderr


def test_its_key_is_its_owners_and_never_replaced(tmp_path):
    folder = tmp_path / "w"
    made = run("init", "newsroom.example/witness", folder=folder)
    text = (folder / "key").read_text()
    again = run("init", "newsroom.example/other", folder=folder)

    assert stat.S_IMODE((folder / "key").stat().st_mode) == 0o600
    assert re.search(r"^newsroom\.example/witness\+[0-9a-f]{8}\+B[\w+/]+=*$", made.stdout, re.MULTILINE)
    assert "PRIVATE" not in made.stdout
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert (folder / "key").read_text() == text


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("nonsense", "not written as"),
        ("log.example+00000000+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "does not belong"),
        ("log.example+00000000+????", "not base64"),
        ("log.example+00000000+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "Ed25519"),
    ],
)
def test_wrong_log_keys_are_refused_with_a_reason(tmp_path, key, reason):
    run("init", "newsroom.example/witness", folder=tmp_path / "w")

    done = run("trust", key, folder=tmp_path / "w")

    assert done.returncode == 1
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_a_key_of_the_specification_is_read(tmp_path):
    """The example of c2sp.org/signed-note."""
    run("init", "newsroom.example/witness", folder=tmp_path / "w")
    vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

    assert run("trust", vkey, folder=tmp_path / "w").returncode == 0
    assert "known with this key already" in run("trust", vkey, folder=tmp_path / "w").stderr


@pytest.mark.parametrize("command", [["serve"], ["trust", LOG.vkey], ["vkey"], ["status"]])
def test_without_a_key_it_says_what_to_do(tmp_path, command):
    done = run(*command, folder=tmp_path / "none")

    assert done.returncode == 1
    assert done.stderr == f"There is no key in {tmp_path / 'none'}. First: crux_witness.py init NAME\n"


def test_it_is_one_file_that_old_pythons_read():
    source = PROGRAM.read_text()
    tree = ast.parse(source, feature_version=(3, 9))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add((node.module or "").split(".")[0])

    assert names - set(sys.stdlib_module_names) == {"cryptography"}
