"""The template tags of the public site (`{% load crux %}`): badges, tiles, backers, Markdown, the page's frame.

A badge is a word after its glyph, which the style sheet draws for the eye alone: it never stands without the word.
"""

import datetime
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import unescape
from typing import Any

from django import template
from django.conf import settings
from django.db import connection
from django.template.loader import get_template, render_to_string
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from controversies.checks.display import ShownNotice
from controversies.document import labels, redact, text, types
from controversies.kit.identifiers import doi_address
from controversies.kit.languages import ENGLISH, is_right_to_left, quote_in
from controversies.kit.outages import is_read_only
from controversies.kit.request_ids import current_request_id
from controversies.models import BackerKind, Confidence, PointKind, Relation, Source, SourceKind, Status
from controversies.search import BEGIN, END

from . import cache, metadata
from . import markdown as md
from .diff.pieces import PlaceNote
from .draw import CitationView
from .evidence import SourceReference
from .footnotes import BackLink
from .language import block_attributes, direction_attr, text_attributes, translations_on_show

register = template.Library()
register.filter(doi_address)
_SNAPSHOT = re.compile(
    r"https?://[^/]+/(?:[^/]+/)*((?:19|20)[0-9]{2})(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{0,6}(?:[a-z]{2}_)?/"
)


@register.filter
def headline(summary: str) -> str:
    """Return the first line of a reason."""
    return text.headline(summary)


@register.simple_tag
def database_is_read_only() -> bool:
    """Tell whether nothing can be saved; connects to the database, which says so."""
    connection.ensure_connection()
    return is_read_only()


@register.simple_tag
def request_id() -> str:
    """Return the id of the request, for readers to report an error by."""
    return current_request_id()


@register.simple_tag
def reason(summary: str) -> SafeString:
    """Draw the reason for a change: its first line, and the whole folded under it if there is more."""
    first = text.headline(summary)
    lead = format_html('<p class="reason" dir="auto">{}</p>', first)
    if first == summary:
        return lead
    return format_html(
        '{}<details class="whole-reason"><summary>{}</summary><p class="reason" dir="auto">{}</p></details>',
        lead,
        _("Show the whole reason"),
        summary,
    )


_CHOICES: dict[str, Any] = {
    "status": Status,
    "confidence": Confidence,
    "backer": BackerKind,
    "point": PointKind,
    "relation": Relation,
    "source": SourceKind,
}


def _word(family: str, value: str) -> str:
    return str(_CHOICES[family](value).label)


def _badge(family: str, value: str) -> SafeString:
    """Draw a word after its glyph, which the style sheet draws by the class."""
    return format_html('<span class="badge {}">{}</span>', value, _word(family, value))


@register.simple_tag
def status_badge(value: str) -> SafeString:
    return _badge("status", value)


@register.simple_tag
def confidence_badge(value: str) -> SafeString:
    return _badge("confidence", value)


@register.simple_tag
def relation(value: str) -> SafeString:
    """Draw the relation of a source to the text that cites it: a word, after the sign that the style sheet draws."""
    return format_html('<b class="{}">{}</b>', value, _word("relation", value))


@register.simple_tag
def backer(block: Any, kind: str = "hidden", linked: bool = True) -> SafeString:
    """Draw a backer's name after the glyph of its kind. `kind` in words is "shown", or "hidden" but for screen readers.

    `block` is a document's Backer or a row: both have slug, name and kind.
    """
    name: Any = format_html("<bdi>{}</bdi>", block.name)
    if linked:
        name = format_html('<a class="name" href="{}">{}</a>', reverse("backer", args=[block.slug]), name)
    words = labels.lower(_word("backer", block.kind))
    return format_html(
        '<span class="backer {}">{} <span class="{}">{}</span></span>',
        block.kind,
        name,
        "muted" if kind == "shown" else "hidden-text",
        words if kind == "shown" else f"({words})",
    )


@register.simple_tag
def author_url(name: str) -> str:
    """Return the address of an author's page, which takes any name that a revision may have."""
    return f"{reverse('authors')}?{urlencode({'name': name})}"


@register.simple_tag
def author_link(name: str) -> SafeString:
    """Draw an author's name as a link to their page; a name that was removed has none."""
    words = format_html("<bdi>{}</bdi>", name)
    if redact.MARKED.search(name):
        return words
    return format_html('<a class="name" href="{}">{}</a>', author_url(name), words)


@register.simple_tag
def backer_kind(value: str) -> SafeString:
    """Draw a kind of backer: glyph and word."""
    return format_html('<span class="backer {}">{}</span>', value, _word("backer", value))


