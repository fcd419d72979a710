"""The text that a browser shows of a page: all of it, captions, footnotes and asides included."""

import re
from collections.abc import Iterator

from lxml import etree

# Not “head”: the parser takes elements that HTML 4 did not have for parts of it.
_UNSEEN_TAGS = """
    title script style template noscript iframe object embed video audio canvas datalist option select
    rp rt annotation annotation-xml noframes noembed desc metadata
"""
_BLOCK_TAGS = """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre search section summary table
    tbody tfoot thead tr ul br
"""
_UNSEEN, _BLOCKS = frozenset(_UNSEEN_TAGS.split()), frozenset(_BLOCK_TAGS.split())
_CELLS = frozenset({"td", "th"})
_PREFORMATTED = frozenset({"pre", "textarea"})
_UNSEEN_STYLE = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))", re.IGNORECASE
)
_SUPERSCRIPTS = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
_SUBSCRIPTS = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_RAISED = re.compile(r"\s*[0-9+\-−=()n,–\s]*[0-9][0-9+\-−=()n,–\s]*")
_REFERENCE = re.compile(r"\s*(?:\d{1,3}|[a-z]|[ivx]+)(?:\s*[,–-]\s*(?:\d{1,3}|[a-z]))*\s*")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_LINES = re.compile(r"[ \t]*\n[ \t\n]*")
_LINE, _CELL = "\n", "\t"
_QUOTES = ("“", "”")
_FEWEST_LETTERS = 100  # a page with scripts that shows fewer is written by them


def html_text(page: str) -> str:
    """Return the shown text of HTML, blocks and line breaks as lines, cells with tabs between them."""
    root = parse(page)
    if root is None:
        return ""
    return _tidy("".join(_pieces(root)))


def is_made_by_scripts(page: str, text: str) -> bool:
    """Whether a page shows next to nothing until its scripts have run."""
    return "<script" in page.lower() and sum(char.isalnum() for char in text) < _FEWEST_LETTERS


def parse(page: str) -> etree._Element | None:
    """Return the tree of a page as browsers would roughly repair it; None if it has no element."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    body = page.replace("\x00", "").encode("utf-8", errors="replace")
    try:
        return etree.fromstring(body, parser) if body.strip() else None
    except etree.XMLSyntaxError:
        return None


def _pieces(root: etree._Element) -> Iterator[str]:
    """The pieces of shown text, in order; without recursion, since pages may be nested deeply."""
    unseen: etree._Element | None = None
    preformatted = 0
    raised: list[tuple[etree._Element, list[str]]] = []

    def emit(text: str) -> Iterator[str]:
        if raised:
            raised[-1][1].append(text)
        else:
            yield text

    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if unseen is not None:
                continue
            if not tag or _is_unseen(element, tag):
                unseen = element
                continue
            if tag in _PREFORMATTED:
                preformatted += 1
            if tag in ("sup", "sub"):
                raised.append((element, []))
            yield from emit(_before(tag))
            if element.text:
                yield from emit(element.text if preformatted else _SPACES.sub(" ", element.text))
            continue
        if unseen is None:
            if raised and raised[-1][0] is element:
                words = "".join(raised.pop()[1])
                yield from emit(_raise(words, tag, element))
            yield from emit(_after(tag))
            if tag in _PREFORMATTED:
                preformatted -= 1
        elif unseen is element:
            unseen = None
        if unseen is None and element.tail and element is not root:
            yield from emit(element.tail if preformatted else _SPACES.sub(" ", element.tail))


def _is_unseen(element: etree._Element, tag: str) -> bool:
    if tag in _UNSEEN or (tag == "dialog" and element.get("open") is None):
        return True
    if element.get("hidden") is not None and element.get("hidden") != "until-found":
        return True
    return bool(_UNSEEN_STYLE.search(element.get("style") or ""))


def _before(tag: str) -> str:
    if tag in _BLOCKS:
        return _LINE
    return _CELL if tag in _CELLS else _QUOTES[0] if tag == "q" else "\u200b" if tag == "wbr" else ""


def _after(tag: str) -> str:
    if tag in _BLOCKS and tag != "br":
        return _LINE
    return _QUOTES[1] if tag == "q" else ""


def _raise(words: str, tag: str, element: etree._Element) -> str:
    """Return superscript or subscript text so that it stays apart from the number before it."""
    if tag == "sup" and _REFERENCE.fullmatch(words) and element.find(".//a") is not None:
        return f"[{words.strip()}]"
    if not _RAISED.fullmatch(words):
        return words
    return words.strip().translate(_SUPERSCRIPTS if tag == "sup" else _SUBSCRIPTS)


def _tidy(text: str) -> str:
    return _LINES.sub("\n", text).strip()
