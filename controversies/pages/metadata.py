"""Metadata of pages for machines: description, link preview (OpenGraph) and linked data (schema.org).

A controversy is a question, and its positions are suggested answers: none is accepted and none is rated, because the
editors do not decide who is right. Backers and sources have the names that the page shows.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from controversies import models
from controversies.checks.display import ShownNotice
from controversies.document import redact, text
from controversies.document.types import Backer, Backing, Document, Head, Position, Source, Stance, label
from controversies.interchange.cite.names import Name, NameIndex, split
from controversies.kit.identifiers import doi_address
from controversies.kit.keys import anchor
from controversies.kit.languages import ENGLISH, open_graph_locale
from controversies.models import BackerKind, SourceKind

from . import atom, credit, markdown
from .draw import Drawing
from .language import in_language, translations

# A constituency is no organisation: nobody speaks for it.
_BACKER_TYPES = {
    BackerKind.COMPANY: "Organization",
    BackerKind.RESEARCH_LAB: "ResearchOrganization",
    BackerKind.GOVERNMENT: "GovernmentOrganization",
    BackerKind.ORGANISATION: "Organization",
    BackerKind.PERSON: "Person",
    BackerKind.CONSTITUENCY: "Thing",
}
_SOURCE_TYPES = {
    SourceKind.ARTICLE: "ScholarlyArticle",
    SourceKind.PREPRINT: "ScholarlyArticle",
    SourceKind.REPORT: "Report",
    SourceKind.BOOK: "Book",
    SourceKind.NEWS: "NewsArticle",
    SourceKind.BLOG: "BlogPosting",
    SourceKind.LEGAL: "CreativeWork",
    SourceKind.DATASET: "Dataset",
    SourceKind.MEDIA: "MediaObject",
    SourceKind.OTHER: "CreativeWork",
}
# Kinds whose publisher is a journal, newspaper or site that they are part of.
_PART_OF_PUBLISHER = {
    SourceKind.ARTICLE,
    SourceKind.PREPRINT,
    SourceKind.NEWS,
    SourceKind.BLOG,
    SourceKind.MEDIA,
}
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"]+")
_NOT_IN_IRI = re.compile(r"""[\x00-\x20<>"{}|\\^`]""")  # RFC 3987, 2.2
MOST_SOURCES = 40  # sources that a page's linked data describe; its JSON twin has all
# A script element ends at "</script", whatever stands around it, and older parsers end a line at these two.
_ESCAPED = {char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


class Picture(NamedTuple):
    """The picture of a page in a link preview; width and height in pixels."""

    path: str
    width: int
    height: int


def head(
    title: str,
    description: str,
    path: str,
    origin: str,
    *,
    page: str = "WebPage",
    facts: dict[str, Any] | None = None,
    kind: str = "website",
    canonical: str = "",
    picture: Picture | None = None,
    language: str = "",
) -> SafeString:
    """Return the metadata elements of a page's head: description, canonical address, link preview, linked data.

    `page` is the page's type at schema.org, `kind` its type at OpenGraph. `facts` are further properties for
    schema.org; without any, there is no linked data. `canonical` is the path that search engines should show, if
    another. `language` is that of title and description, where it is not the site's own.
    """
    language = language or get_language() or ENGLISH
    summary, name = escape(description), escape(title)
    lines = [
        f'<meta name="description" content="{summary}">',
        f'<link rel="canonical" href="{escape(origin + (canonical or path))}">',
        *([] if canonical not in ("", path) else _alternates(path, origin)),
        f'<meta property="og:type" content="{kind}">',
        f'<meta property="og:site_name" content="{escape(settings.SITE_NAME)}">',
        f'<meta property="og:title" content="{name}">',
        f'<meta property="og:description" content="{summary}">',
        f'<meta property="og:url" content="{escape(origin + path)}">',
    ]
    if locale := open_graph_locale(language):
        lines.append(f'<meta property="og:locale" content="{escape(locale)}">')
    if picture:
        lines += [
            f'<meta property="og:image" content="{escape(origin + picture.path)}">',
            '<meta property="og:image:type" content="image/png">',
            f'<meta property="og:image:width" content="{picture.width}">',
            f'<meta property="og:image:height" content="{picture.height}">',
            f'<meta property="og:image:alt" content="{name}: {summary}">',
        ]
    lines.append(f'<meta name="twitter:card" content="{"summary_large_image" if picture else "summary"}">')
    if facts:
        lines.append(script(_page(page, origin + path, title, description, origin, language) | facts))
    return mark_safe("\n".join(lines))  # noqa: S308 - each value is escaped


def _alternates(path: str, origin: str) -> Iterator[str]:
    """Yield the links by which search engines find the page in the reader's language; English for all others."""
    for each in translations(path):
        address = escape(origin + each.address)
        yield f'<link rel="alternate" hreflang="{each.language}" href="{address}">'
        if each.language == ENGLISH:
            yield f'<link rel="alternate" hreflang="x-default" href="{address}">'


def script(data: dict[str, Any]) -> SafeString:
    """Return linked data as a script element; it is not executable, so the content security policy allows it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char, escaped in _ESCAPED.items():
        text = text.replace(char, escaped)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 - escaped just now


def _page(
    kind: str, address: str, title: str, description: str, origin: str, language: str
) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": kind,
        "@id": address,
        "url": address,
        "name": title,
        "description": description,
        "inLanguage": language,
        "isPartOf": site(origin),
    }


def crumbs(origin: str, *steps: tuple[str, str]) -> dict[str, Any]:
    """Return breadcrumbs from the name and path of each page on the way."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": origin + path}
            for place, (name, path) in enumerate(steps, 1)
        ],
    }