@register.simple_tag
def tile(label: str, small: bool = False, hollow: bool = False, href: str = "", text: str = "") -> SafeString:
    """Draw a position's letter within the words for screen readers, "Position %s" or `text`."""
    classes = "tile" + (" small" if small else "") + (" hollow" if hollow else "")
    before, after = (
        format_html('<span class="hidden-text">{}</span>', words) if words else ""
        for words in (text or _("Position %s")).split("%s")
    )
    if href:
        return format_html('<a class="{}" href="{}">{}{}{}</a>', classes, href, before, label, after)
    return format_html('<span class="{}">{}{}{}</span>', classes, before, label, after)


@register.simple_tag
def place_note(note: PlaceNote, prefix: str = "", whole: str = "") -> SafeString:
    """Draw a note of a comparison, with its link to another change.

    `whole` is the address of the whole comparison, which the link leads to if this one is of one part.
    """
    reference = note.reference
    place = format_html("<bdi>{}</bdi>", reference.words) if reference is not None else ""
    if reference is not None and reference.target:
        place = format_html('<a href="#{}{}">{}</a>', prefix, reference.target, place)
    elif reference is not None and reference.elsewhere and whole:
        place = format_html('<a href="{}#{}">{}</a>', whole, reference.elsewhere, place)
    words = {"place": place, "name": format_html("<bdi>{}</bdi>", note.name), "quote": note.quote}
    # The sentence is cut at its places, which stand in another order in another language.
    pieces = re.split(r"%\((place|name|quote)\)s", note.sentence)
    return format_html_join("", "{}", ((words[piece] if i % 2 else piece,) for i, piece in enumerate(pieces)))


@register.simple_tag
def silent_tile(label: str) -> SafeString:
    """Draw the letter of a position without a stance on a point."""
    return tile(label, small=True, hollow=True, text=_("Position %s: no stance recorded"))


@register.inclusion_tag("partials/citation.html")
def citation(
    source: Any,
    relation: str,
    quote: str = "",
    locator: str = "",
    number: int = 0,
    anchor: str = "",
    about: str = "",
    is_again: bool = False,
    is_past: bool = False,
    links_back: Iterable[BackLink] = (),
) -> dict[str, Any]:
    """Draw a citation as a list item. `source` is a document's Source or a row; `about` names what it is cited for.

    `relation` is "" where the place says it. Links to the source's page are beside its first citation on a page, and
    not beside those that cite it again.
    """
    has_doi = source.doi and not source.doi.startswith(redact.DOI)
    doi = doi_address(source.doi) if has_doi else ""
    date = day(source.date) if source.date else ""
    parts = [
        *(source.authors, date, source.publisher),
        f"doi:{source.doi}" if doi and source.url else "",
        f"ISBN {source.isbn}" if source.isbn else "",
        _("Repeats: %s") % source.origin if source.origin else "",
        _("Read on %s") % day(source.read_on) if source.read_on else "",
    ]
    address = "" if is_removed(source.url) else source.url or doi
    by = ". ".join(part.rstrip(".") for part in parts if part) + "." if any(parts) else ""
    links = [
        *_archive_links(source, address),
        *(() if is_again else _page_links(source, is_past=is_past)),
        *(format_html('<a class="quiet back" href="#{}">{}</a>', *link) for link in links_back),
    ]
    return {
        "source": source,
        "title": f"{number}. {source.title}" if number else source.title,
        "title_dir": direction_attr(source.title),
        "relation_value": relation,
        "quote": quote,
        "quote_dir": direction_attr(quote),
        "locator": locator,
        "anchor": anchor,
        "about": about,
        "address": address,
        "by": format_html("{}{}", f"{by}\n" if by and links else by, SafeString(" ·\n".join(links))),
        "by_dir": direction_attr(by),
    }


@register.inclusion_tag("partials/citation.html")
def citation_of_backer(
    source: types.Source | Source, relation: str, quote: str = "", locator: str = ""
) -> dict[str, Any]:
    """Draw evidence that a backer holds a position: it says how it relates to that only if it does not support it."""
    return citation(source, "" if relation == Relation.SUPPORTS else relation, quote, locator)


@register.inclusion_tag("partials/citation.html", takes_context=True)
def citation_on_page(context: template.Context, view: CitationView) -> dict[str, Any]:
    """Draw a citation of a controversy's page, with what is known of it today, or a link to that."""
    drawn = citation(
        *(view.source, view.relation, view.quote, view.locator, view.number, view.anchor, view.about),
        is_again=view.is_again,
        is_past=view.is_past,
        links_back=view.links_back,
    )
    return {
        **drawn,
        "check": view.check,
        "part": view.part,
        "about_dir": direction_attr(view.about),
        "text_language": context.get("text_language"),
    }


