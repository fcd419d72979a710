"""Atom feeds (RFC 4287) of revisions: what was changed, in the words of the history, with links to compare.

Ids are made of keys and revision numbers, never of addresses: an entry is the same one in every feed that has it,
and stays so if the site moves. The times, names and words are those on record.
"""

import datetime
import re
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from controversies.document import labels, text
from controversies.history.log import Line

from . import lines, markdown

LIMIT = 50  # entries: the latest; whoever asks daily misses none of a site with so many changes a day
_TITLE = 160  # characters of what changed
_PARAGRAPHS = re.compile(r"\n{2,}")
_NEVER = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)  # when what has no entry yet was updated
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Classes of characters that turn the direction of text, or end the turning of another.
_TURNS = {"R", "AL", "RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"}


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's own facts. `address` is of the page whose changes it tells, both without the site's address."""

    id: str
    title: str
    subtitle: str
    address: str
    feed_address: str


def changes_id(key: str) -> str:
    """The id of the feed of what changed in the controversy or topic, or for the backer, with this key."""
    return uuid.uuid5(uuid.UUID(key), "changes").urn


def site_id() -> str:
    """The id of the feed over all: it is this site's, so it is made of the site's address."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{settings.SITE_URL}/changes").urn


def revision_id(key: str, number: int) -> str:
    """The id of a revision, the same for ever and in every feed."""
    return uuid.uuid5(uuid.UUID(key), f"revision {number}").urn


def draw(feed: Feed, found: Iterable[Line], origin: str) -> str:
    """The feed of these lines, which must be public; `origin` is the site's address, as "https://example.org"."""
    made = _Atom(
        title=_clean(feed.title),
        link=origin + feed.address,
        description=None,
        subtitle=_clean(feed.subtitle),
        language=get_language(),
        feed_url=origin + feed.feed_address,
        feed_guid=feed.id,
    )
    for line in found:
        _add(made, line, origin)
    return str(made.writeString("utf-8"))


def _add(feed: Atom1Feed, line: Line, origin: str) -> None:
    entry, authors = line.entry, text.author_names(line.entry.author_name)
    what = lines.words(line) or _("Revision %d") % line.number
    revision = origin + reverse("revision", args=[line.slug, line.number])
    compare = origin + reverse("compare", args=[line.slug, line.before, line.number]) if line.before else ""
    feed.add_item(
        title=_clean(
            _("%(page)s: %(what)s")
            % {"page": _isolated(line.title), "what": _isolated(markdown.shortened(what, _TITLE))}
        ),
        link=compare or revision,
        description=_clean(_told(line, what, compare, revision)),
        pubdate=entry.time,
        updateddate=entry.time,
        author_name=_clean(authors[0]),
        coauthors=[_clean(name) for name in authors[1:]],
        unique_id=revision_id(entry.controversy, line.number),
        classes=lines.classes(line, told=line.follows_public),
        accepted_by=_clean(entry.reviewer_name),
        related=revision if compare else "",
    )


def _told(line: Line, what: str, compare: str, revision: str) -> SafeString:
    """An entry's text, as HTML: why, what, and where to read on."""
    history = f"{revision.partition('revisions/')[0]}history/"
    links = [(compare, _("Compare %(before)d with %(number)d"))] if compare else []
    links += [(revision, _("Revision %(number)d")), (history, _("History"))]
    names = {"before": line.before, "number": line.number}
    return format_html(
        '{}<p dir="auto">{}</p><p>{}</p>',
        format_html_join(
            "", '<p dir="auto">{}</p>', ((part,) for part in _PARAGRAPHS.split(line.entry.summary) if part)
        ),
        _("What changed: %s") % what if line.before else what,
        format_html_join(" · ", '<a href="{}">{}</a>', ((to, words % names) for to, words in links)),
    )


class _Atom(Atom1Feed):
    """Django's, with what it has no elements for: kinds of change in words, who accepted, the revision itself."""

    def latest_post_date(self) -> datetime.datetime:
        return max((item["updateddate"] for item in self.items), default=_NEVER)

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        handler.startElement("author", {})  # of entries that had none
        handler.addQuickElement("name", _clean(settings.SITE_NAME))
        handler.endElement("author")

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for name in item["coauthors"]:
            handler.startElement("author", {})
            handler.addQuickElement("name", name)
            handler.endElement("author")
        for name in item["classes"]:
            handler.addQuickElement("category", "", {"term": name, "label": labels.change_class(name)})
        if item["accepted_by"]:
            handler.startElement("contributor", {})
            handler.addQuickElement("name", item["accepted_by"])
            handler.endElement("contributor")
        if item["related"]:
            handler.addQuickElement("link", "", {"rel": "related", "href": item["related"]})


def _clean(given: str) -> str:
    """The text without what XML cannot hold."""
    return _NOT_XML.sub("\ufffd", given)


def _isolated(given: str) -> str:
    """The text, kept from turning the direction of what stands beside it: plain text has no `<bdi>`."""
    if any(unicodedata.bidirectional(char) in _TURNS for char in given):
        return f"\u2068{given}\u2069"
    return given
