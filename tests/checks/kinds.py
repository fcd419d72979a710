"""Every kind of answer that a source's address may give, each on a host of its own in the loopback world."""

import gzip
import zlib
from dataclasses import dataclass

from controversies.models.choices import FetchResult

from .world import (
    Reply,
    World,
    Written,
    dripping,
    endless,
    gzipped,
    html,
    raw,
    redirect,
    typed,
    with_etag,
)

# Text of an article, long enough to count as one.
ARTICLE = " ".join(
    f"<p>Paragraph {number} of the article says something that no other page says, number {number * 7}.</p>"
    for number in range(12)
)
PDF = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
OK, MISSING, BLOCKED = FetchResult.OK, FetchResult.NOT_FOUND, FetchResult.BLOCKED
DOWN, SILENT, UNREADABLE = FetchResult.SERVER_ERROR, FetchResult.NO_ANSWER, FetchResult.UNREADABLE
LARGE, REFUSED = FetchResult.TOO_LARGE, FetchResult.REFUSED
_ELEVEN_MB = b"x" * (11 * 1024 * 1024)
_CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@dataclass(frozen=True)
class Kind:
    """A kind of answer: the address that gives it, and what fetching it comes to, with a code of why."""

    name: str
    url: str
    seen: FetchResult
    detail: str = ""


def _bomb(layers: int = 1) -> bytes:
    data = b"\0" * (60 * 1024 * 1024)
    for _ in range(layers):
        data = gzip.compress(data, 9)
    return data


