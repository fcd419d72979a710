"""Atom feeds (RFC 4287) of revisions, in the words of the history with links to compare, and of events of sources.

Ids are made of keys and revision numbers, never of addresses, so an entry is the same in every feed, and stays the same
if the site moves. Times, names and words are those on record.
"""

import datetime
import re
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any
from xml.sax import parseString
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Stylesheet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator

from controversies.checks.display import SourceEvent
from controversies.document import labels, text
from controversies.history.log_lines import LogLine
from controversies.models import SourceVerdict

from . import lines, markdown

LIMIT = 50  # entries, the latest: a reader who polls daily misses none at up to 50 changes a day
_TITLE = 160  # characters of what changed
_PARAGRAPHS = re.compile(r"\n{2,}")
_NEVER = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)  # update time of a feed without entries
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XHTML = "http://www.w3.org/1999/xhtml"
_CHECKPOINT = (
    "https://c2sp.org/tlog-checkpoint"  # the namespace of an extension element: its text is a signed note
)
# Bidirectional classes of characters that change the direction of text, or end a change.
_DIRECTIONAL = {"R", "AL", "RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"}


@dataclass(frozen=True, slots=True)
class Feed:
    """The facts of a feed. `address` is the path of the page whose changes it has, `feed_address` its own.

    `follow_address` is the path of the page that offers to follow it, "" without one.
    `checkpoint` is the newest signed one of the public log, "" before the first: whoever keeps the feed keeps it.
    """

    id: str
    title: str
    subtitle: str
    address: str
    feed_address: str
    checkpoint: str = ""
    follow_address: str = ""


def changes_id(key: str) -> str:
    """Return the id of the feed of a controversy, topic or backer with this key."""
    return uuid.uuid5(uuid.UUID(key), "changes").urn


def site_id() -> str:
    """Return the id of the feed of the whole site, which is made of the site's address."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{settings.SITE_URL}/changes").urn


def sources_id() -> str:
    """Return the id of the feed of what became of sources, which is made of the site's address."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{settings.SITE_URL}/sources").urn


def revision_id(key: str, number: int) -> str:
    """Return the id of a revision, permanent and the same in every feed."""
    return uuid.uuid5(uuid.UUID(key), f"revision {number}").urn


def draw(feed: Feed, entries: Iterable[LogLine], origin: str) -> str:
    """Draw the feed of these revisions, which must be public; `origin` is like "https://example.org"."""
    atom = _begin(feed, origin)
    for line in entries:
        _add(atom, line, origin)
    return str(atom.writeString("utf-8"))


def draw_events(feed: Feed, events: Iterable[SourceEvent], origin: str) -> str:
    """Draw the feed of what became of sources, which must be public."""
    atom = _begin(feed, origin)
    for event in events:
        _add_event(atom, event, origin)
    return str(atom.writeString("utf-8"))


def _begin(feed: Feed, origin: str) -> "_Atom":
    return _Atom(
        title=_clean(feed.title),
        link=origin + feed.address,
        description=None,
        subtitle=_clean(feed.subtitle),
        language=get_language(),
        feed_url=origin + feed.feed_address,
        feed_guid=feed.id,
        checkpoint=feed.checkpoint,
        note=_note(feed, origin),
        stylesheets=[Stylesheet(static("crux/feed.css"), mimetype="text/css", media="all")],
    )


def _note(feed: Feed, origin: str) -> SafeString:
    """Return what somebody reads who opens the feed in a browser, as HTML."""
    links = [(origin + feed.address, _("Read the page instead"))]
    if feed.follow_address:
        links.append((origin + feed.follow_address, _("All ways to follow it")))
    return format_html(
        "<p>{}</p><p>{}</p>",
        _(
            "This is a feed, for feed readers. To follow it, copy its address from the top of this window into one."
        ),
        format_html_join(" · ", '<a href="{}">{}</a>', links),
    )


def event_id(event: SourceEvent) -> str:
    """Return the id of what became of a source: another for each time that it is gone, altered or taken back."""
    mark = event.notice.doi or event.notice.date if event.notice else event.time.isoformat()
    return uuid.uuid5(event.source.pk, f"{event.kind} {mark}").urn


def _add_event(feed: Atom1Feed, event: SourceEvent, origin: str) -> None:
    page = origin + reverse("source", args=[event.source.slug])
    links = [(page, _("What is known of this source now"))]
    if event.notice and event.notice.url:
        links.append((event.notice.url, _("Read the notice")))
    feed.add_item(
        title=_clean(
            _("%(source)s: %(what)s") % {"source": _isolate(event.source.title), "what": _event_words(event)}
        ),
        link=page,
        description=None,  # type: ignore[arg-type]  # the stubs want one
        content=format_html(
            "<p>{}</p><p>{}</p>",
            _event_sentence(event),
            format_html_join(" · ", '<a href="{}">{}</a>', links),
        ),
        pubdate=event.time,
        updateddate=event.time,
        unique_id=event_id(event),
        coauthors=[],
        classes=[],
        accepted_by="",
        related="",
    )


def _event_words(event: SourceEvent) -> str:
    if event.notice:
        return event.notice.label
    return _("no longer at its address") if event.kind == SourceVerdict.DEAD else _("changed")


