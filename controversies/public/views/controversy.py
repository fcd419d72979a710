"""Today's page of a controversy, the page as of a time, any old revision of it, and their JSON twins."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from controversies import history
from controversies.checks.display import ShownCheck, shown_checks
from controversies.document import labels
from controversies.document.types import Document
from controversies.history import Reading, redactions, spans
from controversies.history.public import is_as_imported, is_origin_unknown, json_twin
from controversies.history.public_revisions import DatedRevision, shown_since
from controversies.history.redactions import Notice, ReplacedDigest
from controversies.history.spans import Span
from controversies.interchange.cite import FORMATS
from controversies.kit.languages import ENGLISH
from controversies.models import Publication
from controversies.pages import access, cache, credit, markdown, memento, metadata, tombstones, versions
from controversies.pages.access import NotPublicThen, PageState, public_view
from controversies.pages.as_of import RequestedTime, keep_time, requested_time
from controversies.pages.draw import LISTED_TYPES, Drawing
from controversies.pages.pictures.of_page import telling
from controversies.pages.pictures.of_record import charts_of
from controversies.pages.policy import PAGE
from controversies.pages.share import HEIGHT, WIDTH
from controversies.pages.tags import language_links
from controversies.pages.timeline import Timeline, timeline
from controversies.public.old_revision import banner_context

DESCRIPTION = 200  # characters
PAPER_TITLE = 90  # characters


@public_view(reads=("as_of",), versions=versions.of_today, subject=PAGE)
def controversy(request: HttpRequest, slug: str) -> HttpResponse:
    """Show today's page, or the page as it was at a time: drawn as that revision is."""
    page = access.page(request, slug)
    requested = requested_time(request)
    if requested is not None:
        return _page_then(request, page, requested)
    response = cache.respond(request, "page", (page.version_today,), lambda: _today(request, page))
    return memento.link_original(request, page, response)


def _today(request: HttpRequest, page: PageState) -> str:
    """Draw today's page, which alone says what is known of its sources now."""
    return _html(request, page, _head(page), old=False, checks=_checks(page, page.checks))


def _page_then(request: HttpRequest, page: PageState, requested: RequestedTime) -> HttpResponse:
    """Show the page as it was at a time."""
    try:
        reading = access.reading_then(request, page, requested)
    except NotPublicThen as error:
        return memento.link_beside(request, page, access.page_of_another_time(request, error))
    old = reading.number != page.number
    response = cache.respond(
        request,
        "page as of",
        (page.version, reading.entry.digest, requested.version),
        lambda: keep_time(_html(request, page, reading, old=old, requested=requested), requested),
    )
    return memento.link_beside(request, page, response)