def _archive_links(source: types.Source | Source, address: str) -> Iterator[SafeString]:
    if source.archive_url and not is_removed(source.archive_url):
        yield format_html(
            '<a class="quiet" href="{}" rel="nofollow ugc noopener"{}>{}</a>',
            *(source.archive_url, robust_link(source, address), _("Archived copy")),
        )


def _page_links(source: types.Source | Source, *, is_past: bool) -> Iterator[SafeString]:
    page = reverse("source", args=[source.slug])
    yield format_html('<a class="quiet elsewhere" href="{}">{}</a>', page, _("All citations of this source"))
    if is_past:
        yield format_html(
            '<a class="quiet elsewhere" data-today href="{}">{}</a>', page, _("What is known of it now")
        )


@register.filter
def has_checks(citations: Iterable[CitationView]) -> bool:
    """Whether anything is said of checks beside one of these citations."""
    return any(each.check for each in citations)


@register.simple_tag
def notice_line(notice: ShownNotice) -> SafeString:
    """Draw a publisher's notice: its kind, its day as far as it is known, and a link to it."""
    template = "<strong>{}</strong>" if notice.is_loud else "{}"
    line = format_html(template, notice.label)
    if notice.date:
        line += format_html(" · {}", day(notice.date))
    if notice.url:
        line += format_html(
            ' · <a href="{}" rel="nofollow ugc noopener">{}</a>', notice.url, _("Read the notice")
        )
    return line


@register.simple_tag
def source_numbers(references: Iterable[SourceReference]) -> SafeString:
    """Draw the numbers of sources as texts have them, with links to their citations."""
    return format_html_join(
        " ",
        "{}",
        (
            (
                format_html('<a href="#{}">[{}]</a>', each.anchor, each.number)
                if each.anchor
                else f"[{each.number}]",
            )
            for each in references
        ),
    )


@register.simple_tag
def robust_link(source: types.Source | Source, original: str = "") -> SafeString:
    """Draw the attributes by which a link survives its page (https://robustlinks.mementoweb.org/spec/).

    Those of a link to the source or, with the address of the `original`, of a link to its archived copy; nothing
    without such a copy. The day of the copy is the one that its address names, if it names one.
    """
    archive = source.archive_url
    if not archive or is_removed(archive):
        return SafeString()
    attribute, address = ("data-originalurl", original) if original else ("data-versionurl", archive)
    day_of_copy = _SNAPSHOT.match(archive)
    version = "-".join(day_of_copy.groups()) if day_of_copy else source.read_on
    return format_html(' {}="{}"', attribute, address) + (
        format_html(' data-versiondate="{}"', version) if version else SafeString()
    )


@register.filter
def language_attribute(language: str) -> SafeString:
    """Return the attribute of an element with text of a page in a language; "" in that of the site's words."""
    return SafeString(text_attributes(language)["lang_attr"])


@register.simple_tag(takes_context=True)
def markdown(
    context: template.Context,
    text: str,
    refs: tuple[tuple[int, str], ...] = (),
    under: int = 3,
    css: str = "prose",
) -> SafeString:
    """Draw editors' Markdown in a block of its own, in the language of the page's text where there is one."""
    if not text:
        return SafeString()
    attributes = context.get("text_attrs", "")
    return format_html(
        '<div class="{}"{}>{}</div>', css, attributes, md.render(text, refs, under, _direction(context))
    )


@register.simple_tag(takes_context=True)
def markdown_inside(
    context: template.Context, text: str, refs: tuple[tuple[int, str], ...] = (), under: int = 3
) -> SafeString:
    """Draw editors' Markdown in the block that is there."""
    return md.render(text, refs, under, _direction(context)) if text else SafeString()


def _direction(context: template.Context) -> str:
    """Return the direction of each paragraph of a text: by its words, unless its language runs from right to left."""
    return "" if is_right_to_left(context.get("text_language") or ENGLISH) else "auto"


@register.simple_tag(takes_context=True)
def text_attributes_of(context: template.Context, text: str) -> SafeString:
    """Draw the attributes of a heading or paragraph with this text: its language and its direction."""
    return block_attributes(context["text_language"], text)


@register.simple_tag(takes_context=True)
def direction_of(context: template.Context, text: str) -> SafeString:
    """Draw the attribute by which a text within an element with `text_attrs` has its own direction."""
    return direction_attr(text, context["text_language"])


@register.simple_tag(takes_context=True)
def quotation(context: template.Context, text: str) -> str:
    """Return the text between the quotation marks of the language of the page's text."""
    return quote_in(text, context.get("text_language") or get_language() or ENGLISH)


@register.filter
def plain(text: str, limit: int = 0) -> str:
    """Return the words of Markdown, on one line."""
    return md.plain(text, limit)


