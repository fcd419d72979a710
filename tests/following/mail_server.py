"""A mail server on this machine that takes e-mails, refuses them, or fails in the middle of one, as a test says."""

import contextlib
import socket
import threading
from collections.abc import Callable
from email import message_from_bytes
from email.message import Message


class MailServer:
    """SMTP for one connection after another. `refusal` is the reply to every recipient, "" for none.

    `on_command` is called with each command, as b"RCPT", and may return another reply to it. `on_message` is called
    when an e-mail has come whole, before the server says that it took it; if that returns False, the server hangs up
    instead.
    """

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.recipients: list[str] = []
        self.attempts = 0  # to name a recipient
        self.refusal = ""
        self.on_command: Callable[[bytes], str] = lambda _verb: ""
        self.on_message: Callable[[], bool] = lambda: True
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        """Refuse further connections."""
        self._socket.close()

    def _run(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as file, contextlib.suppress(OSError, ValueError):

            def reply(text: str) -> None:
                file.write(f"{text}\r\n".encode())
                file.flush()

            reply("220 crux.example")
            while line := file.readline():
                verb = line[:4].upper()
                self.attempts += verb == b"RCPT"
                other = self.on_command(verb)
                if other:
                    reply(other)
                elif verb == b"RCPT":
                    if not self.refusal:
                        self.recipients.append(line.decode().partition("<")[2].partition(">")[0])
                    reply(self.refusal or "250 OK")
                elif verb == b"DATA":
                    reply("354 go on")
                    data = b""
                    while (part := file.readline()) not in (b".\r\n", b""):
                        data += part
                    self.messages.append(message_from_bytes(data))
                    if not self.on_message():
                        return
                    reply("250 taken")
                elif verb == b"QUIT":
                    reply("221 bye")
                    return
                else:
                    reply("250 OK")