def kinds(world: World) -> list[Kind]:
    """Play all kinds of answers, and return them."""
    table: list[Kind] = []

    def add(
        name: str,
        page: Reply | Written | object,
        seen: FetchResult,
        detail: str = "",
        path: str = "/a/b/work",
    ) -> str:
        url = world.page(f"https://{name}.example{path}", page)  # type: ignore[arg-type]
        table.append(Kind(name, url, seen, detail))
        return url

    article = html("The work", ARTICLE)
    # pages
    add("html", article, OK)
    add("pdf", typed("application/pdf", PDF), OK)
    add("pdf-as-html", typed("text/html", PDF), OK)
    add("pdf-as-octets", typed("application/octet-stream", PDF), OK)
    add("text", typed("text/plain", b"Plain words."), OK)
    add("xml", typed("application/xml", b"<a>words</a>"), OK)
    add("json", typed("application/json; charset=utf-8", b'{"a": 1}'), OK)
    add("untyped", typed("", article.body), OK)
    add("gzip", gzipped(article), OK)
    add(
        "deflate",
        Reply(200, zlib.compress(article.body), {**article.headers, "Content-Encoding": "deflate"}),
        OK,
    )
    add(
        "gzip-twice",
        Reply(
            200,
            gzip.compress(gzip.compress(article.body)),
            {**article.headers, "Content-Encoding": "gzip, gzip"},
        ),
        OK,
    )
    add("chunked", raw(_CHUNKED + b"5\r\n<p>a \r\n6\r\n pages\r\n0\r\n\r\n"), OK)
    add("until-closed", raw(_HEAD + b"\r\n" + article.body), OK)
    add("latin-1", typed("text/html; charset=iso-8859-1", "<title>Übung</title>é".encode("latin-1")), OK)
    add("wrong-charset", typed("text/html; charset=utf-16-and-a-half", article.body), OK)
    add("no-charset", typed("text/html", article.body), OK)
    add("etag", with_etag(article), OK)
    add("script-only", html("App", '<div id="root"></div><script src="/app.js"></script>'), OK)
    add(
        "recaptcha-form",
        html("The work", ARTICLE + '<script src="https://www.google.com/recaptcha/api.js"></script>'),
        OK,
    )
    add("about-404", html("How to make a 404 page", ARTICLE + "Page not found is what it says."), OK)
    # redirects
    for status in (301, 302, 303, 307, 308):
        world.page(f"https://to-{status}.example/there", article)
        add(f"to-{status}", redirect("/there", status), OK)
    world.page("https://chain.example/5", article)
    for step in range(1, 5):
        world.page(f"https://chain.example/{step}", redirect(f"{step + 1}", 301))
    add("chain", redirect("/1", 308), OK)
    world.page("https://new-home.example/x/work", article)
    add("moved-host", redirect("https://new-home.example/x/work", 301), OK)
    add("protocol-relative", redirect("//new-home.example/x/work"), OK)
    add("loop", redirect("/a/b/work"), SILENT, "redirects")
    add("cookie-loop", redirect("/a/b/work", set_cookie="seen=1"), BLOCKED, "redirects")
    world.handle("endless-redirects.example", "/", lambda request: redirect(f"{request.path}x"))
    table.append(Kind("endless-redirects", "https://endless-redirects.example/a", SILENT, "redirects"))
    add("to-metadata", redirect("http://169.254.169.254/latest/meta-data/"), REFUSED, "private")
    add("to-file", redirect("file:///etc/passwd"), REFUSED, "scheme")
    add("to-localhost", redirect("http://localhost/admin/"), REFUSED, "host")
    add("to-other-port", redirect("https://to-other-port.example:8443/"), REFUSED, "port")
    add("to-login-in-url", redirect("https://user:pass@html.example/"), REFUSED, "login")
    add("to-decimal", redirect("//2130706433/"), REFUSED, "malformed")
    add("nowhere", Reply(302, b""), SILENT, "protocol")
    # hosts and paths that only look like a wall's
    world.page("https://sso.law.example/acts/1", article)
    world.page("https://sso.law.example/a", redirect("/acts/1"))
    table.append(Kind("host-named-so", "https://sso.law.example/a", OK))
    world.page("https://prize.example/challenge/2024/", article)
    world.page("https://prize.example/challenge/2024", redirect("/challenge/2024/"))
    table.append(Kind("path-named-so", "https://prize.example/challenge/2024", OK))
    # missing
    add("status-404", html("Gone", status=404), MISSING)
    add("status-410", html("Gone", status=410), MISSING)
    # walls
    for status in (400, 401, 402, 403, 405, 406, 429, 451, 999):
        add(f"status-{status}", html("No", status=status), BLOCKED, "status")
    add("just-a-moment", html("Just a moment...", status=503), BLOCKED, "wall")
    add(
        "just-a-moment-200",
        html("Just a moment...", "<script>window._cf_chl_opt={}</script>"),
        BLOCKED,
        "wall",
    )
    add("cf-mitigated", html("x", status=503, cf_mitigated="challenge"), BLOCKED, "wall")
    add("aws-waf", html("", status=202, x_amzn_waf_action="challenge"), BLOCKED, "wall")
    add(
        "px-captcha",
        html("Access to this page has been denied", '<div id="px-captcha"></div>'),
        BLOCKED,
        "wall",
    )
    world.page("https://login-redirect.example/login?next=%2Fa", html("Members", '<input type="password">'))
    add("login-redirect", redirect("/login?next=%2Fa"), BLOCKED, "login")
    world.page("https://login.publisher.example/start", html("Welcome"))
    add("login-host", redirect("https://login.publisher.example/start"), BLOCKED, "login")
    add("login-page", html("Sign in | The Paper", '<form><input type="password"></form>'), BLOCKED, "login")
    world.page("https://consent.portal.example/m", html("Portal"))
    add("consent", redirect("https://consent.portal.example/m"), BLOCKED, "login")
    add("portal", html("Wi-Fi", status=511), BLOCKED, "status")
    # out of order
    for status in (500, 502, 503, 504, 522):
        add(f"status-{status}", html("Sorry", status=status), DOWN, "status")
    add(
        "cut",
        Reply(200, b"<p>half", {"Content-Type": "text/html", "Content-Length": "1000"}),
        SILENT,
        "protocol",
    )
    add("cut-at-once", Written(lambda connection: None), SILENT, "connection")
    add("not-http", raw(b"220 mail.example ESMTP\r\n"), SILENT, "protocol")
    add("chunk-garbage", raw(_CHUNKED + b"zzzz\r\nwords\r\n"), SILENT, "protocol")
    add(
        "half-gzip-lie",
        Reply(200, b"this is no gzip", {"Content-Type": "text/html", "Content-Encoding": "gzip"}),
        UNREADABLE,
        "encoding",
    )
    add("many-headers", raw(_HEAD + b"X-A: b\r\n" * 200 + b"\r\n"), SILENT, "protocol")
    add("long-header", raw(_HEAD + b"X-A: " + b"b" * 100_000 + b"\r\n\r\n"), SILENT, "protocol")
    for fault in ("expired", "stranger", "other"):
        world.host(f"tls-{fault}.example", tls_fault=fault)
        add(f"tls-{fault}", article, SILENT, "tls")
    world.closed_host("closed.example")
    table.append(Kind("closed", "https://closed.example/a", SILENT, "connection"))
    world.no_host("unknown.example")
    table.append(Kind("unknown", "https://unknown.example/a", FetchResult.NO_HOST, "dns"))
    # too much, or of no use
    add("eleven-mb", typed("text/plain", _ELEVEN_MB), LARGE, "size")
    add("eleven-mb-unsaid", raw(_HEAD + b"\r\n" + _ELEVEN_MB), LARGE, "size")
    add("bomb", Reply(200, _bomb(), {"Content-Type": "text/html", "Content-Encoding": "gzip"}), LARGE, "size")
    add(
        "bomb-in-bomb",
        Reply(200, _bomb(2), {"Content-Type": "text/html", "Content-Encoding": "gzip, gzip"}),
        LARGE,
        "size",
    )
    add("endless", endless(b"<p>more</p>" * 1000, _HEAD + b"\r\n"), LARGE, "size")
    add(
        "many-encodings",
        Reply(200, b"x", {"Content-Type": "text/html", "Content-Encoding": ", ".join(["gzip"] * 6)}),
        UNREADABLE,
        "encoding",
    )
    add(
        "brotli",
        Reply(200, b"\x0b\x02\x80abc\x03", {"Content-Type": "text/html", "Content-Encoding": "br"}),
        UNREADABLE,
        "encoding",
    )
    add("picture", typed("image/png", b"\x89PNG"), UNREADABLE, "type")
    add(
        "film",
        endless(b"\0" * 65536, b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n"),
        UNREADABLE,
        "type",
    )
    add("octets", typed("application/octet-stream", b"MZ\0\0\0"), UNREADABLE, "type")
    add("empty", Reply(200, b"", {"Content-Type": "text/html"}), UNREADABLE, "empty")
    add("no-content", Reply(204, b""), UNREADABLE, "status")
    return table


def slow_kinds(world: World) -> list[Kind]:
    """Play the servers that answer for longer than anybody waits."""
    body = _HEAD + b"\r\n"
    world.page("https://drip.example/a", dripping(b"<p>" * 10_000, 0.05, body))
    world.page("https://slow-headers.example/a", dripping(b"X-Slow: yes\r\n" * 10_000, 0.05, _HEAD))
    world.page("https://endless-100.example/a", endless(b"HTTP/1.1 100 Continue\r\n\r\n"))
    world.page("https://endless-headers.example/a", endless(b"X-Folded: a\r\n b\r\n", _HEAD))
    world.page("https://silent.example/a", Written(lambda connection: connection.recv(1) and None))
    world.page("https://endless-trailers.example/a", endless(b"X-T: a\r\n", _CHUNKED + b"1\r\na\r\n0\r\n"))
    world.page(
        "https://empty-members.example/a",
        endless(gzip.compress(b"") * 500, _HEAD + b"Content-Encoding: gzip\r\n\r\n"),
    )
    return [
        Kind(name, f"https://{name}.example/a", SILENT, "timeout")
        for name in ("drip", "slow-headers", "endless-100", "silent", "endless-trailers", "empty-members")
    ] + [Kind("endless-headers", "https://endless-headers.example/a", SILENT, "protocol")]