def _event_sentence(event: SourceEvent) -> str:
    if event.notice:
        return _("A registry, %(origin)s, has a notice on record: %(kind)s.") % {
            "origin": event.notice.origin,
            "kind": event.notice.label,
        }
    if event.kind == SourceVerdict.DEAD:
        return _(
            "Its address has answered several times that nothing is there, or has not answered for weeks."
        )
    return _("A quotation, or the title that we recorded, is no longer to be found at its address.")


def _add(feed: Atom1Feed, line: LogLine, origin: str) -> None:
    entry, authors = line.entry, text.author_names(line.entry.author_name)
    words = lines.words(line) or _("Revision %d") % line.number
    revision = origin + reverse("revision", args=[line.slug, line.number])
    compare = origin + reverse("compare", args=[line.slug, line.before, line.number]) if line.before else ""
    feed.add_item(
        title=_clean(
            _("%(page)s: %(what)s")
            % {"page": _isolate(line.title), "what": _isolate(markdown.shorten(words, _TITLE))}
        ),
        link=compare or revision,
        description=None,  # type: ignore[arg-type]  # the stubs want one
        content=_content(line, words, compare, revision),
        pubdate=entry.time,
        updateddate=entry.time,
        author_name=_clean(authors[0]),
        coauthors=[_clean(name) for name in authors[1:]],
        unique_id=revision_id(entry.controversy, line.number),
        classes=lines.classes(line, whole=line.follows_public),
        accepted_by=_clean(entry.reviewer_name),
        related=revision if compare else "",
    )


def _content(line: LogLine, words: str, compare: str, revision: str) -> SafeString:
    """Return the content of an entry as HTML: the reason, the changes, links."""
    history = f"{revision.partition('revisions/')[0]}history/"
    links = [(compare, _("Compare %(before)d with %(number)d"))] if compare else []
    links += [(revision, _("Revision %(number)d")), (history, _("History"))]
    names = {"before": line.before, "number": line.number}
    return format_html(
        '{}<p dir="auto">{}</p><p>{}</p>',
        format_html_join(
            "", '<p dir="auto">{}</p>', ((part,) for part in _PARAGRAPHS.split(line.entry.summary) if part)
        ),
        _("Changes: %s") % words if line.before else words,
        format_html_join(" · ", '<a href="{}">{}</a>', ((to, text % names) for to, text in links)),
    )


class _Atom(Atom1Feed):
    """Django's feed with further elements.

    Labelled kinds of change, who accepted a proposal, the revision itself, and the checkpoint of the public log. What
    entries say is XHTML (RFC 4287, section 3.1.1.3), so that its links work where a browser shows the feed itself, by
    its stylesheet; so is a note to whoever reads it there, which feed readers pass over (section 6.3).
    """

    def latest_post_date(self) -> datetime.datetime:
        return max((item["updateddate"] for item in self.items), default=_NEVER)

    def write(self, outfile: IO[bytes], encoding: str) -> None:
        handler = SimplerXMLGenerator(outfile, encoding, short_empty_elements=True)
        handler.startDocument()
        for stylesheet in self.feed["stylesheets"]:
            handler.processingInstruction("xml-stylesheet", str(stylesheet))
        handler.startElement("feed", AttributesImpl(self.root_attributes()))
        self.add_root_elements(handler)
        self.write_items(handler)
        handler.endElement("feed")

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        _write_xhtml(handler, self.feed["note"])
        handler.startElement("author", AttributesImpl({}))  # for entries without one
        handler.addQuickElement("name", _clean(settings.SITE_NAME))
        handler.endElement("author")
        if self.feed["checkpoint"]:
            handler.addQuickElement("checkpoint", self.feed["checkpoint"], {"xmlns": _CHECKPOINT})

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.startElement("summary", AttributesImpl({"type": "xhtml"}))
        _write_xhtml(handler, item["content"])
        handler.endElement("summary")
        for name in item["coauthors"]:
            handler.startElement("author", AttributesImpl({}))
            handler.addQuickElement("name", name)
            handler.endElement("author")
        for name in item["classes"]:
            handler.addQuickElement("category", "", {"term": name, "label": labels.change_class(name)})
        if item["accepted_by"]:
            handler.startElement("contributor", AttributesImpl({}))
            handler.addQuickElement("name", item["accepted_by"])
            handler.endElement("contributor")
        if item["related"]:
            handler.addQuickElement("link", "", {"rel": "related", "href": item["related"]})


class _Copier(ContentHandler):
    """Write the elements that are parsed into another document."""

    def __init__(self, target: SimplerXMLGenerator) -> None:
        super().__init__()
        self._target = target

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self._target.startElement(name, attrs)

    def endElement(self, name: str) -> None:
        self._target.endElement(name)

    def characters(self, content: str) -> None:
        self._target.characters(content)


def _write_xhtml(handler: SimplerXMLGenerator, html: str) -> None:
    """Write HTML that this module has made, which is well-formed, as a `div` of XHTML."""
    parseString(f'<div xmlns="{_XHTML}">{_clean(html)}</div>'.encode(), _Copier(handler))  # noqa: S317 - our own


def _clean(text: str) -> str:
    """Replace characters that XML does not allow."""
    return _NOT_XML.sub("\ufffd", text)


def _isolate(text: str) -> str:
    """Keep the text from changing the direction of its neighbours, as `<bdi>` does in HTML."""
    if any(unicodedata.bidirectional(char) in _DIRECTIONAL for char in text):
        return f"\u2068{text}\u2069"
    return text
