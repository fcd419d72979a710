"""Several servers are asked at once, and none of them can hold a command up."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from controversies.history.transparency.exchange import LARGEST_ANSWER, HttpRequest, ask_all


@contextmanager
def server(*replies: bytes, then: Callable[[socket.socket], None] | None = None) -> Iterator[str]:
    """Answer one connection after the other with these bytes; `then` goes on with the last."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def answer() -> None:
        for reply in replies:
            connection, _address = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(reply)
                if then:
                    then(connection)
                over.wait(0 if reply else 20)

    threading.Thread(target=answer, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        listener.close()


def reply(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


def drip(connection: socket.socket) -> None:
    """Send a byte of a header now and then, for ever."""
    try:
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)
    except OSError:
        pass


def test_answers_come_by_name_whatever_their_status():
    with server(reply(b"good\n")) as one, server(reply(b"12\n", "409 Conflict")) as other:
        answers = ask_all({"one": HttpRequest(one, b"body"), "other": HttpRequest(other)}, seconds=20)

    assert (answers["one"].status, answers["one"].text) == (200, "good\n")
    assert (answers["other"].status, answers["other"].text) == (409, "12\n")


def test_servers_that_hang_or_drip_are_given_up_and_the_others_heard():
    with (
        server(b"") as hanging,
        server(b"HTTP/1.1 200 OK\r\nX: ", then=drip) as dripping,
        server(reply(b"good\n")) as good,
    ):
        start = time.monotonic()
        answers = ask_all(
            {"hanging": HttpRequest(hanging), "dripping": HttpRequest(dripping), "good": HttpRequest(good)},
            seconds=1.5,
        )
        took = time.monotonic() - start

    assert answers["good"].text == "good\n"
    assert answers["hanging"].status == answers["dripping"].status == 0
    assert "did not answer within 1.5 seconds" in answers["dripping"].text
    assert took < 10  # and not for ever; the machine may be busy


def test_what_is_no_answer_says_why():
    with (
        server(reply(b"x" * (LARGEST_ANSWER + 1))) as huge,
        server(reply(b"", "302 Found", "Location: http://127.0.0.1:9/\r\n")) as moved,
        server(b"nonsense\r\n\r\n") as other,
    ):
        answers = ask_all(
            {
                "huge": HttpRequest(huge),
                "moved": HttpRequest(moved),
                "nonsense": HttpRequest(other),
                "file": HttpRequest("file:///etc/hostname"),
                "refused": HttpRequest("http://127.0.0.1:1/"),
                "broken": HttpRequest("http://[/"),
            },
            seconds=20,
        )

    assert {answer.status for answer in answers.values()} == {0}
    assert "longer than" in answers["huge"].text
    assert "redirects" in answers["moved"].text
    assert "cannot be reached" in answers["nonsense"].text
    assert "does not begin with" in answers["file"].text
    assert "refused" in answers["refused"].text
    assert "cannot be reached" in answers["broken"].text


def test_nobody_is_asked_at_no_cost():
    assert ask_all({}, seconds=20) == {}
