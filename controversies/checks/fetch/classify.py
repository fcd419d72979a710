"""The result of one reply (`FetchResult`), by its status, its type, and the signs of walls against machines."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from controversies.models.choices import FetchResult

from .page_head import HTML, PageHead, page_head
from .transport import MAX_BODY, Reply

_WALL_BYTES = 64 * 1024
_READ = {200, 203}
_MAYBE_WALL = {202, 503}
_MISSING = {404, 410}
_PORTAL = 511  # network authentication required
_REQUEST_TIMEOUT = 408

_TYPES = re.compile(
    r"text/(?!css\b|javascript\b|calendar\b|vcard\b)[\w.+-]+"
    r"|application/(?:pdf|x-pdf|xhtml\+xml|xml|json|[\w.-]+\+(?:xml|json))"
)
_UNTYPED = {
    "",
    "application/octet-stream",
    "binary/octet-stream",
    "application/force-download",
    "*/*",
    "unknown",
}

# Headers that only walls send.
_WALL_HEADERS = {
    "cf-mitigated": re.compile("challenge|block"),
    "x-amzn-waf-action": re.compile("challenge|captcha"),
    "x-datadome": re.compile("protected"),
}
# Whole titles of walls, in the languages that they speak; compared in small letters without closing dots.
_WALL_TITLES = {
    *("just a moment", "one moment, please", "please wait", "attention required! | cloudflare", "ddos-guard"),
    *(
        "nur einen moment",
        "einen moment bitte",
        "un instant",
        "un momento",
        "um momento",
        "een moment geduld",
    ),
    *(
        "один момент",
        "chwileczkę",
        "bir dakika lütfen",
        "请稍候",
        "請稍候",
        "しばらくお待ちください",
        "잠시만 기다리십시오",
    ),
    *("access denied", "access to this page has been denied", "403 forbidden", "request rejected"),
    *("pardon our interruption", "are you a robot?", "are you human?", "robot check", "human verification"),
    *("verify you are human", "verifying you are human", "security check", "security challenge"),
    *(
        "security verification",
        "checking your browser",
        "checking your browser before accessing",
        "bot verification",
    ),
    *("before you continue", "before you continue to google search", "before you continue to youtube"),
    *("cookie consent", "consent required", "privacy consent", "yahoo is part of the yahoo family of brands"),
    *("client challenge", "vercel security checkpoint", "radware bot manager captcha"),
}
_LOGIN = re.compile(
    r"(?:please )?(?:log|sign)[ -]?(?:in|on)(?: required| to continue)?|login(?: required| page)?"
)
# …which are also other things' titles, so that these need a field for a password.
_LOGIN_WITH_PASSWORD = re.compile(
    r"(?:log|sign) ?in (?:to|with) .{1,60}|login to .{1,60}|anmelden|anmeldung|einloggen|se connecter|connexion"
    r"|iniciar sesión|accedi|inloggen|logga in|zaloguj się|entrar|вход|войти|登录|ログイン",
)
# Addresses that a redirect leads to where one has to log in or agree first.
_WALL_HOSTS = re.compile(
    r"(?:^|\.)(?:consent\.[\w-]+\.\w+|accounts\.google\.com|login\.microsoftonline\.com|login\.live\.com|idp\.[\w.-]+"
    r"|sso\.[\w.-]+|auth\.[\w.-]+|login\.[\w.-]+|signin\.[\w.-]+|accounts?\.[\w.-]+|geo\.captcha-delivery\.com"
    r"|validate\.perfdrive\.com|cookieabsent\.[\w.-]+)$"
)
_WALL_PATHS = re.compile(
    r"/(?:log-?in|sign-?in|sign-?on|sso|oauth2?|saml2?|idp|wayf|openathens|shibboleth[\w.]*|authwall|consent|"
    r"cookie-?consent|cookieabsent|captcha|challenge|validatecaptcha|accounts/login|users?/login|users?/sign_in|"
    r"wp-login\.php|session/new|gdpr-?consent|privacy-?gate)(?:[/.?]|$)",
    re.IGNORECASE,
)
# What only challenge pages have; pages that merely protect a form with a captcha have none of these.
_WALL_MARKS = re.compile(
    r"_cf_chl_opt|cf-challenge-running|id=[\"']px-captcha|captcha-delivery\.com/captcha|/_Incapsula_Resource\?SWUDNSAI"
    r"|awswaf\.com/[^\"' ]{1,200}/challenge\.js|_pxAppId[^;]{0,100};[^<]{0,400}px-captcha|id=[\"']challenge-form"
)


def wanted_bytes(status: int, headers: Mapping[str, str]) -> int:
    """Return how much of a body is worth reading."""
    if status in _READ:
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        return MAX_BODY if media_type in _UNTYPED or _TYPES.fullmatch(media_type) else 0
    return _WALL_BYTES if status in _MAYBE_WALL else 0


def actual_type(body: bytes, declared: str) -> str:
    """Return the type of a body: the one declared, unless the first bytes say otherwise; "" if it is unreadable."""
    media_type = declared.partition(";")[0].strip().lower()
    start = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"%PDF-"):
        return "application/pdf"
    if media_type not in _UNTYPED:
        return declared if _TYPES.fullmatch(media_type) else ""
    if start[:1] == b"<":
        return "text/html"
    return "text/plain" if start and b"\0" not in body[:4096] else ""


def classify(reply: Reply, *, requested: str, reached: str, was_conditional: bool) -> tuple[FetchResult, str]:
    """Return what the last reply is, and a short code of the sign by which it was known.

    `requested` is the first address, `reached` the last.
    """
    for name, value in _WALL_HEADERS.items():
        if value.search(reply.headers.get(name, "").lower()):
            return FetchResult.BLOCKED, "wall"
    status = reply.status
    if status in _READ:
        return _classify_page(reply, requested, reached)
    if status == 304:  # noqa: PLR2004 - not modified
        return (FetchResult.UNCHANGED, "") if was_conditional else (FetchResult.NO_ANSWER, "protocol")
    if status in _MISSING:
        return FetchResult.NOT_FOUND, ""
    if status in _MAYBE_WALL and _wall_sign(page_head(reply.body, reply.headers.get("content-type", ""))):
        return FetchResult.BLOCKED, "wall"
    if status == _REQUEST_TIMEOUT:
        return FetchResult.NO_ANSWER, "timeout"
    if 400 <= status < 500 or status in {_PORTAL, 999}:  # noqa: PLR2004 - it does not want us
        return FetchResult.BLOCKED, "status"
    if 500 <= status < 600:  # noqa: PLR2004
        return FetchResult.SERVER_ERROR, "status"
    if 200 <= status < 300:  # noqa: PLR2004 - an answer without a page
        return FetchResult.UNREADABLE, "status"
    return FetchResult.NO_ANSWER, "protocol"


def _classify_page(reply: Reply, requested: str, reached: str) -> tuple[FetchResult, str]:
    content_type = actual_type(reply.body, reply.headers.get("content-type", ""))
    if _leads_to_wall(requested, reached):
        return FetchResult.BLOCKED, "login"
    if not reply.body:
        wanted = wanted_bytes(reply.status, reply.headers)
        return FetchResult.UNREADABLE, "empty" if wanted else "type"
    if not content_type:
        return FetchResult.UNREADABLE, "type"
    if content_type.partition(";")[0].strip().lower() in HTML:
        sign = _wall_sign(page_head(reply.body, content_type))
        if sign:
            return FetchResult.BLOCKED, sign
    return FetchResult.OK, ""


def _leads_to_wall(requested: str, reached: str) -> bool:
    """Whether redirects led from a page to where one has to log in, agree or solve a riddle first."""
    first, last = urlsplit(requested), urlsplit(reached)
    host = last.hostname or ""
    if host != first.hostname and _WALL_HOSTS.search(host):
        return True
    return bool(_WALL_PATHS.search(last.path)) and not _WALL_PATHS.search(first.path)


def _wall_sign(head: PageHead) -> str:
    title = head.title.lower().rstrip(".… ")
    if title in _WALL_TITLES:
        return "wall"
    own = re.split(r" [|–—·-] ", title)[0].strip()
    if _LOGIN.fullmatch(own) or (head.has_password and _LOGIN_WITH_PASSWORD.fullmatch(own)):
        return "login"
    return "wall" if _WALL_MARKS.search(head.text[:_WALL_BYTES]) else ""
