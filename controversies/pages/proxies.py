"""The shared caches before the site that can be told what to drop (`PURGE_URL`), and how each kind is told.

An address is written `kind+scheme://token@host/id`, and several have spaces between them:

| kind | address | is told by |
| --- | --- | --- |
| Varnish | `varnish+http://127.0.0.1:6081` | `PURGE /` with `Surrogate-Key: page-x lists` |
| nginx | `nginx+http://127.0.0.1:8079` | `DELETE` of each folder of its cache: it knows no keys, so all is dropped |
| Fastly | `fastly+https://TOKEN@api.fastly.com/SERVICE` | `POST /service/SERVICE/purge` with `Surrogate-Key` |
| Cloudflare | `cloudflare+https://TOKEN@api.cloudflare.com/ZONE` | `POST /client/v4/zones/ZONE/purge_cache` with tags |
"""

import http.client
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import batched
from typing import Final
from urllib.parse import unquote, urlsplit

from django.conf import settings

KINDS: Final = ("varnish", "nginx", "fastly", "cloudflare")
_TIMEOUT: Final = 5.0  # seconds for one request
_KEYS_AT_ONCE: Final = 30  # the fewest that any kind takes in one request
_ADDRESS: Final = re.compile(rf"({'|'.join(KINDS)})\+(https?://\S+)")
_KEY_HEADERS: Final = {
    "varnish": ("Surrogate-Key", " "),
    "fastly": ("Surrogate-Key", " "),
    "cloudflare": ("Cache-Tag", ","),
}
_NGINX_FOLDERS: Final = "0123456789abcdef"  # of the first level of `proxy_cache_path … levels=1:2`


class PurgeFailed(Exception):
    """A shared cache did not take what it was told; the message says which and why, without its token."""


class InvalidAddress(ValueError):
    """An address of PURGE_URL that cannot be used; the message says why, without its token."""


@dataclass(frozen=True, slots=True)
class SharedCache:
    """One shared cache: its kind, where it is, its token and its own id, "" where the kind has none."""

    kind: str
    is_secure: bool
    host: str
    port: int | None
    token: str
    id: str

    @property
    def name(self) -> str:
        """The cache in a log: without its token."""
        return f"{self.kind} at {self.host}" + (f":{self.port}" if self.port else "")


def parse(text: str) -> tuple[SharedCache, ...]:
    """Read the addresses of PURGE_URL. Raises InvalidAddress."""
    return tuple(map(_parse_one, text.split()))


def _parse_one(text: str) -> SharedCache:
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise InvalidAddress(f"It must begin with one of {', '.join(f'{kind}+http' for kind in KINDS)}")
    kind = match[1]
    try:
        url = urlsplit(match[2])
        host, port = url.hostname, url.port
    except ValueError:
        host, port = None, None
    if not host:
        raise InvalidAddress(f"The address of {kind} names no host")
    token, own_id = unquote(url.username or ""), url.path.strip("/")
    if kind in ("fastly", "cloudflare") and not (token and re.fullmatch(r"[0-9A-Za-z_-]+", own_id)):
        raise InvalidAddress(
            f"Write {kind}+https://TOKEN@{host}/ID, with your token and the id of your service or zone"
        )
    return SharedCache(kind, url.scheme == "https", host, port, token, own_id)


@lru_cache(maxsize=8)
def _caches(text: str) -> tuple[SharedCache, ...]:
    return parse(text)


def shared_caches() -> tuple[SharedCache, ...]:
    """Return the shared caches that are told."""
    return _caches(settings.PURGE_URL)


def are_told() -> bool:
    """Whether shared caches are told of what changes."""
    return bool(settings.PURGE_URL)


@lru_cache(maxsize=8)
def _headers(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys(_KEY_HEADERS[each.kind] for each in parse(text) if each.kind in _KEY_HEADERS))


def key_headers() -> tuple[tuple[str, str], ...]:
    """Return the headers in which shared caches look for surrogate keys, each with what stands between two keys."""
    return _headers(settings.PURGE_URL)


def purge(cache: SharedCache, keys: Sequence[str]) -> None:
    """Tell a shared cache to drop every answer that has one of the keys. Raises PurgeFailed."""
    for method, path, headers, body in _requests(cache, keys):
        try:
            status, answer = _send(cache, method, path, headers, body)
        except (OSError, http.client.HTTPException) as error:
            raise PurgeFailed(f"{cache.name}: {type(error).__name__}: {error}") from error
        is_absent = cache.kind == "nginx" and status == http.client.NOT_FOUND  # nothing is kept there yet
        if not (200 <= status < 300 or is_absent):  # noqa: PLR2004 - success
            raise PurgeFailed(f"{cache.name} answered {status} to {method} {path}")
        if cache.kind == "cloudflare" and b'"success":true' not in answer.replace(b" ", b""):
            raise PurgeFailed(f"{cache.name} says that it did not succeed")


type _Request = tuple[str, str, dict[str, str], bytes]  # method, path, headers, body


def _requests(cache: SharedCache, keys: Sequence[str]) -> Iterator[_Request]:
    if cache.kind == "nginx":
        for folder in _NGINX_FOLDERS:
            yield "DELETE", f"/{folder}/", {"Depth": "infinity"}, b""
        return
    for batch in batched(keys, _KEYS_AT_ONCE):
        line = {"Surrogate-Key": " ".join(batch)}
        match cache.kind:
            case "varnish":
                yield "PURGE", "/", line, b""
            case "fastly":
                yield "POST", f"/service/{cache.id}/purge", {"Fastly-Key": cache.token, **line}, b""
            case _:
                headers = {"Authorization": f"Bearer {cache.token}", "Content-Type": "application/json"}
                path = f"/client/v4/zones/{cache.id}/purge_cache"
                yield "POST", path, headers, json.dumps({"tags": batch}).encode()


def _send(
    cache: SharedCache, method: str, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, bytes]:
    """Send one request; redirects are not followed."""
    kind = http.client.HTTPSConnection if cache.is_secure else http.client.HTTPConnection
    connection = kind(cache.host, cache.port, timeout=_TIMEOUT)
    try:
        connection.request(
            method, path, body or None, {"User-Agent": "crux", "Connection": "close", **headers}
        )
        response = connection.getresponse()
        return response.status, response.read(100_000)
    finally:
        connection.close()