@public_view(reads=(), versions=versions.of_page, subject=PAGE, is_old=True)
def revision(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show the page as one revision left it: drawn as today's, with a banner if it is older."""
    page = access.page(request, slug)
    try:
        reading = access.reading_at(request, page, number)
    except Http404 as missing:
        return memento.link_beside(request, page, access.not_found(request, missing))
    response = cache.respond(
        request,
        "revision",
        (page.version, reading.entry.digest),
        lambda: _html(request, page, reading, old=number != page.number),
    )
    return memento.mark_memento(request, page, number, response)


@public_view(reads=("as_of",), versions=versions.of_page, subject=PAGE)
def controversy_json(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the document as JSON, as it is or as it was at a time."""
    page = access.page(request, slug)
    requested = requested_time(request)
    return _json(request, page, access.reading_then(request, page, requested) if requested else _head(page))


@public_view(reads=(), versions=versions.of_page, subject=PAGE, is_old=True)
def revision_json(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Return the document of one revision as JSON."""
    page = access.page(request, slug)
    return _json(request, page, access.reading_at(request, page, number))


def _json(request: HttpRequest, page: PageState, reading: Reading) -> HttpResponse:
    digests = (reading.entry.digest, page.removals)
    return cache.respond(request, "json", digests, lambda: _twin(page, reading), cache.JSON)


@lru_cache(maxsize=128)
def _checks(page: PageState, version: int) -> Mapping[tuple[str, str], ShownCheck]:
    """Return what is known of the page's sources today. Cached by the versions by which the whole answer is."""
    return shown_checks(_head(page).document)


@lru_cache(maxsize=128)
def _head(page: PageState) -> Reading:
    """Return the revision with the page's digest, even if another has followed meanwhile.

    Cached by that digest, as its blocks and pieces are: a recorded revision does not change.
    """
    reading = history.at(page.key, page.number)
    if reading is None:
        raise Http404
    return reading


def _twin(page: PageState, reading: Reading) -> str:
    return json_twin(reading, imported=page.is_imported, epoch=page.epoch)


def _notices(page: PageState, reading: Reading) -> list[Notice]:
    """Return the redactions that this revision shows; no query on a site that has none."""
    return redactions.notices(reading) if page.epoch else []


def _html(
    request: HttpRequest,
    page: PageState,
    reading: Reading,
    *,
    old: bool,
    requested: RequestedTime | None = None,
    checks: Mapping[tuple[str, str], ShownCheck] | None = None,
) -> str:
    head, entry = reading.document.head, reading.entry
    record = _history(
        page,
        (
            *(point.key for point in reading.document.points),
            *(position.key for position in reading.document.positions),
        ),
        get_language() or ENGLISH,
    )
    drawing = Drawing(reading, page.slug, record.counts, checks=checks)
    origin = cache.origin(request)
    replaced = redactions.replaced_of(entry) if page.epoch else []
    banner = banner_context(request, page, entry)
    may_compare = banner["follows_public"]
    edit = _edit(request, page)
    context: dict[str, Any] = {
        "page": page,
        "section": "controversies",
        "head": head,
        "is_origin_unknown": is_origin_unknown(reading.document, imported=page.is_imported),
        "paper": _paper_footer(drawing, imported=page.is_imported),
        "is_as_imported": is_as_imported(reading),
        **banner,
        "origin": origin,
        "edit": edit,
        "may_restore": access.may_restore(request),
        "may_redact": access.may_redact(request),
        "timeline": record.timeline,
        "replaced": replaced,
        "removed_banner": _removal_notice(page, reading, replaced, old=True) if old else "",
        "as_of": requested,
        "shown_since": shown_since(page.key, DatedRevision(entry.number, entry.time)) if requested else None,
    }
    pieces = {
        **drawing.pieces(),
        "removed": "" if old else _removal_notice(page, reading, replaced, old=False),
        "meta": _meta(drawing, page, origin, old=old or requested is not None),
        "band": drawing.frame("band", (page.version, old, edit), context),
        "pictures": _pictures(drawing, page, record.spans, origin, old=old, at_time=requested is not None),
        "foot": drawing.frame("foot", (page.version, old, may_compare, origin, settings.SITE_NAME), context),
    }
    if old or requested or access.has_session(request):
        html = render_to_string("controversy/controversy.html", {**context, **pieces})
        return _cite_parts_at(html, page.slug, entry.number) if old and not requested else html
    pieces |= {"title": escape(head.title), "paper": context["paper"], "languages": language_links()}
    pieces |= {name: "".join(pieces[name]) for name in _LISTS}
    frame = _frame(tuple(bool(pieces[name]) for name in _LISTS), get_language() or "", settings.SITE_NAME)
    return "".join(pieces[part] if is_slot else part for is_slot, part in frame)


def _paper_footer(drawing: Drawing, *, imported: bool) -> SafeString:
    """Return the foot of each sheet of paper: the revision, its day and the licence."""
    document, entry = drawing.reading.document, drawing.reading.entry

    def draw() -> SafeString:
        words = _("%(site)s: “%(title)s”, revision %(number)d of %(day)s. %(licence)s") % {
            "site": settings.SITE_NAME,
            "title": markdown.shorten(document.head.title, PAPER_TITLE),
            "number": entry.number,
            "day": labels.day_of_time(entry.time),
            "licence": credit.licence(document, imported=imported),
        }
        return escape(words)

    return drawing.cached("paper", (), (entry.digest, imported, settings.SITE_NAME), draw)


def _cite_parts_at(html: str, slug: str, number: int) -> str:
    """Have the links that cite parts of an old revision lead to that revision: the pieces are those of every page."""
    today, then = (
        f"{metadata.at(*place)}cite/" for place in (("controversy", slug), ("revision", slug, number))
    )
    return html.replace(f'<a data-cite href="{today}', f'<a data-cite href="{then}')


def _removal_notice(
    page: PageState, reading: Reading, replaced: list[ReplacedDigest], *, old: bool
) -> SafeString:
    """Draw the notice about removed words; nothing where there are none."""
    notices = _notices(page, reading)
    if not notices:
        return SafeString()
    context = {
        "tombstones": tombstones.of_reading(reading, notices),
        "old": old,
        "entry": reading.entry,
        "replaced": replaced,
    }
    return render_to_string("controversy/removed.html" if old else "controversy/removed-today.html", context)


def _meta(drawing: Drawing, page: PageState, origin: str, *, old: bool) -> SafeString:
    """Draw the metadata of the page's head, and links to its other formats. An old revision asks not to be indexed."""
    head, entry = drawing.reading.document.head, drawing.reading.entry
    today = metadata.at("controversy", page.slug)
    title = _("%(title)s (revision %(number)d)") % {"title": head.title, "number": entry.number}
    revision = metadata.at("revision", page.slug, entry.number)
    path, twin = today, metadata.at("controversy_json", page.slug)
    if old:
        path, twin = revision, metadata.at("revision_json", page.slug, entry.number)

    def draw() -> SafeString:
        lines = metadata.head(
            title if old else head.title,
            describe(drawing.reading.document),
            path,
            origin,
            facts=metadata.controversy(drawing, origin, old=old, imported=page.is_imported),
            kind="article",
            canonical=today,
            language=head.language or ENGLISH,
            picture=None
            if old or not page.is_public
            else metadata.Picture(metadata.at("share", page.slug), WIDTH, HEIGHT),
        )
        if old:
            lines += format_html('\n<meta name="robots" content="{}">', "noindex")
        lines += format_html('\n<link rel="alternate" type="application/json" href="{}">', twin)
        lines += format_html('\n<link rel="cite-as" href="{}">', origin + revision)
        if page.is_public:
            lines += format_html(
                '\n<link rel="alternate" type="application/json+oembed" title="{}" href="{}?{}">',
                title if old else head.title,
                origin + reverse("oembed"),
                urlencode({"url": origin + path}),
            )
        lines += format_html_join(
            "",
            '\n<link rel="alternate" type="{}" title="{}" href="{}">',
            (
                (
                    each.media_type,
                    _("Cite: %s") % each.name,
                    reverse("revision_cite_file", args=[page.slug, entry.number, form]),
                )
                for form, each in FORMATS.items()
            ),
        )
        if page.is_public:
            lines += format_html(
                '\n<link rel="alternate" type="application/atom+xml" title="{}" href="{}">',
                _("Changes to this page"),
                metadata.at("controversy_feed", page.slug),
            )
        return lines

    return drawing.cached(
        "meta", (), (entry.digest, page.epoch, origin, old, page.is_public, settings.SITE_NAME), draw
    )


_LISTS = tuple(block_type.attribute for block_type in LISTED_TYPES)  # the slots that hold several pieces
_SLOTS = (
    *("title", "paper", "meta", "removed", "band", "index", "status", "context", "table", "silence"),
    *(*_LISTS, "pictures", "foot", "languages"),
)


@lru_cache(maxsize=64)
def _frame(filled: tuple[bool, ...], language: str, site_name: str) -> tuple[tuple[bool, str], ...]:
    """Return the HTML around the pieces of today's page in parts: is it a slot, and the slot's name or the text.

    The page's own template draws it once for all pages, with slots in place of the pieces: rendering it for each page
    takes as long as all the rest of a page whose pieces are cached. `filled` is whether each of `_LISTS` has pieces.
    """
    slots: dict[str, Any] = {name: SafeString(f"<slot {name}>") for name in _SLOTS}
    for name, is_filled in zip(_LISTS, filled, strict=True):
        slots[name] = [slots[name]] if is_filled else []
    page = SimpleNamespace(is_public=True, publication=Publication.PUBLISHED.value)
    html = render_to_string(
        "controversy/controversy.html",
        {**slots, "head": {"title": slots["title"]}, "section": "controversies", "page": page, "old": False},
    )
    return tuple((i % 2 == 1, part) for i, part in enumerate(re.split(r"<slot (\w+)>", html)))


def _pictures(
    drawing: Drawing, page: PageState, through: tuple[Span, ...], origin: str, *, old: bool, at_time: bool
) -> SafeString:
    """Draw the page's charts that say something, with a link to all of them."""
    reading = drawing.reading

    def draw() -> SafeString:
        charts = charts_of(page, reading, through, origin, is_old=old and not at_time)
        return render_to_string(
            "controversy/pictures.html",
            {"charts": telling(charts), "slug": page.slug, "number": reading.number if old else 0},
        )

    return drawing.cached("pictures", (), (page.version, reading.entry.digest, origin, old, at_time), draw)


def _edit(request: HttpRequest, page: PageState) -> str:
    """Return the URL to edit the page or propose a change; "" without permission."""
    if not access.has_session(request):
        return ""
    rights = ("controversies.change_controversy", "controversies.propose_controversy")
    if not request.user.is_staff or not any(map(request.user.has_perm, rights)):
        return ""
    return reverse("admin:controversies_controversy_change", args=[page.key])


def describe(document: Document) -> str:
    """Describe the page in a sentence or two for link previews and search engines: its question and its status."""
    text = f"{document.head.question} {markdown.plain(document.head.status_summary)}".strip()
    return markdown.shorten(text, DESCRIPTION) or document.head.title


@dataclass(frozen=True)
class _History:
    """The history of the page as the page itself shows it."""

    counts: dict[str, int]  # the number of revisions that changed each block
    timeline: Timeline | None
    spans: tuple[Span, ...]


@lru_cache(maxsize=1024)
def _history(page: PageState, keys: tuple[str, ...], language: str) -> _History:
    """Return the history in the active language, cached by the newest revision's digest, which covers all before."""
    every = not page.is_public
    page_spans = spans.read_spans(page.key)
    marks = spans.read_marks(page.key, page_spans, every=every)
    return _History(
        spans.block_counts(page.key, keys, page_spans, every=every),
        timeline(marks, page_spans, count=page.number, small=True),
        page_spans,
    )