@register.filter
def letter(index: int) -> str:
    """Return the letter of the position at this index, counted from 0."""
    return types.label(index)


@register.filter
def snippet(text: str) -> SafeString:
    """Draw the snippet of a search result, with the words searched for marked."""
    html = escape(text).replace(BEGIN, "<mark>").replace(END, "</mark>").replace("\x04", " … ")
    return mark_safe(html)  # noqa: S308 - escaped; the marks are ours


@register.filter
def within_sentence(label: str) -> str:
    """Return a label as it stands within a sentence."""
    return labels.lower(str(label))


@register.filter
def is_removed(address: str) -> bool:
    """Whether the address stands in place of a removed one, so that it leads nowhere."""
    return address.startswith(redact.URL)


@register.simple_tag
def backer_kinds() -> list[BackerKind]:
    """Return all kinds of backers."""
    return list(BackerKind)


@register.filter
def kind_of_point(value: str) -> str:
    return str(_word("point", value)) if value else ""


@register.filter
def meaning(value: str, family: str) -> str:
    """Return the explanation of a badge: `{{ position.confidence|meaning:"confidence" }}`."""
    return str(_CHOICES[family](value).meaning)


@register.filter
def day(value: datetime.datetime | datetime.date | str) -> str:
    """Return a date in words, "8 March 2026"; as much as is known of a partial date ("2024", "2024-07")."""
    if isinstance(value, str):
        return labels.day(value)
    if isinstance(value, datetime.datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return labels.day_words(value)


@register.filter
def moment(value: datetime.datetime) -> str:
    """Return a time in words, to the minute in UTC, which the page says once."""
    time = timezone.localtime(value)
    return f"{labels.day_words(time)}, {formats.date_format(time, 'H:i')}"


@register.filter
def instant(value: datetime.datetime) -> str:
    """Return a time for machines, in whole seconds of UTC, as `<time datetime>` has it."""
    return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@register.simple_tag(name="when")
def time_element(value: datetime.datetime, exact: bool = False) -> SafeString:
    """Draw a time as `<time>`: the day, or to the minute if `exact`."""
    return format_html(
        '<time datetime="{}">{}</time>',
        instant(value),
        moment(value) if exact else day(value),
    )


@register.simple_tag
def moment_of(value: datetime.datetime) -> SafeString:
    """Draw a time as `<time>`, to the minute, in UTC."""
    return time_element(value, exact=True)


@register.simple_tag
def number_word(value: int) -> str:
    """Return a number as the word that begins a heading ("Four"), a large one in figures."""
    return labels.capital(labels.number(value))


@register.simple_tag
def site_name() -> str:
    return settings.SITE_NAME


@register.simple_tag
def frame(name: str, section: str = "") -> SafeString:
    """Draw a part of the frame that is the same on all pages of a section, once for each language."""
    if settings.DEBUG:
        return _frame.__wrapped__(name, section, settings.SITE_NAME, get_language())
    return _frame(name, section, settings.SITE_NAME, get_language())


@lru_cache(maxsize=128)
def _frame(name: str, section: str, site_name: str, language: str) -> SafeString:
    html = get_template(name).render({"section": section, "site_name": site_name})
    return mark_safe(html.strip())  # noqa: S308 - stripping forgets that a template drew it


@register.simple_tag
def language_links() -> SafeString:
    """Draw the links to the page in the other languages of the site."""
    shown = translations_on_show()
    return render_to_string("partials/languages.html", {"translations": shown}) if shown else SafeString()


@register.simple_tag(takes_context=True)
def page_head(
    context: template.Context,
    title: str,
    description: str,
    path: str,
    page: str = "WebPage",
    facts: dict[str, Any] | None = None,
) -> SafeString:
    """Draw the metadata of a page's head (`metadata.head()`)."""
    origin = context.get("origin") or cache.origin(context["request"])
    # `blocktranslate` has escaped its text already, which is right in attributes and wrong in data.
    title, description = (
        unescape(text) if isinstance(text, SafeString) else text for text in (title, description)
    )
    return metadata.head(title, description, path, origin, page=page, facts=facts)


@register.inclusion_tag("partials/tabs.html")
def tabs(page: Any, current: str, edit: str = "", cited: int = 0) -> dict[str, Any]:
    """Draw the tabs of the head band; `current` is read, history, compare or cite.

    `edit` is the URL to edit the page, or ""; `cited` is the number of the revision on show, if an old one, which the
    tab “Cite and share” leads to.
    """
    return {"page": page, "current": current, "before": page.number - 1, "edit": edit, "cited": cited}


@register.inclusion_tag("partials/hidden.html")
def not_public(page: object) -> dict[str, Any]:
    """Draw the banner over a page that only editors see; nothing on a public one."""
    return {"page": page}
