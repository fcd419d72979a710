"""The anchor: one small file that says how far each page's record went, kept out of reach of the database's owner.

A record that is cut off, deleted or rewritten as a whole, with new digests, agrees with itself: the database alone
does not show it, but an earlier anchor does. The format, for those who sign or publish it:

- JSON Lines, canonical (keys sorted, no white space, UTF-8), the same for the same state of the database. No time of
  writing and nothing secret: pages that readers cannot see are there by key, number and digest, without an address.
- `{"anchor": "crux", "version": 2, "pages": n, "revisions": n, "arrivals": [count, digest], "redactions": [count,
  digest]}`. Each list's digest is running: SHA-256 of the digest before (empty at first) and the next entry's canonical
  JSON. So what was told can be recomputed as it then was, and what came since is no fault. An entry of a redaction has
  no digests since version 2: the pages' digests cover them, and a removal may replace them.
- `{"page": key, "revision": number, "digest": …, "accounts": …}` for each page, sorted by key, with its `slug` if
  readers can see it. `digest` is the newest revision's, which covers all before it. `accounts` is the running digest
  of what that does not cover: who wrote each revision as the database saw it, by which accounts, and how it came about.
- `{"end": n, "sha256": …}`: how many lines there were before, and the SHA-256 of them, each with its line feed.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from controversies.document.canonical import dumps
from controversies.kit import durable

VERSION = 2
READABLE = (1, VERSION)
LARGEST_LINE = 1000  # bytes; a page's takes some 260


class BadAnchor(ValueError):
    """The file is no anchor, or not all of one; the message says so in a line."""


@dataclass(frozen=True, slots=True)
class PageAnchor:
    """The extent of one page's record."""

    key: str
    number: int
    digest: str
    accounts: str
    slug: str = ""

    @property
    def name(self) -> str:
        return self.slug or self.key


@dataclass(slots=True)
class Anchor:
    """The extent of the whole site's record."""

    arrivals: tuple[int, str] = (0, "")
    redactions: tuple[int, str] = (0, "")
    pages: dict[str, PageAnchor] = field(default_factory=dict)
    version: int = VERSION


# -- the file --


def _lines(anchor: Anchor) -> Iterator[bytes]:
    pages = [anchor.pages[key] for key in sorted(anchor.pages)]
    yield dumps(
        {
            "anchor": "crux",
            "version": VERSION,
            "pages": len(pages),
            "revisions": sum(page.number for page in pages),
            "arrivals": anchor.arrivals,
            "redactions": anchor.redactions,
        }
    )
    for page in pages:
        line = {"page": page.key, "revision": page.number, "digest": page.digest, "accounts": page.accounts}
        yield dumps({**line, "slug": page.slug} if page.slug else line)


def write(anchor: Anchor, path: Path) -> None:
    """Put the file down whole, or leave what is there. Raises OSError."""
    digest, count = hashlib.sha256(), 0
    with durable.replacing(path) as file:
        for line in _lines(anchor):
            file.write(line + b"\n")
            digest.update(line + b"\n")
            count += 1
        file.write(dumps({"end": count, "sha256": digest.hexdigest()}) + b"\n")


def read(path: Path) -> Anchor:
    """Read an anchor from its file. Raises BadAnchor and OSError."""
    with path.open("rb") as file:
        digest, count = hashlib.sha256(), 0
        anchor: Anchor | None = None
        header: dict[str, Any] = {}
        while line := file.readline(LARGEST_LINE + 1):
            if not line.endswith(b"\n"):
                raise BadAnchor(_cut_off() if anchor else _foreign())
            data = _parse_line(line, is_first=anchor is None)
            if anchor is None:
                anchor, header = _parse_header(data), data
            elif "end" in data:
                if data != {"end": count, "sha256": digest.hexdigest()}:
                    raise BadAnchor(_("Its last line does not fit those before: it was altered."))
                if file.read(1):
                    raise BadAnchor(_("Something follows its last line."))
                if len(anchor.pages) != header["pages"]:
                    raise BadAnchor(_("It does not have as many pages as its first line says."))
                return anchor
            else:
                page = _page(data, count + 1)
                if page.key in anchor.pages:
                    raise BadAnchor(_("Line %s names a page again.") % (count + 1))
                anchor.pages[page.key] = page
            digest.update(line)
            count += 1
    raise BadAnchor(_cut_off() if anchor else _("It is empty."))


def _cut_off() -> str:
    return _("It is cut off: its last line is missing.")


def _foreign() -> str:
    return _("It is no anchor: its first line does not say “anchor”: “crux”.")


def _parse_line(line: bytes, *, is_first: bool) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise BadAnchor(_foreign() if is_first else _("It is damaged: not every line is an object of JSON."))
    return data


def _parse_header(data: dict[str, Any]) -> Anchor:
    if data.get("anchor") != "crux":
        raise BadAnchor(_foreign())
    version = data.get("version")
    if version not in READABLE:
        raise BadAnchor(_("This program can only read versions 1 and 2 of anchors."))
    if not isinstance(data.get("pages"), int):
        raise BadAnchor(_("Its first line is damaged."))
    return Anchor(
        _count_and_digest(data.get("arrivals")),
        _count_and_digest(data.get("redactions")),
        version=version,
    )


def _count_and_digest(value: object) -> tuple[int, str]:
    match value:
        case [int(count), str(digest)] if count >= 0:
            return count, digest
    raise BadAnchor(_("Its first line is damaged."))


def _page(data: dict[str, Any], line: int) -> PageAnchor:
    match data:
        case {"page": str(key), "revision": int(number), "digest": str(digest), "accounts": str(accounts)}:
            return PageAnchor(key, number, digest, accounts, str(data.get("slug", "")))
    raise BadAnchor(_("Line %s is damaged.") % line)


# -- against the database --


def page_faults(earlier: PageAnchor, newest: int, digest: str, accounts: str) -> Iterator[str]:
    """Yield the faults of a page since the anchor; `digest` and `accounts` are of the revision that it names."""
    if newest < earlier.number:
        yield _("It was cut: it has %(newest)s revisions, and had %(earlier)s at the anchor.") % {
            "newest": newest,
            "earlier": earlier.number,
        }
    elif digest != earlier.digest:
        yield _("It was rewritten: revision %s is not the one at the anchor.") % earlier.number
    elif accounts != earlier.accounts:
        yield _("The authors or the origin of its revisions up to %s are not those of the anchor.") % (
            earlier.number
        )


def missing_pages(earlier: Anchor, keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the names of pages that the anchor has and the site has not, each with its fault."""
    there = set(keys)
    for page in earlier.pages.values():
        if page.key not in there:
            yield (
                page.name,
                _("It is lost: at the anchor it had %s revisions, and now neither page nor history.")
                % (page.number),
            )
