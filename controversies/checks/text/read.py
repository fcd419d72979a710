"""Reading the text of a source, whatever its type."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from . import html_text, pdf
from .encoding import decode
from .failure import Failure

LARGEST = 20_000_000  # bytes
_HTML = re.compile(
    rb"\s*(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body|meta|title|p|div|h1)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_XML = re.compile(rb"\s*<\?xml")
_XHTML = re.compile(rb"\s*<\?xml.{0,1000}?<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL)
_PDF_HEADER = 1_024  # bytes among which a PDF file says that it is one
_MEDIA_TYPES = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/pdf": "pdf",
    "application/x-pdf": "pdf",
}
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a]")


@dataclass(frozen=True)
class ReadText:
    """The text that a source shows.

    `pages` are the offsets in `text` at which the pages of a PDF begin. `failure` says why there is no text, or is "".
    """

    text: str = ""
    pages: tuple[int, ...] = ()
    failure: Failure | str = ""

    def page_at(self, offset: int) -> int | None:
        """Return the number of the page with a place of the text, from 1; None if the source has no pages."""
        return sum(start <= offset for start in self.pages) or None


def read_text(body: bytes, content_type: str, *, url: str = "") -> ReadText:
    """Return the text that a source shows.

    `content_type` is the header. What the bytes say of themselves counts for more, as it does for browsers.
    """
    if len(body) > LARGEST:
        return ReadText(failure=Failure.TOO_LARGE)
    kind = _kind(body, content_type, url)
    if kind == "pdf":
        return _read_pdf(body)
    if not kind:
        return ReadText(failure=Failure.TYPE)
    characters = decode(body, content_type)
    if kind == "html":
        return _read_html(characters)
    if kind == "xml":
        return _read_xml(characters)
    if kind == "json":
        return _read_json(characters)
    return ReadText(_with_plain_lines(characters))


def _kind(body: bytes, content_type: str, url: str) -> str:
    media_type = content_type.partition(";")[0].strip().lower()
    head = body[:_PDF_HEADER]
    if b"%PDF-" in head:
        return "pdf"
    if _HTML.match(body) or _XHTML.match(body):
        return "html"
    kind = _MEDIA_TYPES.get(media_type, "")
    if kind == "html":
        return kind
    if kind == "pdf" or (not media_type and url.lower().partition("?")[0].endswith(".pdf")):
        return "pdf"
    if media_type.endswith(("/xml", "+xml")) or _XML.match(body):
        return "xml"
    if media_type.endswith(("/json", "+json")):
        return "json"
    if media_type.startswith("text/"):
        return "plain"
    is_unknown = media_type in ("", "application/octet-stream", "binary/octet-stream", "application/unknown")
    is_text = not _BINARY.search(head) or head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return "plain" if is_unknown and is_text else ""


def _read_html(characters: str) -> ReadText:
    text = html_text.html_text(characters)
    if html_text.is_made_by_scripts(characters, text):
        return ReadText(text, failure=Failure.SCRIPT_ONLY)
    return ReadText(text)


def _read_xml(characters: str) -> ReadText:
    """Read the text of all elements, each on a line of its own; no entity, no other file."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
    )
    body = re.sub(r"^\s*<\?xml[^>]*\?>", "", characters).encode("utf-8", errors="replace")
    try:
        root = etree.fromstring(body, parser) if body.strip() else None
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        return ReadText(failure=Failure.DAMAGED)
    lines = (" ".join(piece.split()) for piece in _in_order(root))
    return ReadText("\n".join(line for line in lines if line))


def _in_order(root: etree._Element) -> Iterator[str]:
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start" and isinstance(element.tag, str):
            yield element.text or ""
        elif event == "end" and element is not root:
            yield element.tail or ""


def _read_json(characters: str) -> ReadText:
    try:
        value = json.loads(characters)
    except (ValueError, RecursionError):
        return ReadText(failure=Failure.DAMAGED)
    return ReadText("\n".join(_strings(value)))


def _strings(value: object) -> Iterator[str]:
    """All strings within a JSON value, in order; without recursion, since it may be nested deeply."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            waiting.extend(reversed(each.values()))
        elif isinstance(each, list):
            waiting.extend(reversed(each))


def _with_plain_lines(characters: str) -> str:
    return re.sub(r"\r\n?", "\n", characters).replace("\x00", "").strip()


def _read_pdf(body: bytes) -> ReadText:
    pages, failure = pdf.read_pages(body)
    if failure:
        return ReadText(failure=Failure(failure))
    offsets, length = [], 0
    for page in pages:
        offsets.append(length)
        length += len(page) + 1
    return ReadText("\n".join(pages), tuple(offsets))
