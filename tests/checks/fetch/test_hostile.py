"""Answers of servers that mean harm: each is judged, none raises, and none takes the worker's time or memory."""

import gzip
import socket
import struct
import zlib
from time import process_time

import pytest

from controversies.checks.fetch import fetch, missing_sign, request
from controversies.models.choices import FetchResult
from tests.checks.world import Reply, World, Written, endless, raw, typed

pytestmark = pytest.mark.django_db
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = HEAD + b"Content-Encoding: gzip\r\n\r\n"
OK, SILENT, REFUSED = FetchResult.OK, FetchResult.NO_ANSWER, FetchResult.REFUSED


def reset(connection: socket.socket) -> None:
    """Send a little and end the connection with an error."""
    connection.sendall(HEAD + b"\r\n<p>")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def layers(count: int) -> bytes:
    """Return 50 MB of nothing, compressed so many times."""
    data = b"\0" * 50_000_000
    for _ in range(count):
        data = gzip.compress(data, 9)
    return data


def to(location: bytes) -> Written:
    """Return a redirect by its raw bytes."""
    return raw(b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n")


def page(body: bytes, content_type: str = "text/html") -> Reply:
    return typed(content_type, body)


# Each with what it comes to, and the code of why.
ANSWERS = {
    "reset": (Written(reset), SILENT, "connection"),
    # what is read of a page: words that a careless pattern would read a million times
    "titles": (page(b"<title" * 40_000), OK, ""),
    "links": (page(b"<link " * 45_000), OK, ""),
    "links with values": (page(b"<link a=b " * 26_000), OK, ""),
    "metas": (page(b"<meta http-equiv" * 16_000), OK, ""),
    "inputs": (page(b"<input type = " * 18_000), OK, ""),
    "angles": (page(b"<" * 262_144), OK, ""),
    "scripts": (page(b"<script><style>" * 18_000), OK, ""),
    "walls": (page(b"_pxAppId;" * 7_200), OK, ""),
    "challenges": (page(b"awswaf.com/" * 6_000), OK, ""),
    "frames": (page(b"<div id=root " * 20_000), OK, ""),
    "entities": (page(b"<title>" + b"&amp;" * 50_000 + b"</title>"), OK, ""),
    "long attribute": (page(b"<link " + b"a" * 590 + b">" + b'<link rel="canonical' * 5_000), OK, ""),
    **{
        f"charset {name}": (page(b"a-\xe9" + b"9" * 200_000, f"text/html; charset={name}"), OK, "")
        for name in ("punycode", "idna", "zlib_codec", "unicode_escape", "utf-7", "undefined")
    },
    "odd type": (page(b"<p>x", 'text/html;;;charset="'), OK, ""),
    "long type": (page(b"<p>x", "text/" + "a" * 60_000), OK, ""),
    "multipart": (page(b"x", "multipart/x-mixed-replace;boundary=a"), FetchResult.UNREADABLE, "type"),
    # compression
    "empty members": (raw(GZIP + gzip.compress(b"") * 40_000), FetchResult.UNREADABLE, "empty"),
    "long name": (
        raw(GZIP + b"\x1f\x8b\x08\x08\0\0\0\0\0\x03" + b"a" * 2_000_000),
        *(FetchResult.UNREADABLE, "empty"),
    ),
    "empty blocks": (
        raw(GZIP + b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + b"\0\0\0\xff\xff" * 200_000),
        *(FetchResult.UNREADABLE, "empty"),
    ),
    "two kinds": (
        Reply(200, zlib.compress(gzip.compress(b"<p>x")), {"Content-Encoding": "gzip, deflate"}),
        *(OK, ""),
    ),
    "five layers": (
        Reply(200, layers(5), {"Content-Encoding": "gzip," * 4 + "gzip"}),
        *(FetchResult.TOO_LARGE, "size"),
    ),
    # lengths and pieces
    "small pieces": (endless(b"1\r\na\r\n", CHUNKED), SILENT, "timeout"),
    "long remarks": (endless(b"1;" + b"x" * 60_000 + b"\r\na\r\n", CHUNKED), SILENT, "timeout"),
    "huge piece": (raw(CHUNKED + b"ffffffffffffffff\r\nabc"), SILENT, "protocol"),
    "negative piece": (raw(CHUNKED + b"-1\r\nabc"), SILENT, "protocol"),
    "negative length": (raw(HEAD + b"Content-Length: -5\r\n\r\nabc"), OK, ""),
    "two lengths": (raw(HEAD + b"Content-Length: 5\r\nContent-Length: 3\r\n\r\nabcde"), SILENT, "protocol"),
    "long length": (raw(HEAD + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\nabc"), SILENT, "protocol"),
    # heads
    "status 0": (raw(b"HTTP/1.1 000 X\r\n\r\n"), SILENT, "protocol"),
    "status 101": (raw(b"HTTP/1.1 101 X\r\n\r\n"), SILENT, "protocol"),
    "status 1000": (raw(b"HTTP/1.1 1000 X\r\n\r\n"), SILENT, "protocol"),
    "no head": (raw(b"<p>hello"), SILENT, "protocol"),
    "other version": (raw(b"HTTP/2.0 200 OK\r\n\r\nabc"), SILENT, "protocol"),
    "long status": (raw(b"HTTP/1.1 200 " + b"x" * 100_000 + b"\r\n\r\n"), SILENT, "protocol"),
    "NUL in a name": (raw(HEAD + b"X\0Y: a\r\n\r\n<p>x"), OK, ""),
    "no colon": (raw(HEAD + b"nonsense\r\n\r\n<p>x"), OK, ""),
    "large cookie": (raw(HEAD + b"Set-Cookie: " + b"a" * 60_000 + b"\r\n\r\n<p>x"), OK, ""),
    "long wait": (
        raw(b"HTTP/1.1 503 X\r\nRetry-After: " + b"9" * 60_000 + b"\r\n\r\n"),
        *(FetchResult.SERVER_ERROR, "status"),
    ),
    # redirects
    "two ways": (to(b"/x\r\nLocation: http://127.0.0.1/"), REFUSED, "private"),
    "nowhere": (to(b""), SILENT, "protocol"),
    "half an address": (to(b"http://[::1?token=abc"), REFUSED, "malformed"),
    "many parameters": (to(b"/b?" + b"x=1&" * 900 + b"token=abc"), FetchResult.NOT_FOUND, ""),
    "wide digits": (to("http://１２７.0.0.1/".encode()), REFUSED, "malformed"),
    "backslashes": (to(b"\\\\127.0.0.1\\x"), REFUSED, "malformed"),
    "mapped": (to(b"http://[::ffff:a9fe:a9fe]/"), REFUSED, "private"),
    "last dot": (to(b"http://127.0.0.1."), REFUSED, "private"),
    "other program": (to(b"javascript:alert(1)"), REFUSED, "scheme"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_that_means_harm_does_none(world: World, clock, monkeypatch, name):
    answer_of_server, seen, detail = ANSWERS[name]
    monkeypatch.setattr(request, "SECONDS", 1.5 if detail == "timeout" else 10.0)
    url = world.page("https://hostile.example/x/y", answer_of_server)
    start = process_time()

    answer = clock.wait_for(fetch, url, scheduled=False)
    sign = missing_sign(answer, address=url, title_agrees=False)

    assert (answer.seen, answer.detail, sign) == (seen, detail, "")
    assert process_time() - start < 4  # of both ends
    assert "abc" not in answer.url + str(answer.hops)
