"""Errors sent to a Sentry that a server on this machine plays: places in the code and ids, nothing that was typed."""

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

CANARY = "canary"
SITE = f"""
import logging
import django
django.setup()
from django.conf import settings
from django.test import Client
from config.urls import urlpatterns as site
from django.urls import path

def fail(request):
    draft = request.POST["title"]
    int(draft)

class urls:
    urlpatterns = [path("fail/{CANARY}/", fail), *site]
    handler500 = "config.errors.server_error"

settings.ROOT_URLCONF = urls
settings.ALLOWED_HOSTS = ["testserver"]
settings.SECURE_SSL_REDIRECT = False
client = Client(raise_request_exception=False)
client.cookies["sessionid2"] = "{CANARY}-cookie"
response = client.post(
    "/fail/{CANARY}/?q={CANARY}-query", {{"title": "{CANARY} words"}}, headers={{"user-agent": "{CANARY}-agent"}}
)
logging.getLogger("x").error("About %s", "{CANARY}-argument", extra={{"words": "{CANARY}-extra"}})
print(response.status_code, response["X-Request-ID"])
import sentry_sdk
sentry_sdk.flush(10)
"""


class SentryServer(ThreadingHTTPServer):
    """The part of Sentry that takes envelopes."""

    envelopes: list[str]


class EnvelopeHandler(BaseHTTPRequestHandler):
    server: SentryServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.envelopes.append(gzip.decompress(body).decode())
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def sentry() -> Iterator[SentryServer]:
    server = SentryServer(("127.0.0.1", 0), EnvelopeHandler)
    server.envelopes = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def run(code: str, dsn: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SENTRY_DSN": dsn, "DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )


def test_error_is_sent_without_what_was_typed(sentry):
    process = run(SITE, f"http://key@127.0.0.1:{sentry.server_port}/1")

    assert process.returncode == 0, process.stderr
    status, request_id = process.stdout.split()
    assert status == "500"
    sent = [json.loads(line) for envelope in sentry.envelopes for line in envelope.splitlines()]
    events = [each for each in sent if "exception" in each or "logentry" in each]
    assert len(events) == 2
    failure, line = events
    assert failure["tags"] == {"request_id": request_id}
    [exception] = failure["exception"]["values"]
    assert exception["type"] == "ValueError"
    assert [frame["function"] for frame in exception["stacktrace"]["frames"]][-1] == "fail"
    assert line["logentry"] == {"message": "About %s"}
    assert CANARY not in "".join(sentry.envelopes)
    assert CANARY in process.stderr  # the site's own log has the exception's text


def test_sentry_is_loaded_only_if_it_is_set():
    code = "import django, sys; django.setup(); print('sentry_sdk' in sys.modules)"

    assert run(code, "").stdout == "False\n"


def test_dsn_that_is_none_is_refused():
    process = run("import django; django.setup()", "sentry.example")

    assert process.returncode == 1
    assert "SENTRY_DSN cannot be used" in process.stderr
