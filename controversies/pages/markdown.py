"""Convert editors' Markdown to HTML that is safe in a page.

It is safe twice over: markdown-it escapes raw HTML, and nh3 cleans the result by lists of allowed elements.
`[3]` becomes a link to the source with that number, where the page has one. The words stay as they are.
"""

import re
from functools import lru_cache

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from controversies.document.words import MARK

from .bounded_markdown import BoundedParser

_TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "a": {"href", "class", "rel"},
    "ol": {"start"},
    **{tag: {"dir"} for tag in ("p", "li", "blockquote", "h2", "h3", "h4", "h5", "h6", "th", "td")},
}
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_DROPPED = re.compile(r"^[\x00-\x20]+|[\t\n\r]|%(?:09|0[aAdD])|[\x00-\x20]+$")
_BACKSLASH = re.compile(r"\\|%5[cC]")
_DIRECTED = {
    "paragraph_open",
    "list_item_open",
    "blockquote_open",
    "heading_open",
    "th_open",
    "td_open",
}


def _is_good_link(url: str) -> bool:
    """Whether an address is a full one of a kind that is allowed, or a path of this site as browsers read it.

    They drop control characters, and take a backslash for a slash: "/\\t\\evil.example" names another site.
    """
    url = _BACKSLASH.sub("/", _DROPPED.sub("", url))
    if url.startswith("//"):
        return False
    return not _SCHEME.match(url) or url.lower().startswith(("http:", "https:", "mailto:"))


def _finish(state: StateCore) -> None:
    """Demote headings, set the direction of each paragraph, and link references to sources."""
    under, refs, direction = state.env["under"], state.env["refs"], state.env.get("direction", "auto")
    for token in state.tokens:
        if direction and token.type in _DIRECTED:
            token.attrSet("dir", direction)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + under, 6)}"
        if token.children:
            _links(token.children)
            if refs:
                token.children = _with_refs(token.children, refs)


def _links(tokens: list[Token]) -> None:
    for token in tokens:
        if token.type == "link_open":
            token.attrs.pop("title", None)
            token.attrSet("rel", "nofollow ugc noopener")


def _with_refs(tokens: list[Token], refs: dict[int, str]) -> list[Token]:
    linked: list[Token] = []
    in_link = 0
    for token in tokens:
        in_link += (token.type == "link_open") - (token.type == "link_close")
        if token.type != "text" or in_link or "[" not in token.content:
            linked.append(token)
            continue
        rest = 0
        for match in MARK.finditer(token.content):
            anchor = refs.get(int(match[1]))
            if anchor is None:
                continue
            linked.append(Token("text", "", 0, content=token.content[rest : match.start()]))
            linked.append(
                Token("link_open", "a", 1, attrs={"href": f"#{anchor}", "class": "ref"}),
            )
            linked.append(Token("text", "", 0, content=match[0]))
            linked.append(Token("link_close", "a", -1))
            rest = match.end()
        linked.append(Token("text", "", 0, content=token.content[rest:]))
    return linked


def _image(self: RendererHTML, tokens: list[Token], index: int, options: object, env: object) -> str:
    """Show the text of an image in its place: pages load nothing from other sites."""
    return escape(tokens[index].content)


def _parser() -> BoundedParser:
    parser = BoundedParser()
    parser.validateLink = _is_good_link  # type: ignore[method-assign]  # the documented way
    for each in (parser, parser.plain):
        each.core.ruler.push("crux", _finish)
    parser.add_render_rule("image", _image)
    return parser


PARSER = _parser()


def render(
    text: str, refs: tuple[tuple[int, str], ...] = (), under: int = 3, direction: str = "auto"
) -> SafeString:
    """Return Markdown as HTML.

    `refs` are the anchors of sources by number, `under` the level of the heading above, and `direction` that of each
    paragraph; "" for that of the element around.
    """
    return _render(text, refs, under, direction)


@lru_cache(maxsize=512)
def _render(text: str, refs: tuple[tuple[int, str], ...], under: int, direction: str) -> SafeString:
    return clean(PARSER.render(text, {"refs": dict(refs), "under": under, "direction": direction}))


def clean(html: str) -> SafeString:
    """Return HTML that `PARSER` drew, with allowed elements, attributes and addresses only."""
    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,  # set above, on links that lead away
        strip_comments=True,
    )
    return mark_safe(cleaned.strip())  # noqa: S308 - cleaned just now against allow-lists


def plain(text: str, limit: int = 0) -> str:
    """Return the words of Markdown on one line, without its marks; cut to `limit` characters, unless that is 0."""
    words: list[str] = []
    for token in PARSER.parse(text, {"refs": {}, "under": 0}):
        for child in token.children or ():
            if child.type in ("text", "code_inline", "image"):
                words.append(child.content)
            elif child.type in ("softbreak", "hardbreak"):
                words.append(" ")
        words.append(" ")
    line = " ".join("".join(words).split())
    return shorten(line, limit) if limit else line


def shorten(line: str, limit: int) -> str:
    """Cut the line after a whole word if it is longer than `limit` characters."""
    if len(line) <= limit:
        return line
    return line[:limit].rsplit(" ", 1)[0].rstrip(" ,;:—–-") + "…"
