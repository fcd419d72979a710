"""Atom feeds of changes: over all, of one controversy, of a topic, of a backer. Each at its page's path + `.atom`.

Feeds are for readers: whoever asks, they tell of public revisions only.
"""

import hashlib
import json
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.history import log
from controversies.models import Backer
from controversies.pages import access, atom, cache, shelf
from controversies.pages.access import public_view


@public_view
def changes_feed(request: HttpRequest) -> HttpResponse:
    """What was changed on any page."""
    feed = atom.Feed(
        atom.site_id(),
        _("%s: recent changes") % settings.SITE_NAME,
        _("What was changed on any page, when, by whom and why."),
        reverse("changes"),
        reverse("changes_feed"),
    )
    return _respond(request, feed, log.over_all(limit=atom.LIMIT))


@public_view
def controversy_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """What was changed on one page."""
    page = access.public_page(request, slug)
    feed = atom.Feed(
        atom.changes_id(page.key),
        _("%s: changes") % page.title,
        _("Every public revision of the page, the latest first."),
        reverse("controversy", args=[slug]),
        reverse("controversy_feed", args=[slug]),
    )
    return _respond(request, feed, log.page(page.key, public=True, limit=atom.LIMIT), slug, page.title)


@public_view
def topic_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """What was changed on the pages of a topic."""
    topic = shelf.public_topics().filter(slug=slug).first()
    if topic is None:
        raise Http404
    feed = atom.Feed(
        atom.changes_id(str(topic.pk)),
        _("%s: changes") % topic.title,
        _("What was changed on the pages of this topic."),
        reverse("topic", args=[slug]),
        reverse("topic_feed", args=[slug]),
    )
    return _respond(request, feed, log.over_all(topic=slug, limit=atom.LIMIT))


@public_view
def backer_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """What was changed in the positions that a backer holds and in what is said of it, and what it was taken off."""
    backer = Backer.objects.filter(slug=slug, pk__in=shelf.public_backings().values("backer")).first()
    if backer is None:
        raise Http404
    feed = atom.Feed(
        atom.changes_id(str(backer.pk)),
        _("%s: changes") % backer.name,
        _("What was changed in the positions that it holds, and in what is said of it."),
        reverse("backer", args=[slug]),
        reverse("backer_feed", args=[slug]),
    )
    return _respond(request, feed, log.over_all(backer=str(backer.pk), limit=atom.LIMIT))


def _respond(
    request: HttpRequest,
    feed: atom.Feed,
    found: log.LogPage[int] | log.LogPage[str],
    slug: str = "",
    title: str = "",
) -> HttpResponse:
    """The feed; `slug` and `title` are of the lines' page, where they do not have them themselves."""
    told = [replace(line, slug=line.slug or slug, title=line.title or title) for line in found.lines]
    facts: list[Any] = [feed.id, feed.title]
    for line in told:
        entry = line.entry  # its words may have been removed since, which leaves its digest
        facts += [entry.digest.hex(), entry.author_name, entry.reviewer_name, entry.summary, entry.changes]
        facts += [line.follows_public, line.slug, line.title]
    version = hashlib.sha256(json.dumps(facts).encode()).digest()
    return cache.respond(
        request, "feed", (version,), lambda: atom.draw(feed, told, cache.origin(request)), cache.ATOM
    )
