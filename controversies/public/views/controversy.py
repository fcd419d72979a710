"""Today's page of a controversy, any old revision of it, and their JSON twins."""

from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from controversies import history
from controversies.document.types import Document
from controversies.history import Reading, log, redactions
from controversies.history.public import follows_public, is_origin_unknown, json_twin
from controversies.history.redactions import Notice
from controversies.interchange.cite import FORMATS
from controversies.models import Publication
from controversies.pages import access, cache, linked, markdown, tombstones
from controversies.pages.access import PageState, public_view
from controversies.pages.draw import Drawing
from controversies.pages.share import HEIGHT, WIDTH
from controversies.pages.timeline import Timeline, timeline

DESCRIPTION = 200  # characters


@public_view
def controversy(request: HttpRequest, slug: str) -> HttpResponse:
    """Today's page."""
    page = access.page(request, slug)
    return cache.respond(
        request, cache.PAGE, (page.version,), lambda: _html(request, page, _head(page), old=False)
    )


@public_view
def revision(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The page as one revision left it; drawn by the same code as today's, with a banner where it is older."""
    page = access.page(request, slug)
    reading = access.may_read(request, history.at(page.key, number))
    return cache.respond(
        request,
        "revision",
        (page.version, reading.entry.digest),
        lambda: _html(request, page, reading, old=number != page.number),
    )


@public_view
def controversy_json(request: HttpRequest, slug: str) -> HttpResponse:
    """Today's document."""
    page = access.page(request, slug)
    return _json(request, page, _head(page))


@public_view
def revision_json(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The document of one revision."""
    page = access.page(request, slug)
    return _json(request, page, access.may_read(request, history.at(page.key, number)))


def _json(request: HttpRequest, page: PageState, reading: Reading) -> HttpResponse:
    versions = (reading.entry.digest, page.removals)
    return cache.respond(request, "json", versions, lambda: _twin(page, reading), cache.JSON)


@lru_cache(maxsize=128)
def _head(page: PageState) -> Reading:
    """The revision that the page's digest stands for, even if another has followed meanwhile.

    Remembered by that digest, as its blocks and pieces are: what was recorded does not change.
    """
    reading = history.at(page.key, page.number)
    if reading is None:
        raise Http404
    return reading


def _twin(page: PageState, reading: Reading) -> str:
    return json_twin(reading, imported=page.is_imported, epoch=page.epoch)


def _notices(page: PageState, reading: Reading) -> list[Notice]:
    """Redactions of what this revision shows; no query on a site that has none."""
    return redactions.notices(reading) if page.epoch else []


def _html(request: HttpRequest, page: PageState, reading: Reading, *, old: bool) -> str:
    head, entry = reading.document.head, reading.entry
    record = _record(
        page,
        (
            *(point.key for point in reading.document.points),
            *(position.key for position in reading.document.positions),
        ),
    )
    drawing = Drawing(reading, page.slug, record.counts)
    origin = cache.origin(request)
    may_compare = follows_public(entry) or (entry.number > 1 and access.sees_hidden(request))
    edit = _edit(request, page)
    context: dict[str, Any] = {
        "page": page,
        "section": "controversies",
        "head": head,
        "is_origin_unknown": is_origin_unknown(reading.document, imported=page.is_imported),
        "entry": entry,
        "origin": origin,
        "old": old,
        "previous": entry.number - 1,
        "next": entry.number + 1,
        "later": page.number - entry.number,
        "follows_public": may_compare,
        "edit": edit,
        "may_restore": access.may_restore(request),
        "may_redact": access.may_redact(request),
        "timeline": record.timeline,
        "removed_banner": _removed(page, reading, old=True) if old else "",
    }
    pieces = {
        **drawing.pieces(),
        "removed": "" if old else _removed(page, reading, old=False),
        "meta": _meta(drawing, page, origin, old=old),
        "band": drawing.frame("band", (page.version, old, may_compare, edit), context),
        "foot": drawing.frame("foot", (page.number, origin, settings.SITE_NAME), context),
    }
    if old or access.has_session(request):
        return render_to_string("controversy/controversy.html", {**context, **pieces})
    pieces["title"] = escape(head.title)
    pieces |= {name: "".join(pieces[name]) for name in _SEVERAL}
    shell = _shell(tuple(bool(pieces[name]) for name in _SEVERAL), get_language() or "", settings.SITE_NAME)
    return "".join(pieces[text] if is_name else text for is_name, text in shell)


def _removed(page: PageState, reading: Reading, *, old: bool) -> SafeString:
    """Draw the notice about removed words; nothing where there are none."""
    notices = _notices(page, reading)
    if not notices:
        return SafeString()
    context = {"tombstones": tombstones.of_reading(reading, notices), "old": old, "entry": reading.entry}
    return render_to_string("controversy/removed.html" if old else "controversy/removed-today.html", context)


def _meta(drawing: Drawing, page: PageState, origin: str, *, old: bool) -> SafeString:
    """What the page's head says of it to machines, and where else it is. An old revision asks not to be indexed."""
    head, entry = drawing.reading.document.head, drawing.reading.entry
    today = linked.at("controversy", page.slug)
    title = _("%(title)s (revision %(number)d)") % {"title": head.title, "number": entry.number}
    revision = linked.at("revision", page.slug, entry.number)
    path, twin = today, linked.at("controversy_json", page.slug)
    if old:
        path, twin = revision, linked.at("revision_json", page.slug, entry.number)

    def draw() -> SafeString:
        lines = linked.head(
            title if old else head.title,
            describe(drawing.reading.document),
            path,
            origin,
            facts=linked.controversy(drawing, origin, old=old, imported=page.is_imported),
            kind="article",
            canonical=today,
            picture=None
            if old or not page.is_public
            else linked.Picture(linked.at("share", page.slug), WIDTH, HEIGHT),
        )
        if old:
            lines += format_html('\n<meta name="robots" content="{}">', "noindex")
        lines += format_html('\n<link rel="cite-as" href="{}">', origin + revision)
        lines += format_html('\n<link rel="alternate" type="application/json" href="{}">', twin)
        permanent = linked.at("revision", page.slug, entry.number)
        lines += format_html('\n<link rel="cite-as" href="{}{}">', origin, permanent)
        lines += format_html_join(
            "",
            '\n<link rel="alternate" type="{}" title="{}" href="{}">',
            (
                (each.media_type, _("Cite: %s") % each.name, f"{permanent}cite.{form}")
                for form, each in FORMATS.items()
            ),
        )
        if page.is_public:
            lines += format_html(
                '\n<link rel="alternate" type="application/atom+xml" title="{}" href="{}">',
                _("Changes of this page"),
                linked.at("controversy_feed", page.slug),
            )
        return lines

    return drawing.kept(
        "meta", (), (entry.digest, page.epoch, origin, old, page.is_public, settings.SITE_NAME), draw
    )


_PIECES = ("title", "meta", "removed", "band", "index", "context", "points", "table", "positions", "foot")
_SEVERAL = ("points", "positions")


@lru_cache(maxsize=64)
def _shell(filled: tuple[bool, ...], language: str, site_name: str) -> tuple[tuple[bool, str], ...]:
    """What stands around the pieces on every reader's page: its texts, and between them the pieces' names.

    Drawn once, by the page's own template, with marks where the pieces go.
    """
    marks: dict[str, Any] = {name: SafeString(f"\0{name}\0") for name in _PIECES}
    for name, full in zip(_SEVERAL, filled, strict=True):
        marks[name] = [marks[name]] if full else []
    html = render_to_string(
        "controversy/controversy.html",
        {
            **marks,
            "head": {"title": marks["title"]},
            "section": "controversies",
            "page": _PUBLIC,
            "old": False,
        },
    )
    return tuple((i % 2 == 1, text) for i, text in enumerate(html.split("\0")))


_PUBLIC = SimpleNamespace(is_public=True, publication=Publication.PUBLISHED.value)  # as the shell's page


def _edit(request: HttpRequest, page: PageState) -> str:
    """Where whoever asks may edit the page, or propose a change of it."""
    if not access.has_session(request):
        return ""
    rights = ("controversies.change_controversy", "controversies.propose_controversy")
    if not request.user.is_staff or not any(map(request.user.has_perm, rights)):
        return ""
    return reverse("admin:controversies_controversy_change", args=[page.key])


def describe(document: Document) -> str:
    """A sentence or two for those who list the page elsewhere: what is asked, and where it stands."""
    return _described(document.head.question, document.head.status_summary) or document.head.title


@lru_cache(maxsize=1024)
def _described(question: str, status_summary: str) -> str:
    return markdown.shortened(f"{question} {markdown.plain(status_summary)}".strip(), DESCRIPTION)


@dataclass(frozen=True)
class _Record:
    """What the page tells of its own history."""

    counts: dict[str, int]  # how many revisions changed each block
    timeline: Timeline | None


@lru_cache(maxsize=1024)
def _record(page: PageState, keys: tuple[str, ...]) -> _Record:
    """Remembered by the newest revision's digest, which covers all that came before: never stale."""
    every = not page.is_public
    spans = log.spans(page.key)
    marks = log.marks(page.key, spans, every=every)
    return _Record(
        log.block_counts(page.key, keys, spans, every=every),
        timeline(marks, spans, count=page.number, small=True),
    )
