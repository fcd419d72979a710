"""Atom feeds of changes: of the site, a controversy, a topic, a backer; and of what became of sources.

Each is at its page's path + `.atom`.

Feeds have public revisions only, whoever the user is.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.checks.display import newest_events
from controversies.history import log
from controversies.history.log_lines import LogLine
from controversies.history.transparency import reader
from controversies.models import PublicUse
from controversies.pages import access, atom, cache, versions
from controversies.pages.access import public_view
from controversies.pages.former_address import row_at
from controversies.pages.policy import BACKER, PAGE, TOPIC
from controversies.pages.public_rows import public_backers, public_sources, public_topics


@public_view(reads=(), versions=versions.of_corpus, is_for_all=True)
def changes_feed(request: HttpRequest) -> HttpResponse:
    """Return the feed of changes of all pages."""
    feed = atom.Feed(
        atom.site_id(),
        _("%s: recent changes") % settings.SITE_NAME,
        _("What has changed on any page, when, who changed it and why."),
        reverse("changes"),
        reverse("changes_feed"),
        follow_address=reverse("follow"),
    )
    return _respond(request, feed, log.over_all(limit=atom.LIMIT).lines)


@public_view(reads=(), versions=versions.of_signed_page, subject=PAGE, is_for_all=True)
def controversy_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the feed of changes of one page."""
    page = access.public_page(request, slug)
    feed = atom.Feed(
        atom.changes_id(page.key),
        _("%s: changes") % page.title,
        _("All public revisions of the page, newest first."),
        reverse("controversy", args=[slug]),
        reverse("controversy_feed", args=[slug]),
        follow_address=reverse("follow_page", args=[slug]),
    )
    lines = log.page(page.key, public=True, limit=atom.LIMIT).lines
    return _respond(request, feed, lines, slug, page.title)


@public_view(reads=(), versions=versions.of_corpus, subject=TOPIC, is_for_all=True)
def topic_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the feed of changes of a topic's pages."""
    topic = row_at(request, public_topics(), slug)
    feed = atom.Feed(
        atom.changes_id(str(topic.pk)),
        _("%s: changes") % topic.title,
        _("Changes to the pages of this topic."),
        reverse("topic", args=[slug]),
        reverse("topic_feed", args=[slug]),
        follow_address=reverse("follow_topic", args=[slug]),
    )
    return _respond(request, feed, log.over_all(topic=slug, limit=atom.LIMIT).lines)


@public_view(reads=(), versions=versions.of_corpus, subject=BACKER, is_for_all=True)
def backer_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the feed of changes of a backer's positions and of its own record, positions it left included."""
    uses = PublicUse.objects.filter(type="backer", key=OuterRef("pk"))
    backer = row_at(request, public_backers().annotate(pages=Subquery(uses.values("pages"))), slug)
    feed = atom.Feed(
        atom.changes_id(str(backer.pk)),
        _("%s: changes") % backer.name,
        _("Changes to its positions and its description."),
        reverse("backer", args=[slug]),
        reverse("backer_feed", args=[slug]),
        follow_address=reverse("follow_backer", args=[slug]),
    )
    return _respond(request, feed, log.of_backer(str(backer.pk), backer.pages, limit=atom.LIMIT))


@public_view(reads=(), versions=versions.of_corpus, is_for_all=True)
def sources_feed(request: HttpRequest) -> HttpResponse:
    """Return the feed of sources on public pages that are gone, altered or taken back."""
    feed = atom.Feed(
        atom.sources_id(),
        _("%s: sources") % settings.SITE_NAME,
        _("Sources of our pages that are gone, have changed, or were taken back by their publisher."),
        reverse("sources"),
        reverse("sources_feed"),
    )
    events = newest_events(public_sources(), atom.LIMIT)
    facts = [[atom.event_id(each), each.source.slug, each.source.title, str(each.notice)] for each in events]
    version = hashlib.sha256(json.dumps([feed.id, feed.title, facts]).encode()).digest()
    return cache.respond(
        request,
        "sources feed",
        (version,),
        lambda: atom.draw_events(feed, events, cache.origin(request)),
        cache.ATOM,
    )


def _respond(
    request: HttpRequest, feed: atom.Feed, lines: Iterable[LogLine], slug: str = "", title: str = ""
) -> HttpResponse:
    """Return the feed; `slug` and `title` are those of revisions without their own."""
    entries = [replace(line, slug=line.slug or slug, title=line.title or title) for line in lines]
    checkpoint = reader.newest_checkpoint()
    feed = replace(feed, checkpoint=checkpoint.note if checkpoint else "")
    facts: list[Any] = [feed.id, feed.title, feed.checkpoint]
    for line in entries:
        entry = line.entry  # a redaction changes its words, but not its digest
        facts += [entry.digest.hex(), entry.author_name, entry.reviewer_name, entry.summary, entry.changes]
        facts += [line.follows_public, line.slug, line.title]
    version = hashlib.sha256(json.dumps(facts).encode()).digest()
    return cache.respond(
        request, "feed", (version,), lambda: atom.draw(feed, entries, cache.origin(request)), cache.ATOM
    )