def items(origin: str, name: str, pages: list[tuple[str, str]]) -> dict[str, Any]:
    """Return the list of pages that a page shows, from title and slug of each; `name` is that of their URL pattern."""
    return {
        "@type": "ItemList",
        "numberOfItems": len(pages),
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": title, "url": origin + at(name, slug)}
            for place, (title, slug) in enumerate(pages, 1)
        ],
    }


def listing(origin: str, title: str, name: str, item: str, pages: list[tuple[str, str]]) -> dict[str, Any]:
    """Return the facts of a list's page: breadcrumbs, and the pages listed, as items() takes them."""
    return {
        "breadcrumb": crumbs(origin, (title, reverse(name))),
        "mainEntity": items(origin, item, pages),
    }


def of_page(origin: str, head: Head, slug: str, title: str, path: str) -> dict[str, Any]:
    """Return the facts of a page about a controversy's page: which one, and the breadcrumbs from there."""
    return {
        "about": {"@type": "WebPage", "@id": origin + at("controversy", slug), "name": head.title},
        "breadcrumb": crumbs(origin, *_steps(head, slug), (title, path)),
    }


def _steps(head: Head, slug: str) -> list[tuple[str, str]]:
    return [
        (_("Controversies"), reverse("controversies")),
        (head.topic.title, at("topic", head.topic.slug)),
        (head.title, at("controversy", slug)),
    ]


def site(origin: str) -> dict[str, Any]:
    """Return the site, which every page is part of."""
    return {"@type": "WebSite", "@id": f"{origin}/#site", "url": f"{origin}/", "name": settings.SITE_NAME}


def searchable(origin: str) -> dict[str, Any]:
    """Return the site with its search, for the home page."""
    return {
        **site(origin),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": f"{origin}{reverse('search')}?q={{search_term_string}}",
            },
            "query-input": "required name=search_term_string",
        },
    }


