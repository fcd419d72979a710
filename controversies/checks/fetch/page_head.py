"""The few things of a page's HTML by which walls, missing and moved pages are known: title, addresses, password field.

By plain searches over the first bytes, so that no page is too broken or too hostile for it.
"""

import html
import re
from dataclasses import dataclass

from ..text.encoding import decode

HTML = {"text/html", "application/xhtml+xml"}
HEAD_BYTES = 256 * 1024
_LINK = re.compile(r"<link\s([^>]{1,600})>", re.IGNORECASE)
_META = re.compile(r"<meta\s([^>]{1,600})>", re.IGNORECASE)
_REFRESH = re.compile(r"\s*[0-5](?:\.\d{0,9})?\s*[;,]\s*(?:url\s*=)?\s*[\"']?([^\s\"'<>]+)", re.IGNORECASE)
_UNSHOWN = re.compile(r"<(/?)(script|style)\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([a-z-]{1,40})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_PASSWORD = re.compile(r"<input\s[^>]{0,500}?type\s*=\s*[\"']?password", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageHead:
    """`title`, `canonical` and `refresh` (where it leads by itself, at once) are "" where the page has none."""

    text: str  # of the first bytes, with all tags
    title: str
    canonical: str
    refresh: str
    has_password: bool


def page_head(body: bytes, content_type: str) -> PageHead:
    """Read the beginning of an HTML page."""
    text = decode(body[:HEAD_BYTES], content_type)
    return PageHead(text, _title(text), _canonical(text), _refresh(text), bool(_PASSWORD.search(text)))


def _title(text: str) -> str:
    small = text.lower()
    start = small.find("<title")
    opened = small.find(">", start) if start >= 0 else -1
    end = small.find("</title", opened) if opened >= 0 else -1
    return " ".join(html.unescape(text[opened + 1 : end]).split())[:500] if end >= 0 else ""


def _attributes(tag: str) -> dict[str, str]:
    return {
        name.lower(): html.unescape(double or single or bare).strip()
        for name, double, single, bare in _ATTRIBUTE.findall(tag)
    }


def _canonical(text: str) -> str:
    for link in _LINK.finditer(text):
        attributes = _attributes(link[1])
        if "canonical" in attributes.get("rel", "").lower().split():
            return attributes.get("href", "")
    return ""


def _refresh(text: str) -> str:
    for meta in _META.finditer(text):
        attributes = _attributes(meta[1])
        if attributes.get("http-equiv", "").lower() == "refresh":
            leads = _REFRESH.match(attributes.get("content", ""))
            return leads[1] if leads else ""
    return ""


def shown_words(text: str) -> set[str]:
    """Return the words that a page shows, roughly: its tags, scripts and styles away."""
    shown: list[str] = []
    start, hidden = 0, ""
    for tag in _UNSHOWN.finditer(text):
        slash, name = tag.group(1), tag.group(2).lower()
        if not hidden and not slash:
            shown.append(text[start : tag.start()])
            hidden = name
        elif slash and name == hidden:
            start, hidden = tag.end(), ""
    if not hidden:
        shown.append(text[start:])
    return set(re.findall(r"\w+", re.sub(r"<[^<>]*>", " ", " ".join(shown)).lower()))
