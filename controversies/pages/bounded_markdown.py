"""A Markdown parser whose time is bounded: what a stranger sends for a preview must not hold up the readers.

Addresses in plain text are looked for in a window of `LONGEST_ADDRESS` characters, so that the time grows with the text
and not with its square. A text that still takes more than its time is shown as plain paragraphs.
"""

import re
from collections.abc import Callable, MutableMapping
from time import thread_time
from typing import Any

from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

LONGEST_ADDRESS = 2000  # characters of an address in plain text; a longer one is no link
TIME = 2.0  # seconds of the processor for one text
_UNTIL = "until"  # in a text's environment: the thread's time at which it has taken too long
_SCHEME = re.compile(r"(?:^|[^a-z0-9.+-])(https?)$", re.IGNORECASE)
_SCHEME_WINDOW = len(" https")


type Environment = MutableMapping[str, Any]
type Parse = Callable[[str, Environment | None], list[Token]]


class _TooSlow(Exception):
    """The text has taken more than its time."""


class BoundedParser(MarkdownIt):
    """CommonMark with tables, and links where a whole address is written; in bounded time.

    `plain` is the parser of texts that take too long: it knows paragraphs and nothing else.
    """

    def __init__(self, time: float = TIME) -> None:
        super().__init__("commonmark", {"html": False, "linkify": True})
        self.time = time
        self.plain = MarkdownIt("zero")
        self.linkify = _AddressFinder()
        self.enable(["table", "linkify"])
        self.inline.ruler.at("linkify", _link_of_address)
        self.core.ruler.before("normalize", "time", self._start)
        self.block.ruler.before("table", "time", _check_at_block)
        self.inline.ruler.after("text", "time", _check_at_mark)

    def parse(self, src: str, env: Environment | None = None) -> list[Token]:
        """Return the tokens of a text, those of plain paragraphs if it takes too long."""
        return self._parse(super().parse, self.plain.parse, src, env)

    def parseInline(self, src: str, env: Environment | None = None) -> list[Token]:
        """Return the tokens of a part of a paragraph, plain words if it takes too long."""
        return self._parse(super().parseInline, self.plain.parseInline, src, env)

    @staticmethod
    def _parse(
        parse: Parse,
        parse_plainly: Parse,
        text: str,
        env: Environment | None,
    ) -> list[Token]:
        try:
            return parse(text, env)
        except _TooSlow:
            return parse_plainly(text, env)

    def _start(self, state: StateCore) -> None:
        state.env[_UNTIL] = thread_time() + self.time


class _AddressFinder(LinkifyIt):  # type: ignore[misc]  # it has no types
    """Finds addresses of the web and of mail that are written whole, each in a window of the text."""

    def __init__(self) -> None:
        super().__init__(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
        self.add("ftp:", None).add("//", None)

    def test_schema_at(self, text: str, name: str, position: int) -> int:
        """Return how many characters of an address follow its scheme, which ends at the position; 0 if none do."""
        length: int = super().test_schema_at(text[position : position + LONGEST_ADDRESS], name, 0)
        return length if length < LONGEST_ADDRESS else 0


def _link_of_address(state: StateInline, silent: bool) -> bool:
    """Make a link of an address of the web: markdown-it's rule of this name, but it looks at a window of the text."""
    finder = state.md.linkify
    if finder is None or state.linkLevel > 0 or not state.src.startswith("://", state.pos):
        return False
    scheme = _SCHEME.search(state.pending[-_SCHEME_WINDOW:])
    if scheme is None:
        return False
    start = state.pos - len(scheme[1])
    match = finder.match_at_start(state.src[start : start + LONGEST_ADDRESS])
    if match is None or match.last_index == LONGEST_ADDRESS:
        return False
    address = match.url.rstrip("*")  # these may end an emphasis
    href = state.md.normalizeLink(address)
    if not state.md.validateLink(href):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[1])]
        opening = state.push("link_open", "a", 1)
        opening.attrs = {"href": href}
        opening.markup, opening.info = "linkify", "auto"
        state.push("text", "", 0).content = state.md.normalizeLinkText(address)
        closing = state.push("link_close", "a", -1)
        closing.markup, closing.info = "linkify", "auto"
    state.pos = start + len(address)
    return True


def _check_at_block(state: StateBlock, _first: int, _last: int, _silent: bool) -> bool:
    _check(state.env)
    return False


def _check_at_mark(state: StateInline, _silent: bool) -> bool:
    _check(state.env)
    return False


def _check(env: Environment) -> None:
    """Stop a text that has taken its time. Raises _TooSlow."""
    if thread_time() > env[_UNTIL]:
        raise _TooSlow
