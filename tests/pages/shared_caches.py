"""Servers on this machine's loopback that play the shared caches before a site."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class PlayedCache:
    """A shared cache that keeps answers by their surrogate keys, and drops them when it is told."""

    kind: str
    port: int = 0
    token: str = "s3cret-token"
    answers: dict[str, set[str]] = field(default_factory=dict)  # keys by address
    requests: list[tuple[str, str, dict[str, str], str]] = field(default_factory=list)
    failures: int = 0  # requests that are refused before one is taken

    @property
    def url(self) -> str:
        user = f"{self.token}@" if self.kind in ("fastly", "cloudflare") else ""
        rest = {"fastly": "/SERVICE", "cloudflare": "/z0ne"}.get(self.kind, "")
        return f"{self.kind}+http://{user}127.0.0.1:{self.port}{rest}"

    def keep(self, address: str, keys: str) -> None:
        """Keep an answer with these keys, as its header has them."""
        self.answers[address] = set(keys.replace(",", " ").split())

    def take(self, method: str, path: str, headers: dict[str, str], body: str) -> tuple[int, str]:
        """Do as the real one does with a request, and return its status and answer."""
        self.requests.append((method, path, headers, body))
        if self.failures:
            self.failures -= 1
            return 503, ""
        match self.kind:
            case "varnish" if method == "PURGE":
                self._drop(headers["surrogate-key"].split())
            case "fastly" if (method, path) == ("POST", "/service/SERVICE/purge"):
                if headers.get("fastly-key") != self.token:
                    return 401, ""
                self._drop(headers["surrogate-key"].split())
            case "cloudflare" if (method, path) == ("POST", "/client/v4/zones/z0ne/purge_cache"):
                if headers.get("authorization") != f"Bearer {self.token}":
                    return 403, json.dumps({"success": False})
                tags = json.loads(body)["tags"]
                if len(tags) > 30:
                    return 400, json.dumps({"success": False})
                self._drop(tags)
                return 200, json.dumps({"success": True}, indent=1)
            case "nginx" if method == "DELETE" and headers.get("depth") == "infinity":
                if path == "/0/":
                    self.answers.clear()
                    return 204, ""
                return 404, ""  # a folder in which it keeps nothing
            case _:
                return 405, ""
        return 200, ""

    def _drop(self, keys: list[str]) -> None:
        self.answers = {address: kept for address, kept in self.answers.items() if kept.isdisjoint(keys)}


@contextmanager
def played(kind: str) -> Iterator[PlayedCache]:
    """Play a shared cache of this kind on a free port."""
    cache = PlayedCache(kind)

    class CacheHandler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline()
            if not self.raw_requestline or not self.parse_request():
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, text = cache.take(self.command, self.path, headers, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())
            self.close_connection = True

        def log_message(self, *_args: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), CacheHandler) as server:
        cache.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield cache
        finally:
            server.shutdown()
            thread.join()