def controversy(drawing: Drawing, origin: str, *, old: bool, imported: bool) -> dict[str, Any]:
    """Return the facts of a controversy: question, suggested answers, citations, and the record of this revision.

    `imported` is whether the page was not written here.
    """
    document, entry, slug = drawing.reading.document, drawing.reading.entry, drawing.slug
    head = document.head
    today, revision = origin + at("controversy", slug), origin + at("revision", slug, entry.number)
    twin = origin + at("revision_json", slug, entry.number) if old else origin + at("controversy_json", slug)
    here = revision if old else today
    facts: dict[str, Any] = {
        "identifier": atom.revision_id(document.key, entry.number),
        "version": str(entry.number),
        "dateModified": entry.time.isoformat(),
        "editor": _people(entry.author_name),
        "archivedAt": revision,
        "encoding": {
            "@type": "MediaObject",
            "contentUrl": twin,
            "encodingFormat": "application/json",
        },
        **_terms(credit.attribution(document, imported=imported)),
        "breadcrumb": crumbs(
            origin,
            *_steps(head, slug),
            *([(_("Revision %d") % entry.number, here[len(origin) :])] if old else []),
        ),
        "mainEntity": _question(document, here, origin),
        "citation": [source_data(source, origin) for source in document.sources[:MOST_SOURCES]],
    }
    if old:
        facts["exampleOfWork"] = {"@type": "WebPage", "@id": today}
    if head.reviewed_on:
        facts["lastReviewed"] = head.reviewed_on
        facts["reviewedBy"] = {"@type": "Person", "name": head.reviewed_by}
    return facts


def _people(names: str) -> Any:
    """Return the authors of a revision: one person, or a list of several."""
    every = [{"@type": "Person", "name": name} for name in text.author_names(names)]
    return every if len(every) > 1 else every[0]


def _question(document: Document, here: str, origin: str) -> dict[str, Any]:
    head = document.head
    return {
        "@type": "Question",
        "@id": thing_id(here, "question", origin),
        "name": head.question or head.title,
        "about": [
            {
                "@type": "Thing",
                "@id": thing_id(here, part, origin),
                "name": point.title,
                "url": f"{here}#{part}",
            }
            for point in document.points
            for part in (anchor("point", point.key),)
        ],
        "answerCount": len(document.positions),
        "suggestedAnswer": [
            _answer(document, position, place, here, origin)
            for place, position in enumerate(document.positions)
        ],
    }


def _answer(document: Document, position: Position, place: int, here: str, origin: str) -> dict[str, Any]:
    blocks = document.by_key
    parts: tuple[Position | Backing | Stance, ...] = (position, *position.backings, *position.stances)
    cited = {citation.source for part in parts for citation in part.citations}
    described = [source for source in document.sources[:MOST_SOURCES] if source.key in cited]
    part = anchor("position", position.key)
    return {
        "@type": "Answer",
        "@id": thing_id(here, part, origin),
        "url": f"{here}#{part}",
        "name": _("Position %s") % label(place),
        "text": position.claim,
        "mentions": [backer_data(blocks[backing.backer], origin) for backing in position.backings],  # type: ignore[arg-type]
        "citation": [{"@id": _source_id(origin, each.slug)} for each in described],
    }


def _terms(attribution: str) -> dict[str, Any]:
    """Return the text's origin and licence, as far as the addresses in its attribution show them."""
    if not attribution:
        return {}
    addresses = dict.fromkeys(each.rstrip(".,;:!?'*_") for each in _ADDRESS.findall(attribution))
    licences = [iri(each) for each in addresses if credit.is_licence(each)]
    origins = [iri(each) for each in addresses if not credit.is_licence(each)]
    return {
        "creditText": markdown.plain(attribution),
        **({"license": licences} if licences else {}),
        **({"isBasedOn": origins} if origins else {}),
    }


def backer_page_type(kind: str) -> str:
    """Return the type of a backer's page: a profile is of a person or an organisation, which a constituency is not."""
    return "WebPage" if kind == BackerKind.CONSTITUENCY else "ProfilePage"


def backer_data(backer: Backer | models.Backer, origin: str) -> dict[str, Any]:
    """Return a backer, as far as a page that names it shows it."""
    return {
        "@type": _BACKER_TYPES[BackerKind(backer.kind)],
        "@id": thing_id(origin + at("backer", backer.slug), "backer", origin),
        "name": backer.name,
    }


