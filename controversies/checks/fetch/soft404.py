"""Pages that say “not found” with status 200: by their title, where they lead, and whether any other address is alike.

Never by phrases in the body, nor by words in the address: pages about errors have those, too. A page whose title agrees
with the recorded one is never missing.
"""

import re
import secrets
from urllib.parse import urljoin, urlsplit

from controversies.models.choices import FetchResult

from .answer import FetchAnswer
from .hosts import NotYet
from .page_head import HTML, PageHead, page_head, shown_words
from .request import fetch_beside
from .transport import Resolver, system_addresses

_TITLE = re.compile(
    r"(?:oops!?,? ?|sorry,? ?|http |error:? ?)*(?:"
    r"404(?: error| not found|: not found| page|: page)*|(?:the |this )?(?:page|file|article|document|content|resource)"
    r"(?: you(?: are|'re|’re) looking for)? (?:was |is |could |can )?(?:not (?:be )?found|cannot be found"
    r"|unavailable|not available|no longer available|no longer exists|does not exist|doesn[’']t exist"
    r"|can[’']t be found|couldn[’']t be found)"
    r"|not found|nothing found|file or directory not found|object not found!?|no such page|missing page"
    r"|page introuvable|page non trouvée|seite nicht gefunden|seite nicht vorhanden|página no encontrada"
    r"|página não encontrada|pagina non trovata|pagina niet gevonden|sidan hittades inte|siden blev ikke fundet"
    r"|strona nie znaleziona|nie znaleziono strony|страница не найдена|stránka nenalezena|sivua ei löydy"
    r"|sayfa bulunamadı|ページが見つかりません|页面不存在|找不到页面|頁面不存在|페이지를 찾을 수 없습니다"
    r")(?: \(?404\)?| error| \(not found\)!*1?)*[.!]*"
)
_SEPARATOR = re.compile(r"\s+[|–—·•»:/-]\s+|\s*[|»]\s*|:\s+")
_HOME = re.compile(
    r"/?(?:(?:[a-z]{2}(?:[-_][a-z]{2})?/?)?(?:(?:index|home|default|main)(?:\.\w{2,5})?/?)?)?", re.IGNORECASE
)
_SHORTENERS = {
    "bit.ly",
    "t.co",
    "goo.gl",
    "tinyurl.com",
    "ow.ly",
    "buff.ly",
    "is.gd",
    "lnkd.in",
    "amzn.to",
    "perma.cc",
}
# Frames that scripts fill: every address gets the same one, which says nothing of the page.
_SCRIPTED = re.compile(
    r"<(?:div|main)\s[^>]{0,80}?id=[\"']?(?:root|app|__next|__nuxt|react-root|svelte)[\"']?[^>]{0,80}>\s{0,80}</"
    r"|<app-root[^>]{0,80}>\s{0,80}</",
    re.IGNORECASE,
)
_FEWEST_WORDS = 20
_ALIKE = 0.9  # share of words in common


def missing_sign(
    answer: FetchAnswer, *, address: str, title_agrees: bool, resolver: Resolver = system_addresses
) -> str:
    """Return the sign by which an answer is no answer: title, home, canonical, sibling; "" if it is one.

    `address` is the one that was asked for, `title_agrees` whether the recorded title and the page's agree at all. If
    the title differs and no other sign decides, a random address beside it is asked for, as part of the same visit.
    """
    if title_agrees or answer.seen != FetchResult.OK or answer.media_type not in HTML:
        return ""
    head = page_head(answer.body, answer.content_type)
    if any(_TITLE.fullmatch(part) for part in _title_parts(head.title)):
        return "title"
    requested, reached = urlsplit(address), urlsplit(answer.url)
    if _is_home(requested.path, requested.query):
        return ""
    if len(answer.hops) > 1 and _is_home(reached.path, reached.query):
        return "" if (requested.hostname or "").removeprefix("www.") in _SHORTENERS else "home"
    canonical = urlsplit(urljoin(answer.url, head.canonical)) if head.canonical else None
    if canonical is not None and canonical.hostname and _is_home(canonical.path, canonical.query):
        return "canonical"
    return "sibling" if _sibling_is_alike(answer, head, resolver) else ""


def _title_parts(title: str) -> list[str]:
    title = title.lower().strip()
    return [title, *(part.strip() for part in _SEPARATOR.split(title))]


def _is_home(path: str, query: str) -> bool:
    return not query and bool(_HOME.fullmatch(path))


def sibling_address(url: str) -> str:
    """Return a random address in the same folder, of a like form, that no page has."""
    parts = urlsplit(url)
    folder, _, last = parts.path.rstrip("/").rpartition("/")
    name, dot, extension = last.rpartition(".")
    word = "".join(secrets.choice("bcdfghjklmnpqrstvwxz") for _ in range(max(12, min(len(name), 24))))
    slash = "/" if parts.path.endswith("/") else ""
    last = f"{word}.{extension}" if dot and re.fullmatch(r"[a-z]{2,5}", extension) else word
    return f"{parts.scheme}://{parts.netloc}{folder}/{last}{slash}"


def _sibling_is_alike(answer: FetchAnswer, head: PageHead, resolver: Resolver) -> bool:
    words = shown_words(head.text)
    if len(words) < _FEWEST_WORDS or _SCRIPTED.search(head.text):
        return False
    try:
        sibling = fetch_beside(answer, sibling_address(answer.url), resolver=resolver)
    except NotYet:  # it leads to another host, as no page of this one would
        return False
    if sibling.seen != FetchResult.OK or sibling.media_type not in HTML:
        return False
    other = page_head(sibling.body, sibling.content_type)
    others = shown_words(other.text)
    return other.title == head.title and len(words & others) >= _ALIKE * len(words | others)