def full_backer_data(backer: models.Backer, origin: str) -> dict[str, Any]:
    """Return a backer with everything that its own page shows of it."""
    data = {**backer_data(backer, origin), "mainEntityOfPage": origin + at("backer", backer.slug)}
    for name, value in (
        ("alternateName", list(backer.aliases)),
        ("description", markdown.plain(backer.description)),
        ("url", _unless_removed(backer.website)),
    ):
        if value:
            data[name] = value
    return data


def source_data(source: Source | models.Source, origin: str) -> dict[str, Any]:
    """Return a source."""
    kind = SourceKind(source.kind)
    data: dict[str, Any] = {
        "@type": _SOURCE_TYPES[kind],
        "@id": _source_id(origin, source.slug),
        "name": source.title,
    }
    doi = doi_address(source.doi) if source.doi else ""
    for name, value in (
        ("author", _authors(source.authors)),
        ("datePublished", source.date),
        ("url", _unless_removed(source.url) or doi),
        ("sameAs", doi),
        ("isbn", source.isbn if kind == SourceKind.BOOK else ""),
        ("archivedAt", _unless_removed(source.archive_url)),
    ):
        if value:
            data[name] = value
    numbers = (("DOI", source.doi), ("ISBN", "" if "isbn" in data else source.isbn))
    identifiers = [
        {"@type": "PropertyValue", "propertyID": name, "value": number} for name, number in numbers if number
    ]
    if identifiers:
        data["identifier"] = identifiers if len(identifiers) > 1 else identifiers[0]
    if source.publisher and kind in _PART_OF_PUBLISHER:
        data["isPartOf"] = {"@type": "CreativeWork", "name": source.publisher}
    elif source.publisher:
        data["publisher"] = {"@type": "Organization", "name": source.publisher}
    return data


def notices_data(notices: Iterable[ShownNotice]) -> dict[str, Any]:
    """Return what publishers have on record about a source: that it was taken back, and where its notices are."""
    data: dict[str, Any] = {}
    for notice in notices:
        if notice.is_loud:
            data["creativeWorkStatus"] = notice.label
        if notice.url:
            data.setdefault("correction", []).append(notice.url)
    return data


def _unless_removed(address: str) -> str:
    """Return the address as an IRI; "" for one that stands in place of a removed one."""
    return "" if address.startswith(redact.URL) else iri(address)


def iri(address: str) -> str:
    """Return a web address with what no IRI may have percent-encoded: one such makes all linked data unreadable."""
    return _NOT_IN_IRI.sub(lambda match: f"%{ord(match[0]):02X}", address)


def _source_id(origin: str, slug: str) -> str:
    """Return the identifier of a source, which is another than that of its page."""
    return thing_id(origin + at("source", slug), "source", origin)


def thing_id(address: str, name: str, origin: str) -> str:
    """Return the identifier of a thing: not its page's, which has the address itself, and one in all languages."""
    return f"{origin}{in_language(address[len(origin) :], ENGLISH)}#{name}"


@lru_cache(maxsize=4096)
def _author_names(authors: str) -> tuple[Name, ...]:
    return tuple(split(authors, NameIndex())[0])


def _authors(authors: str) -> list[dict[str, str] | str]:
    """Return the authors of a source: people where their names are clear, else the names as they are written."""
    return [
        name.whole
        or {
            "@type": "Person",
            "name": " ".join(part for part in (name.given_name, name.family, name.suffix) if part),
            **({"givenName": name.given_name} if name.given_name else {}),
            "familyName": name.family,
        }
        for name in _author_names(authors)
    ]


def at(name: str, slug: str, number: int = 0) -> str:
    """Return the path of a page, or of one of its revisions, in the active language."""
    return _at(name, slug, number, get_language())


@lru_cache(maxsize=8192)
def _at(name: str, slug: str, number: int, language: str) -> str:
    """Return the path; cached, because `reverse()` is slow."""
    return reverse(name, args=[slug, number] if number else [slug])
